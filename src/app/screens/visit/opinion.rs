//! What the resident says: the three opinions, the words as said, whether the resident agrees.

use domain::act::{Agreement, Satisfaction};
use domain::clock::reading;
use domain::limits;
use domain::step::Standing;
use view::prelude::*;
use view::{IntoView, View, component, view};

use super::draft::{Aspect, SATISFACTIONS};
use super::form::{Fault, Form, Words, page};
use super::next::{Foot, Next, Nobody};
use super::when::When;
use super::{round, statement};
use crate::i18n::{t, t_string, use_i18n};
use crate::router::A;
use crate::routes;
use crate::shell::Bar;
use crate::ui::{Banner, ClockBadge, Icon, IconSize, IconView, Seg, SegLook, SegOption, Tone};
use crate::words::{self, I18n};

/// The three opinions, at the door or by telephone.
#[component]
pub(crate) fn OpinionPage() -> impl IntoView {
    page(|form| view! { <Opinion form /> })
}

/// Whether the form says that the resident is called.
fn called(form: Form) -> Memo<bool> {
    Memo::new(move |_| form.draft.with(|draft| draft.by_telephone))
}

#[component]
fn Opinion(form: Form) -> impl IntoView {
    let i18n = use_i18n();
    let called = called(form);
    let nobody = RwSignal::new(false);
    let title = Signal::derive(move || {
        let whom = form.whom(i18n);
        if called.get() {
            t_string!(i18n, visit.title_call, whom = whom)
        } else {
            t_string!(i18n, visit.title_door, whom = whom)
        }
    });
    let sub = MaybeProp::derive(move || Some(subtitle(i18n, form)));
    view! {
        <Bar title sub back=routes::VISITS.to_owned() />
        <main class="page" id="main">
            <Fault form />
            <Notes form />
            <div class="two opinion">
                <div class="col gap-14">
                    <Views form />
                    <Said form />
                    <Agreed form />
                    <Further form called />
                </div>
                <aside class="col">
                    <Summary form called />
                    <Next form called nobody />
                </aside>
            </div>
        </main>
        <Foot form called nobody />
        <Nobody form called open=nobody />
    }
}

fn subtitle(i18n: I18n, form: Form) -> String {
    let visitor = form.app.acting().map(|staff| staff.name);
    let mut words = t_string!(
        i18n,
        visit.sub,
        number = form.number(),
        visitor = visitor.unwrap_or_default()
    );
    let at = form
        .draft
        .with(|draft| draft.at_door.filter(|_| !draft.by_telephone));
    if let Some(at) = at {
        let time = words::time_of_day(&form.app.zone(), at);
        words.push_str(&t_string!(i18n, visit.sub_at_door, time = time));
    }
    words
}

/// What should be known before: the resident's objection, a revisit that is early or made, a
/// clause that keeps this person from it.
#[component]
fn Notes(form: Form) -> impl IntoView {
    let i18n = use_i18n();
    let wrong = Memo::new(move |_| form.draft.with(|draft| draft.wrong));
    let standing = Memo::new(move |_| form.standing());
    let done = form.open.with_value(|open| open.case.revisit().is_some());
    view! {
        {move || {
            wrong
                .get()
                .then(|| {
                    view! {
                        <Banner
                            tone=Tone::Warn
                            icon=Icon::Chat
                            what=t_string!(i18n, visit.wrong)
                            kept=t_string!(i18n, visit.wrong_kept)
                        />
                    }
                })
        }}
        {done
            .then(|| {
                view! {
                    <Banner
                        tone=Tone::Ok
                        icon=Icon::ClockMet
                        what=t_string!(i18n, visit.already)
                        kept=t_string!(i18n, visit.already_kept)
                    />
                }
            })}
        {move || match standing.get() {
            Some(Standing::Early { .. }) => {
                view! {
                    <Banner
                        tone=Tone::Wait
                        icon=Icon::ClockWait
                        what=t_string!(i18n, visit.early)
                        kept=t_string!(i18n, visit.early_kept)
                    />
                }
            }
            Some(Standing::Blocked { clause, .. }) => {
                let clause = words::joined(clause.article());
                view! {
                    <Banner
                        tone=Tone::Bad
                        icon=Icon::Lock
                        what=t_string!(i18n, visit.blocked)
                        kept=t_string!(i18n, visit.blocked_kept, clause = clause)
                    />
                }
            }
            _ => View::default(),
        }}
    }
}

