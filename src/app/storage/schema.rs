//! The database: one object store for each of [`Store`], keys as text, values
//! `{ v: Uint8Array, g?: text }`, an index `g` over the group. Beside them `keys`, which holds
//! the device's signing key as the browser keeps it: not to be read out.
//!
//! Version 1: the five stores and `keys`.

use core::future::IntoFuture;
use core::pin::pin;

use futures_util::future::{Either, select};
use idb::{Database, DatabaseEvent, Factory, IndexParams, KeyPath, ObjectStoreParams};
use sync::storage::{StorageError, Store};

use crate::platform;

/// Version of the schema. Each step from one version to the next has a function of its own.
pub(super) const VERSION: u32 = 1;

/// The store of keys that the browser keeps.
pub(super) const KEYS: &str = "keys";

/// The index over a record's group.
pub(super) const GROUP: &str = "g";

/// How long opening may take, milliseconds: even a large database opens in a part of it. What takes
/// longer waits for another page to let go.
const OPEN_MS_MAX: i32 = 10_000;

/// Opens the database, making or upgrading it where needed.
///
/// # Errors
/// The browser refuses, another page is in the way, or a newer version has opened it.
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
    match select(request.into_future(), pin!(platform::pause(OPEN_MS_MAX))).await {
        Either::Left((opened, _)) => opened.map_err(other),
        Either::Right(((), opening)) => {
            // It opens yet, for nobody: what stays open would stand in the way of others.
            wasm_bindgen_futures::spawn_local(async move {
                if let Ok(late) = opening.await {
                    late.close();
                }
            });
            Err(StorageError::Blocked)
        }
    }
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
    } else if text.contains("VersionError") {
        StorageError::Newer
    } else if text.contains("InvalidState") || text.contains("closing") {
        StorageError::Closed
    } else {
        StorageError::Other(text)
    }
}
