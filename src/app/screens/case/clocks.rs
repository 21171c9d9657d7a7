//! The clocks of a case: one row each, and the sheet that explains one.

use domain::clock::{ClockState, Reading, Source};
use domain::id::EntryHash;
use view::prelude::*;
use view::{For, IntoView, component, view};

use super::page::{Asked, Page};
use crate::i18n::{t, t_string, use_i18n};
use crate::screens::today::owner_words;
use crate::screens::urgent::is_far_month;
use crate::state::{App, now};
use crate::ui::{ClockBadge, ClockBox, Icon, IconSize, IconView, Sheet};
use crate::words::{self, I18n};

/// With more rows than this the met ones fold.
const ROWS_UNFOLDED: usize = 4;

/// Where a clock stands in the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Shown,
    /// 其他時鐘
    Quiet,
    /// 已完成
    Met,
}

fn places(readings: &[Reading], at: domain::time::Instant) -> Vec<Place> {
    let crowded = readings.len() > ROWS_UNFOLDED;
    let place = |reading: &Reading| {
        if is_far_month(reading, at) {
            Place::Quiet
        } else if crowded && matches!(reading.state, ClockState::Met | ClockState::Ended) {
            Place::Met
        } else {
            Place::Shown
        }
    };
    readings.iter().map(place).collect()
}

/// The card of clocks.
#[component]
pub(super) fn Clocks(page: Page) -> impl IntoView {
    let i18n = use_i18n();
    let app = page.app;
    let readings = Memo::new(move |_| {
        let at = app.now.get();
        page.case
            .with(|open| {
                open.as_ref()
                    .map(|open| domain::case::clocks(&open.case, at))
            })
            .unwrap_or_default()
    });
    let placed = move |wanted: Place| {
        let at = app.now.get();
        readings.with(|readings| {
            let places = places(readings, at);
            let all = readings.iter().zip(places);
            all.filter(|(_, place)| *place == wanted)
                .map(|(reading, _)| reading.clone())
                .collect::<Vec<_>>()
        })
    };
    let shown = Memo::new(move |_| placed(Place::Shown));
    let quiet = Memo::new(move |_| placed(Place::Quiet));
    let met = Memo::new(move |_| placed(Place::Met));
    view! {
        <section class="card pad" id="clocks" aria-label=move || t_string!(i18n, case.clocks)>
            <div class="row between mb-4">
                <h3>{t!(i18n, case.clocks)}</h3>
                <span class="cap hide-ph">{move || error_words(i18n, app)}</span>
            </div>
            <Rows page readings=shown />
            <Fold page readings=quiet title=move || {
                t_string!(i18n, case.other_clocks, n = quiet.with(Vec::len))
            } />
            <Fold page readings=met title=move || {
                t_string!(i18n, case.met_clocks, n = met.with(Vec::len))
            } />
        </section>
    }
}

/// How far this tablet's clock is off the endpoint's.
fn error_words(i18n: I18n, app: App) -> String {
    app.now.track();
    let clock = app.core().and_then(|core| core.tablet.status(now()).clock);
    clock.map_or_else(
        || t_string!(i18n, case.clock_unmeasured).to_owned(),
        |(slow_ms, within_ms)| {
            t_string!(
                i18n,
                case.clock_error,
                error = words::clock_error(i18n, slow_ms),
                within = words::short_length(i18n, within_ms.max(1))
            )
        },
    )
}

#[component]
fn Rows(page: Page, readings: Memo<Vec<Reading>>) -> impl IntoView {
    let key = |reading: &Reading| (reading.clock.clone(), reading.round, reading.about.clone());
    let find = move |key: &(String, u32, Option<EntryHash>)| {
        readings.with(|all| {
            let found = all
                .iter()
                .find(|r| (&r.clock, r.round, &r.about) == (&key.0, key.1, &key.2));
            found.cloned()
        })
    };
    view! {
        <For
            each=move || readings.get()
            key=key
            children=move |first| {
                let own = key(&first);
                let reading = Memo::new(move |before: Option<&Reading>| {
                    find(&own).or_else(|| before.cloned()).unwrap_or_else(|| first.clone())
                });
                view! { <ClockLine page reading /> }
            }
        />
    }
}

