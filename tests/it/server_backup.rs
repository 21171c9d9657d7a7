//! Backups made while the endpoint runs, put back over it, and databases swapped by hand.

use std::collections::BTreeSet;
use std::path::Path;

use acceptance::client::{Client, random};
use record::{CaseId, Hash};

use crate::server_support::{
    Folder, OFFICER, Station, case_bytes, dist, note, printed, refused, station_data,
};

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// What is recorded on a station's tablets, and how the endpoint is asked.
struct Day {
    station: Station,
    case: CaseId,
    written: BTreeSet<Hash>,
}

impl Day {
    fn new() -> Self {
        Self {
            station: Station::new(),
            case: CaseId::from_random(random()),
            written: BTreeSet::new(),
        }
    }

    fn note(&mut self, tablet: &Client, words: &str) {
        self.written.insert(note(tablet, self.case, words));
    }

    fn data(&self) -> String {
        text(&station_data(&self.station.folder))
    }

    fn backup(&self, name: &str, more: &[&str]) -> String {
        let (data, out) = (self.data(), self.file(name));
        let mut arguments = vec!["backup", "--data", &data, "--out", &out];
        arguments.extend(more);
        printed(&arguments);
        out
    }

    fn file(&self, name: &str) -> String {
        text(&self.station.folder.join(name))
    }

    fn restart(&mut self, tablets: &mut [&mut Client]) {
        self.station.restart();
        for tablet in tablets {
            tablet.address.clone_from(&self.station.endpoint.address);
        }
    }

    /// Everything that was ever recorded is at the endpoint, and on each tablet the same.
    fn assert_whole(&self, tablets: &[&Client]) {
        for _ in 0..2 {
            for tablet in tablets {
                tablet.sync_all().unwrap();
            }
        }
        let held = self.station.exported().entries;
        let of_case = held.iter().filter(|e| e.header().case == Some(self.case));
        let names: BTreeSet<Hash> = of_case.map(record::Entry::hash).collect();
        assert_eq!(names, self.written);
        for tablet in tablets {
            let bytes = case_bytes(tablet, self.case);
            assert_eq!(bytes.len(), self.written.len());
            assert_eq!(bytes, case_bytes(tablets[0], self.case));
            assert_eq!(tablet.unsent(), 0);
        }
        let file = self.station.exported();
        assert_eq!(record::check::file(&file, &tablets[0].joined.root), []);
    }
}

fn epoch(tablet: &Client) -> String {
    tablet.exchange(&tablet.request().unwrap()).unwrap().epoch
}

#[test]
fn a_backup_of_the_day_before_put_back_loses_nothing() {
    let mut day = Day::new();
    let mut first = day.station.endpoint.join("前台");
    day.note(&first, "備份之前");
    first.sync_all().unwrap();
    let before = epoch(&first);
    let backup = day.backup("yesterday.db", &[]);
    // Acknowledged after the backup, on a tablet and by a person's key that the backup lacks too.
    day.note(&first, "備份之後");
    first.sync_all().unwrap();
    let mut second = day.station.endpoint.join("二號");
    day.note(&second, "二號的");
    second.sync_all().unwrap();
    first.sync_all().unwrap();
    // Shown as saved, sent by nobody yet.
    day.note(&first, "還沒送出");
    day.note(&second, "也沒送出");
    let unused = day.station.endpoint.sign_in_code(OFFICER);

    let data = day.data();
    let running = refused(&["restore", &backup, "--data", &data]);
    assert!(running.contains("stop the endpoint first"), "{running}");
    day.station.endpoint.kill();
    let said = printed(&["restore", &backup, "--data", &data]);
    let former = said
        .lines()
        .find_map(|line| line.strip_prefix("former database  "));
    let former = Path::new(former.unwrap()).join("doorstep.db");
    assert!(former.is_file(), "{said}");
    assert!(
        !station_data(&day.station.folder)
            .join("restore.new")
            .exists()
    );

    day.restart(&mut [&mut first, &mut second]);
    assert_ne!(epoch(&first), before);
    day.assert_whole(&[&first, &second]);
    assert!(
        first.sign_in(&unused, None).is_err(),
        "a code made before is void"
    );
    // The former database is whole: it could be put back in its turn.
    day.station.endpoint.kill();
    printed(&["restore", &text(&former), "--data", &data]);
    day.restart(&mut [&mut first, &mut second]);
    day.assert_whole(&[&first, &second]);
}

#[test]
fn a_tablet_that_joined_after_the_backup_comes_back_by_itself() {
    let mut day = Day::new();
    let backup = day.backup("yesterday.db", &[]);
    let mut tablet = day.station.endpoint.join("前台");
    day.note(&tablet, "備份之後");
    tablet.sync_all().unwrap();
    day.note(&tablet, "還沒送出");
    day.station.endpoint.kill();
    printed(&["restore", &backup, "--data", &day.data()]);
    day.restart(&mut [&mut tablet]);
    // It is told that nobody knows it, and shows how it joined with the next request.
    let unknown = tablet.sync().unwrap_err().to_string();
    assert!(unknown.contains("unknown_device"), "{unknown}");
    day.assert_whole(&[&tablet]);
}

