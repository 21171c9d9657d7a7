//! How the client comes up: storage, the tablet's key, who can unlock it; once somebody has, what
//! the lists need, first. And how it is locked again.

use std::cell::RefCell;
use std::sync::Arc;

use domain::id::{CaseId, StaffId};
use domain::procedure::{PROPERTY_HASH, Procedure};
use domain::summary::Summary;
use domain::time::Instant;
use record::pin::Cost;
use record::seal::SealKey;
use record::{ScopeId, StaffId as RecordStaffId};
use serde::{Deserialize, Serialize};
use sync::storage::{Batch, Durability, Expect, Put, Storage, StorageError, Store};
use sync::tablet::{CacheRecord, Locked, SigningIn, TabletError, UnlockError};
use sync::wire::{JoinReply, JoinRequest, PROTO, Report, SIGN_IN_PATH, SignInReply, StaffName};

use crate::directory::Directory;
use crate::net::{self, Asker, NetFault};
use crate::platform;
use crate::state::{App, BrowserTablet, Core, FOLDED_AT_ONCE, Gate, Stage, now};
use crate::storage::{DeviceKey, IdbStorage};
use crate::{convert, live, syncing};

/// The property procedure, read and checked by the build.
const PROPERTY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/property.postcard"));
/// Name of the browser's database.
const DATABASE: &str = "doorstep";
/// Key of the tablet's own key in `meta`: it opens nothing that anybody typed.
const STORE_KEY: &str = "store-key";
/// Prefix of the summaries in the cache, one for each case.
const SUMMARY: &str = "summary/";
/// What the cache was made from.
const MADE_FROM: &str = "made-from";
/// The directory in the cache.
const DIRECTORY: &str = "directory";
/// The tablet is in a resident's hands: who handed it over, and for which case. A draft.
const HANDED: &str = "handed";
/// More records than a tablet ever has cases.
const CACHED_MAX: u32 = 200_000;

thread_local! {
    static STORAGE: RefCell<Option<IdbStorage>> = const { RefCell::new(None) };
}

/// What the cache was made from, and for whom; where it differs the cache is made anew. JSON, so
/// that every build can read it; the rest of the cache is postcard, which only the build that wrote
/// it reads: a fifth of the bytes to unseal and read at each start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct MadeFrom {
    procedure: String,
    build: String,
    /// The scopes that were open.
    scopes: Vec<String>,
    /// By the tablet's count.
    changes: u64,
}

impl MadeFrom {
    fn read(bytes: &[u8]) -> Option<Self> {
        json::read(core::str::from_utf8(bytes).ok()?).ok()
    }
}

/// Opens everything and says how far it got.
pub(crate) async fn start(app: App) {
    match open(app).await {
        Ok(stage) => {
            app.stage.set(stage);
            platform::persist().await;
        }
        Err(error) => app.stage.set(Stage::Broken(error)),
    }
}

async fn open(app: App) -> Result<Stage, TabletError> {
    match locked().await? {
        None => Ok(Stage::Joining),
        Some(locked) => {
            show_gate(app, &locked);
            syncing::start(app);
            Ok(Stage::Locked)
        }
    }
}

/// The tablet before anybody unlocks it; `None` where it has not joined.
pub(crate) async fn locked() -> Result<Option<Locked<IdbStorage>>, TabletError> {
    let storage = storage().await?;
    let key = store_key(&storage).await?;
    Locked::open(storage, key).await
}

/// The browser's database, opened once for the page.
pub(crate) async fn storage() -> Result<IdbStorage, StorageError> {
    if let Some(open) = STORAGE.with_borrow(Clone::clone) {
        return Ok(open);
    }
    let open = IdbStorage::open(DATABASE).await?;
    STORAGE.set(Some(open.clone()));
    Ok(open)
}

/// As [`locked`], where it must have joined.
async fn joined() -> Result<Locked<IdbStorage>, TabletError> {
    locked().await?.ok_or_else(|| unreadable("identity"))
}

