//! The protocol over real sockets: joining, signing in, tablets that meet.

use std::collections::BTreeSet;
use std::sync::Barrier;

use acceptance::client::{Client, join_request, random};
use record::keys;
use record::{CaseId, Entry, PublicKey, Unsigned};
use serde_json::{Value, json};
use sync::memory::run;
use sync::wire::admin::Ask;
use sync::wire::{
    Carried, JOIN_PATH, JoinReply, PERSON_SIGNATURE_HEADER, PROTO, RefuseReason, SIGN_IN_PATH,
    SYNC_PATH, SignInRequest, SyncReply,
};

use crate::server_admin::{administrator, done, view};
use crate::server_support::{
    AssertFault as _, Endpoint, OFFICER, Station, case_bytes, dist, doorstep, note, printed,
    station_data,
};

fn case() -> CaseId {
    CaseId::from_random(random())
}

#[test]
fn tablets_join_and_get_codes_that_are_never_used_again() {
    let station = Station::new();
    let endpoint = &station.endpoint;
    let key = keys::signing_key(&random());
    let request = json!(join_request(&endpoint.code.to_lowercase(), &key, "前台"));
    let first: JoinReply =
        serde_json::from_value(endpoint.post(JOIN_PATH, &request).json()).unwrap();
    assert_eq!((first.code.as_str(), first.site.as_str()), ("B1", "YS"));
    assert_eq!(first.root.fingerprint(), endpoint.fingerprint);
    assert_eq!(first.training, None);
    // The reply was lost: the same key is the same tablet.
    let again: JoinReply =
        serde_json::from_value(endpoint.post(JOIN_PATH, &request).json()).unwrap();
    assert_eq!((again.device, again.code), (first.device, first.code));
    assert_eq!(endpoint.join("二號").joined.code, "B2");
    let wrong = json!(join_request(
        "XXXX-XXXX",
        &keys::signing_key(&random()),
        "三號"
    ));
    for _ in 0..10 {
        endpoint.post(JOIN_PATH, &wrong).assert_fault(403, "code");
    }
    endpoint.post(JOIN_PATH, &wrong).assert_fault(429, "tries");
}

#[test]
fn nobody_writes_as_another_who_has_signed_in_on_the_same_tablet() {
    let station = Station::new();
    let endpoint = &station.endpoint;
    let tablet = endpoint.join("前台");
    let officer = tablet.tablet.person().unwrap();
    let head = tablet.staff("周建國").unwrap();
    // The station head signs in too, with a key that is at hand here.
    let key = keys::signing_key(&random());
    let request = SignInRequest {
        proto: PROTO,
        device: tablet.joined.device,
        code: endpoint.sign_in_code("周建國"),
        staff: None,
        public_key: PublicKey::of(&key),
    };
    let request = json!(request).to_string();
    let signed_in = tablet.post(SIGN_IN_PATH, request.as_bytes()).unwrap();
    assert_eq!(signed_in.status, 200, "{}", signed_in.text());
    let case = case();
    note(&tablet, case, "住戶來電");
    tablet.sync_all().unwrap();
    let mut held = run(tablet.tablet.case_entries(&case)).unwrap().unwrap();
    let last = held.remove(0).entry;
    let next_as = |staff| {
        let mut header = last.header().clone();
        header.seq += 1;
        header.prev = Some(last.hash());
        header.staff = Some(staff);
        header.roster = tablet.tablet.roster().position();
        let unsigned = Unsigned::new(header, &last.body(), random()).unwrap();
        let signature = keys::sign(&key, &unsigned.signed_bytes());
        unsigned.with_signature(&signature).unwrap()
    };
    let push = |entry: &Entry| -> SyncReply {
        let sent = tablet.request().unwrap();
        let mut request: Value = serde_json::from_str(&sent.body).unwrap();
        request["entries"] = json!([entry.text()]);
        let request = request.to_string();
        let reply = tablet.post(SYNC_PATH, request.as_bytes()).unwrap();
        serde_json::from_slice(&reply.body).unwrap()
    };
    let forged = push(&next_as(officer));
    let reasons: Vec<_> = forged.refused.iter().map(|one| &one.reason).collect();
    assert_eq!(reasons, [&RefuseReason::BadSignature]);
    let own = push(&next_as(head));
    assert!(own.refused.is_empty(), "{:?}", own.refused);
    let other = endpoint.join("後台");
    let authors: Vec<_> = run(other.tablet.case_entries(&case)).unwrap().unwrap();
    let authors = authors.iter().map(|one| one.entry.header().staff);
    let authors: BTreeSet<_> = authors.collect();
    assert_eq!(authors, BTreeSet::from([Some(officer), Some(head)]));
}

