//! A step that can be taken, or that cannot yet and says why.

use view::prelude::*;
use view::{IntoView, component, view};

use super::icon::{Icon, IconView};

/// Whether a step can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepLook {
    /// The one suggested next.
    Suggested,
    /// Allowed.
    Allowed,
    /// Not yet: the detail names the reason and the clause. It keeps the focus and answers a press
    /// with an explanation.
    Blocked,
}

/// A step.
#[component]
pub fn StepButton(
    /// Whether it can be taken.
    #[prop(into)]
    look: Signal<StepLook>,
    /// The act's name, a verb.
    #[prop(into)]
    title: Signal<String>,
    /// What speaks for it, or the reason that blocks it.
    #[prop(optional, into)]
    detail: MaybeProp<String>,
    /// The clause of either, after the detail.
    clause: &'static str,
    /// Icon at the end; each look has its own where none is given.
    #[prop(optional, into)]
    icon: Option<Icon>,
    /// Told of a press. Of a blocked step the listener explains and offers what is missing.
    #[prop(into)]
    on_press: Callback<StepLook>,
) -> impl IntoView {
    let class = move || match look.get() {
        StepLook::Suggested => "step pri",
        StepLook::Allowed => "step",
        StepLook::Blocked => "step blk",
    };
    let shown = Signal::derive(move || match (look.get(), icon) {
        (StepLook::Blocked, _) => Icon::Lock,
        (_, Some(icon)) => icon,
        (StepLook::Suggested, None) => Icon::Check,
        (StepLook::Allowed, None) => Icon::Next,
    });
    view! {
        <button
            type="button"
            class=class
            aria-disabled=move || (look.get() == StepLook::Blocked).then_some("true")
            on:click=move |_| on_press.run(look.get_untracked())
        >
            <span class="t">{move || title.get()}</span>
            <span class="d">
                {move || detail.get().filter(|d| !d.is_empty()).map(|d| format!("{d} · "))}
                <span class="nw">{clause}</span>
            </span>
            <IconView icon=shown />
        </button>
    }
}
