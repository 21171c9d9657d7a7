//! What the resident signs, line by line, built from what is recorded and what was just said.

use domain::act::{Agreement, FormOfAddress, Satisfaction, StatementLine};
use domain::calendar;
use domain::time::{Instant, Zone};
use view::prelude::*;

use super::draft::{Aspect, Unsigned, VisitDraft, Why};
use super::form::Form;
use crate::i18n::t_string;
use crate::state::OpenCase;
use crate::words::{self, I18n};

/// Between the three opinions where they stand on one line.
pub(super) const BETWEEN: char = '\u{3000}';

/// Ends a sentence; taken off where the sentence goes on.
const FULL_STOP: char = '\u{3002}';

/// 受理過程.
pub(super) fn aspect_words(i18n: I18n, aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::Intake => t_string!(i18n, act.view_intake),
        Aspect::Measures => t_string!(i18n, act.view_measures),
        Aspect::Result => t_string!(i18n, act.view_result),
    }
}

/// 滿意.
pub(super) fn satisfaction_words(i18n: I18n, satisfaction: Satisfaction) -> &'static str {
    match satisfaction {
        Satisfaction::Satisfied => t_string!(i18n, act.satisfied),
        Satisfaction::Fair => t_string!(i18n, act.fair),
        Satisfaction::Dissatisfied => t_string!(i18n, act.dissatisfied),
    }
}

/// 認同.
pub(super) fn agreement_words(i18n: I18n, agreement: Option<Agreement>) -> &'static str {
    match agreement {
        Some(Agreement::Agreed) => t_string!(i18n, act.agreed),
        Some(Agreement::WithReservation) => t_string!(i18n, act.with_reservation),
        Some(Agreement::NotAgreed) => t_string!(i18n, act.not_agreed),
        None => t_string!(i18n, visit.unanswered),
    }
}

/// The statement of this visit at `now`.
pub(super) fn statement(i18n: I18n, form: Form, now: Instant) -> Vec<StatementLine> {
    let zone = untrack(|| form.app.zone());
    let visitor = untrack(|| form.app.acting()).map(|staff| staff.name);
    let draft = form.draft.get_untracked();
    let line = |heading: &str, words: String| StatementLine {
        heading: heading.to_owned(),
        words,
    };
    let (matter, done) = form.open.with_value(|open| {
        (
            matter_line(i18n, &zone, open),
            done_words(i18n, &zone, open),
        )
    });
    let mut lines = vec![
        line(t_string!(i18n, visit.stmt_matter), matter),
        line(t_string!(i18n, visit.stmt_done), done),
        line(t_string!(i18n, visit.stmt_views), views_line(i18n, &draft)),
    ];
    let said = draft.resident_words.trim();
    if !said.is_empty() {
        let words = t_string!(i18n, visit.quoted, words = said.to_owned());
        lines.push(line(t_string!(i18n, visit.stmt_said), words));
    }
    lines.push(line(
        t_string!(i18n, visit.stmt_agreed),
        agreement_words(i18n, draft.agreement).to_owned(),
    ));
    let time = format!(
        "{} {}",
        words::long_date(i18n, &zone, now),
        words::time_of_day(&zone, now)
    );
    lines.push(line(
        t_string!(i18n, visit.stmt_signer),
        t_string!(
            i18n,
            visit.stmt_signer_words,
            signer = signer_words(i18n, &draft),
            time = time,
            visitor = visitor.unwrap_or_default()
        ),
    ));
    lines
}

fn signer_words(i18n: I18n, draft: &VisitDraft) -> String {
    let name = draft.signer.trim();
    let name = if name.is_empty() {
        t_string!(i18n, common.no_name)
    } else {
        name
    };
    let relation = draft.relation.trim();
    if relation.is_empty() {
        name.to_owned()
    } else {
        t_string!(
            i18n,
            visit.name_and_relation,
            name = name.to_owned(),
            relation = relation.to_owned()
        )
    }
}

fn matter_line(i18n: I18n, zone: &Zone, open: &OpenCase) -> String {
    t_string!(
        i18n,
        visit.stmt_matter_words,
        matter = open.case.matter(),
        date = words::month_day(i18n, zone, open.case.received.at)
    )
}

/// What was done for the resident and when it was finished.
pub(super) fn done_words(i18n: I18n, zone: &Zone, open: &OpenCase) -> String {
    let case = &open.case;
    let transfers: Vec<_> = case.open_round().filter(|t| t.done.is_some()).collect();
    let mut said: Vec<&str> = transfers
        .iter()
        .filter_map(|transfer| transfer.done_words.as_deref())
        .collect();
    said.retain(|words| !words.trim().is_empty());
    if said.is_empty() {
        said.extend(case.resolution().map(|resolution| resolution.words()));
    }
    said.retain(|words| !words.trim().is_empty());
    let finished = transfers
        .iter()
        .filter_map(|transfer| transfer.done.as_ref())
        .map(|moment| moment.at.span.best)
        .max()
        .or_else(|| case.resolution().map(|r| r.moment().at.span.best));
    let words = said.join(t_string!(i18n, visit.semicolon));
    match finished {
        None => words,
        Some(at) if words.is_empty() => {
            t_string!(i18n, visit.done_at, time = date_and_time(i18n, zone, at))
        }
        Some(at) => t_string!(
            i18n,
            visit.done_words_at,
            words = words.trim_end_matches(FULL_STOP).to_owned(),
            time = date_and_time(i18n, zone, at)
        ),
    }
}

