//! 回訪: the round, the three opinions, the resident's page.

use leptos::prelude::*;

use crate::state::App;

/// Revisits that are due.
pub(crate) fn due_visits(_app: App) -> usize {
    0
}

/// The round by building and floor, and the calls.
#[component]
pub(crate) fn VisitsPage() -> impl IntoView {
    view! { <main class="page" id="main"></main> }
}

/// The three opinions.
#[component]
pub(crate) fn OpinionPage() -> impl IntoView {
    view! { <main class="page" id="main"></main> }
}

/// No signature: the reason and the witness.
#[component]
pub(crate) fn UnsignedPage() -> impl IntoView {
    view! { <main class="page" id="main"></main> }
}

/// The statement and the pad, and nothing else.
#[component]
pub(crate) fn ResidentPage() -> impl IntoView {
    view! { <main class="page" id="main"></main> }
}
