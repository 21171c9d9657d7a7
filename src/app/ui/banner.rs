//! What happened, what is kept, what to do: in that order, in place.

use view::prelude::*;
use view::{Children, IntoView, component, view};

use super::icon::{Icon, IconView};
use super::tone::Tone;

/// A banner. Buttons that say what to do are its children.
#[component]
pub fn Banner(
    /// What it means.
    #[prop(optional, into)]
    tone: Signal<Tone>,
    /// Icon before the words.
    #[prop(into)]
    icon: Signal<Icon>,
    /// What happened.
    #[prop(into)]
    what: Signal<String>,
    /// What is kept, and what follows.
    #[prop(optional, into)]
    kept: MaybeProp<String>,
    /// Read out at once: for failures alone.
    #[prop(optional)]
    alert: bool,
    /// What to do.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class=move || tone.get().banner_class() role=alert.then_some("alert")>
            <IconView icon />
            <span class="grow">
                <span class="what">{move || what.get()}</span>
                {move || kept.get().map(|k| view! { <span class="kept">{k}</span> })}
            </span>
            {children.map(|children| view! { <span class="do">{children()}</span> })}
        </div>
    }
}
