//! 裝置: whether everything has arrived, and how this tablet stands.

use leptos::prelude::*;

/// Sync, storage, clock, version.
#[component]
pub(crate) fn DevicePage() -> impl IntoView {
    view! { <main class="page" id="main"></main> }
}
