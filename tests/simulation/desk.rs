//! A tablet of a schedule: its storage, and the app that runs on it now and then.

use std::collections::BTreeSet;

use fastrand::Rng;
use record::pin::Cost;
use record::roster::Item;
use record::seal::SealKey;
use record::{Attachment, CaseId, DeviceId, PublicKey, ScopeId, StaffId, keys};
use serde_json::{Map, Value};
use sync::memory::{Memory, run, run_while};
use sync::storage::Store;
use sync::tablet::{
    ApplyError, Deed, Entropy, Locked, NewAct, Now, RecordError, SentRequest, Stored, Tablet,
    TabletError, tips,
};
use sync::wire::{JoinRequest, PROTO, SYNC_PATH, SyncReply};

use crate::endpoint::{Host, PERSONS};
use crate::invariants::Broken;
use crate::theirs::{self, Theirs};

/// Random bytes of a tablet, from a seed.
#[derive(Debug)]
pub(crate) struct Seeded(Rng);

impl Entropy for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}

/// A tablet with the app open for each person who has unlocked it since it started, and locked, as
/// in tabs beside each other: the last to unlock it is using it, the others' apps may still wait
/// for a reply.
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
    /// Cases whose derived records lag, by whose app knows of it.
    pub(crate) underived: BTreeSet<(usize, CaseId)>,
    /// A start trusted a derived record that lagged.
    pub(crate) stale: Option<String>,
    /// Who uses it, of [`PERSONS`]; [`LOCKED`] while nobody does.
    pub(crate) turn: usize,
    booted_ms: i64,
    rng: Rng,
    apps: [Option<App>; PERSONS.len() + 1],
}

pub(crate) type App = Tablet<Memory, Seeded>;

/// A request with the person who signed it.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    /// The request.
    pub(crate) sent: SentRequest,
    /// Whose app made it.
    pub(crate) turn: usize,
    /// The person's signature; `None` while the tablet is locked.
    by: Option<(StaffId, String)>,
}

/// What became of a reply.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// There is more to do.
    pub(crate) more: bool,
    /// A scope was deleted.
    pub(crate) purged: bool,
    /// Scopes are open that were not.
    opened: bool,
    /// Cases of which something is otherwise than before.
    touched: Vec<CaseId>,
    /// Whose app took it in.
    turn: usize,
}

/// Body, person and signature of a request.
pub(crate) type Sending = (String, Option<(StaffId, String)>);

/// The turn of nobody.
pub(crate) const LOCKED: usize = PERSONS.len();

impl Signed {
    /// Body, person and signature, as they go out.
    pub(crate) fn to_send(&self) -> Sending {
        (self.sent.body.clone(), self.by.clone())
    }
}

/// How far a tablet's clock is wrong before anything befalls it: three hours.
const FAST_MS_MAX: i64 = 3 * 3_600_000;
const STORE_KEY: [u8; 32] = [5; 32];
const PIN: &str = "274901";
const COST: Cost = Cost {
    memory_kib: 8,
    passes: 1,
};

/// What a future over memory gives, which never waits.
#[expect(clippy::expect_used, reason = "a simulation that cannot go on stops")]
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    run(future).expect("memory does not wait")
}

