//! The round: who is visited today, by building and floor, and who is called.

use std::collections::BTreeMap;

use domain::act::{RevisitForm, Signed};
use domain::clock::ClockState;
use domain::id::{CaseId, EntryHash};
use domain::time::Instant;
use leptos::prelude::*;

use super::round::{self, Group, Me, Order, Part, Place, Stop};
use crate::directory::building_words;
use crate::i18n::{t, t_string, use_i18n};
use crate::routes;
use crate::shell::Bar;
use crate::state::{App, OpenCase};
use crate::ui::{Chip, ClockBadge, ClockFace, Empty, Icon, IconSize, IconView, LongList};
use crate::words::{self, I18n};

/// What a row shows beyond the case's summary.
#[derive(Clone, Debug, Default, PartialEq)]
struct Detail {
    /// The last entry it was read from.
    last: Option<EntryHash>,
    /// The result in words.
    result: String,
    /// The last try at which nobody was there.
    attempt: Option<(Instant, String)>,
    /// How the revisit ended.
    ending: Option<Ending>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Signed { sent: bool },
    Unsigned,
    ByTelephone,
}

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Round {
    app: App,
    groups: Memo<Vec<Group>>,
    order: RwSignal<Order>,
    details: RwSignal<BTreeMap<CaseId, Detail>>,
    /// On a phone: the arrows are shown.
    ordering: RwSignal<bool>,
}

impl Round {
    /// Changes the order of the day and keeps it.
    fn arrange(self, change: impl FnOnce(&mut Order)) {
        self.order.update(change);
        let Some(key) = order_key(self.app) else {
            return;
        };
        let order = self.order.get_untracked();
        let app = self.app;
        leptos::task::spawn_local(async move {
            // Where it fails the order holds until the page is left.
            drop(app.save_draft(&key, &order).await);
        });
    }
}

fn order_key(app: App) -> Option<String> {
    let staff = app.person.get_untracked()?;
    Some(format!("round/{staff}"))
}

fn stops(app: App) -> Vec<Stop> {
    let now = app.now.get();
    let zone = app.zone();
    let today = words::day_number(&zone, now);
    let me = Me::acting(app);
    let found: Vec<Stop> = app.cases.with(|cases| {
        let stops = cases.iter().filter_map(|(id, summary)| {
            round::stop(id, summary, now, Some((&zone, today)), me.as_ref())
        });
        stops.collect()
    });
    app.directory.with(|directory| {
        let with_unit = found.into_iter().map(|mut stop| {
            let unit = stop.summary.unit.as_ref();
            stop.unit = unit.and_then(|unit| directory.units.get(unit).cloned());
            stop
        });
        with_unit.collect()
    })
}

/// The round by building and floor, and the calls.
#[component]
pub(crate) fn VisitsPage() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let order = RwSignal::new(Order::default());
    let all = Memo::new(move |_| stops(app));
    let part = RwSignal::new(Part::All);
    let groups = Memo::new(move |_| {
        let mut shown = all.get();
        shown.retain(|stop| part.get().has(stop));
        order.with(|order| round::groups(shown, order))
    });
    let round = Round {
        app,
        groups,
        order,
        details: RwSignal::new(BTreeMap::new()),
        ordering: RwSignal::new(false),
    };
    bring_order(round);
    read_details(round, all);
    let sub = MaybeProp::derive(move || {
        let day = words::month_day(i18n, &app.zone(), app.now.get());
        let name = app.acting().map(|staff| staff.name).unwrap_or_default();
        Some(t_string!(i18n, visit.round_sub, day = day, name = name))
    });
    view! {
        <Bar title=Signal::derive(move || t_string!(i18n, visit.title).to_owned()) sub />
        <main class=move || if round.ordering.get() { "page visits ordering" } else { "page visits" } id="main">
            <Chips all part ordering=round.ordering />
            <For each=move || groups.get().into_iter().map(|g| g.place) key=Clone::clone let:place>
                <OneGroup round place />
            </For>
            {move || groups.with(Vec::is_empty).then(|| view! { <Nothing all part /> })}
        </main>
    }
}

