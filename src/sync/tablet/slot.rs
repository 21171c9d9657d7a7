//! A person's slot on this tablet: what the PIN opens, namely the person's signing key and the keys
//! of the scopes that are open to the person. Everything that anybody typed lies under those; the
//! tablet's own key opens what the tablet needs while nobody has unlocked it.

use record::keys::{self, PublicKey, SigningKey};
use record::pin::{self, Cost, PinError, SALT_BYTES};
use record::seal::{self, NONCE_BYTES, Place, SealKey};
use record::{ScopeId, StaffId};
use serde::{Deserialize, Serialize};
use sorted::SortedMap;

use super::keys::{FRONT_KEY, SLOT_PREFIX, TRIES_PREFIX};
use super::state::{State, open_json};
use super::{ATTEMPTS_MAX, Entropy, Tablet, TabletError, UnlockError, sealed_json};
use crate::storage::{Batch, Durability, Put, Storage, StorageError, Store};
use crate::wire::StaffName;

/// `slot/STAFF`: what is known of a person before the PIN, and what it opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SlotRecord {
    pub(super) name: String,
    public_key: PublicKey,
    /// Digits of the PIN.
    pub(super) digits: usize,
    /// Base64.
    salt: String,
    cost: Cost,
    /// Base64 of [`Secret`], sealed under the key of the PIN.
    secret: String,
}

impl SlotRecord {
    /// The key of a PIN for this slot.
    pub(super) fn key_of(&self, pin: &str) -> Result<SealKey, PinError> {
        let salt: [u8; SALT_BYTES] = keys::decode(&self.salt).ok_or(PinError::Cost)?;
        pin::stretch(pin, &salt, self.cost)
    }
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
    /// A person who has just signed in, with the key made for it and the PIN chosen.
    pub(super) fn begin(
        person: &StaffName,
        seed: [u8; 32],
        (pin, salt, cost): (&str, &[u8; SALT_BYTES], Cost),
    ) -> Result<Self, PinError> {
        let public_key = PublicKey::of(&keys::signing_key(&seed));
        Ok(Self {
            staff: person.id,
            public_key,
            seed,
            pin_key: pin::stretch(pin, salt, cost)?,
            slot: SlotRecord {
                name: person.name.clone(),
                public_key,
                digits: pin.len(),
                salt: keys::to_base64(salt),
                cost,
                secret: String::new(),
            },
        })
    }

    pub(super) fn pin_key(&self) -> &SealKey {
        &self.pin_key
    }

    pub(super) fn signing_key(&self) -> SigningKey {
        keys::signing_key(&self.seed)
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
    pub(super) fn slot<E: Entropy>(
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

/// Counts a try before it is made; answers how many it are since the last right one.
pub(super) async fn count_try<S: Storage, E: Entropy>(
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

pub(super) async fn forget_tries<S: Storage>(
    storage: &S,
    staff: StaffId,
) -> Result<(), TabletError> {
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
            holder.slot.key_of(pin)? == holder.pin_key
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
