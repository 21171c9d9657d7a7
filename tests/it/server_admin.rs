//! Administration: the first administrator, people, tablets, and what happens to them.

use acceptance::client::{Client, join_request, random};
use acceptance::http::Reply;
use record::roster::{ADMINISTRATOR, Post};
use record::{CaseId, StaffId};
use serde_json::json;
use sync::wire::admin::{
    ADMIN_PATH, AdminReply, AdminRequest, Administered, Ask, PersonStated, Report,
};
use sync::wire::{Barred, PROTO};

use crate::server_support::{
    AssertFault as _, Endpoint, Folder, OFFICER, SITE, Station, dist, import, importing, note,
    printed, station_data,
};

/// What an administrator asks, as it is sent.
pub(crate) fn ask(tablet: &Client, seen: u64, ask: Ask) -> Reply {
    let request = AdminRequest {
        proto: PROTO,
        device: tablet.joined.device,
        seen,
        ask,
    };
    let body = serde_json::to_vec(&request).unwrap();
    tablet.post(ADMIN_PATH, &body).unwrap()
}

pub(crate) fn seen(reply: &Reply) -> AdminReply {
    assert_eq!(reply.status, 200, "{}", reply.text());
    serde_json::from_slice(&reply.body).unwrap()
}

pub(crate) fn view(tablet: &Client) -> AdminReply {
    seen(&ask(tablet, 0, Ask::View))
}

/// Asks on what was just looked at.
pub(crate) fn done(tablet: &Client, asked: Ask) -> AdminReply {
    let position = view(tablet).position;
    seen(&ask(tablet, position, asked))
}

/// A tablet on which the first administrator has signed in by the link.
pub(crate) fn administrator(endpoint: &Endpoint) -> Client {
    let link = endpoint.administrator.clone().unwrap();
    let value = |name: &str| {
        let pairs = link.split_once("/join#").unwrap().1.split('&');
        let mut pairs = pairs.filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).unwrap().1.to_owned()
    };
    let root = value("root");
    let client = Client::join(&endpoint.address, &value("join"), "管理", &value("sign-in"));
    let client = client.unwrap();
    assert_eq!(client.joined.root.fingerprint_digits(), root);
    client
}

#[test]
fn the_first_administrator_comes_by_a_link_and_it_is_gone_then() {
    let mut station = Station::new();
    let admin = administrator(&station.endpoint);
    let seen = view(&admin);
    assert_eq!(seen.sites.len(), 1);
    let person = seen.people.iter().find(|p| !p.tablets.is_empty()).unwrap();
    assert_eq!(person.posts[0].role, ADMINISTRATOR);
    assert!(person.posts[0].site.is_empty());
    // Of the site's scope, which others hold, an administrator is sent nothing.
    let site = admin.site_scope().unwrap();
    assert!(!admin.tablet.open_scopes().contains(&site));
    station.endpoint.kill();
    station.restart();
    assert_eq!(station.endpoint.administrator, None);
    // A site file has no say about who has no post at the site.
    let again = import(&station.folder, "site.csv", &[]);
    assert!(
        again.contains("人員  new 0  changed 0  gone 0  unchanged 2"),
        "{again}"
    );
}

#[test]
fn an_endpoint_without_a_site_is_administered_from_a_browser() {
    let folder = Folder::new();
    let endpoint = Endpoint::start(&station_data(&folder), &dist(&folder), &[]);
    let admin = administrator(&endpoint);
    assert_eq!(admin.joined.site, "");
    assert!(view(&admin).sites.is_empty());
    std::fs::write(folder.join("site.csv"), SITE).unwrap();
    import(&folder, "site.csv", &[]);
    let made = done(
        &admin,
        Ask::JoinCode {
            site: "YS".to_owned(),
        },
    );
    let code = made.made.unwrap();
    let key = record::keys::signing_key(&random());
    let join = serde_json::to_value(join_request(&code.code, &key, "前台")).unwrap();
    let joined = endpoint.post("/v1/join", &join);
    assert_eq!(joined.json()["site"], "YS", "{}", joined.text());
}

