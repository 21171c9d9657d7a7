//! What goes over the wire.

use proptest::prelude::*;
use proptest::sample::Index;
use record::check;
use record::seal::SealKey;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sync::endpoint::read_batch;
use sync::wire::{
    ErrorBody, JoinReply, JoinRequest, SignInReply, SignInRequest, SyncReply, SyncRequest,
};

use crate::fixtures;
use crate::mutation::{altered, mutations};

/// What is read of a text comes back from what is written of it.
fn comes_back<T: Serialize + DeserializeOwned>(text: &str) {
    if let Ok(message) = serde_json::from_str::<T>(text) {
        let written = serde_json::to_string(&message).unwrap();
        let again: T = serde_json::from_str(&written).unwrap();
        assert_eq!(serde_json::to_string(&again).unwrap(), written);
    }
}

proptest! {
    #[test]
    fn no_message_is_too_strange_to_be_read(at in any::<Index>(), changes in mutations()) {
        let files = fixtures::files("wire/v1");
        let (_, text) = at.get(&files);
        let bytes = altered(text.as_bytes(), &changes);
        let text = String::from_utf8_lossy(&bytes);
        comes_back::<JoinRequest>(&text);
        comes_back::<JoinReply>(&text);
        comes_back::<SignInRequest>(&text);
        comes_back::<SignInReply>(&text);
        comes_back::<SyncRequest>(&text);
        comes_back::<SyncReply>(&text);
        comes_back::<ErrorBody>(&text);
    }

    #[test]
    fn no_altered_entry_of_a_request_is_authentic(
        sealed in any::<bool>(),
        changes in mutations(),
    ) {
        let name = if sealed { "sync_request_sealed.json" } else { "sync_request.json" };
        let text = fixtures::message(name);
        let (entries, roster) = fixtures::entries();
        let bytes = altered(text.as_bytes(), &changes);
        let request = serde_json::from_slice::<SyncRequest>(&bytes);
        let key = |_: &_| SealKey::new([0; 32]);
        let batch = request.map(|request| read_batch(&request, &fixtures::root(), key));
        if let Ok(Ok(batch)) = batch {
            for (_, entry) in batch.entries {
                let known = entries.contains(&entry);
                prop_assert!(known || check::authentic(&entry, &roster).is_err());
            }
        }
    }
}
