//! What must be true once everything has calmed down.

use std::collections::{BTreeMap, BTreeSet};

use record::evidence::check::Fault;
use record::verdict::Standing;
use record::{Hash, ScopeId, StreamId};

use crate::desk::{self, Desk};
use crate::endpoint::{CASE_SCOPE, PERSONS, SITE_SCOPE};
use crate::figures;
use crate::invariants::{Broken, Invariant};
use crate::world::{Held, Saved, World, cases_of, text_of};

/// Looks at endpoint and tablets.
///
/// # Errors
/// What is not as it must be, in words.
pub(crate) fn look(world: &World) -> Result<(), Broken> {
    let held = world.at_the_endpoint();
    nothing_is_lost(world, &held)?;
    nothing_erased_is_said(world, &held)?;
    chains_hold(world, &held)?;
    for scope in [SITE_SCOPE, CASE_SCOPE] {
        all_hold_the_same(world, &held, scope)?;
    }
    each_counts_once(world)?;
    evidence_is_sound(world)?;
    crate::feeds::look(world)?;
    crate::shown::look(world, &held)?;
    crate::photos::look(world)?;
    nobody_holds_what_is_not_theirs(world)
}

/// Faults after which the endpoint may set an act aside that is sound.
const AFTER_WHICH_SET_ASIDE: [figures::Fault; 6] = [
    // Two successors of one stream are a fork, for a person to settle.
    figures::Fault::Cloned,
    figures::Fault::SetBack,
    figures::Fault::TabletRevoked,
    figures::Fault::PersonRetired,
    figures::Fault::ScopeChanged,
    figures::Fault::Restored,
];

/// Where nobody lost a right, each act that was said to be saved counts, and once.
fn each_counts_once(world: &World) -> Result<(), Broken> {
    let faults = &world.faults;
    if AFTER_WHICH_SET_ASIDE
        .iter()
        .any(|fault| faults.contains(fault))
    {
        return Ok(());
    }
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    let mut places: BTreeMap<String, String> = BTreeMap::new();
    let all = |desk: &&Desk| world.shows(desk.device, CASE_SCOPE);
    // Nobody may be in the group any more: then nobody shows all of it.
    let Some(desk) = world.desks.iter().find(all) else {
        return Ok(());
    };
    for stored in desk.cases().iter().flat_map(|case| desk.case(case)) {
        if let Some(text) = text_of(&stored.entry) {
            let counts = u32::from(stored.standing == Standing::Counts);
            *times.entry(text.clone()).or_default() += counts;
            let header = stored.entry.header();
            let told = format!("{}/{} {:?}; ", header.stream, header.seq, stored.standing);
            places.entry(text).or_default().push_str(&told);
        }
    }
    let wrong = world
        .must_be_there()
        .find(|text| times.get(*text) != Some(&1));
    match wrong {
        Some(text) => Invariant::Count.broken(format!(
            "{text:?} counts {:?} times: {:?}",
            times.get(text),
            places.get(text)
        )),
        None => Ok(()),
    }
}

/// Whatever befell the streams, the evidence file of each case checks.
fn evidence_is_sound(world: &World) -> Result<(), Broken> {
    for case in [SITE_SCOPE, CASE_SCOPE].into_iter().flat_map(cases_of) {
        let report = world.host.evidence(case);
        // What nobody had any more when the database was put back is missed by who had seen it.
        let gone = |what: &Fault| match what {
            Fault::LeftOut(name) => world.put_back && world.host.lacks([*name]).is_some(),
            _ => false,
        };
        let mut findings = report.into_iter().flat_map(|report| report.findings);
        if let Some(found) = findings.find(|found| !gone(&found.what)) {
            let (line, what) = (found.line, found.what);
            return Invariant::Evidence.broken(format!("{case}, line {line}: {what}"));
        }
    }
    Ok(())
}

/// Whatever was said to be saved is at the endpoint.
fn nothing_is_lost(world: &World, held: &[Held]) -> Result<(), Broken> {
    let texts = held.iter().filter_map(|(entry, _)| text_of(entry));
    let held: BTreeSet<String> = texts.collect();
    match world.must_be_there().find(|text| !held.contains(*text)) {
        Some(text) => Invariant::Lost.broken(format!("{text:?}; {}", who_holds(world, text))),
        None => Ok(()),
    }
}

