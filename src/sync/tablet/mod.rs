//! The tablet: holds entries sealed in its storage, records deeds, pushes and pulls.
//!
//! * `state` what is kept besides entries, and under which keys; `clock` the tablet's clock against
//!   the endpoint's
//! * `writing` recording a deed; `push` what goes out; `apply` (worked out in `plan`) what comes in
//! * `chain` which of two chains of a stream is taken; `fork` going on in a new stream
//! * `scopes` a scope that is lost; `people` persons' keys
//! * `reading` entries of a case, status; `notes` drafts, cache, running numbers
//!
//! **Invariants.** Nothing is held across a wait but the storage's own work. Every writer expects
//! the tablet's state to be as it read it, so that two writers never both succeed. Nothing is
//! marked as sent but by an acknowledged frontier.

mod apply;
mod chain;
mod clock;
mod fork;
mod notes;
mod people;
mod plan;
mod push;
mod reading;
mod scopes;
mod state;
mod writing;

use std::cell::{Ref, RefCell};

use record::roster::Roster;
use record::seal::{self, NONCE_BYTES, Place, SealKey};
use record::{DeviceId, PublicKey, ScopeId};

pub use apply::{Applied, ApplyError, AsideNote, AsideReason};
pub use clock::Now;
pub use notes::{CacheRecord, Extra};
pub use push::SentRequest;
pub use reading::{RefusedNote, Status, Stored, tips};
pub use state::Identity;
pub use writing::{Deed, NewAct, RecordError};

use crate::storage::{Batch, Durability, Expect, Put, Storage, StorageError, Store};
use crate::wire::{self, JoinReply};
use state::{CURSOR_PREFIX, IDENTITY_KEY, State};

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

/// A tablet that has joined an endpoint.
#[derive(Debug)]
pub struct Tablet<S, E> {
    storage: S,
    store_key: SealKey,
    entropy: RefCell<E>,
    state: RefCell<State>,
}

impl<S: Storage, E: Entropy> Tablet<S, E> {
    /// Opens the tablet that the storage holds; `None` where it has not joined yet.
    ///
    /// # Errors
    /// Where the storage fails, or what it holds does not open under `store_key`.
    pub async fn open(
        storage: S,
        store_key: SealKey,
        entropy: E,
    ) -> Result<Option<Self>, TabletError> {
        let state = State::load(&storage, &store_key).await?;
        Ok(state.map(|state| Self {
            storage,
            store_key,
            entropy: RefCell::new(entropy),
            state: RefCell::new(state),
        }))
    }

    /// Writes what the endpoint answered to joining, and opens the tablet. Persons' keys follow by
    /// [`Self::certify_request`].
    ///
    /// # Errors
    /// Where the storage holds a joined tablet already, or fails.
    pub async fn join(
        storage: S,
        store_key: SealKey,
        mut entropy: E,
        reply: &JoinReply,
        now: Now,
    ) -> Result<Self, TabletError> {
        if reply.proto != wire::PROTO {
            return Err(TabletError::Protocol(reply.proto));
        }
        let identity = Identity::of(reply);
        let mut put = vec![
            sealed_json(&store_key, &mut entropy, IDENTITY_KEY, &identity)?,
            sealed_json(
                &store_key,
                &mut entropy,
                clock::CLOCK_KEY,
                &clock::ClockState::at_joining(reply.time_ms, now),
            )?,
        ];
        for grant in &reply.scopes {
            put.push(new_scope_key(&store_key, &mut entropy, grant.id)?.0);
            let cursor = wire::Cursor::start(grant.id);
            let key = format!("{CURSOR_PREFIX}{}", grant.id);
            put.push(sealed_json(&store_key, &mut entropy, &key, &cursor)?);
        }
        let batch = Batch {
            expect: vec![Expect {
                store: Store::Meta,
                key: IDENTITY_KEY.to_owned(),
                value: None,
            }],
            put,
            delete: Vec::new(),
            durability: Durability::Strict,
        };
        match storage.commit(batch).await {
            Err(StorageError::Conflict) => return Err(TabletError::AlreadyJoined),
            other => other?,
        }
        match Self::open(storage, store_key, entropy).await? {
            Some(tablet) => Ok(tablet),
            None => Err(TabletError::Unreadable(IDENTITY_KEY.to_owned())),
        }
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
    /// Where the storage fails or no longer holds a tablet.
    pub async fn reload(&self) -> Result<(), TabletError> {
        let fresh = State::load(&self.storage, &self.store_key).await?;
        let mut fresh = fresh.ok_or_else(|| TabletError::Unreadable(IDENTITY_KEY.to_owned()))?;
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

/// A new key for a scope, sealed under the tablet's key.
fn new_scope_key<E: Entropy>(
    store_key: &SealKey,
    entropy: &mut E,
    scope: ScopeId,
) -> Result<(Put, SealKey), TabletError> {
    let mut bytes = [0; 32];
    entropy.fill(&mut bytes);
    let name = format!("{}{scope}", state::SCOPE_KEY_PREFIX);
    let put = Put {
        store: Store::Meta,
        group: None,
        value: seal_in(store_key, entropy, (Store::Meta, &name, None), &bytes)?,
        key: name,
    };
    Ok((put, SealKey::new(bytes)))
}
