//! Who is a member of a `handling` scope: nobody by the administrator's word alone.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use record::header::{FORMAT, Header};
use record::keys::{self, SigningKey};
use record::roster::members::{CONSENT, Consent, Joining};
use record::roster::{ADMINISTRATOR, Device, Item, Key, Post, Scope, ScopeKind, Staff};
use record::{DeviceId, Entry, Hash, Hlc, PublicKey, Roster, ScopeId, StaffId, StreamId, Unsigned};
use serde_json::{Map, Value};

const GROUP: ScopeId = ScopeId::from_random([4; 16]);
const FIRST: StaffId = StaffId::from_random([11; 16]);
const SECOND: StaffId = StaffId::from_random([12; 16]);
const ADMIN: StaffId = StaffId::from_random([13; 16]);
const OTHER_ADMIN: StaffId = StaffId::from_random([14; 16]);
/// The group's tablet, and one of its administrator.
const TABLET: DeviceId = DeviceId::from_random([21; 16]);
const ADMIN_TABLET: DeviceId = DeviceId::from_random([22; 16]);

fn key(seed: u8) -> SigningKey {
    keys::signing_key(&[seed; 32])
}

fn post(site: &str, role: &str) -> Post {
    Post {
        site: site.to_owned(),
        role: role.to_owned(),
        department: None,
    }
}

/// A roster with a group whose first member is `FIRST` on `TABLET`.
struct Made {
    roster: Roster,
    scope: Scope,
    entries: u8,
}

impl Made {
    fn new() -> Self {
        let scope = Scope {
            id: GROUP,
            kind: ScopeKind::Handling,
            site: Some("YS".to_owned()),
            roles: vec!["group".to_owned()],
            added: vec![FIRST],
            excluded: Vec::new(),
            devices: vec![TABLET],
            founding: true,
        };
        let mut made = Self {
            roster: Roster::new(PublicKey::of(&key(1))),
            scope,
            entries: 0,
        };
        for (device, code) in [(TABLET, "B1"), (ADMIN_TABLET, "B2")] {
            made.state(Item::Device(Device {
                id: device,
                code: code.to_owned(),
                site: "YS".to_owned(),
                name: code.to_owned(),
                public_key: PublicKey::of(&key(2)),
                revoked: false,
                wipe: false,
            }));
        }
        for staff in [FIRST, SECOND] {
            made.person(staff, vec![post("YS", "officer")]);
        }
        for staff in [ADMIN, OTHER_ADMIN] {
            made.person(staff, vec![post("", ADMINISTRATOR)]);
        }
        made.sign_in(FIRST, TABLET, 31);
        made.state(Item::Scope(made.scope.clone()));
        made.scope.founding = false;
        made
    }

    fn state(&mut self, item: Item) {
        assert!(self.roster.set(self.roster.position() + 1, item));
    }

    fn person(&mut self, id: StaffId, posts: Vec<Post>) {
        self.state(Item::Staff(Staff {
            id,
            name: String::new(),
            posts,
            retired: false,
        }));
    }

    fn sign_in(&mut self, staff: StaffId, device: DeviceId, seed: u8) {
        self.state(Item::Key(Key {
            staff,
            device,
            public_key: PublicKey::of(&key(seed)),
            revoked: false,
            by: None,
        }));
    }

    /// The administrator names these people and tablets for the group.
    fn propose(&mut self, people: &[StaffId], tablets: &[DeviceId]) {
        self.scope.added = people.to_vec();
        self.scope.devices = tablets.to_vec();
        self.state(Item::Scope(self.scope.clone()));
    }

    /// A person says on a tablet that somebody may join; the endpoint places it where it counts.
    fn says(&mut self, (by, on): (StaffId, DeviceId), consent: Consent) -> bool {
        let entry = self.said((by, on), consent);
        self.roster.apply(&entry).unwrap();
        let joining = self.roster.joining_by(&entry.hash());
        if let Some(joining) = joining {
            self.state(Item::Joining(joining));
        }
        joining.is_some()
    }

    fn said(&mut self, from: (StaffId, DeviceId), consent: Consent) -> Entry {
        let Ok(Value::Object(body)) = serde_json::to_value(consent) else {
            unreachable!("a struct is an object")
        };
        self.wrote(from, &body)
    }