/// Reads the order that was kept today.
fn bring_order(round: Round) {
    let app = round.app;
    let today = words::day_number(&untrack(|| app.zone()), app.now.get_untracked());
    round.order.update(|order| order.day = today);
    let Some(key) = order_key(app) else { return };
    leptos::task::spawn_local(async move {
        let kept: Option<Order> = app.draft(&key).await;
        if let Some(kept) = kept.filter(|kept| kept.day == today) {
            // The person may have left the page meanwhile.
            drop(round.order.try_set(kept));
        }
    });
}

/// Reads what the summaries do not hold, case by case, whenever a case has changed.
fn read_details(round: Round, all: Memo<Vec<Stop>>) {
    Effect::new(move |_| {
        let wanted: Vec<(CaseId, Option<EntryHash>)> = all.with(|stops| {
            let cases = stops.iter();
            cases
                .map(|stop| (stop.id.clone(), stop.summary.last.clone()))
                .collect()
        });
        leptos::task::spawn_local(async move {
            for (id, last) in wanted {
                let known = round
                    .details
                    .try_with_untracked(|known| known.get(&id).is_some_and(|d| d.last == last));
                match known {
                    None => return,
                    Some(true) => continue,
                    Some(false) => {}
                }
                if let Ok(Some(open)) = round.app.open_case(&id).await {
                    let mut detail = detail(&open);
                    detail.last = last;
                    round
                        .details
                        .try_update(|details| details.insert(id, detail));
                }
            }
        });
    });
}

fn detail(open: &OpenCase) -> Detail {
    let case = &open.case;
    let attempt = case
        .views
        .attempts
        .last()
        .filter(|_| case.attempts_since_resolution() > 0);
    let ending = case.views.revisits.last().map(|revisit| {
        let sent = !open.unsent.contains(&revisit.moment.hash);
        match (&revisit.act.form, &revisit.act.signed) {
            (RevisitForm::Telephone, _) => Ending::ByTelephone,
            (_, Signed::Drawn(_)) => Ending::Signed { sent },
            _ => Ending::Unsigned,
        }
    });
    let result = case.resolution().map(|r| r.words().trim().to_owned());
    Detail {
        last: None,
        result: result.unwrap_or_default(),
        attempt: attempt.map(|dated| (dated.moment.at.span.best, dated.act.words.clone())),
        ending,
    }
}

#[component]
fn Chips(all: Memo<Vec<Stop>>, part: RwSignal<Part>, ordering: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let label = move |wanted: Part| match wanted {
        Part::All => t_string!(i18n, visit.part_all),
        Part::Doors => t_string!(i18n, act.way_door),
        Part::Calls => t_string!(i18n, act.way_telephone),
        Part::Done => t_string!(i18n, visit.part_done),
    };
    let chip = move |wanted: Part| {
        let count = move || all.with(|stops| stops.iter().filter(|stop| wanted.has(stop)).count());
        view! {
            <Chip
                label=Signal::derive(move || label(wanted).to_owned())
                pressed=Signal::derive(move || part.get() == wanted)
                on_press=Callback::new(move |()| part.set(wanted))
                count=Signal::derive(move || Some(count()))
            />
        }
    };
    view! {
        <div class="row between wrap">
            <div class="chips" role="group" aria-label=move || t_string!(i18n, common.filters)>
                {chip(Part::All)}
                {chip(Part::Doors)}
                {chip(Part::Calls)}
                {chip(Part::Done)}
            </div>
            <button
                type="button"
                class="btn only-ph wide"
                aria-pressed=move || ordering.get().to_string()
                on:click=move |_| ordering.update(|on| *on = !*on)
            >
                <IconView icon=Icon::Swap size=IconSize::Small />
                {t!(i18n, visit.arrange)}
            </button>
            <span class="pill ok plain hide-ph">
                <IconView icon=Icon::Disk size=IconSize::Small />
                {move || t_string!(i18n, visit.all_here, n = all.with(Vec::len))}
            </span>
        </div>
    }
}

