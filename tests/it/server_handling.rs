//! A group that handles complaints by itself: what it writes lies sealed in the data folder, and an
//! administrator alone is sent none of it.

use std::path::{Path, PathBuf};

use acceptance::client::Client;
use acceptance::profile;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use record::roster::members::Consent;
use record::roster::{ADMINISTRATOR, Post};
use record::{CaseId, ScopeId, StaffId};
use serde_json::json;
use sync::memory::run;
use sync::wire::admin::{Ask, GroupSeen, PersonStated};
use sync::wire::{SYNC_PATH, SyncReply};

use crate::server_admin::{administrator, ask, done, officer_post, stated, view};
use crate::server_support::{
    AssertFault as _, Folder, Station, case_bytes, printed, refused, station_data,
};

const CASE: CaseId = CaseId::from_random([4; 16]);

/// What only the group may read.
const SECRET: &str = "承辦人收了紅包ZQXSECRET";
/// The same, in what the endpoint refuses.
const REFUSED: &str = "簽名不對的也是秘密ZQXREFUSED";
/// What everybody at the site may read.
const OPEN: &str = "樓道燈不亮ZQXOPEN";

/// Makes a group whose first member is the officer, on the first tablet.
const FOUND: [&str; 7] = [
    "admin",
    "found-group",
    "YS",
    "--member",
    "S01",
    "--tablet",
    "B1",
];

/// A station whose officer is the first member of a group, on the tablet `B1`.
struct Group {
    station: Station,
    member: Client,
    scope: ScopeId,
}

impl Group {
    fn new() -> Self {
        let station = Station::new();
        let member = station.endpoint.join("承辦");
        let data = text(&station_data(&station.folder));
        let said = printed(&[&FOUND[..], &["--data", &data]].concat());
        let scope = said.trim().strip_prefix("group  ").unwrap().parse();
        member.sync_all().unwrap();
        Self {
            station,
            member,
            scope: scope.unwrap(),
        }
    }

    fn data(&self) -> PathBuf {
        station_data(&self.station.folder)
    }

    /// The member writes something in the group's scope, or in the site's.
    fn writes(&self, scope: ScopeId, words: &str) {
        let body = json!({ "words": words }).as_object().unwrap().clone();
        let written = self
            .member
            .record_in(scope, CASE, Vec::new(), "officer", "noted", body);
        written.unwrap();
    }

    fn seen(&self, admin: &Client) -> GroupSeen {
        let groups = view(admin).groups;
        groups
            .into_iter()
            .find(|one| one.scope == self.scope)
            .unwrap()
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// Every file of a folder and of those in it.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.clone(), std::fs::read(path).unwrap()));
        }
    }
    found
}

/// Where words are found: as text, as pairs of bytes, and within base64 wherever they begin.
fn finds(files: &[(PathBuf, Vec<u8>)], words: &str) -> Option<PathBuf> {
    let coded = (0..3).map(|before| {
        let padded = [&[0; 3][..before], words.as_bytes()].concat();
        let code = STANDARD.encode(padded);
        // What stands beside the words decides the letters at both ends.
        code[4..code.len() - 4].to_owned()
    });
    let mut forms = coded.chain([words.to_owned()]);
    forms.find_map(|form| profile::find(files, &form).map(Path::to_path_buf))
}

/// An entry of the member's that is sent with another signature: it is refused and its bytes kept.
fn sends_refused(group: &Group) {
    group.writes(group.scope, REFUSED);
    let sent = group.member.request().unwrap();
    let mut request = sent.request.clone();
    let entry = request.entries.pop().unwrap();
    assert!(entry.contains(REFUSED));
    let mut lines: Vec<&str> = entry.lines().collect();
    let other = STANDARD.encode([7; 64]);
    lines[2] = &other;
    request.entries = vec![lines.join("\n") + "\n"];
    let body = serde_json::to_vec(&request).unwrap();
    let reply = group.member.post(SYNC_PATH, &body).unwrap();
    let reply: SyncReply = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(reply.refused.len(), 1);
}

