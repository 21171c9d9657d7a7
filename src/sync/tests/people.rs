//! Several persons on one tablet: what each of them opens, what a PIN does, and that nothing is
//! lost by any of it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on stops"
)]

mod support;

use record::pin::{Cost, PinError};
use record::roster::{Device, Item, Post, Scope, ScopeKind, Staff};
use record::{CaseId, DeviceId, ScopeId, StaffId};
use support::{
    COMPANY_SCOPE, COST, Counter, Endpoint, PIN, SITE_SCOPE, STAFF, TestTablet, deed, exchange,
    join, locked, now, open, settle, shown, sign_in,
};
use sync::endpoint::{Signer, removed_scopes, signed_by};
use sync::memory::{Memory, run};
use sync::storage::Store;
use sync::tablet::{Deed, RecordError, TRIES_FREE, UnlockError};
use sync::wire::Carried;

/// Somebody without a part in the narrow scope.
const OTHER: StaffId = StaffId::from_random([8; 16]);
/// A scope of the first person alone.
const NARROW: ScopeId = ScopeId::from_random([3; 16]);

/// The narrow scope on these tablets.
fn narrow(devices: Vec<DeviceId>) -> Item {
    Item::Scope(Scope {
        id: NARROW,
        kind: ScopeKind::Case,
        site: Some("YS".to_owned()),
        roles: Vec::new(),
        added: vec![STAFF],
        excluded: Vec::new(),
        devices,
        founding: false,
    })
}

/// An act in the narrow scope.
fn narrow_deed(text: &str) -> Deed {
    Deed {
        scope: NARROW,
        ..deed(2, &[text])
    }
}

/// A tablet on which two persons have signed in; of its two scopes the narrow one is the first's.
fn shared() -> (Endpoint, Memory, TestTablet) {
    let mut endpoint = Endpoint::new();
    endpoint.state(Item::Staff(Staff {
        id: OTHER,
        name: "Other".to_owned(),
        posts: vec![Post {
            site: "YS".to_owned(),
            role: "head".to_owned(),
            department: None,
        }],
        retired: false,
    }));
    let (memory, tablet) = join(&mut endpoint, 1);
    endpoint.state(narrow(vec![tablet.device()]));
    settle(&mut endpoint, &tablet);
    let secret = narrow_deed("secret");
    run(tablet.record(&secret, None, now(endpoint.now_ms)))
        .unwrap()
        .unwrap();
    run(tablet.save_draft(NARROW, "a", b"half a secret"))
        .unwrap()
        .unwrap();
    (endpoint, memory, tablet)
}

/// Signs a person in and syncs.
fn comes(endpoint: &mut Endpoint, memory: &Memory, staff: StaffId, seed: u64) -> TestTablet {
    endpoint.signer = Signer::Person(staff);
    let tablet = sign_in(endpoint, memory, staff, seed);
    for _ in 0..4 {
        exchange(endpoint, &tablet, 256, 256);
    }
    tablet
}

#[test]
fn each_opens_what_is_theirs_and_nothing_else() {
    let (mut endpoint, memory, first) = shared();
    let other = comes(&mut endpoint, &memory, OTHER, 2);
    assert_eq!(other.person(), Some(OTHER));
    assert!(other.can_sign());
    // What lay on the tablet before opens with the keys that came.
    assert!(other.roster().person(&STAFF).is_some());
    assert!(shown(&other, 2).is_empty());
    assert!(!other.cases().contains(&CaseId::from_random([2; 16])));
    assert_eq!(run(other.drafts("")).unwrap().unwrap(), []);
    let deed = narrow_deed("not mine");
    let refused = run(other.record(&deed, None, now(endpoint.now_ms))).unwrap();
    assert_eq!(refused, Err(RecordError::ScopeNotHeld));
    // What the first had not sent went up as it lay, and was not opened here.
    assert_eq!(other.status(now(endpoint.now_ms)).unsent, 0);
    assert_eq!(endpoint.feed(&NARROW).len(), 1);
    drop(first);
    endpoint.signer = Signer::Person(STAFF);
    let first = open(&memory, 9);
    settle(&mut endpoint, &first);
    assert_eq!(shown(&first, 2).len(), 1);
    assert_eq!(endpoint.feed(&NARROW).len(), 1);
    assert_eq!(run(first.drafts("")).unwrap().unwrap().len(), 1);
}