fn place_words(i18n: I18n, group: &Group) -> String {
    match &group.place {
        Place::Entrance { .. } => group
            .stops
            .iter()
            .find_map(|stop| stop.unit.as_ref())
            .map(|unit| building_words(i18n, unit))
            .unwrap_or_default(),
        Place::Elsewhere => t_string!(i18n, visit.elsewhere).to_owned(),
        Place::Calls => t_string!(i18n, act.way_telephone).to_owned(),
    }
}

#[component]
fn OneGroup(round: Round, place: Place) -> impl IntoView {
    let i18n = use_i18n();
    let is_door = matches!(place, Place::Entrance { .. });
    let icon = match &place {
        Place::Calls => Icon::Phone,
        Place::Entrance { .. } | Place::Elsewhere => Icon::Building,
    };
    let group = Memo::new(move |before: Option<&Group>| {
        let found = round
            .groups
            .with(|groups| groups.iter().find(|group| group.place == place).cloned());
        // A group on its way out of the page keeps what it last showed.
        found.or_else(|| before.cloned()).unwrap_or_else(|| Group {
            place: place.clone(),
            stops: Vec::new(),
        })
    });
    let title = Signal::derive(move || group.with(|group| place_words(i18n, group)));
    let items = Memo::new(move |_| group.with(|group| group.stops.clone()));
    view! {
        <section class="card">
            <header>
                <span class="avatar sq">
                    <IconView icon size=IconSize::Small />
                </span>
                <div class="grow">
                    <h2 class="h3">{title}</h2>
                    <GroupLine round group />
                </div>
                {is_door.then(|| view! { <GroupButtons round group /> })}
            </header>
            <LongList
                items
                key=|stop: &Stop| stop.id.clone()
                row=move |stop| view! { <Row round group stop /> }
                label=title
            />
        </section>
    }
}

/// How many, which direction, and the one that is due first.
#[component]
fn GroupLine(round: Round, group: Memo<Group>) -> impl IntoView {
    let i18n = use_i18n();
    let upwards = move || {
        round
            .order
            .with(|order| group.with(|group| order.is_upwards(&group.place)))
    };
    let count = move || {
        group.with(|group| {
            let (all, open) = (group.stops.len(), group.open());
            if open < all {
                return t_string!(i18n, visit.count_done, n = all, done = all - open);
            }
            t_string!(i18n, visit.count, n = all)
        })
    };
    let more = move || {
        group.with(|group| match &group.place {
            Place::Calls => Some(t_string!(i18n, visit.calls_hint)),
            Place::Entrance { .. } if group.stops.len() > 1 && upwards() => {
                Some(t_string!(i18n, visit.upwards))
            }
            Place::Entrance { .. } if group.open() > 1 => Some(t_string!(i18n, visit.downwards)),
            _ => None,
        })
    };
    let tightest = move || {
        let (zone, now) = (round.app.zone(), round.app.now.get());
        group.with(|group| {
            let stop = group.tightest().filter(|_| group.open() > 1)?;
            let due = stop.reading.due?.best;
            Some(t_string!(
                i18n,
                visit.tightest,
                room = room(stop),
                time = clock_time(i18n, &zone, due, now)
            ))
        })
    };
    view! {
        <span class="cap">
            {count} {move || more().map(|words| format!(" · {words}"))}
            {move || {
                tightest()
                    .map(|words| {
                        view! {
                            " · "
                            <b>{words}</b>
                        }
                    })
            }}
        </span>
    }
}

/// 12:35 today; with the day on other days.
fn clock_time(i18n: I18n, zone: &domain::time::Zone, at: Instant, now: Instant) -> String {
    if words::day_number(zone, at) == words::day_number(zone, now) {
        words::time_of_day(zone, at)
    } else {
        words::when(i18n, zone, at, now)
    }
}

