//! This tablet: who it is, the room it has, how its clock stands, its theme.

use record::roster::Key;
use view::prelude::*;
use view::{IntoView, component, view};

use super::pin::ChangePin;
use super::status;
use crate::i18n::{t, t_string, use_i18n};
use crate::net::BUILD;
use crate::platform;
use crate::state::App;
use crate::ui::{Icon, IconSize, IconView, Seg, SegLook, SegOption};
use crate::words::{self, I18n};

/// Beyond this error of the tablet's clock a person should set it right, milliseconds.
const CLOCK_ERROR_MS: i64 = 60_000;

/// Code, site, person, version, the endpoint's fingerprint.
#[component]
pub(super) fn ThisTablet() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let (code, root, training) = app
        .core()
        .map(|core| {
            let identity = core.tablet.identity();
            let training = identity.training.is_some();
            (
                identity.code.clone(),
                core.tablet.root().fingerprint(),
                training,
            )
        })
        .unwrap_or_default();
    let site = move || {
        let site = app
            .directory
            .with(|d| d.site.as_ref().map(|site| site.name.clone()));
        format!("{code} · {}", site.unwrap_or_default())
    };
    let person = move || {
        app.acting().map(|staff| {
            let role = staff.roles.first();
            let role = role.map(|role| words::role_words(i18n, role));
            format!("{} {}", staff.name, role.unwrap_or_default())
        })
    };
    view! {
        <section class="card pad col">
            <div class="row between">
                <h2 class="h3">{t!(i18n, device.this_tablet)}</h2>
                {training
                    .then(|| view! { <span class="tag warn">{t!(i18n, common.training)}</span> })}
            </div>
            <dl class="kv">
                <dt>{t!(i18n, device.code)}</dt>
                <dd>{site}</dd>
                <dt>{t!(i18n, device.using)}</dt>
                <dd>{person}</dd>
                <dt>{t!(i18n, device.version)}</dt>
                <dd class="num">{BUILD}</dd>
                <dt>{t!(i18n, device.root)}</dt>
                <dd class="num fingerprint">{root}</dd>
            </dl>
            <p class="cap">{t!(i18n, device.root_hint)}</p>
            <ChangePin />
            <button type="button" class="btn" on:click=move |_| crate::boot::lock(app)>
                <IconView icon=Icon::Lock />
                {t!(i18n, device.lock_do)}
            </button>
        </section>
    }
}

/// The tablets on which the person can sign, and by whose code they came to it: who has it in their
/// name without having signed in there sees it.
#[component]
pub(super) fn SignedIn() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let rows = move || {
        app.meeting.track();
        let core = app.core()?;
        let (person, here) = (core.tablet.person()?, core.tablet.device());
        let roster = core.tablet.roster();
        let keys = roster.signs_with(&person).into_iter();
        let row = |key: &Key| {
            let device = roster.device(&key.device);
            let code = device.map(|device| roster.tablet_name(device));
            let by = key.by.and_then(|by| roster.person(&by));
            let by = by.map(|by| t_string!(i18n, device.signed_in_by, name = by.name.clone()));
            let here = (key.device == here).then(|| t_string!(i18n, device.signed_in_here));
            let about: Vec<String> = here.map(str::to_owned).into_iter().chain(by).collect();
            view! {
                <dt class="num">{code}</dt>
                <dd>{about.join(" · ")}</dd>
            }
        };
        Some(keys.map(row).collect::<Vec<_>>())
    };
    view! {
        <section class="card pad col" data-testid="signed-in">
            <h2 class="h3">{t!(i18n, device.signed_in)}</h2>
            <dl class="kv">{rows}</dl>
            <p class="cap">{t!(i18n, device.signed_in_text)}</p>
        </section>
    }
}

/// What is used, what is free, and whether the browser keeps it.
#[component]
pub(super) fn Space() -> impl IntoView {
    let i18n = use_i18n();
    let found = RwSignal::new(None::<(bool, Option<(u64, u64)>)>);
    leptos::task::spawn_local(async move {
        let kept = platform::persisted().await;
        let space = platform::space().await;
        let _gone = found.try_set(Some((kept, space)));
    });
    move || {
        found
            .get()
            .map(|(kept, space)| space_card(i18n, kept, space))
    }
}

