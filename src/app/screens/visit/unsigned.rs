//! No signature: why, what happened, who saw it, and the line the form will carry.

use domain::act::{Act, Signed};
use domain::limits;
use view::prelude::*;
use view::{IntoView, component, view};

use super::draft::{self, Why};
use super::form::{Fault, Form, Kept, Words, page};
use super::next::saved;
use super::statement::unsigned_line;
use super::when::{When, stated};
use crate::i18n::{t, t_string, use_i18n};
use crate::router::A;
use crate::routes;
use crate::shell::Bar;
use crate::ui::{
    Banner, FieldKind, Icon, PadWords, Seg, SegLook, SegOption, SignaturePad, Strokes,
};
use crate::words::{self, I18n};

/// No signature: the reason and the witness.
#[component]
pub(crate) fn UnsignedPage() -> impl IntoView {
    page(|form| view! { <Unsigned form /> })
}

#[component]
fn Unsigned(form: Form) -> impl IntoView {
    let i18n = use_i18n();
    let back = routes::visit(&form.id());
    let sub = MaybeProp::derive(move || Some(format!("{} · {}", form.number(), form.whom(i18n))));
    let nobody = Memo::new(move |_| form.draft.with(|d| d.unsigned.why == Some(Why::Nobody)));
    view! {
        <Bar
            title=t_string!(i18n, visit.no_signature)
            sub
            back=back.clone()
        />
        <main class="page" id="main">
            <Fault form />
            <div class="two">
                <div class="col gap-16">
                    <div>
                        <h2>{t!(i18n, visit.why)}</h2>
                        <p class="muted">
                            {t!(i18n, visit.why_text)} " " <span class="clause">"P-5.3.5"</span>
                        </p>
                    </div>
                    <Reasons form />
                    <Words
                        form
                        id="unsigned-words"
                        label=t_string!(i18n, visit.what_happened)
                        of=|draft| &mut draft.unsigned.words
                        kind=FieldKind::Area
                        max=limits::WORDS_CHARACTERS_MAX
                    />
                    {move || (!nobody.get()).then(|| view! { <Witness form /> })}
                    <When form />
                </div>
                <aside class="col">
                    {move || (!nobody.get()).then(|| view! { <Line form /> })}
                    <Banner
                        icon=Icon::Info
                        what=t_string!(i18n, visit.nobody_note)
                        kept=t_string!(i18n, visit.nobody_note_text)
                    />
                </aside>
            </div>
        </main>
        <div class="foot">
            <Kept form />
            <A href=back attr:class="btn">
                {t!(i18n, visit.back_to_sign)}
            </A>
            <button
                type="button"
                class="btn pri big"
                data-testid="save"
                aria-disabled=move || form.busy.get().then_some("true")
                on:click=move |_| save(i18n, form)
            >
                {move || {
                    if nobody.get() {
                        t_string!(i18n, visit.nobody_save)
                    } else {
                        t_string!(i18n, visit.save_unsigned)
                    }
                }}
            </button>
        </div>
    }
}

fn save(i18n: I18n, form: Form) {
    let draft = form.draft.get_untracked();
    if draft.unsigned.why == Some(Why::Nobody) {
        let said = t_string!(i18n, visit.saved_attempt, whom = form.whom(i18n));
        form.record_attempt(&draft.unsigned.words, said);
        return;
    }
    let Some(happened) = stated(form) else { return };
    let act = draft.act(Signed::Absent(draft.absent()), happened);
    let (said, then) = saved(i18n, form.whom(i18n), &form.id(), act.agreement);
    form.record(Act::Revisited(act), said, then);
}

#[component]
fn Reasons(form: Form) -> impl IntoView {
    let i18n = use_i18n();
    let options = Signal::derive(move || {
        let option =
            |why, icon, label: &str, hint: &str| SegOption::new(why, label).hint(hint).icon(icon);
        vec![
            option(
                Why::Refused,
                Icon::Close,
                t_string!(i18n, visit.refused),
                t_string!(i18n, visit.refused_hint),
            ),
            option(
                Why::Nobody,
                Icon::Door,
                t_string!(i18n, visit.nobody),
                t_string!(i18n, visit.nobody_hint),
            ),
            option(
                Why::CannotWrite,
                Icon::Hand,
                t_string!(i18n, visit.cannot_write),
                t_string!(i18n, visit.cannot_write_hint),
            ),
            option(
                Why::Other,
                Icon::More,
                t_string!(i18n, visit.other),
                t_string!(i18n, visit.other_hint),
            ),
        ]
    });
    let chosen = Memo::new(move |_| form.draft.with(|draft| draft.unsigned.why));
    view! {
        <Seg
            id="why"
            label=t_string!(i18n, visit.why)
            options
            chosen
            on_choose=Callback::new(move |why| form.set(|draft| draft.unsigned.why = Some(why)))
            look=SegLook::Cards
        />
    }
}

/// Who saw it: name, relation and own signature, each may be left out.
#[component]
fn Witness(form: Form) -> impl IntoView {
    let i18n = use_i18n();
    let optional = Signal::derive(move || t_string!(i18n, common.optional).to_owned());
    view! {
        <div class="g2">
            <Words
                form
                id="witness"
                label=t_string!(i18n, visit.witness)
                of=|draft| &mut draft.unsigned.witness
                optional_mark=optional
                max=limits::NAME_CHARACTERS_MAX
            />
            <Words
                form
                id="witness-relation"
                label=t_string!(i18n, visit.relation)
                of=|draft| &mut draft.unsigned.relation
                often=words::relations(i18n)
                max=limits::SHORT_CHARACTERS_MAX
            />
        </div>
        <WitnessPad form />
    }
}

#[component]
fn WitnessPad(form: Form) -> impl IntoView {
    let i18n = use_i18n();
    let (lines, size) = form
        .draft
        .with_untracked(|draft| draft::to_pad(&draft.unsigned.strokes));
    let (strokes, size) = (RwSignal::new(lines), RwSignal::new(size));
    let on_change = Callback::new(move |lines: Strokes| {
        let strokes = draft::from_pad(lines, size.get_untracked());
        form.set(|draft| draft.unsigned.strokes = strokes);
    });
    let caption = MaybeProp::derive(move || {
        let name = form
            .draft
            .with(|draft| draft.unsigned.witness.trim().to_owned());
        Some(if name.is_empty() {
            t_string!(i18n, visit.witness_here).to_owned()
        } else {
            t_string!(i18n, visit.sign_here, name = name)
        })
    });
    view! {
        <SignaturePad
            strokes
            size
            words=pad_words(i18n, Signal::derive(move || {
                t_string!(i18n, visit.witness_signs).to_owned()
            }))
            on_change
            title=t_string!(i18n, visit.witness_signs)
            caption
            class="lowest"
        />
    }
}

/// The words of a pad that is read out as `label`.
pub(super) fn pad_words(i18n: I18n, label: Signal<String>) -> PadWords {
    PadWords {
        label,
        undo: Signal::derive(move || t_string!(i18n, visit.undo_stroke).to_owned()),
        clear: Signal::derive(move || t_string!(i18n, visit.clear).to_owned()),
        unclear: Signal::derive(move || t_string!(i18n, visit.unclear).to_owned()),
    }
}

/// The line exactly as the form will carry it.
#[component]
fn Line(form: Form) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <section class="card pad col">
            <h3>{t!(i18n, visit.line_title)}</h3>
            <p class="sm read">
                {move || {
                    let (head, reason, tail) = unsigned_line(i18n, form);
                    view! {
                        {head}
                        <b>{reason}</b>
                        {tail}
                    }
                }}
            </p>
        </section>
    }
}
