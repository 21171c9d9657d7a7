//! Opens the form of a visit, keeps it as it is filled and records it.

use std::time::Duration;

use domain::act::{Act, Choice, VisitAttempted};
use domain::calendar;
use domain::id::CaseId;
use domain::step::{Standing, steps};
use domain::time::Instant;
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use view::prelude::*;
use view::{IntoView, View, component, view};

use super::draft::{self, VisitDraft};
use super::round::{self, Me};
use crate::i18n::{t, t_string, use_i18n};
use crate::router::A;
use crate::routes;
use crate::screens::not_saved::{DraftUnread, NotSaved};
use crate::shell::Bar;
use crate::state::{App, OpenCase, SaveFault};
use crate::ui::{Empty, Field, FieldKind, Icon, IconSize, IconView};
use crate::words;

/// A change is kept once nothing was typed for this long.
const IDLE: Duration = Duration::from_millis(400);
/// Pause before what was not kept is tried again.
const RETRY: Duration = Duration::from_secs(3);

/// A case and what was already filled in.
#[derive(Clone, Debug, PartialEq)]
struct Loaded {
    open: OpenCase,
    draft: VisitDraft,
}

/// The form of one visit.
#[derive(Clone, Copy)]
pub(super) struct Form {
    /// The app.
    pub(super) app: App,
    /// The case as it was when the form was opened.
    pub(super) open: StoredValue<OpenCase>,
    /// What is filled in.
    pub(super) draft: RwSignal<VisitDraft>,
    /// When the draft was last kept.
    pub(super) kept: RwSignal<Option<Instant>>,
    /// Why the last save failed.
    pub(super) fault: RwSignal<Option<SaveFault>>,
    /// Something is being recorded.
    pub(super) busy: RwSignal<bool>,
    key: StoredValue<String>,
    dirty: StoredValue<bool>,
    /// Nothing is kept any more: recorded, or handed over.
    closed: StoredValue<bool>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

/// The page of the case that the address names, once its form is open.
pub(super) fn page(body: fn(Form) -> View) -> impl IntoView {
    let app = App::here();
    let found = RwSignal::new(None::<Result<Option<Loaded>, SaveFault>>);
    // Whether the form begins anew whatever was filled in before.
    let anew = RwSignal::new(false);
    Effect::new(move |_| {
        let (id, anew) = (app.case_here(), anew.get());
        let way = app.address.with_untracked(|address| address.value("way"));
        leptos::task::spawn_local(async move {
            let loaded = load(app, id, way.as_deref(), anew).await;
            // The person may have gone elsewhere meanwhile.
            drop(found.try_set(Some(loaded)));
        });
    });
    move || match found.get() {
        None => view! { <main class="page" id="main" aria-busy="true"></main> },
        Some(Err(fault)) => view! {
            <Unread
                fault
                retry=move |()| anew.set(false)
                anew=move |()| anew.set(true)
            />
        },
        Some(Ok(None)) => view! { <Elsewhere /> },
        Some(Ok(Some(loaded))) => body(Form::new(app, loaded)),
    }
}

/// What was filled in before cannot be read.
#[component]
fn Unread(
    fault: SaveFault,
    #[prop(into)] retry: Callback<()>,
    #[prop(into)] anew: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Bar title=t_string!(i18n, visit.title) back=routes::VISITS.to_owned() />
        <main class="page" id="main">
            <DraftUnread fault retry anew />
        </main>
    }
}

async fn load(
    app: App,
    id: CaseId,
    way: Option<&str>,
    anew: bool,
) -> Result<Option<Loaded>, SaveFault> {
    let Some((open, staff)) = app
        .open_case(&id)
        .await
        .unwrap_or_default()
        .zip(untrack(|| app.acting()))
    else {
        return Ok(None);
    };
    let kept: Option<VisitDraft> = if anew {
        None
    } else {
        app.draft(&draft::key(&id, &staff.id)).await?
    };
    let door = open.case.details.door.as_ref();
    let fresh = kept.is_none();
    let mut draft = kept.unwrap_or_else(|| {
        let complainant = open.case.details.complainant.clone().unwrap_or_default();
        VisitDraft {
            at_door: Some(app.instant()),
            signer: complainant.name,
            relation: complainant.relation,
            ..VisitDraft::default()
        }
    });
    match way {
        Some("telephone") => draft.by_telephone = true,
        Some("door") => draft.by_telephone = false,
        _ if fresh => draft.by_telephone = door.is_some_and(|door| door.by_telephone),
        _ => {}
    }
    draft.after.clone_from(&open.tips);
    Ok(Some(Loaded { open, draft }))
}

