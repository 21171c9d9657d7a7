//! 受理: a complaint is taken on.
//!
//! * `draft` what is typed, and the acts it makes · `form` keeps and records it
//! * `place`, `content`, `severity`, `handling` the four sections · `units`, `lookup` the unit
//! * `parts`, `received` what they share

mod content;
mod draft;
mod form;
mod handling;
mod lookup;
mod parts;
mod place;
mod received;
mod severity;
mod units;

use view::prelude::*;
use view::{IntoView, View, component, view};

use self::draft::{Draft, Section, Text};
use self::form::{Ended, Form, Wanted, draft_key, plain_text};
use crate::i18n::{t, t_string, use_i18n};
use crate::routes;
use crate::screens::not_saved::{DraftUnread, NotSaved};
use crate::shell::Bar;
use crate::state::{App, SaveFault};
use crate::ui::{Icon, IconSize, IconView};
use crate::words::{self, I18n};

/// Whether a form is taken up, or it is asked first.
#[derive(Clone, PartialEq)]
enum Stage {
    /// The draft is being read.
    Reading,
    /// It could not be read.
    Unread(SaveFault),
    /// There is a draft: 接著上次的受理？
    Asking(Form),
    /// The form.
    Writing(Form),
}

impl PartialEq for Form {
    fn eq(&self, other: &Self) -> bool {
        self.draft == other.draft
    }
}

/// The form of intake.
#[component]
pub(crate) fn IntakePage() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let owner = StoredValue::new(Owner::current());
    let stage = RwSignal::new(Stage::Reading);
    let begin = move |kept: Option<Draft>| {
        let Some(staff) = app.person.get_untracked() else {
            return;
        };
        let begun = move || {
            let asking = kept.is_some();
            let form = Form::new(app, staff, kept.unwrap_or_default());
            stage.try_set(if asking {
                Stage::Asking(form)
            } else {
                Stage::Writing(form)
            });
        };
        match owner.try_get_value().flatten() {
            Some(owner) => owner.with(begun),
            None => begun(),
        }
    };
    let read = move || {
        leptos::task::spawn_local(async move {
            let Some(staff) = app.person.get_untracked() else {
                return;
            };
            match app.draft::<Draft>(&draft_key(&staff)).await {
                Ok(kept) => begin(kept),
                Err(fault) => drop(stage.try_set(Stage::Unread(fault))),
            }
        });
    };
    read();
    let form = Memo::new(move |_| match stage.get() {
        Stage::Reading | Stage::Unread(_) => None,
        Stage::Asking(form) | Stage::Writing(form) => Some(form),
    });
    when_ended(app, i18n, form);
    keep_when_hidden(form);
    view! {
        <Bar
            title=t_string!(i18n, intake.title)
            sub=Signal::derive(move || form.get().and_then(|form| sub(form, i18n)))
            back=routes::TODAY.to_owned()
        />
        {move || match stage.get() {
            Stage::Reading => {
                view! { <main class="page" id="main" aria-busy="true"></main> }
            }
            Stage::Unread(fault) => view! {
                <main class="page" id="main">
                    <DraftUnread
                        fault
                        retry=move |()| read()
                        anew=move |()| begin(None)
                    />
                </main>
            },
            Stage::Asking(form) => gate(form, i18n, stage),
            Stage::Writing(form) => writing(form, i18n),
        }}
    }
}

/// B3-0420 · 接到 今日 10:38 · 接單員 林曉雯
fn sub(form: Form, i18n: I18n) -> Option<String> {
    let (number, received) = form.draft.with(|d| (d.number.clone(), d.received()));
    let (zone, now) = (form.app.zone(), form.app.now.get());
    let time = words::when(i18n, &zone, received?, now);
    let name = form.app.acting().map(|staff| staff.name);
    let number = number.unwrap_or_default();
    Some(t_string!(
        i18n,
        intake.sub,
        number = words::short_number(&number).to_owned(),
        time = time,
        name = name.unwrap_or_default()
    ))
}

