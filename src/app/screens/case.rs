//! 個案: the list of cases, and one case with its clocks, timeline and next steps.

use leptos::prelude::*;

/// Every case this tablet holds.
#[component]
pub(crate) fn CasesPage() -> impl IntoView {
    view! { <main class="page" id="main"></main> }
}

/// One case.
#[component]
pub(crate) fn CasePage() -> impl IntoView {
    view! { <main class="page" id="main"></main> }
}

/// 《住戶投訴處置表》 for printing.
#[component]
pub(crate) fn FormPage() -> impl IntoView {
    view! { <main class="page" id="main"></main> }
}
