//! The frame around every place: rail or bottom bar, top bar with the state of sync, messages.

use sync::tablet::TabletError;
use view::prelude::*;
use view::{IntoView, View, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::net::NetFault;
use crate::notices::Notices;
use crate::router::A;
use crate::routes::{self, Place};
use crate::screens::{admin, case, device, form, intake, join, today, unlock, visit};
use crate::state::{App, Stage};
use crate::ui::{Banner, Icon, IconView, SyncLook, SyncPill, Toast, Tone};
use crate::words;

/// What is shown while the client comes up, and the places once it is up.
#[component]
pub(crate) fn Stages() -> impl IntoView {
    let app = App::here();
    move || match app.stage.get() {
        Stage::Opening => view! { <Opening /> },
        Stage::Joining => view! { <join::JoinPage /> },
        Stage::Locked => view! { <unlock::UnlockPage /> },
        Stage::Wiped => view! { <Wiped /> },
        Stage::Broken(error) => view! { <Broken error /> },
        Stage::Ready => view! { <Ready /> },
    }
}

/// A still page of the same shape; nothing for the first 300 ms.
#[component]
fn Opening() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <main class="page opening" aria-busy="true">
            <p class="vh">{t!(i18n, common.loading)}</p>
        </main>
    }
}

#[component]
fn Broken(error: TabletError) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <main class="page">
            <Banner
                tone=Tone::Bad
                icon=Icon::Warn
                alert=true
                what=t_string!(i18n, common.broken)
                kept=t_string!(i18n, common.broken_kept)
            >
                <button class="btn" on:click=move |_| drop(window().location().reload())>
                    {t!(i18n, common.reopen)}
                </button>
            </Banner>
            <p data-testid="broken">{words::tablet_words(i18n, &error)}</p>
        </main>
    }
}

/// The tablet has deleted what was on it.
#[component]
fn Wiped() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    view! {
        <main class="page" data-testid="wiped">
            <Banner
                tone=Tone::Warn
                icon=Icon::Warn
                alert=true
                what=t_string!(i18n, device.wiped)
                kept=t_string!(i18n, device.wiped_kept)
            >
                <button class="btn" on:click=move |_| app.stage.set(Stage::Joining)>
                    {t!(i18n, device.wiped_do)}
                </button>
            </Banner>
        </main>
    }
}

#[component]
fn Ready() -> impl IntoView {
    let app = App::here();
    let in_hands = Memo::new(move |_| app.resident.get().is_some());
    move || {
        if in_hands.get() {
            view! { <visit::ResidentPage /> }
        } else {
            view! { <Places /> }
        }
    }
}

/// What the rail and the tabs count.
#[derive(Clone, Copy)]
struct Counts {
    /// Cases with something overdue or due today.
    due: Memo<usize>,
    /// Revisits that are due.
    visits: Memo<usize>,
    /// Cases that wait for the manager's opinion.
    opinions: Memo<usize>,
}

#[component]
fn Places() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    crate::idle::when_idle(move || {
        // What could not be kept stands on the screen alone.
        let kept = app.is_kept();
        if kept {
            crate::boot::lock(app);
        }
        kept
    });
    let rows = Memo::new(move |_| today::rows(app));
    let counts = Counts {
        due: Memo::new(move |_| rows.with(|rows| today::due_today(app, rows))),
        visits: Memo::new(move |_| visit::due_visits(app)),
        opinions: Memo::new(move |_| case::waiting_opinions(app)),
    };
    let place = Memo::new(move |_| {
        let place = app.address.with(|address| Place::at(&address.path));
        let no_role = app.acting().is_some_and(|staff| staff.roles.is_empty());
        match place {
            // The endpoint asks the same question.
            Place::Admin if !app.administers() => Place::Nowhere,
            Place::Admin | Place::Device => place,
            _ if app.only_administers() => Place::Admin,
            _ if !app.has_site() => Place::Today,
            // Who has no role may take a complaint on and is shown no case, whatever the address.
            Place::Intake if app.only_reads() => Place::Today,
            Place::Intake => place,
            _ if no_role => Place::Today,
            _ => place,
        }
    });
    view! {
        <a class="skip" href="#main">
            {t!(i18n, common.skip)}
        </a>
        <div class="app">
            <Rail counts />
            <div class="main">
                <Notices />
                {move || page(place.get(), rows)}
            </div>
            <Tabs counts />
        </div>
        <Toast message=app.toast on_undo=move |to: String| app.go(&to) />
    }
}

fn page(place: Place, rows: today::Rows) -> View {
    match place {
        Place::Today => view! { <today::TodayPage all=rows /> },
        Place::Intake => view! { <intake::IntakePage /> },
        Place::Visits => view! { <visit::VisitsPage /> },
        Place::Visit(_) => view! { <visit::OpinionPage /> },
        Place::Unsigned(_) => view! { <visit::UnsignedPage /> },
        Place::Opinions => view! { <case::OpinionsPage /> },
        Place::Cases => view! { <case::CasesPage /> },
        Place::Case(_) => view! { <case::CasePage /> },
        Place::Form(_) => view! { <form::FormPage /> },
        Place::Device => view! { <device::DevicePage /> },
        Place::Admin => view! { <admin::AdminPage /> },
        Place::Nowhere => view! { <NotFound /> },
    }
}

