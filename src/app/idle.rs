//! A page that nobody touches for a while: it is locked, or leads back to the staff.

use std::time::Duration;

use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use view::prelude::*;

/// How long nobody touches it.
const IDLE: Duration = Duration::from_secs(5 * 60);

type Timer = StoredValue<Option<TimeoutHandle>>;

/// Calls `rest` once nobody has touched the page for a while; again after as long where it answers
/// that there can be no rest yet.
pub(crate) fn when_idle(rest: impl Fn() -> bool + Copy + 'static) {
    let timer = Timer::new(None);
    begin(timer, rest);
    for event in ["pointerdown", "keydown"] {
        let handle = window_event_listener_untyped(event, move |_| begin(timer, rest));
        on_cleanup(move || handle.remove());
    }
    on_cleanup(move || stop(timer));
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