#[test]
fn codes_are_void_after_the_process_and_another_can_be_made() {
    let mut station = Station::new();
    let old = station.endpoint.code.clone();
    station.endpoint.kill();
    station.restart();
    let join = |code: &str| {
        let request = json!(join_request(code, &keys::signing_key(&random()), "x"));
        station.endpoint.post(JOIN_PATH, &request)
    };
    join(&old).assert_fault(403, "code");
    let data = station_data(&station.folder);
    let printed = crate::server_support::printed(&["code", "--data", data.to_str().unwrap()]);
    let code = printed.trim_end().strip_prefix("join code  ").unwrap();
    assert_eq!(join(code).status, 200);
    assert_eq!(join(&station.endpoint.code).status, 200);
}

#[test]
fn without_a_site_a_tablet_is_told_what_to_do() {
    let folder = crate::server_support::Folder::new();
    let endpoint = Endpoint::start(&station_data(&folder), &dist(&folder), &[]);
    let request = json!(join_request(
        &endpoint.code,
        &keys::signing_key(&random()),
        "x"
    ));
    endpoint
        .post(JOIN_PATH, &request)
        .assert_fault(409, "no_site");
    endpoint.stop();
}

#[test]
fn two_tablets_hold_the_same_bytes() {
    let station = Station::new();
    let (left, right) = (station.endpoint.join("左"), station.endpoint.join("右"));
    let case = case();
    note(&left, case, "第一筆");
    note(&left, case, "第二筆");
    left.sync_all().unwrap();
    right.sync_all().unwrap();
    note(&right, case, "第三筆");
    right.sync_all().unwrap();
    left.sync_all().unwrap();
    assert_eq!(case_bytes(&left, case).len(), 3);
    assert_eq!(case_bytes(&left, case), case_bytes(&right, case));
    let held = sync::memory::run(left.tablet.case_entries(&case))
        .unwrap()
        .unwrap();
    assert!(
        held.iter().all(|stored| stored.received_ms.is_some()),
        "each has a receipt"
    );
    let file = station.exported();
    let root = left.joined.root;
    assert_eq!(record::check::file(&file, &root), []);
}

#[test]
fn a_lost_reply_costs_nothing() {
    let station = Station::new();
    let tablet = station.endpoint.join("前台");
    let case = case();
    let name = note(&tablet, case, "回覆丟了");
    let lost = tablet.request().unwrap();
    tablet.exchange(&lost).unwrap();
    assert_eq!(tablet.unsent(), 1);
    // The very same request, then one made anew.
    tablet.exchange(&lost).unwrap();
    tablet.sync_all().unwrap();
    assert_eq!(tablet.unsent(), 0);
    let held = station.exported().entries;
    assert_eq!(held.iter().filter(|entry| entry.hash() == name).count(), 1);
    assert_eq!(
        held.iter()
            .filter(|entry| entry.header().case == Some(case))
            .count(),
        1
    );
}