/// What was erased is said nowhere: at the endpoint, nor by any tablet that it speaks to.
fn nothing_erased_is_said(world: &World, held: &[Held]) -> Result<(), Broken> {
    let erased = |text: &String| {
        let recorded = world.texts.get(text);
        recorded.is_some_and(|recorded| recorded.saved == Saved::Erased)
    };
    let mut said = held.iter().filter_map(|(entry, _)| text_of(entry));
    if let Some(text) = said.find(erased) {
        let told: Vec<String> = held
            .iter()
            .map(|(entry, fork)| told(entry, *fork))
            .collect();
        let told = told.join("\n  ");
        return Invariant::Erased.broken(format!("{text:?} at the endpoint:\n  {told}"));
    }
    for desk in world
        .desks
        .iter()
        .filter(|desk| world.may_hold(desk.device, SITE_SCOPE))
    {
        let stored = desk.cases().into_iter().flat_map(|case| desk.case(&case));
        let mut said = stored.filter_map(|stored| text_of(&stored.entry));
        if let Some(text) = said.find(erased) {
            return Invariant::Erased.broken(format!("{text:?} on tablet {}", desk.device));
        }
    }
    Ok(())
}

/// An entry in words.
fn told(entry: &record::Entry, fork: bool) -> String {
    let header = entry.header();
    let says = match (entry.erasure(), entry.body().get("hash")) {
        (Some(_), _) => "erased".to_owned(),
        (None, Some(of)) => of.to_string(),
        (None, None) => text_of(entry).unwrap_or_default(),
    };
    format!(
        "{} {}/{} {} again {:?} fork {fork}: {says}",
        entry.hash(),
        header.stream,
        header.seq,
        entry.kind(),
        header.again
    )
}

/// Which tablets hold an act, and how they stand.
fn who_holds(world: &World, text: &str) -> String {
    let holds = |desk: &Desk| {
        let stored = desk.cases().into_iter().flat_map(|case| desk.case(&case));
        let mut found = stored.filter(|stored| text_of(&stored.entry).as_deref() == Some(text));
        let place = |s: sync::tablet::Stored| {
            let header = s.entry.header();
            format!("{}/{} sent {}", header.stream, header.seq, s.sent)
        };
        let place = found.next().map(place);
        format!("{place:?}, {}", desk.troubles())
    };
    let desks: Vec<String> = world.desks.iter().map(holds).collect();
    desks.join(" | ")
}

/// What endpoint and tablets hold of a stream.
fn who_has_of(world: &World, stream: StreamId) -> String {
    let place = |entry: &record::Entry| {
        let header = entry.header();
        let name: String = entry.hash().to_string().chars().take(6).collect();
        let prev: String = header.prev.map(|p| p.to_string()).unwrap_or_default();
        let prev: String = prev.chars().take(6).collect();
        format!("{} {} {name} after {prev}", header.seq, entry.kind())
    };
    let held = world.at_the_endpoint();
    let here = held
        .iter()
        .filter(|(entry, _)| entry.header().stream == stream);
    let mut told: Vec<String> = here
        .map(|(entry, fork)| format!("endpoint: {} fork {fork}", place(entry)))
        .collect();
    for (number, desk) in world.desks.iter().enumerate() {
        for stored in desk.cases().iter().flat_map(|case| desk.case(case)) {
            if stored.entry.header().stream == stream {
                let (place, sent) = (place(&stored.entry), stored.sent);
                told.push(format!("tablet {number}: {place} sent {sent}"));
            }
        }
    }
    told.join("\n  ")
}

/// Each stream is a chain without a gap; what lies beside it is marked as a fork.
fn chains_hold(world: &World, held: &[Held]) -> Result<(), Broken> {
    let mut chains: BTreeMap<StreamId, BTreeMap<u64, (Hash, Option<Hash>)>> = BTreeMap::new();
    for (entry, fork) in held {
        let header = entry.header();
        if *fork {
            continue;
        }
        let chain = chains.entry(header.stream).or_default();
        let place = (entry.hash(), header.prev);
        if chain.insert(header.seq, place).is_some() {
            return Invariant::Chain.broken(format!(
                "two entries at {} of {}",
                header.seq, header.stream
            ));
        }
    }
    for (stream, chain) in chains {
        let mut before: Option<(u64, Hash)> = None;
        for (seq, (hash, prev)) in chain {
            let follows = match before {
                Some((last, name)) if seq == last + 1 => prev == Some(name),
                // What nobody had any more when the database was put back leaves a hole for good.
                Some(_) => world.put_back,
                None => seq == 1 || world.put_back,
            };
            if !follows {
                return Invariant::Chain.broken(format!(
                    "{stream} has a gap before {seq}; {}",
                    who_has_of(world, stream)
                ));
            }
            before = Some((seq, hash));
        }
    }
    Ok(())
}

/// The entries of a scope in the order in which a tablet shows them: bytes, and whether they count.
fn shown(desk: &Desk, scope: ScopeId) -> Vec<(String, String)> {
    let stored = cases_of(scope).flat_map(|case| desk.case(&case));
    stored
        .map(|stored| {
            (
                stored.entry.text().to_owned(),
                format!("{:?}", stored.standing),
            )
        })
        .collect()
}

