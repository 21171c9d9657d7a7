//! What a case shows: its moments, transfers, contacts, revisits and the end.

use serde::{Deserialize, Serialize};

use crate::act::{
    Accepted, Act, Choice, Contacted, Opinion, Reported, Resolved, Revisited, Severity, Signature,
    SolvedOnSpot, Verified, VisitAttempted,
};
use crate::clause::Clause;
use crate::id::{DepartmentId, EntryHash, StaffId};
use crate::recorded::{Author, Recorded};
use crate::time::{Instant, Span, Timed};

/// When and by whom an act that counts was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// The act.
    pub hash: EntryHash,
    /// When it happened, as last stated, and whether it was stated.
    pub at: Timed,
    /// When it was recorded.
    pub recorded: Span,
    /// By whom.
    pub by: Author,
}

/// An act that counts, as last corrected, with its moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Dated<A> {
    /// When and by whom.
    pub moment: Moment,
    /// What, as last corrected.
    pub act: A,
}

/// When the complaint reached the station.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The time that decides: the earliest of those recorded.
    pub at: Instant,
    /// Every time that was given, the first one first.
    pub given: Vec<Instant>,
    /// Stated by a person more than five minutes from acceptance.
    pub as_stated: bool,
}

/// P-5.3.4 one transfer of the form to a department: a round of its own.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TransferView {
    /// Names the transfer in later acts.
    pub hash: EntryHash,
    /// From 1, in the order of transfers.
    pub round: u32,
    /// The department.
    pub department: DepartmentId,
    /// A word to the department.
    pub words: String,
    /// When it was sent.
    pub transferred: Moment,
    /// When the department acknowledged it; `None`: sent, not yet received.
    pub received: Option<Moment>,
    /// When measures were last written.
    pub filled: Option<Moment>,
    /// 處理方法, as last written.
    pub measures: Option<String>,
    /// 專人
    pub handler: Option<Choice<StaffId>>,
    /// The target that holds.
    pub target: Option<Instant>,
    /// Every target that was entered, the first one first.
    pub targets: Vec<Instant>,
    /// When the form came back.
    pub returned: Option<Moment>,
    /// The head's signature; `None` where it came back unsigned or not at all.
    pub signature: Option<Signature>,
    /// When the work was reported done.
    pub done: Option<Moment>,
    /// What was done.
    pub done_words: Option<String>,
    /// Before a rejection that undid the resolution: an earlier round of the case.
    pub superseded: bool,
}

/// How the case came to be resolved.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolution {
    /// P-5.3.2 on the spot.
    OnSpot(Dated<SolvedOnSpot>),
    /// P-6.0 declared.
    Declared(Dated<Resolved>),
}

impl Resolution {
    /// When and by whom.
    #[must_use]
    pub const fn moment(&self) -> &Moment {
        match self {
            Self::OnSpot(act) => &act.moment,
            Self::Declared(act) => &act.moment,
        }
    }

    /// The result in words.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::OnSpot(act) => &act.act.result,
            Self::Declared(act) => &act.act.words,
        }
    }
}

/// What the acts of a case say, as last corrected, in the order of the record.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Views {
    /// The acceptance.
    pub accepted: Option<Dated<Accepted>>,
    /// P-5.3.4 the transfers.
    pub transfers: Vec<TransferView>,
    /// P-5.3.2 the reports.
    pub reports: Vec<Dated<Reported>>,
    /// P-5.3.3 the contacts.
    pub contacts: Vec<Dated<Contacted>>,
    /// P-5.3.5 the verifications.
    pub verifications: Vec<Dated<Verified>>,
    /// P-6.0 every resolution; one that a rejection undid is followed by that rejection.
    pub resolutions: Vec<Resolution>,
    /// P-6.1 the revisits.
    pub revisits: Vec<Dated<Revisited>>,
    /// P-5.3.5 nobody home.
    pub attempts: Vec<Dated<VisitAttempted>>,
    /// P-5.3.6 the manager's opinions.
    pub opinions: Vec<Dated<Opinion>>,
    /// The closing; archiving closes a case that was not closed.
    pub closed: Option<Moment>,
    /// The archiving.
    pub archived: Option<Moment>,
}

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// 已受理
    Accepted,
    /// 已轉交, the department has not acknowledged it.
    WithDepartment,
    /// 辦理中
    InWork,
    /// 處理完成, not yet declared resolved.
    Done,
    /// 已解決
    Resolved,
    /// 已回訪
    Revisited,
    /// 已閉合
    Closed,
    /// 已存檔
    Archived,
}

