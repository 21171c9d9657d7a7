//! What 今日 says where there is nothing to list, or not yet.

use view::prelude::*;
use view::{IntoView, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::router::A;
use crate::routes;
use crate::state::App;
use crate::ui::{Empty, Icon};

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

/// Nothing of the site is open to who has unlocked the tablet. Where that is `said`, it was put out
/// of use, or they are gone from the roster. Otherwise nobody can be asked why: it was started anew
/// since, or the network was lost just after somebody signed in. The site may have cases.
#[component]
pub(super) fn SiteClosed(said: bool) -> impl IntoView {
    let i18n = use_i18n();
    let text = if said {
        t_string!(i18n, today.site_closed_text)
    } else {
        t_string!(i18n, today.site_away_text)
    };
    view! {
        <Empty
            icon=Icon::Lock
            title=t_string!(i18n, today.site_closed)
            text=text.to_owned()
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
