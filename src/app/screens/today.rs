//! 今日: what is due, one row a case, by its most urgent clock.

mod empty;

use std::sync::Arc;

use domain::clock::{ClockState, Reading};
use domain::id::{CaseId, StaffId};
use domain::summary::Summary;
use sorted::{SortedMap, SortedSet};
use view::prelude::*;
use view::{IntoView, component, view};

use empty::{NoRole, NoSite, SiteClosed, SiteEmpty};

use super::case;
use super::loading::Loading;
use super::urgent::Urgent;
use crate::i18n::{t, t_string, use_i18n};
use crate::router::A;
use crate::routes;
use crate::shell::Bar;
use crate::state::App;
use crate::ui::{Chip, ClockBox, Empty, Icon, LongList};
use crate::words::{self, I18n};

/// A row of the list: a case and its most urgent clock.
#[derive(Debug, PartialEq)]
pub(crate) struct Row {
    id: CaseId,
    summary: Arc<Summary>,
    urgent: Urgent,
    major: bool,
}

impl Row {
    /// Whether it is done before others: overdue or due soon.
    fn is_first(&self) -> bool {
        let state = self.urgent.reading.state;
        matches!(state, ClockState::Overdue | ClockState::DueSoon)
    }
}

/// The rows of the list, or some of them.
pub(crate) type Rows = Memo<Vec<Arc<Row>>>;

/// Which rows are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filter {
    All,
    State(ClockState),
    Mine,
}

/// The cases that owe something, the most urgent first.
pub(crate) fn rows(app: App) -> Vec<Arc<Row>> {
    let now = app.now.get();
    let mut rows: Vec<Arc<Row>> = app.cases.with(|cases| {
        let open = cases
            .iter()
            .filter(|(_, summary)| summary.archived.is_none());
        open.filter_map(|(id, summary)| {
            Some(Arc::new(Row {
                id: id.clone(),
                major: summary.severity(now).is_major(),
                summary: Arc::clone(summary),
                urgent: Urgent::of(summary.clocks(now), now)?,
            }))
        })
        .collect()
    });
    sorted::sort_by(&mut rows, |a, b| {
        let key = |row: &Arc<Row>| (row.urgent.reading.urgency(), !row.major);
        key(a)
            .cmp(&key(b))
            .then_with(|| a.summary.number.cmp(&b.summary.number))
    });
    rows
}

/// How many of them have something overdue or due before the day ends.
pub(crate) fn due_today(app: App, rows: &[Arc<Row>]) -> usize {
    let zone = app.zone();
    let today = words::day_number(&zone, app.now.get());
    let due = rows.iter().filter_map(|row| row.urgent.due);
    due.filter(|due| words::day_number(&zone, *due) <= today)
        .count()
}

/// Whether `me` owes the clock.
fn is_mine(reading: &Reading, me: Option<&(StaffId, Vec<String>)>) -> bool {
    me.is_some_and(|(staff, roles)| match &reading.owner.staff {
        Some(owner) => owner == staff,
        None => roles.contains(&reading.owner.role),
    })
}

fn me(app: App) -> Option<(StaffId, Vec<String>)> {
    app.acting().map(|staff| (staff.id, staff.roles))
}

/// The list of today.
#[component]
pub(crate) fn TodayPage(
    /// Every row of the list.
    all: Rows,
) -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let filter = RwSignal::new(Filter::All);
    let shown = Memo::new(move |_| {
        let me = me(app);
        let wanted = filter.get();
        all.with(|rows| {
            let keep = rows.iter().filter(|row| match wanted {
                Filter::All => true,
                Filter::State(state) => row.urgent.reading.state == state,
                Filter::Mine => is_mine(&row.urgent.reading, me.as_ref()),
            });
            keep.cloned().collect::<Vec<_>>()
        })
    });
    let sub = Signal::derive(move || {
        let zone = app.zone();
        let day = words::day_and_weekday(i18n, &zone, app.now.get());
        let site = app
            .directory
            .with(|d| d.site.as_ref().map(|site| site.name.clone()));
        site.map_or_else(|| day.clone(), |site| format!("{day} · {site}"))
    });
    let whole = Memo::new(move |_| app.meeting.with(|meeting| meeting.progress().is_none()));
    view! {
        <Bar title=t_string!(i18n, today.title) sub />
        <main class="page" id="main">
            <Loading />
            {move || {
                if !app.has_site() {
                    view! { <NoSite /> }
                } else if app.acting().is_some_and(|staff| staff.roles.is_empty()) {
                    view! { <NoRole /> }
                } else if app.cases.with(|cases| cases.is_empty()) {
                    let known = app.directory.with(|d| d.site.is_some());
                    let open = app.core().is_some_and(|core| core.site_scope().is_some());
                    if app.is_closed_to() {
                        view! { <SiteClosed said=true /> }
                    } else if known && open && whole.get() {
                        view! { <SiteEmpty /> }
                    } else if !open && app.meeting.with(|meeting| meeting.fault().is_some()) {
                        view! { <SiteClosed said=false /> }
                    } else {
                        ().into_view()
                    }
                } else {
                    view! { <Due all shown filter /> }
                }
            }}
        </main>
    }
}

