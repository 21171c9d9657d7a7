//! 由人決定: two acts that contradict each other, side by side. Nothing is chosen by the software,
//! both acts stay; the decision is an act with its reason.

use domain::act::{Act, Decided, Decision};
use domain::id::EntryHash;
use view::prelude::*;
use view::{IntoView, component, view};

use super::answers::{self, Answers, Ask};
use super::fields::{control, focus};
use super::form::{Faults, Form, KeptAt, Purpose};
use super::labels;
use super::page::Page;
use super::sheets::{SaveButton, close};
use super::timeline::{find, who};
use crate::i18n::{t, t_string, use_i18n};
use crate::ui::{Sheet, Tone};
use crate::words::{self, I18n};

/// The sheet in which a person decides.
#[component]
pub(super) fn DecideSheet(page: Page, left: EntryHash, right: EntryHash) -> impl IntoView {
    let i18n = use_i18n();
    let purpose = Purpose {
        kind: "decided".to_owned(),
        about: Some(left.clone()),
        department: None,
        corrects: None,
    };
    let form = Form::begin(page, purpose, &Answers::new());
    let open = RwSignal::new(true);
    let sides = StoredValue::new((left, right));
    let save = Callback::new(move |()| record(i18n, form, sides));
    view! {
        <Sheet
            id="decide-sheet"
            open
            wide=true
            title=t_string!(i18n, case.decide_title).to_owned()
            close_label=t_string!(i18n, common.close)
            on_close=move |()| close(form)
        >
            <p class="hint">{t!(i18n, case.decide_text)}</p>
            <div class="g2 sides">
                {move || sides.with_value(|(left, _)| side(i18n, page, left, Decision::Left))}
                {move || sides.with_value(|(_, right)| side(i18n, page, right, Decision::Right))}
            </div>
            {move || {
                form.ready
                    .get()
                    .then(|| {
                        view! {
                            {control(i18n, form, Ask::Decision)}
                            {control(i18n, form, Ask::Reason)}
                        }
                    })
            }}
            <Faults form retry=save />
            <div class="sheet-foot">
                <KeptAt form />
                <SaveButton form save words=t_string!(i18n, case.decide_save) />
            </div>
        </Sheet>
    }
}

/// What an act does to the clocks while it stands.
fn consequence(i18n: I18n, act: &Act) -> &'static str {
    match act {
        Act::Transferred(_) => t_string!(i18n, case.means_transferred),
        Act::Done(_) => t_string!(i18n, case.means_done),
        Act::Resolved(_) | Act::SolvedOnSpot(_) => t_string!(i18n, case.means_resolved),
        Act::Closed(_) | Act::Archived(_) => t_string!(i18n, case.means_closed),
        Act::Verified(act) if !act.found_done => t_string!(i18n, case.means_not_done),
        Act::Verified(_) => t_string!(i18n, case.means_verified),
        Act::Revisited(act) if act.agreement == Some(domain::act::Agreement::NotAgreed) => {
            t_string!(i18n, case.means_rejected)
        }
        Act::Revisited(_) => t_string!(i18n, case.means_revisited),
        Act::MeasuresFilled(_) | Act::TargetChanged(_) => t_string!(i18n, case.means_target),
        Act::Corrected(_) => t_string!(i18n, case.means_corrected),
        _ => t_string!(i18n, case.means_fields),
    }
}

/// One column: what, who, when, whether it has reached the station, and what it means.
fn side(i18n: I18n, page: Page, hash: &EntryHash, side: Decision) -> impl IntoView + use<> {
    let app = page.app;
    let (zone, now) = (app.zone(), app.now.get());
    let open = page.case.get()?;
    let item = find(open.case.timeline(), hash)?;
    let act = item.reads.as_ref().unwrap_or(&item.entry.act);
    let icon = labels::icon(act.kind());
    let span = item.entry.recorded;
    let within = span.to.map(|to| to.since(span.from) / 2000);
    let recorded = words::when(i18n, &zone, span.best, now);
    let recorded = match within {
        Some(seconds) => t_string!(i18n, case.recorded_within, time = recorded, n = seconds),
        None => t_string!(i18n, case.recorded_open, time = recorded),
    };
    let place = if open.unsent.contains(hash) {
        t_string!(i18n, case.unsent)
    } else {
        t_string!(i18n, case.sent)
    };
    let facts = labels::facts(i18n, app, &answers::answers(act, &zone));
    let lines: Vec<_> = facts
        .iter()
        .map(|fact| view! { <li>{fact.line()}</li> })
        .collect();
    let title = if side == Decision::Left {
        t_string!(i18n, case.left)
    } else {
        t_string!(i18n, case.right)
    };
    Some(view! {
        <section class="card pad col gap-8">
            <div class="cap">{title}</div>
            <div class="row wrap gap-8">
                <span class=format!("tag {}", Tone::Wait.mark_class())>
                    <crate::ui::IconView icon size=crate::ui::IconSize::Small />
                    {words::when(i18n, &zone, item.at.span.best, now)}
                </span>
                <b>{words::act_words(i18n, act.kind())}</b>
            </div>
            <div class="sm muted">{who(i18n, page, &item.entry)}</div>
            <div class="sm muted">{recorded} " · " {place}</div>
            <ul class="sm col gap-4">{lines}</ul>
            <div class="sm">
                <b>{t!(i18n, case.means)}</b>
                " "
                {consequence(i18n, act)}
            </div>
        </section>
    })
}

fn record(i18n: I18n, form: Form, sides: StoredValue<(EntryHash, EntryHash)>) {
    let page = form.page;
    let given = form.answers();
    let open = |ask: &Ask| answers::text(&given, *ask).is_empty();
    if let Some(ask) = [Ask::Decision, Ask::Reason].into_iter().find(open) {
        form.unanswered.set(Some(ask));
        focus(ask);
        return;
    }
    let Some(decision) = answers::coded(&given, Ask::Decision) else {
        return;
    };
    let (left, right) = sides.get_value();
    let decided = Act::Decided(Decided {
        left,
        right,
        decision,
        reason: answers::text(&given, Ask::Reason).to_owned(),
    });
    let said = t_string!(
        i18n,
        case.saved_act,
        act = words::act_words(i18n, "decided")
    );
    form.record(vec![decided], move |_| {
        page.app.say(said);
        page.asked.set(None);
    });
}
