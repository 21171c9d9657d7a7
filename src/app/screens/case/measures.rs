//! P-5.3.4 處理方法: measures, named handler, target time, and the head's drawn signature, in one
//! sheet. A person who is not the head can only fill.

use domain::act::{Act, MeasuresFilled, MeasuresReturned, Signature, StatementLine, Strokes};
use domain::id::EntryHash;
use domain::view::TransferView;
use view::prelude::*;
use view::{IntoView, View, component, view};

use super::answers::{self, Answers, Ask};
use super::fields::{asks_of, control, fields};
use super::form::{Faults, Form, KeptAt, Purpose};
use super::page::Page;
use super::sheets::{close, head};
use crate::i18n::{t, t_string, use_i18n};
use crate::ui::{PadTools, PadWords, Sheet, SignaturePad, ink};
use crate::words::{self, I18n};

/// The transfer that the sheet answers.
fn transfer(page: Page, about: Option<&EntryHash>) -> Option<TransferView> {
    page.case.with_untracked(|open| {
        let mut transfers = open.as_ref()?.case.transfers().iter();
        let found = match about {
            Some(hash) => transfers.find(|t| t.hash == *hash),
            None => transfers.next_back(),
        };
        found.cloned()
    })
}

/// The questions begin with what was last written.
fn first_answers(page: Page, transfer: &TransferView) -> Answers {
    let Some(measures) = &transfer.measures else {
        return Answers::new();
    };
    let filled = Act::MeasuresFilled(MeasuresFilled {
        transfer: transfer.hash.clone(),
        measures: measures.clone(),
        handler: transfer.handler.clone(),
        target: transfer.target,
        happened: None,
    });
    answers::answers(&filled, &untrack(|| page.app.zone()))
}

/// The sheet; nothing where there is no transfer to answer.
#[component]
pub(super) fn MeasuresSheet(page: Page, about: Option<EntryHash>) -> impl IntoView {
    match transfer(page, about.as_ref()) {
        Some(transfer) => view! { <Measures page transfer /> },
        None => {
            let i18n = use_i18n();
            page.app.say(t_string!(i18n, case.no_transfer));
            page.asked.set(None);
            View::default()
        }
    }
}

/// Whether the acting person heads the department of the transfer.
fn is_head(page: Page, transfer: &TransferView) -> bool {
    let staff = untrack(|| page.app.acting());
    staff.is_some_and(|staff| {
        staff.department.as_ref() == Some(&transfer.department)
            && staff.roles.iter().any(|role| role == "head")
    })
}

#[component]
fn Measures(page: Page, transfer: TransferView) -> impl IntoView {
    let i18n = use_i18n();
    let purpose = Purpose {
        kind: "measures_filled".to_owned(),
        about: Some(transfer.hash.clone()),
        department: Some(transfer.department.clone()),
        corrects: None,
    };
    let form = Form::begin(page, purpose, &first_answers(page, &transfer));
    let heads = is_head(page, &transfer);
    let open = RwSignal::new(true);
    let name = untrack(|| page.app.acting()).map(|staff| staff.name);
    let below = t_string!(
        i18n,
        case.measures_below,
        department = page
            .app
            .directory
            .with_untracked(|d| d.department(&transfer.department)),
        name = name.unwrap_or_default()
    );
    let below = move || {
        view! {
            {below.clone()}
            " "
            <KeptAt form />
        }
    };
    let cleared = RwSignal::new(None);
    let hash = StoredValue::new(transfer.hash.clone());
    let fill = Callback::new(move |()| record(i18n, form, &hash.get_value(), false));
    let sign = Callback::new(move |()| record(i18n, form, &hash.get_value(), true));
    let last = StoredValue::new(fill);
    view! {
        <Sheet
            id="measures-sheet"
            open
            wide=true
            title=t_string!(i18n, case.measures_title).to_owned()
            close_label=t_string!(i18n, common.close)
            below
            head=move || head(i18n, form)
            on_close=move |()| close(form)
        >
            {move || {
                form.ready
                    .get()
                    .then(|| {
                        view! {
                            {control(i18n, form, Ask::Measures)}
                            <div class="g3 who-when">
                                <div class="col">
                                    {fields(i18n, form, &[Ask::Handler, Ask::HandlerName])}
                                </div>
                                {control(i18n, form, Ask::Target)}
                            </div>
                            {heads.then(|| view! { <Pad form cleared /> })}
                            <div class="col in-line">
                                {fields(i18n, form, &asks_of("department_received"))}
                            </div>
                        }
                    })
            }}
            <Faults form retry=move |()| last.get_value().run(()) />
            <div class="sheet-foot">
                {heads.then(|| pad_tools(i18n, form, cleared))}
                <button type="button" class="btn" data-testid="keep" on:click=move |_| close(form)>
                    {t!(i18n, case.keep_draft)}
                </button>
                <button
                    type="button"
                    class=if heads { "btn" } else { "btn pri big" }
                    data-testid=if heads { "fill" } else { "save" }
                    on:click=move |_| {
                        last.set_value(fill);
                        fill.run(());
                    }
                >
                    {words::act_words(i18n, "measures_filled")}
                </button>
                {heads
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="btn pri big"
                                data-testid="save"
                                aria-disabled=move || form.busy.get().then_some("true")
                                on:click=move |_| {
                                    last.set_value(sign);
                                    sign.run(());
                                }
                            >
                                {words::act_words(i18n, "measures_returned")}
                            </button>
                        }
                    })}
            </div>
        </Sheet>
    }
}

