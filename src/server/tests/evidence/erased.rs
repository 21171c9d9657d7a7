//! Files of a case of which something was erased: what was said is gone, what stays is sound, and
//! the case is found as it was corrected before.

use std::sync::LazyLock;

use record::check::Fault as Authorship;
use record::erasure::ORDER;
use record::evidence::{Fault, SIGNED_PREFIX, Statement, photo_line};
use record::keys::{sign, signing_key, to_base64};
use record::{Attachment, CaseId, Entry, EntryError, Erasure, Hash, StaffId};
use serde_json::{Value, json};
use server::erasures;
use server::evidence::gather;
use server::explain::explain_file;
use server::export::{case_of, collect};
use server::ledger::{Draft, Ledger};
use server::random::Random;
use server::root::RootKey;
use server::serve::Data;
use server::store::sqlite::SqliteTx;
use server::store::{Store as _, Tx};
use server::training;

use super::{CASE, Folder, Made, altered, run, run_each};

/// What is to go.
const WORDS: &str = "words that somebody wants gone";

/// Why, as the order says.
const REASON: &str = "asked for in writing";

/// A case with a note and its photo, and the same once the note was erased.
struct Erased {
    before: Made,
    after: Made,
    note: Entry,
    photo: Attachment,
    /// The names of who decided it.
    names: Vec<String>,
}

static ERASED: LazyLock<Erased> = LazyLock::new(Erased::new);

/// The training site's database, opened for writing, and a case in it.
pub(super) async fn opened(folder: &Folder) -> (RootKey, SqliteTx, CaseId) {
    let Data { store, root, .. } = training::open(&folder.0).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let case = case_of(&mut tx, CASE).await.unwrap();
    (root, tx, case)
}

impl Erased {
    fn new() -> Self {
        let folder = Folder::new();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let (root, mut tx, case) = opened(&folder).await;
            let (random, now) = (Random::system(), training::START_MS);
            let mut ledger = Ledger::open(&mut tx, &root, &random, now).await.unwrap();
            let photo = Attachment::new([7; 16], b"not a picture");
            let salt = to_base64(photo.salt());
            let photos = json!([{"name": photo.name(), "salt": salt}]);
            let body = json!({"words": WORDS, "photos": photos});
            let note = wrote(&mut ledger, case, "noted", body).await;
            let before = made(ledger.tx, &root, case, &photo).await;
            let by = deciding(&ledger);
            let orders = erasures::order(&mut ledger, &note.hash(), &by, REASON).await;
            assert_eq!(orders.unwrap().len(), 1);
            let name = |id: &StaffId| ledger.roster.person(id).unwrap().name.clone();
            let names = by.iter().map(name).collect();
            let after = made(ledger.tx, &root, case, &photo).await;
            Self {
                before,
                after,
                note,
                photo,
                names,
            }
        })
    }

    /// What is found where another word stands in the place of the body.
    fn faults_of(&self, word: Erasure) -> Vec<Fault> {
        self.after.faults(|contents| {
            let name = self.note.hash();
            let mut entries = contents.entries.iter_mut();
            let gone = entries.find(|entry| entry.hash() == name).unwrap();
            *gone = self.note.erased(&word).unwrap();
        })
    }
}

/// The file of a case as it is now, with a photo at hand that it may name no more.
async fn made(tx: &mut impl Tx, root: &RootKey, case: CaseId, photo: &Attachment) -> Made {
    let gathered = gather(tx, root, case, &[], training::START_MS).await;
    let mut gathered = gathered.unwrap();
    let held = (photo.name().to_string(), photo.clone());
    gathered.photos.extend([held]);
    Made {
        text: gathered.to_file(root).unwrap(),
        root: root.clone(),
        gathered,
    }
}

/// Two persons of the site.
fn deciding(ledger: &Ledger<'_, impl Tx>) -> Vec<StaffId> {
    let staff = ledger.roster.staff().map(|person| person.id);
    staff.take(2).collect()
}

/// Writes an act into the scope of a case.
async fn wrote(ledger: &mut Ledger<'_, impl Tx>, case: CaseId, kind: &str, body: Value) -> Entry {
    let rows = ledger.tx.of_case(&case.to_string()).await.unwrap();
    let draft = Draft {
        case: Some(case),
        after: Vec::new(),
        kind: kind.to_owned(),
        body: body.as_object().unwrap().clone(),
    };
    let scope = rows[0].scope.parse().unwrap();
    ledger.write(scope, vec![draft]).await.unwrap().remove(0)
}

/// A file as the root would seal it anew, whatever stands above the statement.
fn sealed_anew(made: &Made, text: &str) -> String {
    let (rest, _signature) = text.trim_end().rsplit_once('\n').unwrap();
    let (above, line) = rest.rsplit_once('\n').unwrap();
    let above = format!("{above}\n");
    let mut statement: Statement = serde_json::from_str(line).unwrap();
    statement.above = Hash::of(above.as_bytes());
    let line = format!("{}\n", serde_json::to_string(&statement).unwrap());
    let signed = [SIGNED_PREFIX, &line].concat();
    let signature = to_base64(&sign(made.root.signing(), signed.as_bytes()));
    format!("{above}{line}{signature}\n")
}