#[test]
fn what_a_group_writes_lies_in_no_file_of_the_data_folder() {
    let mut group = Group::new();
    sends_refused(&group);
    group.writes(group.scope, SECRET);
    let site = group.member.site_scope().unwrap();
    group.writes(site, OPEN);
    group.member.sync_all().unwrap();
    let data = group.data();
    let out = group.station.folder.join("backup.db");
    printed(&["backup", "--data", &text(&data), "--out", &text(&out)]);
    let whole = |files: &[(PathBuf, Vec<u8>)]| {
        for words in [SECRET, REFUSED] {
            assert_eq!(finds(files, words), None, "{words}");
        }
        // The same search finds what lies open.
        assert!(finds(files, OPEN).is_some());
    };
    // With its log, while it runs; once it was killed; the backup by itself; and put back.
    whole(&files(&data));
    whole(&[(out.clone(), std::fs::read(&out).unwrap())]);
    group.station.endpoint.kill();
    whole(&files(&data));
    printed(&["restore", &text(&out), "--data", &text(&data)]);
    whole(&files(&data));

    // What goes out is byte for byte what came in.
    let exported = group.station.exported();
    let root = group.member.joined.root;
    assert_eq!(record::check::file(&exported, &root), []);
    let held = case_bytes(&group.member, CASE);
    assert_eq!(held.len(), 3);
    for (name, text) in &held {
        let entry = exported.entries.iter().find(|entry| entry.hash() == *name);
        assert_eq!(entry.unwrap().text(), text);
    }
    group.station.restart();
    let address = group.station.endpoint.address.clone();
    let mut other = group.station.endpoint.join("二號");
    other.address = address;
    let data = text(&data);
    let named = [
        "admin",
        "group",
        &group.scope.to_string(),
        "--tablet",
        "B2",
        "--data",
        &data,
    ];
    printed(&named);
    group
        .member
        .address
        .clone_from(&group.station.endpoint.address);
    group.member.sync_all().unwrap();
    let asks = group.member.tablet.roster().asks(
        &group.member.staff(crate::server_support::OFFICER).unwrap(),
        &group.member.joined.device,
    );
    lets_in(&group.member, &asks[0]);
    other.sync_all().unwrap();
    assert_eq!(case_bytes(&other, CASE), held);
}

#[test]
fn a_database_without_its_key_says_what_is_missing() {
    let mut group = Group::new();
    group.writes(group.scope, SECRET);
    group.member.sync_all().unwrap();
    let data = group.data();
    let backup = |name: &str, more: &[&str]| {
        let (data, out) = (text(&data), text(&group.station.folder.join(name)));
        printed(&[&["backup", "--data", &data, "--out", &out], more].concat());
        out
    };
    let (plain, keyed) = (
        backup("plain.db", &[]),
        backup("keyed.db", &["--with-keys"]),
    );
    // On a machine that has the copies of the two keys that there were before.
    let empty = Folder::new();
    let there = empty.join("data");
    std::fs::create_dir_all(&there).unwrap();
    for name in ["root.key", "scope.key"] {
        std::fs::copy(data.join(name), there.join(name)).unwrap();
    }
    let said = refused(&["restore", &plain, "--data", &text(&there)]);
    assert!(said.contains("handling.key is missing"), "{said}");
    assert!(!there.join("handling.key").exists());
    std::fs::copy(data.join("root.key"), there.join("handling.key")).unwrap();
    let said = refused(&["restore", &plain, "--data", &text(&there)]);
    assert!(said.contains("another handling.key"), "{said}");
    std::fs::remove_file(there.join("handling.key")).unwrap();
    printed(&["restore", &keyed, "--data", &text(&there)]);
    let key = |folder: &Path| std::fs::read(folder.join("handling.key")).unwrap();
    assert_eq!(key(&there), key(&data));
    // Where the endpoint itself has lost it.
    group.station.endpoint.kill();
    std::fs::remove_file(data.join("handling.key")).unwrap();
    let said = refused(&["code", "--data", &text(&data)]);
    assert!(said.contains("handling.key is missing"), "{said}");
    assert!(!data.join("handling.key").exists());
}

/// Asserts that a tablet and its person are sent nothing of a group, until nothing more comes.
fn is_sent_nothing(client: &Client, group: ScopeId) {
    for _ in 0..20 {
        let sent = client.request().unwrap();
        let reply = client.exchange(&sent).unwrap();
        let text = serde_json::to_string(&reply).unwrap();
        assert!(!text.contains(SECRET), "{text}");
        assert!(reply.keys.iter().all(|given| given.scope != group));
        assert!(reply.entries.iter().all(|item| item.scope != group));
        assert!(
            reply
                .cursors
                .iter()
                .all(|state| state.cursor.scope != group)
        );
        let applied = client.apply(&reply, &sent).unwrap();
        if !applied.more {
            assert!(!client.tablet.is_open(&group));
            assert_eq!(case_bytes(client, CASE), []);
            return;
        }
    }
    panic!("the sync does not come to an end");
}

/// Who has unlocked a tablet says that somebody may join.
fn lets_in(client: &Client, consent: &Consent) {
    let said = client.tablet.let_in(consent, "", acceptance::client::now());
    run(said).unwrap().unwrap();
    client.sync_all().unwrap();
}

fn code(admin: &Client, staff: StaffId) -> String {
    let made = done(admin, Ask::SignInCode { staff, hours: 1 }).made;
    made.unwrap().code
}

fn post(site: &str, role: &str) -> Post {
    Post {
        site: site.to_owned(),
        role: role.to_owned(),
        department: None,
    }
}

