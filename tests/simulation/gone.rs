//! What is gone with what was put back, and what is lost. Gone is what nobody holds any more once
//! the endpoint or a tablet is what it was before; what was missing already is lost.

use std::collections::{BTreeMap, BTreeSet};

use record::stream::Head;
use record::{DeviceId, Entry, Hash, StreamId};
use sync::storage::Store;
use sync::wire::SyncReply;

use crate::invariants::{Broken, Invariant};
use crate::world::{CASES, Recorded, Saved, World, case_of, text_of};

/// What the endpoint has said in this epoch that it holds, whether or not the reply arrived.
#[derive(Debug, Default)]
pub(crate) struct Acknowledged {
    heads: BTreeMap<StreamId, Head>,
    ahead: BTreeSet<Hash>,
}

impl Acknowledged {
    fn note(&mut self, reply: &SyncReply) {
        for told in &reply.acknowledged {
            let head = self.heads.entry(told.head.stream).or_insert(told.head);
            if told.head.seq > head.seq {
                *head = told.head;
            }
            self.ahead.extend(&told.ahead);
        }
    }

    fn names(&self) -> impl Iterator<Item = Hash> {
        let heads = self.heads.values().filter(|head| head.seq > 0);
        heads
            .map(|head| head.hash)
            .chain(self.ahead.iter().copied())
    }

    fn covers(&self, entry: &Entry, fork: bool) -> bool {
        let (header, head) = (entry.header(), self.heads.get(&entry.header().stream));
        let on_chain = !fork && head.is_some_and(|head| head.seq >= header.seq);
        on_chain || self.ahead.contains(&entry.hash())
    }
}

impl World {
    /// The endpoint holds, committed, what a reply says that it does.
    ///
    /// # Errors
    /// What it does not hold.
    pub(crate) fn is_held(&mut self, reply: &SyncReply) -> Result<(), Broken> {
        let mut told = Acknowledged::default();
        told.note(reply);
        if let Some(name) = self.host.lacks(told.names()) {
            return Invariant::Acknowledged.broken(name.to_string());
        }
        self.acknowledged.note(reply);
        Ok(())
    }

    /// Right before something is put back or deleted nothing is missing: what the endpoint has
    /// acknowledged it holds, and what was saved it holds or some disk does. Otherwise a loss would
    /// be excused by what comes now.
    ///
    /// # Errors
    /// What is missing.
    pub(crate) fn nothing_is_missing(&self) -> Result<(), Broken> {
        if let Some(name) = self.host.lacks(self.acknowledged.names()) {
            return Invariant::Acknowledged.broken(format!("{name}, some time later"));
        }
        let held = self.held_anywhere();
        match self.must_be_there().find(|text| !held.contains(*text)) {
            Some(text) => Invariant::Lost.broken(format!("{text:?}, before anything is put back")),
            None => self.no_photo_is_missing(),
        }
    }

    /// The texts that the endpoint holds, or the disk of any tablet, whoever has unlocked it.
    fn held_anywhere(&self) -> BTreeSet<String> {
        let entries = self.host.entries().into_iter();
        let mut held: BTreeSet<String> = entries.filter_map(|(e, _)| text_of(&e)).collect();
        for desk in &self.desks {
            let lying = desk.memory.dump(Store::Entries).into_iter();
            let opened = lying.filter_map(|one| self.host.opens(&desk.device, &one));
            held.extend(opened.filter_map(|entry| text_of(&entry)));
        }
        held
    }

    /// The endpoint is about to be put back.
    pub(crate) fn put_away(&mut self) {
        for (entry, fork) in self.at_the_endpoint() {
            let recorded = text_of(&entry).and_then(|text| self.texts.get_mut(&text));
            if let Some(recorded) = recorded {
                recorded.put_away = true;
                recorded.acknowledged |= self.acknowledged.covers(&entry, fork);
            }
        }
        self.acknowledged = Acknowledged::default();
        self.put_photos_away();
    }

    /// Acts that neither the endpoint nor any storage holds now are gone by what was put back,
    /// where they may be: another that is missing is lost.
    pub(crate) fn note_gone(&mut self, may_be: impl Fn(&Recorded) -> bool) {
        for desk in &mut self.desks {
            // Another tab may have gone on since.
            desk.memory.set_fault(None);
            desk.reload();
            for (case, _) in (0..CASES).map(case_of) {
                desk.case(&case);
            }
        }
        let (held, mut told) = (self.held_anywhere(), Vec::new());
        for (text, recorded) in &mut self.texts {
            if recorded.saved == Saved::Yes && !held.contains(text) && may_be(recorded) {
                recorded.saved = Saved::Gone;
                self.figures.gone(recorded.acknowledged);
                told.push((text.clone(), recorded.acknowledged));
            }
        }
        self.tell(|| format!("gone, and whether they were acknowledged: {told:?}"));
    }

    /// The endpoint was put back. Gone is what whoever recorded it had to delete: from anybody else
    /// it comes back.
    pub(crate) fn note_put_back(&mut self) {
        let deletes = self.told_to_delete.clone();
        self.note_gone(|recorded| recorded.put_away && deletes.contains(&recorded.device));
        self.note_gone_photos(|by, put_away| put_away && deletes.contains(&by));
    }

    /// A tablet deleted a scope. What the endpoint had lost by a backup, and the tablet held last,
    /// is gone where it was told so by a reply of the epoch before, or where the act was not its
    /// own: its own it sends first. Whose it was had to delete it, too.
    pub(crate) fn note_purged(&mut self, purged: Option<DeviceId>, over: bool) {
        if let Some(device) = purged {
            let deletes = self.told_to_delete.clone();
            let may_be = |by: &DeviceId| deletes.contains(by) && (over || *by != device);
            self.note_gone(|recorded| recorded.put_away && may_be(&recorded.device));
            self.note_gone_photos(|by, put_away| put_away && may_be(&by));
        }
    }
}