/// What an entry is, in words.
fn head_of(text: &str) -> String {
    record::Entry::parse(text.as_bytes()).map_or_else(
        |error| error.to_string(),
        |entry| {
            let header = entry.header();
            let (stream, seq, kind, hash) = (header.stream, header.seq, entry.kind(), entry.hash());
            format!("{stream}/{seq} {kind} {hash}")
        },
    )
}

/// What is held of the streams of which something is missing.
fn missing_streams(world: &World, texts: &[String], held: &[&String]) -> String {
    let missing = texts.iter().filter(|text| !held.contains(text));
    let entries = missing.filter_map(|text| record::Entry::parse(text.as_bytes()).ok());
    let streams: BTreeSet<StreamId> = entries.map(|entry| entry.header().stream).collect();
    let told: Vec<String> = streams.iter().map(|id| who_has_of(world, *id)).collect();
    told.join("\n")
}

/// Where an entry that a tablet holds stands.
fn place_of(desk: &Desk, scope: ScopeId, text: &str) -> String {
    let stored = cases_of(scope).flat_map(|case| desk.case(&case));
    let mut found = stored.filter(|stored| stored.entry.text() == text);
    let place = |stored: sync::tablet::Stored| {
        let header = stored.entry.header();
        let (seq, stream, device) = (header.seq, header.stream, header.device);
        let own = device == desk.device;
        format!(
            "{:?} {stream}/{seq} {:?} own {own} sent {}",
            text_of(&stored.entry),
            stored.standing,
            stored.sent
        )
    };
    found.next().map_or_else(String::new, place)
}

/// All who may see a scope show the same, byte for byte, and that is what the endpoint holds.
fn all_hold_the_same(world: &World, held: &[Held], scope: ScopeId) -> Result<(), Broken> {
    let holders = || {
        let desks = world.desks.iter();
        desks.filter(|desk| world.shows(desk.device, scope))
    };
    let mut texts: Vec<String> = held
        .iter()
        .filter(|(entry, _)| entry.header().scope == scope && entry.header().case.is_some())
        .map(|(entry, _)| entry.text().to_owned())
        .collect();
    texts.sort();
    let mut first: Option<Vec<(String, String)>> = None;
    for (number, desk) in holders().enumerate() {
        let shown = shown(desk, scope);
        let mut held: Vec<&String> = shown.iter().map(|(text, _)| text).collect();
        held.sort();
        if held != texts.iter().collect::<Vec<_>>() {
            let missing = texts.iter().filter(|text| !held.contains(text));
            let missing: Vec<String> = missing.map(|text| head_of(text)).collect();
            let more = held.iter().filter(|text| !texts.contains(text));
            let more: Vec<String> = more.map(|text| place_of(desk, scope, text)).collect();
            return Invariant::Divergence.broken(format!(
                "holder {number} of {scope} lacks {missing:?} and has {more:?} more; {}\n{}",
                desk.troubles(),
                missing_streams(world, &texts, &held)
            ));
        }
        match &first {
            None => first = Some(shown),
            Some(first) if *first == shown => {}
            Some(_) => {
                let what = format!("holder {number} of {scope} judges otherwise");
                return Invariant::Divergence.broken(what);
            }
        }
        if desk.unsent() > 0 {
            let what = format!("holder {number} of {scope}: {}", desk.troubles());
            return Invariant::Unrest.broken(what);
        }
    }
    Ok(())
}

/// No tablet holds a byte of a scope that is not its own any more: no entry, no key, no cursor.
fn nobody_holds_what_is_not_theirs(world: &World) -> Result<(), Broken> {
    for (number, desk) in world.desks.iter().enumerate() {
        for scope in [SITE_SCOPE, CASE_SCOPE] {
            let records = desk.records_of(scope);
            if !records.is_empty() && !world.keeps(desk.device, scope) {
                return Invariant::Forbidden.broken(format!(
                    "tablet {number} holds {records:?} of {scope} and may not; {}",
                    desk.troubles()
                ));
            }
        }
        for turn in 0..PERSONS.len() {
            let app = desk.app_of(turn);
            let may_see = world.may_see(turn, desk.device, &app.roster());
            // Whatever the app says of its keys: what it reads.
            let reads = |case| desk::now(app.case_entries(&case)).is_ok_and(|of| !of.is_empty());
            let opens = || app.is_open(&CASE_SCOPE) || cases_of(CASE_SCOPE).any(reads);
            if !may_see && opens() {
                let what = format!("person {turn} opens {CASE_SCOPE} on tablet {number}");
                return Invariant::Forbidden.broken(what);
            }
        }
    }
    Ok(())
}
