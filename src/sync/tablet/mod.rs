//! The tablet: holds entries sealed in its storage, records deeds, pushes and pulls.
//!
//! * `state` what is kept besides entries, `keys` under which keys; `stream` what of a stream
//! * `clock` the tablet's clock against the endpoint's
//! * `writing` recording a deed; `push` what goes out; `apply` (worked out in `plan`) what comes in
//! * `aside` what failed a check
//! * `attachments` photos, beside the entries that they belong to
//! * `erasure` what an order takes away
//! * `chain` which of two chains of a stream is taken; `fork` going on in a new stream
//! * `locked` before anybody has unlocked it; `slot` what a PIN opens
//! * `live` waiting for something new
//! * `scopes` a scope that is lost; `lease` what is not shown after long without a meeting
//! * `reading` entries of a case, status; `notes` drafts, cache, running numbers
//!
//! **Invariants.** Nothing is held across a wait but the storage's own work. Every writer expects
//! the tablet's state to be as it read it, so that two writers never both succeed. Nothing is
//! marked as sent but by an acknowledged frontier.

mod apply;
mod aside;
mod attachments;
mod chain;
mod clock;
mod erasure;
mod fork;
mod keys;
mod lease;
mod live;
mod locked;
mod notes;
mod plan;
mod push;
mod reading;
mod scopes;
mod slot;
mod state;
mod stream;
mod writing;

use std::cell::{Ref, RefCell};

use record::roster::Roster;
use record::seal::{self, NONCE_BYTES, Place, SealKey};
use record::{DeviceId, PublicKey, ScopeId, StaffId};

pub use apply::{Applied, ApplyError};
pub use aside::{AsideNote, AsideReason};
pub(crate) use attachments::attachment_key;
pub use attachments::{part_to_put, read_sealed};
pub use clock::Now;
pub use live::EventReader;
pub use locked::{Locked, SigningIn, SlotInfo, TRIES_FREE, UnlockError, pause_ms};
pub use notes::CacheRecord;
pub use push::SentRequest;
pub use reading::{RefusedNote, Status, Stored, tips};
pub use state::Identity;
pub use writing::{Deed, NewAct, RecordError};

use crate::storage::{Put, Storage, StorageError, Store};
use state::State;

/// Where the tablet's random bytes come from.
pub trait Entropy {
    /// Fills `bytes` with random ones.
    fn fill(&mut self, bytes: &mut [u8]);
}

impl<F: FnMut(&mut [u8])> Entropy for F {
    fn fill(&mut self, bytes: &mut [u8]) {
        self(bytes);
    }
}

/// Why the tablet could not open, read or write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TabletError {
    /// The storage's fault.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A record does not open under the key: another key, or altered.
    #[error("the record {0} does not open")]
    Sealed(String),
    /// A record opens and cannot be read: written by a newer version.
    #[error("the record {0} cannot be read")]
    Unreadable(String),
    /// The slot of who has unlocked the tablet no longer opens: the PIN was changed, or the person
    /// signed in anew, elsewhere. Unlock it again.
    #[error("the PIN was changed elsewhere")]
    Locked,
    /// The storage holds a joined tablet already.
    #[error("this tablet has joined already")]
    AlreadyJoined,
    /// Other writers were faster several times over.
    #[error("other writers were faster several times over")]
    Busy,
    /// The reply to joining is of another protocol.
    #[error("the endpoint speaks protocol {0}")]
    Protocol(u32),
}

/// How often a writer that was overtaken begins anew.
const ATTEMPTS_MAX: u32 = 5;

/// A tablet, as a person has unlocked it: what is open to that person can be read and written.
/// Where nobody has, it can still push what lies on it.
#[derive(Debug)]
pub struct Tablet<S, E> {
    storage: S,
    store_key: SealKey,
    entropy: RefCell<E>,
    state: RefCell<State>,
}

impl<S: Storage, E: Entropy> Tablet<S, E> {
    /// Opens the tablet for a person whose PIN has this key, or for nobody.
    async fn open(
        storage: S,
        store_key: SealKey,
        entropy: E,
        holder: Option<(StaffId, SealKey)>,
    ) -> Result<Self, TabletError> {
        let state = State::load(&storage, &store_key, holder, None).await?;
        Ok(Self {
            storage,
            store_key,
            entropy: RefCell::new(entropy),
            state: RefCell::new(state),
        })
    }

