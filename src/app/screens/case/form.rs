//! A sheet's answers while they are typed: kept as a draft at every pause, taken up again, and
//! gone with the deed that records them.

use sorted::SortedMap;
use std::time::Duration;

use domain::act::Act;
use domain::draft;
use domain::id::{CaseId, DepartmentId, EntryHash};
use domain::time::{Instant, Span};
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use serde::{Deserialize, Serialize};
use view::prelude::*;
use view::{IntoView, component, view};

use super::answers::{Answers, Ask};
use super::page::Page;
use crate::i18n::{t, t_string, use_i18n};
use crate::screens::not_saved::{DraftUnread, NotSaved};
use crate::state::SaveFault;
use crate::ui::{Banner, Icon, PadSize, Strokes, Tone};
use crate::words;

/// Pause in typing after which the draft is kept.
const PAUSE: Duration = Duration::from_millis(400);
/// Pause before a draft that was not kept is tried again.
const RETRY: Duration = Duration::from_secs(3);

/// A draft as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    answers: Answers,
    strokes: Strokes,
    width: u16,
    height: u16,
}

/// What a form is for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Purpose {
    /// Kind of the act.
    pub(super) kind: String,
    /// The transfer it concerns.
    pub(super) about: Option<EntryHash>,
    /// The department of that transfer.
    pub(super) department: Option<DepartmentId>,
    /// An act that is put right.
    pub(super) corrects: Option<EntryHash>,
}

/// What is wrong, said in the sheet.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fault {
    /// The storage did not take it.
    Save(SaveFault),
    /// A field cannot be kept so.
    Field(draft::Problem),
}

/// A form; a handle, cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Form {
    /// The page it stands on.
    pub(super) page: Page,
    /// What it is for.
    pub(super) purpose: StoredValue<Purpose>,
    /// The strokes of a signature.
    pub(super) strokes: RwSignal<Strokes>,
    /// The pad they were drawn on.
    pub(super) pad: RwSignal<PadSize>,
    /// The draft was looked for: fields may be shown.
    pub(super) ready: RwSignal<bool>,
    /// Why its draft could not be read.
    unread: RwSignal<Option<SaveFault>>,
    /// How many photos its draft has.
    pub(super) photos: RwSignal<usize>,
    /// The question that has to be answered first.
    pub(super) unanswered: RwSignal<Option<Ask>>,
    /// What went wrong at the last try to record.
    pub(super) fault: RwSignal<Option<Fault>>,
    /// Being recorded.
    pub(super) busy: RwSignal<bool>,
    /// When the draft was last kept.
    pub(super) kept_at: RwSignal<Option<Instant>>,
    /// The draft could not be kept.
    pub(super) not_kept: RwSignal<bool>,
    /// It was asked for a signature that can be read.
    pub(super) unsigned: RwSignal<bool>,
    signals: StoredValue<SortedMap<Ask, RwSignal<String>>>,
    key: StoredValue<String>,
    after: StoredValue<Vec<EntryHash>>,
    settled: StoredValue<bool>,
    changed: StoredValue<bool>,
    over: StoredValue<bool>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

/// The key of a draft: the case, the kind, the person, and what else it concerns.
fn key(page: Page, purpose: &Purpose) -> String {
    let person = page.app.person.get_untracked();
    let person = person.map(|id| id.to_string()).unwrap_or_default();
    let case = page.id.get_value();
    let further = purpose.corrects.as_ref().or(purpose.about.as_ref());
    let kind = if purpose.corrects.is_some() {
        "corrected"
    } else {
        &purpose.kind
    };
    match further {
        Some(hash) => format!("case/{case}/{kind}/{person}/{hash}"),
        None => format!("case/{case}/{kind}/{person}"),
    }
}

impl Form {
    /// A form that begins with `first` where no draft is kept. What the case says now is what its
    /// act will have known.
    pub(super) fn begin(page: Page, purpose: Purpose, first: &Answers) -> Self {
        let signal = |ask: &Ask| {
            let text = first.get(ask).cloned().unwrap_or_default();
            (*ask, RwSignal::new(text))
        };
        let tips = page
            .case
            .with_untracked(|open| open.as_ref().map(|open| open.tips.clone()));
        let form = Self {
            page,
            strokes: RwSignal::new(Strokes::new()),
            pad: RwSignal::new(PadSize::default()),
            ready: RwSignal::new(false),
            unread: RwSignal::new(None),
            photos: RwSignal::new(0),
            unanswered: RwSignal::new(None),
            fault: RwSignal::new(None),
            busy: RwSignal::new(false),
            kept_at: RwSignal::new(None),
            not_kept: RwSignal::new(false),
            unsigned: RwSignal::new(false),
            signals: StoredValue::new(Ask::ALL.iter().map(signal).collect()),
            key: StoredValue::new(key(page, &purpose)),
            purpose: StoredValue::new(purpose),
            after: StoredValue::new(tips.unwrap_or_default()),
            settled: StoredValue::new(false),
            changed: StoredValue::new(false),
            over: StoredValue::new(false),
            timer: StoredValue::new(None),
        };
        form.take_up();
        form.keep_while_typing();
        form
    }

