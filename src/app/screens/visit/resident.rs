//! The page in the resident's hands: the statement and the pad, and nothing of the staff's. It is
//! what the tablet shows after any crash or cold start until a member of staff takes it back.

use domain::act::{Act, StatementLine};
use domain::id::CaseId;
use view::html;
use view::prelude::*;
use view::{IntoView, View, component, view};

use super::draft::{self, Handed, VisitDraft};
use super::take_back::TakeBack;
use super::unsigned::pad_words;
use super::{hold, statement};
use crate::i18n::{t, t_string, use_i18n};
use crate::platform;
use crate::state::App;
use crate::ui::{Banner, Icon, IconSize, IconView, PadSize, SignaturePad, Strokes, Tone, ink};
use crate::words::I18n;

/// How often a draft that cannot be read is read again.
const READS: u32 = 5;
/// The pause before, milliseconds.
const READ_AGAIN_MS: i32 = 500;

/// What the page says about a drawing that is hardly a signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Doubt {
    #[default]
    None,
    /// 還看不出簽名
    TooLittle,
    /// 這就是您的簽名嗎？
    IsThisIt,
}

/// The tablet in the resident's hands.
#[derive(Clone, Copy)]
pub(super) struct Hands {
    /// The app.
    pub(super) app: App,
    /// The case.
    pub(super) case: StoredValue<CaseId>,
    /// The visit; `None` once it is recorded.
    pub(super) draft: RwSignal<Option<VisitDraft>>,
    key: StoredValue<String>,
    busy: RwSignal<bool>,
    failed: RwSignal<bool>,
    doubt: RwSignal<Doubt>,
    /// On a phone: the page of the pad.
    pad_only: RwSignal<bool>,
}

impl Hands {
    fn handed(self) -> Handed {
        self.draft
            .with(|draft| draft.as_ref().and_then(|draft| draft.handed.clone()))
            .unwrap_or_default()
    }

    fn is_giving_back(self) -> bool {
        self.draft.with(|draft| {
            let handed = draft.as_ref().and_then(|draft| draft.handed.as_ref());
            handed.is_none_or(|handed| handed.giving_back)
        })
    }

    /// Changes the visit and keeps it; not while it is being recorded as it was signed.
    pub(super) fn change(self, change: impl FnOnce(&mut VisitDraft, &mut Handed)) {
        if self.busy.get_untracked() {
            return;
        }
        self.draft.update(|draft| {
            if let Some(draft) = draft {
                let mut handed = draft.handed.take().unwrap_or_default();
                change(draft, &mut handed);
                draft.handed = Some(handed);
            }
        });
        let Some(draft) = self.draft.get_untracked() else {
            return;
        };
        let (case, key) = (self.case.get_value(), self.key.get_value());
        leptos::task::spawn_local(async move {
            // A stroke that could not be kept is kept with the next one.
            drop(self.app.save_draft(Some(&case), &key, &draft).await);
        });
    }

    /// Keeps the visit without what was handed over: nothing of it was signed.
    pub(super) async fn keep_unsigned(self, mut draft: VisitDraft) {
        draft.handed = None;
        let (case, key) = (self.case.get_value(), self.key.get_value());
        // Where it fails the form opens with what was kept last: the same answers.
        drop(self.app.save_draft(Some(&case), &key, &draft).await);
    }

    /// 內容不對: back to the staff, and nothing stays signed.
    fn is_wrong(self) {
        self.change(|draft, handed| {
            draft.wrong = true;
            handed.strokes = domain::act::Strokes::default();
            handed.giving_back = true;
        });
    }

    fn give_back(self) {
        if self.draft.with_untracked(Option::is_some) {
            self.change(|_, handed| handed.giving_back = true);
        }
    }

    /// 簽好了: recorded at once where the drawing can be a signature.
    fn signed(self, lines: &Strokes, size: PadSize) {
        if ink::is_enough(lines, size) {
            self.record();
            return;
        }
        let drawn = lines.iter().any(|line| !line.is_empty());
        let asked = self.doubt.get_untracked() != Doubt::None;
        self.doubt.set(if asked && drawn {
            Doubt::IsThisIt
        } else {
            Doubt::TooLittle
        });
    }

    fn record(self) {
        let Some(draft) = self.draft.get_untracked() else {
            return;
        };
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.failed.set(false);
        let handed = draft.handed.clone().unwrap_or_default();
        let act = Act::Revisited(draft.signed_act(&handed, self.app.instant()));
        let (case, key) = (self.case.get_value(), self.key.get_value());
        leptos::task::spawn_local(async move {
            let outcome = self
                .app
                .record(Some(case), vec![act], draft.after, Some(&key))
                .await;
            self.busy.set(false);
            if outcome.is_ok() {
                self.draft.set(None);
            } else {
                self.failed.set(true);
            }
        });
    }
}

