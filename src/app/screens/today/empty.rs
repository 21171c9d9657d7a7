//! What 今日 says where there is nothing to list, or not yet.

use view::prelude::*;
use view::{IntoView, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::meeting::Progress;
use crate::router::A;
use crate::routes;
use crate::state::App;
use crate::ui::{Banner, Empty, Icon, Tone};

/// Cases are coming: a count, not a percentage; intake works meanwhile.
#[component]
pub(super) fn Loading(progress: Memo<Option<Progress>>) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        let (what, kept) = match progress.get()? {
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

/// A tablet that joined before there was a site, or for none: it serves administrators.
#[component]
pub(super) fn NoSite() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Empty
            icon=Icon::Tablet
            title=t_string!(i18n, today.no_site)
            text=t_string!(i18n, today.no_site_text).to_owned()
        />
    }
}

/// Nothing of the site is open to who has unlocked the tablet: it was put out of use, or they are
/// gone from the roster. The site may have cases.
#[component]
pub(super) fn SiteClosed() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Empty
            icon=Icon::Lock
            title=t_string!(i18n, today.site_closed)
            text=t_string!(i18n, today.site_closed_text).to_owned()
        />
    }
}

#[component]
pub(super) fn NoRole() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let text = Signal::derive(move || {
        let head = app
            .directory
            .with(|d| d.holder_of("station_head").map(|s| s.name.clone()));
        t_string!(i18n, today.no_role_text, name = head.unwrap_or_default())
    });
    view! {
        <Empty
            icon=Icon::User
            title=t_string!(i18n, today.no_role)
            text
        />
    }
}

#[component]
pub(super) fn SiteEmpty() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let text = Signal::derive(move || {
        let (households, people) = app
            .directory
            .with(|d| (d.households.len(), d.people().count()));
        t_string!(
            i18n,
            today.site_empty_text,
            households = households,
            people = people
        )
    });
    view! {
        <Empty
            icon=Icon::Home
            title=t_string!(i18n, today.site_empty)
            text
        >
            <A href=routes::INTAKE attr:class="btn pri">
                {t!(i18n, today.site_empty_do)}
            </A>
        </Empty>
    }
}
