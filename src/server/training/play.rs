//! Plays the script: tablets with keys of their own sign the acts, knowing what they had pulled,
//! and the endpoint takes them in when they sync, with receipts of that time.

use std::collections::{BTreeMap, BTreeSet};

use domain::procedure::PROPERTY;
use record::entry::Unsigned;
use record::header::{AFTER_MAX, FORMAT, Header};
use record::keys::{SigningKey, signing_key};
use record::time::ClockMeasurement;
use record::{CaseId, DeviceId, Entry, Hash, Hlc, ScopeId, StaffId, StreamId};

use super::script::{Names, Script, ScriptedAct};
use super::{device_id, half};
use crate::api::push;
use crate::error::ServerError;
use crate::ledger::Ledger;
use crate::random::Random;
use crate::site::import::{self, Holdings};
use crate::store::Tx;

/// How long after an act a tablet that is online syncs, milliseconds.
const SYNC_AFTER_MS: i64 = 15_000;

/// Half the round trip that the tablets measured, milliseconds.
const CLOCK_ERROR_MS: u64 = 40;

/// A key of the training site: no secret, the same on every machine.
pub(crate) fn key(name: &str) -> SigningKey {
    signing_key(Hash::of(format!("training key {name}").as_bytes()).bytes())
}

/// A person's key on a tablet.
pub(crate) fn person_key(person: StaffId, device: DeviceId) -> SigningKey {
    key(&format!("{person} on {device}"))
}

/// A tablet while it plays.
#[derive(Debug)]
struct Tablet {
    device: DeviceId,
    fast_ms: i64,
    stream: StreamId,
    seq: u64,
    prev: Option<Hash>,
    order: Hlc,
    synced_ms: i64,
    known: BTreeSet<Hash>,
    unsent: Vec<Entry>,
}

/// An entry of a case, as tablets see it.
#[derive(Clone, Debug)]
struct CaseEntry {
    hash: Hash,
    after: Vec<Hash>,
    device: DeviceId,
    order: Hlc,
    sent: bool,
}

/// A case while it is played.
#[derive(Debug, Default)]
struct CaseState {
    id: Option<CaseId>,
    entries: Vec<CaseEntry>,
    last: BTreeMap<String, Hash>,
}

/// What happens at a time: a sync of a tablet, or an act.
#[derive(Clone, Copy, Debug)]
enum Event<'s> {
    Sync(&'s str),
    Act(&'s ScriptedAct),
}

/// Plays a script.
#[derive(Debug)]
pub struct Player<'s> {
    script: &'s Script,
    site: &'s Holdings,
    scope: ScopeId,
    position: u64,
    tablets: BTreeMap<String, Tablet>,
    cases: BTreeMap<String, CaseState>,
}

impl<'s> Player<'s> {
    /// A player on a roster in which the script's tablets are enrolled.
    ///
    /// # Errors
    /// Where the roster has no scope of the site.
    pub fn new<T: Tx>(
        ledger: &Ledger<'_, T>,
        script: &'s Script,
        site: &'s Holdings,
    ) -> Result<Self, ServerError> {
        let code = site.site.as_str();
        let scope = import::site_scope(ledger, code).ok_or(ServerError::NoSite)?;
        let mut tablets = BTreeMap::new();
        for tablet in &script.tablets {
            let state = Tablet {
                device: device_id(&tablet.code),
                fast_ms: tablet.clock_fast_ms,
                stream: StreamId::from_random(ledger.random().bytes()?),
                seq: 0,
                prev: None,
                order: Hlc::default(),
                synced_ms: script.begins_ms,
                known: BTreeSet::new(),
                unsent: Vec::new(),
            };
            tablets.insert(tablet.code.clone(), state);
        }
        Ok(Self {
            script,
            site,
            scope,
            position: ledger.roster.position(),
            tablets,
            cases: BTreeMap::new(),
        })
    }

    /// Plays all acts and syncs in the order of time.
    ///
    /// # Errors
    /// Where an act of the script is none, or the endpoint does not take an entry.
    pub async fn play<T: Tx>(&mut self, ledger: &mut Ledger<'_, T>) -> Result<(), ServerError> {
        for (at_ms, event) in self.events() {
            match event {
                Event::Act(act) => self.record(act)?,
                Event::Sync(tablet) => self.sync(ledger, tablet, at_ms).await?,
            }
        }
        Ok(())
    }

