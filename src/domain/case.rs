//! A case: what its acts add up to. A pure function of procedure, entries and `now`.

use crate::act::Act;
use std::sync::Arc;

use crate::act::{Details, RevisitForm, Revisited, Signed};
use crate::clause::Clause;
use crate::clock::{ClockRun, Reading, readings};
use crate::fold;
use crate::id::EntryHash;
use crate::procedure::{self, Procedure};
use crate::recorded::Recorded;
use crate::time::{Instant, Zone};
use crate::view::{
    Contradiction, Dated, Gap, Phase, Receipt, Resolution, SeverityFacts, SeverityView,
    TimelineItem, TransferView, Views,
};

/// A complaint from intake to archive.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Case {
    /// Case number: `YS26-B3-0417`.
    pub number: String,
    /// When the complaint reached the station.
    pub received: Receipt,
    /// What intake recorded, with what later acts supplied and corrected.
    pub details: Details,
    /// Acceptance, transfers, contacts, revisits and the end, as last corrected.
    pub views: Views,
    /// What decides the severity.
    pub severity_facts: SeverityFacts,
    /// Every round of every clock.
    pub runs: Vec<ClockRun>,
    pub(crate) steps: Arc<[procedure::Step]>,
    pub(crate) resolved_by: procedure::Resolver,
    pub(crate) contradictions: Vec<Contradiction>,
    pub(crate) has_unknown: bool,
    pub(crate) timeline: Vec<TimelineItem>,
    pub(crate) resolved: bool,
    pub(crate) rejected: bool,
    pub(crate) revisited: bool,
    pub(crate) verified: bool,
    pub(crate) worked_on: bool,
    pub(crate) since_rejection: usize,
}

/// Length of a matter taken from the content, so that it fits a row of a list.
const MATTER_CHARACTERS: usize = 20;

impl Case {
    /// The case that these entries make, in any order and with any repetition; `None` without
    /// an acceptance that counts.
    #[must_use]
    pub fn fold(procedure: &Procedure, zone: &Zone, entries: &[Recorded<Act>]) -> Option<Self> {
        fold::fold(procedure, zone, entries)
    }

    /// P-4.1.1 the severity at `now`.
    #[must_use]
    pub fn severity(&self, now: Instant) -> SeverityView {
        self.severity_facts.at(now)
    }