pub(crate) fn show_gate(app: App, locked: &Locked<IdbStorage>) {
    let identity = &locked.identity;
    platform::remember(Some(&identity.code));
    let person = |one: &StaffName| (StaffId(one.id.to_string()), one.name.clone());
    let training = identity.training.is_some();
    app.gate.set(Arc::new(Gate {
        code: identity.code.clone(),
        site: identity.site.clone(),
        people: locked.people.clone(),
        training: training.then(|| identity.staff.iter().map(person).collect()),
        offset_ms: locked.instant_ms(now()).saturating_sub(platform::wall_ms()),
        front: json::read(&locked.front).unwrap_or_default(),
    }));
    app.meeting.update(|meeting| {
        meeting.unsent = locked.unsent;
        meeting.photos = locked.attachments_unsent;
        meeting.contact = locked.contact_ms(now()).map(Instant);
    });
    syncing::tick(app);
}

/// Unlocks the tablet for a person.
///
/// # Errors
/// Says why not; nothing is lost by it.
pub(crate) async fn unlock(app: App, staff: RecordStaffId, pin: &str) -> Result<(), UnlockError> {
    let locked = joined().await?;
    match locked.unlock(random as fn(&mut [u8]), staff, pin).await {
        Ok(tablet) => {
            take_core(app, tablet, Asker::now()).await?;
            ready(app);
            Ok(())
        }
        Err(fault) => {
            // A wrong PIN is counted.
            show_gate(app, &joined().await?);
            Err(fault)
        }
    }
}

/// Somebody whose code the endpoint has taken, before they have chosen a PIN. Where it ends here
/// the code is good once more on this tablet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Admitted {
    signing_in: SigningIn,
    reply: SignInReply,
}

impl Admitted {
    /// Whose code it was.
    pub(crate) fn name(&self) -> &str {
        &self.reply.person.name
    }
}

/// Asks the endpoint to let a person sign in with a code, or at a training endpoint by who it is.
///
/// # Errors
/// The endpoint cannot be reached or does not take the code, or storage fails.
pub(crate) async fn admit(code: &str, staff: Option<RecordStaffId>) -> Result<Admitted, NetFault> {
    let locked = joined().await?;
    let signing_in = locked.sign_in(random as fn(&mut [u8]), code, staff);
    let storage = storage().await.map_err(TabletError::from)?;
    let device = locked.identity.device;
    let body = serde_json::to_string(&signing_in.request).map_err(|_| NetFault::Garbled)?;
    let reply = net::post_as_device(&storage, device, SIGN_IN_PATH, body).await?;
    Ok(Admitted { signing_in, reply })
}

/// Unlocks the tablet for somebody who signs in, with the PIN they chose; not where they have left
/// before what they read and sign with has come ([`leave`]).
///
/// # Errors
/// Storage fails.
pub(crate) async fn sign_in(app: App, admitted: &Admitted, pin: &str) -> Result<(), NetFault> {
    let asker = Asker::now();
    let locked = joined().await?;
    let Admitted { signing_in, reply } = admitted;
    let choice = (pin, Cost::TABLET);
    let signed_in = locked.signed_in(random as fn(&mut [u8]), signing_in, reply, choice);
    let tablet = signed_in.await.map_err(|error| match error {
        UnlockError::Tablet(error) => NetFault::Tablet(error),
        _ => NetFault::Garbled,
    })?;
    show_gate(app, &joined().await?);
    take_core(app, tablet, asker.clone()).await?;
    app.link.update(|link| link.sign_in = None);
    if asker.has_left() {
        leave(app);
        return Ok(());
    }
    syncing::meet_first(app).await;
    if !asker.has_left() {
        ready(app);
    }
    Ok(())
}

/// Who was signing in has left: the tablet does not open for whoever holds it then.
pub(crate) fn leave(app: App) {
    if app.stage.with_untracked(|stage| *stage == Stage::Locked) {
        net::hang_up();
        if app.core().is_some_and(|core| core.asker.has_left()) {
            close(app);
        }
    }
}

/// Deletes what is on the tablet, by the administrator's order: everything was sent before.
///
/// # Errors
/// Where the browser does not delete it, or something was saved since: the tablet is locked then,
/// and the next meeting tries again.
pub(crate) async fn wipe(app: App) -> Result<(), TabletError> {
    let storage = storage().await?;
    app.stage.set(Stage::Opening);
    // After the screens, so that none is shown without what it shows, and none writes any more.
    leptos::task::tick().await;
    app.drop_core();
    live::tend(app);
    // What was being saved stands before this in the browser's queue.
    let deleted = match joined().await {
        Ok(locked) if locked.unsent > 0 => Err(TabletError::Busy),
        _ => storage.delete_all().await.map_err(TabletError::from),
    };
    app.stage.set(match deleted {
        Ok(()) => {
            platform::remember(None);
            Stage::Wiped
        }
        Err(_) => Stage::Locked,
    });
    deleted
}

