//! Reading: the entries of a case with what is known of each, the entries of the site, and how the
//! tablet stands.

use record::check::{self, Fault};
use record::header::AFTER_MAX;
use record::time::Interval;
use record::verdict::{Reason, Standing, standings};
use record::{CaseId, Entry, Hash, Receipt, ScopeId, StreamId};
use sorted::{SortedMap, SortedSet};

use super::aside::AsideNote;
use super::clock::Now;
use super::keys::ROSTER_GROUP;
use super::{Entropy, Tablet, TabletError};
use crate::storage::{Storage, Store, Wanted};
use crate::wire::RefuseReason;

/// An entry with what the tablet knows of it.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The entry.
    pub entry: Entry,
    /// When it was recorded, as far as known.
    pub recorded: Interval,
    /// When the endpoint first confirmed it, milliseconds of UTC.
    pub received_ms: Option<i64>,
    /// Whether it counts.
    pub standing: Standing,
    /// Whether the endpoint holds it.
    pub sent: bool,
}

impl Stored {
    /// Whether it is set aside because its author did not sign it.
    #[must_use]
    pub fn is_forged(&self) -> bool {
        self.standing == Standing::SetAside(Reason::BadSignature)
    }
}

/// An entry that the endpoint refused. It stays where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedNote {
    /// The entry.
    pub hash: Hash,
    /// Its case.
    pub case: Option<CaseId>,
    /// Why.
    pub reason: RefuseReason,
}

/// How the tablet stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Entries recorded and not acknowledged.
    pub unsent: u64,
    /// Attachments recorded and not acknowledged.
    pub attachments_unsent: u64,
    /// Of them those that the endpoint does not take.
    pub attachments_refused: u64,
    /// Wall time of the oldest of all of them.
    pub unsent_since_ms: Option<i64>,
    /// Wall time of the last reply.
    pub contact_wall_ms: Option<i64>,
    /// Newest endpoint time seen, milliseconds of UTC.
    pub endpoint_ms: i64,
    /// Milliseconds to add to the wall clock, and how far that may be off; `None` while unknown.
    pub clock: Option<(i64, i64)>,
    /// What failed a check and is kept aside.
    pub aside: Vec<AsideNote>,
    /// What the endpoint refused.
    pub refused: Vec<RefusedNote>,
    /// Own entries that lie beside a fork and wait to be recorded again.
    pub orphans: u64,
    /// Scopes whose digest differs from the endpoint's after a full reading.
    pub differing: Vec<ScopeId>,
    /// Confidential scopes are not shown until the tablet meets the endpoint: it has not for longer
    /// than its lease.
    pub withheld: bool,
}

/// The latest entries of a case: those no other one knew, at most eight, newest first. What a form
/// that is opened now names as known.
#[must_use]
pub fn tips(entries: &[Stored]) -> Vec<Hash> {
    let of_the_case = || entries.iter().filter(|stored| !stored.is_forged());
    let known: SortedSet<Hash> = of_the_case()
        .flat_map(|stored| stored.entry.header().after.iter().copied())
        .collect();
    let mut tips: Vec<&Entry> = of_the_case()
        .map(|stored| &stored.entry)
        .filter(|entry| !known.contains(&entry.hash()))
        .collect();
    sorted::sort_by_key(&mut tips, |entry| {
        core::cmp::Reverse((entry.header().hlc, entry.hash()))
    });
    tips.iter()
        .take(AFTER_MAX)
        .map(|entry| entry.hash())
        .collect()
}

impl<S: Storage, E: Entropy> Tablet<S, E> {
    /// The cases of which the tablet holds an entry that is open to who has unlocked it.
    pub fn cases(&self) -> Vec<CaseId> {
        let state = self.state.borrow();
        let open = |(scope, _): &&(ScopeId, CaseId)| state.scope_keys.contains_key(scope);
        let cases = state.cases.iter().filter(open).map(|(_, case)| *case);
        cases.collect::<SortedSet<_>>().into_iter().collect()
    }

