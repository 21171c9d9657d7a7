//! 鎖定: who can unlock this tablet, the PIN, and signing in for the first time.

use domain::id::StaffId;
use record::StaffId as RecordStaffId;
use sync::tablet::SlotInfo;
use view::prelude::*;
use view::{For, IntoView, component, view};

use crate::boot::{self, Admitted};
use crate::i18n::{t, t_string, use_i18n};
use crate::net::NetFault;
use crate::screens::pin::{Attempt, NewPin, PinEntry, after_drawing};
use crate::shell::Pill;
use crate::state::App;
use crate::ui::{Banner, Empty, Field, Icon, IconSize, IconView, Tone};
use crate::words::{self, I18n};

/// What the right side asks.
#[derive(Clone, Debug, PartialEq)]
enum Asked {
    /// Nothing: nobody is chosen.
    Nothing,
    /// The PIN of a person who has signed in here.
    Pin(SlotInfo),
    /// Who signs in for the first time, or anew.
    SignIn,
    /// The PIN that somebody chooses whose code was taken.
    Choose(Admitted),
}

/// The page of a tablet that nobody has unlocked.
#[derive(Clone, Copy)]
struct LockPage {
    app: App,
    asked: RwSignal<Asked>,
}

/// Unlocks the tablet.
#[component]
pub(crate) fn UnlockPage() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let page = LockPage {
        app,
        asked: RwSignal::new(if app.link.with_untracked(|link| link.sign_in.is_some()) {
            Asked::SignIn
        } else {
            Asked::Nothing
        }),
    };
    let people = Memo::new(move |_| app.gate.with(|gate| gate.people.clone()));
    let asks = Memo::new(move |_| page.asked.with(|asked| *asked != Asked::Nothing));
    view! {
        <main class=move || if asks.get() { "ul asks" } else { "ul solo" } id="main">
            <section class="ull people">
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
                    <For each=move || people.get() key=Clone::clone let:person>
                        <li>
                            <Person page person />
                        </li>
                    </For>
                    <li>
                        <button
                            class="stf"
                            data-testid="other-person"
                            aria-pressed=move || {
                                let other = page
                                    .asked
                                    .with(|a| matches!(a, Asked::SignIn | Asked::Choose(_)));
                                other.to_string()
                            }
                            on:click=move |_| page.asked.set(Asked::SignIn)
                        >
                            <span class="avatar" aria-hidden="true">
                                <IconView icon=Icon::Plus />
                            </span>
                            <span class="grow">
                                <b>{t!(i18n, device.other_person)}</b>
                                <br />
                                <span class="sm muted">{t!(i18n, device.other_person_text)}</span>
                            </span>
                        </button>
                    </li>
                </ul>
                <span class="grow"></span>
                <p class="sm muted">{t!(i18n, device.who_note)}</p>
            </section>
            {move || match page.asked.get() {
                Asked::Nothing => None,
                Asked::Pin(person) => Some(view! { <AskPin page person /> }),
                Asked::SignIn => Some(view! { <SignIn page /> }),
                Asked::Choose(admitted) => Some(view! { <ChoosePin page admitted /> }),
            }}
        </main>
    }
}

/// The site, the tablet and the time; whether everything has arrived.
#[component]
fn Head() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let site = move || {
        app.gate.with(|gate| match gate.front.name.as_str() {
            "" => gate.site.clone(),
            name => name.to_owned(),
        })
    };
    let line = move || {
        let (zone, now) = (app.zone(), app.now.get());
        let day = words::month_day(i18n, &zone, now);
        let when = format!("{day} {}", words::time_of_day(&zone, now));
        let code = app.gate.with(|gate| gate.code.clone());
        t_string!(i18n, device.tablet_at, code = code, when = when)
    };
    // Before anybody has signed in there is nothing to sync.
    let known = Memo::new(move |_| app.gate.with(|gate| !gate.people.is_empty()));
    view! {
        <div class="row between wrap">
            <div>
                <h1>{site}</h1>
                <p class="muted">{line}</p>
            </div>
            {move || known.get().then(|| view! { <Pill /> })}
        </div>
    }
}

/// Department and roles, as the last person to use the tablet left them.
fn place(i18n: I18n, app: App, staff: &RecordStaffId) -> Option<(String, bool)> {
    let id = StaffId(staff.to_string());
    app.gate.with(|gate| {
        let (department, roles) = gate.front.people.get(&id)?;
        let no_role = roles.is_empty();
        let roles: Vec<String> = if no_role {
            vec![t_string!(i18n, device.no_role_short).to_owned()]
        } else {
            let words = roles.iter().map(|role| words::role_words(i18n, role));
            words.collect()
        };
        let roles = roles.join("、");
        let words = match department {
            Some(department) => format!("{department} · {roles}"),
            None => roles,
        };
        Some((words, no_role))
    })
}

