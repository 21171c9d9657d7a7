//! Every case that this tablet holds: found by number, name, unit, words of the matter.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use domain::id::CaseId;
use domain::summary::Summary;
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use view::prelude::*;
use view::{IntoView, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::router::A;
use crate::routes;
use crate::screens::today::{SeverityTag, owner_words, place_and_name};
use crate::screens::urgent::Urgent;
use crate::shell::Bar;
use crate::state::App;
use crate::ui::{Chip, ClockBox, Empty, Field, FieldKind, Icon, IconView, LongList};
use crate::words;

/// Pause in typing after which the list is searched.
const PAUSE: Duration = Duration::from_millis(150);

/// Which cases are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Filter {
    /// 未結
    #[default]
    Open,
    /// 已存檔
    Archived,
    All,
}

impl Filter {
    fn keeps(self, summary: &Summary) -> bool {
        match self {
            Self::Open => summary.archived.is_none(),
            Self::Archived => summary.archived.is_some(),
            Self::All => true,
        }
    }
}

thread_local! {
    /// What was searched last: coming back from a case finds the same list.
    static LAST: RefCell<(String, Filter)> = RefCell::default();
}

/// The next person does not see what the last one searched.
pub(crate) fn forget_search() {
    LAST.take();
}

/// A row of the list, with the text that it is found by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) id: CaseId,
    summary: Arc<Summary>,
    text: Arc<str>,
}

impl Row {
    /// A row that is not searched.
    pub(crate) fn of(id: CaseId, summary: Arc<Summary>) -> Self {
        let text = Arc::default();
        Self { id, summary, text }
    }
}

/// Text as it is compared: without spaces, in lower case.
fn plain(text: &str) -> String {
    let kept = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
    kept.map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether a row's text holds every word that is searched.
fn holds(text: &str, sought: &[String]) -> bool {
    sought.iter().all(|word| text.contains(word.as_str()))
}

/// The list of cases.
#[component]
pub(crate) fn CasesPage() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let (last, last_filter) = LAST.with_borrow(Clone::clone);
    let typed = RwSignal::new(last.clone());
    let sought = RwSignal::new(last);
    let filter = RwSignal::new(last_filter);
    Effect::new(move |_| {
        let now = (sought.get(), filter.get());
        LAST.set(now);
    });
    let all = Memo::new(move |_| {
        app.cases.with(|cases| {
            let mut rows: Vec<Row> = cases
                .iter()
                .map(|(id, summary)| {
                    let mut text = summary.number.clone();
                    text.push('\n');
                    text.push_str(&summary.matter);
                    text.push('\n');
                    text.push_str(&place_and_name(i18n, app, summary));
                    if let Some(unit) = &summary.unit {
                        text.push('\n');
                        text.push_str(unit.as_str());
                    }
                    if let Some(telephone) = &summary.telephone {
                        text.push('\n');
                        text.push_str(telephone);
                    }
                    Row {
                        id: id.clone(),
                        summary: Arc::clone(summary),
                        text: plain(&text).into(),
                    }
                })
                .collect();
            sorted::sort_by(&mut rows, |a, b| {
                let key = |row: &Row| std::cmp::Reverse(row.summary.accepted);
                key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id))
            });
            rows
        })
    });
    let shown = Memo::new(move |_| {
        let (words, filter) = (sought.get(), filter.get());
        let words: Vec<String> = words.split_whitespace().map(plain).collect();
        all.with(|rows| {
            let kept = rows.iter().filter(|row| filter.keeps(&row.summary));
            let kept = kept.filter(|row| holds(&row.text, &words));
            kept.cloned().collect::<Vec<_>>()
        })
    });
    view! {
        <Bar
            title=t_string!(i18n, case.title)
            sub=Signal::derive(move || {
                Some(t_string!(i18n, case.count, n = shown.with(Vec::len)))
            })
        />
        <main class="page cases" id="main" data-testid="cases">
            <Search typed sought />
            <Filters all filter />
            {move || {
                if shown.with(Vec::is_empty) {
                    view! { <NoMatch typed sought filter /> }
                } else {
                    view! {
                        <LongList
                            items=shown
                            key=|row: &Row| row.id.clone()
                            row=|row| view! { <CaseRow row /> }
                            label=t_string!(i18n, case.title)
                        />
                    }
                }
            }}
        </main>
    }
}

