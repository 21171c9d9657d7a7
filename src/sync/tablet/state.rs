//! What a tablet keeps besides entries, all sealed in `meta`: what nobody typed under the tablet's
//! own key, so that the tablet can work while it is locked, the rest under the key of its scope.
//!
//! | key | content | sealed under |
//! |---|---|---|
//! | `identity` | [`Identity`] | tablet |
//! | `clock` | [`ClockState`]: order, measurement, contact; writers expect it unchanged | tablet |
//! | `number` | next running number | tablet |
//! | `front` | what the app shows while the tablet is locked | tablet |
//! | `slot/STAFF` | the person's signing key and the scopes' keys | tablet, and in it the PIN |
//! | `tries/STAFF` | wrong PINs since the last right one | tablet |
//! | `stream/STREAM` | [`StreamRecord`] | tablet |
//! | `cursor/SCOPE` | how far the feed was read | tablet |
//! | `case/SCOPE/CASE` | something of the case is held in the scope | tablet |
//! | `receipt/STREAM/PLACE/HASH` | a receipt | tablet |
//! | `aside/HASH` | bytes that failed a check, with the reason | scope |
//! | `draft/…` | what is being typed | scope |
//! | `draft-photo/…/NAME` | a photo of it | scope |
//! | `attachment/SCOPE NAME` | the attachment is not acknowledged, since when | tablet |
//! | `erased/NAME` | the root's word that the entry was erased | tablet |
//! | `erased-attachment/NAME` | the attachment was erased | tablet |
//!
//! Entries lie sealed under their scope's key in `entries` under `STREAM PLACE HASH` (no spaces),
//! grouped by case, by `roster`, or by scope. Attachments lie in `blobs` under `SCOPE NAME`.

use record::check;
use record::erasure::Erasure;
use record::roster::{Roster, ScopeKind};
use record::seal::{self, Place, SealKey};
use record::{CaseId, DeviceId, Entry, Hash, PublicKey, Receipt, ScopeId, StaffId, StreamId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sorted::{SortedMap, SortedSet};

use super::attachments::{Pending, read_attachment_key};
use super::clock::{CLOCK_KEY, ClockState, Session};
use super::keys::{
    ASIDE_PREFIX, CASE_PREFIX, CURSOR_PREFIX, ERASED_ATTACHMENT_PREFIX, ERASED_PREFIX,
    IDENTITY_KEY, PENDING_PREFIX, ROSTER_GROUP, SLOT_PREFIX, STREAM_PREFIX, id_after, keys_under,
    read_marker, under,
};
use super::slot::Holder;
use super::stream::StreamRecord;
use super::{AsideNote, RefusedNote, TabletError};
use crate::storage::{Expect, Put, Records, Storage, Store, Wanted};
use crate::wire::attachment::Named;
use crate::wire::{Cursor, JoinReply, Report, ScopeGrant, StaffName, Training};

/// Who a tablet is, as the endpoint answered to joining.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The tablet.
    pub device: DeviceId,
    /// Its code in case numbers: `B3`.
    pub code: String,
    /// The site's code.
    pub site: String,
    /// The endpoint's root key.
    pub root: PublicKey,
    /// The scopes held at joining.
    pub scopes: Vec<ScopeGrant>,
    /// The persons of the site at joining.
    pub staff: Vec<StaffName>,
    /// Present where the endpoint trains.
    pub training: Option<Training>,
    /// The endpoint's epoch at joining.
    pub epoch: String,
    /// The endpoint's statement by which the tablet joined.
    #[serde(default)]
    pub entry: Option<String>,
}

impl Identity {
    pub(super) fn of(reply: &JoinReply) -> Self {
        Self {
            device: reply.device,
            code: reply.code.clone(),
            site: reply.site.clone(),
            root: reply.root,
            scopes: reply.scopes.clone(),
            staff: reply.staff.clone(),
            training: reply.training,
            epoch: reply.epoch.clone(),
            entry: reply.entry.clone(),
        }
    }
}

