//! What a reply will change, worked out in memory before it is committed.

use record::roster::{KIND_PREFIX, Roster};
use record::seal::SealKey;
use record::stream::{Head, Link, link};
use record::{CaseId, DeviceId, Entry, Hash, ScopeId, StreamId};
use sorted::{SortedMap, SortedSet};

use super::apply::{Applied, AsideNote};
use super::clock::ClockState;
use super::push::SentRequest;
use super::state::{AheadRecord, StreamRecord};
use crate::storage::{Put, Store};
use crate::wire::{Acknowledged, Carried, Cursor, ScopeState, SyncReply};

/// The state as it will be, and what is written for it.
pub(super) struct Plan {
    pub(super) streams: SortedMap<StreamId, StreamRecord>,
    pub(super) touched: SortedSet<StreamId>,
    pub(super) roster: Roster,
    pub(super) clock: ClockState,
    pub(super) cursors: SortedMap<ScopeId, Cursor>,
    pub(super) scope_keys: SortedMap<ScopeId, SealKey>,
    pub(super) cases: SortedSet<CaseId>,
    pub(super) asides: Vec<AsideNote>,
    pub(super) put: Vec<Put>,
    pub(super) delete: Vec<(Store, String)>,
    pub(super) keys: SortedSet<String>,
    pub(super) new_entries: Vec<Entry>,
    pub(super) receipts: SortedSet<StreamId>,
    /// A scope's digest differs: it is read anew.
    pub(super) differs: bool,
    pub(super) out: Applied,
}

impl Plan {
    /// Takes in the endpoint's statements first, so that the others are judged by them.
    pub(super) fn read_roster(&mut self, entries: &[Entry]) {
        let before = self.roster.position();
        let root = *self.roster.root();
        for entry in entries.iter().filter(|e| e.kind().starts_with(KIND_PREFIX)) {
            if entry.verify(&root).is_ok() {
                // A statement that does not fit its kind states nothing here; its bytes are kept.
                let _stated = self.roster.apply(entry);
            }
        }
        self.out.roster |= self.roster.position() != before;
    }

    /// Places an entry in its stream: the frontier moves on to it, or it lies ahead or beside.
    pub(super) fn place(&mut self, entry: &Entry) {
        let header = entry.header();
        let stream = self.stream_mut(header.stream, header.scope, header.device);
        let foreign = stream.acked == stream.head;
        match link(&stream.head, header) {
            Link::Next => {
                stream.head = Head::at(entry);
                advance(stream);
            }
            Link::Ahead => stream.ahead.push(AheadRecord {
                seq: header.seq,
                hash: entry.hash(),
                prev: header.prev,
            }),
            Link::Behind | Link::Fork => {}
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
            header.seq <= stream.head.seq
                || stream.ahead.iter().any(|held| held.hash == entry.hash())
                || stream.closed.is_some()
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

    /// Gives up the own entries from the place of `entry` on, and takes it as the stream's head.
    pub(super) fn orphan(&mut self, entry: &Entry, held: &SortedMap<Hash, Entry>, ordinal: u32) {
        let header = entry.header();
        let Some(stream) = self.streams.get_mut(&header.stream) else {
            return;
        };
        let mut at = Some(stream.head.hash);
        let mut orphans = Vec::new();
        while let Some(own) = at.and_then(|hash| held.get(&hash)) {
            let place = own.header();
            if place.seq < header.seq {
                break;
            }
            orphans.push(AheadRecord {
                seq: place.seq,
                hash: own.hash(),
                prev: place.prev,
            });
            at = place.prev.filter(|_| place.seq > header.seq);
        }
        orphans.reverse();
        stream.beside.extend(orphans.iter().copied());
        stream.orphans.extend(orphans);
        stream.closed = stream.closed.or(Some(ordinal));
        stream.head = Head::at(entry);
        stream.acked = stream.head;
        stream.acked_ahead.clear();
        advance(stream);
    }

    pub(super) fn acknowledge(&mut self, acknowledged: &Acknowledged, pushed: &[Entry]) {
        let head = acknowledged.head;
        let Some(stream) = self.streams.get_mut(&head.stream) else {
            return;
        };
        if head.seq <= stream.head.seq {
            stream.acked = head;
        }
        for entry in pushed.iter().filter(|e| e.header().stream == head.stream) {
            let hash = entry.hash();
            if acknowledged.ahead.contains(&hash) {
                stream.acked_ahead.insert(hash, entry.header().seq);
                stream.beside.retain(|held| held.hash != hash);
            }
        }
        let acked = stream.acked.seq;
        stream.acked_ahead.retain(|_, seq| *seq > acked);
        self.touched.insert(head.stream);
    }

    pub(super) fn count_acknowledged(&mut self, sent: &SentRequest) {
        for entry in pushed(sent) {
            let header = entry.header();
            let stream = self.streams.get(&header.stream);
            if stream.is_some_and(|stream| stream.is_sent(header.seq, &entry.hash())) {
                self.out.acknowledged = self.out.acknowledged.saturating_add(1);
                self.out.confirmed_cases.extend(header.case);
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
        for (index, item) in of_scope {
            let hash = match (&item.carried, parsed.get(&index)) {
                (Carried::Held(hash), _) => *hash,
                (Carried::Entry(_), Some(entry)) => entry.hash(),
                (Carried::Entry(text), None) => first_line_hash(text),
            };
            if item.feed == cursor.feed.saturating_add(1) {
                cursor.feed = item.feed;
                cursor.digest = cursor.digest.xor(&hash);
            }
        }
        self.out.progress.0 = self.out.progress.0.saturating_add(state.cursor.feed);
        self.out.progress.1 = self.out.progress.1.saturating_add(state.newest);
        self.clock.differing.retain(|other| *other != scope);
        if cursor == state.cursor {
            self.cursors.insert(scope, cursor);
        } else if restarts || before.feed == 0 {
            // Read from the start and still different: told, and read on.
            self.clock.differing.push(scope);
            self.cursors.insert(scope, state.cursor);
        } else {
            self.cursors.insert(scope, Cursor::start(scope));
            self.differs = true;
        }
    }

    pub(super) fn note_epoch(&mut self, reply: &SyncReply) {
        let known = !self.clock.epoch.is_empty();
        let new_epoch = known && self.clock.epoch != reply.epoch;
        // Once begun, frontiers go along until everything is read.
        self.clock.frontiers =
            reply.frontiers || new_epoch || self.differs || (self.clock.frontiers && reply.more);
        self.clock.epoch.clone_from(&reply.epoch);
    }
}

/// Moves a frontier over entries held ahead of it.
fn advance(stream: &mut StreamRecord) {
    let ahead = stream
        .ahead
        .iter()
        .map(|held| (held.seq, held.hash, held.prev));
    stream.head = crate::endpoint::advance(stream.head, ahead);
    let reached = stream.head.seq;
    stream.ahead.retain(|held| held.seq > reached);
}

pub(super) fn pushed(sent: &SentRequest) -> Vec<Entry> {
    let texts = sent.request.entries.iter();
    texts
        .filter_map(|text| Entry::parse(text.as_bytes()).ok())
        .collect()
}

pub(super) fn first_line_hash(text: &str) -> Hash {
    let line = text.split_inclusive('\n').next().unwrap_or_default();
    Hash::of(line.as_bytes())
}