#[component]
fn Search(typed: RwSignal<String>, sought: RwSignal<String>) -> impl IntoView {
    let i18n = use_i18n();
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(Some(timer)) = timer.try_update_value(Option::take) {
            timer.clear();
        }
    };
    let later = move |text: String| {
        stop();
        let find = move || {
            // The list may be gone by now.
            let _ = sought.try_set(text);
        };
        timer.set_value(set_timeout_with_handle(find, PAUSE).ok());
    };
    on_cleanup(stop);
    view! {
        <div role="search">
            <Field
                id="case-search"
                label=t_string!(i18n, case.search)
                value=typed
                kind=FieldKind::Search
                hint=Signal::derive(move || Some(t_string!(i18n, case.search_hint).to_owned()))
                on_edit=later
                on_enter=move |text| sought.set(text)
            />
        </div>
    }
}

#[component]
fn Filters(all: Memo<Vec<Row>>, filter: RwSignal<Filter>) -> impl IntoView {
    let i18n = use_i18n();
    let chip = move |wanted: Filter, label: Signal<String>| {
        let count = Signal::derive(move || {
            all.with(|rows| {
                let kept = rows.iter().filter(|row| wanted.keeps(&row.summary));
                Some(kept.count())
            })
        });
        view! {
            <Chip
                label
                pressed=Signal::derive(move || filter.get() == wanted)
                on_press=move |()| filter.set(wanted)
                count
            />
        }
    };
    view! {
        <div class="chips" role="group" aria-label=move || t_string!(i18n, common.filters)>
            {chip(
                Filter::Open,
                Signal::derive(move || t_string!(i18n, case.filter_open).to_owned()),
            )}
            {chip(
                Filter::Archived,
                Signal::derive(move || t_string!(i18n, act.phase_archived).to_owned()),
            )}
            {chip(Filter::All, Signal::derive(move || t_string!(i18n, today.all).to_owned()))}
        </div>
    }
}

#[component]
fn NoMatch(
    typed: RwSignal<String>,
    sought: RwSignal<String>,
    filter: RwSignal<Filter>,
) -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let title = Signal::derive(move || {
        let words = sought.get();
        if words.trim().is_empty() {
            t_string!(i18n, case.none).to_owned()
        } else {
            t_string!(i18n, case.no_match, words = words)
        }
    });
    let text = Signal::derive(move || {
        let n = app.cases.with(|cases| cases.len());
        Some(t_string!(i18n, case.searched, n = n))
    });
    let clear = move |_| {
        typed.set(String::new());
        sought.set(String::new());
        filter.set(Filter::All);
    };
    view! {
        <Empty icon=Icon::Search title text>
            <button type="button" class="btn" on:click=clear>
                {t!(i18n, case.clear)}
            </button>
        </Empty>
    }
}

