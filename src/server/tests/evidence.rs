//! Evidence files of the training site: a whole one is sound, an altered one, one that leaves
//! something out and a foreign one are found, by the library and by the documented commands.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

#[path = "evidence/erased.rs"]
mod erased;
#[path = "evidence/group.rs"]
mod group;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use record::check::Fault as Authorship;
use record::entry::Unsigned;
use record::evidence::{Contents, Fault, Report, check, write};
use record::header::Header;
use record::keys::{decode, signing_key};
use record::roster::{Item, Scope, ScopeKind};
use record::stream::Head;
use record::verdict::SET_ASIDE;
use record::{CaseId, Entry, Erasure, Hash, PublicKey, Receipt, ScopeId, StreamId};
use serde_json::{Map, Value, json};
use server::evidence::page::commands;
use server::evidence::{Gathered, gather};
use server::export::case_of;
use server::ledger::{Draft, Ledger};
use server::random::Random;
use server::root::RootKey;
use server::serve::Data;
use server::store::Store as _;
use server::training;

/// A case of the training site whose resident signed on the glass.
const CASE: &str = "B1-0355";

/// A page that holds what a page may hold.
const PAGE: &str = "<!doctype html>\n<title>x</title>\n";

static FOLDERS: AtomicUsize = AtomicUsize::new(0);

/// An empty folder, gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let count = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let name = format!("doorstep-evidence-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
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

/// A training site's case, gathered; its root key; its file.
#[derive(Clone)]
struct Made {
    gathered: Gathered,
    root: RootKey,
    text: String,
}

/// The one that most tests look at: playing the training site's script takes longer than they do.
static MADE: LazyLock<Made> = LazyLock::new(Made::new);

impl Made {
    /// Of an endpoint of its own.
    fn new() -> Self {
        let folder = Folder::new();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (gathered, root) = runtime.block_on(async {
            let Data { store, root, .. } = training::open(&folder.0).await.unwrap();
            let mut tx = store.read().await.unwrap();
            let case = case_of(&mut tx, CASE).await.unwrap();
            let gathered = gather(&mut tx, &root, case, &[], training::START_MS);
            let gathered = gathered.await.unwrap();
            (gathered, root)
        });
        let text = gathered.to_file(&root).unwrap();
        Self {
            gathered,
            root,
            text,
        }
    }

    fn key(&self) -> PublicKey {
        self.root.public()
    }

    fn check(&self, bytes: &[u8]) -> Report {
        check(bytes, Some(&self.key()))
    }

    /// The file as the root would seal it anew after a change to its record.
    fn resealed(&self, change: impl FnOnce(&mut Contents)) -> String {
        let mut contents = self.gathered.contents.clone();
        change(&mut contents);
        let (case, time_ms) = (self.gathered.case, self.gathered.time_ms);
        write(PAGE, case, time_ms, &contents, self.root.signing()).unwrap()
    }

    /// What the library finds in such a file, each once; the commands must say something too where
    /// it does.
    fn faults(&self, change: impl FnOnce(&mut Contents)) -> Vec<Fault> {
        let text = self.resealed(change);
        let mut faults: Vec<Fault> = Vec::new();
        for finding in self.check(text.as_bytes()).findings {
            if !faults.contains(&finding.what) {
                faults.push(finding.what);
            }
        }
        let (ok, said) = run(text.as_bytes(), &self.key());
        assert_eq!(ok, faults.is_empty(), "{faults:?}: {said}");
        assert!(ok || said.contains("wrong: "), "{said}");
        faults
    }

    /// An entry of the endpoint's own in the case, at a place of its own.
    fn own(&self, contents: &mut Contents, kind: &str, body: Map<String, Value>) -> Entry {
        let count = u8::try_from(contents.entries.len()).unwrap();
        let header = Header {
            stream: StreamId::from_random([count; 16]),
            seq: 1,
            prev: None,
            after: Vec::new(),
            staff: None,
            role: String::new(),
            device: record::DeviceId::of_root(&self.key()),
            kind: kind.to_owned(),
            deed: None,
            ..contents.entries.last().unwrap().header().clone()
        };
        let unsigned = Unsigned::new(header, &body, [count; 16]).unwrap();
        let entry = unsigned.signed_by(self.root.signing()).unwrap();
        contents.entries.push(entry.clone());
        contents.places.push(Head::at(&entry));
        contents.streams.push(Head::at(&entry));
        entry
    }