/// 上次解鎖 今日 09:51: who reads it sees whether it was they.
fn last_use(i18n: I18n, app: App, staff: &RecordStaffId) -> Option<String> {
    let id = StaffId(staff.to_string());
    let (zone, now) = (app.zone(), app.now.get_untracked());
    let used = app
        .gate
        .with_untracked(|gate| gate.front.used.get(&id).copied())?;
    let when = words::when(i18n, &zone, used, now);
    Some(t_string!(i18n, device.used_last, when = when))
}

#[component]
fn Person(page: LockPage, person: SlotInfo) -> impl IntoView {
    let i18n = use_i18n();
    let staff = person.staff;
    let chosen = Memo::new(move |_| {
        page.asked
            .with(|asked| matches!(asked, Asked::Pin(one) if one.staff == staff))
    });
    let about = Memo::new(move |_| place(i18n, page.app, &staff));
    let no_role = move || about.with(|about| about.as_ref().is_some_and(|(_, none)| *none));
    let drafts = person.drafts;
    let name = person.name.clone();
    view! {
        <button
            class="stf"
            data-testid="person"
            aria-pressed=move || chosen.get().to_string()
            on:click=move |_| page.asked.set(Asked::Pin(person.clone()))
        >
            <Avatar name=name.clone() />
            <span class="grow">
                <b>{name}</b>
                <br />
                <span class="sm muted">{move || about.get().map(|(words, _)| words)}</span>
                {move || {
                    no_role()
                        .then(|| {
                            view! {
                                <br />
                                <span class="cap">{t!(i18n, device.no_role_text)}</span>
                            }
                        })
                }}
                {(drafts > 0)
                    .then(|| {
                        view! {
                            <br />
                            <span class="tag">
                                <IconView icon=Icon::File size=IconSize::Small />
                                {t_string!(i18n, device.drafts, n = drafts)}
                            </span>
                        }
                    })}
            </span>
        </button>
    }
}

#[component]
fn Avatar(name: String) -> impl IntoView {
    view! {
        <span class="avatar" aria-hidden="true">
            {name.chars().next().map(String::from)}
        </span>
    }
}

/// The PIN of a person who has signed in here.
#[component]
fn AskPin(page: LockPage, person: SlotInfo) -> impl IntoView {
    let i18n = use_i18n();
    let app = page.app;
    let (staff, name) = (person.staff, person.name.clone());
    let used = last_use(i18n, app, &staff);
    let attempt = move |pin: String| -> Attempt {
        Box::pin(async move { boot::unlock(app, staff, &pin).await })
    };
    view! {
        <section class="ulr">
            <div class="row">
                <Avatar name=name.clone() />
                <div>
                    <h2>{name}</h2>
                    <span class="sm muted">
                        {used.map(|words| view! { {words} <br /> })}
                        {t!(i18n, device.locks_itself)}
                    </span>
                </div>
            </div>
            <PinEntry
                staff
                digits=person.digits
                wrong=person.wrong
                attempt=Callback::new(attempt)
                on_cancel=Callback::new(move |()| page.asked.set(Asked::Nothing))
            />
            <button
                type="button"
                class="btn ghost"
                data-testid="forgotten"
                on:click=move |_| page.asked.set(Asked::SignIn)
            >
                {t!(i18n, device.pin_forgotten)}
            </button>
        </section>
    }
}

/// Who signs in: by a code, or at a training endpoint by name.
#[component]
fn SignIn(page: LockPage) -> impl IntoView {
    let i18n = use_i18n();
    let training = page.app.gate.with_untracked(|gate| gate.training.clone());
    let by_link = page.app.link.with_untracked(|link| link.sign_in.clone());
    let linked = by_link.is_some();
    let training = training.filter(|_| !linked);
    let code = RwSignal::new(by_link.unwrap_or_default());
    let asking = Asking {
        page,
        busy: RwSignal::new(false),
        fault: RwSignal::new(None),
    };
    let go_on = move || {
        let code = code.get_untracked();
        if !code.trim().is_empty() {
            asking.admit(i18n, code, None);
        }
    };
    view! {
        <section class="ulr">
            <h2>{t!(i18n, device.sign_in)}</h2>
            {match training {
                Some(people) => view! { <TrainingPeople asking people /> },
                None => {
                    view! {
                        <form
                            class="col gap-18"
                            on:submit=move |event| {
                                event.prevent_default();
                                go_on();
                            }
                        >
                            <p class="read">{t!(i18n, device.sign_in_text)}</p>
                            <Field
                                id="sign-in-code"
                                label=t_string!(i18n, device.sign_in_code)
                                hint=if linked {
                                    t_string!(i18n, device.sign_in_by_link)
                                } else {
                                    t_string!(i18n, device.join_hint)
                                }
                                value=code
                            />
                            <button
                                class="btn pri big"
                                type="submit"
                                data-testid="sign-in"
                                disabled=move || {
                                    code.get().trim().is_empty() || asking.busy.get()
                                }
                            >
                                {t!(i18n, common.next)}
                            </button>
                        </form>
                    }
                }
            }}
            {asking.outcome()}
            <button
                type="button"
                class="btn ghost"
                on:click=move |_| page.asked.set(Asked::Nothing)
            >
                {t!(i18n, common.cancel)}
            </button>
        </section>
    }
}

