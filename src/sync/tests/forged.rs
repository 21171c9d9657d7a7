//! What somebody writes into a tablet's storage who has the keys of its scopes and not the
//! author's: a program that runs while another person uses the tablet.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod support;

use record::entry::Unsigned;
use record::keys::{self, SigningKey};
use record::roster::{Item, Staff};
use record::seal::{self, Place};
use record::verdict::{ADMIT, Reason, SET_ASIDE, Standing};
use record::{CaseId, Entry, ScopeId, StaffId};
use serde_json::{Value, json};
use support::{
    COMPANY_SCOPE, Endpoint, SITE_SCOPE, STAFF, TestTablet, deed, join, now, open, settle, shown,
};
use sync::memory::{Memory, run};
use sync::storage::{Batch, Durability, Put, Storage as _, Store};
use sync::tablet::{Stored, tips};
use sync::wire::RefuseReason;

const CASE: u8 = 1;

/// A tablet with an act that is sent and one that is not.
struct Desk {
    endpoint: Endpoint,
    memory: Memory,
    tablet: TestTablet,
}

impl Desk {
    fn new() -> Self {
        let mut endpoint = Endpoint::new();
        let (memory, tablet) = join(&mut endpoint, 1);
        for text in ["sent", "unsent"] {
            let at = now(endpoint.now_ms);
            run(tablet.record(&deed(CASE, &[text]), None, at))
                .unwrap()
                .unwrap();
            if text == "sent" {
                settle(&mut endpoint, &tablet);
            }
        }
        Self {
            endpoint,
            memory,
            tablet,
        }
    }

    fn case(&self) -> Vec<Stored> {
        let case = CaseId::from_random([CASE; 16]);
        run(self.tablet.case_entries(&case)).unwrap().unwrap()
    }

    /// An entry that follows `last`, as its author or as the endpoint, signed by neither.
    fn after(&self, last: &Entry, kind: &str, body: &Value, as_endpoint: bool) -> Entry {
        let mut header = last.header().clone();
        header.seq += 1;
        header.prev = Some(last.hash());
        header.kind = kind.to_owned();
        header.hlc.ms += 1;
        if as_endpoint {
            header.device = self.tablet.roster().endpoint();
            header.staff = None;
        }
        let body = body.as_object().unwrap();
        let unsigned = Unsigned::new(header, body, [3; 16]).unwrap();
        let signature = keys::sign(&stranger(), &unsigned.signed_bytes());
        unsigned.with_signature(&signature).unwrap()
    }

    /// Writes it where the tablet keeps its entries, and starts the app anew.
    fn plant(&mut self, entry: &Entry, scope: ScopeId, group: &str) {
        let header = entry.header();
        let key = format!("{}{:014x}{}", header.stream, header.seq, entry.hash());
        let place = Place {
            store: Store::Entries.name(),
            key: &key,
            scope: Some(scope),
        };
        let seal_key = self.endpoint.key_on(self.tablet.device(), scope);
        let sealed = seal::seal(&seal_key, &place, [7; 24], entry.text().as_bytes()).unwrap();
        let put = Put {
            store: Store::Entries,
            value: [scope.bytes().as_slice(), &sealed].concat(),
            group: Some(group.to_owned()),
            key,
        };
        let batch = Batch {
            expect: Vec::new(),
            put: vec![put],
            delete: Vec::new(),
            durability: Durability::Strict,
        };
        run(self.memory.commit(batch)).unwrap().unwrap();
        self.tablet = open(&self.memory, 77);
    }

    fn plant_in_case(&mut self, entry: &Entry) {
        let case = CaseId::from_random([CASE; 16]).to_string();
        self.plant(entry, SITE_SCOPE, &case);
    }
}

fn stranger() -> SigningKey {
    keys::signing_key(&[42; 32])
}

#[test]
fn an_entry_that_its_author_did_not_sign_is_shown_as_that() {
    let mut desk = Desk::new();
    let last = desk.case().pop().unwrap().entry;
    let forged = desk.after(&last, "noted", &json!({ "text": "forged" }), false);
    desk.plant_in_case(&forged);
    let case = desk.case();
    let standings: Vec<_> = case.iter().map(|one| &one.standing).collect();
    let aside = Standing::SetAside(Reason::BadSignature);
    assert_eq!(standings, [&Standing::Counts, &Standing::Counts, &aside]);
    // What is recorded now does not name it.
    assert_eq!(tips(&case), [last.hash(), case[0].entry.hash()]);
    // What is sound goes out, and the rest nobody takes.
    let at = now(desk.endpoint.now_ms);
    let sent = run(desk.tablet.sync_request(256, at)).unwrap().unwrap();
    let reply = desk.endpoint.sync(&sent.body, 256);
    let refused: Vec<_> = reply
        .refused
        .iter()
        .map(|one| (one.hash, &one.reason))
        .collect();
    assert_eq!(
        refused,
        [(Some(forged.hash()), &RefuseReason::BadSignature)]
    );
    let held = desk.endpoint.feed(&SITE_SCOPE);
    let held: Vec<_> = held.iter().map(Entry::hash).collect();
    assert_eq!(held, [case[0].entry.hash(), last.hash()]);
}

#[test]
fn a_verdict_that_nobody_signed_decides_nothing() {
    let mut desk = Desk::new();
    let last = desk.case().pop().unwrap().entry;
    let hash = last.hash().to_string();
    let said = json!({ "hash": hash, "reason": "fork" });
    let forged = desk.after(&last, SET_ASIDE, &said, true);
    desk.plant_in_case(&forged);
    let before: Vec<String> = shown(&desk.tablet, CASE)
        .into_iter()
        .map(|one| one.1)
        .collect();
    assert_eq!(before, ["Counts", "Counts", "SetAside(BadSignature)"]);
    // Nor does it let what is forged count.
    let admits = json!({ "hash": forged.hash().to_string() });
    let admitted = desk.after(&forged, ADMIT, &admits, false);
    desk.plant_in_case(&admitted);
    let after: Vec<String> = shown(&desk.tablet, CASE)
        .into_iter()
        .map(|one| one.1)
        .collect();
    let aside = "SetAside(BadSignature)";
    assert_eq!(after, ["Counts", "Counts", aside, aside]);
}

#[test]
fn a_statement_that_the_endpoint_did_not_sign_says_nothing() {
    let mut desk = Desk::new();
    let other = StaffId::from_random([8; 16]);
    let position = desk.tablet.roster().position() + 1;
    let person = Item::Staff(Staff {
        id: other,
        name: "Nobody".to_owned(),
        posts: Vec::new(),
        retired: false,
    });
    let entries = run(desk.tablet.roster_entries()).unwrap().unwrap();
    let last = entries.last().unwrap();
    let body = Value::Object(person.to_body(position));
    let forged = desk.after(last, person.kind(), &body, true);
    desk.plant(&forged, COMPANY_SCOPE, "roster");
    assert_eq!(run(desk.tablet.roster_entries()).unwrap().unwrap(), entries);
    let roster = desk.tablet.roster();
    assert!(roster.person(&other).is_none());
    assert!(roster.person(&STAFF).is_some());
    assert_eq!(roster.position(), position - 1);
}
