//! 鎖定: who is acting on this tablet. Until people sign in, the person is chosen from the roster.

use sorted::SortedMap;

use domain::id::StaffId;
use domain::site::Staff;
use view::prelude::*;
use view::{For, IntoView, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::shell::Pill;
use crate::state::App;
use crate::ui::{Empty, Icon, IconSize, IconView};
use crate::words;

/// Drafts of each person.
type Drafts = RwSignal<SortedMap<StaffId, usize>>;

/// Chooses who is acting.
#[component]
pub(crate) fn PeoplePage() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let people = Memo::new(move |_| {
        app.directory.with(|directory| {
            let mut people: Vec<Staff> = directory.people().cloned().collect();
            sorted::sort_by_key(&mut people, |staff| {
                (staff.roles.is_empty(), staff.name.clone())
            });
            people
        })
    });
    let drafts: Drafts = RwSignal::new(SortedMap::new());
    leptos::task::spawn_local(count_drafts(app, drafts));
    view! {
        <main class="ul solo people" id="main">
            <section class="ull">
                <Head />
                <h2>{t!(i18n, device.who)}</h2>
                {move || {
                    people
                        .with(Vec::is_empty)
                        .then(|| {
                            view! {
                                <Empty
                                    icon=Icon::Users
                                    title=t_string!(i18n, device.nobody)
                                    text=t_string!(i18n, device.nobody_text)
                                />
                            }
                        })
                }}
                <ul class="stg">
                    <For each=move || people.get() key=|staff| staff.id.clone() let:staff>
                        <li>
                            <Person staff drafts />
                        </li>
                    </For>
                </ul>
                <span class="grow"></span>
                <p class="sm muted">{t!(i18n, device.who_text)}</p>
                <p class="sm muted">{t!(i18n, device.who_note)}</p>
            </section>
        </main>
    }
}

/// The site, the tablet and the time; whether everything has arrived.
#[component]
fn Head() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let site = move || {
        app.directory
            .with(|d| d.site.as_ref().map(|site| site.name.clone()))
            .unwrap_or_else(|| t_string!(i18n, common.app).to_owned())
    };
    let code = app
        .core()
        .map(|core| core.tablet.identity().code.clone())
        .unwrap_or_default();
    let line = move || {
        let (zone, now) = (app.zone(), app.now.get());
        let day = words::month_day(i18n, &zone, now);
        let when = format!("{day} {}", words::time_of_day(&zone, now));
        t_string!(i18n, device.tablet_at, code = code.clone(), when = when)
    };
    // Before anybody is chosen there is no place the pill could lead to.
    let chosen = Memo::new(move |_| app.person.get().is_some());
    view! {
        <div class="row between wrap">
            <div>
                <h1>{site}</h1>
                <p class="muted">{line}</p>
            </div>
            {move || chosen.get().then(|| view! { <Pill /> })}
        </div>
    }
}

/// A draft's key names the person it belongs to.
async fn count_drafts(app: App, drafts: Drafts) {
    let Some(core) = app.core() else { return };
    let Ok(kept) = core.tablet.drafts("").await else {
        return;
    };
    let mut counts = SortedMap::new();
    for (key, _) in kept {
        for part in key.split('/').skip(1) {
            let id = StaffId::from(part);
            if app.directory.with_untracked(|d| d.staff.contains_key(&id)) {
                *counts.get_or_default(id) += 1;
            }
        }
    }
    let _gone = drafts.try_set(counts);
}

#[component]
fn Person(staff: Staff, drafts: Drafts) -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let id = staff.id.clone();
    let chosen = Memo::new(move |_| app.person.get().as_ref() == Some(&id));
    let id = staff.id.clone();
    let count = Memo::new(move |_| drafts.with(|d| d.get(&id).copied().unwrap_or(0)));
    let no_role = staff.roles.is_empty();
    let roles = if no_role {
        t_string!(i18n, device.no_role_short).to_owned()
    } else {
        let roles = staff.roles.iter().map(|role| words::role_words(i18n, role));
        roles.collect::<Vec<_>>().join("、")
    };
    let department = staff
        .department
        .as_ref()
        .map(|id| app.directory.with(|d| d.department(id)));
    let place = department.map_or_else(|| roles.clone(), |name| format!("{name} · {roles}"));
    let first = staff.name.chars().next().map(String::from);
    let id = staff.id.clone();
    view! {
        <button
            class="stf"
            data-testid="person"
            aria-pressed=move || chosen.get().to_string()
            on:click=move |_| choose(app, id.clone())
        >
            <span class="avatar" aria-hidden="true">
                {first}
            </span>
            <span class="grow">
                <b>{staff.name}</b>
                <br />
                <span class="sm muted">{place}</span>
                {no_role
                    .then(|| {
                        view! {
                            <br />
                            <span class="cap">{t!(i18n, device.no_role_text)}</span>
                        }
                    })}
                {move || {
                    let count = count.get();
                    (count > 0)
                        .then(|| {
                            view! {
                                <br />
                                <span class="tag">
                                    <IconView icon=Icon::File size=IconSize::Small />
                                    {t_string!(i18n, device.drafts, n = count)}
                                </span>
                            }
                        })
                }}
            </span>
        </button>
    }
}

/// The person acts from now on; the places begin anew at the first one.
fn choose(app: App, id: StaffId) {
    app.person.set(Some(id));
    // What the person before did is not theirs to take back.
    app.toast.set(None);
    leptos::task::spawn_local(crate::boot::keep_acting(app));
    app.go(crate::routes::TODAY);
}