#[test]
fn a_site_file_knows_people_by_the_code_they_have_now() {
    let station = Station::new();
    let admin = administrator(&station.endpoint);
    done(&admin, Ask::SetPerson(stated("徐靜", vec![])));
    let officer = view(&admin).people;
    let officer = officer.iter().find(|p| p.name == OFFICER).unwrap();
    let renamed = PersonStated {
        staff: Some(officer.staff),
        code: "N01".to_owned(),
        ..stated(OFFICER, officer.posts.clone())
    };
    done(&admin, Ask::SetPerson(renamed));
    // The file names the code that somebody had: nobody is retired, and nobody is made twice.
    let old = importing(&station.folder, "site.csv", &[]);
    let said = String::from_utf8(old.stdout).unwrap();
    assert!(said.contains("this person's code is N01 now"), "{said}");
    let people = "人員  new 0  changed 0  gone 0  unchanged 1";
    assert!(
        said.contains(people) && said.contains("refused 1"),
        "{said}"
    );
    // By the new one they are who they were. Whoever has no post is left alone.
    std::fs::write(station.folder.join("site.csv"), SITE.replace("S01", "N01")).unwrap();
    let new = import(&station.folder, "site.csv", &[]);
    let people = "人員  new 0  changed 0  gone 0  unchanged 2";
    assert!(new.contains(people), "{new}");
    let seen = view(&admin).people;
    assert!(seen.iter().all(|person| !person.retired));
    let kept = seen.iter().find(|person| person.code == "N01").unwrap();
    assert_eq!(kept.staff, officer.staff);
}

pub(crate) fn stated(name: &str, posts: Vec<Post>) -> PersonStated {
    PersonStated {
        staff: None,
        code: name.to_owned(),
        name: name.to_owned(),
        posts,
        retired: false,
    }
}

pub(crate) fn officer_post() -> Post {
    Post {
        site: "YS".to_owned(),
        role: "officer".to_owned(),
        department: None,
    }
}

/// Somebody new, who has signed in on a new tablet with a code of the administrator's.
fn signed_in(station: &Station, admin: &Client) -> (StaffId, Client) {
    let added = done(admin, Ask::SetPerson(stated("徐靜", vec![officer_post()])));
    let person = added.people.iter().find(|p| p.name == "徐靜").unwrap();
    let staff = person.staff;
    let seen = done(admin, Ask::SignInCode { staff, hours: 2 });
    let made = seen.made.unwrap();
    assert_eq!(made.until_ms, Some(seen.now_ms + 2 * 3_600_000));
    let (address, join) = (&station.endpoint.address, &station.endpoint.code);
    let tablet = Client::join(address, join, "前台", &made.code).unwrap();
    (staff, tablet)
}

#[test]
fn a_person_is_added_signs_in_and_leaves() {
    let station = Station::new();
    let admin = administrator(&station.endpoint);
    let (staff, tablet) = signed_in(&station, &admin);
    let case = CaseId::from_random([7; 16]);
    note(&tablet, case, "見過面");
    tablet.sync_all().unwrap();
    let gone = PersonStated {
        staff: Some(staff),
        retired: true,
        ..stated("徐靜", vec![officer_post()])
    };
    note(&tablet, case, "離職後才上傳");
    let seen = done(&admin, Ask::SetPerson(gone));
    assert!(
        seen.log[0].ends && seen.log[0].what == "徐靜",
        "{:?}",
        seen.log[0]
    );
    assert_eq!(seen.log[0].by, "系統管理員");
    // Who made the code could have used it: the list says who did.
    let signed_in = |line: &&Administered| line.kind == "roster.key" && line.what.contains("徐靜");
    let signed_in = seen.log.iter().find(signed_in).unwrap();
    assert_eq!(
        (signed_in.by.as_str(), signed_in.ends),
        ("系統管理員", false)
    );
    tablet.sync_all().unwrap();
    let seen = view(&admin);
    assert_eq!(seen.aside.len(), 1);
    assert_eq!(seen.aside[0].reason, "person_revoked");
    assert_eq!(seen.aside[0].tablet, tablet.joined.code);
    // Nothing recorded is lost by it: both stand in the record.
    let kinds = station.exported();
    let notes = kinds.entries.iter().filter(|e| e.kind() == "noted").count();
    assert_eq!(notes, 2);
}

#[test]
fn whoever_signs_somebody_out_is_not_taken_for_who_made_their_code() {
    let station = Station::new();
    let admin = administrator(&station.endpoint);
    let (_, tablet) = signed_in(&station, &admin);
    let data = station_data(&station.folder);
    let at = format!("YS/{}", tablet.joined.code);
    let out = ["admin", "sign-out", "徐靜", &at, "--data"];
    printed(&[&out[..], &[data.to_str().unwrap()]].concat());
    let seen = view(&admin);
    let out = &seen.log[0];
    assert_eq!((out.kind.as_str(), out.ends), ("roster.key", true));
    assert_eq!(out.by, "");
}

