//! Erasure: what was said is gone from the endpoint's folder and from tablets, stays gone when a
//! backup of before is put back, and leaves a record that checks.

use std::path::{Path, PathBuf};

use acceptance::client::{Client, random};
use record::verdict::Standing;
use record::{CaseId, Entry, Hash, check};
use sync::memory::run;

use crate::server_support::{Station, note, printed, refused, station_data};

/// What nobody was to write down.
const WORDS: &str = "鄰居的電話是六六八八一二三四";
/// The content of a photo that nobody was to take.
const PICTURE: &[u8] = b"not a picture of the leak in the ceiling";

/// The files under a folder, but those of databases that were put aside.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for one in std::fs::read_dir(folder).unwrap() {
        let path = one.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match path.is_dir() {
            true if name.starts_with("before-restore") => {}
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

/// How many files of a folder hold these bytes.
fn holding(folder: &Path, bytes: &[u8]) -> usize {
    let holds = |path: &PathBuf| {
        let content = std::fs::read(path).unwrap();
        content.windows(bytes.len()).any(|part| part == bytes)
    };
    files(folder).iter().filter(|path| holds(path)).count()
}

fn held(tablet: &Client, case: CaseId, name: Hash) -> (Entry, Standing) {
    let stored = run(tablet.tablet.case_entries(&case)).unwrap().unwrap();
    let found = stored.into_iter().find(|one| one.entry.hash() == name);
    let found = found.unwrap();
    (found.entry, found.standing)
}

#[test]
fn what_two_persons_erase_is_gone_and_stays_gone() {
    let mut station = Station::new();
    let (mut first, mut second) = (station.endpoint.join("前台"), station.endpoint.join("二號"));
    let data = station_data(&station.folder);
    let path = data.to_str().unwrap();
    let case = CaseId::from_random(random());
    note(&first, case, "看過現場");
    let leak = note(&first, case, WORDS);
    let (pictured, of) = first.record_photo(case, PICTURE).unwrap();
    first.sync_all().unwrap();
    second.sync_all().unwrap();
    second.fetch(of).unwrap();
    assert!(
        holding(&data, WORDS.as_bytes()) > 0,
        "the search finds what is there"
    );
    let backup = station.folder.join("yesterday.db");
    let backup = backup.to_str().unwrap();
    printed(&["backup", "--data", path, "--out", backup]);

    let erase = |name: Hash, by: [&str; 2], reason: &str| -> Vec<String> {
        let name = name.to_string();
        let arguments = [
            "admin", "erase", &name, "--by", by[0], "--by", by[1], "--reason", reason, "--data",
            path,
        ];
        arguments.map(str::to_owned).to_vec()
    };
    let said = |arguments: Vec<String>, run: fn(&[&str]) -> String| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        run(&arguments)
    };
    let alone = said(erase(leak, ["S01", "S01"], "寫了他人電話"), refused);
    assert!(alone.contains("two persons"), "{alone}");
    let silent = said(erase(leak, ["S01", "S02"], " "), refused);
    assert!(silent.contains("a reason"), "{silent}");
    let unknown = said(erase(Hash::ZERO, ["S01", "S02"], "寫了他人電話"), refused);
    assert!(unknown.contains("no such entry"), "{unknown}");
    let by = held(&first, case, leak).0.header().device;
    assert_eq!(by, first.joined.device, "nothing was done yet");

    let done = said(erase(leak, ["S01", "S02"], "寫了他人電話"), printed);
    assert!(done.contains("delete those"), "{done}");
    said(erase(pictured, ["S01", "S02"], "拍到鄰居"), printed);
    let twice = said(erase(leak, ["S01", "S02"], "再一次"), refused);
    assert!(twice.contains("erased already"), "{twice}");
    assert_eq!(holding(&data, WORDS.as_bytes()), 0);
    assert_eq!(
        std::fs::read_dir(data.join("attachments/whole")).map_or(0, |scopes| {
            let files = scopes.flat_map(|scope| std::fs::read_dir(scope.unwrap().path()).unwrap());
            files.count()
        }),
        0
    );
    let view = printed(&["admin", "view", "--data", path]);
    assert!(view.contains("erasure.order  寫了他人電話"), "{view}");

    for tablet in [&first, &second] {
        tablet.sync_all().unwrap();
        let (entry, standing) = held(tablet, case, leak);
        assert!(entry.body().is_empty());
        assert!(matches!(standing, Standing::Erased(Some(_))));
        assert_eq!(run(tablet.tablet.attachment(&of)).unwrap().unwrap(), None);
        assert!(tablet.fetch(of).is_err());
    }
    let root = first.joined.root;
    assert_eq!(check::file(&station.exported(), &root), []);

    // The backup has all of it; its orders lie beside the database.
    station.endpoint.kill();
    printed(&["restore", backup, "--data", path]);
    station.restart();
    assert_eq!(holding(&data, WORDS.as_bytes()), 0);
    for tablet in [&mut first, &mut second] {
        tablet.address.clone_from(&station.endpoint.address);
        tablet.sync_all().unwrap();
        tablet.sync_all().unwrap();
    }
    let third = station.endpoint.join("三號");
    third.sync_all().unwrap();
    assert!(held(&third, case, leak).0.body().is_empty());
    assert!(third.fetch(of).is_err());
    assert_eq!(holding(&data, WORDS.as_bytes()), 0);
    assert_eq!(check::file(&station.exported(), &root), []);
}