#[test]
fn an_administrator_alone_gets_not_a_byte_of_a_group() {
    let mut group = Group::new();
    let scope = group.scope;
    group.writes(scope, SECRET);
    group.member.sync_all().unwrap();
    let mut admin = administrator(&group.station.endpoint);
    let first = view(&admin);
    let me = first
        .people
        .iter()
        .find(|p| p.code == "系統管理員")
        .unwrap();
    let member = first.people.iter().find(|p| p.code == "S01").unwrap().staff;
    let me = me.staff;
    let propose = |admin: &Client, people: Vec<StaffId>| {
        let tablets = view(admin)
            .tablets
            .iter()
            .map(|tablet| tablet.device)
            .collect();
        done(
            admin,
            Ask::SetGroup {
                scope,
                people,
                tablets,
            },
        )
    };
    // By naming themselves, and by restating their posts.
    propose(&admin, vec![member, me]);
    is_sent_nothing(&admin, scope);
    let posts = vec![
        post("", ADMINISTRATOR),
        post("YS", "manager"),
        officer_post(),
    ];
    let restated = PersonStated {
        staff: Some(me),
        ..stated("系統管理員", posts)
    };
    done(&admin, Ask::SetPerson(restated));
    is_sent_nothing(&admin, scope);
    assert_eq!(group.seen(&admin).waiting, [me]);
    // By letting themselves in, by a second administrator, and by somebody whom they add.
    for name in ["第二位", "新來的"] {
        let role = if name == "第二位" {
            post("", ADMINISTRATOR)
        } else {
            officer_post()
        };
        let added = done(&admin, Ask::SetPerson(stated(name, vec![role])));
        let staff = added.people.iter().find(|p| p.name == name).unwrap().staff;
        propose(&admin, vec![member, me, staff]);
        let mut tablet = group.station.endpoint.join(name);
        tablet.sign_in(&code(&admin, staff), None).unwrap();
        propose(&admin, vec![member, me, staff]);
        is_sent_nothing(&tablet, scope);
        for (by, whom) in [
            (&admin, me),
            (&admin, staff),
            (&tablet, me),
            (&tablet, staff),
        ] {
            by.sync_all().unwrap();
            let of = if whom == me { &admin } else { &tablet };
            let waits = by.tablet.roster().waiting(&whom, &of.joined.device, &scope);
            lets_in(by, &waits.unwrap());
        }
        is_sent_nothing(&tablet, scope);
        is_sent_nothing(&admin, scope);
    }
    // In the member's name, by a code that they made, on their own tablet.
    let whose = code(&admin, member);
    admin.sign_in(&whose, None).unwrap();
    is_sent_nothing(&admin, scope);
    ask(&admin, 0, Ask::View).assert_fault(403, "no_administrator");
    admin.unlock(me).unwrap();
    let text = serde_json::to_string(&view(&admin)).unwrap();
    assert!(!text.contains(SECRET));
    // The member has it still. One word of theirs, and the administrator has it too.
    group.member.sync_all().unwrap();
    assert_eq!(case_bytes(&group.member, CASE).len(), 1);
    let device = admin.joined.device;
    propose(&admin, vec![member, me]);
    group.member.sync_all().unwrap();
    let consent = group.member.tablet.roster().waiting(&me, &device, &scope);
    lets_in(&group.member, &consent.unwrap());
    admin.sync_all().unwrap();
    assert_eq!(case_bytes(&admin, CASE).len(), 1);
    assert_eq!(group.seen(&admin).members.len(), 2);
    // A code for the member's own tablet opens nothing there.
    let whose = code(&admin, member);
    group.member.sign_in(&whose, None).unwrap();
    is_sent_nothing(&group.member, scope);
}

#[test]
fn no_request_makes_a_group_and_none_without_who_has_signed_in() {
    let station = Station::new();
    let admin = administrator(&station.endpoint);
    let unknown = Ask::SetGroup {
        scope: ScopeId::from_random([9; 16]),
        people: Vec::new(),
        tablets: Vec::new(),
    };
    ask(&admin, view(&admin).position, unknown).assert_fault(422, "not_done");
    // Nobody has signed in there who is to be the first member.
    let data = text(&station_data(&station.folder));
    let said = refused(&[&FOUND[..], &["--data", &data]].concat());
    assert!(said.contains("has signed in"), "{said}");
    assert!(view(&admin).groups.is_empty());
}

#[test]
fn the_lease_of_a_site_outlasts_a_site_file() {
    let station = Station::new();
    let admin = administrator(&station.endpoint);
    let lease = |days| Ask::SetLease {
        site: "YS".to_owned(),
        days,
    };
    ask(&admin, view(&admin).position, lease(0)).assert_fault(422, "not_done");
    done(&admin, lease(5));
    let renamed = crate::server_support::SITE.replace("雲杉花園服務站", "雲杉花園二站");
    std::fs::write(station.folder.join("renamed.csv"), renamed).unwrap();
    for (file, changed) in [("site.csv", "0"), ("renamed.csv", "1")] {
        let said = crate::server_support::import(&station.folder, file, &[]);
        assert!(
            said.contains(&format!("站點  new 0  changed {changed}")),
            "{said}"
        );
    }
    admin.sync_all().unwrap();
    let roster = admin.tablet.roster();
    let site = roster.site("YS").unwrap();
    assert_eq!(
        (site.name.as_str(), site.lease_days),
        ("雲杉花園二站", Some(5))
    );
}