    /// The file without one entry of the case, and nothing else changed.
    fn without(&self, entry: &Entry) -> String {
        let gone = self.text.replacen(entry.text(), "", 1);
        assert_ne!(gone, self.text);
        gone
    }
}

/// `count` places spread over a file with a seed, each with another byte for it.
fn altered(text: &str, count: usize) -> impl Iterator<Item = (usize, Vec<u8>)> {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap()
    };
    let length = text.len();
    (0..count).map(move |part| {
        let (from, to) = (length * part / count, length * (part + 1) / count);
        let at = from + next() % (to - from).max(1);
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] ^= u8::try_from(1 + next() % 255).unwrap();
        (at, bytes)
    })
}

/// Runs the documented commands in an empty folder, as `sh -eu` does.
fn run(bytes: &[u8], root: &PublicKey) -> (bool, String) {
    let folder = Folder::new();
    let file = folder.0.join("case.html");
    std::fs::write(&file, bytes).unwrap();
    let output = Command::new("sh")
        .args(["-eu", "-c", commands()])
        .current_dir(&folder.0)
        .env("FILE", &file)
        .env("ROOT", root.to_string())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

/// Runs the commands over many files, on every core.
fn run_each(files: Vec<(String, Vec<u8>)>, root: &PublicKey) -> Vec<(String, bool, String)> {
    let next = AtomicUsize::new(0);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        let mut said = Vec::new();
        while let Some((what, bytes)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (ok, text) = run(bytes, root);
            said.push((what.clone(), ok, text));
        }
        said
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let workers = workers.into_iter();
        workers.flat_map(|worker| worker.join().unwrap()).collect()
    })
}

#[test]
fn a_whole_file_is_sound() {
    let made = &*MADE;
    let report = made.check(made.text.as_bytes());
    assert_eq!(report.findings, []);
    assert_eq!(report.entries, made.gathered.contents.entries.len());
    assert_eq!((report.set_aside, report.without_receipt), (0, 0));
    let (ok, said) = run(made.text.as_bytes(), &made.key());
    assert!(ok && said.ends_with("sound\n"), "{said}");
}

#[test]
fn the_library_finds_altered_bytes_entries_left_out_and_a_foreign_root() {
    let made = &*MADE;
    for (at, bytes) in altered(&made.text, 1_000) {
        assert!(!made.check(&bytes).is_sound(), "byte {at}");
    }
    for entry in &made.gathered.contents.entries {
        let report = made.check(made.without(entry).as_bytes());
        let incomplete = |what: &Fault| matches!(what, Fault::Incomplete { .. });
        assert!(report.findings.iter().any(|found| incomplete(&found.what)));
    }
    let foreign = Made::new();
    let faults = made.check(foreign.text.as_bytes()).findings;
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].what, Fault::ForeignRoot(foreign.key()));
    // One that only names another root is no foreign file.
    let (key, other) = (made.key().to_string(), foreign.key().to_string());
    let at = made.text.rfind(&key).unwrap();
    let named = [&made.text[..at], &other, &made.text[at + key.len()..]].concat();
    let faults = made.check(named.as_bytes()).findings;
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].what, Fault::Seal);
}

#[test]
fn the_commands_find_altered_bytes_entries_left_out_and_a_foreign_root() {
    let made = &*MADE;
    let altered = altered(&made.text, 1_000);
    let mut files: Vec<_> = altered
        .map(|(at, bytes)| (format!("byte {at}"), bytes))
        .collect();
    for entry in &made.gathered.contents.entries {
        files.push((
            format!("without {}", entry.hash()),
            made.without(entry).into(),
        ));
    }
    files.push(("a foreign root".to_owned(), Made::new().text.into()));
    for (what, ok, said) in run_each(files, &made.key()) {
        assert!(!ok && said.contains("wrong: "), "{what}: {said}");
    }
}