/// What was recorded at once, with the key, named a position of the roster at which its author was
/// no member yet, and was set aside.
#[test]
fn a_scope_is_open_once_the_roster_held_here_says_so_and_not_by_its_key_alone() {
    let mut endpoint = Endpoint::new();
    let (_, tablet) = join(&mut endpoint, 1);
    settle(&mut endpoint, &tablet);
    endpoint.state(narrow(vec![tablet.device()]));
    let at = now(endpoint.now_ms);
    let sent = run(tablet.sync_request(256, at)).unwrap().unwrap();
    let mut reply = endpoint.sync(&sent.body, 256);
    assert_eq!(reply.keys.len(), 1);
    // The statement itself comes altered.
    for item in &mut reply.entries {
        if let Carried::Entry(text) = &mut item.carried {
            *text = text
                .replace("founding", "fonding")
                .replace("added", "addled");
        }
    }
    run(tablet.apply(&reply, &sent, at)).unwrap().unwrap();
    assert!(!tablet.is_open(&NARROW));
    settle(&mut endpoint, &tablet);
    settle(&mut endpoint, &tablet);
    assert!(tablet.is_open(&NARROW));
    let deed = narrow_deed("by a member");
    run(tablet.record(&deed, None, at)).unwrap().unwrap();
    settle(&mut endpoint, &tablet);
    assert_eq!(endpoint.feed(&NARROW).len(), 1, "no verdict");
}

#[test]
fn while_nobody_has_unlocked_the_tablet_what_lies_on_it_goes_up() {
    let (mut endpoint, memory, first) = shared();
    drop(first);
    endpoint.signer = Signer::Nobody;
    let asleep = run(locked(&memory).asleep(Counter::new(3)))
        .unwrap()
        .unwrap();
    assert_eq!(asleep.person(), None);
    assert!(asleep.cases().is_empty());
    assert_eq!(locked(&memory).unsent, 1);
    let before = memory.dump(Store::Entries);
    assert!(!exchange(&mut endpoint, &asleep, 256, 256));
    assert_eq!(locked(&memory).unsent, 0);
    assert_eq!(endpoint.feed(&NARROW).len(), 1);
    // Nothing came, and nothing on the disk is other than before.
    assert_eq!(memory.dump(Store::Entries), before);
    let at = now(endpoint.now_ms);
    let refused = run(asleep.record(&deed(1, &["x"]), None, at)).unwrap();
    assert_eq!(refused, Err(RecordError::NoKey));
}

/// An act that names a statement which the endpoint lacks would be judged without it.
#[test]
fn a_locked_tablet_too_shows_an_endpoint_put_back_what_it_had_stated_before_anything_else() {
    let mut endpoint = Endpoint::new();
    let (memory, first) = join(&mut endpoint, 1);
    settle(&mut endpoint, &first);
    let backup = endpoint.clone();
    let renamed = Device {
        name: "renamed".to_owned(),
        ..endpoint.roster.device(&first.device()).unwrap().clone()
    };
    endpoint.state(Item::Device(renamed));
    settle(&mut endpoint, &first);
    let at = now(endpoint.now_ms);
    run(first.record(&deed(1, &["after that"]), None, at))
        .unwrap()
        .unwrap();
    drop(first);
    let lost = endpoint.feed(&COMPANY_SCOPE).len();
    endpoint = backup;
    endpoint.epoch = "e2".to_owned();
    endpoint.signer = Signer::Nobody;
    let asleep = run(locked(&memory).asleep(Counter::new(3)))
        .unwrap()
        .unwrap();
    exchange(&mut endpoint, &asleep, 256, 256);
    let sent = run(asleep.sync_request(2, at)).unwrap().unwrap();
    let sealed = sent.request.sealed.iter();
    assert!(sealed.clone().all(|one| one.scope == COMPANY_SCOPE));
    assert_eq!(sealed.count(), 2);
    while locked(&memory).unsent > 0 {
        exchange(&mut endpoint, &asleep, 2, 256);
    }
    assert_eq!(endpoint.feed(&COMPANY_SCOPE).len(), lost);
}

