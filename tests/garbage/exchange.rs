//! `/v1/sync` over the store in memory, with everything the endpoint puts before it, and the tablet
//! that reads its answers.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use proptest::prelude::*;
use record::keys::{self, SigningKey};
use record::pin::Cost;
use record::roster::{Item, Post, Scope, ScopeKind, Site, Staff, Zone};
use record::seal::SealKey;
use record::{CaseId, PublicKey, ScopeId, StaffId};
use serde_json::{Map, Value};
use server::api;
use server::attachments::Attachments;
use server::clock::Clock;
use server::ledger::{self, Ledger};
use server::random::Random;
use server::root::RootKey;
use server::scope_keys::ScopeSecret;
use server::state::Endpoint;
use server::store::memory::MemoryStore;
use server::store::{JoinRow, Store, Tx};
use server::vault::Vault;
use sync::memory::{Memory, run};
use sync::tablet::{Deed, Locked, NewAct, Now, SentRequest, Tablet};
use sync::wire::{
    DEVICE_HEADER, JoinRequest, PERSON_HEADER, PERSON_SIGNATURE_HEADER, PROTO, SIGN_IN_PATH,
    SIGNATURE_HEADER, SYNC_PATH, SignInReply, SyncReply,
};
use tower::ServiceExt as _;

use crate::mutation::{altered, mutations};

const NOW_MS: i64 = 1_795_000_000_000;
const NOW: Now = Now {
    wall_ms: NOW_MS,
    monotonic_ms: 0,
};
const SITE: &str = "YS";
const SCOPE: ScopeId = ScopeId::from_random([2; 16]);
const STAFF: StaffId = StaffId::from_random([7; 16]);
const STORE_KEY: [u8; 32] = [5; 32];
const PIN: &str = "274901";
const COST: Cost = Cost {
    memory_kib: 8,
    passes: 1,
};

type Fill = fn(&mut [u8]);
type App = Tablet<Memory, Fill>;

fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).unwrap();
}

/// An endpoint and a tablet of one person that has synced.
struct Pair {
    store: MemoryStore,
    router: Router,
    key: SigningKey,
    memory: Memory,
    app: App,
}

async fn begin(endpoint: &Endpoint<MemoryStore>) {
    let mut tx = endpoint.store.write().await.unwrap();
    let (root, random) = (&endpoint.root, &endpoint.random);
    ledger::begin(&mut tx, root, random, NOW_MS).await.unwrap();
    let code = JoinRow {
        code: "AAAA0000".to_owned(),
        site: None,
        made_ms: NOW_MS,
    };
    tx.add_code(&code).await.unwrap();
    let zone = Zone {
        name: "Asia/Shanghai".to_owned(),
        base: 28_800,
        changes: Vec::new(),
    };
    let items = [
        Item::Site(Site {
            code: SITE.to_owned(),
            name: SITE.to_owned(),
            zone,
            lease_days: None,
        }),
        Item::Scope(Scope {
            id: SCOPE,
            kind: ScopeKind::Site,
            site: Some(SITE.to_owned()),
            roles: Vec::new(),
            added: Vec::new(),
            excluded: Vec::new(),
            devices: Vec::new(),
            founding: false,
        }),
        Item::Staff(Staff {
            id: STAFF,
            name: "Person".to_owned(),
            posts: vec![Post {
                site: SITE.to_owned(),
                role: "officer".to_owned(),
                department: None,
            }],
            retired: false,
        }),
    ];
    let mut ledger = Ledger::open(&mut tx, root, random, NOW_MS).await.unwrap();
    let items = items.into_iter().map(|item| (item, Map::new())).collect();
    ledger.write_roster(items).await.unwrap();
    tx.commit().await.unwrap();
}

impl Pair {
    async fn new() -> Self {
        let store = MemoryStore::default();
        let secrets = (RootKey::of_seed(&[9; 32]), ScopeSecret::of_seed([9; 32]));
        let clock = Clock::told(Arc::new(AtomicI64::new(NOW_MS)));
        let endpoint = Endpoint::new(
            (
                store.clone(),
                Attachments::in_memory(Vault::of_seed([7; 32], Random::system())),
            ),
            secrets,
            (clock, Random::system()),
            true,
        );
        begin(&endpoint).await;
        let key = keys::signing_key(&[1; 32]);
        let request = JoinRequest {
            proto: PROTO,
            code: "AAAA0000".to_owned(),
            device_key: PublicKey::of(&key),
            name: "tablet".to_owned(),
        };
        let source = IpAddr::from(Ipv4Addr::LOCALHOST).into();
        let joined = api::join::join(&endpoint, &request, source).await.unwrap();
        let router = api::routes(endpoint);
        let memory = Memory::new();
        let seal = SealKey::new(STORE_KEY);
        let locked = Locked::join(memory.clone(), seal, fill as Fill, &joined, NOW);
        let locked = run(locked).unwrap().unwrap();
        let signing_in = locked.sign_in(fill as Fill, "", Some(STAFF));
        let body = serde_json::to_vec(&signing_in.request).unwrap();
        let signed = record::signed::request_bytes("POST", SIGN_IN_PATH, &joined.device, &body);
        let headers = vec![
            (DEVICE_HEADER, joined.device.to_string()),
            (
                SIGNATURE_HEADER,
                keys::to_base64(&keys::sign(&key, &signed)),
            ),
        ];
        let (status, reply) = post(&router, SIGN_IN_PATH, headers, body).await;
        assert_eq!(status, 200);
        let reply: SignInReply = serde_json::from_slice(&reply).unwrap();
        let app = locked.signed_in(fill as Fill, &signing_in, &reply, (PIN, COST));
        let app = run(app).unwrap().unwrap();
        let pair = Self {
            store,
            router,
            key,
            memory,
            app,
        };
        for _ in 0..3 {
            pair.meet().await;
        }
        assert!(pair.app.can_sign());
        pair
    }

