//! The bytes that are altered: every frozen message and act.

use std::path::Path;

use record::evidence::{self, Contents};
use record::{Entry, Head, PublicKey, Receipt, Roster, Unsigned, keys};
use serde_json::{Map, Value};
use sync::wire::{Carried, JoinReply, SyncReply, SyncRequest};

/// The files of a folder of fixtures, with their names.
pub(crate) fn files(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(folder);
    let mut found: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    found.sort();
    found
}

/// A frozen message.
pub(crate) fn message(name: &str) -> String {
    let files = files("wire/v1");
    files.into_iter().find(|(file, _)| file == name).unwrap().1
}

/// The root key of the frozen messages.
pub(crate) fn root() -> PublicKey {
    let join: JoinReply = serde_json::from_str(&message("join_reply.json")).unwrap();
    join.root
}

/// The entries of the frozen messages, with the roster that certifies their authors.
pub(crate) fn entries() -> (Vec<Entry>, Roster) {
    let reply: SyncReply = serde_json::from_str(&message("sync_reply.json")).unwrap();
    let request: SyncRequest = serde_json::from_str(&message("sync_request.json")).unwrap();
    let carried = reply
        .entries
        .into_iter()
        .filter_map(|item| match item.carried {
            Carried::Entry(text) => Some(text),
            Carried::Held(_) => None,
        });
    let texts = carried.chain(request.entries);
    let entries: Vec<Entry> = texts
        .map(|text| Entry::parse(text.as_bytes()).unwrap())
        .collect();
    let mut roster = Roster::new(root());
    for entry in entries.iter().filter(|entry| entry.verify(&root()).is_ok()) {
        roster.apply(entry).unwrap();
    }
    (entries, roster)
}

/// The receipts of the frozen messages.
pub(crate) fn receipts() -> Vec<Receipt> {
    let reply: SyncReply = serde_json::from_str(&message("sync_reply.json")).unwrap();
    let texts = reply.receipts.iter();
    texts
        .map(|text| Receipt::parse(text.as_bytes()).unwrap())
        .collect()
}

/// An evidence file of a case with one entry, which the endpoint wrote, and the root key that
/// signed both.
pub(crate) fn evidence() -> (String, PublicKey) {
    let (entries, known) = entries();
    let key = keys::signing_key(&[9; 32]);
    let act = entries.iter().find(|e| e.header().case.is_some()).unwrap();
    let mut header = act.header().clone();
    (header.device, header.staff) = (known.endpoint(), None);
    (header.seq, header.prev, header.after) = (1, None, Vec::new());
    let (stream, case) = (header.stream, header.case.unwrap());
    let words = Map::from_iter([("text".to_owned(), Value::from("what was done"))]);
    let unsigned = Unsigned::new(header, &words, [6; 16]).unwrap();
    let entry = unsigned.signed_by(&key).unwrap();
    let head = Head {
        stream,
        seq: 1,
        hash: entry.hash(),
    };
    let contents = Contents {
        roster: entries
            .into_iter()
            .filter(|entry| entry.verify(&root()).is_ok())
            .collect(),
        entries: vec![entry],
        places: vec![head],
        streams: vec![head],
        ..Contents::default()
    };
    let page = "<p>what people read</p>\n";
    let file = evidence::write(page, case, 1_795_000_000_000, &contents, &key);
    (file.unwrap(), PublicKey::of(&key))
}
