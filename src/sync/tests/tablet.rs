//! The tablet against an endpoint in memory: convergence, lost replies, faults, forks, restores.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod support;

use proptest::prelude::*;
use record::roster::Item;
use record::verdict::Standing;
use record::{CaseId, Entry};
use support::{Endpoint, SITE_SCOPE, TestTablet, deed, exchange, join, now, open, settle, shown};
use sync::memory::{Fault, Memory, Strike, run};
use sync::storage::{StorageError, Store};
use sync::tablet::{CacheRecord, Stored, TabletError};
use sync::wire::Carried;

fn stored(tablet: &TestTablet, case: u8) -> Vec<Stored> {
    run(tablet.case_entries(&CaseId::from_random([case; 16])))
        .unwrap()
        .unwrap()
}

fn text(stored: &Stored) -> String {
    stored.entry.body()["text"].as_str().unwrap().to_owned()
}

fn texts_that_count(tablet: &TestTablet, case: u8) -> Vec<String> {
    let mut texts: Vec<String> = stored(tablet, case)
        .iter()
        .filter(|s| s.standing == Standing::Counts && s.entry.kind() == "noted")
        .map(text)
        .collect();
    texts.sort();
    texts
}

fn record(tablet: &TestTablet, case: u8, texts: &[&str], wall_ms: i64) -> Vec<Entry> {
    run(tablet.record(&deed(case, texts), None, now(wall_ms)))
        .unwrap()
        .unwrap()
}

#[test]
fn a_deed_reaches_the_endpoint_and_a_second_tablet_byte_for_byte() {
    let mut endpoint = Endpoint::new();
    let (_, a) = join(&mut endpoint, 1);
    let (_, b) = join(&mut endpoint, 2);
    settle(&mut endpoint, &a);
    let written = record(&a, 1, &["one", "two"], endpoint.now_ms);
    assert_eq!(a.status(now(endpoint.now_ms)).unsent, 2);
    assert_eq!(written[1].header().after, [written[0].hash()]);
    settle(&mut endpoint, &a);
    settle(&mut endpoint, &b);
    assert_eq!(a.status(now(endpoint.now_ms)).unsent, 0);
    assert_eq!(shown(&a, 1), shown(&b, 1));
    let held = stored(&b, 1);
    assert_eq!(held.len(), 2);
    assert!(held.iter().all(|s| s.received_ms.is_some() && s.sent));
    assert!(held.iter().all(|s| b.authentic(&s.entry).is_ok()));
}

#[test]
fn nothing_lies_in_the_storage_in_clear() {
    let mut endpoint = Endpoint::new();
    let (memory, tablet) = join(&mut endpoint, 1);
    record(&tablet, 1, &["the words of the resident"], endpoint.now_ms);
    run(tablet.save_draft(SITE_SCOPE, "a", b"the words of the resident"))
        .unwrap()
        .unwrap();
    for store in Store::ALL {
        for (key, value) in memory.dump(store) {
            let found = value.windows(9).any(|w| w == b"the words");
            assert!(!found, "{key}");
        }
    }
}

#[test]
fn a_lost_reply_costs_nothing() {
    let mut endpoint = Endpoint::new();
    let (_, tablet) = join(&mut endpoint, 1);
    settle(&mut endpoint, &tablet);
    record(&tablet, 1, &["one"], endpoint.now_ms);
    let sent = run(tablet.sync_request(256, now(endpoint.now_ms)))
        .unwrap()
        .unwrap();
    endpoint.sync(&sent.body, 256);
    endpoint.sync(&sent.body, 256);
    assert_eq!(tablet.status(now(endpoint.now_ms)).unsent, 1);
    settle(&mut endpoint, &tablet);
    assert_eq!(shown(&tablet, 1).len(), 1);
    assert_eq!(endpoint.feed(&SITE_SCOPE).len(), 1);
}

