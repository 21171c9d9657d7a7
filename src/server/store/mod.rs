//! What the endpoint keeps, behind one trait with one suite, so that a second database follows
//! without a change elsewhere. Everything is done in a transaction; what a reply acknowledges
//! has been committed before.
//!
//! * [`memory`] in memory, for the suite and for tests
//! * [`sqlite`] SQLite, the default
//! * [`in_use`] who has a database file open
//! * [`conformance`] the suite that every implementation passes

use std::future::Future;

#[cfg(test)]
pub(crate) mod conformance;
pub mod in_use;
pub mod memory;
pub mod sqlite;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed or is not there.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// A file beside the database cannot be used.
    #[error("database: {0}")]
    File(#[from] std::io::Error),
    /// The database was written by a newer version of this program.
    #[error("the database has schema {found}; this program knows schemas up to {known}")]
    Newer {
        /// Schema of the database.
        found: i64,
        /// Newest schema known here.
        known: i64,
    },
    /// A backup is being put in place of the database.
    #[error("a backup is being put back in this folder; wait until that has ended")]
    Replaced,
    /// What was read back is not what was written.
    #[error("database: {0} is damaged")]
    Damaged(&'static str),
    /// What is confidential cannot be sealed.
    #[error("database: {0} cannot be sealed")]
    NotSealed(&'static str),
}

/// Result of a store operation.
pub type Stored<T> = Result<T, StoreError>;

/// An entry as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// SHA-256 of the header line.
    pub hash: String,
    /// The scope it belongs to.
    pub scope: String,
    /// Place in the scope's feed, from 1 without gap; given by [`Tx::insert`].
    pub feed: i64,
    /// Its stream.
    pub stream: String,
    /// Place in the stream, from 1.
    pub seq: i64,
    /// The entry before it.
    pub prev: Option<String>,
    /// It lies beside its stream's chain.
    pub fork: bool,
    /// Kind, as the header says.
    pub kind: String,
    /// The case, where there is one.
    pub case: Option<String>,
    /// When it was first received here, by the endpoint's clock.
    pub received_ms: i64,
    /// Its body lies sealed in a database.
    pub confidential: bool,
    /// The three lines, exactly as received.
    pub bytes: Vec<u8>,
}

/// A receipt as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptRow {
    /// The stream it confirms.
    pub stream: String,
    /// The stream's place up to which it confirms.
    pub seq: i64,
    /// The endpoint's time.
    pub time_ms: i64,
    /// SHA-256 of the receipt's line.
    pub hash: String,
    /// The receipt, exactly as signed.
    pub bytes: Vec<u8>,
}

/// Something received that is no entry that can be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsideRow {
    /// SHA-256 of the bytes.
    pub digest: String,
    /// As received.
    pub bytes: Vec<u8>,
    /// Why it was not taken.
    pub reason: String,
    /// The tablet that brought it.
    pub device: String,
    /// When, by the endpoint's clock.
    pub received_ms: i64,
}

/// A code with which a tablet joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinRow {
    /// The code in its normal form.
    pub code: String,
    /// The site it is for; empty for the company itself, `None` for the only site there is.
    pub site: Option<String>,
    /// When it was made, milliseconds of UTC.
    pub made_ms: i64,
}

/// What a tablet last said of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingRow {
    /// The tablet.
    pub device: String,
    /// When, by the endpoint's clock.
    pub met_ms: i64,
    /// When it had last sent and received everything.
    pub complete_ms: Option<i64>,
    /// When it said that it deletes what is on it.
    pub wiped_ms: Option<i64>,
    /// What it said, as JSON.
    pub report: String,
}

/// A code with which a person signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInRow {
    /// SHA-256 of the code in its normal form.
    pub digest: String,
    /// The person.
    pub staff: String,
    /// The administrator who made it; `None` at the command line.
    pub made_by: Option<String>,
    /// Void from then on, milliseconds of UTC.
    pub until_ms: i64,
    /// The tablet that has used it; no other one may.
    pub device: Option<String>,
}

