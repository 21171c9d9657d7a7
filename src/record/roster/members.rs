//! Who holds a scope and who is a member of it: one rule for the endpoint, which sends by it, and
//! for tablets.
//!
//! Into a `handling` scope nobody comes by the administrator's word alone. That the roster names a
//! person is a proposal; it counts once somebody who is a member already has said so in an entry
//! of their own ([`Consent`]), of a key that the person has on a tablet by then: one who signs in
//! anew, or elsewhere, in that person's name is let in anew. The endpoint gives each such word its
//! place among its own statements ([`Joining`]), before and after which others are judged. The
//! first members are named when the scope is made. Whoever was named no longer in between is let
//! in anew.

use serde::{Deserialize, Serialize};
use sorted::SortedMap;

use super::{AUDITOR, History, Key, Post, Roster, Scope, ScopeKind, Staff, read};
use crate::entry::Entry;
use crate::id::{DeviceId, Hash, ScopeId, StaffId};
use crate::keys::PublicKey;

/// Kind of [`Consent`].
pub const CONSENT: &str = "roster.consent";

/// `roster.consent`: a member's word that a person may join a `handling` scope. It stands in the
/// company's scope, signed by the member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The scope.
    pub scope: ScopeId,
    /// Who may join.
    pub staff: StaffId,
    /// The tablet on which that person has signed in.
    pub device: DeviceId,
    /// The key that they made there.
    pub public_key: PublicKey,
}

impl Consent {
    /// What a person consented to in an entry; `None` where it is no consent that can be read.
    #[must_use]
    pub fn of(entry: &Entry) -> Option<Self> {
        (entry.kind() == CONSENT && entry.header().staff.is_some())
            .then(|| read(entry))?
            .ok()
    }
}

/// A consent, and who gave it where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given {
    pub(super) by: StaffId,
    pub(super) on: DeviceId,
    pub(super) consent: Consent,
}

/// `roster.joining`: from its position on a member's consent counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joining {
    /// The entry of the consent.
    pub consent: Hash,
}

impl Roster {
    /// Whether a tablet may hold a scope now. Missing data means no.
    #[must_use]
    pub fn holds(&self, device: &DeviceId, scope: &ScopeId) -> bool {
        let (Some(device), Some(scope)) = (self.device(device), self.scope(scope)) else {
            return false;
        };
        !device.revoked
            && match scope.kind {
                ScopeKind::Company => true,
                ScopeKind::Site => scope.site.as_ref() == Some(&device.site),
                ScopeKind::Handling | ScopeKind::Case => scope.devices.contains(&device.id),
                ScopeKind::Unknown(_) => false,
            }
    }

    /// The scopes a tablet may hold now: the company's first, so that the roster arrives before
    /// what is judged by it.
    #[must_use]
    pub fn scopes_of(&self, device: &DeviceId) -> Vec<ScopeId> {
        let mut held: Vec<&Scope> = self
            .scopes()
            .filter(|scope| self.holds(device, &scope.id))
            .collect();
        sorted::sort_by_key(&mut held, |scope| {
            (scope.kind != ScopeKind::Company, scope.id)
        });
        held.iter().map(|scope| scope.id).collect()
    }

    /// Whether a tablet keeps a scope now: it may hold it, and somebody who signs in there is a
    /// member. Where it keeps it no longer, nothing of it stays on its disk.
    #[must_use]
    pub fn keeps(&self, device: &DeviceId, scope: &ScopeId) -> bool {
        let of_tablet = self.keys.iter().filter(|((_, at), _)| at == device);
        let live = |keys: &SortedMap<PublicKey, History<Key>>| {
            let mut keys = keys.values().filter_map(History::latest);
            keys.any(|key| !key.revoked)
        };
        self.holds(device, scope)
            && of_tablet
                .filter(|(_, keys)| live(keys))
                .any(|((staff, _), _)| self.is_member(staff, device, scope))
    }

    /// The scopes that are sent to a tablet while a person uses it, the company's first. Missing
    /// data means none.
    #[must_use]
    pub fn scopes_open_to(&self, device: &DeviceId, staff: &StaffId) -> Vec<ScopeId> {
        let mut open = self.scopes_of(device);
        open.retain(|scope| self.is_member(staff, device, scope));
        open
    }

