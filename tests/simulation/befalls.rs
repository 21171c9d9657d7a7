//! What befalls tablets, endpoint and people between the steps of a schedule.

use std::collections::BTreeSet;

use fastrand::Rng;
use record::DeviceId;
use sync::wire::SyncReply;

use crate::desk::Desk;
use crate::endpoint::person;
use crate::figures::Fault;
use crate::invariants::Broken;
use crate::world::{Saved, World, text_of};

/// Ten years in milliseconds.
const TEN_YEARS_MS: i64 = 10 * 365 * 86_400_000;
/// Most apps that run at once.
const DESKS_MAX: usize = 8;

impl World {
    /// What befalls tablets, endpoint and people between their steps.
    pub(super) fn go_wrong(&mut self) -> Result<(), Broken> {
        let turn = self.rng.usize(..self.faults.len());
        let Some(fault) = self.faults.get(turn).copied() else {
            return Ok(());
        };
        let (at, now_ms) = (self.any(), self.host.now_ms());
        let happened = match fault {
            Fault::TabletKilled => self.with_desk(at, |desk| desk.start_again(now_ms)),
            Fault::TabletClock => {
                let far = self.rng.bool();
                let by = if far { TEN_YEARS_MS } else { 3 * 3_600_000 };
                let fast_ms = self.rng.i64(-by..=by);
                self.jumped
                    .extend(self.desks.get(at).map(|desk| desk.device));
                let Some(memory) = self.desks.get(at).map(|desk| desk.memory.clone()) else {
                    return Ok(());
                };
                // Pages of one tablet have one clock.
                let pages = self.desks.iter_mut();
                for page in pages.filter(|page| page.memory.is(&memory)) {
                    page.fast_ms = fast_ms;
                }
                true
            }
            Fault::EndpointClock => {
                let ahead = self.rng.i64(0..=40 * 86_400_000);
                self.host.set_now(now_ms + ahead);
                true
            }
            Fault::SecondTab => self.open_beside(at, false),
            Fault::Cloned => self.open_beside(at, true),
            Fault::SetBack => self.set_back(at)?,
            Fault::Restored => self.restore()?,
            Fault::TabletRevoked => self.revoke(at),
            Fault::PersonRetired => {
                self.retired = !self.retired;
                self.host.states(person(1, self.retired));
                true
            }
            Fault::ScopeChanged => {
                let Some(device) = self.desks.get(at).map(|desk| desk.device) else {
                    return Ok(());
                };
                if self.rng.bool() {
                    self.both = !self.both;
                } else if !self.members.remove(&device) {
                    self.members.insert(device);
                }
                self.state_members();
                true
            }
            Fault::Erased => self.erase(),
            Fault::RequestLost
            | Fault::ReplyLost
            | Fault::SavedMeanwhile
            | Fault::Duplicated
            | Fault::Reordered
            | Fault::Torn
            | Fault::Altered
            | Fault::DatabaseFails
            | Fault::EndpointKilled
            | Fault::Quota
            | Fault::Closed
            | Fault::NewerVersion => false,
        };
        if happened {
            self.tell(|| format!("{fault:?} (tablet {at})"));
            self.figures.count(fault);
        }
        Ok(())
    }

    /// Some act that the endpoint holds is erased.
    fn erase(&mut self) -> bool {
        if self.retired {
            return false;
        }
        let held = self.at_the_endpoint().into_iter();
        let mut acts: Vec<_> = held
            .filter_map(|(e, _)| Some((e.hash(), text_of(&e)?)))
            .collect();
        if acts.is_empty() {
            return false;
        }
        let (hash, text) = acts.swap_remove(self.rng.usize(..acts.len()));
        self.tell(|| format!("{text:?} is to be erased"));
        self.host.erase(&hash);
        if let Some(recorded) = self.texts.get_mut(&text) {
            recorded.saved = Saved::Erased;
        }
        true
    }