#[test]
fn what_the_endpoint_sealed_is_checked_all_the_same() {
    let made = &*MADE;
    let acts = &made.gathered.contents.entries;
    assert_eq!(made.faults(|_| ()), []);
    let second = acts[1].hash();
    let left_out = made.faults(|contents| drop(contents.entries.remove(1)));
    assert_eq!(left_out, [Fault::LeftOut(second)]);
    let doubled = made.faults(|contents| contents.entries.insert(1, acts[0].clone()));
    assert!(doubled.contains(&Fault::Doubled), "{doubled:?}");
    let swapped = made.faults(|contents| {
        let (one, two) = (acts[0].text(), acts[1].text());
        let sign = |text: &str| text.lines().nth(2).unwrap().to_owned();
        let text = one.replace(&sign(one), &sign(two));
        contents.entries[0] = Entry::parse(text.as_bytes()).unwrap();
    });
    assert_eq!(swapped, [Fault::Author(Authorship::BadSignature)]);
    let no_key = made.faults(|c| c.roster.retain(|entry| entry.kind() != "roster.key"));
    assert_eq!(no_key, [Fault::Author(Authorship::UnknownKey)]);
    let not_of_the_roster = made.faults(|c| c.roster.push(acts[0].clone()));
    assert_eq!(not_of_the_roster, [Fault::Roster]);
    let unreceipted = made.resealed(|c| c.receipts.clear());
    let report = made.check(unreceipted.as_bytes());
    assert_eq!(report.without_receipt, acts.len());
}

#[test]
fn members_alone_write_in_a_scope() {
    let made = &*MADE;
    let text = made.resealed(|c| c.roster.retain(|entry| entry.kind() != "roster.scope"));
    let report = made.check(text.as_bytes());
    let strangers = report.findings.iter();
    let strangers = strangers.filter(|found| found.what == Fault::NotAMember);
    assert_eq!(strangers.count(), made.gathered.contents.entries.len());
}

#[test]
fn places_hold_the_chains_together() {
    let made = &*MADE;
    let first = Head::at(&made.gathered.contents.entries[0]);
    let other = made.faults(|contents| {
        let place = contents.places.iter_mut().find(|place| **place == first);
        place.unwrap().hash = Hash::of(b"another");
    });
    assert_eq!(other, [Fault::Beside, Fault::Chain]);
    let missing = made.faults(|contents| {
        contents.places.remove(4);
    });
    assert!(missing.contains(&Fault::Place) && missing.contains(&Fault::Chain));
    let twice = made.resealed(|contents| contents.places.push(contents.places[0]));
    let twice = made.check(twice.as_bytes()).findings;
    assert_eq!(twice.len(), 1);
    assert_eq!(twice[0].what, Fault::Place);
    let latest = made.resealed(|contents| contents.streams.clear());
    let latest = made.check(latest.as_bytes()).findings;
    assert!(latest.iter().all(|found| found.what == Fault::Latest));
    assert_eq!(latest.len(), 1);
}

#[test]
fn receipts_are_the_roots_and_for_what_stands_there() {
    let made = &*MADE;
    let head = made.gathered.contents.receipts[0].body().head;
    let stranger = Receipt::issue(head, 5, None, &signing_key(&[9; 32])).unwrap();
    let forged = made.faults(|contents| contents.receipts[0] = stranger);
    assert_eq!(forged, [Fault::ReceiptSignature]);
    let hash = Hash::of(b"another");
    let elsewhere = Receipt::issue(Head { hash, ..head }, 5, None, made.root.signing()).unwrap();
    let elsewhere = made.faults(|contents| contents.receipts[0] = elsewhere);
    assert_eq!(elsewhere, [Fault::ReceiptElsewhere]);
}

