//! What goes out: entries that the endpoint has not acknowledged, whole deeds, oldest first.

use record::keys;
use record::{Entry, Hash, Receipt, ScopeId, StreamId, deed};
use sorted::SortedMap;

use super::clock::{CLOCK_KEY, Now};
use super::keys::{RECEIPT_PREFIX, entries_from, entry_key, keys_under, read_entry_key, under};
use super::state::State;
use super::stream::StreamRecord;
use super::{Entropy, Tablet, TabletError};
use crate::storage::{Storage, Store, Wanted};
use crate::wire::{
    BATCH_BYTES_MAX, ENTRIES_MAX, HEADS_MAX, PROTO, RECEIPTS_MAX, Report, SYNC_PATH, Sealed,
    SyncRequest,
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
    /// The entries that go out next, as far as they open; for showing them.
    ///
    /// # Errors
    /// Where the storage fails or an entry does not open.
    pub async fn waiting(&self, count_max: usize) -> Result<Vec<Entry>, TabletError> {
        Ok(self.outgoing(count_max).await?.entries)
    }

    /// The streams of which something is not acknowledged, and from where on.
    fn unsent_streams(&self) -> Vec<(StreamId, u64)> {
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
    }

    /// What to push next, at most `count_max` entries: those that open, whole deeds in the order of
    /// the record, then those of scopes that are not open, as they lie: the company's first, by
    /// which the endpoint judges the others.
    async fn outgoing(&self, count_max: usize) -> Result<Outgoing, TabletError> {
        let count_max = count_max.clamp(1, ENTRIES_MAX);
        let mut out = Outgoing::default();
        for (stream, seq) in self.unsent_streams() {
            self.unsent_of(stream, seq, &mut out).await?;
        }
        let Outgoing { entries, sealed } = &mut out;
        sorted::sort_by_key(entries, |entry| {
            (entry.header().hlc, entry.header().seq, entry.hash())
        });
        let company = self.state.borrow().company();
        sorted::sort_by_key(sealed, |one| Some(one.scope) != company);
        let more = entries.len();
        entries.truncate(deed::whole_prefix(entries, count_max, BATCH_BYTES_MAX));
        let mut bytes: usize = entries.iter().map(|entry| entry.bytes().len()).sum();
        let room = count_max.saturating_sub(entries.len());
        let mut fits = sealed.iter().take(room).take_while(|one| {
            bytes = bytes.saturating_add(one.bytes.len());
            bytes <= BATCH_BYTES_MAX
        });
        // What opens goes first, and whole.
        let count = if more > entries.len() {
            0
        } else {
            fits.by_ref().count()
        };
        sealed.truncate(count);
        Ok(out)
    }

    /// Everything that the endpoint has not acknowledged, as it lies: for a file that another
    /// tablet hands in.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn unsent_sealed(&self) -> Result<Vec<Sealed>, TabletError> {
        let mut all = Vec::new();
        for (stream, seq) in self.unsent_streams() {
            let wanted = entries_from(&stream, seq, u32::MAX);
            for (key, bytes) in self.storage.read_one(Store::Entries, wanted).await? {
                let place = read_entry_key(&key);
                let (stream, seq, hash) =
                    place.ok_or_else(|| TabletError::Unreadable(key.clone()))?;
                let goes = goes_out(&self.state.borrow(), stream, (seq, &hash));
                all.extend(as_it_lies(key, &bytes).filter(|_| goes));
            }
        }
        Ok(all)
    }

    /// Adds a stream's unsent entries from a place on, enough of them for a batch.
    async fn unsent_of(
        &self,
        stream: StreamId,
        seq: u64,
        out: &mut Outgoing,
    ) -> Result<(), TabletError> {
        let limit = u32::try_from(ENTRIES_MAX).unwrap_or(u32::MAX);
        let mut wanted = entries_from(&stream, seq, limit);
        let enough = out.len().saturating_add(ENTRIES_MAX);
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
                let place = read_entry_key(&key);
                let (stream, seq, hash) =
                    place.ok_or_else(|| TabletError::Unreadable(key.clone()))?;
                if !goes_out(&state, stream, (seq, &hash)) {
                    continue;
                }
                if state.opens(&bytes) {
                    let entry = state.open_entry(&self.store_key, &key, &bytes)?;
                    out.entries.push(entry);
                } else {
                    out.sealed.extend(as_it_lies(key, &bytes));
                }
            }
            if out.len() >= enough {
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
        let begun_at = self.state.borrow().expect(CLOCK_KEY);
        let Outgoing { entries, sealed } = self.outgoing(count_max).await?;
        let receipts = self.receipts_with(&entries, &sealed).await?;
        let request = {
            let state = self.state.borrow();
            // What the endpoint refused it keeps among the refused. What was recorded since it was
            // looked for goes out first.
            let wiping = state.ordered_wipe
                && state.expect(CLOCK_KEY) == begun_at
                && state.waiting().next().is_none()
                && entries.is_empty()
                && sealed.is_empty()
                && !state.clock.frontiers;
            let own = state.identity.device;
            let held = state.streams.values().filter(|stream| stream.head.seq > 0);
            let heads = held.clone().take(HEADS_MAX).map(|stream| stream.head);
            SyncRequest {
                proto: PROTO,
                nonce: self.nonce(),
                epoch: state.epoch().to_owned(),
                device: own,
                cursors: state.cursors_named(),
                keys: state.scope_keys.keys().copied().collect(),
                // Of another's stream that has forked the endpoint says which chain is the stream.
                streams: held
                    .filter(|stream| stream.device == own || stream.has_forked())
                    .take(HEADS_MAX)
                    .map(|stream| stream.head)
                    .collect(),
                frontiers: state.clock.frontiers.then(|| heads.collect()),
                entries: entries
                    .iter()
                    .map(|entry| entry.text().to_owned())
                    .collect(),
                sealed,
                receipts,
                max_bytes: u32::try_from(BATCH_BYTES_MAX).unwrap_or(u32::MAX),
                report: self.report(now),
                joined: state.identity.entry.clone().filter(|_| state.unknown_there),
                wiping,
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

    /// What the tablet says of itself; nothing before the app has told what it runs on.
    fn report(&self, now: Now) -> Option<Report> {
        let state = self.state.borrow();
        let runs_on = state.runs_on.clone()?;
        Some(Report {
            unsent: state.streams.values().map(StreamRecord::unsent).sum(),
            clock_ms: state.clock.at(now).map(|clock| clock.offset_ms),
            aside: u64::try_from(state.asides.len()).unwrap_or(u64::MAX),
            ..runs_on
        })
    }

    /// The endpoint answered that it does not know the tablet: the next request shows the statement
    /// by which it joined. Answers whether there is one that was not shown yet.
    pub fn is_unknown_there(&self) -> bool {
        let mut state = self.state.borrow_mut();
        let new = !state.unknown_there && state.identity.entry.is_some();
        state.unknown_there = true;
        new
    }

    /// Tells what the tablet runs on: version and space, for what it says of itself.
    pub fn tell(&self, runs_on: Report) {
        self.state.borrow_mut().runs_on = Some(runs_on);
    }

    /// What makes a request unlike every other one.
    pub(super) fn nonce(&self) -> String {
        let digits = self.random::<16>().map(|byte| format!("{byte:02x}"));
        digits.concat()
    }

    /// Receipts held of entries that go out: they go with them, after an endpoint's restore.
    async fn receipts_with(
        &self,
        entries: &[Entry],
        sealed: &[Sealed],
    ) -> Result<Vec<String>, TabletError> {
        let plain = entries.iter().map(Entry::header).map(|h| (h.stream, h.seq));
        let sealed = sealed.iter().filter_map(|one| read_entry_key(&one.key));
        let mut first: SortedMap<StreamId, u64> = SortedMap::new();
        for (stream, place) in plain.chain(sealed.map(|(stream, seq, _)| (stream, seq))) {
            let seq = first.get_or_insert_with(stream, || place);
            *seq = (*seq).min(place);
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

    /// The receipts of a stream whose entries are held, ascending by place and time. Others may be
    /// of a chain that nobody has any more, and say nothing of this one.
    pub(super) async fn receipts_of(&self, stream: StreamId) -> Result<Vec<Receipt>, TabletError> {
        if let Some(known) = self.state.borrow().receipts.get(&stream) {
            return Ok(known.clone());
        }
        let wanted = under(&format!("{RECEIPT_PREFIX}{stream}/"));
        let entries = keys_under(&stream.to_string());
        let read = vec![(Store::Meta, wanted), (Store::Entries, entries)];
        let mut read = self.storage.read(read).await?.into_iter();
        let mut next = || read.next().unwrap_or_default();
        let records = next();
        // Ascending by key.
        let entries = next();
        let held = |key: String| entries.binary_search_by(|(held, _)| held.cmp(&key)).is_ok();
        let mut receipts = Vec::new();
        for (key, bytes) in records {
            let plain = self.open_bytes(Store::Meta, &key, &bytes)?;
            let receipt = Receipt::parse(&plain).map_err(|_| TabletError::Unreadable(key))?;
            let head = receipt.body().head;
            if held(entry_key(&stream, head.seq, &head.hash)) {
                receipts.push(receipt);
            }
        }
        sorted::sort_by_key(&mut receipts, |receipt| {
            (receipt.body().head.seq, receipt.body().time_ms)
        });
        let mut state = self.state.borrow_mut();
        state.receipts.insert(stream, receipts.clone());
        Ok(receipts)
    }
}

/// What is not acknowledged: entries that open, and others as they lie.
#[derive(Default)]
struct Outgoing {
    entries: Vec<Entry>,
    sealed: Vec<Sealed>,
}

impl Outgoing {
    fn len(&self) -> usize {
        self.entries.len().saturating_add(self.sealed.len())
    }
}

/// What is sealed as it lies in the storage: its first 16 bytes name the scope.
pub(super) fn as_it_lies(key: String, bytes: &[u8]) -> Option<Sealed> {
    let (scope, sealed) = bytes.split_first_chunk::<16>()?;
    Some(Sealed {
        scope: ScopeId::from_random(*scope),
        key,
        bytes: keys::to_base64(sealed),
    })
}

fn goes_out(state: &State, stream: StreamId, (seq, hash): (u64, &Hash)) -> bool {
    let Some(stream) = state.streams.get(&stream) else {
        return false;
    };
    !stream.is_sent(seq, hash) && !state.refused.contains_key(hash)
}
