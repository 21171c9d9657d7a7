//! What a reply will change, worked out in memory before it is committed.

use record::erasure::Erasure;
use record::roster::{KIND_PREFIX, Roster};
use record::seal::SealKey;
use record::stream::{Head, Link, link};
use record::{CaseId, DeviceId, Entry, Hash, ScopeId, StreamId};
use sorted::{SortedMap, SortedSet};

use super::apply::Applied;
use super::aside::AsideNote;
use super::attachments::Pending;
use super::clock::ClockState;
use super::erasure::Erasing;
use super::keys::{ASIDE_PREFIX, entry_key, read_entry_key};
use super::push::SentRequest;
use super::state::believe;
use super::stream::{AheadRecord, StreamRecord};
use crate::storage::{Expect, Put, Store};
use crate::wire::attachment::Named;
use crate::wire::{Acknowledged, Carried, Cursor, ScopeState, SyncReply};

/// The state as it will be, and what is written for it.
pub(super) struct Plan {
    /// The clock's record as it was when the plan was begun: whoever writes streams writes it too,
    /// so that the plan is only carried out where nothing was recorded since.
    pub(super) begun_at: Expect,
    pub(super) streams: SortedMap<StreamId, StreamRecord>,
    pub(super) touched: SortedSet<StreamId>,
    pub(super) roster: Roster,
    pub(super) clock: ClockState,
    pub(super) cursors: SortedMap<ScopeId, Cursor>,
    /// Keys that came with the reply.
    pub(super) scope_keys: SortedMap<ScopeId, SealKey>,
    pub(super) cases: SortedSet<(ScopeId, CaseId)>,
    pub(super) asides: Vec<AsideNote>,
    /// Attachments that are asked about again.
    pub(super) pending: SortedMap<Named, Pending>,
    /// Entries that were erased once.
    pub(super) erased: SortedMap<Hash, Erasure>,
    /// What is ordered to be erased by what came.
    pub(super) erasing: Vec<Erasing>,
    /// Attachments that lie here no more.
    pub(super) gone: Vec<Named>,
    pub(super) put: Vec<Put>,
    pub(super) delete: Vec<(Store, String)>,
    pub(super) keys: SortedSet<String>,
    pub(super) new_entries: Vec<Entry>,
    pub(super) receipts: SortedSet<StreamId>,
    /// A scope's digest differs: it is read anew.
    pub(super) differs: bool,
    /// The endpoint was put back since the last reply.
    pub(super) new_epoch: bool,
    pub(super) out: Applied,
}

impl Plan {
    /// Takes in the roster's statements first, so that the others are judged by them.
    pub(super) fn read_roster(&mut self, entries: &[Entry]) {
        for entry in entries.iter().filter(|e| e.kind().starts_with(KIND_PREFIX)) {
            self.out.roster |= believe(&mut self.roster, entry);
        }
    }

    /// The keys of new entries of the roster.
    pub(super) fn stated(&self) -> impl Iterator<Item = String> {
        let entries = self.new_entries.iter();
        let stated = entries.filter(|entry| entry.kind().starts_with(KIND_PREFIX));
        stated.map(|entry| {
            let header = entry.header();
            entry_key(&header.stream, header.seq, &entry.hash())
        })
    }

    /// Places an entry in its stream: the frontier moves on to it, or it lies ahead or beside.
    /// A stream of the tablet's own that it does not know is from before it lost the scope: it is
    /// held like anybody's and never written to again, the `closed`th of its scope.
    pub(super) fn place(&mut self, entry: &Entry, closed: Option<u32>) {
        let header = entry.header();
        let stream = self.stream_mut(header.stream, header.scope, header.device);
        stream.closed = stream.closed.or(closed);
        let foreign = stream.acked == stream.head;
        match link(&stream.head, header) {
            Link::Next => {
                stream.head = Head::at(entry);
                stream.advance();
            }
            // The endpoint sent it: it holds it.
            Link::Ahead => {
                stream.ahead.push(AheadRecord::of(entry));
                stream.acked_ahead.insert(entry.hash(), header.seq);
            }
            Link::Behind | Link::Fork => stream.beside_acked.push(AheadRecord::of(entry)),
        }
        // What the endpoint sends it holds; a stream with entries of its own to push is moved on
        // by acknowledgement alone.
        if foreign {
            stream.acked = stream.head;
        }
    }

    /// Whether an entry may be stored already: it is no later than the frontier of its stream, or
    /// ahead of a hole.
    pub(super) fn may_hold(&self, entry: &Entry) -> bool {
        let header = entry.header();
        self.streams.get(&header.stream).is_some_and(|stream| {
            header.seq <= stream.head.seq || stream.off_chain(&entry.hash()).is_some()
        })
    }

