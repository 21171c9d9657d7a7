//! The way from the resident back to the staff: the PIN of who handed the tablet over.

use domain::act::Agreement;
use view::html;
use view::prelude::*;
use view::{IntoView, component, view};

use super::next::saved;
use super::resident::Hands;
use crate::i18n::{t, t_string, use_i18n};
use crate::routes;
use crate::screens::pin::{Attempt, PinEntry};
use crate::screens::today;
use crate::ui::{Icon, IconSize, IconView};
use crate::words::I18n;

/// Thanks, or nothing signed; and the way back.
#[component]
pub(super) fn TakeBack(hands: Hands) -> impl IntoView {
    let i18n = use_i18n();
    let heading = NodeRef::<html::Heading>::new();
    Effect::new(move |_| {
        if let Some(heading) = heading.get() {
            // A heading that cannot take the focus leaves it where it is.
            drop(heading.focus());
        }
    });
    let recorded = Memo::new(move |_| hands.draft.with(Option::is_none));
    let wrong = Memo::new(move |_| hands.draft.with(|d| d.as_ref().is_some_and(|d| d.wrong)));
    let title = move || match (recorded.get(), wrong.get()) {
        (true, _) => t_string!(i18n, visit.thanks),
        (false, true) => t_string!(i18n, visit.thanks_wrong),
        (false, false) => t_string!(i18n, visit.paused),
    };
    view! {
        <div class="res only">
            <main class="tb" id="main">
                <section class="col gap-20">
                    <span class=move || if recorded.get() { "avatar xl met" } else { "avatar xl" }>
                        <IconView
                            icon=Signal::derive(move || {
                                if recorded.get() { Icon::ClockMet } else { Icon::Hand }
                            })
                            size=IconSize::Huge
                        />
                    </span>
                    <h1 tabindex="-1" node_ref=heading>
                        {title}
                    </h1>
                    <p class="say">{t!(i18n, visit.give_back)}</p>
                    {move || {
                        recorded
                            .get()
                            .then(|| {
                                view! { <p class="also">{t!(i18n, visit.thanks_kept)}</p> }
                            })
                    }}
                    <GoOn hands shown=Signal::derive(move || !recorded.get() && !wrong.get()) />
                </section>
                <Staff hands />
            </main>
        </div>
    }
}

/// Back to the statement, for a resident who only paused.
#[component]
fn GoOn(hands: Hands, shown: Signal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        shown.get().then(|| {
            view! {
                <button
                    type="button"
                    class="btn start"
                    on:click=move |_| hands.change(|_, handed| handed.giving_back = false)
                >
                    {t!(i18n, visit.go_on)}
                </button>
            }
        })
    }
}

#[component]
fn Staff(hands: Hands) -> impl IntoView {
    let i18n = use_i18n();
    let name = Memo::new(move |_| {
        hands
            .app
            .acting()
            .map(|staff| staff.name)
            .unwrap_or_default()
    });
    let core = hands.app.core();
    let person = core.and_then(|core| Some((core.tablet.person()?, core.tablet.pin_digits())));
    let Some((staff, digits)) = person else {
        return view! {};
    };
    let attempt = move |pin: String| -> Attempt {
        Box::pin(async move {
            if let Some(core) = hands.app.core() {
                core.tablet.ask_pin(&pin).await?;
                take_back(i18n, hands);
            }
            Ok(())
        })
    };
    view! {
        <section class="card pad col gap-18">
            <div class="row">
                <span class="avatar" aria-hidden="true">
                    {move || name.with(|name| name.chars().next().map(String::from))}
                </span>
                <div>
                    <b>{move || t_string!(i18n, visit.takes_back, name = name.get())}</b>
                    <div class="cap">{t!(i18n, visit.takes_back_text)}</div>
                </div>
            </div>
            <div class="col gap-18" data-testid="take-back">
                <PinEntry
                    staff
                    digits
                    attempt=Callback::new(attempt)
                    on_cancel=Callback::new(|()| ())
                />
            </div>
        </section>
    }
}

/// The staff has the tablet again: at the form where nothing was signed, else at the round.
fn take_back(i18n: I18n, hands: Hands) {
    let app = hands.app;
    let id = hands.case.get_value();
    let draft = hands.draft.get_untracked();
    leptos::task::spawn_local(async move {
        let to = if let Some(draft) = draft {
            hands.keep_unsigned(draft).await;
            routes::visit(&id)
        } else {
            let summary = untrack(|| app.summary(&id));
            let whom =
                summary.map(|summary| untrack(|| today::place_and_name(i18n, app, &summary)));
            let agreement = last_agreement(hands).await;
            let (said, to) = saved(i18n, whom.unwrap_or_default(), &id, agreement);
            app.say(said);
            to
        };
        app.go_instead(&to);
        app.resident.set(None);
        crate::boot::keep_handed(app).await;
    });
}

/// What the resident answered in the revisit that was just recorded.
async fn last_agreement(hands: Hands) -> Option<Agreement> {
    let id = hands.case.get_value();
    // A case that cannot be read now says so on its own page.
    let open = hands.app.open_case(&id).await.ok()??;
    open.case.views.revisits.last()?.act.agreement
}