    /// The scope in which a case stands that is open to who has unlocked the tablet, a confidential
    /// one before the site's; `None` where nothing of it is.
    pub fn case_scope(&self, case: &CaseId) -> Option<ScopeId> {
        let state = self.state.borrow();
        let open = state.scope_keys.keys().copied();
        let scopes = open.filter(|scope| state.cases.contains(&(*scope, *case)));
        scopes.max_by_key(|scope| state.is_confidential(scope))
    }

    /// Whether a scope is open to who has unlocked the tablet.
    pub fn is_open(&self, scope: &ScopeId) -> bool {
        self.state.borrow().scope_keys.contains_key(scope)
    }

    /// The scopes that are open to who has unlocked the tablet.
    pub fn open_scopes(&self) -> Vec<ScopeId> {
        self.state.borrow().scope_keys.keys().copied().collect()
    }

    /// How often what is derived from has changed on this tablet: written with each change, so that
    /// what was derived from one number is derived from the same entries as long as it stands.
    /// `None` where another page has changed something since [`Self::caught_up`], and while a reply
    /// is being taken in, or where that failed after it had changed something: which cases, this
    /// page does not know.
    pub fn changes(&self) -> Option<u64> {
        let state = self.state.borrow();
        let known = !(state.session.missed || state.session.untold);
        known.then_some(state.clock.changes)
    }

    /// From here on everything is derived anew that was derived from another number of changes.
    pub fn caught_up(&self) {
        let mut state = self.state.borrow_mut();
        (state.session.missed, state.session.untold) = (false, false);
    }

    /// The entries of a case, in the order of the record.
    ///
    /// # Errors
    /// Where the storage fails or an entry does not open.
    pub async fn case_entries(&self, case: &CaseId) -> Result<Vec<Stored>, TabletError> {
        self.group_entries(&case.to_string()).await
    }

    /// The entries of a scope that belong to no case and are not of the roster: units, households.
    ///
    /// # Errors
    /// Where the storage fails or an entry does not open.
    pub async fn scope_entries(&self, scope: &ScopeId) -> Result<Vec<Stored>, TabletError> {
        self.group_entries(&scope.to_string()).await
    }

    /// The entries of the roster, to go with an evidence file.
    ///
    /// # Errors
    /// Where the storage fails or an entry does not open.
    pub async fn roster_entries(&self) -> Result<Vec<Entry>, TabletError> {
        let stored = self.group_entries(ROSTER_GROUP).await?;
        let signed = stored.into_iter().filter(|stored| !stored.is_forged());
        Ok(signed.map(|stored| stored.entry).collect())
    }

    /// The receipts of the streams that `entries` are of, to go with an evidence file.
    ///
    /// # Errors
    /// Where the storage fails or a receipt does not open.
    pub async fn receipts_for(&self, entries: &[Entry]) -> Result<Vec<Receipt>, TabletError> {
        let streams: SortedSet<StreamId> = entries.iter().map(|e| e.header().stream).collect();
        let mut receipts = Vec::new();
        for stream in streams {
            receipts.extend(self.receipts_of(stream).await?);
        }
        Ok(receipts)
    }

    /// Checks an entry's signature against the roster held.
    ///
    /// # Errors
    /// Says what is missing or wrong.
    pub fn authentic(&self, entry: &Entry) -> Result<(), Fault> {
        check::authentic(entry, &self.state.borrow().roster)
    }

    /// The time, milliseconds of UTC, as well as the tablet knows it.
    pub fn instant_ms(&self, now: Now) -> i64 {
        self.state.borrow().clock.instant_ms(now)
    }

