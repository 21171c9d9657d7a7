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
    /// Another tab holds the storage.
    #[error("another tab is in the way")]
    Blocked,
    /// A newer version of the app has opened the storage: this one does not know what is in it.
    #[error("a newer version has been here")]
    Newer,
    /// Anything else, in the storage's words.
    #[error("{0}")]
    Other(String),
}

/// What is read of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The record under a key.
    Key(String),
    /// Records of the keys from `from` to `to` (exclusive), ascending by the keys' bytes.
    Range {
        /// The first key.
        from: String,
        /// The key behind the last.
        to: String,
        /// No more records than this.
        limit: u32,
    },
    /// The keys of such a range; their records' bytes are left out.
    Keys {
        /// The first key.
        from: String,
        /// The key behind the last.
        to: String,
    },
    /// All records of a group, ascending by key.
    Group(String),
}

/// Records with their keys.
pub type Records = Vec<(String, Vec<u8>)>;

/// The tablet's storage. Futures are not `Send`: IndexedDB lives on one thread.
#[expect(async_fn_in_trait, reason = "used on one thread, no Send bound wanted")]
pub trait Storage {
    /// Reads several things as they are at one moment: an answer for each, in order.
    async fn read(&self, wanted: Vec<(Store, Wanted)>) -> Result<Vec<Records>, StorageError>;

    /// Does the whole batch or nothing of it; returns only when it is as durable as asked.
    async fn commit(&self, batch: Batch) -> Result<(), StorageError>;

    /// Reads one thing.
    async fn read_one(&self, store: Store, wanted: Wanted) -> Result<Records, StorageError> {
        let mut answers = self.read(vec![(store, wanted)]).await?;
        Ok(answers.pop().unwrap_or_default())
    }

    /// The record under a key.
    async fn get(&self, store: Store, key: &str) -> Result<Option<Vec<u8>>, StorageError> {
        let mut found = self.read_one(store, Wanted::Key(key.to_owned())).await?;
        Ok(found.pop().map(|(_, bytes)| bytes))
    }
}

impl<S: Storage> Storage for &S {
    async fn read(&self, wanted: Vec<(Store, Wanted)>) -> Result<Vec<Records>, StorageError> {
        (**self).read(wanted).await
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        (**self).commit(batch).await
    }
}