/// To intake: not for who only reads.
#[component]
fn Intake() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let writes = Memo::new(move |_| !app.only_reads());
    let link = move || {
        view! {
            <A href=routes::INTAKE attr:class="new">
                <IconView icon=Icon::Plus />
                {t!(i18n, common.nav_intake)}
            </A>
        }
    };
    move || writes.get().then(link)
}

#[component]
fn Rail(counts: Counts) -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let has_cases = Memo::new(move |_| app.shows_cases());
    let of_cases = move || {
        view! {
            <Intake />
            <A href=routes::TODAY exact=true>
                <IconView icon=Icon::Today />
                {t!(i18n, common.nav_today)}
                <Dot count=counts.due />
            </A>
            <Own counts />
            <A href=routes::CASES>
                <IconView icon=Icon::File />
                {t!(i18n, common.nav_cases)}
            </A>
        }
    };
    view! {
        <nav class="rail" aria-label=move || t_string!(i18n, common.nav)>
            {move || has_cases.get().then(of_cases)}
            <span class="sp"></span>
            <Administers />
            <A href=routes::DEVICE>
                <IconView icon=Icon::Tablet />
                {t!(i18n, common.nav_device)}
            </A>
            <button type="button" data-testid="lock" on:click=move |_| crate::boot::lock(app)>
                <IconView icon=Icon::Lock />
                {t!(i18n, common.nav_lock)}
            </button>
        </nav>
    }
}

/// 管理, for who administers.
#[component]
fn Administers() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let administers = Memo::new(move |_| app.administers());
    // Who has nothing else finds it at nearly every address: it leads to where it is shown then.
    let href = Signal::derive(move || {
        let here = app.address.with(|address| address.path.clone());
        let shown = app.only_administers() && Place::at(&here) != Place::Device;
        if shown {
            here
        } else {
            routes::ADMIN.to_owned()
        }
    });
    move || {
        administers.get().then(|| {
            view! {
                <A href>
                    <IconView icon=Icon::Users />
                    {t!(i18n, common.nav_admin)}
                </A>
            }
        })
    }
}

#[component]
fn Tabs(counts: Counts) -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let has_cases = Memo::new(move |_| app.shows_cases());
    let of_cases = move || {
        view! {
            <A href=routes::TODAY exact=true>
                <IconView icon=Icon::Today />
                {t!(i18n, common.nav_today)}
                <Dot count=counts.due />
            </A>
            <Own counts />
            <Intake />
            <A href=routes::CASES>
                <IconView icon=Icon::File />
                {t!(i18n, common.nav_cases)}
            </A>
        }
    };
    // On a detail page the bottom bar goes and the task's own bar takes its place.
    let top_level = move || {
        let top = [
            routes::TODAY,
            routes::VISITS,
            routes::OPINIONS,
            routes::CASES,
            routes::DEVICE,
            routes::ADMIN,
        ];
        app.address
            .with(|address| top.contains(&address.path.as_str()))
    };
    move || {
        top_level().then(|| {
            view! {
                <nav class="tabs" aria-label=move || t_string!(i18n, common.nav)>
                    {move || has_cases.get().then(of_cases)}
                    <Administers />
                    <A href=routes::DEVICE>
                        <IconView icon=Icon::More />
                        {t!(i18n, common.nav_more)}
                    </A>
                </nav>
            }
        })
    }
}

/// Places of some roles alone: revisits of 接單員 and 站長 (P-6.0), the pile of 物業經理 (P-5.3.6).
/// Their addresses work for everybody.
#[component]
fn Own(counts: Counts) -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let of_role = move |roles: &'static [&'static str], href, icon, words, count| {
        let holds = Memo::new(move |_| {
            let staff = app.acting();
            staff.is_some_and(|staff| staff.roles.iter().any(|r| roles.contains(&r.as_str())))
        });
        move || {
            let place = || own_place(href, icon, words, count);
            holds.get().then(place)
        }
    };
    let visits = t_string!(i18n, common.nav_visits);
    let opinions = t_string!(i18n, common.nav_opinions);
    view! {
        {of_role(
            &["officer", "station_head"],
            routes::VISITS,
            Icon::Door,
            visits,
            counts.visits,
        )}
        {of_role(&["manager"], routes::OPINIONS, Icon::Pen, opinions, counts.opinions)}
    }
}

fn own_place(
    href: &'static str,
    icon: Icon,
    words: &'static str,
    count: Memo<usize>,
) -> impl IntoView {
    view! {
        <A href=href>
            <IconView icon />
            {words}
            <Dot count />
        </A>
    }
}

#[component]
fn Dot(count: Memo<usize>) -> impl IntoView {
    move || {
        let count = count.get();
        (count > 0).then(|| view! { <span class="dot">{count}</span> })
    }
}

