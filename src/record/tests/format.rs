//! The format as others see it: the documented commands on a freshly made file, and the file check.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use record::check::{self, Fault, FileFault};
use record::deed;
use record::erasure::{Erasure, ORDER, Order};
use record::export::{EntryFile, FileError};
use record::header::{DeedRef, FORMAT, Header};
use record::keys::{self, SigningKey};
use record::roster::{Device, Item, Key, Roster};
use record::stream::{Head, check_chain};
use record::time::ClockMeasurement;
use record::verdict::{ADMIT, Reason, SET_ASIDE, Standing, judged, standings};
use record::{
    CaseId, DeedError, DeedId, DeviceId, Entry, EntryError, Hash, Hlc, PublicKey, Receipt, ScopeId,
    StaffId, StreamId, Unsigned, evidence,
};
use serde_json::{Map, Value, json};

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

struct Writer {
    key: SigningKey,
    device: DeviceId,
    staff: Option<StaffId>,
    head: Head,
    counter: u8,
}

impl Writer {
    fn new(key: &SigningKey, device: DeviceId, staff: Option<StaffId>, stream: u8) -> Self {
        Self {
            key: key.clone(),
            device,
            staff,
            head: Head::empty(StreamId::from_random([stream; 16])),
            counter: 0,
        }
    }

    fn header(&self, kind: &str, after: &[Hash]) -> Header {
        Header {
            format: FORMAT,
            case: self.staff.map(|_| CaseId::from_random([3; 16])),
            scope: ScopeId::from_random([4; 16]),
            stream: self.head.stream,
            seq: self.head.seq + 1,
            prev: (self.head.seq > 0).then_some(self.head.hash),
            after: after.to_vec(),
            hlc: Hlc {
                ms: 1_795_000_000_000 + u64::from(self.counter),
                n: 0,
            },
            wall_ms: 1_795_000_000_000,
            clock: Some(ClockMeasurement {
                offset_ms: -40,
                error_ms: 20,
                age_ms: 1_000,
            }),
            endpoint_ms: Some(1_794_999_999_000),
            roster: 2,
            staff: self.staff,
            role: self.staff.map_or("", |_| "officer").to_owned(),
            device: self.device,
            kind: kind.to_owned(),
            deed: None,
            again: None,
            body_hash: Hash::ZERO,
            app: "\"body_hash\":\"0".to_owned(),
        }
    }

    fn write(&mut self, kind: &str, body: Value, after: &[Hash]) -> Entry {
        self.counter += 1;
        let entry = Unsigned::new(self.header(kind, after), &map(body), [self.counter; 16])
            .unwrap()
            .signed_by(&self.key)
            .unwrap();
        self.head = Head::at(&entry);
        entry
    }
}

struct Made {
    root: PublicKey,
    file: EntryFile,
}

/// A case of three entries by a person, with a receipt and the roster that certifies the key.
fn made() -> Made {
    let root_key = keys::signing_key(&[1; 32]);
    let root = PublicKey::of(&root_key);
    let person_key = keys::signing_key(&[2; 32]);
    let device = DeviceId::from_random([5; 16]);
    let staff = StaffId::from_random([6; 16]);
    let mut endpoint = Writer::new(&root_key, DeviceId::of_root(&root), None, 10);
    let items = [
        Item::Device(Device {
            id: device,
            code: "B1".to_owned(),
            site: "YS".to_owned(),
            name: "Tablet".to_owned(),
            public_key: PublicKey::of(&keys::signing_key(&[3; 32])),
            revoked: false,
            wipe: false,
        }),
        Item::Key(Key {
            staff,
            device,
            public_key: PublicKey::of(&person_key),
            revoked: false,
            by: None,
        }),
    ];
    let roster: Vec<Entry> = (1..)
        .zip(items)
        .map(|(position, item)| {
            endpoint.write(item.kind(), Value::Object(item.to_body(position)), &[])
        })
        .collect();
    let mut person = Writer::new(&person_key, device, Some(staff), 11);
    let first = person.write("noted", json!({"text": "樓道燈不亮 \"quoted\" \\"}), &[]);
    let second = person.write("noted", json!({}), &[first.hash()]);
    let third = person.write("noted", json!({"n": [1, null]}), &[second.hash()]);
    let receipt = Receipt::issue(person.head, 1_795_000_100_000, None, &root_key).unwrap();
    Made {
        root,
        file: EntryFile::of(vec![first, second, third], &roster, &[receipt]),
    }
}

