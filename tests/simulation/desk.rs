//! A tablet of a schedule: its storage, and the app that runs on it now and then.

use fastrand::Rng;
use record::roster::Item;
use record::seal::SealKey;
use record::{CaseId, DeviceId, PublicKey, ScopeId, StaffId, keys};
use serde_json::{Map, Value};
use sync::memory::{Memory, run};
use sync::storage::Store;
use sync::tablet::{
    ApplyError, Deed, Entropy, NewAct, Now, RecordError, SentRequest, Stored, Tablet, TabletError,
    tips,
};
use sync::wire::{JoinRequest, PROTO, SyncReply};

use crate::endpoint::Host;

/// Random bytes of a tablet, from a seed.
#[derive(Debug)]
pub(crate) struct Seeded(Rng);

impl Entropy for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}

/// A tablet with the app open.
pub(crate) struct Desk {
    /// Which device it is; a copy is the same one.
    pub(crate) device: DeviceId,
    /// What lies on its disk.
    pub(crate) memory: Memory,
    /// How far its wall clock is ahead, milliseconds.
    pub(crate) fast_ms: i64,
    /// Counts the starts of the app: what was under way before one is lost.
    pub(crate) starts: u32,
    /// It was told to the endpoint that this one is not to be trusted.
    pub(crate) revoked: bool,
    booted_ms: i64,
    rng: Rng,
    app: Tablet<Memory, Seeded>,
}

const STORE_KEY: [u8; 32] = [5; 32];

/// What a future over memory gives, which never waits.
#[expect(clippy::expect_used, reason = "a simulation that cannot go on stops")]
fn now<F: Future>(future: F) -> F::Output {
    run(future).expect("memory does not wait")
}

#[expect(clippy::expect_used, reason = "a simulation that cannot go on stops")]
impl Desk {
    /// A new tablet that has joined; its persons have keys.
    pub(crate) fn join(host: &Host, rng: &mut Rng) -> Self {
        let mut rng = rng.fork();
        let mut seed = [0; 32];
        rng.fill(&mut seed);
        let reply = host.join(&JoinRequest {
            proto: PROTO,
            code: String::new(),
            device_key: PublicKey::of(&keys::signing_key(&seed)),
            name: "tablet".to_owned(),
        });
        let memory = Memory::new();
        let at = Now {
            wall_ms: host.now_ms(),
            monotonic_ms: 0,
        };
        let entropy = Seeded(rng.fork());
        let key = SealKey::new(STORE_KEY);
        let app = now(Tablet::join(memory.clone(), key, entropy, &reply, at));
        let desk = Self {
            device: reply.device,
            memory,
            fast_ms: 0,
            starts: 0,
            revoked: false,
            booted_ms: host.now_ms(),
            rng,
            app: app.expect("a tablet that has joined"),
        };
        desk.certify(host);
        desk
    }

    /// Another app over some storage of this device.
    pub(crate) fn beside(&mut self, memory: Memory, now_ms: i64) -> Self {
        let entropy = Seeded(self.rng.fork());
        let app = open(&memory, entropy);
        Self {
            device: self.device,
            memory,
            fast_ms: self.fast_ms,
            starts: 0,
            revoked: self.revoked,
            booted_ms: now_ms,
            rng: self.rng.fork(),
            app,
        }
    }

    /// The app is killed and starts again from what lies on the disk.
    pub(crate) fn start_again(&mut self, now_ms: i64) {
        self.memory.set_fault(None);
        self.app = open(&self.memory, Seeded(self.rng.fork()));
        self.starts += 1;
        self.booted_ms = now_ms;
    }

    /// What lies on the disk is put back to what it was.
    pub(crate) fn set_back(&mut self, memory: &Memory, now_ms: i64) {
        self.memory = memory.copy();
        self.start_again(now_ms);
    }

    /// The tablet's clocks.
    pub(crate) fn clocks(&self, now_ms: i64) -> Now {
        Now {
            wall_ms: now_ms + self.fast_ms,
            monotonic_ms: u64::try_from(now_ms - self.booted_ms).unwrap_or(0),
        }
    }

    /// Has keys of persons certified who have none here.
    pub(crate) fn certify(&self, host: &Host) {
        let Ok(Some(request)) = now(self.app.certify_request()) else {
            return;
        };
        let reply = host.certify(&request);
        // A fault of the storage: it is asked again.
        let _later = now(self.app.apply_certified(&reply, self.clocks(host.now_ms())));
    }

