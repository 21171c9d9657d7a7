//! Drafts, what can be rebuilt, and running numbers.

use record::ScopeId;

use super::clock::CLOCK_KEY;
use super::keys::{DRAFT_PREFIX, NUMBER_KEY, under};
use super::{ATTEMPTS_MAX, Entropy, Tablet, TabletError};
use crate::storage::{Batch, Durability, Expect, Put, Storage, StorageError, Store, Wanted};

/// A record that can be rebuilt from entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheRecord {
    /// The key: made of random identifiers and fixed words only.
    pub key: String,
    /// The group by which it is found with others.
    pub group: Option<String>,
    /// The scope whose key seals it; `None` for the tablet's.
    pub scope: Option<ScopeId>,
    /// The bytes.
    pub value: Vec<u8>,
}

pub(super) fn draft_key(key: &str) -> String {
    format!("{DRAFT_PREFIX}{key}")
}

impl<S: Storage, E: Entropy> Tablet<S, E> {
    /// Saves what is being typed, sealed under the scope it will be recorded in. `key` is made of
    /// random identifiers and fixed words only.
    ///
    /// # Errors
    /// Where the storage fails, or the scope is not open.
    pub async fn save_draft(
        &self,
        scope: ScopeId,
        key: &str,
        bytes: &[u8],
    ) -> Result<(), TabletError> {
        let key = draft_key(key);
        let place = (Store::Meta, key.as_str(), Some(scope));
        let value = self.seal_bytes(&self.state.borrow(), place, bytes)?;
        let put = Put {
            store: Store::Meta,
            key,
            group: None,
            value,
        };
        self.write_relaxed(vec![put], Vec::new()).await
    }

    /// The drafts whose keys begin with `beginning`, as far as their scopes are open.
    ///
    /// # Errors
    /// Where the storage fails or a draft does not open.
    pub async fn drafts(&self, beginning: &str) -> Result<Vec<(String, Vec<u8>)>, TabletError> {
        let wanted = under(&format!("{DRAFT_PREFIX}{beginning}"));
        let mut drafts = Vec::new();
        for (key, bytes) in self.storage.read_one(Store::Meta, wanted).await? {
            if !self.state.borrow().opens(&bytes) {
                continue;
            }
            let plain = self.open_bytes(Store::Meta, &key, &bytes)?;
            let name = key.strip_prefix(DRAFT_PREFIX).unwrap_or(&key);
            drafts.push((name.to_owned(), plain));
        }
        Ok(drafts)
    }

    /// Deletes a draft and its photos.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn drop_draft(&self, key: &str) -> Result<(), TabletError> {
        let mut delete = self.draft_photo_keys(key).await?;
        delete.push((Store::Meta, draft_key(key)));
        self.write_relaxed(Vec::new(), delete).await
    }

    /// Writes records to the cache.
    ///
    /// # Errors
    /// Where the storage fails or a scope is not held; [`TabletError::Busy`] where another page has
    /// written since: what was derived is of before that.
    pub async fn cache_put(&self, records: Vec<CacheRecord>) -> Result<(), TabletError> {
        let mut put = Vec::new();
        for record in records {
            put.push(self.seal_cache(record)?);
        }
        self.write_derived(put, Vec::new()).await
    }

    /// Deletes a record of the cache.
    ///
    /// # Errors
    /// As [`Self::cache_put`].
    pub async fn cache_delete(&self, key: &str) -> Result<(), TabletError> {
        let delete = vec![(Store::Cache, key.to_owned())];
        self.write_derived(Vec::new(), delete).await
    }

    async fn write_derived(
        &self,
        put: Vec<Put>,
        delete: Vec<(Store, String)>,
    ) -> Result<(), TabletError> {
        for _ in 0..ATTEMPTS_MAX {
            let batch = Batch {
                expect: vec![self.state.borrow().expect(CLOCK_KEY)],
                put: put.clone(),
                delete: delete.clone(),
                durability: Durability::Relaxed,
            };
            match self.storage.commit(batch).await {
                Err(StorageError::Conflict) => self.reload().await?,
                done => return Ok(done?),
            }
            // What this page has written meanwhile it derives from anew.
            if self.changes().is_none() {
                break;
            }
        }
        Err(TabletError::Busy)
    }

    /// Records of the cache from `from` to `to` (exclusive), at most `limit`. One that does not
    /// open, since its scope is gone, or is not shown for now, is as good as none.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn cache_range(
        &self,
        from: &str,
        to: &str,
        limit: u32,
    ) -> Result<Vec<(String, Vec<u8>)>, TabletError> {
        let wanted = Wanted::Range {
            from: from.to_owned(),
            to: to.to_owned(),
            limit,
        };
        let records = self.storage.read_one(Store::Cache, wanted).await?;
        let open = |(key, bytes): (String, Vec<u8>)| {
            if self.state.borrow().is_withheld(&bytes) {
                return None;
            }
            let plain = self.open_bytes(Store::Cache, &key, &bytes).ok()?;
            Some((key, plain))
        };
        Ok(records.into_iter().filter_map(open).collect())
    }

    /// The next running number of this tablet: written down before it is answered, so that none is
    /// given twice. Begins at 1.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn next_number(&self) -> Result<u32, TabletError> {
        for _ in 0..ATTEMPTS_MAX {
            let old = self.storage.get(Store::Meta, NUMBER_KEY).await?;
            let last: u32 = match &old {
                None => 0,
                Some(bytes) => super::state::open_json(&self.store_key, NUMBER_KEY, bytes)?,
            };
            let next = last.saturating_add(1);
            let batch = Batch {
                expect: vec![Expect {
                    store: Store::Meta,
                    key: NUMBER_KEY.to_owned(),
                    value: old,
                }],
                put: vec![self.put_json(NUMBER_KEY, &next)?],
                delete: Vec::new(),
                durability: Durability::Strict,
            };
            match self.storage.commit(batch).await {
                Ok(()) => return Ok(next),
                Err(StorageError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(TabletError::Busy)
    }

    pub(super) fn seal_cache(&self, record: CacheRecord) -> Result<Put, TabletError> {
        let place = (Store::Cache, record.key.as_str(), record.scope);
        let value = self.seal_bytes(&self.state.borrow(), place, &record.value)?;
        Ok(Put {
            store: Store::Cache,
            key: record.key,
            group: record.group,
            value,
        })
    }

    pub(super) async fn write_relaxed(
        &self,
        put: Vec<Put>,
        delete: Vec<(Store, String)>,
    ) -> Result<(), TabletError> {
        let batch = Batch {
            expect: Vec::new(),
            put,
            delete,
            durability: Durability::Relaxed,
        };
        Ok(self.storage.commit(batch).await?)
    }
}
