//! People: who they are, where they have signed in.

use record::roster::Post;
use sync::wire::admin::{AdminReply, PersonSeen};
use view::prelude::*;
use view::{IntoView, View, component, view};

use super::Desk;
use super::person::PersonSheet;
use crate::i18n::{t, t_string, use_i18n};
use crate::ui::{Icon, IconView};
use crate::words::{self, I18n};

#[component]
pub(super) fn People(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    // `Some(None)` is somebody new.
    let chosen = RwSignal::new(None::<Option<PersonSeen>>);
    let rows = move || {
        desk.with(|seen| {
            let people = seen.people.iter();
            let rows = people.map(|person| row(i18n, seen, person, chosen));
            rows.collect::<Vec<_>>()
        })
    };
    view! {
        <section class="card" data-testid="people">
            <header>
                <h2 class="grow h3">{t!(i18n, admin.people)}</h2>
                <button
                    type="button"
                    class="btn"
                    data-testid="add-person"
                    on:click=move |_| chosen.set(Some(None))
                >
                    <IconView icon=Icon::Plus />
                    {t!(i18n, admin.add)}
                </button>
            </header>
            <ul>{rows}</ul>
        </section>
        {move || chosen.get().map(|person| view! { <PersonSheet desk person chosen /> })}
    }
}

fn row(
    i18n: I18n,
    seen: &AdminReply,
    person: &PersonSeen,
    chosen: RwSignal<Option<Option<PersonSeen>>>,
) -> View {
    let posts: Vec<String> = person
        .posts
        .iter()
        .map(|post| post_words(i18n, seen, post))
        .collect();
    let posts = if posts.is_empty() {
        t_string!(i18n, device.no_role_short).to_owned()
    } else {
        posts.join("、")
    };
    let on: Vec<String> = person
        .tablets
        .iter()
        .filter_map(|id| seen.tablets.iter().find(|tablet| tablet.device == *id))
        .map(|tablet| tablet.title.clone())
        .collect();
    let on = if on.is_empty() {
        t_string!(i18n, admin.signed_in_nowhere).to_owned()
    } else {
        t_string!(i18n, admin.signed_in_on, tablets = on.join("、"))
    };
    let (name, retired) = (person.name.clone(), person.retired);
    let person = person.clone();
    view! {
        <li>
            <button
                type="button"
                class="qrow wide"
                data-testid="person-row"
                on:click=move |_| chosen.set(Some(Some(person.clone())))
            >
                <span class="n">
                    <IconView icon=Icon::Users />
                </span>
                <span class="grow">
                    <b>{name}</b>
                    <span class="sm muted line">{posts}</span>
                    <span class="cap line">{on}</span>
                </span>
                {retired.then(|| view! { <span class="tag">{t!(i18n, admin.retired)}</span> })}
            </button>
        </li>
    }
}

/// 接單員 · 客服部; the site before it where there are several.
fn post_words(i18n: I18n, seen: &AdminReply, post: &Post) -> String {
    let site = seen.sites.iter().find(|site| site.code == post.site);
    let site = site.filter(|_| seen.sites.len() > 1);
    let department = post.department.as_ref().and_then(|id| {
        let mut all = seen.departments.iter();
        let found = all.find(|one| one.site == post.site && one.code == *id);
        found.map(|one| one.name.clone())
    });
    let role = (!post.role.is_empty()).then(|| words::role_words(i18n, &post.role));
    let parts = [site.map(|site| site.name.clone()), role, department];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(" · ")
}