    /// The key of its draft.
    pub(super) fn draft_key(self) -> String {
        self.key.get_value()
    }

    /// The answer to a question, as a signal.
    pub(super) fn signal(self, ask: Ask) -> RwSignal<String> {
        // Every question has its signal from the beginning.
        self.signals
            .with_value(|signals| signals.get(&ask).copied())
            .unwrap_or_default()
    }

    /// The answer to a question.
    pub(super) fn get(self, ask: Ask) -> String {
        self.signal(ask).get()
    }

    /// All answers that were given.
    pub(super) fn answers(self) -> Answers {
        let all = self.signals.try_with_value(|signals| {
            let given = signals.iter().filter_map(|(ask, signal)| {
                let text = signal.try_get_untracked()?;
                (!text.trim().is_empty()).then_some((*ask, text))
            });
            given.collect()
        });
        all.unwrap_or_default()
    }

    fn take_up(self) {
        leptos::task::spawn_local(async move {
            let Some(key) = self.key.try_get_value() else {
                return;
            };
            let kept: Option<Kept> = match self.page.app.draft(&key).await {
                Ok(kept) => kept,
                Err(fault) => return drop(self.unread.try_set(Some(fault))),
            };
            if let Some(kept) = kept {
                for (ask, text) in kept.answers {
                    let signal = self
                        .signals
                        .try_with_value(|signals| signals.get(&ask).copied());
                    if let Some(Some(signal)) = signal {
                        // A sheet that is gone by now needs nothing.
                        let _ = signal.try_set(text);
                    }
                }
                let size = PadSize {
                    width: kept.width,
                    height: kept.height,
                };
                let _ = self.pad.try_set(size);
                let _ = self.strokes.try_set(kept.strokes);
            }
            let _ = self.ready.try_set(true);
        });
    }

    fn keep_while_typing(self) {
        Effect::new(move |_| {
            self.strokes.track();
            self.signals
                .with_value(|signals| signals.values().for_each(RwSignal::track));
            if !self.ready.get() {
                return;
            }
            if self.settled.get_value() {
                self.changed.set_value(true);
                // Who types without a pause is not waited for.
                if self.timer.with_value(Option::is_none) {
                    self.keep_after(PAUSE);
                }
            }
            self.settled.set_value(true);
        });
        for name in ["pagehide", "visibilitychange"] {
            let handle = window_event_listener_untyped(name, move |_| self.keep());
            on_cleanup(move || handle.remove());
        }
        on_cleanup(move || self.keep());
    }

    fn keep_after(self, pause: Duration) {
        self.stop_timer();
        let timer = set_timeout_with_handle(move || self.keep(), pause);
        self.timer.set_value(timer.ok());
    }

    fn stop_timer(self) {
        if let Some(Some(timer)) = self.timer.try_update_value(Option::take) {
            timer.clear();
        }
    }

    /// Keeps the draft now, where it has changed.
    pub(super) fn keep(self) {
        self.stop_timer();
        let idle = !self.changed.try_get_value().unwrap_or(false)
            || self.over.try_get_value().unwrap_or(true);
        let (false, Some(case), Some(key)) =
            (idle, self.page.id.try_get_value(), self.key.try_get_value())
        else {
            return;
        };
        let pad = self.pad.try_get_untracked().unwrap_or_default();
        let kept = Kept {
            answers: self.answers(),
            strokes: self.strokes.try_get_untracked().unwrap_or_default(),
            width: pad.width,
            height: pad.height,
        };
        self.changed.set_value(false);
        leptos::task::spawn_local(async move {
            let saved = self.page.app.save_draft(Some(&case), &key, &kept).await;
            // The sheet may be gone by now; then nobody is to be told.
            let _ = self.not_kept.try_set(saved.is_err());
            if saved.is_ok() {
                let _ = self.kept_at.try_set(Some(self.page.app.instant()));
            } else if self.changed.try_set_value(true).is_none() {
                self.keep_after(RETRY);
            }
        });
    }

    /// Keeps the draft at the end of a stroke.
    pub(super) fn keep_stroke(self) {
        self.changed.set_value(true);
        self.keep();
    }

    /// What is wrong with an act so that it cannot be recorded; gaps are not.
    pub(super) fn refused(self, act: &Act) -> Option<draft::Problem> {
        let now = self.page.app.instant();
        let mut found = draft::check(act);
        found.extend(draft::check_times(act, Span::exact(now)));
        let hard = found.into_iter().find(|error| error.problem.is_hard());
        hard.map(|error| error.problem)
    }