/// The statement and the pad, and nothing else.
#[component]
pub(crate) fn ResidentPage() -> impl IntoView {
    let app = App::here();
    let found = RwSignal::new(None::<(CaseId, String, Option<VisitDraft>)>);
    leptos::task::spawn_local(async move {
        let case = app.resident.get_untracked();
        let staff = app.person.get_untracked();
        if let Some((case, staff)) = case.zip(staff) {
            let key = draft::key(&case, &staff);
            let mut kept = app.draft(&key).await;
            for _ in 0..READS {
                if kept.is_ok() {
                    break;
                }
                platform::pause(READ_AGAIN_MS).await;
                kept = app.draft(&key).await;
            }
            // Where it stays unread the staff takes the tablet back, and is told at the form.
            let kept: Option<VisitDraft> = kept.unwrap_or_default();
            drop(found.try_set(Some((case, key, kept))));
        }
    });
    hold::pin_history();
    hold::keep_awake();
    move || match found.get() {
        None => view! { <main class="res" aria-busy="true"></main> },
        Some((case, key, kept)) => {
            let hands = Hands {
                app,
                case: StoredValue::new(case),
                draft: RwSignal::new(kept),
                key: StoredValue::new(key),
                busy: RwSignal::new(false),
                failed: RwSignal::new(false),
                doubt: RwSignal::new(Doubt::None),
                pad_only: RwSignal::new(false),
            };
            view! { <InHands hands /> }
        }
    }
}

#[component]
fn InHands(hands: Hands) -> impl IntoView {
    crate::idle::when_idle(move || {
        hands.give_back();
        true
    });
    let giving_back = Memo::new(move |_| hands.is_giving_back());
    move || {
        if giving_back.get() {
            view! { <TakeBack hands /> }
        } else {
            view! { <Signing hands /> }
        }
    }
}

/// The drawing as the pad holds it.
#[derive(Clone, Copy)]
struct Drawing {
    strokes: RwSignal<Strokes>,
    size: RwSignal<PadSize>,
}

#[component]
fn Signing(hands: Hands) -> impl IntoView {
    let handed = untrack(|| hands.handed());
    let (lines, size) = draft::to_pad(&handed.strokes);
    let drawing = Drawing {
        strokes: RwSignal::new(lines),
        size: RwSignal::new(size),
    };
    let large = RwSignal::new(false);
    let class = move || {
        let pad = if hands.pad_only.get() { " padonly" } else { "" };
        let large = if large.get() { " large" } else { "" };
        format!("res{pad}{large}")
    };
    let (body, caption) = match handed.statement.split_last() {
        Some((last, body)) => (body.to_vec(), format!("{} {}", last.heading, last.words)),
        None => (Vec::new(), String::new()),
    };
    let address = StoredValue::new(handed.address);
    view! {
        <div class=class>
            <Head hands address large />
            <main class="rmain" id="main">
                <Failed hands />
                <Statement address body />
                <Pad hands drawing caption />
                <Doubtful hands drawing />
            </main>
            <Buttons hands drawing />
        </div>
    }
}

#[component]
fn Head(hands: Hands, address: StoredValue<String>, large: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let station = move || {
        let directory = hands.app.directory.get();
        directory.site.as_ref().map(|site| site.name.clone())
    };
    view! {
        <header>
            {move || {
                if hands.pad_only.get() {
                    view! {
                        <button
                            type="button"
                            class="btn only-ph"
                            on:click=move |_| hands.pad_only.set(false)
                        >
                            <IconView icon=Icon::Back />
                            <span class="vh">{t!(i18n, visit.back_to_statement)}</span>
                        </button>
                        <b class="grow only-ph">
                            {t_string!(i18n, visit.please_sign, whom = address.get_value())}
                        </b>
                    }
                } else {
                    View::default()
                }
            }}
            <span class=move || part(hands, "avatar m")>
                <IconView icon=Icon::Home size=IconSize::Small />
            </span>
            <div class=move || part(hands, "grow")>
                <b>{station}</b>
                " "
                <span class="muted hide-ph">{t!(i18n, visit.resident_title)}</span>
            </div>
            <button
                type="button"
                class=move || part(hands, "btn")
                aria-pressed=move || large.get().to_string()
                on:click=move |_| large.update(|large| *large = !*large)
            >
                {t!(i18n, visit.large)}
            </button>
        </header>
    }
}

/// Not on the phone's page of the pad.
fn part(hands: Hands, class: &str) -> String {
    if hands.pad_only.get() {
        format!("{class} hide-ph")
    } else {
        class.to_owned()
    }
}

#[component]
fn Failed(hands: Hands) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        hands.failed.get().then(|| {
            view! {
                <Banner
                    tone=Tone::Bad
                    icon=Icon::Warn
                    alert=true
                    what=t_string!(i18n, visit.sign_failed)
                    kept=t_string!(i18n, visit.sign_failed_kept)
                />
            }
        })
    }
}

