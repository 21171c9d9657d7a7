//! A rescue file: what one tablet had not sent, handed in by another.

use acceptance::client::{Client, random};
use record::CaseId;
use sync::memory::run;
use sync::wire::rescue::{RESCUE_PATH, RescueReply, RescueRequest};
use sync::wire::{PROTO, RefuseReason, Sealed};

use crate::server_support::{AssertFault as _, Station, note};

fn hand_in(carrier: &Client, rescued: &Client, entries: Vec<Sealed>) -> RescueReply {
    let request = RescueRequest {
        proto: PROTO,
        device: carrier.joined.device,
        rescued: rescued.joined.device,
        entries,
    };
    let body = serde_json::to_vec(&request).unwrap();
    let reply = carrier.post(RESCUE_PATH, &body).unwrap();
    assert_eq!(reply.status, 200, "{}", reply.text());
    serde_json::from_slice(&reply.body).unwrap()
}

#[test]
fn what_a_tablet_had_not_sent_comes_by_another() {
    let station = Station::new();
    let broken = station.endpoint.join("前台");
    let other = station.endpoint.join("二號");
    let case = CaseId::from_random(random());
    let mut written = Vec::new();
    for words in ["甲", "乙", "丙"] {
        written.push(note(&broken, case, words));
    }
    let file = run(broken.tablet.unsent_sealed()).unwrap().unwrap();
    assert_eq!(file.len(), 3);
    let text = serde_json::to_string(&file).unwrap();
    assert!(
        !text.contains('甲') && !text.contains("noted"),
        "it can be read"
    );
    // Twice does no harm, and neither does what is not as it was.
    for _ in 0..2 {
        assert_eq!(hand_in(&other, &broken, file.clone()).refused, []);
    }
    let mut altered = file.clone();
    altered[1].key = altered[0].key.clone();
    let refused = hand_in(&other, &broken, altered).refused;
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].reason, RefuseReason::Malformed);
    let held = station.exported();
    for name in &written {
        assert!(held.entries.iter().any(|entry| entry.hash() == *name));
    }
    // As another's they do not open.
    assert_eq!(hand_in(&other, &other, file).refused.len(), 3);
    // Should the tablet live again, it has nothing left to send.
    broken.sync_all().unwrap();
    assert_eq!(station.exported().entries.len(), held.entries.len());
}

#[test]
fn only_a_tablet_of_the_roster_hands_in() {
    let station = Station::new();
    let tablet = station.endpoint.join("前台");
    let request = serde_json::json!({
        "proto": PROTO,
        "device": tablet.joined.device,
        "rescued": tablet.joined.device,
        "entries": [],
    });
    let reply = station.endpoint.post(RESCUE_PATH, &request);
    reply.assert_fault(401, "unsigned");
}