/// The tablet's state in memory: what `meta` holds, and the bytes it was read from.
#[derive(Debug)]
pub(super) struct State {
    pub(super) identity: Identity,
    pub(super) roster: Roster,
    /// The keys of the entries that the roster was read from.
    pub(super) stated: SortedSet<String>,
    pub(super) clock: ClockState,
    /// Who has unlocked the tablet; `None` while nobody has.
    pub(super) holder: Option<Holder>,
    /// The keys of the scopes that are open to that person.
    pub(super) scope_keys: SortedMap<ScopeId, SealKey>,
    pub(super) streams: SortedMap<StreamId, StreamRecord>,
    pub(super) cursors: SortedMap<ScopeId, Cursor>,
    /// The cases of which anything is held, by scope.
    pub(super) cases: SortedSet<(ScopeId, CaseId)>,
    /// Bytes of records that writers expect unchanged.
    pub(super) raw: SortedMap<String, Vec<u8>>,
    /// Receipts of streams already looked at.
    pub(super) receipts: SortedMap<StreamId, Vec<Receipt>>,
    pub(super) asides: Vec<AsideNote>,
    /// What the endpoint refused since the app was started.
    pub(super) refused: SortedMap<Hash, RefusedNote>,
    /// Attachments that the endpoint has not acknowledged.
    pub(super) pending: SortedMap<Named, Pending>,
    /// Entries that were erased once.
    pub(super) erased: SortedMap<Hash, Erasure>,
    /// Attachments that were.
    pub(super) erased_attachments: SortedSet<Hash>,
    /// Attachments that it refused since the app was started.
    pub(super) attachments_refused: SortedSet<Named>,
    pub(super) session: Session,
    /// What the app has told of what it runs on.
    pub(super) runs_on: Option<Report>,
    /// The endpoint has ordered to delete what is on the tablet. It says so with each reply.
    pub(super) ordered_wipe: bool,
    /// The endpoint does not know the tablet: the next request shows how it joined.
    pub(super) unknown_there: bool,
}

impl State {
    /// Reads the state as it is at one moment, for a person whose PIN has this key, or for nobody.
    /// What the roster was read from `before` is not read again.
    pub(super) async fn load<S: Storage>(
        storage: &S,
        store_key: &SealKey,
        unlocked: Option<(StaffId, SealKey)>,
        before: Option<(Roster, SortedSet<String>)>,
    ) -> Result<Self, TabletError> {
        let slot = unlocked.as_ref().map(|(staff, _)| staff.to_string());
        let slot = format!("{SLOT_PREFIX}{}", slot.unwrap_or_default());
        let meta = |wanted| (Store::Meta, wanted);
        let read = storage.read(vec![
            meta(Wanted::Key(IDENTITY_KEY.to_owned())),
            meta(Wanted::Key(CLOCK_KEY.to_owned())),
            meta(Wanted::Key(slot)),
            meta(under(STREAM_PREFIX)),
            meta(under(CURSOR_PREFIX)),
            meta(keys_under(CASE_PREFIX)),
            meta(under(ASIDE_PREFIX)),
            meta(under(PENDING_PREFIX)),
            meta(under(ERASED_PREFIX)),
            meta(keys_under(ERASED_ATTACHMENT_PREFIX)),
            (Store::Entries, Wanted::Group(ROSTER_GROUP.to_owned())),
        ]);
        Self::of(store_key, unlocked, before, read.await?)
    }