#[test]
fn a_file_with_an_erased_entry_is_sound_and_says_who_erased_it_and_why() {
    let made = &*ERASED;
    let (before, after) = (&made.before.text, &made.after.text);
    let picture = format!("<img data-name=\"{}\"", made.photo.name());
    assert!(before.contains(WORDS) && before.contains(&picture));
    assert!(!after.contains(WORDS) && !after.contains(&picture));
    assert!(!after.contains(made.note.body_line()));
    assert!(after.contains(made.note.header_line()));
    let report = made.after.check(after.as_bytes());
    assert_eq!(report.findings, []);
    assert_eq!((report.erased, report.set_aside, report.photos), (1, 0, 0));
    let (ok, said) = run(after.as_bytes(), &made.after.key());
    assert!(ok && said.ends_with("sound\n"), "{said}");
    let page = after.split("\n<plaintext>\n").next().unwrap();
    let told = page.lines().find(|line| line.contains("內容已清除"));
    let told = told.unwrap();
    assert!(told.contains(REASON), "{told}");
    assert!(made.names.len() == 2 && made.names.iter().all(|name| told.contains(name)));
}

#[test]
fn any_altered_byte_of_an_erased_line_is_found() {
    let made = &*ERASED;
    let text = &made.after.text;
    let word = Erasure::issue(&made.note.hash(), made.after.root.signing());
    let line = word.line();
    let start = text.find(&line).unwrap();
    let files = altered(&line, line.len()).map(|(at, altered)| {
        let mut bytes = text.as_bytes().to_vec();
        bytes.splice(start..start + line.len(), altered);
        (format!("byte {at}"), bytes)
    });
    let files: Vec<_> = files.collect();
    for (what, bytes) in &files {
        assert!(!made.after.check(bytes).is_sound(), "{what}");
    }
    for (what, ok, said) in run_each(files, &made.after.key()) {
        assert!(!ok && said.contains("wrong: "), "{what}: {said}");
    }
}

#[test]
fn what_the_root_did_not_erase_is_found_though_it_sealed_the_file() {
    let made = &*ERASED;
    let (root, name) = (made.after.root.signing(), made.note.hash());
    let entries = &made.after.gathered.contents.entries;
    assert_eq!(made.faults_of(Erasure::issue(&name, root)), []);
    let bad = [Fault::Author(Authorship::BadErasure)];
    let stranger = signing_key(&[9; 32]);
    assert_eq!(made.faults_of(Erasure::issue(&name, &stranger)), bad);
    let other = Erasure::issue(&entries[0].hash(), root);
    assert_eq!(made.faults_of(other), bad);
    let order = entries.iter().find(|entry| entry.kind() == ORDER).unwrap();
    let word = Erasure::issue(&order.hash(), root);
    let text = made.after.text.replacen(order.body_line(), &word.line(), 1);
    let text = sealed_anew(&made.after, &text);
    let findings = made.after.check(text.as_bytes()).findings;
    let found = Fault::Entry(EntryError::Erased);
    assert!(findings.iter().any(|one| one.what == found));
    let (ok, said) = run(text.as_bytes(), &made.after.key());
    assert!(!ok && said.contains("never erased"), "{said}");
}

#[test]
fn a_photo_that_only_the_order_names_is_found_in_the_page() {
    let made = &*ERASED;
    let photo = photo_line(&made.photo, "x") + "<plaintext>\n";
    let text = made.after.text.replacen("<plaintext>\n", &photo, 1);
    let text = sealed_anew(&made.after, &text);
    let findings = made.after.check(text.as_bytes()).findings;
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].what, Fault::Photo);
    let (ok, said) = run(text.as_bytes(), &made.after.key());
    assert!(!ok && said.contains("no entry names it"), "{said}");
}

#[test]
fn a_case_whose_acceptance_was_erased_is_found_as_it_was_corrected_before() {
    for corrected in [true, false] {
        let folder = Folder::new();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let (root, mut tx, case) = opened(&folder).await;
            let (random, now) = (Random::system(), training::START_MS);
            let mut ledger = Ledger::open(&mut tx, &root, &random, now).await.unwrap();
            let rows = ledger.tx.of_case(&case.to_string()).await.unwrap();
            let row = rows.iter().find(|row| row.kind == "accepted").unwrap();
            let accepted = Entry::parse(&row.bytes).unwrap();
            if corrected {
                let body = json!({
                    "target": accepted.hash(), "kind": "accepted",
                    "replacement": accepted.body(), "reason": "the name may not stay",
                });
                wrote(&mut ledger, case, "corrected", body).await;
            }
            let by = deciding(&ledger);
            let orders = erasures::order(&mut ledger, &accepted.hash(), &by, REASON).await;
            assert_eq!(orders.unwrap().len(), 1);
            let found = case_of(&mut tx, CASE).await;
            assert_eq!(found.ok(), corrected.then_some(case));
            let file = collect(&mut tx, Some(CASE)).await;
            assert_eq!(file.is_ok(), corrected);
            if let Ok(file) = file {
                let at = domain::time::Instant(now);
                let explained = explain_file(&file, Some(CASE), at).unwrap();
                assert_eq!(explained.len(), 1);
                assert!(explained[0].number.ends_with(CASE));
            }
        });
    }
}
