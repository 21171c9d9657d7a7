//! What is known of the true time of an entry: an interval. Never a reason to refuse an entry.

use serde::{Deserialize, Serialize};

/// Drift allowed a tablet's clock, parts per million of the age of its last measurement. Crystals
/// of tablets stay within 20; 50 leaves room for heat and cold.
pub const DRIFT_PPM: u64 = 50;

/// A tablet's clock against the endpoint's, as the tablet last measured it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockMeasurement {
    /// Milliseconds to add to the tablet's wall clock to get the endpoint's time.
    pub offset_ms: i64,
    /// Half the round trip of the measurement, milliseconds.
    pub error_ms: u64,
    /// Age of the measurement when the entry was written, milliseconds.
    pub age_ms: u64,
}

impl ClockMeasurement {
    /// How far the corrected time may be off, milliseconds: half the round trip and the drift.
    #[must_use]
    pub fn uncertainty_ms(&self) -> i64 {
        let drift = self.age_ms.saturating_mul(DRIFT_PPM).div_ceil(1_000_000);
        i64::try_from(self.error_ms.saturating_add(drift)).unwrap_or(i64::MAX)
    }
}

/// When an entry was recorded, milliseconds of UTC, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Earliest possible time.
    pub from_ms: i64,
    /// The time that is shown.
    pub best_ms: i64,
    /// Latest possible time; `None` while nothing bounds it.
    pub to_ms: Option<i64>,
    /// The receipt lies before the newest endpoint time the tablet had seen: flagged, and used
    /// as no bound.
    pub receipt_odd: bool,
}

/// The interval of an entry: corrected wall time and its uncertainty, within the bracket from the
/// newest endpoint time the tablet had seen to the receipt. Without a measurement (after a jump of
/// the tablet's clock), or where the two do not meet, it is the whole bracket.
#[must_use]
pub fn effective(
    wall_ms: i64,
    clock: Option<&ClockMeasurement>,
    newest_endpoint_ms: Option<i64>,
    receipt_ms: Option<i64>,
) -> Interval {
    let receipt_odd = matches!((receipt_ms, newest_endpoint_ms), (Some(r), Some(s)) if r < s);
    let receipt = receipt_ms.filter(|_| !receipt_odd);
    let floor = newest_endpoint_ms.unwrap_or(i64::MIN);
    let ceiling = receipt.unwrap_or(i64::MAX);
    if let Some(clock) = clock {
        let best = wall_ms.saturating_add(clock.offset_ms);
        let spread = clock.uncertainty_ms();
        let from = best.saturating_sub(spread).max(floor);
        let to = best.saturating_add(spread).min(ceiling);
        if from <= to {
            return Interval {
                from_ms: from,
                best_ms: best.clamp(from, to),
                to_ms: Some(to),
                receipt_odd,
            };
        }
    }
    bracket(wall_ms, newest_endpoint_ms, receipt, receipt_odd)
}

fn bracket(
    wall_ms: i64,
    newest_endpoint_ms: Option<i64>,
    receipt: Option<i64>,
    receipt_odd: bool,
) -> Interval {
    let from = newest_endpoint_ms.unwrap_or_else(|| wall_ms.min(receipt.unwrap_or(wall_ms)));
    Interval {
        from_ms: from,
        best_ms: wall_ms.clamp(from, receipt.unwrap_or(i64::MAX).max(from)),
        to_ms: receipt,
        receipt_odd,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn three_hours_wrong_is_corrected_to_within_the_error() {
        let clock = ClockMeasurement {
            offset_ms: -3 * HOUR,
            error_ms: 40,
            age_ms: 10 * HOUR as u64,
        };
        let got = effective(13 * HOUR, Some(&clock), Some(9 * HOUR), None);
        assert_eq!(got.best_ms, 10 * HOUR);
        // 40 ms and 50 ppm of ten hours = 1,800 ms.
        assert_eq!(got.from_ms, 10 * HOUR - 1840);
        assert_eq!(got.to_ms, Some(10 * HOUR + 1840));
    }

    #[test]
    fn after_a_jump_the_whole_bracket() {
        let got = effective(50 * HOUR, None, Some(9 * HOUR), None);
        assert_eq!((got.from_ms, got.to_ms), (9 * HOUR, None));
        let got = effective(50 * HOUR, None, Some(9 * HOUR), Some(12 * HOUR));
        assert_eq!((got.from_ms, got.to_ms), (9 * HOUR, Some(12 * HOUR)));
        assert_eq!(got.best_ms, 12 * HOUR);
    }

    #[test]
    fn a_corrected_time_outside_the_bracket_betrays_a_jump() {
        let clock = ClockMeasurement {
            offset_ms: 0,
            error_ms: 10,
            age_ms: 0,
        };
        let got = effective(50 * HOUR, Some(&clock), Some(9 * HOUR), Some(12 * HOUR));
        assert_eq!((got.from_ms, got.to_ms), (9 * HOUR, Some(12 * HOUR)));
    }

    #[test]
    fn a_receipt_before_the_newest_time_seen_bounds_nothing() {
        let got = effective(10 * HOUR, None, Some(9 * HOUR), Some(8 * HOUR));
        assert!(got.receipt_odd);
        assert_eq!((got.from_ms, got.to_ms), (9 * HOUR, None));
    }
}