fn date_and_time(i18n: I18n, zone: &Zone, at: Instant) -> String {
    let date = words::month_day(i18n, zone, at);
    format!("{date} {}", words::time_of_day(zone, at))
}

fn views_line(i18n: I18n, draft: &VisitDraft) -> String {
    let pieces = Aspect::ALL.map(|aspect| {
        let view = draft.view(aspect);
        let answer = view.satisfaction.map_or_else(
            || t_string!(i18n, visit.unanswered),
            |satisfaction| satisfaction_words(i18n, satisfaction),
        );
        let name = aspect_words(i18n, aspect);
        match view.words.trim() {
            "" => format!("{name} {answer}"),
            words => t_string!(
                i18n,
                visit.view_with_words,
                name = name,
                answer = answer,
                words = words.to_owned()
            ),
        }
    });
    let between = if draft.has_view_words() {
        '\n'
    } else {
        BETWEEN
    };
    pieces.join(&between.to_string())
}

/// The opinions and the agreement in one breath, for the page of the pad on a phone.
pub(super) fn in_short(i18n: I18n, draft: &VisitDraft) -> String {
    let views = Aspect::ALL.map(|aspect| {
        let answer = draft.view(aspect).satisfaction.map_or_else(
            || t_string!(i18n, visit.unanswered),
            |satisfaction| satisfaction_words(i18n, satisfaction),
        );
        format!("{}{answer}", aspect_words(i18n, aspect))
    });
    t_string!(
        i18n,
        visit.in_short,
        views = views.join(t_string!(i18n, visit.comma)),
        agreed = agreement_words(i18n, draft.agreement)
    )
}

/// How the one who signs is addressed: 張慧女士, or the name alone where the form is not known.
pub(super) fn address(i18n: I18n, form: Form) -> String {
    let complainant = form
        .open
        .with_value(|open| open.case.details.complainant.clone())
        .unwrap_or_default();
    let signer = form
        .draft
        .with_untracked(|draft| draft.signer.trim().to_owned());
    let title = match complainant.form {
        Some(FormOfAddress::Ms) if signer == complainant.name => t_string!(i18n, common.ms),
        Some(FormOfAddress::Mr) if signer == complainant.name => t_string!(i18n, common.mr),
        _ => "",
    };
    format!("{signer}{title}")
}

/// The line that the form carries where nobody signed: who visited, why nobody signed, who saw it.
pub(super) fn unsigned_line(i18n: I18n, form: Form) -> (String, String, String) {
    let zone = form.app.zone();
    let at = form.draft.with(|draft| {
        let stated = calendar::from_field(&zone, &draft.earlier_at);
        stated
            .filter(|_| draft.earlier)
            .unwrap_or_else(|| form.app.now.get())
    });
    let visitor = form
        .app
        .acting()
        .map(|staff| staff.name)
        .unwrap_or_default();
    let resident = form
        .open
        .with_value(|open| open.case.details.complainant.clone())
        .map(|person| person.name)
        .unwrap_or_default();
    let head = t_string!(
        i18n,
        visit.line_visit,
        time = words::full(&zone, at),
        visitor = visitor,
        resident = resident
    );
    form.draft.with(|draft| {
        let unsigned = &draft.unsigned;
        (
            head,
            reason_words(i18n, unsigned),
            tail_words(i18n, unsigned),
        )
    })
}

fn reason_words(i18n: I18n, unsigned: &Unsigned) -> String {
    let reason = match unsigned.why {
        Some(Why::Refused) => t_string!(i18n, visit.line_refused),
        Some(Why::CannotWrite) => t_string!(i18n, visit.line_cannot_write),
        Some(Why::Other | Why::Nobody) | None if unsigned.words.trim().is_empty() => {
            return t_string!(i18n, visit.line_both_missing).to_owned();
        }
        Some(Why::Other | Why::Nobody) | None => t_string!(i18n, visit.line_other),
    };
    t_string!(i18n, visit.line_unsigned, reason = reason)
}

fn tail_words(i18n: I18n, unsigned: &Unsigned) -> String {
    let words = unsigned.words.trim().trim_end_matches(FULL_STOP);
    let mut tail = if words.is_empty() {
        t_string!(i18n, visit.line_end).to_owned()
    } else {
        t_string!(i18n, visit.line_words, words = words.to_owned())
    };
    let name = unsigned.witness.trim();
    if !name.is_empty() {
        let relation = unsigned.relation.trim();
        let who = if relation.is_empty() {
            name.to_owned()
        } else {
            t_string!(
                i18n,
                visit.name_and_relation,
                name = name.to_owned(),
                relation = relation.to_owned()
            )
        };
        tail.push_str(&t_string!(i18n, visit.line_witness, who = who));
    }
    tail
}
