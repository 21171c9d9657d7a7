//! Entries in the order of the record, each with what later entries say about it.

use sorted::{SortedMap, SortedSet};

use super::contradictions;
use crate::act::{Act, Corrected, Decision, Stated};
use crate::id::EntryHash;
use crate::recorded::{Order, Recorded, Standing};
use crate::time::{Instant, Span, Timed};
use crate::view::{Contradiction, Moment, TimelineItem};

/// Stated and recorded time this near to each other are taken for the same, in milliseconds.
const AS_STATED_MS: i64 = 5 * 60_000;

/// An entry and how it reads now.
pub(crate) struct Slot {
    pub(crate) entry: Recorded<Act>,
    /// As last corrected; `None` where taken back.
    pub(crate) reads: Option<Act>,
    /// Original and corrections that stand, each with the time from which it may not be later.
    pub(crate) versions: Vec<(Act, Span)>,
    corrected_by: Vec<EntryHash>,
    corrects: Option<EntryHash>,
    pub(crate) counts: bool,
    /// Part of a contradiction that nobody has decided.
    pub(crate) contested: bool,
}

impl Slot {
    /// When it happened, for a clock that it starts: the earliest time ever given.
    pub(crate) fn as_start(&self) -> Timed {
        let times = self.times();
        times
            .min_by_key(|time| time.span.best)
            .unwrap_or_else(|| self.recorded())
    }

    /// When it happened, for a clock that it stops: the latest time ever given.
    pub(crate) fn as_stop(&self) -> Timed {
        let times = self.times();
        times
            .max_by_key(|time| time.span.best)
            .unwrap_or_else(|| self.recorded())
    }

    /// When it happened, as last stated.
    pub(crate) fn at(&self) -> Timed {
        self.times().last().unwrap_or_else(|| self.recorded())
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment {
            hash: self.entry.hash.clone(),
            at: self.at(),
            recorded: self.entry.recorded,
            by: self.entry.author.clone(),
        }
    }

    fn recorded(&self) -> Timed {
        Timed {
            span: self.entry.recorded,
            as_stated: false,
        }
    }

    fn times(&self) -> impl Iterator<Item = Timed> {
        let recorded = self.entry.recorded;
        self.versions.iter().map(move |(act, bound)| {
            let stated = act.happened().map(|stated| stated.at);
            let stated = stated.filter(|at| bound.to.is_none_or(|latest| *at <= latest));
            stated.map_or(
                Timed {
                    span: recorded,
                    as_stated: false,
                },
                |at| Timed {
                    span: Span::exact(at),
                    as_stated: is_as_stated(at, recorded),
                },
            )
        })
    }
}

/// Whether a time a person states is far enough from the time of recording to be marked.
pub(crate) fn is_as_stated(at: Instant, recorded: Span) -> bool {
    at.since(recorded.best).abs() > AS_STATED_MS
}

/// The entries of a case.
pub(crate) struct Ledger {
    pub(crate) slots: Vec<Slot>,
    pairs: Vec<Contradiction>,
}

impl Ledger {
    pub(crate) fn read(entries: &[Recorded<Act>]) -> Self {
        let entries = ordered(entries);
        let first = slots(&entries, &SortedSet::new());
        let decisions = decisions(&first);
        let excluded = excluded(&decisions);
        let mut slots = slots(&entries, &excluded);
        let mut pairs = contradictions::find(&slots);
        pairs.retain(|pair| !decisions.contains_key(pair));
        let contested: SortedSet<_> = pairs.iter().flat_map(|p| [&p.left, &p.right]).collect();
        for slot in &mut slots {
            slot.contested = contested.contains(&slot.entry.hash);
        }
        Self { slots, pairs }
    }

