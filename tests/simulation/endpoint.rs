//! The endpoint of a schedule: the server's own code over its store in memory, with time and
//! randomness that the schedule gives, several requests at once, each call of the store a point at
//! which another comes in between or all ends.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use fastrand::Rng;
use record::keys::to_base64;
use record::roster::{Item, Post, Scope, ScopeKind, Site, Staff, Zone};
use record::seal::{self, Place};
use record::{
    Attachment, CaseId, DeviceId, Entry, Hash, Receipt, Roster, ScopeId, StaffId, StreamId,
    evidence,
};
use serde_json::Map;
use server::admin::AdminError;
use server::api;
use server::attachments::Attachments;
use server::clock::Clock;
use server::erasures;
use server::evidence::gather;
use server::ledger::{self, Ledger};
use server::random::Random;
use server::root::RootKey;
use server::rosters::Rosters;
use server::scope_keys::ScopeSecret;
use server::sign_in;
use server::state::Endpoint;
use server::store::memory::{Backup, MemoryStore, Turn};
use server::store::{EntryRow, JoinRow, ReceiptRow, Store, StoreError, Tx};
use server::vault::Vault;
use sync::endpoint::{Signer, signed_by};
use sync::wire::attachment::{
    GetRequest, LackingReply, LackingRequest, Named, PutReply, PutRequest,
};
use sync::wire::{
    JoinReply, JoinRequest, SYNC_PATH, SignInReply, SignInRequest, SyncReply, SyncRequest,
};

use crate::desk::Sending;

/// The site of a schedule.
pub(crate) const SITE: &str = "YS";
/// The scope of the site.
pub(crate) const SITE_SCOPE: ScopeId = ScopeId::from_random([2; 16]);
/// A scope of some tablets.
pub(crate) const CASE_SCOPE: ScopeId = ScopeId::from_random([3; 16]);
/// The code with which tablets join.
const CODE: &str = "AAAA0000";
/// Most polls of a request: more is a request that never ends.
const POLLS_MAX: u32 = 1_000_000;

/// When calls of the store fail, and how often they wait.
#[derive(Debug)]
struct Calls {
    rng: Rng,
    /// A call has failed.
    failed: bool,
    /// Calls that still succeed; `None` where all do.
    until_failure: Option<u32>,
    /// One call in so many waits; 0 for none.
    wait_in: u32,
}

/// The endpoint.
pub(crate) struct Host {
    endpoint: Arc<Endpoint<MemoryStore>>,
    now_ms: Arc<AtomicI64>,
    calls: Arc<Mutex<Calls>>,
    /// The scope of the roster.
    company: ScopeId,
    /// The roster as it was looked at: the endpoint's own reading of it is left as it is, so that
    /// looking changes nothing.
    seen: Rosters,
    /// The orders to erase, as they are kept beside the database.
    orders: Vec<Entry>,
}

/// How requests that were handled at once ended.
pub(crate) struct Answered {
    /// Each of them, in their order.
    pub(crate) answers: Vec<Answer>,
    /// The database failed.
    pub(crate) failed: bool,
    /// The process ended before all were answered.
    pub(crate) killed: bool,
}

/// How a request ended.
pub(crate) enum Answer {
    /// Answered.
    Reply(Box<SyncReply>),
    /// An error, or the process was gone.
    Nothing,
}

type Running<'h> = Pin<Box<dyn Future<Output = Option<SyncReply>> + 'h>>;

/// Lets a future that waits for nothing outside come to its end.
#[expect(clippy::expect_used, reason = "a simulation that cannot go on stops")]
pub(crate) fn done<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    let mut polls = 0..POLLS_MAX;
    let ended = polls.find_map(|_| match future.as_mut().poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    });
    ended.expect("a request that ends")
}

