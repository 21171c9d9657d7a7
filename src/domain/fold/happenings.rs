//! What happened, as the procedure file's events name it, in the order of the record.

use super::Ledger;
use super::ledger::{Slot, is_as_stated};
use crate::act::{Act, Agreement};
use crate::id::EntryHash;
use crate::procedure::{Event, Trigger};
use crate::time::{Instant, Span, Timed};

/// An act, or a property of it, that an event can consist of.
pub(crate) struct Happening {
    /// Place in the order of the record.
    pub(crate) seq: usize,
    pub(crate) trigger: Trigger,
    /// The transfer it belongs to, where it names one.
    pub(crate) transfer: Option<EntryHash>,
    /// For a clock that it starts: the earliest time given.
    pub(crate) as_start: Timed,
    /// For a clock that it stops: the latest time given.
    pub(crate) as_stop: Timed,
    /// When it was recorded.
    pub(crate) recorded: Span,
    /// Part of a contradiction that nobody has decided: alone it ends no clock.
    pub(crate) contested: bool,
}

pub(crate) struct Happenings {
    pub(crate) list: Vec<Happening>,
    /// Places of the rejections that undid a resolution.
    rejections: Vec<usize>,
}

impl Happenings {
    pub(crate) fn of(ledger: &Ledger, reservation_rejects: bool) -> Self {
        let mut list = Vec::new();
        for (seq, slot, act) in ledger.counting() {
            for (trigger, transfer) in triggers(act, &slot.entry.hash, reservation_rejects) {
                list.push(happening(seq, slot, trigger, transfer));
            }
        }
        let mut happenings = Self {
            list,
            rejections: Vec::new(),
        };
        happenings.rejections = happenings.undoings(&[Trigger::Rejected], &RESOLUTION);
        happenings
    }

    pub(crate) fn matching<'a>(
        &'a self,
        triggers: &'a [Trigger],
    ) -> impl Iterator<Item = &'a Happening> {
        self.list
            .iter()
            .filter(move |happening| triggers.contains(&happening.trigger))
    }

    /// Places at which `undone_by` undoes what `needs` did. Nothing is undone that has not
    /// been done since the last time, nor after the case was closed: the closing holds.
    pub(crate) fn undoings(&self, undone_by: &[Trigger], needs: &[Trigger]) -> Vec<usize> {
        let mut undoings = Vec::new();
        let mut done = false;
        for happening in self.list.iter().filter(|happening| !happening.contested) {
            if CLOSING.contains(&happening.trigger) {
                break;
            }
            if done && undone_by.contains(&happening.trigger) {
                undoings.push(happening.seq);
                done = false;
            }
            done = done || needs.contains(&happening.trigger);
        }
        undoings
    }

    /// Places at which the event undoes what `needs` did.
    pub(crate) fn undone(&self, undone_by: Option<&Event>, needs: &Event) -> Vec<usize> {
        undone_by.map_or_else(Vec::new, |by| self.undoings(&by.triggers, &needs.triggers))
    }

    /// Place of the last rejection that undid a resolution; 0 where there was none.
    pub(crate) fn since_rejection(&self) -> usize {
        self.rejections.last().copied().unwrap_or(0)
    }

    pub(crate) fn was_rejected(&self) -> bool {
        !self.rejections.is_empty()
    }

    /// Whether one of these happened since the last rejection.
    pub(crate) fn holds(&self, triggers: &[Trigger]) -> bool {
        let rejected = self.rejections.last();
        self.matching(triggers).any(|happening| {
            !happening.contested && rejected.is_none_or(|place| happening.seq > *place)
        })
    }
}

/// What makes a case resolved.
pub(crate) const RESOLUTION: [Trigger; 2] = [Trigger::Resolved, Trigger::SolvedOnSpot];
/// What closes a case.
const CLOSING: [Trigger; 2] = [Trigger::Closed, Trigger::Archived];

