//! The tablet's clock against the endpoint's: measured at each sync, void after a jump.

use record::Hlc;
use record::time::ClockMeasurement;
use serde::{Deserialize, Serialize};

pub(super) const CLOCK_KEY: &str = "clock";

/// Wall and monotonic clock may part by this much without a jump, milliseconds: clocks are slewed,
/// and the two are not read at one instant.
const JUMP_MS: i64 = 2_000;

/// The two clocks of the tablet, read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The wall clock, milliseconds of UTC as the tablet believes.
    pub wall_ms: i64,
    /// Milliseconds since the app was started, never going back. May stand still while the
    /// tablet sleeps.
    pub monotonic_ms: u64,
}

/// A measurement, as kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Measured {
    offset_ms: i64,
    error_ms: u64,
    /// Wall clock at the measurement.
    wall_ms: i64,
}

/// What is kept of time, order and contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ClockState {
    /// Highest place in the order that was written or read.
    pub(super) hlc: Hlc,
    /// Newest endpoint time seen.
    pub(super) endpoint_ms: i64,
    measured: Option<Measured>,
    /// Wall clock when last written or measured.
    last_wall_ms: i64,
    /// The highest time that the tablet has reached since the endpoint last answered, by the
    /// endpoint's clock: it goes on by what the wall clock goes forward, and never back.
    #[serde(default)]
    reached_ms: i64,
    /// Wall clock at the last reply.
    pub(super) contact_wall_ms: Option<i64>,
    /// Epoch of the endpoint as last seen; empty before the first reply.
    pub(super) epoch: String,
    /// Frontiers go with the next request.
    pub(super) frontiers: bool,
    /// Scopes whose digest differed even after a reading from the start.
    pub(super) differing: Vec<record::ScopeId>,
    /// How often a scope was deleted: what an earlier request said is held may be no more.
    #[serde(default)]
    pub(super) deletions: u32,
    /// How often what is derived from has changed on this tablet, whoever wrote it.
    #[serde(default)]
    pub(super) changes: u64,
}

/// The readings of this run of the app, against which a jump shows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Session {
    last: Option<(i64, u64)>,
    /// Another writer has changed what is derived from: nobody here knows what of it.
    pub(super) missed: bool,
    /// A reply has changed what is derived from, and whoever takes it in was not yet told of which
    /// cases: they lag, and nobody else knows.
    pub(super) untold: bool,
}

/// How much time passes before it is written down that it has, milliseconds.
const PASSED_MS: i64 = 10 * 60_000;

impl Session {
    /// Takes a reading; answers whether the wall clock has gone back since the one before. That it
    /// went ahead of the monotonic clock is no sign: the tablet may have slept.
    pub(super) fn jumped(&mut self, now: Now) -> bool {
        let before = self.last.replace((now.wall_ms, now.monotonic_ms));
        let Some((wall, monotonic)) = before else {
            return false;
        };
        let passed = i64::try_from(now.monotonic_ms.saturating_sub(monotonic)).unwrap_or(i64::MAX);
        let expected = wall.saturating_add(passed);
        now.wall_ms < expected.saturating_sub(JUMP_MS)
    }

    /// The last reading of the wall clock in this run.
    pub(super) fn wall_ms(&self) -> Option<i64> {
        self.last.map(|(wall_ms, _)| wall_ms)
    }
}

impl ClockState {
    /// At joining: the endpoint's time is known, and its error only roughly: no measurement yet.
    pub(super) fn at_joining(endpoint_ms: i64, now: Now) -> Self {
        Self {
            hlc: Hlc::default(),
            endpoint_ms,
            measured: None,
            last_wall_ms: now.wall_ms,
            reached_ms: endpoint_ms,
            contact_wall_ms: None,
            epoch: String::new(),
            frontiers: false,
            differing: Vec::new(),
            deletions: 0,
            changes: 0,
        }
    }

    /// Notes that what is derived from changes.
    pub(super) fn change(&mut self) {
        self.changes = self.changes.saturating_add(1);
    }

