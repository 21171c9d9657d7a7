//! The endpoint is killed while tablets write and send.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, Mutex};
use std::time::Duration;

use acceptance::client::{Client, random};
use record::{CaseId, Hash};

use crate::server_support::{OFFICER, Station, case_bytes, note};

/// Kills of an ordinary run; `DOORSTEP_KILLS` asks for more (`cargo xtask kills`).
const KILLS: u64 = 20;

/// Tablets that write and send all the time.
const TABLETS: usize = 4;

/// Most notes that a tablet has waiting: what cannot be sent is not added to for ever.
const WAITING_MAX: u64 = 6;

/// How long a tablet waits where no endpoint answers.
const RETRY: Duration = Duration::from_millis(5);

/// Milliseconds over which the moments of the kills sweep, from one before the endpoint is asked
/// anything to one in the middle of its work.
const SWEEP_MS: u64 = 211;

/// What tablets and the hand that kills tell each other.
struct Load {
    case: CaseId,
    address: Mutex<String>,
    /// What some tablet shows as sent.
    acknowledged: Mutex<BTreeSet<Hash>>,
    ended: AtomicBool,
}

#[test]
fn no_acknowledged_entry_is_missing_and_none_is_there_twice() {
    let kills = std::env::var("DOORSTEP_KILLS");
    let kills = kills.map_or(KILLS, |text| text.parse().unwrap());
    let mut station = Station::new();
    let load = Load {
        case: CaseId::from_random(random()),
        address: Mutex::new(station.endpoint.address.clone()),
        acknowledged: Mutex::default(),
        ended: AtomicBool::new(false),
    };
    let join_code = station.endpoint.code.clone();
    let codes = [(); TABLETS].map(|()| station.endpoint.sign_in_code(OFFICER));
    let joined = Barrier::new(TABLETS + 1);
    let (mut written, mut by_tablet) = (BTreeSet::new(), Vec::new());
    std::thread::scope(|scope| {
        let tablets: Vec<_> = codes
            .iter()
            .map(|code| scope.spawn(|| work(&load, &joined, &join_code, code)))
            .collect();
        joined.wait();
        for kill in 0..kills {
            std::thread::sleep(Duration::from_millis(kill * 13 % SWEEP_MS));
            station.endpoint.kill();
            let acknowledged = load.acknowledged.lock().unwrap().clone();
            let held = names(&station, load.case);
            let missing: Vec<_> = acknowledged.difference(&held).collect();
            assert_eq!(missing, Vec::<&Hash>::new(), "kill {kill}");
            station.restart();
            load.address
                .lock()
                .unwrap()
                .clone_from(&station.endpoint.address);
        }
        load.ended.store(true, Ordering::Relaxed);
        for tablet in tablets {
            let (wrote, bytes) = tablet.join().unwrap();
            written.extend(wrote);
            by_tablet.push(bytes);
        }
    });
    assert_eq!(names(&station, load.case), written);
    let last = station.endpoint.join("最後");
    let bytes = case_bytes(&last, load.case);
    assert_eq!(bytes.len(), written.len());
    // A tablet that ended early lacks what the others sent after that, and nothing else.
    let lacks = |held: &Vec<_>| held.iter().any(|one| !bytes.contains(one));
    assert!(!by_tablet.iter().any(lacks));
    let count = written.len();
    println!("{kills} kills, {TABLETS} tablets, {count} entries: 0 acknowledged missing, 0 twice");
}

type Held = Vec<(Hash, String)>;

/// A tablet that writes and sends until it is told to end and all is sent. Answers what it wrote,
/// and what it holds.
fn work(load: &Load, joined: &Barrier, join_code: &str, code: &str) -> (BTreeSet<Hash>, Held) {
    let address = load.address.lock().unwrap().clone();
    let mut tablet = Client::join(&address, join_code, "前台", code).unwrap();
    joined.wait();
    let mut written = BTreeSet::new();
    loop {
        let ended = load.ended.load(Ordering::Relaxed);
        if ended && tablet.unsent() == 0 {
            return (written, case_bytes(&tablet, load.case));
        }
        if !ended && tablet.unsent() < WAITING_MAX {
            written.insert(note(&tablet, load.case, "在負載之下"));
        }
        tablet.address.clone_from(&load.address.lock().unwrap());
        if tablet.sync().is_err() {
            std::thread::sleep(RETRY);
        } else if tablet.unsent() == 0 {
            load.acknowledged.lock().unwrap().extend(&written);
        }
    }
}

/// The entries of the case that the database holds; none of them twice.
fn names(station: &Station, case: CaseId) -> BTreeSet<Hash> {
    let entries = station.exported().entries;
    let of_case = entries
        .iter()
        .filter(|entry| entry.header().case == Some(case));
    let all: Vec<Hash> = of_case.map(record::Entry::hash).collect();
    let distinct: BTreeSet<Hash> = all.iter().copied().collect();
    assert_eq!(distinct.len(), all.len(), "an entry is there twice");
    distinct
}