fn room(stop: &Stop) -> String {
    stop.unit
        .as_ref()
        .map(|unit| unit.room.clone())
        .unwrap_or_default()
}

#[component]
fn GroupButtons(round: Round, group: Memo<Group>) -> impl IntoView {
    let i18n = use_i18n();
    let tightest = Memo::new(move |_| {
        group.with(|group| {
            let stop = group.tightest()?;
            let first = group.first_open()?;
            (first.id != stop.id).then(|| (stop.id.clone(), room(stop)))
        })
    });
    let turn = move |_| {
        let place = group.with_untracked(|group| group.place.clone());
        round.arrange(|order| order.turn(&place));
    };
    let other_way = move || {
        let upwards = round
            .order
            .with(|order| group.with(|group| order.is_upwards(&group.place)));
        if upwards {
            t_string!(i18n, visit.downwards)
        } else {
            t_string!(i18n, visit.upwards)
        }
    };
    view! {
        {move || {
            tightest
                .get()
                .map(|(id, room)| {
                    let go = move |_| {
                        let group = group.get_untracked();
                        round.arrange(|order| order.first(&group, &id));
                    };
                    view! {
                        <button type="button" class="btn soft" data-testid="go-first" on:click=go>
                            <IconView icon=Icon::ArrowUp size=IconSize::Small />
                            {t_string!(i18n, visit.go_first, room = room)}
                        </button>
                    }
                })
        }}
        {move || {
            (group.with(Group::open) > 1)
                .then(|| {
                    view! {
                        <button type="button" class="btn hide-ph" data-testid="turn" on:click=turn>
                            <IconView icon=Icon::Swap size=IconSize::Small />
                            {other_way}
                        </button>
                    }
                })
        }}
    }
}

#[component]
fn Row(round: Round, group: Memo<Group>, stop: Signal<Stop>) -> impl IntoView {
    let app = round.app;
    let i18n = use_i18n();
    let face = Memo::new(move |_| {
        let (zone, now) = (app.zone(), app.now.get());
        stop.with(|stop| words::clock_face(i18n, &zone, &stop.reading, now, 0))
    });
    view! {
        <div class=move || format!("wr {}", face.with(|face: &ClockFace| face.look.class()))>
            <Where stop />
            <span class="nm">
                {move || stop.with(|stop| stop.summary.complainant.clone().unwrap_or_default())}
            </span>
            <div class="body">
                <div>{move || stop.with(|stop| matter(i18n, round, stop))}</div>
                <What round stop />
            </div>
            <div class="due">
                <ClockBadge face />
                <br class="hide-p" />
                <Due round stop />
            </div>
            <Arrows round group stop />
            <Start stop />
        </div>
    }
}

/// Room and floor; for a call where it is and the last digits of the number.
#[component]
fn Where(stop: Signal<Stop>) -> impl IntoView {
    let i18n = use_i18n();
    let shown = move || {
        stop.with(|stop| match &stop.unit {
            Some(unit) if stop.is_call() => format!("{}-{}", unit.building, unit.room),
            Some(unit) => unit.room.clone(),
            None => stop
                .summary
                .place
                .clone()
                .unwrap_or_else(|| t_string!(i18n, common.no_place).to_owned()),
        })
    };
    let below = move || {
        stop.with(|stop| {
            let telephone = stop.summary.telephone.as_deref().unwrap_or_default();
            match &stop.unit {
                _ if stop.is_call() && !telephone.is_empty() => Some(t_string!(
                    i18n,
                    visit.last_digits,
                    n = last_digits(telephone)
                )),
                Some(unit) if unit.floor != 0 => {
                    Some(t_string!(i18n, common.floor, floor = unit.floor))
                }
                _ => None,
            }
        })
    };
    view! {
        <div class="fl">
            <b>{shown}</b>
            <span>{below}</span>
        </div>
    }
}

