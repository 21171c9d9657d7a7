//! 輕重判定: minor or not judged yet, the note, and whether the complaint is valid.

use domain::calendar;
use domain::procedure::Limit;
use view::prelude::*;
use view::{View, view};

use super::draft::{Judged, Section, Text};
use super::form::Form;
use super::parts::{Look, choice, clocks_card, heading, keeping, words_field};
use crate::i18n::{t, t_string};
use crate::ui::{Icon, IconView, SegLook, SegOption};
use crate::words::{self, I18n};

/// The section.
pub(super) fn section(form: Form, i18n: I18n) -> View {
    let applies = has_severity(form);
    view! {
        <div class="two">
            <div class="col gap-16">
                <div>
                    {heading(Section::Severity, t_string!(i18n, intake.severity_title))}
                    <p class="muted">
                        {move || {
                            if applies.get() {
                                t_string!(i18n, intake.severity_text)
                            } else {
                                t_string!(i18n, intake.severity_none)
                            }
                        }} " " <span class="clause">"P-4.1.1"</span>
                    </p>
                </div>
                {move || {
                    applies
                        .get()
                        .then(|| view! { {severity(form, i18n)} {by_the_clock(form, i18n)} })
                }}
                {words_field(
                    form,
                    i18n,
                    "intake-severity-note",
                    t_string!(i18n, intake.severity_note),
                    Text::SeverityNote,
                    Look::low_area().optional().hint(t_string!(i18n, intake.severity_note_hint)),
                )}
                {validity(form, i18n)}
            </div>
            <aside class="col sticky">
                {move || applies.get().then(|| outcome(form, i18n))}
                {clocks_card(form, i18n)}
                {keeping(form, i18n)}
            </aside>
        </div>
    }
}

/// P-4.1.1 whether the class chosen has severities.
pub(super) fn has_severity(form: Form) -> Memo<bool> {
    let core = StoredValue::new(form.app.core());
    Memo::new(move |_| {
        let core = core.get_value();
        core.is_none_or(|core| form.draft.with(|d| d.has_severity(&core.procedure)))
    })
}

fn severity(form: Form, i18n: I18n) -> View {
    choice(
        form,
        "intake-severity",
        t_string!(i18n, intake.severity),
        None,
        vec![
            SegOption::new(Judged::Given, t_string!(i18n, act.minor))
                .hint(t_string!(i18n, intake.minor_help)),
            SegOption::new(Judged::NotYet, t_string!(i18n, intake.not_judged))
                .hint(t_string!(i18n, intake.not_judged_help)),
        ],
        SegLook::Stack,
        |d| d.severity,
        |d, judged| d.severity = Some(judged),
    )
}

/// P-4.1.1 ③: nothing to tick, the month decides.
fn by_the_clock(form: Form, i18n: I18n) -> View {
    let end = move || {
        let core = form.app.core()?;
        let months = match core.procedure.clock("P-month")?.limit {
            Limit::Months(months) => months,
            Limit::Minutes(_) | Limit::Hours(_) | Limit::Target => return None,
        };
        let zone = form.app.zone();
        let received = form.draft.with(|d| d.received());
        let received = received.unwrap_or_else(|| form.app.now.get());
        let end = calendar::add_months(&zone, received, months);
        let day = words::month_day(i18n, &zone, end);
        Some(t_string!(
            i18n,
            intake.ground_month_text,
            day = day,
            time = words::time_of_day(&zone, end)
        ))
    };
    view! {
        <div class="tick auto">
            <span class="box dashed">
                <IconView icon=Icon::Clock />
            </span>
            <span>
                <span class="t">{t!(i18n, intake.ground_month)}</span>
                <span class="hint">{end}</span>
            </span>
        </div>
    }
}

fn validity(form: Form, i18n: I18n) -> View {
    choice(
        form,
        "intake-validity",
        t_string!(i18n, intake.validity),
        Some("P-5.3.1"),
        vec![
            SegOption::new(Judged::Given, t_string!(i18n, intake.valid)),
            SegOption::new(Judged::NotYet, t_string!(i18n, intake.not_judged)),
        ],
        SegLook::Row,
        |d| d.validity,
        |d, judged| d.validity = Some(judged),
    )
}

/// What follows from the judgement.
fn outcome(form: Form, i18n: I18n) -> View {
    let words = move || {
        if form.draft.with(|d| d.severity) == Some(Judged::Given) {
            t_string!(i18n, intake.outcome_minor)
        } else {
            t_string!(i18n, intake.outcome_open)
        }
    };
    view! {
        <div class="card strong pad col gap-10">
            <div class="row between">
                <h3>{t!(i18n, intake.outcome)}</h3>
                <span class="tag minor">{t!(i18n, act.minor)}</span>
            </div>
            <p class="sm">{words}</p>
        </div>
    }
}
