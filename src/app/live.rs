//! Waiting with the endpoint for something new: while the page is seen, somebody has unlocked the
//! tablet and the last meeting went well. It is a help and no more: meetings come by themselves
//! too, and one that goes well is what begins the waiting anew.

use std::cell::{Cell, RefCell};

use crate::meeting::Meeting;
use crate::net::{self, Line};
use crate::platform;
use crate::state::App;
use crate::syncing;

thread_local! {
    /// The line that is open, and the how-manieth it is.
    static WAITING: RefCell<Option<(u32, Line)>> = const { RefCell::new(None) };
    static LINES: Cell<u32> = const { Cell::new(0) };
}

/// Begins to wait, or ends it, as things stand now.
pub(crate) fn tend(app: App) {
    let online = app.meeting.with_untracked(Meeting::is_online);
    let wanted = online && app.core().is_some() && platform::is_seen() && platform::has_turn();
    let waiting = WAITING.with_borrow(Option::is_some);
    match (wanted, waiting) {
        (true, false) => begin(app),
        (false, true) => WAITING.set(None),
        _ => {}
    }
}

fn begin(app: App) {
    let Some((line, signal)) = Line::new() else {
        return;
    };
    let number = LINES.get().wrapping_add(1);
    LINES.set(number);
    WAITING.set(Some((number, line)));
    leptos::task::spawn_local(async move {
        if let Some(core) = app.core() {
            // How it ended is of no use: the next meeting tells whether the endpoint is there.
            let _ended = net::wait_for_news(core, &signal, move || syncing::soon(app)).await;
        }
        // Another one may have begun since.
        WAITING.with_borrow_mut(|waiting| {
            if waiting.as_ref().is_some_and(|(open, _)| *open == number) {
                *waiting = None;
            }
        });
    });
}