fn last_digits(telephone: &str) -> String {
    let digits: Vec<char> = telephone.chars().filter(char::is_ascii_digit).collect();
    digits.iter().skip(digits.len().saturating_sub(4)).collect()
}

fn matter(i18n: I18n, round: Round, stop: &Stop) -> String {
    let matter = stop.summary.matter.clone();
    let result = round
        .details
        .with(|details| details.get(&stop.id).map(|detail| detail.result.clone()));
    match result.filter(|result| !result.is_empty()) {
        Some(result) => t_string!(
            i18n,
            visit.matter_and_result,
            matter = matter,
            result = result
        ),
        None => matter,
    }
}

/// Appointment and notes for the door, tries so far; how it ended once it is done.
#[component]
fn What(round: Round, stop: Signal<Stop>) -> impl IntoView {
    let i18n = use_i18n();
    let detail = Memo::new(move |_| {
        let id = stop.with(|stop| stop.id.clone());
        round
            .details
            .with(|details| details.get(&id).cloned())
            .unwrap_or_default()
    });
    let done = Memo::new(move |_| stop.with(Stop::is_done));
    let head = move || {
        if done.get() {
            return detail
                .with(|detail| detail.ending.map(|end| ending_words(i18n, end).to_owned()));
        }
        stop.with(|stop| {
            let door = stop.summary.door.as_ref()?;
            Some(door.appointment.clone()).filter(|words| !words.is_empty())
        })
    };
    let notes = move || {
        stop.with(|stop| {
            let door = stop.summary.door.as_ref().filter(|_| !stop.is_done());
            door.map(|door| door.notes.clone()).unwrap_or_default()
        })
    };
    let attempt = move || {
        let (zone, now) = (round.app.zone(), round.app.now.get());
        detail.with(|detail| {
            let (at, words) = detail.attempt.as_ref().filter(|_| !done.get())?;
            let time = clock_time(i18n, &zone, *at, now);
            Some(if words.is_empty() {
                t_string!(i18n, visit.attempt, time = time)
            } else if words.contains(t_string!(i18n, visit.nobody_door)) {
                t_string!(i18n, visit.attempt_said, time = time, words = words.clone())
            } else {
                t_string!(
                    i18n,
                    visit.attempt_words,
                    time = time,
                    words = words.clone()
                )
            })
        })
    };
    view! {
        <div class="what row wrap">
            {move || head().map(|words| view! { <b>{words}</b> })}
            {move || notes().into_iter().map(|note| tag(Icon::Info, note)).collect_view()}
            {move || attempt().map(|words| tag(Icon::Door, words))}
        </div>
    }
}

fn tag(icon: Icon, words: String) -> impl IntoView {
    view! {
        <span class="tag">
            <IconView icon size=IconSize::Small />
            {words}
        </span>
    }
}

fn ending_words(i18n: I18n, ending: Ending) -> &'static str {
    match ending {
        Ending::Signed { sent: true } => t_string!(i18n, visit.ended_signed),
        Ending::Signed { sent: false } => t_string!(i18n, visit.ended_signed_waiting),
        Ending::Unsigned => t_string!(i18n, visit.ended_unsigned),
        Ending::ByTelephone => t_string!(i18n, visit.call_unsigned),
    }
}

/// When it is due and how long is left; when it was done.
#[component]
fn Due(round: Round, stop: Signal<Stop>) -> impl IntoView {
    let i18n = use_i18n();
    let app = round.app;
    let shown = move || {
        let (zone, now) = (app.zone(), app.now.get());
        stop.with(|stop| {
            let reading = &stop.reading;
            if let Some(done) = reading.stop {
                let time = words::time_of_day(&zone, done.best);
                return (
                    String::new(),
                    t_string!(i18n, visit.done_time, time = time),
                    String::new(),
                );
            }
            let due = reading
                .due
                .map(|due| clock_time(i18n, &zone, due.best, now));
            let near = reading.state == ClockState::Overdue
                || reading.due.is_some_and(|due| {
                    words::day_number(&zone, due.best) == words::day_number(&zone, now)
                });
            let left = words::clock_face(i18n, &zone, reading, now, 0).value;
            let left = if near {
                format!(" · {left}")
            } else {
                String::new()
            };
            (
                t_string!(i18n, today.due).to_owned(),
                due.unwrap_or_default(),
                left,
            )
        })
    };
    view! {
        <span class="due2">
            {move || {
                let (before, time, left) = shown();
                if before.is_empty() {
                    view! { {time} }.into_any()
                } else {
                    view! {
                        {before}
                        " "
                        <b>{time}</b>
                        {left}
                    }
                        .into_any()
                }
            }}
        </span>
    }
}