    /// Records a deed of one act for each text.
    pub(crate) fn record(
        &self,
        (case, scope): (CaseId, ScopeId),
        (staff, role): (StaffId, &str),
        kind: &str,
        texts: &[String],
        now_ms: i64,
    ) -> Result<Vec<String>, RecordError> {
        let known = now(self.app.case_entries(&case)).map_err(RecordError::Tablet)?;
        let act = |text: &String| NewAct {
            kind: kind.to_owned(),
            body: Map::from_iter([("text".to_owned(), Value::from(text.as_str()))]),
        };
        let deed = Deed {
            case,
            scope,
            acts: texts.iter().map(act).collect(),
            after: tips(&known),
            staff,
            role: role.to_owned(),
            app: String::new(),
        };
        let entries = now(self.app.record(&deed, Vec::new(), self.clocks(now_ms)))?;
        let place = |entry: &record::Entry| {
            let header = entry.header();
            format!("{}/{}", header.stream, header.seq)
        };
        Ok(entries.iter().map(place).collect())
    }

    /// The next request.
    pub(crate) fn request(&self, most: usize, now_ms: i64) -> Result<SentRequest, TabletError> {
        now(self.app.sync_request(most, self.clocks(now_ms)))
    }

    /// Takes in a reply; answers whether there is more to do, and whether a scope was deleted.
    pub(crate) fn apply(
        &self,
        reply: &SyncReply,
        sent: &SentRequest,
        now_ms: i64,
    ) -> Result<(bool, bool), ApplyError> {
        let applied = now(self.app.apply(reply, sent, self.clocks(now_ms)))?;
        let more = applied.more || !applied.recorded_again.is_empty() || applied.roster;
        Ok((more, !applied.removed_scopes.is_empty()))
    }

    /// Entries that were not acknowledged, refused ones left out.
    pub(crate) fn unsent(&self) -> u64 {
        self.app.status(self.clocks(0)).unsent
    }

    /// What was refused, kept aside, or differs, in words for a report.
    pub(crate) fn troubles(&self) -> String {
        let status = self.app.status(self.clocks(0));
        format!(
            "unsent {}, orphans {}, aside {:?}, refused {:?}, differing {:?}",
            status.unsent,
            status.orphans,
            status
                .aside
                .iter()
                .map(|n| (n.reason, n.hash))
                .collect::<Vec<_>>(),
            status.refused,
            status.differing
        )
    }

    /// Reads its state anew, as after another tab's message.
    pub(crate) fn reload(&self) -> bool {
        now(self.app.reload()).is_ok()
    }

    /// Every entry of a case that it holds, in the order of the record.
    pub(crate) fn case(&self, case: &CaseId) -> Vec<Stored> {
        now(self.app.case_entries(case)).expect("entries that open")
    }

    /// The cases of which it holds anything.
    pub(crate) fn cases(&self) -> Vec<CaseId> {
        self.app.cases()
    }

    /// What of a scope lies on its disk, by the records' keys: what is sealed names its scope in
    /// front, keys and cursors in their names.
    pub(crate) fn records_of(&self, scope: ScopeId) -> Vec<String> {
        let name = scope.to_string();
        let of_scope = |(key, bytes): &(String, Vec<u8>)| {
            key.contains(&name) || bytes.starts_with(scope.bytes())
        };
        let records = Store::ALL
            .into_iter()
            .flat_map(|store| self.memory.dump(store));
        records.filter(of_scope).map(|(key, _)| key).collect()
    }

    /// The device as the roster is to state it.
    pub(crate) fn revocation(&self, host: &Host) -> Option<Item> {
        let mut device = host.roster().device(&self.device)?.clone();
        device.revoked = true;
        Some(Item::Device(device))
    }
}

#[expect(clippy::expect_used, reason = "a simulation that cannot go on stops")]
fn open(memory: &Memory, entropy: Seeded) -> Tablet<Memory, Seeded> {
    let opened = now(Tablet::open(
        memory.clone(),
        SealKey::new(STORE_KEY),
        entropy,
    ));
    opened.expect("storage that opens").expect("a tablet")
}
