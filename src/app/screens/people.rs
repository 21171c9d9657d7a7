//! 鎖定: who is acting on this tablet. Until people sign in, the person is chosen from the roster.

use domain::site::Staff;
use leptos::prelude::*;

use crate::i18n::{t, t_string, use_i18n};
use crate::state::App;
use crate::ui::{Empty, Icon};
use crate::words;

/// Chooses who is acting.
#[component]
pub(crate) fn PeoplePage() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let people = Memo::new(move |_| {
        app.directory.with(|directory| {
            let mut people: Vec<Staff> = directory.people().cloned().collect();
            people.sort_by_key(|staff| (staff.roles.is_empty(), staff.name.clone()));
            people
        })
    });
    view! {
        <main class="page people" id="main">
            <h1>{t!(i18n, device.who)}</h1>
            <p class="muted">{t!(i18n, device.who_text)}</p>
            {move || {
                people
                    .with(Vec::is_empty)
                    .then(|| {
                        view! {
                            <Empty
                                icon=Icon::Users
                                title=Signal::derive(move || {
                                    t_string!(i18n, device.nobody).to_owned()
                                })
                                text=Signal::derive(move || {
                                    t_string!(i18n, device.nobody_text).to_owned()
                                })
                            />
                        }
                    })
            }}
            <ul class="staffs">
                <For each=move || people.get() key=|staff| staff.id.clone() let:staff>
                    <li>
                        <Person staff />
                    </li>
                </For>
            </ul>
        </main>
    }
}

#[component]
fn Person(staff: Staff) -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let id = staff.id.clone();
    let chosen = Memo::new(move |_| app.person.get().as_ref() == Some(&id));
    let roles = if staff.roles.is_empty() {
        t_string!(i18n, device.no_role_short).to_owned()
    } else {
        let roles = staff.roles.iter().map(|role| words::role_words(i18n, role));
        roles.collect::<Vec<_>>().join("、")
    };
    let department = staff
        .department
        .as_ref()
        .map(|id| app.directory.with(|d| d.department(id)));
    let first = staff.name.chars().next().map(String::from);
    let id = staff.id.clone();
    let choose = move |_| {
        app.person.set(Some(id.clone()));
        leptos::task::spawn_local(crate::boot::keep_acting(app));
        // The places begin anew for another person.
        drop(window().location().set_hash(""));
        go_to_today();
    };
    view! {
        <button
            class="staff"
            data-testid="person"
            aria-pressed=move || chosen.get().to_string()
            on:click=choose
        >
            <span class="avatar l" aria-hidden="true">
                {first}
            </span>
            <span class="grow">
                <b>{staff.name}</b>
                <br />
                <span class="cap">
                    {roles} {department.map(|name| format!(" · {name}"))}
                </span>
            </span>
        </button>
    }
}

/// Leads to the first place without loading the page anew.
fn go_to_today() {
    let history = window().history();
    if let Ok(history) = history {
        // Without it the person stays on this page, and the rail leads on.
        drop(history.push_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some("/")));
        if let Ok(event) = web_sys::Event::new("popstate") {
            drop(window().dispatch_event(&event));
        }
    }
}
