//! The suite that every tablet storage passes, on memory and in a browser: `check_all` with a
//! factory that opens a storage by name and finds it again under the same name.

use crate::storage::{Batch, Durability, Expect, Put, Storage, StorageError, Store, Wanted};

/// Opens storages by name.
#[expect(async_fn_in_trait, reason = "used on one thread, no Send bound wanted")]
pub trait Factory {
    /// The storage.
    type Storage: Storage;

    /// Opens the storage of this name: empty the first time, as it was left the next.
    async fn open(&self, name: &str) -> Result<Self::Storage, StorageError>;
}

/// A rule that a storage does not keep.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// A call failed that should not.
    #[error("a call failed: {0}")]
    Failed(#[from] StorageError),
    /// A call answered otherwise than it should.
    #[error("{0}")]
    Rule(&'static str),
}

fn rule(kept: bool, rule: &'static str) -> Result<(), Breach> {
    if kept {
        Ok(())
    } else {
        Err(Breach::Rule(rule))
    }
}

fn put(store: Store, key: &str, group: Option<&str>, value: &[u8]) -> Put {
    Put {
        store,
        key: key.to_owned(),
        group: group.map(str::to_owned),
        value: value.to_vec(),
    }
}

fn puts(put: Vec<Put>, durability: Durability) -> Batch {
    Batch {
        put,
        durability,
        ..Batch::default()
    }
}

fn range(from: &str, to: &str, limit: u32) -> Wanted {
    Wanted::Range {
        from: from.to_owned(),
        to: to.to_owned(),
        limit,
    }
}

fn key_range(from: &str, to: &str) -> Wanted {
    Wanted::Keys {
        from: from.to_owned(),
        to: to.to_owned(),
    }
}

fn group(name: &str) -> Wanted {
    Wanted::Group(name.to_owned())
}

fn keys(records: &[(String, Vec<u8>)]) -> Vec<&str> {
    records.iter().map(|(key, _)| key.as_str()).collect()
}

/// Runs the suite; answers how many rules were checked. Names begin with `prefix`: browser tests
/// share a profile.
///
/// # Errors
/// The first rule that is not kept.
pub async fn check_all<F: Factory>(factory: &F, prefix: &str) -> Result<u32, Breach> {
    let name = |case: &str| format!("{prefix}-{case}");
    stores_are_apart(factory, &name("apart")).await?;
    ranges_are_ordered_and_bounded(factory, &name("ranges")).await?;
    groups_are_found(factory, &name("groups")).await?;
    expectations_hold_all_back(factory, &name("expect")).await?;
    batches_delete_before_they_put(factory, &name("delete")).await?;
    bytes_come_back_as_they_were(factory, &name("bytes")).await?;
    reopened_storage_holds_all(factory, &name("reopen")).await?;
    Ok(7)
}

async fn stores_are_apart<F: Factory>(factory: &F, name: &str) -> Result<(), Breach> {
    let storage = factory.open(name).await?;
    for store in Store::ALL {
        rule(
            storage.get(store, "k").await?.is_none(),
            "new storage is empty",
        )?;
    }
    let all = Store::ALL.map(|store| put(store, "k", None, store.name().as_bytes()));
    storage
        .commit(puts(all.to_vec(), Durability::Strict))
        .await?;
    for store in Store::ALL {
        let found = storage.get(store, "k").await?;
        let same = found.as_deref() == Some(store.name().as_bytes());
        rule(same, "one key in several stores is several records")?;
    }
    Ok(())
}

async fn ranges_are_ordered_and_bounded<F: Factory>(factory: &F, name: &str) -> Result<(), Breach> {
    let storage = factory.open(name).await?;
    let names = ["b/2", "a", "b/10", "b/1", "b0", "c"];
    let records = names.map(|key| put(Store::Meta, key, None, key.as_bytes()));
    storage
        .commit(puts(records.to_vec(), Durability::Relaxed))
        .await?;
    let found = storage
        .read_one(Store::Meta, range("b/", "b/~", 10))
        .await?;
    rule(
        keys(&found) == ["b/1", "b/10", "b/2"],
        "a range ascends by bytes, end excluded",
    )?;
    let found = storage
        .read_one(Store::Meta, key_range("b/", "b/~"))
        .await?;
    rule(
        keys(&found) == ["b/1", "b/10", "b/2"],
        "the keys of a range are those of its records",
    )?;
    let found = storage.read_one(Store::Meta, key_range("a", "a")).await?;
    rule(
        found.is_empty(),
        "a range that ends where it begins has no keys",
    )?;
    let found = storage.read_one(Store::Meta, range("a", "c", 2)).await?;
    rule(keys(&found) == ["a", "b/1"], "a range stops at its limit")?;
    let found = storage.read_one(Store::Meta, range("c", "a", 10)).await?;
    rule(
        found.is_empty(),
        "a range that ends before it begins is empty",
    )?;
    let found = storage.read_one(Store::Meta, range("a", "a", 10)).await?;
    rule(
        found.is_empty(),
        "a range that ends where it begins is empty",
    )?;
    Ok(())
}

async fn groups_are_found<F: Factory>(factory: &F, name: &str) -> Result<(), Breach> {
    let storage = factory.open(name).await?;
    let records = vec![
        put(Store::Entries, "2", Some("g"), b"two"),
        put(Store::Entries, "1", Some("g"), b"one"),
        put(Store::Entries, "3", Some("other"), b"three"),
        put(Store::Entries, "4", None, b"four"),
        put(Store::Cache, "5", Some("g"), b"five"),
    ];
    storage.commit(puts(records, Durability::Strict)).await?;
    let found = storage.read_one(Store::Entries, group("g")).await?;
    rule(
        keys(&found) == ["1", "2"],
        "a group ascends by key, of its store alone",
    )?;
    let moved = put(Store::Entries, "1", Some("other"), b"one");
    storage
        .commit(puts(vec![moved], Durability::Strict))
        .await?;
    let found = storage.read_one(Store::Entries, group("g")).await?;
    rule(
        keys(&found) == ["2"],
        "a record put anew leaves its old group",
    )?;
    let found = storage.read_one(Store::Entries, group("none")).await?;
    rule(found.is_empty(), "a group nobody is in is empty")?;
    let several = vec![
        (Store::Entries, group("g")),
        (Store::Cache, Wanted::Key("none".to_owned())),
        (Store::Entries, range("3", "5", 10)),
        (Store::Cache, group("g")),
    ];
    let found = storage.read(several).await?;
    rule(
        found
            .iter()
            .map(|records| keys(records))
            .collect::<Vec<_>>()
            == [vec!["2"], Vec::new(), vec!["3", "4"], vec!["5"]],
        "what is read at once is answered in order, each by itself",
    )?;
    rule(
        storage.read(Vec::new()).await?.is_empty(),
        "who asks for nothing is answered nothing",
    )
}

async fn expectations_hold_all_back<F: Factory>(factory: &F, name: &str) -> Result<(), Breach> {
    let storage = factory.open(name).await?;
    let expect = |value: Option<&[u8]>| Expect {
        store: Store::Meta,
        key: "head".to_owned(),
        value: value.map(<[u8]>::to_vec),
    };
    let batch = |value: Option<&[u8]>, new: &[u8]| Batch {
        expect: vec![expect(value)],
        put: vec![
            put(Store::Entries, "e", None, new),
            put(Store::Meta, "head", None, new),
        ],
        delete: vec![(Store::Meta, "other".to_owned())],
        durability: Durability::Strict,
    };
    let other = put(Store::Meta, "other", None, b"x");
    storage
        .commit(puts(vec![other], Durability::Strict))
        .await?;
    let refused = storage.commit(batch(Some(b"1"), b"2")).await;
    rule(
        refused == Err(StorageError::Conflict),
        "expected bytes that are not there",
    )?;
    rule(
        storage.get(Store::Entries, "e").await?.is_none(),
        "a conflict writes nothing",
    )?;
    rule(
        storage.get(Store::Meta, "other").await?.is_some(),
        "a conflict deletes nothing",
    )?;
    storage.commit(batch(None, b"1")).await?;
    let refused = storage.commit(batch(None, b"2")).await;
    rule(
        refused == Err(StorageError::Conflict),
        "expected nothing where there is something",
    )?;
    storage.commit(batch(Some(b"1"), b"2")).await?;
    let head = storage.get(Store::Meta, "head").await?;
    rule(head.as_deref() == Some(b"2"), "a met expectation writes")
}

async fn batches_delete_before_they_put<F: Factory>(factory: &F, name: &str) -> Result<(), Breach> {
    let storage = factory.open(name).await?;
    let batch = Batch {
        put: vec![put(Store::Cache, "k", None, b"new")],
        delete: vec![
            (Store::Cache, "k".to_owned()),
            (Store::Cache, "never".to_owned()),
        ],
        ..Batch::default()
    };
    storage.commit(batch).await?;
    let found = storage.get(Store::Cache, "k").await?;
    rule(
        found.as_deref() == Some(b"new"),
        "what is deleted and put is there",
    )?;
    let batch = Batch {
        delete: vec![(Store::Cache, "k".to_owned())],
        ..Batch::default()
    };
    storage.commit(batch).await?;
    rule(
        storage.get(Store::Cache, "k").await?.is_none(),
        "what is deleted is gone",
    )
}

async fn bytes_come_back_as_they_were<F: Factory>(factory: &F, name: &str) -> Result<(), Breach> {
    let storage = factory.open(name).await?;
    let every: Vec<u8> = (0..=u8::MAX).collect();
    let large = every.repeat(1024);
    let records = vec![
        put(Store::Blobs, "empty", None, b""),
        put(Store::Blobs, "every", None, &every),
        put(Store::Blobs, "large", None, &large),
    ];
    storage.commit(puts(records, Durability::Strict)).await?;
    let found = storage.get(Store::Blobs, "empty").await?;
    rule(found.as_deref() == Some(&[]), "no bytes are bytes")?;
    let found = storage.get(Store::Blobs, "every").await?;
    rule(found.as_ref() == Some(&every), "every byte comes back")?;
    let found = storage.get(Store::Blobs, "large").await?;
    rule(found.as_ref() == Some(&large), "256 KiB come back")
}

async fn reopened_storage_holds_all<F: Factory>(factory: &F, name: &str) -> Result<(), Breach> {
    let storage = factory.open(name).await?;
    let record = put(Store::Entries, "k", Some("g"), b"v");
    storage
        .commit(puts(vec![record], Durability::Strict))
        .await?;
    drop(storage);
    let storage = factory.open(name).await?;
    let found = storage.read_one(Store::Entries, group("g")).await?;
    rule(
        keys(&found) == ["k"],
        "reopened storage holds what was committed",
    )?;
    let stranger = factory.open(&format!("{name}-other")).await?;
    rule(
        stranger.get(Store::Entries, "k").await?.is_none(),
        "another name is another storage",
    )
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use super::*;
    use crate::memory::{Memory, run};

    #[derive(Default)]
    struct Named(RefCell<BTreeMap<String, Memory>>);

    impl Factory for Named {
        type Storage = Memory;

        async fn open(&self, name: &str) -> Result<Memory, StorageError> {
            let mut storages = self.0.borrow_mut();
            Ok(storages.entry(name.to_owned()).or_default().clone())
        }
    }

    #[test]
    fn memory_keeps_every_rule() {
        let checked = run(check_all(&Named::default(), "memory"));
        assert_eq!(checked, Some(Ok(7)));
    }
}