    /// The state of what [`Self::load`] read, in its order.
    fn of(
        store_key: &SealKey,
        unlocked: Option<(StaffId, SealKey)>,
        before: Option<(Roster, SortedSet<String>)>,
        read: Vec<Records>,
    ) -> Result<Self, TabletError> {
        let mut read = read.into_iter();
        let mut next = || read.next().unwrap_or_default();
        let missing = |key: &str| TabletError::Unreadable(key.to_owned());
        let mut one = || next().pop();
        let (identity_key, bytes) = one().ok_or_else(|| missing(IDENTITY_KEY))?;
        let (clock_key, clock_bytes) = one().ok_or_else(|| missing(CLOCK_KEY))?;
        let slot = one();
        let mut raw = SortedMap::new();
        let identity: Identity = open_json(store_key, IDENTITY_KEY, &bytes)?;
        let clock = open_json(store_key, CLOCK_KEY, &clock_bytes)?;
        raw.insert(identity_key, bytes);
        raw.insert(clock_key, clock_bytes);
        let (mut holder, mut scope_keys) = (None, SortedMap::new());
        if let Some((staff, pin_key)) = unlocked {
            let (slot_key, slot_bytes) = slot.ok_or(TabletError::Locked)?;
            let slot = open_json(store_key, &slot_key, &slot_bytes)?;
            let opened = Holder::open(staff, slot, pin_key).ok_or(TabletError::Locked)?;
            (holder, scope_keys) = (Some(opened.0), opened.1);
            raw.insert(slot_key, slot_bytes);
        }
        let mut state = Self {
            roster: Roster::new(identity.root),
            stated: SortedSet::new(),
            identity,
            clock,
            holder,
            scope_keys,
            streams: SortedMap::new(),
            cursors: SortedMap::new(),
            cases: SortedSet::new(),
            raw,
            receipts: SortedMap::new(),
            asides: Vec::new(),
            refused: SortedMap::new(),
            pending: SortedMap::new(),
            erased: SortedMap::new(),
            erased_attachments: SortedSet::new(),
            attachments_refused: SortedSet::new(),
            session: Session::default(),
            runs_on: None,
            ordered_wipe: false,
            unknown_there: false,
        };
        for (key, bytes) in next() {
            let stream = open_json(store_key, &key, &bytes)?;
            state.streams.insert(id_after(&key, STREAM_PREFIX)?, stream);
            state.raw.insert(key, bytes);
        }
        for (key, bytes) in next() {
            let cursor: Cursor = open_json(store_key, &key, &bytes)?;
            state.cursors.insert(cursor.scope, cursor);
            state.raw.insert(key, bytes);
        }
        for (key, _) in next() {
            state.cases.insert(read_marker(&key)?);
        }
        for (key, bytes) in next() {
            if state.opens(&bytes) {
                let plain = state.open_bytes(store_key, Store::Meta, &key, &bytes)?;
                let text = core::str::from_utf8(&plain).map_err(|_| missing(&key))?;
                state
                    .asides
                    .push(json::read(text).map_err(|_| missing(&key))?);
            }
        }
        for (key, bytes) in next() {
            let of = key
                .strip_prefix(PENDING_PREFIX)
                .and_then(read_attachment_key);
            let of = of.ok_or_else(|| missing(&key))?;
            state
                .pending
                .insert(of, open_json(store_key, &key, &bytes)?);
        }
        for (key, bytes) in next() {
            let word: String = open_json(store_key, &key, &bytes)?;
            let erasure = Erasure::read(&word).ok_or_else(|| missing(&key))?;
            state.erased.insert(id_after(&key, ERASED_PREFIX)?, erasure);
        }
        for (key, _) in next() {
            let name = id_after(&key, ERASED_ATTACHMENT_PREFIX)?;
            state.erased_attachments.insert(name);
        }
        state.read_roster(store_key, before, next())?;
        Ok(state)
    }