    /// How the tablet stands.
    pub fn status(&self, now: Now) -> Status {
        let state = self.state.borrow();
        let clock = state.clock.at(now);
        let streams = || state.streams.values();
        let count = |many: usize| u64::try_from(many).unwrap_or(u64::MAX);
        let since = state.pending.values().map(|pending| pending.since_ms);
        Status {
            attachments_unsent: count(state.pending.len()),
            attachments_refused: count(state.attachments_refused.len()),
            unsent: streams().map(super::stream::StreamRecord::unsent).sum(),
            unsent_since_ms: streams()
                .filter(|stream| stream.unsent() > 0)
                .filter_map(|stream| stream.unsent_since_ms)
                .chain(since)
                .min(),
            contact_wall_ms: state.clock.contact_wall_ms,
            endpoint_ms: state.clock.endpoint_ms,
            clock: clock.map(|clock| (clock.offset_ms, clock.uncertainty_ms())),
            aside: state.asides.clone(),
            refused: state.refused.values().cloned().collect(),
            orphans: streams().map(|stream| count(stream.orphans.len())).sum(),
            differing: state.clock.differing.clone(),
            withheld: state.withholds(),
        }
    }

    async fn group_entries(&self, group: &str) -> Result<Vec<Stored>, TabletError> {
        let wanted = Wanted::Group(group.to_owned());
        let records = self.storage.read_one(Store::Entries, wanted).await?;
        let mut entries = Vec::new();
        {
            let state = self.state.borrow();
            for (key, bytes) in records {
                if state.opens(&bytes) && !state.is_entry_withheld(&key, &bytes) {
                    entries.push(state.open_entry(&self.store_key, &key, &bytes)?);
                }
            }
        }
        let mut receipts: SortedMap<StreamId, Vec<Receipt>> = SortedMap::new();
        let streams: SortedSet<StreamId> = entries.iter().map(|e| e.header().stream).collect();
        for stream in streams {
            receipts.insert(stream, self.receipts_of(stream).await?);
        }
        sorted::sort_by_key(&mut entries, |entry| (entry.header().hlc, entry.hash()));
        Ok(self.stored(entries, &receipts))
    }

    fn stored(
        &self,
        entries: Vec<Entry>,
        receipts: &SortedMap<StreamId, Vec<Receipt>>,
    ) -> Vec<Stored> {
        let state = self.state.borrow();
        // The endpoint has yet to certify the key of who has just signed in.
        let is_forged = |entry: &&Entry| {
            let said = self.authentic(entry);
            said.is_err_and(|fault| !fault.may_mend())
        };
        let (forged, signed): (Vec<&Entry>, Vec<&Entry>) = entries.iter().partition(is_forged);
        let mut standings = standings(signed, state.roster.endpoint());
        let forged = forged.iter().map(|entry| entry.hash());
        standings.extend(forged.map(|hash| (hash, Standing::SetAside(Reason::BadSignature))));
        let describe = |entry: Entry| {
            let (header, hash) = (entry.header(), entry.hash());
            let standing = standings.remove(&hash).unwrap_or(Standing::Counts);
            let stream = state.streams.get(&header.stream);
            // A receipt covers the chain that led to its entry: none beside the chain that is held,
            // whatever became of it, and none by the receipt of one that lies beside it, or ahead
            // of what may be a hole or another chain.
            let is_beside = |hash: &Hash| stream.is_some_and(|stream| stream.is_beside(hash));
            let beside = standing == Standing::SetAside(Reason::Fork) || is_beside(&hash);
            let of_stream = receipts.get(&header.stream).into_iter().flatten();
            let on_chain =
                |hash: &Hash| stream.is_none_or(|stream| stream.off_chain(hash).is_none());
            let of_chain = of_stream.filter(|receipt| on_chain(&receipt.body().head.hash));
            let received_ms = of_chain
                .filter(|receipt| !beside && covers(receipt, header.seq, &hash))
                .map(|receipt| receipt.body().time_ms)
                .min();
            Stored {
                recorded: header.interval(received_ms),
                received_ms,
                standing,
                sent: stream.is_some_and(|stream| stream.is_sent(header.seq, &hash)),
                entry,
            }
        };
        entries.into_iter().map(describe).collect()
    }
}

/// Whether a receipt covers a place of its stream; at its own place it names the entry.
fn covers(receipt: &Receipt, seq: u64, hash: &Hash) -> bool {
    let head = receipt.body().head;
    head.seq > seq || (head.seq == seq && head.hash == *hash)
}
