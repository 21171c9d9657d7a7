//! Clocks. The fold computes each run of a clock as data; a reading is a pure function of a run
//! and an instant.

use serde::{Deserialize, Serialize};

use crate::clause::Clause;
use crate::id::{DepartmentId, EntryHash, StaffId};
pub use crate::procedure::{Limit, Source};
use crate::time::{Instant, Span, Timed};

/// Why a clock ended without being met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// 已取代: the case became major and other clocks took over.
    Replaced,
}

/// Who owes what a clock waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The role: `officer`, `head`, `handler`, `station_head`, `manager`.
    pub role: String,
    /// The person, where one is known.
    pub staff: Option<StaffId>,
    /// The name in words of a handler who is not on the roster.
    pub name: Option<String>,
    /// The department, where the clock belongs to a transfer.
    pub department: Option<DepartmentId>,
    /// Roles that owe it as well.
    pub also: Vec<String>,
}

/// One round of a clock, as the acts of the case make it. Does not depend on the time of day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClockRun {
    /// `P-feedback`.
    pub clock: String,
    /// From 1.
    pub round: u32,
    /// The transfer it belongs to.
    pub about: Option<EntryHash>,
    /// The clause.
    pub clause: Clause,
    /// Whose number the limit is.
    pub source: Source,
    /// Its length.
    pub limit: Limit,
    /// The event that starts it, as the procedure file names it.
    pub starts_on: String,
    /// The event that stops it, as the procedure file names it.
    pub stops_on: String,
    /// When it started.
    pub start: Option<Timed>,
    /// When it opened or will.
    pub opens: Option<Instant>,
    /// When it is due: as wide as the start is uncertain.
    pub due: Option<Span>,
    /// From when on it is due soon.
    pub soon_from: Option<Instant>,
    /// When it was stopped.
    pub stop: Option<Timed>,
    /// From when on it is ended, and why.
    pub ends: Option<(Instant, EndReason)>,
    /// Who owes it.
    pub owner: Owner,
    /// Roles that owe it as well once it is overdue.
    pub overdue_also: Vec<String>,
}

/// What a clock says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// 未開始
    NotStarted,
    /// 待開放
    WaitingToOpen,
    /// 計時中
    Running,
    /// 即將到期
    DueSoon,
    /// 如期完成
    Met,
    /// 逾期完成
    MetLate,
    /// 已逾期
    Overdue,
    /// 已終止
    Ended,
}

impl ClockState {
    /// Whether somebody still owes something: not met, late or ended.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            Self::NotStarted | Self::WaitingToOpen | Self::Running | Self::DueSoon | Self::Overdue
        )
    }
}

/// The sum of a clock, term by term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// The event it starts on, as the procedure file names it; a text key.
    pub event: String,
    /// When that was.
    pub start: Instant,
    /// When it opened, where that is not the start.
    pub opens: Option<Instant>,
    /// What is added.
    pub limit: Limit,
    /// What comes out.
    pub due: Instant,
}

/// A clock at an instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reading {
    /// `P-feedback`.
    pub clock: String,
    /// From 1.
    pub round: u32,
    /// The transfer it belongs to.
    pub about: Option<EntryHash>,
    /// What it says.
    pub state: ClockState,
    /// Neither met nor late for certain: the deadline lies inside what is not known exactly.
    pub uncertain: bool,
    /// Its start or its stop was stated by a person.
    pub as_stated: bool,
    /// When it started.
    pub start: Option<Span>,
    /// When it opened or will.
    pub opens: Option<Instant>,
    /// When it is due.
    pub due: Option<Span>,
    /// When it was stopped.
    pub stop: Option<Span>,
    /// Why it ended; also beside an overdue clock that something else took over.
    pub ended: Option<EndReason>,
    /// Who owes it.
    pub owner: Owner,
    /// The clause.
    pub clause: Clause,
    /// Whose number the limit is.
    pub source: Source,
    /// Its length.
    pub limit: Limit,
    /// The sum; `None` before the start.
    pub sum: Option<Sum>,
    /// The event that starts it; a text key.
    pub starts_on: String,
    /// The event that stops it; a text key.
    pub stops_on: String,
    /// When this reading changes by the passing of time alone.
    pub next_change: Option<Instant>,
}

impl Reading {
    /// Milliseconds to the due at `now`, negative once it has passed; `None` without a due.
    #[must_use]
    pub fn remaining_ms(&self, now: Instant) -> Option<i64> {
        self.due.map(|due| due.best.since(now))
    }

    /// Milliseconds from start to stop, 0 where the stop came first; `None` unless stopped.
    #[must_use]
    pub fn used_ms(&self) -> Option<i64> {
        let (start, stop) = self.start.zip(self.stop)?;
        Some(stop.best.since(start.best).max(0))
    }

    /// Milliseconds by which the stop came after the due; `None` unless met late.
    #[must_use]
    pub fn late_ms(&self) -> Option<i64> {
        if self.state != ClockState::MetLate {
            return None;
        }
        let (due, stop) = self.due.zip(self.stop)?;
        Some(stop.best.since(due.best))
    }

    /// Sorts by urgency, across cases too: overdue, due soon, running, waiting, not started, then
    /// what is over; inside a group by due time. On a tie major cases first, then case numbers.
    #[must_use]
    pub fn urgency(&self) -> (u8, Instant) {
        let group = match self.state {
            ClockState::Overdue => 0,
            ClockState::DueSoon => 1,
            ClockState::Running => 2,
            ClockState::WaitingToOpen => 3,
            ClockState::NotStarted => 4,
            ClockState::Met => 5,
            ClockState::MetLate => 6,
            ClockState::Ended => 7,
        };
        let by = match self.state {
            ClockState::WaitingToOpen => self.opens,
            _ => self.due.map(|due| due.best),
        };
        (group, by.unwrap_or(Instant(i64::MAX)))
    }
}

