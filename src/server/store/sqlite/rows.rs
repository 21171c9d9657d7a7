//! Rows of the database as what they stand for.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::ENTRY_TABLE;
use crate::store::{EntryRow, ReceiptRow, ScopeRow, Stored};
use crate::vault::{self, Vault};

const ENTRY: &str = "SELECT hash, scope, feed, stream, seq, prev, fork, kind, case_id, \
     received_ms, bytes, body FROM entry ";

const RECEIPT: &str = "SELECT stream, seq, time_ms, hash, bytes FROM receipt ";

pub(super) fn entry(row: &SqliteRow, vault: &Vault) -> Stored<EntryRow> {
    let hash: String = row.try_get("hash")?;
    let bytes: Vec<u8> = row.try_get("bytes")?;
    let sealed: Option<Vec<u8>> = row.try_get("body")?;
    let confidential = sealed.is_some();
    let bytes = match sealed {
        Some(sealed) => vault::join(&bytes, &vault.open(ENTRY_TABLE, &hash, &sealed)?),
        None => bytes,
    };
    Ok(EntryRow {
        hash,
        scope: row.try_get("scope")?,
        feed: row.try_get("feed")?,
        stream: row.try_get("stream")?,
        seq: row.try_get("seq")?,
        prev: row.try_get("prev")?,
        fork: row.try_get::<i64, _>("fork")? != 0,
        kind: row.try_get("kind")?,
        case: row.try_get("case_id")?,
        received_ms: row.try_get("received_ms")?,
        confidential,
        bytes,
    })
}

pub(super) fn receipt(row: &SqliteRow) -> Stored<ReceiptRow> {
    Ok(ReceiptRow {
        stream: row.try_get("stream")?,
        seq: row.try_get("seq")?,
        time_ms: row.try_get("time_ms")?,
        hash: row.try_get("hash")?,
        bytes: row.try_get("bytes")?,
    })
}

pub(super) fn scope_place(row: &SqliteRow) -> Stored<ScopeRow> {
    Ok(ScopeRow {
        scope: row.try_get("scope")?,
        feed: row.try_get("feed")?,
        digest: row.try_get("digest")?,
    })
}

pub(super) fn entries(rows: &[SqliteRow], vault: &Vault) -> Stored<Vec<EntryRow>> {
    rows.iter().map(|row| entry(row, vault)).collect()
}

pub(super) fn entry_sql(rest: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("{ENTRY}{rest}"))
}

pub(super) fn receipt_sql(rest: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("{RECEIPT}{rest}"))
}
