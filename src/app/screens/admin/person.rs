//! One person: name, code, posts; a code to sign in with; leaving; where they have signed in.

use record::DeviceId;
use record::roster::{ADMINISTRATOR, AUDITOR, Post};
use sync::wire::admin::{Ask, PersonSeen, PersonStated};
use view::prelude::*;
use view::{IntoView, View, component, view};

use super::{Desk, ask_button, ask_twice};
use crate::i18n::{t, t_string, use_i18n};
use crate::ui::{Field, Seg, SegLook, SegOption, Sheet, Tick};
use crate::words::{self, I18n};

/// The roles that a post at a site may have.
const ROLES: [&str; 6] = [
    "officer",
    "handler",
    "head",
    "station_head",
    "manager",
    AUDITOR,
];

/// How long a code for signing in is good, hours.
const CODE_HOURS: u32 = 72;

/// What is typed and chosen.
#[derive(Clone, Copy)]
struct Form {
    name: RwSignal<String>,
    code: RwSignal<String>,
    posts: RwSignal<Vec<Post>>,
}

impl Form {
    fn has(self, site: &str, role: &str) -> bool {
        let same = |post: &Post| post.site == site && post.role == role;
        self.posts.with(|posts| posts.iter().any(same))
    }

    fn department(self, site: &str) -> Option<String> {
        self.posts.with(|posts| {
            let mut here = posts.iter().filter(|post| post.site == site);
            here.find_map(|post| post.department.clone())
        })
    }

    fn set_role(self, site: &str, role: &str, on: bool) {
        let department = self.department(site);
        let (site, role) = (site.to_owned(), role.to_owned());
        self.posts.update(|posts| {
            posts.retain(|post| post.site != site || (post.role != role && !post.role.is_empty()));
            if on {
                posts.push(Post {
                    site: site.clone(),
                    role,
                    department: department.clone(),
                });
            }
            let here = posts.iter().any(|post| post.site == site);
            if !here && department.is_some() {
                posts.push(member(site, department));
            }
        });
    }

    fn set_department(self, site: &str, department: Option<String>) {
        let site = site.to_owned();
        self.posts.update(|posts| {
            posts.retain(|post| post.site != site || !post.role.is_empty());
            for post in posts.iter_mut().filter(|post| post.site == site) {
                post.department.clone_from(&department);
            }
            let here = posts.iter().any(|post| post.site == site);
            if !here && department.is_some() {
                posts.push(member(site, department));
            }
        });
    }
}

/// A member of a department without a role.
fn member(site: String, department: Option<String>) -> Post {
    Post {
        site,
        role: String::new(),
        department,
    }
}

#[component]
pub(super) fn PersonSheet(
    desk: Desk,
    person: Option<PersonSeen>,
    chosen: RwSignal<Option<Option<PersonSeen>>>,
) -> impl IntoView {
    let i18n = use_i18n();
    desk.begin_sheet();
    let open = RwSignal::new(true);
    let known = person.clone();
    let form = Form {
        name: RwSignal::new(known.as_ref().map(|p| p.name.clone()).unwrap_or_default()),
        code: RwSignal::new(known.as_ref().map(|p| p.code.clone()).unwrap_or_default()),
        posts: RwSignal::new(known.map(|p| p.posts).unwrap_or_default()),
    };
    let person = StoredValue::new(person);
    let retired = person.with_value(|p| p.as_ref().is_some_and(|p| p.retired));
    let title = person.with_value(|p| match p {
        Some(person) => person.name.clone(),
        None => t_string!(i18n, admin.add_person).to_owned(),
    });
    let state = move |retired: bool| {
        let name = form.name.get_untracked().trim().to_owned();
        let code = form.code.get_untracked().trim().to_owned();
        let stated = PersonStated {
            staff: person.with_value(|p| p.as_ref().map(|p| p.staff)),
            code: if code.is_empty() { name.clone() } else { code },
            name,
            posts: form.posts.get_untracked(),
            retired,
        };
        desk.ask(i18n, Ask::SetPerson(stated), move || {
            open.try_set(false);
        });
    };
    view! {
        <Sheet
            id="person-sheet"
            open
            title
            close_label=t_string!(i18n, common.close)
            on_close=Callback::new(move |()| chosen.set(None))
        >
            <super::Fault desk />
            <Field id="person-name" label=t_string!(i18n, admin.name) value=form.name />
            <Field
                id="person-code"
                label=t_string!(i18n, admin.code)
                hint=t_string!(i18n, admin.code_hint)
                optional_mark=t_string!(i18n, common.optional)
                value=form.code
            />
            {posts(i18n, desk, form)}
            <button
                type="button"
                class="btn pri big"
                data-testid="save-person"
                disabled=move || form.name.with(|n| n.trim().is_empty()) || desk.busy.get()
                on:click=move |_| state(retired)
            >
                {t!(i18n, admin.save)}
            </button>
            {move || {
                person
                    .with_value(|p| p.clone())
                    .map(|person| {
                        let leave = move || state(!retired);
                        known_person(i18n, desk, person, (open, leave))
                    })
            }}
        </Sheet>
    }
}

