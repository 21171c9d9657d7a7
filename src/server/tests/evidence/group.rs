//! Files with entries of a group: the consents that let their authors into it are in them.

use std::sync::LazyLock;

use record::entry::Unsigned;
use record::evidence::{Contents, Fault};
use record::header::{FORMAT, Header};
use record::keys::{SigningKey, signing_key};
use record::roster::members::{CONSENT, Consent};
use record::roster::{Device, Item, Key, Post, Scope, ScopeKind, Staff};
use record::{CaseId, DeviceId, Entry, Hash, Hlc, PublicKey, ScopeId, StaffId, StreamId};
use serde_json::{Map, Value, json};
use server::api::push::take_all;
use server::evidence::gather;
use server::ledger::Ledger;
use server::random::Random;
use server::store::Tx;
use server::training;

use super::{Folder, Made, run};

const GROUP: ScopeId = ScopeId::from_random([41; 16]);
const TABLET: DeviceId = DeviceId::from_random([42; 16]);
/// Who was there first, who was let in, and who was let in by that person.
const MEMBERS: [StaffId; 3] = [
    StaffId::from_random([51; 16]),
    StaffId::from_random([52; 16]),
    StaffId::from_random([53; 16]),
];
/// A member who wrote nothing of the case, and let in nobody who did.
const OTHER: StaffId = StaffId::from_random([54; 16]);

fn key_of(staff: StaffId) -> SigningKey {
    signing_key(&[staff.bytes()[0]; 32])
}

/// States something in the roster.
async fn state(ledger: &mut Ledger<'_, impl Tx>, item: Item) {
    let stated = ledger.write_roster(vec![(item, Map::new())]);
    stated.await.unwrap();
}

/// An entry of a person, in a stream of its own.
async fn wrote(
    ledger: &mut Ledger<'_, impl Tx>,
    staff: StaffId,
    (scope, case): (ScopeId, Option<CaseId>),
    (kind, body): (&str, Value),
) -> Entry {
    let stream = ledger.random().bytes().unwrap();
    let now_ms = ledger.now_ms();
    let header = Header {
        format: FORMAT,
        case,
        scope,
        stream: StreamId::from_random(stream),
        seq: 1,
        prev: None,
        after: Vec::new(),
        hlc: Hlc::default(),
        wall_ms: now_ms,
        clock: None,
        endpoint_ms: None,
        roster: ledger.roster.position(),
        staff: Some(staff),
        role: "officer".to_owned(),
        device: TABLET,
        kind: kind.to_owned(),
        deed: None,
        again: None,
        body_hash: Hash::ZERO,
        app: String::new(),
    };
    let unsigned = Unsigned::new(header, body.as_object().unwrap(), [7; 16]).unwrap();
    let entry = unsigned.signed_by(&key_of(staff)).unwrap();
    let refused = take_all(ledger, &[(0, entry.clone())]).await.unwrap();
    assert_eq!(refused, []);
    entry
}

/// A member lets in whoever waits.
async fn let_in(ledger: &mut Ledger<'_, impl Tx>, by: StaffId) {
    let company = ledger.company();
    for asked in ledger.roster.asks(&by, &TABLET) {
        let body = serde_json::to_value(asked).unwrap();
        wrote(ledger, by, (company, None), (CONSENT, body)).await;
        assert!(ledger.roster.is_member(&asked.staff, &TABLET, &GROUP));
    }
}

/// The group with these named for it.
fn group(members: &[StaffId], founding: bool) -> Item {
    Item::Scope(Scope {
        id: GROUP,
        kind: ScopeKind::Handling,
        site: None,
        roles: Vec::new(),
        added: members.to_vec(),
        excluded: Vec::new(),
        devices: vec![TABLET],
        founding,
    })
}

/// A case of which the last of [`MEMBERS`] wrote something for the group alone.
static MADE: LazyLock<Made> = LazyLock::new(made);

