//! The evidence file of one case: a page that people read, then the record as exact lines, then a
//! statement that the endpoint signed over all of it.
//!
//! * [`check`](mod@check) reads a file and says everything that is wrong with it
//!
//! Record knows no cases: the page is given, and only covered. `docs/evidence.md` has the format.

pub mod check;
mod photo;

use core::fmt::Write as _;

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use crate::entry::Entry;
use crate::id::{CaseId, Hash};
use crate::keys::{self, PublicKey};
use crate::receipt::Receipt;
use crate::stream::Head;

pub use check::{Fault, Finding, Report, check};
pub use photo::photo_line;

/// First line of what the statement's signature covers; the statement's line with its LF follows.
pub const SIGNED_PREFIX: &str = "doorstep-evidence-1\n";

/// The line after which the record begins. As HTML it makes all that follows text, whatever it
/// holds, and nothing closes it.
pub const RECORD_BEGINS: &str = "<plaintext>\n";

/// How the line begins that begins a section. Lines of JSON, base64 and hexadecimal never do.
pub const SECTION_START: &str = "# ";

/// Largest file read, bytes: 64 MiB, a case with some hundred photos.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The sections that this version writes, in their order.
mod section {
    pub(super) const ROSTER: &str = "roster";
    pub(super) const CONSENTS: &str = "consents";
    pub(super) const ENTRIES: &str = "entries";
    pub(super) const RECEIPTS: &str = "receipts";
    pub(super) const PLACES: &str = "places";
    pub(super) const WITHHELD: &str = "withheld";
    pub(super) const STATEMENT: &str = "statement";
}

/// What the endpoint states about the case and about the file: the line before the last one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Format of the file: 1.
    pub evidence: u32,
    /// The case.
    pub case: CaseId,
    /// When the file was made, by the endpoint's clock, milliseconds of UTC.
    pub time_ms: i64,
    /// The root key that signs.
    pub root: PublicKey,
    /// How many entries of the case the endpoint held and this file has.
    pub entries: usize,
    /// How many it held and this file only names: of scopes that are not for everybody.
    pub withheld: usize,
    /// The name of the whole case, see [`names`].
    pub names: Hash,
    /// The latest entry of each stream that has a part in the case, as far as the endpoint held
    /// it without a hole.
    pub streams: Vec<Head>,
    /// SHA-256 of all lines above the statement's.
    pub above: Hash,
}

/// What a file holds below its page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Statements of the roster that certify who wrote the case.
    pub roster: Vec<Entry>,
    /// Members' words that let authors into confidential scopes.
    pub consents: Vec<Entry>,
    /// The entries of the case.
    pub entries: Vec<Entry>,
    /// Receipts that cover them.
    pub receipts: Vec<Receipt>,
    /// What stands at each place of their streams, from the place before the first of them to
    /// the last that a receipt needs. Entries of other cases are a name and nothing else.
    pub places: Vec<Head>,
    /// The names of entries of the case that the file leaves out.
    pub withheld: Vec<Hash>,
    /// How far the endpoint holds the streams.
    pub streams: Vec<Head>,
}

/// A page under which no record can stand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// The page holds the line that ends it.
    #[error("the page holds a line that would end it")]
    Page,
    /// The statement cannot be written.
    #[error("the statement cannot be written: {0}")]
    Statement(String),
}

/// The file: `page`, the record, and the statement signed by `root` at `time_ms`, milliseconds of
/// UTC.
///
/// # Errors
/// Where the page holds the line that ends it.
pub fn write(
    page: &str,
    case: CaseId,
    time_ms: i64,
    contents: &Contents,
    root: &SigningKey,
) -> Result<String, EvidenceError> {
    let ends_itself = |line: &str| line.trim_end() == RECORD_BEGINS.trim_end();
    if page.lines().any(ends_itself) {
        return Err(EvidenceError::Page);
    }
    let mut text = String::from(page);
    if !page.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(RECORD_BEGINS);
    let entries = |entries: &[Entry]| entries.iter().map(Entry::text).collect::<String>();
    let receipts: String = contents.receipts.iter().map(Receipt::text).collect();
    let withheld = contents.withheld.iter().map(|name| format!("{name}\n"));
    let sections = [
        (section::ROSTER, entries(&contents.roster)),
        (section::CONSENTS, entries(&contents.consents)),
        (section::ENTRIES, entries(&contents.entries)),
        (section::RECEIPTS, receipts),
        (section::PLACES, contents.places.iter().map(place).collect()),
        (section::WITHHELD, withheld.collect()),
        (section::STATEMENT, String::new()),
    ];
    for (name, lines) in sections {
        // Writing to a String cannot fail.
        let _ = write!(text, "{SECTION_START}{name}\n{lines}");
    }
    let held = contents.entries.iter().map(Entry::hash);
    let statement = Statement {
        evidence: 1,
        case,
        time_ms,
        root: PublicKey::of(root),
        entries: contents.entries.len(),
        withheld: contents.withheld.len(),
        names: names(held.chain(contents.withheld.iter().copied())),
        streams: contents.streams.clone(),
        above: Hash::of(text.as_bytes()),
    };
    let line = serde_json::to_string(&statement)
        .map_err(|error| EvidenceError::Statement(error.to_string()))?;
    let signed = format!("{SIGNED_PREFIX}{line}\n");
    let signature = keys::to_base64(&keys::sign(root, signed.as_bytes()));
    let _ = write!(text, "{line}\n{signature}\n");
    Ok(text)
}

/// A place of a stream as a line: stream, place and name.
fn place(place: &Head) -> String {
    format!("{} {} {}\n", place.stream, place.seq, place.hash)
}

/// The name of a set of entries: SHA-256 of their names, sorted, a line each.
#[must_use]
pub fn names(entries: impl IntoIterator<Item = Hash>) -> Hash {
    let mut all: Vec<Hash> = entries.into_iter().collect();
    sorted::sort_by_key(&mut all, |name| *name);
    let lines: String = all.iter().map(|name| format!("{name}\n")).collect();
    Hash::of(lines.as_bytes())
}
