//! The narrow scope of a schedule as a group: who is named for it comes in once a member says so.
//! The schedule keeps its own book of who was let in.

use std::collections::BTreeSet;

use record::roster::{Roster, ScopeKind};
use record::{DeviceId, PublicKey, ScopeId, StaffId};

use crate::endpoint::{CASE_SCOPE, PERSONS, scope};
use crate::invariants::{Broken, Invariant};
use crate::world::World;

/// Who was let into a group: persons with the keys that they had on a tablet.
#[derive(Debug, Default)]
pub(crate) struct Book(BTreeSet<(StaffId, DeviceId, PublicKey)>);

impl Book {
    /// The key with which a person signs on a tablet, by a roster, was let in.
    fn has(&self, staff: StaffId, device: DeviceId, roster: &Roster) -> bool {
        let mut keys = roster.signs_with(&staff).into_iter();
        keys.any(|key| key.device == device && self.0.contains(&(staff, device, key.public_key)))
    }

    /// Anybody was let in on a tablet.
    pub(crate) fn knows(&self, device: DeviceId) -> bool {
        self.0.iter().any(|(_, on, _)| *on == device)
    }
}

impl World {
    /// Makes the narrow scope: a group with its first member on two tablets, or a case's.
    pub(crate) fn found(&mut self) {
        self.members = self.desks.iter().take(2).map(|desk| desk.device).collect();
        if let Some(book) = &mut self.group {
            let roster = self.host.roster();
            let (first, _) = PERSONS[0];
            let keys = roster.signs_with(&first).into_iter();
            let here = keys.filter(|key| self.members.contains(&key.device));
            book.0
                .extend(here.map(|key| (first, key.device, key.public_key)));
        }
        self.state_narrow(true);
    }

    /// States who is named for the narrow scope now.
    pub(crate) fn state_members(&mut self) {
        self.state_narrow(false);
    }

    fn state_narrow(&mut self, founding: bool) {
        let kind = match self.group {
            Some(_) => ScopeKind::Handling,
            None => ScopeKind::Case,
        };
        let devices = self.members.iter().copied().collect();
        let persons = if self.both { 2 } else { 1 };
        let founding = founding && self.group.is_some();
        let stated = scope(CASE_SCOPE, kind, (persons, devices), founding);
        self.host.states(stated);
    }

    /// Whoever uses a tablet lets in all whom they are asked to; answers whether there were any.
    pub(crate) fn let_in(&mut self, at: usize) -> Result<bool, Broken> {
        let now_ms = self.host.now_ms();
        let (Some(desk), Some(book)) = (self.desks.get(at), &mut self.group) else {
            return Ok(false);
        };
        let Some((by, _)) = PERSONS.get(desk.turn) else {
            return Ok(false);
        };
        let app = desk.app_of(desk.turn);
        let asks = app.roster().asks(by, &desk.device);
        if !asks.is_empty() && !book.has(*by, desk.device, &app.roster()) {
            return Invariant::Forbidden
                .broken(format!("{by}, no member, is asked on tablet {at}"));
        }
        for asked in &asks {
            // Whether it was written is not known where the storage failed.
            book.0.insert((asked.staff, asked.device, asked.public_key));
            if crate::desk::now(app.let_in(asked, "", desk.clocks(now_ms))).is_ok() {
                self.figures.let_in += 1;
            }
        }
        Ok(!asks.is_empty())
    }

    /// Whether what is in the narrow scope may be shown to a person on a tablet, by the schedule's
    /// own book, with the key that a roster says they have there.
    pub(crate) fn may_see(&self, turn: usize, device: DeviceId, roster: &Roster) -> bool {
        let Some((staff, _)) = PERSONS.get(turn) else {
            return false;
        };
        let book = self.group.as_ref();
        self.is_member(turn) && book.is_none_or(|book| book.has(*staff, device, roster))
    }

    fn is_group(&self, scope: ScopeId) -> bool {
        scope == CASE_SCOPE && self.group.is_some()
    }

    /// Whether a tablet keeps a scope: it may hold it, and of a group somebody is in there.
    pub(crate) fn keeps(&self, device: DeviceId, scope: ScopeId) -> bool {
        let somebody = || self.host.roster().keeps(&device, &scope);
        self.may_hold(device, scope) && (!self.is_group(scope) || somebody())
    }

    /// Whether a tablet shows a scope to the first person.
    pub(crate) fn shows(&self, device: DeviceId, scope: ScopeId) -> bool {
        let open = || self.host.roster().scopes_open_to(&device, &PERSONS[0].0);
        self.may_hold(device, scope) && (!self.is_group(scope) || open().contains(&scope))
    }
}