#[test]
fn an_old_reply_and_another_endpoint_are_refused() {
    let mut endpoint = Endpoint::new();
    let (_, tablet) = join(&mut endpoint, 1);
    let at = now(endpoint.now_ms);
    let first = run(tablet.sync_request(256, at)).unwrap().unwrap();
    let reply = endpoint.sync(&first.body, 256);
    let second = run(tablet.sync_request(256, at)).unwrap().unwrap();
    assert!(run(tablet.apply(&reply, &second, at)).unwrap().is_err());
    assert!(run(tablet.apply(&reply, &first, at)).unwrap().is_ok());
}

#[test]
fn running_numbers_are_never_given_twice() {
    let mut endpoint = Endpoint::new();
    let (memory, tablet) = join(&mut endpoint, 1);
    assert_eq!(run(tablet.next_number()).unwrap(), Ok(1));
    assert_eq!(run(tablet.next_number()).unwrap(), Ok(2));
    assert_eq!(run(open(&memory, 3).next_number()).unwrap(), Ok(3));
    assert_eq!(run(tablet.next_number()).unwrap(), Ok(4));
}

#[test]
fn two_writers_on_one_storage_both_succeed_in_one_chain() {
    let mut endpoint = Endpoint::new();
    let (memory, first) = join(&mut endpoint, 1);
    let second = open(&memory, 99);
    record(&first, 1, &["one"], endpoint.now_ms);
    record(&second, 1, &["two"], endpoint.now_ms);
    record(&first, 1, &["three"], endpoint.now_ms);
    let mut places: Vec<u64> = stored(&first, 1)
        .iter()
        .map(|s| s.entry.header().seq)
        .collect();
    places.sort_unstable();
    assert_eq!(places, [1, 2, 3]);
    settle(&mut endpoint, &first);
    assert_eq!(texts_that_count(&first, 1), ["one", "three", "two"]);
}

#[test]
fn a_fault_at_any_call_loses_nothing_and_doubles_nothing() {
    for strike in [Strike::Before, Strike::After] {
        for n in 0..40 {
            let mut endpoint = Endpoint::new();
            let (memory, tablet) = join(&mut endpoint, 1);
            let (_, other) = join(&mut endpoint, 2);
            record(&other, 2, &["of the other"], endpoint.now_ms);
            settle(&mut endpoint, &other);
            memory.set_fault(Some(Fault {
                after_calls: n,
                strike,
                error: StorageError::Closed,
            }));
            let at = now(endpoint.now_ms);
            let saved = run(tablet.record(&deed(1, &["one"]), Some("x"), at)).unwrap();
            let sent = run(tablet.sync_request(256, at)).unwrap();
            if let Ok(sent) = sent {
                let reply = endpoint.sync(&sent.body, 256);
                let _may_fail = run(tablet.apply(&reply, &sent, at)).unwrap();
            }
            memory.set_fault(None);
            drop(tablet);
            let tablet = open(&memory, 1000 + u64::from(n));
            settle(&mut endpoint, &tablet);
            let count = texts_that_count(&tablet, 1).len();
            match saved {
                Ok(_) => assert_eq!(count, 1, "call {n} {strike:?}"),
                Err(_) => assert!(count <= 1, "call {n} {strike:?}"),
            }
            assert_eq!(texts_that_count(&tablet, 2), ["of the other"]);
        }
    }
}