#[component]
fn Arrows(round: Round, group: Memo<Group>, stop: Signal<Stop>) -> impl IntoView {
    let i18n = use_i18n();
    let shown = Memo::new(move |_| {
        stop.with(|stop| !stop.is_done() && !stop.is_call() && stop.unit.is_some())
    });
    let arrow = move |up: bool| {
        let idle = Memo::new(move |_| {
            let id = stop.with(|stop| stop.id.clone());
            group.with(|group| {
                let mut open = group.stops.iter().filter(|stop| !stop.is_done());
                let edge = if up { open.next() } else { open.next_back() };
                edge.is_none_or(|stop| stop.id == id)
            })
        });
        let label = move || {
            let name = stop.with(|stop| stop.summary.complainant.clone().unwrap_or_default());
            if up {
                t_string!(i18n, visit.move_up, name = name)
            } else {
                t_string!(i18n, visit.move_down, name = name)
            }
        };
        let press = move |_| {
            if !idle.get_untracked() {
                let (id, group) = (stop.get_untracked().id, group.get_untracked());
                round.arrange(|order| order.shift(&group, &id, up));
            }
        };
        view! {
            <button
                type="button"
                class="btn icon"
                aria-label=label
                aria-disabled=move || idle.get().then_some("true")
                on:click=press
            >
                <IconView icon=if up { Icon::ArrowUp } else { Icon::ArrowDown } size=IconSize::Small />
            </button>
        }
    };
    view! {
        <div class="ord">
            {move || shown.get().then(|| (arrow(true), arrow(false)))}
        </div>
    }
}

#[component]
fn Start(stop: Signal<Stop>) -> impl IntoView {
    let i18n = use_i18n();
    let state = Memo::new(move |_| stop.with(|stop| (stop.is_done(), stop.is_call())));
    let id = Memo::new(move |_| stop.with(|stop| stop.id.clone()));
    let href = move || {
        id.with(|id| match state.get() {
            (true, _) => routes::case(id),
            (_, true) => format!("{}?way=telephone", routes::visit(id)),
            _ => routes::visit(id),
        })
    };
    let words = move || match state.get() {
        (true, _) => t_string!(i18n, visit.look),
        (_, true) => t_string!(i18n, visit.call),
        _ => t_string!(i18n, visit.begin),
    };
    view! {
        <a
            class=move || if state.get().0 { "btn act" } else { "btn soft act" }
            data-testid="start"
            href=href
        >
            {words}
        </a>
    }
}

/// Nobody to visit: what is true, and the next thing.
#[component]
fn Nothing(all: Memo<Vec<Stop>>, part: RwSignal<Part>) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        if all.with(Vec::is_empty) {
            view! {
                <Empty
                    icon=Icon::Door
                    title=Signal::derive(move || t_string!(i18n, visit.empty).to_owned())
                    text=Signal::derive(move || t_string!(i18n, visit.empty_text).to_owned())
                />
            }
            .into_any()
        } else {
            view! {
                <Empty
                    icon=Icon::Search
                    title=Signal::derive(move || t_string!(i18n, visit.no_match).to_owned())
                >
                    <button type="button" class="btn" on:click=move |_| part.set(Part::All)>
                        {t!(i18n, today.clear)}
                    </button>
                </Empty>
            }
            .into_any()
        }
    }
}