impl Form {
    fn new(app: App, loaded: Loaded) -> Self {
        let staff = untrack(|| app.acting()).map(|staff| staff.id);
        let key = staff.map(|staff| draft::key(&loaded.open.id, &staff));
        let form = Self {
            app,
            open: StoredValue::new(loaded.open),
            draft: RwSignal::new(loaded.draft),
            kept: RwSignal::new(None),
            fault: RwSignal::new(None),
            busy: RwSignal::new(false),
            key: StoredValue::new(key.unwrap_or_default()),
            dirty: StoredValue::new(false),
            closed: StoredValue::new(false),
            timer: StoredValue::new(None),
        };
        form.keep_by_itself();
        form
    }

    /// The case's id.
    pub(super) fn id(&self) -> CaseId {
        self.open.with_value(|open| open.id.clone())
    }

    /// Changes what is filled in.
    pub(super) fn set(&self, change: impl FnOnce(&mut VisitDraft)) {
        self.draft.update(change);
    }

    fn keep_by_itself(self) {
        Effect::new(move |before: Option<()>| {
            self.draft.track();
            if before.is_some() && !self.closed.get_value() {
                self.dirty.set_value(true);
                // Who types without a pause is not waited for.
                if self.timer.with_value(Option::is_none) {
                    self.keep_after(IDLE);
                }
            }
        });
        for event in ["focusout", "pagehide", "visibilitychange", "compositionend"] {
            let handle = window_event_listener_untyped(event, move |_| self.flush());
            on_cleanup(move || handle.remove());
        }
        on_cleanup(move || self.flush());
    }

    fn keep_after(self, pause: Duration) {
        self.stop_timer();
        let timer = set_timeout_with_handle(move || self.flush(), pause);
        self.timer.set_value(timer.ok());
    }

    fn stop_timer(&self) {
        if let Some(Some(handle)) = self.timer.try_update_value(Option::take) {
            handle.clear();
        }
    }

    /// Keeps the draft now, if anything changed.
    fn flush(&self) {
        self.stop_timer();
        let wanted =
            self.dirty.try_get_value() == Some(true) && self.closed.try_get_value() == Some(false);
        let Some(draft) = self.draft.try_get_untracked().filter(|_| wanted) else {
            return;
        };
        self.dirty.set_value(false);
        let form = *self;
        let case = self.open.try_with_value(|open| open.id.clone());
        let Some((case, key)) = case.zip(self.key.try_get_value()) else {
            return;
        };
        leptos::task::spawn_local(async move {
            let outcome = form.app.save_draft(Some(&case), &key, &draft).await;
            form.note(outcome.err());
        });
    }

    /// Notes how keeping the draft went; the form may be gone by now. Answers whether it is there.
    fn note(&self, fault: Option<SaveFault>) -> bool {
        if fault.is_some() {
            // Tried again after a while, or when the field is left; unless the form is gone.
            if self.dirty.try_set_value(true).is_none() {
                self.keep_after(RETRY);
            }
        } else {
            self.kept.try_set(Some(self.app.instant()));
        }
        self.fault.try_set(fault).is_none()
    }

    /// Keeps the draft and says whether it is on the tablet; from then on this form keeps nothing.
    pub(super) async fn close(&self) -> bool {
        self.stop_timer();
        self.closed.set_value(true);
        let (key, draft) = (self.key.get_value(), self.draft.get_untracked());
        let outcome = self.app.save_draft(Some(&self.id()), &key, &draft).await;
        let fault = outcome.err();
        let is_kept = fault.is_none();
        if !is_kept {
            let _ = self.closed.try_update_value(|closed| *closed = false);
        }
        self.note(fault);
        is_kept
    }

