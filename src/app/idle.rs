//! A page that nobody touches for a while: it is locked, or leads back to the staff.

use std::time::Duration;

use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use view::prelude::*;

/// How long nobody touches it.
const IDLE: Duration = Duration::from_secs(5 * 60);

/// Calls `rest` once nobody has touched the page for a while.
pub(crate) fn when_idle(rest: impl Fn() + Copy + 'static) {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(Some(handle)) = timer.try_update_value(Option::take) {
            handle.clear();
        }
    };
    let begin = move || {
        stop();
        timer.set_value(set_timeout_with_handle(rest, IDLE).ok());
    };
    begin();
    for event in ["pointerdown", "keydown"] {
        let handle = window_event_listener_untyped(event, move |_| begin());
        on_cleanup(move || handle.remove());
    }
    on_cleanup(stop);
}
