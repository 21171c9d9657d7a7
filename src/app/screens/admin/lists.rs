//! What was set aside or refused, and what was administered: lines with time, who and why.

use sync::wire::admin::{Administered, AsideSeen};
use view::{IntoView, View, component, view};

use super::Desk;
use crate::i18n::{t_string, use_i18n};
use crate::screens::device::row;
use crate::ui::{Empty, Icon};
use crate::words::{self, I18n};

#[component]
pub(super) fn Aside(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let rows = move || {
        let aside = desk.with(|seen| seen.aside.clone());
        let rows = aside.iter().map(|one| aside_row(i18n, desk, one));
        rows.collect::<Vec<_>>()
    };
    view! {
        <p class="read">{t_string!(i18n, admin.aside_text)}</p>
        {list("aside", rows, t_string!(i18n, admin.aside_none))}
    }
}

#[component]
pub(super) fn Log(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let rows = move || {
        let log = desk.with(|seen| seen.log.clone());
        let rows = log.iter().map(|line| log_row(i18n, desk, line));
        rows.collect::<Vec<_>>()
    };
    list("log", rows, t_string!(i18n, admin.log_none))
}

fn list(testid: &'static str, rows: impl Fn() -> Vec<View> + 'static, none: &'static str) -> View {
    view! {
        <section class="card" data-testid=testid>
            {move || {
                let rows = rows();
                if rows.is_empty() {
                    view! { <Empty icon=Icon::Check title=none /> }
                } else {
                    view! { <ul>{rows}</ul> }
                }
            }}
        </section>
    }
}

fn aside_row(i18n: I18n, desk: Desk, one: &AsideSeen) -> View {
    let what = if one.refused {
        t_string!(i18n, admin.was_refused, tablet = one.tablet.clone())
    } else {
        t_string!(i18n, admin.was_set_aside, tablet = one.tablet.clone())
    };
    let why = words::aside_reason(i18n, &one.reason);
    let when = desk.when(i18n, one.received_ms);
    let mut about = vec![when, why];
    if one.admitted {
        about.push(t_string!(i18n, admin.admitted).to_owned());
    }
    let look = if one.admitted { "n ok" } else { "n wt" };
    row((look, Icon::Warn), what, about.join(" · "), ())
}

fn log_row(i18n: I18n, desk: Desk, line: &Administered) -> View {
    let what = match (line.kind.as_str(), line.ends) {
        ("roster.staff", false) => t_string!(i18n, admin.log_staff, what = line.what.clone()),
        ("roster.staff", true) => t_string!(i18n, admin.log_staff_ends, what = line.what.clone()),
        ("roster.device", false) => t_string!(i18n, admin.log_device, what = line.what.clone()),
        ("roster.device", true) => {
            t_string!(i18n, admin.log_device_ends, what = line.what.clone())
        }
        ("erasure.order", _) => t_string!(i18n, admin.log_erased, what = line.what.clone()),
        ("roster.key", false) => t_string!(i18n, admin.log_key, what = line.what.clone()),
        ("roster.key", true) => t_string!(i18n, admin.log_key_ends, what = line.what.clone()),
        ("roster.department", _) => {
            t_string!(i18n, admin.log_department, what = line.what.clone())
        }
        ("roster.site", _) => t_string!(i18n, admin.log_site, what = line.what.clone()),
        _ => t_string!(i18n, admin.log_scope, what = line.what.clone()),
    };
    let by = match (line.kind.as_str(), line.by.as_str()) {
        (_, "") => t_string!(i18n, admin.by_endpoint).to_owned(),
        ("roster.key", by) if !line.ends => t_string!(i18n, admin.code_by, name = by.to_owned()),
        (_, by) => by.to_owned(),
    };
    let look = if line.ends { "n wt" } else { "n" };
    let about = [desk.when(i18n, line.at_ms), by].join(" · ");
    row((look, Icon::File), what, about, ())
}
