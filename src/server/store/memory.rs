//! Everything in memory. A transaction works on a copy and puts it back at its commit; a
//! writing one holds the lock from its beginning. A script may make each call wait or fail.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{
    AsideRow, EntryRow, JoinRow, MeetingRow, ReceiptRow, ScopeRow, SignInRow, Store, StoreError,
    Stored, StreamRow, Tx, fold_digest,
};

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is done.
    Go,
    /// It waits once, so that others come in between, and is done.
    Wait,
    /// It fails, and nothing of it is done.
    Fail,
}

type Script = Arc<dyn Fn() -> Turn + Send + Sync>;

/// A store in memory; clones share it.
#[derive(Clone, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<Arc<State>>>,
    script: Option<Script>,
}

impl core::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("MemoryStore")
    }
}

impl MemoryStore {
    /// A store whose calls go as `script` says, each asked once.
    #[must_use]
    pub fn played(script: impl Fn() -> Turn + Send + Sync + 'static) -> Self {
        Self {
            state: Arc::default(),
            script: Some(Arc::new(script)),
        }
    }

    /// What is committed, apart from this store: a backup.
    pub async fn backup(&self) -> Backup {
        Backup(Arc::clone(&*self.state.lock().await))
    }

    /// Puts a backup in the place of what is committed.
    pub async fn restore(&self, backup: &Backup) {
        *self.state.lock().await = Arc::clone(&backup.0);
    }
}

/// What a store held when it was made.
#[derive(Clone, Debug)]
pub struct Backup(Arc<State>);

