//! The full check of an evidence file. It trusts no seal alone: every signature, body, chain,
//! receipt and count is looked at, and everything that is wrong is told with its line.

use sorted::{SortedMap, SortedSet};

use super::{FILE_BYTES_MAX, RECORD_BEGINS, SECTION_START, SIGNED_PREFIX, Statement};
use super::{names, photo, section};
use crate::check as authorship;
use crate::entry::{Entry, EntryError};
use crate::erasure::ORDER;
use crate::id::{Hash, StreamId};
use crate::keys::{self, PublicKey};
use crate::receipt::{Receipt, ReceiptError};
use crate::roster::members::Consent;
use crate::roster::{KIND_PREFIX, Roster};
use crate::stream::Head;
use crate::strict;
use crate::verdict::{self, Standing};

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What the endpoint states, where it can be read.
    pub statement: Option<Statement>,
    /// Statements of the roster read.
    pub roster: usize,
    /// Entries of the case read.
    pub entries: usize,
    /// Those of them that were set aside and do not count.
    pub set_aside: usize,
    /// Those of them whose body was erased by an order of the endpoint.
    pub erased: usize,
    /// Those of them that no receipt of the file covers.
    pub without_receipt: usize,
    /// Receipts read.
    pub receipts: usize,
    /// Photos in the page that are those of their names.
    pub photos: usize,
    /// Sections of a newer version: covered by the seal, and not looked into.
    pub unknown: Vec<String>,
    /// Everything that is wrong, in the order of the checks. Empty for a sound file.
    pub findings: Vec<Finding>,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The line, from 1.
    pub line: usize,
    /// What.
    pub what: Fault,
}

/// What may be wrong in an evidence file. The text says what it means.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No evidence file, or one that is larger than [`FILE_BYTES_MAX`].
    #[error("this is no evidence file, or it was cut: there is no record with a statement in it")]
    NoEvidence,
    /// The statement cannot be read.
    #[error("the endpoint's statement cannot be read: it was altered, or is of a newer version")]
    Statement,
    /// The statement is of another root key than the reader knows.
    #[error(
        "the file was made by another endpoint than yours: its root key is {}. It proves nothing \
         about yours", .0.fingerprint()
    )]
    ForeignRoot(PublicKey),
    /// The signature of the statement does not hold.
    #[error("the endpoint did not sign this statement: it was altered, or forged")]
    Seal,
    /// The lines above the statement are not those it was made over.
    #[error(
        "something above this line was altered after the file was made; where nothing else is \
         named, it is in the page for readers"
    )]
    Altered,
    /// A photo is not the one that an entry names.
    #[error("this photo is not one that an entry of the file names: it was altered, or put in")]
    Photo,
    /// A line that belongs to nothing.
    #[error("this line cannot be read: it was altered, or put in")]
    Line,
    /// Not an entry.
    #[error("this is no entry of the record any more ({0}): it was altered, or put in")]
    Entry(EntryError),
    /// Not a receipt.
    #[error("this is no receipt any more ({0}): it was altered, or put in")]
    Receipt(ReceiptError),
    /// Not a statement of the roster by the endpoint.
    #[error("the endpoint did not state this about its people and tablets: altered, or forged")]
    Roster,
    /// Not a person's word that somebody may join a confidential scope.
    #[error("this is no member's word that somebody may join a group: altered, or forged")]
    Consent,
    /// The entry is not its author's.
    #[error("this entry is not shown to be its author's ({0}): altered, forged, or a key missing")]
    Author(authorship::Fault),
    /// The entry is of another case.
    #[error("this entry belongs to another case")]
    OtherCase,
    /// The author may not write there, and nothing says that the entry does not count.
    #[error("its author was no member of where it is written, and it was not set aside for that")]
    NotAMember,
    /// The entry stands twice.
    #[error("this entry stands in the file twice")]
    Doubled,
    /// The entry before it in its stream is another than it says.
    #[error("this entry does not follow the one before it: the chain of its tablet is broken")]
    Chain,
    /// It stands at a place of its stream where the endpoint lists another.
    #[error("the endpoint lists another entry at this place, and did not set this one aside")]
    Beside,
    /// A place twice, or a place left out.
    #[error("the list of places has a place twice or leaves one out")]
    Place,
    /// An entry that another one knew.
    #[error("its author had seen the entry {0}, which is left out of the file")]
    LeftOut(Hash),
    /// The endpoint did not sign the receipt.
    #[error("the endpoint did not sign this receipt: it was altered, or forged")]
    ReceiptSignature,
    /// The receipt names another entry than stands there.
    #[error("this receipt is for another entry than stands at its place")]
    ReceiptElsewhere,
    /// The statement's latest entry of a stream is not the one listed.
    #[error("the endpoint's list of latest entries does not agree with the places listed")]
    Latest,
    /// The entries are not those of the statement.
    #[error(
        "the endpoint held {stated} entries of the case, the file has or names {found}, or others: \
         something was left out or put in"
    )]
    Incomplete {
        /// Entries that the endpoint states.
        stated: usize,
        /// Entries that the file has or names.
        found: usize,
    },
}

