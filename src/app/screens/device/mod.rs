//! 裝置: whether everything has arrived, and how this tablet stands.

mod evidence;
mod group;
mod pin;
mod queue;
mod rescue;
mod tablet;
mod trouble;

pub(crate) use tablet::bytes;

use sync::tablet::Status;
use view::prelude::*;
use view::{IntoView, View, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::shell::Bar;
use crate::state::{App, now};
use crate::ui::{Banner, Icon, IconView, Tone};
use crate::words;

/// Sync, storage, clock, version, theme.
#[component]
pub(crate) fn DevicePage() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Bar title=t_string!(i18n, device.title) />
        <main class="page" id="main">
            <Answer />
            <div class="two">
                <div class="col">
                    <group::LetIn />
                    <queue::Waiting />
                    <trouble::Trouble />
                    <evidence::CheckEvidence />
                </div>
                <aside class="col">
                    <tablet::ThisTablet />
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
        match (m.unsent, m.online) {
            (0, true) => t_string!(i18n, device.answer_all).to_owned(),
            (0, false) => t_string!(i18n, device.answer_before).to_owned(),
            (n, true) => t_string!(i18n, device.answer_sending, n = n),
            (n, false) => t_string!(i18n, device.answer_waiting, n = n),
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
        if app.meeting.with(|m| m.online) {
            contact
        } else {
            format!("{}{contact}", t_string!(i18n, device.offline_kept))
        }
    };
    let look = Memo::new(move |_| {
        app.meeting
            .with(|m| match (m.stuck > 0, m.online, m.unsent) {
                (true, ..) => (Tone::Bad, Icon::Warn),
                (_, true, 0) => (Tone::Ok, Icon::Cloud),
                (_, true, _) => (Tone::Plain, Icon::Sync),
                _ => (Tone::Warn, Icon::Offline),
            })
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
