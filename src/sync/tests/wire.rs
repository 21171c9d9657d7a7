//! The frozen messages of protocol 1: an old tablet must still be understood. A file once written
//! is never changed; a new field gets a new file.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::path::Path;

use record::erasure::Order;
use record::keys::signing_key;
use record::seal::SealKey;
use record::{Entry, PublicKey, Receipt, Roster, ScopeId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sync::endpoint::{BadRequest, read_batch};
use sync::wire::admin::{AdminReply, AdminRequest};
use sync::wire::attachment::{
    GetReply, GetRequest, LackingReply, LackingRequest, PutReply, PutRequest,
};
use sync::wire::rescue::{Rescue, RescueReply, RescueRequest};
use sync::wire::{
    BATCH_BYTES_MAX, Carried, ErrorBody, JoinReply, JoinRequest, LiveRequest, RefuseReason, Sealed,
    SignInReply, SignInRequest, SyncReply, SyncRequest,
};

fn frozen(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/wire/v1");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn no_key(_: &ScopeId) -> SealKey {
    SealKey::new([0; 32])
}

fn comes_back<T: Serialize + DeserializeOwned>(name: &str) -> T {
    let text = frozen(name);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let message: T = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_value(&message).unwrap(), value, "{name}");
    message
}

#[test]
fn every_frozen_message_is_understood() {
    comes_back::<JoinRequest>("join_request.json");
    comes_back::<JoinReply>("join_reply.json");
    comes_back::<SignInRequest>("sign_in_request.json");
    comes_back::<SignInRequest>("sign_in_request_training.json");
    comes_back::<SignInReply>("sign_in_reply.json");
    comes_back::<SyncRequest>("sync_request_keys.json");
    comes_back::<SyncReply>("sync_reply_keys.json");
    comes_back::<SyncReply>("sync_reply_closed.json");
    comes_back::<SyncRequest>("sync_request_sealed.json");
    comes_back::<SyncReply>("sync_reply_unknown.json");
    comes_back::<ErrorBody>("error.json");
    comes_back::<SyncRequest>("sync_request_report.json");
    comes_back::<SyncRequest>("sync_request_joined.json");
    comes_back::<JoinReply>("join_reply_entry.json");
    comes_back::<Rescue>("rescue_file.json");
    comes_back::<RescueRequest>("rescue_request.json");
    comes_back::<RescueReply>("rescue_reply.json");
    comes_back::<Rescue>("rescue_file_attachments.json");
    comes_back::<LackingRequest>("attachment_lacking_request.json");
    comes_back::<LackingReply>("attachment_lacking_reply.json");
    comes_back::<PutRequest>("attachment_put_request.json");
    comes_back::<PutReply>("attachment_put_reply.json");
    comes_back::<PutReply>("attachment_put_reply_held.json");
    comes_back::<GetRequest>("attachment_get_request.json");
    comes_back::<GetReply>("attachment_get_reply.json");
    comes_back::<AdminRequest>("admin_request.json");
    comes_back::<AdminRequest>("admin_request_set_group.json");
    comes_back::<AdminRequest>("admin_request_set_lease.json");
    comes_back::<AdminReply>("admin_reply.json");
    comes_back::<AdminReply>("admin_reply_groups.json");
    comes_back::<SyncRequest>("sync_request_frontiers.json");
    comes_back::<LiveRequest>("live_request.json");
    let join: JoinReply = comes_back("join_reply.json");
    let request: SyncRequest = comes_back("sync_request.json");
    let batch = read_batch(&request, &join.root, no_key).unwrap();
    assert_eq!((batch.entries.len(), batch.refused.len()), (2, 0));
    let reply: SyncReply = comes_back("sync_reply.json");
    for item in &reply.entries {
        if let Carried::Entry(text) = &item.carried {
            Entry::parse(text.as_bytes()).unwrap();
        }
    }
    for text in &reply.receipts {
        let receipt = Receipt::parse(text.as_bytes()).unwrap();
        assert!(receipt.verify(&join.root).is_ok());
    }
}

#[test]
fn a_frozen_order_and_what_it_erased_are_understood() {
    let reply: SyncReply = comes_back("sync_reply_erased.json");
    let root = PublicKey::of(&signing_key(&[9; 32]));
    let entries = reply.entries.iter().filter_map(|item| match &item.carried {
        Carried::Entry(text) => Some(Entry::parse(text.as_bytes()).unwrap()),
        Carried::Held(_) => None,
    });
    let entries: Vec<Entry> = entries.collect();
    let orders = entries.iter();
    let mut orders = orders.filter_map(|entry| Order::of(entry, &Roster::new(root)));
    let (order, erasure) = orders.next().unwrap();
    assert_eq!((order.by.len(), order.attachments.len()), (2, 1));
    let erased = entries.iter().find(|entry| entry.hash() == order.hash);
    assert_eq!(erased.unwrap().erasure(), Some(&erasure));
}

#[test]
fn unknown_fields_and_reasons_of_a_newer_side_are_borne() {
    let text = frozen("sync_request.json").replacen('{', "{\"newer\":{\"a\":1},", 1);
    assert!(serde_json::from_str::<SyncRequest>(&text).is_ok());
    let reason: RefuseReason = serde_json::from_str("\"of_the_future\"").unwrap();
    assert_eq!(reason.code(), "of_the_future");
    assert_eq!(serde_json::to_string(&reason).unwrap(), "\"of_the_future\"");
}

#[test]
fn what_passes_the_limits_is_refused_whole() {
    let join: JoinReply = comes_back("join_reply.json");
    let request: SyncRequest = comes_back("sync_request.json");
    let refused = |change: &dyn Fn(&mut SyncRequest)| {
        let mut request = request.clone();
        change(&mut request);
        read_batch(&request, &join.root, no_key).err()
    };
    assert_eq!(refused(&|r| r.proto = 2), Some(BadRequest::Protocol));
    assert_eq!(
        refused(&|r| r.nonce.clear()),
        Some(BadRequest::Field("nonce"))
    );
    assert_eq!(
        refused(&|r| r.entries = vec![String::new(); 257]),
        Some(BadRequest::TooMany("entries"))
    );
    assert_eq!(
        refused(&|r| r.entries = vec!["x".repeat(512 * 1024 + 1)]),
        Some(BadRequest::TooMany("bytes of entries"))
    );
    assert_eq!(
        refused(&|r| r.receipts = vec![String::new(); 1025]),
        Some(BadRequest::TooMany("receipts"))
    );
}

#[test]
fn each_part_of_a_rescue_file_is_what_a_request_takes() {
    let sealed = |letters: usize| Sealed {
        scope: ScopeId::from_random([2; 16]),
        key: String::new(),
        bytes: "A".repeat(letters),
    };
    let most = BATCH_BYTES_MAX / 3;
    let sizes = [most, most, most, most, 4, most, 10 * most, 4];
    let few = std::iter::repeat_n(4, 100);
    let mut rescue: Rescue = serde_json::from_str(&frozen("rescue_file.json")).unwrap();
    rescue.entries = sizes.into_iter().chain(few).map(sealed).collect();
    let parts: Vec<usize> = rescue.parts().map(<[Sealed]>::len).collect();
    assert_eq!(parts, [3, 3, 1, 32, 32, 32, 5]);
    rescue.entries.clear();
    assert_eq!(rescue.parts().count(), 0);
}
