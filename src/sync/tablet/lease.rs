//! What a tablet shows of confidential scopes when it has not met the endpoint for long: nothing
//! but what was written on it and has not gone out, until it has. A policy and no lock: the keys
//! are on the tablet. Whatever is to be recorded is recorded, and what everybody at the site may
//! read is shown as always.

use record::roster::{LEASE_DAYS, Roster, ScopeKind};
use record::{CaseId, ScopeId};

use super::clock::{CLOCK_KEY, Now};
use super::keys::read_entry_key;
use super::state::State;
use super::{ATTEMPTS_MAX, Entropy, Tablet, TabletError};
use crate::storage::{Batch, Durability, Storage, StorageError};

/// A day, milliseconds.
const DAY_MS: i64 = 86_400_000;

/// Whether a tablet of a site that has not met the endpoint for `unmet_ms` milliseconds asks to
/// meet it first.
fn has_run_out(roster: &Roster, site: &str, unmet_ms: i64) -> bool {
    let stated = roster.site(site).and_then(|site| site.lease_days);
    unmet_ms > i64::from(stated.unwrap_or(LEASE_DAYS)).saturating_mul(DAY_MS)
}

impl State {
    /// Whether a scope is not for everybody of a site, as the roster says, or the endpoint at
    /// joining where that is not at hand; one that neither knows is not.
    pub(super) fn is_confidential(&self, scope: &ScopeId) -> bool {
        let mut granted = self.identity.scopes.iter();
        let stated = self.roster.scope(scope).map(|scope| &scope.kind);
        let granted = || granted.find(|one| one.id == *scope).map(|one| &one.kind);
        !matches!(
            stated.or_else(granted),
            Some(ScopeKind::Site | ScopeKind::Company)
        )
    }

    /// Whether the lease has run out, by the last reading of the clocks; before the first it has.
    fn lease_is_over(&self) -> bool {
        self.session.wall_ms().is_none_or(|wall_ms| {
            has_run_out(
                &self.roster,
                &self.identity.site,
                self.clock.unmet_ms(wall_ms),
            )
        })
    }

    /// Whether confidential scopes are open to who has unlocked the tablet, and not shown.
    pub(super) fn withholds(&self) -> bool {
        self.scope_keys
            .keys()
            .any(|scope| self.is_confidential(scope))
            && self.lease_is_over()
    }

    /// The cases of which something is not shown for now.
    pub(super) fn withheld_cases(&self) -> Vec<CaseId> {
        if !self.lease_is_over() {
            return Vec::new();
        }
        let hidden = |(scope, _): &&(ScopeId, CaseId)| self.is_confidential(scope);
        let cases = self.cases.iter().filter(hidden);
        cases.map(|(_, case)| *case).collect()
    }

    /// Whether what is sealed is of a confidential scope that is not shown for now.
    pub(super) fn is_withheld(&self, sealed: &[u8]) -> bool {
        let owner = sealed
            .first_chunk::<16>()
            .filter(|owner| **owner != [0; 16]);
        let scope = owner.map(|owner| ScopeId::from_random(*owner));
        scope.is_some_and(|scope| self.is_confidential(&scope)) && self.lease_is_over()
    }

    /// Whether an entry under its key is not shown for now; one that waits to be sent is.
    pub(super) fn is_entry_withheld(&self, key: &str, sealed: &[u8]) -> bool {
        let sent = || {
            read_entry_key(key).is_none_or(|(stream, seq, hash)| {
                let stream = self.streams.get(&stream);
                stream.is_none_or(|stream| stream.is_sent(seq, &hash))
            })
        };
        self.is_withheld(sealed) && sent()
    }
}

impl<S: Storage, E: Entropy> Tablet<S, E> {
    /// Takes note that time has passed: at the unlocking, and each minute or so.
    ///
    /// # Errors
    /// Where the storage fails. It is noted anew the next time then.
    pub async fn pass(&self, now: Now) -> Result<(), TabletError> {
        let jumped = self.state.borrow_mut().session.jumped(now);
        for _ in 0..ATTEMPTS_MAX {
            let (clock, batch) = {
                let state = self.state.borrow();
                if !jumped && !state.clock.has_passed(now.wall_ms) {
                    return Ok(());
                }
                let mut clock = state.clock.clone();
                clock.note(now, jumped);
                let batch = Batch {
                    expect: vec![state.expect(CLOCK_KEY)],
                    put: vec![self.put_json(CLOCK_KEY, &clock)?],
                    delete: Vec::new(),
                    durability: Durability::Relaxed,
                };
                (clock, batch)
            };
            let put = batch.put.clone();
            match self.storage.commit(batch).await {
                Ok(()) => {
                    let mut state = self.state.borrow_mut();
                    state.remember(&put);
                    state.clock = clock;
                    return Ok(());
                }
                Err(StorageError::Conflict) => self.reload().await?,
                Err(error) => return Err(error.into()),
            }
        }
        Err(TabletError::Busy)
    }
}
