//! Tablets that meet the endpoint of these tests.

use std::cell::Cell;
use std::rc::Rc;

use record::keys;
use record::pin::Cost;
use record::seal::SealKey;
use record::{CaseId, Hash, PublicKey, StaffId};
use serde_json::{Map, Value, json};
use sync::memory::{Memory, run};
use sync::tablet::{Deed, Entropy, Locked, NewAct, Now, Tablet};
use sync::wire::SyncReply;

use super::{Endpoint, SITE_SCOPE, STAFF};

/// Random bytes from a counter: no two alike, the same in each run.
#[derive(Clone)]
pub struct Counter {
    seed: u64,
    next: Rc<Cell<u64>>,
}

impl Counter {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            next: Rc::new(Cell::new(0)),
        }
    }
}

impl Entropy for Counter {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            self.next.set(self.next.get() + 1);
            let digest = Hash::of(format!("{} {}", self.seed, self.next.get()).as_bytes());
            chunk
                .iter_mut()
                .zip(digest.bytes())
                .for_each(|(to, from)| *to = *from);
        }
    }
}

pub type TestTablet = Tablet<Memory, Counter>;

pub const STORE_KEY: [u8; 32] = [5; 32];

pub fn now(wall_ms: i64) -> Now {
    Now {
        wall_ms,
        monotonic_ms: wall_ms.unsigned_abs(),
    }
}

/// The PIN of everybody.
pub const PIN: &str = "274901";

/// What a try costs here.
pub const COST: Cost = Cost {
    memory_kib: 8,
    passes: 1,
};

pub fn locked(memory: &Memory) -> Locked<Memory> {
    let opened = Locked::open(memory.clone(), SealKey::new(STORE_KEY));
    run(opened).unwrap().unwrap().unwrap()
}

pub fn open(memory: &Memory, seed: u64) -> TestTablet {
    let unlocked = locked(memory);
    run(unlocked.unlock(Counter::new(seed), STAFF, PIN))
        .unwrap()
        .unwrap()
}

/// A person signs in on a tablet.
pub fn sign_in(endpoint: &mut Endpoint, memory: &Memory, staff: StaffId, seed: u64) -> TestTablet {
    let entropy = Counter::new(seed);
    let locked = locked(memory);
    let signing_in = locked.sign_in(entropy.clone(), "", Some(staff));
    let reply = endpoint.sign_in(&signing_in.request);
    run(locked.signed_in(entropy, &signing_in, &reply, (PIN, COST)))
        .unwrap()
        .unwrap()
}

/// A tablet that has joined and whose person can sign.
pub fn join(endpoint: &mut Endpoint, seed: u64) -> (Memory, TestTablet) {
    let memory = Memory::new();
    let seed_byte = u8::try_from(seed % 250).unwrap();
    let device_key = PublicKey::of(&keys::signing_key(&[seed_byte; 32]));
    let reply = endpoint.join(device_key);
    let at = now(endpoint.now_ms);
    let key = SealKey::new(STORE_KEY);
    let joined = Locked::join(memory.clone(), key, Counter::new(seed + 1000), &reply, at);
    run(joined).unwrap().unwrap();
    let tablet = sign_in(endpoint, &memory, STAFF, seed);
    for _ in 0..2 {
        exchange(endpoint, &tablet, 256, 256);
    }
    assert!(tablet.can_sign());
    (memory, tablet)
}

pub fn act(text: &str) -> NewAct {
    let body = match json!({ "text": text }) {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    NewAct {
        kind: "noted".to_owned(),
        body,
    }
}

pub fn deed(case: u8, texts: &[&str]) -> Deed {
    Deed {
        case: Some(CaseId::from_random([case; 16])),
        scope: SITE_SCOPE,
        acts: texts.iter().map(|text| act(text)).collect(),
        after: Vec::new(),
        attachments: Vec::new(),
        role: "officer".to_owned(),
        app: String::new(),
    }
}

/// One exchange; answers whether there is more.
pub fn exchange(endpoint: &mut Endpoint, tablet: &TestTablet, count: usize, page: usize) -> bool {
    endpoint.now_ms += 1000;
    let at = now(endpoint.now_ms);
    let sent = run(tablet.sync_request(count, at)).unwrap().unwrap();
    let reply = endpoint.sync(&sent.body, page);
    // The reply passes the wire.
    let reply: SyncReply = serde_json::from_str(&serde_json::to_string(&reply).unwrap()).unwrap();
    let applied = run(tablet.apply(&reply, &sent, at)).unwrap().unwrap();
    assert!(applied.aside.is_empty(), "{:?}", applied.aside);
    assert!(applied.refused.is_empty(), "{:?}", applied.refused);
    applied.more || !applied.recorded_again.is_empty() || tablet.status(at).unsent > 0
}

pub fn settle(endpoint: &mut Endpoint, tablet: &TestTablet) {
    for _ in 0..200 {
        if !exchange(endpoint, tablet, 256, 256) {
            return;
        }
    }
    panic!("does not settle: {:?}", tablet.status(now(endpoint.now_ms)));
}

/// All entries of a case as text, in order, with standing.
pub fn shown(tablet: &TestTablet, case: u8) -> Vec<(String, String)> {
    let case = CaseId::from_random([case; 16]);
    let stored = run(tablet.case_entries(&case)).unwrap().unwrap();
    stored
        .iter()
        .map(|s| (s.entry.text().to_owned(), format!("{:?}", s.standing)))
        .collect()
}
