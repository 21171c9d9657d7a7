//! That lists are not whole yet, and how far they are.

use view::prelude::*;
use view::{IntoView, component, view};

use crate::i18n::{t_string, use_i18n};
use crate::meeting::Progress;
use crate::state::App;
use crate::ui::{Banner, Icon, Tone};

/// Cases and households are coming: a count, not a percentage; intake works meanwhile. Nothing
/// where everything is there.
#[component]
pub(crate) fn Loading() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let stands = Memo::new(move |_| app.meeting.with(|m| (m.progress(), m.fault().is_some())));
    move || {
        let (progress, broken_off) = stands.get();
        let (what, kept) = match progress? {
            Progress::Pulled { held, all } if broken_off => (
                t_string!(i18n, today.loading_broken, held = held, all = all),
                t_string!(i18n, today.loading_broken_kept),
            ),
            Progress::Pulled { held, all } => (
                t_string!(i18n, today.loading, held = held, all = all),
                t_string!(i18n, today.loading_kept),
            ),
            Progress::Folded { done, all } => (
                t_string!(i18n, today.folding, done = done, all = all),
                t_string!(i18n, today.folding_kept),
            ),
        };
        Some(view! { <Banner tone=Tone::Plain icon=Icon::Download what kept /> })
    }
}
