//! A case at an instant, explained: for `doorstep explain`, for support and for tests.
//!
//! As JSON an [`Explanation`] is one object; every time is RFC 3339 with the site's offset, every
//! name of an event, role, act or gap is the procedure file's word for it, `null` means that
//! there is none. `text` is the same for readers.

use core::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::act::{Act, Severity};
use crate::calendar::{rfc3339, to_the_minute};
use crate::case::{Case, clocks};
use crate::clock::{ClockState, EndReason, Reading, Source, Sum};
use crate::id::{EntryHash, StaffId};
use crate::procedure::{Limit, Procedure};
use crate::recorded::Recorded;
use crate::step::{Actor, Standing, steps};
use crate::time::{Instant, Span, Zone};
use crate::view::{Ground, Phase};

/// A case at an instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Explanation {
    /// Case number.
    pub number: String,
    /// The instant that is explained.
    pub at: String,
    /// IANA name of the site's zone.
    pub zone: String,
    /// Where the case stands: `accepted`, `with_department`, `in_work`, `done`, `resolved`,
    /// `revisited`, `closed`, `archived`.
    pub phase: Phase,
    /// `minor` or `major`; `null` where the class has no severities.
    pub severity: Option<Severity>,
    /// Why it is major: `judged`, `month_over`.
    pub ground: Option<Ground>,
    /// Since when it is major, where it was not from the start.
    pub major_since: Option<String>,
    /// When the complaint reached the station.
    pub received: String,
    /// What is asked for and missing.
    pub gaps: Vec<String>,
    /// Pairs of contradicting acts that wait for a person's decision.
    pub to_decide: Vec<(EntryHash, EntryHash)>,
    /// An act of a newer version counts here: what follows may be incomplete.
    pub incomplete: bool,
    /// Every clock, the most urgent first.
    pub clocks: Vec<ClockExplained>,
    /// The steps of each role.
    pub steps: Vec<RoleExplained>,
}

/// A clock at an instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClockExplained {
    /// `P-feedback`.
    pub clock: String,
    /// From 1.
    pub round: u32,
    /// The transfer it belongs to.
    pub about: Option<EntryHash>,
    /// `not_started`, `waiting_to_open`, `running`, `due_soon`, `met`, `met_late`, `overdue`,
    /// `ended`.
    pub state: ClockState,
    /// The deadline lies inside what is not known exactly.
    pub uncertain: bool,
    /// Its start or its stop was stated by a person.
    pub as_stated: bool,
    /// When it started.
    pub start: Option<String>,
    /// When it opened or will.
    pub opens: Option<String>,
    /// When it is due.
    pub due: Option<String>,
    /// The earliest and the latest possible due, where it is not known exactly; the latest is
    /// `null` while it is open.
    pub due_between: Option<(String, Option<String>)>,
    /// When it was stopped.
    pub stop: Option<String>,
    /// Why it ended: `replaced`.
    pub ended: Option<EndReason>,
    /// The role that owes it.
    pub owner: String,
    /// The person that owes it, where one is known.
    pub owner_staff: Option<StaffId>,
    /// The clause.
    pub clause: String,
    /// Whose number the limit is: `clause`, `operator`, `person`.
    pub source: Source,
    /// The sum written out.
    pub sum: Option<String>,
    /// The event that stops it.
    pub stops_on: String,
    /// When the reading changes by the passing of time alone.
    pub next_change: Option<String>,
}

/// The steps of a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleExplained {
    /// The role.
    pub role: String,
    /// What can be recorded.
    pub open: Vec<StepExplained>,
    /// What cannot.
    pub blocked: Vec<StepExplained>,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepExplained {
    /// Kind of the act.
    pub act: String,
    /// The transfer it concerns.
    pub about: Option<EntryHash>,
    /// `suggested`, `allowed`, `early` or `blocked`.
    pub standing: String,
    /// The clause that provides for it, or that blocks it.
    pub clause: String,
    /// What is missing, where it is blocked.
    pub missing: Option<String>,
}

/// Explains the case that the entries recorded by `at` make; `None` where they make none. Steps
/// are told for `role`, or for every role of the procedure, as a member of the department that
/// the case was last passed to.
#[must_use]
pub fn explain(
    procedure: &Procedure,
    zone: &Zone,
    entries: &[Recorded<Act>],
    role: Option<&str>,
    at: Instant,
) -> Option<Explanation> {
    let known: Vec<_> = entries
        .iter()
        .filter(|entry| entry.recorded.best <= at)
        .cloned()
        .collect();
    let case = Case::fold(procedure, zone, &known)?;
    let severity = case.severity(at);
    let to_decide = case.contradictions().iter();
    let roles = procedure.roles.iter().map(|role| role.id.as_str());
    Some(Explanation {
        number: case.number.clone(),
        at: rfc3339(zone, at),
        zone: zone.name.clone(),
        phase: case.phase(),
        severity: severity.severity,
        ground: severity.ground,
        major_since: severity.since.map(|since| rfc3339(zone, since)),
        received: rfc3339(zone, case.received.at),
        gaps: case.gaps().into_iter().map(|gap| gap.key).collect(),
        to_decide: to_decide
            .map(|pair| (pair.left.clone(), pair.right.clone()))
            .collect(),
        incomplete: case.has_unknown(),
        clocks: clocks(&case, at)
            .iter()
            .map(|reading| clock(zone, reading))
            .collect(),
        steps: roles
            .filter(|id| role.is_none_or(|role| role == *id))
            .map(|id| role_steps(&case, id, at))
            .collect(),
    })
}

