//! A filter: pressed or not, with the number of rows it would leave.

use view::prelude::*;
use view::{IntoView, component, view};

use super::icon::{Icon, IconSize, IconView};

/// A filter chip.
#[component]
pub fn Chip(
    /// Its words.
    #[prop(into)]
    label: Signal<String>,
    /// Whether it is in force.
    #[prop(into)]
    pressed: Signal<bool>,
    /// Told of a press.
    #[prop(into)]
    on_press: Callback<()>,
    /// Rows it leaves.
    #[prop(optional, into)]
    count: MaybeProp<usize>,
    /// Icon before the words.
    #[prop(optional, into)]
    icon: Option<Icon>,
    /// `over` or `soon` colours the icon and the number; empty for neither.
    #[prop(optional)]
    tone: &'static str,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class=format!("chip {tone}")
            aria-pressed=move || if pressed.get() { "true" } else { "false" }
            on:click=move |_| on_press.run(())
        >
            {icon.map(|icon| view! { <IconView icon size=IconSize::Small /> })}
            <span>{move || label.get()}</span>
            {move || count.get().map(|n| view! { <b class="num">{n}</b> })}
        </button>
    }
}