    fn with_desk(&mut self, at: usize, change: impl FnOnce(&mut Desk)) -> bool {
        self.desks.get_mut(at).map(change).is_some()
    }

    fn open_beside(&mut self, at: usize, copied: bool) -> bool {
        let now_ms = self.host.now_ms();
        if self.desks.len() >= DESKS_MAX {
            return false;
        }
        let Some(desk) = self.desks.get_mut(at) else {
            return false;
        };
        let memory = if copied {
            desk.memory.copy()
        } else {
            desk.memory.clone()
        };
        let mut beside = desk.beside(memory, now_ms);
        beside.open_cache(beside.turn);
        self.desks.push(beside);
        true
    }

    /// A copy of a tablet's storage is made, and put back later. What was recorded in between and
    /// nobody else has is gone.
    fn set_back(&mut self, at: usize) -> Result<bool, Broken> {
        let now_ms = self.host.now_ms();
        let Some((of, memory)) = self.copy.take() else {
            self.copy = self.desks.get(at).map(|desk| (at, desk.memory.copy()));
            return Ok(false);
        };
        self.nothing_is_missing()?;
        let Some(desk) = self.desks.get_mut(of) else {
            return Ok(false);
        };
        desk.set_back(&memory, now_ms);
        let device = desk.device;
        self.put_back = true;
        self.note_gone(|recorded| recorded.device == device);
        self.note_gone_photos(|by, _| by == device);
        Ok(true)
    }

    /// A backup of the endpoint is made, and put back later.
    fn restore(&mut self) -> Result<bool, Broken> {
        let Some(backup) = self.backup.take() else {
            self.backup = Some(self.host.backup());
            return Ok(false);
        };
        self.nothing_is_missing()?;
        self.put_away();
        self.host.restore(&backup);
        self.put_back = true;
        // What the roster has said since was said to the database that is no more: it is said anew.
        self.state_members();
        self.host.states(person(1, self.retired));
        let revoked: Vec<usize> = (0..self.desks.len())
            .filter(|at| self.desks.get(*at).is_some_and(|d| d.revoked))
            .collect();
        for at in revoked {
            self.state_revoked(at);
        }
        self.note_put_back();
        Ok(true)
    }

    fn revoke(&mut self, at: usize) -> bool {
        // One tablet at least goes on.
        let trusted: BTreeSet<DeviceId> = self
            .desks
            .iter()
            .filter(|d| !d.revoked)
            .map(|d| d.device)
            .collect();
        let Some(device) = self.desks.get(at).map(|desk| desk.device) else {
            return false;
        };
        if trusted.len() < 3 || !trusted.contains(&device) {
            return false;
        }
        self.state_revoked(at);
        for desk in self.desks.iter_mut().filter(|desk| desk.device == device) {
            desk.revoked = true;
        }
        true
    }

    fn state_revoked(&mut self, at: usize) {
        let revocation = self
            .desks
            .get(at)
            .and_then(|desk| desk.revocation(&self.host));
        if let Some(item) = revocation {
            self.host.states(item);
        }
    }
}

/// Changes one character of an entry of a reply, where it carries one.
pub(crate) fn alter(rng: &mut Rng, reply: &mut SyncReply) -> bool {
    let mut texts: Vec<&mut String> = reply
        .entries
        .iter_mut()
        .filter_map(|item| match &mut item.carried {
            sync::wire::Carried::Entry(text) => Some(text),
            sync::wire::Carried::Held(_) => None,
        })
        .collect();
    if texts.is_empty() {
        return false;
    }
    let text = texts.swap_remove(rng.usize(..texts.len()));
    let mut bytes = text.clone().into_bytes();
    let at = rng.usize(..bytes.len());
    if let Some(byte) = bytes.get_mut(at) {
        *byte = if *byte == b'0' { b'1' } else { b'0' };
    }
    let altered = String::from_utf8(bytes).unwrap_or_else(|_| "0".to_owned());
    *text = altered;
    true
}
