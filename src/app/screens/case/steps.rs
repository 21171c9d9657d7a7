//! 接下來: what the acting person may record, what is early, and the few things a clause blocks.

use domain::id::EntryHash;
use domain::step::{Standing, Step};
use view::prelude::*;
use view::{IntoView, component, view};

use super::labels;
use super::page::Page;
use crate::i18n::{t, t_string, use_i18n};
use crate::routes;
use crate::ui::{Icon, IconSize, IconView, Sheet, StepButton, StepLook};
use crate::words::{self, I18n};

/// Acts that have their own place on the page: on a row of the timeline, above it, in the banner.
const ELSEWHERE: [&str; 3] = ["corrected", "noted", "decided"];

fn look(standing: &Standing) -> StepLook {
    match standing {
        Standing::Suggested => StepLook::Suggested,
        Standing::Allowed | Standing::Early { .. } => StepLook::Allowed,
        Standing::Blocked { .. } => StepLook::Blocked,
    }
}

/// What speaks for a step, or against it.
fn detail(i18n: I18n, page: Page, step: &Step) -> String {
    let (zone, now) = (page.app.zone(), page.app.now.get());
    let words = match &step.standing {
        Standing::Blocked { missing, .. } => return labels::missing(i18n, missing).0.to_owned(),
        Standing::Early { from: Some(from) } => {
            let from = words::when(i18n, &zone, *from, now);
            t_string!(i18n, case.early_from, time = from)
        }
        Standing::Early { from: None } => t_string!(i18n, case.early).to_owned(),
        Standing::Suggested | Standing::Allowed => hint(i18n, &step.act).to_owned(),
    };
    match department(page, step.about.as_ref()) {
        Some(department) if words.is_empty() => department,
        Some(department) => format!("{department} · {words}"),
        None => words,
    }
}

/// The department of a transfer, told where there are several.
fn department(page: Page, about: Option<&EntryHash>) -> Option<String> {
    page.case.with(|open| {
        let transfers = open.as_ref()?.case.transfers();
        let transfer = transfers.iter().find(|t| Some(&t.hash) == about)?;
        let several = transfers.len() > 1;
        several.then(|| {
            page.app
                .directory
                .with(|d| d.department(&transfer.department))
        })
    })
}

fn hint(i18n: I18n, act: &str) -> &'static str {
    match act {
        "contacted" => t_string!(i18n, case.hint_contacted),
        "transferred" => t_string!(i18n, case.hint_transferred),
        "department_received" => t_string!(i18n, case.hint_received),
        "measures_filled" => t_string!(i18n, case.hint_measures),
        "measures_returned" => t_string!(i18n, case.hint_returned),
        "solved_on_spot" => t_string!(i18n, case.hint_on_spot),
        "reported" => t_string!(i18n, case.hint_reported),
        "done" => t_string!(i18n, case.hint_done),
        "verified" => t_string!(i18n, case.hint_verified),
        "resolved" => t_string!(i18n, case.hint_resolved),
        "revisited" => t_string!(i18n, case.hint_revisited),
        "opinion" => t_string!(i18n, case.hint_opinion),
        "archived" => t_string!(i18n, case.hint_archived),
        "detailed" => t_string!(i18n, case.hint_detailed),
        _ => "",
    }
}

/// Acts whose icon stands at the end of their step; the others lead on.
const WITH_ICON: [&str; 7] = [
    "contacted",
    "urged",
    "transferred",
    "measures_filled",
    "measures_returned",
    "opinion",
    "revisited",
];

/// What the acting person may record, without what has its own place.
fn listed(page: Page) -> Vec<Step> {
    let mut steps = page.steps();
    steps.retain(|step| !ELSEWHERE.contains(&step.act.as_str()));
    // The suggested one stands first, the rest as the procedure has them.
    sorted::sort_by_key(&mut steps, |step| step.standing != Standing::Suggested);
    steps
}

/// Begins a step: a revisit on its own page, anything else in a sheet.
fn begin(page: Page, step: &Step) {
    let blocked = matches!(step.standing, Standing::Blocked { .. });
    if step.act == "revisited" && !blocked {
        let to = page.id.with_value(routes::visit);
        page.app.go(&to);
    } else {
        page.ask(&step.act, step.about.clone(), None);
    }
}

