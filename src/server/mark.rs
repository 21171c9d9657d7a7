//! How far the database of a data folder had come, noted beside it. A database that is found behind
//! its mark was put back by hand: what tablets were told is held may be missing in it, so a new
//! epoch begins. The mark is written after the commits that it tells of, never before.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::ServerError;
use crate::ledger;
use crate::store::{Store, StoreError, Tx};
use crate::whole_file;

/// Name of the file in the data folder.
pub const FILE_NAME: &str = "doorstep.mark";

/// How often a running endpoint looks whether the mark is behind: a database that was put back to a
/// state of this last while, after the endpoint was killed in it, goes unnoticed.
const PAUSE: Duration = Duration::from_secs(10);

/// How far a database has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    epoch: String,
    /// Entries of all scopes: within an epoch there are only ever more.
    entries: i64,
}

impl Mark {
    /// How far the database of this transaction has come.
    ///
    /// # Errors
    /// Where the store fails or was never begun.
    pub async fn of<T: Tx>(tx: &mut T) -> Result<Self, ServerError> {
        let epoch = ledger::epoch(tx).await?;
        let scopes = tx.scopes().await?;
        Ok(Self {
            epoch: epoch.ok_or(StoreError::Damaged("the epoch"))?,
            entries: scopes.iter().map(|scope| scope.feed).sum(),
        })
    }

    /// Whether the mark of a data folder is ahead of its database, or of another epoch. One that
    /// cannot be read is.
    ///
    /// # Errors
    /// Where the store fails or the file cannot be opened.
    pub async fn is_ahead_of<T: Tx>(tx: &mut T, data: &Path) -> Result<bool, ServerError> {
        let path = data.join(FILE_NAME);
        let text = match std::fs::read(&path) {
            Ok(bytes) => String::from_utf8(bytes).unwrap_or_default(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(ServerError::file(path)(error)),
        };
        let database = Self::of(tx).await?;
        let mark = Self::read(&text);
        Ok(mark.is_none_or(|mark| mark.epoch != database.epoch || mark.entries > database.entries))
    }

    fn read(text: &str) -> Option<Self> {
        let (epoch, entries) = text.trim_end().split_once(' ')?;
        Some(Self {
            epoch: epoch.to_owned(),
            entries: entries.parse().ok()?,
        })
    }

    /// Writes the mark of a data folder, whole or not at all.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn keep(&self, data: &Path) -> Result<(), ServerError> {
        let text = format!("{} {}\n", self.epoch, self.entries);
        whole_file::replace(data, FILE_NAME, text.as_bytes())
    }
}

/// Keeps the mark of a data folder close behind its database, as long as it is let.
pub async fn keep_up<S: Store>(store: S, data: PathBuf) {
    let mut kept = None;
    loop {
        tokio::time::sleep(PAUSE).await;
        let mark = async { Mark::of(&mut store.read().await?).await };
        // Where the database is busy requests say so.
        let Some(mark) = mark.await.ok().filter(|mark| kept.as_ref() != Some(mark)) else {
            continue;
        };
        match mark.keep(&data) {
            Ok(()) => kept = Some(mark),
            Err(error) => {
                let _unheard = writeln!(std::io::stderr(), "error: {error}");
            }
        }
    }
}