#[test]
fn an_entry_beside_the_chain_needs_a_verdict() {
    let made = &*MADE;
    let fork = made.gathered.contents.entries.last().unwrap().clone();
    let beside = |contents: &mut Contents| {
        let taken = |head: &&mut Head| head.hash == fork.hash();
        let heads = contents.places.iter_mut().chain(&mut contents.streams);
        heads
            .filter(taken)
            .for_each(|head| head.hash = Hash::of(b"the other branch"));
    };
    assert_eq!(made.faults(beside), [Fault::Beside]);
    let erased = |contents: &mut Contents| {
        beside(contents);
        let word = Erasure::issue(&fork.hash(), made.root.signing());
        *contents.entries.last_mut().unwrap() = fork.erased(&word).unwrap();
    };
    assert_eq!(made.faults(erased), [Fault::Beside], "no verdict");
    let verdict = json!({"hash": fork.hash(), "reason": "fork"});
    let verdict = verdict.as_object().unwrap();
    let aside = |contents: &mut Contents| {
        beside(contents);
        made.own(contents, SET_ASIDE, verdict.clone());
    };
    assert_eq!(made.faults(aside), []);
    let report = made.check(made.resealed(aside).as_bytes());
    assert_eq!(report.set_aside, 1);
}

#[test]
fn entries_that_are_withheld_are_named_and_counted() {
    let made = &*MADE;
    let part = |contents: &mut Contents| {
        let gone = contents.entries.remove(1);
        contents.withheld.push(gone.hash());
    };
    assert_eq!(made.faults(part), []);
    let text = made.resealed(part);
    let statement = made.check(text.as_bytes()).statement.unwrap();
    assert_eq!((statement.entries, statement.withheld), (11, 1));
    let name = made.gathered.contents.entries[1].hash().to_string();
    let unnamed = text.replacen(&format!("# withheld\n{name}\n"), "# withheld\n", 1);
    assert!(!made.check(unnamed.as_bytes()).is_sound());
}

#[test]
fn an_entry_of_another_case_and_a_section_of_a_newer_version() {
    let made = &*MADE;
    let text = made.resealed(|contents| {
        let entry = made.own(contents, "noted", Map::new());
        let header = Header {
            case: Some(CaseId::from_random([1; 16])),
            ..entry.header().clone()
        };
        let unsigned = Unsigned::new(header, &Map::new(), [1; 16]).unwrap();
        let other = unsigned.signed_by(made.root.signing()).unwrap();
        contents.entries.pop();
        contents.places.pop();
        contents.places.push(Head::at(&other));
        contents.streams.pop();
        contents.streams.push(Head::at(&other));
        contents.entries.push(other);
    });
    let faults = made.check(text.as_bytes()).findings;
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].what, Fault::OtherCase);
    let newer = made
        .text
        .replacen("# statement\n", "# photos\nabc=\n# statement\n", 1);
    let report = made.check(newer.as_bytes());
    assert_eq!(report.unknown, ["photos"]);
    let faults: Vec<&Fault> = report.findings.iter().map(|found| &found.what).collect();
    assert_eq!(faults, [&Fault::Altered], "the seal covers it");
}

/// The root key of the file in `tests/fixtures`.
const FIXTURE_ROOT: &str = "JQcvvJfkZuOFDuC9y0ld2hQarnLD09g2lPxcBrjZtoc=";

#[test]
fn a_file_that_was_ever_made_stays_sound() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/evidence/v1");
    let bytes = std::fs::read(folder.join("case.html")).unwrap();
    let root = PublicKey::new(decode(FIXTURE_ROOT).unwrap());
    assert_eq!(check(&bytes, Some(&root)).findings, []);
    let (ok, said) = run(&bytes, &root);
    assert!(ok && said.ends_with("sound\n"), "{said}");
}

#[test]
fn a_cut_file_and_one_that_is_none_are_told() {
    let made = &*MADE;
    for bytes in ["", "x", "<plaintext>\n", "<plaintext>\n# statement\n"] {
        assert_eq!(
            made.check(bytes.as_bytes()).findings[0].what,
            Fault::NoEvidence
        );
    }
    for end in 1..made.text.len() {
        if made.text.is_char_boundary(end) && (end < 500 || end + 3_000 > made.text.len()) {
            assert!(
                !made.check(&made.text.as_bytes()[..end]).is_sound(),
                "cut at {end}"
            );
        }
    }
    assert!(!made.check(format!("{}\n", made.text).as_bytes()).is_sound());
    let page = format!("{PAGE}<plaintext>\n");
    let contents = &made.gathered.contents;
    let case = made.gathered.case;
    assert!(write(&page, case, 0, contents, made.root.signing()).is_err());
}