#[component]
fn Due(all: Rows, shown: Rows, filter: RwSignal<Filter>) -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let urgent = Memo::new(move |_| {
        shown.with(|rows| {
            let first = rows.iter().filter(|row| row.is_first());
            first.cloned().collect::<Vec<_>>()
        })
    });
    let rest = move |today: bool| {
        let zone = app.zone();
        let day = words::day_number(&zone, app.now.get());
        shown.with(|rows| {
            let calm = rows.iter().filter(|row| !row.is_first());
            calm.filter(|row| {
                let due = row
                    .urgent
                    .reading
                    .due
                    .map(|due| words::day_number(&zone, due.best));
                (row.urgent.reading.state == ClockState::Running && due == Some(day)) == today
            })
            .cloned()
            .collect::<Vec<_>>()
        })
    };
    let today = Memo::new(move |_| rest(true));
    let later = Memo::new(move |_| rest(false));
    view! {
        <Filters all filter />
        <Section
            rows=urgent
            title=t_string!(i18n, today.first)
            hint=t_string!(i18n, today.first_hint)
        />
        <Section
            rows=today
            title=t_string!(i18n, today.due_today)
            hint=Signal::derive(move || t_string!(i18n, today.running, n = today.with(Vec::len)))
        />
        <Section
            rows=later
            title=t_string!(i18n, today.later)
            hint=""
        />
        {move || {
            shown.with(Vec::is_empty).then(|| view! { <NothingDue all filter /> })
        }}
        <Untimed all filter />
    }
}

/// What is owed and has no clock: the manager's opinion, the archive.
#[component]
fn Untimed(all: Rows, filter: RwSignal<Filter>) -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let rows = Memo::new(move |_| {
        let roles = match filter.get() {
            Filter::All => None,
            Filter::Mine => Some(app.acting().map(|me| me.roles).unwrap_or_default()),
            Filter::State(_) => return Vec::new(),
        };
        let timed = all.with(|rows| rows.iter().map(|row| row.id.clone()).collect());
        app.cases
            .with(|cases| untimed(cases, &timed, roles.as_deref()))
    });
    let none = Memo::new(move |_| rows.with(Vec::is_empty));
    move || {
        (!none.get()).then(|| {
            let title = t_string!(i18n, today.untimed);
            view! {
                <div class="sect">
                    <h2>{title}</h2>
                </div>
                <div class="cases">
                    <LongList
                        items=rows
                        key=|row: &case::Row| row.id.clone()
                        row=|row| view! { <case::CaseRow row /> }
                        label=title
                    />
                </div>
            }
        })
    }
}

/// The cases that have no row by a clock and owe something, to one of `roles` where given.
fn untimed(
    cases: &SortedMap<CaseId, Arc<Summary>>,
    timed: &SortedSet<CaseId>,
    roles: Option<&[String]>,
) -> Vec<case::Row> {
    let owes = |summary: &Summary| {
        let owed = summary.owed.first();
        owed.is_some_and(|owed| roles.is_none_or(|roles| roles.contains(&owed.role)))
    };
    let cases = cases.iter().filter(|(id, summary)| {
        summary.archived.is_none() && owes(summary) && !timed.contains(*id)
    });
    let cases = cases.map(|(id, summary)| case::Row::of(id.clone(), Arc::clone(summary)));
    cases.collect()
}

