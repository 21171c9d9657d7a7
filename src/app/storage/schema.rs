//! The database: one object store for each of [`Store`], keys as text, values
//! `{ v: Uint8Array, g?: text }`, an index `g` over the group. Beside them `keys`, which holds
//! the device's signing key as the browser keeps it: not to be read out.
//!
//! Version 1: the five stores and `keys`.

use idb::{Database, DatabaseEvent, Factory, IndexParams, KeyPath, ObjectStoreParams};
use sync::storage::{StorageError, Store};

/// Version of the schema. Each step from one version to the next has a function of its own.
pub(super) const VERSION: u32 = 1;

/// The store of keys that the browser keeps.
pub(super) const KEYS: &str = "keys";

/// The index over a record's group.
pub(super) const GROUP: &str = "g";

/// Opens the database, making or upgrading it where needed.
pub(super) async fn open(name: &str) -> Result<Database, StorageError> {
    let factory = Factory::new().map_err(other)?;
    let mut request = factory.open(name, Some(VERSION)).map_err(other)?;
    request.on_upgrade_needed(|event| {
        let from = event.old_version().unwrap_or(0);
        let Ok(database) = event.database() else {
            return;
        };
        if from < 1 {
            // A failure aborts the upgrade and comes back from `open`.
            drop(upgrade_0_to_1(&database));
        }
    });
    request.await.map_err(other)
}

fn upgrade_0_to_1(database: &Database) -> Result<(), idb::Error> {
    for store in Store::ALL {
        let made = database.create_object_store(store.name(), ObjectStoreParams::new())?;
        made.create_index(GROUP, KeyPath::new_single(GROUP), Some(IndexParams::new()))?;
    }
    database.create_object_store(KEYS, ObjectStoreParams::new())?;
    Ok(())
}

/// An error of the browser's database in the storage's words.
#[expect(clippy::needless_pass_by_value, reason = "used with map_err")]
pub(super) fn other(error: idb::Error) -> StorageError {
    said(error.to_string())
}

/// What the browser says of its database, in the storage's words.
pub(super) fn said(text: String) -> StorageError {
    if text.contains("QuotaExceeded") {
        StorageError::Quota
    } else if text.contains("InvalidState") || text.contains("closing") {
        StorageError::Closed
    } else {
        StorageError::Other(text)
    }
}
