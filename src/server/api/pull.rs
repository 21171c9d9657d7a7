//! The pulling half: what the tablet may hold and does not have yet. Membership of a scope
//! decides; where it is not known, nothing is sent.

use std::collections::BTreeMap;

use record::{DeedId, Entry, Hash, ScopeId, StreamId};
use sync::endpoint::{ReadBatch, carry, confirmed, cursor_holds};
use sync::wire::{BATCH_BYTES_MAX, Carried, Cursor, FeedItem, ScopeState, SyncRequest};

use super::fault::Fault;
use super::sync::on_chain;
use crate::ledger::entry_of;
use crate::store::{StoreError, Tx};

/// Entries read from the store at a time.
const PAGE: i64 = 256;

/// Most entries of a reply.
const ITEMS_MAX: usize = 1024;

/// Least bytes of entries a reply may be asked to hold: one entry passes always.
const BYTES_MIN: usize = 16 * 1024;

/// Bytes that a number without its entry takes in a reply, about.
const HELD_BYTES: usize = 160;

/// What a reply carries.
#[derive(Clone, Debug, Default)]
pub struct Pulled {
    /// Entries by scope and number.
    pub entries: Vec<FeedItem>,
    /// Where each scope stands after them.
    pub cursors: Vec<ScopeState>,
    /// Receipts of the streams carried.
    pub receipts: Vec<String>,
    /// There is more.
    pub more: bool,
    /// Frontiers are asked for.
    pub frontiers: bool,
}

/// Places of a stream that a reply speaks of: lowest and highest.
type Places = BTreeMap<StreamId, (u64, u64)>;

/// Collects what the tablet lacks of these scopes, up to the limits. A deed is not cut where it
/// lies in one scope.
///
/// # Errors
/// A fault where the store fails.
pub async fn pull<T: Tx>(
    tx: &mut T,
    request: &SyncRequest,
    scopes: &[ScopeId],
    epoch: &str,
) -> Result<Pulled, Fault> {
    let mut pulled = Pulled::default();
    let held = held_by_tablet(tx, request).await?;
    let asked = usize::try_from(request.max_bytes).unwrap_or(BATCH_BYTES_MAX);
    let mut budget = asked.clamp(BYTES_MIN, BATCH_BYTES_MAX);
    let mut places = Places::new();
    for scope in scopes.iter().copied() {
        let cursor = start(tx, request, scope, epoch, &mut pulled).await?;
        let newest = tx
            .scope(&scope.to_string())
            .await?
            .map_or(0, |row| row.feed);
        let newest = u64::try_from(newest).unwrap_or(0);
        let mut run = Run {
            cursor,
            budget,
            held: &held,
            places: &mut places,
            deed: None,
        };
        run.read(tx, &mut pulled.entries).await?;
        budget = run.budget;
        let cursor = run.cursor;
        pulled.more |= cursor.feed < newest;
        pulled.cursors.push(ScopeState { cursor, newest });
    }
    for (stream, (from, to)) in places {
        pulled
            .receipts
            .extend(receipts(tx, &stream, from, to).await?);
    }
    Ok(pulled)
}

/// Where to read a scope from: the tablet's cursor, where it is true.
async fn start<T: Tx>(
    tx: &mut T,
    request: &SyncRequest,
    scope: ScopeId,
    epoch: &str,
    pulled: &mut Pulled,
) -> Result<Cursor, StoreError> {
    let named = request.cursors.iter().find(|cursor| cursor.scope == scope);
    let Some(cursor) = named else {
        return Ok(Cursor::start(scope));
    };
    let feed = i64::try_from(cursor.feed).unwrap_or(i64::MAX);
    let digest = tx.digest_at(&scope.to_string(), feed).await?;
    let digest: Option<Hash> = digest.and_then(|digest| digest.parse().ok());
    if cursor_holds(cursor, request.epoch == epoch, digest) {
        return Ok(*cursor);
    }
    pulled.frontiers |= request.frontiers.is_none();
    Ok(Cursor::start(scope))
}

