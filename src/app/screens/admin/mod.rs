//! 管理: people, tablets, what was set aside, and what was administered. Only with a network: what
//! is shown is the endpoint's answer to the last question.
//!
//! * [`people`] adding, changing, codes, leaving; [`person`] the form of one
//! * [`tablets`] how each stands, revoking and wiping
//! * [`lists`] what was set aside and what was administered
//! * [`code`] a code just made, as text and as a QR code

mod code;
mod lists;
mod people;
mod person;
mod tablets;

use domain::time::Instant;
use sync::wire::PROTO;
use sync::wire::admin::{ADMIN_PATH, AdminReply, AdminRequest, Ask, MadeCode};
use view::prelude::*;
use view::{IntoView, View, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::net::{self, NetFault};
use crate::shell::Bar;
use crate::state::App;
use crate::ui::{Banner, Icon, IconView, Seg, SegOption, Tone};
use crate::words::{self, I18n};

/// What the page shows and asks.
#[derive(Clone, Copy)]
struct Desk {
    app: App,
    seen: RwSignal<Option<AdminReply>>,
    made: RwSignal<Option<MadeCode>>,
    /// What came to nothing, and whether that is sure.
    fault: RwSignal<Option<(String, bool)>>,
    busy: RwSignal<bool>,
}

impl Desk {
    fn new(app: App) -> Self {
        Self {
            app,
            seen: RwSignal::new(None),
            made: RwSignal::new(None),
            fault: RwSignal::new(None),
            busy: RwSignal::new(false),
        }
    }

    /// Asks the endpoint; `then` is called where it was done.
    fn ask(self, i18n: I18n, ask: Ask, then: impl FnOnce() + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.fault.set(None);
        leptos::task::spawn_local(async move {
            let outcome = self.send(ask).await;
            self.busy.try_set(false);
            match outcome {
                Ok(mut seen) => {
                    self.made.try_set(seen.made.take());
                    self.seen.try_set(Some(seen));
                    then();
                }
                Err(fault) => {
                    // Without an answer nobody knows; nor where the asker went by what was asked.
                    let sure = matches!(&fault, NetFault::Refused(b) if b.error != NOT_YOU);
                    let said = Some((fault_words(i18n, &fault), sure));
                    let stayed = self.fault.try_set(said).is_none();
                    let changed = matches!(&fault, NetFault::Refused(b) if b.error == "changed");
                    if stayed
                        && changed
                        && let Ok(seen) = self.send(Ask::View).await
                    {
                        self.seen.try_set(Some(seen));
                    }
                }
            }
        });
    }

    async fn send(self, ask: Ask) -> Result<AdminReply, NetFault> {
        let core = self.app.core().ok_or(NetFault::Offline)?;
        let seen = self.seen.with_untracked(|s| s.as_ref().map(|s| s.position));
        let request = AdminRequest {
            proto: PROTO,
            device: core.tablet.device(),
            seen: seen.unwrap_or(0),
            ask,
        };
        let body = serde_json::to_string(&request).map_err(|_| NetFault::Garbled)?;
        net::post_signed(&core, ADMIN_PATH, body).await
    }

    /// A sheet opens: what came to nothing before is not of it.
    fn begin_sheet(self) {
        self.fault.set(None);
        on_cleanup(move || drop(self.fault.try_set(None)));
    }

    /// A part of what is seen; its default before the first answer.
    fn with<T: Default>(self, part: impl FnOnce(&AdminReply) -> T) -> T {
        self.seen
            .with(|seen| seen.as_ref().map(part).unwrap_or_default())
    }

    /// A time as people say it, by the endpoint's clock.
    fn when(self, i18n: I18n, at_ms: i64) -> String {
        let (zone, now) = (self.app.zone(), self.app.now.get());
        words::when(i18n, &zone, Instant(at_ms), now)
    }
}

/// What is answered to who does not administer.
const NOT_YOU: &str = "no_administrator";

fn fault_words(i18n: I18n, fault: &NetFault) -> String {
    match fault {
        NetFault::Offline | NetFault::Slow => t_string!(i18n, admin.offline).to_owned(),
        NetFault::Refused(body) => match body.error.as_str() {
            "changed" => t_string!(i18n, admin.changed).to_owned(),
            NOT_YOU => t_string!(i18n, admin.not_you).to_owned(),
            "name" => t_string!(i18n, admin.no_name).to_owned(),
            "code_taken" => t_string!(i18n, admin.code_taken).to_owned(),
            "last_administrator" => t_string!(i18n, admin.last_administrator).to_owned(),
            "own_tablet" => t_string!(i18n, admin.own_tablet).to_owned(),
            _ => t_string!(i18n, admin.not_done, why = body.message.clone()),
        },
        other => t_string!(i18n, admin.not_done, why = other.to_string()),
    }
}

/// The four lists.
#[derive(Clone, Copy, Debug, PartialEq)]
enum List {
    People,
    Tablets,
    Aside,
    Log,
}

/// People, tablets, what was set aside, what was administered.
#[component]
pub(crate) fn AdminPage() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let desk = Desk::new(app);
    let list = RwSignal::new(List::People);
    desk.ask(i18n, Ask::View, || ());
    let options = Signal::derive(move || {
        let open = |reply: &AdminReply| reply.aside.iter().filter(|one| !one.admitted).count();
        let aside = match desk.with(open) {
            0 => t_string!(i18n, admin.aside).to_owned(),
            n => t_string!(i18n, admin.aside_n, n = n),
        };
        vec![
            SegOption::new(List::People, t_string!(i18n, admin.people)),
            SegOption::new(List::Tablets, t_string!(i18n, admin.tablets)),
            SegOption::new(List::Aside, aside),
            SegOption::new(List::Log, t_string!(i18n, admin.log)),
        ]
    });
    let loaded = Memo::new(move |_| desk.seen.with(Option::is_some));
    view! {
        <Bar title=t_string!(i18n, admin.title) />
        <main class="page" id="main">
            <Seg
                label=t_string!(i18n, admin.title)
                options
                chosen=Signal::derive(move || Some(list.get()))
                on_choose=move |chosen| {
                    list.set(chosen);
                    // As it is now.
                    desk.ask(i18n, Ask::View, || ());
                }
            />
            <Fault desk />
            {(!app.has_site())
                .then(|| {
                    view! {
                        <Banner
                            tone=Tone::Plain
                            icon=Icon::Tablet
                            what=t_string!(i18n, today.no_site)
                            kept=t_string!(i18n, today.no_site_text)
                        />
                    }
                })}
            {move || {
                loaded
                    .get()
                    .then(|| match list.get() {
                        List::People => view! { <people::People desk /> },
                        List::Tablets => view! { <tablets::Tablets desk /> },
                        List::Aside => view! { <lists::Aside desk /> },
                        List::Log => view! { <lists::Log desk /> },
                    })
            }}
            <code::CodeSheet desk />
        </main>
    }
}

