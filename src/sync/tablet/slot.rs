//! A person's slot on this tablet: what the PIN opens, namely the person's signing key and the keys
//! of the scopes that are open to the person. Everything that anybody typed lies under those; the
//! tablet's own key opens what the tablet needs while nobody has unlocked it.

use record::keys::{self, PublicKey, SigningKey};
use record::pin::{self, Cost, PinError, SALT_BYTES};
use record::seal::{self, NONCE_BYTES, Place, SealKey};
use record::{ScopeId, StaffId};
use serde::{Deserialize, Serialize};
use sorted::SortedMap;

use super::clock::{self, Now};
use super::state::{
    DRAFT_PREFIX, FRONT_KEY, IDENTITY_KEY, Identity, SLOT_PREFIX, STREAM_PREFIX, State,
    StreamRecord, TRIES_PREFIX, id_after, open_json, under,
};
use super::{ATTEMPTS_MAX, Entropy, Tablet, TabletError, sealed_json};
use crate::storage::{Batch, Durability, Expect, Put, Storage, StorageError, Store, Wanted};
use crate::wire::{self, JoinReply, PROTO, SignInReply, SignInRequest};

/// `slot/STAFF`: what is known of a person before the PIN, and what it opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SlotRecord {
    name: String,
    public_key: PublicKey,
    /// Digits of the PIN.
    digits: usize,
    /// Base64.
    salt: String,
    cost: Cost,
    /// Base64 of [`Secret`], sealed under the key of the PIN.
    secret: String,
}

/// What the PIN opens. Base64.
#[derive(Serialize, Deserialize)]
struct Secret {
    seed: String,
    keys: SortedMap<ScopeId, String>,
}

/// Who has unlocked the tablet.
#[derive(Clone)]
pub(super) struct Holder {
    pub(super) staff: StaffId,
    pub(super) public_key: PublicKey,
    seed: [u8; 32],
    pin_key: SealKey,
    slot: SlotRecord,
}

impl core::fmt::Debug for Holder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Holder({})", self.staff)
    }
}

impl Holder {
    pub(super) fn signing_key(&self) -> SigningKey {
        keys::signing_key(&self.seed)
    }

    /// The key of the PIN that opened the slot.
    pub(super) fn pin_key(&self) -> &SealKey {
        &self.pin_key
    }

    /// The key under which the slot is kept.
    pub(super) fn record_key(&self) -> String {
        format!("{SLOT_PREFIX}{}", self.staff)
    }

    /// Opens a slot; answers the keys of its scopes besides. `None` where the PIN is another.
    pub(super) fn open(
        staff: StaffId,
        slot: SlotRecord,
        pin_key: SealKey,
    ) -> Option<(Self, SortedMap<ScopeId, SealKey>)> {
        let name = format!("{SLOT_PREFIX}{staff}");
        let sealed = keys::from_base64(&slot.secret)?;
        let plain = seal::open(&pin_key, &place(&name), &sealed).ok()?;
        let secret: Secret = json::read(core::str::from_utf8(&plain).ok()?).ok()?;
        let mut scope_keys = SortedMap::new();
        for (scope, key) in &secret.keys {
            scope_keys.insert(*scope, SealKey::new(keys::decode(key)?));
        }
        let holder = Self {
            staff,
            public_key: slot.public_key,
            seed: keys::decode(&secret.seed)?,
            pin_key,
            slot,
        };
        Some((holder, scope_keys))
    }

    /// The slot as it is to be written, with these scopes' keys.
    fn slot<E: Entropy>(
        &self,
        entropy: &mut E,
        scope_keys: &SortedMap<ScopeId, SealKey>,
    ) -> Result<SlotRecord, TabletError> {
        let key = |(scope, key): (&ScopeId, &SealKey)| (*scope, keys::to_base64(key.bytes()));
        let secret = Secret {
            seed: keys::to_base64(&self.seed),
            keys: scope_keys.iter().map(key).collect(),
        };
        let name = self.record_key();
        let unreadable = || TabletError::Unreadable(name.clone());
        let plain = serde_json::to_string(&secret).map_err(|_| unreadable())?;
        let mut nonce = [0; NONCE_BYTES];
        entropy.fill(&mut nonce);
        let sealed = seal::seal(&self.pin_key, &place(&name), nonce, plain.as_bytes());
        Ok(SlotRecord {
            secret: keys::to_base64(&sealed.map_err(|_| unreadable())?),
            ..self.slot.clone()
        })
    }
}

