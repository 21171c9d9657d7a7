//! What an order of the endpoint takes away, and what stays: on a tablet that holds the entry, on
//! one that never did, and at the endpoint.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod support;

use record::verdict::Standing;
use record::{Attachment, CaseId, Entry, Hash};
use support::{
    Endpoint, SITE_SCOPE, TestTablet, act, deed, exchange, join, now, open, settle, shown,
};
use sync::memory::run;
use sync::storage::Store;
use sync::tablet::{Deed, Stored};
use sync::wire::attachment::{GetReply, Named};

fn stored(tablet: &TestTablet) -> Vec<Stored> {
    run(tablet.case_entries(&CaseId::from_random([1; 16])))
        .unwrap()
        .unwrap()
}

fn record(tablet: &TestTablet, deed: &Deed, endpoint: &Endpoint) -> Vec<Entry> {
    run(tablet.record(deed, None, now(endpoint.now_ms)))
        .unwrap()
        .unwrap()
}

/// The entry of a name on a tablet.
fn one(tablet: &TestTablet, name: Hash) -> Stored {
    let mut all = stored(tablet).into_iter();
    all.find(|stored| stored.entry.hash() == name).unwrap()
}

#[test]
fn an_order_takes_what_was_said_and_leaves_that_it_was_said() {
    let mut endpoint = Endpoint::new();
    let (memory, first) = join(&mut endpoint, 1);
    let (_, second) = join(&mut endpoint, 2);
    let entries = record(
        &first,
        &deed(1, &["before", "a secret", "after"]),
        &endpoint,
    );
    let leak = entries[1].hash();
    settle(&mut endpoint, &first);
    settle(&mut endpoint, &second);
    endpoint.erase(leak, Vec::new());
    // One that joins later never holds it.
    let (_, third) = join(&mut endpoint, 3);
    for tablet in [&first, &second, &third] {
        settle(&mut endpoint, tablet);
        let erased = one(tablet, leak);
        assert!(erased.entry.body().is_empty());
        assert_eq!(erased.entry.header_line(), entries[1].header_line());
        let Standing::Erased(Some((order, _))) = &erased.standing else {
            unreachable!("it counts");
        };
        assert_eq!(order.reason, "told too much");
        assert_eq!(shown(tablet, 1), shown(&first, 1));
        assert_eq!(tablet.status(now(endpoint.now_ms)).unsent, 0);
    }
    // The chain goes on, and a start reads it.
    drop(first);
    let first = open(&memory, 9);
    record(&first, &deed(1, &["later"]), &endpoint);
    settle(&mut endpoint, &first);
    settle(&mut endpoint, &second);
    assert_eq!(shown(&first, 1), shown(&second, 1));
    let said = shown(&first, 1);
    assert!(!said.iter().any(|(text, _)| text.contains("a secret")));
}

#[test]
fn what_was_erased_is_not_taken_in_again_though_the_endpoint_forgot_its_order() {
    let mut endpoint = Endpoint::new();
    let (_, first) = join(&mut endpoint, 1);
    let (_, second) = join(&mut endpoint, 2);
    let leak = record(&first, &deed(1, &["a leak"]), &endpoint)[0].hash();
    settle(&mut endpoint, &first);
    settle(&mut endpoint, &second);
    let backup = endpoint.clone();
    endpoint.erase(leak, Vec::new());
    settle(&mut endpoint, &first);
    assert!(one(&first, leak).entry.erasure().is_some());
    endpoint = backup;
    endpoint.epoch = "e2".to_owned();
    for _ in 0..3 {
        exchange(&mut endpoint, &first, 256, 256);
    }
    assert!(one(&first, leak).entry.erasure().is_some());
    // The second learns of it by the order that the first has brought back.
    settle(&mut endpoint, &second);
    assert!(one(&second, leak).entry.erasure().is_some());
}