#[test]
fn a_backup_made_while_tablets_send_is_complete_at_one_moment() {
    const NOTES: usize = 30;
    let mut day = Day::new();
    let mut tablet = day.station.endpoint.join("前台");
    std::thread::scope(|scope| {
        let station = &day.station;
        let making = scope.spawn(|| {
            let (data, folder) = (station_data(&station.folder), &station.folder);
            for number in 0..3 {
                let out = folder.join(&format!("{number}.db"));
                printed(&["backup", "--data", &text(&data), "--out", &text(&out)]);
            }
        });
        for number in 0..NOTES {
            day.written
                .insert(note(&tablet, day.case, &number.to_string()));
            tablet.sync().unwrap();
        }
        making.join().unwrap();
    });
    day.station.endpoint.kill();
    for number in 0..3 {
        // Putting one back checks each entry, digest and receipt.
        let file = day.file(&format!("{number}.db"));
        printed(&["restore", &file, "--data", &day.data()]);
    }
    day.restart(&mut [&mut tablet]);
    day.assert_whole(&[&tablet]);
}

#[test]
fn a_database_swapped_by_hand_begins_a_new_epoch() {
    let mut day = Day::new();
    let mut tablet = day.station.endpoint.join("前台");
    let before = epoch(&tablet);
    let backup = day.backup("old.db", &[]);
    day.note(&tablet, "換回之後沒有");
    tablet.sync_all().unwrap();
    // An endpoint that is started again is in the epoch that it was in.
    day.station.endpoint.kill();
    day.restart(&mut [&mut tablet]);
    assert_eq!(epoch(&tablet), before);
    day.station.endpoint.kill();
    let database = station_data(&day.station.folder).join("doorstep.db");
    for log in ["-wal", "-shm"] {
        let _none = std::fs::remove_file(format!("{}{log}", database.display()));
    }
    std::fs::copy(&backup, &database).unwrap();
    day.restart(&mut [&mut tablet]);
    assert_ne!(epoch(&tablet), before);
    day.assert_whole(&[&tablet]);
    day.backup("next.db", &[]);
}

#[test]
fn a_backup_that_is_copied_into_its_place_is_taken_for_one() {
    let mut day = Day::new();
    let mut tablet = day.station.endpoint.join("前台");
    let before = epoch(&tablet);
    let backup = day.backup("keyed.db", &["--with-keys"]);
    day.note(&tablet, "換回之後沒有");
    tablet.sync_all().unwrap();
    day.station.endpoint.kill();
    let data = station_data(&day.station.folder);
    // Nothing is left that would tell how far the database had come.
    for gone in ["doorstep.db-wal", "doorstep.db-shm", "doorstep.mark"] {
        let _none = std::fs::remove_file(data.join(gone));
    }
    std::fs::copy(&backup, data.join("doorstep.db")).unwrap();
    day.restart(&mut [&mut tablet]);
    assert_ne!(epoch(&tablet), before);
    day.assert_whole(&[&tablet]);
    let secret = std::fs::read(data.join("root.key")).unwrap();
    let next = std::fs::read(day.backup("next.db", &[])).unwrap();
    let secret = secret.trim_ascii_end();
    assert!(!next.windows(secret.len()).any(|window| window == secret));
}

#[test]
fn keys_are_in_a_backup_only_where_asked_for() {
    let mut day = Day::new();
    let mut tablet = day.station.endpoint.join("前台");
    day.note(&tablet, "鑰匙");
    tablet.sync_all().unwrap();
    // As one that serves in a network without internet has it.
    let authority = station_data(&day.station.folder).join("ca.pem");
    std::fs::write(&authority, "names doorstep.lan\n").unwrap();
    let (plain, keyed) = (
        day.backup("plain.db", &[]),
        day.backup("keyed.db", &["--with-keys"]),
    );
    let data = station_data(&day.station.folder);
    let secrets = ["root.key", "scope.key"].map(|name| std::fs::read(data.join(name)).unwrap());
    let holds = |file: &Path| {
        let bytes = std::fs::read(file).unwrap();
        secrets.clone().map(|secret| {
            let secret = secret.trim_ascii_end();
            bytes.windows(secret.len()).any(|window| window == secret)
        })
    };
    assert_eq!(holds(plain.as_ref()), [false; 2]);
    assert_eq!(holds(keyed.as_ref()), [true; 2]);

    // On a machine that has nothing.
    let empty = Folder::new();
    let there = empty.join("data");
    let said = refused(&["restore", &plain, "--data", &text(&there)]);
    assert!(said.contains("root.key is missing"), "{said}");
    assert!(!there.join("root.key").exists());
    printed(&["restore", &keyed, "--data", &text(&there)]);
    assert_eq!(holds(&there.join("doorstep.db")), [false; 2]);
    for (name, secret) in ["root.key", "scope.key"].iter().zip(&secrets) {
        assert_eq!(&std::fs::read(there.join(name)).unwrap(), secret);
    }
    let moved_authority = std::fs::read(there.join("ca.pem")).unwrap();
    assert_eq!(moved_authority, std::fs::read(&authority).unwrap());
    day.station.endpoint.kill();
    let moved = crate::server_support::Endpoint::start(&there, &dist(&empty), &[]);
    tablet.address.clone_from(&moved.address);
    day.note(&tablet, "搬家之後");
    tablet.sync_all().unwrap();
    assert_eq!(tablet.unsent(), 0);
}

