//! Steps: what a person may record now, what is suggested, what is early, and the few things a
//! clause blocks. Recording what happened is never blocked.

use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::clause::Clause;
use crate::clock::{ClockState, reading};
use crate::id::{DepartmentId, EntryHash, StaffId};
use crate::procedure::{Condition, GuardScope, Per, Resolver, Step as Rule, StepRole};
use crate::time::Instant;
use crate::view::TransferView;

/// Who looks at a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The person.
    pub staff: StaffId,
    /// Roles held, as the site file names them.
    pub roles: Vec<String>,
    /// The person's department.
    pub department: Option<DepartmentId>,
}

/// Something a person may record, or not yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Kind of the act: `department_received`.
    pub act: String,
    /// The transfer it concerns.
    pub about: Option<EntryHash>,
    /// Suggested, allowed, early or blocked.
    pub standing: Standing,
    /// The clause that provides for it.
    pub clause: Clause,
}

/// Whether a step can be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The next thing; at most one step of a case for one person.
    Suggested,
    /// Can be recorded.
    Allowed,
    /// 還沒到期: can be recorded, though its time has not come.
    Early {
        /// When its time comes, where that is known yet.
        from: Option<Instant>,
    },
    /// Cannot be recorded.
    Blocked {
        /// The clause that blocks it.
        clause: Clause,
        /// Text key of what is missing.
        missing: String,
    },
}

/// What is to be done next and has no clock: the manager's opinion, the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// Kind of the act: `opinion`.
    pub act: String,
    /// The role that owes it.
    pub role: String,
}

/// What is owed of what no clock times: the steps of the whole case that would be suggested to a
/// role, in the procedure file's order.
#[must_use]
pub fn owed(case: &Case) -> Vec<Owed> {
    let nobody = Actor {
        staff: StaffId::from(""),
        roles: Vec::new(),
        department: None,
    };
    let view = View {
        case,
        actor: &nobody,
        now: case.received.at,
        suggested: false,
    };
    let untimed = case
        .steps
        .iter()
        .filter(|rule| rule.per == Per::Case && rule.clock.is_none());
    let suggested = untimed.filter_map(|rule| {
        let StepRole::Role(role) = rule.suggested_to.first()? else {
            return None;
        };
        let due = view.all(&rule.when, None) && view.all(&rule.suggested_when, None);
        due.then(|| Owed {
            act: rule.act.clone(),
            role: role.clone(),
        })
    });
    suggested.collect()
}

/// What `actor` may record at `now`, in the procedure file's order.
#[must_use]
pub fn steps(case: &Case, actor: &Actor, now: Instant) -> Vec<Step> {
    let mut view = View {
        case,
        actor,
        now,
        suggested: false,
    };
    let mut steps = Vec::new();
    for rule in case.steps.iter() {
        match rule.per {
            Per::Transfer => {
                let transfers = case.transfers().iter();
                steps.extend(transfers.filter_map(|transfer| view.step(rule, Some(transfer))));
            }
            Per::Case | Per::Resolution => steps.extend(view.step(rule, None)),
        }
    }
    steps
}

struct View<'a> {
    case: &'a Case,
    actor: &'a Actor,
    now: Instant,
    suggested: bool,
}