#[expect(clippy::expect_used, reason = "a simulation that cannot go on stops")]
impl Desk {
    /// A new tablet that has joined and on which everybody has signed in. Its clock is wrong.
    ///
    /// # Errors
    /// It was sent what is not its own.
    pub(crate) fn join(host: &Host, rng: &mut Rng) -> Result<Self, Broken> {
        let mut rng = rng.fork();
        let fast_ms = rng.i64(-FAST_MS_MAX..=FAST_MS_MAX);
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
            wall_ms: host.now_ms() + fast_ms,
            monotonic_ms: 0,
        };
        let entropy = Seeded(rng.fork());
        let key = SealKey::new(STORE_KEY);
        let joined = now(Locked::join(memory.clone(), key, entropy, &reply, at));
        let locked = joined.expect("a tablet that has joined");
        for (staff, _) in PERSONS {
            drop(sign_in(host, &locked, staff, &mut rng));
        }
        let mut desk = Self {
            device: reply.device,
            memory,
            fast_ms,
            starts: 0,
            revoked: false,
            underived: BTreeSet::new(),
            stale: None,
            turn: 0,
            booted_ms: host.now_ms(),
            rng,
            apps: Default::default(),
        };
        desk.open_app();
        for turn in (0..PERSONS.len()).rev() {
            desk.switch(turn);
            desk.meet(host)?;
        }
        Ok(desk)
    }

    /// Syncs in fair weather until there is no more to do.
    fn meet(&self, host: &Host) -> Result<(), Broken> {
        let all = Theirs::at_joining(host);
        loop {
            let signed = self.request(256, host.now_ms()).expect("a request");
            let reply = host.meet(&signed.to_send()).expect("a reply");
            theirs::look(host, &signed.sent.request, &reply, &all)?;
            let applied = self.apply(&reply, &signed, host.now_ms());
            if !applied.expect("a reply that is taken in").more {
                return Ok(());
            }
        }
    }

    /// Another app over some storage of this device.
    pub(crate) fn beside(&mut self, memory: Memory, now_ms: i64) -> Self {
        let mut beside = Self {
            device: self.device,
            memory,
            fast_ms: self.fast_ms,
            starts: 0,
            revoked: self.revoked,
            underived: BTreeSet::new(),
            stale: None,
            turn: self.turn,
            booted_ms: now_ms,
            rng: self.rng.fork(),
            apps: Default::default(),
        };
        beside.open_app();
        beside
    }

    /// Opens the app for who uses the tablet now, where it is not open.
    fn open_app(&mut self) {
        self.open_app_of(self.turn);
    }

    fn open_app_of(&mut self, turn: usize) {
        let app = self.apps.get_mut(turn).expect("an app for each");
        app.get_or_insert_with(|| open(&self.memory, &mut self.rng, turn));
    }

    /// Opens the app for everybody, to be looked at.
    pub(crate) fn open_apps(&mut self) {
        for turn in 0..=LOCKED {
            self.open_app_of(turn);
        }
    }

    /// The app is killed and starts again from what lies on the disk.
    pub(crate) fn start_again(&mut self, now_ms: i64) {
        self.memory.set_fault(None);
        self.apps = Default::default();
        self.open_app();
        self.starts += 1;
        self.booted_ms = now_ms;
        self.open_cache(self.turn);
    }

    pub(crate) fn app(&self) -> &App {
        self.app_of(self.turn)
    }

    pub(crate) fn app_of(&self, turn: usize) -> &App {
        let app = self.apps.get(turn).and_then(Option::as_ref);
        app.expect("the app of who unlocked it")
    }

    /// Another person unlocks it.
    pub(crate) fn switch(&mut self, turn: usize) {
        if self.turn != turn {
            // A fault of the storage: what it holds is read at the next conflict.
            let _later = self.unlock(turn);
        }
    }

    /// Somebody unlocks it, whoever did before; answers whether its state could be read.
    pub(crate) fn unlock(&mut self, turn: usize) -> bool {
        let other = self.turn != turn;
        self.turn = turn;
        let is_open = self.apps.get(turn).is_some_and(Option::is_some);
        self.open_app();
        let read = !is_open || self.reload();
        if other {
            self.open_cache(turn);
        }
        read
    }

    /// Somebody who forgot the PIN signs in anew.
    pub(crate) fn sign_in_anew(&mut self, host: &Host, turn: usize) {
        let key = SealKey::new(STORE_KEY);
        let opened = now(Locked::open(self.memory.clone(), key));
        let locked = opened.expect("storage that opens").expect("a tablet");
        let (staff, _) = PERSONS.get(turn).copied().expect("a person");
        let fresh = sign_in(host, &locked, staff, &mut self.rng);
        if let Some(app) = self.apps.get_mut(turn) {
            *app = Some(fresh);
        }
        self.starts += 1;
        self.turn = turn;
        self.open_cache(turn);
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

    /// Records a deed of one act for each text.
    pub(crate) fn record(
        &self,
        (case, scope): (CaseId, ScopeId),
        kind: &str,
        (texts, attachments): (&[String], Vec<Attachment>),
        now_ms: i64,
    ) -> Result<Vec<String>, RecordError> {
        let (_, role) = PERSONS.get(self.turn).copied().expect("a person");
        let known = now(self.app().case_entries(&case)).map_err(RecordError::Tablet)?;
        let act = |text: &String| NewAct {
            kind: kind.to_owned(),
            body: Map::from_iter([("text".to_owned(), Value::from(text.as_str()))]),
        };
        let deed = Deed {
            case: Some(case),
            scope,
            acts: texts.iter().map(act).collect(),
            after: tips(&known),
            attachments,
            role: role.to_owned(),
            app: String::new(),
        };
        let entries = now(self.app().record(&deed, None, self.clocks(now_ms)))?;
        let place = |entry: &record::Entry| {
            let header = entry.header();
            format!("{}/{}", header.stream, header.seq)
        };
        Ok(entries.iter().map(place).collect())
    }

    /// The next request, signed by who uses the tablet.
    pub(crate) fn request(&self, most: usize, now_ms: i64) -> Result<Signed, TabletError> {
        let sent = now(self.app().sync_request(most, self.clocks(now_ms)))?;
        Ok(Signed {
            by: self.app().sign_request(SYNC_PATH, &sent.body),
            turn: self.turn,
            sent,
        })
    }

    /// Takes in a reply.
    pub(crate) fn apply(
        &self,
        reply: &SyncReply,
        signed: &Signed,
        now_ms: i64,
    ) -> Result<Taken, ApplyError> {
        self.apply_while(reply, signed, now_ms, || ())
    }

    /// Takes in a reply, and where its storage waits in the middle of that, something else happens.
    pub(crate) fn apply_while(
        &self,
        reply: &SyncReply,
        signed: &Signed,
        now_ms: i64,
        meanwhile: impl FnOnce(),
    ) -> Result<Taken, ApplyError> {
        let app = self.app_of(signed.turn);
        let applied = app.apply(reply, &signed.sent, self.clocks(now_ms));
        let applied = run_while(applied, meanwhile).expect("memory waits once")?;
        Ok(Taken {
            more: applied.more || !applied.recorded_again.is_empty() || applied.roster,
            purged: !applied.removed_scopes.is_empty(),
            opened: !applied.opened.is_empty(),
            touched: applied.touched().into_iter().collect(),
            turn: signed.turn,
        })
    }

    /// What the app derives from what it has taken in.
    pub(crate) fn derive_from(&mut self, taken: &Taken) {
        if taken.opened {
            self.all_lag(taken.turn);
        }
        self.derive(taken.turn, taken.touched.iter().copied());
    }

    /// Entries that were not acknowledged, refused ones left out.
    pub(crate) fn unsent(&self) -> u64 {
        self.app().status(self.clocks(0)).unsent
    }

    /// Whether it reports that what it holds differs from what the endpoint does.
    pub(crate) fn differs(&self) -> bool {
        !self.app().status(self.clocks(0)).differing.is_empty()
    }

    /// What was refused, kept aside, or differs, in words for a report.
    pub(crate) fn troubles(&self) -> String {
        let status = self.app().status(self.clocks(0));
        format!(
            "unsent {}, orphans {}, aside {:?}, refused {:?}, differing {:?}, open {:?}, \
             withheld {}",
            status.unsent,
            status.orphans,
            status
                .aside
                .iter()
                .map(|n| (n.reason, n.hash))
                .collect::<Vec<_>>(),
            status.refused,
            status.differing,
            self.app().open_scopes(),
            status.withheld
        )
    }

    /// Reads its state anew, as after another tab's message. Where the person has signed in anew
    /// there, the PIN is asked again.
    pub(crate) fn reload(&mut self) -> bool {
        match now(self.app().reload()) {
            Err(TabletError::Locked) => {
                if let Some(app) = self.apps.get_mut(self.turn) {
                    *app = None;
                }
                self.open_app();
                true
            }
            other => other.is_ok(),
        }
    }

    /// Every entry of a case that it holds, in the order of the record.
    pub(crate) fn case(&self, case: &CaseId) -> Vec<Stored> {
        now(self.app().case_entries(case)).expect("entries that open")
    }

    /// The cases of which it holds anything.
    pub(crate) fn cases(&self) -> Vec<CaseId> {
        self.app().cases()
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
fn open(memory: &Memory, rng: &mut Rng, turn: usize) -> App {
    let opened = now(Locked::open(memory.clone(), SealKey::new(STORE_KEY)));
    let locked = opened.expect("storage that opens").expect("a tablet");
    let entropy = Seeded(rng.fork());
    match PERSONS.get(turn) {
        Some((staff, _)) => {
            let unlocked = now(locked.unlock(entropy, *staff, PIN));
            unlocked.expect("a PIN that is right")
        }
        None => now(locked.asleep(entropy)).expect("storage that opens"),
    }
}

#[expect(clippy::expect_used, reason = "a simulation that cannot go on stops")]
fn sign_in(host: &Host, locked: &Locked<Memory>, staff: StaffId, rng: &mut Rng) -> App {
    let signing_in = locked.sign_in(Seeded(rng.fork()), "", None);
    let reply = host.sign_in(&signing_in.request, staff);
    let entropy = Seeded(rng.fork());
    let signed_in = now(locked.signed_in(entropy, &signing_in, &reply, (PIN, COST)));
    signed_in.expect("a person who signs in")
}