fn made() -> Made {
    let folder = Folder::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (root, mut tx, case) = super::erased::opened(&folder).await;
        let (random, now) = (Random::system(), training::START_MS);
        let mut ledger = Ledger::open(&mut tx, &root, &random, now).await.unwrap();
        let site = ledger.roster.sites().next().unwrap().code.clone();
        let post = Post {
            site: site.clone(),
            role: "officer".to_owned(),
            department: None,
        };
        let tablet = Device {
            id: TABLET,
            code: "B9".to_owned(),
            site,
            name: "B9".to_owned(),
            public_key: PublicKey::of(&signing_key(&[2; 32])),
            revoked: false,
            wipe: false,
        };
        state(&mut ledger, Item::Device(tablet)).await;
        for staff in MEMBERS.into_iter().chain([OTHER]) {
            let person = Staff {
                id: staff,
                name: staff.to_string(),
                posts: vec![post.clone()],
                retired: false,
            };
            state(&mut ledger, Item::Staff(person)).await;
            let key = Key {
                staff,
                device: TABLET,
                public_key: PublicKey::of(&key_of(staff)),
                revoked: false,
                by: None,
            };
            state(&mut ledger, Item::Key(key)).await;
        }
        let [first, second, third] = MEMBERS;
        state(&mut ledger, group(&[first], true)).await;
        for (by, all) in [
            (first, &[first, second][..]),
            (second, &[first, second, third]),
            (third, &[first, second, third, OTHER]),
        ] {
            state(&mut ledger, group(all, false)).await;
            let_in(&mut ledger, by).await;
        }
        let words = json!({"words": "for the group alone"});
        wrote(&mut ledger, third, (GROUP, Some(case)), ("noted", words)).await;
        let include = ["handling".to_owned()];
        let gathered = gather(ledger.tx, &root, case, &include, now).await;
        let gathered = gathered.unwrap();
        Made {
            text: gathered.to_file(&root).unwrap(),
            root,
            gathered,
        }
    })
}

#[test]
fn the_file_shows_who_let_its_authors_in_and_nobody_else() {
    let made = &*MADE;
    assert_eq!(made.check(made.text.as_bytes()).findings, []);
    let (ok, said) = run(made.text.as_bytes(), &made.key());
    assert!(ok && said.ends_with("sound\n"), "{said}");
    let consents = &made.gathered.contents.consents;
    let let_in = consents
        .iter()
        .map(|entry| Consent::of(entry).unwrap().staff);
    assert_eq!(let_in.collect::<Vec<_>>(), [MEMBERS[2], MEMBERS[1]]);
    assert!(!made.gathered.contents.roster.iter().any(|stated| {
        let staff = stated.kind() == "roster.staff";
        staff && stated.text().contains(&OTHER.to_string())
    }));
}

#[test]
fn an_author_whom_nobody_let_in_is_told() {
    let made = &*MADE;
    let without = |change: fn(&mut Contents)| {
        let text = made.resealed(change);
        let faults = made.check(text.as_bytes()).findings;
        let faults = faults.into_iter().map(|found| found.what);
        faults.collect::<Vec<_>>()
    };
    let own = without(|contents| drop(contents.consents.remove(0)));
    assert_eq!(own, [Fault::NotAMember]);
    let of_who_let_them_in = without(|contents| drop(contents.consents.remove(1)));
    assert_eq!(of_who_let_them_in, [Fault::NotAMember]);
    let unplaced = without(|c| c.roster.retain(|entry| entry.kind() != "roster.joining"));
    assert_eq!(unplaced, [Fault::NotAMember]);
}

#[test]
fn what_is_no_consent_is_found_among_them() {
    let made = &*MADE;
    let act = made.gathered.contents.entries[0].clone();
    let found = made.faults(|contents| contents.consents.push(act));
    assert_eq!(found, [Fault::Consent]);
    let swapped = made.faults(|contents| {
        let [one, two] = &contents.consents[..] else {
            unreachable!("there are two")
        };
        let sign = |entry: &Entry| entry.text().lines().nth(2).unwrap().to_owned();
        let text = one.text().replace(&sign(one), &sign(two));
        contents.consents[0] = Entry::parse(text.as_bytes()).unwrap();
    });
    assert!(swapped.contains(&Fault::Consent), "{swapped:?}");
}
