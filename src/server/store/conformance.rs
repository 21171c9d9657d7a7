//! The suite that every store passes. Each test gets a fresh, empty store.

use crate::random::Random;
use crate::vault::Vault;

use super::memory::MemoryStore;
use super::sqlite::SqliteStore;
use super::{
    AsideRow, EntryRow, JoinRow, MeetingRow, ReceiptRow, SignInRow, Store, StreamRow, Tx,
    fold_digest,
};

fn vault() -> Vault {
    Vault::of_seed([7; 32], Random::system())
}

fn row(scope: &str, stream: &str, seq: i64, hash: &str) -> EntryRow {
    EntryRow {
        hash: hash.repeat(32),
        scope: scope.to_owned(),
        feed: 0,
        stream: stream.to_owned(),
        seq,
        prev: None,
        fork: false,
        kind: "noted".to_owned(),
        case: Some(format!("case-of-{stream}")),
        received_ms: 1_000,
        confidential: false,
        bytes: format!("{hash}\n\n\n").into_bytes(),
    }
}

async fn put<S: Store>(store: &S, rows: &[EntryRow]) -> Vec<Option<i64>> {
    let mut tx = store.write().await.unwrap();
    let mut feeds = Vec::new();
    for row in rows {
        feeds.push(tx.insert(row).await.unwrap());
    }
    tx.commit().await.unwrap();
    feeds
}

/// Feed numbers are gapless per scope, a repeated entry gets none, bytes come back exactly.
pub(crate) async fn numbers_and_bytes<S: Store>(store: S) {
    let a = row("s1", "t1", 1, "aa");
    let b = row("s2", "t2", 1, "bb");
    let c = row("s1", "t1", 2, "cc");
    assert_eq!(put(&store, &[a.clone(), b]).await, [Some(1), Some(1)]);
    assert_eq!(put(&store, &[a.clone(), c.clone()]).await, [None, Some(2)]);
    let mut tx = store.read().await.unwrap();
    let feed = tx.feed("s1", 0, 10).await.unwrap();
    assert_eq!(feed.len(), 2);
    assert_eq!(feed[0].bytes, a.bytes);
    assert_eq!(tx.feed("s1", 1, 10).await.unwrap()[0].hash, c.hash);
    assert_eq!(tx.feed("s1", 0, 1).await.unwrap().len(), 1);
    let scope = tx.scope("s1").await.unwrap().unwrap();
    assert_eq!(scope.feed, 2);
    assert_eq!(tx.digest_at("s1", 1).await.unwrap(), Some(a.hash.clone()));
    assert_eq!(
        tx.digest_at("s1", 2).await.unwrap(),
        Some(scope.digest.clone())
    );
    assert_eq!(tx.digest_at("s1", 3).await.unwrap(), None);
    assert_eq!(scope.digest, fold_digest(&a.hash, &c.hash));
    assert_eq!(tx.scope("nowhere").await.unwrap(), None);
    let scopes = tx.scopes().await.unwrap();
    let places: Vec<_> = scopes.iter().map(|s| (s.scope.as_str(), s.feed)).collect();
    assert_eq!(places, [("s1", 2), ("s2", 1)]);
    assert_eq!(tx.entry(&c.hash).await.unwrap().unwrap().seq, 2);
    assert_eq!(tx.cases().await.unwrap(), ["case-of-t1", "case-of-t2"]);
    assert_eq!(tx.of_case("case-of-t1").await.unwrap().len(), 2);
}

/// An entry whose body lies sealed comes back byte for byte, wherever it is read.
pub(crate) async fn confidential_bytes<S: Store>(store: S) {
    let row = EntryRow {
        confidential: true,
        feed: 1,
        bytes: b"{\"header\":1}\n{\"salt\":\"words\"}\nsignature\n".to_vec(),
        ..row("s1", "t1", 1, "aa")
    };
    put(&store, std::slice::from_ref(&row)).await;
    let mut tx = store.read().await.unwrap();
    let rows = std::slice::from_ref(&row);
    assert_eq!(tx.entry(&row.hash).await.unwrap().as_ref(), Some(&row));
    assert_eq!(tx.at("t1", 1).await.unwrap(), rows);
    assert_eq!(tx.ahead("t1", 0).await.unwrap(), rows);
    assert_eq!(tx.feed("s1", 0, 10).await.unwrap(), rows);
    assert_eq!(tx.of_kind("noted").await.unwrap(), rows);
    assert_eq!(tx.of_case("case-of-t1").await.unwrap(), rows);
}

/// What was not committed was never there.
pub(crate) async fn dropped_leaves_nothing<S: Store>(store: S) {
    {
        let mut tx = store.write().await.unwrap();
        tx.insert(&row("s", "t", 1, "aa")).await.unwrap();
        tx.set_meta("epoch", "1").await.unwrap();
        tx.add_code(&join_row()).await.unwrap();
    }
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.feed("s", 0, 10).await.unwrap(), []);
    assert_eq!(tx.scope("s").await.unwrap(), None);
    assert_eq!(tx.meta("epoch").await.unwrap(), None);
    assert_eq!(tx.join_code("CODE").await.unwrap(), None);
}