fn happening(seq: usize, slot: &Slot, trigger: Trigger, transfer: Option<EntryHash>) -> Happening {
    let (as_start, as_stop) = if trigger == Trigger::Received {
        let received = received(slot);
        (received, received)
    } else {
        (slot.as_start(), slot.as_stop())
    };
    Happening {
        seq,
        trigger,
        transfer,
        as_start,
        as_stop,
        recorded: slot.entry.recorded,
        contested: slot.contested,
    }
}

/// The earliest receipt that was ever given. A receipt set by the form itself is not "stated". One
/// after the latest time at which it can have been recorded is what a wrong clock said: none.
pub(super) fn received(slot: &Slot) -> Timed {
    let recorded = slot.entry.recorded;
    let given = receipts(slot).filter(|(at, _, bound)| bound.to.is_none_or(|latest| *at <= latest));
    given.min_by_key(|(at, ..)| *at).map_or(
        Timed {
            span: recorded,
            as_stated: false,
        },
        |(at, stated, _)| Timed {
            span: Span::exact(at),
            as_stated: stated && is_as_stated(at, recorded),
        },
    )
}

/// Every receipt that was given, in order, whether a person stated it, and when it was recorded.
pub(super) fn receipts(slot: &Slot) -> impl Iterator<Item = (Instant, bool, Span)> {
    let accepted = slot.versions.iter().filter_map(|(act, bound)| match act {
        Act::Accepted(act) => Some((act.receipts(), *bound)),
        _ => None,
    });
    accepted.flat_map(|(given, bound)| given.map(move |(at, stated)| (at, stated, bound)))
}

fn triggers(
    act: &Act,
    hash: &EntryHash,
    reservation_rejects: bool,
) -> Vec<(Trigger, Option<EntryHash>)> {
    let of = |transfer: &EntryHash| Some(transfer.clone());
    match act {
        Act::Accepted(_) => vec![(Trigger::Received, None), (Trigger::Accepted, None)],
        Act::SolvedOnSpot(_) => vec![(Trigger::SolvedOnSpot, None)],
        Act::Contacted(act) if act.reached && act.counts_as_feedback => {
            vec![(Trigger::Feedback, None)]
        }
        Act::Transferred(_) => vec![(Trigger::Transferred, of(hash))],
        Act::DepartmentReceived(act) => {
            vec![(Trigger::DepartmentReceived, of(&act.transfer))]
        }
        Act::MeasuresFilled(act) => {
            let mut list = vec![(Trigger::Filled, of(&act.transfer))];
            if act.target.is_some() {
                list.push((Trigger::TargetSet, of(&act.transfer)));
            }
            list
        }
        Act::MeasuresReturned(act) => vec![(Trigger::Returned, of(&act.transfer))],
        Act::TargetChanged(act) => vec![(Trigger::TargetChanged, of(&act.transfer))],
        Act::Done(act) => vec![(Trigger::Done, act.transfer.clone())],
        Act::Verified(act) if act.found_done => vec![(Trigger::Verified, None)],
        Act::Resolved(_) => vec![(Trigger::Resolved, None)],
        Act::Revisited(act) => {
            let mut list = vec![(Trigger::Revisited, None)];
            list.extend(answer(act.agreement, reservation_rejects).map(|answer| (answer, None)));
            list
        }
        Act::Opinion(_) => vec![(Trigger::Opinion, None)],
        Act::Closed(_) => vec![(Trigger::Closed, None)],
        Act::Archived(_) => vec![(Trigger::Archived, None)],
        _ => Vec::new(),
    }
}

const fn answer(agreement: Option<Agreement>, reservation_rejects: bool) -> Option<Trigger> {
    match agreement {
        Some(Agreement::Agreed) => Some(Trigger::Agreed),
        Some(Agreement::WithReservation) if !reservation_rejects => Some(Trigger::Agreed),
        Some(Agreement::WithReservation | Agreement::NotAgreed) => Some(Trigger::Rejected),
        None => None,
    }
}
