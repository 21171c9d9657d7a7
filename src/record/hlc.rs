//! The hybrid logical clock: orders entries, never tells time. Reading an entry adopts its value;
//! writing takes the wall clock where that is ahead. Order is by `Hlc`, then by entry hash.

use serde::{Deserialize, Serialize};

/// One day, in milliseconds.
pub const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// How far past the newest endpoint time seen a tablet lets its own clock pull the order, in
/// milliseconds: a tablet is of use for days without a network, hardly for a month.
pub const WRITE_AHEAD_MS_MAX: u64 = 30 * DAY_MS;

/// How far past the endpoint's time an entry may lie before it is set aside, in milliseconds:
/// twice what a correct tablet writes, so that adopting another's value never exceeds it.
pub const READ_AHEAD_MS_MAX: u64 = 2 * WRITE_AHEAD_MS_MAX;

/// A place in the order: milliseconds, then a counter.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Hlc {
    /// Physical part, milliseconds of UTC by whatever clock was ahead.
    pub ms: u64,
    /// Counter among entries of the same millisecond.
    pub n: u32,
}

impl Hlc {
    /// The value of the next entry written: after this one, and not before `wall_ms`, which counts
    /// only up to [`WRITE_AHEAD_MS_MAX`] past `newest_endpoint_ms`.
    #[must_use]
    pub fn tick(self, wall_ms: i64, newest_endpoint_ms: Option<i64>) -> Self {
        let wall = u64::try_from(wall_ms).unwrap_or(0);
        let cap = newest_endpoint_ms
            .and_then(|ms| u64::try_from(ms).ok())
            .map_or(u64::MAX, |ms| ms.saturating_add(WRITE_AHEAD_MS_MAX));
        let wall = wall.min(cap).min(crate::strict::INTEGER_MAX);
        if wall > self.ms {
            return Self { ms: wall, n: 0 };
        }
        match self.n.checked_add(1) {
            Some(n) => Self { ms: self.ms, n },
            None => Self {
                ms: self.ms.saturating_add(1),
                n: 0,
            },
        }
    }

    /// This clock after reading an entry with `other`.
    #[must_use]
    pub fn adopt(self, other: Self) -> Self {
        self.max(other)
    }

    /// Whether the value lies so far past `endpoint_ms` that the entry is set aside and the value
    /// not adopted.
    #[must_use]
    pub fn too_far_ahead(self, endpoint_ms: i64) -> bool {
        let endpoint = u64::try_from(endpoint_ms).unwrap_or(0);
        self.ms > endpoint.saturating_add(READ_AHEAD_MS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_000_000_000;

    #[test]
    fn ticks_forward_even_when_the_wall_clock_goes_back() {
        let first = Hlc::default().tick(NOW, None);
        let second = first.tick(NOW - 86_400_000, None);
        assert!(second > first);
        assert_eq!((second.ms, second.n), (first.ms, 1));
    }

    #[test]
    fn a_clock_ten_years_ahead_pulls_the_order_by_thirty_days_at_most() {
        let ahead = Hlc::default().tick(NOW + 315_360_000_000, Some(NOW));
        assert_eq!(ahead.ms, NOW as u64 + WRITE_AHEAD_MS_MAX);
        assert!(!ahead.too_far_ahead(NOW));
        let wild = Hlc {
            ms: NOW as u64 + READ_AHEAD_MS_MAX + 1,
            n: 0,
        };
        assert!(wild.too_far_ahead(NOW));
    }

    #[test]
    fn a_full_counter_moves_on_to_the_next_millisecond() {
        let full = Hlc { ms: 5, n: u32::MAX };
        assert_eq!(full.tick(0, None), Hlc { ms: 6, n: 0 });
    }
}
