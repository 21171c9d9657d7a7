//! What is recorded while the tablet waits for its storage in the middle of something else: a
//! person saves while the endpoint's answer is being taken in.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on stops"
)]

mod support;

use std::cell::Cell;

use record::CaseId;
use record::roster::{Device, Item};
use record::verdict::Standing;
use support::{Endpoint, SITE_SCOPE, TestTablet, deed, join, now, open, settle};
use sync::memory::{Memory, Pause, Strike, run, run_while};
use sync::storage::Store;
use sync::tablet::{Applied, Now};

/// A tablet that meets the endpoint, and somebody who saves on it in the middle of that.
struct Desk {
    endpoint: Endpoint,
    memory: Memory,
    tablet: TestTablet,
    /// Whether 已保存 was said of it; `None` while nobody has tried.
    saved: Cell<Option<bool>>,
    /// From which number of changes something could be derived then.
    derivable: Cell<Option<u64>>,
}

impl Desk {
    /// With an act that is sent, and one of another tablet that is to come.
    fn new() -> Self {
        let mut endpoint = Endpoint::new();
        let (memory, tablet) = join(&mut endpoint, 1);
        let (_, other) = join(&mut endpoint, 2);
        record(&tablet, 1, "one", &endpoint);
        settle(&mut endpoint, &tablet);
        record(&other, 2, "of the other", &endpoint);
        settle(&mut endpoint, &other);
        Self {
            endpoint,
            memory,
            tablet,
            saved: Cell::new(None),
            derivable: Cell::new(None),
        }
    }

    /// An exchange, in the middle of which somebody may save.
    fn exchange(&mut self) -> Applied {
        self.endpoint.now_ms += 1000;
        let at = now(self.endpoint.now_ms);
        let sent = run_while(self.tablet.sync_request(256, at), || self.save(at));
        let sent = sent.unwrap().unwrap();
        let reply = self.endpoint.sync(&sent.body, 256);
        let applied = run_while(self.tablet.apply(&reply, &sent, at), || self.save(at));
        applied.unwrap().unwrap()
    }

    fn save(&self, at: Now) {
        self.derivable.set(self.tablet.changes());
        let recorded = run(self.tablet.record(&deed(1, &["meanwhile"]), None, at));
        self.saved.set(Some(recorded.unwrap().is_ok()));
    }

    fn restate(&mut self, change: impl FnOnce(&mut Device)) {
        let device = self.endpoint.roster.device(&self.tablet.device());
        let mut device = device.unwrap().clone();
        change(&mut device);
        self.endpoint.state(Item::Device(device));
    }

    /// Whether the endpoint holds what was saved, if it was.
    fn is_held(&self) -> bool {
        let feed = self.endpoint.feed(&SITE_SCOPE);
        let mut texts = feed.iter().map(record::Entry::text);
        self.saved.get() != Some(true) || texts.any(|text| text.contains("meanwhile"))
    }
}

fn record(tablet: &TestTablet, case: u8, text: &str, endpoint: &Endpoint) {
    let recorded = run(tablet.record(&deed(case, &[text]), None, now(endpoint.now_ms)));
    recorded.unwrap().unwrap();
}

/// Plays it with a pause at each call in turn, until there is no such call any more.
fn at_each_call(play: impl Fn(&mut Desk, &str)) {
    for strike in [Strike::Before, Strike::After] {
        for after_calls in 0.. {
            let mut desk = Desk::new();
            desk.memory.set_pause(Some(Pause {
                after_calls,
                strike,
            }));
            play(&mut desk, &format!("{strike:?} call {after_calls}"));
            if desk.memory.set_pause(None).is_some() {
                assert!(after_calls > 5, "it was interrupted");
                break;
            }
            assert!(desk.saved.get().is_some());
        }
    }
}

#[test]
fn what_is_saved_while_an_answer_is_taken_in_goes_out_once_and_in_its_place() {
    at_each_call(|desk, when| {
        for _ in 0..2 {
            desk.exchange();
        }
        if desk.saved.get().is_none() {
            return;
        }
        assert_eq!(desk.saved.get(), Some(true), "{when}");
        record(&desk.tablet, 1, "after", &desk.endpoint);
        for _ in 0..2 {
            desk.exchange();
        }
        let unsent = desk.tablet.status(now(desk.endpoint.now_ms)).unsent;
        assert_eq!(unsent, 0, "{when}");
        assert!(desk.is_held(), "{when}");
        let again = open(&desk.memory, 60);
        settle(&mut desk.endpoint, &again);
        let case = CaseId::from_random([1; 16]);
        let stored = run(again.case_entries(&case)).unwrap().unwrap();
        assert_eq!(stored.len(), 3, "{when}");
        let mut standings = stored.iter().map(|stored| &stored.standing);
        assert!(standings.all(|s| *s == Standing::Counts), "{when}");
    });
}

#[test]
fn what_is_saved_while_a_scope_goes_is_sent_first_or_refused() {
    at_each_call(|desk, when| {
        desk.restate(|device| device.site = "ZZ".to_owned());
        for _ in 0..6 {
            desk.exchange();
        }
        assert!(desk.is_held(), "{when}");
        let mut left = desk.memory.dump(Store::Entries).into_iter();
        let is_left = left.any(|(_, value)| value.starts_with(SITE_SCOPE.bytes()));
        assert!(!is_left, "{when}");
    });
}

#[test]
fn nothing_is_wiped_that_was_saved_meanwhile() {
    at_each_call(|desk, when| {
        desk.restate(|device| {
            device.revoked = true;
            device.wipe = true;
        });
        for _ in 0..8 {
            if desk.exchange().wipe {
                assert!(desk.is_held(), "{when}");
                return;
            }
        }
        panic!("not wiped: {when}");
    });
}

/// Of what an answer brings nobody knows before it is taken in: what is derived from the number
/// that stands then would be taken for whole at the next start.
#[test]
fn nothing_is_derived_from_an_answer_before_it_is_taken_in() {
    at_each_call(|desk, when| {
        desk.restate(|device| device.site = "ZZ".to_owned());
        for _ in 0..6 {
            let before = desk.tablet.changes();
            desk.exchange();
            let derivable = desk.derivable.take();
            assert!(derivable.is_none() || derivable == before, "{when}");
        }
    });
}
