//! Erasure: by an order of the endpoint what an entry says goes from this tablet, and its photos.
//! That it was written stays. What was erased once is never taken in again.

use record::erasure::{Erasure, Order};
use record::{Entry, Hash, ScopeId};

use super::attachments::{attachment_key, pending_key};
use super::keys::{ERASED_ATTACHMENT_PREFIX, ERASED_PREFIX, entry_key, group_of, read_entry_key};
use super::plan::Plan;
use super::{Entropy, Tablet, TabletError};
use crate::storage::{Storage, Store, Wanted};
use crate::wire::attachment::Named;

/// What is to be erased here.
#[derive(Debug)]
pub(super) struct Erasing {
    /// The entry.
    hash: Hash,
    /// The root's word.
    erasure: Erasure,
    /// Where it lies.
    scope: ScopeId,
    /// The group under which it is found.
    group: String,
    /// What goes with it.
    attachments: Vec<Hash>,
}

impl Erasing {
    /// What a new entry orders.
    pub(super) fn ordered(entry: &Entry, plan: &Plan) -> Option<Self> {
        let (order, erasure) = Order::of(entry, &plan.roster)?;
        Some(Self {
            hash: order.hash,
            erasure,
            scope: entry.header().scope,
            group: group_of(entry),
            attachments: order.attachments,
        })
    }

    /// What an entry shows that is held whole, and came erased.
    pub(super) fn shown(entry: &Entry) -> Option<Self> {
        Some(Self {
            hash: entry.hash(),
            erasure: *entry.erasure()?,
            scope: entry.header().scope,
            group: group_of(entry),
            attachments: Vec::new(),
        })
    }
}

impl<S: Storage, E: Entropy> Tablet<S, E> {
    /// Erases what the entries that came order.
    pub(super) async fn plan_erasures(&self, plan: &mut Plan) -> Result<(), TabletError> {
        for erasing in core::mem::take(&mut plan.erasing) {
            let key = format!("{ERASED_PREFIX}{}", erasing.hash);
            let word = self.put_json(&key, &erasing.erasure.to_string())?;
            plan.put.push(word);
            plan.erased.insert(erasing.hash, erasing.erasure);
            for name in &erasing.attachments {
                let key = format!("{ERASED_ATTACHMENT_PREFIX}{name}");
                plan.put.push(self.put_json(&key, &())?);
                let (scope, name) = (erasing.scope, *name);
                plan.erase_attachment(Named { scope, name });
            }
            let word = (erasing.hash, &erasing.erasure);
            self.erase_aside(plan, erasing.scope, word)?;
            if let Some(entry) = self.held_as(plan, &erasing).await? {
                plan.out.confirmed_cases.extend(entry.header().case);
                let put = self.seal_entry(&self.state.borrow(), &entry)?;
                plan.put.push(put);
            }
        }
        Ok(())
    }

    /// The entry that is held whole, as it is to lie from now on. What is gone cannot be recorded
    /// again.
    async fn held_as(
        &self,
        plan: &mut Plan,
        erasing: &Erasing,
    ) -> Result<Option<Entry>, TabletError> {
        let mut whole = None;
        let of_group = Wanted::Group(erasing.group.clone());
        for (key, bytes) in self.storage.read_one(Store::Entries, of_group).await? {
            let is_it = read_entry_key(&key).is_some_and(|(_, _, hash)| hash == erasing.hash);
            let state = self.state.borrow();
            if is_it && state.opens(&bytes) {
                whole = Some(state.open_entry(&self.store_key, &key, &bytes)?);
            }
        }
        let came = plan.new_entries.iter();
        let whole = whole.or_else(|| came.into_iter().find(|e| e.hash() == erasing.hash).cloned());
        let whole = whole.filter(|entry| entry.erasure().is_none());
        let Some(erased) = whole.and_then(|entry| entry.erased(&erasing.erasure).ok()) else {
            return Ok(None);
        };
        let header = erased.header();
        if let Some(stream) = plan.streams.get_mut(&header.stream) {
            stream.orphans.retain(|orphan| orphan.hash != erasing.hash);
        }
        let key = entry_key(&header.stream, header.seq, &erasing.hash);
        plan.put
            .retain(|put| put.store != Store::Entries || put.key != key);
        for entry in &mut plan.new_entries {
            if entry.hash() == erasing.hash {
                *entry = erased.clone();
            }
        }
        Ok(Some(erased))
    }
}

impl Plan {
    /// An entry as it is to lie here: erased where it was erased once.
    pub(super) fn as_erased(&self, entry: &Entry) -> Entry {
        let erasure = self.erased.get(&entry.hash());
        let erased = erasure
            .filter(|_| entry.erasure().is_none())
            .and_then(|erasure| entry.erased(erasure).ok());
        erased.unwrap_or_else(|| entry.clone())
    }

    fn erase_attachment(&mut self, of: Named) {
        let pending = pending_key(&of);
        self.put.retain(|put| put.key != pending);
        self.delete.push((Store::Blobs, attachment_key(&of)));
        self.delete.push((Store::Meta, pending));
        self.pending.remove(&of);
        self.gone.push(of);
    }
}
