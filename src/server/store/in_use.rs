//! Who has a database file open: processes that read and write it share it; one that puts another
//! file in its place has it alone. The mark is a lock on a file beside it, which the operating
//! system takes back when a process ends, however it ends.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// A database file in use, until this is dropped.
#[derive(Debug)]
pub struct InUse {
    /// Holds the lock while it is open.
    _file: File,
}

impl InUse {
    /// Together with others; `None` where one has it alone.
    ///
    /// # Errors
    /// Where the file beside it cannot be opened.
    pub fn shared(database: &Path) -> io::Result<Option<Self>> {
        Self::locked(database, File::try_lock_shared)
    }

    /// Alone; `None` where others have it.
    ///
    /// # Errors
    /// Where the file beside it cannot be opened.
    pub fn alone(database: &Path) -> io::Result<Option<Self>> {
        Self::locked(database, File::try_lock)
    }

    fn locked(
        database: &Path,
        lock: impl FnOnce(&File) -> Result<(), TryLockError>,
    ) -> io::Result<Option<Self>> {
        let beside = database.with_extension("lock");
        let mut options = File::options();
        let file = options.create(true).append(true).open(beside)?;
        match lock(&file) {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