#[test]
fn what_does_not_open_at_the_endpoint_is_refused_and_stays() {
    let (mut endpoint, memory, first) = shared();
    drop(first);
    endpoint.signer = Signer::Nobody;
    let asleep = run(locked(&memory).asleep(Counter::new(3)))
        .unwrap()
        .unwrap();
    let at = now(endpoint.now_ms);
    let mut sent = run(asleep.sync_request(256, at)).unwrap().unwrap();
    let sealed = sent.request.sealed[0].bytes.clone();
    let altered = sealed.replace(&sealed[40..44], "AAAA");
    sent.body = sent.body.replace(&sealed, &altered);
    let reply = endpoint.sync(&sent.body, 256);
    assert_eq!(reply.refused.len(), 1);
    let applied = run(asleep.apply(&reply, &sent, at)).unwrap().unwrap();
    assert_eq!((applied.acknowledged, applied.refused.len()), (0, 1));
    assert_eq!(locked(&memory).unsent, 1);
}

#[test]
fn an_entry_names_who_unlocked_the_tablet() {
    let (mut endpoint, memory, _first) = shared();
    let other = comes(&mut endpoint, &memory, OTHER, 2);
    let at = now(endpoint.now_ms);
    let entries = run(other.record(&deed(1, &["mine"]), None, at)).unwrap();
    assert_eq!(entries.unwrap()[0].header().staff, Some(OTHER));
}

#[test]
fn of_a_scope_of_others_not_a_byte_is_sent_to_who_uses_the_tablet() {
    let (mut endpoint, _, first) = shared();
    settle(&mut endpoint, &first);
    let (_, second) = join(&mut endpoint, 5);
    endpoint.state(narrow(vec![first.device(), second.device()]));
    let memory = second.storage().clone();
    drop(second);
    let other = comes(&mut endpoint, &memory, OTHER, 6);
    let sent = run(other.sync_request(256, now(endpoint.now_ms)))
        .unwrap()
        .unwrap();
    let reply = serde_json::to_string(&endpoint.sync(&sent.body, 256)).unwrap();
    assert!(!reply.contains("secret") && !reply.contains(&NARROW.to_string()));
    for store in Store::ALL {
        for (key, bytes) in memory.dump(store) {
            let name = NARROW.to_string();
            assert!(
                !key.contains(&name) && !bytes.starts_with(NARROW.bytes()),
                "{key}"
            );
        }
    }
}

#[test]
fn who_is_a_member_no_longer_loses_the_key_of_a_scope_that_others_keep_there() {
    let (mut endpoint, memory, first) = shared();
    settle(&mut endpoint, &first);
    let named = |added: &[StaffId]| match narrow(vec![first.device()]) {
        Item::Scope(scope) => Item::Scope(Scope {
            added: added.to_vec(),
            ..scope
        }),
        other => other,
    };
    endpoint.state(named(&[STAFF, OTHER]));
    let other = comes(&mut endpoint, &memory, OTHER, 2);
    assert_eq!(shown(&other, 2).len(), 1);
    endpoint.signer = Signer::Person(STAFF);
    run(first.reload()).unwrap().unwrap();
    let at = now(endpoint.now_ms);
    run(first.record(&narrow_deed("mine"), None, at))
        .unwrap()
        .unwrap();
    endpoint.state(named(&[OTHER]));
    settle(&mut endpoint, &first);
    assert!(!first.is_open(&NARROW));
    assert!(shown(&first, 2).is_empty());
    drop(first);
    assert!(!open(&memory, 9).is_open(&NARROW));
    // What they had recorded went out, and the others go on.
    endpoint.signer = Signer::Person(OTHER);
    run(other.reload()).unwrap().unwrap();
    settle(&mut endpoint, &other);
    assert_eq!(shown(&other, 2).len(), 2);
    assert_eq!(endpoint.feed(&NARROW).len(), 2);
}

