//! The tablet's client.
//!
//! * [`storage`] the browser's database · `net` the endpoint · `platform` what only the browser
//!   can tell
//! * `state` what screens share; `boot` how it comes up; `syncing` the loop that meets the endpoint
//! * [`ui`] leaf parts · `screens` the places · `words` times, lengths and clocks in words

mod boot;
mod convert;
mod directory;
mod i18n;
mod net;
mod platform;
mod routes;
mod screens;
mod shell;
mod state;
pub mod storage;
mod syncing;
pub mod ui;
mod words;

use leptos::prelude::*;

use i18n::I18nContextProvider;
use state::App;

/// Mounts the client on the page.
pub fn start() {
    leptos::mount::mount_to_body(Root);
}

#[component]
fn Root() -> impl IntoView {
    provide_context(App::new());
    view! {
        <I18nContextProvider>
            <shell::Stages />
        </I18nContextProvider>
    }
}