/// Asking the endpoint to let somebody sign in, and what came to nothing.
#[derive(Clone, Copy)]
struct Asking {
    page: LockPage,
    busy: RwSignal<bool>,
    fault: RwSignal<Option<String>>,
}

impl Asking {
    fn admit(self, i18n: I18n, code: String, staff: Option<RecordStaffId>) {
        if self.busy.get_untracked() {
            return;
        }
        self.fault.set(None);
        self.busy.set(true);
        leptos::task::spawn_local(async move {
            let outcome = boot::admit(&code, staff).await;
            self.busy.try_set(false);
            match outcome {
                // Whoever went on to something else meanwhile is not called back.
                Ok(admitted) => drop(self.page.asked.try_update(|asked| {
                    if *asked == Asked::SignIn {
                        *asked = Asked::Choose(admitted);
                    }
                })),
                Err(error) => drop(self.fault.try_set(Some(sign_in_words(i18n, &error)))),
            }
        });
    }

    fn outcome(self) -> impl IntoView {
        move || self.fault.get().map(|what| view! { <NotSignedIn what /> })
    }
}

fn sign_in_words(i18n: I18n, error: &NetFault) -> String {
    match error {
        NetFault::Offline | NetFault::Slow => t_string!(i18n, device.sign_in_offline).to_owned(),
        NetFault::Refused(body) if body.error == "code" => {
            t_string!(i18n, device.sign_in_wrong_code).to_owned()
        }
        NetFault::Refused(body) if body.error == "tries" => {
            t_string!(i18n, device.too_many_tries).to_owned()
        }
        other => t_string!(i18n, device.join_failed, why = other.to_string()),
    }
}

/// Why nobody has signed in.
#[component]
fn NotSignedIn(what: String) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Banner
            tone=Tone::Bad
            icon=Icon::Warn
            alert=true
            what
            kept=t_string!(i18n, device.sign_in_kept)
        />
    }
}

/// A training endpoint lets everybody in by name.
#[component]
fn TrainingPeople(asking: Asking, people: Vec<(StaffId, String)>) -> impl IntoView {
    let i18n = use_i18n();
    let choose = move |id: &StaffId| {
        if let Ok(staff) = id.as_str().parse() {
            asking.admit(i18n, String::new(), Some(staff));
        }
    };
    let row = move |(id, name): (StaffId, String)| {
        view! {
            <li>
                <button
                    type="button"
                    class="btn wide"
                    data-testid="training-person"
                    on:click=move |_| choose(&id)
                >
                    {name}
                </button>
            </li>
        }
    };
    view! {
        <p class="read">{t!(i18n, device.sign_in_training)}</p>
        <ul class="col gap-8">{people.into_iter().map(row).collect::<Vec<_>>()}</ul>
    }
}

/// The PIN that a person chooses, and the signing in with it.
#[component]
fn ChoosePin(page: LockPage, admitted: Admitted) -> impl IntoView {
    let i18n = use_i18n();
    let app = page.app;
    let busy = RwSignal::new(false);
    let fault = RwSignal::new(None::<String>);
    let whose = t_string!(i18n, device.sign_in_as, name = admitted.name().to_owned());
    let admitted = StoredValue::new(admitted);
    on_cleanup(move || boot::leave(app));
    let sign_in = move |pin: String| {
        fault.set(None);
        after_drawing(busy, async move {
            let outcome = boot::sign_in(app, &admitted.get_value(), &pin).await;
            busy.try_set(false);
            if let Err(error) = outcome {
                fault.try_set(Some(sign_in_words(i18n, &error)));
            }
        });
    };
    view! {
        <section class="ulr">
            <p class="read" data-testid="sign-in-as">{whose}</p>
            <NewPin chosen=Callback::new(sign_in) busy=Signal::derive(move || busy.get()) />
            {move || {
                busy.get().then(|| view! { <p role="status">{t!(i18n, device.sign_in_busy)}</p> })
            }}
            {move || fault.get().map(|what| view! { <NotSignedIn what /> })}
            <button
                type="button"
                class="btn ghost"
                on:click=move |_| page.asked.set(Asked::SignIn)
            >
                {t!(i18n, common.back)}
            </button>
        </section>
    }
}
