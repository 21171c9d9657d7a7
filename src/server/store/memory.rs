//! Everything in memory. A transaction works on a copy and puts it back at its commit; a
//! writing one holds the lock from its beginning.

use std::collections::BTreeMap;
use std::future::{Future, ready};
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{AsideRow, EntryRow, ReceiptRow, ScopeRow, Store, Stored, StreamRow, Tx, fold_digest};

/// A store in memory; clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
}

#[derive(Clone, Debug, Default)]
struct State {
    meta: BTreeMap<String, String>,
    entries: Vec<EntryRow>,
    digests: BTreeMap<(String, i64), String>,
    streams: BTreeMap<String, StreamRow>,
    scopes: BTreeMap<String, ScopeRow>,
    receipts: Vec<ReceiptRow>,
    asides: Vec<AsideRow>,
    codes: BTreeMap<String, i64>,
}

/// A transaction in memory.
#[derive(Debug)]
pub struct MemoryTx {
    work: State,
    shared: Option<OwnedMutexGuard<State>>,
}

impl Store for MemoryStore {
    type Tx = MemoryTx;

    async fn read(&self) -> Stored<MemoryTx> {
        let work = self.state.lock().await.clone();
        Ok(MemoryTx { work, shared: None })
    }

    async fn write(&self) -> Stored<MemoryTx> {
        let shared = Arc::clone(&self.state).lock_owned().await;
        let work = shared.clone();
        Ok(MemoryTx {
            work,
            shared: Some(shared),
        })
    }
}

impl MemoryTx {
    fn rows(&self, keep: impl Fn(&EntryRow) -> bool) -> Vec<EntryRow> {
        self.work
            .entries
            .iter()
            .filter(|row| keep(row))
            .cloned()
            .collect()
    }

    fn number(&mut self, row: &EntryRow) -> Option<i64> {
        if self.work.entries.iter().any(|held| held.hash == row.hash) {
            return None;
        }
        let scope = self
            .work
            .scopes
            .entry(row.scope.clone())
            .or_insert(ScopeRow {
                scope: row.scope.clone(),
                feed: 0,
                digest: String::new(),
            });
        scope.feed += 1;
        scope.digest = fold_digest(&scope.digest, &row.hash);
        let feed = scope.feed;
        let place = (row.scope.clone(), feed);
        self.work.digests.insert(place, scope.digest.clone());
        self.work.entries.push(EntryRow {
            feed,
            ..row.clone()
        });
        Some(feed)
    }
}

impl Tx for MemoryTx {
    fn meta(&mut self, name: &str) -> impl Future<Output = Stored<Option<String>>> + Send {
        ready(Ok(self.work.meta.get(name).cloned()))
    }

    fn set_meta(&mut self, name: &str, value: &str) -> impl Future<Output = Stored<()>> + Send {
        self.work.meta.insert(name.to_owned(), value.to_owned());
        ready(Ok(()))
    }

    fn entry(&mut self, hash: &str) -> impl Future<Output = Stored<Option<EntryRow>>> + Send {
        ready(Ok(self.rows(|row| row.hash == hash).into_iter().next()))
    }

    fn at(&mut self, stream: &str, seq: i64) -> impl Future<Output = Stored<Vec<EntryRow>>> + Send {
        ready(Ok(self.rows(|row| row.stream == stream && row.seq == seq)))
    }

    fn stream(&mut self, stream: &str) -> impl Future<Output = Stored<Option<StreamRow>>> + Send {
        ready(Ok(self.work.streams.get(stream).cloned()))
    }

    fn set_stream(&mut self, row: &StreamRow) -> impl Future<Output = Stored<()>> + Send {
        self.work.streams.insert(row.stream.clone(), row.clone());
        ready(Ok(()))
    }

    fn ahead(
        &mut self,
        stream: &str,
        after: i64,
    ) -> impl Future<Output = Stored<Vec<EntryRow>>> + Send {
        let mut rows = self.rows(|row| row.stream == stream && row.seq > after && !row.fork);
        rows.sort_by_key(|row| row.seq);
        ready(Ok(rows))
    }

    fn begins_after(
        &mut self,
        prev: &str,
        stream: &str,
    ) -> impl Future<Output = Stored<bool>> + Send {
        let begins = |row: &EntryRow| {
            row.seq == 1 && row.prev.as_deref() == Some(prev) && row.stream != stream
        };
        ready(Ok(self.work.entries.iter().any(begins)))
    }

