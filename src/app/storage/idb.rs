//! [`Storage`] on IndexedDB.

use std::cell::RefCell;
use std::rc::Rc;

use idb::{Database, KeyRange, Query, Transaction, TransactionMode, TransactionResult};
use js_sys::{Array, Object, Reflect, Uint8Array};
use sync::storage::{Batch, Durability, Expect, Put, Storage, StorageError, Store};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::schema::{self, GROUP, other};
use crate::platform;

#[wasm_bindgen]
extern "C" {
    /// `IDBDatabase` with the option that says how sure a commit is.
    #[wasm_bindgen(
        extends = web_sys::IdbDatabase,
        js_name = IDBDatabase,
        typescript_type = "IDBDatabase"
    )]
    type DurableDatabase;
    #[wasm_bindgen(method, catch, js_name = transaction)]
    fn transaction(
        this: &DurableDatabase,
        stores: &Array,
        mode: &str,
        options: &JsValue,
    ) -> Result<web_sys::IdbTransaction, JsValue>;

    /// `IDBTransaction` with the durability that the browser took.
    #[wasm_bindgen(
        extends = web_sys::IdbTransaction,
        js_name = IDBTransaction,
        typescript_type = "IDBTransaction"
    )]
    type DurableTransaction;
    #[wasm_bindgen(method, getter)]
    fn durability(this: &DurableTransaction) -> Option<String>;
}

/// Property of a record that holds its bytes.
const VALUE: &str = "v";

/// A named database, opened once and opened again when the browser closes it.
#[derive(Clone)]
pub struct IdbStorage(Rc<Inner>);

struct Inner {
    name: String,
    open: RefCell<Option<web_sys::IdbDatabase>>,
    /// What the browser said of the last write.
    durability: RefCell<Option<String>>,
}

impl IdbStorage {
    /// Opens the database `name`, making it where there is none.
    ///
    /// # Errors
    /// The browser refuses storage.
    pub async fn open(name: &str) -> Result<Self, StorageError> {
        let storage = Self(Rc::new(Inner {
            name: name.to_owned(),
            open: RefCell::new(None),
            durability: RefCell::new(None),
        }));
        storage.raw().await?;
        Ok(storage)
    }

    /// How durable the browser says the last write was: `strict` or `relaxed`.
    #[must_use]
    pub fn last_durability(&self) -> Option<String> {
        self.0.durability.borrow().clone()
    }

    /// The browser's handle; opened again where it was closed.
    pub(super) async fn raw(&self) -> Result<web_sys::IdbDatabase, StorageError> {
        if let Some(raw) = self.0.open.borrow().as_ref() {
            return Ok(raw.clone());
        }
        let raw: web_sys::IdbDatabase = schema::open(&self.0.name).await?.into();
        let mut database: Database = raw.clone().into();
        let closed = Rc::downgrade(&self.0);
        let forget = move || {
            if let Some(inner) = closed.upgrade() {
                inner.open.replace(None);
            }
        };
        let on_close = forget.clone();
        database.on_close(move |_| on_close());
        let handle = raw.clone();
        database.on_version_change(move |_| {
            // A newer version in another tab waits for this handle: let it go.
            handle.close();
            forget();
        });
        // The handlers live as long as the browser's handle does.
        std::mem::forget(database);
        self.0.open.replace(Some(raw.clone()));
        Ok(raw)
    }

    async fn begin(
        &self,
        stores: &[&str],
        mode: TransactionMode,
        durability: Durability,
    ) -> Result<Transaction, StorageError> {
        let raw = self.raw().await?;
        let begun = match start(&raw, stores, mode, durability) {
            Ok(begun) => begun,
            Err(_) => {
                // The handle was closed under us: once more with a new one.
                self.0.open.replace(None);
                let raw = self.raw().await?;
                start(&raw, stores, mode, durability).map_err(|_| StorageError::Closed)?
            }
        };
        if mode == TransactionMode::ReadWrite {
            let taken = begun.unchecked_ref::<DurableTransaction>().durability();
            self.0.durability.replace(taken);
        }
        Ok(begun.into())
    }

    async fn read(&self, store: Store) -> Result<Transaction, StorageError> {
        self.begin(
            &[store.name()],
            TransactionMode::ReadOnly,
            Durability::Relaxed,
        )
        .await
    }
}

fn start(
    raw: &web_sys::IdbDatabase,
    stores: &[&str],
    mode: TransactionMode,
    durability: Durability,
) -> Result<web_sys::IdbTransaction, JsValue> {
    let names: Array = stores.iter().map(|name| JsValue::from_str(name)).collect();
    let options = Object::new();
    let durability = match durability {
        Durability::Strict => "strict",
        Durability::Relaxed => "relaxed",
    };
    Reflect::set(&options, &"durability".into(), &durability.into())?;
    let mode = match mode {
        TransactionMode::ReadOnly => "readonly",
        _ => "readwrite",
    };
    let durable = raw.unchecked_ref::<DurableDatabase>();
    durable.transaction(&names, mode, &options)
}

impl Storage for IdbStorage {
    async fn get(&self, store: Store, key: &str) -> Result<Option<Vec<u8>>, StorageError> {
        let transaction = self.read(store).await?;
        let objects = transaction.object_store(store.name()).map_err(other)?;
        let found = objects
            .get(JsValue::from_str(key))
            .map_err(other)?
            .await
            .map_err(other)?;
        Ok(found.as_ref().and_then(value_of))
    }

