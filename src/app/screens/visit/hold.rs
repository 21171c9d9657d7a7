//! What keeps the tablet on the resident's page: the history is pinned, the screen stays on.

use view::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

/// Pins the history for as long as the caller's page is shown: back leads here again.
pub(super) fn pin_history() {
    stay();
    let handle = window_event_listener_untyped("popstate", move |_| stay());
    on_cleanup(move || handle.remove());
}

fn stay() {
    if let Ok(history) = window().history() {
        // A browser that refuses leaves the page with the back gesture; the next start returns.
        drop(history.push_state_with_url(&JsValue::NULL, "", None));
    }
}

/// Keeps the screen on until the caller's page goes, where the browser can.
pub(super) fn keep_awake() {
    let lock = StoredValue::new(None::<JsValue>);
    let ask = move || {
        leptos::task::spawn_local(async move {
            if let Some(held) = screen_lock().await {
                // The page may be gone by now: then nobody holds the lock any more.
                drop(lock.try_set_value(Some(held)));
            }
        });
    };
    ask();
    // The browser takes it away whenever the page is hidden.
    let handle = window_event_listener_untyped("visibilitychange", move |_| ask());
    on_cleanup(move || {
        handle.remove();
        if let Some(Some(held)) = lock.try_update_value(Option::take) {
            drop(call(&held, "release", &JsValue::UNDEFINED));
        }
    });
}

async fn screen_lock() -> Option<JsValue> {
    let navigator = window().navigator();
    let lock = js_sys::Reflect::get(&navigator, &"wakeLock".into()).ok()?;
    let promise: js_sys::Promise = call(&lock, "request", &"screen".into())?.dyn_into().ok()?;
    wasm_bindgen_futures::JsFuture::from(promise).await.ok()
}

fn call(object: &JsValue, name: &str, argument: &JsValue) -> Option<JsValue> {
    let method: js_sys::Function = js_sys::Reflect::get(object, &name.into())
        .ok()?
        .dyn_into()
        .ok()?;
    method.call1(object, argument).ok()
}
