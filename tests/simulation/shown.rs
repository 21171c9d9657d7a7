//! What tablets show of the acts they hold: in which order, recorded when, confirmed when.

use std::collections::{BTreeMap, BTreeSet};

use record::{Hash, Receipt, StreamId};
use sync::tablet::Stored;

use crate::desk::Desk;
use crate::endpoint::{CASE_SCOPE, SITE_SCOPE};
use crate::figures::Fault;
use crate::invariants::{Broken, Invariant};
use crate::world::{Held, World, cases_of, text_of};

/// Looks at every entry on every tablet that may show it.
///
/// # Errors
/// What is not shown as it must be.
pub(crate) fn look(world: &World, held: &[Held]) -> Result<(), Broken> {
    let held = Known::of(world, held);
    if let Some(what) = world.desks.iter().find_map(|desk| desk.lagging(0)) {
        return Invariant::Stale.broken(what);
    }
    for scope in [SITE_SCOPE, CASE_SCOPE] {
        let holders = world.desks.iter();
        for desk in holders.filter(|desk| world.may_hold(desk.device, scope)) {
            if desk.differs() {
                return Invariant::Alarm.broken(desk.troubles());
            }
            for case in cases_of(scope) {
                let shown = desk.case(&case);
                in_order(desk, &shown)?;
                for stored in &shown {
                    if desk.app().authentic(&stored.entry).is_err() {
                        return Invariant::Author.broken(stored.entry.text());
                    }
                    when_recorded(world, stored)?;
                    when_confirmed(world, &held, (desk, stored))?;
                }
            }
        }
    }
    Ok(())
}

/// The order is by the hybrid logical clock, then by name.
fn in_order(desk: &Desk, shown: &[Stored]) -> Result<(), Broken> {
    let place = |stored: &Stored| (stored.entry.header().hlc, stored.entry.hash());
    if shown.is_sorted_by_key(place) {
        return Ok(());
    }
    let places: Vec<_> = shown.iter().map(place).collect();
    Invariant::Order.broken(format!("tablet {}: {places:?}", desk.device))
}

/// The interval of an act holds the time at which it was recorded, where the clocks of both sides
/// ran on: that a clock is wrong must not matter.
fn when_recorded(world: &World, stored: &Stored) -> Result<(), Broken> {
    let recorded = text_of(&stored.entry).and_then(|text| world.texts.get(&text));
    let Some(at_ms) = recorded.and_then(|recorded| recorded.at_ms) else {
        return Ok(());
    };
    let shown = stored.recorded;
    if shown.from_ms <= at_ms && shown.to_ms.is_none_or(|to_ms| at_ms <= to_ms) {
        return Ok(());
    }
    let header = stored.entry.header();
    Invariant::Time.broken(format!("recorded at {at_ms}, shown {shown:?}; {header:?}"))
}

/// Of the receipts that cover an entry the earliest counts. After a backup was put back tablets may
/// hold earlier ones than the endpoint.
fn when_confirmed(
    world: &World,
    held: &Known,
    (desk, stored): (&Desk, &Stored),
) -> Result<(), Broken> {
    if world.faults.contains(&Fault::Restored) {
        return Ok(());
    }
    let (header, hash) = (stored.entry.header(), stored.entry.hash());
    // Receipts are of the chain; the endpoint's own entries have none.
    let receipted = !held.beside.contains(&hash) && header.staff.is_some();
    let of_stream = held.receipts.get(&header.stream).into_iter().flatten();
    let covers = |receipt: &&Receipt| {
        let head = receipt.body().head;
        head.seq > header.seq || head.hash == hash
    };
    let covering = of_stream.filter(|receipt| receipted && covers(receipt));
    let earliest = covering.map(|receipt| receipt.body().time_ms).min();
    if stored.received_ms == earliest && earliest.is_some() == receipted {
        return Ok(());
    }
    let shown = stored.received_ms;
    let troubles = desk.troubles();
    Invariant::Receipt.broken(format!(
        "{earliest:?}, shown {shown:?} by {}; {troubles}; {header:?}",
        desk.device
    ))
}

/// What the endpoint holds.
struct Known {
    /// Entries beside the chain of their stream, or beyond a hole that nobody can fill any more.
    beside: BTreeSet<Hash>,
    /// The receipts it has given.
    receipts: BTreeMap<StreamId, Vec<Receipt>>,
}

impl Known {
    fn of(world: &World, held: &[Held]) -> Self {
        let streams = held.iter().map(|(entry, _)| entry.header().stream);
        let streams: BTreeSet<StreamId> = streams.collect();
        let of_stream = |stream: StreamId| (stream, world.host.receipts(stream));
        let mut chains: BTreeMap<StreamId, Vec<(u64, Hash)>> = BTreeMap::new();
        let mut beside = BTreeSet::new();
        for (entry, is_beside) in held {
            let header = entry.header();
            let chain = chains.entry(header.stream).or_default();
            match is_beside {
                true => drop(beside.insert(entry.hash())),
                false => chain.push((header.seq, entry.hash())),
            }
        }
        for chain in chains.values_mut() {
            chain.sort_unstable();
            let places = (1..).zip(&*chain);
            let whole = places.take_while(|(place, (seq, _))| place == seq).count();
            beside.extend(chain.iter().skip(whole).map(|(_, hash)| *hash));
        }
        Self {
            beside,
            receipts: streams.into_iter().map(of_stream).collect(),
        }
    }
}
