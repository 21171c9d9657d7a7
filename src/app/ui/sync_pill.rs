//! Whether everything has reached the station, on every screen of the staff.

use view::prelude::*;
use view::{IntoView, component, view};

use super::icon::{Icon, IconSize, IconView};

/// The states of sync that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncLook {
    /// No connection; acts wait here.
    Offline,
    /// Being sent.
    Busy,
    /// Everything confirmed.
    Done,
    /// Something was not taken and needs a person.
    Stuck,
    /// The last meeting failed, and not for want of a network.
    Failed,
}

impl SyncLook {
    const fn class(self) -> &'static str {
        match self {
            Self::Offline => "pill off",
            Self::Busy => "pill",
            Self::Done => "pill ok",
            Self::Stuck | Self::Failed => "pill bad",
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Offline => Icon::Offline,
            Self::Busy => Icon::Sync,
            Self::Done => Icon::Cloud,
            Self::Stuck | Self::Failed => Icon::Warn,
        }
    }
}

/// The pill; it leads to the page of the device.
#[component]
pub fn SyncPill(
    /// State.
    #[prop(into)]
    look: Signal<SyncLook>,
    /// The state in words with its number or time; always the accessible name.
    #[prop(into)]
    text: Signal<String>,
    /// Since when something waits, where there is room for it.
    #[prop(into)]
    since: Signal<String>,
    /// What a telephone shows: the number or the time alone.
    #[prop(into)]
    short: Signal<String>,
    /// Where it leads.
    #[prop(into)]
    href: String,
) -> impl IntoView {
    view! {
        <a class=move || look.get().class() href=href aria-label=move || text.get() + &since.get()>
            <IconView icon=Signal::derive(move || look.get().icon()) size=IconSize::Small />
            <span class="hide-ph">
                {move || text.get()} <span class="only-w">{move || since.get()}</span>
            </span>
            <span class="only-ph">{move || short.get()}</span>
        </a>
    }
}
