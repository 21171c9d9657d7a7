//! What a reply carries is for who asked: whichever field a byte stands in, it is of a scope that
//! is open to them on their tablet, or the request had it.

use std::collections::BTreeSet;

use record::{DeviceId, Entry, Hash, Receipt, Roster, ScopeId, StreamId};
use sync::wire::{
    Acknowledged, Carried, FeedItem, Refused, ScopeKey, ScopeState, SyncReply, SyncRequest,
};

use crate::desk::{LOCKED, Signed};
use crate::endpoint::{CASE_SCOPE, Host, SITE_SCOPE};
use crate::invariants::{Broken, Invariant};
use crate::world::World;

/// What a tablet may be told now, by the schedule's own book.
#[derive(Debug, Default)]
pub(crate) struct Theirs {
    /// Scopes that are open to who signed the request: entries, their numbers, and keys.
    open: BTreeSet<ScopeId>,
    /// Scopes that the tablet may hold, whoever uses it: how far their streams are held.
    held: BTreeSet<ScopeId>,
}

impl Theirs {
    /// On a tablet that joins, before there is a narrow scope.
    pub(crate) fn at_joining(host: &Host) -> Self {
        let all = BTreeSet::from([host.company(), SITE_SCOPE]);
        Self {
            open: all.clone(),
            held: all,
        }
    }
}

impl World {
    /// A reply carries nothing that is not for who signed the request, when it is answered. In
    /// whose hands it arrives later does not matter: the app that asked takes it in, and no other.
    ///
    /// # Errors
    /// What is not for them.
    pub(crate) fn is_theirs(
        &self,
        signed: &Signed,
        reply: &SyncReply,
        rosters: &[Roster],
    ) -> Result<(), Broken> {
        let request = &signed.sent.request;
        let theirs = self.theirs(signed.turn, request.device, rosters);
        look(&self.host, request, reply, &theirs)
    }

    /// What may be told to a person on a tablet. Where others' requests change the roster in the
    /// same moment, what was so before or after that.
    fn theirs(&self, turn: usize, device: DeviceId, rosters: &[Roster]) -> Theirs {
        let held = [self.host.company(), SITE_SCOPE, CASE_SCOPE].into_iter();
        let held: BTreeSet<ScopeId> = held.filter(|scope| self.may_hold(device, *scope)).collect();
        let retired = turn == 1 && self.retired;
        let any = turn != LOCKED && !retired;
        let mut rosters = rosters.iter();
        let narrow = match self.group {
            None => self.is_member(turn),
            Some(_) => rosters.any(|roster| self.may_see(turn, device, roster)),
        };
        let sees = |scope: &ScopeId| *scope != CASE_SCOPE || narrow;
        let open = held.iter().filter(|scope| any && sees(scope)).copied();
        Theirs {
            open: open.collect(),
            held,
        }
    }

    /// The roster, where it says with which keys people are in a group.
    pub(crate) fn rosters(&self) -> Vec<Roster> {
        let roster = self.group.as_ref().map(|_| self.host.roster_seen());
        roster.into_iter().collect()
    }
}

/// Looks at every field of a reply. What is not of the request is judged by what it is at the
/// endpoint, not by how the reply calls it.
///
/// # Errors
/// What is not for who asked.
pub(crate) fn look(
    host: &Host,
    request: &SyncRequest,
    reply: &SyncReply,
    theirs: &Theirs,
) -> Result<(), Broken> {
    // Each is named: a field that is new is to be looked at, too.
    let SyncReply {
        // Of nobody's record: versions, the signed time, and what is to be asked next.
        proto: _,
        epoch: _,
        time: _,
        more: _,
        frontiers: _,
        // Of who asked.
        unknown_person: _,
        former_person: _,
        revoked_tablet: _,
        acknowledged,
        receipts,
        entries,
        cursors,
        removed_scopes,
        refused,
        keys,
        closed_scopes,
    } = reply;
    let look = Look {
        host,
        request,
        theirs,
        pushed: Pushed::of(request),
    };
    let wrong = entries.iter().find_map(|item| look.entry(item));
    let wrong = wrong.or_else(|| cursors.iter().find_map(|state| look.cursor(state)));
    let wrong = wrong.or_else(|| keys.iter().find_map(|key| look.key(key)));
    let wrong = wrong.or_else(|| receipts.iter().find_map(|text| look.receipt(text)));
    let wrong = wrong.or_else(|| acknowledged.iter().find_map(|told| look.frontier(told)));
    let wrong = wrong.or_else(|| look.named(removed_scopes, closed_scopes));
    let wrong = wrong.or_else(|| refused.iter().find_map(|one| look.refused(one)));
    match wrong {
        Some(what) => Invariant::Forbidden.broken(format!("{} was sent {what}", request.device)),
        None => Ok(()),
    }
}

