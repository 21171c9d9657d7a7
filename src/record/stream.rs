//! Streams: the entries of one device in one scope, chained by hash. A place taken twice is a fork:
//! both entries are kept, and the device goes on in a new stream.

use serde::{Deserialize, Serialize};

use crate::entry::Entry;
use crate::header::Header;
use crate::id::{Hash, StreamId};

/// How far a stream is held without a hole: frontier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The stream.
    pub stream: StreamId,
    /// Place of the last entry, 0 for none.
    pub seq: u64,
    /// The last entry; for `seq` 0 [`Hash::ZERO`].
    pub hash: Hash,
}

impl Head {
    /// Nothing held of `stream`.
    #[must_use]
    pub const fn empty(stream: StreamId) -> Self {
        Self {
            stream,
            seq: 0,
            hash: Hash::ZERO,
        }
    }

    /// The frontier whose last entry is `entry`.
    #[must_use]
    pub fn at(entry: &Entry) -> Self {
        let header = entry.header();
        Self {
            stream: header.stream,
            seq: header.seq,
            hash: entry.hash(),
        }
    }
}

/// How an entry stands to what is held of its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// The next one: the frontier moves on to it.
    Next,
    /// It lies ahead of a hole: kept, and the frontier stays.
    Ahead,
    /// It is at or before the frontier: held already, or the second entry at its place. Which of
    /// the two, its hash tells.
    Behind,
    /// It takes the next place and does not follow the entry before it: a fork.
    Fork,
}

/// Places an entry against the frontier of its stream.
#[must_use]
pub fn link(head: &Head, header: &Header) -> Link {
    let next = head.seq.saturating_add(1);
    if header.seq < next {
        Link::Behind
    } else if header.seq > next {
        Link::Ahead
    } else if head.seq == 0 || header.prev == Some(head.hash) {
        Link::Next
    } else {
        Link::Fork
    }
}

/// A fault in a run of entries of one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// A place is missing.
    #[error("place {0} is missing")]
    Hole(u64),
    /// An entry does not follow the one before it, or a place is taken twice.
    #[error("fork at place {0}")]
    Fork(u64),
    /// An entry of another stream, device or scope.
    #[error("place {0} belongs elsewhere")]
    Foreign(u64),
}

/// A place behind which a stream is not held, by an endpoint's word: what came before was handed
/// over or has aged out, and the tablet is complete since then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The last entry that need not be held.
    pub head: Head,
    /// Endpoint's time of the checkpoint, milliseconds of UTC.
    pub time_ms: i64,
}

/// Checks that `entries`, in order, continue `from` without a hole or a fork. Returns the new
/// frontier.
///
/// # Errors
/// The first fault.
pub fn check_chain<'e>(
    from: Head,
    entries: impl IntoIterator<Item = &'e Entry>,
) -> Result<Head, ChainError> {
    let mut head = from;
    let mut owner = None;
    for entry in entries {
        let header = entry.header();
        let this = (header.stream, header.device, header.scope);
        if header.stream != head.stream || *owner.get_or_insert(this) != this {
            return Err(ChainError::Foreign(header.seq));
        }
        match link(&head, header) {
            Link::Next => head = Head::at(entry),
            Link::Ahead => return Err(ChainError::Hole(head.seq.saturating_add(1))),
            Link::Behind | Link::Fork => return Err(ChainError::Fork(header.seq)),
        }
    }
    Ok(head)
}
