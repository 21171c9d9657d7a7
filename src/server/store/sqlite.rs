//! SQLite: one file, write-ahead log, every commit on disk before it is acknowledged. Several
//! processes may use the file at once: the endpoint and the command line.

mod rows;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{Row, Sqlite, Transaction};

use self::rows::{entries, entry, entry_sql, receipt, receipt_sql, scope_place};
use super::fold_digest;
use super::in_use::InUse;
use super::{
    AsideRow, EntryRow, JoinRow, MeetingRow, ReceiptRow, ScopeRow, SignInRow, Store, StoreError,
    Stored, StreamRow, Tx,
};
use crate::vault::{self, Vault};

/// Steps of the schema, in order; the n-th makes schema n. A step once shipped is never
/// changed.
const MIGRATIONS: [&str; 5] = [
    include_str!("../migrations/0001_record.sql"),
    include_str!("../migrations/0002_sign_in.sql"),
    include_str!("../migrations/0003_tablets.sql"),
    include_str!("../migrations/0004_handling.sql"),
    include_str!("../migrations/0005_made_by.sql"),
];

/// How long a writer waits for another before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(20);

/// Connections of one process: many read at once, one writes.
const CONNECTIONS_MAX: u32 = 8;

/// A store in a SQLite file; clones share the connections.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    pool: SqlitePool,
    /// What is confidential lies sealed by it.
    vault: Vault,
    /// Nobody puts another database in this one's place meanwhile.
    _in_use: Arc<InUse>,
}

impl SqliteStore {
    /// Opens the file, makes it where it is missing, and brings its schema up to date.
    ///
    /// # Errors
    /// Where the file cannot be opened, was written by a newer version, or is being replaced.
    pub async fn open(file: &Path, vault: Vault) -> Stored<Self> {
        let in_use = InUse::shared(file)?.ok_or(StoreError::Replaced)?;
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            // What is erased is not left in free pages.
            .pragma("secure_delete", "ON")
            .busy_timeout(BUSY_TIMEOUT);
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .connect_with(options)
            .await?;
        let store = Self {
            pool,
            vault,
            _in_use: Arc::new(in_use),
        };
        store.migrate().await?;
        Ok(store)
    }

    async fn migrate(&self) -> Stored<()> {
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let row = sqlx::query("PRAGMA user_version")
            .fetch_one(&mut *tx)
            .await?;
        let found: i64 = row.try_get::<i64, _>(0)?;
        let known = MIGRATIONS.len().try_into().unwrap_or(i64::MAX);
        if found > known {
            return Err(StoreError::Newer { found, known });
        }
        let done = usize::try_from(found).unwrap_or(0);
        for step in MIGRATIONS.iter().skip(done) {
            sqlx::raw_sql(*step).execute(&mut *tx).await?;
        }
        let set = format!("PRAGMA user_version = {known}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(set))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Writes everything committed so far into a database of its own, which must not be there
    /// yet, while others read and write this one.
    ///
    /// # Errors
    /// Where the file is there or cannot be written.
    pub async fn copy_into(&self, file: &Path) -> Stored<()> {
        let file = file.to_string_lossy().into_owned();
        let query = sqlx::query("VACUUM INTO $1").bind(file);
        query.execute(&self.pool).await?;
        Ok(())
    }

    /// Empties the log, in which what was erased may still lie, as far as nobody reads it now; the
    /// next checkpoint does the rest.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn empty_log(&self) -> Stored<()> {
        let query = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)");
        query.execute(&self.pool).await?;
        Ok(())
    }

    fn transaction(&self, tx: Transaction<'static, Sqlite>) -> SqliteTx {
        let vault = self.vault.clone();
        SqliteTx { tx, vault }
    }

    /// Closes all connections; what was committed is in the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

impl Store for SqliteStore {
    type Tx = SqliteTx;

    async fn read(&self) -> Stored<SqliteTx> {
        let tx = self.pool.begin().await?;
        Ok(self.transaction(tx))
    }