/// The readings of these runs at `now`, the most urgent first. A clock that has not started and
/// that something else has taken over is not listed.
#[must_use]
pub fn readings(runs: &[ClockRun], now: Instant) -> Vec<Reading> {
    let mut readings: Vec<_> = runs.iter().filter_map(|run| reading(run, now)).collect();
    sorted::sort_by_key(&mut readings, Reading::urgency);
    readings
}

impl ClockRun {
    /// Whether it was met or met late, whatever the time: nobody will ever owe it again.
    #[must_use]
    pub fn is_met(&self) -> bool {
        let stop = self
            .stop
            .filter(|_| self.start.is_some() && self.due.is_some());
        stop.is_some_and(|stop| self.ends.is_none_or(|(at, _)| stop.span.best < at))
    }

    /// The first instant after `now` at which the state or a mark changes.
    #[must_use]
    pub fn next_change(&self, now: Instant) -> Option<Instant> {
        let due = self.due;
        let ends = self.ends.map(|(at, _)| at);
        if let Some(stop) = self.stop.filter(|_| self.start.is_some()) {
            return ends.filter(|at| *at > now && stop.span.best >= *at);
        }
        if ends.is_some_and(|at| now >= at) {
            return None;
        }
        // Before it opens nothing is due soon, and what may be overdue is due soon already.
        let soon_from = self.soon_from.filter(|soon| {
            self.opens.is_none_or(|opens| *soon >= opens) && due.is_none_or(|due| *soon <= due.from)
        });
        [
            self.opens,
            soon_from,
            due.map(|due| due.from.plus_ms(1)),
            due.and_then(|due| due.to).map(|to| to.plus_ms(1)),
            ends,
        ]
        .into_iter()
        .flatten()
        .filter(|at| *at > now)
        .min()
    }
}

/// What this run says at `now`; `None` where it never started and will not.
#[must_use]
pub fn reading(run: &ClockRun, now: Instant) -> Option<Reading> {
    let has_ended = run.ends.filter(|(at, _)| now >= *at);
    if run.start.is_none() && has_ended.is_some() {
        return None;
    }
    let (state, uncertain) = state(run, now);
    let mut owner = run.owner.clone();
    if state == ClockState::Overdue {
        owner.also.clone_from(&run.overdue_also);
        owner.also.retain(|role| *role != owner.role);
    }
    let stop = run.stop.filter(|_| run.start.is_some());
    let late_or_over = matches!(state, ClockState::Overdue | ClockState::Ended);
    Some(Reading {
        clock: run.clock.clone(),
        round: run.round,
        about: run.about.clone(),
        state,
        uncertain,
        as_stated: [run.start, stop]
            .iter()
            .flatten()
            .any(|time| time.as_stated),
        start: run.start.map(|time| time.span),
        opens: run.opens,
        due: run.due,
        stop: stop.map(|time| time.span),
        ended: has_ended.filter(|_| late_or_over).map(|(_, reason)| reason),
        owner,
        clause: run.clause,
        source: run.source,
        limit: run.limit,
        sum: sum(run),
        starts_on: run.starts_on.clone(),
        stops_on: run.stops_on.clone(),
        next_change: run.next_change(now),
    })
}

fn sum(run: &ClockRun) -> Option<Sum> {
    let start = run.start?.span.best;
    Some(Sum {
        event: run.starts_on.clone(),
        start,
        opens: run.opens.filter(|opens| *opens > start),
        limit: run.limit,
        due: run.due?.best,
    })
}

/// The state and whether it is uncertain.
fn state(run: &ClockRun, now: Instant) -> (ClockState, bool) {
    let Some(due) = run.due.filter(|_| run.start.is_some()) else {
        return (ClockState::NotStarted, false);
    };
    let took_over = run
        .ends
        .filter(|(at, _)| now >= *at && run.stop.is_none_or(|stop| stop.span.best >= *at));
    if let Some((at, _)) = took_over {
        // Frozen as it was: only what was overdue by then stays overdue.
        let state = if passed(due, at) {
            ClockState::Overdue
        } else {
            ClockState::Ended
        };
        return (state, false);
    }
    if let Some(stop) = run.stop {
        return stopped(due, stop.span);
    }
    if passed(due, now) {
        return (ClockState::Overdue, false);
    }
    let uncertain = now > due.from;
    if run.opens.is_some_and(|opens| now < opens) {
        return (ClockState::WaitingToOpen, uncertain);
    }
    if uncertain || run.soon_from.is_some_and(|soon| now >= soon) {
        return (ClockState::DueSoon, uncertain);
    }
    (ClockState::Running, false)
}

/// Met or late, for certain or not. An interval that ends exactly on the due is met.
fn stopped(due: Span, stop: Span) -> (ClockState, bool) {
    if due.to.is_some_and(|latest_due| stop.from > latest_due) {
        return (ClockState::MetLate, false);
    }
    let certain = stop.to.is_some_and(|latest_stop| latest_stop <= due.from);
    (ClockState::Met, !certain)
}

/// Whether `at` lies after the due for certain.
fn passed(due: Span, at: Instant) -> bool {
    due.to.is_some_and(|latest_due| at > latest_due)
}