#[test]
fn a_cloned_tablet_goes_on_in_a_new_stream_and_each_act_counts_once() {
    let mut endpoint = Endpoint::new();
    let (memory, original) = join(&mut endpoint, 1);
    settle(&mut endpoint, &original);
    record(&original, 1, &["before"], endpoint.now_ms);
    settle(&mut endpoint, &original);
    let clone = open(&memory.copy(), 77);
    record(&original, 1, &["by the original"], endpoint.now_ms);
    record(&clone, 1, &["by the clone", "and more"], endpoint.now_ms);
    settle(&mut endpoint, &original);
    // Only the first of the clone's acts goes out before it learns of the fork.
    exchange(&mut endpoint, &clone, 1, 256);
    assert_eq!(texts_that_count(&clone, 1).len(), 4);
    record(&clone, 1, &["later by the clone"], endpoint.now_ms);
    record(&original, 1, &["later by the original"], endpoint.now_ms);
    for _ in 0..3 {
        settle(&mut endpoint, &original);
        settle(&mut endpoint, &clone);
    }
    let all = [
        "and more",
        "before",
        "by the clone",
        "by the original",
        "later by the clone",
        "later by the original",
    ];
    assert_eq!(texts_that_count(&original, 1), all);
    assert_eq!(shown(&original, 1), shown(&clone, 1));
    let again = |s: &&Stored| s.entry.header().again.is_some();
    let held = stored(&original, 1);
    let mut texts: Vec<String> = held.iter().filter(again).map(text).collect();
    texts.sort();
    assert_eq!(
        texts,
        ["and more", "by the clone"],
        "only the clone begins anew"
    );
}

/// What was recorded again had been taken for confirmed by the receipts of the chain beside it,
/// before it was even written.
#[test]
fn no_receipt_of_the_chain_covers_what_lies_beside_it() {
    let mut endpoint = Endpoint::new();
    let (memory, original) = join(&mut endpoint, 1);
    record(&original, 1, &["before"], endpoint.now_ms);
    settle(&mut endpoint, &original);
    let clone = open(&memory.copy(), 77);
    record(&original, 1, &["first"], endpoint.now_ms);
    record(&original, 1, &["second"], endpoint.now_ms);
    settle(&mut endpoint, &original);
    endpoint.now_ms += 3_600_000;
    let recorded_ms = endpoint.now_ms;
    record(&clone, 1, &["by the clone"], recorded_ms);
    for tablet in [&clone, &original] {
        settle(&mut endpoint, &clone);
        settle(&mut endpoint, tablet);
        let of_clone = |stored: &Stored| stored.entry.text().contains("by the clone");
        let found: Vec<Stored> = stored(tablet, 1).into_iter().filter(of_clone).collect();
        assert_eq!(found.len(), 2);
        for stored in found {
            let is_again = stored.entry.header().again.is_some();
            assert_eq!(stored.received_ms.is_some(), is_again);
            let to_ms = stored.recorded.to_ms.unwrap();
            assert!(stored.recorded.from_ms <= recorded_ms && recorded_ms <= to_ms);
        }
    }
}

/// Receipts of a chain that another one took the place of, after the endpoint was put back, came
/// back with a clone, and were taken for the other chain's.
#[test]
fn no_receipt_of_a_chain_that_was_given_up_covers_the_one_that_took_its_place() {
    let mut endpoint = Endpoint::new();
    let (memory, original) = join(&mut endpoint, 1);
    record(&original, 1, &["before"], endpoint.now_ms);
    settle(&mut endpoint, &original);
    let backup = endpoint.clone();
    let clone = open(&memory.copy(), 77);
    record(&clone, 1, &["one", "two", "three"], endpoint.now_ms);
    settle(&mut endpoint, &clone);
    let now_ms = endpoint.now_ms + 3_600_000;
    endpoint = backup;
    endpoint.epoch = "e2".to_owned();
    endpoint.now_ms = now_ms;
    record(&original, 1, &["by the original"], now_ms);
    for tablet in [&original, &clone, &original] {
        for _ in 0..3 {
            settle(&mut endpoint, tablet);
        }
    }
    let of_original = |stored: &Stored| stored.entry.text().contains("by the original");
    let found = stored(&original, 1).into_iter().find(of_original).unwrap();
    assert!(found.received_ms.unwrap() >= now_ms, "{found:?}");
}

