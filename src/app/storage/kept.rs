//! Objects that the browser keeps as they are: a key that nobody reads, a folder that was chosen.

use idb::{Transaction, TransactionMode};
use sync::storage::{Durability, StorageError};
use wasm_bindgen::JsValue;

use super::idb::{IdbStorage, end};
use super::schema::{KEYS, other};

impl IdbStorage {
    /// What is kept under a name.
    ///
    /// # Errors
    /// The browser refuses storage.
    pub(crate) async fn kept(&self, name: &str) -> Result<Option<JsValue>, StorageError> {
        let read = self.begin(&[KEYS], TransactionMode::ReadOnly, Durability::Relaxed);
        let kept = Transaction::from(read.await?)
            .object_store(KEYS)
            .map_err(other)?;
        let found = kept.get(JsValue::from_str(name)).map_err(other)?.await;
        found.map_err(other)
    }

    /// Keeps an object under a name, on the disk; `None` forgets it.
    ///
    /// # Errors
    /// The browser refuses storage, or cannot keep such an object.
    pub(crate) async fn keep(
        &self,
        name: &str,
        what: Option<&JsValue>,
    ) -> Result<(), StorageError> {
        let write = self.begin(&[KEYS], TransactionMode::ReadWrite, Durability::Strict);
        let write = write.await?;
        let name = JsValue::from_str(name);
        let kept = Transaction::from(write.clone()).object_store(KEYS);
        let asked = kept.and_then(|kept| match what {
            Some(what) => kept.put(what, Some(&name)).map(drop),
            None => kept.delete(name).map(drop),
        });
        end(&write, asked.map_err(other)).await
    }
}
