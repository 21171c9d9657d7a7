//! One case: what it is, where it stands, what is next.

use std::sync::Arc;

use domain::clause::Clause;
use domain::id::{CaseId, EntryHash};
use domain::step::{Standing, Step, steps};
use view::prelude::*;
use view::{IntoView, component, view};

use super::clocks::Clocks;
use super::labels;
use super::people::People;
use super::sheets::OpenSheet;
use super::steps::{Foot, Steps};
use super::timeline::Timeline;
use crate::i18n::{t, t_string, use_i18n};
use crate::meeting::Meeting;
use crate::router::A;
use crate::routes;
use crate::screens::today::{SeverityTag, place_and_name};
use crate::shell::Bar;
use crate::state::{App, OpenCase};
use crate::ui::{Banner, Empty, Icon, IconSize, IconView, Tone};
use crate::words;

/// The sheet that is open.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Asked {
    /// One act is recorded.
    Act {
        /// Kind of the act.
        kind: String,
        /// The transfer it concerns.
        about: Option<EntryHash>,
        /// The clock it concerns.
        clock: Option<String>,
    },
    /// A step that cannot be taken is explained.
    Blocked {
        /// Kind of the act.
        kind: String,
        /// The clause that blocks it.
        clause: Clause,
        /// What is missing.
        missing: String,
    },
    /// A clock is explained.
    Clock {
        /// Which.
        clock: String,
        /// Its round.
        round: u32,
        /// Its transfer.
        about: Option<EntryHash>,
    },
    /// An act is put right.
    Correct(EntryHash),
    /// A person lets an act count that was set aside.
    Admit(EntryHash),
    /// A person decides between two acts.
    Decide(EntryHash, EntryHash),
}

/// What the parts of the page share; a handle, cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Page {
    /// What all screens share.
    pub(super) app: App,
    /// The case of the address.
    pub(super) id: StoredValue<CaseId>,
    /// The case; `None` while it is read and where this tablet does not hold it.
    pub(super) case: RwSignal<Option<Arc<OpenCase>>>,
    /// The case was looked for.
    pub(super) read: RwSignal<bool>,
    /// The sheet that is open.
    pub(super) asked: RwSignal<Option<Asked>>,
}

impl Page {
    /// What the acting person may record.
    pub(super) fn steps(self) -> Vec<Step> {
        let now = self.app.now.get();
        let actor = self.app.actor();
        self.case.with(|case| {
            case.as_ref()
                .zip(actor)
                .map(|(open, actor)| steps(&open.case, &actor, now))
                .unwrap_or_default()
        })
    }

    /// Whether the case that is shown has the entry.
    fn holds(self, entry: &EntryHash) -> bool {
        self.case.with(|open| {
            let open = open.as_ref();
            open.is_some_and(|open| super::timeline::find(open.case.timeline(), entry).is_some())
        })
    }

    /// Says that an act was recorded and closes its sheet. Who left the page meanwhile is told too;
    /// answers whether it is still there.
    pub(super) fn saved(self, said: String, entry: Option<&EntryHash>) -> bool {
        let Some(id) = self.id.try_get_value() else {
            self.app.say(said);
            return false;
        };
        self.app.say_saved(said, &id, entry);
        self.asked.set(None);
        true
    }

    /// Opens the sheet of an act, or the explanation where a clause blocks it.
    pub(super) fn ask(self, kind: &str, about: Option<EntryHash>, clock: Option<String>) {
        let steps = untrack(|| self.steps());
        let step = steps
            .iter()
            .find(|step| step.act == kind && (about.is_none() || step.about == about));
        let asked = match step.map(|step| (&step.standing, &step.about)) {
            Some((Standing::Blocked { clause, missing }, _)) => Asked::Blocked {
                kind: kind.to_owned(),
                clause: *clause,
                missing: missing.clone(),
            },
            found => Asked::Act {
                kind: kind.to_owned(),
                about: about.or_else(|| found.and_then(|(_, about)| about.clone())),
                clock,
            },
        };
        self.asked.set(Some(asked));
    }
}

