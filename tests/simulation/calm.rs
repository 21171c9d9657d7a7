//! The end of a schedule: the weather clears, and everybody syncs until nothing moves any more.

use crate::desk::Desk;
use crate::endpoint::{Answer, PERSONS};
use crate::feeds;
use crate::invariants::{Broken, Invariant};
use crate::world::World;

/// Nothing fails in fair weather.
fn unrest<T>(error: impl std::error::Error) -> Result<T, Broken> {
    Invariant::Unrest.broken(error.to_string())
}

impl World {
    /// The weather clears: everybody syncs until nothing moves any more; then it is looked at.
    pub(crate) fn settle(&mut self) -> Result<(), Broken> {
        self.under_way.clear();
        self.coming_back.clear();
        for desk in &self.desks {
            desk.memory.set_fault(None);
        }
        for _ in 0..60 {
            let mut moved = false;
            for at in 0..self.desks.len() {
                // The one who is there to the end comes last, to whom all is open.
                for turn in (0..PERSONS.len()).rev() {
                    moved |= self.sync_whole(at, turn)?;
                }
            }
            if !moved {
                self.desks.iter_mut().for_each(Desk::open_apps);
                return crate::looks::look(self);
            }
        }
        let troubles: Vec<String> = self.desks.iter().map(Desk::troubles).collect();
        Invariant::Unrest.broken(format!("it does not settle: {troubles:?}"))
    }

    /// Syncs one tablet while a person uses it; answers whether anything moved.
    fn sync_whole(&mut self, at: usize, turn: usize) -> Result<bool, Broken> {
        let (mut moved, mut any_purged) = (false, false);
        let Some(desk) = self.desks.get_mut(at) else {
            return Ok(false);
        };
        if !desk.unlock(turn) {
            return Invariant::Unrest.broken("a tablet cannot read its state");
        }
        let device = desk.device;
        moved |= self.let_in(at)?;
        for _ in 0..40 {
            let now_ms = self.host.now_ms() + 1_000;
            self.host.set_now(now_ms);
            let Some(desk) = self.desks.get(at) else {
                break;
            };
            let sent = desk.request(256, now_ms).or_else(unrest)?;
            let bodies = [sent.to_send()];
            let mut rosters = self.rosters();
            let mut answered = self.host.answer(&mut self.rng, &bodies, None, None);
            rosters.extend(self.rosters());
            let Some(Answer::Reply(reply)) = answered.answers.pop() else {
                return Invariant::Unrest.broken("no reply");
            };
            self.tell(|| {
                let (request, newest) = (&sent.sent.request, &reply.cursors);
                format!(
                    "calm: tablet {at} sends {}, frontiers {:?}; {:?} asks {} newest {newest:?} {}",
                    request.entries.len(),
                    request.frontiers.as_ref().map(Vec::len),
                    reply.acknowledged,
                    reply.frontiers,
                    Self::carried(&reply)
                )
            });
            self.figures.syncs += 1;
            feeds::note(&mut self.told_feeds, &reply)?;
            self.is_held(&reply)?;
            self.is_theirs(&sent, &reply, &rosters)?;
            if !reply.removed_scopes.is_empty() {
                self.nothing_is_missing()?;
                self.told_to_delete.insert(device);
            }
            let Some(desk) = self.desks.get_mut(at) else {
                break;
            };
            let taken = desk.apply(&reply, &sent, now_ms).or_else(unrest)?;
            desk.derive_from(&taken);
            any_purged |= taken.purged;
            if reply.unknown_person && !(turn == 1 && self.retired) {
                desk.sign_in_anew(&self.host, turn);
                return Ok(true);
            }
            let news = reply
                .entries
                .iter()
                .any(|item| matches!(item.carried, sync::wire::Carried::Entry(_)));
            let request = &sent.sent.request;
            moved |= news || !(request.entries.is_empty() && request.sealed.is_empty());
            // What was compared is mended the next time.
            moved |= request.frontiers.is_some() || reply.frontiers || !reply.keys.is_empty();
            if !taken.more {
                break;
            }
        }
        moved |= self.upload_whole(at)?;
        let purged = any_purged.then_some(device);
        self.note_purged(purged, false);
        Ok(moved)
    }
}