    /// Records acts of one deed; then `done` goes on, told the last entry. Where it fails, all that
    /// was typed stays.
    pub(super) fn record<F>(self, acts: Vec<Act>, done: F)
    where
        F: FnOnce(Option<EntryHash>) + 'static,
    {
        let Some(acts) = self.admitted(acts) else {
            return;
        };
        let (place, after) = (self.place(), self.after.get_value());
        leptos::task::spawn_local(async move {
            let saved = self.write(place, acts, after, true).await;
            self.finish(saved, done);
        });
    }

    /// Records an act, and then the one that names its entry. Where the second fails, the first
    /// stands and the draft stays.
    pub(super) fn record_then(
        self,
        first: Act,
        done: impl FnOnce(Option<EntryHash>) + 'static,
        second: impl FnOnce(EntryHash) -> Act + 'static,
    ) {
        let Some(acts) = self.admitted(vec![first]) else {
            return;
        };
        let (place, after) = (self.place(), self.after.get_value());
        leptos::task::spawn_local(async move {
            let first = self.write(place.clone(), acts, after, false).await;
            let saved = match first {
                Ok(Some(entry)) => {
                    let acts = vec![second(entry.clone())];
                    self.after.set_value(vec![entry.clone()]);
                    self.write(place, acts, vec![entry], true).await
                }
                Ok(None) => Ok(None),
                Err(fault) => Err(fault),
            };
            self.finish(saved, done);
        });
    }

    /// The acts, where they can be recorded; otherwise says why not.
    fn admitted(self, acts: Vec<Act>) -> Option<Vec<Act>> {
        let taking = self.page.app.taking_photos.get_untracked() > 0;
        let ready = self.ready.get_untracked() && !self.busy.get_untracked();
        if !ready || taking || acts.is_empty() {
            return None;
        }
        if let Some(problem) = acts.iter().find_map(|act| self.refused(act)) {
            self.fault.set(Some(Fault::Field(problem)));
            return None;
        }
        self.stop_timer();
        self.busy.set(true);
        self.fault.set(None);
        // Nothing is kept as a draft any more once it is on its way into the record.
        self.over.set_value(true);
        Some(acts)
    }

    /// The case and the draft's key, which a deed needs after the page was left, too.
    fn place(self) -> (CaseId, String) {
        (self.page.id.get_value(), self.key.get_value())
    }

    /// Writes a deed; answers its last entry.
    async fn write(
        self,
        (case, key): (CaseId, String),
        acts: Vec<Act>,
        after: Vec<EntryHash>,
        drop_draft: bool,
    ) -> Result<Option<EntryHash>, SaveFault> {
        let draft = drop_draft.then_some(key.as_str());
        let saved = self.page.app.record(Some(case), acts, after, draft).await?;
        Ok(saved.entries.into_iter().next_back())
    }

    fn finish(
        self,
        saved: Result<Option<EntryHash>, SaveFault>,
        done: impl FnOnce(Option<EntryHash>),
    ) {
        // The sheet may be gone by now; then the page alone goes on.
        let _ = self.busy.try_set(false);
        match saved {
            Ok(entry) => done(entry),
            Err(fault) => {
                let _ = self.over.try_set_value(false);
                let _ = self.changed.try_set_value(true);
                if self.fault.try_set(Some(Fault::Save(fault))).is_some() {
                    self.page.app.say_not_saved();
                }
                self.keep();
            }
        }
    }
}

/// What went wrong: what happened, what is kept, what to do.
#[component]
pub(super) fn Faults(form: Form, #[prop(into)] retry: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let take_up = move |()| {
        form.unread.set(None);
        form.take_up();
    };
    let anew = move |()| {
        form.unread.set(None);
        form.ready.set(true);
    };
    move || {
        if let Some(fault) = form.unread.get() {
            return Some(view! { <DraftUnread fault retry=take_up anew /> });
        }
        let problem = match form.fault.get()? {
            Fault::Save(fault) => return Some(view! { <NotSaved fault retry /> }),
            Fault::Field(problem) => problem,
        };
        let what = match problem {
            draft::Problem::InTheFuture => t_string!(i18n, case.in_the_future),
            draft::Problem::TooLong { .. } => t_string!(i18n, case.too_long),
            _ => t_string!(i18n, case.out_of_range),
        };
        Some(view! {
            <Banner
                tone=Tone::Bad
                icon=Icon::Warn
                alert=true
                what=what.to_owned()
                kept=t_string!(i18n, common.save_failed_kept)
            >
                <button type="button" class="btn" on:click=move |_| retry.run(())>
                    {t!(i18n, common.retry)}
                </button>
            </Banner>
        })
    }
}

/// When the draft was last kept, or that it was not.
#[component]
pub(super) fn KeptAt(form: Form) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        if form.not_kept.get() {
            let words = t_string!(i18n, case.draft_not_kept);
            return Some(view! { <span class="sm b grow" role="alert">{words}</span> });
        }
        let at = form.kept_at.get()?;
        let time = words::time_of_day(&form.page.app.zone(), at);
        let words = t_string!(i18n, case.draft_kept, time = time);
        Some(view! { <span class="cap grow">{words}</span> })
    }
}
