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

use sorted::SortedMap;

use crate::act::{Accepted, Act};
use crate::case::Case;
use crate::id::StaffId;
use crate::procedure::{Procedure, Trigger};
use crate::recorded::Recorded;
use crate::time::Zone;
use crate::view::Dated;

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
        people: people(&ledger, accepted),
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

/// Who acted on the case in which role, the first of each; the officer is who accepted it.
fn people(ledger: &Ledger, accepted: &Dated<Accepted>) -> SortedMap<String, StaffId> {
    let authors = ledger.counting().map(|(_, slot, _)| &slot.entry.author);
    let authors = core::iter::once(&accepted.moment.by).chain(authors);
    let mut people = SortedMap::new();
    for author in authors {
        if let Some(staff) = &author.staff {
            people.get_or_insert_with(author.role.clone(), || staff.clone());
        }
    }
    if let Some(staff) = &accepted.moment.by.staff {
        people.insert("officer".to_owned(), staff.clone());
    }
    people
}
