//! P-4.1.1 what decides the severity: the judgements of people, and the month's end.

use super::Ledger;
use super::runs::{Context, due};
use crate::act::{Act, Class, Severity};
use crate::procedure::{AtEnd, ClassesWithSeverity, Clock};
use crate::time::{Instant, Span};
use crate::view::SeverityFacts;

pub(super) fn facts(context: &Context<'_>, ledger: &Ledger) -> SeverityFacts {
    let applies = has_severity(context);
    let (major_from_start, raised) = judgements(ledger);
    let upgrading = context
        .procedure
        .clocks
        .iter()
        .find(|c| c.at_end != AtEnd::Nothing);
    let month_over = upgrading
        .filter(|_| applies && !major_from_start)
        .and_then(|clock| month_over(context, clock));
    SeverityFacts {
        applies,
        major_from_start,
        raised,
        month_over,
        month_proposes: upgrading.is_some_and(|clock| clock.at_end == AtEnd::Propose),
    }
}

/// Whether the case's class has severities; a class not yet chosen is taken for 4.1.1.
fn has_severity(context: &Context<'_>) -> bool {
    let class = context.details.class.unwrap_or(Class::Property);
    match context.procedure.switches.severity_for {
        ClassesWithSeverity::Property => class == Class::Property,
        ClassesWithSeverity::PropertyAndForwarded => {
            matches!(class, Class::Property | Class::Forwarded)
        }
        ClassesWithSeverity::All => true,
    }
}

/// Whether the first judgement was major, and when a later one raised it.
fn judgements(ledger: &Ledger) -> (bool, Option<Instant>) {
    let mut judged_minor = false;
    for (_, slot, act) in ledger.counting() {
        let severity = match act {
            Act::Accepted(act) => act.details.severity,
            Act::Detailed(details) => details.severity,
            _ => None,
        };
        match severity {
            Some(Severity::Major) if judged_minor => {
                return (false, Some(slot.as_start().span.best));
            }
            Some(Severity::Major) => return (true, None),
            Some(Severity::Minor) => judged_minor = true,
            None => {}
        }
    }
    (false, None)
}

/// The first instant at which the month is over and the case is not resolved. A resolution
/// recorded in time counts even if it arrives later; one only stated as in time does not. After
/// a rejection the month runs on from its original start.
fn month_over(context: &Context<'_>, clock: &Clock) -> Option<Instant> {
    let start = context
        .happenings
        .matching(&clock.start.triggers)
        .map(|happening| happening.as_start.span)
        .min_by_key(|span| span.best)?;
    let end = due(clock, context.zone, start, None)?.to?;
    let undone = context
        .happenings
        .undone(clock.undone_by.as_ref(), &clock.stop);
    let mut running = true;
    for happening in context
        .happenings
        .list
        .iter()
        .filter(|happening| !happening.contested)
    {
        if undone.contains(&happening.seq) && !running {
            running = true;
            if happening.as_start.span.best > end {
                return Some(happening.as_start.span.best);
            }
        } else if running && clock.stop.triggers.contains(&happening.trigger) {
            if is_after(happening.recorded, end) {
                break;
            }
            running = false;
        }
    }
    running.then(|| end.plus_ms(1))
}

/// Whether something was recorded after `end` for certain.
fn is_after(recorded: Span, end: Instant) -> bool {
    recorded.from > end
}