fn documented_commands() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/record-format.md");
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = text.split("```sh\n").skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("record-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays behind harms no test.
        let _removed = std::fs::remove_dir_all(&self.0);
    }
}

fn run(script: &str, folder: &Folder, bytes: &[u8], root: &PublicKey) -> (bool, String) {
    let file = folder.0.join("case.entries");
    std::fs::write(&file, bytes).unwrap();
    let output = Command::new("sh")
        .args(["-eu", "-c", script])
        .env("FILE", &file)
        .env("ROOT", root.to_string())
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

#[test]
fn the_documented_commands_accept_a_sound_file() {
    let made = made();
    let folder = Folder::new("sound");
    let text = made.file.to_text();
    let commands = documented_commands();
    assert_eq!(commands.len(), 2);
    for script in &commands {
        let (ok, said) = run(script, &folder, text.as_bytes(), &made.root);
        assert!(ok, "{said}");
    }
    let (_, said) = run(&commands[1], &folder, text.as_bytes(), &made.root);
    assert!(said.ends_with("sound\n"), "{said}");
    assert_eq!(check::file(&made.file, &made.root), []);
}

#[test]
fn the_documented_commands_refuse_an_altered_file() {
    let made = made();
    let folder = Folder::new("altered");
    let text = made.file.to_text();
    let script = &documented_commands()[1];
    let mut at = 60;
    while at < text.len() {
        let mut bytes = text.clone().into_bytes();
        // Another letter or digit, so that the file stays text of as many lines.
        bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
        let (ok, _) = run(script, &folder, &bytes, &made.root);
        assert!(!ok, "byte {at} of {}", text.len());
        at += 331;
    }
    let other = PublicKey::of(&keys::signing_key(&[77; 32]));
    assert!(!run(script, &folder, text.as_bytes(), &other).0);
}

#[test]
fn an_entry_left_out_or_doubled_shows() {
    let made = made();
    let folder = Folder::new("left-out");
    let script = &documented_commands()[1];
    let mut without = made.file.clone();
    without.entries.remove(3);
    assert!(!run(script, &folder, without.to_text().as_bytes(), &made.root).0);
    let faults: Vec<FileFault> = check::file(&without, &made.root)
        .iter()
        .map(|finding| finding.what)
        .collect();
    assert_eq!(faults, [FileFault::LeftOut]);
    let mut swapped = made.file.clone();
    swapped.entries.swap(2, 3);
    assert!(!run(script, &folder, swapped.to_text().as_bytes(), &made.root).0);
}

#[test]
fn a_file_reads_back_as_it_was_and_any_altered_byte_is_found() {
    let made = made();
    let text = made.file.to_text();
    assert_eq!(EntryFile::parse(text.as_bytes()).unwrap(), made.file);
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        let sound =
            EntryFile::parse(&bytes).is_ok_and(|file| check::file(&file, &made.root).is_empty());
        assert!(!sound, "byte {at}");
    }
    assert!(EntryFile::parse(&text.as_bytes()[..text.len() - 1]).is_err());
}

/// The file with the entry at a place erased, by the word of a key for an entry of a name.
fn erased(made: &Made, at: usize, key: u8, name: &Hash) -> EntryFile {
    let word = Erasure::issue(name, &keys::signing_key(&[key; 32]));
    let mut file = made.file.clone();
    file.entries[at] = file.entries[at].erased(&word).unwrap();
    file
}

#[test]
fn an_erased_entry_is_sound_by_the_roots_word_for_it_alone() {
    let made = made();
    let folder = Folder::new("erased");
    let commands = documented_commands();
    let name = |at: usize| made.file.entries[at].hash();
    let sound = erased(&made, 3, 1, &name(3));
    let (whole, text) = (&made.file.entries[3], sound.to_text());
    assert!(!text.contains(whole.body_line()) && text.contains(whole.header_line()));
    assert_eq!(sound.entries[3].hash(), whole.hash());
    assert!(sound.entries[3].body().is_empty());
    assert_eq!(EntryFile::parse(text.as_bytes()).unwrap(), sound);
    assert_eq!(check::file(&sound, &made.root), []);
    for script in &commands {
        let (ok, said) = run(script, &folder, text.as_bytes(), &made.root);
        assert!(ok, "{said}");
    }
    for (key, of) in [(2, 3), (1, 2)] {
        let forged = erased(&made, 3, key, &name(of));
        let faults = check::file(&forged, &made.root);
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].what, FileFault::Entry(Fault::BadErasure));
        let text = forged.to_text();
        let (ok, said) = run(&commands[1], &folder, text.as_bytes(), &made.root);
        assert!(!ok && said.contains("did not erase"), "{said}");
    }
}

