//! A scope the tablet may hold no longer: what is unsent goes out first, then everything of it
//! goes, its key with it. Of one that it keeps for others the key goes from the slot of who may not
//! read it any more.

use record::{CaseId, Hash, ScopeId, StreamId};
use sorted::SortedSet;

use super::clock::CLOCK_KEY;
use super::keys::{
    ASIDE_PREFIX, CURSOR_PREFIX, PENDING_PREFIX, RECEIPT_PREFIX, STREAM_PREFIX, keys_under,
    marker_key, under,
};
use super::stream::StreamRecord;
use super::{ATTEMPTS_MAX, Entropy, Tablet, TabletError};
use crate::storage::{Batch, Durability, Expect, Storage, StorageError, Store};

impl<S: Storage, E: Entropy> Tablet<S, E> {
    /// Deletes a scope, unless entries or attachments of it are unsent. Answers the cases of which
    /// nothing is left; `None` where the scope stays for now. The endpoint names it again then.
    pub(super) async fn drop_scope(
        &self,
        scope: ScopeId,
    ) -> Result<Option<SortedSet<CaseId>>, TabletError> {
        let (streams, begun_at): (Vec<StreamId>, _) = {
            let state = self.state.borrow();
            let of_scope = || state.streams.values().filter(|s| s.scope == scope);
            // Own acts beside a fork whose author has not unlocked the tablet since cannot be
            // recorded again any more; as they were first written they are with the endpoint.
            if of_scope().any(|stream| stream.unsent() > 0) {
                return Ok(None);
            }
            if state.waiting().any(|of| of.scope == scope) {
                return Ok(None);
            }
            let streams = of_scope().map(|stream| stream.head.stream).collect();
            (streams, state.expect(CLOCK_KEY))
        };
        let mut delete = vec![(Store::Meta, format!("{CURSOR_PREFIX}{scope}"))];
        for stream in &streams {
            delete.push((Store::Meta, format!("{STREAM_PREFIX}{stream}")));
            let receipts = under(&format!("{RECEIPT_PREFIX}{stream}/"));
            let receipts = self.storage.read_one(Store::Meta, receipts).await?;
            delete.extend(receipts.into_iter().map(|(key, _)| (Store::Meta, key)));
            let entries = keys_under(&stream.to_string());
            let entries = self.storage.read_one(Store::Entries, entries).await?;
            delete.extend(entries.into_iter().map(|(key, _)| (Store::Entries, key)));
        }
        let name = scope.to_string();
        for (store, prefix) in [
            (Store::Blobs, name.clone()),
            (Store::Meta, format!("{PENDING_PREFIX}{name}")),
        ] {
            let keys = self.storage.read_one(store, keys_under(&prefix)).await?;
            delete.extend(keys.into_iter().map(|(key, _)| (store, key)));
        }
        // What was derived from it, or kept aside. What somebody was typing stays, and opens only
        // if the key comes again.
        for (store, wanted) in [
            (Store::Cache, under("")),
            (Store::Packs, under("")),
            (Store::Meta, under(ASIDE_PREFIX)),
        ] {
            let records = self.storage.read_one(store, wanted).await?;
            let of_scope = records
                .into_iter()
                .filter(|(_, v)| v.starts_with(scope.bytes()));
            delete.extend(of_scope.map(|(key, _)| (store, key)));
        }
        let cases = self.state.borrow().cases.clone();
        let (lost, left): (Vec<_>, Vec<_>) = cases.iter().partition(|(of, _)| *of == scope);
        let marker = |(scope, case): &&(ScopeId, CaseId)| (Store::Meta, marker_key(scope, case));
        delete.extend(lost.iter().map(marker));
        if !self.commit_drop(scope, &streams, delete, begun_at).await? {
            return Ok(None);
        }
        let left: SortedSet<CaseId> = left.into_iter().map(|(_, case)| *case).collect();
        let mut gone: SortedSet<CaseId> = lost.into_iter().map(|(_, case)| *case).collect();
        gone.retain(|case| !left.contains(case));
        Ok(Some(gone))
    }

    /// Takes the keys of scopes that the tablet keeps for others out of the slot of who uses it.
    /// What the person has recorded in them goes out as it lies. Answers which were in it.
    pub(super) async fn close_scopes(&self, lost: &[ScopeId]) -> Result<Vec<ScopeId>, TabletError> {
        for _ in 0..ATTEMPTS_MAX {
            let (batch, closed) = {
                let state = self.state.borrow();
                let Some(holder) = &state.holder else {
                    return Ok(Vec::new());
                };
                let at_hand = |scope: &&ScopeId| state.scope_keys.contains_key(scope);
                let closed: Vec<ScopeId> = lost.iter().filter(at_hand).copied().collect();
                if closed.is_empty() {
                    return Ok(closed);
                }
                let mut keys = state.scope_keys.clone();
                keys.retain(|scope, _| !closed.contains(scope));
                let batch = Batch {
                    expect: vec![state.expect(&holder.record_key())],
                    put: vec![self.put_slot(holder, &keys)?],
                    delete: Vec::new(),
                    durability: Durability::Strict,
                };
                (batch, closed)
            };
            let done = self.storage.commit(batch).await;
            // What was read with them goes from memory, too; and it may be done where that is not
            // answered.
            self.reload().await?;
            match done {
                Ok(()) => return Ok(closed),
                Err(StorageError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(TabletError::Busy)
    }

    /// Answers `false` where something was recorded since `begun_at`, the clock's record.
    async fn commit_drop(
        &self,
        scope: ScopeId,
        streams: &[StreamId],
        delete: Vec<(Store, String)>,
        begun_at: Expect,
    ) -> Result<bool, TabletError> {
        let mut clock = self.state.borrow().clock.clone();
        clock.deletions = clock.deletions.saturating_add(1);
        let mut put = vec![self.put_json(CLOCK_KEY, &clock)?];
        let batch = {
            let state = self.state.borrow();
            let mut keys = state.scope_keys.clone();
            let mut slot = None;
            if let (Some(holder), Some(_)) = (&state.holder, keys.remove(&scope)) {
                slot = Some(holder.record_key());
                put.push(self.put_slot(holder, &keys)?);
            }
            let heads = streams.iter().map(|id| format!("{STREAM_PREFIX}{id}"));
            let others = heads.chain(slot).map(|key| state.expect(&key));
            Batch {
                expect: others.chain([begun_at]).collect(),
                put: put.clone(),
                delete,
                durability: Durability::Strict,
            }
        };
        let aside = |(_, key): &(Store, String)| key.strip_prefix(ASIDE_PREFIX)?.parse().ok();
        let gone: SortedSet<Hash> = batch.delete.iter().filter_map(aside).collect();
        match self.storage.commit(batch).await {
            Err(StorageError::Conflict) => {
                self.reload().await?;
                return Ok(false);
            }
            done => done?,
        }
        let mut state = self.state.borrow_mut();
        state.remember(&put);
        state.clock = clock;
        state.scope_keys.remove(&scope);
        state.cursors.remove(&scope);
        state.asides.retain(|note| !gone.contains(&note.hash));
        state.cases.retain(|(of, _)| *of != scope);
        state.pending.retain(|of, _| of.scope != scope);
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
        Ok(true)
    }
}