/// What the person is at each site, and whether they administer.
fn posts(i18n: I18n, desk: Desk, form: Form) -> View {
    let sites = desk.with(|seen| seen.sites.clone());
    let several = sites.len() > 1;
    let at_site = sites.into_iter().map(|site| {
        let code = StoredValue::new(site.code.clone());
        let departments = desk.with(|seen| {
            let here = seen.departments.iter().filter(|one| one.site == site.code);
            let here = here.map(|one| SegOption::new(Some(one.code.clone()), one.name.clone()));
            let none = SegOption::new(None, t_string!(i18n, admin.no_department));
            core::iter::once(none).chain(here).collect::<Vec<_>>()
        });
        let roles = ROLES.map(|role| {
            view! {
                <Tick
                    label=words::role_words(i18n, role)
                    on=Signal::derive(move || code.with_value(|site| form.has(site, role)))
                    on_change=Callback::new(move |on| {
                        code.with_value(|site| form.set_role(site, role, on));
                    })
                />
            }
        });
        view! {
            {several.then(|| view! { <h3>{site.name}</h3> })}
            <fieldset class="col gap-8">
                <legend class="lab">{t!(i18n, admin.roles)}</legend>
                <div class="ticks">{Vec::from(roles)}</div>
            </fieldset>
            <div class="field">
                <span class="lab">{t!(i18n, admin.department)}</span>
                <Seg
                    label=t_string!(i18n, admin.department)
                    options=Signal::derive(move || departments.clone())
                    chosen=Signal::derive(move || {
                        Some(code.with_value(|site| form.department(site)))
                    })
                    on_choose=move |department| {
                        code.with_value(|site| form.set_department(site, department));
                    }
                    look=SegLook::Small
                />
            </div>
        }
    });
    let at_site: Vec<View> = at_site.collect();
    view! {
        {at_site}
        <Tick
            label=t_string!(i18n, act.role_administrator)
            hint=t_string!(i18n, admin.administrator_hint).to_owned()
            on=Signal::derive(move || form.has("", ADMINISTRATOR))
            on_change=Callback::new(move |on| form.set_role("", ADMINISTRATOR, on))
        />
    }
}

/// What can be done with somebody who is known.
fn known_person(
    i18n: I18n,
    desk: Desk,
    person: PersonSeen,
    (open, leave): (RwSignal<bool>, impl Fn() + Copy + 'static),
) -> View {
    let (staff, retired) = (person.staff, person.retired);
    let code = move || {
        let ask = Ask::SignInCode {
            staff,
            hours: CODE_HOURS,
        };
        desk.ask(i18n, ask, move || {
            open.try_set(false);
        });
    };
    let out = move |tablet: DeviceId| {
        desk.ask(i18n, Ask::SignOut { staff, tablet }, move || {
            open.try_set(false);
        });
    };
    let signed_in = person.tablets.into_iter().map(|tablet| {
        let named = desk.with(|seen| {
            let found = seen.tablets.iter().find(|one| one.device == tablet);
            found.map(|one| one.title.clone())
        });
        view! {
            <li class="row between">
                <span class="grow">{named.unwrap_or_default()}</span>
                {ask_button(
                    desk,
                    ("btn", "sign-out"),
                    t_string!(i18n, admin.sign_out),
                    move || out(tablet),
                )}
            </li>
        }
    });
    let signed_in: Vec<View> = signed_in.collect();
    let (button, meaning) = if retired {
        let words = t_string!(i18n, admin.comes_back);
        let button = ask_button(desk, ("btn wide", "leave"), words, leave);
        (button, t_string!(i18n, admin.comes_back_text))
    } else {
        let words = (
            t_string!(i18n, admin.leaves),
            t_string!(i18n, admin.leaves_sure),
        );
        let button = ask_twice(desk, "leave", words, leave);
        (button, t_string!(i18n, admin.leaves_text))
    };
    view! {
        <hr />
        {(!retired)
            .then(|| {
                let words = t_string!(i18n, admin.make_sign_in_code);
                ask_button(desk, ("btn wide", "make-code"), words, code)
            })}
        <ul class="col gap-8">{signed_in}</ul>
        {button}
        <p class="cap">{meaning}</p>
    }
}