    /// Whether a person who has signed in on a tablet is a member of a scope now. Who is retired
    /// is a member of none.
    #[must_use]
    pub fn is_member(&self, staff: &StaffId, device: &DeviceId, scope: &ScopeId) -> bool {
        self.person(staff).is_some_and(|person| !person.retired)
            && self.member_at(staff, device, scope, self.position)
    }

    /// Whether a person who has signed in on a tablet was a member of a scope at a position: named
    /// by the roster, and of a `handling` scope let in by a member besides.
    #[must_use]
    pub fn member_at(
        &self,
        staff: &StaffId,
        device: &DeviceId,
        scope: &ScopeId,
        position: u64,
    ) -> bool {
        let kind = self.scope_at(scope, position).map(|scope| &scope.kind);
        self.named_at(staff, scope, position)
            && (kind != Some(&ScopeKind::Handling)
                || self.let_in_at(staff, device, scope, position))
    }

    fn both_at(&self, staff: &StaffId, scope: &ScopeId, position: u64) -> Option<(&Staff, &Scope)> {
        Some((
            self.person_at(staff, position)?,
            self.scope_at(scope, position)?,
        ))
    }

    /// Whether a person had no post but an auditor's, at the site of a scope, at a position: what
    /// is open to them there they read, and write nothing.
    #[must_use]
    pub fn only_reads_at(&self, staff: &StaffId, scope: &ScopeId, position: u64) -> bool {
        let Some((person, scope)) = self.both_at(staff, scope, position) else {
            return false;
        };
        let site = scope.site.as_ref();
        let here = person
            .posts
            .iter()
            .filter(|post| site.is_none_or(|site| *site == post.site));
        let mut here = here.peekable();
        here.peek().is_some() && here.all(|post| post.role == AUDITOR)
    }

    /// Whether the roster named a person for a scope at a position. For a `handling` scope that is
    /// no more than a proposal.
    #[must_use]
    pub fn named_at(&self, staff: &StaffId, scope: &ScopeId, position: u64) -> bool {
        let Some((person, scope)) = self.both_at(staff, scope, position) else {
            return false;
        };
        if scope.excluded.contains(staff) {
            return false;
        }
        let here = |post: &&Post| scope.site.as_ref().is_none_or(|site| *site == post.site);
        let open = matches!(scope.kind, ScopeKind::Site | ScopeKind::Company);
        let by_post = person
            .posts
            .iter()
            .filter(here)
            .any(|post| scope.roles.contains(&post.role) || (open && scope.roles.is_empty()));
        scope.added.contains(staff) || by_post
    }

    /// Who is a member of a scope now, on any tablet.
    #[must_use]
    pub fn members(&self, scope: &ScopeId) -> Vec<StaffId> {
        let on = |staff: &StaffId| {
            let mut devices = self.devices();
            devices.any(|device| self.is_member(staff, &device.id, scope))
        };
        let people = self.staff().map(|person| person.id);
        people.filter(on).collect()
    }

    /// The keys with which a person signs now: the last one of each tablet on which they signed in
    /// and can still.
    #[must_use]
    pub fn signs_with(&self, staff: &StaffId) -> Vec<&Key> {
        let devices = self.devices().map(|device| device.id);
        let keys = devices.filter_map(|device| self.key_at(staff, &device, self.position));
        keys.map(|(_, key)| key).collect()
    }

    /// The groups that a person waits to be let into with the key that they have on a tablet.
    #[must_use]
    pub fn waits_for(&self, staff: &StaffId, device: &DeviceId) -> Vec<ScopeId> {
        let held = self.scopes_of(device).into_iter();
        held.filter(|scope| self.waiting(staff, device, scope).is_some())
            .collect()
    }

    /// What a member is asked: to let this person in, who is named for a `handling` scope, with
    /// the key that they have on this tablet. `None` where there is nothing to ask.
    #[must_use]
    pub fn waiting(&self, staff: &StaffId, device: &DeviceId, scope: &ScopeId) -> Option<Consent> {
        let handling = self.scope(scope)?.kind == ScopeKind::Handling;
        let named = !self.person(staff)?.retired && self.named_at(staff, scope, self.position);
        let public_key = self.key_at(staff, device, self.position)?.1.public_key;
        let asked = handling && named && !self.is_member(staff, device, scope);
        asked.then_some(Consent {
            scope: *scope,
            staff: *staff,
            device: *device,
            public_key,
        })
    }