    /// Slots that count and were not taken back, with their place and the act as it reads.
    pub(crate) fn counting(&self) -> impl Iterator<Item = (usize, &Slot, &Act)> {
        self.slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.counts)
            .filter_map(|(seq, slot)| {
                let act = slot.reads.as_ref()?;
                Some((seq, slot, act))
            })
    }

    pub(crate) fn contradictions(&self) -> Vec<Contradiction> {
        self.pairs.clone()
    }

    pub(crate) fn has_unknown(&self) -> bool {
        let mut acts = self.counting();
        acts.any(|(_, _, act)| matches!(act, Act::Unknown(_)))
    }

    pub(crate) fn timeline(&self) -> Vec<TimelineItem> {
        let items = self.slots.iter().map(|slot| TimelineItem {
            entry: slot.entry.clone(),
            at: slot.at(),
            reads: slot.reads.clone(),
            corrected_by: slot.corrected_by.clone(),
            corrects: slot.corrects.clone(),
            counts: slot.counts && slot.reads.is_some(),
        });
        items.collect()
    }
}

/// In the order of the record, each entry once. Of two copies the one that knows more is kept:
/// a verdict, then the earliest receipt.
fn ordered(entries: &[Recorded<Act>]) -> Vec<Recorded<Act>> {
    let mut sorted: Vec<_> = entries.to_vec();
    sorted::sort_by(&mut sorted, |a, b| place(a).cmp(&place(b)));
    sorted.dedup_by(|a, b| a.hash == b.hash);
    sorted
}

/// What [`ordered`] orders by, the instants from the earliest.
type PlaceInOrder<'e> = (Order, &'e EntryHash, bool, Option<&'e str>, [Instant; 3]);

fn place(entry: &Recorded<Act>) -> PlaceInOrder<'_> {
    let reason = match &entry.standing {
        Standing::Counts => None,
        Standing::SetAside { reason } | Standing::Erased { reason, .. } => Some(reason.as_str()),
    };
    let instants = [
        entry.received.unwrap_or(Instant(i64::MAX)),
        entry.recorded.to.unwrap_or(Instant(i64::MAX)),
        entry.recorded.from,
    ];
    (entry.order, &entry.hash, reason.is_none(), reason, instants)
}

fn slots(entries: &[Recorded<Act>], excluded: &SortedSet<EntryHash>) -> Vec<Slot> {
    let counts = |entry: &Recorded<Act>| {
        !matches!(entry.standing, Standing::SetAside { .. }) && !excluded.contains(&entry.hash)
    };
    let reads = |entry: &Recorded<Act>| match entry.standing {
        Standing::Erased { .. } => None,
        Standing::Counts | Standing::SetAside { .. } => Some(entry.act.clone()),
    };
    let mut slots: Vec<_> = entries
        .iter()
        .map(|entry| Slot {
            entry: entry.clone(),
            reads: reads(entry),
            versions: reads(entry)
                .map(|act| (act, entry.recorded))
                .into_iter()
                .collect(),
            corrected_by: Vec::new(),
            corrects: None,
            counts: counts(entry),
            contested: false,
        })
        .collect();
    let places: SortedMap<_, _> = entries
        .iter()
        .enumerate()
        .map(|(place, entry)| (entry.hash.clone(), place))
        .collect();
    apply_corrections(&mut slots, &places);
    slots
}

/// Gives every corrected act the reading of its last correction that stands.
fn apply_corrections(slots: &mut [Slot], places: &SortedMap<EntryHash, usize>) {
    let mut corrections: SortedMap<usize, Vec<(EntryHash, Corrected, Span)>> = SortedMap::new();
    let mut taken_back = SortedSet::new();
    let mut roots: SortedMap<EntryHash, usize> = SortedMap::new();
    for slot in slots.iter().filter(|slot| slot.counts) {
        let Act::Corrected(corrected) = &slot.entry.act else {
            continue;
        };
        let again = roots.get(&corrected.target).copied();
        let Some(root) = again.or_else(|| places.get(&corrected.target).copied()) else {
            continue;
        };
        roots.insert(slot.entry.hash.clone(), root);
        if again.is_some() && corrected.replacement.is_none() {
            taken_back.insert(corrected.target.clone());
        }
        let correction = (
            slot.entry.hash.clone(),
            (**corrected).clone(),
            slot.entry.recorded,
        );
        corrections.get_or_default(root).push(correction);
    }
    for (hash, root) in &roots {
        let target = slots.get(*root).map(|slot| slot.entry.hash.clone());
        if let Some(slot) = places.get(hash).and_then(|place| slots.get_mut(*place)) {
            slot.corrects = target;
        }
    }
    for (root, list) in corrections {
        if let Some(slot) = slots.get_mut(root) {
            correct(slot, list, &taken_back, &roots);
        }
    }
}