/// What the pad and its tools say.
fn pad_words(i18n: I18n) -> PadWords {
    let say = |text: fn(I18n) -> &'static str| Signal::derive(move || text(i18n).to_owned());
    PadWords {
        label: say(|i18n| t_string!(i18n, case.pad_label)),
        undo: say(|i18n| t_string!(i18n, case.pad_undo)),
        clear: say(|i18n| t_string!(i18n, case.pad_clear)),
        unclear: say(|i18n| t_string!(i18n, common.undo)),
    }
}

/// 復原一筆 and 清除, in the bar.
fn pad_tools(i18n: I18n, form: Form, cleared: RwSignal<Option<ink::Strokes>>) -> impl IntoView {
    view! {
        <PadTools
            strokes=form.strokes
            cleared
            words=pad_words(i18n)
            on_change=move |_| form.keep_stroke()
        />
    }
}

/// Who signs for the department: 維修部負責人.
fn head_words(i18n: I18n, form: Form) -> String {
    let department = form.purpose.with_value(|p| p.department.clone());
    let name = department.map(|id| form.page.app.directory.with(|d| d.department(&id)));
    t_string!(i18n, case.head_of, department = name.unwrap_or_default())
}

/// The pad of the head, with what the signature states.
#[component]
fn Pad(form: Form, cleared: RwSignal<Option<ink::Strokes>>) -> impl IntoView {
    let i18n = use_i18n();
    let page = form.page;
    let signer = move || {
        page.app
            .acting()
            .map(|staff| staff.name)
            .unwrap_or_default()
    };
    let note = Signal::derive(move || {
        let time = words::when(
            i18n,
            &page.app.zone(),
            page.app.now.get(),
            page.app.now.get(),
        );
        Some(t_string!(
            i18n,
            case.sign_note,
            name = signer(),
            time = time
        ))
    });
    let caption = Signal::derive(move || Some(format!("{} {}", signer(), head_words(i18n, form))));
    view! {
        <SignaturePad
            strokes=form.strokes
            size=form.pad
            words=pad_words(i18n)
            on_change=move |_| form.keep_stroke()
            title=t_string!(i18n, case.sign_title)
            note
            caption
            class="low"
            tools_apart=cleared
        />
        {move || {
            let asked = form.unsigned.get();
            asked
                .then(|| {
                    view! {
                        <p class="errm" role="alert">
                            {t!(i18n, case.not_yet_signed)}
                        </p>
                    }
                })
        }}
    }
}

