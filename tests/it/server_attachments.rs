//! Photos: sent in parts as they lie, held once they are on the disk, given to who may read their
//! scope, and put back with a backup.

use std::process::Command;

use acceptance::client::{Client, random};
use record::{Attachment, CaseId, ScopeId};
use serde_json::json;
use sync::memory::run;
use sync::wire::PROTO;
use sync::wire::attachment::{
    BROKEN_ATTACHMENT, GET_PATH, LACKING_PATH, LackingReply, NAMES_MAX, Named, PART_BYTES,
    PUT_PATH, PutReply,
};

use crate::server_support::{AssertFault as _, Station, printed, refused, station_data};

/// Content of several parts that no compression makes smaller.
fn content(parts: usize) -> Vec<u8> {
    let blocks = 0..parts * PART_BYTES / 32;
    blocks.flat_map(|_| random::<32>()).collect()
}

fn case() -> CaseId {
    CaseId::from_random(random())
}

#[test]
fn a_photo_of_several_parts_reaches_another_tablet_whole() {
    let station = Station::new();
    let (first, second) = (station.endpoint.join("前台"), station.endpoint.join("二號"));
    let content = content(2);
    let (_, of) = first.record_photo(case(), &content).unwrap();
    assert!(first.tablet.is_pending(&of));
    let nothing = second.fetch(of).unwrap_err().to_string();
    assert!(nothing.contains("no_attachment"), "{nothing}");
    first.sync_all().unwrap();
    assert!(!first.tablet.is_pending(&of));
    assert_eq!(second.fetch(of).unwrap().content(), content);
    // It lies there from then on.
    let held = run(second.tablet.attachment(&of)).unwrap().unwrap();
    assert_eq!(held.unwrap().content(), content);
}

#[test]
fn parts_that_arrived_are_not_sent_again() {
    let mut station = Station::new();
    let mut tablet = station.endpoint.join("前台");
    let (_, of) = tablet.record_photo(case(), &content(3)).unwrap();
    tablet.sync().unwrap();
    let part = |tablet: &Client, part| {
        let request = tablet.part(of, part).unwrap();
        tablet.ask::<PutReply>(PUT_PATH, &request).unwrap().next
    };
    assert_eq!(part(&tablet, 0), Some(1));
    assert_eq!(part(&tablet, 2), Some(1), "the one between is missing");
    assert_eq!(part(&tablet, 0), Some(1), "twice does no harm");
    station.endpoint.kill();
    station.restart();
    tablet.address.clone_from(&station.endpoint.address);
    let ask = tablet.tablet.lacking_request().unwrap();
    let reply: LackingReply = tablet.ask(LACKING_PATH, &ask).unwrap();
    assert_eq!(reply.lacking[0].next, 1);
    assert_eq!(
        part(&tablet, 1),
        Some(3),
        "the seal makes a fourth part of three"
    );
    assert_eq!(part(&tablet, 3), None);
    let ask = tablet.tablet.lacking_request().unwrap();
    let reply: LackingReply = tablet.ask(LACKING_PATH, &ask).unwrap();
    assert_eq!(reply.lacking, []);
}

#[test]
fn what_is_not_the_photo_is_not_taken() {
    let station = Station::new();
    let (tablet, other) = (station.endpoint.join("前台"), station.endpoint.join("二號"));
    let (_, of) = tablet.record_photo(case(), b"photo").unwrap();
    tablet.sync().unwrap();
    let request = tablet.part(of, 0).unwrap();
    let send = |tablet: &Client, change: &dyn Fn(&mut serde_json::Value)| {
        let mut request = serde_json::to_value(&request).unwrap();
        request["device"] = json!(tablet.joined.device);
        change(&mut request);
        let body = serde_json::to_vec(&request).unwrap();
        tablet.post(PUT_PATH, &body).unwrap()
    };
    // Under another name, as another's, altered.
    let other_name = Attachment::new([1; 16], b"photo").name();
    let broken: [&dyn Fn(&mut serde_json::Value); 3] = [
        &|r| r["attachment"]["name"] = json!(other_name),
        &|r| r["owner"] = json!(other.joined.device),
        &|r| r["bytes"] = json!("AAAA"),
    ];
    for change in broken {
        send(&tablet, change).assert_fault(422, BROKEN_ATTACHMENT);
    }
    let malformed: [(&str, serde_json::Value); 5] = [
        ("part", json!(1)),
        ("parts", json!(0)),
        ("parts", json!(18)),
        ("bytes", json!("?")),
        ("bytes", json!("")),
    ];
    for (field, value) in malformed {
        send(&tablet, &|r| r[field] = value.clone()).assert_fault(400, "malformed");
    }
    let names = vec![of; NAMES_MAX + 1];
    let many = json!({
        "proto": PROTO, "device": tablet.joined.device, "owner": tablet.joined.device,
        "attachments": names,
    });
    let many = tablet.post(LACKING_PATH, &serde_json::to_vec(&many).unwrap());
    many.unwrap().assert_fault(413, "too_much");
    // Carried by another tablet, as from a rescue file.
    let taken: PutReply = serde_json::from_slice(&send(&other, &|_| ()).body).unwrap();
    assert_eq!(taken.next, None);
    tablet.upload().unwrap();
    assert!(!tablet.tablet.is_pending(&of));
}