#[test]
fn what_is_no_sound_backup_of_this_endpoint_changes_nothing() {
    let mut day = Day::new();
    let mut tablet = day.station.endpoint.join("前台");
    day.note(&tablet, "這一句要被改");
    tablet.sync_all().unwrap();
    let before = epoch(&tablet);
    let good = day.backup("good.db", &[]);
    let data = day.data();
    let again = refused(&["backup", "--data", &data, "--out", &good]);
    assert!(again.contains("nothing is overwritten"), "{again}");
    day.station.endpoint.kill();
    let bytes = std::fs::read(&good).unwrap();
    let words = "這一句要被改".as_bytes();
    let at = bytes
        .windows(words.len())
        .position(|window| window == words);
    let mut altered = bytes.clone();
    altered[at.unwrap()..][..3].copy_from_slice("那".as_bytes());
    let files: [(&str, &[u8]); 4] = [
        ("altered.db", &altered),
        ("cut.db", &bytes[..bytes.len() / 2]),
        ("empty.db", b""),
        ("text.db", b"no database at all"),
    ];
    for (name, bytes) in files {
        let file = day.file(name);
        std::fs::write(&file, bytes).unwrap();
        refused(&["restore", &file, "--data", &data]);
    }
    refused(&["restore", &day.file("missing.db"), "--data", &data]);
    let other = Day::new();
    let foreign = other.backup("foreign.db", &["--with-keys"]);
    let said = refused(&["restore", &foreign, "--data", &data]);
    assert!(
        said.contains("root.key is another than the backup's"),
        "{said}"
    );
    let foreign = other.backup("foreign-plain.db", &[]);
    let said = refused(&["restore", &foreign, "--data", &data]);
    assert!(said.contains("another root key"), "{said}");
    assert!(!day.station.folder.join("data/restore.new").exists());
    day.restart(&mut [&mut tablet]);
    assert_eq!(epoch(&tablet), before);
    day.assert_whole(&[&tablet]);
}

#[test]
fn a_folder_without_its_keys_does_not_get_new_ones() {
    let mut day = Day::new();
    day.station.endpoint.kill();
    let data = station_data(&day.station.folder);
    for name in ["root.key", "scope.key", "handling.key"] {
        let kept = std::fs::read(data.join(name)).unwrap();
        std::fs::remove_file(data.join(name)).unwrap();
        let said = refused(&["code", "--data", &text(&data)]);
        assert!(said.contains(&format!("{name} is missing")), "{said}");
        assert!(!data.join(name).exists());
        std::fs::write(data.join(name), kept).unwrap();
    }
    let kept = std::fs::read(data.join("scope.key")).unwrap();
    std::fs::copy(data.join("root.key"), data.join("scope.key")).unwrap();
    let said = refused(&["code", "--data", &text(&data)]);
    assert!(said.contains("another scope.key"), "{said}");
    std::fs::write(data.join("scope.key"), kept).unwrap();
    day.restart(&mut []);
}

/// The commands of the operator's page, in their order, with the endpoint stopped.
#[test]
fn the_commands_of_the_operators_page_do_what_it_says() {
    let mut day = Day::new();
    let mut tablet = day.station.endpoint.join("前台");
    day.note(&tablet, "運維");
    let leak = note(&tablet, CaseId::from_random(random()), "不該寫的");
    tablet.sync_all().unwrap();
    day.station.endpoint.kill();
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operating.md");
    let page = std::fs::read_to_string(page).unwrap();
    let blocks: Vec<&str> = page.split("```sh\n").skip(1).collect();
    let commands = blocks.iter().map(|rest| rest.split("```").next().unwrap());
    let commands: Vec<&str> = commands.filter(|text| !text.contains("serve")).collect();
    assert!(commands.len() >= 4);
    let program = crate::server_support::binary();
    for command in commands {
        let run = std::process::Command::new("sh")
            .args([
                "-e",
                "-c",
                &format!("alias doorstep='{}'\n{command}", program.display()),
            ])
            .envs([("ENTRY", leak.to_string()), ("REASON", "多寫了".to_owned())])
            .current_dir(day.station.folder.join(""))
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{command}: {error}");
    }
    day.restart(&mut [&mut tablet]);
    day.assert_whole(&[&tablet]);
}
