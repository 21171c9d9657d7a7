//! Nothing to show: what is true, and the next thing.

use view::prelude::*;
use view::{Children, IntoView, component, view};

use super::icon::{Icon, IconSize, IconView};

/// An empty place. Its children are the next thing to do.
#[component]
pub fn Empty(
    /// Icon above the words.
    icon: Icon,
    /// What is true.
    #[prop(into)]
    title: Signal<String>,
    /// What follows from it.
    #[prop(optional, into)]
    text: MaybeProp<String>,
    /// Buttons, a meter.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="em">
            <IconView icon size=IconSize::Large />
            <b>{move || title.get()}</b>
            {move || text.get().map(|t| view! { <p>{t}</p> })}
            {children.map(|children| children())}
        </div>
    }
}
