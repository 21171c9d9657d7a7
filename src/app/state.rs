//! What the screens share. A case is immutable between acts: screens hold its summary, or the
//! whole case while it is open, and derive everything else.

mod drafts;
mod folding;

use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use domain::act::Act;
use domain::case::Case;
use domain::id::{CaseId, EntryHash, StaffId};
use domain::procedure::Procedure;
use domain::recorded::Recorded;
use domain::site::Staff;
use domain::step::Actor;
use domain::summary::Summary;
use domain::time::{Instant, Zone};
use record::export::EntryFile;
use record::roster::{AUDITOR, ScopeKind};
use record::verdict;
use record::{Entry, ScopeId};
use serde::{Deserialize, Serialize};
use sorted::{SortedMap, SortedSet};
use sync::storage::StorageError;
use sync::tablet::{Deed, NewAct, Now, RecordError, SlotInfo, Tablet, TabletError};
use sync::wire::Barred;
use view::prelude::*;

pub(crate) use folding::FOLDED_AT_ONCE;

use crate::convert;
use crate::directory::Directory;
use crate::i18n::{t_string, use_i18n};
use crate::meeting::Meeting;
use crate::net::Asker;
use crate::router::{Address, Link};
use crate::routes;
use crate::screens::case;
use crate::storage::IdbStorage;
use crate::ui::{ToastMessage, Undo};
use crate::{net, photos, platform};

/// The tablet on this browser's storage and randomness.
pub(crate) type BrowserTablet = Tablet<IdbStorage, fn(&mut [u8])>;

/// Where the start has got to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stage {
    /// Opening the storage.
    Opening,
    /// This tablet has not joined an endpoint.
    Joining,
    /// Nobody has unlocked it.
    Locked,
    /// It has deleted what was on it, by the administrator's order.
    Wiped,
    /// Everything of this tablet is at hand.
    Ready,
    /// What lies on the tablet cannot be opened.
    Broken(TabletError),
}

/// What is shown while nobody has unlocked the tablet.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Gate {
    /// The tablet's code: `B3`.
    pub(crate) code: String,
    /// The site's code, shown before its name is known.
    pub(crate) site: String,
    /// Who can unlock it.
    pub(crate) people: Vec<SlotInfo>,
    /// At a training endpoint: who can sign in without a code.
    pub(crate) training: Option<Vec<(StaffId, String)>>,
    /// Milliseconds to add to the wall clock.
    pub(crate) offset_ms: i64,
    /// What the last person to use the tablet left to be shown.
    pub(crate) front: Front,
}

/// What a tablet shows of its site and its people while it is locked: nothing of a case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Front {
    /// The site's name.
    pub(crate) name: String,
    /// Its zone.
    pub(crate) zone: Option<Zone>,
    /// Department and roles of the people, in the app's terms.
    pub(crate) people: SortedMap<StaffId, (Option<String>, Vec<String>)>,
    /// When each of them unlocked it last.
    #[serde(default)]
    pub(crate) used: SortedMap<StaffId, Instant>,
}

/// What lies under the screens while a person has unlocked the tablet.
pub(crate) struct Core {
    /// The record.
    pub(crate) tablet: BrowserTablet,
    /// The rules.
    pub(crate) procedure: Procedure,
    /// SHA-256 of the procedure file, hexadecimal.
    pub(crate) procedure_hash: String,
    /// The person, as long as they use the tablet.
    pub(crate) asker: Asker,
}

impl Drop for Core {
    /// Of who leaves no key stays in memory: the allocator overwrites what is freed.
    fn drop(&mut self) {
        platform::clear_stack();
    }
}

impl Core {
    /// The scope in which the site's cases stand, where it is open to who has unlocked the tablet.
    pub(crate) fn site_scope(&self) -> Option<ScopeId> {
        let identity = self.tablet.identity();
        let mut scopes = identity.scopes.iter();
        scopes
            .find(|scope| scope.kind == ScopeKind::Site)
            .map(|scope| scope.id)
            .filter(|scope| self.tablet.is_open(scope))
    }