/// The statement, exactly the lines that are signed.
#[component]
fn Statement(address: StoredValue<String>, body: Vec<StatementLine>) -> impl IntoView {
    let i18n = use_i18n();
    let heading = NodeRef::<html::Heading>::new();
    Effect::new(move |_| {
        if let Some(heading) = heading.get() {
            // A heading that cannot take the focus leaves it where it is.
            drop(heading.focus());
        }
    });
    let views = t_string!(i18n, visit.stmt_views);
    let lines = body.into_iter().map(|line| {
        let words = if line.heading == views && line.words.contains(statement::BETWEEN) {
            apart(&line.words).into_view()
        } else {
            view! { <dd>{line.words}</dd> }
        };
        view! {
            <dt>{line.heading}</dt>
            {words}
        }
    });
    view! {
        <section class="stmt">
            <h1 class="lead" tabindex="-1" node_ref=heading>
                {t_string!(i18n, visit.please_check, whom = address.get_value())}
            </h1>
            <dl>{lines.collect::<Vec<_>>()}</dl>
        </section>
    }
}

/// The three opinions of one line, the answers in bold.
fn apart(words: &str) -> impl IntoView + use<> {
    let pieces = words.split(statement::BETWEEN).map(|piece| {
        let (name, answer) = piece.split_once(' ').unwrap_or((piece, ""));
        let (name, answer) = (name.to_owned(), answer.to_owned());
        view! {
            <span>
                {name}
                <b>{answer}</b>
            </span>
        }
    });
    view! { <dd class="ops">{pieces.collect::<Vec<_>>()}</dd> }
}

#[component]
fn Pad(hands: Hands, drawing: Drawing, caption: String) -> impl IntoView {
    let i18n = use_i18n();
    let on_change = Callback::new(move |lines: Strokes| {
        let size = drawing.size.get_untracked();
        if ink::is_enough(&lines, size) {
            hands.doubt.set(Doubt::None);
        } else if hands.doubt.get_untracked() == Doubt::IsThisIt {
            hands.doubt.set(Doubt::TooLittle);
        }
        hands.change(|_, handed| handed.strokes = draft::from_pad(lines, size));
    });
    let title = MaybeProp::derive(move || Some(pad_title(i18n, hands)));
    let label = caption.clone();
    view! {
        <SignaturePad
            strokes=drawing.strokes
            size=drawing.size
            words=pad_words(i18n, Signal::derive(move || label.clone()))
            on_change
            title
            caption=Some(caption)
            bad=Signal::derive(move || hands.doubt.get() == Doubt::TooLittle)
        />
    }
}

fn pad_title(i18n: I18n, hands: Hands) -> String {
    if !hands.pad_only.get() {
        return t_string!(i18n, visit.sign_title).to_owned();
    }
    let short = hands.draft.with(|draft| {
        draft
            .as_ref()
            .map(|draft| statement::in_short(i18n, draft))
            .unwrap_or_default()
    });
    t_string!(i18n, visit.sign_title_phone, short = short)
}

#[component]
fn Doubtful(hands: Hands, drawing: Drawing) -> impl IntoView {
    let i18n = use_i18n();
    let again = move |_| {
        drawing.strokes.set(Strokes::new());
        hands.change(|_, handed| handed.strokes = domain::act::Strokes::default());
        hands.doubt.set(Doubt::None);
    };
    move || match hands.doubt.get() {
        Doubt::None => View::default(),
        Doubt::TooLittle => view! {
            <p class="errm" role="alert">
                <IconView icon=Icon::ClockOver />
                {t!(i18n, visit.too_little)}
            </p>
        },
        Doubt::IsThisIt => view! {
            <div class="row wrap" role="alert">
                <b class="grow">{t!(i18n, visit.is_this_it)}</b>
                <button type="button" class="btn" on:click=again>
                    {t!(i18n, visit.write_again)}
                </button>
                <button
                    type="button"
                    class="btn pri"
                    data-testid="is-this-it"
                    on:click=move |_| hands.record()
                >
                    {t!(i18n, visit.yes_this)}
                </button>
            </div>
        },
    }
}

#[component]
fn Buttons(hands: Hands, drawing: Drawing) -> impl IntoView {
    let i18n = use_i18n();
    let signed = move |_| {
        let lines = drawing.strokes.get_untracked();
        hands.signed(&lines, drawing.size.get_untracked());
    };
    view! {
        <footer>
            <button
                type="button"
                class=move || part(hands, "btn")
                data-testid="wrong"
                on:click=move |_| hands.is_wrong()
            >
                <IconView icon=Icon::Close size=IconSize::Small />
                {t!(i18n, visit.not_right)}
                <span class="hide-ph">{t!(i18n, visit.not_right_back)}</span>
            </button>
            <span class="grow"></span>
            <button
                type="button"
                class=move || {
                    if hands.pad_only.get() {
                        "btn pri wide-pad"
                    } else {
                        "btn pri wide-pad hide-ph"
                    }
                }
                data-testid="signed"
                aria-disabled=move || hands.busy.get().then_some("true")
                on:click=signed
            >
                {t!(i18n, visit.signed)}
            </button>
            {move || {
                (!hands.pad_only.get())
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="btn pri only-ph"
                                data-testid="to-pad"
                                on:click=move |_| hands.pad_only.set(true)
                            >
                                {t!(i18n, visit.to_pad)}
                            </button>
                        }
                    })
            }}
        </footer>
    }
}
