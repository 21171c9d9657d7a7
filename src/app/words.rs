//! Times, lengths and clocks in the reader's words.

use domain::calendar;
use domain::clock::{ClockState, EndReason, Limit, Reading};
use domain::time::{Instant, Zone};
use domain::view::Phase;
use sync::storage::StorageError;
use sync::tablet::TabletError;

use crate::i18n::{Locale, t_string};
use crate::meeting::Meeting;
use crate::redraw::{self, MINUTE_MS};
use crate::ui::{ClockFace, ClockLook};

/// The strings of the reader's language.
pub(crate) type I18n = Locale;

const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Days since 1970-01-01 in the site's zone.
pub(crate) fn day_number(zone: &Zone, at: Instant) -> i64 {
    at.plus_ms(i64::from(zone.offset_at(at)) * 1000)
        .0
        .div_euclid(DAY_MS)
}

/// Year, month, day and time of day in the site's zone, as text.
fn parts(zone: &Zone, at: Instant) -> (String, String, String, String) {
    let text = calendar::to_the_minute(zone, at);
    let piece = |from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
    (piece(0, 4), piece(5, 7), piece(8, 10), piece(11, 16))
}

/// 10:42.
pub(crate) fn time_of_day(zone: &Zone, at: Instant) -> String {
    parts(zone, at).3
}

/// 今日 10:42, 昨日 09:30, 明日 09:10; other days 11/23 15:20, of another year 2025/11/23 15:20.
pub(crate) fn when(i18n: I18n, zone: &Zone, at: Instant, now: Instant) -> String {
    let (year, month, day, time) = parts(zone, at);
    match day_number(zone, at) - day_number(zone, now) {
        0 => format!("{} {time}", t_string!(i18n, common.today)),
        1 => format!("{} {time}", t_string!(i18n, common.tomorrow)),
        -1 => format!("{} {time}", t_string!(i18n, common.yesterday)),
        _ if year == parts(zone, now).0 => format!("{month}/{day} {time}"),
        _ => format!("{year}/{month}/{day} {time}"),
    }
}

/// A stated time further back than this is asked about: a month is the longest clock.
const LONG_AGO_DAYS: i64 = 31;

/// A target further ahead than this is asked about.
const FAR_AHEAD_DAYS: i64 = 365;

/// What to look at again in a time that something is said to have happened at.
pub(crate) fn long_ago(i18n: I18n, zone: &Zone, at: Instant, now: Instant) -> Option<String> {
    let days = day_number(zone, now) - day_number(zone, at);
    let date = long_date(i18n, zone, at);
    (days > LONG_AGO_DAYS).then(|| t_string!(i18n, common.long_ago, n = days, date = date))
}

/// What to look at again in a target time.
pub(crate) fn odd_target(i18n: I18n, zone: &Zone, at: Instant, now: Instant) -> Option<String> {
    if at <= now {
        return Some(t_string!(i18n, common.target_past).to_owned());
    }
    let days = day_number(zone, at) - day_number(zone, now);
    let date = long_date(i18n, zone, at);
    (days > FAR_AHEAD_DAYS).then(|| t_string!(i18n, common.far_ahead, n = days, date = date))
}

/// How people are often related to a household; the answers are the words shown.
pub(crate) fn relations(i18n: I18n) -> Vec<String> {
    let often = t_string!(i18n, common.relations).split('、');
    often.map(str::to_owned).collect()
}

/// How much of a field of `max` characters is left, once a tenth of it is or less; that it is full.
/// Characters are counted as browsers do it for `maxlength`, in UTF-16 units.
pub(crate) fn room_left(i18n: I18n, text: &str, max: usize) -> Option<String> {
    let left = max.saturating_sub(text.encode_utf16().count());
    if left == 0 {
        return Some(t_string!(i18n, common.field_full, n = max));
    }
    (left <= max / 10).then(|| t_string!(i18n, common.room_left, n = left))
}

