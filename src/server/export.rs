//! Entry files: a whole record or one case, with what is needed to check it elsewhere.

use std::collections::BTreeSet;
use std::path::Path;

use domain::act::Act;
use record::export::EntryFile;
use record::{CaseId, Entry, Receipt};
use serde_json::Value;

use crate::api::push::receipt_of;
use crate::clock::Clock;
use crate::error::ServerError;
use crate::ledger::entry_of;
use crate::serve::{self, DATABASE, Data};
use crate::store::{EntryRow, Store, Tx};

/// Kind of the act that puts another right.
const CORRECTED: &str = "corrected";

/// Writes an entry file.
///
/// # Errors
/// Where the store fails, the case is not there, or the file cannot be written.
pub async fn export(data: &Path, case: Option<String>, out: &Path) -> Result<(), ServerError> {
    let Data { store, .. } = open_existing(data).await?;
    let mut tx = store.read().await?;
    let file = collect(&mut tx, case.as_deref()).await?;
    std::fs::write(out, file.to_text()).map_err(ServerError::file(out))
}

/// Opens a data folder that is there already: reading a misspelt one must not make it.
///
/// # Errors
/// Where there is no database, or as [`serve::open`].
pub async fn open_existing(data: &Path) -> Result<Data, ServerError> {
    if !data.join(DATABASE).is_file() {
        let what = format!("there is no database in {}", data.display());
        return Err(ServerError::NotFound(what));
    }
    serve::open(data, Clock::machine().now_ms()).await
}

/// Collects entries, receipts and the roster that certifies them: of one case by its number, or
/// of all.
///
/// # Errors
/// Where the store fails or no case bears the number.
pub async fn collect<T: Tx>(tx: &mut T, number: Option<&str>) -> Result<EntryFile, ServerError> {
    let mut roster = read(&tx.of_kind("roster.").await?)?;
    // What people say of it certifies nothing: it is read as any other entry.
    roster.retain(|entry| entry.header().staff.is_none());
    let entries = match number {
        Some(number) => {
            let case = case_of(tx, number).await?;
            read(&tx.of_case(&case.to_string()).await?)?
        }
        None => {
            let rows = tx.of_kind("").await?;
            let all = read(&rows)?;
            all.into_iter()
                .filter(|entry| !roster.contains(entry))
                .collect()
        }
    };
    let streams: BTreeSet<_> = entries.iter().map(|entry| entry.header().stream).collect();
    let mut receipts: Vec<Receipt> = Vec::new();
    for stream in streams {
        for row in tx.receipts_from(&stream.to_string(), 0).await? {
            receipts.push(receipt_of(&row)?);
        }
    }
    Ok(EntryFile::of(entries, &roster, &receipts))
}

/// The case that bears a number, by its acceptance; by a correction of one where no acceptance says
/// it, as after that was erased.
///
/// # Errors
/// Where the store fails or no case bears it.
pub async fn case_of<T: Tx>(tx: &mut T, number: &str) -> Result<CaseId, ServerError> {
    for kind in [Act::ACCEPTED, CORRECTED] {
        let entries = read(&tx.of_kind(kind).await?)?;
        let of_number = entries.iter().find(|entry| bears(entry, number));
        if let Some(case) = of_number.and_then(|entry| entry.header().case) {
            return Ok(case);
        }
    }
    let what = format!("no case bears the number {number}");
    Err(ServerError::NotFound(what))
}

/// Whether an entry gives its case this number, written whole or as screens shorten it: an
/// acceptance, or a correction of one. One that was erased says none.
#[must_use]
pub fn bears(entry: &Entry, number: &str) -> bool {
    let body = entry.body();
    let known = match entry.kind() {
        Act::ACCEPTED => body.get("number"),
        CORRECTED if body.get("kind").is_some_and(|kind| kind == Act::ACCEPTED) => body
            .get("replacement")
            .and_then(|replacement| replacement.get("number")),
        _ => None,
    };
    let known = known.and_then(Value::as_str).unwrap_or_default();
    known == number
        || known
            .split_once('-')
            .is_some_and(|(_, short)| short == number)
}

pub(crate) fn read(rows: &[EntryRow]) -> Result<Vec<Entry>, ServerError> {
    Ok(rows.iter().map(entry_of).collect::<Result<_, _>>()?)
}
