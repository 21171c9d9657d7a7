//! A page that nobody touches for a while: it is locked, or leads back to the staff.

use std::time::Duration;

use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use view::prelude::*;

use crate::platform;

/// How long nobody touches it.
const IDLE: Duration = Duration::from_secs(5 * 60);

type Timer = StoredValue<Option<TimeoutHandle>>;

/// Calls `rest` once nobody has touched the page for a while; again after as long where it answers
/// that there can be no rest yet. A tablet that sleeps counts no time: on waking the wall clock
/// says how long it was, before a touch counts.
pub(crate) fn when_idle(rest: impl Fn() -> bool + Copy + 'static) {
    let timer = Timer::new(None);
    let touched_ms = StoredValue::new(platform::wall_ms());
    begin(timer, rest);
    let touch = move |_| {
        let now_ms = platform::wall_ms();
        let idle_ms = now_ms.saturating_sub(touched_ms.get_value());
        touched_ms.set_value(now_ms);
        if !(has_slept(idle_ms) && rest()) {
            begin(timer, rest);
        }
    };
    let wake = move |event| {
        let idle_ms = platform::wall_ms().saturating_sub(touched_ms.get_value());
        if platform::is_seen() && has_slept(idle_ms) {
            touch(event);
        }
    };
    let listen = |handle: WindowListenerHandle| on_cleanup(move || handle.remove());
    for event in ["pointerdown", "keydown"] {
        listen(window_event_listener_untyped(event, touch));
    }
    for event in ["visibilitychange", "focus", "pageshow"] {
        listen(window_event_listener_untyped(event, wake));
    }
    on_cleanup(move || stop(timer));
}

/// Whether it is longer that nobody touched the page than a timer would have waited.
fn has_slept(idle_ms: i64) -> bool {
    u64::try_from(idle_ms).is_ok_and(|ms| Duration::from_millis(ms) >= IDLE)
}

fn begin(timer: Timer, rest: impl Fn() -> bool + Copy + 'static) {
    stop(timer);
    let rested = move || {
        if !rest() {
            begin(timer, rest);
        }
    };
    timer.set_value(set_timeout_with_handle(rested, IDLE).ok());
}

fn stop(timer: Timer) {
    if let Some(Some(handle)) = timer.try_update_value(Option::take) {
        handle.clear();
    }
}