#[test]
fn who_is_gone_loses_every_key_of_what_others_keep_there() {
    let (mut endpoint, memory, first) = shared();
    settle(&mut endpoint, &first);
    comes(&mut endpoint, &memory, OTHER, 2);
    run(first.reload()).unwrap().unwrap();
    let device = first.device();
    let (staff, signature) = first.sign_request("/v1/sync", "{}").unwrap();
    let signer = |endpoint: &Endpoint| {
        let named = (staff.to_string(), signature.clone());
        let named = Some((named.0.as_str(), named.1.as_str()));
        signed_by(("/v1/sync", &device, b"{}"), named, &endpoint.roster)
    };
    assert_eq!(signer(&endpoint), Signer::Person(STAFF));
    let mut person = endpoint.roster.person(&STAFF).unwrap().clone();
    person.retired = true;
    endpoint.state(Item::Staff(person));
    assert_eq!(signer(&endpoint), Signer::Former);
    endpoint.signer = Signer::Former;
    settle(&mut endpoint, &first);
    assert!(!first.is_open(&SITE_SCOPE));
    assert!(first.cases().is_empty());
    // A roster that never knew the key says nothing of it.
    assert_eq!(signer(&Endpoint::new()), Signer::Unknown);
}

#[test]
fn a_reply_that_comes_after_a_scope_was_closed_leaves_it_to_the_others() {
    let (mut endpoint, memory, first) = shared();
    settle(&mut endpoint, &first);
    let other = comes(&mut endpoint, &memory, OTHER, 2);
    let (_, elsewhere) = join(&mut endpoint, 3);
    settle(&mut endpoint, &elsewhere);
    run(elsewhere.record(&deed(1, &["from elsewhere"]), None, now(endpoint.now_ms)))
        .unwrap()
        .unwrap();
    settle(&mut endpoint, &elsewhere);
    // Asked and answered while the scope is open; before the answer comes the person is gone.
    endpoint.signer = Signer::Person(STAFF);
    run(first.reload()).unwrap().unwrap();
    let asked = run(first.sync_request(256, now(endpoint.now_ms)))
        .unwrap()
        .unwrap();
    let late = endpoint.sync(&asked.body, 256);
    assert!(!late.entries.is_empty());
    endpoint.signer = Signer::Former;
    settle(&mut endpoint, &first);
    assert!(!first.is_open(&SITE_SCOPE));
    let applied = run(first.apply(&late, &asked, now(endpoint.now_ms)))
        .unwrap()
        .unwrap();
    assert!(applied.aside.is_empty(), "{:?}", applied.aside);
    endpoint.signer = Signer::Person(OTHER);
    run(other.reload()).unwrap().unwrap();
    settle(&mut endpoint, &other);
    let held = shown(&other, 1);
    assert!(held.iter().any(|(text, _)| text.contains("from elsewhere")));
}

#[test]
fn what_was_recorded_after_a_scope_was_lost_goes_too_whoever_has_its_key() {
    let (mut endpoint, memory, first) = shared();
    settle(&mut endpoint, &first);
    drop(first);
    endpoint.state(narrow(Vec::new()));
    comes(&mut endpoint, &memory, OTHER, 2);
    // Who had not unlocked the tablet then has the key still, and records on.
    let first = open(&memory, 9);
    let late = narrow_deed("late");
    run(first.record(&late, None, now(endpoint.now_ms)))
        .unwrap()
        .unwrap();
    drop(first);
    // Then the PIN is forgotten, and the key with it.
    let again = comes(&mut endpoint, &memory, STAFF, 40);
    settle(&mut endpoint, &again);
    assert_eq!(endpoint.feed(&NARROW).len(), 3);
    for (key, bytes) in memory.dump(Store::Entries) {
        assert!(!bytes.starts_with(NARROW.bytes()), "{key}");
    }
}