fn place(name: &str) -> Place<'_> {
    Place {
        store: Store::Meta.name(),
        key: name,
        scope: None,
    }
}

/// A person who can unlock this tablet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SlotInfo {
    /// The person.
    pub staff: StaffId,
    /// Name at the time of signing in.
    pub name: String,
    /// Digits of the PIN.
    pub digits: usize,
    /// Wrong PINs since the last right one.
    pub wrong: u32,
    /// Drafts the person has begun.
    pub drafts: usize,
}

/// Why the tablet was not unlocked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnlockError {
    /// The PIN is another; so many were wrong by now.
    #[error("the PIN is not right ({0} times)")]
    Wrong(u32),
    /// Nobody of this identifier has signed in here.
    #[error("this person has not signed in on this tablet")]
    NoSlot,
    /// A PIN that nobody may choose.
    #[error(transparent)]
    Pin(#[from] PinError),
    /// The storage, or what lies in it.
    #[error(transparent)]
    Tablet(#[from] TabletError),
}

impl From<StorageError> for UnlockError {
    fn from(error: StorageError) -> Self {
        Self::Tablet(error.into())
    }
}

/// Wrong PINs before a pause.
pub const TRIES_FREE: u32 = 5;

/// First pause, milliseconds; it doubles with each wrong PIN more.
const PAUSE_FIRST_MS: u64 = 30_000;

/// Longest pause, milliseconds.
const PAUSE_MS_MAX: u64 = 15 * 60_000;

/// How long to wait after so many wrong PINs, milliseconds of a clock that only goes on: a start of
/// the app begins the pause anew, whatever the wall clock says. Never for ever, and nothing is
/// erased.
#[must_use]
pub fn pause_ms(wrong: u32) -> u64 {
    match wrong.checked_sub(TRIES_FREE) {
        None => 0,
        Some(over) => PAUSE_FIRST_MS
            .saturating_mul(2_u64.saturating_pow(over))
            .min(PAUSE_MS_MAX),
    }
}

/// A person who is signing in: the key is made before the endpoint is asked to certify it.
#[derive(Clone)]
pub struct SigningIn {
    seed: [u8; 32],
    /// What the endpoint is asked.
    pub request: SignInRequest,
}

impl core::fmt::Debug for SigningIn {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "SigningIn({})", self.request.public_key)
    }
}

/// A tablet that has joined, before anybody unlocks it: it knows who it is and who can.
#[derive(Debug)]
pub struct Locked<S> {
    storage: S,
    store_key: SealKey,
    /// Who the tablet is.
    pub identity: Identity,
    /// Who can unlock it, by name.
    pub people: Vec<SlotInfo>,
    /// Entries that the endpoint has not acknowledged.
    pub unsent: u64,
    clock: clock::ClockState,
    /// What the app shows meanwhile, as [`Tablet::set_front`] left it; empty at first.
    pub front: String,
}

impl<S: Storage + Clone> Locked<S> {
    /// Opens what `storage` holds; `None` where the tablet has not joined yet.
    ///
    /// # Errors
    /// Where the storage fails, or what it holds does not open under `store_key`.
    pub async fn open(storage: S, store_key: SealKey) -> Result<Option<Self>, TabletError> {
        let read = vec![
            (Store::Meta, Wanted::Key(IDENTITY_KEY.to_owned())),
            (Store::Meta, Wanted::Key(clock::CLOCK_KEY.to_owned())),
            (Store::Meta, under(STREAM_PREFIX)),
            (Store::Meta, Wanted::Key(FRONT_KEY.to_owned())),
            (Store::Meta, under(SLOT_PREFIX)),
            (Store::Meta, under(TRIES_PREFIX)),
            (Store::Meta, under(DRAFT_PREFIX)),
        ];
        let mut read = storage.read(read).await?.into_iter();
        let mut next = || read.next().unwrap_or_default();
        let Some((_, bytes)) = next().pop() else {
            return Ok(None);
        };
        let identity = open_json(&store_key, IDENTITY_KEY, &bytes)?;
        let clock = next().pop();
        let unreadable = || TabletError::Unreadable(clock::CLOCK_KEY.to_owned());
        let (key, bytes) = clock.ok_or_else(unreadable)?;
        let clock = open_json(&store_key, &key, &bytes)?;
        let mut unsent = 0_u64;
        for (key, bytes) in next() {
            let stream: StreamRecord = open_json(&store_key, &key, &bytes)?;
            unsent = unsent.saturating_add(stream.unsent());
        }
        let front = next()
            .pop()
            .map(|(key, bytes)| open_json(&store_key, &key, &bytes));
        let slots = next();
        let tries = next();
        let drafts = next();
        let mut people = Vec::new();
        for (key, bytes) in slots {
            let slot: SlotRecord = open_json(&store_key, &key, &bytes)?;
            let staff: StaffId = id_after(&key, SLOT_PREFIX)?;
            let name = staff.to_string();
            let tries_key = format!("{TRIES_PREFIX}{name}");
            let tried = tries.iter().find(|(key, _)| *key == tries_key);
            let wrong = tried.map(|(key, bytes)| open_json(&store_key, key, bytes));
            people.push(SlotInfo {
                staff,
                name: slot.name,
                digits: slot.digits,
                wrong: wrong.transpose()?.unwrap_or(0),
                drafts: drafts.iter().filter(|(key, _)| key.contains(&name)).count(),
            });
        }
        sorted::sort_by_key(&mut people, |person| (person.name.clone(), person.staff));
        Ok(Some(Self {
            storage,
            store_key,
            identity,
            people,
            unsent,
            clock,
            front: front.transpose()?.unwrap_or_default(),
        }))
    }