    /// Who the tablet is.
    pub fn identity(&self) -> Ref<'_, Identity> {
        Ref::map(self.state.borrow(), |state| &state.identity)
    }

    /// The roster as the tablet holds it. Not to be held across a wait.
    pub fn roster(&self) -> Ref<'_, Roster> {
        Ref::map(self.state.borrow(), |state| &state.roster)
    }

    /// The endpoint's root key.
    pub fn root(&self) -> PublicKey {
        self.state.borrow().identity.root
    }

    /// The tablet's identifier.
    pub fn device(&self) -> DeviceId {
        self.state.borrow().identity.device
    }

    /// The storage beneath.
    pub fn storage(&self) -> &S {
        &self.storage
    }

    /// Reads the state anew: after another writer was faster, or the connection was lost.
    ///
    /// # Errors
    /// Where the storage fails or no longer holds a tablet, or the PIN was changed elsewhere.
    pub async fn reload(&self) -> Result<(), TabletError> {
        let (holder, before) = {
            let state = self.state.borrow();
            let holder = state.holder.as_ref();
            let holder = holder.map(|holder| (holder.staff, holder.pin_key().clone()));
            (holder, (state.roster.clone(), state.stated.clone()))
        };
        let before = Some(before);
        let mut fresh = State::load(&self.storage, &self.store_key, holder, before).await?;
        let mut state = self.state.borrow_mut();
        fresh.keep_session(&mut state);
        *state = fresh;
        Ok(())
    }

    fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.borrow_mut().fill(&mut bytes);
        bytes
    }

    fn put_json<T: serde::Serialize>(&self, key: &str, value: &T) -> Result<Put, TabletError> {
        sealed_json(&self.store_key, &mut *self.entropy.borrow_mut(), key, value)
    }

    /// Seals bytes for a place: under the scope's key, or the tablet's where `scope` is `None`.
    fn seal_bytes(
        &self,
        state: &State,
        place: (Store, &str, Option<ScopeId>),
        plain: &[u8],
    ) -> Result<Vec<u8>, TabletError> {
        let (store, key, scope) = place;
        let seal_key = match scope {
            None => &self.store_key,
            Some(scope) => state
                .scope_keys
                .get(&scope)
                .ok_or_else(|| TabletError::Sealed(key.to_owned()))?,
        };
        seal_in(
            seal_key,
            &mut *self.entropy.borrow_mut(),
            (store, key, scope),
            plain,
        )
    }

    /// Opens bytes of a place: their first 16 name the scope, zeros the tablet.
    fn open_bytes(&self, store: Store, key: &str, bytes: &[u8]) -> Result<Vec<u8>, TabletError> {
        let state = self.state.borrow();
        state.open_bytes(&self.store_key, store, key, bytes)
    }
}

/// Seals bytes, preceded by the scope whose key opens them.
fn seal_in<E: Entropy>(
    key: &SealKey,
    entropy: &mut E,
    place: (Store, &str, Option<ScopeId>),
    plain: &[u8],
) -> Result<Vec<u8>, TabletError> {
    let (store, name, scope) = place;
    let mut nonce = [0; NONCE_BYTES];
    entropy.fill(&mut nonce);
    let place = Place {
        store: store.name(),
        key: name,
        scope,
    };
    let sealed =
        seal::seal(key, &place, nonce, plain).map_err(|_| TabletError::Sealed(name.to_owned()))?;
    let owner = scope.map_or([0; 16], |scope| *scope.bytes());
    Ok([owner.as_slice(), sealed.as_slice()].concat())
}

fn sealed_json<E: Entropy, T: serde::Serialize>(
    key: &SealKey,
    entropy: &mut E,
    name: &str,
    value: &T,
) -> Result<Put, TabletError> {
    let plain =
        serde_json::to_string(value).map_err(|_| TabletError::Unreadable(name.to_owned()))?;
    sealed_text(key, entropy, name, &plain)
}

fn sealed_text<E: Entropy>(
    key: &SealKey,
    entropy: &mut E,
    name: &str,
    plain: &str,
) -> Result<Put, TabletError> {
    Ok(Put {
        store: Store::Meta,
        key: name.to_owned(),
        group: None,
        value: seal_in(key, entropy, (Store::Meta, name, None), plain.as_bytes())?,
    })
}
