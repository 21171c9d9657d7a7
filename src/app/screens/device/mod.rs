//! 裝置: whether everything has arrived, and how this tablet stands.

mod evidence;
mod group;
mod pin;
mod queue;
mod rescue;
mod tablet;
mod trouble;

pub(crate) use rescue::SaveRescue;
pub(crate) use tablet::bytes;

use sync::tablet::{Status, TabletError};
use view::prelude::*;
use view::{IntoView, View, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::net::NetFault;
use crate::shell::Bar;
use crate::state::{App, now};
use crate::ui::{Banner, Icon, IconView, Tone};
use crate::words::{self, I18n};

/// Sync, storage, clock, version, theme.
#[component]
pub(crate) fn DevicePage() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Bar title=t_string!(i18n, device.title) />
        <main class="page" id="main">
            <Answer />
            <group::Waits />
            <div class="two">
                <div class="col">
                    <group::LetIn />
                    <queue::Waiting />
                    <trouble::Trouble />
                    <evidence::CheckEvidence />
                </div>
                <aside class="col">
                    <tablet::ThisTablet />
                    <tablet::SignedIn />
                    <tablet::Space />
                    <rescue::RescueFile />
                    <tablet::ClockError />
                    <tablet::Theme />
                </aside>
            </div>
        </main>
    }
}

/// How the tablet stands; read anew after each meeting and each act.
fn status(app: App) -> Option<Status> {
    app.meeting.track();
    app.core().map(|core| core.tablet.status(now()))
}

/// 是不是都送到了: the answer in one sentence, and what can be done about it.
#[component]
fn Answer() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let answer = move || {
        let m = app.meeting.get();
        if m.stuck > 0 {
            return t_string!(i18n, device.answer_stuck, n = m.stuck);
        }
        let what = words::waiting(i18n, &m);
        match (m.waiting(), m.is_online()) {
            (0, true) => t_string!(i18n, device.answer_all).to_owned(),
            (0, false) => t_string!(i18n, device.answer_before).to_owned(),
            (_, true) => t_string!(i18n, device.answer_sending, what = what),
            (_, false) => {
                let (zone, now) = (app.zone(), app.now.get());
                let since = words::waiting_since(i18n, &zone, &m, now);
                t_string!(i18n, device.answer_waiting, what = what, since = since)
            }
        }
    };
    let contact = move || {
        let (zone, now) = (app.zone(), app.now.get());
        app.meeting.with(|m| m.contact).map_or_else(
            || t_string!(i18n, device.contact_never).to_owned(),
            |at| {
                t_string!(
                    i18n,
                    device.contact,
                    when = words::when(i18n, &zone, at, now),
                    ago = words::length(i18n, now.since(at))
                )
            },
        )
    };
    let kept = move || {
        let contact = contact();
        let why = app
            .meeting
            .with(|m| m.fault().map(|fault| fault_words(i18n, fault)));
        format!("{}{contact}", why.unwrap_or_default())
    };
    let look = Memo::new(move |_| {
        app.meeting.with(
            |m| match (m.fault(), m.stuck > 0, m.is_online(), m.waiting()) {
                (Some(fault), ..) if *fault != NetFault::Offline => (Tone::Bad, Icon::Warn),
                (_, true, ..) => (Tone::Bad, Icon::Warn),
                (_, _, true, 0) => (Tone::Ok, Icon::Cloud),
                (_, _, true, _) => (Tone::Plain, Icon::Sync),
                _ => (Tone::Warn, Icon::Offline),
            },
        )
    });
    view! {
        <div data-testid="answer">
            <Banner
                tone=Signal::derive(move || look.get().0)
                icon=Signal::derive(move || look.get().1)
                what=Signal::derive(answer)
                kept=Signal::derive(kept)
            >
                <button
                    class="btn"
                    data-testid="retry"
                    disabled=move || app.meeting.with(|m| m.busy)
                    on:click=move |_| crate::syncing::soon(app)
                >
                    <IconView icon=Icon::Sync />
                    {t!(i18n, device.retry_now)}
                </button>
            </Banner>
        </div>
    }
}

/// Why a meeting came to nothing, and what becomes of what waits.
fn fault_words(i18n: I18n, fault: &NetFault) -> String {
    match fault {
        NetFault::Offline | NetFault::Left => t_string!(i18n, device.offline_kept).to_owned(),
        NetFault::Slow => t_string!(i18n, device.meeting_slow).to_owned(),
        NetFault::Refused(body) => {
            t_string!(i18n, device.meeting_refused, code = body.error.clone())
        }
        NetFault::Tablet(error) => {
            let why = words::tablet_words(i18n, error);
            t_string!(i18n, device.meeting_not_written, why = why)
        }
        NetFault::Unlisted(error) => {
            let why = match error {
                TabletError::Sealed(_) | TabletError::Unreadable(_) => {
                    t_string!(i18n, device.record_closed).to_owned()
                }
                other => words::tablet_words(i18n, other),
            };
            t_string!(i18n, device.meeting_not_listed, why = why)
        }
        NetFault::Garbled | NetFault::OtherRoot => {
            t_string!(i18n, device.meeting_garbled).to_owned()
        }
    }
}

/// A line of a list: icon, what, about what, and what stands at the end.
pub(crate) fn row(
    (class, icon): (&'static str, Icon),
    what: String,
    about: String,
    end: impl IntoView + 'static,
) -> View {
    view! {
        <li class="qrow">
            <span class=class>
                <IconView icon />
            </span>
            <div class="grow">
                <b>{what}</b>
                <div class="sm muted">{about}</div>
            </div>
            {end}
        </li>
    }
}