    /// Reads the roster's entries, as far as they open: the scopes' keys come with the first sync
    /// after signing in anew. An entry's key names its content, so that those of which the roster
    /// was read `before` stand in it, as long as none of them is gone. What its author did not sign
    /// states nothing, whoever wrote it here.
    fn read_roster(
        &mut self,
        store_key: &SealKey,
        before: Option<(Roster, SortedSet<String>)>,
        mut records: Records,
    ) -> Result<(), TabletError> {
        records.retain(|(_, bytes)| self.opens(bytes));
        self.stated = records.iter().map(|(key, _)| key.clone()).collect();
        let is_left = |keys: &SortedSet<String>| keys.iter().all(|key| self.stated.contains(key));
        let before = before.filter(|(_, keys)| is_left(keys));
        let (roster, known) = before.unwrap_or((self.roster.clone(), SortedSet::new()));
        self.roster = roster;
        let new = records.iter().filter(|(key, _)| !known.contains(key));
        let new: Result<Vec<Entry>, _> = new
            .map(|(key, bytes)| self.open_entry(store_key, key, bytes))
            .collect();
        let (by_people, stated): (Vec<_>, Vec<_>) = new?
            .into_iter()
            .partition(|entry| entry.header().staff.is_some());
        // By what the endpoint states it is known who signs for a person.
        for entry in stated.iter().chain(&by_people) {
            let _new = believe(&mut self.roster, entry);
        }
        Ok(())
    }

    /// Whether the key of what is sealed is at hand: the tablet's, or that of a scope which is open
    /// to who has unlocked it.
    pub(super) fn opens(&self, bytes: &[u8]) -> bool {
        let owner = bytes.first_chunk::<16>();
        owner.is_some_and(|owner| {
            *owner == [0; 16] || self.scope_keys.contains_key(&ScopeId::from_random(*owner))
        })
    }

    pub(super) fn open_entry(
        &self,
        store_key: &SealKey,
        key: &str,
        bytes: &[u8],
    ) -> Result<Entry, TabletError> {
        let plain = self.open_bytes(store_key, Store::Entries, key, bytes)?;
        Entry::parse(&plain).map_err(|_| TabletError::Unreadable(key.to_owned()))
    }

    pub(super) fn open_bytes(
        &self,
        store_key: &SealKey,
        store: Store,
        key: &str,
        bytes: &[u8],
    ) -> Result<Vec<u8>, TabletError> {
        let sealed = || TabletError::Sealed(key.to_owned());
        let (owner, rest) = bytes.split_first_chunk::<16>().ok_or_else(sealed)?;
        let scope = (*owner != [0; 16]).then(|| ScopeId::from_random(*owner));
        let seal_key = match scope {
            None => store_key,
            Some(scope) => self.scope_keys.get(&scope).ok_or_else(sealed)?,
        };
        let place = Place {
            store: store.name(),
            key,
            scope,
        };
        seal::open(seal_key, &place, rest).map_err(|_| sealed())
    }

    /// Takes over what belongs to the running app and not to the storage.
    pub(super) fn keep_session(&mut self, old: &mut Self) {
        self.session = old.session;
        self.session.missed |= self.clock.changes != old.clock.changes;
        self.runs_on = old.runs_on.take();
        self.ordered_wipe = old.ordered_wipe;
        self.unknown_there = old.unknown_there;
        self.refused = core::mem::take(&mut old.refused);
        self.attachments_refused = core::mem::take(&mut old.attachments_refused);
    }

