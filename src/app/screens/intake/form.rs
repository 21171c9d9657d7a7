//! The form's desk: takes what is typed, keeps it, and records it in the end. One thing at a
//! time: a number is taken, then the draft is kept, then what the person asked for is done.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use domain::act::{Act, Voided};
use domain::id::{CaseId, StaffId};
use domain::time::Instant;
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use view::prelude::*;

use super::draft::{Draft, Section, Text};
use crate::state::{App, SaveFault};

/// Pause in typing after which the draft is kept.
const IDLE_MS: u64 = 400;
/// First pause before a draft that could not be kept is tried again; doubled each time.
const RETRY_FIRST_MS: u64 = 2_000;
/// Longest such pause.
const RETRY_MS_MAX: u64 = 60_000;

/// What the person asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Record the acceptance and what stands beside it.
    Accept,
    /// Give the form up; its number is voided.
    Discard,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ended {
    /// Recorded as this case under this number.
    Accepted(CaseId, String),
    /// Given up; the number it had.
    Discarded(Option<String>),
}

/// What the page shows of it.
#[derive(Clone, Copy)]
struct Shown {
    draft: RwSignal<Draft>,
    kept: RwSignal<Option<Instant>>,
    fault: RwSignal<Option<SaveFault>>,
    busy: RwSignal<bool>,
    ended: RwSignal<Option<Ended>>,
}

/// Outlives the page, so that what was typed last is kept when the page is left.
struct Desk {
    app: App,
    staff: StaffId,
    key: String,
    draft: RefCell<Draft>,
    dirty: Cell<bool>,
    working: Cell<bool>,
    closed: Cell<bool>,
    wanted: Cell<Option<Wanted>>,
    timer: Cell<Option<TimeoutHandle>>,
    retry_ms: Cell<u64>,
    shown: Shown,
}

/// The form: a handle, cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Form {
    desk: StoredValue<Rc<Desk>>,
    /// The app.
    pub(super) app: App,
    /// What is typed and chosen.
    pub(super) draft: RwSignal<Draft>,
    /// When the draft was last kept.
    pub(super) kept: RwSignal<Option<Instant>>,
    /// Why the last write failed.
    pub(super) fault: RwSignal<Option<SaveFault>>,
    /// What was asked for is being done.
    pub(super) busy: RwSignal<bool>,
    /// How it ended.
    pub(super) ended: RwSignal<Option<Ended>>,
}

/// Key of the draft of one person.
pub(super) fn draft_key(staff: &StaffId) -> String {
    format!("intake/{staff}")
}

impl Form {
    /// A form of one person, empty or with the draft that was kept.
    pub(super) fn new(app: App, staff: StaffId, draft: Draft) -> Self {
        let shown = Shown {
            draft: RwSignal::new(draft.clone()),
            kept: RwSignal::new(None),
            fault: RwSignal::new(None),
            busy: RwSignal::new(false),
            ended: RwSignal::new(None),
        };
        let desk = Rc::new(Desk {
            app,
            key: draft_key(&staff),
            staff,
            draft: RefCell::new(draft),
            dirty: Cell::new(false),
            working: Cell::new(false),
            closed: Cell::new(false),
            wanted: Cell::new(None),
            timer: Cell::new(None),
            retry_ms: Cell::new(RETRY_FIRST_MS),
            shown,
        });
        Self {
            desk: StoredValue::new(desk),
            app,
            draft: shown.draft,
            kept: shown.kept,
            fault: shown.fault,
            busy: shown.busy,
            ended: shown.ended,
        }
    }

    fn desk(self) -> Option<Rc<Desk>> {
        self.desk.try_get_value()
    }

    /// The key of its draft.
    pub(super) fn draft_key(self) -> Option<String> {
        Some(self.desk()?.key.clone())
    }

    /// Changes the form. The first change takes the receipt time and a number.
    pub(super) fn edit(self, change: impl FnOnce(&mut Draft)) {
        let Some(desk) = self.desk().filter(|desk| !desk.closed.get()) else {
            return;
        };
        let first = !desk.draft.borrow().has_begun();
        self.draft.update(|draft| {
            draft.begun.get_or_insert_with(|| desk.app.instant());
            change(draft);
        });
        desk.take_over(self.draft.get_untracked());
        if first {
            flush(&desk)
        } else if desk.timer.get().is_none() {
            // Who types without a pause is not waited for.
            soon(&desk, IDLE_MS);
        }
    }

    /// Shows another section; alone it begins no form.
    pub(super) fn show(self, section: Section) {
        self.draft.update(|draft| draft.section = section);
        let Some(desk) = self.desk().filter(|desk| !desk.closed.get()) else {
            return;
        };
        desk.take_over(self.draft.get_untracked());
        if desk.draft.borrow().has_begun() {
            flush(&desk);
        } else {
            desk.dirty.set(false);
        }
    }

    /// Keeps what was typed now: a field was left, the page goes out of sight.
    pub(super) fn keep(self) {
        if let Some(desk) = self.desk()
            && desk.dirty.get()
        {
            flush(&desk);
        }
    }

    /// Does what the person asked for; once, whatever the taps.
    pub(super) fn want(self, wanted: Wanted) {
        let Some(desk) = self.desk() else { return };
        let taking = self.app.taking_photos.get_untracked() > 0;
        if desk.closed.get() || self.busy.get_untracked() || taking {
            return;
        }
        self.busy.set(true);
        desk.wanted.set(Some(wanted));
        flush(&desk);
    }
}