/// Locks the tablet: what was open goes from the screens and from memory. What was being typed is
/// kept as it is typed.
pub(crate) fn lock(app: App) {
    app.stage.set(Stage::Locked);
    close(app);
}

fn close(app: App) {
    leptos::task::spawn_local(async move {
        // After the screens, so that none is shown without what it shows.
        app.drop_core();
        live::tend(app);
        if let Ok(Some(locked)) = locked().await {
            show_gate(app, &locked);
        }
        syncing::soon(app);
    });
}

async fn take_core(app: App, tablet: BrowserTablet, asker: Asker) -> Result<(), TabletError> {
    let taken = try_core(app, tablet, asker).await;
    if taken.is_err() {
        app.drop_core();
    }
    taken
}

async fn try_core(app: App, tablet: BrowserTablet, asker: Asker) -> Result<(), TabletError> {
    let procedure: Procedure =
        postcard::from_bytes(PROPERTY).map_err(|error| unreadable(&error.to_string()))?;
    let procedure_hash = PROPERTY_HASH.to_owned();
    let person = tablet.person().map(|staff| StaffId(staff.to_string()));
    let core = Core {
        tablet,
        procedure,
        procedure_hash,
        asker,
    };
    // Before anything is shown: how long it is since the endpoint answered. What cannot be written
    // down is known all the same.
    drop(core.tablet.pass(now()).await);
    app.set_core(core);
    app.person.set(person.clone());
    app.meeting.update(|meeting| meeting.barred = None);
    // Not before the lists: the browser takes its time to say what room there is.
    leptos::task::spawn_local(tell(app));
    show(app).await?;
    leptos::task::spawn_local(note_use(app));
    let handed: Option<(StaffId, CaseId)> = app.draft(HANDED).await.unwrap_or_default();
    let handed = handed.filter(|(staff, _)| person.as_ref() == Some(staff));
    app.resident.set(handed.map(|(_, case)| case));
    Ok(())
}

/// Notes when a person unlocked the tablet: the next time they see whether it was they. Where it
/// cannot be written, nothing waits for it.
async fn note_use(app: App) {
    let Some(person) = app.person.get_untracked() else {
        return;
    };
    let at = app.instant();
    app.gate.update(|gate| {
        Arc::make_mut(gate).front.used.insert(person, at);
    });
    drop(keep_front(app).await);
}

/// Leaves what the lock shows: the site and its people as far as they are known, and who unlocked
/// the tablet when.
async fn keep_front(app: App) -> Result<(), TabletError> {
    let Some(core) = app.core() else {
        return Ok(());
    };
    let mut front = app.gate.with_untracked(|gate| gate.front.clone());
    app.directory.with_untracked(|directory| {
        // Before the first keys have come nothing is known: what the lock shows stays as it was.
        if directory.site.is_some() {
            front = directory.front(core::mem::take(&mut front.used));
        }
    });
    let front = serde_json::to_string(&front).map_err(|_| unreadable(DIRECTORY))?;
    core.tablet.set_front(&front).await
}

/// Shows what is open to who has unlocked the tablet: at first, and when keys of scopes came.
pub(crate) async fn show(app: App) -> Result<(), TabletError> {
    let Some(core) = app.core() else {
        return Ok(());
    };
    if core.site_scope().is_none() {
        // Nothing of the site is kept for who may not read it.
        app.cases.set(Arc::default());
        return make_directory(app).await;
    }
    core.tablet.caught_up();
    let made = show_cache(app, &core.tablet, &platform::build()).await?;
    if made.is_none() || made != made_from(&core) {
        leptos::task::spawn_local(async move {
            // A failure leaves the cache as it was: it is tried again at the next start.
            drop(make_cache(app).await);
            app.meeting.update(|meeting| meeting.folding = None);
        });
    }
    Ok(())
}

