//! One control for each question, and which questions an act asks.

use domain::calendar;
use domain::id::{DepartmentId, UnitId};
use domain::limits;
use view::prelude::*;
use view::{IntoView, View, component, view};

use super::answers::{self, Ask, OTHER, STATED, YES};
use super::form::Form;
use super::labels;
use super::page::Page;
use crate::i18n::{t_string, use_i18n};
use crate::ui::{Chip, Field, FieldKind, Icon, IconSize, IconView, Seg, SegOption};
use crate::words::{self, I18n};

/// A stated time within this of now needs no reason.
const STATED_APART_MS: i64 = 5 * 60 * 1000;

/// The questions that an act asks, in order.
pub(super) fn asks_of(kind: &str) -> Vec<Ask> {
    let asks: &[Ask] = match kind {
        "contacted" => &[
            Ask::Contact,
            Ask::Way,
            Ask::WayOther,
            Ask::Reached,
            Ask::Words,
            Ask::ResidentWords,
            Ask::Counts,
        ],
        "reported" => &[Ask::To, Ask::How, Ask::AnsweredBy, Ask::Words],
        "transferred" => &[Ask::Department, Ask::Words],
        "department_received" | "measures_returned" => &[],
        "measures_filled" => &[Ask::Measures, Ask::Handler, Ask::HandlerName, Ask::Target],
        "target_changed" => &[Ask::Target, Ask::Reason],
        "verified" => &[Ask::FoundDone, Ask::Words],
        "visit_attempted" => &[Ask::Way, Ask::WayOther, Ask::Words],
        "urged" => &[Ask::Clock, Ask::Whom, Ask::How, Ask::AnsweredBy, Ask::Words],
        "revisited" => &[
            Ask::ViewIntake,
            Ask::ViewIntakeWords,
            Ask::ViewMeasures,
            Ask::ViewMeasuresWords,
            Ask::ViewResult,
            Ask::ViewResultWords,
            Ask::Agreement,
            Ask::ResidentWords,
        ],
        "accepted" => &[Ask::Received, Ask::ReceivedReason],
        "detailed" => &[],
        _ => &[Ask::Words],
    };
    let mut asks = asks.to_vec();
    let states_no_time = matches!(
        kind,
        "target_changed" | "urged" | "opinion" | "archived" | "accepted" | "detailed"
    );
    if !states_no_time {
        asks.extend([Ask::When, Ask::At, Ask::AtReason]);
    }
    asks
}

/// Questions of intake.
pub(super) const DETAILS: [Ask; 19] = [
    Ask::Unit,
    Ask::Place,
    Ask::Name,
    Ask::Address,
    Ask::Telephone,
    Ask::Relation,
    Ask::Channel,
    Ask::ChannelOther,
    Ask::Class,
    Ask::Area,
    Ask::Content,
    Ask::Demands,
    Ask::Severity,
    Ask::SeverityNote,
    Ask::Validity,
    Ask::Complained,
    Ask::Matter,
    Ask::Appointment,
    Ask::DoorNotes,
];

/// What intake left open: the questions of 補記.
pub(super) fn detail_asks(page: Page) -> Vec<Ask> {
    let zone = page.app.zone();
    let details = page
        .case
        .with_untracked(|open| open.as_ref().map(|open| open.case.details.clone()));
    let Some(details) = details else {
        return Vec::new();
    };
    let severities = page.case.with_untracked(|open| {
        open.as_ref()
            .is_some_and(|open| open.case.severity_facts.applies)
    });
    let given = answers::answers(&domain::act::Act::Detailed(details), &zone);
    let located = given.contains_key(&Ask::Unit) || given.contains_key(&Ask::Place);
    let named = given.contains_key(&Ask::Name);
    let open = |ask: &Ask| match ask {
        Ask::Unit | Ask::Place => !located,
        Ask::Name | Ask::Address | Ask::Telephone | Ask::Relation => !named,
        Ask::ChannelOther => !given.contains_key(&Ask::Channel),
        Ask::Area | Ask::Severity | Ask::SeverityNote => severities && !given.contains_key(ask),
        ask => !given.contains_key(ask),
    };
    DETAILS.iter().copied().filter(open).collect()
}

/// The element of a question.
fn id(ask: Ask) -> String {
    format!("ask-{}", ask.name()).to_ascii_lowercase()
}