/// Two entries at one place are both kept; the first received stands first.
pub(crate) async fn forks_are_kept<S: Store>(store: S) {
    let fork = EntryRow {
        fork: true,
        ..row("s", "t", 2, "0c")
    };
    put(
        &store,
        &[row("s", "t", 1, "aa"), row("s", "t", 2, "bb"), fork],
    )
    .await;
    let after = EntryRow {
        prev: Some("before".to_owned()),
        ..row("s", "u", 1, "ee")
    };
    put(&store, &[row("s", "t", 4, "dd"), after]).await;
    let mut tx = store.read().await.unwrap();
    let fork = tx.at("t", 2).await.unwrap();
    assert_eq!(fork.len(), 2);
    assert!(fork[0].hash.starts_with("bb") && !fork[0].fork && fork[1].fork);
    let ahead = tx.ahead("t", 1).await.unwrap();
    assert_eq!(ahead.iter().map(|row| row.seq).collect::<Vec<_>>(), [2, 4]);
    let names = ahead.iter().map(|row| (row.seq, row.hash.clone()));
    assert_eq!(
        tx.names_ahead("t", 1).await.unwrap(),
        names.collect::<Vec<_>>()
    );
    tx.mark_fork(&ahead[1].hash).await.unwrap();
    let left = tx.ahead("t", 1).await.unwrap();
    assert_eq!(left.iter().map(|row| row.seq).collect::<Vec<_>>(), [2]);
    assert!(tx.entry(&ahead[1].hash).await.unwrap().unwrap().fork);
    assert!(tx.begins_after("before", "v").await.unwrap());
    assert!(!tx.begins_after("before", "u").await.unwrap());
    assert!(!tx.begins_after("elsewhere", "v").await.unwrap());
}

/// Streams are set again and again; owner and scope stay.
pub(crate) async fn streams<S: Store>(store: S) {
    let mut row = StreamRow {
        stream: "t".to_owned(),
        device: "d".to_owned(),
        scope: "s".to_owned(),
        seq: 1,
        hash: "aa".to_owned(),
        roster: 4,
    };
    let mut tx = store.write().await.unwrap();
    assert_eq!(tx.stream("t").await.unwrap(), None);
    tx.set_stream(&row).await.unwrap();
    row.seq = 2;
    tx.set_stream(&row).await.unwrap();
    tx.commit().await.unwrap();
    let kept = store.read().await.unwrap().stream("t").await.unwrap();
    assert_eq!(kept, Some(row));
}

/// Receipts are found by the place they cover; the earliest one comes first.
pub(crate) async fn receipts<S: Store>(store: S) {
    let mut tx = store.write().await.unwrap();
    for (n, seq) in [(1, 3), (2, 3), (3, 9)] {
        let row = ReceiptRow {
            stream: "t".to_owned(),
            seq,
            time_ms: 100 * n,
            hash: format!("r{n}"),
            bytes: vec![1, 2, 3],
        };
        tx.insert_receipt(&row).await.unwrap();
        tx.insert_receipt(&row).await.unwrap();
    }
    let times = |rows: Vec<ReceiptRow>| rows.iter().map(|row| row.time_ms).collect::<Vec<_>>();
    assert_eq!(
        times(tx.receipts_from("t", 2).await.unwrap()),
        [100, 200, 300]
    );
    assert_eq!(times(tx.receipts_from("t", 4).await.unwrap()), [300]);
    assert_eq!(tx.receipts_from("t", 10).await.unwrap(), []);
    assert_eq!(tx.last_receipt("t").await.unwrap().unwrap().seq, 9);
    assert_eq!(tx.last_receipt("u").await.unwrap(), None);
    assert_eq!(tx.last_receipt_ms().await.unwrap(), Some(300));
    tx.commit().await.unwrap();
}

/// Kinds, things kept aside, values and codes.
pub(crate) async fn the_rest<S: Store>(store: S) {
    let mut tx = store.write().await.unwrap();
    for (kind, hash) in [
        ("roster.staff", "aa"),
        ("roster_other", "bb"),
        ("roster.key", "cc"),
    ] {
        let entry = EntryRow {
            kind: kind.to_owned(),
            case: None,
            ..row("s", "t", 1, hash)
        };
        tx.insert(&entry).await.unwrap();
    }
    assert_eq!(tx.of_kind("roster.").await.unwrap().len(), 2);
    let aside = AsideRow {
        digest: "d".to_owned(),
        bytes: b"torn".to_vec(),
        reason: "two lines".to_owned(),
        device: "x".to_owned(),
        received_ms: 5,
    };
    tx.keep_aside(&aside).await.unwrap();
    tx.keep_aside(&aside).await.unwrap();
    tx.set_meta("epoch", "1").await.unwrap();
    tx.set_meta("epoch", "2").await.unwrap();
    tx.add_code(&join_row()).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.write().await.unwrap();
    assert_eq!(tx.asides().await.unwrap(), [aside]);
    assert_eq!(tx.meta("epoch").await.unwrap().as_deref(), Some("2"));
    assert_eq!(tx.join_code("CODE").await.unwrap(), Some(join_row()));
    tx.clear_codes().await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.join_code("CODE").await.unwrap(), None);
}

