//! What the sections share: fields bound to the draft, and the cards beside them.

use domain::calendar;
use domain::procedure::OnOff;
use domain::time::{Instant, Zone};
use view::prelude::*;
use view::{View, view};

use super::draft::{Draft, Section, Text};
use super::form::{Form, Wanted};
use crate::directory::Directory;
use crate::i18n::{t, t_string};
use crate::ui::{Banner, Field, FieldKind, Icon, IconSize, IconView, Seg, SegLook, SegOption};
use crate::ui::{Sheet, Tone};
use crate::words::{self, I18n};

/// How a field of words looks.
#[derive(Clone, Copy, Default)]
pub(super) struct Look {
    /// Which keyboard.
    pub(super) kind: FieldKind,
    /// Two lines at first.
    pub(super) low: bool,
    /// May stay empty, and says so.
    pub(super) optional: bool,
    /// A remark under it.
    pub(super) hint: Option<&'static str>,
    /// Offers how people are often related to a household.
    pub(super) relations: bool,
}

impl Look {
    /// One line.
    pub(super) fn line() -> Self {
        Self::default()
    }

    /// Several lines.
    pub(super) fn area() -> Self {
        Self {
            kind: FieldKind::Area,
            ..Self::default()
        }
    }

    /// Two lines.
    pub(super) fn low_area() -> Self {
        Self {
            kind: FieldKind::Area,
            low: true,
            ..Self::default()
        }
    }

    /// The same that may stay empty.
    pub(super) fn optional(self) -> Self {
        Self {
            optional: true,
            ..self
        }
    }

    /// The same with a remark.
    pub(super) fn hint(self, hint: &'static str) -> Self {
        Self {
            hint: Some(hint),
            ..self
        }
    }

    /// The same that offers how people are often related to a household.
    pub(super) fn relations(self) -> Self {
        Self {
            relations: true,
            ..self
        }
    }

    /// The same with another keyboard.
    pub(super) fn kind(self, kind: FieldKind) -> Self {
        Self { kind, ..self }
    }
}

/// A field of words: what is typed goes into the draft, what the draft says stands in the field.
pub(super) fn words_field(
    form: Form,
    i18n: I18n,
    id: &'static str,
    label: &'static str,
    field: Text,
    look: Look,
) -> View {
    let value = RwSignal::new(form.draft.with_untracked(|d| d.text(field).to_owned()));
    Effect::new(move |_| {
        let text = form.draft.with(|d| d.text(field).to_owned());
        if value.with_untracked(|v| *v != text) {
            value.set(text);
        }
    });
    let on_edit = Callback::new(move |text: String| form.edit(|d| d.set_text(field, text)));
    let on_leave = Callback::new(move |_: String| form.keep());
    let length_max = u32::try_from(field.characters_max()).unwrap_or(u32::MAX);
    let notice = move || value.with(|text| words::room_left(i18n, text, field.characters_max()));
    let mark = look
        .optional
        .then(|| t_string!(i18n, common.optional).to_owned());
    let often = if look.relations {
        words::relations(i18n)
    } else {
        Vec::new()
    };
    view! {
        <Field
            id
            label
            value
            kind=look.kind
            often
            low=look.low
            optional_mark=mark
            hint=look.hint.map(str::to_owned)
            notice=Signal::derive(notice)
            on_edit
            on_leave
            length_max
        />
    }
}

/// One of a few answers, with its question above.
#[expect(
    clippy::too_many_arguments,
    reason = "a question, its answers, and both ways of it"
)]
pub(super) fn choice<T>(
    form: Form,
    id: &'static str,
    label: &'static str,
    clause: Option<&'static str>,
    options: Vec<SegOption<T>>,
    look: SegLook,
    read: fn(&Draft) -> Option<T>,
    write: fn(&mut Draft, T),
) -> View
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let chosen = Memo::new(move |_| form.draft.with(read));
    let on_choose = Callback::new(move |value: T| form.edit(|d| write(d, value)));
    view! {
        <div class="field">
            <span class="lab">
                {label}
                {clause.map(|code| view! { " " <span class="clause">{code}</span> })}
            </span>
            <Seg label options=Signal::stored(options) chosen on_choose look id=id.to_owned() />
        </div>
    }
}

/// Hours, minutes and seconds in the site's zone: 10:41:52.
pub(super) fn to_the_second(zone: &Zone, at: Instant) -> String {
    let text = calendar::rfc3339(zone, at);
    text.get(11..19).unwrap_or_default().to_owned()
}

/// When the draft was last kept, where it was.
pub(super) fn kept_words(form: Form, i18n: I18n) -> Option<String> {
    let zone = form.app.zone();
    form.kept
        .get()
        .map(|at| t_string!(i18n, intake.kept, time = to_the_second(&zone, at)))
}

/// The draft is kept; its receipt time can be corrected, and the form can be given up.
pub(super) fn keeping(form: Form, i18n: I18n) -> View {
    let correcting = RwSignal::new(false);
    let discarding = RwSignal::new(false);
    let begun = Memo::new(move |_| form.draft.with(Draft::has_begun));
    view! {
        {move || {
            kept_words(form, i18n).map(|what| {
                view! {
                    <Banner
                        tone=Tone::Ok
                        icon=Icon::Disk
                        what
                        kept=t_string!(i18n, intake.kept_text).to_owned()
                    />
                }
            })
        }}
        {move || {
            begun.get().then(|| {
                view! {
                    <div class="row wrap gap-8">
                        <button
                            type="button"
                            class="btn grow"
                            data-testid="correct-received"
                            on:click=move |_| correcting.set(true)
                        >
                            {t!(i18n, intake.correct_received)}
                        </button>
                        <button
                            type="button"
                            class="btn grow danger"
                            data-testid="discard"
                            on:click=move |_| discarding.set(true)
                        >
                            {t!(i18n, intake.discard)}
                        </button>
                    </div>
                }
            })
        }}
        {super::received::received_sheet(form, i18n, correcting)}
        {discard_sheet(form, i18n, discarding)}
    }
}

