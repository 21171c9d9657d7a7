//! The tablet before anybody has unlocked it: who can, what a PIN opens and how wrong ones slow
//! down, and how a person signs in.

use record::StaffId;
use record::keys::{self, PublicKey};
use record::pin::{self, Cost, PinError, SALT_BYTES};
use record::seal::SealKey;
use sorted::SortedMap;

use super::clock::{self, Now};
use super::keys::{
    DRAFT_PREFIX, FRONT_KEY, IDENTITY_KEY, PENDING_PREFIX, SLOT_PREFIX, STREAM_PREFIX,
    TRIES_PREFIX, id_after, keys_under, under,
};
use super::slot::{Holder, SlotRecord, count_try, forget_tries};
use super::state::{Identity, open_json};
use super::stream::StreamRecord;
use super::{Entropy, Tablet, TabletError, sealed_json};
use crate::storage::{Batch, Durability, Expect, Storage, StorageError, Store, Wanted};
use crate::wire::{JoinReply, PROTO, SignInReply, SignInRequest};

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
#[derive(Clone, PartialEq, Eq)]
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
    /// Attachments that it has not acknowledged.
    pub attachments_unsent: u64,
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
            (Store::Meta, keys_under(DRAFT_PREFIX)),
            (Store::Meta, keys_under(PENDING_PREFIX)),
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
        let attachments = next().len();
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
            attachments_unsent: u64::try_from(attachments).unwrap_or(u64::MAX),
            clock,
            front: front.transpose()?.unwrap_or_default(),
        }))
    }

    /// The time, milliseconds of UTC, as well as the tablet knows it.
    pub fn instant_ms(&self, now: Now) -> i64 {
        self.clock.instant_ms(now)
    }

    /// When the endpoint last answered, milliseconds of UTC by its clock.
    pub fn contact_ms(&self, now: Now) -> Option<i64> {
        let offset_ms = self.clock.at(now).map_or(0, |clock| clock.offset_ms);
        Some(self.clock.contact_wall_ms?.saturating_add(offset_ms))
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
            attachments_unsent: 0,
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
        let pin_key = slot.key_of(pin)?;
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
        if reply.proto != PROTO {
            return Err(TabletError::Protocol(reply.proto).into());
        }
        let mut salt = [0; SALT_BYTES];
        entropy.fill(&mut salt);
        let staff = reply.person.id;
        let holder = Holder::begin(&reply.person, signing_in.seed, (pin, &salt, cost))?;
        let slot = holder.slot(&mut entropy, &SortedMap::new())?;
        let key = holder.record_key();
        let batch = Batch {
            put: vec![sealed_json(&self.store_key, &mut entropy, &key, &slot)?],
            delete: vec![(Store::Meta, format!("{TRIES_PREFIX}{staff}"))],
            ..Batch::default()
        };
        self.storage.commit(batch).await?;
        Ok(self
            .opened(entropy, staff, holder.pin_key().clone())
            .await?)
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
