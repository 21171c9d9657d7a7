//! The fold: from the entries of a case to the case. Nothing else makes one.

mod contradictions;
mod details;
mod happenings;
mod ledger;
mod month;
mod runs;
mod views;

pub(crate) use happenings::{Happening, Happenings, RESOLUTION};
pub(crate) use ledger::{Ledger, Slot};

use crate::act::Act;
use crate::case::Case;
use crate::procedure::{Procedure, Trigger};
use crate::recorded::Recorded;
use crate::time::Zone;

/// Folds entries in any order, with any repetition, to the case they make.
pub(crate) fn fold(procedure: &Procedure, zone: &Zone, entries: &[Recorded<Act>]) -> Option<Case> {
    let ledger = Ledger::read(entries);
    let details = details::merge(&ledger);
    let happenings = Happenings::of(&ledger, procedure.switches.reservation_rejects);
    let views = views::views(&ledger, &happenings);
    let accepted = views.accepted.as_ref()?;
    let receipt = views::receipt(&ledger)?;
    let context = runs::Context {
        procedure,
        zone,
        details: &details,
        views: &views,
        happenings: &happenings,
        officer: accepted.moment.by.staff.clone(),
    };
    let severity = month::facts(&context, &ledger);
    let runs = runs::runs(&context, &severity);
    Some(Case {
        number: accepted.act.number.clone(),
        steps: procedure.steps.clone(),
        resolved_by: procedure.switches.resolved_by,
        received: receipt,
        details,
        severity_facts: severity,
        runs,
        contradictions: ledger.contradictions(),
        has_unknown: ledger.has_unknown(),
        timeline: ledger.timeline(),
        resolved: happenings.holds(&RESOLUTION),
        rejected: happenings.was_rejected(),
        revisited: happenings.holds(&[Trigger::Revisited]),
        verified: happenings.holds(&[Trigger::Verified]),
        worked_on: happenings.holds(&[Trigger::Done]),
        since_rejection: happenings.since_rejection(),
        views,
    })
}