#[test]
fn wrong_pins_are_counted_whoever_ends_the_app_and_forgotten_after_a_right_one() {
    let (_, memory, tablet) = shared();
    drop(tablet);
    for wrong in 1..=TRIES_FREE {
        let tried = run(locked(&memory).unlock(Counter::new(7), STAFF, "999999")).unwrap();
        assert_eq!(tried.err(), Some(UnlockError::Wrong(wrong)));
        assert_eq!(locked(&memory).people[0].wrong, wrong);
    }
    let tablet = open(&memory, 8);
    assert_eq!(locked(&memory).people[0].wrong, 0);
    let asked = run(tablet.ask_pin("999999")).unwrap();
    assert_eq!(asked, Err(UnlockError::Wrong(1)));
    assert_eq!(run(tablet.ask_pin(PIN)).unwrap(), Ok(()));
    let nobody = run(locked(&memory).unlock(Counter::new(7), OTHER, PIN)).unwrap();
    assert_eq!(nobody.err(), Some(UnlockError::NoSlot));
}

#[test]
fn a_pin_is_changed_and_only_the_new_one_opens() {
    let (mut endpoint, memory, tablet) = shared();
    let guessed = run(tablet.change_pin("123456", COST)).unwrap();
    assert_eq!(guessed, Err(UnlockError::Pin(PinError::Guessed)));
    let dearer = Cost { passes: 2, ..COST };
    run(tablet.change_pin("8301752", dearer)).unwrap().unwrap();
    let at = now(endpoint.now_ms);
    run(tablet.record(&deed(1, &["after"]), None, at))
        .unwrap()
        .unwrap();
    settle(&mut endpoint, &tablet);
    drop(tablet);
    assert_eq!(locked(&memory).people[0].digits, 7);
    let old = run(locked(&memory).unlock(Counter::new(3), STAFF, PIN)).unwrap();
    assert!(matches!(old, Err(UnlockError::Wrong(_))));
    let new = run(locked(&memory).unlock(Counter::new(4), STAFF, "8301752")).unwrap();
    let new = new.unwrap();
    run(new.pass(at)).unwrap().unwrap();
    assert_eq!(shown(&new, 2).len(), 1);
}

#[test]
fn a_forgotten_pin_loses_nothing() {
    let (mut endpoint, memory, tablet) = shared();
    let at = now(endpoint.now_ms);
    run(tablet.record(&deed(1, &["unsent"]), None, at))
        .unwrap()
        .unwrap();
    drop(tablet);
    let again = comes(&mut endpoint, &memory, STAFF, 40);
    settle(&mut endpoint, &again);
    assert_eq!(shown(&again, 1).len(), 1);
    assert_eq!(shown(&again, 2).len(), 1);
    assert_eq!(run(again.drafts("")).unwrap().unwrap().len(), 1);
    let counts = endpoint.feed(&SITE_SCOPE);
    assert_eq!(counts.len(), 1, "sent once, and not set aside");
    let at = now(endpoint.now_ms);
    run(again.record(&deed(1, &["with the new key"]), None, at))
        .unwrap()
        .unwrap();
    settle(&mut endpoint, &again);
    assert_eq!(endpoint.feed(&SITE_SCOPE).len(), 2);
}

#[test]
fn what_nobody_on_the_tablet_may_hold_is_sent_first_and_then_deleted() {
    let (mut endpoint, memory, tablet) = shared();
    let at = now(endpoint.now_ms);
    run(tablet.record(&deed(1, &["last"]), None, at))
        .unwrap()
        .unwrap();
    let retired = Staff {
        retired: true,
        ..endpoint.roster.person(&STAFF).unwrap().clone()
    };
    endpoint.state(Item::Staff(retired));
    for _ in 0..4 {
        exchange(&mut endpoint, &tablet, 256, 256);
    }
    let texts = |scope| {
        endpoint
            .feed(scope)
            .iter()
            .any(|e| e.text().contains("last"))
    };
    assert!(texts(&SITE_SCOPE));
    for store in [Store::Entries, Store::Cache] {
        assert_eq!(memory.dump(store).len(), 0, "{store:?}");
    }
}

#[test]
fn a_scope_that_the_endpoint_does_not_know_stays() {
    let mut endpoint = Endpoint::new();
    let (_, tablet) = join(&mut endpoint, 1);
    let before = endpoint.roster.clone();
    endpoint.state(narrow(vec![tablet.device()]));
    settle(&mut endpoint, &tablet);
    let sent = run(tablet.sync_request(256, now(endpoint.now_ms)))
        .unwrap()
        .unwrap();
    let cursors = &sent.request.cursors;
    assert!(cursors.iter().any(|cursor| cursor.scope == NARROW));
    assert_eq!(removed_scopes(&sent.request, &before), []);
    endpoint.state(narrow(Vec::new()));
    assert_eq!(removed_scopes(&sent.request, &endpoint.roster), [NARROW]);
}