    /// Milliseconds to add to the wall clock, as far as measured.
    pub fn offset_ms(&self, now: Now) -> i64 {
        self.clock.at(now).map_or(0, |clock| clock.offset_ms)
    }

    /// When the endpoint last answered, milliseconds of UTC by its clock.
    pub fn contact_ms(&self, now: Now) -> Option<i64> {
        let wall_ms = self.clock.contact_wall_ms?;
        Some(wall_ms.saturating_add(self.offset_ms(now)))
    }

    /// Writes what the endpoint answered to joining. Nobody can unlock the tablet yet.
    ///
    /// # Errors
    /// Where the storage holds a joined tablet already, or fails.
    pub async fn join<E: Entropy>(
        storage: S,
        store_key: SealKey,
        mut entropy: E,
        reply: &JoinReply,
        now: Now,
    ) -> Result<Self, TabletError> {
        if reply.proto != PROTO {
            return Err(TabletError::Protocol(reply.proto));
        }
        let identity = Identity::of(reply);
        let clock = clock::ClockState::at_joining(reply.time_ms, now);
        let batch = Batch {
            expect: vec![Expect {
                store: Store::Meta,
                key: IDENTITY_KEY.to_owned(),
                value: None,
            }],
            put: vec![
                sealed_json(&store_key, &mut entropy, IDENTITY_KEY, &identity)?,
                sealed_json(&store_key, &mut entropy, clock::CLOCK_KEY, &clock)?,
            ],
            delete: Vec::new(),
            durability: Durability::Strict,
        };
        match storage.commit(batch).await {
            Err(StorageError::Conflict) => return Err(TabletError::AlreadyJoined),
            other => other?,
        }
        Ok(Self {
            storage,
            store_key,
            identity,
            people: Vec::new(),
            unsent: 0,
            clock,
            front: String::new(),
        })
    }

    /// Unlocks the tablet for a person. A wrong PIN is counted before it is tried, so that ending
    /// the app does not undo it; how long to wait is said by [`pause_ms`].
    ///
    /// # Errors
    /// Says why not; nothing is lost by any of it.
    pub async fn unlock<E: Entropy>(
        &self,
        mut entropy: E,
        staff: StaffId,
        pin: &str,
    ) -> Result<Tablet<S, E>, UnlockError> {
        let key = format!("{SLOT_PREFIX}{staff}");
        let bytes = self.storage.get(Store::Meta, &key).await?;
        let bytes = bytes.ok_or(UnlockError::NoSlot)?;
        let slot: SlotRecord = open_json(&self.store_key, &key, &bytes)?;
        let wrong = count_try(&self.storage, &self.store_key, &mut entropy, staff).await?;
        let damaged = || TabletError::Unreadable(key.clone());
        let salt: [u8; SALT_BYTES] = keys::decode(&slot.salt).ok_or_else(damaged)?;
        let pin_key = pin::stretch(pin, &salt, slot.cost)?;
        if Holder::open(staff, slot, pin_key.clone()).is_none() {
            return Err(UnlockError::Wrong(wrong));
        }
        forget_tries(&self.storage, staff).await?;
        Ok(self.opened(entropy, staff, pin_key).await?)
    }

    async fn opened<E: Entropy>(
        &self,
        entropy: E,
        staff: StaffId,
        pin_key: SealKey,
    ) -> Result<Tablet<S, E>, TabletError> {
        let storage = self.storage.clone();
        let holder = Some((staff, pin_key));
        Tablet::open(storage, self.store_key.clone(), entropy, holder).await
    }