/// Puts the focus on a question.
pub(super) fn focus(ask: Ask) {
    crate::platform::focus(&id(ask), false);
}

/// The controls of these questions.
pub(super) fn fields(i18n: I18n, form: Form, asks: &[Ask]) -> impl IntoView + use<> {
    asks.iter()
        .map(|ask| {
            let ask = *ask;
            let shown = Memo::new(move |_| is_asked(form, ask));
            view! { {move || shown.get().then(|| control(i18n, form, ask))} }
        })
        .collect::<Vec<_>>()
}

/// Whether a question follows from the answers so far.
fn is_asked(form: Form, ask: Ask) -> bool {
    match ask {
        Ask::WayOther => form.get(Ask::Way) == OTHER,
        Ask::ChannelOther => form.get(Ask::Channel) == OTHER,
        Ask::HandlerName => form.get(Ask::Handler) == OTHER,
        Ask::AnsweredBy => form.get(Ask::How) == "telephone",
        Ask::Counts => form.get(Ask::Reached) == YES,
        Ask::At => form.get(Ask::When) == STATED,
        Ask::AtReason => form.get(Ask::When) == STATED && far_from_now(form),
        _ => true,
    }
}

fn far_from_now(form: Form) -> bool {
    let app = form.page.app;
    let at = calendar::from_field(&app.zone(), &form.get(Ask::At));
    at.is_some_and(|at| app.now.get().since(at).abs() > STATED_APART_MS)
}

/// The control of one question.
pub(super) fn control(i18n: I18n, form: Form, ask: Ask) -> View {
    match ask {
        Ask::Department | Ask::Complained | Ask::Handler | Ask::Clock => {
            select(i18n, form, ask).into_view()
        }
        Ask::Unit => view! { <UnitSearch form /> },
        _ if !labels::options(ask).is_empty() => pick(i18n, form, ask).into_view(),
        _ => text(i18n, form, ask).into_view(),
    }
}

fn kind_of(ask: Ask) -> FieldKind {
    match ask {
        Ask::Received | Ask::At | Ask::Target => FieldKind::DateTime,
        Ask::Telephone => FieldKind::Tel,
        Ask::Content | Ask::Demands | Ask::Measures | Ask::Words | Ask::ResidentWords => {
            FieldKind::Area
        }
        _ => FieldKind::Text,
    }
}

fn length_max(ask: Ask) -> usize {
    match ask {
        Ask::Content => limits::CONTENT_CHARACTERS_MAX,
        Ask::Name | Ask::HandlerName | Ask::AnsweredBy => limits::NAME_CHARACTERS_MAX,
        Ask::Telephone => limits::TELEPHONE_CHARACTERS_MAX,
        _ if kind_of(ask) == FieldKind::Area => limits::WORDS_CHARACTERS_MAX,
        Ask::Reason | Ask::ReceivedReason | Ask::AtReason | Ask::CorrectionReason => {
            limits::WORDS_CHARACTERS_MAX
        }
        _ => limits::SHORT_CHARACTERS_MAX,
    }
}

/// The question that asks for words, as the act means it.
fn question(i18n: I18n, form: Form, ask: Ask) -> String {
    let kind = form.purpose.with_value(|purpose| purpose.kind.clone());
    let words = match (ask, kind.as_str()) {
        (Ask::Words, "contacted") => t_string!(i18n, case.words_contacted),
        (Ask::Words, "solved_on_spot") => t_string!(i18n, case.words_on_spot),
        (Ask::Words, "transferred") => t_string!(i18n, case.words_transferred),
        (Ask::Words, "done") => t_string!(i18n, case.words_done),
        (Ask::Words, "verified") => t_string!(i18n, case.words_verified),
        (Ask::Words, "resolved") => t_string!(i18n, case.words_resolved),
        (Ask::Words, "visit_attempted") => t_string!(i18n, case.words_attempted),
        (Ask::Words, "opinion") => t_string!(i18n, case.words_opinion),
        (Ask::WayOther | Ask::ChannelOther, _) => t_string!(i18n, case.which_other),
        (Ask::ViewIntakeWords | Ask::ViewMeasuresWords | Ask::ViewResultWords, _) => {
            t_string!(i18n, case.view_words)
        }
        _ => labels::label(i18n, ask),
    };
    words.to_owned()
}