    /// Notes a reading; a clock that went back voids the measurement.
    pub(super) fn note(&mut self, now: Now, jumped: bool) {
        if jumped || self.went_back(now) {
            self.measured = None;
        }
        self.reached_ms = self.reached(now.wall_ms);
        self.last_wall_ms = now.wall_ms;
    }

    /// The highest time reached, with the wall clock at `wall_ms` now. Put back it reaches nothing
    /// new, and what it had reached stays; put forward it reaches all of that.
    fn reached(&self, wall_ms: i64) -> i64 {
        let forward = wall_ms.saturating_sub(self.last_wall_ms).max(0);
        self.reached_ms
            .max(self.endpoint_ms)
            .saturating_add(forward)
    }

    /// Milliseconds since the endpoint last answered, as far as the tablet can tell.
    pub(super) fn unmet_ms(&self, wall_ms: i64) -> i64 {
        self.reached(wall_ms).saturating_sub(self.endpoint_ms)
    }

    /// Whether the wall clock has moved by so much that it is to be written down.
    pub(super) fn has_passed(&self, wall_ms: i64) -> bool {
        wall_ms.saturating_sub(self.last_wall_ms).saturating_abs() >= PASSED_MS
    }

    /// Takes in the endpoint's time from a reply to a request sent at `sent` and answered at
    /// `now`. The narrower of two measurements that agree is kept.
    pub(super) fn measure(&mut self, endpoint_ms: i64, sent: Now, now: Now, jumped: bool) {
        self.endpoint_ms = self.endpoint_ms.max(endpoint_ms);
        self.reached_ms = self.endpoint_ms;
        self.last_wall_ms = now.wall_ms;
        self.contact_wall_ms = Some(now.wall_ms);
        if jumped {
            return;
        }
        let trip = now.monotonic_ms.saturating_sub(sent.monotonic_ms);
        let half = trip.div_ceil(2);
        let middle = now
            .wall_ms
            .saturating_sub(i64::try_from(half).unwrap_or(i64::MAX));
        let fresh = Measured {
            offset_ms: endpoint_ms.saturating_sub(middle),
            // The endpoint reads its clock in whole milliseconds.
            error_ms: half.saturating_add(1),
            wall_ms: now.wall_ms,
        };
        let keep = self.at(now).is_some_and(|old| {
            let (old_error, new_error) = (old.uncertainty_ms(), clamp_i64(fresh.error_ms));
            let apart = old
                .offset_ms
                .saturating_sub(fresh.offset_ms)
                .saturating_abs();
            old_error <= new_error && apart <= old_error.saturating_add(new_error)
        });
        if !keep {
            self.measured = Some(fresh);
        }
        self.last_wall_ms = now.wall_ms;
    }

    /// Whether the wall clock stands before where it was last written down.
    fn went_back(&self, now: Now) -> bool {
        now.wall_ms < self.last_wall_ms.saturating_sub(JUMP_MS)
    }

    /// The time, milliseconds of UTC, as well as it is known: the wall clock as it was measured, or
    /// as it is and then never before the newest time of the endpoint.
    pub(super) fn instant_ms(&self, now: Now) -> i64 {
        match self.at(now) {
            Some(clock) => now.wall_ms.saturating_add(clock.offset_ms),
            None => now.wall_ms.max(self.endpoint_ms),
        }
    }

    /// The measurement as a header written now carries it.
    pub(super) fn at(&self, now: Now) -> Option<ClockMeasurement> {
        let measured = self.measured.filter(|_| !self.went_back(now))?;
        let age = now.wall_ms.saturating_sub(measured.wall_ms).max(0);
        Some(ClockMeasurement {
            offset_ms: measured.offset_ms,
            error_ms: measured.error_ms,
            age_ms: age.unsigned_abs(),
        })
    }
}