#[test]
fn nothing_that_was_typed_opens_without_a_pin() {
    let (mut endpoint, memory, tablet) = shared();
    settle(&mut endpoint, &tablet);
    drop(tablet);
    let entries = memory.dump(Store::Entries);
    let drafts = memory.dump(Store::Meta).into_iter();
    let drafts: Vec<_> = drafts
        .filter(|(key, _)| key.starts_with("draft/"))
        .collect();
    assert!(!entries.is_empty() && !drafts.is_empty());
    for (key, bytes) in entries.iter().chain(&drafts) {
        assert_ne!(
            bytes[..16],
            [0; 16],
            "{key} lies under the tablet's own key"
        );
    }
}

/// What waits for a newer roster is in a scope that is not open to who takes the roster in.
#[test]
fn what_waited_for_the_roster_is_taken_in_though_somebody_else_has_met_it_meanwhile() {
    let (mut endpoint, memory, first) = shared();
    settle(&mut endpoint, &first);
    let (_, second) = join(&mut endpoint, 5);
    endpoint.state(narrow(vec![first.device(), second.device()]));
    settle(&mut endpoint, &second);
    let written = narrow_deed("by a key that is new");
    run(second.record(&written, None, now(endpoint.now_ms)))
        .unwrap()
        .unwrap();
    settle(&mut endpoint, &second);
    // The statements of the roster are lost on the way.
    let at = now(endpoint.now_ms);
    let sent = run(first.sync_request(256, at)).unwrap().unwrap();
    let mut reply = endpoint.sync(&sent.body, 256);
    reply.entries.retain(|item| item.scope == NARROW);
    reply.cursors.retain(|state| state.cursor.scope == NARROW);
    let applied = run(first.apply(&reply, &sent, at)).unwrap().unwrap();
    assert_eq!(applied.aside.len(), 1);
    drop(first);
    comes(&mut endpoint, &memory, OTHER, 2);
    endpoint.signer = Signer::Person(STAFF);
    let first = open(&memory, 9);
    settle(&mut endpoint, &first);
    assert_eq!(shown(&first, 2).len(), 2);
    assert_eq!(first.status(at).aside, []);
}

/// Of two copies of a tablet the endpoint takes the chain of the first that syncs after it was put
/// back; what the other had sent before goes out again, though it is sent nothing by which it could
/// find out.
#[test]
fn what_the_endpoint_lost_is_sent_before_a_tablet_out_of_use_deletes_it() {
    let mut endpoint = Endpoint::new();
    let (memory, first) = join(&mut endpoint, 1);
    run(first.record(&deed(1, &["of both"]), None, now(endpoint.now_ms)))
        .unwrap()
        .unwrap();
    settle(&mut endpoint, &first);
    let copy = memory.copy();
    let before = endpoint.clone();
    run(first.record(&deed(1, &["of the first"]), None, now(endpoint.now_ms)))
        .unwrap()
        .unwrap();
    settle(&mut endpoint, &first);
    endpoint = before;
    endpoint.epoch = "e2".to_owned();
    let second = open(&copy, 9);
    run(second.record(
        &deed(1, &["of the copy", "and more"]),
        None,
        now(endpoint.now_ms),
    ))
    .unwrap()
    .unwrap();
    settle(&mut endpoint, &second);
    let revoked = Device {
        revoked: true,
        ..endpoint.roster.device(&first.device()).unwrap().clone()
    };
    endpoint.state(Item::Device(revoked));
    for _ in 0..6 {
        exchange(&mut endpoint, &first, 256, 256);
    }
    assert_eq!(memory.dump(Store::Entries).len(), 0);
    let held = endpoint.feed(&SITE_SCOPE);
    assert!(
        held.iter()
            .any(|entry| entry.text().contains("of the first"))
    );
}