#[component]
fn Filters(all: Rows, filter: RwSignal<Filter>) -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let count = move |wanted: Filter| {
        Signal::derive(move || {
            let me = me(app);
            all.with(|rows| {
                let keep = rows.iter().filter(|row| match wanted {
                    Filter::All => true,
                    Filter::State(state) => row.urgent.reading.state == state,
                    Filter::Mine => is_mine(&row.urgent.reading, me.as_ref()),
                });
                Some(keep.count())
            })
        })
    };
    let state_chip = move |state: ClockState, tone: &'static str| {
        let wanted = Filter::State(state);
        view! {
            <Chip
                label=Signal::derive(move || words::state_word(i18n, state).to_owned())
                pressed=Signal::derive(move || filter.get() == wanted)
                on_press=Callback::new(move |()| filter.set(wanted))
                count=count(wanted)
                icon=words::clock_look(state).icon()
                tone
            />
        }
    };
    view! {
        <div class="chips" role="group" aria-label=move || t_string!(i18n, common.filters)>
            <Chip
                label=t_string!(i18n, today.all)
                pressed=Signal::derive(move || filter.get() == Filter::All)
                on_press=Callback::new(move |()| filter.set(Filter::All))
                count=count(Filter::All)
            />
            {state_chip(ClockState::Overdue, "over")}
            {state_chip(ClockState::DueSoon, "soon")}
            {state_chip(ClockState::Running, "")}
            {state_chip(ClockState::WaitingToOpen, "")}
            <span class="grow"></span>
            <span class="only-w">
                <Chip
                    label=t_string!(i18n, today.mine)
                    pressed=Signal::derive(move || filter.get() == Filter::Mine)
                    on_press=Callback::new(move |()| filter.set(Filter::Mine))
                    icon=Icon::User
                />
            </span>
        </div>
    }
}

#[component]
fn Section(rows: Rows, title: &'static str, #[prop(into)] hint: Signal<String>) -> impl IntoView {
    let none = Memo::new(move |_| rows.with(Vec::is_empty));
    move || {
        (!none.get()).then(|| {
            view! {
                <div class="sect">
                    <h2>{title}</h2>
                    <span class="muted sm hide-ph">{hint}</span>
                </div>
                <LongList
                    items=rows
                    key=row_key
                    row=one_row
                    label=title
                />
            }
        })
    }
}

fn row_key(row: &Arc<Row>) -> CaseId {
    row.id.clone()
}

fn one_row(row: Signal<Arc<Row>>) -> impl IntoView {
    view! { <CaseRow row /> }
}

/// The words of a clock's act on a row: what is owed.
fn title(i18n: I18n, row: &Row) -> String {
    words::clock_title(i18n, &row.urgent.reading.clock)
}

/// Where and who: 3 棟 1 單元 502 · 李國強.
pub(crate) fn place_and_name(i18n: I18n, app: App, summary: &Summary) -> String {
    let place = match (&summary.unit, &summary.place) {
        (_, Some(place)) => place.clone(),
        (Some(unit), None) => app.directory.with(|d| d.unit(i18n, unit)),
        (None, None) => t_string!(i18n, common.no_place).to_owned(),
    };
    match summary
        .complainant
        .as_deref()
        .filter(|name| !name.is_empty())
    {
        Some(name) => format!("{place} · {name}"),
        None => place,
    }
}

/// Who owes a clock: 我, or the name and the department.
pub(crate) fn owner_words(i18n: I18n, app: App, reading: &Reading) -> String {
    if is_mine(reading, me(app).as_ref()) {
        return t_string!(i18n, common.me).to_owned();
    }
    let owner = &reading.owner;
    app.directory.with(|d| {
        let listed = owner
            .staff
            .as_ref()
            .map(|id| d.name(id))
            .or_else(|| owner.name.clone());
        let name = listed.unwrap_or_else(|| words::role_words(i18n, &owner.role));
        match &owner.department {
            Some(department) => format!("{name} {}", d.department(department)),
            None => name,
        }
    })
}

