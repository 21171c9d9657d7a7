//! A short message at the bottom, one at a time, with the way to take the act back. The same way
//! stays in the timeline, so that nobody has to be fast.

use std::time::Duration;

use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use view::prelude::*;
use view::{IntoView, component, view};

use super::icon::{Icon, IconSize, IconView};

/// How long a message stays.
pub const TOAST_SHOWN: Duration = Duration::from_secs(8);

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToastMessage {
    /// Tells messages apart, so that an older timer never takes away a newer message.
    pub serial: u64,
    /// What was done.
    pub text: String,
    /// The way to take it back, where there is one.
    pub undo: Option<Undo>,
}

/// A button that leads to where an act is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undo {
    /// Its words.
    pub words: &'static str,
    /// The address it leads to.
    pub to: String,
}

/// The place of messages; it belongs once into the page, outside everything that changes.
#[component]
pub fn Toast(
    /// The message shown, if any. The part itself takes it away after [`TOAST_SHOWN`].
    message: RwSignal<Option<ToastMessage>>,
    /// Told the address of the button that was pressed.
    #[prop(into)]
    on_undo: Callback<String>,
) -> impl IntoView {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |_| {
        stop(timer);
        if let Some(serial) = message.with(|m| m.as_ref().map(|m| m.serial)) {
            timer.set_value(
                set_timeout_with_handle(move || drop_if(message, serial), TOAST_SHOWN).ok(),
            );
        }
    });
    on_cleanup(move || stop(timer));
    view! {
        <div class="toast" role="status">
            {move || message.get().map(|m| body(m, message, on_undo))}
        </div>
    }
}

fn body(
    shown: ToastMessage,
    message: RwSignal<Option<ToastMessage>>,
    on_undo: Callback<String>,
) -> impl IntoView {
    let ToastMessage { serial, text, undo } = shown;
    view! {
        <span>{text}</span>
        {undo.map(|Undo { words, to }| {
            let press = move |_| {
                drop_if(message, serial);
                on_undo.run(to.clone());
            };
            view! {
                <button type="button" class="btn" on:click=press>
                    <IconView icon=Icon::Undo size=IconSize::Small />
                    {words}
                </button>
            }
        })}
    }
}

fn stop(timer: StoredValue<Option<TimeoutHandle>>) {
    if let Some(Some(handle)) = timer.try_update_value(Option::take) {
        handle.clear();
    }
}

fn drop_if(message: RwSignal<Option<ToastMessage>>, serial: u64) {
    let shown = message
        .try_with_untracked(|m| m.as_ref().map(|m| m.serial))
        .flatten();
    if shown == Some(serial) {
        // The page may be gone by now; then there is nothing to take away.
        let _ = message.try_set(None);
    }
}