async fn turn(script: Option<&Script>) -> Stored<()> {
    match script.map_or(Turn::Go, |script| script()) {
        Turn::Go => {}
        Turn::Wait => {
            let mut waited = false;
            poll_fn(|context| {
                if std::mem::replace(&mut waited, true) {
                    return Poll::Ready(());
                }
                context.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
        }
        Turn::Fail => return Err(StoreError::Database(sqlx::Error::PoolClosed)),
    }
    Ok(())
}

#[derive(Clone, Debug, Default)]
struct State {
    meta: BTreeMap<String, String>,
    entries: Vec<Arc<EntryRow>>,
    digests: BTreeMap<(String, i64), String>,
    streams: BTreeMap<String, StreamRow>,
    scopes: BTreeMap<String, ScopeRow>,
    receipts: Vec<ReceiptRow>,
    asides: Vec<AsideRow>,
    codes: BTreeMap<String, JoinRow>,
    sign_in_codes: BTreeMap<String, SignInRow>,
    meetings: BTreeMap<String, MeetingRow>,
}

/// A transaction in memory.
pub struct MemoryTx {
    work: Arc<State>,
    shared: Option<OwnedMutexGuard<Arc<State>>>,
    script: Option<Script>,
}

impl core::fmt::Debug for MemoryTx {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("MemoryTx")
    }
}

impl Store for MemoryStore {
    type Tx = MemoryTx;

    async fn read(&self) -> Stored<MemoryTx> {
        turn(self.script.as_ref()).await?;
        let work = Arc::clone(&*self.state.lock().await);
        Ok(MemoryTx {
            work,
            shared: None,
            script: self.script.clone(),
        })
    }

    async fn write(&self) -> Stored<MemoryTx> {
        turn(self.script.as_ref()).await?;
        let shared = Arc::clone(&self.state).lock_owned().await;
        let work = Arc::clone(&*shared);
        Ok(MemoryTx {
            work,
            shared: Some(shared),
            script: self.script.clone(),
        })
    }
}

impl MemoryTx {
    fn rows(&self, keep: impl Fn(&EntryRow) -> bool) -> Vec<EntryRow> {
        self.work
            .entries
            .iter()
            .filter(|row| keep(row))
            .map(|row| EntryRow::clone(row))
            .collect()
    }

    /// What is committed stays as it is until the commit.
    fn change(&mut self) -> &mut State {
        Arc::make_mut(&mut self.work)
    }

    async fn turn(&self) -> Stored<()> {
        turn(self.script.as_ref()).await
    }

    fn number(&mut self, row: &EntryRow) -> Option<i64> {
        if self.work.entries.iter().any(|held| held.hash == row.hash) {
            return None;
        }
        let state = self.change();
        let scope = state.scopes.entry(row.scope.clone()).or_insert(ScopeRow {
            scope: row.scope.clone(),
            feed: 0,
            digest: String::new(),
        });
        scope.feed += 1;
        scope.digest = fold_digest(&scope.digest, &row.hash);
        let feed = scope.feed;
        let place = (row.scope.clone(), feed);
        state.digests.insert(place, scope.digest.clone());
        state.entries.push(Arc::new(EntryRow {
            feed,
            ..row.clone()
        }));
        Some(feed)
    }
}

impl Tx for MemoryTx {
    async fn meta(&mut self, name: &str) -> Stored<Option<String>> {
        self.turn().await?;
        Ok(self.work.meta.get(name).cloned())
    }

    async fn set_meta(&mut self, name: &str, value: &str) -> Stored<()> {
        self.turn().await?;
        self.change().meta.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    async fn entry(&mut self, hash: &str) -> Stored<Option<EntryRow>> {
        self.turn().await?;
        Ok(self.rows(|row| row.hash == hash).into_iter().next())
    }

    async fn at(&mut self, stream: &str, seq: i64) -> Stored<Vec<EntryRow>> {
        self.turn().await?;
        Ok(self.rows(|row| row.stream == stream && row.seq == seq))
    }

    async fn stream(&mut self, stream: &str) -> Stored<Option<StreamRow>> {
        self.turn().await?;
        Ok(self.work.streams.get(stream).cloned())
    }

    async fn set_stream(&mut self, row: &StreamRow) -> Stored<()> {
        self.turn().await?;
        self.change()
            .streams
            .insert(row.stream.clone(), row.clone());
        Ok(())
    }

    async fn ahead(&mut self, stream: &str, after: i64) -> Stored<Vec<EntryRow>> {
        self.turn().await?;
        let mut rows = self.rows(|row| row.stream == stream && row.seq > after && !row.fork);
        rows.sort_by_key(|row| row.seq);
        Ok(rows)
    }

    async fn names_ahead(&mut self, stream: &str, after: i64) -> Stored<Vec<(i64, String)>> {
        let rows = self.ahead(stream, after).await?.into_iter();
        Ok(rows.map(|row| (row.seq, row.hash)).collect())
    }

    async fn begins_after(&mut self, prev: &str, stream: &str) -> Stored<bool> {
        self.turn().await?;
        let begins = |row: &Arc<EntryRow>| {
            row.seq == 1 && row.prev.as_deref() == Some(prev) && row.stream != stream
        };
        Ok(self.work.entries.iter().any(begins))
    }

    async fn insert(&mut self, row: &EntryRow) -> Stored<Option<i64>> {
        self.turn().await?;
        Ok(self.number(row))
    }

    async fn replace(&mut self, row: &EntryRow) -> Stored<()> {
        self.turn().await?;
        let mut entries = self.change().entries.iter_mut();
        if let Some(held) = entries.find(|held| held.hash == row.hash) {
            Arc::make_mut(held).bytes.clone_from(&row.bytes);
        }
        Ok(())
    }

    async fn mark_fork(&mut self, hash: &str) -> Stored<()> {
        self.turn().await?;
        let mut entries = self.change().entries.iter_mut();
        if let Some(row) = entries.find(|row| row.hash == hash) {
            Arc::make_mut(row).fork = true;
        }
        Ok(())
    }

    async fn feed(&mut self, scope: &str, after: i64, limit: i64) -> Stored<Vec<EntryRow>> {
        self.turn().await?;
        let mut rows = self.rows(|row| row.scope == scope && row.feed > after);
        rows.sort_by_key(|row| row.feed);
        rows.truncate(usize::try_from(limit).unwrap_or(0));
        Ok(rows)
    }

    async fn of_kind(&mut self, prefix: &str) -> Stored<Vec<EntryRow>> {
        self.turn().await?;
        let mut rows = self.rows(|row| row.kind.starts_with(prefix));
        rows.sort_by(|a, b| (&a.scope, a.feed).cmp(&(&b.scope, b.feed)));
        Ok(rows)
    }

    async fn of_case(&mut self, case: &str) -> Stored<Vec<EntryRow>> {
        self.turn().await?;
        Ok(self.rows(|row| row.case.as_deref() == Some(case)))
    }

    async fn cases(&mut self) -> Stored<Vec<String>> {
        self.turn().await?;
        let mut cases: Vec<String> = self
            .work
            .entries
            .iter()
            .filter_map(|row| row.case.clone())
            .collect();
        cases.sort();
        cases.dedup();
        Ok(cases)
    }

    async fn digest_at(&mut self, scope: &str, feed: i64) -> Stored<Option<String>> {
        self.turn().await?;
        Ok(self.work.digests.get(&(scope.to_owned(), feed)).cloned())
    }

    async fn scope(&mut self, scope: &str) -> Stored<Option<ScopeRow>> {
        self.turn().await?;
        Ok(self.work.scopes.get(scope).cloned())
    }

    async fn scopes(&mut self) -> Stored<Vec<ScopeRow>> {
        self.turn().await?;
        Ok(self.work.scopes.values().cloned().collect())
    }

    async fn last_receipt(&mut self, stream: &str) -> Stored<Option<ReceiptRow>> {
        self.turn().await?;
        let receipts = self.work.receipts.iter().filter(|row| row.stream == stream);
        Ok(receipts.max_by_key(|row| (row.time_ms, row.seq)).cloned())
    }

    async fn last_receipt_ms(&mut self) -> Stored<Option<i64>> {
        self.turn().await?;
        Ok(self.work.receipts.iter().map(|row| row.time_ms).max())
    }

    async fn receipts_from(&mut self, stream: &str, seq: i64) -> Stored<Vec<ReceiptRow>> {
        self.turn().await?;
        let receipts = self.work.receipts.iter();
        let covering = receipts.filter(|row| row.stream == stream && row.seq >= seq);
        let mut covering: Vec<ReceiptRow> = covering.cloned().collect();
        covering.sort_by_key(|row| (row.time_ms, row.seq));
        Ok(covering)
    }

    async fn insert_receipt(&mut self, row: &ReceiptRow) -> Stored<()> {
        self.turn().await?;
        if !self.work.receipts.iter().any(|kept| kept.hash == row.hash) {
            self.change().receipts.push(row.clone());
        }
        Ok(())
    }

    async fn keep_aside(&mut self, row: &AsideRow) -> Stored<()> {
        self.turn().await?;
        if !self
            .work
            .asides
            .iter()
            .any(|kept| kept.digest == row.digest)
        {
            self.change().asides.push(row.clone());
        }
        Ok(())
    }

    async fn asides(&mut self) -> Stored<Vec<AsideRow>> {
        self.turn().await?;
        Ok(self.work.asides.clone())
    }

    async fn drop_aside(&mut self, digest: &str) -> Stored<()> {
        self.turn().await?;
        self.change().asides.retain(|row| row.digest != digest);
        Ok(())
    }

    async fn add_code(&mut self, row: &JoinRow) -> Stored<()> {
        self.turn().await?;
        self.change().codes.insert(row.code.clone(), row.clone());
        Ok(())
    }

    async fn join_code(&mut self, code: &str) -> Stored<Option<JoinRow>> {
        self.turn().await?;
        Ok(self.work.codes.get(code).cloned())
    }

    async fn clear_codes(&mut self) -> Stored<()> {
        self.turn().await?;
        self.change().codes.clear();
        Ok(())
    }

    async fn sign_in_code(&mut self, digest: &str) -> Stored<Option<SignInRow>> {
        self.turn().await?;
        Ok(self.work.sign_in_codes.get(digest).cloned())
    }

    async fn set_sign_in_code(&mut self, row: &SignInRow) -> Stored<()> {
        self.turn().await?;
        let digest = row.digest.clone();
        self.change().sign_in_codes.insert(digest, row.clone());
        Ok(())
    }

    async fn clear_sign_in_codes(&mut self) -> Stored<()> {
        self.turn().await?;
        self.change().sign_in_codes.clear();
        Ok(())
    }

    async fn meeting(&mut self, device: &str) -> Stored<Option<MeetingRow>> {
        self.turn().await?;
        Ok(self.work.meetings.get(device).cloned())
    }

    async fn set_meeting(&mut self, row: &MeetingRow) -> Stored<()> {
        self.turn().await?;
        let device = row.device.clone();
        self.change().meetings.insert(device, row.clone());
        Ok(())
    }

    async fn commit(self) -> Stored<()> {
        self.turn().await?;
        if let Some(mut shared) = self.shared {
            *shared = self.work;
        }
        Ok(())
    }
}