/// Reads the case, and again whenever it has changed.
fn follow(page: Page) {
    let app = page.app;
    let version = Memo::new(move |_| {
        let summary = page.id.with_value(|id| app.summary(id));
        let summary = summary.map_or(0, |s| Arc::as_ptr(&s).addr());
        (summary, app.meeting.with(Meeting::waiting))
    });
    Effect::new(move |_| {
        version.track();
        let wanted = page.id.get_value();
        leptos::task::spawn_local(async move {
            // What cannot be read is not shown; the storage's own trouble is told at the next save.
            let open = app.open_case(&wanted).await.ok().flatten();
            // The person may have left the page meanwhile.
            drop(page.case.try_set(open.map(Arc::new)));
            page.read.try_set(true);
        });
    });
}

/// The sheet that the address asks for, once the case is there.
fn follow_the_address(page: Page) {
    let app = page.app;
    let asked_by = Memo::new(move |_| {
        // While the place changes, the address asks for a sheet of another case.
        let mine = page.id.with_value(routes::case);
        let ready = app.address.with(|a| a.path == mine) && page.case.with(Option::is_some);
        let asked = |name: &str| app.address.with(|a| a.value(name));
        // What was recorded just now is in the case a moment later.
        let entry = asked("correct").map(|entry| EntryHash::from(entry.as_str()));
        let entry = entry.filter(|entry| page.holds(entry));
        ready.then(|| (asked("act"), asked("clock"), entry))
    });
    Effect::new(move |_| {
        match asked_by.get() {
            Some((Some(act), clock, _)) => page.ask(&act, None, clock),
            Some((None, _, Some(entry))) => page.asked.set(Some(Asked::Correct(entry))),
            _ => return,
        }
        // Closing the sheet and coming back does not open it again.
        app.go_instead(&page.id.with_value(routes::case));
    });
}

/// One case.
#[component]
pub(crate) fn CasePage() -> impl IntoView {
    let app = App::here();
    let page = Page {
        app,
        id: StoredValue::new(app.case_here()),
        case: RwSignal::new(None),
        read: RwSignal::new(false),
        asked: RwSignal::new(None),
    };
    follow(page);
    follow_the_address(page);
    let held = Memo::new(move |_| page.case.with(Option::is_some));
    move || {
        if held.get() {
            view! { <Held page /> }
        } else if page.read.get() {
            view! { <NotHere /> }
        } else {
            view! { <main class="page" id="main" aria-busy="true"></main> }
        }
    }
}

/// An address that names no case of this tablet.
#[component]
fn NotHere() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Bar
            title=t_string!(i18n, case.not_here)
            back=routes::CASES
        />
        <main class="page" id="main" data-testid="not-here">
            <Empty
                icon=Icon::Lock
                title=t_string!(i18n, case.not_here)
                text=t_string!(i18n, case.not_here_text)
            >
                <A href=routes::CASES attr:class="btn">
                    {t!(i18n, case.to_list)}
                </A>
            </Empty>
        </main>
    }
}

#[component]
fn Held(page: Page) -> impl IntoView {
    let i18n = use_i18n();
    let app = page.app;
    let title = Signal::derive(move || {
        page.case
            .with(|open| open.as_ref().map(|open| open.case.matter()))
            .filter(|matter| !matter.is_empty())
            .unwrap_or_else(|| t_string!(i18n, case.no_matter).to_owned())
    });
    let sub = Signal::derive(move || {
        let summary = page.id.with_value(|id| app.summary(id));
        summary.map_or_else(String::new, |summary| {
            format!(
                "{} · {}",
                summary.number,
                place_and_name(i18n, app, &summary)
            )
        })
    });
    view! {
        <Bar title sub back=routes::CASES />
        <main class="page case-file" id="main" data-testid="case">
            <Head page />
            <Contested page />
            <div class="two">
                <div class="col gap-16">
                    <Clocks page />
                    <Timeline page />
                </div>
                <aside class="col gap-16">
                    <Steps page />
                    <People page />
                    <Others page />
                </aside>
            </div>
        </main>
        <Foot page />
        <OpenSheet page />
    }
}