/// What is looked at, with what it is judged by. Each part answers what is not for who asked.
struct Look<'l> {
    host: &'l Host,
    request: &'l SyncRequest,
    theirs: &'l Theirs,
    pushed: Pushed,
}

impl Look<'_> {
    fn entry(&self, item: &FeedItem) -> Option<String> {
        let of = match &item.carried {
            Carried::Entry(text) => {
                let entry = Entry::parse(text.as_bytes());
                entry.map(|entry| entry.header().scope).ok()
            }
            Carried::Held(name) => self.host.scope_of(name),
        };
        let may = of == Some(item.scope) && self.theirs.open.contains(&item.scope);
        (!may).then(|| format!("an entry of {of:?} as one of {}", item.scope))
    }

    fn cursor(&self, state: &ScopeState) -> Option<String> {
        let of = state.cursor.scope;
        let may = self.theirs.open.contains(&of);
        (!may).then(|| format!("a cursor of {of}"))
    }

    fn key(&self, key: &ScopeKey) -> Option<String> {
        let right = self.host.key_text(&self.request.device, &key.scope);
        let may = self.theirs.open.contains(&key.scope) && key.key == right;
        (!may).then(|| format!("a key as that of {}", key.scope))
    }

    fn receipt(&self, text: &str) -> Option<String> {
        let stream = match Receipt::parse(text.as_bytes()) {
            Ok(receipt) => receipt.body().head.stream,
            Err(error) => return Some(format!("no receipt: {error}")),
        };
        let of = self.host.owner(&stream).map(|(_, scope)| scope);
        let is_open = of.is_some_and(|of| self.theirs.open.contains(&of));
        let may = is_open || self.pushed.streams.contains(&stream);
        (!may).then(|| format!("a receipt of {stream} of {of:?}"))
    }

    /// How far a stream is held: of the tablet's own, of scopes that it may hold, and of what the
    /// request brings.
    fn frontier(&self, told: &Acknowledged) -> Option<String> {
        let stream = told.head.stream;
        let frontiers = self.request.frontiers.iter().flatten();
        let mut heads = self.request.streams.iter().chain(frontiers);
        let is_pushed = self.pushed.streams.contains(&stream);
        let is_named = is_pushed || heads.any(|head| head.stream == stream);
        let owner = self.host.owner(&stream);
        let is_theirs = owner
            .is_none_or(|(by, of)| by == self.request.device || self.theirs.held.contains(&of));
        let is_brought = |name: &Hash| self.pushed.names.contains(name);
        let may = is_named
            && (is_theirs || is_pushed || told.head.seq == 0)
            && told.ahead.iter().all(is_brought);
        (!may).then(|| format!("the frontier of {stream} of {owner:?}"))
    }

    /// Scopes that end: of those alone that the request names.
    fn named(&self, removed: &[ScopeId], closed: &[ScopeId]) -> Option<String> {
        let request = self.request;
        let has_key = |scope: &ScopeId| request.keys.contains(scope);
        let has_read = |scope: &ScopeId| request.cursors.iter().any(|of| of.scope == *scope);
        let closed = closed.iter().find(|scope| !has_key(scope));
        let removed = removed.iter().find(|of| !has_key(of) && !has_read(of));
        let ended = closed.or(removed)?;
        Some(format!("the end of {ended}"))
    }

    fn refused(&self, refused: &Refused) -> Option<String> {
        let name = refused.hash?;
        let may = self.pushed.names.contains(&name);
        (!may).then(|| format!("the refusal of {name}"))
    }
}

/// What a request carries, by its own words.
#[derive(Debug, Default)]
struct Pushed {
    streams: BTreeSet<StreamId>,
    names: BTreeSet<Hash>,
}

impl Pushed {
    fn of(request: &SyncRequest) -> Self {
        let mut pushed = Self::default();
        for text in &request.entries {
            if let Ok(entry) = Entry::parse(text.as_bytes()) {
                pushed.streams.insert(entry.header().stream);
                pushed.names.insert(entry.hash());
            }
        }
        // Of what is sealed the key says stream, place and name.
        for key in request.sealed.iter().map(|sealed| &sealed.key) {
            let stream = key.get(..32).map(str::parse::<StreamId>);
            let name = key.get(46..).map(str::parse::<Hash>);
            pushed.streams.extend(stream.and_then(Result::ok));
            pushed.names.extend(name.and_then(Result::ok));
        }
        pushed
    }
}
