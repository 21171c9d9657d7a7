//! Tablets: when each last had everything, what it runs, what it holds back; codes for new ones;
//! lost ones.

use sync::wire::admin::{Ask, Report, TabletSeen};
use view::prelude::*;
use view::{IntoView, View, component, view};

use super::{Desk, ask_button, ask_twice};
use crate::i18n::{t, t_string, use_i18n};
use crate::screens::device::bytes;
use crate::ui::{Field, Icon, IconView, Sheet};
use crate::words::{self, I18n};

/// Beyond this error of a tablet's clock somebody should set it right, milliseconds.
const CLOCK_ERROR_MS: u64 = 60_000;

#[component]
pub(super) fn Tablets(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let chosen = RwSignal::new(None::<TabletSeen>);
    let rows = move || {
        let tablets = desk.with(|seen| seen.tablets.clone());
        let rows = tablets
            .into_iter()
            .map(|tablet| row(i18n, desk, tablet, chosen));
        rows.collect::<Vec<_>>()
    };
    let codes = move || {
        let sites = desk.with(|seen| seen.sites.clone());
        let several = sites.len() > 1;
        let buttons = sites.into_iter().map(|site| {
            let label = if several {
                t_string!(i18n, admin.join_code_for, site = site.name)
            } else {
                t_string!(i18n, admin.make_join_code).to_owned()
            };
            let code = site.code;
            view! {
                <button
                    type="button"
                    class="btn"
                    data-testid="join-code"
                    disabled=move || desk.busy.get()
                    on:click=move |_| {
                        desk.ask(i18n, Ask::JoinCode { site: code.clone() }, || ());
                    }
                >
                    <IconView icon=Icon::Plus />
                    {label}
                </button>
            }
        });
        buttons.collect::<Vec<_>>()
    };
    view! {
        <section class="card" data-testid="tablets">
            <header>
                <h2 class="grow h3">{t!(i18n, admin.tablets)}</h2>
                {codes}
            </header>
            <ul>{rows}</ul>
        </section>
        {move || chosen.get().map(|tablet| view! { <TabletSheet desk tablet chosen /> })}
    }
}

fn row(i18n: I18n, desk: Desk, tablet: TabletSeen, chosen: RwSignal<Option<TabletSeen>>) -> View {
    let name = tablet.title.clone();
    let complete = match tablet.complete_ms {
        Some(at) => t_string!(i18n, admin.complete_at, when = desk.when(i18n, at)),
        None => t_string!(i18n, admin.complete_never).to_owned(),
    };
    let report = tablet.report.as_ref();
    let report = report
        .map(|report| report_words(i18n, report))
        .unwrap_or_default();
    let tag = match (tablet.wiped_ms, tablet.revoked, tablet.wipe) {
        (Some(at), ..) => Some(t_string!(i18n, admin.wiped_at, when = desk.when(i18n, at))),
        (None, true, true) => Some(t_string!(i18n, admin.to_be_wiped).to_owned()),
        (None, true, false) => Some(t_string!(i18n, admin.revoked).to_owned()),
        (None, false, _) => None,
    };
    view! {
        <li>
            <button
                type="button"
                class="qrow wide"
                data-testid="tablet-row"
                on:click=move |_| chosen.set(Some(tablet.clone()))
            >
                <span class="n">
                    <IconView icon=Icon::Tablet />
                </span>
                <span class="grow">
                    <b>{name}</b>
                    <span class="sm muted line">{complete}</span>
                    <span class="cap line">{report}</span>
                </span>
                {tag.map(|tag| view! { <span class="tag bad">{tag}</span> })}
            </button>
        </li>
    }
}

/// Version, space, clock, and what it holds back.
fn report_words(i18n: I18n, report: &Report) -> String {
    let mut parts = vec![t_string!(i18n, admin.version, version = report.app.clone())];
    if let Some(used) = report.used {
        parts.push(t_string!(i18n, admin.used, used = bytes(used)));
    }
    if !report.kept {
        parts.push(t_string!(i18n, admin.not_kept).to_owned());
    }
    let off = report
        .clock_ms
        .filter(|ms| ms.unsigned_abs() >= CLOCK_ERROR_MS);
    if let Some(slow) = off {
        parts.push(words::clock_error(i18n, slow));
    }
    if report.unsent > 0 {
        parts.push(t_string!(i18n, admin.unsent, n = report.unsent));
    }
    if report.aside > 0 {
        parts.push(t_string!(i18n, admin.kept_aside, n = report.aside));
    }
    parts.join(" · ")
}

#[component]
fn TabletSheet(
    desk: Desk,
    tablet: TabletSeen,
    chosen: RwSignal<Option<TabletSeen>>,
) -> impl IntoView {
    let i18n = use_i18n();
    desk.begin_sheet();
    let open = RwSignal::new(true);
    let name = RwSignal::new(tablet.name.clone());
    let (device, revoked, wiped) = (tablet.device, tablet.revoked, tablet.wiped_ms.is_some());
    let to_be_wiped = tablet.wipe;
    let done = move |ask: Ask| {
        desk.ask(i18n, ask, move || {
            open.try_set(false);
        });
    };
    let rename = move |_| {
        done(Ask::NameTablet {
            tablet: device,
            name: name.get_untracked(),
        });
    };
    let out_of_use = move |wipe: bool| {
        done(Ask::RevokeTablet {
            tablet: device,
            wipe,
        });
    };
    let restore = move || done(Ask::RestoreTablet { tablet: device });
    view! {
        <Sheet
            id="tablet-sheet"
            open
            title=t_string!(i18n, admin.tablet, code = tablet.title)
            close_label=t_string!(i18n, common.close)
            on_close=Callback::new(move |()| chosen.set(None))
        >
            <super::Fault desk />
            <Field id="tablet-name" label=t_string!(i18n, admin.tablet_name) value=name />
            <button
                type="button"
                class="btn pri big"
                data-testid="name-tablet"
                disabled=move || name.with(|n| n.trim().is_empty()) || desk.busy.get()
                on:click=rename
            >
                {t!(i18n, admin.save)}
            </button>
            <hr />
            {if revoked {
                view! {
                    {(!wiped)
                        .then(|| {
                            let words = t_string!(i18n, admin.restore);
                            ask_button(desk, ("btn wide", "restore-tablet"), words, restore)
                        })}
                    <p class="cap">
                        {if wiped {
                            t_string!(i18n, admin.wiped_text)
                        } else {
                            t_string!(i18n, admin.restore_text)
                        }}
                    </p>
                    {(!wiped && !to_be_wiped)
                        .then(|| {
                            let words = (
                                t_string!(i18n, admin.wipe),
                                t_string!(i18n, admin.wipe_sure),
                            );
                            view! {
                                {ask_twice(desk, "wipe-tablet", words, move || out_of_use(true))}
                                <p class="cap">{t!(i18n, admin.wipe_text)}</p>
                            }
                        })}
                }
            } else {
                view! {
                    {ask_button(
                        desk,
                        ("btn danger wide", "revoke-tablet"),
                        t_string!(i18n, admin.revoke),
                        move || out_of_use(false),
                    )}
                    <p class="cap">{t!(i18n, admin.revoke_text)}</p>
                }
            }}
        </Sheet>
    }
}
