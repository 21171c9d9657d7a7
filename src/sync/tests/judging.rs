//! What the endpoint decides about single entries.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod support;

use record::roster::{AUDITOR, Item, Post};
use record::stream::{Head, Link};
use record::verdict::Reason;
use record::{DeviceId, Entry, Hash, Roster};
use support::{Endpoint, SITE_SCOPE, STAFF, deed, join, now, settle, shown};
use sync::endpoint::{Judgement, Known, advance, join_code, judge, next_device_code, normal_code};
use sync::memory::run;
use sync::wire::RefuseReason;

/// A roster with a tablet in it, and the first entry of that tablet.
fn written() -> (Roster, Entry, i64) {
    let mut endpoint = Endpoint::new();
    let (_, tablet) = join(&mut endpoint, 1);
    let at = now(endpoint.now_ms);
    let mut entries = run(tablet.record(&deed(1, &["one"]), None, at))
        .unwrap()
        .unwrap();
    (endpoint.roster.clone(), entries.remove(0), endpoint.now_ms)
}

#[test]
fn a_sound_entry_counts_and_a_second_time_is_known() {
    let (roster, entry, now_ms) = written();
    let new = Known::default();
    assert_eq!(
        judge(&entry, &roster, &new, now_ms),
        Judgement::Accept(Link::Next)
    );
    let held = Known {
        held: true,
        ..Known::default()
    };
    assert_eq!(judge(&entry, &roster, &held, now_ms), Judgement::Known);
}

#[test]
fn what_cannot_be_shown_to_be_authentic_is_refused() {
    let (roster, entry, now_ms) = written();
    let refused =
        |entry: &Entry, roster: &Roster, known: &Known| match judge(entry, roster, known, now_ms) {
            Judgement::Refuse(reason) => Some(reason),
            _ => None,
        };
    let new = Known::default();
    let stranger = Roster::new(*roster.root());
    assert_eq!(
        refused(&entry, &stranger, &new),
        Some(RefuseReason::UnknownKey)
    );
    let text = entry.text();
    let altered = text.replacen("\"role\":\"officer\"", "\"role\":\"manager\"", 1);
    let altered = Entry::parse(altered.as_bytes()).unwrap();
    assert_eq!(
        refused(&altered, &roster, &new),
        Some(RefuseReason::BadSignature)
    );
    let elsewhere = Known {
        owner: Some((DeviceId::from_random([99; 16]), SITE_SCOPE)),
        ..Known::default()
    };
    let mismatch = Some(RefuseReason::StreamMismatch);
    assert_eq!(refused(&entry, &roster, &elsewhere), mismatch);
}

#[test]
fn what_is_first_received_after_a_revocation_is_set_aside() {
    let (roster, entry, now_ms) = written();
    let aside = |item: Item| {
        let mut roster = roster.clone();
        roster.set(roster.position() + 1, item);
        match judge(&entry, &roster, &Known::default(), now_ms) {
            Judgement::Aside(Link::Next, reason) => Some(reason),
            _ => None,
        }
    };
    let mut device = roster.device(&entry.header().device).unwrap().clone();
    device.revoked = true;
    assert_eq!(
        aside(Item::Device(device.clone())),
        Some(Reason::DeviceRevoked)
    );
    device.revoked = false;
    device.site = "ZZ".to_owned();
    assert_eq!(
        aside(Item::Device(device)),
        Some(Reason::DeviceOutsideScope)
    );
    let mut person = roster.person(&STAFF).unwrap().clone();
    person.retired = true;
    assert_eq!(
        aside(Item::Staff(person.clone())),
        Some(Reason::PersonRevoked)
    );
    // A post that was lost since does not matter: the position named is what counts.
    person.retired = false;
    person.posts.clear();
    assert_eq!(aside(Item::Staff(person)), None);
    let mut scope = roster.scope(&SITE_SCOPE).unwrap().clone();
    scope.excluded.push(STAFF);
    assert_eq!(aside(Item::Scope(scope)), None);
}

