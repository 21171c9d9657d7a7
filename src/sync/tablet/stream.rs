//! What the tablet knows of a stream: its chain, what lies ahead of a hole or beside, and what of
//! it the endpoint has acknowledged.

use record::stream::Head;
use record::{DeviceId, Entry, Hash, ScopeId, StreamId};
use serde::{Deserialize, Serialize};
use sorted::SortedMap;

/// An entry that lies ahead of a hole in its stream, or beside the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AheadRecord {
    pub(super) seq: u64,
    pub(super) hash: Hash,
    pub(super) prev: Option<Hash>,
}

impl AheadRecord {
    pub(super) fn of(entry: &Entry) -> Self {
        let header = entry.header();
        Self {
            seq: header.seq,
            hash: entry.hash(),
            prev: header.prev,
        }
    }
}

/// What the tablet knows of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StreamRecord {
    pub(super) scope: ScopeId,
    pub(super) device: DeviceId,
    /// Held up to here.
    pub(super) head: Head,
    /// Held ahead of a hole.
    pub(super) ahead: Vec<AheadRecord>,
    /// Acknowledged by the endpoint up to here.
    pub(super) acked: Head,
    /// Acknowledged besides, with their places.
    pub(super) acked_ahead: SortedMap<Hash, u64>,
    /// Wall time of the oldest entry not acknowledged.
    pub(super) unsent_since_ms: Option<i64>,
    /// The tablet writes here no more, since another entry took a place in it: the how-manieth
    /// stream of its scope to be closed.
    pub(super) closed: Option<u32>,
    /// Own entries beside the endpoint's chain, to be recorded again.
    pub(super) orphans: Vec<AheadRecord>,
    /// Own entries beside the endpoint's chain that it has not acknowledged: they go out too, so
    /// that everybody sees the same.
    #[serde(default)]
    pub(super) beside: Vec<AheadRecord>,
    /// Entries beside the chain held here that the endpoint holds too, whoever wrote them.
    #[serde(default)]
    pub(super) beside_acked: Vec<AheadRecord>,
}

impl StreamRecord {
    pub(super) fn new(stream: StreamId, scope: ScopeId, device: DeviceId) -> Self {
        Self {
            scope,
            device,
            head: Head::empty(stream),
            ahead: Vec::new(),
            acked: Head::empty(stream),
            acked_ahead: SortedMap::new(),
            unsent_since_ms: None,
            closed: None,
            orphans: Vec::new(),
            beside: Vec::new(),
            beside_acked: Vec::new(),
        }
    }

    /// Entries held and not acknowledged.
    pub(super) fn unsent(&self) -> u64 {
        let beside = u64::try_from(self.beside.len()).unwrap_or(u64::MAX);
        self.unsent_on_chain().saturating_add(beside)
    }

    fn unsent_on_chain(&self) -> u64 {
        let ahead = u64::try_from(self.ahead.len()).unwrap_or(u64::MAX);
        let beyond = self.head.seq.saturating_sub(self.acked.seq);
        let beyond = beyond.saturating_add(ahead);
        let besides = self
            .acked_ahead
            .values()
            .filter(|seq| **seq > self.acked.seq);
        beyond.saturating_sub(u64::try_from(besides.count()).unwrap_or(u64::MAX))
    }

    pub(super) fn is_sent(&self, seq: u64, hash: &Hash) -> bool {
        let is_in = |list: &[AheadRecord]| list.iter().any(|held| held.hash == *hash);
        let on_chain = seq <= self.acked.seq || self.acked_ahead.contains_key(hash);
        is_in(&self.beside_acked) || (on_chain && !is_in(&self.beside))
    }

    /// Moves the head over entries held ahead of it; what it passes by lies beside the chain.
    pub(super) fn advance(&mut self) {
        loop {
            let head = self.head;
            let follows = |held: &AheadRecord| {
                held.seq == head.seq.saturating_add(1)
                    && (head.seq == 0 || held.prev == Some(head.hash))
            };
            let Some(at) = self.ahead.iter().position(follows) else {
                break;
            };
            let next = self.ahead.remove(at);
            self.head.seq = next.seq;
            self.head.hash = next.hash;
        }
        let reached = self.head.seq;
        for held in self.ahead.extract_if(.., |held| held.seq <= reached) {
            if self.acked_ahead.remove(&held.hash).is_some() {
                self.beside_acked.push(held);
            } else {
                self.beside.push(held);
            }
        }
    }

    /// The endpoint holds an entry that went out, beside its chain or ahead of a hole. What lies
    /// beside takes no place ahead: there it would pass for what is recorded at its place later,
    /// and that would never go out.
    pub(super) fn acknowledge(&mut self, hash: Hash, seq: u64) {
        match self.beside.iter().position(|held| held.hash == hash) {
            Some(at) => self.beside_acked.push(self.beside.remove(at)),
            None if self.is_beside(&hash) => {}
            None => drop(self.acked_ahead.insert(hash, seq)),
        }
    }

    /// An entry that is held and lies ahead of a hole or beside the chain.
    pub(super) fn off_chain(&self, hash: &Hash) -> Option<&AheadRecord> {
        let lists = [&self.ahead, &self.beside, &self.beside_acked];
        let mut held = lists.into_iter().flatten();
        held.find(|held| held.hash == *hash)
    }

    /// Whether an entry is held and lies beside the chain.
    pub(super) fn is_beside(&self, hash: &Hash) -> bool {
        let mut held = self.beside.iter().chain(&self.beside_acked);
        held.any(|held| held.hash == *hash)
    }

    /// Whether anything that is held lies beside the chain.
    pub(super) fn has_forked(&self) -> bool {
        !(self.beside.is_empty() && self.beside_acked.is_empty())
    }

    /// Whether an entry that is held lies on the chain.
    pub(super) fn is_on_chain(&self, hash: &Hash) -> bool {
        self.off_chain(hash).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries of a clone beyond the end of the tablet's own chain, acknowledged twice, had passed
    /// for what the tablet recorded at their places later.
    #[test]
    fn what_is_recorded_at_the_place_of_a_fork_is_unsent() {
        let hash = |byte: u8| Hash::from([byte; 32]);
        let id = StreamId::from_random([1; 16]);
        let of = (
            ScopeId::from_random([2; 16]),
            DeviceId::from_random([3; 16]),
        );
        let mut stream = StreamRecord::new(id, of.0, of.1);
        for seq in [1, 2] {
            let prev = None;
            let hash = hash(10 + u8::try_from(seq).unwrap_or(0));
            stream.beside.push(AheadRecord { seq, hash, prev });
        }
        for _ in 0..2 {
            stream.acknowledge(hash(11), 1);
            stream.acknowledge(hash(12), 2);
        }
        assert_eq!(stream.unsent(), 0);
        stream.head.seq = 1;
        stream.head.hash = hash(1);
        assert_eq!(stream.unsent(), 1);
        assert!(!stream.is_sent(1, &hash(1)));
    }
}