/// A case in a list.
#[component]
pub(crate) fn CaseRow(
    /// The case.
    row: Signal<Row>,
    /// Query of the sheet that a press opens with the case.
    #[prop(optional)]
    sheet: &'static str,
) -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let urgent = Memo::new(move |_| {
        let now = app.now.get();
        row.with(|row| Urgent::of(row.summary.clocks(now), now))
    });
    let face = Memo::new(move |_| {
        let (zone, now) = (app.zone(), app.now.get());
        urgent.with(|urgent| {
            let Urgent {
                reading, others, ..
            } = urgent.as_ref()?;
            Some(words::clock_face(i18n, &zone, reading, now, *others))
        })
    });
    let class = move || {
        let look = face.with(|face| face.as_ref().map(|face| face.look.class()));
        format!("wr {}", look.unwrap_or("k-ended"))
    };
    let phase = move || row.with(|row| words::phase_words(i18n, row.summary.phase()));
    let major = Signal::derive(move || {
        let now = app.now.get();
        row.with(|row| row.summary.severity(now).is_major())
    });
    let severity = move || {
        let now = app.now.get();
        let applies = row.with(|row| row.summary.severity(now).severity.is_some());
        applies.then(|| view! { <SeverityTag major /> })
    };
    // What has no clock is owed all the same.
    let untimed = move || {
        row.with(|row| {
            let owed = row.summary.owed.first()?;
            let (act, role) = (&owed.act, &owed.role);
            Some(view! {
                <b>{words::act_words(i18n, act)}</b>
                " "
                <br />
                {words::role_words(i18n, role)}
            })
        })
    };
    let due = move || {
        let (zone, now) = (app.zone(), app.now.get());
        urgent.with(|urgent| {
            let Some(Urgent { reading, .. }) = urgent else {
                return untimed();
            };
            let title = words::clock_title(i18n, &reading.clock);
            let due = reading
                .due
                .map(|due| words::when(i18n, &zone, due.best, now));
            let owner = owner_words(i18n, app, reading);
            let due = due.unwrap_or_default();
            Some(view! {
                {title}
                " "
                <br />
                <b>{due}</b>
                " · "
                <span class="nw">{owner}</span>
            })
        })
    };
    view! {
        <div class=class>
            {move || match face.get() {
                Some(face) => view! { <ClockBox face=Signal::stored(face) /> },
                None => view! { <span class="tag">{phase()}</span> },
            }}
            <div class="body">
                <div class="t">
                    <A href=move || {
                        row.with(|row| format!("{}{sheet}", routes::case(&row.id)))
                    }>
                        {move || {
                            let matter = row.with(|row| row.summary.matter.clone());
                            if matter.is_empty() {
                                t_string!(i18n, case.no_matter).to_owned()
                            } else {
                                matter
                            }
                        }}
                    </A>
                </div>
                <div class="what">
                    {move || row.with(|row| place_and_name(i18n, app, &row.summary))}
                </div>
                <div class="meta">
                    {severity}
                    // Where no clock stands before, the phase does.
                    {move || {
                        face.with(Option::is_some)
                            .then(|| view! { <span class="tag state">{phase}</span> })
                    }}
                    <span class="num">
                        {move || {
                            row.with(|row| words::short_number(&row.summary.number).to_owned())
                        }}
                    </span>
                    {move || {
                        row.with(|row| row.summary.contested)
                            .then(|| {
                                view! {
                                    <span class="tag wt">
                                        <IconView icon=Icon::Swap />
                                        {t!(i18n, case.contested_tag)}
                                    </span>
                                }
                            })
                    }}
                    {move || {
                        row.with(|row| row.summary.has_gaps)
                            .then(|| view! { <span class="tag warn">{t!(i18n, case.gaps)}</span> })
                    }}
                </div>
            </div>
            <div class="due">{due}</div>
            <span class="chev hide-ph">
                <IconView icon=Icon::Next />
            </span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::{holds, plain};

    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_row_is_found_by_every_word_whatever_the_spaces() {
        let text = plain("YS26-B3-0417\n8 \u{68df} 2 \u{55ae}\u{5143} 1103");
        let sought = |words: &str| words.split_whitespace().map(plain).collect::<Vec<_>>();
        assert!(holds(&text, &sought("b3-0417")));
        assert!(holds(&text, &sought("1103 ys26")));
        assert!(holds(&text, &sought("8\u{68df}2")));
        assert!(holds(&text, &sought("")));
        assert!(!holds(&text, &sought("1104")));
    }
}