/// What is optional, and said so beside the question.
fn is_optional(form: Form, ask: Ask) -> bool {
    let kind = form.purpose.with_value(|purpose| purpose.kind.clone());
    match ask {
        Ask::Words => matches!(
            kind.as_str(),
            "transferred" | "closed" | "archived" | "reported" | "urged"
        ),
        Ask::Matter
        | Ask::Relation
        | Ask::Telephone
        | Ask::SeverityNote
        | Ask::Appointment
        | Ask::DoorNotes
        | Ask::ViewIntakeWords
        | Ask::ViewMeasuresWords
        | Ask::ViewResultWords => true,
        _ => false,
    }
}

fn hint(i18n: I18n, form: Form, ask: Ask) -> Option<String> {
    let page = form.page;
    match ask {
        Ask::ResidentWords => Some(t_string!(i18n, case.as_said).to_owned()),
        Ask::Content | Ask::Demands => Some(t_string!(i18n, case.as_said).to_owned()),
        Ask::Way if form.purpose.with_value(|p| p.kind == "contacted") => {
            let telephone = page.case.with_untracked(|open| {
                let person = open.as_ref()?.case.details.complainant.clone()?;
                (!person.telephone.is_empty()).then_some(person.telephone)
            });
            telephone.map(|number| t_string!(i18n, case.telephone_is, number = number))
        }
        _ => None,
    }
}

fn text(i18n: I18n, form: Form, ask: Ask) -> impl IntoView {
    let message = move || {
        let later = ask == Ask::At || ask == Ask::Received;
        let app = form.page.app;
        let at = later.then(|| calendar::from_field(&app.zone(), &form.get(ask)));
        if at
            .flatten()
            .is_some_and(|at| at > app.now.get().plus_ms(59_999))
        {
            return Some(t_string!(i18n, case.in_the_future).to_owned());
        }
        let asked = form.unanswered.get() == Some(ask) && form.get(ask).trim().is_empty();
        asked.then(|| t_string!(i18n, case.answer_first).to_owned())
    };
    let notice = move || {
        let app = form.page.app;
        let (zone, now, typed) = (app.zone(), app.now.get(), form.get(ask));
        if kind_of(ask) != FieldKind::DateTime {
            return words::room_left(i18n, &typed, length_max(ask));
        }
        let at = calendar::from_field(&zone, &typed)?;
        if ask == Ask::Target {
            words::odd_target(i18n, &zone, at, now)
        } else {
            words::long_ago(i18n, &zone, at, now)
        }
    };
    let kind = kind_of(ask);
    let optional = is_optional(form, ask).then(|| t_string!(i18n, common.optional).to_owned());
    let id = id(ask);
    let test_id = id.clone();
    let max = u32::try_from(length_max(ask)).unwrap_or(u32::MAX);
    let chips = (ask == Ask::Target).then(|| view! { <TargetChips form /> });
    view! {
        <div class="asked" data-testid=test_id>
            <Field
                id=id
                label=question(i18n, form, ask)
                value=form.signal(ask)
                kind
                low=true
                often=if ask == Ask::Relation { words::relations(i18n) } else { Vec::new() }
                length_max=max
                hint=MaybeProp::from(hint(i18n, form, ask))
                optional_mark=MaybeProp::from(optional)
                error=Signal::derive(message)
                notice=Signal::derive(notice)
                on_leave=move |_| form.keep()
            />
            {chips}
        </div>
    }
}

fn message(i18n: I18n, form: Form, ask: Ask) -> impl IntoView {
    move || {
        let asked = form.unanswered.get() == Some(ask) && form.get(ask).is_empty();
        asked.then(|| {
            view! {
                <span class="errm" role="alert">
                    <IconView icon=Icon::ClockOver size=IconSize::Small />
                    <span>{t_string!(i18n, case.answer_first)}</span>
                </span>
            }
        })
    }
}

