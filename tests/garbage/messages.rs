//! What goes over the wire.

use proptest::prelude::*;
use proptest::sample::Index;
use record::check;
use record::seal::SealKey;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sync::endpoint::{open_attachment, read_batch, read_part, read_rescue};
use sync::tablet::read_sealed;
use sync::wire::admin::{AdminReply, AdminRequest};
use sync::wire::attachment::{
    GetReply, GetRequest, LackingReply, LackingRequest, PutReply, PutRequest,
};
use sync::wire::rescue::{Rescue, RescueReply, RescueRequest};
use sync::wire::{
    ErrorBody, JoinReply, JoinRequest, LiveRequest, SignInReply, SignInRequest, SyncReply,
    SyncRequest,
};

use crate::fixtures;
use crate::mutation::{altered, mutations};

/// What is read of a text comes back from what is written of it, and the app reads the same.
fn comes_back<T: Serialize + DeserializeOwned>(text: &str) {
    let read = serde_json::from_str::<T>(text).ok();
    let written = read.map(|message| serde_json::to_string(&message).unwrap());
    if let Some(written) = &written {
        let again: T = serde_json::from_str(written).unwrap();
        assert_eq!(&serde_json::to_string(&again).unwrap(), written);
    }
    // The app takes no list for an object, and else what the endpoint takes.
    if let Ok(message) = json::read::<T>(text) {
        assert_eq!(serde_json::to_string(&message).ok(), written);
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
        comes_back::<LiveRequest>(&text);
        comes_back::<AdminRequest>(&text);
        comes_back::<AdminReply>(&text);
        comes_back::<RescueRequest>(&text);
        comes_back::<RescueReply>(&text);
        comes_back::<Rescue>(&text);
        comes_back::<LackingRequest>(&text);
        comes_back::<LackingReply>(&text);
        comes_back::<PutRequest>(&text);
        comes_back::<PutReply>(&text);
        comes_back::<GetRequest>(&text);
        comes_back::<GetReply>(&text);
        comes_back::<ErrorBody>(&text);
    }

    #[test]
    fn what_another_tablet_hands_in_is_an_entry_or_refused(changes in mutations()) {
        for name in ["rescue_request.json", "rescue_file.json", "rescue_file_attachments.json"] {
            let bytes = altered(fixtures::message(name).as_bytes(), &changes);
            if let Ok(request) = serde_json::from_slice::<RescueRequest>(&bytes)
                && let Ok(batch) = read_rescue(&request, |_| SealKey::new([0; 32]))
            {
                let read = batch.entries.len() + batch.refused.len();
                prop_assert_eq!(read, request.entries.len());
            }
            if let Ok(file) = serde_json::from_slice::<Rescue>(&bytes) {
                let parts: usize = file.parts().map(<[_]>::len).sum();
                prop_assert_eq!(parts, file.entries.len());
                for (of, sealed) in file.attachments.iter().filter_map(read_sealed) {
                    let key = SealKey::new([0; 32]);
                    let opened = open_attachment(&of, &sealed, &key);
                    prop_assert!(opened.is_none_or(|one| one.name() == of.name));
                }
            }
        }
    }

    #[test]
    fn a_part_of_a_photo_is_within_its_limits_or_none(changes in mutations()) {
        let text = fixtures::message("attachment_put_request.json");
        let bytes = altered(text.as_bytes(), &changes);
        if let Ok(request) = serde_json::from_slice::<PutRequest>(&bytes)
            && let Ok(part) = read_part(&request)
        {
            prop_assert!(request.part < request.parts && !part.is_empty());
        }
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
