//! One household of the round.

use sorted::SortedMap;

use domain::act::{RevisitForm, Signed};
use domain::clock::ClockState;
use domain::id::{CaseId, EntryHash};
use domain::time::{Instant, Zone};
use view::prelude::*;
use view::{IntoView, component, view};

use super::round::{Group, Stop};
use super::visits::Round;
use crate::i18n::{t_string, use_i18n};
use crate::routes;
use crate::state::{App, OpenCase};
use crate::ui::{ClockBadge, ClockFace, Icon, IconSize, IconView};
use crate::words::{self, I18n};

/// What a row shows beyond the case's summary.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Detail {
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

/// What was read of each case.
pub(super) type Details = RwSignal<SortedMap<CaseId, Detail>>;

/// Reads what the summaries do not hold, case by case, whenever a case has changed.
pub(super) fn read_details(app: App, details: Details, all: Memo<Vec<Stop>>) {
    Effect::new(move |_| {
        let wanted: Vec<(CaseId, Option<EntryHash>)> = all.with(|stops| {
            let cases = stops.iter();
            cases
                .map(|stop| (stop.id.clone(), stop.summary.last.clone()))
                .collect()
        });
        leptos::task::spawn_local(async move {
            for (id, last) in wanted {
                let known = details
                    .try_with_untracked(|known| known.get(&id).is_some_and(|d| d.last == last));
                match known {
                    None => return,
                    Some(true) => continue,
                    Some(false) => {}
                }
                if let Ok(Some(open)) = app.open_case(&id).await {
                    let mut detail = detail(&open);
                    detail.last = last;
                    details.try_update(|known| known.insert(id, detail));
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

/// 12:35 today; with the day on other days.
pub(super) fn clock_time(i18n: I18n, zone: &Zone, at: Instant, now: Instant) -> String {
    if words::day_number(zone, at) == words::day_number(zone, now) {
        words::time_of_day(zone, at)
    } else {
        words::when(i18n, zone, at, now)
    }
}

/// A household: where, who, what, until when, and the way to begin.
#[component]
pub(super) fn Row(round: Round, group: Memo<Group>, stop: Signal<Stop>) -> impl IntoView {
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
            {move || notes().into_iter().map(|note| tag(Icon::Info, note)).collect::<Vec<_>>()}
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
                    view! { {time} }
                } else {
                    view! {
                        {before}
                        " "
                        <b>{time}</b>
                        {left}
                    }
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
                <IconView
                    icon=if up { Icon::ArrowUp } else { Icon::ArrowDown }
                    size=IconSize::Small
                />
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