/// Asks once more before a form is given up.
pub(super) fn discard_sheet(form: Form, i18n: I18n, open: RwSignal<bool>) -> View {
    let text = move || {
        let number = form.draft.with(|d| d.number.clone()).unwrap_or_default();
        t_string!(
            i18n,
            intake.discard_text,
            number = words::short_number(&number).to_owned()
        )
    };
    let asked = Asked {
        id: "intake-discard",
        title: t_string!(i18n, intake.discard_title),
        back: t_string!(i18n, intake.discard_not),
        on: t_string!(i18n, intake.discard_do),
        class: "btn danger",
        test_id: "discard-do",
        wanted: Wanted::Discard,
    };
    asking_sheet(form, i18n, open, Signal::derive(text), asked)
}

/// Asks before a form in which nothing was written is recorded.
pub(super) fn blank_sheet(form: Form, i18n: I18n, open: RwSignal<bool>) -> View {
    let text = move || t_string!(i18n, intake.blank_text).to_owned();
    let asked = Asked {
        id: "intake-blank",
        title: t_string!(i18n, intake.blank_title),
        back: t_string!(i18n, intake.blank_not),
        on: t_string!(i18n, intake.blank_do),
        class: "btn pri big",
        test_id: "blank-do",
        wanted: Wanted::Accept,
    };
    asking_sheet(form, i18n, open, Signal::derive(text), asked)
}

/// A question before something is done with the form: its words, and the two ways on.
struct Asked {
    id: &'static str,
    title: &'static str,
    back: &'static str,
    on: &'static str,
    class: &'static str,
    test_id: &'static str,
    wanted: Wanted,
}

fn asking_sheet(
    form: Form,
    i18n: I18n,
    open: RwSignal<bool>,
    text: Signal<String>,
    asked: Asked,
) -> View {
    let go_on = move |_| {
        open.set(false);
        form.want(asked.wanted);
    };
    view! {
        <Sheet
            id=asked.id
            open
            title=asked.title
            close_label=t_string!(i18n, common.close)
        >
            <p>{move || text.get()}</p>
            <div class="sheet-foot">
                <button type="button" class="btn" on:click=move |_| open.set(false)>
                    {asked.back}
                </button>
                <button
                    type="button"
                    class=asked.class
                    data-testid=asked.test_id
                    on:click=go_on
                >
                    {asked.on}
                </button>
            </div>
        </Sheet>
    }
}

/// From when each clock of the case runs, as the procedure file has it.
pub(super) fn clocks_card(form: Form, i18n: I18n) -> View {
    view! {
        <div class="card pad col gap-10">
            <h3>{t!(i18n, intake.clocks)}</h3>
            {move || clock_lines(form, i18n)}
        </div>
    }
}

fn clock_lines(form: Form, i18n: I18n) -> View {
    let Some(core) = form.app.core() else {
        return View::default();
    };
    let procedure = &core.procedure;
    let (severity, on_spot) = form
        .draft
        .with(|d| (d.has_severity(procedure), d.on_spot == Some(true)));
    if !severity && procedure.switches.minor_clocks_on_other == OnOff::Off {
        return view! { <p class="sm">{t!(i18n, intake.clocks_none)}</p> };
    }
    let listed: &[&str] = if on_spot {
        &["P-revisit-minor"]
    } else {
        &["P-feedback", "P-measures", "P-month"]
    };
    let lines = listed
        .iter()
        .filter_map(|id| procedure.clock(id))
        .map(|clock| {
            let owner = clock.owner.first().map(String::as_str).unwrap_or_default();
            let owner = owner_words(form, i18n, owner);
            let code = clock.clause.article().to_owned();
            let title = words::clock_title(i18n, &clock.id);
            let from = t_string!(
                i18n,
                intake.clock_from,
                event = words::event_words(i18n, &clock.start.id)
            );
            view! {
                <span class="tag">
                    <IconView icon=Icon::Clock size=IconSize::Small />
                    {words::limit_words(i18n, clock.limit)}
                </span>
                <span>
                    <b>{title}</b>
                    " · "
                    {owner}
                    <br />
                    {from}
                    " · "
                    <span class="clause">{code}</span>
                </span>
            }
        });
    view! { <div class="due3">{lines.collect::<Vec<_>>()}</div> }
}

/// Who owes a clock, as far as the form tells: 我, the department's head, or the role.
fn owner_words(form: Form, i18n: I18n, role: &str) -> String {
    let department = form.draft.with(|d| d.department.clone());
    let head = department.filter(|_| role == "head").and_then(|id| {
        let head = |d: &Directory| d.head_of(&id).map(|staff| staff.name.clone());
        form.app.directory.with(|d| head(d))
    });
    if role == "officer" {
        return t_string!(i18n, common.me).to_owned();
    }
    head.unwrap_or_else(|| words::role_words(i18n, role))
}

/// The heading of a section; the focus goes here when it is shown.
pub(super) fn heading(section: Section, title: &'static str) -> View {
    let id = heading_id(section);
    view! {
        <h2 id=id tabindex="-1">
            {title}
        </h2>
    }
}

/// Id of the heading of a section.
pub(super) fn heading_id(section: Section) -> String {
    format!("intake-section-{}", section.number())
}