#[test]
fn a_deed_whose_answer_was_lost_is_known_to_be_recorded() {
    let mut endpoint = Endpoint::new();
    let (memory, tablet) = join(&mut endpoint, 1);
    memory.set_fault(Some(Fault {
        after_calls: 0,
        strike: Strike::After,
        error: StorageError::Closed,
    }));
    assert_eq!(record(&tablet, 1, &["one"], endpoint.now_ms).len(), 1);
    assert_eq!(texts_that_count(&tablet, 1), ["one"]);
    for error in [StorageError::Quota, StorageError::Closed] {
        memory.set_fault(Some(Fault {
            after_calls: 0,
            strike: Strike::Before,
            error,
        }));
        let at = now(endpoint.now_ms);
        assert!(
            run(tablet.record(&deed(1, &["two"]), None, at))
                .unwrap()
                .is_err()
        );
    }
    record(&tablet, 1, &["three"], endpoint.now_ms);
    assert_eq!(texts_that_count(&tablet, 1), ["one", "three"]);
}

#[test]
fn a_tablet_restored_to_an_earlier_state_takes_its_entries_back() {
    let mut endpoint = Endpoint::new();
    let (memory, tablet) = join(&mut endpoint, 1);
    settle(&mut endpoint, &tablet);
    let backup = memory.copy();
    record(&tablet, 1, &["one"], endpoint.now_ms);
    record(&tablet, 1, &["two"], endpoint.now_ms);
    settle(&mut endpoint, &tablet);
    let restored = open(&backup, 78);
    settle(&mut endpoint, &restored);
    assert_eq!(shown(&restored, 1), shown(&tablet, 1));
    record(&restored, 1, &["three"], endpoint.now_ms);
    settle(&mut endpoint, &restored);
    assert_eq!(texts_that_count(&restored, 1), ["one", "three", "two"]);
    let held = stored(&restored, 1);
    assert!(held.iter().all(|s| s.standing == Standing::Counts));
}

#[test]
fn an_endpoint_restored_to_an_earlier_state_gets_everything_back() {
    let mut endpoint = Endpoint::new();
    let (_, a) = join(&mut endpoint, 1);
    let (_, b) = join(&mut endpoint, 2);
    settle(&mut endpoint, &a);
    record(&a, 1, &["one"], endpoint.now_ms);
    settle(&mut endpoint, &a);
    settle(&mut endpoint, &b);
    let backup = endpoint.clone();
    record(&a, 1, &["two"], endpoint.now_ms);
    settle(&mut endpoint, &a);
    settle(&mut endpoint, &b);
    // The tablet that wrote "two" never comes again; the other one brings it back.
    let now_ms = endpoint.now_ms;
    endpoint = backup;
    endpoint.epoch = "e2".to_owned();
    endpoint.now_ms = now_ms;
    settle(&mut endpoint, &b);
    let (_, c) = join(&mut endpoint, 3);
    settle(&mut endpoint, &c);
    assert_eq!(texts_that_count(&c, 1), ["one", "two"]);
    assert_eq!(shown(&c, 1), shown(&b, 1));
}

#[test]
fn a_lost_scope_goes_after_its_unsent_entries_and_leaves_nothing() {
    let mut endpoint = Endpoint::new();
    let (memory, tablet) = join(&mut endpoint, 1);
    let (_, other) = join(&mut endpoint, 2);
    settle(&mut endpoint, &tablet);
    record(&tablet, 1, &["one"], endpoint.now_ms);
    settle(&mut endpoint, &tablet);
    record(&tablet, 1, &["unsent"], endpoint.now_ms);
    let mut device = endpoint.roster.device(&tablet.device()).unwrap().clone();
    device.site = "ZZ".to_owned();
    endpoint.state(Item::Device(device));
    settle(&mut endpoint, &tablet);
    exchange(&mut endpoint, &tablet, 256, 256);
    assert!(tablet.cases().is_empty());
    let prefix = SITE_SCOPE.bytes();
    for store in Store::ALL {
        let left = memory.dump(store);
        assert!(left.iter().all(|(_, value)| !value.starts_with(prefix)));
    }
    assert!(
        run(tablet.record(&deed(1, &["late"]), None, now(endpoint.now_ms)))
            .unwrap()
            .is_err()
    );
    settle(&mut endpoint, &other);
    // What was first received after the loss is kept and set aside.
    assert_eq!(texts_that_count(&other, 1), ["one"]);
    assert_eq!(stored(&other, 1).len(), 3);
    settle(&mut endpoint, &open(&memory, 55));
}

