//! The storage suite on IndexedDB, in a browser.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a test")]

use app::storage::IdbStorage;
use sync::conformance::{Factory, check_all};
use sync::storage::{Batch, Durability, Put, Storage, StorageError, Store};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

struct Browser;

impl Factory for Browser {
    type Storage = IdbStorage;

    async fn open(&self, name: &str) -> Result<IdbStorage, StorageError> {
        IdbStorage::open(name).await
    }
}

/// Browser tests share a profile: each run has names of its own.
fn unique(name: &str) -> String {
    format!("{name}-{}", js_sys::Math::random())
}

#[wasm_bindgen_test]
async fn indexeddb_passes_the_suite() {
    assert_eq!(check_all(&Browser, &unique("suite")).await, Ok(7));
}

#[wasm_bindgen_test]
async fn a_commit_is_as_durable_as_asked() {
    let storage = IdbStorage::open(&unique("durable")).await.unwrap();
    for (durability, word) in [
        (Durability::Strict, "strict"),
        (Durability::Relaxed, "relaxed"),
    ] {
        let put = Put {
            store: Store::Meta,
            key: word.to_owned(),
            group: None,
            value: vec![1],
        };
        storage
            .commit(Batch {
                put: vec![put],
                durability,
                ..Batch::default()
            })
            .await
            .unwrap();
        assert_eq!(storage.last_durability().as_deref(), Some(word));
    }
}

/// Makes the second record of the next batch be refused at once; answers what ends that.
const REFUSE: &str = "let count = 0;
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (...given) {
        count += 1;
        if (count === 2) throw new DOMException('no room', 'QuotaExceededError');
        return put.apply(this, given);
    };
    return () => { IDBObjectStore.prototype.put = put; };";

#[wasm_bindgen_test]
async fn of_a_write_that_is_refused_half_way_nothing_is_left() {
    let storage = IdbStorage::open(&unique("half")).await.unwrap();
    let put = ["one", "two", "three"].map(|key| Put {
        store: Store::Meta,
        key: key.to_owned(),
        group: None,
        value: vec![1],
    });
    let refuse = js_sys::Function::new_no_args(REFUSE);
    let restore: js_sys::Function = refuse.call0(&JsValue::NULL).unwrap().unchecked_into();
    let batch = Batch {
        put: put.to_vec(),
        ..Batch::default()
    };
    let refused = storage.commit(batch.clone()).await;
    restore.call0(&JsValue::NULL).unwrap();
    assert_eq!(refused, Err(StorageError::Quota));
    assert_eq!(storage.get(Store::Meta, "one").await, Ok(None));
    assert_eq!(storage.commit(batch).await, Ok(()));
    let found = storage.get(Store::Meta, "three").await;
    assert_eq!(found, Ok(Some(vec![1])));
}
