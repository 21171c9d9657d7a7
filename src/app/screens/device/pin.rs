//! Another PIN for who uses the tablet: the present one first, then the new one twice.

use record::pin::Cost;
use view::prelude::*;
use view::{IntoView, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::screens::pin::{Attempt, NewPin, PinEntry, after_drawing};
use crate::state::App;
use crate::ui::{Icon, IconView, Sheet};

/// A button and the sheet it opens.
#[component]
pub(super) fn ChangePin() -> impl IntoView {
    let i18n = use_i18n();
    let open = RwSignal::new(false);
    view! {
        <button
            type="button"
            class="btn"
            data-testid="change-pin"
            on:click=move |_| open.set(true)
        >
            <IconView icon=Icon::Pen />
            {t!(i18n, device.pin_change)}
        </button>
        <Sheet
            id="pin-sheet"
            open
            title=t_string!(i18n, device.pin_change)
            close_label=t_string!(i18n, common.close)
        >
            <Steps open />
        </Sheet>
    }
}

#[component]
fn Steps(open: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let known = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let attempt = move |pin: String| -> Attempt {
        Box::pin(async move {
            if let Some(core) = app.core() {
                core.tablet.ask_pin(&pin).await?;
                known.try_set(true);
            }
            Ok(())
        })
    };
    let change = move |pin: String| {
        after_drawing(busy, async move {
            let Some(core) = app.core() else { return };
            let said = match core.tablet.change_pin(&pin, Cost::TABLET).await {
                Ok(()) => t_string!(i18n, device.pin_changed).to_owned(),
                Err(error) => t_string!(i18n, device.pin_not_changed, why = error.to_string()),
            };
            app.say(said);
            open.try_set(false);
        });
    };
    move || {
        let person = app.core().and_then(|core| core.tablet.person());
        let (Some(staff), false) = (person, known.get()) else {
            return view! {
                <NewPin chosen=Callback::new(change) busy=Signal::derive(move || busy.get()) />
            };
        };
        let digits = app.core().map_or(0, |core| core.tablet.pin_digits());
        view! {
            <p class="read">{t!(i18n, device.pin_present)}</p>
            <PinEntry
                staff
                digits
                attempt=Callback::new(attempt)
                on_cancel=Callback::new(move |()| open.set(false))
            />
        }
    }
}