/// The bar above a place: its name, the line below, the state of sync, who is acting.
#[component]
pub(crate) fn Bar(
    /// The place's name: the one heading of the first level.
    #[prop(into)]
    title: Signal<String>,
    /// The line below.
    #[prop(optional, into)]
    sub: MaybeProp<String>,
    /// Where back leads; none on a place of the rail.
    #[prop(optional, into)]
    back: Option<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    view! {
        <header class="bar">
            {back
                .map(|href| {
                    view! {
                        <A href=href attr:class="btn ghost icon back">
                            <IconView icon=Icon::Back />
                            <span class="vh">{t!(i18n, common.back)}</span>
                        </A>
                    }
                })}
            <div class="grow">
                <h1 class="ell">{move || title.get()}</h1>
                {move || sub.get().map(|sub| view! { <div class="cap">{sub}</div> })}
            </div>
            <Pill />
            <button
                type="button"
                class="who"
                data-testid="who"
                data-name=move || app.acting().map(|s| s.name)
                title=t_string!(i18n, common.nav_lock)
                on:click=move |_| crate::boot::lock(app)
            >
                <span class="avatar" aria-hidden="true">
                    {move || {
                        let name = app.acting().map(|s| s.name).unwrap_or_default();
                        name.chars().next().map(String::from)
                    }}
                </span>
                <span class="nm">
                    <b>{move || app.acting().map(|s| s.name)}</b>
                    <br />
                    <span class="cap">
                        {move || {
                            app.acting()
                                .and_then(|s| s.roles.first().cloned())
                                .map(|role| words::role_words(i18n, &role))
                        }}
                    </span>
                </span>
            </button>
        </header>
    }
}

/// Whether everything has reached the station.
#[component]
pub(crate) fn Pill() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let look = Signal::derive(move || {
        app.meeting
            .with(|m| match (m.fault(), m.busy, m.is_online()) {
                (Some(fault), ..) if *fault != NetFault::Offline => SyncLook::Failed,
                _ if m.stuck > 0 => SyncLook::Stuck,
                (_, true, _) if m.waiting() > 0 => SyncLook::Busy,
                (_, _, true) if m.waiting() == 0 && m.loading.is_none() => SyncLook::Done,
                (_, _, true) => SyncLook::Busy,
                _ => SyncLook::Offline,
            })
    });
    let text = Signal::derive(move || {
        let zone = app.zone();
        app.meeting.with(|m| match look.get() {
            SyncLook::Failed if m.is_full() => {
                t_string!(i18n, common.pill_full, what = words::waiting(i18n, m))
            }
            SyncLook::Failed if matches!(m.fault(), Some(NetFault::Unlisted(_))) => {
                t_string!(i18n, common.pill_unlisted).to_owned()
            }
            SyncLook::Failed => t_string!(i18n, common.pill_failed, what = words::waiting(i18n, m)),
            SyncLook::Stuck => t_string!(i18n, common.pill_stuck, n = m.stuck),
            SyncLook::Busy => match m.loading.filter(|_| m.waiting() == 0) {
                Some((held, all)) => {
                    t_string!(i18n, common.pill_loading, held = held, all = all)
                }
                None => t_string!(i18n, common.pill_busy, what = words::waiting(i18n, m)),
            },
            SyncLook::Done => {
                let time = m.contact.map(|at| words::time_of_day(&zone, at));
                t_string!(i18n, common.pill_done, time = time.unwrap_or_default())
            }
            SyncLook::Offline if m.waiting() == 0 => match m.loading {
                Some(_) => t_string!(i18n, common.pill_offline_part).to_owned(),
                None => t_string!(i18n, common.pill_offline_none).to_owned(),
            },
            SyncLook::Offline => {
                t_string!(i18n, common.pill_offline, what = words::waiting(i18n, m))
            }
        })
    });
    let since = Signal::derive(move || {
        if look.get() != SyncLook::Offline {
            return String::new();
        }
        let (zone, now) = (app.zone(), app.now.get());
        app.meeting
            .with(|m| words::waiting_since(i18n, &zone, m, now))
    });
    let short = Signal::derive(move || {
        let zone = app.zone();
        app.meeting.with(|m| match look.get() {
            SyncLook::Done => m
                .contact
                .map(|at| words::time_of_day(&zone, at))
                .unwrap_or_default(),
            SyncLook::Stuck => t_string!(i18n, common.pill_short, n = m.stuck),
            // Alone, a number is what waits here: what is to come is never one.
            SyncLook::Busy if m.waiting() == 0 => m
                .loading
                .map(|(held, all)| t_string!(i18n, common.pill_loading_short, held, all))
                .unwrap_or_default(),
            _ => t_string!(i18n, common.pill_short, n = m.waiting()),
        })
    });
    view! { <SyncPill look text since short href=routes::DEVICE.to_owned() /> }
}

#[component]
fn NotFound() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Bar title=t_string!(i18n, common.not_found) />
        <main class="page" id="main">
            <p>{t!(i18n, common.not_found_kept)}</p>
            <A href=routes::TODAY attr:class="btn">
                {t!(i18n, common.to_today)}
            </A>
        </main>
    }
}
