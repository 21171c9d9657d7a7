//! [`Storage`] on IndexedDB.

use std::cell::RefCell;
use std::rc::Rc;

use idb::request::{GetAllKeysStoreRequest, GetAllStoreRequest};
use idb::{Database, KeyRange, ObjectStore, Query, Transaction, TransactionMode};
use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use sync::storage::{
    Batch, Durability, Expect, Put, Records, Storage, StorageError, Store, Wanted,
};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::IdbTransaction;

use super::schema::{self, GROUP, other, said};
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
    ) -> Result<IdbTransaction, JsValue>;

    /// `IDBTransaction` with the durability that the browser took.
    #[wasm_bindgen(
        extends = IdbTransaction,
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

    /// Deletes every record of every store, the device's key too, in one strict transaction.
    ///
    /// # Errors
    /// The browser refuses; nothing is deleted then.
    pub(crate) async fn delete_all(&self) -> Result<(), StorageError> {
        let mut names: Vec<&str> = Store::ALL.iter().map(|store| store.name()).collect();
        names.push(schema::KEYS);
        let mode = TransactionMode::ReadWrite;
        let begun = self.begin(&names, mode, Durability::Strict).await?;
        let transaction = Transaction::from(begun.clone());
        let cleared = names.into_iter().try_for_each(|name| {
            // Its success is the transaction's.
            transaction.object_store(name)?.clear().map(drop)
        });
        end(&begun, cleared.map_err(other)).await
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

    /// Begins a transaction over these stores; none that writes while another page does.
    ///
    /// # Errors
    /// The database cannot be opened, or it is another page's turn.
    pub(super) async fn begin(
        &self,
        stores: &[&str],
        mode: TransactionMode,
        durability: Durability,
    ) -> Result<IdbTransaction, StorageError> {
        if mode == TransactionMode::ReadWrite && !platform::has_turn() {
            return Err(StorageError::Blocked);
        }
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
        Ok(begun)
    }
}

/// Ends a transaction: done as a whole, and as durable as it was begun. Where not all of it could
/// be `asked` for, nothing of it is done.
pub(super) async fn end(
    begun: &IdbTransaction,
    asked: Result<(), StorageError>,
) -> Result<(), StorageError> {
    if asked.is_err() {
        // It may have been aborted by itself.
        drop(begun.abort());
        return asked;
    }
    let ended = Promise::new(&mut |complete, abort| {
        begun.set_oncomplete(Some(&complete));
        begun.set_onabort(Some(&abort));
    });
    // Without this it ends too, a little later.
    drop(Transaction::from(begun.clone()).commit());
    match JsFuture::from(ended).await {
        Ok(_) => Ok(()),
        // Only the transaction tells why: no request fails where there is no room at the commit.
        Err(_) => Err(match begun.error() {
            Some(why) => said(platform::words_of(&why.into())),
            None => StorageError::Closed,
        }),
    }
}