#[expect(clippy::expect_used, reason = "a simulation that cannot go on stops")]
impl Host {
    /// An endpoint with a site of two persons.
    pub(crate) fn new(rng: &mut Rng, start_ms: i64) -> Self {
        let calls = Arc::new(Mutex::new(Calls {
            rng: rng.fork(),
            failed: false,
            until_failure: None,
            wait_in: 0,
        }));
        let script = Arc::clone(&calls);
        let store = MemoryStore::played(move || {
            let mut calls = script.lock().expect("one thread");
            match calls.until_failure {
                Some(0) => {
                    calls.failed = true;
                    return Turn::Fail;
                }
                Some(left) => calls.until_failure = Some(left - 1),
                None => {}
            }
            let wait_in = calls.wait_in;
            if wait_in > 0 && calls.rng.u32(..wait_in) == 0 {
                Turn::Wait
            } else {
                Turn::Go
            }
        });
        let now_ms = Arc::new(AtomicI64::new(start_ms));
        let (seed, counter) = (rng.u64(..), AtomicU64::new(0));
        let random = Random::of(move |bytes| {
            let turn = counter.fetch_add(1, Ordering::Relaxed);
            Rng::with_seed(seed ^ turn.wrapping_mul(0x9e37_79b9_7f4a_7c15)).fill(bytes);
            Ok(())
        });
        let clock = Clock::told(Arc::clone(&now_ms));
        let root = RootKey::of_seed(&[9; 32]);
        let scopes = ScopeSecret::of_seed([9; 32]);
        let vault = Vault::of_seed([9; 32], random.clone());
        let store = (store, Attachments::in_memory(vault));
        let endpoint = Endpoint::new(store, (root, scopes), (clock, random), false);
        let mut host = Self {
            endpoint: Arc::new(endpoint),
            now_ms,
            calls,
            company: SITE_SCOPE,
            seen: Rosters::default(),
            orders: Vec::new(),
        };
        done(host.begin()).expect("an endpoint that begins");
        let company = async {
            let mut tx = host.endpoint.store.read().await?;
            ledger::company_feed(&mut tx).await
        };
        let row = done(company).expect("a store").expect("a feed");
        host.company = row.scope.parse().expect("the company's scope");
        host
    }

    async fn begin(&self) -> Result<(), server::error::ServerError> {
        let endpoint = &self.endpoint;
        let mut tx = endpoint.store.write().await?;
        ledger::begin(&mut tx, &endpoint.root, &endpoint.random, self.now_ms()).await?;
        let code = JoinRow {
            code: CODE.to_owned(),
            site: None,
            made_ms: self.now_ms(),
        };
        tx.add_code(&code).await?;
        tx.commit().await?;
        let zone = Zone {
            name: "Asia/Shanghai".to_owned(),
            base: 28_800,
            changes: Vec::new(),
        };
        let mut items = vec![Item::Site(Site {
            code: SITE.to_owned(),
            name: SITE.to_owned(),
            zone,
            lease_days: None,
        })];
        let all = PERSONS.len();
        items.push(scope(SITE_SCOPE, ScopeKind::Site, (all, Vec::new()), false));
        for (number, _) in PERSONS.iter().enumerate() {
            items.push(person(number, false));
        }
        self.state(items).await
    }

    /// Milliseconds of UTC.
    pub(crate) fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    /// Moves the clock.
    pub(crate) fn set_now(&self, now_ms: i64) {
        self.now_ms.store(now_ms, Ordering::Relaxed);
    }

    async fn state(&self, items: Vec<Item>) -> Result<(), server::error::ServerError> {
        let endpoint = &self.endpoint;
        let mut tx = endpoint.store.write().await?;
        let mut ledger =
            Ledger::open(&mut tx, &endpoint.root, &endpoint.random, self.now_ms()).await?;
        let items = items.into_iter().map(|item| (item, Map::new())).collect();
        ledger.write_roster(items).await?;
        Ok(tx.commit().await?)
    }

    /// States something in the roster.
    pub(crate) fn states(&self, item: Item) {
        self.calm();
        done(self.state(vec![item])).expect("a statement");
    }

    /// What an entry says is erased.
    pub(crate) fn erase(&mut self, hash: &Hash) {
        self.calm();
        let endpoint = Arc::clone(&self.endpoint);
        let by = PERSONS.map(|(staff, _)| staff);
        let now_ms = self.now_ms();
        let ordered = async {
            let mut tx = endpoint.store.write().await?;
            let mut ledger =
                Ledger::open(&mut tx, &endpoint.root, &endpoint.random, now_ms).await?;
            let orders = erasures::order(&mut ledger, hash, &by, "a leak").await?;
            tx.commit().await?;
            Ok::<_, AdminError>(orders)
        };
        self.orders.extend(done(ordered).expect("an order"));
    }

