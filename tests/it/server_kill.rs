//! The endpoint is killed in the middle of syncs.

use std::collections::BTreeSet;
use std::time::Duration;

use acceptance::client::random;
use acceptance::http::send;
use record::{CaseId, Hash};
use sync::wire::{SYNC_PATH, SyncReply};

use crate::server_support::{Station, case_bytes, note};

/// Kills, as many as the promise names.
const KILLS: u32 = 20;

/// Notes written before each kill.
const NOTES: usize = 6;

#[test]
fn no_acknowledged_entry_is_missing_and_none_is_there_twice() {
    let mut station = Station::new();
    let mut tablet = station.endpoint.join("前台");
    let case = CaseId::from_random(random());
    let mut written = BTreeSet::new();
    for kill in 0..KILLS {
        for number in 0..NOTES {
            written.insert(note(&tablet, case, &format!("{kill}-{number}")));
        }
        let sent = tablet.request().unwrap();
        let address = station.endpoint.address.clone();
        let headers = tablet.headers(SYNC_PATH, sent.body.as_bytes());
        let acknowledged = std::thread::scope(|scope| {
            let exchange = scope.spawn(|| exchange(&address, &headers, sent.body.as_bytes()));
            // Sweeps from before the request is read to after it was answered.
            std::thread::sleep(Duration::from_millis(u64::from(kill) * 2));
            station.endpoint.kill();
            exchange.join().unwrap()
        });
        station.restart();
        tablet.address.clone_from(&station.endpoint.address);
        if let Some(reply) = acknowledged {
            tablet.apply(&reply, &sent).unwrap();
            let held = names(&station, case);
            let pushed = sent.request.entries.len();
            assert!(
                held.len() >= pushed,
                "kill {kill}: an acknowledged entry is missing"
            );
        }
    }
    tablet.sync_all().unwrap();
    let held = names(&station, case);
    let distinct: BTreeSet<Hash> = held.iter().copied().collect();
    assert_eq!(distinct.len(), held.len(), "an entry is there twice");
    assert_eq!(distinct, written);
    let second = station.endpoint.join("二號");
    assert_eq!(case_bytes(&second, case), case_bytes(&tablet, case));
}

fn exchange(address: &str, headers: &[(&str, String)], body: &[u8]) -> Option<SyncReply> {
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let reply = send(address, &format!("POST {SYNC_PATH}"), &headers, body).ok()?;
    (reply.status == 200).then(|| serde_json::from_value(reply.json()).unwrap())
}

fn names(station: &Station, case: CaseId) -> Vec<Hash> {
    let entries = station.exported().entries;
    let of_case = entries
        .iter()
        .filter(|entry| entry.header().case == Some(case));
    of_case.map(record::Entry::hash).collect()
}