#[test]
fn only_an_administrator_administers_and_sees() {
    let station = Station::new();
    let admin = administrator(&station.endpoint);
    let officer = station.endpoint.join("前台");
    ask(&officer, 0, Ask::View).assert_fault(403, "no_administrator");
    let position = view(&admin).position;
    let grab = Ask::SetPerson(stated("某人", vec![officer_post()]));
    ask(&officer, position, grab.clone()).assert_fault(403, "no_administrator");
    // The same request twice, and one on what is no longer so.
    seen(&ask(&admin, position, grab.clone()));
    ask(&admin, position, grab).assert_fault(409, "changed");
    let names = view(&admin).people;
    assert_eq!(names.iter().filter(|p| p.name == "某人").count(), 1);
}

#[test]
fn what_cannot_be_is_refused_in_words() {
    let station = Station::new();
    let admin = administrator(&station.endpoint);
    let position = view(&admin).position;
    let post = |site: &str, role: &str| Post {
        site: site.to_owned(),
        role: role.to_owned(),
        department: None,
    };
    let me = view(&admin).people;
    let me = me.iter().find(|p| !p.tablets.is_empty()).unwrap();
    let resign = PersonStated {
        staff: Some(me.staff),
        code: me.code.clone(),
        ..stated("x", vec![officer_post()])
    };
    let impossible = [
        Ask::SetPerson(stated("甲", vec![post("ZZ", "officer")])),
        Ask::SetPerson(stated("甲", vec![post("YS", "king")])),
        Ask::SetPerson(stated("甲", vec![post("", "officer")])),
        Ask::SetPerson(stated("甲", vec![post("YS", ADMINISTRATOR)])),
        Ask::SignInCode {
            staff: StaffId::from_random([1; 16]),
            hours: 1,
        },
        Ask::SignInCode {
            staff: me.staff,
            hours: 0,
        },
        Ask::JoinCode {
            site: "ZZ".to_owned(),
        },
        Ask::SignOut {
            staff: StaffId::from_random([1; 16]),
            tablet: admin.joined.device,
        },
    ];
    for asked in impossible {
        ask(&admin, position, asked).assert_fault(422, "not_done");
    }
    let coded = [
        (Ask::SetPerson(stated("", vec![])), "name"),
        (Ask::SetPerson(stated("甲\n乙", vec![])), "name"),
        (
            Ask::SetPerson(stated("S01", vec![officer_post()])),
            "code_taken",
        ),
        (Ask::SetPerson(resign), "last_administrator"),
        (
            Ask::NameTablet {
                tablet: admin.joined.device,
                name: " ".to_owned(),
            },
            "name",
        ),
        (
            Ask::RevokeTablet {
                tablet: admin.joined.device,
                wipe: true,
            },
            "own_tablet",
        ),
    ];
    for (asked, code) in coded {
        ask(&admin, position, asked).assert_fault(422, code);
    }
    assert_eq!(view(&admin).position, position);
}

#[test]
fn a_lost_tablet_sends_what_it_has_and_deletes_it() {
    let station = Station::new();
    let admin = administrator(&station.endpoint);
    let tablet = station.endpoint.join("前台");
    tablet.tablet.tell(Report {
        app: "0.1.0".to_owned(),
        ..Report::default()
    });
    tablet.sync_all().unwrap();
    let device = tablet.joined.device;
    let of = |seen: &AdminReply| {
        let mut tablets = seen.tablets.iter();
        tablets.find(|t| t.device == device).unwrap().clone()
    };
    let met = of(&view(&admin));
    assert!(met.complete_ms.is_some(), "{met:?}");
    let case = CaseId::from_random([8; 16]);
    note(&tablet, case, "丟失前的記錄");
    let seen = done(
        &admin,
        Ask::RevokeTablet {
            tablet: device,
            wipe: true,
        },
    );
    assert!(of(&seen).revoked && of(&seen).wiped_ms.is_none());
    // First what was not sent, then the word that it deletes, then it is told to.
    let first = tablet.sync().unwrap();
    assert!(
        first.acknowledged == 1 && first.more && !first.wipe,
        "{first:?}"
    );
    let last = tablet.sync().unwrap();
    assert!(last.wipe);
    let wiped = of(&view(&admin));
    assert!(wiped.wiped_ms.is_some());
    let back = Ask::RestoreTablet { tablet: device };
    let position = view(&admin).position;
    ask(&admin, position, back).assert_fault(422, "not_done");
    let texts = station.exported();
    assert!(
        texts
            .entries
            .iter()
            .any(|e| e.text().contains("丟失前的記錄"))
    );
}

