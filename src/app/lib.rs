//! The tablet's client.
//!
//! * [`storage`] the browser's database · `net` the endpoint · `platform` what only the browser
//!   can tell
//! * `state` what screens share; `boot` how it comes up
//! * `syncing` the loop that meets the endpoint, `meeting` how that went
//! * `live` waiting with the endpoint for something new
//! * `turn` which page of the app writes
//! * `rescue` what is unsent as a file, `folder` where it is written by itself
//! * [`ui`] leaf parts · `screens` the places · `words` times, lengths and clocks in words

#![allow(
    unreachable_pub,
    reason = "the component macro makes public property types"
)]

mod boot;
mod convert;
mod directory;
mod folder;
mod i18n;
mod idle;
mod live;
mod meeting;
mod net;
mod notices;
mod photos;
mod platform;
mod redraw;
mod rescue;
mod router;
mod routes;
mod screens;
mod shell;
mod state;
pub mod storage;
mod syncing;
mod turn;
pub mod ui;
mod words;

use view::prelude::*;
use view::{IntoView, component, view};
use wasm_bindgen::prelude::wasm_bindgen;

use state::App;

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// Mounts the client on the page.
pub fn start() {
    platform::show_theme(platform::theme().as_deref());
    platform::tell_of_panics();
    view::mount_to_body(Root);
}

/// Whether the boot script should register the service worker: only for a release, since a page
/// under work must not be answered from yesterday's build.
#[wasm_bindgen]
#[must_use]
pub fn wants_worker() -> bool {
    !cfg!(debug_assertions)
}

#[component]
fn Root() -> impl IntoView {
    let app = App::new();
    provide_context(app);
    router::follow(app);
    view! {
        <shell::Stages />
        <turn::Elsewhere />
    }
}
