//! What screens show of a case, from the acts as they read now.

use super::happenings::{receipts, received};
use super::{Happenings, Ledger, Slot};
use crate::act::Act;
use crate::id::EntryHash;
use crate::time::Instant;
use crate::view::{Dated, Receipt, Resolution, TransferView, Views};

pub(super) fn views(ledger: &Ledger, happenings: &Happenings) -> Views {
    let mut views = Views::default();
    for (seq, slot, act) in ledger.counting() {
        add(&mut views, slot, act, seq < happenings.since_rejection());
    }
    for (_, slot, act) in ledger.counting() {
        answer(&mut views.transfers, slot, act);
    }
    views
}

/// When the complaint reached the station: of all times given the earliest decides.
pub(super) fn receipt(ledger: &Ledger) -> Option<Receipt> {
    let is_accepted = |act: &Act| matches!(act, Act::Accepted(_));
    let (_, slot, _) = ledger.counting().find(|(_, _, act)| is_accepted(act))?;
    let at = received(slot);
    let mut given: Vec<_> = receipts(slot).map(|(at, ..)| at).collect();
    // A correction of something else gives the same receipts again.
    given.dedup();
    Some(Receipt {
        at: at.span.best,
        given,
        as_stated: at.as_stated,
    })
}

fn dated<A: Clone>(slot: &Slot, act: &A) -> Dated<A> {
    Dated {
        moment: slot.moment(),
        act: act.clone(),
    }
}

fn add(views: &mut Views, slot: &Slot, act: &Act, superseded: bool) {
    match act {
        Act::Accepted(act) if views.accepted.is_none() => {
            views.accepted = Some(dated(slot, act));
        }
        Act::SolvedOnSpot(act) => {
            views.resolutions.push(Resolution::OnSpot(dated(slot, act)));
        }
        Act::Reported(act) => views.reports.push(dated(slot, act)),
        Act::Contacted(act) => views.contacts.push(dated(slot, act)),
        Act::Transferred(act) => {
            let round = u32::try_from(views.transfers.len()).unwrap_or(u32::MAX);
            views.transfers.push(TransferView {
                hash: slot.entry.hash.clone(),
                round: round.saturating_add(1),
                department: act.department.clone(),
                words: act.words.clone(),
                transferred: slot.moment(),
                received: None,
                filled: None,
                measures: None,
                handler: None,
                target: None,
                targets: Vec::new(),
                returned: None,
                signature: None,
                done: None,
                done_words: None,
                superseded,
            });
        }
        Act::Verified(act) => views.verifications.push(dated(slot, act)),
        Act::Resolved(act) => {
            views
                .resolutions
                .push(Resolution::Declared(dated(slot, act)));
        }
        Act::Revisited(act) => views.revisits.push(dated(slot, act)),
        Act::VisitAttempted(act) => views.attempts.push(dated(slot, act)),
        Act::Opinion(act) => views.opinions.push(dated(slot, act)),
        Act::Closed(_) => {
            views.closed.get_or_insert_with(|| slot.moment());
        }
        Act::Archived(_) => {
            views.closed.get_or_insert_with(|| slot.moment());
            views.archived.get_or_insert_with(|| slot.moment());
        }
        _ => {}
    }
}

/// What a department answered to a transfer.
fn answer(transfers: &mut [TransferView], slot: &Slot, act: &Act) {
    let mut on = |hash: &EntryHash, change: &mut dyn FnMut(&mut TransferView)| {
        if let Some(transfer) = transfers.iter_mut().find(|transfer| transfer.hash == *hash) {
            change(transfer);
        }
    };
    match act {
        Act::DepartmentReceived(act) => on(&act.transfer, &mut |transfer| {
            transfer.received.get_or_insert_with(|| slot.moment());
        }),
        Act::MeasuresFilled(act) => on(&act.transfer, &mut |transfer| {
            transfer.filled = Some(slot.moment());
            transfer.measures = Some(act.measures.clone());
            if act.handler.is_some() {
                transfer.handler.clone_from(&act.handler);
            }
            for target in targets(slot) {
                set_target(transfer, slot, target);
            }
        }),
        Act::TargetChanged(act) => on(&act.transfer, &mut |transfer| {
            set_target(transfer, slot, act.target);
        }),
        Act::MeasuresReturned(act) => on(&act.transfer, &mut |transfer| {
            transfer.returned.get_or_insert_with(|| slot.moment());
            transfer.signature.clone_from(&act.signature);
        }),
        Act::Done(act) => {
            let mut done = |transfer: &mut TransferView| {
                transfer.done.get_or_insert_with(|| slot.moment());
                transfer.done_words = Some(act.words.clone());
            };
            match &act.transfer {
                Some(hash) => on(hash, &mut done),
                None => transfers.iter_mut().for_each(done),
            }
        }
        _ => {}
    }
}

/// Every target that the measures had, the first one first.
fn targets(slot: &Slot) -> impl Iterator<Item = Instant> {
    slot.versions.iter().filter_map(|(act, _)| match act {
        Act::MeasuresFilled(act) => act.target,
        _ => None,
    })
}

/// A new target holds if it was entered before the old one had passed: late stays late.
fn set_target(transfer: &mut TransferView, slot: &Slot, target: Instant) {
    let entered = slot.entry.recorded.from;
    transfer.targets.push(target);
    if transfer.target.is_none_or(|old| entered <= old) {
        transfer.target = Some(target);
    }
}