/// P-6.1 the three opinions; nothing is answered beforehand, and there is no short cut.
#[component]
fn Views(form: Form) -> impl IntoView {
    let i18n = use_i18n();
    let with_words = RwSignal::new(form.draft.with_untracked(|draft| draft.has_view_words()));
    view! {
        <section class="card pad">
            <div class="row between">
                <h2 class="h3">{t!(i18n, visit.views)}</h2>
                <span class="clause">"P-6.1"</span>
            </div>
            {Aspect::ALL.map(|aspect| view! { <OneView form aspect /> })}
            {move || {
                if with_words.get() {
                    view! { <ViewWords form /> }
                } else {
                    view! {
                        <button
                            type="button"
                            class="btn ghost flush"
                            data-testid="view-words"
                            on:click=move |_| with_words.set(true)
                        >
                            <IconView icon=Icon::Plus size=IconSize::Small />
                            {t!(i18n, visit.view_words)}
                        </button>
                    }
                }
            }}
        </section>
    }
}

const fn aspect_id(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::Intake => "view-intake",
        Aspect::Measures => "view-measures",
        Aspect::Result => "view-result",
    }
}

#[component]
fn OneView(form: Form, aspect: Aspect) -> impl IntoView {
    let i18n = use_i18n();
    let hint = match aspect {
        Aspect::Intake => t_string!(i18n, visit.hint_intake),
        Aspect::Measures => t_string!(i18n, visit.hint_measures),
        Aspect::Result => t_string!(i18n, visit.hint_result),
    };
    let options = Signal::derive(move || {
        let words = |answer| statement::satisfaction_words(i18n, answer);
        SATISFACTIONS
            .map(|answer| SegOption::new(answer, words(answer)))
            .to_vec()
    });
    let chosen = Memo::new(move |_| form.draft.with(|draft| draft.view(aspect).satisfaction));
    let choose = Callback::new(move |answer: Satisfaction| {
        form.set(|draft| draft.view_mut(aspect).satisfaction = Some(answer));
    });
    view! {
        <div class="asp">
            <div>
                <b>{statement::aspect_words(i18n, aspect)}</b>
                <div class="hint">{hint}</div>
            </div>
            <Seg
                id=aspect_id(aspect)
                label=Signal::derive(move || statement::aspect_words(i18n, aspect).to_owned())
                options
                chosen
                on_choose=choose
                look=SegLook::Tall
            />
        </div>
    }
}

#[component]
fn ViewWords(form: Form) -> impl IntoView {
    let i18n = use_i18n();
    let field = move |id: &'static str, aspect: Aspect, of: fn(&mut _) -> &mut String| {
        view! {
            <Words
                form
                id
                label=Signal::derive(move || statement::aspect_words(i18n, aspect).to_owned())
                of
                optional_mark=t_string!(i18n, common.optional)
                max=limits::WORDS_CHARACTERS_MAX
            />
        }
    };
    view! {
        <div class="col mt-10">
            {field("words-intake", Aspect::Intake, |draft| &mut draft.intake.words)}
            {field("words-measures", Aspect::Measures, |draft| &mut draft.measures.words)}
            {field("words-result", Aspect::Result, |draft| &mut draft.result.words)}
        </div>
    }
}

/// P-6.2 as said.
#[component]
fn Said(form: Form) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <section class="card pad">
            <Words
                form
                id="resident-words"
                label=t_string!(i18n, visit.said)
                of=|draft| &mut draft.resident_words
                kind=crate::ui::FieldKind::Area
                hint=t_string!(i18n, visit.said_hint)
                max=limits::WORDS_CHARACTERS_MAX
            />
        </section>
    }
}

#[component]
fn Agreed(form: Form) -> impl IntoView {
    let i18n = use_i18n();
    let options = Signal::derive(move || {
        vec![
            SegOption::new(Agreement::Agreed, t_string!(i18n, act.agreed)),
            SegOption::new(
                Agreement::WithReservation,
                t_string!(i18n, act.with_reservation),
            ),
            SegOption::new(Agreement::NotAgreed, t_string!(i18n, visit.not_agreed)),
        ]
    });
    let chosen = Memo::new(move |_| form.draft.with(|draft| draft.agreement));
    let choose = Callback::new(move |answer| form.set(|draft| draft.agreement = Some(answer)));
    view! {
        <section class="card pad">
            <div class="field">
                <span class="lab">{t!(i18n, visit.agreed)}</span>
                <Seg
                    id="agreement"
                    label=t_string!(i18n, visit.agreed)
                    options
                    chosen
                    on_choose=choose
                />
            </div>
        </section>
    }
}

