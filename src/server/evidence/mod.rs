//! The evidence file of one case: made from the store, and checked.
//!
//! * [`page`] the part that people read; [`words`] its words

pub mod page;
pub mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use domain::act::Act;
use record::evidence::{Contents, Finding, Report, check, write};
use record::export::{certifying, letting_in};
use record::keys::decode;
use record::roster::{KIND_PREFIX, ScopeKind};
use record::stream::Head;
use record::{Attachment, CaseId, Entry, Hash, PublicKey, Roster, StreamId};
use sync::wire::attachment::Named;

use crate::api::push::receipt_of;
use crate::attachments::Attachments;
use crate::error::ServerError;
use crate::export::{case_of, open_existing, read};
use crate::ledger;
use crate::root::RootKey;
use crate::serve::{self, Data};
use crate::store::{Store, StoreError, Tx};
use page::Page;
use words::Words;

/// What is to become an evidence file.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// The case.
    pub case: CaseId,
    /// When, milliseconds of UTC.
    pub time_ms: i64,
    /// The record.
    pub contents: Contents,
    /// Photos that its acts name, as far as they are held, by name.
    pub photos: BTreeMap<String, Attachment>,
    /// Kinds of the scopes whose entries were left out.
    pub left_out: BTreeSet<String>,
}

/// Writes the evidence file of the case that bears a number; answers what to tell the caller.
/// Entries of confidential scopes go in only where `include` names the kind of scope.
///
/// # Errors
/// Where the store fails, the case is not there, or the file cannot be written.
pub async fn export(
    data: &Path,
    number: &str,
    include: &[String],
    out: &Path,
) -> Result<String, ServerError> {
    let Data {
        store,
        attachments,
        root,
        ..
    } = open_existing(data).await?;
    let mut tx = store.read().await?;
    let time_ms = serve::kept_clock(&mut tx).await?.now_ms();
    let case = case_of(&mut tx, number).await?;
    let mut gathered = gather(&mut tx, &root, case, include, time_ms).await?;
    gathered.take_photos(&attachments).await?;
    let text = gathered.to_file(&root)?;
    std::fs::write(out, text).map_err(ServerError::file(out))?;
    let contents = &gathered.contents;
    let photos = gathered.photos.len();
    let entries = contents.entries.len();
    let mut said = format!("{entries} entries of {number}, {photos} photos\n");
    if !contents.withheld.is_empty() {
        let kinds: Vec<&str> = gathered.left_out.iter().map(String::as_str).collect();
        let _ = writeln!(
            said,
            "{} entries are confidential and only named; where they may be shown: --include {}",
            contents.withheld.len(),
            kinds.join(" --include ")
        );
    }
    Ok(said)
}

/// Gathers what belongs into the file of a case at a time, milliseconds of UTC.
///
/// # Errors
/// Where the store fails.
pub async fn gather<T: Tx>(
    tx: &mut T,
    root: &RootKey,
    case: CaseId,
    include: &[String],
    time_ms: i64,
) -> Result<Gathered, ServerError> {
    let roster = ledger::roster(tx, root).await?;
    let mut gathered = Gathered {
        case,
        time_ms,
        contents: Contents::default(),
        photos: BTreeMap::new(),
        left_out: BTreeSet::new(),
    };
    let contents = &mut gathered.contents;
    for entry in read(&tx.of_case(&case.to_string()).await?)? {
        let kind = confidential(&roster, &entry);
        match kind.filter(|kind| !include.contains(kind)) {
            None => contents.entries.push(entry),
            Some(kind) => {
                contents.withheld.push(entry.hash());
                gathered.left_out.insert(kind);
            }
        }
    }
    contents
        .entries
        .sort_by_key(|entry| (entry.header().hlc, entry.hash()));
    contents.withheld.sort();
    let stated = read(&tx.of_kind(KIND_PREFIX).await?)?;
    contents.consents = letting_in(&contents.entries, &stated);
    let authored = [&contents.entries[..], &contents.consents].concat();
    contents.roster = certifying(&authored, &stated);
    let streams: BTreeSet<StreamId> = contents
        .entries
        .iter()
        .map(|entry| entry.header().stream)
        .collect();
    for stream in streams {
        follow(tx, stream, contents).await?;
    }
    Ok(gathered)
}

/// The kind of the scope that an entry stands in, where that is not for everybody of a site. What
/// is not known is not for everybody.
fn confidential(roster: &Roster, entry: &Entry) -> Option<String> {
    match roster.scope(&entry.header().scope).map(|scope| &scope.kind) {
        Some(ScopeKind::Site | ScopeKind::Company) => None,
        Some(kind) => Some(kind.code().to_owned()),
        None => Some("unknown".to_owned()),
    }
}