fn pick(i18n: I18n, form: Form, ask: Ask) -> impl IntoView {
    let app = form.page.app;
    let options: Vec<SegOption<String>> = labels::options(ask)
        .iter()
        .map(|code| {
            let words = labels::answer(i18n, app, ask, code);
            SegOption::new((*code).to_owned(), words)
        })
        .collect();
    let chosen = Signal::derive(move || {
        let answer = form.get(ask);
        if ask == Ask::When && answer.is_empty() {
            return labels::options(ask).first().map(|code| (*code).to_owned());
        }
        (!answer.is_empty()).then_some(answer)
    });
    let label = question(i18n, form, ask);
    let many = options.len() > 4 || ask == Ask::Class;
    let told = hint(i18n, form, ask);
    view! {
        <div class=if many { "field cls" } else { "field" } data-testid=id(ask)>
            <span class="lab">{label.clone()}</span>
            <Seg
                id=id(ask)
                label
                options=Signal::stored(options)
                chosen
                on_choose=move |code: String| choose(form, ask, code)
            />
            {message(i18n, form, ask)}
            {told.map(|words| view! { <span class="hint">{words}</span> })}
        </div>
    }
}

fn choose(form: Form, ask: Ask, code: String) {
    if ask == Ask::When && code == STATED && form.signal(Ask::At).with_untracked(String::is_empty) {
        let app = form.page.app;
        let zone = untrack(|| app.zone());
        form.signal(Ask::At)
            .set(calendar::to_field(&zone, app.instant()));
    }
    form.signal(ask).set(code);
}

/// What a list offers.
fn listed(i18n: I18n, form: Form, ask: Ask) -> Vec<(String, String)> {
    let page = form.page;
    let directory = page.app.directory;
    match ask {
        Ask::Handler => {
            let department = form
                .purpose
                .with_value(|purpose| purpose.department.clone());
            let mut people: Vec<_> = directory.with_untracked(|d| {
                let members = d
                    .people()
                    .filter(|staff| department.is_some() && staff.department == department);
                members
                    .map(|staff| (staff.id.to_string(), staff.name.clone()))
                    .collect()
            });
            let other = t_string!(i18n, case.handler_other);
            people.push((OTHER.to_owned(), other.to_owned()));
            people
        }
        Ask::Clock => page.case.with_untracked(|open| {
            let at = page.app.now.get_untracked();
            let readings = open
                .as_ref()
                .map(|open| domain::case::clocks(&open.case, at))
                .unwrap_or_default();
            let mut open: Vec<(String, String)> = Vec::new();
            for reading in readings.into_iter().filter(|r| r.state.is_open()) {
                if open.iter().all(|(clock, _)| *clock != reading.clock) {
                    let title = words::clock_title(i18n, &reading.clock);
                    open.push((reading.clock, title));
                }
            }
            open
        }),
        _ => directory.with_untracked(|d| {
            let departments = d.departments.values().filter(|one| !one.retired);
            departments
                .map(|one| (one.id.to_string(), one.name.clone()))
                .collect()
        }),
    }
}

/// A list of the browser's own.
fn select(i18n: I18n, form: Form, ask: Ask) -> impl IntoView {
    let mut options = listed(i18n, form, ask);
    let first = form.signal(ask).get_untracked();
    let unlisted = !first.is_empty() && options.iter().all(|(code, _)| *code != first);
    if unlisted {
        let words = labels::answer(i18n, form.page.app, ask, &first);
        options.push((first.clone(), words));
    }
    let department = ask == Ask::Department || ask == Ask::Complained;
    let head = move || {
        let chosen = DepartmentId(form.get(ask));
        let head = form
            .page
            .app
            .directory
            .with(|d| d.head_of(&chosen).map(|staff| staff.name.clone()));
        head.filter(|_| department)
            .map(|name| t_string!(i18n, case.head_is, name = name))
    };
    let id = id(ask);
    let chosen = form.signal(ask);
    view! {
        <div class="field">
            <label for=id.clone()>{question(i18n, form, ask)}</label>
            <select
                class="inp"
                id=id.clone()
                data-testid=id
                on:change=move |ev| choose(form, ask, event_target_value(&ev))
            >
                <option value="" selected=first.is_empty()>
                    {t_string!(i18n, case.choose)}
                </option>
                {options
                    .into_iter()
                    .map(|(code, words)| {
                        let own = code.clone();
                        let on = move || chosen.with(|chosen| *chosen == own);
                        view! {
                            <option value=code selected=on>
                                {words}
                            </option>
                        }
                    })
                    .collect::<Vec<_>>()}
            </select>
            {message(i18n, form, ask)}
            {move || head().map(|words| view! { <span class="hint">{words}</span> })}
        </div>
    }
}