    pub(super) fn stream_mut(
        &mut self,
        id: StreamId,
        scope: ScopeId,
        device: DeviceId,
    ) -> &mut StreamRecord {
        let new = || StreamRecord::new(id, scope, device);
        self.streams.get_or_insert_with(id, new)
    }

    /// Takes the endpoint's chain of a stream, whose entries beyond the common part are `chain`,
    /// in the place of `given_up`, the tablet's. Those lie beside it from now on and go out, so
    /// that everybody sees the same; the tablet's own are recorded again in a new stream, and this
    /// one is the `own`th of its scope to be closed.
    pub(super) fn adopt(
        &mut self,
        frontier: Head,
        chain: &[AheadRecord],
        given_up: &[Entry],
        own: Option<u32>,
    ) {
        let Some(stream) = self.streams.get_mut(&frontier.stream) else {
            return;
        };
        let taken = |held: &AheadRecord| chain.iter().any(|link| link.hash == held.hash);
        for list in [
            &mut stream.beside,
            &mut stream.beside_acked,
            &mut stream.ahead,
        ] {
            list.retain(|held| !taken(held));
        }
        let given_up_records = given_up.iter().map(AheadRecord::of);
        stream.beside.extend(given_up_records);
        if let Some(ordinal) = own.filter(|_| !given_up.is_empty()) {
            // What was erased cannot be recorded again.
            let erased = &self.erased;
            let by_persons = given_up.iter().filter(|entry| {
                entry.header().staff.is_some() && !erased.contains_key(&entry.hash())
            });
            stream.orphans.extend(by_persons.map(AheadRecord::of));
            stream.closed = stream.closed.or(Some(ordinal));
        }
        stream.head = frontier;
        stream.acked = frontier;
        let ahead = &stream.ahead;
        let is_ahead = |hash: &Hash| ahead.iter().any(|held| held.hash == *hash);
        stream.acked_ahead.retain(|hash, _| is_ahead(hash));
        stream.advance();
        self.touched.insert(frontier.stream);
    }

    /// All of a stream goes out again.
    pub(super) fn send_again(&mut self, stream: &StreamId) {
        if let Some(record) = self.streams.get_mut(stream) {
            record.acked = Head::empty(*stream);
            record.beside.append(&mut record.beside_acked);
        }
    }

    /// Takes in what the endpoint holds of a stream. Its frontier counts where it is the tablet's
    /// own chain (`ours`). `pushed` went out with the request and was not refused: each of it is on
    /// the endpoint's chain or, where that is said, ahead of a hole or beside, whatever chain that
    /// is.
    pub(super) fn acknowledge(
        &mut self,
        acknowledged: &Acknowledged,
        ours: bool,
        pushed: &[Pushed],
    ) {
        let head = acknowledged.head;
        let Some(stream) = self.streams.get_mut(&head.stream) else {
            return;
        };
        if ours && head.seq <= stream.head.seq {
            stream.acked = head;
        }
        for entry in pushed.iter().filter(|entry| entry.stream == head.stream) {
            let (hash, seq) = (entry.hash, entry.seq);
            if seq > head.seq && !acknowledged.ahead.contains(&hash) {
                continue;
            }
            stream.acknowledge(hash, seq);
        }
        let acked = stream.acked.seq;
        stream.acked_ahead.retain(|_, seq| *seq > acked);
        self.touched.insert(head.stream);
    }

    pub(super) fn count_acknowledged(&mut self, sent: &SentRequest) {
        for entry in pushed(sent) {
            let stream = self.streams.get(&entry.stream);
            if stream.is_some_and(|stream| stream.is_sent(entry.seq, &entry.hash)) {
                self.out.acknowledged = self.out.acknowledged.saturating_add(1);
                self.out.confirmed_cases.extend(entry.case);
            }
        }
    }