    /// A tablet joins.
    pub(crate) fn join(&self, request: &JoinRequest) -> JoinReply {
        self.calm();
        let request = JoinRequest {
            code: CODE.to_owned(),
            ..request.clone()
        };
        let source = IpAddr::from(Ipv4Addr::LOCALHOST).into();
        done(api::join::join(&self.endpoint, &request, source)).expect("a tablet that joins")
    }

    /// A person who is not retired signs in with a code made for that.
    pub(crate) fn sign_in(&self, request: &SignInRequest, staff: StaffId) -> SignInReply {
        self.calm();
        let signed_in = async {
            let mut tx = self.endpoint.store.write().await?;
            let until_ms = self.now_ms() + 1_000;
            let whose = (staff, None);
            let code = sign_in::new_code(&mut tx, &self.endpoint.random, whose, until_ms).await?;
            tx.commit().await?;
            let request = SignInRequest {
                code,
                ..request.clone()
            };
            api::sign_in::sign_in(&self.endpoint, &request).await
        };
        done(signed_in).expect("a person who signs in")
    }

    /// Calls go through from now on.
    pub(crate) fn calm(&self) {
        let mut calls = self.calls.lock().expect("one thread");
        calls.until_failure = None;
        calls.wait_in = 0;
    }

    /// Calls wait now and then; after `until_failure` of them they fail.
    fn disturb(&self, until_failure: Option<u32>) {
        let mut calls = self.calls.lock().expect("one thread");
        calls.failed = false;
        calls.until_failure = until_failure;
        calls.wait_in = 3;
    }

