//! A group that handles complaints by itself: who is sent what it writes, how somebody is let in
//! on a tablet, and what a tablet shows of it after long without a meeting.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on stops"
)]

mod support;

use record::roster::{ADMINISTRATOR, AUDITOR, Item, LEASE_DAYS, Post, Scope, ScopeKind, Staff};
use record::{CaseId, DeviceId, ScopeId, StaffId};
use support::{
    COMPANY_SCOPE, Counter, Endpoint, PIN, STAFF, START_MS, TestTablet, deed, exchange, join,
    locked, now, open, settle, shown, sign_in,
};
use sync::endpoint::Signer;
use sync::memory::{Memory, run};
use sync::storage::Store;
use sync::tablet::{CacheRecord, Deed, Now, RecordError};

/// Who is to join the group.
const OTHER: StaffId = StaffId::from_random([8; 16]);
/// The group's scope.
const GROUP: ScopeId = ScopeId::from_random([4; 16]);
const DAY_MS: i64 = 86_400_000;

fn group(people: Vec<StaffId>, devices: Vec<DeviceId>, founding: bool) -> Item {
    Item::Scope(Scope {
        id: GROUP,
        kind: ScopeKind::Handling,
        site: Some("YS".to_owned()),
        roles: Vec::new(),
        added: people,
        excluded: Vec::new(),
        devices,
        founding,
    })
}

fn secret() -> Deed {
    Deed {
        scope: GROUP,
        ..deed(2, &["secret"])
    }
}

/// A tablet of the group's first member, who has written in it; somebody else with a post at the
/// site and the administrator's.
fn founded() -> (Endpoint, Memory, TestTablet) {
    let mut endpoint = Endpoint::new();
    let post = |site: &str, role: &str| Post {
        site: site.to_owned(),
        role: role.to_owned(),
        department: None,
    };
    endpoint.state(Item::Staff(Staff {
        id: OTHER,
        name: "Other".to_owned(),
        posts: vec![post("YS", "head"), post("", ADMINISTRATOR)],
        retired: false,
    }));
    let (memory, tablet) = join(&mut endpoint, 1);
    endpoint.state(group(vec![STAFF], vec![tablet.device()], true));
    settle(&mut endpoint, &tablet);
    run(tablet.record(&secret(), None, now(endpoint.now_ms)))
        .unwrap()
        .unwrap();
    settle(&mut endpoint, &tablet);
    assert_eq!(shown(&tablet, 2).len(), 1);
    (endpoint, memory, tablet)
}

/// Asserts that a tablet is sent nothing of the group, and holds no byte of it.
fn is_sent_nothing(endpoint: &mut Endpoint, tablet: &TestTablet) {
    let sent = run(tablet.sync_request(256, now(endpoint.now_ms)))
        .unwrap()
        .unwrap();
    let reply = endpoint.sync(&sent.body, 256);
    let of_group = |scope: ScopeId| scope == GROUP;
    assert!(!reply.keys.iter().any(|given| of_group(given.scope)));
    assert!(
        !reply
            .cursors
            .iter()
            .any(|state| of_group(state.cursor.scope))
    );
    assert!(!reply.entries.iter().any(|item| of_group(item.scope)));
    assert!(!tablet.is_open(&GROUP));
    assert!(shown(tablet, 2).is_empty());
}

