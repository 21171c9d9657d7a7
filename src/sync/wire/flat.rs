//! Messages whose parts stand side by side in one JSON object, field by field as they are written.
//! `serde(flatten)` would say the same and buffer every value it reads.

use record::stream::Head;
use record::{Hash, ScopeId, StreamId};
use serde::{Deserialize, Serialize};

use super::{Carried, Cursor};

#[derive(Serialize, Deserialize)]
pub(super) struct Acknowledged {
    stream: StreamId,
    seq: u64,
    hash: Hash,
    #[serde(default)]
    ahead: Vec<Hash>,
}

impl From<Acknowledged> for super::Acknowledged {
    fn from(flat: Acknowledged) -> Self {
        Self {
            head: Head {
                stream: flat.stream,
                seq: flat.seq,
                hash: flat.hash,
            },
            ahead: flat.ahead,
        }
    }
}

impl From<super::Acknowledged> for Acknowledged {
    fn from(whole: super::Acknowledged) -> Self {
        Self {
            stream: whole.head.stream,
            seq: whole.head.seq,
            hash: whole.head.hash,
            ahead: whole.ahead,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct FeedItem {
    scope: ScopeId,
    feed: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entry: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    held: Option<Hash>,
}

impl TryFrom<FeedItem> for super::FeedItem {
    type Error = &'static str;

    fn try_from(flat: FeedItem) -> Result<Self, Self::Error> {
        let carried = match (flat.entry, flat.held) {
            (Some(text), None) => Carried::Entry(text),
            (None, Some(hash)) => Carried::Held(hash),
            _ => return Err("neither an entry nor a name, or both"),
        };
        Ok(Self {
            scope: flat.scope,
            feed: flat.feed,
            carried,
        })
    }
}

impl From<super::FeedItem> for FeedItem {
    fn from(whole: super::FeedItem) -> Self {
        let (entry, held) = match whole.carried {
            Carried::Entry(text) => (Some(text), None),
            Carried::Held(hash) => (None, Some(hash)),
        };
        Self {
            scope: whole.scope,
            feed: whole.feed,
            entry,
            held,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct ScopeState {
    scope: ScopeId,
    feed: u64,
    digest: Hash,
    newest: u64,
}

impl From<ScopeState> for super::ScopeState {
    fn from(flat: ScopeState) -> Self {
        Self {
            cursor: Cursor {
                scope: flat.scope,
                feed: flat.feed,
                digest: flat.digest,
            },
            newest: flat.newest,
        }
    }
}

impl From<super::ScopeState> for ScopeState {
    fn from(whole: super::ScopeState) -> Self {
        Self {
            scope: whole.cursor.scope,
            feed: whole.cursor.feed,
            digest: whole.cursor.digest,
            newest: whole.newest,
        }
    }
}