/// 2026-11-24 10:42, for prints.
pub(crate) fn full(zone: &Zone, at: Instant) -> String {
    calendar::to_the_minute(zone, at)
}

/// 11 月 24 日.
pub(crate) fn month_day(i18n: I18n, zone: &Zone, at: Instant) -> String {
    let (_, month, day, _) = parts(zone, at);
    let plain = |text: &str| text.trim_start_matches('0').to_owned();
    t_string!(
        i18n,
        common.month_day,
        month = plain(&month),
        day = plain(&day)
    )
}

/// 2026 年 11 月 24 日.
pub(crate) fn long_date(i18n: I18n, zone: &Zone, at: Instant) -> String {
    let (year, month, day, _) = parts(zone, at);
    let plain = |text: &str| text.trim_start_matches('0').to_owned();
    t_string!(
        i18n,
        common.year_month_day,
        year = year,
        month = plain(&month),
        day = plain(&day)
    )
}

/// 11 月 24 日 星期二.
pub(crate) fn day_and_weekday(i18n: I18n, zone: &Zone, at: Instant) -> String {
    // 1970-01-01 was a Thursday.
    let weekday = match (day_number(zone, at) + 4).rem_euclid(7) {
        0 => t_string!(i18n, common.weekday_0),
        1 => t_string!(i18n, common.weekday_1),
        2 => t_string!(i18n, common.weekday_2),
        3 => t_string!(i18n, common.weekday_3),
        4 => t_string!(i18n, common.weekday_4),
        5 => t_string!(i18n, common.weekday_5),
        _ => t_string!(i18n, common.weekday_6),
    };
    format!("{} {weekday}", month_day(i18n, zone, at))
}

/// 34 分, 4:38, 29 天. Whole minutes, rounded down.
pub(crate) fn length(i18n: I18n, ms: i64) -> String {
    let minutes = ms.max(0) / MINUTE_MS;
    if minutes < 60 {
        t_string!(i18n, common.minutes, n = minutes)
    } else if minutes < 48 * 60 {
        format!("{}:{:02}", minutes / 60, minutes % 60)
    } else {
        t_string!(i18n, common.days, n = minutes / (24 * 60))
    }
}

/// Seconds below a minute, rounded up; above as [`length`].
pub(crate) fn short_length(i18n: I18n, ms: i64) -> String {
    if ms < MINUTE_MS {
        t_string!(i18n, device.clock_seconds, n = (ms + 999) / 1_000)
    } else {
        length(i18n, ms)
    }
}

/// How far a clock is off that is slow by `slow_ms`: 快 2 秒.
pub(crate) fn clock_error(i18n: I18n, slow_ms: i64) -> String {
    let by = short_length(i18n, slow_ms.saturating_abs());
    if slow_ms.saturating_abs() < 1_000 {
        t_string!(i18n, device.clock_right).to_owned()
    } else if slow_ms > 0 {
        t_string!(i18n, device.clock_slow, by = by)
    } else {
        t_string!(i18n, device.clock_fast, by = by)
    }
}

/// 1 小時 18 分, for screen readers.
pub(crate) fn length_spoken(i18n: I18n, ms: i64) -> String {
    let minutes = ms.max(0) / MINUTE_MS;
    if minutes < 60 {
        t_string!(i18n, common.spoken_minutes, n = minutes)
    } else if minutes < 48 * 60 {
        t_string!(
            i18n,
            common.spoken_hours_minutes,
            h = minutes / 60,
            m = minutes % 60
        )
    } else {
        t_string!(i18n, common.spoken_days, n = minutes / (24 * 60))
    }
}