    /// The attachments that are to go up.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &Named> {
        let refused = &self.attachments_refused;
        self.pending.keys().filter(|of| !refused.contains(of))
    }

    /// How far each scope is read of which anything lies on the tablet. One that was deleted is not
    /// read: in it somebody has recorded since who had its key still.
    pub(super) fn cursors_named(&self) -> Vec<Cursor> {
        let streams = self.streams.values().map(|stream| stream.scope);
        let lying: SortedSet<ScopeId> = streams.chain(self.cursors.keys().copied()).collect();
        let cursor = |scope: &ScopeId| self.cursors.get(scope).copied();
        let lying = lying.into_iter();
        lying
            .map(|scope| cursor(&scope).unwrap_or_else(|| Cursor::start(scope)))
            .collect()
    }

    /// What every writer expects of a record that it is about to replace.
    pub(super) fn expect(&self, key: &str) -> Expect {
        Expect {
            store: Store::Meta,
            key: key.to_owned(),
            value: self.raw.get(key).cloned(),
        }
    }

    /// Remembers the bytes of records that were written.
    pub(super) fn remember(&mut self, put: &[Put]) {
        for record in put.iter().filter(|put| put.store == Store::Meta) {
            let key = &record.key;
            let watched = key == CLOCK_KEY
                || key == IDENTITY_KEY
                || key.starts_with(SLOT_PREFIX)
                || key.starts_with(STREAM_PREFIX)
                || key.starts_with(CURSOR_PREFIX);
            if watched {
                self.raw.insert(key.clone(), record.value.clone());
            }
        }
    }

    /// The company's scope, in which the roster stands. Known from joining on, while the roster
    /// opens only where somebody has unlocked the tablet.
    pub(super) fn company(&self) -> Option<ScopeId> {
        let mut granted = self.identity.scopes.iter();
        let company = granted.find(|grant| grant.kind == ScopeKind::Company);
        company.map(|grant| grant.id)
    }

    /// The epoch as last seen.
    pub(super) fn epoch(&self) -> &str {
        &self.clock.epoch
    }

    /// The stream the tablet writes to in a scope, if it has begun one.
    pub(super) fn own_stream(&self, scope: &ScopeId) -> Option<(StreamId, &StreamRecord)> {
        let device = self.identity.device;
        let mut own = self.streams.iter().filter(|(_, stream)| {
            stream.device == device && stream.scope == *scope && stream.closed.is_none()
        });
        own.next().map(|(id, stream)| (*id, stream))
    }

    /// The tablet's closed streams in a scope.
    fn own_closed(&self, scope: &ScopeId) -> impl Iterator<Item = &StreamRecord> {
        let (device, scope) = (self.identity.device, *scope);
        self.streams.values().filter(move |stream| {
            stream.device == device && stream.scope == scope && stream.closed.is_some()
        })
    }

    /// The end of the tablet's last closed stream in a scope: what its next stream names.
    pub(super) fn own_end(&self, scope: &ScopeId) -> Option<Hash> {
        let last = self.own_closed(scope).max_by_key(|stream| stream.closed)?;
        (last.head.seq > 0).then_some(last.head.hash)
    }
}

/// Takes in a statement of the roster that its author has signed; answers whether it says something
/// new. One of a newer version that does not fit its kind states nothing here; its bytes are kept.
pub(super) fn believe(roster: &mut Roster, entry: &Entry) -> bool {
    check::authentic(entry, roster).is_ok() && roster.apply(entry).unwrap_or(false)
}

/// The ordinal of the next stream of a device to be closed in a scope.
pub(super) fn next_ordinal(
    streams: &SortedMap<StreamId, StreamRecord>,
    device: DeviceId,
    scope: ScopeId,
) -> u32 {
    let own = |stream: &&StreamRecord| stream.device == device && stream.scope == scope;
    let closed = streams.values().filter(own).filter_map(|s| s.closed);
    closed.max().unwrap_or(0).saturating_add(1)
}

pub(super) fn open_json<T: DeserializeOwned>(
    store_key: &SealKey,
    key: &str,
    bytes: &[u8],
) -> Result<T, TabletError> {
    let text = open_text(store_key, key, bytes)?;
    json::read(&text).map_err(|_| TabletError::Unreadable(key.to_owned()))
}

fn open_text(store_key: &SealKey, key: &str, bytes: &[u8]) -> Result<String, TabletError> {
    let sealed = || TabletError::Sealed(key.to_owned());
    let rest = bytes.get(16..).ok_or_else(sealed)?;
    let place = Place {
        store: Store::Meta.name(),
        key,
        scope: None,
    };
    let plain = seal::open(store_key, &place, rest).map_err(|_| sealed())?;
    String::from_utf8(plain).map_err(|_| TabletError::Unreadable(key.to_owned()))
}