#[test]
fn a_member_lets_somebody_in_on_a_tablet() {
    let (mut endpoint, memory, first) = founded();
    endpoint.signer = Signer::Person(OTHER);
    let other = sign_in(&mut endpoint, &memory, OTHER, 2);
    settle(&mut endpoint, &other);
    is_sent_nothing(&mut endpoint, &other);
    endpoint.state(group(vec![STAFF, OTHER], vec![other.device()], false));
    settle(&mut endpoint, &other);
    is_sent_nothing(&mut endpoint, &other);
    // Who waits is not asked, and their own word is none.
    assert_eq!(other.roster().asks(&OTHER, &other.device()), []);
    let waiting = other.roster().waiting(&OTHER, &other.device(), &GROUP);
    let at = now(endpoint.now_ms);
    run(other.let_in(&waiting.unwrap(), "", at))
        .unwrap()
        .unwrap();
    settle(&mut endpoint, &other);
    is_sent_nothing(&mut endpoint, &other);

    endpoint.signer = Signer::Person(STAFF);
    settle(&mut endpoint, &first);
    let asks = first.roster().asks(&STAFF, &first.device());
    assert_eq!(asks.len(), 1);
    let at = now(endpoint.now_ms);
    run(first.let_in(&asks[0], "", at)).unwrap().unwrap();
    // Said on the tablet, and not asked again before it is sent.
    assert_eq!(first.roster().asks(&STAFF, &first.device()), []);
    settle(&mut endpoint, &first);
    assert!(first.roster().is_member(&OTHER, &first.device(), &GROUP));
    let consents = endpoint.feed(&COMPANY_SCOPE);
    let consents = consents.iter().filter(|e| e.kind() == "roster.consent");
    assert_eq!(consents.count(), 2);

    endpoint.signer = Signer::Person(OTHER);
    settle(&mut endpoint, &other);
    assert_eq!(shown(&other, 2).len(), 1);
    // A tablet judges by the same entries after a start.
    drop((first, other));
    let again = run(locked(&memory).unlock(Counter::new(9), OTHER, PIN))
        .unwrap()
        .unwrap();
    assert!(again.roster().is_member(&OTHER, &again.device(), &GROUP));
}

#[test]
fn who_signs_in_anew_waits_until_a_member_has_let_them_in() {
    let (mut endpoint, memory, first) = founded();
    drop(first);
    // The PIN was forgotten, or somebody has a code for signing in as the member.
    let again = sign_in(&mut endpoint, &memory, STAFF, 40);
    for _ in 0..4 {
        exchange(&mut endpoint, &again, 256, 256);
    }
    is_sent_nothing(&mut endpoint, &again);
    // Nobody on the tablet is a member now: nothing of it stays there.
    let left = memory.dump(Store::Entries).into_iter();
    assert_eq!(
        left.filter(|(_, b)| b.starts_with(GROUP.bytes())).count(),
        0
    );
}

#[test]
fn nobody_writes_there_before_they_are_let_in() {
    let (mut endpoint, memory, first) = founded();
    endpoint.state(group(vec![STAFF, OTHER], vec![first.device()], false));
    settle(&mut endpoint, &first);
    drop(first);
    endpoint.signer = Signer::Person(OTHER);
    let other = sign_in(&mut endpoint, &memory, OTHER, 2);
    settle(&mut endpoint, &other);
    let at = now(endpoint.now_ms);
    let refused = run(other.record(&secret(), None, at)).unwrap();
    assert_eq!(refused, Err(RecordError::ScopeNotHeld));
}

fn at(days: i64) -> Now {
    Now {
        wall_ms: START_MS + days * DAY_MS,
        monotonic_ms: 0,
    }
}

/// Starts the app of the first member when the tablet's clock shows this.
fn start(memory: &Memory, seed: u64, now: Now) -> TestTablet {
    let tablet = open(memory, seed);
    run(tablet.pass(now)).unwrap().unwrap();
    tablet
}