impl Desk {
    /// The page's draft gets its number only after the desk's: it never takes one away.
    fn take_over(&self, mut draft: Draft) {
        let mut held = self.draft.borrow_mut();
        draft.number = draft.number.or_else(|| held.number.take());
        *held = draft;
        self.dirty.set(true);
    }

    fn stop_timer(&self) {
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
    }

    /// Takes a number where none was taken and keeps the draft. The number is shown only once it
    /// stands in the kept draft.
    async fn write(&self) -> Result<(), SaveFault> {
        let mut draft = self.draft.borrow().clone();
        if draft.number.is_none() {
            let number = self.app.next_number().await?;
            self.draft.borrow_mut().number = Some(number.clone());
            // What was typed meanwhile is kept with it.
            draft = self.draft.borrow().clone();
            draft.number = Some(number);
        }
        self.dirty.set(false);
        self.app.save_draft(None, &self.key, &draft).await?;
        let now = self.app.instant();
        self.shown.kept.try_set(Some(now));
        let number = draft.number;
        self.shown.draft.try_update(|draft| draft.number = number);
        Ok(())
    }

    async fn finish(&self, wanted: Wanted) -> Result<Ended, SaveFault> {
        if self.app.person.get_untracked().as_ref() != Some(&self.staff) {
            return Err(SaveFault::Failed("another person is acting".to_owned()));
        }
        match wanted {
            Wanted::Accept => self.accept().await,
            Wanted::Discard => self.discard().await,
        }
    }

    async fn accept(&self) -> Result<Ended, SaveFault> {
        let core = self.app.core();
        let core = core.ok_or_else(|| SaveFault::Failed("not joined".to_owned()))?;
        let draft = self.draft.borrow().clone();
        let number = draft.number.clone().unwrap_or_default();
        let household = draft.household.as_ref().and_then(|id| {
            self.app
                .directory
                .with_untracked(|directory| directory.households.get(id).cloned())
        });
        let procedure = (core.procedure.id.as_str(), core.procedure_hash.as_str());
        let acts = draft.acts(&number, household.as_ref(), procedure, self.app.instant());
        let saved = self.app.record(None, acts, Vec::new(), Some(&self.key));
        Ok(Ended::Accepted(saved.await?.case, number))
    }

    /// A number that was shown is never given again: it is voided by an act.
    async fn discard(&self) -> Result<Ended, SaveFault> {
        let number = self.draft.borrow().number.clone();
        match &number {
            Some(number) => {
                let act = Act::Voided(Voided {
                    number: number.clone(),
                    reason: String::new(),
                });
                let saved = self
                    .app
                    .record(None, vec![act], Vec::new(), Some(&self.key));
                saved.await?;
            }
            None => self.app.drop_draft(&self.key).await?,
        }
        Ok(Ended::Discarded(number))
    }

    fn failed(&self, fault: SaveFault) {
        self.dirty.set(true);
        self.shown.busy.try_set(false);
        self.shown.fault.try_set(Some(fault));
    }
}

/// Keeps the draft after a pause.
fn soon(desk: &Rc<Desk>, pause_ms: u64) {
    desk.stop_timer();
    let later = Rc::clone(desk);
    let timer = set_timeout_with_handle(move || flush(&later), Duration::from_millis(pause_ms));
    desk.timer.set(timer.ok());
}

/// Keeps the draft now and does what is wanted, unless that is going on already.
fn flush(desk: &Rc<Desk>) {
    desk.stop_timer();
    if desk.closed.get() || desk.working.replace(true) {
        return;
    }
    let desk = Rc::clone(desk);
    leptos::task::spawn_local(async move {
        work(&desk).await;
        desk.working.set(false);
    });
}

async fn work(desk: &Rc<Desk>) {
    loop {
        // A form in which nothing was typed has no number to void and nothing to keep.
        let nothing =
            desk.wanted.get() == Some(Wanted::Discard) && desk.draft.borrow().number.is_none();
        let outcome = if nothing { Ok(()) } else { desk.write().await };
        let outcome = match (outcome, desk.wanted.take()) {
            (Ok(()), Some(wanted)) => desk.finish(wanted).await.map(Some),
            (Ok(()), None) => Ok(None),
            (Err(fault), _) => Err(fault),
        };
        match outcome {
            Ok(Some(ended)) => {
                desk.closed.set(true);
                desk.stop_timer();
                desk.shown.ended.try_set(Some(ended));
                return;
            }
            Ok(None) => {
                desk.retry_ms.set(RETRY_FIRST_MS);
                desk.shown.fault.try_set(None);
                if !desk.dirty.get() && desk.wanted.get().is_none() {
                    return;
                }
            }
            Err(fault) => {
                desk.failed(fault);
                let pause = desk.retry_ms.get();
                desk.retry_ms.set(pause.saturating_mul(2).min(RETRY_MS_MAX));
                soon(desk, pause);
                return;
            }
        }
    }
}

/// Words of the form that can be taken elsewhere where they cannot be kept.
pub(super) fn plain_text(draft: &Draft) -> String {
    let texts: Vec<&str> = [
        Text::Place,
        Text::Name,
        Text::Telephone,
        Text::Content,
        Text::Demands,
        Text::SeverityNote,
        Text::Result,
        Text::Words,
    ]
    .into_iter()
    .map(|field| draft.text(field))
    .filter(|text| !text.trim().is_empty())
    .collect();
    texts.join("\n")
}