    /// A tablet syncs right before and shortly after each of its acts, and when it comes back.
    fn events(&self) -> Vec<(i64, Event<'s>)> {
        let script = self.script;
        let online = |tablet: &str, at: i64| {
            let mut spans = script.offline.iter();
            !spans.any(|(code, from, to)| code == tablet && *from <= at && at < *to)
        };
        let mut events: Vec<(i64, Event<'s>)> = Vec::new();
        for act in &script.acts {
            let (before, after) = (act.at_ms - 1000, act.at_ms + SYNC_AFTER_MS);
            for at in [before, after] {
                if online(&act.tablet, at) {
                    events.push((at, Event::Sync(&act.tablet)));
                }
            }
            events.push((act.at_ms, Event::Act(act)));
        }
        let back = script.offline.iter();
        events.extend(back.map(|(tablet, _, to)| (*to, Event::Sync(tablet.as_str()))));
        events.sort_by_key(|(at, _)| *at);
        events
    }

    fn record(&mut self, act: &ScriptedAct) -> Result<(), ServerError> {
        let case = self.cases.entry(act.case.clone()).or_default();
        let names = Names {
            site: self.site,
            procedure: Hash::of(PROPERTY.as_bytes()),
            last: &case.last,
        };
        let typed = names.act(act)?;
        let unknown = |what: &str| ServerError::Invalid(format!("training script: {what}"));
        let staff = names.staff(&act.by).ok_or_else(|| unknown(&act.by))?;
        let tablet = self
            .tablets
            .get_mut(&act.tablet)
            .ok_or_else(|| unknown(&act.tablet))?;
        let id = CaseId::from_random(half(&Hash::of(format!("case {}", act.case).as_bytes())));
        let id = *case.id.get_or_insert(id);
        let wall_ms = act.at_ms + tablet.fast_ms;
        tablet.order = tablet.order.tick(wall_ms, Some(tablet.synced_ms));
        tablet.seq += 1;
        let header = Header {
            format: FORMAT,
            case: Some(id),
            scope: self.scope,
            stream: tablet.stream,
            seq: tablet.seq,
            prev: tablet.prev,
            after: case.latest_known(&tablet.known),
            hlc: tablet.order,
            wall_ms,
            clock: Some(ClockMeasurement {
                offset_ms: -tablet.fast_ms,
                error_ms: CLOCK_ERROR_MS,
                age_ms: u64::try_from(act.at_ms - tablet.synced_ms).unwrap_or(0),
            }),
            endpoint_ms: Some(tablet.synced_ms),
            roster: self.position,
            staff: Some(staff),
            role: act.role.clone(),
            device: tablet.device,
            kind: act.kind.clone(),
            deed: None,
            again: None,
            body_hash: Hash::ZERO,
            app: "training".to_owned(),
        };
        let unsigned = Unsigned::new(header, &typed.to_body(), Random::system().bytes()?)?;
        let entry = unsigned.signed_by(&person_key(staff, tablet.device))?;
        tablet.prev = Some(entry.hash());
        tablet.known.insert(entry.hash());
        case.take(act, &entry);
        tablet.unsent.push(entry);
        Ok(())
    }

    async fn sync<T: Tx>(
        &mut self,
        ledger: &mut Ledger<'_, T>,
        code: &str,
        at_ms: i64,
    ) -> Result<(), ServerError> {
        let Some(tablet) = self.tablets.get_mut(code) else {
            return Ok(());
        };
        let unsent: Vec<(usize, Entry)> = tablet.unsent.drain(..).enumerate().collect();
        ledger.set_now(at_ms);
        let refused = push::take_all(ledger, &unsent).await?;
        if let Some(refused) = refused.first() {
            let what = format!("training entry refused: {}", refused.reason.code());
            return Err(ServerError::Invalid(what));
        }
        tablet.synced_ms = at_ms;
        for entry in self.cases.values_mut().flat_map(|case| &mut case.entries) {
            entry.sent |= entry.device == tablet.device;
            if entry.sent {
                tablet.known.insert(entry.hash);
                tablet.order = tablet.order.adopt(entry.order);
            }
        }
        Ok(())
    }
}

impl CaseState {
    /// The latest entries that a tablet knows: those that no other it knows came after.
    fn latest_known(&self, known: &BTreeSet<Hash>) -> Vec<Hash> {
        let held = || {
            self.entries
                .iter()
                .filter(|entry| known.contains(&entry.hash))
        };
        let passed: BTreeSet<&Hash> = held().flat_map(|entry| &entry.after).collect();
        let latest = held().filter(|entry| !passed.contains(&entry.hash));
        latest.map(|entry| entry.hash).take(AFTER_MAX).collect()
    }

    fn take(&mut self, act: &ScriptedAct, entry: &Entry) {
        let hash = entry.hash();
        self.last.insert(act.kind.clone(), hash);
        if let Some(department) = act.body.get("department").and_then(|name| name.as_str()) {
            self.last
                .insert(format!("{} of {department}", act.kind), hash);
        }
        self.entries.push(CaseEntry {
            hash,
            after: entry.header().after.clone(),
            device: entry.header().device,
            order: entry.header().hlc,
            sent: false,
        });
    }
}
