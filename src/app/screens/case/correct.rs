//! 更正: a later act puts another right, or takes it back. Both values stay readable.

use domain::act::{Act, Corrected};
use domain::id::EntryHash;
use view::prelude::*;
use view::{IntoView, View, component, view};

use super::answers::{self, Answers, Ask};
use super::fields::{DETAILS, asks_of, control, fields};
use super::form::{Faults, Form, KeptAt, Purpose};
use super::page::Page;
use super::sheets::{SaveButton, close, required};
use super::timeline::{find, one_line, picker_text};
use crate::i18n::{t, t_string, use_i18n};
use crate::ui::Sheet;
use crate::words::{self, I18n};

/// The act as it reads now, and the answers it gives.
fn as_it_reads(page: Page, target: &EntryHash) -> Option<(Act, Answers)> {
    let zone = untrack(|| page.app.zone());
    page.case.with_untracked(|open| {
        let item = find(open.as_ref()?.case.timeline(), target)?;
        let act = item.reads.clone()?;
        let mut first = answers::answers(&act, &zone);
        first.insert(Ask::At, picker_text(&zone, item));
        first.insert(Ask::When, answers::STATED.to_owned());
        Some((act, first))
    })
}

/// The questions of an act that can be answered anew.
fn asks(act: &Act) -> Vec<Ask> {
    let mut asks = asks_of(act.kind());
    asks.retain(|ask| *ask != Ask::When);
    match act {
        Act::Accepted(_) => asks.extend(DETAILS),
        Act::Detailed(details) => {
            let zone = domain::time::Zone::fixed("", 0);
            let given = answers::answers(&Act::Detailed(details.clone()), &zone);
            asks.extend(DETAILS.iter().filter(|ask| given.contains_key(ask)));
        }
        _ => {}
    }
    asks
}

/// The sheet that puts one act right.
#[component]
pub(super) fn CorrectSheet(page: Page, target: EntryHash) -> impl IntoView {
    match as_it_reads(page, &target) {
        Some((act, first)) => view! { <Correct page target act first /> },
        None => {
            page.asked.set(None);
            View::default()
        }
    }
}

#[component]
fn Correct(page: Page, target: EntryHash, act: Act, first: Answers) -> impl IntoView {
    let i18n = use_i18n();
    let purpose = Purpose {
        kind: act.kind().to_owned(),
        about: None,
        department: department(page, &act),
        corrects: Some(target.clone()),
    };
    let form = Form::begin(page, purpose, &first);
    let open = RwSignal::new(true);
    let asks = StoredValue::new(asks(&act));
    let line = untrack(|| one_line(i18n, page, &target));
    let title = t_string!(
        i18n,
        case.corrected_title,
        kind = words::act_words(i18n, act.kind())
    );
    let known = StoredValue::new((target, act, first));
    let put_right = Callback::new(move |()| record(i18n, form, known, false));
    let take_back = Callback::new(move |()| record(i18n, form, known, true));
    view! {
        <Sheet
            id="correct-sheet"
            open
            title
            close_label=t_string!(i18n, common.close)
            on_close=move |()| close(form)
        >
            <p class="sm muted">{t_string!(i18n, case.corrects, line = line.clone())}</p>
            <p class="hint">{t!(i18n, case.both_stay)}</p>
            {move || {
                form.ready
                    .get()
                    .then(|| {
                        view! {
                            {fields(i18n, form, &asks.get_value())}
                            {control(i18n, form, Ask::CorrectionReason)}
                        }
                    })
            }}
            <Faults form retry=put_right />
            <div class="sheet-foot">
                <KeptAt form />
                <button
                    type="button"
                    class="btn danger"
                    data-testid="take-back"
                    on:click=move |_| take_back.run(())
                >
                    {t!(i18n, case.take_back)}
                </button>
                <SaveButton form save=put_right words=t_string!(i18n, act.corrected) />
            </div>
        </Sheet>
    }
}

/// The department whose people may be named.
fn department(page: Page, act: &Act) -> Option<domain::id::DepartmentId> {
    let Act::MeasuresFilled(act) = act else {
        return None;
    };
    page.case.with_untracked(|open| {
        let mut transfers = open.as_ref()?.case.transfers().iter();
        let transfer = transfers.find(|transfer| transfer.hash == act.transfer)?;
        Some(transfer.department.clone())
    })
}

/// The act as it should read; `None` where nothing was changed.
fn replacement(form: Form, act: &Act, first: &Answers) -> Option<Act> {
    let zone = untrack(|| form.page.app.zone());
    let mut given = form.answers();
    let same_time = given.get(&Ask::At) == first.get(&Ask::At);
    if same_time && act.happened().is_none() {
        given.remove(&Ask::When);
    }
    let mut replacement = act.clone();
    answers::apply(&mut replacement, &given, &zone);
    (replacement != *act).then_some(replacement)
}

fn record(i18n: I18n, form: Form, known: StoredValue<(EntryHash, Act, Answers)>, takes_back: bool) {
    let page = form.page;
    let (target, act, first) = known.get_value();
    let given = form.answers();
    let reason = answers::text(&given, Ask::CorrectionReason).to_owned();
    let missing = required(act.kind(), &given).filter(|_| !takes_back);
    if let Some(ask) = missing.or(reason.is_empty().then_some(Ask::CorrectionReason)) {
        form.unanswered.set(Some(ask));
        super::fields::focus(ask);
        return;
    }
    let replacement = replacement(form, &act, &first);
    if replacement.is_none() && !takes_back {
        close(form);
        return;
    }
    let corrected = Act::Corrected(Box::new(Corrected {
        target,
        replacement: replacement.filter(|_| !takes_back),
        reason,
    }));
    let said = if takes_back {
        t_string!(i18n, case.said_taken_back).to_owned()
    } else {
        t_string!(
            i18n,
            case.saved_act,
            act = words::act_words(i18n, "corrected")
        )
    };
    form.record(vec![corrected], move |_| {
        page.app.say(said);
        page.asked.set(None);
    });
}
