//! The site's zone as a table of offsets, made from the zone database and carried by the roster.

use chrono::{NaiveDate, NaiveTime, Offset, TimeZone};
use record::roster::Zone;

use super::model::ZONE_DEFAULT;

/// First year of the table: no case is older.
const YEAR_FIRST: i32 = 2000;

/// Last year of the table. Cases are kept for three years; laws on clocks change sooner than
/// this, and with them the zone database and, at the next import, the table.
const YEAR_LAST: i32 = 2060;

const DAY_MS: i64 = 86_400_000;

/// The table of a zone of the zone database; `None` for a name it does not know.
#[must_use]
pub fn table(name: &str) -> Option<Zone> {
    let tz: chrono_tz::Tz = name.parse().ok()?;
    let from = start_of(YEAR_FIRST)?;
    let to = start_of(YEAR_LAST + 1)?;
    let base = offset(tz, from)?;
    let mut changes = Vec::new();
    let mut known = base;
    let mut day = from;
    while day < to {
        let next = day + DAY_MS;
        let then = offset(tz, next)?;
        if then != known {
            changes.push((change(tz, day, next, known)?, then));
            known = then;
        }
        day = next;
    }
    Some(Zone {
        name: name.to_owned(),
        base,
        changes,
    })
}

/// The table of the default zone.
#[must_use]
pub fn default_table() -> Zone {
    table(ZONE_DEFAULT).unwrap_or_else(|| Zone {
        name: ZONE_DEFAULT.to_owned(),
        base: 8 * 3600,
        changes: Vec::new(),
    })
}

fn start_of(year: i32) -> Option<i64> {
    let day = NaiveDate::from_ymd_opt(year, 1, 1)?;
    Some(day.and_time(NaiveTime::MIN).and_utc().timestamp_millis())
}

fn offset(tz: chrono_tz::Tz, at_ms: i64) -> Option<i32> {
    let instant = tz.timestamp_millis_opt(at_ms).single()?;
    Some(instant.offset().fix().local_minus_utc())
}

/// The first instant of `(from, to]` at which the offset is no longer `before`.
fn change(tz: chrono_tz::Tz, from: i64, to: i64, before: i32) -> Option<i64> {
    let (mut low, mut high) = (from, to);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if offset(tz, middle)? == before {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shanghai_has_no_change() {
        let zone = table("Asia/Shanghai").unwrap();
        assert_eq!((zone.base, zone.changes.len()), (28_800, 0));
        assert_eq!(default_table(), zone);
        assert_eq!(table("Mars/Base"), None);
    }

    #[test]
    fn berlin_changes_at_one_in_the_morning_of_utc() {
        let zone = table("Europe/Berlin").unwrap();
        // 2026-03-29T01:00:00Z and 2026-10-25T01:00:00Z.
        assert!(zone.changes.contains(&(1_774_746_000_000, 7200)));
        assert!(zone.changes.contains(&(1_792_890_000_000, 3600)));
    }
}