    async fn write(&self) -> Stored<SqliteTx> {
        let tx = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        Ok(self.transaction(tx))
    }
}

/// A transaction on SQLite.
#[derive(Debug)]
pub struct SqliteTx {
    tx: Transaction<'static, Sqlite>,
    vault: Vault,
}

/// The tables in which something lies sealed.
const ENTRY_TABLE: &str = "entry";
const ASIDE_TABLE: &str = "aside";

impl SqliteTx {
    /// The lines of an entry as they lie: the body of a confidential one apart, sealed.
    fn as_it_lies(&self, row: &EntryRow) -> Stored<(Vec<u8>, Option<Vec<u8>>)> {
        if !row.confidential {
            return Ok((row.bytes.clone(), None));
        }
        let (around, body) = vault::part(&row.bytes);
        let sealed = self.vault.seal(ENTRY_TABLE, &row.hash, &body)?;
        Ok((around, Some(sealed)))
    }

    /// Takes the scope's row, which locks it until the commit: the next number, and the digest
    /// with `hash`.
    async fn number(&mut self, scope: &str, hash: &str) -> Stored<(i64, String)> {
        let sql = "INSERT INTO scope_head (scope, feed, digest) VALUES ($1, 1, '') \
                   ON CONFLICT (scope) DO UPDATE SET feed = scope_head.feed + 1 \
                   RETURNING feed, digest";
        let row = sqlx::query(sql)
            .bind(scope)
            .fetch_one(&mut *self.tx)
            .await?;
        let digest = fold_digest(&row.try_get::<String, _>("digest")?, hash);
        let query = sqlx::query("UPDATE scope_head SET digest = $2 WHERE scope = $1")
            .bind(scope)
            .bind(&digest);
        query.execute(&mut *self.tx).await?;
        Ok((row.try_get("feed")?, digest))
    }
}

impl Tx for SqliteTx {
    async fn meta(&mut self, name: &str) -> Stored<Option<String>> {
        let query = sqlx::query("SELECT value FROM meta WHERE name = $1").bind(name);
        let row = query.fetch_optional(&mut *self.tx).await?;
        row.map(|row| row.try_get(0).map_err(StoreError::from))
            .transpose()
    }

    async fn set_meta(&mut self, name: &str, value: &str) -> Stored<()> {
        let sql = "INSERT INTO meta (name, value) VALUES ($1, $2) \
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        sqlx::query(sql)
            .bind(name)
            .bind(value)
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    async fn entry(&mut self, hash: &str) -> Stored<Option<EntryRow>> {
        let query = sqlx::query(entry_sql("WHERE hash = $1")).bind(hash);
        let row = query.fetch_optional(&mut *self.tx).await?;
        row.map(|row| entry(&row, &self.vault)).transpose()
    }

    async fn at(&mut self, stream: &str, seq: i64) -> Stored<Vec<EntryRow>> {
        let query = sqlx::query(entry_sql("WHERE stream = $1 AND seq = $2 ORDER BY feed"))
            .bind(stream)
            .bind(seq);
        entries(&query.fetch_all(&mut *self.tx).await?, &self.vault)
    }

    async fn stream(&mut self, stream: &str) -> Stored<Option<StreamRow>> {
        let sql = "SELECT device, scope, seq, hash, roster FROM stream WHERE stream = $1";
        let row = sqlx::query(sql)
            .bind(stream)
            .fetch_optional(&mut *self.tx)
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(StreamRow {
            stream: stream.to_owned(),
            device: row.try_get("device")?,
            scope: row.try_get("scope")?,
            seq: row.try_get("seq")?,
            hash: row.try_get("hash")?,
            roster: row.try_get("roster")?,
        }))
    }

    async fn set_stream(&mut self, row: &StreamRow) -> Stored<()> {
        let sql = "INSERT INTO stream (stream, device, scope, seq, hash, roster) \
                   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (stream) DO UPDATE \
                   SET seq = excluded.seq, hash = excluded.hash, roster = excluded.roster";
        let query = sqlx::query(sql)
            .bind(&row.stream)
            .bind(&row.device)
            .bind(&row.scope)
            .bind(row.seq)
            .bind(&row.hash)
            .bind(row.roster);
        query.execute(&mut *self.tx).await?;
        Ok(())
    }

