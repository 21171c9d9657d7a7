//! What lists say of the clocks of a case: the most urgent, and how many others are open.

use domain::clock::{ClockState, Reading};
use domain::time::Instant;

/// P-month speaks for its case from seven days before its end; until then it is only counted.
const MONTH_SHOWN_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Whether a clock is the month's, and its end is far.
pub(crate) fn is_far_month(reading: &Reading, now: Instant) -> bool {
    let left = reading.remaining_ms(now);
    reading.clock == "P-month"
        && reading.state.is_open()
        && left.is_some_and(|left| left > MONTH_SHOWN_MS)
}

/// What a list says of the clocks of a case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Urgent {
    /// The most urgent of those that have begun.
    pub(crate) reading: Reading,
    /// How many others are open: begun or not, the far month among them.
    pub(crate) others: usize,
    /// When the first of them all is due.
    pub(crate) due: Option<Instant>,
}

impl Urgent {
    /// Of readings by their urgency; `None` where none has begun but a far month.
    pub(crate) fn of(mut readings: Vec<Reading>, now: Instant) -> Option<Self> {
        readings.retain(|reading| reading.state.is_open());
        let due = readings
            .iter()
            .filter_map(|reading| Some(reading.due?.best));
        let due = due.min();
        let others = readings.len().checked_sub(1)?;
        let mut told = readings.into_iter().filter(|r| !is_far_month(r, now));
        let reading = told.next().filter(|r| r.state != ClockState::NotStarted)?;
        Some(Self {
            reading,
            others,
            due,
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::clock::{ClockRun, readings};
    use serde_json::json;

    use super::*;

    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const HOUR_MS: i64 = 3_600_000;
    const NOW: Instant = Instant(10_000 * HOUR_MS);

    /// A clock that is due in `hours`; one that has not begun where there are none.
    fn a_run(clock: &str, hours: Option<i64>) -> ClockRun {
        let span = |at: Instant| json!({ "from": at, "best": at, "to": at });
        let start = hours.map(|_| json!({ "span": span(NOW), "as_stated": false }));
        let due = hours.map(|hours| span(NOW.plus_ms(hours * HOUR_MS)));
        let run = json!({
            "clock": clock, "round": 1, "about": null, "clause": "P-5.3", "source": "clause",
            "limit": { "hours": 24 }, "starts_on": "receipt", "stops_on": "resolved",
            "start": start, "opens": null, "due": due, "soon_from": null, "stop": null,
            "ends": null, "owner": { "role": "officer", "staff": null, "name": null,
                "department": null, "also": [] },
            "overdue_also": [],
        });
        serde_json::from_value(run).unwrap()
    }

    fn told(runs: &[(&str, Option<i64>)]) -> Option<(String, usize)> {
        let runs: Vec<_> = runs.iter().map(|(clock, due)| a_run(clock, *due)).collect();
        let urgent = Urgent::of(readings(&runs, NOW), NOW)?;
        Some((urgent.reading.clock, urgent.others))
    }

    #[test]
    fn the_other_clocks_are_those_not_begun_and_the_far_month_too() {
        let runs = [
            ("P-feedback", Some(4)),
            ("P-revisit-minor", None),
            ("P-month", Some(29 * 24)),
        ];
        assert_eq!(told(&runs), Some(("P-feedback".to_owned(), 2)));
    }

    #[test]
    fn a_far_month_alone_does_not_speak_for_its_case() {
        let month = |days: i64| [("P-month", Some(days * 24)), ("P-revisit-minor", None)];
        assert_eq!(told(&month(8)), None);
        assert_eq!(told(&month(6)), Some(("P-month".to_owned(), 1)));
    }
}
