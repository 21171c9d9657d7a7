//! 受理: a complaint is taken on.

use leptos::prelude::*;

/// The form of intake.
#[component]
pub(crate) fn IntakePage() -> impl IntoView {
    view! { <main class="page" id="main"></main> }
}
