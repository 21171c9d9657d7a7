//! What failed a check is kept aside with its bytes and reported.

use record::check::Fault;
use record::{Entry, Erasure, Hash, ScopeId};
use serde::{Deserialize, Serialize};

use super::keys::ASIDE_PREFIX;
use super::plan::Plan;
use super::{Entropy, Tablet, TabletError};
use crate::storage::{Put, Storage, Store};

/// Why something is kept aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AsideReason {
    /// Not an entry.
    Malformed,
    /// The roster held does not know the author's tablet: tried again when it grows.
    UnknownDevice,
    /// The roster held certifies no key of the author: tried again when it grows.
    UnknownKey,
    /// The signature does not hold.
    BadSignature,
    /// The stream is another device's, or of another scope.
    StreamMismatch,
}

impl AsideReason {
    /// Whether it is sound as far as known, and waits for a newer roster.
    pub(super) const fn waits(self) -> bool {
        matches!(self, Self::UnknownDevice | Self::UnknownKey)
    }
}

/// What is kept aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsideNote {
    /// Its name: SHA-256 of the first line.
    pub hash: Hash,
    /// Why.
    pub reason: AsideReason,
    /// The bytes as they came; without what they said where that was erased since.
    pub text: String,
}

impl From<Fault> for AsideReason {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::UnknownDevice => Self::UnknownDevice,
            Fault::UnknownKey => Self::UnknownKey,
            Fault::BadSignature | Fault::BadErasure => Self::BadSignature,
        }
    }
}

impl<S: Storage, E: Entropy> Tablet<S, E> {
    /// Keeps something aside with its bytes.
    pub(super) fn set_aside(
        &self,
        plan: &mut Plan,
        scope: ScopeId,
        (hash, reason): (Hash, AsideReason),
        text: &str,
    ) -> Result<(), TabletError> {
        if plan.asides.iter().any(|note| note.hash == hash) {
            return Ok(());
        }
        let note = AsideNote {
            hash,
            reason,
            text: text.to_owned(),
        };
        self.put_aside(plan, scope, &note)?;
        plan.asides.push(note.clone());
        plan.out.aside.push(note);
        Ok(())
    }

    /// What is kept aside of an entry that is to be erased says nothing more. It stays aside: what
    /// waits for the roster goes on waiting.
    pub(super) fn erase_aside(
        &self,
        plan: &mut Plan,
        scope: ScopeId,
        (hash, erasure): (Hash, &Erasure),
    ) -> Result<(), TabletError> {
        let Some(at) = plan.asides.iter().position(|note| note.hash == hash) else {
            return Ok(());
        };
        let mut note = plan.asides.remove(at);
        let erased = Entry::parse(note.text.as_bytes()).and_then(|entry| entry.erased(erasure));
        note.text = erased.map_or_else(|_| String::new(), |entry| entry.text().to_owned());
        self.put_aside(plan, scope, &note)?;
        plan.asides.push(note);
        Ok(())
    }

    fn put_aside(
        &self,
        plan: &mut Plan,
        scope: ScopeId,
        note: &AsideNote,
    ) -> Result<(), TabletError> {
        let key = format!("{ASIDE_PREFIX}{}", note.hash);
        let unreadable = |_| TabletError::Unreadable(key.clone());
        let plain = serde_json::to_string(note).map_err(unreadable)?;
        let state = self.state.borrow();
        // What claims a scope that is not open came with one that is.
        let mut open = state.scope_keys.keys();
        let scope = open.clone().find(|open| **open == scope).or(open.next());
        let place = (Store::Meta, key.as_str(), scope.copied());
        let value = self.seal_bytes(&state, place, plain.as_bytes())?;
        plan.put.retain(|put| put.key != key);
        plan.put.push(Put {
            store: Store::Meta,
            key,
            group: None,
            value,
        });
        Ok(())
    }
}
