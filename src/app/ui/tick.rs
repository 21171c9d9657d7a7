//! A checkbox as a card, with room for an explanation.

use view::prelude::*;
use view::{IntoView, component, view};

use super::icon::{Icon, IconView};

/// A checkbox card. It starts as `on` says and is never ticked by the program.
#[component]
pub fn Tick(
    /// What ticking it states.
    #[prop(into)]
    label: Signal<String>,
    /// Explanation below.
    #[prop(optional, into)]
    hint: MaybeProp<String>,
    /// Whether it is ticked.
    #[prop(into)]
    on: Signal<bool>,
    /// Told of the person's change.
    #[prop(into)]
    on_change: Callback<bool>,
    /// The checkbox's id, for links from the summary of errors.
    #[prop(optional, into)]
    id: Option<String>,
) -> impl IntoView {
    view! {
        <label class=move || if on.get() { "tick on" } else { "tick" }>
            <input
                type="checkbox"
                class="vh"
                id=id
                prop:checked=move || on.get()
                on:change=move |ev| on_change.run(event_target_checked(&ev))
            />
            <span class="box">
                {move || on.get().then(|| view! { <IconView icon=Icon::Check /> })}
            </span>
            <span>
                <span class="t">{move || label.get()}</span>
                {move || hint.get().map(|h| view! { <span class="hint">{h}</span> })}
            </span>
        </label>
    }
}
