//! What every request needs.

use std::sync::{Arc, Mutex};

use sync::endpoint::Author;

use crate::clock::Clock;
use crate::ledger;
use crate::random::Random;
use crate::root::RootKey;
use crate::scope_keys::ScopeSecret;
use crate::store::Store;

/// Wrong codes taken within [`TRIES_WINDOW_MS`] before all are refused for a while: with 40
/// random bits a code is not found by trying.
const TRIES_MAX: u32 = 10;

/// Milliseconds after which wrong codes are forgotten.
const TRIES_WINDOW_MS: i64 = 60_000;

/// The endpoint. Clones share everything.
#[derive(Clone, Debug)]
pub struct Endpoint<S: Store> {
    /// Where everything is kept.
    pub store: S,
    /// The root key.
    pub root: Arc<RootKey>,
    /// The keys of what tablets seal.
    pub scopes: ScopeSecret,
    /// The time.
    pub clock: Clock,
    /// Where random bytes come from.
    pub random: Random,
    /// Whether this is a training site, whose clock the tablets follow.
    pub training: bool,
    tries: Arc<Mutex<(i64, u32)>>,
}

impl<S: Store> Endpoint<S> {
    /// The endpoint on a store.
    #[must_use]
    pub fn new(
        store: S,
        (root, scopes): (RootKey, ScopeSecret),
        (clock, random): (Clock, Random),
        training: bool,
    ) -> Self {
        Self {
            store,
            root: Arc::new(root),
            scopes,
            clock,
            random,
            training,
            tries: Arc::default(),
        }
    }

    /// The endpoint as an author of receipts and times.
    #[must_use]
    pub fn author(&self) -> Author {
        Author::new(self.root.signing().clone(), ledger::APP)
    }

    /// Whether codes may be tried now.
    #[must_use]
    pub fn may_try(&self) -> bool {
        let now = self.clock.now_ms();
        let tries = self.tries.lock();
        tries.is_ok_and(|tries| tries.1 < TRIES_MAX || now - tries.0 >= TRIES_WINDOW_MS)
    }

    /// Takes note of a wrong code.
    pub fn tried(&self) {
        let now = self.clock.now_ms();
        if let Ok(mut tries) = self.tries.lock() {
            if now - tries.0 >= TRIES_WINDOW_MS {
                *tries = (now, 0);
            }
            tries.1 += 1;
        }
    }
}