    /// The scope of what is recorded of a case, or begins one where it is `None`, as far as it is
    /// open to who has unlocked the tablet. A case goes on where it stands, or not at all: it may
    /// not be for everybody.
    pub(crate) fn scope_of(&self, case: Option<&CaseId>) -> Option<ScopeId> {
        match case {
            Some(case) => self.tablet.case_scope(&case.as_str().parse().ok()?),
            None => self.site_scope(),
        }
    }
}

/// A case that is open on a screen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OpenCase {
    /// Which.
    pub(crate) id: CaseId,
    /// The case.
    pub(crate) case: Case,
    /// Its latest entries: what an act written now has known.
    pub(crate) tips: Vec<EntryHash>,
    /// Entries that only this tablet holds.
    pub(crate) unsent: Vec<EntryHash>,
}

/// What was recorded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Saved {
    /// The case.
    pub(crate) case: CaseId,
    /// The entries, in the order of the acts.
    pub(crate) entries: Vec<EntryHash>,
}

/// Why something was not recorded. What was typed stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SaveFault {
    /// The storage did not take it.
    Storage(StorageError),
    /// Anything else, in its own words.
    Failed(String),
}

impl From<TabletError> for SaveFault {
    fn from(error: TabletError) -> Self {
        match error {
            TabletError::Storage(error) => Self::Storage(error),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<RecordError> for SaveFault {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Tablet(error) => error.into(),
            other => Self::Failed(other.to_string()),
        }
    }
}

/// What the screens share. One word, since every function of every screen carries it.
#[derive(Clone, Copy)]
pub(crate) struct App(&'static Shared);

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        self.0
    }
}

/// The signals that live as long as the page.
pub(crate) struct Shared {
    core: StoredValue<Option<Rc<Core>>>,
    /// Cases that were recorded in, or read anew, and whose summaries lag.
    unfolded: StoredValue<SortedSet<CaseId>>,
    /// Where a draft was typed that could not be kept.
    unkept: StoredValue<Option<String>>,
    /// Where the start has got to.
    pub(crate) stage: RwSignal<Stage>,
    /// The address that is shown.
    pub(crate) address: RwSignal<Address>,
    /// Who has unlocked the tablet.
    pub(crate) person: RwSignal<Option<StaffId>>,
    /// Who can, and what is shown until somebody does.
    pub(crate) gate: RwSignal<Arc<Gate>>,
    /// Who and where.
    pub(crate) directory: RwSignal<Arc<Directory>>,
    /// A summary of every case.
    pub(crate) cases: RwSignal<Arc<SortedMap<CaseId, Arc<Summary>>>>,
    /// The time, corrected by the endpoint's; moves on as the page is drawn anew, see `redraw`.
    pub(crate) now: RwSignal<Instant>,
    /// The endpoint.
    pub(crate) meeting: RwSignal<Meeting>,
    /// So many times photos were chosen that are being made ready: what they belong to is recorded
    /// once they are kept.
    pub(crate) taking_photos: RwSignal<usize>,
    /// The short message shown.
    pub(crate) toast: RwSignal<Option<ToastMessage>>,
    /// The tablet is in a resident's hands, for this case.
    pub(crate) resident: RwSignal<Option<CaseId>>,
    /// What a link has typed in, until it is used.
    pub(crate) link: RwSignal<Link>,
}

impl App {
    /// Nothing opened yet. Made once for a page.
    pub(crate) fn new() -> Self {
        Self(Box::leak(Box::new(Shared {
            core: StoredValue::new(None),
            unfolded: StoredValue::new(SortedSet::new()),
            unkept: StoredValue::new(None),
            stage: RwSignal::new(Stage::Opening),
            address: RwSignal::new(Address::shown()),
            person: RwSignal::new(None),
            gate: RwSignal::new(Arc::default()),
            directory: RwSignal::new(Arc::default()),
            cases: RwSignal::new(Arc::default()),
            now: RwSignal::new(Instant(platform::wall_ms())),
            meeting: RwSignal::new(Meeting::default()),
            taking_photos: RwSignal::new(0),
            toast: RwSignal::new(None),
            resident: RwSignal::new(None),
            link: RwSignal::new(Link::take()),
        })))
    }