    /// The tablet as it is while nobody has unlocked it: it pushes what lies on it, and hears what
    /// it keeps no longer.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn asleep<E: Entropy>(&self, entropy: E) -> Result<Tablet<S, E>, TabletError> {
        Tablet::open(self.storage.clone(), self.store_key.clone(), entropy, None).await
    }

    /// Begins to sign a person in: by a code, or at a training endpoint by who it is.
    pub fn sign_in<E: Entropy>(
        &self,
        mut entropy: E,
        code: &str,
        staff: Option<StaffId>,
    ) -> SigningIn {
        let mut seed = [0; 32];
        entropy.fill(&mut seed);
        SigningIn {
            request: SignInRequest {
                proto: PROTO,
                device: self.identity.device,
                code: code.to_owned(),
                staff,
                public_key: PublicKey::of(&keys::signing_key(&seed)),
            },
            seed,
        }
    }

    /// Makes the person's slot, in the place of one whose PIN was forgotten, and unlocks it. The
    /// next sync brings what it needs to read and to sign.
    ///
    /// # Errors
    /// Where the PIN cannot be chosen, or the storage fails.
    pub async fn signed_in<E: Entropy>(
        &self,
        mut entropy: E,
        signing_in: &SigningIn,
        reply: &SignInReply,
        (pin, cost): (&str, Cost),
    ) -> Result<Tablet<S, E>, UnlockError> {
        pin::choose(pin)?;
        if reply.proto != wire::PROTO {
            return Err(TabletError::Protocol(reply.proto).into());
        }
        let mut salt = [0; SALT_BYTES];
        entropy.fill(&mut salt);
        let staff = reply.person.id;
        let holder = Holder {
            staff,
            public_key: signing_in.request.public_key,
            seed: signing_in.seed,
            pin_key: pin::stretch(pin, &salt, cost)?,
            slot: SlotRecord {
                name: reply.person.name.clone(),
                public_key: signing_in.request.public_key,
                digits: pin.len(),
                salt: keys::to_base64(&salt),
                cost,
                secret: String::new(),
            },
        };
        let slot = holder.slot(&mut entropy, &SortedMap::new())?;
        let key = holder.record_key();
        let batch = Batch {
            put: vec![sealed_json(&self.store_key, &mut entropy, &key, &slot)?],
            delete: vec![(Store::Meta, format!("{TRIES_PREFIX}{staff}"))],
            ..Batch::default()
        };
        self.storage.commit(batch).await?;
        Ok(self.opened(entropy, staff, holder.pin_key).await?)
    }
}

/// Counts a try before it is made; answers how many it are since the last right one.
async fn count_try<S: Storage, E: Entropy>(
    storage: &S,
    store_key: &SealKey,
    entropy: &mut E,
    staff: StaffId,
) -> Result<u32, TabletError> {
    let key = format!("{TRIES_PREFIX}{staff}");
    let tried = storage.get(Store::Meta, &key).await?;
    let tried: Option<u32> = tried
        .map(|bytes| open_json(store_key, &key, &bytes))
        .transpose()?;
    let wrong = tried.unwrap_or(0).saturating_add(1);
    let batch = Batch {
        put: vec![sealed_json(store_key, entropy, &key, &wrong)?],
        ..Batch::default()
    };
    storage.commit(batch).await?;
    Ok(wrong)
}

async fn forget_tries<S: Storage>(storage: &S, staff: StaffId) -> Result<(), TabletError> {
    let batch = Batch {
        delete: vec![(Store::Meta, format!("{TRIES_PREFIX}{staff}"))],
        durability: Durability::Relaxed,
        ..Batch::default()
    };
    Ok(storage.commit(batch).await?)
}

impl State {
    /// Who has unlocked the tablet, where their key on it stands in the roster.
    pub(super) fn certified(&self) -> Option<&Holder> {
        let holder = self.holder.as_ref()?;
        let mut keys = self.roster.keys(holder.staff, self.identity.device);
        keys.any(|key| key.public_key == holder.public_key && !key.revoked)
            .then_some(holder)
    }
}

impl<S: Storage, E: Entropy> Tablet<S, E> {
    /// Who has unlocked the tablet.
    pub fn person(&self) -> Option<StaffId> {
        self.state
            .borrow()
            .holder
            .as_ref()
            .map(|holder| holder.staff)
    }