    /// Whom a member who has signed in on a tablet is asked to let in, and has not yet.
    #[must_use]
    pub fn asks(&self, member: &StaffId, tablet: &DeviceId) -> Vec<Consent> {
        let mine = |scope: &&Scope| self.is_member(member, tablet, &scope.id);
        let placed = |entry: &Hash| self.joinings.values().any(|j| j.consent == *entry);
        let said = |asked: &Consent| {
            let mut given = self.consents.iter();
            given.any(|(entry, given)| {
                given.by == *member && given.consent == *asked && !placed(entry)
            })
        };
        let mut asks = Vec::new();
        let handling = self
            .scopes()
            .filter(|scope| scope.kind == ScopeKind::Handling);
        for scope in handling.filter(mine) {
            for device in &scope.devices {
                let waiting = |person: &Staff| self.waiting(&person.id, device, &scope.id);
                asks.extend(
                    self.staff()
                        .filter_map(waiting)
                        .filter(|asked| !said(asked)),
                );
            }
        }
        asks
    }

    /// What a member has said in an entry, where that is held.
    #[must_use]
    pub fn consent(&self, entry: &Hash) -> Option<&Consent> {
        self.consents.get(entry).map(|given| &given.consent)
    }

    /// The statement by which a consent counts from now on: a member gave it, and what it says is
    /// what is [waiting](Self::waiting).
    #[must_use]
    pub fn joining_by(&self, consent: &Hash) -> Option<Joining> {
        let given = self.consents.get(consent)?;
        let Consent {
            scope,
            staff,
            device,
            ..
        } = &given.consent;
        let by_member = self.is_member(&given.by, &given.on, scope);
        let asked = self.waiting(staff, device, scope) == Some(given.consent);
        (by_member && asked).then_some(Joining { consent: *consent })
    }

    /// Whether a person was let into a `handling` scope with the key that they had on a tablet at
    /// a position, and has been named for it without a break since.
    fn let_in_at(
        &self,
        staff: &StaffId,
        device: &DeviceId,
        scope: &ScopeId,
        position: u64,
    ) -> bool {
        let Some((since, key)) = self.key_at(staff, device, position) else {
            return false;
        };
        let let_in = Consent {
            scope: *scope,
            staff: *staff,
            device: *device,
            public_key: key.public_key,
        };
        let by_member = |(at, joining): &(&u64, &Joining)| {
            let given = self.consents.get(&joining.consent);
            // Who lets somebody in was a member before: the positions only go down.
            given.zip(at.checked_sub(1)).is_some_and(|(given, before)| {
                given.consent == let_in && self.member_at(&given.by, &given.on, scope, before)
            })
        };
        let joined = self.joinings.iter().filter(|(at, _)| **at <= position);
        let joined = joined.filter(by_member).map(|(at, _)| *at);
        let founded = self.founded(staff, device, scope);
        let founded = founded.filter(|at| since <= *at && *at <= position);
        let mut from = joined.chain(founded);
        from.any(|from| self.named_throughout(staff, scope, from, position))
    }

    /// The position at which a scope was made, where that named the person and the tablet.
    fn founded(&self, staff: &StaffId, device: &DeviceId, scope: &ScopeId) -> Option<u64> {
        let founds = |(_, stated): &&(u64, Scope)| {
            stated.founding && stated.added.contains(staff) && stated.devices.contains(device)
        };
        self.scopes
            .get(scope)?
            .0
            .iter()
            .find(founds)
            .map(|(at, _)| *at)
    }

    fn named_throughout(&self, staff: &StaffId, scope: &ScopeId, from: u64, to: u64) -> bool {
        let scopes = self.scopes.get(scope).into_iter();
        let staffs = self.staff.get(staff).into_iter();
        let stated = scopes
            .flat_map(History::positions)
            .chain(staffs.flat_map(History::positions));
        let named = |at| {
            let person = self.person_at(staff, at);
            person.is_some_and(|person| !person.retired) && self.named_at(staff, scope, at)
        };
        named(from) && stated.filter(|at| (from..=to).contains(at)).all(named)
    }

    /// The last key that a person had made on a tablet by a position, and since when; `None` where
    /// it was revoked.
    fn key_at(&self, staff: &StaffId, device: &DeviceId, position: u64) -> Option<(u64, &Key)> {
        let keys = self.keys.get(&(*staff, *device))?.values();
        let made = keys.filter_map(|key| Some((key.positions().next()?, key.at(position)?)));
        let (since, last) = made.max_by_key(|(since, _)| *since)?;
        (!last.revoked).then_some((since, last))
    }
}