fn correct(
    slot: &mut Slot,
    list: Vec<(EntryHash, Corrected, Span)>,
    taken_back: &SortedSet<EntryHash>,
    roots: &SortedMap<EntryHash, usize>,
) {
    for (hash, corrected, recorded) in list {
        slot.corrected_by.push(hash.clone());
        let of_a_correction = roots.contains_key(&corrected.target);
        if taken_back.contains(&hash) {
            continue;
        }
        match corrected.replacement {
            Some(act) if act.kind() == slot.entry.act.kind() => {
                slot.versions.push((act.clone(), recorded));
                slot.reads = Some(act);
            }
            // An acceptance makes the case: it can be put right and not taken back.
            None if !of_a_correction && slot.entry.act.kind() != Act::ACCEPTED => {
                slot.reads = None;
            }
            Some(_) | None => {}
        }
    }
}

/// What people decided, the last word on each pair.
fn decisions(slots: &[Slot]) -> SortedMap<Contradiction, Decision> {
    let mut decided = SortedMap::new();
    for slot in slots.iter().filter(|slot| slot.counts) {
        if let Some(Act::Decided(act)) = &slot.reads {
            let (pair, decision) = if act.left <= act.right {
                (pair(&act.left, &act.right), act.decision)
            } else {
                (pair(&act.right, &act.left), mirrored(act.decision))
            };
            decided.insert(pair, decision);
        }
    }
    let places: SortedMap<_, _> = slots
        .iter()
        .enumerate()
        .map(|(place, slot)| (&slot.entry.hash, place))
        .collect();
    let in_order = |(pair, decision): (Contradiction, Decision)| {
        if places.get(&pair.left) <= places.get(&pair.right) {
            return (pair, decision);
        }
        let turned = Contradiction {
            left: pair.right,
            right: pair.left,
        };
        (turned, mirrored(decision))
    };
    decided.into_iter().map(in_order).collect()
}

fn pair(left: &EntryHash, right: &EntryHash) -> Contradiction {
    Contradiction {
        left: left.clone(),
        right: right.clone(),
    }
}

const fn mirrored(decision: Decision) -> Decision {
    match decision {
        Decision::Left => Decision::Right,
        Decision::Right => Decision::Left,
        Decision::Both => Decision::Both,
    }
}

/// The acts that were decided against.
fn excluded(decisions: &SortedMap<Contradiction, Decision>) -> SortedSet<EntryHash> {
    let loser = |(pair, decision): (&Contradiction, &Decision)| match decision {
        Decision::Left => Some(pair.right.clone()),
        Decision::Right => Some(pair.left.clone()),
        Decision::Both => None,
    };
    decisions.iter().filter_map(loser).collect()
}

impl Act {
    /// When it happened, where a person states it.
    #[must_use]
    pub fn happened(&self) -> Option<&Stated> {
        match self {
            Self::Accepted(act) => act.happened.as_ref(),
            Self::SolvedOnSpot(act) => act.happened.as_ref(),
            Self::Reported(act) => act.happened.as_ref(),
            Self::Contacted(act) => act.happened.as_ref(),
            Self::Transferred(act) => act.happened.as_ref(),
            Self::DepartmentReceived(act) => act.happened.as_ref(),
            Self::MeasuresFilled(act) => act.happened.as_ref(),
            Self::MeasuresReturned(act) => act.happened.as_ref(),
            Self::Done(act) => act.happened.as_ref(),
            Self::Verified(act) => act.happened.as_ref(),
            Self::Resolved(act) => act.happened.as_ref(),
            Self::Revisited(act) => act.happened.as_ref(),
            Self::VisitAttempted(act) => act.happened.as_ref(),
            Self::Closed(act) => act.happened.as_ref(),
            Self::Noted(act) => act.happened.as_ref(),
            Self::Detailed(_)
            | Self::TargetChanged(_)
            | Self::Urged(_)
            | Self::Opinion(_)
            | Self::Archived(_)
            | Self::Corrected(_)
            | Self::Decided(_)
            | Self::Admitted(_)
            | Self::Voided(_)
            | Self::Unknown(_) => None,
        }
    }
}