/// Why a case is major.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// A person judged it so.
    Judged,
    /// P-4.1.1 ③ not resolved within the month: by the clock.
    MonthOver,
}

/// The severity of a case at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeverityView {
    /// `None` where the class has no severities. Not yet judged is minor.
    pub severity: Option<Severity>,
    /// Why it is major.
    pub ground: Option<Ground>,
    /// Since when it is major, where it was not from the start.
    pub since: Option<Instant>,
    /// The month is over and the upgrade is proposed to the station head, since then.
    pub proposed: Option<Instant>,
}

impl SeverityView {
    /// Whether the upgrade came by the passing of time.
    #[must_use]
    pub fn by_the_clock(&self) -> bool {
        self.ground == Some(Ground::MonthOver)
    }

    /// Whether the case is major.
    #[must_use]
    pub fn is_major(&self) -> bool {
        self.severity == Some(Severity::Major)
    }
}

/// What decides the severity at any instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeverityFacts {
    /// The class has severities.
    pub applies: bool,
    /// Judged major at the first judgement.
    pub major_from_start: bool,
    /// Judged major after having been judged minor, at that instant.
    pub raised: Option<Instant>,
    /// The month ends unresolved at the instant before this one.
    pub month_over: Option<Instant>,
    /// The end of the month proposes the upgrade and does not make it.
    pub month_proposes: bool,
}

impl SeverityFacts {
    /// The severity at `now`.
    #[must_use]
    pub fn at(&self, now: Instant) -> SeverityView {
        let reached = |at: Option<Instant>| at.filter(|at| *at <= now);
        let month = reached(self.month_over);
        let mut view = SeverityView {
            severity: self.applies.then_some(Severity::Minor),
            ground: None,
            since: None,
            proposed: month.filter(|_| self.month_proposes),
        };
        if !self.applies {
            return view;
        }
        let by_clock = month.filter(|_| !self.month_proposes);
        let raised = reached(self.raised);
        let first = match (raised, by_clock) {
            (Some(raised), Some(month)) if raised < month => Some((Ground::Judged, raised)),
            (_, Some(month)) => Some((Ground::MonthOver, month)),
            (Some(raised), None) => Some((Ground::Judged, raised)),
            (None, None) => None,
        };
        if self.major_from_start {
            view.severity = Some(Severity::Major);
            view.ground = Some(Ground::Judged);
            view.proposed = None;
        } else if let Some((ground, since)) = first {
            view.severity = Some(Severity::Major);
            view.ground = Some(ground);
            view.since = Some(since);
        }
        view
    }

    /// When the case becomes major, where it was not from the start.
    #[must_use]
    pub fn upgraded(&self) -> Option<Instant> {
        let by_clock = self.month_over.filter(|_| !self.month_proposes);
        [self.raised, by_clock]
            .into_iter()
            .flatten()
            .min()
            .filter(|_| self.applies)
    }
}

/// Something that is asked for and missing. Shown, never blocking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// A text key: `content`, `handler`, `signature_and_reason`.
    pub key: String,
    /// The clause that asks for it.
    pub clause: Clause,
    /// The transfer or the revisit concerned.
    pub about: Option<EntryHash>,
}

/// Two acts that contradict each other; neither was known when the other was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Contradiction {
    /// The earlier in the order of the record.
    pub left: EntryHash,
    /// The later.
    pub right: EntryHash,
}

/// An entry of the case with what later entries say about it.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineItem {
    /// The entry as it was recorded.
    pub entry: Recorded<Act>,
    /// When it happened, as last stated.
    pub at: Timed,
    /// The act as last corrected; `None` where it was taken back.
    pub reads: Option<Act>,
    /// The corrections of it, in order.
    pub corrected_by: Vec<EntryHash>,
    /// The act that this one corrects.
    pub corrects: Option<EntryHash>,
    /// Whether it counts: not set aside, not taken back, not decided against.
    pub counts: bool,
}