#[component]
fn ClockLine(page: Page, reading: Memo<Reading>) -> impl IntoView {
    let i18n = use_i18n();
    let app = page.app;
    let face = Memo::new(move |_| {
        let (zone, at) = (app.zone(), app.now.get());
        reading.with(|reading| words::clock_face(i18n, &zone, reading, at, 0))
    });
    let open = move |_| {
        let asked = reading.with_untracked(|reading| Asked::Clock {
            clock: reading.clock.clone(),
            round: reading.round,
            about: reading.about.clone(),
        });
        page.asked.set(Some(asked));
    };
    let name = reading.with_untracked(|reading| format!("clock-{}", reading.clock));
    view! {
        <button
            type="button"
            class=move || format!("clkrow {}", face.with(|face| face.look.class()))
            data-testid=name
            on:click=open
        >
            <span class="k">
                <ClockBadge face />
                {move || {
                    face.with(|face| face.uncertain.clone())
                        .map(|words| view! { <span class="unc">{format!("± {words}")}</span> })
                }}
            </span>
            <span class="t">
                {move || reading.with(|reading| words::clock_title(i18n, &reading.clock))}
                {move || {
                    reading
                        .with(|reading| reading.round > 1)
                        .then(|| {
                            let n = reading.with(|reading| reading.round);
                            let words = t_string!(i18n, case.round, n = n);
                            view! { " " <span class="tag">{words}</span> }
                        })
                }}
            </span>
            <span class="l num">{move || face.with(|face| face.value.clone())}</span>
            <span class="d">
                {move || reading.with(|reading| sentence(i18n, app, reading))} " · "
                <span class="clause">
                    {move || reading.with(|reading| reading.clause.article())}
                </span>
            </span>
        </button>
    }
}

/// Start, due, who owes it: 11/23 16:08 起 · 應於 今日 12:00 · 劉志強 維修部.
fn sentence(i18n: I18n, app: App, reading: &Reading) -> String {
    let owner = owner_words(i18n, app, reading);
    format!("{} · {owner}", times(i18n, app, reading))
}

/// Start and due.
fn times(i18n: I18n, app: App, reading: &Reading) -> String {
    let (zone, at) = (app.zone(), app.now.get());
    let when = |at_| words::when(i18n, &zone, at_, at);
    let event = |name: &str| words::event_words(i18n, name);
    let mut parts = Vec::new();
    match (reading.start, reading.stop) {
        (Some(start), Some(stop)) => parts.push(t_string!(
            i18n,
            case.from_to,
            start_event = event(&reading.starts_on),
            start = when(start.best),
            stop_event = event(&reading.stops_on),
            stop = when(stop.best)
        )),
        (Some(start), None) => {
            let event = event(&reading.starts_on);
            let start = when(start.best);
            parts.push(t_string!(i18n, case.from, event = event, start = start));
        }
        (None, _) => {
            let limit = words::limit_words(i18n, reading.limit);
            let event = event(&reading.starts_on);
            parts.push(t_string!(i18n, case.within, event = event, limit = limit));
        }
    }
    if let Some(due) = reading.due {
        parts.push(t_string!(i18n, case.due, due = when(due.best)));
    }
    if reading.as_stated {
        parts.push(t_string!(i18n, common.as_stated).to_owned());
    }
    parts.join(" · ")
}