fn clamp_i64(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(wall_ms: i64, monotonic_ms: u64) -> Now {
        Now {
            wall_ms,
            monotonic_ms,
        }
    }

    #[test]
    fn the_offset_is_taken_from_the_middle_of_the_trip() {
        let mut clock = ClockState::at_joining(0, now(10_000, 0));
        clock.measure(50_000, now(10_000, 0), now(10_200, 200), false);
        let measured = clock.at(now(10_200, 200)).unwrap();
        assert_eq!((measured.offset_ms, measured.error_ms), (39_900, 101));
        // A slower one that agrees does not replace it; one that does not agree does.
        clock.measure(51_000, now(10_300, 300), now(12_300, 2_300), false);
        assert_eq!(clock.at(now(12_300, 2_300)).unwrap().error_ms, 101);
        clock.measure(99_000, now(12_300, 2_300), now(14_300, 4_300), false);
        assert_eq!(clock.at(now(14_300, 4_300)).unwrap().error_ms, 1_001);
    }

    #[test]
    fn a_clock_that_goes_back_voids_the_measurement_and_sleep_does_not() {
        let mut session = Session::default();
        assert!(!session.jumped(now(100_000, 0)));
        assert!(!session.jumped(now(9_100_000, 1_000)), "slept");
        assert!(session.jumped(now(9_000_000, 2_000)));
        let mut clock = ClockState::at_joining(0, now(100_000, 0));
        clock.measure(50_000, now(100_000, 0), now(100_010, 10), false);
        assert_eq!(clock.at(now(90_000, 20)), None, "before it is noted");
        clock.note(now(90_000, 20), false);
        assert_eq!(clock.at(now(90_000, 20)), None);
    }

    #[test]
    fn a_clock_at_1970_does_not_tell_the_time() {
        let mut clock = ClockState::at_joining(700_000, now(800_000, 0));
        clock.measure(750_000, now(800_000, 0), now(800_000, 0), false);
        assert_eq!(clock.instant_ms(now(800_500, 500)), 750_500);
        assert_eq!(clock.instant_ms(now(5, 0)), 750_000);
        // Measured again it does, whatever it was set to.
        clock.measure(760_000, now(10, 5), now(10, 5), false);
        assert_eq!(clock.instant_ms(now(20, 15)), 760_010);
    }

    const DAY_MS: i64 = 86_400_000;

    #[test]
    fn a_clock_that_is_put_back_does_not_lengthen_the_time_without_a_meeting() {
        let day = |n: i64| 1_000 * DAY_MS + n * DAY_MS;
        let at = |n: i64| now(day(n), 0);
        // The tablet's clock is years behind the endpoint's.
        let mut clock = ClockState::at_joining(day(9_000), at(0));
        assert_eq!(clock.unmet_ms(day(13)), 13 * DAY_MS);
        clock.note(at(13), false);
        // Back to the first day: what was reached stays, and goes on from there.
        assert_eq!(clock.unmet_ms(day(0)), 13 * DAY_MS);
        clock.note(at(0), false);
        assert_eq!(clock.unmet_ms(day(2)), 15 * DAY_MS);
        clock.note(at(2), false);
        clock.note(at(-4_000), false);
        assert_eq!(clock.unmet_ms(day(-3_999)), 16 * DAY_MS);
        // The endpoint has answered.
        clock.measure(day(9_016), at(-3_999), at(-3_999), true);
        assert_eq!(clock.unmet_ms(day(-3_999)), 0);
        assert_eq!(clock.unmet_ms(day(-3_998)), DAY_MS);
    }

    #[test]
    fn a_clock_that_is_put_forward_is_believed_until_the_endpoint_says_otherwise() {
        let start = 1_000 * DAY_MS;
        let mut clock = ClockState::at_joining(start, now(start, 0));
        let ahead = now(start + 400 * DAY_MS, 0);
        clock.note(ahead, false);
        assert_eq!(clock.unmet_ms(start), 400 * DAY_MS);
        clock.measure(start + 1, ahead, ahead, false);
        assert_eq!(clock.unmet_ms(ahead.wall_ms), 0);
        assert_eq!(clock.unmet_ms(start), 0, "put right again");
    }

    #[test]
    fn time_is_written_down_now_and_then_whichever_way_it_goes() {
        let clock = ClockState::at_joining(0, now(DAY_MS, 0));
        assert!(!clock.has_passed(DAY_MS + PASSED_MS - 1));
        assert!(clock.has_passed(DAY_MS + PASSED_MS));
        assert!(clock.has_passed(DAY_MS - PASSED_MS));
    }
}