#[test]
fn unsent_entries_say_since_when() {
    let mut endpoint = Endpoint::new();
    let (_, tablet) = join(&mut endpoint, 1);
    settle(&mut endpoint, &tablet);
    let at = endpoint.now_ms;
    record(&tablet, 1, &["one"], at);
    record(&tablet, 1, &["two"], at + 5_000);
    assert_eq!(tablet.status(now(at)).unsent_since_ms, Some(at));
    exchange(&mut endpoint, &tablet, 1, 256);
    assert_eq!(tablet.status(now(at)).unsent_since_ms, Some(at + 5_000));
    settle(&mut endpoint, &tablet);
    assert_eq!(tablet.status(now(at)).unsent_since_ms, None);
}

#[derive(Clone, Debug)]
enum Step {
    Record {
        tablet: usize,
        case: u8,
        acts: usize,
    },
    Sync {
        tablet: usize,
        count: usize,
        page: usize,
    },
    LoseReply {
        tablet: usize,
    },
    Reopen {
        tablet: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let tablet = 0..3_usize;
    prop_oneof![
        4 => (tablet.clone(), 1..4_u8, 1..4_usize)
            .prop_map(|(tablet, case, acts)| Step::Record { tablet, case, acts }),
        3 => (tablet.clone(), 1..4_usize, 1..6_usize)
            .prop_map(|(tablet, count, page)| Step::Sync { tablet, count, page }),
        1 => tablet.clone().prop_map(|tablet| Step::LoseReply { tablet }),
        1 => tablet.prop_map(|tablet| Step::Reopen { tablet }),
    ]
}

fn play(steps: &[Step]) {
    let mut endpoint = Endpoint::new();
    let mut tablets: Vec<(Memory, TestTablet)> =
        (1..4).map(|seed| join(&mut endpoint, seed)).collect();
    let mut written = Vec::new();
    for (n, step) in steps.iter().enumerate() {
        match step {
            Step::Record { tablet, case, acts } => {
                let texts: Vec<String> = (0..*acts).map(|i| format!("{n}-{i}")).collect();
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                written.extend(record(&tablets[*tablet].1, *case, &texts, endpoint.now_ms));
            }
            Step::Sync {
                tablet,
                count,
                page,
            } => {
                exchange(&mut endpoint, &tablets[*tablet].1, *count, *page);
            }
            Step::LoseReply { tablet } => {
                let at = now(endpoint.now_ms);
                let sent = run(tablets[*tablet].1.sync_request(3, at))
                    .unwrap()
                    .unwrap();
                endpoint.sync(&sent.body, 3);
            }
            Step::Reopen { tablet } => {
                let memory = tablets[*tablet].0.clone();
                let seed = 10_000 + u64::try_from(n).unwrap();
                tablets[*tablet].1 = open(&memory, seed);
            }
        }
    }
    for _ in 0..2 {
        for (_, tablet) in &tablets {
            settle(&mut endpoint, tablet);
        }
    }
    for case in 1..4 {
        let first = shown(&tablets[0].1, case);
        assert!(
            tablets
                .iter()
                .all(|(_, tablet)| shown(tablet, case) == first)
        );
    }
    let feed = endpoint.feed(&SITE_SCOPE);
    for entry in &written {
        assert_eq!(
            feed.iter()
                .filter(|held| held.hash() == entry.hash())
                .count(),
            1
        );
    }
    assert_eq!(feed.len(), written.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn three_tablets_and_an_endpoint_converge(steps in prop::collection::vec(step(), 1..40)) {
        play(&steps);
    }
}

#[test]
fn an_entry_that_came_altered_is_read_again() {
    let mut endpoint = Endpoint::new();
    let (_, a) = join(&mut endpoint, 1);
    let (_, b) = join(&mut endpoint, 2);
    settle(&mut endpoint, &a);
    settle(&mut endpoint, &b);
    record(&a, 1, &["one"], endpoint.now_ms);
    settle(&mut endpoint, &a);
    let at = now(endpoint.now_ms);
    let sent = run(b.sync_request(256, at)).unwrap().unwrap();
    let mut reply = endpoint.sync(&sent.body, 256);
    for item in &mut reply.entries {
        if let Carried::Entry(text) = &mut item.carried {
            *text = text.replace("one", "two");
        }
    }
    let applied = run(b.apply(&reply, &sent, at)).unwrap().unwrap();
    assert_eq!(applied.aside.len(), 1);
    assert!(shown(&b, 1).is_empty());
    settle(&mut endpoint, &b);
    settle(&mut endpoint, &b);
    assert_eq!(shown(&b, 1), shown(&a, 1));
    assert!(b.status(at).aside.is_empty());
}

#[test]
fn what_was_acknowledged_ahead_of_a_hole_goes_out_again_in_a_new_epoch() {
    let mut endpoint = Endpoint::new();
    let (_, tablet) = join(&mut endpoint, 1);
    settle(&mut endpoint, &tablet);
    let backup = endpoint.clone();
    record(&tablet, 1, &["one"], endpoint.now_ms);
    settle(&mut endpoint, &tablet);
    record(&tablet, 1, &["two"], endpoint.now_ms);
    // The backup is put back twice; in between the endpoint gets the second act alone.
    for epoch in ["e2", "e3"] {
        endpoint = backup.clone();
        endpoint.epoch = epoch.to_owned();
        exchange(&mut endpoint, &tablet, 256, 256);
    }
    for _ in 0..3 {
        settle(&mut endpoint, &tablet);
    }
    assert_eq!(endpoint.feed(&SITE_SCOPE).len(), 2);
    assert_eq!(texts_that_count(&tablet, 1), ["one", "two"]);
}

#[test]
fn what_summaries_are_derived_from_is_counted_as_it_changes_whichever_page_writes() {
    let mut endpoint = Endpoint::new();
    let (memory, tablet) = join(&mut endpoint, 1);
    settle(&mut endpoint, &tablet);
    let before = tablet.changes().unwrap();
    // A meeting at which nothing comes changes nothing.
    settle(&mut endpoint, &tablet);
    assert_eq!(tablet.changes(), Some(before));
    record(&tablet, 1, &["one"], endpoint.now_ms);
    let recorded = tablet.changes().unwrap();
    assert!(recorded > before);
    settle(&mut endpoint, &tablet);
    assert!(tablet.changes().unwrap() > recorded, "it was confirmed");

    let page = open(&memory, 9);
    record(&page, 1, &["two"], endpoint.now_ms);
    let derived = CacheRecord {
        key: "derived".to_owned(),
        group: None,
        scope: Some(SITE_SCOPE),
        value: Vec::new(),
    };
    let put = run(tablet.cache_put(vec![derived.clone()])).unwrap();
    assert_eq!(
        put,
        Err(TabletError::Busy),
        "it is of before the other page wrote"
    );
    assert_eq!(tablet.changes(), None);
    tablet.caught_up();
    assert_eq!(tablet.changes(), page.changes());
    assert_eq!(run(tablet.cache_put(vec![derived])).unwrap(), Ok(()));
}