#[test]
fn a_person_signed_out_of_a_tablet_is_not_known_there() {
    let station = Station::new();
    let admin = administrator(&station.endpoint);
    let tablet = station.endpoint.join("前台");
    let staff = tablet.staff(OFFICER).unwrap();
    let out = Ask::SignOut {
        staff,
        tablet: tablet.joined.device,
    };
    let seen = done(&admin, out);
    let officer = seen.people.iter().find(|p| p.name == OFFICER).unwrap();
    assert!(officer.tablets.is_empty());
    assert_eq!(tablet.sync().unwrap().barred, Some(Barred::Unknown));
}

#[test]
fn the_command_line_does_the_same() {
    let station = Station::new();
    let tablet = station.endpoint.join("前台");
    let data = station_data(&station.folder);
    let data = data.to_str().unwrap();
    let admin = |arguments: &[&str]| {
        let mut all = vec!["admin", "--data", data];
        all.extend(arguments);
        printed(&all)
    };
    admin(&[
        "person",
        "徐靜",
        "--role",
        "接單員",
        "--department",
        "客服部",
    ]);
    let seen = admin(&["view"]);
    assert!(
        seen.contains("person  徐靜  徐靜  YS/officer/客服部"),
        "{seen}"
    );
    let code = &tablet.joined.code;
    admin(&["tablet", code, "--name", "大堂"]);
    admin(&["tablet", code, "--revoke", "--wipe"]);
    admin(&["retire", "徐靜"]);
    let seen = admin(&["view"]);
    assert!(
        seen.contains("  大堂  ") && seen.contains("revoked, to be wiped"),
        "{seen}"
    );
    assert!(seen.contains("retired"), "{seen}");
    admin(&["tablet", code, "--restore"]);
    assert!(tablet.sync().is_ok_and(|applied| !applied.wipe));
    let json: serde_json::Value = serde_json::from_str(&admin(&["view", "--json"])).unwrap();
    assert_eq!(json["proto"], json!(1));
}

#[test]
fn a_second_site_is_added_on_purpose_and_keeps_to_itself() {
    let station = Station::new();
    let first = station.endpoint.join("前台");
    let second = SITE
        .replace("站點,YS,雲杉花園服務站", "站點,BH,碧湖灣服務站")
        .replace("S02,,,,,周建國", "S09,,,,,何麗華");
    std::fs::write(station.folder.join("bh.csv"), &second).unwrap();
    let refused = importing(&station.folder, "bh.csv", &[]);
    assert!(!refused.status.success());
    let told = import(&station.folder, "bh.csv", &["--new-site"]);
    // S01 works at both; nobody of the first site is gone by it.
    assert!(told.contains("~ 人員 S01"), "{told}");
    assert!(
        told.contains("+ 人員 S09") && !told.contains("- "),
        "{told}"
    );
    let again = import(&station.folder, "site.csv", &[]);
    assert!(
        again.contains("人員  new 0  changed 0  gone 0  unchanged 2"),
        "{again}"
    );
    assert!(
        again.contains("住戶  new 0  changed 0  gone 0  unchanged 1"),
        "{again}"
    );
    let key = record::keys::signing_key(&random());
    let join = serde_json::to_value(join_request(&station.endpoint.code, &key, "x")).unwrap();
    let join = station.endpoint.post("/v1/join", &join);
    join.assert_fault(409, "several_sites");
    let data = station_data(&station.folder);
    let code = printed(&["code", "--site", "BH", "--data", data.to_str().unwrap()]);
    let code = code.trim().strip_prefix("join code  ").unwrap().to_owned();
    let head = station.endpoint.sign_in_code("何麗華");
    let other = Client::join(&station.endpoint.address, &code, "碧湖", &head).unwrap();
    assert_eq!(other.joined.site, "BH");
    assert_eq!(other.site_entries().unwrap().len(), 3);
    // Neither holds a byte of the other's.
    assert!(other.site_scope().unwrap() != first.site_scope().unwrap());
    let of_first = first.site_scope().unwrap();
    assert!(!other.tablet.open_scopes().contains(&of_first));
}
