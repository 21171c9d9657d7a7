//! Procedures are files: roles, events, clocks, steps with guards, and switches. Changing a
//! limit, start, stop, owner or guard in the file alone changes what the software does.

#[cfg(feature = "toml")]
mod load;
#[cfg(feature = "toml")]
mod raw;
mod words;

#[cfg(feature = "toml")]
pub use load::LoadError;
pub use words::{
    Applies, AtEnd, ClassesWithSeverity, Condition, GuardScope, MinorOnMajor, OnOff, Per, Resolver,
    Source, Trigger,
};

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clause::Clause;

/// The property procedure's file as it is shipped.
pub const PROPERTY: &str = include_str!("property.toml");

/// SHA-256 of [`PROPERTY`], 64 hexadecimal digits: what binds a case to the version it began under.
pub const PROPERTY_HASH: &str = env!("DOORSTEP_PROPERTY_HASH");

/// A procedure, as its file states it and checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Procedure {
    /// Which procedure: `property`.
    pub id: String,
    /// Version of the file; a changed switch is a new version.
    pub version: u32,
    /// Roles the file names, in its order.
    pub roles: Vec<Role>,
    /// What clocks start and stop on.
    pub events: Vec<Event>,
    /// Clocks, in the file's order.
    pub clocks: Vec<Clock>,
    /// Steps, in the order in which they are suggested.
    pub steps: Arc<[Step]>,
    /// Our reading where the text leaves a choice.
    pub switches: Switches,
}

impl Procedure {
    /// The property procedure as it is shipped.
    ///
    /// # Errors
    /// Never for a build that passed its tests.
    #[cfg(feature = "toml")]
    pub fn property() -> Result<Self, LoadError> {
        Self::load(PROPERTY)
    }

    /// Reads and checks a procedure file.
    ///
    /// # Errors
    /// Names the key, its line and what is allowed there.
    #[cfg(feature = "toml")]
    pub fn load(text: &str) -> Result<Self, LoadError> {
        load::load(text)
    }

    /// Whether somebody with one of these roles is named by the step of an act.
    #[must_use]
    pub fn may_take(&self, act: &str, roles: &[String]) -> bool {
        let steps = self.steps.iter().filter(|step| step.act == act);
        let mut named = steps.flat_map(|step| &step.roles);
        named.any(|role| matches!(role, StepRole::Role(role) if roles.contains(role)))
    }

    /// The clock with this id.
    #[must_use]
    pub fn clock(&self, id: &str) -> Option<&Clock> {
        self.clocks.iter().find(|clock| clock.id == id)
    }
}

/// A role, as the site file names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// `officer`, `head`, `handler`, `station_head`, `manager`.
    pub id: String,
    /// The clause that gives it a duty.
    pub clause: Clause,
}

/// Something that happens to a case, by any of several kinds of act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The file's name for it: `department_receipt`. Also a text key.
    pub id: String,
    /// The acts that are it.
    pub triggers: Vec<Trigger>,
}

/// A length of time, or what stands for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Minutes of 60 seconds.
    Minutes(u32),
    /// Hours of 60 minutes, whatever the day.
    Hours(u32),
    /// Calendar months in the site's zone.
    Months(u32),
    /// The target time that was entered with the measures.
    Target,
}

impl core::fmt::Display for Limit {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Minutes(n) => write!(f, "{n} min"),
            Self::Hours(n) => write!(f, "{n} h"),
            Self::Months(1) => f.write_str("1 month"),
            Self::Months(n) => write!(f, "{n} months"),
            Self::Target => f.write_str("target"),
        }
    }
}

/// A clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// `P-feedback`.
    pub id: String,
    /// The clause it comes from.
    pub clause: Clause,
    /// Which cases have it.
    pub applies: Applies,
    /// How many of it a case has.
    pub per: Per,
    /// Roles that owe it, the first that can: whoever is complained about is passed over.
    pub owner: Vec<String>,
    /// Roles that owe it as well once it is overdue.
    pub overdue_also: Vec<String>,
    /// Starts it.
    pub start: Event,
    /// Stops it.
    pub stop: Event,
    /// Undoes the stop, or begins a new round where there is one for each resolution.
    pub undone_by: Option<Event>,
    /// Its length, counted from where it opens.
    pub limit: Limit,
    /// How long after the start it opens, in milliseconds; 0 opens at the start.
    pub opens_ms: i64,
    /// Whose number the limit is.
    pub source: Source,
    /// When it is due soon, in milliseconds before the due; `None`: a quarter of its length, at
    /// least 3 minutes, at most 2 hours.
    pub due_soon_ms: Option<i64>,
    /// What its end brings about.
    pub at_end: AtEnd,
}

/// A role named by a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepRole {
    /// This role.
    Role(String),
    /// Whoever declares resolution, by the switch `resolved_by`.
    ResolvedBy,
}

/// Something that may be recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Kind of the act: `department_received`.
    pub act: String,
    /// The clause that provides for it.
    pub clause: Clause,
    /// Once for the case, or once for each transfer.
    pub per: Per,
    /// Roles it is offered to.
    pub roles: Vec<StepRole>,
    /// Only to members of the transfer's department.
    pub members_only: bool,
    /// Absent unless all of these hold.
    pub when: Vec<Condition>,
    /// Early, and still possible, until this holds.
    pub early_until: Option<Condition>,
    /// Early, and still possible, until this clock opens.
    pub clock: Option<String>,
    /// Roles it is suggested to.
    pub suggested_to: Vec<StepRole>,
    /// Suggested only if all of these hold too.
    pub suggested_when: Vec<Condition>,
    /// What blocks it.
    pub guards: Vec<Guard>,
}

/// Blocks a step until something holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// What must hold.
    pub requires: Condition,
    /// The clause that blocks.
    pub clause: Clause,
    /// Text key of what is missing.
    pub missing: String,
    /// Which cases it blocks.
    pub applies: GuardScope,
}

/// Our readings. The values that name an event (`feedback_start`, `measures_stop`,
/// `month_start`, `month_stop`), an effect (`month_upgrade`) or a scope
/// (`opinion_before_archive`) are already in the clocks and steps that refer to them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switches {
    /// Every switch of the file with the value it has, for display.
    pub all: Vec<Switch>,
    /// P-4.1.1 the classes that have severities.
    pub severity_for: ClassesWithSeverity,
    /// P-5.3 the minor clocks of a major case.
    pub minor_clocks_on_major: MinorOnMajor,
    /// P-5.3 the minor clocks of the other classes.
    pub minor_clocks_on_other: OnOff,
    /// P-6.0 who declares resolution.
    pub resolved_by: Resolver,
    /// What 有保留 counts as: whether it is a rejection.
    pub reservation_rejects: bool,
}

/// A switch, for display.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switch {
    /// `feedback_start`.
    pub name: String,
    /// The clause it reads.
    pub clause: Clause,
    /// The value it has.
    pub value: String,
    /// Every value it may have, the default first.
    pub allowed: Vec<String>,
}