    async fn ahead(&mut self, stream: &str, after: i64) -> Stored<Vec<EntryRow>> {
        let query = sqlx::query(entry_sql(
            "WHERE stream = $1 AND seq > $2 AND fork = 0 ORDER BY seq",
        ))
        .bind(stream)
        .bind(after);
        entries(&query.fetch_all(&mut *self.tx).await?, &self.vault)
    }

    async fn names_ahead(&mut self, stream: &str, after: i64) -> Stored<Vec<(i64, String)>> {
        let sql = "SELECT seq, hash FROM entry WHERE stream = $1 AND seq > $2 AND fork = 0 \
                   ORDER BY seq";
        let query = sqlx::query_as(sql).bind(stream).bind(after);
        Ok(query.fetch_all(&mut *self.tx).await?)
    }

    async fn begins_after(&mut self, prev: &str, stream: &str) -> Stored<bool> {
        let sql = "SELECT 1 FROM entry WHERE seq = 1 AND prev = $1 AND stream <> $2 LIMIT 1";
        let query = sqlx::query(sql).bind(prev).bind(stream);
        Ok(query.fetch_optional(&mut *self.tx).await?.is_some())
    }

    async fn insert(&mut self, row: &EntryRow) -> Stored<Option<i64>> {
        let held = sqlx::query("SELECT 1 FROM entry WHERE hash = $1").bind(&row.hash);
        if held.fetch_optional(&mut *self.tx).await?.is_some() {
            return Ok(None);
        }
        let (feed, digest) = self.number(&row.scope, &row.hash).await?;
        let (bytes, sealed) = self.as_it_lies(row)?;
        let sql = "INSERT INTO entry (hash, scope, feed, stream, seq, prev, fork, kind, case_id, \
                   received_ms, digest, bytes, body) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
        let query = sqlx::query(sql)
            .bind(&row.hash)
            .bind(&row.scope)
            .bind(feed)
            .bind(&row.stream)
            .bind(row.seq)
            .bind(&row.prev)
            .bind(i64::from(row.fork))
            .bind(&row.kind)
            .bind(&row.case)
            .bind(row.received_ms)
            .bind(digest)
            .bind(bytes)
            .bind(sealed);
        query.execute(&mut *self.tx).await?;
        Ok(Some(feed))
    }

    async fn replace(&mut self, row: &EntryRow) -> Stored<()> {
        let (bytes, sealed) = self.as_it_lies(row)?;
        let query = sqlx::query("UPDATE entry SET bytes = $2, body = $3 WHERE hash = $1")
            .bind(&row.hash)
            .bind(bytes)
            .bind(sealed);
        query.execute(&mut *self.tx).await?;
        Ok(())
    }

    async fn mark_fork(&mut self, hash: &str) -> Stored<()> {
        let query = sqlx::query("UPDATE entry SET fork = 1 WHERE hash = $1").bind(hash);
        query.execute(&mut *self.tx).await?;
        Ok(())
    }

    async fn feed(&mut self, scope: &str, after: i64, limit: i64) -> Stored<Vec<EntryRow>> {
        let query = sqlx::query(entry_sql(
            "WHERE scope = $1 AND feed > $2 ORDER BY feed LIMIT $3",
        ))
        .bind(scope)
        .bind(after)
        .bind(limit);
        entries(&query.fetch_all(&mut *self.tx).await?, &self.vault)
    }

    async fn of_kind(&mut self, prefix: &str) -> Stored<Vec<EntryRow>> {
        // Kinds are plain letters, dots and underscores: all below U+10FFFF.
        let end = format!("{prefix}\u{10ffff}");
        let query = sqlx::query(entry_sql(
            "WHERE kind >= $1 AND kind < $2 ORDER BY scope, feed",
        ))
        .bind(prefix)
        .bind(end);
        entries(&query.fetch_all(&mut *self.tx).await?, &self.vault)
    }

    async fn of_case(&mut self, case: &str) -> Stored<Vec<EntryRow>> {
        let query = sqlx::query(entry_sql("WHERE case_id = $1 ORDER BY feed, scope")).bind(case);
        entries(&query.fetch_all(&mut *self.tx).await?, &self.vault)
    }