/// A scope's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeRow {
    /// The scope.
    pub scope: String,
    /// Last feed number given, which is also the count of its entries.
    pub feed: i64,
    /// Exclusive or of their names, hexadecimal.
    pub digest: String,
}

/// A stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamRow {
    /// The stream.
    pub stream: String,
    /// Its device.
    pub device: String,
    /// Its scope.
    pub scope: String,
    /// Frontier: the place up to which it is held without a hole, 0 for none.
    pub seq: i64,
    /// Hash of the entry there.
    pub hash: String,
    /// Position of the roster that entry names.
    pub roster: i64,
}

/// A place where everything is kept.
pub trait Store: Clone + Send + Sync + 'static {
    /// Its transactions.
    type Tx: Tx;

    /// Begins a transaction that only reads.
    fn read(&self) -> impl Future<Output = Stored<Self::Tx>> + Send;

    /// Begins a transaction that writes: it sees everything committed before it began, and
    /// nothing else is committed to the scopes it touches until it ends.
    fn write(&self) -> impl Future<Output = Stored<Self::Tx>> + Send;
}

/// A transaction. Dropped without [`Tx::commit`] it leaves no trace.
pub trait Tx: Send + 'static {
    /// A value that the endpoint keeps about itself.
    fn meta(&mut self, name: &str) -> impl Future<Output = Stored<Option<String>>> + Send;

    /// Sets such a value.
    fn set_meta(&mut self, name: &str, value: &str) -> impl Future<Output = Stored<()>> + Send;

    /// An entry by its hash.
    fn entry(&mut self, hash: &str) -> impl Future<Output = Stored<Option<EntryRow>>> + Send;

    /// All entries at one place of a stream, first received first; two or more are a fork.
    fn at(&mut self, stream: &str, seq: i64) -> impl Future<Output = Stored<Vec<EntryRow>>> + Send;

    /// A stream; `None` where nothing of it is held.
    fn stream(&mut self, stream: &str) -> impl Future<Output = Stored<Option<StreamRow>>> + Send;

    /// Sets a stream's row.
    fn set_stream(&mut self, row: &StreamRow) -> impl Future<Output = Stored<()>> + Send;

    /// Entries of a stream's chain past a place, by place: those that lie ahead of a hole.
    fn ahead(
        &mut self,
        stream: &str,
        after: i64,
    ) -> impl Future<Output = Stored<Vec<EntryRow>>> + Send;

    /// Places and names of the same, without what they say.
    fn names_ahead(
        &mut self,
        stream: &str,
        after: i64,
    ) -> impl Future<Output = Stored<Vec<(i64, String)>>> + Send;

    /// Whether a stream other than `stream` begins after the entry `prev`.
    fn begins_after(
        &mut self,
        prev: &str,
        stream: &str,
    ) -> impl Future<Output = Stored<bool>> + Send;

    /// Inserts an entry and gives it the next number of its scope; `None` where it is held
    /// already. The number in the row passed in is not looked at. Scopes must be taken in
    /// one order within a transaction: the company's, then the others ascending.
    fn insert(&mut self, row: &EntryRow) -> impl Future<Output = Stored<Option<i64>>> + Send;

    /// Puts other lines in the place of an entry's that is held; nothing else of it changes.
    fn replace(&mut self, row: &EntryRow) -> impl Future<Output = Stored<()>> + Send;

    /// Marks an entry that lay ahead of a hole as a fork: the chain has gone another way.
    fn mark_fork(&mut self, hash: &str) -> impl Future<Output = Stored<()>> + Send;

    /// Entries of a scope after a feed number, ascending, at most `limit`.
    fn feed(
        &mut self,
        scope: &str,
        after: i64,
        limit: i64,
    ) -> impl Future<Output = Stored<Vec<EntryRow>>> + Send;

    /// Entries whose kind begins with `prefix`, by scope and feed number.
    fn of_kind(&mut self, prefix: &str) -> impl Future<Output = Stored<Vec<EntryRow>>> + Send;

    /// Entries of one case, in the order received.
    fn of_case(&mut self, case: &str) -> impl Future<Output = Stored<Vec<EntryRow>>> + Send;

    /// The cases that have entries, ascending.
    fn cases(&mut self) -> impl Future<Output = Stored<Vec<String>>> + Send;

    /// The scope's digest up to a feed number; `None` where there is no such number.
    fn digest_at(
        &mut self,
        scope: &str,
        feed: i64,
    ) -> impl Future<Output = Stored<Option<String>>> + Send;

    /// A scope's place; `None` before its first entry.
    fn scope(&mut self, scope: &str) -> impl Future<Output = Stored<Option<ScopeRow>>> + Send;

    /// The place of every scope that has entries, by scope.
    fn scopes(&mut self) -> impl Future<Output = Stored<Vec<ScopeRow>>> + Send;

    /// The last receipt of a stream.
    fn last_receipt(
        &mut self,
        stream: &str,
    ) -> impl Future<Output = Stored<Option<ReceiptRow>>> + Send;

    /// The latest time on any receipt.
    fn last_receipt_ms(&mut self) -> impl Future<Output = Stored<Option<i64>>> + Send;

    /// Receipts of a stream that cover `seq` or a later place, the earliest first.
    fn receipts_from(
        &mut self,
        stream: &str,
        seq: i64,
    ) -> impl Future<Output = Stored<Vec<ReceiptRow>>> + Send;

    /// Keeps a receipt; one that is held already is left as it is.
    fn insert_receipt(&mut self, row: &ReceiptRow) -> impl Future<Output = Stored<()>> + Send;

    /// Keeps something that cannot be taken; what is kept already is left as it is.
    fn keep_aside(&mut self, row: &AsideRow) -> impl Future<Output = Stored<()>> + Send;

    /// What was kept aside, in the order received.
    fn asides(&mut self) -> impl Future<Output = Stored<Vec<AsideRow>>> + Send;

    /// Deletes what was kept aside.
    fn drop_aside(&mut self, digest: &str) -> impl Future<Output = Stored<()>> + Send;

    /// Makes a join code usable.
    fn add_code(&mut self, row: &JoinRow) -> impl Future<Output = Stored<()>> + Send;

    /// A join code that is usable.
    fn join_code(&mut self, code: &str) -> impl Future<Output = Stored<Option<JoinRow>>> + Send;

    /// Makes every join code unusable.
    fn clear_codes(&mut self) -> impl Future<Output = Stored<()>> + Send;

    /// A code with which a person signs in, by its digest.
    fn sign_in_code(
        &mut self,
        digest: &str,
    ) -> impl Future<Output = Stored<Option<SignInRow>>> + Send;

    /// Sets such a code.
    fn set_sign_in_code(&mut self, row: &SignInRow) -> impl Future<Output = Stored<()>> + Send;

    /// Makes every such code unusable.
    fn clear_sign_in_codes(&mut self) -> impl Future<Output = Stored<()>> + Send;

    /// What a tablet last said of itself.
    fn meeting(&mut self, device: &str) -> impl Future<Output = Stored<Option<MeetingRow>>> + Send;

    /// Sets it.
    fn set_meeting(&mut self, row: &MeetingRow) -> impl Future<Output = Stored<()>> + Send;

    /// Makes everything done in this transaction durable.
    fn commit(self) -> impl Future<Output = Stored<()>> + Send;
}

/// Exclusive or of a digest and a hash, both hexadecimal; an empty digest counts as nothing.
pub(crate) fn fold_digest(digest: &str, hash: &str) -> String {
    let nibbles =
        |text: &str| -> Vec<u32> { text.chars().map(|c| c.to_digit(16).unwrap_or(0)).collect() };
    let (left, right) = (nibbles(digest), nibbles(hash));
    let length = left.len().max(right.len());
    (0..length)
        .map(|i| {
            let a = left.get(i).copied().unwrap_or(0);
            let b = right.get(i).copied().unwrap_or(0);
            char::from_digit(a ^ b, 16).unwrap_or('0')
        })
        .collect()
}
