//! Groups: who waits to be let into one of which the person who has unlocked the tablet is a
//! member, and which that person waits for.

use record::ScopeId;
use record::roster::members::Consent;
use view::{IntoView, View, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::net::BUILD;
use crate::state::{App, now};
use crate::ui::{Banner, Icon, Tone};
use crate::words::I18n;

/// The names of who is in a group: a group has no other name.
fn members(app: App, scope: &ScopeId) -> String {
    let names = app.core().map(|core| {
        let roster = core.tablet.roster();
        let people = roster.members(scope).into_iter();
        let names = people.filter_map(|id| roster.person(&id).map(|one| one.name.clone()));
        names.collect::<Vec<_>>().join("、")
    });
    names.unwrap_or_default()
}

/// The groups that have not let the person in yet; nothing where there are none.
#[component]
pub(super) fn Waits() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let banners = move || {
        app.meeting.track();
        let core = app.core()?;
        let person = core.tablet.person()?;
        let groups = core
            .tablet
            .roster()
            .waits_for(&person, &core.tablet.device());
        let banner = |scope| {
            let members = members(app, scope);
            view! {
                <Banner
                    tone=Tone::Plain
                    icon=Icon::Lock
                    what=t_string!(i18n, device.waits)
                    kept=t_string!(i18n, device.waits_text, members = members)
                />
            }
        };
        Some(groups.iter().map(banner).collect::<Vec<_>>())
    };
    banners.into_view()
}

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
    let members = members(app, &asked.scope);
    let about = t_string!(i18n, device.let_in_on, code = code, members = members);
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