    /// The app of this page.
    pub(crate) fn here() -> Self {
        // Provided by the root of the page before any screen is made.
        use_context().unwrap_or_else(Self::new)
    }

    /// What lies beneath; `None` while nobody has unlocked the tablet.
    pub(crate) fn core(&self) -> Option<Rc<Core>> {
        self.core.get_value()
    }

    /// Whether it is still this that lies beneath: nobody has locked the tablet meanwhile.
    pub(crate) fn has_core(&self, core: &Rc<Core>) -> bool {
        self.core().is_some_and(|now| Rc::ptr_eq(&now, core))
    }

    /// Sets what lies beneath, once it is open.
    pub(crate) fn set_core(&self, core: Core) {
        self.core.set_value(Some(Rc::new(core)));
    }

    /// Takes everything that was open from the screens and from memory.
    pub(crate) fn drop_core(&self) {
        self.core.set_value(None);
        self.unfolded.set_value(SortedSet::new());
        self.unkept.set_value(None);
        case::forget_search();
        self.person.set(None);
        self.resident.set(None);
        self.toast.set(None);
        self.cases.set(Arc::default());
        self.directory.set(Arc::default());
        // Whatever waits for an answer holds what opened the tablet.
        net::hang_up();
    }

    /// The site's zone; that of the default site before the first pull.
    pub(crate) fn zone(&self) -> Zone {
        let known = self
            .directory
            .with(|d| d.site.as_ref().map(|site| site.zone.clone()));
        known
            .or_else(|| self.gate.with(|gate| gate.front.zone.clone()))
            .unwrap_or_else(|| Zone::fixed("Asia/Shanghai", 8 * 3600))
    }

    /// Who is acting, with roles and department.
    pub(crate) fn acting(&self) -> Option<Staff> {
        let id = self.person.get()?;
        self.directory.with(|d| d.staff.get(&id).cloned())
    }

    /// Whether the tablet is one of a site: one that joined before there was any serves only to
    /// administer.
    pub(crate) fn has_site(&self) -> bool {
        let core = self.core();
        core.is_none_or(|core| !core.tablet.identity().site.is_empty())
    }

    /// Whether who is acting administers people and tablets.
    pub(crate) fn administers(&self) -> bool {
        let id = self.person.get().and_then(|id| id.as_str().parse().ok());
        // Read again when the roster has grown.
        self.directory.track();
        let (Some(id), Some(core)) = (id, self.core()) else {
            return false;
        };
        let roster = core.tablet.roster();
        roster
            .person(&id)
            .is_some_and(|person| person.is_administrator())
    }

    /// Whether they do nothing else: no case is open to them.
    pub(crate) fn only_administers(&self) -> bool {
        let no_role = self.acting().is_none_or(|staff| staff.roles.is_empty());
        no_role && self.administers()
    }

    /// Whether there are places of cases for them on this tablet.
    pub(crate) fn shows_cases(&self) -> bool {
        self.has_site() && !self.only_administers()
    }

    /// Whether what is of the site is closed to them: the endpoint has said so, or the roster does
    /// that is held here. Where keys are only still to come it is not.
    pub(crate) fn is_closed_to(&self) -> bool {
        let barred = self.meeting.with(|meeting| meeting.barred);
        self.core().is_some_and(|core| {
            let (roster, device) = (core.tablet.roster(), core.tablet.device());
            let person = core
                .tablet
                .person()
                .filter(|id| roster.person(id).is_some());
            let open = |scope: &ScopeId| {
                let scope = roster.scope(scope);
                scope.is_some_and(|scope| scope.kind == ScopeKind::Site)
            };
            let says_so = |staff| !roster.scopes_open_to(&device, &staff).iter().any(open);
            matches!(barred, Some(Barred::Tablet | Barred::Former)) || person.is_some_and(says_so)
        })
    }