#[test]
fn what_others_are_judged_by_is_never_erased() {
    let made = made();
    let folder = Folder::new("held");
    let script = &documented_commands()[1];
    let root_key = keys::signing_key(&[1; 32]);
    let mut author = Writer::new(&root_key, DeviceId::of_root(&made.root), None, 30);
    for kind in ["roster.device", SET_ASIDE, ADMIT, ORDER, "erasure.newer"] {
        let entry = author.write(kind, json!({}), &[]);
        let word = Erasure::issue(&entry.hash(), &root_key);
        assert_eq!(entry.erased(&word), Err(EntryError::Erased), "{kind}");
        let lines = [entry.header_line(), entry.body_line()];
        let sign = entry.text().strip_prefix(&lines.concat()).unwrap();
        let erased = [lines[0], &word.line(), sign].concat();
        let text = erased + &made.file.to_text();
        let (line, error) = (1, EntryError::Erased);
        let found = EntryFile::parse(text.as_bytes());
        assert_eq!(found, Err(FileError::Entry { line, error }));
        let (ok, said) = run(script, &folder, text.as_bytes(), &made.root);
        assert!(!ok && said.contains("never erased"), "{kind}: {said}");
    }
}

#[test]
fn any_altered_byte_of_an_erased_line_is_found() {
    let made = made();
    let folder = Folder::new("erased-altered");
    let script = &documented_commands()[1];
    let file = erased(&made, 3, 1, &made.file.entries[3].hash());
    let (text, line) = (file.to_text(), file.entries[3].body_line());
    let start = text.find(line).unwrap();
    for at in start..start + line.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        let sound =
            EntryFile::parse(&bytes).is_ok_and(|file| check::file(&file, &made.root).is_empty());
        assert!(!sound, "byte {at}");
        // The commands are slow; what they see of the line is its beginning, the word and its end.
        let (from, to) = (at - start, start + line.len() - at);
        if from > 3 && to > 5 && from % 9 > 0 || to == 1 {
            continue;
        }
        bytes[at] = if text.as_bytes()[at] == b'7' {
            b'8'
        } else {
            b'7'
        };
        let (ok, _) = run(script, &folder, &bytes, &made.root);
        assert!(!ok, "byte {at}");
    }
}

#[test]
fn orders_to_erase_are_the_endpoints_with_the_roots_word() {
    let made = made();
    let concerned = made.file.entries[2].hash();
    let other = made.file.entries[3].hash();
    let (root_key, person_key) = (keys::signing_key(&[1; 32]), keys::signing_key(&[2; 32]));
    let (endpoint, tablet) = (DeviceId::of_root(&made.root), made.file.entries[2].header());
    let roster = Roster::new(made.root);
    let body = |key: &SigningKey, name: &Hash| {
        json!({
            "hash": concerned, "erased": Erasure::issue(name, key).to_string(),
            "by": [StaffId::from_random([6; 16])], "reason": "asked for",
        })
    };
    let of = |author: &mut Writer, kind: &str, body: Value| {
        let entry = author.write(kind, body, &[]);
        Order::of(&entry, &roster)
    };
    let mut author = Writer::new(&root_key, endpoint, None, 30);
    let sound = body(&root_key, &concerned);
    let (order, word) = of(&mut author, ORDER, sound.clone()).unwrap();
    assert_eq!((order.hash, order.attachments), (concerned, Vec::new()));
    assert!(word.verify(&concerned, &made.root).is_ok());
    assert!(word.verify(&other, &made.root).is_err());
    assert_eq!(of(&mut author, "noted", sound.clone()), None);
    assert_eq!(of(&mut author, ORDER, body(&person_key, &concerned)), None);
    assert_eq!(of(&mut author, ORDER, body(&root_key, &other)), None);
    assert_eq!(of(&mut author, ORDER, json!({"hash": concerned})), None);
    for (key, device, staff) in [
        (&person_key, tablet.device, tablet.staff),
        (&person_key, tablet.device, None),
        (&person_key, endpoint, None),
        (&root_key, endpoint, tablet.staff),
        (&root_key, tablet.device, None),
    ] {
        let mut author = Writer::new(key, device, staff, 31);
        assert_eq!(of(&mut author, ORDER, sound.clone()), None);
    }
}