/// Lines of a section with the number of the first, from 1.
struct Section<'f> {
    name: &'f [u8],
    line: usize,
    lines: &'f [&'f [u8]],
}

/// Something read, with its line.
type Placed<T> = (usize, T);

/// Checks a file, under the root key that the reader knows from elsewhere. Without one it is
/// checked under the key that the file names itself, and only shows what the file says of itself.
#[must_use]
pub fn check(bytes: &[u8], root: Option<&PublicKey>) -> Report {
    let mut report = Report::default();
    if bytes.len() > FILE_BYTES_MAX {
        report.find(1, Fault::NoEvidence);
        return report;
    }
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let begins = lines
        .iter()
        .position(|line| *line == RECORD_BEGINS.as_bytes());
    let (Some(begins), Some(last)) = (begins, lines.len().checked_sub(2)) else {
        report.find(1, Fault::NoEvidence);
        return report;
    };
    let sections = sections(&lines, begins + 1, last);
    let stated = sections
        .iter()
        .any(|s| s.name == section::STATEMENT.as_bytes());
    if !stated {
        report.find(1, Fault::NoEvidence);
        return report;
    }
    let Some(root) = report.statement(bytes, &lines, last, root) else {
        return report;
    };
    let read = Reading::of(&sections, &root, &mut report);
    read.judge(&mut report, last + 1);
    let page = lines.get(..begins).unwrap_or_default();
    read.judge_photos(&mut report, page);
    report
}