#[component]
fn Head(page: Page) -> impl IntoView {
    let i18n = use_i18n();
    let app = page.app;
    let severity = Memo::new(move |_| {
        let now = app.now.get();
        page.case
            .with(|open| open.as_ref().map(|open| open.case.severity(now)))
    });
    let applies = move || severity.get().is_some_and(|view| view.severity.is_some());
    let major = Signal::derive(move || severity.get().is_some_and(|view| view.is_major()));
    let phase = move || {
        page.case.with(|open| {
            open.as_ref()
                .map(|open| words::phase_words(i18n, open.case.phase()))
        })
    };
    let detail = move |ask| {
        page.case.with(|open| {
            let details = open.as_ref().map(|open| open.case.details.clone())?;
            let zone = app.zone();
            let act = domain::act::Act::Detailed(details);
            let code = super::answers::answers(&act, &zone).remove(&ask)?;
            Some(labels::answer(i18n, app, ask, &code))
        })
    };
    let tag = |words: Option<String>| words.map(|words| view! { <span class="tag">{words}</span> });
    use super::answers::Ask;
    view! {
        <section class="card pad">
            <div class="row gap-8">
                <div class="row wrap gap-8 grow">
                    <span class="tag state" data-testid="phase">{phase}</span>
                    {move || applies().then(|| view! { <SeverityTag major /> })}
                    // An area says its class.
                    {move || tag(detail(Ask::Area).or_else(|| detail(Ask::Class)))}
                    {move || tag(detail(Ask::Validity))}
                </div>
                {to_form(i18n, page, "btn hide-ph")}
                <More page />
            </div>
            <p class="case-story pre">
                {move || detail(Ask::Content)}
                {move || {
                    detail(Ask::Demands)
                        .map(|demands| {
                            let words = t_string!(i18n, case.demands, words = demands);
                            view! { <span class="muted">" " {words}</span> }
                        })
                }}
            </p>
            <Upgrade page />
            <Gaps page />
        </section>
    }
}

/// The way to the disposition form.
fn to_form(i18n: words::I18n, page: Page, class: &'static str) -> impl IntoView {
    view! {
        <A href=move || page.id.with_value(routes::form) attr:class=class>
            <IconView icon=Icon::Print size=IconSize::Small />
            {t!(i18n, case.form)}
        </A>
    }
}

/// What is seldom wanted, behind one button: the browser's own popover, so that keys and a press
/// beside it close it.
#[component]
fn More(page: Page) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <button
            type="button"
            class="btn icon"
            popovertarget="case-more"
            data-testid="case-more"
            aria-label=move || t_string!(i18n, common.more)
        >
            <IconView icon=Icon::More />
        </button>
        <div class="menu" id="case-more" popover="auto">
            {to_form(i18n, page, "btn ghost only-ph")}
            <button
                type="button"
                class="btn ghost"
                popovertarget="case-more"
                popovertargetaction="hide"
                data-testid="export-entries"
                on:click=move |_| export(i18n, page)
            >
                <IconView icon=Icon::Download size=IconSize::Small />
                {t!(i18n, case.export)}
            </button>
        </div>
    }
}

/// Offers the case's entry file, to be checked elsewhere.
fn export(i18n: words::I18n, page: Page) {
    let id = page.id.get_value();
    let number = page
        .case
        .with_untracked(|open| open.as_ref().map(|open| open.case.number.clone()));
    leptos::task::spawn_local(async move {
        let name = format!("{}.entries", number.unwrap_or_default());
        let offered = match page.app.entry_file(&id).await {
            Ok(Some(text)) => {
                let parts = js_sys::Array::of1(&text.into());
                crate::platform::offer_file(&name, &parts).is_ok()
            }
            Ok(None) | Err(_) => false,
        };
        if !offered {
            page.app.say(t_string!(i18n, case.export_failed));
        }
    });
}

/// P-4.1.1 ③ how the case came to be major, or that it is proposed.
#[component]
fn Upgrade(page: Page) -> impl IntoView {
    let i18n = use_i18n();
    let app = page.app;
    move || {
        let (zone, now) = (app.zone(), app.now.get());
        let view = page
            .case
            .with(|open| open.as_ref().map(|open| open.case.severity(now)))?;
        let time = |at| words::when(i18n, &zone, at, now);
        let what = match (view.since, view.proposed) {
            (Some(since), _) if view.by_the_clock() => {
                t_string!(i18n, case.major_by_clock, time = time(since))
            }
            (Some(since), _) => t_string!(i18n, case.major_judged, time = time(since)),
            (None, Some(since)) => t_string!(i18n, case.major_proposed, time = time(since)),
            (None, None) => return None,
        };
        Some(view! {
            <div class="mt-10">
                <Banner tone=Tone::Warn icon=Icon::Flag what />
            </div>
        })
    }
}