#[test]
fn a_photo_is_given_to_who_may_read_its_scope_and_to_nobody_else() {
    let station = Station::new();
    let tablet = station.endpoint.join("前台");
    let (_, of) = tablet.record_photo(case(), b"photo").unwrap();
    tablet.sync_all().unwrap();
    assert!(tablet.fetch(of).is_ok());
    // By its name in another scope.
    let elsewhere = Named {
        scope: ScopeId::from_random([9; 16]),
        ..of
    };
    let refused = tablet.fetch(elsewhere).unwrap_err().to_string();
    assert!(refused.contains("no_attachment"), "{refused}");
    // Without the person's signature, and without the tablet's.
    let request = serde_json::to_vec(&tablet.tablet.get_request(of, 0)).unwrap();
    let headers = tablet.headers(GET_PATH, &request);
    let device: Vec<(&str, &str)> = headers[..2].iter().map(|(n, v)| (*n, v.as_str())).collect();
    let head = format!("POST {GET_PATH}");
    let locked = station.endpoint.send(&head, &device, &request);
    locked.assert_fault(404, "no_attachment");
    let nobody = station.endpoint.send(&head, &[], &request);
    nobody.assert_fault(401, "unsigned");
}

#[test]
fn a_backup_carries_photos_and_those_after_it_come_back() {
    let mut station = Station::new();
    let mut tablet = station.endpoint.join("前台");
    let (_, before) = tablet.record_photo(case(), b"before").unwrap();
    tablet.sync_all().unwrap();
    let data = station_data(&station.folder).display().to_string();
    let out = station.folder.join("backup.db").display().to_string();
    let said = printed(&["backup", "--data", &data, "--out", &out]);
    assert!(said.contains("attachments  1"), "{said}");
    let (_, after) = tablet.record_photo(case(), b"after").unwrap();
    tablet.sync_all().unwrap();
    station.endpoint.kill();
    std::fs::remove_dir_all(station_data(&station.folder).join("attachments")).unwrap();
    // A key that is missing is said to be, and not that the photos were damaged.
    let key = station_data(&station.folder).join("handling.key");
    let kept = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    let said = refused(&["restore", &out, "--data", &data]);
    assert!(said.contains("handling.key is missing"), "{said}");
    std::fs::write(&key, kept).unwrap();
    let said = printed(&["restore", &out, "--data", &data]);
    assert!(said.contains("attachments  1"), "{said}");
    station.restart();
    tablet.address.clone_from(&station.endpoint.address);
    assert_eq!(tablet.fetch(before).unwrap().content(), b"before");
    // With the new epoch it asks about everything that lies on it.
    for _ in 0..2 {
        tablet.sync_all().unwrap();
    }
    assert_eq!(tablet.fetch(after).unwrap().content(), b"after");
}

#[test]
fn a_case_is_shown_with_its_photos_to_others() {
    let station = Station::new();
    let tablet = station.endpoint.join("前台");
    let case = case();
    let data = station_data(&station.folder).display().to_string();
    let out = station.folder.join("evidence.html").display().to_string();
    let number = "YS26-B3-0001";
    let accepted = json!({
        "number": number, "procedure": "property", "procedure_hash": "", "received": 0,
        "details": {},
    });
    let serde_json::Value::Object(body) = accepted else {
        return;
    };
    tablet
        .record(case, Vec::new(), "officer", "accepted", body)
        .unwrap();
    tablet.record_photo(case, b"photo").unwrap();
    tablet.sync_all().unwrap();
    printed(&["evidence", "--data", &data, "--case", number, "--out", &out]);
    let page = std::fs::read_to_string(&out).unwrap();
    assert!(
        page.contains("src=\"data:image/jpeg;base64,cGhvdG8=\""),
        "no photo"
    );
    let said = printed(&["verify", &out]);
    assert!(said.contains("photos     1"), "{said}");
    let root = record::keys::to_base64(tablet.joined.root.bytes());
    let commands = include_str!("../../docs/evidence.md")
        .split("```sh\n")
        .nth(1);
    let commands = commands
        .and_then(|block| block.split("```").next())
        .unwrap();
    let checked = |commands: &str| {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", commands])
            .env("FILE", &out)
            .env("ROOT", &root);
        String::from_utf8(shell.output().unwrap().stdout).unwrap()
    };
    assert_eq!(checked(commands), "sound\n");
    // Another picture in its place: the seal finds it, and by itself the picture's own name.
    let other = page.replacen("cGhvdG8=", "cGhvdHA=", 1);
    let report = record::evidence::check(other.as_bytes(), Some(&tablet.joined.root));
    let photo = |f: &record::evidence::Finding| f.what == record::evidence::Fault::Photo;
    assert!(report.findings.iter().any(photo), "{:?}", report.findings);
    std::fs::write(&out, other).unwrap();
    let sealed = "wrong 'the file was altered after it was made'";
    assert!(commands.contains(sealed));
    let said = checked(&commands.replace(sealed, ":"));
    assert!(said.contains("another picture"), "{said}");
}
