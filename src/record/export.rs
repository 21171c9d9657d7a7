//! The entry file: entries one after another, three lines each, then receipts, two lines each. To
//! be checked by others it carries the roster entries that certify its authors' keys.

use serde_json::Value;
use sorted::SortedSet;

use crate::entry::{Entry, EntryError};
use crate::header::Header;
use crate::id::{DeviceId, StaffId};
use crate::receipt::{Receipt, ReceiptError};
use crate::roster::members::Consent;
use crate::roster::{Item, KIND_PREFIX};

/// Largest file read, bytes: some 100,000 entries.
pub const FILE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// How the first line of a receipt begins; that of an entry never does.
const RECEIPT_START: &str = "{\"receipt\":";

/// What an entry file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryFile {
    /// The entries, as they stand in the file.
    pub entries: Vec<Entry>,
    /// The receipts, as they stand in the file.
    pub receipts: Vec<Receipt>,
}

/// Bytes that are not an entry file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Larger than [`FILE_BYTES_MAX`].
    #[error("too large")]
    TooLarge,
    /// Not text, or the last line is cut.
    #[error("not text of whole lines")]
    Lines,
    /// What begins at this line (from 1) is not an entry.
    #[error("line {line}: {error}")]
    Entry {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        error: EntryError,
    },
    /// What begins at this line (from 1) is not a receipt.
    #[error("line {line}: {error}")]
    Receipt {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        error: ReceiptError,
    },
}

impl EntryFile {
    /// The file's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let entries = self.entries.iter().map(Entry::text);
        entries
            .chain(self.receipts.iter().map(Receipt::text))
            .collect()
    }

    /// Reads a file. Form only; [`crate::check::file`] checks it.
    ///
    /// # Errors
    /// The first line that is not as it should be.
    pub fn parse(bytes: &[u8]) -> Result<Self, FileError> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(FileError::TooLarge);
        }
        let text = core::str::from_utf8(bytes).map_err(|_| FileError::Lines)?;
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let mut file = Self::default();
        let mut at = 0;
        while let Some(first) = lines.get(at) {
            let line = at + 1;
            let take = if first.starts_with(RECEIPT_START) {
                2
            } else {
                3
            };
            let block = lines.get(at..at + take).ok_or(FileError::Lines)?.concat();
            if take == 2 {
                let receipt = Receipt::parse(block.as_bytes());
                file.receipts
                    .push(receipt.map_err(|error| FileError::Receipt { line, error })?);
            } else {
                let entry = Entry::parse(block.as_bytes());
                file.entries
                    .push(entry.map_err(|error| FileError::Entry { line, error })?);
            }
            at += take;
        }
        Ok(file)
    }

    /// The file of some entries with what is needed to check them: the entries of `roster` that
    /// [`certifying`] finds, and those of `receipts` that are of their streams.
    #[must_use]
    pub fn of(entries: Vec<Entry>, roster: &[Entry], receipts: &[Receipt]) -> Self {
        let streams: SortedSet<_> = entries.iter().map(|e| e.header().stream).collect();
        let of_streams = receipts
            .iter()
            .filter(|receipt| streams.contains(&receipt.body().head.stream));
        let mut all = certifying(&entries, roster);
        all.extend(entries);
        Self {
            receipts: of_streams.cloned().collect(),
            entries: all,
        }
    }
}

/// Of `roster` what is needed to read and check `entries`, and no more: keys and tablets of their
/// authors, the scopes they stand in, the people who wrote them or are named in them, the
/// departments named, the sites, and from where on the consents among them count. Of each all that
/// was ever stated, so that it can be judged as its writer knew it.
#[must_use]
pub fn certifying(entries: &[Entry], roster: &[Entry]) -> Vec<Entry> {
    let authors: SortedSet<(Option<StaffId>, DeviceId)> =
        entries.iter().map(|e| author(e.header())).collect();
    let devices: SortedSet<DeviceId> = authors.iter().map(|(_, device)| *device).collect();
    let scopes: SortedSet<_> = entries.iter().map(|e| e.header().scope).collect();
    let items = roster.iter().filter_map(|entry| Item::of(entry).ok()?);
    let names = items.filter_map(|(_, item)| match item {
        Item::Staff(person) => Some(person.id.to_string()),
        Item::Department(department) => Some(department.id),
        _ => None,
    });
    let names: SortedSet<String> = names.collect();
    let mut named = SortedSet::default();
    for entry in entries {
        find(&Value::Object(entry.body()), &names, &mut named);
    }
    let writes = |id: StaffId| authors.iter().any(|(staff, _)| *staff == Some(id));
    let mut held: SortedSet<_> = entries.iter().map(Entry::hash).collect();
    let needed = |entry: &Entry| match Item::of(entry) {
        Ok(Some((_, Item::Key(key)))) => authors.contains(&(Some(key.staff), key.device)),
        Ok(Some((_, Item::Device(device)))) => devices.contains(&device.id),
        Ok(Some((_, Item::Scope(scope)))) => scopes.contains(&scope.id),
        Ok(Some((_, Item::Staff(person)))) => {
            writes(person.id) || named.contains(&person.id.to_string())
        }
        Ok(Some((_, Item::Department(department)))) => named.contains(&department.id),
        Ok(Some((_, Item::Site(_)))) => true,
        Ok(Some((_, Item::Joining(joining)))) => held.contains(&joining.consent),
        Ok(None) | Err(_) => false,
    };
    let stated: Vec<&Entry> = roster
        .iter()
        .filter(|entry| entry.kind().starts_with(KIND_PREFIX) && needed(entry))
        .collect();
    let new = stated.into_iter().filter(|e| held.insert(e.hash()));
    new.cloned().collect()
}

/// Of `roster` the consents by which the authors of `entries` were let into confidential scopes
/// that they wrote in, and those by which who gave one had been let in before.
#[must_use]
pub fn letting_in(entries: &[Entry], roster: &[Entry]) -> Vec<Entry> {
    let joinings = roster.iter().filter_map(|entry| match Item::of(entry) {
        Ok(Some((_, Item::Joining(joining)))) => Some(joining.consent),
        _ => None,
    });
    let placed: SortedSet<_> = joinings.collect();
    let placed = roster.iter().filter(|entry| placed.contains(&entry.hash()));
    let mut left: Vec<_> = placed
        .filter_map(|entry| Some((entry, Consent::of(entry)?)))
        .collect();
    let authors = entries.iter().filter_map(|entry| {
        let header = entry.header();
        Some((header.staff?, header.device, header.scope))
    });
    let mut members: SortedSet<_> = authors.collect();
    let mut found = Vec::new();
    loop {
        let of_member =
            |consent: &Consent| members.contains(&(consent.staff, consent.device, consent.scope));
        let (new, others): (Vec<_>, Vec<_>) = left
            .into_iter()
            .partition(|(_, consent)| of_member(consent));
        if new.is_empty() {
            return found;
        }
        for (entry, consent) in new {
            let by = entry.header();
            members.extend(by.staff.map(|staff| (staff, by.device, consent.scope)));
            found.push(entry.clone());
        }
        left = others;
    }
}

/// Finds which of `names` are texts in a value.
fn find(value: &Value, names: &SortedSet<String>, found: &mut SortedSet<String>) {
    match value {
        Value::String(text) if names.contains(text) => {
            found.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| find(item, names, found)),
        Value::Object(map) => map.values().for_each(|item| find(item, names, found)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn author(header: &Header) -> (Option<StaffId>, DeviceId) {
    (header.staff, header.device)
}