/// What a clock is for: 反饋住戶.
pub(crate) fn clock_title(i18n: I18n, clock: &str) -> String {
    match clock {
        "P-feedback" => t_string!(i18n, act.clock_feedback).to_owned(),
        "P-measures" => t_string!(i18n, act.clock_measures).to_owned(),
        "P-completion" => t_string!(i18n, act.clock_completion).to_owned(),
        "P-month" => t_string!(i18n, act.clock_month).to_owned(),
        "P-revisit-minor" => t_string!(i18n, act.clock_revisit).to_owned(),
        other => t_string!(i18n, act.clock_other, id = other.to_owned()),
    }
}

/// How a state looks.
pub(crate) const fn clock_look(state: ClockState) -> ClockLook {
    match state {
        ClockState::NotStarted => ClockLook::None,
        ClockState::WaitingToOpen => ClockLook::Wait,
        ClockState::Running => ClockLook::Run,
        ClockState::DueSoon => ClockLook::Soon,
        ClockState::Overdue => ClockLook::Over,
        ClockState::Met => ClockLook::Met,
        ClockState::MetLate => ClockLook::Late,
        ClockState::Ended => ClockLook::Ended,
    }
}

/// 計時中.
pub(crate) fn state_word(i18n: I18n, state: ClockState) -> &'static str {
    match state {
        ClockState::NotStarted => t_string!(i18n, act.state_none),
        ClockState::WaitingToOpen => t_string!(i18n, act.state_wait),
        ClockState::Running => t_string!(i18n, act.state_run),
        ClockState::DueSoon => t_string!(i18n, act.state_soon),
        ClockState::Overdue => t_string!(i18n, act.state_over),
        ClockState::Met => t_string!(i18n, act.state_met),
        ClockState::MetLate => t_string!(i18n, act.state_late),
        ClockState::Ended => t_string!(i18n, act.state_ended),
    }
}

/// A clock as it is shown at `now`; `others` is how many other clocks of the case are open.
pub(crate) fn clock_face(
    i18n: I18n,
    zone: &Zone,
    reading: &Reading,
    now: Instant,
    others: usize,
) -> ClockFace {
    let (value, spoken) = clock_value(i18n, zone, reading, now);
    ClockFace {
        look: clock_look(reading.state),
        word: state_word(i18n, reading.state).to_owned(),
        value,
        spoken,
        meter: meter(reading, now),
        uncertain: reading
            .uncertain
            .then(|| t_string!(i18n, common.uncertain).to_owned()),
        others: (others > 0).then(|| {
            (
                t_string!(i18n, today.others, n = others),
                t_string!(i18n, today.others_spoken, n = others),
            )
        }),
    }
}

fn clock_value(i18n: I18n, zone: &Zone, reading: &Reading, now: Instant) -> (String, String) {
    let remaining = reading.remaining_ms(now).unwrap_or(0);
    let none = String::new;
    match reading.state {
        ClockState::NotStarted => ("—".to_owned(), none()),
        ClockState::WaitingToOpen => (
            reading
                .opens
                .map(|at| when(i18n, zone, at, now))
                .unwrap_or_default(),
            none(),
        ),
        ClockState::Running | ClockState::DueSoon => {
            let left = redraw::told_ms(now, remaining, reading.next_change);
            (
                t_string!(i18n, common.left, time = length(i18n, left)),
                t_string!(i18n, common.left_spoken, time = length_spoken(i18n, left)),
            )
        }
        ClockState::Overdue => (
            t_string!(i18n, common.over, time = length(i18n, -remaining)),
            t_string!(i18n, common.over, time = length_spoken(i18n, -remaining)),
        ),
        ClockState::Met => {
            let used = reading.used_ms().unwrap_or(0);
            (
                t_string!(i18n, common.used, time = length(i18n, used)),
                t_string!(i18n, common.used, time = length_spoken(i18n, used)),
            )
        }
        ClockState::MetLate => {
            let late = reading.late_ms().unwrap_or(0);
            (
                t_string!(i18n, common.late_by, time = length(i18n, late)),
                t_string!(i18n, common.late_by, time = length_spoken(i18n, late)),
            )
        }
        ClockState::Ended => match reading.ended {
            Some(EndReason::Replaced) => (t_string!(i18n, act.ended_replaced).to_owned(), none()),
            None => (none(), none()),
        },
    }
}

