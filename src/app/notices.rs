//! What stands above every place while it is so: a training site, a new version, and what keeps the
//! tablet from its full use.

use sync::wire::Barred;
use view::prelude::*;
use view::{IntoView, View, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::meeting::Meeting;
use crate::screens::device;
use crate::state::App;
use crate::ui::{Banner, Icon, Tone};

/// All of them.
#[component]
pub(crate) fn Notices() -> impl IntoView {
    view! {
        <Training />
        <UpdateReady />
        <NothingComes />
        <NoRoom />
        <LeaseOver />
    }
}

/// A training site says so on every screen.
#[component]
fn Training() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let training = app
        .core()
        .is_some_and(|core| core.tablet.identity().training.is_some());
    training.then(|| {
        view! {
            <p class="acting" role="note">
                <b class="tag">{t!(i18n, common.training)}</b>
            </p>
        }
    })
}

/// A new version waits; it is put on when the person says so.
#[component]
fn UpdateReady() -> impl IntoView {
    let i18n = use_i18n();
    // A version may have been ready before this page listened.
    let ready = document()
        .document_element()
        .and_then(|root| root.get_attribute("data-update"));
    let waiting = RwSignal::new(ready.is_some());
    let handle = window_event_listener_untyped("doorstep-update", move |_| waiting.set(true));
    on_cleanup(move || handle.remove());
    move || {
        waiting.get().then(|| {
            view! {
                <Banner
                    tone=Tone::Plain
                    icon=Icon::Download
                    what=t_string!(i18n, common.update_ready)
                    kept=t_string!(i18n, common.update_kept)
                >
                    <button class="btn" on:click=move |_| crate::platform::activate_update()>
                        {t!(i18n, common.update_now)}
                    </button>
                </Banner>
            }
        })
    }
}

/// What is shown while meetings with the endpoint are so.
fn while_so(is: fn(&Meeting) -> bool, notice: impl Fn(App) -> View + 'static) -> View {
    let app = App::here();
    let so = Memo::new(move |_| app.meeting.with(is));
    let shown = move || so.get().then(|| notice(app));
    shown.into_view()
}

/// The endpoint sends nothing to who has unlocked the tablet. What they record stays on it and goes
/// up.
#[component]
fn NothingComes() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let barred = Memo::new(move |_| app.meeting.with(|meeting| meeting.barred));
    move || {
        let barred = barred.get()?;
        let (what, kept) = match barred {
            Barred::Unknown => (
                t_string!(i18n, device.unknown_person),
                t_string!(i18n, device.unknown_person_kept),
            ),
            Barred::Former => (
                t_string!(i18n, device.former_person),
                t_string!(i18n, device.former_person_kept),
            ),
            Barred::Tablet => (
                t_string!(i18n, device.revoked_tablet),
                t_string!(i18n, device.revoked_tablet_kept),
            ),
        };
        // Who was put out of use does not come back by signing in.
        let anew = (barred == Barred::Unknown).then(|| {
            view! {
                <button class="btn" on:click=move |_| crate::boot::lock(app)>
                    {t!(i18n, device.unknown_person_do)}
                </button>
            }
        });
        Some(view! {
            <Banner tone=Tone::Bad icon=Icon::Warn what kept>
                {anew}
            </Banner>
        })
    }
}

/// The tablet is full: what came could not be written.
#[component]
fn NoRoom() -> impl IntoView {
    let i18n = use_i18n();
    while_so(Meeting::is_full, move |_| {
        view! {
            <div data-testid="no-room">
                <Banner
                    tone=Tone::Bad
                    icon=Icon::Warn
                    alert=true
                    what=t_string!(i18n, common.no_room)
                    kept=t_string!(i18n, common.no_room_kept)
                >
                    <device::SaveRescue />
                </Banner>
            </div>
        }
    })
}

/// The tablet has not met the endpoint for longer than its lease, and holds what is confidential.
#[component]
fn LeaseOver() -> impl IntoView {
    let i18n = use_i18n();
    while_so(
        |meeting| meeting.withheld,
        move |app| {
            view! {
                <Banner
                    tone=Tone::Warn
                    icon=Icon::Lock
                    what=t_string!(i18n, device.lease_over)
                    kept=t_string!(i18n, device.lease_over_kept)
                >
                    <button class="btn" on:click=move |_| crate::syncing::soon(app)>
                        {t!(i18n, device.retry_now)}
                    </button>
                </Banner>
            }
        },
    )
}