/// Adds what shows where the case's entries of a stream stand in it: how far it is held, its
/// places, and of each entry the earliest receipt that covers it.
async fn follow<T: Tx>(
    tx: &mut T,
    stream: StreamId,
    contents: &mut Contents,
) -> Result<(), ServerError> {
    let ours = contents.entries.iter();
    let heads: Vec<Head> = ours.map(Head::at).filter(|h| h.stream == stream).collect();
    let name = stream.to_string();
    let hash = |text: &str| text.parse().map_err(|_| StoreError::Damaged("a hash"));
    let place = |seq: i64| u64::try_from(seq).map_err(|_| StoreError::Damaged("a place"));
    if let Some(row) = tx.stream(&name).await? {
        contents.streams.push(Head {
            stream,
            seq: place(row.seq)?,
            hash: hash(&row.hash)?,
        });
    }
    let first = heads.iter().map(|head| head.seq).min().unwrap_or(1);
    // The place before the first one too, which that names.
    let after = i64::try_from(first.saturating_sub(2)).unwrap_or(i64::MAX);
    let mut chain: BTreeMap<u64, Hash> = BTreeMap::new();
    for (seq, name) in tx.names_ahead(&name, after).await? {
        chain.insert(place(seq)?, hash(&name)?);
    }
    let mut last = heads.iter().map(|head| head.seq).max().unwrap_or(first);
    let mut receipts = Vec::new();
    for row in tx.receipts_from(&name, place_of(first)).await? {
        receipts.push(receipt_of(&row)?);
    }
    let mut needed: Vec<record::Receipt> = Vec::new();
    for head in &heads {
        let covers = |receipt: &&record::Receipt| {
            let there = receipt.body().head;
            let on_chain = chain.get(&head.seq) == Some(&head.hash);
            let listed = on_chain && chain.get(&there.seq) == Some(&there.hash);
            there.seq >= head.seq && (listed || there == *head)
        };
        if let Some(receipt) = receipts.iter().find(covers) {
            last = last.max(receipt.body().head.seq);
            if !needed.contains(receipt) {
                needed.push(receipt.clone());
            }
        }
    }
    contents.receipts.extend(needed);
    let places = chain.range(..=last);
    contents.places.extend(places.map(|(seq, name)| Head {
        stream,
        seq: *seq,
        hash: *name,
    }));
    Ok(())
}

fn place_of(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

impl Gathered {
    /// Takes in the photos that the acts name.
    ///
    /// # Errors
    /// Where the folder of the attachments cannot be read.
    pub async fn take_photos(&mut self, attachments: &Attachments) -> Result<(), ServerError> {
        for entry in &self.contents.entries {
            let act = Act::from_body(entry.kind(), entry.body_line());
            for photo in act.photos() {
                let (scope, name) = (entry.header().scope, photo.name.as_str());
                let Ok(of) = name.parse().map(|name| Named { scope, name }) else {
                    continue;
                };
                if let Some(held) = attachments.get(&of).await? {
                    self.photos.insert(name.to_owned(), held);
                }
            }
        }
        Ok(())
    }

    /// The file, signed.
    ///
    /// # Errors
    /// Where the procedure or the words cannot be read, or the page cannot stand in the file.
    pub fn to_file(&self, root: &RootKey) -> Result<String, ServerError> {
        let invalid = |error: &dyn std::error::Error| ServerError::Invalid(error.to_string());
        let words = Words::load().map_err(|error| invalid(&error))?;
        let page = Page::of(self, root.public(), &words)?.to_html();
        let signing = root.signing();
        write(&page, self.case, self.time_ms, &self.contents, signing)
            .map_err(|error| invalid(&error))
    }
}

/// Checks a file; answers what was checked, in lines for people. Where something is wrong the
/// answer is the number of faults beside it.
///
/// # Errors
/// Where the file cannot be read or `root` is no key.
pub fn verify(file: &Path, root: Option<&str>) -> Result<(String, usize), ServerError> {
    let known = |text: &str| {
        let key = decode(text.trim()).map(PublicKey::new);
        key.ok_or_else(|| ServerError::Invalid(format!("{text} is no root key in base64")))
    };
    let root = root.map(known).transpose()?;
    let bytes = std::fs::read(file).map_err(ServerError::file(file))?;
    let report = check(&bytes, root.as_ref());
    Ok((told(&report, root.as_ref()), report.findings.len()))
}

fn told(report: &Report, root: Option<&PublicKey>) -> String {
    // Writing to a String cannot fail.
    let mut text = String::new();
    if let Some(statement) = &report.statement {
        let made = chrono::DateTime::from_timestamp_millis(statement.time_ms);
        let made = made.map_or_else(String::new, |at| at.to_rfc3339());
        let _ = writeln!(text, "case       {}", statement.case);
        let _ = writeln!(text, "made       {made}");
        let _ = writeln!(text, "root       {}", statement.root.fingerprint());
        let _ = writeln!(
            text,
            "entries    {} read, {} of them set aside, {} without a receipt",
            report.entries, report.set_aside, report.without_receipt
        );
        if report.erased > 0 {
            let _ = writeln!(
                text,
                "erased     {} of them: what they said is gone by order, that they were written is \
                 not",
                report.erased
            );
        }
        if statement.withheld > 0 {
            let _ = writeln!(
                text,
                "a part     {} more are confidential: named, and not in the file",
                statement.withheld
            );
        }
        let _ = writeln!(text, "receipts   {}", report.receipts);
        let _ = writeln!(text, "photos     {}", report.photos);
        let _ = writeln!(text, "roster     {} statements", report.roster);
        let _ = writeln!(text, "streams    {}", statement.streams.len());
    }
    for name in &report.unknown {
        let _ = writeln!(
            text,
            "unknown    {name}: of a newer version, sealed, not looked into"
        );
    }
    for Finding { line, what } in &report.findings {
        let _ = writeln!(text, "line {line}: {what}");
    }
    if !report.is_sound() {
        return text;
    }
    text.push_str(
        "checked    seal, statement, each entry's body, signature and chain, receipts, verdicts, \
         completeness\n",
    );
    text.push_str(match root {
        Some(_) => "sound\n",
        None => {
            "agrees with itself. No root key was given, so this shows only what the file says of \
             itself: anybody can make such a file under a key of their own. Give the key that \
             you know from elsewhere with --root\n"
        }
    });
    text
}