/// The statement that the head signs: measures, person, target.
fn statement(i18n: I18n, form: Form, filled: &MeasuresFilled) -> Vec<StatementLine> {
    let app = form.page.app;
    let zone = untrack(|| app.zone());
    let handler = match &filled.handler {
        Some(domain::act::Choice::Listed(id)) => app.directory.with_untracked(|d| d.name(id)),
        Some(domain::act::Choice::Other(name)) => name.clone(),
        None => t_string!(i18n, case.not_given).to_owned(),
    };
    let target = filled.target.map_or_else(
        || t_string!(i18n, case.not_given).to_owned(),
        |at| words::full(&zone, at),
    );
    let number = form
        .page
        .case
        .with_untracked(|open| open.as_ref().map(|open| open.case.number.clone()));
    let line = |heading: &str, words: String| StatementLine {
        heading: heading.to_owned(),
        words,
    };
    vec![
        line(t_string!(i18n, case.number), number.unwrap_or_default()),
        line(t_string!(i18n, case.ask_measures), filled.measures.clone()),
        line(t_string!(i18n, case.ask_handler), handler),
        line(t_string!(i18n, case.ask_target), target),
        line(
            t_string!(i18n, case.statement),
            t_string!(i18n, case.statement_words).to_owned(),
        ),
    ]
}

fn signature(i18n: I18n, form: Form, filled: &MeasuresFilled) -> Option<Signature> {
    let lines = form.strokes.get_untracked();
    let pad = form.pad.get_untracked();
    (!lines.is_empty()).then(|| Signature {
        statement: statement(i18n, form, filled),
        language: "zh-Hant".to_owned(),
        signer: untrack(|| form.page.app.acting())
            .map(|staff| staff.name)
            .unwrap_or_default(),
        relation: untrack(|| head_words(i18n, form)),
        at: form.page.app.instant(),
        strokes: Strokes {
            width: u32::from(pad.width),
            height: u32::from(pad.height),
            lines,
        },
    })
}

/// Fills, and where `sign` says so signs and returns in the same deed.
fn record(i18n: I18n, form: Form, about: &EntryHash, sign: bool) {
    let page = form.page;
    let Some(transfer) = transfer(page, Some(about)) else {
        return;
    };
    let zone = untrack(|| page.app.zone());
    let mut act = Act::MeasuresFilled(MeasuresFilled {
        transfer: transfer.hash.clone(),
        measures: String::new(),
        handler: None,
        target: None,
        happened: None,
    });
    answers::apply(&mut act, &form.answers(), &zone);
    let Act::MeasuresFilled(filled) = act else {
        return;
    };
    if sign && !has_ink(form) {
        return;
    }
    let unchanged = transfer.measures.as_ref() == Some(&filled.measures)
        && transfer.handler == filled.handler
        && transfer.target == filled.target;
    let name = if sign {
        "measures_returned"
    } else {
        "measures_filled"
    };
    let said = t_string!(i18n, case.saved_act, act = words::act_words(i18n, name));
    let done = move |entry: Option<EntryHash>| {
        page.saved(said, entry.as_ref());
    };
    let happened = filled.happened.clone();
    let drawn = sign.then(|| signature(i18n, form, &filled)).flatten();
    let before = transfer.filled.as_ref().filter(|_| unchanged);
    let before = before.map(|moment| moment.hash.clone());
    let hash = transfer.hash;
    let returned = move |filled: EntryHash| {
        Act::MeasuresReturned(MeasuresReturned {
            transfer: hash,
            filled,
            signature: drawn,
            happened,
        })
    };
    match (sign, before) {
        (true, Some(before)) => form.record(vec![returned(before)], done),
        (false, Some(_)) => close(form),
        (true, None) => {
            form.record_then(Act::MeasuresFilled(filled), done, returned);
        }
        (false, None) => form.record(vec![Act::MeasuresFilled(filled)], done),
    }
}

/// Whether the strokes can be a signature. What is too little is asked about once; a second press
/// takes it as it is, and no strokes at all return the form unsigned, which is shown as a gap.
fn has_ink(form: Form) -> bool {
    let pad = form.pad.get_untracked();
    let enough = form
        .strokes
        .with_untracked(|strokes| ink::is_enough(strokes, pad));
    if enough || form.unsigned.get_untracked() {
        return true;
    }
    form.unsigned.set(true);
    false
}