#[test]
fn an_erased_entry_stands_as_erased_and_what_was_set_aside_stays_that() {
    let made = made();
    let concerned = made.file.entries[2].hash();
    let gone = erased(&made, 2, 1, &concerned).entries[2].clone();
    let (root_key, person_key) = (keys::signing_key(&[1; 32]), keys::signing_key(&[2; 32]));
    let endpoint = DeviceId::of_root(&made.root);
    let word = gone.erasure().unwrap().to_string();
    let mut author = Writer::new(&root_key, endpoint, None, 30);
    let body = json!({"hash": concerned, "erased": word, "by": [], "reason": "asked for"});
    let order = author.write(ORDER, body, &[]);
    let ordered = Order::of(&order, &Roster::new(made.root)).unwrap().0;
    let at_ms = order.header().wall_ms;
    let stands = |entries: &[&Entry]| {
        let standings = standings(entries.iter().copied(), endpoint);
        standings.get(&concerned).cloned()
    };
    let erased = Standing::Erased(Some((ordered, at_ms)));
    assert_eq!(stands(&[&gone, &order]), Some(erased.clone()));
    assert_eq!(stands(&[&gone]), Some(Standing::Erased(None)));
    assert_eq!(stands(&[&made.file.entries[2], &order]), None);
    let verdict = json!({"hash": concerned, "reason": "fork"});
    let aside = author.write(SET_ASIDE, verdict, &[]);
    let fork = Standing::SetAside(Reason::Fork);
    assert_eq!(stands(&[&gone, &order, &aside]), Some(fork));
    let header = gone.header();
    let mut person = Writer::new(&person_key, header.device, header.staff, 32);
    person.counter = 9;
    let admission = json!({"hash": concerned, "reason": "his own"});
    let admitted = person.write(ADMIT, admission, &[]);
    let all = [&gone, &order, &aside, &admitted];
    assert_eq!(stands(&all), Some(erased));
    let verdicts = judged(all, endpoint);
    assert_eq!(verdicts.get(&concerned), Some(&Standing::Counts));
}

#[test]
fn entries_are_three_strict_lines() {
    let made = made();
    let text = made.file.entries[2].text().to_owned();
    let lines: Vec<&str> = text.lines().collect();
    let again = |lines: &[&str]| Entry::parse((lines.join("\n") + "\n").as_bytes());
    assert!(again(&lines).is_ok());
    assert_eq!(again(&lines[..2]).unwrap_err(), EntryError::Lines);
    assert_eq!(
        Entry::parse(text.trim_end().as_bytes()).unwrap_err(),
        EntryError::Lines
    );
    assert!(again(&[lines[0], "{}", lines[2]]).is_err());
    let doubled = lines[0].replacen("\"format\":1", "\"format\":1,\"format\":1", 1);
    assert!(matches!(
        again(&[&doubled, lines[1], lines[2]]),
        Err(EntryError::Header(_))
    ));
    let unknown = lines[0].replacen("\"format\":1", "\"format\":1,\"newer\":{\"a\":1}", 1);
    assert!(again(&[&unknown, lines[1], lines[2]]).is_ok());
    let floating = lines[0].replacen("\"format\":1", "\"format\":1,\"newer\":1.5", 1);
    assert!(again(&[&floating, lines[1], lines[2]]).is_err());
}

#[test]
fn salts_are_first_and_bodies_have_none_of_their_own() {
    let person = Writer::new(
        &keys::signing_key(&[2; 32]),
        DeviceId::from_random([5; 16]),
        Some(StaffId::from_random([6; 16])),
        1,
    );
    let body = map(json!({"salt": "mine"}));
    assert!(Unsigned::new(person.header("noted", &[]), &body, [0; 16]).is_err());
    let body = map(json!({"a": 1.5}));
    assert!(Unsigned::new(person.header("noted", &[]), &body, [0; 16]).is_err());
    let entry = Unsigned::new(person.header("noted", &[]), &Map::new(), [0; 16])
        .unwrap()
        .signed_by(&person.key)
        .unwrap();
    assert_eq!(
        entry.body_line(),
        "{\"salt\":\"AAAAAAAAAAAAAAAAAAAAAA==\"}\n"
    );
    assert!(entry.body().is_empty());
    assert!(entry.header_line().starts_with("{\"format\":1,\"case\":"));
}