/// Leads on once the form is recorded or given up.
fn when_ended(app: App, i18n: I18n, form: Memo<Option<Form>>) {
    Effect::new(move |_| {
        let Some(ended) = form.get().and_then(|form| form.ended.get()) else {
            return;
        };
        let (words, path) = match ended {
            Ended::Accepted(case, number) => {
                let number = words::short_number(&number).to_owned();
                let words = t_string!(i18n, intake.saved, number = number);
                (words, routes::case(&case))
            }
            Ended::Discarded(Some(number)) => {
                let number = words::short_number(&number).to_owned();
                let words = t_string!(i18n, intake.discarded, number = number);
                (words, routes::TODAY.to_owned())
            }
            Ended::Discarded(None) => {
                let words = t_string!(i18n, intake.discarded_empty).to_owned();
                (words, routes::TODAY.to_owned())
            }
        };
        app.say(words);
        app.go_instead(&path);
    });
}

/// Keeps the draft when the page goes out of sight or is left.
fn keep_when_hidden(form: Memo<Option<Form>>) {
    let keep = move || {
        if let Some(form) = form.try_get_untracked().flatten() {
            form.keep();
        }
    };
    let page = window_event_listener_untyped("pagehide", move |_| keep());
    let seen = window_event_listener_untyped("visibilitychange", move |_| keep());
    on_cleanup(move || {
        keep();
        page.remove();
        seen.remove();
    });
}

/// 接著上次的受理？
fn gate(form: Form, i18n: I18n, stage: RwSignal<Stage>) -> View {
    let discarding = RwSignal::new(false);
    let said = move || {
        let place = place::where_words(form, i18n);
        let content = form.draft.with(|d| d.text(Text::Content).trim().to_owned());
        let place = place.unwrap_or_else(|| t_string!(i18n, intake.no_place).to_owned());
        if content.is_empty() {
            place
        } else {
            format!("{place} · {content}")
        }
    };
    view! {
        <main class="page" id="main">
            {fault_banner(form)}
            <section class="card pad col gap-16 resume">
                <h2>{t!(i18n, intake.resume_title)}</h2>
                <p class="read pre">{said}</p>
                <p class="muted">{t!(i18n, intake.resume_text)}</p>
                <div class="row wrap">
                    <button
                        type="button"
                        class="btn pri big"
                        data-testid="resume"
                        on:click=move |_| stage.set(Stage::Writing(form))
                    >
                        {t!(i18n, intake.resume_do)}
                    </button>
                    <button
                        type="button"
                        class="btn"
                        data-testid="accept-now"
                        disabled=move || form.busy.get()
                        on:click=move |_| form.want(Wanted::Accept)
                    >
                        {t!(i18n, intake.accept_now)}
                    </button>
                    <button
                        type="button"
                        class="btn danger"
                        data-testid="discard"
                        on:click=move |_| discarding.set(true)
                    >
                        {t!(i18n, intake.discard)}
                    </button>
                </div>
            </section>
            {parts::discard_sheet(form, i18n, discarding)}
        </main>
    }
}

fn writing(form: Form, i18n: I18n) -> View {
    let section = Memo::new(move |_| form.draft.with(|d| d.section));
    Effect::new(move |before: Option<Section>| {
        let section = section.get();
        if before.is_some_and(|before| before != section) {
            request_animation_frame(move || show_top(section));
        }
        section
    });
    let asking = RwSignal::new(false);
    view! {
        <main
            class="page intake"
            id="main"
            on:compositionend=move |_| leptos::task::spawn_local(async move { form.keep() })
        >
            {sections_bar(form, i18n, section)}
            {fault_banner(form)}
            {move || match section.get() {
                Section::Place => place::section(form, i18n),
                Section::Content => content::section(form, i18n),
                Section::Severity => severity::section(form, i18n),
                Section::Handling => handling::section(form, i18n),
            }}
        </main>
        {foot(form, i18n, section, asking)}
        {parts::blank_sheet(form, i18n, asking)}
    }
}

/// A section begins at its heading, at the top of the page.
fn show_top(section: Section) {
    window().scroll_to_with_x_and_y(0.0, 0.0);
    crate::platform::focus(&parts::heading_id(section), true);
}

fn section_words(i18n: I18n, section: Section) -> &'static str {
    match section {
        Section::Place => t_string!(i18n, intake.section_place),
        Section::Content => t_string!(i18n, intake.section_content),
        Section::Severity => t_string!(i18n, intake.section_severity),
        Section::Handling => t_string!(i18n, intake.section_handling),
    }
}

