//! A case in short: all that lists need, small enough to keep thousands of them.

use serde::{Deserialize, Serialize};

use crate::act::{Area, Class, Door};
use crate::case::Case;
use crate::clock::{ClockRun, Reading, readings};
use crate::id::{DepartmentId, EntryHash, HouseholdId, StaffId, UnitId};
use crate::step::{Owed, owed};
use crate::time::Instant;
use crate::view::{Phase, SeverityFacts, SeverityView};

/// The event by which a revisit stops its clock.
const REVISIT: &str = "revisited";

/// A case in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Summary {
    /// Case number.
    pub number: String,
    /// When the complaint reached the station.
    pub received: Instant,
    /// When it was accepted, as shown.
    pub accepted: Instant,
    /// 接單員
    pub officer: Option<StaffId>,
    /// The matter in a few words.
    pub matter: String,
    /// The class.
    pub class: Option<Class>,
    /// The area.
    pub area: Option<Area>,
    /// What decides the severity.
    pub severity: SeverityFacts,
    /// The household concerned.
    pub household: Option<HouseholdId>,
    /// The unit concerned.
    pub unit: Option<UnitId>,
    /// The place in words, where there is no unit.
    pub place: Option<String>,
    /// Name of who complains.
    pub complainant: Option<String>,
    /// How the complainant is addressed.
    pub form: Option<crate::act::FormOfAddress>,
    /// Telephone of who complains.
    pub telephone: Option<String>,
    /// 被投訴部門, or the one it was last passed to.
    pub department: Option<DepartmentId>,
    /// 專人, where a member of staff.
    pub handler: Option<StaffId>,
    /// Who is complained about.
    pub staff_complained: Vec<StaffId>,
    /// Where the case stands.
    phase: Phase,
    /// When it was resolved, where that holds.
    pub resolved: Option<Instant>,
    /// When it was archived.
    pub archived: Option<Instant>,
    /// Appointment and what to mind at the door.
    pub door: Option<Door>,
    /// Tries since the resolution at which nobody was there.
    pub attempts: u32,
    /// The department it was last passed to has not acknowledged it.
    pub sent_not_received: bool,
    /// What is owed and has no clock, the next first.
    pub owed: Vec<Owed>,
    /// Something asked for is missing.
    pub has_gaps: bool,
    /// Two acts contradict each other and nobody has decided.
    pub contested: bool,
    /// Holds an act of a newer version.
    pub has_unknown: bool,
    /// The last entry of the case in the order of the record.
    pub last: Option<EntryHash>,
    /// The rounds of clocks that lists speak of: those that are not met, and the last round that a
    /// revisit stops, for the round of the day.
    pub runs: Vec<ClockRun>,
}

impl Summary {
    /// The summary of a case.
    #[must_use]
    pub fn of(case: &Case) -> Self {
        let details = &case.details;
        let complainant = details.complainant.as_ref();
        let transfer = case.transfers().last();
        let resolved = case.resolution().map(|r| r.moment().at.span.best);
        let accepted = case.views.accepted.as_ref();
        Self {
            number: case.number.clone(),
            received: case.received.at,
            accepted: accepted.map_or(case.received.at, |act| act.moment.at.span.best),
            officer: accepted.and_then(|act| act.moment.by.staff.clone()),
            matter: case.matter(),
            class: details.class,
            area: details.area,
            severity: case.severity_facts,
            household: details.household.clone(),
            unit: details.unit.clone(),
            place: details.place.clone(),
            complainant: complainant.map(|person| person.name.clone()),
            form: complainant.and_then(|person| person.form),
            telephone: complainant.map(|person| person.telephone.clone()),
            department: transfer
                .map(|transfer| transfer.department.clone())
                .or_else(|| details.department_complained.clone()),
            handler: transfer.and_then(|transfer| match &transfer.handler {
                Some(crate::act::Choice::Listed(staff)) => Some(staff.clone()),
                _ => None,
            }),
            staff_complained: details.staff_complained.clone(),
            phase: case.phase(),
            resolved,
            archived: case
                .views
                .archived
                .as_ref()
                .map(|moment| moment.at.span.best),
            door: details.door.clone(),
            attempts: case.attempts_since_resolution(),
            sent_not_received: transfer.is_some_and(|transfer| transfer.received.is_none()),
            owed: owed(case),
            has_gaps: !case.gaps().is_empty(),
            contested: !case.contradictions().is_empty(),
            has_unknown: case.has_unknown(),
            last: case.timeline().last().map(|item| item.entry.hash.clone()),
            runs: spoken_of(&case.runs),
        }
    }

    /// The clocks at `now`, the most urgent first: of [`crate::case::clocks`] all that are open,
    /// and the last that a revisit stops.
    #[must_use]
    pub fn clocks(&self, now: Instant) -> Vec<Reading> {
        readings(&self.runs, now)
    }

    /// The first instant after `now` at which a clock changes.
    #[must_use]
    pub fn next_change(&self, now: Instant) -> Option<Instant> {
        self.runs
            .iter()
            .filter_map(|run| run.next_change(now))
            .min()
    }

    /// The severity at `now`; the same as [`Case::severity`].
    #[must_use]
    pub fn severity(&self, now: Instant) -> SeverityView {
        self.severity.at(now)
    }

    /// Where it stands; the same as [`Case::phase`].
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.phase
    }
}

fn spoken_of(runs: &[ClockRun]) -> Vec<ClockRun> {
    let revisit = runs.iter().rposition(|run| run.stops_on == REVISIT);
    let all = runs.iter().enumerate();
    all.filter(|(at, run)| !run.is_met() || Some(*at) == revisit)
        .map(|(_, run)| run.clone())
        .collect()
}