#[test]
fn photos_go_with_what_named_them_and_are_not_kept_again() {
    let mut endpoint = Endpoint::new();
    let (memory, tablet) = join(&mut endpoint, 1);
    let photo = Attachment::new([5; 16], b"content");
    let of = Named {
        scope: SITE_SCOPE,
        name: photo.name(),
    };
    let with_photo = Deed {
        acts: vec![act("a leak")],
        attachments: vec![photo.clone()],
        ..deed(1, &[])
    };
    let leak = record(&tablet, &with_photo, &endpoint)[0].hash();
    settle(&mut endpoint, &tablet);
    assert!(tablet.is_pending(&of));
    endpoint.erase(leak, vec![photo.name()]);
    settle(&mut endpoint, &tablet);
    assert!(!tablet.is_pending(&of));
    assert_eq!(tablet.attachments_waiting(), 0);
    assert_eq!(memory.dump(Store::Blobs), []);
    let part = GetReply {
        proto: 1,
        parts: 1,
        bytes: record::keys::to_base64(photo.bytes()),
    };
    assert_eq!(
        run(tablet.take_attachment(&of, &[part])).unwrap().unwrap(),
        None
    );
    assert_eq!(memory.dump(Store::Blobs), []);
}

#[test]
fn nobody_else_orders_it() {
    let mut endpoint = Endpoint::new();
    let (_, first) = join(&mut endpoint, 1);
    let entry = record(&first, &deed(1, &["kept"]), &endpoint)[0].clone();
    settle(&mut endpoint, &first);
    endpoint.erase_as_another(entry.hash());
    for _ in 0..3 {
        exchange(&mut endpoint, &first, 256, 256);
    }
    assert_eq!(one(&first, entry.hash()).entry, entry);
}

/// What waits for the roster goes on waiting, without what it said.
#[test]
fn what_is_kept_aside_says_nothing_more_and_is_taken_in_later() {
    let mut endpoint = Endpoint::new();
    let (_, first) = join(&mut endpoint, 1);
    settle(&mut endpoint, &first);
    let (_, second) = join(&mut endpoint, 2);
    let leak = record(&second, &deed(1, &["a secret"]), &endpoint)[0].hash();
    settle(&mut endpoint, &second);
    let whole = endpoint.clone();
    let at = now(endpoint.now_ms);
    // The statement of the author's key is lost on the way, twice.
    for (mut endpoint, says) in [(whole, true), (endpoint.clone(), false)] {
        if !says {
            endpoint.erase(leak, Vec::new());
        }
        let sent = run(first.sync_request(256, at)).unwrap().unwrap();
        let mut reply = endpoint.sync(&sent.body, 256);
        reply.entries.retain(|item| item.scope == SITE_SCOPE);
        reply
            .cursors
            .retain(|state| state.cursor.scope == SITE_SCOPE);
        run(first.apply(&reply, &sent, at)).unwrap().unwrap();
        let aside = first.status(at).aside;
        assert_eq!(aside.len(), 1);
        assert_eq!(aside[0].text.contains("a secret"), says);
    }
    endpoint.erase(leak, Vec::new());
    settle(&mut endpoint, &first);
    assert!(one(&first, leak).entry.erasure().is_some());
    assert_eq!(first.status(at).aside, []);
}

/// An act may name anything as its photo: an entry of that name stays what it is.
#[test]
fn an_entry_that_was_named_as_a_photo_is_not_erased() {
    let mut endpoint = Endpoint::new();
    let (_, first) = join(&mut endpoint, 1);
    let (_, second) = join(&mut endpoint, 2);
    let leak = record(&first, &deed(1, &["a secret"]), &endpoint)[0].hash();
    settle(&mut endpoint, &first);
    let kept = record(&second, &deed(1, &["kept"]), &endpoint)[0].clone();
    endpoint.erase(leak, vec![kept.hash()]);
    for tablet in [&first, &second, &first] {
        settle(&mut endpoint, tablet);
    }
    let held = one(&first, kept.hash());
    assert_eq!((held.entry, held.standing), (kept, Standing::Counts));
}