#[test]
fn one_bad_entry_holds_up_no_other() {
    let station = Station::new();
    let tablet = station.endpoint.join("前台");
    let case = case();
    note(&tablet, case, "好的");
    let good = tablet.request().unwrap();
    let mut request = good.request.clone();
    let torn = request.entries[0].replace("好的", "壞的");
    request.entries.insert(0, torn);
    request.entries.push("no entry".to_owned());
    let mut forged: Vec<String> = request.entries[1].lines().map(str::to_owned).collect();
    forged[2] = keys::to_base64(&[0; 64]);
    request.entries.push(forged.join("\n") + "\n");
    // The forged one is the same entry by name, so it goes first to be judged by its signature.
    request.entries.swap(1, 3);
    let body = serde_json::to_vec(&request).unwrap();
    let reply = tablet.post(SYNC_PATH, &body).unwrap();
    let reply: sync::wire::SyncReply = serde_json::from_value(reply.json()).unwrap();
    let mut refused: Vec<_> = reply
        .refused
        .iter()
        .map(|refused| (refused.index, refused.reason.code()))
        .collect();
    refused.sort_unstable();
    assert_eq!(
        refused,
        [(0, "malformed"), (1, "bad_signature"), (2, "malformed")]
    );
    let held = station.exported().entries;
    assert_eq!(
        held.iter()
            .filter(|entry| entry.header().case == Some(case))
            .count(),
        1
    );
}

#[test]
fn an_entry_of_a_stranger_is_not_taken_and_its_request_neither() {
    let station = Station::new();
    let tablet = station.endpoint.join("前台");
    note(&tablet, case(), "x");
    let sent = tablet.request().unwrap();
    let endpoint = &station.endpoint;
    endpoint
        .send(&format!("POST {SYNC_PATH}"), &[], sent.body.as_bytes())
        .assert_fault(401, "unsigned");
    let mut stranger = tablet;
    stranger.key = keys::signing_key(&random());
    let reply = stranger.post(SYNC_PATH, sent.body.as_bytes()).unwrap();
    reply.assert_fault(401, "unsigned");
    assert!(
        station
            .exported()
            .entries
            .iter()
            .all(|entry| entry.header().case.is_none())
    );
}

#[test]
fn a_sign_in_code_is_one_persons_on_one_tablet_for_a_while() {
    let station = Station::new();
    let endpoint = &station.endpoint;
    let code = endpoint.sign_in_code(OFFICER);
    let address = &endpoint.address;
    let mut first = Client::join(address, &endpoint.code, "前台", &code).unwrap();
    let officer = first.tablet.person().unwrap();
    assert_eq!(first.staff(OFFICER).unwrap(), officer);
    // After a lost answer the same tablet may use it again; no other one may.
    first.sign_in(&code.to_lowercase(), None).unwrap();
    let refused = |outcome: anyhow::Result<()>| {
        let error = outcome.unwrap_err().to_string();
        assert!(
            error.starts_with("403:") && error.contains("sign-in"),
            "{error}"
        );
    };
    refused(Client::join(address, &endpoint.code, "二號", &code).map(drop));
    let mut second = endpoint.join("二號");
    refused(second.sign_in(&code, None));
    refused(second.sign_in("XXXX-XXXX", None));
    // Who it is does not do in the place of a code.
    refused(second.sign_in("", Some(officer)));
    let data = station_data(&station.folder);
    let data = data.to_str().unwrap();
    let none = doorstep(&["sign-in", OFFICER, "--hours", "0", "--data", data]);
    assert!(!none.status.success());
    let by_code = printed(&["sign-in", "S01", "--data", data]);
    assert!(
        by_code.trim_end().ends_with(&format!("  {OFFICER}  S01")),
        "{by_code}"
    );
    let unknown = doorstep(&["sign-in", "nobody", "--data", data]);
    assert!(!unknown.status.success() && unknown.stdout.is_empty());
    let all = printed(&["sign-in", "--data", data]);
    assert_eq!(all.lines().count(), 2, "{all}");
}

#[test]
fn without_a_persons_signature_nothing_is_sent_and_everything_is_taken() {
    let station = Station::new();
    let tablet = station.endpoint.join("前台");
    let noted = note(&tablet, case(), "x");
    let sent = tablet.request().unwrap();
    let body = sent.body.replace(&sent.request.nonce, &"0".repeat(32));
    let headers = tablet.headers(SYNC_PATH, body.as_bytes());
    let [device, signature, person, _] = headers
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let forged = (PERSON_SIGNATURE_HEADER, signature.1);
    for headers in [
        &[device, signature][..],
        &[device, signature, person, forged],
    ] {
        let head = format!("POST {SYNC_PATH}");
        let reply = station.endpoint.send(&head, headers, body.as_bytes());
        assert_eq!(reply.status, 200, "{}", reply.text());
        let reply: SyncReply = serde_json::from_slice(&reply.body).unwrap();
        assert!(reply.entries.is_empty() && reply.cursors.is_empty() && reply.keys.is_empty());
        assert!(reply.removed_scopes.is_empty());
    }
    let kept = station.exported().entries;
    assert!(kept.iter().any(|entry| entry.hash() == noted));
}