#[test]
fn after_its_lease_a_tablet_shows_what_is_confidential_only_once_it_has_met_the_endpoint() {
    let (mut endpoint, memory, tablet) = founded();
    run(tablet.record(&deed(1, &["site"]), None, now(endpoint.now_ms)))
        .unwrap()
        .unwrap();
    settle(&mut endpoint, &tablet);
    let summary = CacheRecord {
        key: "summary".to_owned(),
        group: None,
        scope: Some(GROUP),
        value: b"secret".to_vec(),
    };
    run(tablet.cache_put(vec![summary])).unwrap().unwrap();
    drop(tablet);
    let days = i64::from(LEASE_DAYS);
    let tablet = start(&memory, 11, at(days));
    assert!(!tablet.status(at(days)).withheld);
    assert_eq!(shown(&tablet, 2).len(), 1);
    drop(tablet);

    let late = days + 1;
    let tablet = start(&memory, 12, at(late));
    assert!(tablet.status(at(late)).withheld);
    assert_eq!(shown(&tablet, 2), []);
    let cached = run(tablet.cache_range("", "~", 10)).unwrap().unwrap();
    assert_eq!(cached, []);
    // The site's cases are there, and everything can be recorded; what waits to go out is shown.
    assert_eq!(shown(&tablet, 1).len(), 1);
    for deed in [deed(1, &["still"]), secret()] {
        run(tablet.record(&deed, None, at(late))).unwrap().unwrap();
    }
    assert_eq!((shown(&tablet, 1).len(), shown(&tablet, 2).len()), (2, 1));
    drop(tablet);

    // The clock put back, by the day and by years: it stays as it is.
    for (seed, day) in [(13, days), (14, 0), (15, -4_000)] {
        let tablet = start(&memory, seed, at(day));
        assert!(tablet.status(at(day)).withheld, "day {day}");
        assert_eq!(shown(&tablet, 2).len(), 1);
    }
    // The endpoint answers, whatever the tablet's clock shows.
    let tablet = start(&memory, 16, at(-4_000));
    endpoint.now_ms = START_MS + late * DAY_MS;
    let request = run(tablet.sync_request(256, at(-4_000))).unwrap().unwrap();
    let reply = endpoint.sync(&request.body, 256);
    let applied = run(tablet.apply(&reply, &request, at(-4_000))).unwrap();
    // What was derived while something of the case was not shown is derived anew.
    let touched = applied.unwrap().touched();
    assert!(touched.contains(&CaseId::from_random([2; 16])));
    assert!(!tablet.status(at(-4_000)).withheld);
    assert_eq!(shown(&tablet, 2).len(), 2);
}

#[test]
fn putting_the_clock_back_each_day_wins_no_day() {
    let (_, memory, tablet) = founded();
    drop(tablet);
    let mut used = 0;
    for seed in 20.. {
        // Each day the clock is put back to the first morning, and the app used until the evening.
        let tablet = start(&memory, seed, at(0));
        if tablet.status(at(0)).withheld {
            break;
        }
        run(tablet.pass(at(1))).unwrap().unwrap();
        used += 1;
        assert!(used < 100);
    }
    assert!(used <= i64::from(LEASE_DAYS) + 1, "{used} days");
}

#[test]
fn the_site_says_how_long_a_lease_is() {
    let (mut endpoint, memory, tablet) = founded();
    let mut site = endpoint.roster.site("YS").unwrap().clone();
    site.lease_days = Some(3);
    endpoint.state(Item::Site(site));
    settle(&mut endpoint, &tablet);
    drop(tablet);
    assert!(!start(&memory, 31, at(3)).status(at(3)).withheld);
    assert!(start(&memory, 32, at(4)).status(at(4)).withheld);
}

#[test]
fn an_auditor_reads_what_is_of_the_post_and_writes_nothing() {
    let (mut endpoint, memory, first) = founded();
    run(first.record(&deed(1, &["site"]), None, now(endpoint.now_ms)))
        .unwrap()
        .unwrap();
    settle(&mut endpoint, &first);
    drop(first);
    endpoint.state(Item::Staff(Staff {
        id: OTHER,
        name: "Auditor".to_owned(),
        posts: vec![Post {
            site: "YS".to_owned(),
            role: AUDITOR.to_owned(),
            department: None,
        }],
        retired: false,
    }));
    endpoint.signer = Signer::Person(OTHER);
    let auditor = sign_in(&mut endpoint, &memory, OTHER, 2);
    settle(&mut endpoint, &auditor);
    assert_eq!(shown(&auditor, 1).len(), 1);
    is_sent_nothing(&mut endpoint, &auditor);
    let at = now(endpoint.now_ms);
    let refused = run(auditor.record(&deed(1, &["mine"]), None, at)).unwrap();
    assert_eq!(refused, Err(RecordError::ReadsOnly));
}

#[test]
fn a_tablet_without_a_confidential_scope_never_asks_for_a_meeting() {
    let mut endpoint = Endpoint::new();
    let (memory, tablet) = join(&mut endpoint, 1);
    settle(&mut endpoint, &tablet);
    drop(tablet);
    assert!(!start(&memory, 41, at(400)).status(at(400)).withheld);
}