    /// Moves a scope's cursor over the reply's numbers and compares digests.
    pub(super) fn move_cursor(
        &mut self,
        state: &ScopeState,
        reply: &SyncReply,
        parsed: &SortedMap<usize, Entry>,
    ) {
        let scope = state.cursor.scope;
        let before = *self
            .cursors
            .get_or_insert_with(scope, || Cursor::start(scope));
        let items = reply.entries.iter().enumerate();
        let of_scope: Vec<_> = items.filter(|(_, item)| item.scope == scope).collect();
        let restarts = of_scope.first().is_some_and(|(_, item)| item.feed == 1);
        let mut cursor = if restarts {
            Cursor::start(scope)
        } else {
            before
        };
        let mut altered = false;
        for (index, item) in of_scope {
            let (hash, came) = match (&item.carried, parsed.get(&index)) {
                (Carried::Held(hash), _) => (*hash, false),
                (Carried::Entry(_), Some(entry)) => (entry.hash(), true),
                (Carried::Entry(text), None) => (first_line_hash(text), true),
            };
            if item.feed == cursor.feed.saturating_add(1) {
                cursor.feed = item.feed;
                // What did not come whole is not held: the digest says so, and it is read again.
                let mut asides = self.asides.iter();
                let aside = asides.find(|note| came && note.hash == hash);
                altered |= aside.is_some();
                if aside.is_none_or(|note| note.reason.waits()) {
                    cursor.digest = cursor.digest.xor(&hash);
                }
            }
        }
        self.out.progress.0 = self.out.progress.0.saturating_add(state.cursor.feed);
        self.out.progress.1 = self.out.progress.1.saturating_add(state.newest);
        self.clock.differing.retain(|other| *other != scope);
        if cursor == state.cursor {
            self.cursors.insert(scope, cursor);
        } else if restarts && !altered {
            // Read from the start and still different: told, and read on.
            self.clock.differing.push(scope);
            self.cursors.insert(scope, state.cursor);
        } else {
            self.cursors.insert(scope, Cursor::start(scope));
            self.differs = true;
        }
    }

    /// An entry is held: what was kept aside of it came altered, or waited.
    pub(super) fn mend(&mut self, hash: &Hash) {
        if self.asides.iter().all(|note| note.hash != *hash) {
            return;
        }
        self.asides.retain(|note| note.hash != *hash);
        self.out.aside.retain(|note| note.hash != *hash);
        let key = format!("{ASIDE_PREFIX}{hash}");
        self.put.retain(|put| put.key != key);
        self.delete.push((Store::Meta, key));
    }

    /// In a new epoch the endpoint may lack what it acknowledged ahead of a hole in the one before:
    /// that goes out again. What it holds of a chain it says by the frontier.
    pub(super) fn begin_epoch(&mut self, reply: &SyncReply, company: Option<ScopeId>) {
        let known = !self.clock.epoch.is_empty();
        self.new_epoch = known && self.clock.epoch != reply.epoch;
        if self.new_epoch {
            for stream in self.streams.values_mut() {
                stream.acked_ahead.clear();
                stream.beside.append(&mut stream.beside_acked);
            }
            self.show_roster(company);
        }
        self.clock.epoch.clone_from(&reply.epoch);
    }

    /// What the endpoint stated goes out first: people, keys and tablets that it may know no more,
    /// by which everything else is judged.
    fn show_roster(&mut self, company: Option<ScopeId>) {
        let endpoint = self.roster.endpoint();
        for stream in self.streams.values_mut() {
            if stream.device == endpoint && Some(stream.scope) == company {
                stream.acked = Head::empty(stream.head.stream);
            }
        }
    }

    /// Once begun, frontiers go along until they were answered and everything is read.
    pub(super) fn ask_frontiers(&mut self, reply: &SyncReply, sent: &SentRequest) {
        let of_this_epoch = sent.request.epoch == reply.epoch;
        let answered = sent.request.frontiers.is_some() && of_this_epoch && !reply.more;
        self.clock.frontiers = reply.frontiers
            || self.new_epoch
            || self.differs
            || (self.clock.frontiers && !answered);
    }
}

/// An entry that went out, in the clear or sealed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pushed {
    pub(super) stream: StreamId,
    pub(super) seq: u64,
    pub(super) hash: Hash,
    /// Its case, where that can be read.
    pub(super) case: Option<CaseId>,
}

/// What went out with a request, in its order.
pub(super) fn pushed(sent: &SentRequest) -> Vec<Pushed> {
    let plain = sent.request.entries.iter().filter_map(|text| {
        let entry = Entry::parse(text.as_bytes()).ok()?;
        let header = entry.header();
        Some(Pushed {
            stream: header.stream,
            seq: header.seq,
            hash: entry.hash(),
            case: header.case,
        })
    });
    let sealed = sent.request.sealed.iter().filter_map(|sealed| {
        let (stream, seq, hash) = read_entry_key(&sealed.key)?;
        Some(Pushed {
            stream,
            seq,
            hash,
            case: None,
        })
    });
    plain.chain(sealed).collect()
}

pub(super) fn first_line_hash(text: &str) -> Hash {
    let line = text.split_inclusive('\n').next().unwrap_or_default();
    Hash::of(line.as_bytes())
}