    async fn cases(&mut self) -> Stored<Vec<String>> {
        let sql = "SELECT DISTINCT case_id FROM entry WHERE case_id IS NOT NULL ORDER BY case_id";
        let rows = sqlx::query(sql).fetch_all(&mut *self.tx).await?;
        rows.iter()
            .map(|row| row.try_get(0).map_err(StoreError::from))
            .collect()
    }

    async fn digest_at(&mut self, scope: &str, feed: i64) -> Stored<Option<String>> {
        let sql = "SELECT digest FROM entry WHERE scope = $1 AND feed = $2";
        let query = sqlx::query(sql).bind(scope).bind(feed);
        let row = query.fetch_optional(&mut *self.tx).await?;
        row.map(|row| row.try_get(0).map_err(StoreError::from))
            .transpose()
    }

    async fn scope(&mut self, scope: &str) -> Stored<Option<ScopeRow>> {
        let sql = "SELECT scope, feed, digest FROM scope_head WHERE scope = $1";
        let row = sqlx::query(sql)
            .bind(scope)
            .fetch_optional(&mut *self.tx)
            .await?;
        row.as_ref().map(scope_place).transpose()
    }

    async fn scopes(&mut self) -> Stored<Vec<ScopeRow>> {
        let query = sqlx::query("SELECT scope, feed, digest FROM scope_head ORDER BY scope");
        let rows = query.fetch_all(&mut *self.tx).await?;
        rows.iter().map(scope_place).collect()
    }

    async fn last_receipt(&mut self, stream: &str) -> Stored<Option<ReceiptRow>> {
        let sql = receipt_sql("WHERE stream = $1 ORDER BY time_ms DESC, seq DESC LIMIT 1");
        let row = sqlx::query(sql)
            .bind(stream)
            .fetch_optional(&mut *self.tx)
            .await?;
        row.as_ref().map(receipt).transpose()
    }

    async fn last_receipt_ms(&mut self) -> Stored<Option<i64>> {
        let query = sqlx::query("SELECT MAX(time_ms) FROM receipt");
        Ok(query.fetch_one(&mut *self.tx).await?.try_get(0)?)
    }

    async fn receipts_from(&mut self, stream: &str, seq: i64) -> Stored<Vec<ReceiptRow>> {
        let sql = receipt_sql("WHERE stream = $1 AND seq >= $2 ORDER BY time_ms, seq");
        let rows = sqlx::query(sql)
            .bind(stream)
            .bind(seq)
            .fetch_all(&mut *self.tx)
            .await?;
        rows.iter().map(receipt).collect()
    }

    async fn insert_receipt(&mut self, row: &ReceiptRow) -> Stored<()> {
        let sql = "INSERT INTO receipt (stream, seq, time_ms, hash, bytes) \
                   VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
        let query = sqlx::query(sql)
            .bind(&row.stream)
            .bind(row.seq)
            .bind(row.time_ms)
            .bind(&row.hash)
            .bind(&row.bytes);
        query.execute(&mut *self.tx).await?;
        Ok(())
    }

    async fn keep_aside(&mut self, row: &AsideRow) -> Stored<()> {
        let sql = "INSERT INTO aside (digest, bytes, reason, device, received_ms, sealed) \
                   VALUES ($1, $2, $3, $4, $5, 1) ON CONFLICT DO NOTHING";
        let sealed = self.vault.seal(ASIDE_TABLE, &row.digest, &row.bytes)?;
        let query = sqlx::query(sql)
            .bind(&row.digest)
            .bind(sealed)
            .bind(&row.reason)
            .bind(&row.device)
            .bind(row.received_ms);
        query.execute(&mut *self.tx).await?;
        Ok(())
    }

