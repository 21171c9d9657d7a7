//! Going on after a fork: own acts that lie beside the endpoint's chain are recorded again in a new
//! stream, with what was known and when it was recorded as they were first written.

use record::{Entry, Hash, StreamId};
use serde_json::{Map, Value};
use sorted::SortedMap;

use super::clock::{CLOCK_KEY, Now};
use super::keys::{STREAM_PREFIX, entry_key};
use super::state::State;
use super::stream::StreamRecord;
use super::writing::{Draft, next_place};
use super::{Entropy, Tablet, TabletError};
use crate::storage::{Storage, Store};

impl<S: Storage, E: Entropy> Tablet<S, E> {
    /// Records again, in one transaction for each stream, the entries beside the chain of who has
    /// unlocked the tablet. Those of others wait until they do.
    pub(super) async fn record_again(&self, now: Now) -> Result<Vec<Entry>, TabletError> {
        let forked: Vec<StreamId> = {
            let state = self.state.borrow();
            let streams = state.streams.iter();
            streams
                .filter(|(_, stream)| !stream.orphans.is_empty())
                .map(|(id, _)| *id)
                .collect()
        };
        let mut again = Vec::new();
        for stream in forked {
            let orphans = self.orphans_of(stream).await?;
            if orphans.is_empty() {
                continue;
            }
            let (draft, batch, emptied) = {
                let state = self.state.borrow();
                let Some(record) = state.streams.get(&stream) else {
                    continue;
                };
                let draft = self.draft_again(&state, record, &orphans, now)?;
                let mut batch = self.batch_of(&state, &draft)?;
                let mut emptied = record.clone();
                let done = |hash: &Hash| orphans.iter().any(|orphan| orphan.hash() == *hash);
                emptied.orphans.retain(|orphan| !done(&orphan.hash));
                let key = format!("{STREAM_PREFIX}{stream}");
                batch.expect.push(state.expect(&key));
                batch.put.push(self.put_json(&key, &emptied)?);
                (draft, batch, emptied)
            };
            let put = batch.put.clone();
            self.storage.commit(batch).await?;
            again.extend(draft.entries.iter().cloned());
            self.install(draft, &put);
            self.state.borrow_mut().streams.insert(stream, emptied);
        }
        Ok(again)
    }

    /// Those of a stream that who has unlocked the tablet wrote.
    async fn orphans_of(&self, stream: StreamId) -> Result<Vec<Entry>, TabletError> {
        let places = {
            let state = self.state.borrow();
            let record = state.streams.get(&stream);
            record
                .map(|record| record.orphans.clone())
                .unwrap_or_default()
        };
        let mut entries = Vec::new();
        for place in places {
            let key = entry_key(&stream, place.seq, &place.hash);
            if let Some(bytes) = self.storage.get(Store::Entries, &key).await? {
                let state = self.state.borrow();
                if !state.opens(&bytes) {
                    continue;
                }
                let entry = state.open_entry(&self.store_key, &key, &bytes)?;
                if state.holder.as_ref().map(|holder| holder.staff) == entry.header().staff {
                    entries.push(entry);
                }
            }
        }
        Ok(entries)
    }

    fn draft_again(
        &self,
        state: &State,
        forked: &StreamRecord,
        orphans: &[Entry],
        now: Now,
    ) -> Result<Draft, TabletError> {
        let unreadable = |_| TabletError::Unreadable(CLOCK_KEY.to_owned());
        let mut clock = state.clock.clone();
        clock.note(now, false);
        clock.change();
        let holder = state.holder.as_ref().ok_or(TabletError::Locked)?;
        let key = holder.signing_key();
        let mut stream = self.own_stream(state, forked.scope);
        let mut renamed: SortedMap<Hash, Hash> = SortedMap::new();
        let mut entries = Vec::new();
        for orphan in orphans {
            let old = orphan.header();
            let (seq, prev) = next_place(state, &stream.1);
            let mut header = old.clone();
            header.stream = stream.0;
            header.seq = seq;
            header.prev = prev;
            header.roster = state.roster.position();
            header.again = Some(orphan.hash());
            // Each stands for itself: the deed's other entries may be held where they were.
            header.deed = None;
            for known in &mut header.after {
                *known = renamed.get(known).copied().unwrap_or(*known);
            }
            let body = rename(orphan.body(), &renamed);
            let entry = self
                .sign_next(header, &body, &key, &mut stream)
                .map_err(unreadable)?;
            renamed.insert(orphan.hash(), entry.hash());
            entries.push(entry);
        }
        Ok(Draft {
            entries,
            stream,
            clock,
        })
    }
}

/// A body in which the names of entries recorded again stand for those they replace.
fn rename(body: Map<String, Value>, renamed: &SortedMap<Hash, Hash>) -> Map<String, Value> {
    let names: SortedMap<String, String> = renamed
        .iter()
        .map(|(old, new)| (old.to_string(), new.to_string()))
        .collect();
    let each = |(key, value)| (key, rename_value(value, &names));
    body.into_iter().map(each).collect()
}

fn rename_value(value: Value, names: &SortedMap<String, String>) -> Value {
    match value {
        Value::String(text) => Value::String(names.get(&text).cloned().unwrap_or(text)),
        Value::Array(items) => {
            let each = |item| rename_value(item, names);
            Value::Array(items.into_iter().map(each).collect())
        }
        Value::Object(map) => {
            let each = |(key, item)| (key, rename_value(item, names));
            Value::Object(map.into_iter().map(each).collect())
        }
        other => other,
    }
}