/// The record, cut at the lines that begin a section. What stands before the first belongs to a
/// section without a name.
fn sections<'f>(lines: &'f [&'f [u8]], from: usize, to: usize) -> Vec<Section<'f>> {
    let record = lines.get(from..to).unwrap_or_default();
    let starts = record.iter().enumerate();
    let starts = starts.filter_map(|(at, line)| {
        let name = line.strip_prefix(SECTION_START.as_bytes())?;
        Some((at, name.strip_suffix(b"\n").unwrap_or(name)))
    });
    let starts: Vec<(usize, &[u8])> = starts.collect();
    let first = starts.first().map_or(record.len(), |(at, _)| *at);
    let mut sections = vec![Section {
        name: b"",
        line: from + 1,
        lines: record.get(..first).unwrap_or_default(),
    }];
    let ends = starts
        .iter()
        .skip(1)
        .map(|(at, _)| *at)
        .chain([record.len()]);
    sections.extend(starts.iter().zip(ends).map(|((at, name), end)| Section {
        name,
        line: from + at + 2,
        lines: record.get(at + 1..end).unwrap_or_default(),
    }));
    sections
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    /// How far the endpoint held a stream, as it states; 0 where it does not.
    fn latest(&self, stream: &StreamId) -> u64 {
        let heads = self.statement.iter().flat_map(|s| &s.streams);
        let mut of_stream = heads.filter(|head| head.stream == *stream);
        of_stream.next().map_or(0, |head| head.seq)
    }

    fn find(&mut self, line: usize, what: Fault) {
        self.findings.push(Finding { line, what });
    }

    /// Reads the statement and checks its signature and its seal. Answers the key under which the
    /// rest is to be checked; `None` where there is nothing to go on with.
    fn statement(
        &mut self,
        bytes: &[u8],
        lines: &[&[u8]],
        at: usize,
        known: Option<&PublicKey>,
    ) -> Option<PublicKey> {
        let line = lines.get(at).copied().unwrap_or_default();
        let signature = lines.get(at + 1).copied().unwrap_or_default();
        let read = core::str::from_utf8(line).ok().and_then(|text| {
            strict::check_object(text).ok()?;
            json::read::<Statement>(text).ok()
        });
        let Some(statement) = read.filter(|statement| statement.evidence == 1) else {
            self.find(at + 1, Fault::Statement);
            return known.copied();
        };
        let signature = signature
            .strip_suffix(b"\n")
            .and_then(|text| keys::decode(core::str::from_utf8(text).ok()?));
        let signed = [SIGNED_PREFIX.as_bytes(), line].concat();
        let holds = |key: &PublicKey| {
            signature.is_some_and(|signature| key.verify(&signed, &signature).is_ok())
        };
        let root = known.copied().unwrap_or(statement.root);
        let foreign = statement.root != root;
        if foreign && holds(&statement.root) {
            self.find(at + 1, Fault::ForeignRoot(statement.root));
            return None;
        }
        if foreign || !holds(&root) {
            self.find(at + 1, Fault::Seal);
        }
        let above: usize = lines.iter().take(at).map(|line| line.len()).sum();
        if Hash::of(bytes.get(..above).unwrap_or_default()) != statement.above {
            self.find(at + 1, Fault::Altered);
        }
        self.statement = Some(statement);
        Some(root)
    }
}

/// What was read of a file.
struct Reading {
    roster: Roster,
    entries: Vec<Placed<Entry>>,
    receipts: Vec<Placed<Receipt>>,
    places: Vec<Placed<Head>>,
    withheld: SortedSet<Hash>,
}

impl Reading {
    fn of(sections: &[Section<'_>], root: &PublicKey, report: &mut Report) -> Self {
        let mut read = Self {
            roster: Roster::new(*root),
            entries: Vec::new(),
            receipts: Vec::new(),
            places: Vec::new(),
            withheld: SortedSet::default(),
        };
        for part in sections {
            match core::str::from_utf8(part.name).unwrap_or("\u{fffd}") {
                section::ROSTER => {
                    let entries = blocks(part, 3, report, Entry::parse, Fault::Entry);
                    report.roster += entries.len();
                    for (line, entry) in entries {
                        let ours = entry.verify(root).is_ok()
                            && entry.kind().starts_with(KIND_PREFIX)
                            && read.roster.apply(&entry).is_ok();
                        if !ours {
                            report.find(line, Fault::Roster);
                        }
                    }
                }
                section::CONSENTS => {
                    for (line, entry) in blocks(part, 3, report, Entry::parse, Fault::Entry) {
                        let theirs = Consent::of(&entry).is_some()
                            && authorship::authentic(&entry, &read.roster).is_ok()
                            && read.roster.apply(&entry).is_ok();
                        if !theirs {
                            report.find(line, Fault::Consent);
                        }
                    }
                }
                section::ENTRIES => {
                    let entries = blocks(part, 3, report, Entry::parse, Fault::Entry);
                    read.entries.extend(entries);
                }
                section::RECEIPTS => {
                    let receipts = blocks(part, 2, report, Receipt::parse, Fault::Receipt);
                    read.receipts.extend(receipts);
                }
                section::PLACES => {
                    let places = blocks(part, 1, report, place, |()| Fault::Line);
                    read.places.extend(places);
                }
                section::WITHHELD => {
                    let named = blocks(part, 1, report, name, |()| Fault::Line);
                    read.withheld
                        .extend(named.into_iter().map(|(_, name)| name));
                }
                "" | section::STATEMENT => {
                    for at in 0..part.lines.len() {
                        report.find(part.line + at, Fault::Line);
                    }
                }
                other => report.unknown.push(other.to_owned()),
            }
        }
        report.entries = read.entries.len();
        report.receipts = read.receipts.len();
        read
    }

    /// Checks what was read; `stated` is the line of the statement.
    fn judge(&self, report: &mut Report, stated: usize) {
        let held: SortedSet<Hash> = self.entries.iter().map(|(_, entry)| entry.hash()).collect();
        let standings = self.judge_entries(report, &held);
        let listed = self.judge_places(report);
        self.judge_chains(report, &listed, &standings);
        self.judge_receipts(report, &listed);
        let Some(statement) = report.statement.clone() else {
            return;
        };
        let found = held.len() + self.withheld.len();
        let named = names(held.iter().chain(self.withheld.iter()).copied());
        let counted = statement.entries == held.len() && statement.withheld == self.withheld.len();
        if !counted || named != statement.names {
            let stated_count = statement.entries.saturating_add(statement.withheld);
            report.find(
                stated,
                Fault::Incomplete {
                    stated: stated_count,
                    found,
                },
            );
        }
        let differs = |head: &Head| {
            let there = listed.get(&(head.stream, head.seq));
            there.is_some_and(|(_, name)| *name != head.hash)
        };
        let known = |stream: &StreamId| statement.streams.iter().any(|h| h.stream == *stream);
        let streams = self.entries.iter().map(|(_, entry)| entry.header().stream);
        if statement.streams.iter().any(differs) || !streams.into_iter().all(|s| known(&s)) {
            report.find(stated, Fault::Latest);
        }
    }

    /// Each photo of the page is one that an entry names, and not only the order to erase it.
    fn judge_photos(&self, report: &mut Report, page: &[&[u8]]) {
        let named = |name: &Hash| {
            let name = name.to_string();
            let mut entries = self.entries.iter().map(|(_, entry)| entry);
            entries.any(|entry| entry.kind() != ORDER && entry.text().contains(&name))
        };
        for (at, line) in page.iter().enumerate() {
            match photo::read(line) {
                photo::Line::Text => {}
                photo::Line::Photo(name) if named(&name) => report.photos += 1,
                photo::Line::Photo(_) | photo::Line::Broken => {
                    report.find(at + 1, Fault::Photo);
                }
            }
        }
    }

    /// Each entry by itself: its author, its case, what it knew. Answers what verdicts say of them:
    /// that one was erased is none.
    fn judge_entries(&self, report: &mut Report, held: &SortedSet<Hash>) -> Standings {
        let case = report.statement.as_ref().map(|statement| statement.case);
        let mut genuine = Vec::new();
        for (line, entry) in &self.entries {
            match authorship::authentic(entry, &self.roster) {
                Ok(()) => genuine.push(entry),
                Err(fault) => report.find(*line, Fault::Author(fault)),
            }
        }
        let standings = verdict::judged(genuine, self.roster.endpoint());
        let mut seen = SortedSet::default();
        for (line, entry) in &self.entries {
            let (line, header) = (*line, entry.header());
            let standing = standings.get(&entry.hash());
            if matches!(standing, Some(Standing::SetAside(_))) {
                report.set_aside += 1;
            }
            if entry.erasure().is_some() {
                report.erased += 1;
            }
            if !seen.insert(entry.hash()) {
                report.find(line, Fault::Doubled);
            }
            if case.is_some_and(|case| header.case != Some(case)) {
                report.find(line, Fault::OtherCase);
            }
            let (device, scope) = (&header.device, &header.scope);
            let member = |staff| {
                let roster = &self.roster;
                roster.member_at(&staff, device, scope, header.roster)
            };
            if standing.is_none() && header.staff.is_some_and(|staff| !member(staff)) {
                report.find(line, Fault::NotAMember);
            }
            for name in &header.after {
                if !held.contains(name) && !self.withheld.contains(name) {
                    report.find(line, Fault::LeftOut(*name));
                }
            }
        }
        standings
    }

    /// The places by stream and number. None stands twice, and up to a stream's latest entry none
    /// is left out between two.
    fn judge_places(&self, report: &mut Report) -> Listed {
        let mut listed = Listed::default();
        for (line, place) in &self.places {
            let key = (place.stream, place.seq);
            if listed.insert(key, (*line, place.hash)).is_some() {
                report.find(*line, Fault::Place);
            }
        }
        let gaps = listed.iter().zip(listed.keys().skip(1));
        for (((stream, seq), (line, _)), next) in gaps {
            let hole = *stream == next.0 && next.1 != *seq + 1;
            if hole && next.1 <= report.latest(stream) {
                report.find(*line, Fault::Place);
            }
        }
        listed
    }

    /// Each entry at its place: it is the one listed there and follows the one before, or a
    /// verdict says why it lies beside.
    fn judge_chains(&self, report: &mut Report, listed: &Listed, standings: &Standings) {
        for (line, entry) in &self.entries {
            let header = entry.header();
            let at = |seq: u64| listed.get(&(header.stream, seq)).map(|(_, name)| *name);
            if at(header.seq) != Some(entry.hash()) {
                if !standings.contains_key(&entry.hash()) {
                    report.find(*line, Fault::Beside);
                }
                continue;
            }
            let Some(before) = header.seq.checked_sub(1).filter(|seq| *seq > 0) else {
                continue;
            };
            // Only ahead of a hole there is nothing before.
            let hole = at(before).is_none() && header.seq > report.latest(&header.stream);
            if at(before) != header.prev && !hole {
                report.find(*line, Fault::Chain);
            }
        }
    }

    /// Each receipt: the root's, and for the entry that stands there. Counts what none covers.
    fn judge_receipts(&self, report: &mut Report, listed: &Listed) {
        let heads = self.entries.iter().map(|(_, entry)| Head::at(entry));
        let heads: Vec<Head> = heads.collect();
        for (line, receipt) in &self.receipts {
            if receipt.verify(self.roster.root()).is_err() {
                report.find(*line, Fault::ReceiptSignature);
            }
            let head = receipt.body().head;
            let there = listed.get(&(head.stream, head.seq));
            if there.is_none_or(|(_, name)| *name != head.hash) && !heads.contains(&head) {
                report.find(*line, Fault::ReceiptElsewhere);
            }
        }
        let uncovered = self.entries.iter().filter(|(_, entry)| {
            let header = entry.header();
            let own = header.is_by_itself(self.roster.endpoint());
            let covers = |receipt: &Receipt| {
                let head = receipt.body().head;
                head.stream == header.stream && head.seq >= header.seq
            };
            !own && !self.receipts.iter().any(|(_, receipt)| covers(receipt))
        });
        report.without_receipt = uncovered.count();
    }
}

/// What is listed at each place, with its line.
type Listed = SortedMap<(StreamId, u64), (usize, Hash)>;

/// Of which entries a verdict says something.
type Standings = SortedMap<Hash, Standing>;

/// Reads a section of blocks of `count` lines. Where one cannot be read, that is told once, and
/// reading goes on at the next line that begins as a block does.
fn blocks<T, E>(
    part: &Section<'_>,
    count: usize,
    report: &mut Report,
    parse: impl Fn(&[u8]) -> Result<T, E>,
    fault: impl Fn(E) -> Fault,
) -> Vec<Placed<T>> {
    let mut read = Vec::new();
    let mut at = 0;
    while at < part.lines.len() {
        let rest = part.lines.get(at..).unwrap_or_default();
        let block = rest.get(..count).unwrap_or(rest).concat();
        match parse(&block) {
            Ok(item) => {
                read.push((part.line + at, item));
                at += count;
            }
            Err(error) => {
                report.find(part.line + at, fault(error));
                let begins = |line: &&[u8]| {
                    count == 1
                        || line.starts_with(b"{\"format\":")
                        || line.starts_with(b"{\"receipt\":")
                };
                let skipped = rest.iter().skip(1).position(begins);
                at += skipped.map_or(rest.len(), |skipped| skipped + 1);
            }
        }
    }
    read
}

fn text_of(line: &[u8]) -> Result<&str, ()> {
    let line = line.strip_suffix(b"\n").ok_or(())?;
    core::str::from_utf8(line).map_err(|_| ())
}

fn name(line: &[u8]) -> Result<Hash, ()> {
    text_of(line)?.parse().map_err(|_| ())
}

fn place(line: &[u8]) -> Result<Head, ()> {
    let mut parts = text_of(line)?.split(' ');
    let mut next = || parts.next().ok_or(());
    let head = Head {
        stream: next()?.parse().map_err(|_| ())?,
        seq: next()?.parse().map_err(|_| ())?,
        hash: next()?.parse().map_err(|_| ())?,
    };
    // Only as it is written: no sign, no leading nought, nothing after it.
    (super::place(&head).as_bytes() == line)
        .then_some(head)
        .ok_or(())
}