    fn wrote(&mut self, (by, on): (StaffId, DeviceId), body: &Map<String, Value>) -> Entry {
        self.entries += 1;
        let header = Header {
            format: FORMAT,
            case: None,
            scope: ScopeId::from_random([1; 16]),
            stream: StreamId::from_random([self.entries; 16]),
            seq: 1,
            prev: None,
            after: Vec::new(),
            hlc: Hlc::default(),
            wall_ms: 0,
            clock: None,
            endpoint_ms: None,
            roster: self.roster.position(),
            staff: Some(by),
            role: String::new(),
            device: on,
            kind: CONSENT.to_owned(),
            deed: None,
            again: None,
            body_hash: Hash::ZERO,
            app: String::new(),
        };
        let unsigned = Unsigned::new(header, body, [self.entries; 16]).unwrap();
        unsigned.signed_by(&key(99)).unwrap()
    }

    /// Asks every member to let this person in, and so says `by`.
    fn lets_in(&mut self, by: (StaffId, DeviceId), staff: StaffId, device: DeviceId) -> bool {
        let asked = self.roster.waiting(&staff, &device, &GROUP);
        asked.is_some_and(|consent| self.says(by, consent))
    }

    fn opens(&self, staff: StaffId, device: DeviceId) -> bool {
        let sent = self.roster.scopes_open_to(&device, &staff).contains(&GROUP);
        assert!(!sent || self.roster.keeps(&device, &GROUP));
        sent
    }
}

#[test]
fn the_first_members_are_named_when_the_group_is_made_and_no_others() {
    let mut made = Made::new();
    assert!(made.opens(FIRST, TABLET));
    // Named again or signed in elsewhere: by the founding they have the keys of then.
    made.propose(&[FIRST], &[TABLET, ADMIN_TABLET]);
    made.sign_in(FIRST, ADMIN_TABLET, 32);
    assert!(made.opens(FIRST, TABLET));
    assert!(!made.opens(FIRST, ADMIN_TABLET));
    // A statement that is no founding one makes nobody a first member.
    let mut late = Made::new();
    late.roster = Roster::new(PublicKey::of(&key(1)));
    late.person(FIRST, Vec::new());
    late.sign_in(FIRST, TABLET, 31);
    late.state(Item::Scope(late.scope.clone()));
    assert!(late.roster.named_at(&FIRST, &GROUP, late.roster.position()));
    assert!(!late.roster.is_member(&FIRST, &TABLET, &GROUP));
}

#[test]
fn a_person_joins_by_two_entries_and_from_the_second_on() {
    let mut made = Made::new();
    made.sign_in(SECOND, TABLET, 33);
    assert_eq!(made.roster.waiting(&SECOND, &TABLET, &GROUP), None);
    made.propose(&[FIRST, SECOND], &[TABLET]);
    assert!(!made.opens(SECOND, TABLET));
    let asks = made.roster.asks(&FIRST, &TABLET);
    assert_eq!(asks.len(), 1);
    assert_eq!(made.roster.asks(&SECOND, &TABLET), []);
    // Meanwhile that person knows what they wait for, and whom to ask.
    assert_eq!(made.roster.waits_for(&SECOND, &TABLET), [GROUP]);
    assert_eq!(made.roster.waits_for(&FIRST, &TABLET), []);
    assert_eq!(made.roster.members(&GROUP), [FIRST]);
    let proposed = made.roster.position();
    assert!(made.says((FIRST, TABLET), asks[0]));
    assert!(made.opens(SECOND, TABLET));
    assert!(!made.roster.member_at(&SECOND, &TABLET, &GROUP, proposed));
    assert_eq!(made.roster.asks(&FIRST, &TABLET), []);
    assert_eq!(made.roster.waits_for(&SECOND, &TABLET), []);
    assert_eq!(made.roster.members(&GROUP), [FIRST, SECOND]);
    // Who has come in lets others in, also after those who let them in have left.
    made.propose(&[SECOND, ADMIN], &[TABLET]);
    assert!(made.opens(SECOND, TABLET) && !made.opens(FIRST, TABLET));
    made.sign_in(ADMIN, TABLET, 34);
    assert!(!made.lets_in((FIRST, TABLET), ADMIN, TABLET));
    assert!(made.lets_in((SECOND, TABLET), ADMIN, TABLET));
    assert!(made.opens(ADMIN, TABLET));
}