#[test]
fn without_a_root_a_foreign_file_agrees_with_itself_alone() {
    let made = &*MADE;
    let report = check(made.text.as_bytes(), None);
    assert!(report.is_sound());
    assert_eq!(report.statement.unwrap().root, made.key());
}

#[test]
fn the_page_has_a_word_for_everything_that_was_ever_recorded() {
    let mut made = MADE.clone();
    let mut contents = made.gathered.contents.clone();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/acts/v1");
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut body: Map<String, Value> = serde_json::from_str(&text).unwrap();
        body.remove("salt");
        let kind = path
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .split('.')
            .next();
        made.own(&mut contents, kind.unwrap(), body);
    }
    made.gathered.contents = contents;
    let page = made.gathered.to_file(&made.root).unwrap();
    let page = page.split("<plaintext>").next().unwrap();
    let inside = |tag: &str| -> Vec<String> {
        let opening = format!("<{tag}>");
        let parts = page.split(&opening).skip(1);
        let texts = parts.map(|part| part.split('<').next().unwrap().to_owned());
        texts.filter(|text| !text.is_empty()).collect()
    };
    for label in inside("dt") {
        assert!(!label.is_ascii(), "{label} has no label");
    }
    // What people typed in the fixtures.
    let typed = ["repair", "resident", "s4"];
    for value in inside("dd") {
        let code = value.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        assert!(
            !code || typed.contains(&value.as_str()),
            "{value} has no word"
        );
    }
}

#[test]
fn nothing_that_was_typed_becomes_markup() {
    let mut made = MADE.clone();
    let mut contents = made.gathered.contents.clone();
    let typed = "</dd><script>alert(1)</script>\n<plaintext>\n# roster\n\"'&\u{0}";
    let body = json!({"words": typed, "<b>": {"<i>": typed}, "other": [typed]});
    made.own(&mut contents, "noted", body.as_object().unwrap().clone());
    made.gathered.contents = contents;
    let text = made.gathered.to_file(&made.root).unwrap();
    assert_eq!(made.check(text.as_bytes()).findings, []);
    let page = text.split("\n<plaintext>\n").next().unwrap();
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    for markup in ["<script", "<plaintext", "<b>", "<i>", "\u{0}"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn what_is_confidential_goes_in_only_where_the_caller_says_so() {
    let folder = Folder::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (without, with, key) = runtime.block_on(async {
        let Data { store, root, .. } = training::open(&folder.0).await.unwrap();
        let mut tx = store.write().await.unwrap();
        let case = case_of(&mut tx, CASE).await.unwrap();
        let random = Random::system();
        let now = training::START_MS;
        let mut ledger = Ledger::open(&mut tx, &root, &random, now).await.unwrap();
        let id = ScopeId::from_random([8; 16]);
        let scope = Item::Scope(Scope {
            id,
            kind: ScopeKind::Handling,
            site: None,
            roles: Vec::new(),
            added: Vec::new(),
            excluded: Vec::new(),
            devices: Vec::new(),
            founding: false,
        });
        ledger
            .write_roster(vec![(scope, Map::new())])
            .await
            .unwrap();
        let body = json!({"words": "for the group alone"});
        let draft = Draft {
            case: Some(case),
            after: Vec::new(),
            kind: "noted".to_owned(),
            body: body.as_object().unwrap().clone(),
        };
        ledger.write(id, vec![draft]).await.unwrap();
        let handling = ["handling".to_owned()];
        let without = gather(&mut tx, &root, case, &[], now).await.unwrap();
        let with = gather(&mut tx, &root, case, &handling, now).await.unwrap();
        let text = |gathered: Gathered| gathered.to_file(&root).unwrap();
        (text(without), text(with), root.public())
    });
    for (text, withheld) in [(&without, 1), (&with, 0)] {
        let report = check(text.as_bytes(), Some(&key));
        assert_eq!(report.findings, []);
        assert_eq!(report.statement.unwrap().withheld, withheld);
        assert_eq!(text.contains("for the group alone"), withheld == 0);
    }
}