/// 4 小時, 今日 18:00, 明日: quick targets beside the picker.
#[component]
pub(super) fn TargetChips(form: Form) -> impl IntoView {
    let i18n = use_i18n();
    let app = form.page.app;
    let target = form.signal(Ask::Target);
    let chip = move |label: Signal<String>, text: Callback<(), Option<String>>| {
        view! {
            <Chip
                label
                pressed=Signal::derive(move || {
                    text.run(()).is_some_and(|text| text == target.get())
                })
                on_press=move |()| {
                    if let Some(text) = text.run(()) {
                        target.set(text);
                    }
                }
            />
        }
    };
    let in_hours = Callback::new(move |()| {
        let at = app.now.get().plus_ms(4 * 60 * 60 * 1000);
        Some(calendar::to_field(&app.zone(), at))
    });
    let at_time = move |days: i64, time: &'static str| {
        Callback::new(move |()| {
            let zone = app.zone();
            let at = app.now.get().plus_ms(days * 24 * 60 * 60 * 1000);
            let day = calendar::to_field(&zone, at);
            Some(format!("{}T{time}", day.get(..10)?))
        })
    };
    let today = at_time(0, "18:00");
    let past = Memo::new(move |_| {
        let at = today
            .run(())
            .and_then(|text| calendar::from_field(&app.zone(), &text));
        at.is_none_or(|at| at <= app.now.get())
    });
    view! {
        <div class="field" role="group" aria-labelledby="quick-targets">
            <span class="lab" id="quick-targets">
                {t_string!(i18n, case.quick)}
            </span>
            <div class="chips">
                {chip(Signal::derive(move || t_string!(i18n, case.in_hours).to_owned()), in_hours)}
                {move || {
                    let label = Signal::derive(move || t_string!(i18n, case.today_18).to_owned());
                    (!past.get()).then(|| chip(label, today))
                }}
                {chip(
                    Signal::derive(move || t_string!(i18n, case.tomorrow_12).to_owned()),
                    at_time(1, "12:00"),
                )}
            </div>
        </div>
    }
}

/// Most units that a search offers.
const UNITS_MAX: usize = 8;

/// Finds a unit by its words: building, entrance, room.
#[component]
fn UnitSearch(form: Form) -> impl IntoView {
    let i18n = use_i18n();
    let app = form.page.app;
    let sought = RwSignal::new(String::new());
    let chosen = form.signal(Ask::Unit);
    let plain = |text: &str| -> String {
        let kept = text.chars().filter(|c| c.is_ascii_alphanumeric());
        kept.collect::<String>().to_ascii_lowercase()
    };
    let found = Memo::new(move |_| {
        let wanted = plain(&sought.get());
        if wanted.is_empty() {
            return Vec::new();
        }
        app.directory.with(|d| {
            let units = d.units.values().filter(|unit| {
                let words = format!("{}{}{}", unit.building, unit.entrance, unit.room);
                !unit.retired && plain(&words).contains(&wanted)
            });
            let units = units.take(UNITS_MAX);
            units.map(|unit| unit.id.clone()).collect::<Vec<UnitId>>()
        })
    });
    let words = move |id: &UnitId| app.directory.with(|d| d.unit(i18n, id));
    let chips = move || {
        let found = found.get().into_iter().map(|id| {
            let label = words(&id);
            let own = id.to_string();
            let pressed = {
                let own = own.clone();
                Signal::derive(move || chosen.get() == own)
            };
            view! { <Chip label pressed on_press=move |()| chosen.set(own.clone()) /> }
        });
        found.collect::<Vec<_>>()
    };
    let answer = move || {
        let id = chosen.get();
        (!id.is_empty()).then(|| words(&UnitId(id)))
    };
    // Words that were typed and led to no unit are a place: they stand in the next field then.
    let place = form.signal(Ask::Place);
    let on_leave = move |typed: String| {
        let none = chosen.with_untracked(String::is_empty);
        if none && place.with_untracked(String::is_empty) {
            place.set(typed.trim().to_owned());
        }
    };
    view! {
        <Field
            id=id(Ask::Unit)
            label=labels::label(i18n, Ask::Unit).to_owned()
            value=sought
            kind=FieldKind::Search
            on_leave
            hint=Signal::derive(move || {
                Some(answer().unwrap_or_else(|| t_string!(i18n, case.unit_hint).to_owned()))
            })
        />
        <div class="row wrap gap-8">{chips}</div>
    }
}
