//! What goes out: entries that the endpoint has not acknowledged, whole deeds, oldest first.

use record::{Entry, Receipt, StreamId, deed};
use sorted::SortedMap;

use super::clock::Now;
use super::state::{RECEIPT_PREFIX, State, StreamRecord, entries_from, under};
use super::{Entropy, Tablet, TabletError};
use crate::storage::{Storage, Store, Wanted};
use crate::wire::{
    BATCH_BYTES_MAX, ENTRIES_MAX, HEADS_MAX, PROTO, RECEIPTS_MAX, SYNC_PATH, SyncRequest,
};

/// A request as it goes out.
#[derive(Clone, Debug)]
pub struct SentRequest {
    /// The request.
    pub request: SyncRequest,
    /// Its body: these very bytes are sent, and the signed time of the reply names their hash.
    pub body: String,
    /// When it was made.
    pub sent: Now,
    /// How often a scope had been deleted before.
    pub(super) deletions: u32,
}

impl SentRequest {
    /// What the device key signs.
    #[must_use]
    pub fn bytes_to_sign(&self) -> Vec<u8> {
        let body = self.body.as_bytes();
        record::signed::request_bytes("POST", SYNC_PATH, &self.request.device, body)
    }
}

impl<S: Storage, E: Entropy> Tablet<S, E> {
    /// The entries to push next: whole deeds, at most `count_max` entries, in the order of the
    /// record.
    ///
    /// # Errors
    /// Where the storage fails or an entry does not open.
    pub async fn outgoing(&self, count_max: usize) -> Result<Vec<Entry>, TabletError> {
        let count_max = count_max.clamp(1, ENTRIES_MAX);
        let unsent: Vec<(StreamId, u64)> = {
            let state = self.state.borrow();
            let streams = state
                .streams
                .iter()
                .filter(|(_, stream)| stream.unsent() > 0);
            let from = |stream: &StreamRecord| {
                let beside = stream.beside.iter().map(|held| held.seq);
                let beyond = stream.acked.seq.saturating_add(1);
                beside.min().map_or(beyond, |seq| seq.min(beyond))
            };
            streams.map(|(id, stream)| (*id, from(stream))).collect()
        };
        let mut entries = Vec::new();
        for (stream, seq) in unsent {
            self.unsent_of(stream, seq, &mut entries).await?;
        }
        sorted::sort_by_key(&mut entries, |entry| {
            (entry.header().hlc, entry.header().seq, entry.hash())
        });
        entries.truncate(deed::whole_prefix(&entries, count_max, BATCH_BYTES_MAX));
        Ok(entries)
    }

    /// Adds a stream's unsent entries from a place on, enough of them for a batch.
    async fn unsent_of(
        &self,
        stream: StreamId,
        seq: u64,
        entries: &mut Vec<Entry>,
    ) -> Result<(), TabletError> {
        let limit = u32::try_from(ENTRIES_MAX).unwrap_or(u32::MAX);
        let mut wanted = entries_from(&stream, seq, limit);
        let enough = entries.len().saturating_add(ENTRIES_MAX);
        loop {
            let records = self
                .storage
                .read_one(Store::Entries, wanted.clone())
                .await?;
            let Some((last, _)) = records.last() else {
                return Ok(());
            };
            if let Wanted::Range { from, .. } = &mut wanted {
                // The first key after the last one read.
                *from = format!("{last}!");
            }
            let state = self.state.borrow();
            for (key, bytes) in records {
                if !state.opens(&bytes) {
                    continue;
                }
                let entry = state.open_entry(&self.store_key, &key, &bytes)?;
                if goes_out(&state, &entry) {
                    entries.push(entry);
                }
            }
            if entries.len() >= enough {
                return Ok(());
            }
        }
    }

    /// The next request: pushes what is not acknowledged, pulls what is new. `count_max` entries
    /// at most go out: halved by the caller after a time-out.
    ///
    /// # Errors
    /// Where the storage fails or an entry does not open.
    pub async fn sync_request(
        &self,
        count_max: usize,
        now: Now,
    ) -> Result<SentRequest, TabletError> {
        let entries = self.outgoing(count_max).await?;
        let receipts = self.receipts_with(&entries).await?;
        let request = {
            let state = self.state.borrow();
            let own = state.identity.device;
            let held = state.streams.values().filter(|stream| stream.head.seq > 0);
            let heads = held.clone().take(HEADS_MAX).map(|stream| stream.head);
            SyncRequest {
                proto: PROTO,
                nonce: self
                    .random::<16>()
                    .map(|byte| format!("{byte:02x}"))
                    .concat(),
                epoch: state.epoch().to_owned(),
                device: own,
                cursors: state.cursors.values().copied().collect(),
                keys: state.scope_keys.keys().copied().collect(),
                streams: held
                    .filter(|stream| stream.device == own)
                    .take(HEADS_MAX)
                    .map(|stream| stream.head)
                    .collect(),
                frontiers: state.clock.frontiers.then(|| heads.collect()),
                entries: entries
                    .iter()
                    .map(|entry| entry.text().to_owned())
                    .collect(),
                receipts,
                max_bytes: u32::try_from(BATCH_BYTES_MAX).unwrap_or(u32::MAX),
            }
        };
        let body = serde_json::to_string(&request)
            .map_err(|_| TabletError::Unreadable("request".to_owned()))?;
        Ok(SentRequest {
            request,
            body,
            sent: now,
            deletions: self.state.borrow().clock.deletions,
        })
    }

    /// Receipts held of entries that go out: they go with them, after an endpoint's restore.
    async fn receipts_with(&self, entries: &[Entry]) -> Result<Vec<String>, TabletError> {
        let mut first: SortedMap<StreamId, u64> = SortedMap::new();
        for entry in entries {
            let header = entry.header();
            let seq = first.get_or_insert_with(header.stream, || header.seq);
            *seq = (*seq).min(header.seq);
        }
        let mut texts = Vec::new();
        for (stream, seq) in first {
            for receipt in self.receipts_of(stream).await? {
                if receipt.body().head.seq >= seq && texts.len() < RECEIPTS_MAX {
                    texts.push(receipt.text().to_owned());
                }
            }
        }
        Ok(texts)
    }

    /// The receipts of a stream, ascending by place and time.
    pub(super) async fn receipts_of(&self, stream: StreamId) -> Result<Vec<Receipt>, TabletError> {
        if let Some(known) = self.state.borrow().receipts.get(&stream) {
            return Ok(known.clone());
        }
        let wanted = under(&format!("{RECEIPT_PREFIX}{stream}/"));
        let records = self.storage.read_one(Store::Meta, wanted).await?;
        let mut receipts = Vec::new();
        for (key, bytes) in records {
            let plain = self.open_bytes(Store::Meta, &key, &bytes)?;
            let receipt = Receipt::parse(&plain).map_err(|_| TabletError::Unreadable(key))?;
            receipts.push(receipt);
        }
        sorted::sort_by_key(&mut receipts, |receipt| {
            (receipt.body().head.seq, receipt.body().time_ms)
        });
        let mut state = self.state.borrow_mut();
        state.receipts.insert(stream, receipts.clone());
        Ok(receipts)
    }
}

fn goes_out(state: &State, entry: &Entry) -> bool {
    let (header, hash) = (entry.header(), entry.hash());
    let Some(stream) = state.streams.get(&header.stream) else {
        return false;
    };
    !stream.is_sent(header.seq, &hash) && !state.refused.contains_key(&hash)
}