/// 待補: what is asked for and missing.
#[component]
fn Gaps(page: Page) -> impl IntoView {
    let i18n = use_i18n();
    let gaps = Memo::new(move |_| {
        let gaps = page
            .case
            .with(|open| open.as_ref().map(|open| open.case.gaps()))
            .unwrap_or_default();
        let mut words: Vec<&str> = gaps.iter().map(|gap| labels::gap(i18n, &gap.key)).collect();
        words.dedup();
        words.join("、")
    });
    let to_supply = move || {
        let steps = page.steps();
        steps.iter().any(|step| step.act == "detailed")
    };
    move || {
        let words = gaps.get();
        (!words.is_empty()).then(|| {
            view! {
                <div class="row wrap gap-8 mt-10" data-testid="gaps">
                    <span class="tag warn">{t!(i18n, case.gaps)}</span>
                    <span class="sm muted grow">{words}</span>
                    {to_supply()
                        .then(|| {
                            view! {
                                <button
                                    type="button"
                                    class="btn"
                                    data-testid="supply"
                                    on:click=move |_| page.ask("detailed", None, None)
                                >
                                    {t!(i18n, case.supply)}
                                </button>
                            }
                        })}
                </div>
            }
        })
    }
}

/// Acts that contradict each other: both stay until a person decides.
#[component]
fn Contested(page: Page) -> impl IntoView {
    let i18n = use_i18n();
    let pairs = Memo::new(move |_| {
        page.case
            .with(|open| {
                open.as_ref()
                    .map(|open| open.case.contradictions().to_vec())
            })
            .unwrap_or_default()
    });
    let may_decide = move || page.steps().iter().any(|step| step.act == "decided");
    move || {
        let decide = may_decide();
        let banners = pairs.get().into_iter().map(|pair| {
            let side = |hash: &EntryHash| super::timeline::told_apart(i18n, page, hash);
            let what = t_string!(
                i18n,
                case.contested,
                left = side(&pair.left),
                right = side(&pair.right)
            );
            let (left, right) = (pair.left, pair.right);
            view! {
                <Banner
                    tone=Tone::Wait
                    icon=Icon::Swap
                    what
                    kept=Signal::derive(move || {
                        if decide {
                            t_string!(i18n, case.contested_kept).to_owned()
                        } else {
                            t_string!(i18n, case.contested_whose).to_owned()
                        }
                    })
                >
                    {decide
                        .then(|| {
                            let open = move |_| {
                                let sides = Asked::Decide(left.clone(), right.clone());
                                page.asked.set(Some(sides));
                            };
                            view! {
                                <button
                                    type="button"
                                    class="btn pri"
                                    data-testid="decide"
                                    on:click=open
                                >
                                    {t!(i18n, case.decide)}
                                </button>
                            }
                        })}
                </Banner>
            }
        });
        banners.collect::<Vec<_>>()
    }
}

/// Most other cases of the unit that are listed.
const OTHERS_MAX: usize = 6;

#[component]
fn Others(page: Page) -> impl IntoView {
    let i18n = use_i18n();
    let app = page.app;
    let others = Memo::new(move |_| {
        let id = page.id.get_value();
        app.cases.with(|cases| {
            let unit = cases.get(&id).and_then(|summary| summary.unit.clone());
            let same = cases
                .iter()
                .filter(|(other, summary)| **other != id && unit.is_some() && summary.unit == unit);
            let mut same: Vec<_> = same.map(|(id, s)| (id.clone(), Arc::clone(s))).collect();
            sorted::sort_by_key(&mut same, |(_, summary)| {
                std::cmp::Reverse(summary.accepted)
            });
            same.truncate(OTHERS_MAX);
            same
        })
    });
    let links = move || {
        let (zone, now) = (app.zone(), app.now.get());
        let links = others.get().into_iter().map(|(id, summary)| {
            let accepted = words::when(i18n, &zone, summary.accepted, now);
            let below = t_string!(
                i18n,
                case.other_line,
                time = accepted,
                phase = words::phase_words(i18n, summary.phase())
            );
            view! {
                <A href=routes::case(&id) attr:class="row between sm other-case">
                    <span>
                        <b class="num">{words::short_number(&summary.number).to_owned()}</b>
                        " "
                        {summary.matter.clone()}
                        <br />
                        <span class="muted">{below}</span>
                    </span>
                    <IconView icon=Icon::Next size=IconSize::Small />
                </A>
            }
        });
        links.collect::<Vec<_>>()
    };
    move || {
        (!others.with(Vec::is_empty)).then(|| {
            view! {
                <section class="card pad col">
                    <h3>{t!(i18n, case.others)}</h3>
                    {links}
                </section>
            }
        })
    }
}