/// A button that asks something of the endpoint; not while it is asked already.
fn ask_button(
    desk: Desk,
    (class, testid): (&'static str, &'static str),
    words: impl Into<String>,
    on_press: impl Fn() + 'static,
) -> View {
    let words: String = words.into();
    view! {
        <button
            type="button"
            class=class
            data-testid=testid
            disabled=move || desk.busy.get()
            on:click=move |_| on_press()
        >
            {words}
        </button>
    }
}

/// As [`ask_button`], for what is not taken back as it was: it is pressed a second time to mean it.
fn ask_twice(
    desk: Desk,
    testid: &'static str,
    (words, sure): (&'static str, &'static str),
    on_press: impl Fn() + 'static,
) -> View {
    let asked = RwSignal::new(false);
    let press = move |_| {
        if asked.get_untracked() {
            on_press();
        } else {
            asked.set(true);
        }
    };
    view! {
        <button
            type="button"
            class=move || if asked.get() { "btn danger wide" } else { "btn wide" }
            data-testid=testid
            disabled=move || desk.busy.get()
            on:click=press
        >
            {move || if asked.get() { sure } else { words }}
        </button>
    }
}

/// What the endpoint answered that is no success, and the way to ask again.
#[component]
fn Fault(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        desk.fault.get().map(|(what, sure)| {
            let kept = if sure {
                t_string!(i18n, admin.nothing_changed)
            } else {
                t_string!(i18n, admin.maybe_changed)
            };
            view! {
                <Banner
                    tone=Tone::Bad
                    icon=Icon::Warn
                    alert=true
                    what
                    kept
                >
                    <button
                        class="btn"
                        disabled=move || desk.busy.get()
                        on:click=move |_| desk.ask(i18n, Ask::View, || ())
                    >
                        <IconView icon=Icon::Sync />
                        {t!(i18n, admin.look_again)}
                    </button>
                </Banner>
            }
        })
    }
}