/// The places up to which the tablet holds streams, as far as that is true here.
async fn held_by_tablet<T: Tx>(
    tx: &mut T,
    request: &SyncRequest,
) -> Result<BTreeMap<StreamId, u64>, StoreError> {
    let mut chain = BTreeMap::new();
    for head in request
        .streams
        .iter()
        .chain(request.frontiers.iter().flatten())
    {
        let row = tx.stream(&head.stream.to_string()).await?;
        let at = on_chain(tx, row.as_ref(), head.seq).await?;
        chain.insert((head.stream, head.seq), at);
    }
    Ok(confirmed(request, |stream, seq| {
        chain.get(&(*stream, seq)).copied().flatten()
    }))
}

/// Reading one scope.
struct Run<'r> {
    cursor: Cursor,
    budget: usize,
    held: &'r BTreeMap<StreamId, u64>,
    places: &'r mut Places,
    deed: Option<DeedId>,
}

impl Run<'_> {
    async fn read<T: Tx>(
        &mut self,
        tx: &mut T,
        entries: &mut Vec<FeedItem>,
    ) -> Result<(), StoreError> {
        let scope = self.cursor.scope.to_string();
        loop {
            let after = i64::try_from(self.cursor.feed).unwrap_or(i64::MAX);
            let rows = tx.feed(&scope, after, PAGE).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in rows {
                let entry = entry_of(&row)?;
                let carried = carry(&entry, row.fork, self.held);
                let size = match &carried {
                    Carried::Entry(text) => text.len(),
                    Carried::Held(_) => HELD_BYTES,
                };
                let deed = entry.header().deed.map(|deed| deed.id);
                let within = deed.is_some() && deed == self.deed;
                let full = size > self.budget || entries.len() >= ITEMS_MAX;
                if full && !within && !entries.is_empty() {
                    self.budget = 0;
                    return Ok(());
                }
                self.budget = self.budget.saturating_sub(size);
                self.deed = deed;
                self.take(&entry, row.feed, carried, entries);
            }
        }
    }

    fn take(&mut self, entry: &Entry, feed: i64, carried: Carried, entries: &mut Vec<FeedItem>) {
        let feed = u64::try_from(feed).unwrap_or(0);
        self.cursor.feed = feed;
        self.cursor.digest = self.cursor.digest.xor(&entry.hash());
        let (stream, seq) = (entry.header().stream, entry.header().seq);
        let (from, to) = self.places.entry(stream).or_insert((seq, seq));
        (*from, *to) = (seq.min(*from), seq.max(*to));
        entries.push(FeedItem {
            scope: self.cursor.scope,
            feed,
            carried,
        });
    }
}

/// The receipts of the streams that a request pushed to.
///
/// # Errors
/// Where the store fails.
pub async fn receipts_of_pushed<T: Tx>(
    tx: &mut T,
    batch: &ReadBatch,
) -> Result<Vec<String>, StoreError> {
    let mut places = Places::new();
    for (_, entry) in &batch.entries {
        let (stream, seq) = (entry.header().stream, entry.header().seq);
        let (from, to) = places.entry(stream).or_insert((seq, seq));
        (*from, *to) = (seq.min(*from), seq.max(*to));
    }
    let mut texts = Vec::new();
    for (stream, (from, to)) in places {
        texts.extend(receipts(tx, &stream, from, to).await?);
    }
    Ok(texts)
}

/// The receipts that cover places `from` to `to`: the earliest for each.
async fn receipts<T: Tx>(
    tx: &mut T,
    stream: &StreamId,
    from: u64,
    to: u64,
) -> Result<Vec<String>, StoreError> {
    let place = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
    let mut texts = Vec::new();
    for row in tx.receipts_from(&stream.to_string(), place(from)).await? {
        let last = row.seq >= place(to);
        let text = String::from_utf8(row.bytes);
        texts.push(text.map_err(|_| StoreError::Damaged("a receipt"))?);
        if last {
            break;
        }
    }
    Ok(texts)
}