/// Shows what the cache holds if `build` made it, of the last pull or of an earlier one; answers
/// what it was made from.
async fn show_cache(
    app: App,
    tablet: &BrowserTablet,
    build: &str,
) -> Result<Option<MadeFrom>, TabletError> {
    let mut stored = tablet.cache_range("", "~", CACHED_MAX).await?;
    let made = stored.iter().find(|(key, _)| key == MADE_FROM);
    let made = made.and_then(|(_, bytes)| MadeFrom::read(bytes));
    if made.as_ref().is_none_or(|made| made.build != build) {
        stored.clear();
    }
    let directory = stored.iter().find(|(key, _)| key == DIRECTORY);
    if let Some((_, bytes)) = directory {
        let directory: Directory = postcard::from_bytes(bytes).unwrap_or_default();
        app.directory.set(Arc::new(directory));
    }
    let cases = stored.into_iter().filter_map(|(key, bytes)| {
        let case = CaseId::from(key.strip_prefix(SUMMARY)?);
        let summary: Summary = postcard::from_bytes(&bytes).ok()?;
        Some((case, Arc::new(summary)))
    });
    app.cases.set(Arc::new(cases.collect()));
    Ok(made)
}

/// Tells the tablet what it runs on, for what it says of itself to the endpoint.
async fn tell(app: App) {
    if let Some(core) = app.core() {
        core.tablet.tell(runs_on().await);
    }
}

/// Version of the app and room in the browser.
pub(crate) async fn runs_on() -> Report {
    let space = platform::space().await;
    Report {
        app: net::BUILD.to_owned(),
        used: space.map(|(used, _)| used),
        quota: space.map(|(_, quota)| quota),
        kept: platform::persisted().await,
        ..Report::default()
    }
}

fn ready(app: App) {
    app.stage.set(Stage::Ready);
    syncing::tick(app);
    syncing::refresh(app);
    syncing::start(app);
}

/// What the cache is made from where no summary lags; `None` where this page does not know.
fn made_from(core: &Core) -> Option<MadeFrom> {
    let open = core.tablet.open_scopes();
    Some(MadeFrom {
        procedure: core.procedure_hash.clone(),
        build: platform::build(),
        scopes: open.iter().map(ToString::to_string).collect(),
        changes: core.tablet.changes()?,
    })
}

/// Folds every case anew and writes the directory: at the first start of a new version, and where
/// the app was ended between a pull and the folding of what it brought.
async fn make_cache(app: App) -> Result<(), TabletError> {
    let Some(core) = app.core() else {
        return Ok(());
    };
    make_directory(app).await?;
    let cases = core.tablet.cases();
    let cases: Vec<_> = cases.iter().map(|case| CaseId(case.to_string())).collect();
    let asker = core.asker.clone();
    // What opens the tablet is not held while it is folded.
    drop(core);
    let (mut done, mut outcome) = (0, Ok(()));
    for some in cases.chunks(FOLDED_AT_ONCE) {
        if asker.has_left() {
            return Ok(());
        }
        app.meeting
            .update(|meeting| meeting.folding = Some((done, cases.len())));
        outcome = outcome.and(app.refold(some).await);
        done += some.len();
    }
    outcome.and(cache_is_current(app).await)
}

/// Notes that the cache holds all that was pulled and recorded so far, where it does.
pub(crate) async fn cache_is_current(app: App) -> Result<(), TabletError> {
    let Some(core) = app.core().filter(|_| app.unfolded().is_empty()) else {
        return Ok(());
    };
    // What was folded while something is not shown is folded again once it is.
    if core.site_scope().is_none() || core.tablet.status(now()).withheld {
        return Ok(());
    }
    let Some(made) = made_from(&core) else {
        return Ok(());
    };
    let made = serde_json::to_vec(&made).map_err(|_| unreadable(MADE_FROM))?;
    put(&core, MADE_FROM, None, made).await
}

/// Makes the directory anew from the roster and the site's entries.
pub(crate) async fn make_directory(app: App) -> Result<(), TabletError> {
    let Some(core) = app.core() else {
        return Ok(());
    };
    let site = core.tablet.identity().site.clone();
    let mut entries = Vec::new();
    if let Some(scope) = core.site_scope() {
        let stored = core.tablet.scope_entries(&scope).await?;
        let signed = stored.into_iter().filter(|one| !one.is_forged());
        entries.extend(signed.map(|one| one.entry));
    }
    let directory = convert::directory(&core.tablet.roster(), &site, &entries);
    if let Some(scope) = core.site_scope() {
        let packed = packed(DIRECTORY, &directory)?;
        put(&core, DIRECTORY, Some(scope), packed).await?;
    }
    app.directory.set(Arc::new(directory));
    keep_front(app).await
}