    /// Whether who is acting is an auditor here, who records nothing.
    pub(crate) fn only_reads(&self) -> bool {
        self.acting().is_some_and(|staff| {
            !staff.roles.is_empty() && staff.roles.iter().all(|role| role == AUDITOR)
        })
    }

    /// Who is acting, as the rules ask for it.
    pub(crate) fn actor(&self) -> Option<Actor> {
        let staff = self.acting()?;
        Some(Actor {
            staff: staff.id,
            roles: staff.roles,
            department: staff.department,
        })
    }

    /// A case's summary.
    pub(crate) fn summary(&self, id: &CaseId) -> Option<Arc<Summary>> {
        self.cases.with(|cases| cases.get(id).cloned())
    }

    /// The time now, corrected, to the millisecond; for acts and not for drawing.
    pub(crate) fn instant(&self) -> Instant {
        Instant(match self.core() {
            Some(core) => core.tablet.instant_ms(now()),
            None => {
                let offset_ms = self.gate.with_untracked(|gate| gate.offset_ms);
                platform::wall_ms().saturating_add(offset_ms)
            }
        })
    }

    /// Reads a case with all its entries. `None` where this tablet does not hold it.
    pub(crate) async fn open_case(&self, id: &CaseId) -> Result<Option<OpenCase>, TabletError> {
        let Some(core) = self.core() else {
            return Ok(None);
        };
        let Ok(case_id) = id.as_str().parse() else {
            return Ok(None);
        };
        let stored = core.tablet.case_entries(&case_id).await?;
        let tips = sync::tablet::tips(&stored);
        // What its author did not sign waits for nothing.
        let unsent = stored
            .iter()
            .filter(|one| !one.sent && !one.is_forged())
            .map(|one| hash(one.entry.hash()));
        let unsent = unsent.collect();
        // What the endpoint says of entries is no act: it is read as the standing of these.
        let acts = stored
            .iter()
            .filter(|one| !verdict::is_about_another(one.entry.kind()));
        let entries: Vec<Recorded<Act>> = acts.map(convert::recorded).collect();
        let zone = untrack(|| self.zone());
        let case = Case::fold(&core.procedure, &zone, &entries);
        Ok(case.map(|case| OpenCase {
            id: id.clone(),
            case,
            tips: tips.into_iter().map(hash).collect(),
            unsent,
        }))
    }

    /// Records acts of one deed, durably, in the name of the person who is acting; a new case
    /// where `case` is `None`. `after` is what the form knew when it was opened
    /// ([`OpenCase::tips`]). The photos of the draft become those of its first act that takes any,
    /// and the draft is deleted, in the same transaction.
    ///
    /// # Errors
    /// Nothing was recorded; the draft is as it was.
    pub(crate) async fn record(
        &self,
        case: Option<CaseId>,
        mut acts: Vec<Act>,
        after: Vec<EntryHash>,
        draft: Option<&str>,
    ) -> Result<Saved, SaveFault> {
        let failed = |text: &str| SaveFault::Failed(text.to_owned());
        let core = self.core().ok_or_else(|| failed("not joined"))?;
        let staff = untrack(|| self.acting()).ok_or_else(|| failed("nobody is acting"))?;
        let case_id = match &case {
            Some(id) => id.as_str().parse().map_err(|_| failed("no such case"))?,
            None => {
                let mut bytes = [0; 16];
                platform::fill_random(&mut bytes).map_err(|_| failed("no random source"))?;
                record::CaseId::from_random(bytes)
            }
        };
        let attachments = match draft {
            Some(key) => photos::for_acts(&core, key, &mut acts).await?,
            None => Vec::new(),
        };
        let deed = Deed {
            case: Some(case_id),
            scope: core
                .scope_of(case.as_ref())
                .ok_or_else(|| failed("no scope"))?,
            attachments,
            acts: acts
                .iter()
                .map(|act| NewAct {
                    kind: act.kind().to_owned(),
                    body: act.to_body(),
                })
                .collect(),
            after: after
                .iter()
                .filter_map(|hash| hash.as_str().parse().ok())
                .collect(),
            role: role_of(&staff),
            app: crate::net::BUILD.to_owned(),
        };
        let id = CaseId(case_id.to_string());
        self.lags(&id);
        let recorded = core.tablet.record(&deed, draft, now()).await;
        if recorded == Err(RecordError::Tablet(TabletError::Locked)) {
            // Another tab has changed the PIN; what was typed is there after the next unlocking.
            crate::boot::lock(*self);
        }
        let entries = recorded?;
        // It is recorded, whatever becomes of the lists: they are made good at the next meeting.
        let folded = self.refold(core::slice::from_ref(&id)).await;
        if folded.is_ok() {
            drop(crate::boot::cache_is_current(*self).await);
        }
        crate::syncing::tick(*self);
        crate::syncing::refresh(*self);
        crate::syncing::soon(*self);
        Ok(Saved {
            case: id,
            entries: entries.iter().map(|e| hash(e.hash())).collect(),
        })
    }

