//! The site's calendar. A month is a calendar month in the site's zone; an hour is 60 minutes
//! whatever the day.

use chrono::{DateTime, FixedOffset, Months, NaiveDateTime, SecondsFormat};

use crate::time::{Instant, Zone};

/// The instant `months` calendar months after `at`, at the same time of day in `zone`. A day
/// that the month does not have becomes its last one. An hour that is skipped that day gives an
/// instant after it; of an hour that comes twice, the later one.
#[must_use]
pub fn add_months(zone: &Zone, at: Instant, months: u32) -> Instant {
    let moved = local(zone, at).and_then(|time| time.checked_add_months(Months::new(months)));
    moved.map_or(Instant(i64::MAX), |time| from_local(zone, time))
}

/// `at` in RFC 3339 with the offset of `zone`: `2026-11-24T10:42:00+08:00`.
#[must_use]
pub fn rfc3339(zone: &Zone, at: Instant) -> String {
    let offset = FixedOffset::east_opt(zone.offset_at(at));
    let time = DateTime::from_timestamp_millis(at.0).zip(offset);
    time.map_or_else(
        || format!("{} ms", at.0),
        |(time, offset)| {
            time.with_timezone(&offset)
                .to_rfc3339_opts(SecondsFormat::AutoSi, false)
        },
    )
}

/// Date and time of day in `zone`, for sentences: `2026-11-24 10:42`.
#[must_use]
pub fn to_the_minute(zone: &Zone, at: Instant) -> String {
    local(zone, at).map_or_else(
        || format!("{} ms", at.0),
        |time| time.format("%Y-%m-%d %H:%M").to_string(),
    )
}

/// The instant that an RFC 3339 text names; `None` where it is not one.
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<Instant> {
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    Some(Instant(time.timestamp_millis()))
}

/// Date and time of day in `zone` as a form's field takes and gives them: `2026-11-24T10:42`.
#[must_use]
pub fn to_field(zone: &Zone, at: Instant) -> String {
    to_the_minute(zone, at).replace(' ', "T")
}

/// The instant at which the clocks of `zone` show what a form's field gives, as [`add_months`]
/// finds one for an hour that comes twice or never. `None` where the text is no date and time.
#[must_use]
pub fn from_field(zone: &Zone, text: &str) -> Option<Instant> {
    let shown = parse_rfc3339(&format!("{}:00Z", text.get(..16)?))?;
    let time = DateTime::from_timestamp_millis(shown.0)?.naive_utc();
    Some(from_local(zone, time))
}

fn local(zone: &Zone, at: Instant) -> Option<NaiveDateTime> {
    let shifted = at.plus_ms(i64::from(zone.offset_at(at)) * 1000);
    DateTime::from_timestamp_millis(shifted.0).map(|time| time.naive_utc())
}

/// The later instant that shows `time` on the site's clocks; where none does, the time as the
/// clocks would have shown it had they not been put forward.
fn from_local(zone: &Zone, time: NaiveDateTime) -> Instant {
    let wall = Instant(time.and_utc().timestamp_millis());
    let at_offset = |seconds: i32| wall.plus_ms(-i64::from(seconds) * 1000);
    // No offset is a day long: the two that can apply are those a day before and a day after.
    let around = [-DAY_MS, DAY_MS].map(|ms| at_offset(zone.offset_at(wall.plus_ms(ms))));
    let shown = |at: &Instant| at.plus_ms(i64::from(zone.offset_at(*at)) * 1000) == wall;
    let exact = around.iter().filter(|at| shown(at)).max();
    exact
        .or_else(|| around.iter().max())
        .copied()
        .unwrap_or(wall)
}

/// A day in milliseconds.
const DAY_MS: i64 = 86_400_000;