/// Who signs, or when the call was; why a stand-in visits.
#[component]
fn Further(form: Form, called: Memo<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let owed = Memo::new(move |_| form.is_owed());
    view! {
        {move || {
            (!owed.get())
                .then(|| {
                    view! {
                        <section class="card pad">
                            <Words
                                form
                                id="stand-in"
                                label=t_string!(i18n, visit.stand_in)
                                of=|draft| &mut draft.stand_in_reason
                                hint=t_string!(i18n, visit.stand_in_hint)
                                max=limits::WORDS_CHARACTERS_MAX
                            />
                        </section>
                    }
                })
        }}
        {move || {
            if called.get() {
                view! {
                    <section class="card pad col">
                        <When form />
                    </section>
                }
            } else {
                view! { <Signer form /> }
            }
        }}
    }
}

#[component]
fn Signer(form: Form) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <section class="card pad g2">
            <Words
                form
                id="signer"
                label=t_string!(i18n, visit.signer)
                of=|draft| &mut draft.signer
                max=limits::NAME_CHARACTERS_MAX
            />
            <Words
                form
                id="relation"
                label=t_string!(i18n, visit.relation)
                of=|draft| &mut draft.relation
                often=words::relations(i18n)
                max=limits::SHORT_CHARACTERS_MAX
            />
        </section>
    }
}

/// The case in short, with the revisit's clock.
#[component]
fn Summary(form: Form, called: Memo<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let face = Memo::new(move |_| {
        let (zone, now) = (form.app.zone(), form.app.now.get());
        form.open.with_value(|open| {
            let run = open
                .case
                .runs
                .iter()
                .rfind(|run| run.clock == round::CLOCK)?;
            let reading = reading(run, now)?;
            Some((words::clock_face(i18n, &zone, &reading, now, 0), reading))
        })
    });
    let badge = move || {
        face.get().map(|(face, reading)| {
            let clause = reading.clause.article();
            view! {
                <div class="row between">
                    <ClockBadge face=Signal::derive(move || face.clone()) with_value=true />
                    <span class="clause">{clause}</span>
                </div>
            }
        })
    };
    let times = move || {
        let (zone, now) = (form.app.zone(), form.app.now.get());
        face.get().and_then(|(_, reading)| {
            let (start, due) = reading.start.zip(reading.due)?;
            Some(t_string!(
                i18n,
                visit.resolved_and_due,
                resolved = words::when(i18n, &zone, start.best, now),
                due = words::when(i18n, &zone, due.best, now)
            ))
        })
    };
    let (matter, received) = form
        .open
        .with_value(|open| (open.case.matter(), open.case.received.at));
    let account = move || {
        let (zone, now) = (form.app.zone(), form.app.now.get());
        let done = form
            .open
            .with_value(|open| statement::done_words(i18n, &zone, open));
        t_string!(
            i18n,
            visit.account,
            time = words::when(i18n, &zone, received, now),
            done = done
        )
    };
    view! {
        <section class="card pad summary">
            {badge}
            <p class="sm muted">{times}</p>
            <h3>{matter}</h3>
            <p class="sm">{account}</p>
            <Telephone form called />
            <A href=routes::case(&form.id()) attr:class="btn ghost flush">
                {t!(i18n, visit.whole)}
                <IconView icon=Icon::Next size=IconSize::Small />
            </A>
            <Ways form called />
        </section>
    }
}

#[component]
fn Telephone(form: Form, called: Memo<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let number = form.open.with_value(|open| {
        let complainant = open.case.details.complainant.as_ref();
        complainant.map(|person| person.telephone.clone())
    });
    let number = number.filter(|number| !number.trim().is_empty());
    move || {
        let number = number.clone().filter(|_| called.get());
        number.map(|number| {
            let href: String = number
                .chars()
                .filter(|c| c.is_ascii_digit() || *c == '+')
                .collect();
            view! {
                <a class="btn soft" href=format!("tel:{href}")>
                    <IconView icon=Icon::Phone size=IconSize::Small />
                    <span class="vh">{t!(i18n, visit.call)}</span>
                    {number}
                </a>
            }
        })
    }
}

/// At the door or by telephone.
#[component]
fn Ways(form: Form, called: Memo<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let options = Signal::derive(move || {
        vec![
            SegOption::new(false, t_string!(i18n, act.way_door)).icon(Icon::Door),
            SegOption::new(true, t_string!(i18n, act.way_telephone)).icon(Icon::Phone),
        ]
    });
    view! {
        <Seg
            id="way"
            label=t_string!(i18n, visit.way)
            options
            chosen=Signal::derive(move || Some(called.get()))
            on_choose=Callback::new(move |telephone| {
                form.set(|draft| draft.by_telephone = telephone);
            })
            look=SegLook::Small
        />
    }
}