    async fn range(
        &self,
        store: Store,
        from: &str,
        to: &str,
        limit: u32,
    ) -> Result<Vec<(String, Vec<u8>)>, StorageError> {
        if from >= to {
            return Ok(Vec::new());
        }
        let transaction = self.read(store).await?;
        let objects = transaction.object_store(store.name()).map_err(other)?;
        let keys = objects
            .get_all_keys(Some(between(from, to)?), Some(limit))
            .map_err(other)?;
        let values = objects
            .get_all(Some(between(from, to)?), Some(limit))
            .map_err(other)?;
        pair(keys.await.map_err(other)?, &values.await.map_err(other)?)
    }

    async fn keys(&self, store: Store, from: &str, to: &str) -> Result<Vec<String>, StorageError> {
        if from >= to {
            return Ok(Vec::new());
        }
        let transaction = self.read(store).await?;
        let objects = transaction.object_store(store.name()).map_err(other)?;
        let keys = objects
            .get_all_keys(Some(between(from, to)?), None)
            .map_err(other)?;
        keys.await.map_err(other)?.iter().map(key_of).collect()
    }

    async fn group(
        &self,
        store: Store,
        group: &str,
    ) -> Result<Vec<(String, Vec<u8>)>, StorageError> {
        let transaction = self.read(store).await?;
        let objects = transaction.object_store(store.name()).map_err(other)?;
        let index = objects.index(GROUP).map_err(other)?;
        let only = || KeyRange::only(&group.into()).map_err(other);
        let keys = index
            .get_all_keys(Some(Query::KeyRange(only()?)), None)
            .map_err(other)?;
        let values = index
            .get_all(Some(Query::KeyRange(only()?)), None)
            .map_err(other)?;
        pair(keys.await.map_err(other)?, &values.await.map_err(other)?)
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        let mut names: Vec<&str> = Vec::new();
        let touched = batch.expect.iter().map(|e| e.store);
        let touched = touched.chain(batch.put.iter().map(|p| p.store));
        for store in touched.chain(batch.delete.iter().map(|(store, _)| *store)) {
            if !names.contains(&store.name()) {
                names.push(store.name());
            }
        }
        if names.is_empty() {
            return Ok(());
        }
        let transaction = self
            .begin(&names, TransactionMode::ReadWrite, batch.durability)
            .await?;
        if !expected(&transaction, &batch.expect).await? {
            // Aborted by us: the answer is the conflict, whatever the abort says.
            drop(transaction.abort().map_err(other)?.await);
            return Err(StorageError::Conflict);
        }
        for (store, key) in &batch.delete {
            let objects = transaction.object_store(store.name()).map_err(other)?;
            // Not awaited: the requests of one transaction run in order.
            drop(objects.delete(JsValue::from_str(key)).map_err(other)?);
        }
        for put in &batch.put {
            let objects = transaction.object_store(put.store.name()).map_err(other)?;
            let record = record_of(put).map_err(|e| StorageError::Other(platform::words_of(&e)))?;
            drop(
                objects
                    .put(&record, Some(&JsValue::from_str(&put.key)))
                    .map_err(other)?,
            );
        }
        let outcome = transaction.commit().map_err(other)?.await.map_err(other)?;
        match outcome {
            TransactionResult::Committed => Ok(()),
            TransactionResult::Aborted => Err(StorageError::Other("aborted".to_owned())),
        }
    }
}

/// Whether every expectation holds, read in the transaction that will write.
async fn expected(transaction: &Transaction, expect: &[Expect]) -> Result<bool, StorageError> {
    for one in expect {
        let objects = transaction.object_store(one.store.name()).map_err(other)?;
        let found = objects
            .get(JsValue::from_str(&one.key))
            .map_err(other)?
            .await
            .map_err(other)?;
        if found.as_ref().and_then(value_of) != one.value {
            return Ok(false);
        }
    }
    Ok(true)
}

fn record_of(put: &Put) -> Result<JsValue, JsValue> {
    let record = Object::new();
    Reflect::set(
        &record,
        &VALUE.into(),
        &Uint8Array::from(put.value.as_slice()),
    )?;
    if let Some(group) = &put.group {
        Reflect::set(&record, &GROUP.into(), &group.as_str().into())?;
    }
    Ok(record.into())
}

fn value_of(record: &JsValue) -> Option<Vec<u8>> {
    Reflect::get(record, &VALUE.into())
        .ok()
        .as_ref()
        .and_then(platform::bytes_of)
}

fn pair(keys: Vec<JsValue>, records: &[JsValue]) -> Result<Vec<(String, Vec<u8>)>, StorageError> {
    keys.iter()
        .zip(records)
        .map(|(key, record)| Ok((key_of(key)?, value_of(record).ok_or_else(damaged)?)))
        .collect()
}

fn key_of(key: &JsValue) -> Result<String, StorageError> {
    key.as_string().ok_or_else(damaged)
}

fn damaged() -> StorageError {
    StorageError::Other("a record cannot be read".to_owned())
}

fn between(from: &str, to: &str) -> Result<Query, StorageError> {
    let range = KeyRange::bound(&from.into(), &to.into(), Some(false), Some(true));
    range.map(Query::KeyRange).map_err(other)
}