/// Part of the limit that has passed, 0 to 100.
fn meter(reading: &Reading, now: Instant) -> Option<u8> {
    let shown = matches!(
        reading.state,
        ClockState::Running | ClockState::DueSoon | ClockState::Overdue
    );
    if !shown {
        return None;
    }
    let start = reading.opens.or(reading.start.map(|s| s.best))?;
    let due = reading.due?.best;
    let whole = due.since(start).max(1);
    let passed = now.since(start).clamp(0, whole);
    u8::try_from(passed.saturating_mul(100) / whole).ok()
}

/// 24 小時.
pub(crate) fn limit_words(i18n: I18n, limit: Limit) -> String {
    match limit {
        Limit::Minutes(n) => t_string!(i18n, act.limit_minutes, n = n),
        Limit::Hours(n) => t_string!(i18n, act.limit_hours, n = n),
        Limit::Months(n) => t_string!(i18n, act.limit_months, n = n),
        Limit::Target => t_string!(i18n, act.limit_target).to_owned(),
    }
}

/// 受理.
pub(crate) fn event_words(i18n: I18n, event: &str) -> String {
    match event {
        "receipt" => t_string!(i18n, act.event_receipt),
        "acceptance" => t_string!(i18n, act.event_acceptance),
        "transfer" => t_string!(i18n, act.event_transfer),
        "department_receipt" => t_string!(i18n, act.event_department_receipt),
        "filled" => t_string!(i18n, act.event_filled),
        "target_entered" => t_string!(i18n, act.event_target_entered),
        "returned" => t_string!(i18n, act.event_returned),
        "done" => t_string!(i18n, act.event_done),
        "verified" => t_string!(i18n, act.event_verified),
        "resolved" => t_string!(i18n, act.event_resolved),
        "feedback" => t_string!(i18n, act.event_feedback),
        "revisited" => t_string!(i18n, act.event_revisited),
        "agreed" => t_string!(i18n, act.event_agreed),
        other => return t_string!(i18n, act.event_other, id = other.to_owned()),
    }
    .to_owned()
}

/// The sum written out: 受理 昨日 15:20 ＋ 24 小時 ＝ 今日 15:20.
pub(crate) fn sum_words(i18n: I18n, zone: &Zone, reading: &Reading, now: Instant) -> String {
    reading.sum.as_ref().map_or_else(String::new, |sum| {
        t_string!(
            i18n,
            act.sum,
            event = event_words(i18n, &sum.event),
            start = when(i18n, zone, sum.opens.unwrap_or(sum.start), now),
            limit = limit_words(i18n, sum.limit),
            due = when(i18n, zone, sum.due, now)
        )
    })
}

/// 接單員.
pub(crate) fn role_words(i18n: I18n, role: &str) -> String {
    match role {
        "officer" => t_string!(i18n, act.role_officer),
        "head" => t_string!(i18n, act.role_head),
        "handler" => t_string!(i18n, act.role_handler),
        "station_head" => t_string!(i18n, act.role_station_head),
        "manager" => t_string!(i18n, act.role_manager),
        "auditor" => t_string!(i18n, act.role_auditor),
        "administrator" => t_string!(i18n, act.role_administrator),
        other => return t_string!(i18n, act.role_other, role = other.to_owned()),
    }
    .to_owned()
}

