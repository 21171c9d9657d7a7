//! Who waits to be let into a group of which the person who has unlocked the tablet is a member.

use record::roster::members::Consent;
use view::{IntoView, View, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::net::BUILD;
use crate::state::{App, now};
use crate::ui::Icon;
use crate::words::I18n;

/// Nothing where nobody waits, as for everybody who is in no group.
#[component]
pub(super) fn LetIn() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let rows = move || {
        app.meeting.track();
        let core = app.core()?;
        let (person, tablet) = (core.tablet.person()?, core.tablet.device());
        let asks = core.tablet.roster().asks(&person, &tablet);
        let rows = asks.into_iter().map(|asked| row(i18n, app, asked));
        Some(rows.collect::<Vec<_>>()).filter(|rows| !rows.is_empty())
    };
    move || {
        rows().map(|rows| {
            view! {
                <section class="card" data-testid="let-in">
                    <header>
                        <h2 class="grow h3">{t!(i18n, device.let_in)}</h2>
                    </header>
                    <p class="qrow sm muted">{t!(i18n, device.let_in_text)}</p>
                    <ul>{rows}</ul>
                </section>
            }
        })
    }
}

fn row(i18n: I18n, app: App, asked: Consent) -> View {
    let (name, code) = app.core().map_or_else(Default::default, |core| {
        let roster = core.tablet.roster();
        let person = roster
            .person(&asked.staff)
            .map(|person| person.name.clone());
        let tablet = roster
            .device(&asked.device)
            .map(|device| device.code.clone());
        (person.unwrap_or_default(), tablet.unwrap_or_default())
    });
    let about = t_string!(i18n, device.let_in_on, code = code);
    let let_in = move |_| {
        leptos::task::spawn_local(async move {
            if let Some(core) = app.core() {
                let said = core.tablet.let_in(&asked, BUILD, now()).await;
                app.say(match said {
                    Ok(()) => t_string!(i18n, device.let_in_done).to_owned(),
                    Err(fault) => {
                        t_string!(i18n, device.let_in_failed, why = fault.to_string())
                    }
                });
                crate::syncing::refresh(app);
                crate::syncing::soon(app);
            }
        });
    };
    let end = view! {
        <button type="button" class="btn" on:click=let_in>
            {t!(i18n, device.let_in_do)}
        </button>
    };
    super::row(("n", Icon::Lock), name, about, end)
}