fn clock(zone: &Zone, reading: &Reading) -> ClockExplained {
    let time = |at: Instant| rfc3339(zone, at);
    let best = |span: Span| time(span.best);
    let due_between = reading.due.filter(|due| *due != Span::exact(due.best));
    ClockExplained {
        clock: reading.clock.clone(),
        round: reading.round,
        about: reading.about.clone(),
        state: reading.state,
        uncertain: reading.uncertain,
        as_stated: reading.as_stated,
        start: reading.start.map(best),
        opens: reading.opens.map(time),
        due: reading.due.map(best),
        due_between: due_between.map(|due| (time(due.from), due.to.map(time))),
        stop: reading.stop.map(best),
        ended: reading.ended,
        owner: reading.owner.role.clone(),
        owner_staff: reading.owner.staff.clone(),
        clause: reading.clause.code().to_owned(),
        source: reading.source,
        sum: reading.sum.as_ref().map(|sum| sentence(zone, sum)),
        stops_on: reading.stops_on.clone(),
        next_change: reading.next_change.map(time),
    }
}

/// The sum of a clock as a sentence:
/// `acceptance 2026-11-23 15:20 + 24 h = 2026-11-24 15:20`.
#[must_use]
pub fn sentence(zone: &Zone, sum: &Sum) -> String {
    let minute = |at: Instant| to_the_minute(zone, at);
    let opens = sum
        .opens
        .map(|at| format!(", opens {}", minute(at)))
        .unwrap_or_default();
    let event = sum.event.replace('_', " ");
    let start = minute(sum.start);
    let due = minute(sum.due);
    match sum.limit {
        Limit::Target => format!("{event} {start}{opens}, target {due}"),
        limit => format!("{event} {start}{opens} + {limit} = {due}"),
    }
}

fn role_steps(case: &Case, role: &str, at: Instant) -> RoleExplained {
    let actor = Actor {
        staff: StaffId(String::new()),
        roles: vec![role.to_owned()],
        department: case
            .transfers()
            .last()
            .map(|transfer| transfer.department.clone()),
    };
    let explained = steps(case, &actor, at).into_iter().map(|step| {
        let (standing, clause, missing) = match step.standing {
            Standing::Suggested => ("suggested", step.clause, None),
            Standing::Allowed => ("allowed", step.clause, None),
            Standing::Early { .. } => ("early", step.clause, None),
            Standing::Blocked { clause, missing } => ("blocked", clause, Some(missing)),
        };
        StepExplained {
            act: step.act,
            about: step.about,
            standing: standing.to_owned(),
            clause: clause.code().to_owned(),
            missing,
        }
    });
    let (blocked, open) = explained.partition(|step| step.missing.is_some());
    RoleExplained {
        role: role.to_owned(),
        open,
        blocked,
    }
}

impl Explanation {
    /// The same in lines for readers.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{} at {}\n", self.number, self.at);
        let severity = match self.severity {
            Some(Severity::Minor) => "minor",
            Some(Severity::Major) => "major",
            None => "no severity",
        };
        let since = self
            .major_since
            .as_ref()
            .map_or(String::new(), |at| format!(" since {at}"));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}, {severity}{since}", word(&self.phase));
        if self.incomplete {
            text.push_str("holds acts of a newer version: may be incomplete\n");
        }
        for (left, right) in &self.to_decide {
            let _ = writeln!(text, "to decide: {left} or {right}");
        }
        if !self.gaps.is_empty() {
            let _ = writeln!(text, "missing: {}", self.gaps.join(", "));
        }
        for clock in &self.clocks {
            clock_lines(&mut text, clock);
        }
        for role in &self.steps {
            let open = role
                .open
                .iter()
                .map(|step| format!("{} ({})", step.act, step.standing));
            let _ = writeln!(
                text,
                "{}: {}",
                role.role,
                open.collect::<Vec<_>>().join(", ")
            );
            for step in &role.blocked {
                let missing = step.missing.as_deref().unwrap_or_default();
                let _ = writeln!(
                    text,
                    "  blocked: {} by {}: {missing}",
                    step.act, step.clause
                );
            }
        }
        text
    }
}

fn clock_lines(text: &mut String, clock: &ClockExplained) {
    let mut marks = String::new();
    if clock.uncertain {
        marks.push_str(", uncertain");
    }
    if clock.as_stated {
        marks.push_str(", as stated");
    }
    if let Some(ended) = &clock.ended {
        let _ = write!(marks, ", {}", word(ended));
    }
    let _ = writeln!(
        text,
        "{} {}: {}{marks}; {} owes it ({})",
        clock.clock,
        clock.round,
        word(&clock.state),
        clock.owner,
        clock.clause
    );
    if let Some(sum) = &clock.sum {
        let _ = writeln!(text, "  {sum}");
    }
    match (&clock.stop, &clock.next_change) {
        (Some(stop), _) => {
            let _ = writeln!(text, "  {} {stop}", clock.stops_on.replace('_', " "));
        }
        (None, Some(next)) => {
            let _ = writeln!(text, "  next change {next}");
        }
        (None, None) => {}
    }
}

/// The word that stands for a value in JSON, with spaces.
fn word<T: Serialize>(value: &T) -> String {
    let json = serde_json::to_string(value).unwrap_or_default();
    let word = json
        .strip_prefix('"')
        .and_then(|json| json.strip_suffix('"'));
    word.unwrap_or_default().replace('_', " ")
}