fn join_row() -> JoinRow {
    JoinRow {
        code: "CODE".to_owned(),
        site: Some("YS".to_owned()),
        made_ms: 1,
    }
}

/// What tablets said of themselves: the last of each.
pub(crate) async fn meetings<S: Store>(store: S) {
    let mut tx = store.write().await.unwrap();
    let first = MeetingRow {
        device: "d".to_owned(),
        met_ms: 7,
        complete_ms: None,
        wiped_ms: None,
        report: "{}".to_owned(),
    };
    tx.set_meeting(&first).await.unwrap();
    let last = MeetingRow {
        met_ms: 8,
        complete_ms: Some(8),
        wiped_ms: Some(9),
        ..first
    };
    tx.set_meeting(&last).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.meeting("d").await.unwrap(), Some(last));
    assert_eq!(tx.meeting("e").await.unwrap(), None);
}

/// Codes with which people sign in: found by digest, set again, all gone at once.
pub(crate) async fn sign_in_codes<S: Store>(store: S) {
    let mut tx = store.write().await.unwrap();
    let free = SignInRow {
        digest: "d".to_owned(),
        staff: "s".to_owned(),
        made_by: Some("a".to_owned()),
        until_ms: 9,
        device: None,
    };
    tx.set_sign_in_code(&free).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.write().await.unwrap();
    assert_eq!(tx.sign_in_code("d").await.unwrap(), Some(free.clone()));
    assert_eq!(tx.sign_in_code("e").await.unwrap(), None);
    let taken = SignInRow {
        device: Some("t".to_owned()),
        ..free
    };
    tx.set_sign_in_code(&taken).await.unwrap();
    assert_eq!(tx.sign_in_code("d").await.unwrap(), Some(taken));
    tx.clear_sign_in_codes().await.unwrap();
    assert_eq!(tx.sign_in_code("d").await.unwrap(), None);
}

/// Many writers at once: a reader that follows the numbers sees no gap.
pub(crate) async fn writers_leave_no_gap<S: Store>(store: S) {
    const WRITERS: i64 = 6;
    const EACH: i64 = 20;
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let store = store.clone();
        tasks.spawn(async move {
            for seq in 1..=EACH {
                let entry = EntryRow {
                    hash: format!("{writer:032x}{seq:032x}"),
                    ..row("s", &format!("t{writer}"), seq, "aa")
                };
                assert!(put(&store, &[entry]).await[0].is_some());
            }
        });
    }
    let mut cursor = 0;
    while cursor < WRITERS * EACH {
        for row in store
            .read()
            .await
            .unwrap()
            .feed("s", cursor, 50)
            .await
            .unwrap()
        {
            assert_eq!(row.feed, cursor + 1);
            cursor = row.feed;
        }
        tokio::task::yield_now().await;
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

/// Lines put in the place of an entry's are all that changes; what was kept aside can go.
pub(crate) async fn what_is_erased<S: Store>(store: S) {
    for (name, confidential) in [("aa", false), ("bb", true)] {
        let whole = EntryRow {
            confidential,
            bytes: b"{\"header\":1}\n{\"salt\":\"words\"}\nsignature\n".to_vec(),
            ..row("s1", "t1", 1, name)
        };
        put(&store, std::slice::from_ref(&whole)).await;
        let mut tx = store.write().await.unwrap();
        let held = tx.entry(&whole.hash).await.unwrap().unwrap();
        let erased = EntryRow {
            bytes: b"{\"header\":1}\n{\"erased\":\"word\"}\nsignature\n".to_vec(),
            ..held
        };
        tx.replace(&erased).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.read().await.unwrap();
        assert_eq!(tx.entry(&whole.hash).await.unwrap(), Some(erased));
    }
    let aside = AsideRow {
        digest: "d1".to_owned(),
        bytes: b"bytes".to_vec(),
        reason: "malformed".to_owned(),
        device: "b".to_owned(),
        received_ms: 1,
    };
    let mut tx = store.write().await.unwrap();
    tx.keep_aside(&aside).await.unwrap();
    tx.drop_aside("d1").await.unwrap();
    assert_eq!(tx.asides().await.unwrap(), []);
    tx.commit().await.unwrap();
}

macro_rules! suite {
    ($($name:ident),*) => {
        mod memory {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::MemoryStore::default()).await;
            })*
        }
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let name = format!("doorstep-suite-{}-{}", std::process::id(), stringify!($name));
                let folder = std::env::temp_dir().join(name);
                std::fs::create_dir_all(&folder).unwrap();
                let file = folder.join("doorstep.db");
                let store = super::SqliteStore::open(&file, super::vault()).await.unwrap();
                super::$name(store.clone()).await;
                store.close().await;
                std::fs::remove_dir_all(&folder).unwrap();
            })*
        }
    };
}

suite!(
    numbers_and_bytes,
    confidential_bytes,
    dropped_leaves_nothing,
    forks_are_kept,
    what_is_erased,
    streams,
    receipts,
    the_rest,
    sign_in_codes,
    meetings,
    writers_leave_no_gap
);
