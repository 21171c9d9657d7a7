//! The roster in memory: it is asked for several times in each request, and read from the store
//! only where that has gone on since.

use std::sync::{Arc, Mutex};

use record::Roster;

use crate::error::ServerError;
use crate::ledger;
use crate::root::RootKey;
use crate::store::{ScopeRow, Tx};

/// The roster as it was last read. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Rosters(Arc<Mutex<Option<(ScopeRow, Roster)>>>);

impl Rosters {
    /// The roster as a transaction sees it: the one at hand where the company's feed, in which
    /// all of it stands, has the number and the digest that it had.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn of<T: Tx>(&self, tx: &mut T, root: &RootKey) -> Result<Roster, ServerError> {
        let Some(feed) = ledger::company_feed(tx).await? else {
            return ledger::roster(tx, root).await;
        };
        if let Some(roster) = self.at(&feed) {
            return Ok(roster);
        }
        let roster = ledger::roster(tx, root).await?;
        if let Ok(mut held) = self.0.lock() {
            *held = Some((feed, roster.clone()));
        }
        Ok(roster)
    }

    fn at(&self, feed: &ScopeRow) -> Option<Roster> {
        let held = self.0.lock().ok()?;
        let (of, roster) = held.as_ref()?;
        (of == feed).then(|| roster.clone())
    }
}