impl View<'_> {
    fn step(&mut self, rule: &Rule, transfer: Option<&TransferView>) -> Option<Step> {
        let offered = self.has_role(&rule.roles, transfer)
            && (!rule.members_only || self.is_member(transfer))
            && self.all(&rule.when, transfer);
        offered.then(|| Step {
            act: rule.act.clone(),
            about: transfer.map(|transfer| transfer.hash.clone()),
            standing: self.standing(rule, transfer),
            clause: rule.clause,
        })
    }

    fn standing(&mut self, rule: &Rule, transfer: Option<&TransferView>) -> Standing {
        let blocks = rule
            .guards
            .iter()
            .find(|guard| self.is_in_scope(guard.applies) && !self.holds(guard.requires, transfer));
        if let Some(guard) = blocks {
            return Standing::Blocked {
                clause: guard.clause,
                missing: guard.missing.clone(),
            };
        }
        if rule
            .early_until
            .is_some_and(|until| !self.holds(until, transfer))
        {
            return Standing::Early { from: None };
        }
        if let Some(from) = self.opens_later(rule) {
            return Standing::Early { from: Some(from) };
        }
        let suggested = !self.suggested
            && transfer.is_none_or(|transfer| !transfer.superseded)
            && self.has_role(&rule.suggested_to, transfer)
            && self.all(&rule.suggested_when, transfer);
        if suggested {
            self.suggested = true;
            return Standing::Suggested;
        }
        Standing::Allowed
    }

    fn opens_later(&self, rule: &Rule) -> Option<Instant> {
        let clock = rule.clock.as_ref()?;
        let runs = self.case.runs.iter().filter(|run| run.clock == *clock);
        let waiting = runs.filter_map(|run| reading(run, self.now));
        let waiting = waiting.filter(|reading| reading.state == ClockState::WaitingToOpen);
        waiting.filter_map(|reading| reading.opens).min()
    }

    fn is_in_scope(&self, scope: GuardScope) -> bool {
        match scope {
            GuardScope::All => true,
            GuardScope::Minor => !self.case.severity(self.now).is_major(),
        }
    }

    /// Whether the person holds one of these roles; head and handler only count in the
    /// department that the form was passed to.
    fn has_role(&self, roles: &[StepRole], transfer: Option<&TransferView>) -> bool {
        roles.iter().any(|role| {
            let role = match role {
                StepRole::Role(role) => role.as_str(),
                StepRole::ResolvedBy => self.resolver(),
            };
            let of_department = matches!(role, "head" | "handler");
            self.actor.roles.iter().any(|held| held == role)
                && (!of_department || transfer.is_none() || self.is_member(transfer))
        })
    }

    fn resolver(&self) -> &'static str {
        match self.case.resolved_by {
            Resolver::DepartmentHead => "head",
            Resolver::CustomerServiceAndManagerForMajor => {
                if self.case.severity(self.now).is_major() {
                    "manager"
                } else {
                    "officer"
                }
            }
        }
    }

    fn is_member(&self, transfer: Option<&TransferView>) -> bool {
        let department = transfer.map(|transfer| &transfer.department);
        department.is_some() && department == self.actor.department.as_ref()
    }

    fn all(&self, conditions: &[Condition], transfer: Option<&TransferView>) -> bool {
        conditions
            .iter()
            .all(|condition| self.holds(*condition, transfer))
    }

    fn holds(&self, condition: Condition, transfer: Option<&TransferView>) -> bool {
        let case = self.case;
        let of = |has: fn(&TransferView) -> bool| transfer.is_some_and(has);
        match condition {
            Condition::Unresolved => !case.resolved,
            Condition::Resolved => case.resolved,
            Condition::Revisited => case.revisited,
            Condition::NotRevisited => !case.revisited,
            Condition::Verified => case.verified,
            Condition::NotVerified => !case.verified,
            Condition::WorkedOn => case.worked_on,
            Condition::NotWorkedOn => !case.worked_on,
            Condition::NotTransferred => case.transfers().is_empty(),
            Condition::NoOpenTransfer => case.open_round().all(|t| t.done.is_some()),
            Condition::FeedbackOwed => !case.feedback_given(),
            Condition::OpinionWritten => !case.views.opinions.is_empty(),
            Condition::NoOpinion => case.views.opinions.is_empty(),
            Condition::NotClosed => case.views.closed.is_none(),
            Condition::NotArchived => case.views.archived.is_none(),
            Condition::Contested => !case.contradictions().is_empty(),
            Condition::NoNewerActs => !case.has_unknown(),
            Condition::Received => of(|transfer| transfer.received.is_some()),
            Condition::NotReceived => of(|transfer| transfer.received.is_none()),
            Condition::Filled => of(|transfer| transfer.filled.is_some()),
            Condition::NotFilled => of(|transfer| transfer.filled.is_none()),
            Condition::NotReturned => of(|transfer| transfer.returned.is_none()),
            Condition::NotDone => of(|transfer| transfer.done.is_none()),
            Condition::NotComplainedAbout => {
                !case.details.staff_complained.contains(&self.actor.staff)
            }
        }
    }
}