    /// Records an act and leads on. Where it fails everything stays as it is.
    pub(super) fn record(self, act: Act, said: String, then: String) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.stop_timer();
        self.closed.set_value(true);
        // Outlives the page, which may be gone once the act is on the tablet.
        let after = self.draft.with_untracked(|draft| draft.after.clone());
        let (id, key) = (self.id(), self.key.get_value());
        leptos::task::spawn_local(async move {
            let outcome = self
                .app
                .record(Some(id), vec![act], after, Some(&key))
                .await;
            match outcome {
                Ok(saved) => {
                    self.app.say_saved(said, &saved.case, saved.entries.last());
                    self.app.go(&then);
                }
                Err(fault) => {
                    let _ = self.closed.try_update_value(|closed| *closed = false);
                    self.busy.try_set(false);
                    if !self.note(Some(fault)) {
                        self.app.say_not_saved();
                    }
                }
            }
        });
    }

    /// Records that nobody was there. The clock goes on.
    pub(super) fn record_attempt(self, words: &str, said: String) {
        let Some(happened) = super::when::stated(self) else {
            return;
        };
        let way = self.draft.with_untracked(VisitDraft::way);
        let attempt = VisitAttempted {
            way: Choice::Listed(way),
            words: words.trim().to_owned(),
            photos: Vec::new(),
            happened,
        };
        self.record(
            Act::VisitAttempted(attempt),
            said,
            routes::VISITS.to_owned(),
        );
    }

    /// Whether the acting person owes this revisit; before the resolution nobody does.
    pub(super) fn is_owed(&self) -> bool {
        let now = self.app.now.get();
        let me = Me::acting(self.app);
        self.open.with_value(|open| {
            let run = open.case.runs.iter().rfind(|run| run.clock == round::CLOCK);
            let reading = run.and_then(|run| domain::clock::reading(run, now));
            match (reading, me) {
                (Some(reading), Some(me)) => me.owes(&reading),
                _ => true,
            }
        })
    }

    /// How the rules look upon a revisit by the acting person.
    pub(super) fn standing(&self) -> Option<Standing> {
        let (actor, now) = (self.app.actor()?, self.app.now.get());
        self.open.with_value(|open| {
            let steps = steps(&open.case, &actor, now);
            let step = steps.into_iter().find(|step| step.act == "revisited");
            step.map(|step| step.standing)
        })
    }

    /// Where and who: 6 棟 902 張慧.
    pub(super) fn whom(&self, i18n: words::I18n) -> String {
        let details = self.open.with_value(|open| open.case.details.clone());
        let place = match (&details.unit, &details.place) {
            (_, Some(place)) => place.clone(),
            (Some(unit), None) => self.app.directory.with(|d| d.unit(i18n, unit)),
            (None, None) => t_string!(i18n, common.no_place).to_owned(),
        };
        let name = details.complainant.map(|person| person.name);
        format!("{place} {}", name.unwrap_or_default())
    }

    /// The case's number as lists show it.
    pub(super) fn number(&self) -> String {
        self.open
            .with_value(|open| words::short_number(&open.case.number).to_owned())
    }
}

/// A text of the draft with its field.
#[component]
pub(super) fn Words(
    /// The form.
    form: Form,
    /// The element's id.
    id: &'static str,
    /// What is asked.
    #[prop(into)]
    label: Signal<String>,
    /// Which text of the draft.
    of: fn(&mut VisitDraft) -> &mut String,
    /// Which keyboard.
    #[prop(optional)]
    kind: FieldKind,
    /// Remark under the field.
    #[prop(optional, into)]
    hint: MaybeProp<String>,
    /// Words after the label that say the field may stay empty.
    #[prop(optional, into)]
    optional_mark: MaybeProp<String>,
    /// What is the matter with it.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Answers that are often given.
    #[prop(optional)]
    often: Vec<String>,
    /// Most characters.
    max: usize,
) -> impl IntoView {
    let first = form
        .draft
        .with_untracked(|draft| of(&mut draft.clone()).clone());
    let value = RwSignal::new(first);
    let on_edit = Callback::new(move |text: String| form.set(|draft| *of(draft) = text));
    let i18n = use_i18n();
    let zone = form.app.zone();
    let notice = move || {
        if kind == FieldKind::DateTime {
            let at = value.with(|text| calendar::from_field(&zone, text))?;
            return words::long_ago(i18n, &zone, at, form.app.now.get());
        }
        value.with(|text| words::room_left(i18n, text, max))
    };
    view! {
        <Field
            id=id
            label
            value
            kind
            hint
            notice=Signal::derive(notice)
            optional_mark
            error
            low=true
            often
            length_max=u32::try_from(max).unwrap_or(u32::MAX)
            on_edit
        />
    }
}

/// What could not be kept: in place, with what was typed still there.
#[component]
pub(super) fn Fault(form: Form) -> impl IntoView {
    let retry = Callback::new(move |()| form.flush());
    move || {
        let fault = form.fault.get()?;
        Some(view! { <NotSaved fault retry /> })
    }
}

/// That the draft lies on the tablet, with the time to the second.
#[component]
pub(super) fn Kept(form: Form) -> impl IntoView {
    let i18n = use_i18n();
    let words = move || match form.kept.get() {
        Some(at) => {
            let zone = form.app.zone();
            let time = words::time_of_day(&zone, at);
            let seconds = at.0.div_euclid(1000).rem_euclid(60);
            t_string!(
                i18n,
                visit.draft_kept_at,
                time = format!("{time}:{seconds:02}")
            )
        }
        None => t_string!(i18n, visit.draft_kept).to_owned(),
    };
    view! {
        <span class="grow muted sm hide-ph">
            <IconView icon=Icon::Disk size=IconSize::Small />
            " "
            {words}
        </span>
    }
}

/// A case that is not on this tablet.
#[component]
fn Elsewhere() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Bar
            title=t_string!(i18n, visit.title)
            back=routes::VISITS.to_owned()
        />
        <main class="page" id="main">
            <Empty
                icon=Icon::Search
                title=t_string!(i18n, visit.not_here)
                text=t_string!(i18n, visit.not_here_text)
            >
                <A href=routes::VISITS attr:class="btn">
                    {t!(i18n, visit.to_visits)}
                </A>
            </Empty>
        </main>
    }
}
