//! A deed: what one tap writes, in one transaction, sent in one batch.

use crate::entry::Entry;

/// Most entries of a deed.
pub const ENTRIES_MAX: usize = 64;

/// [`ENTRIES_MAX`] as a header holds it.
pub(crate) const ENTRIES_MAX_U32: u32 = 64;

/// Largest deed, bytes of all its entries; an import is many deeds.
pub const BYTES_MAX: usize = 256 * 1024;

/// Entries that do not make a deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeedError {
    /// None, or more than [`ENTRIES_MAX`].
    #[error("a deed writes 1 to 64 entries")]
    Count,
    /// More than [`BYTES_MAX`].
    #[error("a deed is at most 256 KiB")]
    Bytes,
    /// The entries do not name one deed and its count.
    #[error("the entries do not name one deed and its count")]
    Mixed,
}

/// Checks that `entries` are one whole deed within the limits.
///
/// # Errors
/// Says which rule they break.
pub fn check(entries: &[Entry]) -> Result<(), DeedError> {
    if entries.is_empty() || entries.len() > ENTRIES_MAX {
        return Err(DeedError::Count);
    }
    let bytes: usize = entries.iter().map(|entry| entry.bytes().len()).sum();
    if bytes > BYTES_MAX {
        return Err(DeedError::Bytes);
    }
    let whole = match entries {
        [single] => single.header().deed.is_none(),
        [first, rest @ ..] => first.header().deed.is_some_and(|deed| {
            usize::try_from(deed.count) == Ok(entries.len())
                && rest.iter().all(|entry| entry.header().deed == Some(deed))
        }),
        [] => false,
    };
    if whole { Ok(()) } else { Err(DeedError::Mixed) }
}

/// The length of the longest run from the front of `entries` that holds whole deeds only, at most
/// `count_max` entries and `bytes_max` bytes. At least one deed, where there is one, so that
/// nothing stands still.
#[must_use]
pub fn whole_prefix(entries: &[Entry], count_max: usize, bytes_max: usize) -> usize {
    let mut taken = 0;
    let mut bytes = 0;
    while let Some(first) = entries.get(taken) {
        let deed = first.header().deed.map(|deed| deed.id);
        let same =
            |entry: &&Entry| deed.is_some() && entry.header().deed.map(|other| other.id) == deed;
        let rest = entries.iter().skip(taken + 1).take_while(same).count();
        let size: usize = entries
            .iter()
            .skip(taken)
            .take(1 + rest)
            .map(|entry| entry.bytes().len())
            .sum();
        let over = taken + 1 + rest > count_max || bytes + size > bytes_max;
        if over && taken > 0 {
            break;
        }
        taken += 1 + rest;
        bytes += size;
    }
    taken
}