    /// One exchange as it should be.
    async fn meet(&self) {
        let sent = self.request();
        let (status, reply) = self.send(sent.body.as_bytes().to_vec()).await;
        assert_eq!(status, 200);
        let reply: SyncReply = serde_json::from_slice(&reply).unwrap();
        run(self.app.apply(&reply, &sent, NOW)).unwrap().unwrap();
    }

    fn record(&self, text: &str) {
        let body = Map::from_iter([("text".to_owned(), Value::from(text))]);
        let act = NewAct {
            kind: "noted".to_owned(),
            body,
        };
        let deed = Deed {
            case: Some(CaseId::from_random([3; 16])),
            scope: SCOPE,
            acts: vec![act.clone(), act],
            after: Vec::new(),
            attachments: Vec::new(),
            role: "officer".to_owned(),
            app: String::new(),
        };
        run(self.app.record(&deed, None, NOW)).unwrap().unwrap();
    }

    fn request(&self) -> SentRequest {
        run(self.app.sync_request(256, NOW)).unwrap().unwrap()
    }

    /// Sends a body, signed by tablet and person whatever it says.
    async fn send(&self, body: Vec<u8>) -> (u16, Vec<u8>) {
        let device = self.app.device();
        let signed = record::signed::request_bytes("POST", SYNC_PATH, &device, &body);
        let signature = keys::to_base64(&keys::sign(&self.key, &signed));
        let mut headers = vec![
            (DEVICE_HEADER, device.to_string()),
            (SIGNATURE_HEADER, signature),
        ];
        let text = core::str::from_utf8(&body).ok();
        let person = text.and_then(|text| self.app.sign_request(SYNC_PATH, text));
        if let Some((staff, signature)) = person {
            headers.push((PERSON_HEADER, staff.to_string()));
            headers.push((PERSON_SIGNATURE_HEADER, signature));
        }
        post(&self.router, SYNC_PATH, headers, body).await
    }

    /// What the store holds of people's entries.
    async fn held(&self) -> BTreeSet<String> {
        let mut tx = self.store.read().await.unwrap();
        let rows = tx.of_case(&CaseId::from_random([3; 16]).to_string()).await;
        let texts = rows
            .unwrap()
            .into_iter()
            .map(|row| String::from_utf8(row.bytes).unwrap());
        texts.collect()
    }

    /// What a tablet shows of the case.
    fn shown(app: &App) -> BTreeSet<String> {
        let stored = run(app.case_entries(&CaseId::from_random([3; 16])));
        let texts = stored.unwrap().unwrap().into_iter();
        texts.map(|stored| stored.entry.text().to_owned()).collect()
    }
}

async fn post(
    router: &Router,
    path: &str,
    headers: Vec<(&str, String)>,
    body: Vec<u8>,
) -> (u16, Vec<u8>) {
    let mut request = Request::post(path);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(Body::from(body)).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 1 << 24).await.unwrap();
    (status, body.to_vec())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
}

#[test]
fn an_altered_request_is_answered_and_stores_nothing_altered() {
    let runtime = runtime();
    let pair = runtime.block_on(Pair::new());
    pair.record("so it was");
    let sent = pair.request();
    let body = sent.body.as_bytes();
    let true_ones: BTreeSet<String> = sent.request.entries.iter().cloned().collect();
    proptest!(|(changes in mutations())| {
        let (status, _) = runtime.block_on(pair.send(altered(body, &changes)));
        prop_assert!(status < 500, "{status}");
        prop_assert!(runtime.block_on(pair.held()).is_subset(&true_ones));
    });
    runtime.block_on(pair.meet());
    assert_eq!(runtime.block_on(pair.held()), true_ones);
}

#[test]
fn an_altered_reply_brings_nothing_altered() {
    let runtime = runtime();
    let pair = runtime.block_on(Pair::new());
    let before = pair.memory.copy();
    pair.record("so it was");
    let true_ones = Pair::shown(&pair.app);
    runtime.block_on(pair.meet());
    // The tablet was put back since: what it recorded comes back to it.
    let app = |memory: &Memory| {
        let seal = SealKey::new(STORE_KEY);
        let locked = run(Locked::open(memory.copy(), seal))
            .unwrap()
            .unwrap()
            .unwrap();
        run(locked.unlock(fill as Fill, STAFF, PIN))
            .unwrap()
            .unwrap()
    };
    let sent = run(app(&before).sync_request(256, NOW)).unwrap().unwrap();
    let (_, reply) = runtime.block_on(pair.send(sent.body.as_bytes().to_vec()));
    let whole: SyncReply = serde_json::from_slice(&reply).unwrap();
    assert_eq!(whole.entries.len(), true_ones.len());
    proptest!(|(changes in mutations())| {
        let bytes = altered(&reply, &changes);
        if let Ok(reply) = serde_json::from_slice::<SyncReply>(&bytes) {
            let app = app(&before);
            let _applied = run(app.apply(&reply, &sent, NOW)).unwrap();
            prop_assert!(Pair::shown(&app).is_subset(&true_ones));
        }
    });
}
