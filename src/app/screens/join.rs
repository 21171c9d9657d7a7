//! The first start: this tablet joins the endpoint with the code it printed.

use view::prelude::*;
use view::{IntoView, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::net::NetFault;
use crate::platform;
use crate::state::App;
use crate::ui::{Banner, Field, Icon, Tone};

/// Asks for the code.
#[component]
pub(crate) fn JoinPage() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let by_link = app.link.with_untracked(|link| link.join.clone());
    let linked = by_link.is_some();
    let code = RwSignal::new(by_link.unwrap_or_default());
    let fault = RwSignal::new(None::<NetFault>);
    let busy = RwSignal::new(false);
    let join = move || {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        fault.set(None);
        leptos::task::spawn_local(async move {
            let outcome = crate::boot::join(app, code.get_untracked()).await;
            busy.try_set(false);
            if let Err(error) = outcome {
                fault.try_set(Some(error));
            }
        });
    };
    let words = move |error: &NetFault| match error {
        NetFault::Offline | NetFault::Slow => t_string!(i18n, device.join_offline).to_owned(),
        NetFault::OtherRoot => t_string!(i18n, device.join_other_root).to_owned(),
        NetFault::Refused(body) if body.error == "code" => {
            t_string!(i18n, device.join_wrong_code).to_owned()
        }
        NetFault::Refused(body) if body.error == "no_site" => {
            t_string!(i18n, device.join_no_site).to_owned()
        }
        NetFault::Refused(body) if body.error == "several_sites" => {
            t_string!(i18n, device.join_several_sites).to_owned()
        }
        NetFault::Refused(body) if body.error == "tries" => {
            t_string!(i18n, device.too_many_tries).to_owned()
        }
        other => t_string!(i18n, device.join_failed, why = other.to_string()),
    };
    view! {
        <main class="ul solo" id="main">
          <section class="ull">
            <h1>{t!(i18n, device.join_title)}</h1>
            <Cleared />
            <p class="read">{t!(i18n, device.join_text)}</p>
            <form
                class="card pad col"
                on:submit=move |event| {
                    event.prevent_default();
                    join();
                }
            >
                <Field
                    id="join-code"
                    label=t_string!(i18n, device.join_code)
                    hint=if linked {
                        t_string!(i18n, device.join_by_link)
                    } else {
                        t_string!(i18n, device.join_hint)
                    }
                    value=code
                />
                {move || {
                    fault
                        .get()
                        .map(|error| {
                            view! {
                                <Banner
                                    tone=Tone::Bad
                                    icon=Icon::Warn
                                    alert=true
                                    what=words(&error)
                                    kept=t_string!(i18n, device.join_kept)
                                />
                            }
                        })
                }}
                <button
                    class="btn pri big"
                    type="submit"
                    data-testid="join"
                    disabled=move || code.get().trim().is_empty() || busy.get()
                >
                    {move || {
                        if busy.get() {
                            t_string!(i18n, device.join_busy)
                        } else {
                            t_string!(i18n, device.join_do)
                        }
                    }}
                </button>
            </form>
          </section>
        </main>
    }
}

/// The browser held a tablet, and holds nothing any more: it, or somebody, has cleared the data.
#[component]
fn Cleared() -> impl IntoView {
    let i18n = use_i18n();
    platform::remembered().map(|code| {
        view! {
            <div data-testid="cleared">
                <Banner
                    tone=Tone::Bad
                    icon=Icon::Warn
                    alert=true
                    what=t_string!(i18n, device.cleared, code = code.clone())
                    kept=t_string!(i18n, device.cleared_kept, code = code)
                />
            </div>
        }
    })
}
