//! What the tablet asks of its storage: a few ordered stores of opaque bytes, read by key, by range
//! and by group, written in atomic batches. Thin enough for IndexedDB and for memory alike.

/// The stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Store {
    /// Entries, one record each; grouped by case.
    Entries,
    /// Packed entries of a case.
    Packs,
    /// Attachments.
    Blobs,
    /// Heads, cursors, keys, receipts, drafts.
    Meta,
    /// What can be rebuilt: summaries, indexes.
    Cache,
}

impl Store {
    /// All stores.
    pub const ALL: [Self; 5] = [
        Self::Entries,
        Self::Packs,
        Self::Blobs,
        Self::Meta,
        Self::Cache,
    ];

    /// The store's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Entries => "entries",
            Self::Packs => "packs",
            Self::Blobs => "blobs",
            Self::Meta => "meta",
            Self::Cache => "cache",
        }
    }
}

/// What a batch expects to find; otherwise nothing of it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expect {
    /// The store.
    pub store: Store,
    /// The key.
    pub key: String,
    /// Exactly these bytes, or nothing there.
    pub value: Option<Vec<u8>>,
}

/// A record to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// The store.
    pub store: Store,
    /// The key; replaces what is there.
    pub key: String,
    /// The group by which it is found with others.
    pub group: Option<String>,
    /// The bytes.
    pub value: Vec<u8>,
}

/// How sure a committed batch is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// On the disk: for own acts.
    #[default]
    Strict,
    /// With the operating system: for what can be pulled again.
    Relaxed,
}

/// What is done at once, or not at all. First `delete`, then `put`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Checked first, in the same transaction.
    pub expect: Vec<Expect>,
    /// Records to write.
    pub put: Vec<Put>,
    /// Records to delete; a key that is not there is no fault.
    pub delete: Vec<(Store, String)>,
    /// How sure.
    pub durability: Durability,
}

/// Why storage did not do what was asked. After any of them but a lost connection nothing of the
/// batch was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// An expectation was not met: another writer was there.
    #[error("another writer was there")]
    Conflict,
    /// No room.
    #[error("no room left")]
    Quota,
    /// The connection was closed; whether the batch was done is open.
    #[error("the connection was closed")]
    Closed,
    /// Another tab holds an older version open.
    #[error("another tab is in the way")]
    Blocked,
    /// Anything else, in the storage's words.
    #[error("{0}")]
    Other(String),
}

/// The tablet's storage. Futures are not `Send`: IndexedDB lives on one thread.
#[expect(async_fn_in_trait, reason = "used on one thread, no Send bound wanted")]
pub trait Storage {
    /// The record under a key.
    async fn get(&self, store: Store, key: &str) -> Result<Option<Vec<u8>>, StorageError>;

    /// Records from `from` to `to` (exclusive), ascending by the keys' bytes, at most `limit`.
    async fn range(
        &self,
        store: Store,
        from: &str,
        to: &str,
        limit: u32,
    ) -> Result<Vec<(String, Vec<u8>)>, StorageError>;

    /// The keys from `from` to `to` (exclusive), ascending by their bytes.
    async fn keys(&self, store: Store, from: &str, to: &str) -> Result<Vec<String>, StorageError>;

    /// All records of a group, ascending by key.
    async fn group(
        &self,
        store: Store,
        group: &str,
    ) -> Result<Vec<(String, Vec<u8>)>, StorageError>;

    /// Does the whole batch or nothing of it; returns only when it is as durable as asked.
    async fn commit(&self, batch: Batch) -> Result<(), StorageError>;
}

impl<S: Storage> Storage for &S {
    async fn get(&self, store: Store, key: &str) -> Result<Option<Vec<u8>>, StorageError> {
        (**self).get(store, key).await
    }

    async fn range(
        &self,
        store: Store,
        from: &str,
        to: &str,
        limit: u32,
    ) -> Result<Vec<(String, Vec<u8>)>, StorageError> {
        (**self).range(store, from, to, limit).await
    }

    async fn keys(&self, store: Store, from: &str, to: &str) -> Result<Vec<String>, StorageError> {
        (**self).keys(store, from, to).await
    }

    async fn group(
        &self,
        store: Store,
        group: &str,
    ) -> Result<Vec<(String, Vec<u8>)>, StorageError> {
        (**self).group(store, group).await
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        (**self).commit(batch).await
    }
}