fn space_card(i18n: I18n, kept: bool, space: Option<(u64, u64)>) -> impl IntoView {
    let words = space.map_or_else(
        || t_string!(i18n, device.space_unknown).to_owned(),
        |(used, quota)| {
            t_string!(
                i18n,
                device.space_used,
                used = bytes(used),
                free = bytes(quota.saturating_sub(used))
            )
        },
    );
    let part = space.map_or(0, |(used, quota)| used.saturating_mul(100) / quota.max(1));
    let (tag, icon, text) = if kept {
        ("tag ok", Icon::ClockMet, t_string!(i18n, device.protected))
    } else {
        (
            "tag warn",
            Icon::Warn,
            t_string!(i18n, device.not_protected),
        )
    };
    view! {
        <section class="card pad col">
            <div class="row between">
                <h2 class="h3">{t!(i18n, device.space)}</h2>
                <span class=tag>
                    <IconView icon size=IconSize::Small />
                    {text}
                </span>
            </div>
            <span class="meter tall" aria-hidden="true">
                <i style:width=format!("{part}%")></i>
            </span>
            <p class="sm">{words}</p>
            <p class="sm muted">
                {if kept {
                    t_string!(i18n, device.space_safe)
                } else {
                    t_string!(i18n, device.space_unsafe)
                }}
            </p>
        </section>
    }
}

/// 1.2 GB, 340 MB, 12 kB: one decimal below 10.
pub(crate) fn bytes(count: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    let unit = units.iter().find(|(size, _)| count >= *size);
    let Some((size, name)) = unit else {
        return format!("{count} B");
    };
    let tenths = count.saturating_mul(10) / size;
    if tenths < 100 {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    } else {
        format!("{} {name}", tenths / 10)
    }
}

/// How far the tablet's clock is off, and since when that is known.
#[component]
pub(super) fn ClockError() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    move || {
        let status = status(app)?;
        let training = app
            .core()
            .is_some_and(|core| core.tablet.identity().training.is_some());
        // What is added to the tablet's clock: where it is positive, the clock is slow.
        let slow = status.clock.map(|(offset, _)| offset);
        let off = slow.is_some_and(|slow| slow.saturating_abs() >= CLOCK_ERROR_MS);
        let tag = slow.map_or_else(
            || t_string!(i18n, device.clock_unknown).to_owned(),
            |slow| words::clock_error(i18n, slow),
        );
        let (zone, now) = (app.zone(), app.now.get());
        let measured = status.clock.zip(app.meeting.with(|m| m.contact));
        let text = measured.map_or_else(
            || t_string!(i18n, device.clock_unmeasured).to_owned(),
            |((_, error), at)| {
                t_string!(
                    i18n,
                    device.clock_measured,
                    when = words::when(i18n, &zone, at, now),
                    error = words::short_length(i18n, error)
                )
            },
        );
        Some(view! {
            <section class="card pad col">
                <div class="row between">
                    <h2 class="h3">{t!(i18n, device.clock)}</h2>
                    <span class=if off && !training { "tag warn" } else { "tag" }>
                        <IconView icon=Icon::Clock size=IconSize::Small />
                        {tag}
                    </span>
                </div>
                <p class="sm muted">{text}</p>
                {match (off, training) {
                    (true, true) => Some(t_string!(i18n, device.clock_training)),
                    (true, false) => Some(t_string!(i18n, device.clock_off)),
                    _ => None,
                }
                    .map(|text| view! { <p class="sm">{text}</p> })}
            </section>
        })
    }
}

/// 深色: as the system has it, always, never.
#[component]
pub(super) fn Theme() -> impl IntoView {
    let i18n = use_i18n();
    let chosen = RwSignal::new(match platform::theme().as_deref() {
        Some("dark") => "dark",
        Some("light") => "light",
        _ => "",
    });
    let options = Signal::derive(move || {
        vec![
            SegOption::new("", t_string!(i18n, device.dark_auto)),
            SegOption::new("dark", t_string!(i18n, device.dark_on)),
            SegOption::new("light", t_string!(i18n, device.dark_off)),
        ]
    });
    let choose = move |theme: &'static str| {
        chosen.set(theme);
        platform::set_theme(Some(theme).filter(|theme| !theme.is_empty()));
    };
    view! {
        <section class="card pad row between" data-testid="theme">
            <div class="row">
                <IconView icon=Icon::Moon />
                <h2 class="h3">{t!(i18n, device.dark)}</h2>
            </div>
            <div class="grow">
                <Seg
                    label=t_string!(i18n, device.dark)
                    options
                    chosen=Signal::derive(move || Some(chosen.get()))
                    on_choose=choose
                    look=SegLook::Small
                />
            </div>
        </section>
    }
}
