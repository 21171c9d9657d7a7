//! Which acts contradict each other. Only acts of which neither knew the other can.

use sorted::{SortedMap, SortedSet};

use super::Slot;
use crate::act::{Act, Agreement, Details};
use crate::id::EntryHash;
use crate::view::Contradiction;

/// Every pair of contradicting acts, in the order of the record.
pub(super) fn find(slots: &[Slot]) -> Vec<Contradiction> {
    let knowledge = Knowledge::of(slots);
    let mut found = Vec::new();
    for (place, left) in slots.iter().enumerate() {
        for right in slots.iter().skip(place + 1) {
            if contradict(slots, left, right) && knowledge.concurrent(left, right) {
                found.push(Contradiction {
                    left: left.entry.hash.clone(),
                    right: right.entry.hash.clone(),
                });
            }
        }
    }
    found
}

fn contradict(slots: &[Slot], left: &Slot, right: &Slot) -> bool {
    if !left.counts || !right.counts {
        return false;
    }
    let (Some(a), Some(b)) = (&left.reads, &right.reads) else {
        return false;
    };
    let of_opinion = |target: &EntryHash| {
        let target = slots.iter().find(|slot| slot.entry.hash == *target);
        target.is_some_and(|slot| matches!(slot.entry.act, Act::Opinion(_)))
    };
    one_way(a, b, &of_opinion) || one_way(b, a, &of_opinion)
}

/// Whether `b` contradicts `a`; tried both ways round.
fn one_way(a: &Act, b: &Act, of_opinion: &dyn Fn(&EntryHash) -> bool) -> bool {
    match (a, b) {
        (Act::Corrected(a), Act::Corrected(b)) => {
            a.target == b.target && a.replacement != b.replacement
        }
        (Act::Detailed(a), Act::Detailed(b)) => details_differ(a, b),
        (Act::MeasuresFilled(a), Act::MeasuresFilled(b)) => {
            a.transfer == b.transfer
                && (&a.measures, &a.handler, a.target) != (&b.measures, &b.handler, b.target)
        }
        (Act::TargetChanged(a), Act::TargetChanged(b)) => {
            a.transfer == b.transfer && a.target != b.target
        }
        (Act::Verified(a), Act::Verified(b)) => a.found_done != b.found_done,
        (Act::Revisited(a), Act::Revisited(b)) => {
            let answers = a.agreement.zip(b.agreement);
            answers.is_some_and(|(a, b)| a != b)
        }
        (Act::Verified(a), Act::Resolved(_) | Act::Closed(_) | Act::Archived(_)) => !a.found_done,
        (Act::Revisited(a), Act::Resolved(_) | Act::Closed(_) | Act::Archived(_)) => {
            a.agreement == Some(Agreement::NotAgreed)
        }
        (
            Act::Transferred(_),
            Act::Done(_)
            | Act::Resolved(_)
            | Act::SolvedOnSpot(_)
            | Act::Closed(_)
            | Act::Archived(_),
        ) => true,
        (Act::Corrected(a), Act::Archived(_)) => a.replacement.is_none() && of_opinion(&a.target),
        _ => false,
    }
}

/// Whether both supply the same field with different values.
fn details_differ(a: &Details, b: &Details) -> bool {
    fn differ<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
        a.zip(b).is_some_and(|(a, b)| a != b)
    }
    differ(a.channel.as_ref(), b.channel.as_ref())
        || differ(a.household.as_ref(), b.household.as_ref())
        || differ(a.unit.as_ref(), b.unit.as_ref())
        || differ(a.place.as_ref(), b.place.as_ref())
        || differ(a.complainant.as_ref(), b.complainant.as_ref())
        || differ(a.class.as_ref(), b.class.as_ref())
        || differ(a.area.as_ref(), b.area.as_ref())
        || differ(a.content.as_ref(), b.content.as_ref())
        || differ(a.matter.as_ref(), b.matter.as_ref())
        || differ(a.demands.as_ref(), b.demands.as_ref())
        || differ(a.severity.as_ref(), b.severity.as_ref())
        || differ(a.validity.as_ref(), b.validity.as_ref())
        || differ(
            a.department_complained.as_ref(),
            b.department_complained.as_ref(),
        )
        || differ(
            a.department_responsible.as_ref(),
            b.department_responsible.as_ref(),
        )
        || differ(a.door.as_ref(), b.door.as_ref())
}

/// What each act knew: the entries it names and all that those knew.
struct Knowledge<'a> {
    after: SortedMap<&'a EntryHash, &'a [EntryHash]>,
}

impl<'a> Knowledge<'a> {
    fn of(slots: &'a [Slot]) -> Self {
        let after = slots
            .iter()
            .map(|slot| (&slot.entry.hash, slot.entry.after.as_slice()));
        Self {
            after: after.collect(),
        }
    }

    fn concurrent(&self, left: &Slot, right: &Slot) -> bool {
        !self.knew(&left.entry.hash, &right.entry.hash)
            && !self.knew(&right.entry.hash, &left.entry.hash)
    }

    fn knew(&self, who: &EntryHash, what: &EntryHash) -> bool {
        let mut seen = SortedSet::new();
        let mut open = vec![who];
        while let Some(hash) = open.pop() {
            for earlier in self.after.get(hash).copied().unwrap_or_default() {
                if earlier == what {
                    return true;
                }
                if seen.insert(earlier) {
                    open.push(earlier);
                }
            }
        }
        false
    }
}