#[component]
fn Fold(
    page: Page,
    readings: Memo<Vec<Reading>>,
    #[prop(into)] title: Signal<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let app = page.app;
    let unfolded = RwSignal::new(false);
    let none = Memo::new(move |_| readings.with(Vec::is_empty));
    let summary = move || {
        let (zone, at) = (app.zone(), app.now.get());
        readings.with(|readings| {
            let one = |reading: &Reading| {
                let title = words::clock_title(i18n, &reading.clock);
                let face = words::clock_face(i18n, &zone, reading, at, 0);
                let times = times(i18n, app, reading);
                let clause = words::joined(reading.clause.article());
                format!("{title}：{times} · {} · {clause}", face.value)
            };
            match readings.as_slice() {
                [only] => one(only),
                several => {
                    let titles = several
                        .iter()
                        .map(|reading| words::clock_title(i18n, &reading.clock));
                    titles.collect::<Vec<_>>().join("、")
                }
            }
        })
    };
    move || {
        (!none.get()).then(|| {
            view! {
                <button
                    type="button"
                    class="fold"
                    aria-expanded=move || if unfolded.get() { "true" } else { "false" }
                    on:click=move |_| unfolded.update(|unfolded| *unfolded = !*unfolded)
                >
                    <b>{title}</b>
                    <span>{move || (!unfolded.get()).then(summary)}</span>
                    <IconView icon=Icon::Unfold size=IconSize::Small />
                </button>
                {move || unfolded.get().then(|| view! { <Rows page readings /> })}
            }
        })
    }
}

/// The sheet of one clock: the sum written out, the clause, whose number it is, what stops it.
#[component]
pub(super) fn ClockSheet(
    page: Page,
    clock: String,
    round: u32,
    about: Option<EntryHash>,
) -> impl IntoView {
    let i18n = use_i18n();
    let app = page.app;
    let title = {
        let clock = clock.clone();
        Signal::derive(move || words::clock_title(i18n, &clock))
    };
    let reading = Memo::new(move |_| {
        let at = app.now.get();
        page.case.with(|open| {
            let readings = domain::case::clocks(&open.as_ref()?.case, at);
            let mut readings = readings.into_iter();
            readings.find(|r| r.clock == clock && r.round == round && r.about == about)
        })
    });
    let open = RwSignal::new(true);
    view! {
        <Sheet
            id="clock-sheet"
            open
            title
            close_label=t_string!(i18n, common.close)
            on_close=move |()| page.asked.set(None)
        >
            {move || reading.get().map(|reading| explained(i18n, app, &reading))}
        </Sheet>
    }
}

fn explained(i18n: I18n, app: App, reading: &Reading) -> impl IntoView + use<> {
    let (zone, at) = (app.zone(), app.now.get());
    let face = words::clock_face(i18n, &zone, reading, at, 0);
    let sum = words::sum_words(i18n, &zone, reading, at);
    let source = match reading.source {
        Source::Clause => t_string!(i18n, case.source_clause),
        Source::Operator => t_string!(i18n, act.source_operator),
        Source::Person => t_string!(i18n, act.source_person),
    };
    let mut rows = vec![
        (
            t_string!(i18n, case.clause),
            format!("{} · {source}", words::joined(reading.clause.article())),
        ),
        (t_string!(i18n, case.owner), owner_words(i18n, app, reading)),
        (
            t_string!(i18n, case.stops_on),
            words::event_words(i18n, &reading.stops_on),
        ),
    ];
    if reading.start.is_none() {
        let event = words::event_words(i18n, &reading.starts_on);
        rows.push((t_string!(i18n, case.starts_on), event));
    }
    let edges = reading.due.filter(|due| due.to != Some(due.from));
    if let Some(due) = edges {
        let latest = due.to.map_or_else(
            || t_string!(i18n, case.open_end).to_owned(),
            |to| words::when(i18n, &zone, to, at),
        );
        let between = format!("{} – {latest}", words::when(i18n, &zone, due.from, at));
        rows.push((t_string!(i18n, case.due_between), between));
    }
    if reading.as_stated {
        let words = t_string!(i18n, case.as_stated_text);
        rows.push((t_string!(i18n, common.as_stated), words.to_owned()));
    }
    rows.push((t_string!(i18n, case.tablet_clock), error_words(i18n, app)));
    let rows = rows.into_iter().map(|(label, words)| {
        view! {
            <dt>{label}</dt>
            <dd>{words}</dd>
        }
    });
    view! {
        <ClockBox face=Signal::stored(face) />
        <p class="lg" data-testid="sum">{sum}</p>
        <dl class="kv">{rows.collect::<Vec<_>>()}</dl>
    }
}
