//! A button that acts only after it was held, so that a resident's stray touch does nothing.

use std::time::Duration;

use leptos::ev;
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use view::prelude::*;
use view::{IntoView, component, view};

/// How long the button must be held. The bar in `components.css` fills in the same time.
pub const PRESS_HELD: Duration = Duration::from_secs(2);

/// A held button. It works with finger, pen, mouse, and with Space or Enter held down.
#[component]
pub fn LongPress(
    /// What it does and that it must be held.
    #[prop(into)]
    label: Signal<String>,
    /// Told once the button was held long enough.
    #[prop(into)]
    on_held: Callback<()>,
    /// Further classes, such as `big`.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    let pressing = RwSignal::new(false);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let release = move || {
        // The page may go while the button is held; then nothing is left to reset.
        let _ = pressing.try_set(false);
        if let Some(Some(handle)) = timer.try_update_value(Option::take) {
            handle.clear();
        }
    };
    let press = move || {
        release();
        pressing.set(true);
        let held = move || {
            release();
            on_held.run(());
        };
        timer.set_value(set_timeout_with_handle(held, PRESS_HELD).ok());
    };
    let key_down = move |ev: ev::KeyboardEvent| {
        if holds(&ev.key()) {
            ev.prevent_default();
            if !ev.repeat() {
                press();
            }
        }
    };
    on_cleanup(release);
    view! {
        <button
            type="button"
            class=move || format!("btn press {} {class}", if pressing.get() { "on" } else { "" })
            on:pointerdown=move |_| press()
            on:pointerup=move |_| release()
            on:pointercancel=move |_| release()
            on:pointerleave=move |_| release()
            on:contextmenu=move |ev| ev.prevent_default()
            on:keydown=key_down
            on:keyup=move |_| release()
            on:blur=move |_| release()
        >
            <span class="fill" aria-hidden="true"></span>
            <span>{move || label.get()}</span>
        </button>
    }
}

fn holds(key: &str) -> bool {
    matches!(key, " " | "Enter")
}