    /// The entry file of a case: its entries with the roster entries and receipts that prove
    /// them, to be checked by other means. What its author did not sign is no entry of it. `None`
    /// where this tablet does not hold the case.
    pub(crate) async fn entry_file(&self, id: &CaseId) -> Result<Option<String>, TabletError> {
        let Some(core) = self.core() else {
            return Ok(None);
        };
        let Ok(case_id) = id.as_str().parse() else {
            return Ok(None);
        };
        let stored = core.tablet.case_entries(&case_id).await?;
        let signed = stored.into_iter().filter(|one| !one.is_forged());
        let entries: Vec<Entry> = signed.map(|one| one.entry).collect();
        let roster = core.tablet.roster_entries().await?;
        let receipts = core.tablet.receipts_for(&entries).await?;
        Ok(Some(EntryFile::of(entries, &roster, &receipts).to_text()))
    }

    /// The next case number, stored before it is shown: never given twice.
    pub(crate) async fn next_number(&self) -> Result<String, SaveFault> {
        let core = self
            .core()
            .ok_or_else(|| SaveFault::Failed("not joined".to_owned()))?;
        let running = core.tablet.next_number().await?;
        let zone = untrack(|| self.zone());
        let today = crate::words::full(&zone, self.instant());
        let year = today.get(2..4).unwrap_or("00");
        let identity = core.tablet.identity();
        Ok(format!(
            "{}{year}-{}-{running:04}",
            identity.site, identity.code
        ))
    }

    /// Shows a short message.
    pub(crate) fn say(&self, text: impl Into<String>) {
        self.tell(text.into(), None);
    }

    /// Says that an act is on the tablet, and leads to where it is taken back.
    pub(crate) fn say_saved(&self, text: String, case: &CaseId, entry: Option<&EntryHash>) {
        let undo = entry.map(|entry| Undo {
            words: t_string!(use_i18n(), common.undo),
            to: routes::correct(case, entry),
        });
        self.tell(text, undo);
    }

    /// Says to who left the form meanwhile that its act was not written.
    pub(crate) fn say_not_saved(&self) {
        self.say(t_string!(use_i18n(), common.save_failed));
    }

    /// Nobody reads it on a tablet that was locked meanwhile: it is not for who unlocks it next.
    fn tell(&self, text: String, undo: Option<Undo>) {
        if self.core().is_none() {
            return;
        }
        let serial = platform::monotonic_ms();
        self.toast.set(Some(ToastMessage { serial, text, undo }));
    }
}

/// The tablet's clocks as they stand.
pub(crate) fn now() -> Now {
    Now {
        wall_ms: platform::wall_ms(),
        monotonic_ms: platform::monotonic_ms(),
    }
}

/// The role somebody acts in: the first the site file names.
fn role_of(staff: &Staff) -> String {
    staff.roles.first().cloned().unwrap_or_default()
}

fn hash(hash: record::Hash) -> EntryHash {
    EntryHash(hash.to_string())
}