#[test]
fn what_an_auditor_writes_is_set_aside() {
    let (mut roster, entry, now_ms) = written();
    let new = Known::default();
    let mut person = roster.person(&STAFF).unwrap().clone();
    let stated = (1..).find(|at| roster.person_at(&STAFF, *at).is_some());
    let stated = stated.unwrap();
    let auditor = Post {
        role: AUDITOR.to_owned(),
        ..person.posts[0].clone()
    };
    person.posts[0] = auditor.clone();
    assert!(roster.set(stated + 1, Item::Staff(person.clone())));
    assert_eq!(
        judge(&entry, &roster, &new, now_ms),
        Judgement::Aside(Link::Next, Reason::ReadsOnly)
    );
    // An auditor elsewhere, or beside another post here, writes as ever.
    let elsewhere = Post {
        site: "ZZ".to_owned(),
        ..auditor.clone()
    };
    let officer = Post {
        role: "officer".to_owned(),
        ..auditor.clone()
    };
    for (at, other) in [(2, elsewhere), (3, auditor)] {
        person.posts = vec![officer.clone(), other];
        assert!(roster.set(stated + at, Item::Staff(person.clone())));
        assert_eq!(
            judge(&entry, &roster, &new, now_ms),
            Judgement::Accept(Link::Next)
        );
    }
}

#[test]
fn a_clock_far_ahead_and_a_roster_that_does_not_exist_are_set_aside() {
    let (roster, entry, now_ms) = written();
    let reason =
        |roster: &Roster, known: &Known, now_ms: i64| match judge(&entry, roster, known, now_ms) {
            Judgement::Aside(_, reason) => Some(reason),
            _ => None,
        };
    let days = 86_400_000;
    let new = Known::default();
    assert_eq!(reason(&roster, &new, now_ms - 59 * days), None);
    let ahead = reason(&roster, &new, now_ms - 61 * days);
    assert_eq!(ahead, Some(Reason::ClockAhead));
    let passed = Known {
        roster_seen: entry.header().roster + 1,
        ..Known::default()
    };
    assert_eq!(
        reason(&roster, &passed, now_ms),
        Some(Reason::RosterPosition)
    );
}

#[test]
fn forks_lie_beside_the_chain_and_holes_are_filled() {
    let (roster, entry, now_ms) = written();
    let stream = entry.header().stream;
    let behind = Known {
        head: Some(Head {
            stream,
            seq: 1,
            hash: Hash::of(b"another"),
        }),
        rival: true,
        ..Known::default()
    };
    let judgement = judge(&entry, &roster, &behind, now_ms);
    assert_eq!(judgement, Judgement::Aside(Link::Behind, Reason::Fork));
    assert!(!judgement.moves_frontier());
    let (one, two, three) = (Hash::of(b"1"), Hash::of(b"2"), Hash::of(b"3"));
    let ahead = [
        (3, three, Some(two)),
        (2, two, Some(one)),
        (2, three, Some(two)),
    ];
    let head = Head {
        stream,
        seq: 1,
        hash: one,
    };
    assert_eq!(advance(head, ahead).hash, three);
    assert_eq!(advance(Head { hash: two, ..head }, ahead).hash, three);
    assert_eq!(
        advance(
            Head {
                hash: three,
                ..head
            },
            ahead
        )
        .seq,
        1
    );
}

#[test]
fn codes_are_never_used_again_and_read_as_they_are_typed() {
    assert_eq!(next_device_code([]), "B1");
    assert_eq!(next_device_code(["B2", "B10", "X9", "B3"]), "B11");
    let code = join_code([0, 31, 7, 8, 255, 100, 3, 9]);
    assert_eq!(code.len(), 9);
    assert_eq!(normal_code(&code.to_lowercase()), normal_code(&code));
    assert_eq!(normal_code(" ol-i 7 "), "0117");
}

#[test]
fn a_bad_entry_holds_up_no_other() {
    let mut endpoint = Endpoint::new();
    let (_, tablet) = join(&mut endpoint, 1);
    settle(&mut endpoint, &tablet);
    let at = now(endpoint.now_ms);
    run(tablet.record(&deed(1, &["one"]), None, at))
        .unwrap()
        .unwrap();
    let mut sent = run(tablet.sync_request(256, at)).unwrap().unwrap();
    sent.request.entries.insert(0, "not an entry".to_owned());
    sent.body = serde_json::to_string(&sent.request).unwrap();
    let reply = endpoint.sync(&sent.body, 256);
    assert_eq!(reply.refused[0].reason, RefuseReason::Malformed);
    let applied = run(tablet.apply(&reply, &sent, at)).unwrap().unwrap();
    assert_eq!(applied.acknowledged, 1);
    assert_eq!(shown(&tablet, 1).len(), 1);
}
