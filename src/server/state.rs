//! What every request needs.

use std::sync::{Arc, Mutex, PoisonError};

use record::{DeviceId, Roster};
use sync::endpoint::Author;

use crate::api::fault::Fault;
use crate::attachments::Attachments;
use crate::clock::Clock;
use crate::error::ServerError;
use crate::ledger::{self, Ledger};
use crate::live::Live;
use crate::peer::Proxies;
use crate::random::Random;
use crate::root::RootKey;
use crate::rosters::Rosters;
use crate::scope_keys::ScopeSecret;
use crate::store::Store;
use crate::tries::{Source, Tries};

/// The endpoint. Clones share everything.
#[derive(Clone, Debug)]
pub struct Endpoint<S: Store> {
    /// Where everything is kept.
    pub store: S,
    /// Photos.
    pub attachments: Attachments,
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
    /// Wrong codes of tablets that would join, by where they are.
    pub joins: Arc<Mutex<Tries<Source>>>,
    /// Wrong codes of people who would sign in, by tablet.
    pub sign_ins: Arc<Mutex<Tries<DeviceId>>>,
    /// Who waits for something new.
    pub live: Live,
    /// Proxies before this endpoint.
    pub proxies: Arc<Proxies>,
    rosters: Rosters,
}

impl<S: Store> Endpoint<S> {
    /// The endpoint on a store.
    #[must_use]
    pub fn new(
        (store, attachments): (S, Attachments),
        (root, scopes): (RootKey, ScopeSecret),
        (clock, random): (Clock, Random),
        training: bool,
    ) -> Self {
        Self {
            store,
            attachments,
            root: Arc::new(root),
            scopes,
            clock,
            random,
            training,
            joins: Arc::default(),
            sign_ins: Arc::default(),
            live: Live::default(),
            proxies: Arc::default(),
            rosters: Rosters::default(),
        }
    }

    /// The pen within a transaction, at the endpoint's time.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn ledger<'t>(&'t self, tx: &'t mut S::Tx) -> Result<Ledger<'t, S::Tx>, ServerError> {
        let roster = self.roster(tx).await?;
        Ledger::with(roster, tx, &self.root, &self.random, self.clock.now_ms()).await
    }

    /// The endpoint behind proxies: they tell where a request comes from.
    #[must_use]
    pub fn behind(mut self, proxies: Proxies) -> Self {
        self.proxies = Arc::new(proxies);
        self
    }

    /// The endpoint as an author of receipts and times.
    #[must_use]
    pub fn author(&self) -> Author {
        Author::new(self.root.signing().clone(), ledger::APP)
    }

    /// The roster as a transaction sees it.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn roster(&self, tx: &mut S::Tx) -> Result<Roster, ServerError> {
        self.rosters.of(tx, &self.root).await
    }

    /// Begins a try of a code of this kind: it counts as wrong until [`Self::was_right`].
    ///
    /// # Errors
    /// A fault where `source` has to wait.
    pub fn try_code<K: Ord>(&self, tries: &Mutex<Tries<K>>, source: K) -> Result<(), Fault> {
        let now_ms = self.clock.steady_ms();
        let mut tries = tries.lock().unwrap_or_else(PoisonError::into_inner);
        match tries.begin(source, now_ms) {
            0 => Ok(()),
            wait_ms => Err(Fault::too_many_tries(wait_ms)),
        }
    }

    /// Takes note that the code of a try was right.
    pub fn was_right<K: Ord>(&self, tries: &Mutex<Tries<K>>, source: &K) {
        let mut tries = tries.lock().unwrap_or_else(PoisonError::into_inner);
        tries.right(source);
    }
}