#[test]
fn chains_and_receipts_hold_together() {
    let made = made();
    let acts = &made.file.entries[2..];
    let start = Head::empty(acts[0].header().stream);
    assert_eq!(check_chain(start, acts).unwrap(), Head::at(&acts[2]));
    assert!(check_chain(start, &acts[1..]).is_err());
    let root_key = keys::signing_key(&[1; 32]);
    let first = &made.file.receipts[0];
    let next = Receipt::issue(Head::at(&acts[2]), 5, Some(first), &root_key).unwrap();
    assert_eq!(next.body().time_ms, first.body().time_ms, "never earlier");
    assert_eq!(next.body().prev, Some(first.hash()));
    assert!(next.verify(&made.root).is_ok());
    let elsewhere = Head::empty(StreamId::from_random([99; 16]));
    assert!(Receipt::issue(elsewhere, 5, Some(first), &root_key).is_err());
}

#[test]
fn deeds_are_whole_within_limits_and_never_split() {
    let key = keys::signing_key(&[2; 32]);
    let mut writer = Writer::new(&key, DeviceId::from_random([5; 16]), None, 1);
    let mut deed = |id: u8, count: u32| -> Vec<Entry> {
        let one = |_| {
            writer.counter += 1;
            let mut header = writer.header("noted", &[]);
            header.deed = (count > 1).then(|| DeedRef {
                id: DeedId::from_random([id; 16]),
                count,
            });
            let unsigned = Unsigned::new(header, &Map::new(), [writer.counter; 16]).unwrap();
            let entry = unsigned.signed_by(&writer.key).unwrap();
            writer.head = Head::at(&entry);
            entry
        };
        (0..count).map(one).collect()
    };
    let (single, triple, pair) = (deed(1, 1), deed(2, 3), deed(3, 2));
    assert_eq!(deed::check(&single), Ok(()));
    assert_eq!(deed::check(&triple), Ok(()));
    assert_eq!(deed::check(&triple[..2]), Err(DeedError::Mixed));
    assert_eq!(deed::check(&[]), Err(DeedError::Count));
    let all = [single, triple, pair].concat();
    let prefix = |count| deed::whole_prefix(&all, count, usize::MAX);
    assert_eq!([1, 2, 3, 4, 5, 6].map(prefix), [1, 1, 1, 4, 4, 6]);
    assert_eq!(deed::whole_prefix(&all[1..], 1, 1), 3, "at least one deed");
}

#[test]
fn verdicts_are_the_endpoints_and_the_last_one_holds() {
    let made = made();
    let concerned = &made.file.entries[2];
    let root_key = keys::signing_key(&[1; 32]);
    let endpoint = DeviceId::of_root(&made.root);
    let mut author = Writer::new(&root_key, endpoint, None, 30);
    let body = json!({"hash": concerned.hash(), "reason": "fork"});
    let verdict = author.write(SET_ASIDE, body.clone(), &[]);
    let standing = standings([concerned, &verdict], endpoint);
    let aside = Standing::SetAside(Reason::Fork);
    assert_eq!(standing.get(&concerned.hash()), Some(&aside));
    let stranger = keys::signing_key(&[44; 32]);
    let mut stranger = Writer::new(&stranger, DeviceId::from_random([9; 16]), None, 31);
    let false_verdict = stranger.write(SET_ASIDE, body, &[]);
    assert!(standings([concerned, &false_verdict], endpoint).is_empty());
}

proptest! {
    #[test]
    fn reading_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _entry = Entry::parse(&bytes);
        let _receipt = Receipt::parse(&bytes);
        let _file = EntryFile::parse(&bytes);
        let _report = evidence::check(&bytes, None);
        let names = ["roster", "entries", "receipts", "places", "withheld"];
        for name in names {
            let begin = format!("<plaintext>\n# {name}\n");
            let parts = [begin.as_bytes(), &bytes, b"\n# statement\n{}\nx\n"];
            let text = parts.concat();
            let root = PublicKey::new([7; 32]);
            prop_assert!(!evidence::check(&text, Some(&root)).is_sound());
        }
    }

    #[test]
    fn any_body_comes_back(text in ".*", number in -(1_i64 << 53)..=(1_i64 << 53)) {
        let key = keys::signing_key(&[2; 32]);
        let mut writer = Writer::new(&key, DeviceId::from_random([5; 16]), None, 1);
        let body = json!({"text": text, "number": number});
        let entry = writer.write("noted", body.clone(), &[]);
        let read = Entry::parse(entry.bytes()).unwrap();
        prop_assert_eq!(Value::Object(read.body()), body);
        prop_assert!(read.verify(&PublicKey::of(&key)).is_ok());
        prop_assert_eq!(read, entry);
    }
}
