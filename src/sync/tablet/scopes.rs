//! A scope the tablet may hold no longer: what is unsent goes out first, then everything of it
//! goes, its key with it.

use record::{CaseId, ScopeId, StreamId};
use sorted::SortedSet;

use super::clock::CLOCK_KEY;
use super::state::{
    CASE_PREFIX, CURSOR_PREFIX, RECEIPT_PREFIX, SCOPE_KEY_PREFIX, STREAM_PREFIX, StreamRecord,
    entries_from, under,
};
use super::{Entropy, Tablet, TabletError};
use crate::storage::{Batch, Durability, Storage, Store, Wanted};

impl<S: Storage, E: Entropy> Tablet<S, E> {
    /// Deletes a scope, unless entries of it are unsent. Answers the cases of which nothing is
    /// left; `None` where the scope stays for now. The endpoint names it again then.
    pub(super) async fn drop_scope(
        &self,
        scope: ScopeId,
    ) -> Result<Option<SortedSet<CaseId>>, TabletError> {
        let streams: Vec<StreamId> = {
            let state = self.state.borrow();
            let of_scope = || state.streams.values().filter(|s| s.scope == scope);
            if of_scope().any(|stream| stream.unsent() > 0 || !stream.orphans.is_empty()) {
                return Ok(None);
            }
            of_scope().map(|stream| stream.head.stream).collect()
        };
        let mut delete = vec![
            (Store::Meta, format!("{SCOPE_KEY_PREFIX}{scope}")),
            (Store::Meta, format!("{CURSOR_PREFIX}{scope}")),
        ];
        let mut cases = SortedSet::new();
        for stream in &streams {
            delete.push((Store::Meta, format!("{STREAM_PREFIX}{stream}")));
            let receipts = under(&format!("{RECEIPT_PREFIX}{stream}/"));
            let receipts = self.storage.read_one(Store::Meta, receipts).await?;
            delete.extend(receipts.into_iter().map(|(key, _)| (Store::Meta, key)));
            let entries = entries_from(stream, 0, u32::MAX);
            for (key, bytes) in self.storage.read_one(Store::Entries, entries).await? {
                let entry = self
                    .state
                    .borrow()
                    .open_entry(&self.store_key, &key, &bytes)?;
                cases.extend(entry.header().case);
                delete.push((Store::Entries, key));
            }
        }
        let gone = self.left_empty(&cases, &delete).await?;
        let marker = |case: &CaseId| (Store::Meta, format!("{CASE_PREFIX}{case}"));
        delete.extend(gone.iter().map(marker));
        self.commit_drop(scope, &streams, delete).await?;
        let mut state = self.state.borrow_mut();
        state.cases.retain(|case| !gone.contains(case));
        Ok(Some(gone))
    }

    /// Those of `cases` of which nothing is left after `delete`.
    async fn left_empty(
        &self,
        cases: &SortedSet<CaseId>,
        delete: &[(Store, String)],
    ) -> Result<SortedSet<CaseId>, TabletError> {
        let deleted: SortedSet<&str> = delete.iter().map(|(_, key)| key.as_str()).collect();
        let mut gone = SortedSet::new();
        for case in cases {
            let held = self
                .storage
                .read_one(Store::Entries, Wanted::Group(case.to_string()))
                .await?;
            if held.iter().all(|(key, _)| deleted.contains(key.as_str())) {
                gone.insert(*case);
            }
        }
        Ok(gone)
    }

    async fn commit_drop(
        &self,
        scope: ScopeId,
        streams: &[StreamId],
        delete: Vec<(Store, String)>,
    ) -> Result<(), TabletError> {
        let mut clock = self.state.borrow().clock.clone();
        clock.deletions = clock.deletions.saturating_add(1);
        let put = vec![self.put_json(CLOCK_KEY, &clock)?];
        let batch = {
            let state = self.state.borrow();
            let heads = streams.iter().map(|id| format!("{STREAM_PREFIX}{id}"));
            let expect = heads.chain([CLOCK_KEY.to_owned()]);
            Batch {
                expect: expect.map(|key| state.expect(&key)).collect(),
                put: put.clone(),
                delete,
                durability: Durability::Strict,
            }
        };
        self.storage.commit(batch).await?;
        let mut state = self.state.borrow_mut();
        state.remember(&put);
        state.clock = clock;
        state.scope_keys.remove(&scope);
        state.cursors.remove(&scope);
        state.raw.remove(&format!("{CURSOR_PREFIX}{scope}"));
        for stream in streams {
            state.streams.remove(stream);
            state.receipts.remove(stream);
            state.raw.remove(&format!("{STREAM_PREFIX}{stream}"));
        }
        debug_assert!(
            state
                .streams
                .values()
                .all(|s: &StreamRecord| s.scope != scope),
            "nothing of the scope is left"
        );
        Ok(())
    }
}