fn start(
    raw: &web_sys::IdbDatabase,
    stores: &[&str],
    mode: TransactionMode,
    durability: Durability,
) -> Result<IdbTransaction, JsValue> {
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

/// Requests of one transaction whose answers are one thing wanted.
struct Asked {
    /// The key of the one record wanted; where keys are asked for, they are the records' names.
    key: Option<String>,
    keys: Option<GetAllKeysStoreRequest>,
    values: Option<GetAllStoreRequest>,
}

impl Asked {
    fn begin(objects: &ObjectStore, wanted: Wanted) -> Result<Self, idb::Error> {
        let (mut key, mut keys, mut values) = (None, None, None);
        match wanted {
            Wanted::Key(name) => {
                let only = KeyRange::only(&JsValue::from_str(&name))?;
                values = Some(objects.get_all(Some(Query::KeyRange(only)), None)?);
                key = Some(name);
            }
            Wanted::Range { from, to, .. } | Wanted::Keys { from, to } if from >= to => {}
            Wanted::Range { from, to, limit } => {
                keys = Some(objects.get_all_keys(Some(between(&from, &to)?), Some(limit))?);
                values = Some(objects.get_all(Some(between(&from, &to)?), Some(limit))?);
            }
            Wanted::Keys { from, to } => {
                keys = Some(objects.get_all_keys(Some(between(&from, &to)?), None)?);
            }
            Wanted::Group(group) => {
                let index = objects.index(GROUP)?;
                let only = || KeyRange::only(&JsValue::from_str(&group));
                keys = Some(index.get_all_keys(Some(Query::KeyRange(only()?)), None)?);
                values = Some(index.get_all(Some(Query::KeyRange(only()?)), None)?);
            }
        }
        Ok(Self { key, keys, values })
    }

    async fn answer(self) -> Result<Records, StorageError> {
        let keys = match self.keys {
            Some(keys) => keys.await.map_err(other)?,
            None => Vec::new(),
        };
        let values = match self.values {
            Some(values) => Some(values.await.map_err(other)?),
            None => None,
        };
        records(self.key, &keys, values.as_deref())
    }
}

/// Keys and values as records; without values the records are empty.
fn records(
    key: Option<String>,
    keys: &[JsValue],
    values: Option<&[JsValue]>,
) -> Result<Records, StorageError> {
    let Some(values) = values else {
        return keys
            .iter()
            .map(|key| Ok((key_of(key)?, Vec::new())))
            .collect();
    };
    let keys = key.into_iter().map(Ok).chain(keys.iter().map(key_of));
    keys.zip(values)
        .map(|(key, record)| Ok((key?, value_of(record).ok_or_else(damaged)?)))
        .collect()
}

impl Storage for IdbStorage {
    async fn read(&self, wanted: Vec<(Store, Wanted)>) -> Result<Vec<Records>, StorageError> {
        let names = names(wanted.iter().map(|(store, _)| *store));
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mode = TransactionMode::ReadOnly;
        let begun = self.begin(&names, mode, Durability::Relaxed).await?;
        let transaction = Transaction::from(begun);
        let asked = wanted.into_iter().map(|(store, wanted)| {
            let objects = transaction.object_store(store.name())?;
            Asked::begin(&objects, wanted)
        });
        let asked: Result<Vec<_>, _> = asked.collect();
        let mut answers = Vec::new();
        for asked in asked.map_err(other)? {
            answers.push(asked.answer().await?);
        }
        Ok(answers)
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        let touched = batch.expect.iter().map(|e| e.store);
        let touched = touched.chain(batch.put.iter().map(|p| p.store));
        let names = names(touched.chain(batch.delete.iter().map(|(store, _)| *store)));
        if names.is_empty() {
            return Ok(());
        }
        let mode = TransactionMode::ReadWrite;
        let begun = self.begin(&names, mode, batch.durability).await?;
        let transaction = Transaction::from(begun.clone());
        let asked = match expected(&transaction, &batch.expect).await {
            Ok(true) => ask(&transaction, &batch),
            Ok(false) => Err(StorageError::Conflict),
            Err(error) => Err(error),
        };
        end(&begun, asked).await
    }
}

/// Asks for everything that a batch does. Not awaited: the requests of one transaction run in
/// order.
fn ask(transaction: &Transaction, batch: &Batch) -> Result<(), StorageError> {
    for (store, key) in &batch.delete {
        let objects = transaction.object_store(store.name()).map_err(other)?;
        drop(objects.delete(JsValue::from_str(key)).map_err(other)?);
    }
    for put in &batch.put {
        let objects = transaction.object_store(put.store.name()).map_err(other)?;
        let record = record_of(put).map_err(|e| said(platform::words_of(&e)))?;
        let key = JsValue::from_str(&put.key);
        drop(objects.put(&record, Some(&key)).map_err(other)?);
    }
    Ok(())
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

fn key_of(key: &JsValue) -> Result<String, StorageError> {
    key.as_string().ok_or_else(damaged)
}

fn damaged() -> StorageError {
    StorageError::Other("a record cannot be read".to_owned())
}

fn between(from: &str, to: &str) -> Result<Query, idb::Error> {
    let range = KeyRange::bound(&from.into(), &to.into(), Some(false), Some(true));
    range.map(Query::KeyRange)
}

/// The names of stores, each once.
fn names(stores: impl Iterator<Item = Store>) -> Vec<&'static str> {
    let mut names = Vec::new();
    for store in stores {
        if !names.contains(&store.name()) {
            names.push(store.name());
        }
    }
    names
}
