//! When what is shown of time is drawn anew: right after each whole minute, or each ten seconds.
//! Until then it stands, and it never tells of more time than there is: a time left is the one at
//! the end of that minute, which is the same on each tablet.

use domain::time::Instant;

/// Milliseconds of a minute.
pub(crate) const MINUTE_MS: i64 = 60_000;
/// What changes within this time is drawn anew each [`NEAR_STEP_MS`], all else each minute.
const NEAR_MS: i64 = 15 * MINUTE_MS;
const NEAR_STEP_MS: i64 = 10_000;

/// Milliseconds between two drawings of what changes next at `change`.
fn step_ms(now: Instant, change: Option<Instant>) -> i64 {
    if change.is_some_and(|change| change.since(now) <= NEAR_MS) {
        NEAR_STEP_MS
    } else {
        MINUTE_MS
    }
}

/// When the page is drawn anew after `now`, with the first change of all its clocks at `change`.
pub(crate) fn next(now: Instant, change: Option<Instant>) -> Instant {
    let regular = now.plus_ms(to_grid_ms(now, step_ms(now, change)) + 1);
    change.map_or(regular, |change| change.min(regular))
}

/// Milliseconds that are told of the `left_ms` to a due at `now`: those that are left when the
/// minute, or the ten seconds, are over. The clock changes next at `change`: the page that shows it
/// is drawn anew as often as that asks, or more often.
pub(crate) fn told_ms(now: Instant, left_ms: i64, change: Option<Instant>) -> i64 {
    left_ms - to_grid_ms(now, step_ms(now, change))
}

/// From `now` to the next whole multiple of `step_ms`; nothing where it is one.
const fn to_grid_ms(now: Instant, step_ms: i64) -> i64 {
    now.0.wrapping_neg().rem_euclid(step_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// A minute sharp.
    const NOW: Instant = Instant(1_000 * MINUTE_MS);
    const SECOND_MS: i64 = 1_000;

    #[test]
    fn it_is_drawn_anew_each_minute_and_each_ten_seconds_where_a_change_is_near() {
        let after = |ms: i64, change_ms: Option<i64>| {
            let now = NOW.plus_ms(ms);
            next(now, change_ms.map(|ms| NOW.plus_ms(ms))).since(NOW)
        };
        assert_eq!(after(0, None), 1);
        assert_eq!(after(1, None), MINUTE_MS + 1);
        assert_eq!(after(MINUTE_MS, None), MINUTE_MS + 1);
        assert_eq!(after(1, Some(16 * MINUTE_MS)), MINUTE_MS + 1);
        assert_eq!(after(1, Some(15 * MINUTE_MS)), 10 * SECOND_MS + 1);
        assert_eq!(after(51 * SECOND_MS, Some(8 * MINUTE_MS)), MINUTE_MS + 1);
        assert_eq!(after(5, Some(6)), 6);
    }

    #[test]
    fn what_is_told_stands_until_it_is_drawn_anew_and_is_never_too_much() {
        for due_ms in [7 * SECOND_MS, 37 * SECOND_MS, MINUTE_MS - 1, MINUTE_MS] {
            let due_ms = 20 * MINUTE_MS + due_ms;
            for drawn_ms in (0..due_ms).step_by(977) {
                let (now, left_ms) = (NOW.plus_ms(drawn_ms), due_ms - drawn_ms);
                let change = Some(NOW.plus_ms(due_ms + 1));
                let told = told_ms(now, left_ms, change);
                let anew = next(now, change);
                let then = due_ms + 1 - anew.since(NOW);
                assert!(
                    told <= left_ms && told <= then.max(0),
                    "{drawn_ms} of {due_ms}"
                );
                assert!(left_ms - told < step_ms(now, change));
            }
        }
    }

    #[test]
    fn on_the_minute_it_tells_all_that_is_left() {
        let left_ms = 24 * 60 * MINUTE_MS;
        assert_eq!(told_ms(NOW, left_ms, None), left_ms);
    }

    #[test]
    fn within_a_minute_each_tablet_tells_the_same() {
        let due_ms = 24 * 60 * MINUTE_MS + 37 * SECOND_MS;
        let told = |ms: i64| told_ms(NOW.plus_ms(ms), due_ms - ms, None);
        assert_eq!(told(1), told(MINUTE_MS));
        assert_eq!(told(36_999), told(37_001));
    }
}