/// Writes a case's summary where the lists look at the next start; answers whether there is one.
pub(crate) async fn keep_summary(
    core: &Core,
    id: &CaseId,
    summary: Option<&Summary>,
) -> Result<bool, TabletError> {
    let key = format!("{SUMMARY}{id}");
    let case = id.as_str().parse().map_err(|_| unreadable(&key))?;
    // Nobody to whom the case is not open, or is no longer, reads of it here.
    let Some(scope) = core.tablet.case_scope(&case) else {
        return Ok(false);
    };
    match summary {
        Some(summary) => put(core, &key, Some(scope), packed(&key, summary)?).await?,
        // What makes it a case was erased.
        None => core.tablet.cache_delete(&key).await?,
    }
    Ok(summary.is_some())
}

async fn put(
    core: &Core,
    key: &str,
    scope: Option<ScopeId>,
    value: Vec<u8>,
) -> Result<(), TabletError> {
    let record = CacheRecord {
        key: key.to_owned(),
        group: None,
        scope,
        value,
    };
    core.tablet.cache_put(vec![record]).await
}

fn packed<T: Serialize>(key: &str, value: &T) -> Result<Vec<u8>, TabletError> {
    postcard::to_allocvec(value).map_err(|_| unreadable(key))
}

fn unreadable(key: &str) -> TabletError {
    TabletError::Unreadable(key.to_owned())
}

/// Keeps whether a resident holds the tablet, for the next start.
pub(crate) async fn keep_handed(app: App) {
    let handed = app.person.get_untracked().zip(app.resident.get_untracked());
    // Not kept: after the next start the staff begins at the form, where all is still there.
    drop(match handed {
        Some(handed) => app.save_note(None, HANDED, &handed).await,
        None => app.drop_draft(HANDED).await,
    });
}

/// Joins the endpoint with the code it printed.
///
/// # Errors
/// The endpoint cannot be reached, does not take the code, or storage fails.
pub(crate) async fn join(app: App, code: String) -> Result<(), NetFault> {
    let storage = storage().await.map_err(TabletError::from)?;
    let device_key = DeviceKey::open(&storage).await.map_err(TabletError::from)?;
    let request = JoinRequest {
        proto: PROTO,
        code,
        device_key: record::PublicKey::new(device_key.public()),
        name: String::new(),
    };
    let reply: JoinReply = net::post_plain(sync::wire::JOIN_PATH, &request).await?;
    let meant = app.link.with_untracked(|link| link.root.clone());
    if meant.is_some_and(|root| root != reply.root.fingerprint_digits()) {
        return Err(NetFault::OtherRoot);
    }
    let key = store_key(&storage).await.map_err(TabletError::from)?;
    let joined = Locked::join(storage, key, random as fn(&mut [u8]), &reply, now()).await?;
    show_gate(app, &joined);
    app.stage.set(Stage::Locked);
    Ok(())
}

/// The key under which the tablet's own records are sealed, made at the first start.
async fn store_key(storage: &IdbStorage) -> Result<SealKey, StorageError> {
    for _ in 0..2 {
        if let Some(bytes) = storage.get(Store::Meta, STORE_KEY).await? {
            let damaged = || StorageError::Other("the store key cannot be read".to_owned());
            return Ok(SealKey::new(bytes.try_into().map_err(|_| damaged())?));
        }
        let mut bytes = [0; 32];
        platform::fill_random(&mut bytes)
            .map_err(|_| StorageError::Other("no random source".to_owned()))?;
        let batch = Batch {
            expect: vec![Expect {
                store: Store::Meta,
                key: STORE_KEY.to_owned(),
                value: None,
            }],
            put: vec![Put {
                store: Store::Meta,
                key: STORE_KEY.to_owned(),
                group: None,
                value: bytes.to_vec(),
            }],
            delete: Vec::new(),
            durability: Durability::Strict,
        };
        match storage.commit(batch).await {
            Ok(()) => return Ok(SealKey::new(bytes)),
            // Another tab made one at the same moment: that one counts.
            Err(StorageError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Err(StorageError::Conflict)
}

#[expect(
    clippy::expect_used,
    reason = "without randomness nothing may be sealed or signed"
)]
pub(crate) fn random(bytes: &mut [u8]) {
    platform::fill_random(bytes).expect("the browser's random source");
}