    /// Where it stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        if self.views.archived.is_some() {
            Phase::Archived
        } else if self.views.closed.is_some() {
            Phase::Closed
        } else if self.resolved {
            if self.revisited {
                Phase::Revisited
            } else {
                Phase::Resolved
            }
        } else {
            self.phase_of_work()
        }
    }

    fn phase_of_work(&self) -> Phase {
        let mut transfers = self.open_round().peekable();
        if transfers.peek().is_none() {
            return if self.rejected {
                Phase::InWork
            } else {
                Phase::Accepted
            };
        }
        let transfers: Vec<_> = transfers.collect();
        if transfers.iter().all(|transfer| transfer.done.is_some()) {
            Phase::Done
        } else if transfers.iter().any(|transfer| transfer.received.is_some()) {
            Phase::InWork
        } else {
            Phase::WithDepartment
        }
    }

    /// P-5.3.4 the transfers since the last rejection.
    pub fn open_round(&self) -> impl Iterator<Item = &TransferView> {
        self.views
            .transfers
            .iter()
            .filter(|transfer| !transfer.superseded)
    }

    /// P-5.3.4 every transfer, in order.
    #[must_use]
    pub fn transfers(&self) -> &[TransferView] {
        &self.views.transfers
    }

    /// The resolution that holds; `None` before it, and after a rejection.
    #[must_use]
    pub fn resolution(&self) -> Option<&Resolution> {
        self.views.resolutions.last().filter(|_| self.resolved)
    }

    /// P-6.1 the revisit of the resolution that holds.
    #[must_use]
    pub fn revisit(&self) -> Option<&Dated<Revisited>> {
        self.views.revisits.last().filter(|_| self.revisited)
    }

    /// Every entry, in the order of the record.
    #[must_use]
    pub fn timeline(&self) -> &[TimelineItem] {
        &self.timeline
    }

    /// Pairs of acts that contradict each other and that nobody has decided.
    #[must_use]
    pub fn contradictions(&self) -> &[Contradiction] {
        &self.contradictions
    }

    /// Whether an act of a newer version counts here: verdicts, closing and archive wait.
    #[must_use]
    pub const fn has_unknown(&self) -> bool {
        self.has_unknown
    }

    /// Whether a rejection undid a resolution at some time.
    #[must_use]
    pub const fn was_rejected(&self) -> bool {
        self.rejected
    }

    /// P-5.3.3 whether the resident has had feedback.
    #[must_use]
    pub fn feedback_given(&self) -> bool {
        let contacts = &self.views.contacts;
        contacts
            .iter()
            .any(|contact| contact.act.reached && contact.act.counts_as_feedback)
            || self
                .views
                .resolutions
                .iter()
                .any(|r| matches!(r, Resolution::OnSpot(_)))
    }

    /// Tries since the resolution at which nobody was there.
    #[must_use]
    pub fn attempts_since_resolution(&self) -> u32 {
        let since = self.timeline.get(self.since_rejection);
        let since = since.map(|item| item.entry.order).filter(|_| self.rejected);
        let items = self.timeline.iter().filter(|item| {
            item.counts
                && matches!(item.reads, Some(Act::VisitAttempted(_)))
                && since.is_none_or(|since| item.entry.order > since)
        });
        u32::try_from(items.count()).unwrap_or(u32::MAX)
    }

    /// The matter in a few words, from the content where none was given.
    #[must_use]
    pub fn matter(&self) -> String {
        let given = self
            .details
            .matter
            .as_ref()
            .filter(|text| !text.trim().is_empty());
        let content = self.details.content.as_deref().unwrap_or_default();
        given.cloned().unwrap_or_else(|| {
            let line = content.split(['\n', '。', '，']).next().unwrap_or_default();
            line.chars().take(MATTER_CHARACTERS).collect()
        })
    }

    /// 待補: what is asked for and missing.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        let mut gaps = self.intake_gaps();
        for transfer in self
            .open_round()
            .filter(|transfer| transfer.filled.is_some())
        {
            let about = Some(transfer.hash.clone());
            let mut ask = |missing: bool, key| {
                if missing {
                    gaps.push(gap(key, Clause::P5_3_4, about.clone()));
                }
            };
            ask(transfer.handler.is_none(), "handler");
            ask(transfer.target.is_none(), "target");
            let unsigned = transfer.returned.is_some() && transfer.signature.is_none();
            ask(unsigned, "head_signature");
        }
        if let Some(revisit) = self.revisit() {
            gaps.extend(revisit_gaps(&revisit.act, &revisit.moment.hash));
        }
        gaps
    }

    fn intake_gaps(&self) -> Vec<Gap> {
        let details = &self.details;
        let blank = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
        let asked = [
            (
                details.unit.is_none() && blank(&details.place),
                "place",
                Clause::P5_1,
            ),
            (blank(&details.content), "content", Clause::P5_3_1),
            (
                details
                    .complainant
                    .as_ref()
                    .is_none_or(|c| c.name.trim().is_empty()),
                "complainant",
                Clause::P5_1,
            ),
            (details.channel.is_none(), "channel", Clause::P5_1),
            (details.class.is_none(), "class", Clause::P4_1_1),
            (
                self.severity_facts.applies && details.area.is_none(),
                "area",
                Clause::P4_1_1,
            ),
            (
                self.severity_facts.applies && details.severity.is_none(),
                "severity",
                Clause::P4_1_1Minor,
            ),
            (details.validity.is_none(), "validity", Clause::P5_3_1),
            (blank(&details.demands), "demands", Clause::P5_3_1),
        ];
        let missing = asked.into_iter().filter(|(missing, ..)| *missing);
        missing
            .map(|(_, key, clause)| gap(key, clause, None))
            .collect()
    }
}

fn gap(key: &str, clause: Clause, about: Option<EntryHash>) -> Gap {
    Gap {
        key: key.to_owned(),
        clause,
        about,
    }
}

/// P-6.1 the three opinions and the agreement; P-5.3.5 the signature or its reason.
fn revisit_gaps(revisit: &Revisited, hash: &EntryHash) -> Vec<Gap> {
    let unsigned = match (&revisit.signed, &revisit.form) {
        (Signed::Absent(absent), RevisitForm::Door) => {
            absent.reason.is_none() && absent.words.trim().is_empty()
        }
        (Signed::NotAsked, RevisitForm::Door) => true,
        _ => false,
    };
    let asked = [
        (
            revisit.intake.satisfaction.is_none(),
            "view_intake",
            Clause::P6_1,
        ),
        (
            revisit.measures.satisfaction.is_none(),
            "view_measures",
            Clause::P6_1,
        ),
        (
            revisit.result.satisfaction.is_none(),
            "view_result",
            Clause::P6_1,
        ),
        (revisit.agreement.is_none(), "agreement", Clause::P6_1),
        (unsigned, "signature_and_reason", Clause::P5_3_5),
    ];
    let missing = asked.into_iter().filter(|(missing, ..)| *missing);
    missing
        .map(|(_, key, clause)| gap(key, clause, Some(hash.clone())))
        .collect()
}

/// Every clock of the case at `now`, the most urgent first.
#[must_use]
pub fn clocks(case: &Case, now: Instant) -> Vec<Reading> {
    readings(&case.runs, now)
}