#[test]
fn administrators_alone_get_nothing_of_a_group() {
    let mut made = Made::new();
    let all = [TABLET, ADMIN_TABLET];
    // Themselves, by name and by post; a second administrator; somebody whom they have invented.
    let invented = StaffId::from_random([15; 16]);
    made.person(invented, vec![post("YS", "group")]);
    made.person(ADMIN, vec![post("", ADMINISTRATOR), post("YS", "group")]);
    made.propose(&[FIRST, ADMIN, OTHER_ADMIN, invented], &all);
    for (staff, seed) in [(ADMIN, 41), (OTHER_ADMIN, 42), (invented, 43)] {
        for (device, more) in [(TABLET, 0), (ADMIN_TABLET, 10)] {
            made.sign_in(staff, device, seed + more);
            assert!(!made.opens(staff, device));
        }
    }
    // They let each other in, and themselves.
    for by in [ADMIN, OTHER_ADMIN, invented] {
        for staff in [ADMIN, OTHER_ADMIN, invented] {
            assert!(!made.lets_in((by, ADMIN_TABLET), staff, ADMIN_TABLET));
        }
    }
    // In the name of a member, with a code for signing in that they made: elsewhere, and then on
    // the member's own tablet, where the member's key is the older one. The member sees where.
    let signs_on = |made: &Made| {
        let keys = made.roster.signs_with(&FIRST).into_iter();
        keys.map(|key| key.device).collect::<Vec<_>>()
    };
    assert_eq!(signs_on(&made), [TABLET]);
    made.sign_in(FIRST, ADMIN_TABLET, 61);
    assert_eq!(signs_on(&made), [TABLET, ADMIN_TABLET]);
    assert!(!made.opens(FIRST, ADMIN_TABLET));
    assert!(!made.lets_in((FIRST, ADMIN_TABLET), ADMIN, ADMIN_TABLET));
    assert!(made.opens(FIRST, TABLET));
    made.sign_in(FIRST, TABLET, 62);
    assert!(!made.opens(FIRST, TABLET));
    assert!(!made.roster.keeps(&TABLET, &GROUP));
    assert!(!made.roster.keeps(&ADMIN_TABLET, &GROUP));
    // A word of the root's without a member's entry counts for nothing.
    let nothing = Joining {
        consent: Hash::of(b"no entry"),
    };
    made.state(Item::Joining(nothing));
    assert!(!made.opens(ADMIN, ADMIN_TABLET));
}

#[test]
fn whoever_was_named_no_longer_in_between_is_let_in_anew() {
    let mut made = Made::new();
    made.propose(&[FIRST, SECOND], &[TABLET]);
    made.sign_in(SECOND, TABLET, 33);
    assert!(made.lets_in((FIRST, TABLET), SECOND, TABLET));
    for gone in [vec![FIRST], vec![]] {
        made.propose(&gone, &[TABLET]);
        made.propose(&[FIRST, SECOND], &[TABLET]);
        assert!(!made.opens(SECOND, TABLET));
    }
    assert!(!made.opens(FIRST, TABLET), "the first member too");
    assert!(!made.lets_in((FIRST, TABLET), SECOND, TABLET));
    // Retired, and back by the administrator's word.
    let mut made = Made::new();
    let person = made.roster.person(&FIRST).unwrap().clone();
    made.state(Item::Staff(Staff {
        retired: true,
        ..person.clone()
    }));
    made.state(Item::Staff(person));
    assert!(!made.opens(FIRST, TABLET));
}

#[test]
fn a_forgotten_pin_needs_another_member() {
    let mut made = Made::new();
    made.propose(&[FIRST, SECOND], &[TABLET]);
    made.sign_in(SECOND, TABLET, 33);
    assert!(made.lets_in((FIRST, TABLET), SECOND, TABLET));
    made.sign_in(FIRST, TABLET, 34);
    assert!(!made.opens(FIRST, TABLET));
    // What was said of the older key says nothing of this one.
    let asked = made.roster.waiting(&FIRST, &TABLET, &GROUP).unwrap();
    let older = Consent {
        public_key: PublicKey::of(&key(31)),
        ..asked
    };
    assert!(!made.says((SECOND, TABLET), older));
    assert_eq!(made.roster.asks(&SECOND, &TABLET), [asked]);
    assert!(made.says((SECOND, TABLET), asked));
    assert!(made.opens(FIRST, TABLET));
}

#[test]
fn a_consent_that_cannot_be_read_says_nothing_and_stops_nothing() {
    let mut made = Made::new();
    let entry = made.wrote((SECOND, TABLET), &Map::new());
    assert!(!made.roster.apply(&entry).unwrap());
    assert_eq!(made.roster.joining_by(&entry.hash()), None);
}

#[test]
fn the_roster_is_the_same_in_whatever_order_its_entries_come() {
    let mut made = Made::new();
    made.sign_in(SECOND, TABLET, 33);
    made.propose(&[FIRST, SECOND], &[TABLET]);
    let asked = made.roster.waiting(&SECOND, &TABLET, &GROUP).unwrap();
    let entry = made.said((FIRST, TABLET), asked);
    let joining = Joining {
        consent: entry.hash(),
    };
    made.state(Item::Joining(joining));
    assert!(!made.opens(SECOND, TABLET), "the consent is not there yet");
    assert!(made.roster.apply(&entry).unwrap());
    assert!(made.opens(SECOND, TABLET));
    assert!(!made.roster.apply(&entry).unwrap());
}