    /// Answers several requests at once, by turns as `rng` says. The database fails after so many
    /// calls, or the process ends after so many polls, where that is said.
    pub(crate) fn answer(
        &self,
        rng: &mut Rng,
        bodies: &[Sending],
        until_failure: Option<u32>,
        until_killed: Option<u32>,
    ) -> Answered {
        self.disturb(until_failure);
        let mut answers: Vec<Answer> = bodies.iter().map(|_| Answer::Nothing).collect();
        let mut running: Vec<(usize, Running<'_>)> = bodies
            .iter()
            .enumerate()
            .map(|(at, signed)| (at, self.one(signed)))
            .collect();
        let mut context = Context::from_waker(Waker::noop());
        let mut polls = 0;
        while !running.is_empty() {
            polls += 1;
            if until_killed.is_some_and(|most| polls > most) || polls > POLLS_MAX {
                break;
            }
            let turn = rng.usize(..running.len());
            let Some((at, future)) = running.get_mut(turn) else {
                break;
            };
            if let Poll::Ready(reply) = future.as_mut().poll(&mut context) {
                if let (Some(answer), Some(reply)) = (answers.get_mut(*at), reply) {
                    *answer = Answer::Reply(Box::new(reply));
                }
                drop(running.swap_remove(turn));
            }
        }
        let killed = !running.is_empty();
        drop(running);
        self.calm();
        let failed = self.calls.lock().expect("one thread").failed;
        Answered {
            answers,
            failed,
            killed,
        }
    }

    /// Answers a request in fair weather.
    pub(crate) fn meet(&self, signed: &Sending) -> Option<SyncReply> {
        self.calm();
        done(self.one(signed))
    }

    fn one<'h>(&'h self, signed: &'h Sending) -> Running<'h> {
        Box::pin(async move {
            let (body, by) = signed;
            let by = by
                .as_ref()
                .map(|(staff, signature)| (staff.to_string(), signature));
            let request: SyncRequest = serde_json::from_str(body).ok()?;
            let roster = {
                let mut tx = self.endpoint.store.read().await.ok()?;
                self.endpoint.roster(&mut tx).await.ok()?
            };
            let signer = signed_by(
                (SYNC_PATH, &request.device, body.as_bytes()),
                by.as_ref()
                    .map(|(staff, signature)| (staff.as_str(), signature.as_str())),
                &roster,
            );
            let reply = api::sync::sync(&self.endpoint, &request, signer, body.as_bytes()).await;
            reply.ok()
        })
    }

    /// What is committed, and the attachments that are held.
    pub(crate) fn backup(&self) -> (Backup, Attachments) {
        let backup = done(self.endpoint.store.backup());
        (
            backup,
            done(self.endpoint.attachments.copy()).expect("attachments"),
        )
    }

    /// Says which attachments it lacks.
    pub(crate) fn lacking(&self, request: &LackingRequest) -> LackingReply {
        self.calm();
        done(api::attachment::lacking(&self.endpoint, request)).expect("an answer")
    }

    /// Takes a part of an attachment; `None` where the whole is not the attachment.
    pub(crate) fn put(&self, request: &PutRequest) -> Option<PutReply> {
        self.calm();
        done(api::attachment::put(&self.endpoint, request)).ok()
    }

    /// Whether a part of an attachment is sent to a person on a tablet, who has signed for it.
    pub(crate) fn gets(&self, request: &GetRequest, person: Option<StaffId>) -> bool {
        self.calm();
        let signer = person.map_or(Signer::Nobody, Signer::Person);
        done(api::attachment::get(&self.endpoint, request, signer)).is_ok()
    }

    /// An attachment that is held.
    pub(crate) fn attachment(&self, of: &Named) -> Option<Attachment> {
        done(self.endpoint.attachments.get(of)).expect("attachments")
    }

    /// Puts a backup in place and begins a new epoch.
    pub(crate) fn restore(&mut self, (backup, attachments): &(Backup, Attachments)) {
        self.calm();
        done(self.endpoint.store.restore(backup));
        let mut endpoint = Endpoint::clone(&self.endpoint);
        endpoint.attachments = attachments.clone();
        self.endpoint = Arc::new(endpoint);
        let renew = async {
            let mut tx = self.endpoint.store.write().await?;
            ledger::renew(&mut tx, &self.endpoint.root, &self.endpoint.random).await?;
            let (root, random) = (&self.endpoint.root, &self.endpoint.random);
            let mut ledger = Ledger::open(&mut tx, root, random, self.now_ms()).await?;
            erasures::catch_up(&mut ledger, &self.orders).await?;
            tx.commit().await?;
            Ok::<(), server::error::ServerError>(())
        };
        done(renew).expect("a new epoch");
    }

    /// The epoch.
    pub(crate) fn epoch(&self) -> String {
        let read = async {
            let mut tx = self.endpoint.store.read().await?;
            ledger::epoch(&mut tx).await
        };
        done(read).expect("a store").unwrap_or_default()
    }

    /// The roster as it is committed.
    pub(crate) fn roster(&self) -> Roster {
        let read = async {
            let mut tx = self.endpoint.store.read().await?;
            self.endpoint.roster(&mut tx).await
        };
        done(read).expect("a roster")
    }

    /// The record of a case as its evidence file has it, checked; `None` where it has no entry.
    pub(crate) fn evidence(&self, case: CaseId) -> Option<evidence::Report> {
        let (root, now_ms) = (&self.endpoint.root, self.now_ms());
        let include = ["case".to_owned(), "handling".to_owned()];
        let gathered = done(async {
            let mut tx = self.endpoint.store.read().await.expect("the store");
            gather(&mut tx, root, case, &include, now_ms).await
        });
        let contents = gathered.expect("the case").contents;
        let any = !contents.entries.is_empty();
        let file = evidence::write("", case, now_ms, &contents, root.signing());
        let file = any.then(|| file.expect("a file"))?;
        Some(evidence::check(file.as_bytes(), Some(&root.public())))
    }

    /// Every row that is committed, by scope and number.
    pub(crate) fn rows(&self) -> Vec<EntryRow> {
        let read = async {
            let mut tx = self.endpoint.store.read().await?;
            tx.of_kind("").await
        };
        done(read).expect("rows")
    }

    /// Which of these entries is not committed.
    pub(crate) fn lacks(&self, names: impl IntoIterator<Item = Hash>) -> Option<Hash> {
        let read = async {
            let mut tx = self.endpoint.store.read().await?;
            for name in names {
                if tx.entry(&name.to_string()).await?.is_none() {
                    return Ok::<_, StoreError>(Some(name));
                }
            }
            Ok(None)
        };
        done(read).expect("a store")
    }

    /// The roster as it is committed, for who only looks.
    pub(crate) fn roster_seen(&self) -> Roster {
        let read = async {
            let mut tx = self.endpoint.store.read().await?;
            self.seen.of(&mut tx, &self.endpoint.root).await
        };
        done(read).expect("a roster")
    }

    /// The scope that all hold, in which the roster stands.
    pub(crate) fn company(&self) -> ScopeId {
        self.company
    }

    /// The key under which a tablet seals a scope, as it is sent.
    pub(crate) fn key_text(&self, device: &DeviceId, scope: &ScopeId) -> String {
        to_base64(self.endpoint.scopes.key(device, scope).bytes())
    }

    /// The entry that lies under a key on a tablet's disk: its first 16 bytes name the scope.
    pub(crate) fn opens(
        &self,
        device: &DeviceId,
        (key, lies): &(String, Vec<u8>),
    ) -> Option<Entry> {
        let (scope, sealed) = lies.split_first_chunk::<16>()?;
        let scope = ScopeId::from_random(*scope);
        let place = Place {
            store: sync::storage::Store::Entries.name(),
            key,
            scope: Some(scope),
        };
        let plain = seal::open(&self.endpoint.scopes.key(device, &scope), &place, sealed);
        Entry::parse(&plain.ok()?).ok()
    }

    /// Whose a stream is, and of which scope; `None` where none of it is committed.
    pub(crate) fn owner(&self, stream: &StreamId) -> Option<(DeviceId, ScopeId)> {
        let read = async {
            let mut tx = self.endpoint.store.read().await?;
            tx.stream(&stream.to_string()).await
        };
        let row = done(read).expect("a store")?;
        Some((row.device.parse().ok()?, row.scope.parse().ok()?))
    }

    /// The scope of an entry that is committed.
    pub(crate) fn scope_of(&self, name: &Hash) -> Option<ScopeId> {
        let read = async {
            let mut tx = self.endpoint.store.read().await?;
            tx.entry(&name.to_string()).await
        };
        done(read).expect("a store")?.scope.parse().ok()
    }

    /// The receipts that were given of a stream.
    pub(crate) fn receipts(&self, stream: StreamId) -> Vec<Receipt> {
        let read = async {
            let mut tx = self.endpoint.store.read().await?;
            tx.receipts_from(&stream.to_string(), 0).await
        };
        let rows = done(read).expect("receipts");
        let receipt = |row: &ReceiptRow| Receipt::parse(&row.bytes).expect("a receipt");
        rows.iter().map(receipt).collect()
    }

    /// Every entry that is committed, by scope and number, with whether it lies beside its chain.
    pub(crate) fn entries(&self) -> Vec<(Entry, bool)> {
        let rows = self.rows();
        let entry = |row: &EntryRow| ledger::entry_of(row).expect("an entry");
        rows.iter().map(|row| (entry(row), row.fork)).collect()
    }
}

/// The persons of a schedule: identifier and role.
pub(crate) const PERSONS: [(StaffId, &str); 2] = [
    (StaffId::from_random([7; 16]), "officer"),
    (StaffId::from_random([8; 16]), "head"),
];

/// A statement of a person.
pub(crate) fn person(number: usize, retired: bool) -> Item {
    let (id, role) = PERSONS.get(number).copied().unwrap_or(PERSONS[0]);
    Item::Staff(Staff {
        id,
        name: role.to_owned(),
        posts: vec![Post {
            site: SITE.to_owned(),
            role: role.to_owned(),
            department: None,
        }],
        retired,
    })
}

/// A statement of a scope of the first so many persons, who are named for a group one by one.
pub(crate) fn scope(
    id: ScopeId,
    kind: ScopeKind,
    (persons, devices): (usize, Vec<DeviceId>),
    founding: bool,
) -> Item {
    let named = PERSONS.iter().take(persons);
    let (roles, added) = match kind {
        ScopeKind::Handling => (Vec::new(), named.map(|(staff, _)| *staff).collect()),
        _ => (
            named.map(|(_, role)| (*role).to_owned()).collect(),
            Vec::new(),
        ),
    };
    Item::Scope(Scope {
        id,
        kind,
        site: Some(SITE.to_owned()),
        roles,
        added,
        excluded: Vec::new(),
        devices,
        founding,
    })
}