    /// Whether that person can sign: their key on this tablet stands in the roster held.
    pub fn can_sign(&self) -> bool {
        self.state.borrow().certified().is_some()
    }

    /// Signs a request of this tablet as the person who has unlocked it: what is open to the person
    /// is sent, and nothing else. Answers the person and the signature in base64.
    pub fn sign_request(&self, path: &str, body: &str) -> Option<(StaffId, String)> {
        let state = self.state.borrow();
        let holder = state.holder.as_ref()?;
        let device = state.identity.device;
        let message = record::signed::request_bytes("POST", path, &device, body.as_bytes());
        let signature = keys::sign(&holder.signing_key(), &message);
        Some((holder.staff, keys::to_base64(&signature)))
    }

    /// Leaves what the app shows while the tablet is locked: nothing of a case. It lies under the
    /// tablet's own key.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn set_front(&self, front: &str) -> Result<(), TabletError> {
        let batch = Batch {
            put: vec![self.put_json(FRONT_KEY, &front)?],
            durability: Durability::Relaxed,
            ..Batch::default()
        };
        Ok(self.storage.commit(batch).await?)
    }

    /// Digits of the PIN of who has unlocked the tablet.
    pub fn pin_digits(&self) -> usize {
        let state = self.state.borrow();
        state.holder.as_ref().map_or(0, |holder| holder.slot.digits)
    }

    /// Asks whether this is the PIN of who has unlocked the tablet. A wrong one is counted as in
    /// [`Locked::unlock`].
    ///
    /// # Errors
    /// Says why not.
    pub async fn ask_pin(&self, pin: &str) -> Result<(), UnlockError> {
        let staff = self.person().ok_or(TabletError::Locked)?;
        let mut entropy = |bytes: &mut [u8]| self.entropy.borrow_mut().fill(bytes);
        let wrong = count_try(&self.storage, &self.store_key, &mut entropy, staff).await?;
        let right = {
            let state = self.state.borrow();
            let holder = state.holder.as_ref().ok_or(TabletError::Locked)?;
            let slot = &holder.slot;
            let salt: [u8; SALT_BYTES] = keys::decode(&slot.salt).ok_or(PinError::Cost)?;
            pin::stretch(pin, &salt, slot.cost)? == holder.pin_key
        };
        if !right {
            return Err(UnlockError::Wrong(wrong));
        }
        Ok(forget_tries(&self.storage, staff).await?)
    }

    /// Changes the PIN of who has unlocked the tablet, whose present one the caller has asked.
    ///
    /// # Errors
    /// Where the PIN cannot be chosen, or the storage fails; the old one holds then.
    pub async fn change_pin(&self, pin: &str, cost: Cost) -> Result<(), UnlockError> {
        pin::choose(pin)?;
        let salt: [u8; SALT_BYTES] = self.random();
        let pin_key = pin::stretch(pin, &salt, cost)?;
        for _ in 0..ATTEMPTS_MAX {
            let (batch, holder) = {
                let state = self.state.borrow();
                let mut holder = state.holder.clone().ok_or(TabletError::Locked)?;
                holder.pin_key = pin_key.clone();
                holder.slot.salt = keys::to_base64(&salt);
                holder.slot.cost = cost;
                holder.slot.digits = pin.len();
                let put = self.put_slot(&holder, &state.scope_keys)?;
                let batch = Batch {
                    expect: vec![state.expect(&holder.record_key())],
                    put: vec![put],
                    ..Batch::default()
                };
                (batch, holder)
            };
            let put = batch.put.clone();
            match self.storage.commit(batch).await {
                Ok(()) => {
                    let mut state = self.state.borrow_mut();
                    state.remember(&put);
                    state.holder = Some(holder);
                    return Ok(());
                }
                Err(StorageError::Conflict) => self.reload().await?,
                Err(error) => return Err(error.into()),
            }
        }
        Err(TabletError::Busy.into())
    }

    /// The slot's record with these scopes' keys.
    pub(super) fn put_slot(
        &self,
        holder: &Holder,
        scope_keys: &SortedMap<ScopeId, SealKey>,
    ) -> Result<Put, TabletError> {
        let slot = holder.slot(&mut *self.entropy.borrow_mut(), scope_keys)?;
        self.put_json(&holder.record_key(), &slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_pins_slow_down_and_never_shut_out() {
        let waits: Vec<u64> = (0..12).map(|n| pause_ms(n) / 1000).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900]);
        assert_eq!(pause_ms(u32::MAX), PAUSE_MS_MAX);
    }
}