#[component]
fn CaseRow(row: Signal<Arc<Row>>) -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let face = Memo::new(move |_| {
        let (zone, now) = (app.zone(), app.now.get());
        row.with(|row| words::clock_face(i18n, &zone, &row.urgent.reading, now, row.urgent.others))
    });
    let what = move || {
        row.with(|row| {
            let mut words = place_and_name(i18n, app, &row.summary);
            if row.summary.attempts > 0 {
                words.push_str(" · ");
                words.push_str(&t_string!(i18n, today.attempted, n = row.summary.attempts));
            }
            words
        })
    };
    let start = move || {
        let (zone, now) = (app.zone(), app.now.get());
        row.with(|row| {
            row.urgent.reading.start.map(|start| {
                t_string!(
                    i18n,
                    today.start,
                    time = words::when(i18n, &zone, start.best, now)
                )
            })
        })
    };
    let due = move || {
        let (zone, now) = (app.zone(), app.now.get());
        row.with(|row| {
            row.urgent
                .reading
                .due
                .map(|due| words::when(i18n, &zone, due.best, now))
        })
    };
    view! {
        <div class=move || format!("wr {}", face.with(|face| face.look.class()))>
            <ClockBox face />
            <div class="body">
                <div class="t">
                    <A href=move || row.with(|row| routes::case(&row.id))>
                        {move || row.with(|row| title(i18n, row))}
                    </A>
                </div>
                <div class="what">{what}</div>
                <div class="meta">
                    <SeverityTag major=Signal::derive(move || row.with(|row| row.major)) />
                    <span class="ell">{move || row.with(|row| row.summary.matter.clone())}</span>
                    <span class="num">
                        {move || {
                            row.with(|row| words::short_number(&row.summary.number).to_owned())
                        }}
                    </span>
                </div>
            </div>
            <div class="due">
                <span class="st">{start}</span>
                <br />
                {t!(i18n, today.due)}
                " "
                <b>{due}</b>
                <br />
                <span class="clause">
                    {move || row.with(|row| row.urgent.reading.clause.article().to_owned())}
                </span>
                " · "
                {move || row.with(|row| owner_words(i18n, app, &row.urgent.reading))}
            </div>
            <Action row />
        </div>
    }
}

/// 輕微, outlined; 重大, filled.
#[component]
pub(crate) fn SeverityTag(major: Signal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <span class=move || if major.get() { "tag major" } else { "tag minor" }>
            {move || {
                if major.get() { t_string!(i18n, act.major) } else { t_string!(i18n, act.minor) }
            }}
        </span>
    }
}

/// The row's one button: mine begins the act, another's urges.
#[component]
fn Action(row: Signal<Arc<Row>>) -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let mine = Memo::new(move |_| row.with(|row| is_mine(&row.urgent.reading, me(app).as_ref())));
    let href = move || {
        row.with(|row| match row.urgent.reading.clock.as_str() {
            "P-revisit-minor" if mine.get() => routes::visit(&row.id),
            "P-feedback" if mine.get() => format!("{}?act=contacted", routes::case(&row.id)),
            _ if mine.get() => routes::case(&row.id),
            _ => format!(
                "{}?act=urged&clock={}",
                routes::case(&row.id),
                row.urgent.reading.clock
            ),
        })
    };
    let words = move || {
        row.with(|row| match row.urgent.reading.clock.as_str() {
            _ if !mine.get() => t_string!(i18n, today.do_urge),
            "P-revisit-minor" => t_string!(i18n, today.do_revisit),
            "P-feedback" => t_string!(i18n, today.do_feedback),
            _ => t_string!(i18n, today.do_open),
        })
    };
    view! {
        <a class=move || if mine.get() { "btn soft" } else { "btn" } href=href>
            {words}
        </a>
    }
}

#[component]
fn NothingDue(all: Rows, filter: RwSignal<Filter>) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        if all.with(Vec::is_empty) {
            view! {
                <Empty
                    icon=Icon::ClockMet
                    title=t_string!(i18n, today.empty)
                    text=t_string!(i18n, today.empty_none)
                />
            }
        } else {
            view! {
                <Empty
                    icon=Icon::Search
                    title=t_string!(i18n, today.no_match)
                >
                    <button class="btn" on:click=move |_| filter.set(Filter::All)>
                        {t!(i18n, today.clear)}
                    </button>
                </Empty>
            }
        }
    }
}
