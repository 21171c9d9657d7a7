//! The round: who is visited today, by building and floor, and who is called.

use sorted::SortedMap;

use view::prelude::*;
use view::{For, IntoView, component, view};

use super::round::{self, Group, Me, Order, Part, Place, Stop};
use super::row::{Details, Row, clock_time, read_details};
use crate::directory::building_words;
use crate::i18n::{t, t_string, use_i18n};
use crate::shell::Bar;
use crate::state::App;
use crate::ui::{Chip, Empty, Icon, IconSize, IconView, LongList};
use crate::words::{self, I18n};

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub(super) struct Round {
    pub(super) app: App,
    groups: Memo<Vec<Group>>,
    order: RwSignal<Order>,
    pub(super) details: Details,
    /// On a phone: the arrows are shown.
    ordering: RwSignal<bool>,
}

impl Round {
    /// Changes the order of the day and keeps it.
    pub(super) fn arrange(self, change: impl FnOnce(&mut Order)) {
        self.order.update(change);
        let Some(key) = order_key(self.app) else {
            return;
        };
        let order = self.order.get_untracked();
        let app = self.app;
        leptos::task::spawn_local(async move {
            // Where it fails the order holds until the page is left.
            drop(app.save_note(None, &key, &order).await);
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
        details: RwSignal::new(SortedMap::new()),
        ordering: RwSignal::new(false),
    };
    bring_order(round);
    read_details(app, round.details, all);
    let sub = MaybeProp::derive(move || {
        let day = words::month_day(i18n, &app.zone(), app.now.get());
        let name = app.acting().map(|staff| staff.name).unwrap_or_default();
        Some(t_string!(i18n, visit.round_sub, day = day, name = name))
    });
    view! {
        <Bar title=t_string!(i18n, visit.title) sub />
        <main
            class=move || {
                if round.ordering.get() { "page visits ordering" } else { "page visits" }
            }
            id="main"
        >
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
        let kept: Option<Order> = app.draft(&key).await.unwrap_or_default();
        if let Some(kept) = kept.filter(|kept| kept.day == today) {
            // The person may have left the page meanwhile.
            drop(round.order.try_set(kept));
        }
    });
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

/// Nobody to visit: what is true, and the next thing.
#[component]
fn Nothing(all: Memo<Vec<Stop>>, part: RwSignal<Part>) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        if all.with(Vec::is_empty) {
            view! {
                <Empty
                    icon=Icon::Door
                    title=t_string!(i18n, visit.empty)
                    text=t_string!(i18n, visit.empty_text)
                />
            }
        } else {
            view! {
                <Empty
                    icon=Icon::Search
                    title=t_string!(i18n, visit.no_match)
                >
                    <button type="button" class="btn" on:click=move |_| part.set(Part::All)>
                        {t!(i18n, today.clear)}
                    </button>
                </Empty>
            }
        }
    }
}
