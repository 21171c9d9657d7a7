//! Photos that the endpoint has not acknowledged.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod support;

use record::Attachment;
use support::{Endpoint, deed, exchange, join, now, open, settle};
use sync::memory::run;
use sync::tablet::Deed;
use sync::wire::PROTO;
use sync::wire::attachment::LackingReply;

#[test]
fn in_a_new_epoch_every_photo_is_asked_about_whichever_tab_heard_that_it_was_held() {
    let mut endpoint = Endpoint::new();
    let (memory, first) = join(&mut endpoint, 1);
    settle(&mut endpoint, &first);
    let with_photo = Deed {
        attachments: vec![Attachment::new([1; 16], b"photo")],
        ..deed(1, &["with a photo"])
    };
    run(first.record(&with_photo, None, now(endpoint.now_ms)))
        .unwrap()
        .unwrap();
    settle(&mut endpoint, &first);
    let second = open(&memory, 9);
    let asked = second.lacking_request().unwrap();
    let held = LackingReply {
        proto: PROTO,
        epoch: endpoint.epoch.clone(),
        lacking: Vec::new(),
    };
    run(second.take_lacking(&asked, &held)).unwrap().unwrap();
    assert_eq!(open(&memory, 10).attachments_waiting(), 0);
    // The first has not heard of it, and hears of a backup that was put back.
    endpoint.epoch = "e2".to_owned();
    exchange(&mut endpoint, &first, 256, 256);
    assert_eq!(open(&memory, 11).attachments_waiting(), 1);
}