    async fn asides(&mut self) -> Stored<Vec<AsideRow>> {
        let sql = "SELECT digest, bytes, reason, device, received_ms, sealed FROM aside \
                   ORDER BY received_ms, rowid";
        let rows = sqlx::query(sql).fetch_all(&mut *self.tx).await?;
        let aside = |row: &SqliteRow| -> Stored<AsideRow> {
            let (digest, bytes): (String, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
            let bytes = match row.try_get::<i64, _>("sealed")? {
                0 => bytes,
                _ => self.vault.open(ASIDE_TABLE, &digest, &bytes)?,
            };
            Ok(AsideRow {
                digest,
                bytes,
                reason: row.try_get("reason")?,
                device: row.try_get("device")?,
                received_ms: row.try_get("received_ms")?,
            })
        };
        rows.iter().map(aside).collect()
    }

    async fn drop_aside(&mut self, digest: &str) -> Stored<()> {
        let query = sqlx::query("DELETE FROM aside WHERE digest = $1").bind(digest);
        query.execute(&mut *self.tx).await?;
        Ok(())
    }

    async fn add_code(&mut self, row: &JoinRow) -> Stored<()> {
        let sql = "INSERT INTO join_code (code, site, made_ms) VALUES ($1, $2, $3) \
             ON CONFLICT DO NOTHING";
        sqlx::query(sql)
            .bind(&row.code)
            .bind(&row.site)
            .bind(row.made_ms)
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    async fn join_code(&mut self, code: &str) -> Stored<Option<JoinRow>> {
        let sql = "SELECT code, site, made_ms FROM join_code WHERE code = $1";
        let row = sqlx::query(sql).bind(code);
        let row = row.fetch_optional(&mut *self.tx).await?;
        row.map(|row| {
            Ok(JoinRow {
                code: row.try_get("code")?,
                site: row.try_get("site")?,
                made_ms: row.try_get("made_ms")?,
            })
        })
        .transpose()
    }

    async fn clear_codes(&mut self) -> Stored<()> {
        sqlx::query("DELETE FROM join_code")
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    async fn sign_in_code(&mut self, digest: &str) -> Stored<Option<SignInRow>> {
        let sql = "SELECT digest, staff, made_by, until_ms, device FROM sign_in_code \
             WHERE digest = $1";
        let query = sqlx::query(sql).bind(digest);
        let row = query.fetch_optional(&mut *self.tx).await?;
        row.map(|row| {
            Ok(SignInRow {
                digest: row.try_get("digest")?,
                staff: row.try_get("staff")?,
                made_by: row.try_get("made_by")?,
                until_ms: row.try_get("until_ms")?,
                device: row.try_get("device")?,
            })
        })
        .transpose()
    }

    async fn set_sign_in_code(&mut self, row: &SignInRow) -> Stored<()> {
        let sql = "INSERT INTO sign_in_code (digest, staff, made_by, until_ms, device) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (digest) DO UPDATE SET \
             staff = excluded.staff, made_by = excluded.made_by, \
             until_ms = excluded.until_ms, device = excluded.device";
        sqlx::query(sql)
            .bind(&row.digest)
            .bind(&row.staff)
            .bind(&row.made_by)
            .bind(row.until_ms)
            .bind(&row.device)
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    async fn clear_sign_in_codes(&mut self) -> Stored<()> {
        sqlx::query("DELETE FROM sign_in_code")
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    async fn meeting(&mut self, device: &str) -> Stored<Option<MeetingRow>> {
        let sql = "SELECT device, met_ms, complete_ms, wiped_ms, report FROM meeting \
             WHERE device = $1";
        let row = sqlx::query(sql).bind(device);
        let row = row.fetch_optional(&mut *self.tx).await?;
        row.map(|row| {
            Ok(MeetingRow {
                device: row.try_get("device")?,
                met_ms: row.try_get("met_ms")?,
                complete_ms: row.try_get("complete_ms")?,
                wiped_ms: row.try_get("wiped_ms")?,
                report: row.try_get("report")?,
            })
        })
        .transpose()
    }

    async fn set_meeting(&mut self, row: &MeetingRow) -> Stored<()> {
        let sql = "INSERT INTO meeting (device, met_ms, complete_ms, wiped_ms, report) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (device) DO UPDATE SET \
             met_ms = excluded.met_ms, complete_ms = excluded.complete_ms, \
             wiped_ms = excluded.wiped_ms, report = excluded.report";
        sqlx::query(sql)
            .bind(&row.device)
            .bind(row.met_ms)
            .bind(row.complete_ms)
            .bind(row.wiped_ms)
            .bind(&row.report)
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    async fn commit(self) -> Stored<()> {
        self.tx.commit().await?;
        Ok(())
    }
}
