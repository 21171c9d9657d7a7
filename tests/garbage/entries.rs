//! The record: entries, receipts, files, sealed records, the roster.

use proptest::prelude::*;
use proptest::sample::Index;
use record::check;
use record::export::EntryFile;
use record::keys::signing_key;
use record::roster::Item;
use record::seal::{self, NONCE_BYTES, Place, SealKey};
use record::{Entry, Erasure, Receipt, ScopeId, Unsigned, evidence};
use serde_json::{Map, Value};

use crate::fixtures;
use crate::mutation::{altered, mutations};

#[test]
fn what_is_altered_here_is_authentic_before() {
    let (entries, roster) = fixtures::entries();
    let authentic = entries
        .iter()
        .filter(|entry| check::authentic(entry, &roster).is_ok());
    assert!(authentic.count() >= 2);
    let receipts = fixtures::receipts();
    assert!(
        receipts
            .iter()
            .any(|one| one.verify(&fixtures::root()).is_ok())
    );
}

proptest! {
    #[test]
    fn no_altered_entry_is_authentic(at in any::<Index>(), changes in mutations()) {
        let (entries, roster) = fixtures::entries();
        let entry = at.get(&entries);
        let bytes = altered(entry.bytes(), &changes);
        if let Ok(read) = Entry::parse(&bytes) {
            prop_assert_eq!(read.bytes(), bytes.as_slice());
            let same = read.bytes() == entry.bytes();
            prop_assert!(same || check::authentic(&read, &roster).is_err());
        }
    }

    #[test]
    fn no_altered_receipt_holds(at in any::<Index>(), changes in mutations()) {
        let receipts = fixtures::receipts();
        let receipt = at.get(&receipts);
        let bytes = altered(receipt.text().as_bytes(), &changes);
        if let Ok(read) = Receipt::parse(&bytes) {
            let same = read.text() == receipt.text();
            prop_assert!(same || read.verify(&fixtures::root()).is_err());
        }
    }

    #[test]
    fn an_altered_file_has_no_other_entry_that_is_authentic(changes in mutations()) {
        let (entries, roster) = fixtures::entries();
        let text = EntryFile::of(entries.clone(), &[], &fixtures::receipts()).to_text();
        if let Ok(read) = EntryFile::parse(&altered(text.as_bytes(), &changes)) {
            for entry in read.entries {
                let known = entries.contains(&entry);
                prop_assert!(known || check::authentic(&entry, &roster).is_err());
            }
        }
    }

    #[test]
    fn no_altered_evidence_file_is_sound(changes in mutations()) {
        let (file, root) = fixtures::evidence();
        let sound = evidence::check(file.as_bytes(), Some(&root));
        prop_assert!(sound.findings.is_empty(), "{:?}", sound.findings);
        let bytes = altered(file.as_bytes(), &changes);
        let report = evidence::check(&bytes, Some(&root));
        prop_assert!(bytes == file.as_bytes() || !report.findings.is_empty());
        // Under the key that it names itself it is read to its end, too.
        let _report = evidence::check(&bytes, None);
    }

    #[test]
    fn an_altered_word_of_the_root_erases_nothing(changes in mutations()) {
        let (entries, _) = fixtures::entries();
        let (name, root) = (entries[0].hash(), signing_key(&[9; 32]));
        let word = Erasure::issue(&name, &root).to_string();
        let bytes = altered(word.as_bytes(), &changes);
        let text = String::from_utf8_lossy(&bytes);
        if let Some(read) = Erasure::read(&text) {
            let same = read.to_string() == word;
            prop_assert!(same || read.verify(&name, &fixtures::root()).is_err());
        }
    }

    #[test]
    fn no_altered_record_opens(plain in any::<Vec<u8>>(), changes in mutations()) {
        let key = SealKey::new([1; 32]);
        let scope = Some(ScopeId::from_random([2; 16]));
        let place = Place { store: "entries", key: "a", scope };
        let sealed = seal::seal(&key, &place, [3; NONCE_BYTES], &plain).unwrap();
        let bytes = altered(&sealed, &changes);
        prop_assert!(bytes == sealed || seal::open(&key, &place, &bytes).is_err());
    }

    #[test]
    fn no_statement_of_the_roster_is_too_strange_to_be_read(
        at in any::<Index>(),
        changes in mutations(),
    ) {
        let (entries, mut roster) = fixtures::entries();
        let stated: Vec<&Entry> = entries.iter().filter(|e| Item::of(e).is_ok_and(|i| i.is_some()))
            .collect();
        let entry = at.get(&stated);
        let body = altered(entry.body_line().as_bytes(), &changes);
        let body = String::from_utf8_lossy(&body).into_owned();
        // As a newer or a broken endpoint would sign it.
        if let Ok(mut body) = serde_json::from_str::<Map<String, Value>>(&body) {
            body.remove("salt");
            let unsigned = Unsigned::new(entry.header().clone(), &body, [4; 16]);
            if let Ok(signed) = unsigned.and_then(|one| one.signed_by(&signing_key(&[5; 32]))) {
                let _stated = roster.apply(&signed);
            }
        }
    }
}
