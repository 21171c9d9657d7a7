//! What follows the opinions: into the resident's hands, a call recorded, or nobody there.

use domain::act::{Act, Agreement, Signed};
use domain::id::CaseId;
use domain::limits;
use domain::step::Standing;
use view::prelude::*;
use view::{IntoView, component, view};

use super::draft::Handed;
use super::form::{Fault, Form, Words};
use super::statement;
use super::when::{When, stated};
use crate::i18n::{t, t_string, use_i18n};
use crate::router::A;
use crate::routes;
use crate::ui::{FieldKind, Icon, IconSize, IconView, Sheet};
use crate::words::I18n;

/// Whether a clause keeps this person from the revisit.
fn is_blocked(form: Form) -> bool {
    matches!(form.standing(), Some(Standing::Blocked { .. }))
}

/// The next step, beside the form.
#[component]
pub(super) fn Next(form: Form, called: Memo<bool>, nobody: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let text = move || {
        if called.get() {
            t_string!(i18n, visit.next_call)
        } else {
            t_string!(i18n, visit.next_door)
        }
    };
    view! {
        <section class="card pad col only-w">
            <h3>{t!(i18n, visit.next)}</h3>
            <p class="sm muted">{text}</p>
            <Gaps form />
            <Main form called class="btn pri big wide" />
            <Without form called class="btn wide" />
            <NobodyButton called nobody class="btn wide" />
        </section>
    }
}

/// The same below the form, where there is no room beside it.
#[component]
pub(super) fn Foot(form: Form, called: Memo<bool>, nobody: RwSignal<bool>) -> impl IntoView {
    view! {
        <div class="foot only-n">
            {move || {
                if called.get() {
                    view! { <NobodyButton called nobody class="btn" /> }
                } else {
                    view! { <Without form called class="btn" /> }
                }
            }}
            <Main form called class="btn pri big grow" />
        </div>
    }
}

/// What was not asked or not answered: said, and in nobody's way.
#[component]
fn Gaps(form: Form) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        let mut open: Vec<&str> = form.draft.with(|draft| {
            let open = draft.unanswered().into_iter();
            open.map(|aspect| statement::aspect_words(i18n, aspect))
                .collect()
        });
        if form.draft.with(|draft| draft.agreement.is_none()) {
            open.push(t_string!(i18n, visit.stmt_agreed));
        }
        (!open.is_empty()).then(|| {
            let what = open.join(t_string!(i18n, visit.comma));
            view! { <p class="sm muted">{t_string!(i18n, visit.gaps, what = what)}</p> }
        })
    }
}

/// The one primary button: hands over, or records the call.
#[component]
fn Main(form: Form, called: Memo<bool>, class: &'static str) -> impl IntoView {
    let i18n = use_i18n();
    let blocked = Memo::new(move |_| is_blocked(form));
    let idle = move || (blocked.get() || form.busy.get()).then_some("true");
    let press = move |_| {
        if blocked.get_untracked() {
            return;
        }
        if called.get_untracked() {
            save_call(i18n, form);
        } else {
            hand_over(i18n, form);
        }
    };
    view! {
        <button
            type="button"
            class=class
            aria-disabled=idle
            data-testid=move || if called.get() { "save" } else { "hand-over" }
            on:click=press
        >
            {move || {
                if called.get() {
                    view! { {t!(i18n, visit.save_call)} }
                } else {
                    view! {
                        <IconView icon=Icon::Hand size=IconSize::Small />
                        {t!(i18n, visit.hand_over)}
                    }
                }
            }}
        </button>
    }
}

fn save_call(i18n: I18n, form: Form) {
    let Some(happened) = stated(form) else { return };
    let act = form
        .draft
        .with_untracked(|draft| draft.act(Signed::NotAsked, happened));
    let (said, then) = saved(i18n, form.whom(i18n), &form.id(), act.agreement);
    form.record(Act::Revisited(act), said, then);
}

/// What is said once a revisit is recorded, and where it leads: to the case where the resident did
/// not agree, since the work begins anew there.
pub(super) fn saved(
    i18n: I18n,
    whom: String,
    case: &CaseId,
    agreement: Option<Agreement>,
) -> (String, String) {
    if agreement == Some(Agreement::NotAgreed) {
        let said = t_string!(i18n, visit.saved_not_agreed, whom = whom);
        (said, routes::case(case))
    } else {
        let said = t_string!(i18n, visit.saved, whom = whom);
        (said, routes::VISITS.to_owned())
    }
}

/// Makes the statement, keeps it, and gives the tablet into the resident's hands.
fn hand_over(i18n: I18n, form: Form) {
    if form.busy.get_untracked() {
        return;
    }
    form.busy.set(true);
    let app = form.app;
    let handed = Handed {
        statement: statement::statement(i18n, form, app.instant()),
        address: statement::address(i18n, form),
        ..Handed::default()
    };
    form.set(|draft| {
        draft.handed = Some(handed);
        draft.wrong = false;
    });
    let id = form.id();
    leptos::task::spawn_local(async move {
        if form.close().await {
            app.resident.set(Some(id));
            crate::boot::keep_handed(app).await;
        } else {
            form.busy.try_set(false);
        }
    });
}

/// To the page without a signature.
#[component]
fn Without(form: Form, called: Memo<bool>, class: &'static str) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        (!called.get()).then(|| {
            view! {
                <A
                    href=routes::no_signature(&form.id())
                    attr:class=class
                    attr:data-testid="no-signature"
                >
                    {t!(i18n, visit.no_signature)}
                </A>
            }
        })
    }
}

#[component]
fn NobodyButton(called: Memo<bool>, nobody: RwSignal<bool>, class: &'static str) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <button
            type="button"
            class=class
            data-testid="nobody-home"
            on:click=move |_| nobody.set(true)
        >
            {move || {
                if called.get() {
                    t_string!(i18n, visit.nobody_call)
                } else {
                    t_string!(i18n, visit.nobody_door)
                }
            }}
        </button>
    }
}

/// Nobody was there: what was done about it. The clock goes on.
#[component]
pub(super) fn Nobody(form: Form, called: Memo<bool>, open: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let title = Signal::derive(move || {
        if called.get() {
            t_string!(i18n, visit.nobody_call).to_owned()
        } else {
            t_string!(i18n, visit.nobody_door).to_owned()
        }
    });
    let save = move |_| {
        let words = form
            .draft
            .with_untracked(|draft| draft.nobody_words.clone());
        form.record_attempt(
            &words,
            t_string!(i18n, visit.saved_attempt, whom = form.whom(i18n)),
        );
    };
    view! {
        <Sheet
            id="nobody"
            open
            title
            close_label=t_string!(i18n, common.close)
        >
            <p class="muted">{t!(i18n, visit.nobody_text)}</p>
            <Words
                form
                id="nobody-words"
                label=t_string!(i18n, visit.nobody_words)
                of=|draft| &mut draft.nobody_words
                kind=FieldKind::Area
                optional_mark=t_string!(i18n, common.optional)
                max=limits::WORDS_CHARACTERS_MAX
            />
            <When form />
            <Fault form />
            <div class="sheet-foot">
                <button
                    type="button"
                    class="btn pri big"
                    data-testid="save-attempt"
                    aria-disabled=move || form.busy.get().then_some("true")
                    on:click=save
                >
                    {t!(i18n, visit.nobody_save)}
                </button>
            </div>
        </Sheet>
    }
}