/// The card of steps.
#[component]
pub(super) fn Steps(page: Page) -> impl IntoView {
    let i18n = use_i18n();
    let steps = Memo::new(move |_| listed(page));
    let buttons = move |blocked: bool| {
        let steps = steps.get();
        let wanted = steps
            .into_iter()
            .filter(|step| matches!(step.standing, Standing::Blocked { .. }) == blocked);
        wanted
            .map(|step| view! { <OneStep page step /> })
            .collect::<Vec<_>>()
    };
    view! {
        <section class="card pad col gap-10" id="steps" tabindex="-1">
            <h3>{t!(i18n, case.next)}</h3>
            {move || {
                let open = buttons(false);
                if open.is_empty() {
                    let words = t_string!(i18n, case.no_steps);
                    view! { <p class="sm muted">{words}</p> }
                } else {
                    open.into_view()
                }
            }}
            {move || {
                let blocked = buttons(true);
                (!blocked.is_empty())
                    .then(|| {
                        view! {
                            <div class="sm b">{t!(i18n, case.not_yet)}</div>
                            {blocked}
                        }
                    })
            }}
        </section>
    }
}

#[component]
fn OneStep(page: Page, step: Step) -> impl IntoView {
    let i18n = use_i18n();
    let test_id = format!("step-{}", step.act);
    let kind = step.act.clone();
    let title = Signal::derive(move || words::act_words(i18n, &kind).to_owned());
    let told = step.clone();
    let detail = Signal::derive(move || detail(i18n, page, &told));
    let look = look(&step.standing);
    let clause = match &step.standing {
        Standing::Blocked { clause, .. } => clause.article(),
        _ => step.clause.article(),
    };
    let own = look == StepLook::Allowed && WITH_ICON.contains(&step.act.as_str());
    let icon = own.then(|| labels::icon(&step.act));
    let press = move |_| begin(page, &step);
    view! {
        <div data-testid=test_id>
            {match icon {
                Some(icon) => {
                    view! { <StepButton look title detail clause icon on_press=press /> }
                }
                None => view! { <StepButton look title detail clause on_press=press /> },
            }}
        </div>
    }
}

/// On a narrow screen the suggested step stands at the foot, and beside it the way to the others.
#[component]
pub(super) fn Foot(page: Page) -> impl IntoView {
    let i18n = use_i18n();
    let first = Memo::new(move |_| {
        let mut steps = listed(page);
        steps.retain(|step| !matches!(step.standing, Standing::Blocked { .. }));
        steps.into_iter().next()
    });
    let to_steps = move |_| {
        if let Some(card) = document().get_element_by_id("steps") {
            card.scroll_into_view();
            crate::platform::focus("steps", true);
        }
    };
    move || {
        first.get().map(|step| {
            let words = words::act_words(i18n, &step.act);
            let icon = labels::icon(&step.act);
            let suggested = step.standing == Standing::Suggested;
            let press = move |_| begin(page, &step);
            view! {
                <div class="foot only-n">
                    <button
                        type="button"
                        class=if suggested { "btn pri big grow" } else { "btn big grow" }
                        on:click=press
                    >
                        <IconView icon size=IconSize::Small />
                        {words}
                    </button>
                    <button
                        type="button"
                        class="btn icon sq"
                        aria-label=t_string!(i18n, case.other_steps)
                        on:click=to_steps
                    >
                        <IconView icon=Icon::ArrowUp />
                    </button>
                </div>
            }
        })
    }
}

/// Why a step cannot be taken, and the step that is missing.
#[component]
pub(super) fn BlockedSheet(
    page: Page,
    kind: String,
    clause: &'static str,
    missing: String,
) -> impl IntoView {
    let i18n = use_i18n();
    let open = RwSignal::new(true);
    let (reason, supplies) = labels::missing(i18n, &missing);
    let name = words::act_words(i18n, &kind);
    let title = t_string!(i18n, case.blocked_title, act = name);
    let clause = words::joined(clause);
    let text = t_string!(i18n, case.blocked_text, reason = reason, clause = clause);
    let offered = supplies.filter(|kind| untrack(|| page.steps()).iter().any(|s| s.act == *kind));
    let whose = supplies.filter(|_| offered.is_none()).map(|_| {
        let manager = page
            .app
            .directory
            .with_untracked(|d| d.holder_of("manager").map(|staff| staff.name.clone()));
        t_string!(i18n, case.blocked_whose, name = manager.unwrap_or_default())
    });
    view! {
        <Sheet
            id="blocked-sheet"
            open
            title
            close_label=t_string!(i18n, common.close)
            on_close=move |()| page.asked.set(None)
        >
            <p class="read" data-testid="blocked">{text.clone()}</p>
            {whose.clone().map(|words| view! { <p class="muted">{words}</p> })}
            {offered
                .map(|kind| {
                    view! {
                        <div class="sheet-foot">
                            <button
                                type="button"
                                class="btn pri big"
                                on:click=move |_| page.ask(kind, None, None)
                            >
                                {words::act_words(i18n, kind)}
                            </button>
                        </div>
                    }
                })}
        </Sheet>
    }
}