#[test]
fn many_push_at_once_and_a_reader_sees_no_gap() {
    const TABLETS: usize = 4;
    const NOTES: usize = 8;
    let station = Station::new();
    let endpoint = &station.endpoint;
    let reader = endpoint.join("讀");
    let barrier = Barrier::new(TABLETS);
    let case = case();
    std::thread::scope(|scope| {
        for number in 0..TABLETS {
            let barrier = &barrier;
            scope.spawn(move || {
                let tablet = endpoint.join(&format!("{number}"));
                barrier.wait();
                for nth in 0..NOTES {
                    note(&tablet, case, &format!("{number}-{nth}"));
                    tablet.sync().unwrap();
                }
                tablet.sync_all().unwrap();
            });
        }
        let mut seen = BTreeSet::new();
        while seen.len() < TABLETS * NOTES {
            let sent = reader.request().unwrap();
            let reply = reader.exchange(&sent).unwrap();
            for cursor in &sent.request.cursors {
                let items = reply
                    .entries
                    .iter()
                    .filter(|item| item.scope == cursor.scope);
                for (step, item) in (1..).zip(items) {
                    assert_eq!(item.feed, cursor.feed + step, "a gap in the feed");
                    if let Carried::Entry(text) = &item.carried {
                        let entry = Entry::parse(text.as_bytes()).unwrap();
                        if entry.header().case == Some(case) {
                            assert!(seen.insert(entry.hash()), "twice");
                        }
                    }
                }
            }
            reader.apply(&reply, &sent).unwrap();
        }
    });
    assert_eq!(case_bytes(&reader, case).len(), TABLETS * NOTES);
}

#[test]
fn an_endpoint_at_2099_sets_nothing_aside_and_what_it_took_stays() {
    let station = Station::new();
    let mut admin = administrator(&station.endpoint);
    let mut early = station.endpoint.join("前台");
    let staff = early.staff(OFFICER).unwrap();
    let mut named = vec![note(&early, case(), "之前")];
    early.sync_all().unwrap();
    let Station { endpoint, folder } = station;
    endpoint.stop();
    let data = station_data(&folder);
    let clock = ["--clock", "2099-01-01T00:00:00Z"];
    let endpoint = Endpoint::start(&data, &dist(&folder), &clock);
    for tablet in [&mut admin, &mut early] {
        tablet.address.clone_from(&endpoint.address);
    }
    let made = done(&admin, Ask::SignInCode { staff, hours: 2 }).made;
    let code = made.unwrap().code;
    let late = Client::join(&endpoint.address, &endpoint.code, "二號", &code).unwrap();
    for tablet in [&early, &late] {
        // The second is written by a tablet that has met 2099.
        for words in ["之中", "之中再"] {
            named.push(note(tablet, case(), words));
            tablet.sync_all().unwrap();
        }
    }
    assert_eq!(view(&admin).aside, []);
    let told = endpoint.get("/v1/health", &[]).json();
    assert!(told["time_ms"].as_i64().unwrap() >= 4_070_908_800_000);
    endpoint.stop();
    // Its clock is put right: a tablet that has not met 2099 works as if nothing had been.
    let endpoint = Endpoint::start(&data, &dist(&folder), &[]);
    admin.address.clone_from(&endpoint.address);
    let third = endpoint.join("三號");
    named.push(note(&third, case(), "之後"));
    third.sync_all().unwrap();
    assert_eq!(view(&admin).aside, []);
    let station = Station { endpoint, folder };
    let held = station.exported().entries;
    for name in &named {
        assert!(held.iter().any(|entry| entry.hash() == *name));
    }
}