/// Why a record does not count, or was not taken.
pub(crate) fn aside_reason(i18n: I18n, reason: &str) -> String {
    match reason {
        "fork" => t_string!(i18n, case.aside_fork),
        "clock_ahead" => t_string!(i18n, case.aside_clock_ahead),
        "person_revoked" => t_string!(i18n, case.aside_person_revoked),
        "device_revoked" => t_string!(i18n, case.aside_device_revoked),
        "not_a_member" => t_string!(i18n, case.aside_not_a_member),
        "reads_only" => t_string!(i18n, case.aside_reads_only),
        "device_outside_scope" => t_string!(i18n, case.aside_device_outside_scope),
        "roster_position" => t_string!(i18n, case.aside_roster_position),
        "recorded_again" => t_string!(i18n, case.aside_recorded_again),
        "malformed" => t_string!(i18n, case.aside_malformed),
        "unknown_device" => t_string!(i18n, case.aside_unknown_device),
        "unknown_key" => t_string!(i18n, case.aside_unknown_key),
        "bad_signature" => t_string!(i18n, case.aside_bad_signature),
        "unknown_scope" => t_string!(i18n, case.aside_unknown_scope),
        "stream_mismatch" => t_string!(i18n, case.aside_stream_mismatch),
        code => return t_string!(i18n, case.aside_other, code = code.to_owned()),
    }
    .to_owned()
}

/// A clause in running text: no line breaks after its hyphen.
pub(crate) fn joined(clause: &str) -> String {
    clause.replace('-', "-\u{2060}")
}

/// 辦理中.
pub(crate) fn phase_words(i18n: I18n, phase: Phase) -> &'static str {
    match phase {
        Phase::Accepted => t_string!(i18n, act.phase_accepted),
        Phase::WithDepartment => t_string!(i18n, act.phase_with_department),
        Phase::InWork => t_string!(i18n, act.phase_in_work),
        Phase::Done => t_string!(i18n, act.phase_done),
        Phase::Resolved => t_string!(i18n, act.phase_resolved),
        Phase::Revisited => t_string!(i18n, act.phase_revisited),
        Phase::Closed => t_string!(i18n, act.phase_closed),
        Phase::Archived => t_string!(i18n, act.phase_archived),
    }
}

/// An act's name, the same on button, timeline and print.
pub(crate) fn act_words(i18n: I18n, kind: &str) -> &'static str {
    match kind {
        "accepted" => t_string!(i18n, act.accepted),
        "detailed" => t_string!(i18n, act.detailed),
        "solved_on_spot" => t_string!(i18n, act.solved_on_spot),
        "reported" => t_string!(i18n, act.reported),
        "contacted" => t_string!(i18n, act.contacted),
        "transferred" => t_string!(i18n, act.transferred),
        "department_received" => t_string!(i18n, act.department_received),
        "measures_filled" => t_string!(i18n, act.measures_filled),
        "measures_returned" => t_string!(i18n, act.measures_returned),
        "target_changed" => t_string!(i18n, act.target_changed),
        "done" => t_string!(i18n, act.done),
        "verified" => t_string!(i18n, act.verified),
        "resolved" => t_string!(i18n, act.resolved),
        "revisited" => t_string!(i18n, act.revisited),
        "visit_attempted" => t_string!(i18n, act.visit_attempted),
        "urged" => t_string!(i18n, act.urged),
        "opinion" => t_string!(i18n, act.opinion),
        "closed" => t_string!(i18n, act.closed),
        "archived" => t_string!(i18n, act.archived),
        "noted" => t_string!(i18n, act.noted),
        "corrected" => t_string!(i18n, act.corrected),
        "decided" => t_string!(i18n, act.decided),
        "verdict.admit" => t_string!(i18n, act.admitted),
        "voided" => t_string!(i18n, act.voided),
        _ => t_string!(i18n, act.unknown),
    }
}

/// What is the matter with what lies on the tablet, and what a person can do about it.
pub(crate) fn tablet_words(i18n: I18n, error: &TabletError) -> String {
    match error {
        TabletError::Storage(error) => storage_words(i18n, error),
        other => t_string!(i18n, common.storage_other, why = other.to_string()),
    }
}