    fn insert(&mut self, row: &EntryRow) -> impl Future<Output = Stored<Option<i64>>> + Send {
        ready(Ok(self.number(row)))
    }

    fn feed(
        &mut self,
        scope: &str,
        after: i64,
        limit: i64,
    ) -> impl Future<Output = Stored<Vec<EntryRow>>> + Send {
        let mut rows = self.rows(|row| row.scope == scope && row.feed > after);
        rows.sort_by_key(|row| row.feed);
        rows.truncate(usize::try_from(limit).unwrap_or(0));
        ready(Ok(rows))
    }

    fn of_kind(&mut self, prefix: &str) -> impl Future<Output = Stored<Vec<EntryRow>>> + Send {
        let mut rows = self.rows(|row| row.kind.starts_with(prefix));
        rows.sort_by(|a, b| (&a.scope, a.feed).cmp(&(&b.scope, b.feed)));
        ready(Ok(rows))
    }

    fn of_case(&mut self, case: &str) -> impl Future<Output = Stored<Vec<EntryRow>>> + Send {
        ready(Ok(self.rows(|row| row.case.as_deref() == Some(case))))
    }

    fn cases(&mut self) -> impl Future<Output = Stored<Vec<String>>> + Send {
        let mut cases: Vec<String> = self
            .work
            .entries
            .iter()
            .filter_map(|row| row.case.clone())
            .collect();
        cases.sort();
        cases.dedup();
        ready(Ok(cases))
    }

    fn digest_at(
        &mut self,
        scope: &str,
        feed: i64,
    ) -> impl Future<Output = Stored<Option<String>>> + Send {
        ready(Ok(self
            .work
            .digests
            .get(&(scope.to_owned(), feed))
            .cloned()))
    }

    fn scope(&mut self, scope: &str) -> impl Future<Output = Stored<Option<ScopeRow>>> + Send {
        ready(Ok(self.work.scopes.get(scope).cloned()))
    }

    fn last_receipt(
        &mut self,
        stream: &str,
    ) -> impl Future<Output = Stored<Option<ReceiptRow>>> + Send {
        let receipts = self.work.receipts.iter().filter(|row| row.stream == stream);
        ready(Ok(receipts
            .max_by_key(|row| (row.time_ms, row.seq))
            .cloned()))
    }

    fn last_receipt_ms(&mut self) -> impl Future<Output = Stored<Option<i64>>> + Send {
        ready(Ok(self.work.receipts.iter().map(|row| row.time_ms).max()))
    }

    fn receipts_from(
        &mut self,
        stream: &str,
        seq: i64,
    ) -> impl Future<Output = Stored<Vec<ReceiptRow>>> + Send {
        let receipts = self.work.receipts.iter();
        let covering = receipts.filter(|row| row.stream == stream && row.seq >= seq);
        let mut covering: Vec<ReceiptRow> = covering.cloned().collect();
        covering.sort_by_key(|row| (row.time_ms, row.seq));
        ready(Ok(covering))
    }

    fn insert_receipt(&mut self, row: &ReceiptRow) -> impl Future<Output = Stored<()>> + Send {
        if !self.work.receipts.iter().any(|kept| kept.hash == row.hash) {
            self.work.receipts.push(row.clone());
        }
        ready(Ok(()))
    }

    fn keep_aside(&mut self, row: &AsideRow) -> impl Future<Output = Stored<()>> + Send {
        if !self
            .work
            .asides
            .iter()
            .any(|kept| kept.digest == row.digest)
        {
            self.work.asides.push(row.clone());
        }
        ready(Ok(()))
    }

    fn asides(&mut self) -> impl Future<Output = Stored<Vec<AsideRow>>> + Send {
        ready(Ok(self.work.asides.clone()))
    }

    fn add_code(&mut self, code: &str, made_ms: i64) -> impl Future<Output = Stored<()>> + Send {
        self.work.codes.insert(code.to_owned(), made_ms);
        ready(Ok(()))
    }

    fn has_code(&mut self, code: &str) -> impl Future<Output = Stored<bool>> + Send {
        ready(Ok(self.work.codes.contains_key(code)))
    }

    fn clear_codes(&mut self) -> impl Future<Output = Stored<()>> + Send {
        self.work.codes.clear();
        ready(Ok(()))
    }

    async fn commit(self) -> Stored<()> {
        if let Some(mut shared) = self.shared {
            *shared = self.work;
        }
        Ok(())
    }
}