/// Done, here, to do; any section can be shown at any time.
fn sections_bar(form: Form, i18n: I18n, here: Memo<Section>) -> View {
    let has_severity = severity::has_severity(form);
    let one = move |section: Section| {
        let current = move || here.get() == section;
        let done =
            Memo::new(move |_| form.draft.with(|d| d.missing(section, has_severity.get())) == 0);
        view! {
            <button
                type="button"
                class:cur=current
                class:done=move || done.get() && !current()
                aria-current=move || current().then_some("step")
                data-testid=format!("section-{}", section.number())
                on:click=move |_| form.show(section)
            >
                {move || {
                    if done.get() && !current() {
                        view! {
                            <IconView icon=Icon::Check size=IconSize::Small />
                            <span class="vh">{t!(i18n, intake.done)}</span>
                        }
                    } else {
                        format!("{} ", section.number()).into_view()
                    }
                }}
                <span>{section_words(i18n, section)}</span>
            </button>
        }
    };
    view! {
        <nav class="toc" aria-label=t_string!(i18n, intake.sections)>
            {Section::ALL.map(one)}
        </nav>
    }
}

fn fault_banner(form: Form) -> View {
    let text = Callback::new(move |()| form.draft.with_untracked(plain_text));
    let retry = Callback::new(move |()| form.keep());
    let banner = move || {
        let fault = form.fault.get()?;
        Some(view! { <NotSaved fault retry text=text /> })
    };
    banner.into_view()
}

/// Where one stands, the ways on, and 先受理 at any time.
fn foot(form: Form, i18n: I18n, section: Memo<Section>, asking: RwSignal<bool>) -> View {
    let has_severity = severity::has_severity(form);
    let stand = move || {
        let section = section.get();
        let missing = form.draft.with(|d| d.missing(section, has_severity.get()));
        let mut words = t_string!(i18n, intake.stand, n = section.number());
        if missing > 0 {
            words.push_str(&t_string!(i18n, intake.stand_missing, n = missing));
        }
        if let Some(kept) = parts::kept_words(form, i18n) {
            words.push_str(" · ");
            words.push_str(&kept);
        }
        words
    };
    let left = move || {
        if section.get() == Section::Place && place::where_words(form, i18n).is_some() {
            place::chosen_line(form, i18n)
        } else {
            view! { <span class="muted sm grow hide-ph">{stand}</span> }
        }
    };
    view! {
        <div class="foot">
            {left}
            {move || match section.get().previous() {
                Some(previous) => {
                    view! {
                        <button
                            type="button"
                            class="btn hide-ph"
                            on:click=move |_| form.show(previous)
                        >
                            {t!(i18n, intake.previous)}
                        </button>
                    }
                }
                None => place::other_person_button(form, i18n, "btn hide-ph hide-p"),
            }}
            {move || foot_main(form, i18n, section.get(), asking)}
        </div>
    }
}

fn foot_main(form: Form, i18n: I18n, section: Section, asking: RwSignal<bool>) -> View {
    // A tap on an empty form may be one too many: it is asked once, and never refused.
    let accept = move |_| {
        if form.draft.with_untracked(Draft::has_begun) {
            form.want(Wanted::Accept);
        } else {
            asking.set(true);
        }
    };
    match section.next() {
        Some(next) => view! {
            <button
                type="button"
                class="btn"
                data-testid="accept-now"
                disabled=move || form.busy.get()
                on:click=accept
            >
                {t!(i18n, intake.accept_short)}
                <span class="hide-ph">{t!(i18n, intake.accept_rest)}</span>
            </button>
            <button
                type="button"
                class="btn pri big"
                data-testid="next"
                on:click=move |_| form.show(next)
            >
                {t_string!(i18n, intake.next, section = section_words(i18n, next))}
                <IconView icon=Icon::Next size=IconSize::Small />
            </button>
        },
        None => view! {
            <button
                type="button"
                class="btn pri big"
                data-testid="save"
                disabled=move || form.busy.get()
                on:click=accept
            >
                <IconView icon=Icon::Check size=IconSize::Small />
                {move || save_words(form, i18n)}
            </button>
        },
    }
}

/// The button says what will be recorded.
fn save_words(form: Form, i18n: I18n) -> String {
    let (on_spot, department) = form.draft.with(|d| (d.on_spot, d.department.clone()));
    match (on_spot, department) {
        (Some(true), _) => t_string!(i18n, intake.save_solved).to_owned(),
        (Some(false), Some(id)) => {
            let name = form.app.directory.with(|d| d.department(&id));
            t_string!(i18n, intake.save_passed, name = name)
        }
        _ => t_string!(i18n, intake.save).to_owned(),
    }
}
