//! 鎖定: who can unlock this tablet, the PIN, and signing in for the first time.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use domain::id::StaffId;
use gloo::timers::callback::Interval;
use leptos::leptos_dom::helpers::set_timeout;
use record::StaffId as RecordStaffId;
use record::pin::PinError;
use sorted::SortedMap;
use sync::tablet::{SlotInfo, TRIES_FREE, UnlockError, pause_ms};
use view::prelude::*;
use view::{For, IntoView, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::net::NetFault;
use crate::platform;
use crate::shell::Pill;
use crate::state::App;
use crate::ui::{Banner, Empty, Field, Icon, IconSize, IconView, PinPad, PinWords, Tone};
use crate::words::{self, I18n};

thread_local! {
    /// When a person's PIN was last wrong since the page was loaded, by a clock that only goes on.
    static LAST_WRONG_MS: RefCell<SortedMap<RecordStaffId, u64>> =
        const { RefCell::new(SortedMap::new()) };
}

/// What the right side asks.
#[derive(Clone, Debug, PartialEq)]
enum Asked {
    /// Nothing: nobody is chosen.
    Nothing,
    /// The PIN of a person who has signed in here.
    Pin(SlotInfo),
    /// Who signs in for the first time, or anew.
    SignIn,
    /// The PIN they choose.
    Choose {
        /// The code as typed.
        code: String,
        /// At a training endpoint: who.
        staff: Option<RecordStaffId>,
    },
}

/// The page of a tablet that nobody has unlocked.
#[derive(Clone, Copy)]
struct Gate {
    app: App,
    asked: RwSignal<Asked>,
}

/// Unlocks the tablet.
#[component]
pub(crate) fn UnlockPage() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let gate = Gate {
        app,
        asked: RwSignal::new(Asked::Nothing),
    };
    let people = Memo::new(move |_| app.gate.with(|gate| gate.people.clone()));
    let asks = Memo::new(move |_| gate.asked.with(|asked| *asked != Asked::Nothing));
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
                            <Person gate person />
                        </li>
                    </For>
                    <li>
                        <button
                            class="stf"
                            data-testid="other-person"
                            aria-pressed=move || {
                                let other = gate
                                    .asked
                                    .with(|a| matches!(a, Asked::SignIn | Asked::Choose { .. }));
                                other.to_string()
                            }
                            on:click=move |_| gate.asked.set(Asked::SignIn)
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
            {move || match gate.asked.get() {
                Asked::Nothing => None,
                Asked::Pin(person) => Some(view! { <AskPin gate person /> }),
                Asked::SignIn => Some(view! { <SignIn gate /> }),
                Asked::Choose { code, staff } => Some(view! { <ChoosePin gate code staff /> }),
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

#[component]
fn Person(gate: Gate, person: SlotInfo) -> impl IntoView {
    let i18n = use_i18n();
    let staff = person.staff;
    let chosen = Memo::new(move |_| {
        gate.asked
            .with(|asked| matches!(asked, Asked::Pin(one) if one.staff == staff))
    });
    let about = Memo::new(move |_| place(i18n, gate.app, &staff));
    let no_role = move || about.with(|about| about.as_ref().is_some_and(|(_, none)| *none));
    let drafts = person.drafts;
    let name = person.name.clone();
    view! {
        <button
            class="stf"
            data-testid="person"
            aria-pressed=move || chosen.get().to_string()
            on:click=move |_| gate.asked.set(Asked::Pin(person.clone()))
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

/// Why a PIN did not unlock.
#[derive(Clone, Debug, PartialEq)]
enum PinFault {
    /// So many were wrong by now.
    Wrong(u32),
    /// The storage's words.
    Failed(String),
}

/// The PIN of a person who has signed in here.
#[component]
fn AskPin(gate: Gate, person: SlotInfo) -> impl IntoView {
    let i18n = use_i18n();
    let app = gate.app;
    let (staff, name) = (person.staff, person.name.clone());
    let attempt = move |pin: String| -> Attempt {
        Box::pin(async move { crate::boot::unlock(app, staff, &pin).await })
    };
    view! {
        <section class="ulr">
            <div class="row">
                <Avatar name=name.clone() />
                <div>
                    <h2>{name}</h2>
                    <span class="sm muted">{t!(i18n, device.locks_itself)}</span>
                </div>
            </div>
            <PinEntry
                staff
                digits=person.digits
                wrong=person.wrong
                attempt=Callback::new(attempt)
                on_cancel=Callback::new(move |()| gate.asked.set(Asked::Nothing))
            />
            <button
                type="button"
                class="btn ghost"
                data-testid="forgotten"
                on:click=move |_| gate.asked.set(Asked::SignIn)
            >
                {t!(i18n, device.pin_forgotten)}
            </button>
        </section>
    }
}

/// A PIN being tried.
pub(crate) type Attempt = Pin<Box<dyn Future<Output = Result<(), UnlockError>>>>;

/// Asks for a PIN that is known, slower after each wrong one.
#[component]
pub(crate) fn PinEntry(
    /// Whose it is.
    staff: RecordStaffId,
    /// Its digits.
    digits: usize,
    /// Wrong ones so far.
    wrong: u32,
    /// Tries one.
    attempt: Callback<String, Attempt>,
    /// Told that nobody wants to type.
    on_cancel: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let typed = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let fault = RwSignal::new(None::<PinFault>);
    // Since the page was loaded or the last wrong PIN: a clock that only goes on.
    let since_ms = RwSignal::new(LAST_WRONG_MS.with_borrow(|last| last.get(&staff).copied()));
    let wrong = RwSignal::new(wrong);
    let seconds = seconds_left(wrong, since_ms);
    let ask = move |pin: String| {
        busy.set(true);
        fault.set(None);
        after_drawing(async move {
            let outcome = attempt.run(pin).await;
            typed.try_set(String::new());
            busy.try_set(false);
            match outcome {
                Ok(()) => {}
                Err(UnlockError::Wrong(times)) => {
                    let at_ms = platform::monotonic_ms();
                    LAST_WRONG_MS.with_borrow_mut(|last| last.insert(staff, at_ms));
                    since_ms.try_set(Some(at_ms));
                    wrong.try_set(times);
                    fault.try_set(Some(PinFault::Wrong(times)));
                }
                Err(other) => drop(fault.try_set(Some(PinFault::Failed(other.to_string())))),
            }
        });
    };
    view! {
        <PinPad
            digits=Some(digits)
            typed
            words=pad_words(i18n, Some(digits), t_string!(i18n, common.cancel))
            on_full=Callback::new(ask)
            on_cancel=Some(on_cancel)
            still=Signal::derive(move || busy.get() || seconds.get() > 0)
        />
        {move || {
            let left = seconds.get();
            let words = if left > 0 {
                t_string!(i18n, device.pin_wait, n = wrong.get(), s = left)
            } else {
                match fault.get()? {
                    PinFault::Wrong(times) if times < TRIES_FREE => {
                        t_string!(i18n, device.pin_wrong, n = TRIES_FREE - times)
                    }
                    PinFault::Wrong(_) => t_string!(i18n, device.pin_wrong_again).to_owned(),
                    PinFault::Failed(why) => t_string!(i18n, device.pin_failed, why = why),
                }
            };
            Some(view! { <Wrong words /> })
        }}
    }
}

#[component]
fn Wrong(words: String) -> impl IntoView {
    view! {
        <p class="errm" role="alert">
            <IconView icon=Icon::Warn size=IconSize::Small />
            <span>{words}</span>
        </p>
    }
}

fn pad_words(i18n: I18n, digits: Option<usize>, left: &str) -> PinWords {
    PinWords {
        typed: Callback::new(move |n: usize| match digits {
            Some(all) => t_string!(i18n, device.pin_typed, n = n, all = all),
            None => t_string!(i18n, device.pin_typed_some, n = n),
        }),
        left: left.to_owned(),
        delete: t_string!(i18n, device.pin_delete).to_owned(),
    }
}

/// Begins work that holds the page up once the last digit was drawn.
fn after_drawing(work: impl Future<Output = ()> + 'static) {
    let begin = move || leptos::task::spawn_local(work);
    set_timeout(begin, Duration::from_millis(20));
}

/// Seconds until the next PIN may be tried; moves on by itself.
fn seconds_left(wrong: RwSignal<u32>, since_ms: RwSignal<Option<u64>>) -> Memo<u64> {
    let at_ms = RwSignal::new(platform::monotonic_ms());
    let ticking = Interval::new(1_000, move || {
        at_ms.try_set(platform::monotonic_ms());
    });
    let ticking = StoredValue::new(Some(ticking));
    on_cleanup(move || drop(ticking.try_update_value(Option::take)));
    Memo::new(move |_| {
        let since_ms = since_ms.get().unwrap_or(0);
        let until_ms = since_ms.saturating_add(pause_ms(wrong.get()));
        let at_ms = at_ms.get().max(since_ms);
        until_ms.saturating_sub(at_ms).div_ceil(1_000)
    })
}

/// Who signs in: by a code, or at a training endpoint by name.
#[component]
fn SignIn(gate: Gate) -> impl IntoView {
    let i18n = use_i18n();
    let training = gate.app.gate.with_untracked(|gate| gate.training.clone());
    let code = RwSignal::new(String::new());
    let go_on = move || {
        let code = code.get_untracked();
        if !code.trim().is_empty() {
            gate.asked.set(Asked::Choose { code, staff: None });
        }
    };
    view! {
        <section class="ulr">
            <h2>{t!(i18n, device.sign_in)}</h2>
            {match training {
                Some(people) => view! { <TrainingPeople gate people /> },
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
                                hint=t_string!(i18n, device.join_hint)
                                value=code
                            />
                            <button
                                class="btn pri big"
                                type="submit"
                                data-testid="sign-in"
                                disabled=move || code.get().trim().is_empty()
                            >
                                {t!(i18n, common.next)}
                            </button>
                        </form>
                    }
                }
            }}
            <button
                type="button"
                class="btn ghost"
                on:click=move |_| gate.asked.set(Asked::Nothing)
            >
                {t!(i18n, common.cancel)}
            </button>
        </section>
    }
}

/// A training endpoint lets everybody in by name.
#[component]
fn TrainingPeople(gate: Gate, people: Vec<(StaffId, String)>) -> impl IntoView {
    let i18n = use_i18n();
    let choose = move |id: &StaffId| {
        if let Ok(staff) = id.as_str().parse() {
            let staff = Some(staff);
            gate.asked.set(Asked::Choose {
                code: String::new(),
                staff,
            });
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

/// The PIN that a person chooses, twice.
#[component]
fn ChoosePin(gate: Gate, code: String, staff: Option<RecordStaffId>) -> impl IntoView {
    let i18n = use_i18n();
    let app = gate.app;
    let typed = RwSignal::new(String::new());
    let first = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let fault = RwSignal::new(None::<String>);
    let code = StoredValue::new(code);
    let sign_in = move |pin: String| {
        busy.set(true);
        after_drawing(async move {
            let outcome = crate::boot::sign_in(app, &code.get_value(), staff, &pin).await;
            busy.try_set(false);
            if let Err(error) = outcome {
                let words = match &error {
                    NetFault::Offline => t_string!(i18n, device.sign_in_offline).to_owned(),
                    NetFault::Refused(body) if body.error == "code" => {
                        t_string!(i18n, device.sign_in_wrong_code).to_owned()
                    }
                    other => t_string!(i18n, device.join_failed, why = other.to_string()),
                };
                fault.try_set(Some(words));
                typed.try_set(String::new());
                first.try_set(None);
            }
        });
    };
    let chosen = move |pin: String| {
        typed.set(String::new());
        fault.set(None);
        match (record::pin::choose(&pin), first.get_untracked()) {
            (Err(PinError::Guessed), _) => {
                fault.set(Some(t_string!(i18n, device.pin_guessed).to_owned()));
            }
            (Err(_), _) => fault.set(Some(t_string!(i18n, device.pin_digits).to_owned())),
            (Ok(()), None) => first.set(Some(pin)),
            (Ok(()), Some(before)) if before == pin => sign_in(pin),
            (Ok(()), Some(_)) => {
                first.set(None);
                fault.set(Some(t_string!(i18n, device.pin_differs).to_owned()));
            }
        }
    };
    view! {
        <section class="ulr">
            <div>
                <h2>
                    {move || {
                        if first.with(Option::is_some) {
                            t_string!(i18n, device.pin_again)
                        } else {
                            t_string!(i18n, device.pin_choose)
                        }
                    }}
                </h2>
                <p class="sm muted">{t!(i18n, device.pin_choose_text)}</p>
            </div>
            <PinPad
                digits=None
                typed
                words=pad_words(i18n, None, t_string!(i18n, common.done))
                on_full=Callback::new(chosen)
                on_cancel=None
                still=Signal::derive(move || busy.get())
            />
            {move || {
                busy.get().then(|| view! { <p role="status">{t!(i18n, device.sign_in_busy)}</p> })
            }}
            {move || {
                fault
                    .get()
                    .map(|what| {
                        view! {
                            <Banner
                                tone=Tone::Bad
                                icon=Icon::Warn
                                alert=true
                                what
                                kept=t_string!(i18n, device.sign_in_kept)
                            />
                        }
                    })
            }}
            <button
                type="button"
                class="btn ghost"
                on:click=move |_| gate.asked.set(Asked::SignIn)
            >
                {t!(i18n, common.back)}
            </button>
        </section>
    }
}
