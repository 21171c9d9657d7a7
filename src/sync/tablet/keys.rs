//! Under which keys everything lies: names and ranges, as [`state`](super::state) lists them.

use record::roster::KIND_PREFIX;
use record::{CaseId, Entry, Hash, ScopeId, StreamId};

use super::TabletError;
use crate::storage::Wanted;

pub(super) const IDENTITY_KEY: &str = "identity";
pub(super) const NUMBER_KEY: &str = "number";
pub(super) const FRONT_KEY: &str = "front";
pub(super) const SLOT_PREFIX: &str = "slot/";
pub(super) const TRIES_PREFIX: &str = "tries/";
pub(super) const STREAM_PREFIX: &str = "stream/";
pub(super) const CURSOR_PREFIX: &str = "cursor/";
pub(super) const CASE_PREFIX: &str = "case/";
pub(super) const RECEIPT_PREFIX: &str = "receipt/";
pub(super) const ASIDE_PREFIX: &str = "aside/";
pub(super) const DRAFT_PREFIX: &str = "draft/";
pub(super) const DRAFT_PHOTO_PREFIX: &str = "draft-photo/";
pub(super) const PENDING_PREFIX: &str = "attachment/";
pub(super) const ERASED_PREFIX: &str = "erased/";
pub(super) const ERASED_ATTACHMENT_PREFIX: &str = "erased-attachment/";
/// Group of the roster's entries.
pub(super) const ROSTER_GROUP: &str = "roster";

/// No more records than this are read at once.
const RANGE_MAX: u32 = 100_000;

/// Key of an entry: by stream and place, then name.
pub(super) fn entry_key(stream: &StreamId, seq: u64, hash: &Hash) -> String {
    format!("{stream}{seq:014x}{hash}")
}

/// Stream, place and name of an entry by its key.
pub(super) fn read_entry_key(key: &str) -> Option<(StreamId, u64, Hash)> {
    let (stream, rest) = key.split_at_checked(32)?;
    let (seq, hash) = rest.split_at_checked(14)?;
    let seq = u64::from_str_radix(seq, 16).ok()?;
    Some((stream.parse().ok()?, seq, hash.parse().ok()?))
}

/// Entries of a stream from a place on, at most `limit`.
pub(super) fn entries_from(stream: &StreamId, from_seq: u64, limit: u32) -> Wanted {
    Wanted::Range {
        from: format!("{stream}{from_seq:014x}"),
        to: format!("{stream}~"),
        limit,
    }
}

/// The group under which an entry is found.
pub(super) fn group_of(entry: &Entry) -> String {
    match entry.header().case {
        Some(case) => case.to_string(),
        None if entry.kind().starts_with(KIND_PREFIX) => ROSTER_GROUP.to_owned(),
        None => entry.header().scope.to_string(),
    }
}

/// All records under a prefix.
pub(super) fn under(prefix: &str) -> Wanted {
    Wanted::Range {
        from: prefix.to_owned(),
        to: end_of(prefix),
        limit: RANGE_MAX,
    }
}

/// The keys of all records under a prefix.
pub(super) fn keys_under(prefix: &str) -> Wanted {
    Wanted::Keys {
        from: prefix.to_owned(),
        to: end_of(prefix),
    }
}

/// The end of the keys under a prefix: `~` sorts after every character in a key.
fn end_of(prefix: &str) -> String {
    format!("{prefix}~")
}

/// The key of a case's marker in a scope.
pub(super) fn marker_key(scope: &ScopeId, case: &CaseId) -> String {
    format!("{CASE_PREFIX}{scope}/{case}")
}

/// Scope and case of a marker's key.
pub(super) fn read_marker(key: &str) -> Result<(ScopeId, CaseId), TabletError> {
    let unreadable = || TabletError::Unreadable(key.to_owned());
    let rest = key.strip_prefix(CASE_PREFIX);
    let (scope, case) = rest
        .and_then(|rest| rest.split_once('/'))
        .ok_or_else(unreadable)?;
    Ok((id_after(scope, "")?, id_after(case, "")?))
}

pub(super) fn id_after<T: core::str::FromStr>(key: &str, prefix: &str) -> Result<T, TabletError> {
    let rest = key.strip_prefix(prefix).unwrap_or(key);
    rest.parse()
        .map_err(|_| TabletError::Unreadable(key.to_owned()))
}