/// What is the matter with the tablet's storage, and what a person can do about it.
pub(crate) fn storage_words(i18n: I18n, error: &StorageError) -> String {
    match error {
        StorageError::Quota => t_string!(i18n, common.storage_full).to_owned(),
        StorageError::Blocked => t_string!(i18n, common.storage_blocked).to_owned(),
        StorageError::Newer => t_string!(i18n, common.storage_newer).to_owned(),
        other => t_string!(i18n, common.storage_other, why = other.to_string()),
    }
}

/// Number as the lists show it, without the site and year: `B3-0417`.
pub(crate) fn short_number(number: &str) -> &str {
    number.split_once('-').map_or(number, |(_, rest)| rest)
}

/// Acts and photos that only this tablet holds, in words.
pub(crate) fn waiting(i18n: I18n, meeting: &Meeting) -> String {
    let (acts, photos) = (meeting.unsent, meeting.photos);
    let of_acts = t_string!(i18n, common.n_acts, n = acts);
    let of_photos = t_string!(i18n, common.n_photos, n = photos);
    match (acts, photos) {
        (_, 0) => of_acts,
        (0, _) => of_photos,
        _ => [of_acts.as_str(), t_string!(i18n, common.and), &of_photos].concat(),
    }
}

/// Since when the oldest of them waits, in brackets; empty where nothing does.
pub(crate) fn waiting_since(i18n: I18n, zone: &Zone, meeting: &Meeting, now: Instant) -> String {
    meeting.waiting_since.map_or_else(String::new, |since| {
        t_string!(i18n, common.since, when = when(i18n, zone, since, now))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const NOW: &str = "2026-11-24T10:42:00+08:00";
    const READER: I18n = Locale::zh_Hant;

    fn at(text: &str) -> Instant {
        calendar::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn a_time_names_its_day_and_another_year() {
        let zone = Zone::fixed("Asia/Shanghai", 8 * 3600);
        for (text, day, rest) in [
            (
                "2026-11-24T00:00:00+08:00",
                t_string!(READER, common.today),
                " 00:00",
            ),
            (
                "2026-11-23T23:59:00+08:00",
                t_string!(READER, common.yesterday),
                " 23:59",
            ),
            (
                "2026-11-25T09:10:00+08:00",
                t_string!(READER, common.tomorrow),
                " 09:10",
            ),
            ("2026-01-01T00:00:00+08:00", "", "01/01 00:00"),
            ("2025-12-31T23:59:00+08:00", "", "2025/12/31 23:59"),
        ] {
            let words = when(READER, &zone, at(text), at(NOW));
            assert_eq!(words, format!("{day}{rest}"));
        }
    }

    #[test]
    fn odd_times_are_asked_about() {
        let zone = Zone::fixed("Asia/Shanghai", 8 * 3600);
        let told = |text: &str| long_ago(READER, &zone, at(text), at(NOW));
        assert_eq!(told("2026-10-24T10:42:00+08:00"), None);
        assert!(told("2026-10-23T10:42:00+08:00").is_some_and(|words| words.contains("32")));
        let told = |text: &str| odd_target(READER, &zone, at(text), at(NOW));
        assert!(told(NOW).is_some());
        assert_eq!(told("2026-11-24T10:43:00+08:00"), None);
        assert_eq!(told("2027-11-24T10:43:00+08:00"), None);
        assert!(told("2027-11-25T10:43:00+08:00").is_some());
    }

    #[test]
    fn a_field_tells_the_room_that_is_left() {
        let told = |count: usize| room_left(READER, &"\u{6ef4}".repeat(count), 120);
        assert_eq!(told(107), None);
        assert!(told(108).is_some_and(|words| words.contains("12")));
        assert_eq!(
            told(120),
            Some(t_string!(READER, common.field_full, n = 120))
        );
        assert!(room_left(READER, &"\u{1f44b}".repeat(60), 120).is_some());
    }
}
