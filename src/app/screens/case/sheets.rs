//! One sheet an act: its questions, and recording it.

use domain::act::{Act, Details};
use domain::clock::Reading;
use domain::id::EntryHash;
use view::prelude::*;
use view::{IntoView, component, view};

use super::admit::AdmitSheet;
use super::answers::{self, Answers, Ask};
use super::blank::blank;
use super::clocks::ClockSheet;
use super::correct::CorrectSheet;
use super::decide::DecideSheet;
use super::fields::{asks_of, detail_asks, fields, focus};
use super::form::{Faults, Form, KeptAt, Purpose};
use super::labels;
use super::measures::MeasuresSheet;
use super::page::{Asked, Page};
use super::pile::pile;
use super::steps::BlockedSheet;
use crate::i18n::{t, t_string, use_i18n};
use crate::routes;
use crate::screens::photos::PhotosField;
use crate::screens::today::owner_words;
use crate::ui::{ClockBox, Sheet};
use crate::words::{self, I18n};

/// The sheet that is open, if any.
#[component]
pub(super) fn OpenSheet(page: Page) -> impl IntoView {
    move || {
        page.asked.get().map(|asked| match asked {
            Asked::Act { kind, about, .. }
                if matches!(kind.as_str(), "measures_filled" | "measures_returned") =>
            {
                view! { <MeasuresSheet page about /> }
            }
            Asked::Act { kind, about, clock } => {
                view! { <ActSheet page kind about clock /> }
            }
            Asked::Blocked {
                kind,
                clause,
                missing,
            } => view! { <BlockedSheet page kind clause=clause.article() missing /> },
            Asked::Clock {
                clock,
                round,
                about,
            } => view! { <ClockSheet page clock round about /> },
            Asked::Correct(target) => view! { <CorrectSheet page target /> },
            Asked::Admit(hash) => view! { <AdmitSheet page hash /> },
            Asked::Decide(left, right) => view! { <DecideSheet page left right /> },
        })
    }
}

/// The first question that the act cannot be written down without; everything else may stay open
/// and is shown as a gap.
pub(super) fn required(kind: &str, a: &Answers) -> Option<Ask> {
    let open = |ask: Ask| answers::text(a, ask).is_empty();
    let asked: &[Ask] = match kind {
        "contacted" if answers::text(a, Ask::Reached) == answers::YES => {
            &[Ask::Reached, Ask::Counts]
        }
        "contacted" => &[Ask::Reached],
        "reported" => &[Ask::How],
        "transferred" => &[Ask::Department],
        "target_changed" => &[Ask::Target],
        "urged" => &[Ask::Clock, Ask::How],
        "verified" => &[Ask::FoundDone],
        "opinion" | "noted" => &[Ask::Words],
        _ => &[],
    };
    asked.iter().copied().find(|ask| open(*ask))
}

/// The act that the answers make.
fn made(form: Form) -> Option<Act> {
    let page = form.page;
    let purpose = form.purpose.get_value();
    let zone = untrack(|| page.app.zone());
    let mut act = blank(&purpose.kind, purpose.about, page.app.instant())?;
    answers::apply(&mut act, &form.answers(), &zone);
    if let Act::Detailed(details) = &mut act {
        let unit = details.unit.clone();
        details.household = page.app.directory.with_untracked(|d| {
            let mut households = d.households.values();
            let lives = households.find(|h| !h.retired && unit.is_some() && h.unit == unit);
            lives.map(|household| household.id.clone())
        });
    }
    Some(act)
}

/// The clock that an act stops, beside the title of its sheet.
fn clock_of(kind: &str) -> Option<&'static str> {
    match kind {
        "contacted" | "solved_on_spot" => Some("P-feedback"),
        "done" | "target_changed" => Some("P-completion"),
        "measures_filled" => Some("P-measures"),
        "visit_attempted" => Some("P-revisit-minor"),
        _ => None,
    }
}

/// The reading of a clock that still runs.
fn running(page: Page, clock: &str, about: Option<&EntryHash>) -> Option<Reading> {
    let at = page.app.now.get();
    page.case.with(|open| {
        let readings = domain::case::clocks(&open.as_ref()?.case, at);
        readings.into_iter().find(|reading| {
            reading.clock == clock
                && reading.state.is_open()
                && reading.start.is_some()
                && (about.is_none() || reading.about.as_ref() == about)
        })
    })
}

/// The clock beside the title of a sheet.
pub(super) fn head(i18n: I18n, form: Form) -> impl IntoView {
    let page = form.page;
    let face = Memo::new(move |_| {
        let (zone, at) = (page.app.zone(), page.app.now.get());
        let (kind, about) = form
            .purpose
            .with_value(|p| (p.kind.clone(), p.about.clone()));
        let reading = running(page, clock_of(&kind)?, about.as_ref())?;
        Some(words::clock_face(i18n, &zone, &reading, at, 0))
    });
    move || {
        face.get()
            .map(|face| view! { <ClockBox face=Signal::stored(face) head=true /> })
    }
}

/// What a form begins with: nothing that a person must judge.
fn first_answers(i18n: I18n, page: Page, kind: &str, clock: Option<&str>) -> Answers {
    let mut first = Answers::new();
    match kind {
        "reported" => {
            first.insert(Ask::To, "station_head manager".to_owned());
        }
        "urged" => {
            let at = page.app.now.get_untracked();
            let reading = page.case.with_untracked(|open| {
                let readings = domain::case::clocks(&open.as_ref()?.case, at);
                let mut readings = readings.into_iter().filter(|r| r.state.is_open());
                readings.find(|r| clock.is_none_or(|clock| r.clock == clock))
            });
            if let Some(reading) = reading {
                let whom = untrack(|| owner_words(i18n, page.app, &reading));
                first.insert(Ask::Clock, reading.clock);
                first.insert(Ask::Whom, whom);
            }
        }
        "transferred" => {
            let department = page.case.with_untracked(|open| {
                let details = &open.as_ref()?.case.details;
                details.department_complained.clone()
            });
            if let Some(department) = department {
                first.insert(Ask::Department, department.to_string());
            }
        }
        _ => {}
    }
    first
}

/// Whether photos are asked for with an act of this kind.
fn takes_photos(page: Page, kind: &str) -> bool {
    // What intake left open is in words; a note takes photos.
    let act = blank(kind, None, page.app.instant()).filter(|_| kind != "detailed");
    act.is_some_and(|mut act| act.photos_mut().is_some())
}

/// The sheet of one act.
#[component]
fn ActSheet(
    page: Page,
    kind: String,
    about: Option<EntryHash>,
    clock: Option<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let department = page.case.with_untracked(|open| {
        let transfers = open.as_ref()?.case.transfers().iter();
        let mut transfers = transfers.filter(|t| Some(&t.hash) == about.as_ref());
        transfers.next().map(|transfer| transfer.department.clone())
    });
    let asks = if kind == "detailed" {
        detail_asks(page)
    } else {
        asks_of(&kind)
    };
    let purpose = Purpose {
        kind: kind.clone(),
        about,
        department,
        corrects: None,
    };
    let form = Form::begin(
        page,
        purpose,
        &first_answers(i18n, page, &kind, clock.as_deref()),
    );
    let open = RwSignal::new(true);
    let name = words::act_words(i18n, &kind);
    let opinion = kind == "opinion";
    let photos = takes_photos(page, &kind);
    let nth = opinion.then(|| place_in_pile(i18n, page)).flatten();
    let save = Callback::new(move |()| save(i18n, form, None));
    let asks = StoredValue::new(asks);
    view! {
        <Sheet
            id="act-sheet"
            open
            title=name.to_owned()
            close_label=t_string!(i18n, common.close)
            below=move || nth.clone()
            head=move || head(i18n, form)
            on_close=move |()| close(form)
        >
            {opinion.then(|| view! { <ForOpinion page /> })}
            {move || form.ready.get().then(|| fields(i18n, form, &asks.get_value()))}
            {photos.then(|| {
                let case = page.id.get_value();
                view! { <PhotosField case=Some(case) draft=form.draft_key() count=form.photos /> }
            })}
            <Faults form retry=save />
            <div class="sheet-foot">
                <KeptAt form />
                {if opinion {
                    view! { <OpinionButtons form /> }
                } else {
                    view! { <SaveButton form save words=name /> }
                }}
            </div>
        </Sheet>
    }
}

/// Keeps what was typed and takes the sheet away.
pub(super) fn close(form: Form) {
    form.keep();
    form.page.asked.set(None);
}

/// The one primary button of a sheet.
#[component]
pub(super) fn SaveButton(
    form: Form,
    #[prop(into)] save: Callback<()>,
    #[prop(into)] words: String,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="btn pri big"
            data-testid="save"
            aria-disabled=move || {
                (form.busy.get() || form.page.app.taking_photos.get() > 0).then_some("true")
            }
            on:click=move |_| save.run(())
        >
            {words}
        </button>
    }
}

/// Records the act of the form; then leads to `next`, or back to the case.
fn save(i18n: I18n, form: Form, next: Option<Callback<()>>) {
    let page = form.page;
    let kind = form.purpose.with_value(|purpose| purpose.kind.clone());
    // A photo says enough by itself.
    let told = kind == "noted" && form.photos.get_untracked() > 0;
    if let Some(ask) = required(&kind, &form.answers()).filter(|_| !told) {
        form.unanswered.set(Some(ask));
        focus(ask);
        return;
    }
    let Some(act) = made(form) else { return };
    if act == Act::Detailed(Details::default()) {
        page.asked.set(None);
        return;
    }
    let said = t_string!(i18n, case.saved_act, act = words::act_words(i18n, &kind));
    form.record(vec![act], move |entry| {
        let stayed = page.saved(said, entry.as_ref());
        if let Some(next) = next.filter(|_| stayed) {
            next.run(());
        }
    });
}

/// What the manager reads before writing: measures, the resident's words, late clocks.
#[component]
fn ForOpinion(page: Page) -> impl IntoView {
    let i18n = use_i18n();
    let app = page.app;
    let rows = move || {
        let (zone, at) = (app.zone(), app.now.get());
        let open = page.case.get()?;
        let case = &open.case;
        let content = case.details.content.clone();
        let content = content.unwrap_or_else(|| case.matter());
        let mut rows = vec![(t_string!(i18n, case.ask_content), content)];
        for transfer in case.open_round() {
            let measures = transfer.measures.clone().unwrap_or_default();
            rows.push((t_string!(i18n, case.ask_measures), measures));
            let done = transfer.done_words.clone().unwrap_or_default();
            rows.push((t_string!(i18n, case.words_done), done));
        }
        if let Some(resolution) = case.resolution() {
            rows.push((
                t_string!(i18n, case.words_resolved),
                resolution.words().to_owned(),
            ));
        }
        if let Some(revisit) = case.revisit() {
            let given = answers::answers(&Act::Revisited(revisit.act.clone()), &zone);
            let told = labels::facts(i18n, app, &given).into_iter();
            rows.extend(told.map(|fact| (labels::label(i18n, fact.ask), fact.words)));
        }
        for reading in domain::case::clocks(case, at) {
            use domain::clock::ClockState::{MetLate, Overdue};
            if matches!(reading.state, MetLate | Overdue) {
                let face = words::clock_face(i18n, &zone, &reading, at, 0);
                let title = words::clock_title(i18n, &reading.clock);
                rows.push((
                    t_string!(i18n, case.late_clock),
                    format!("{title} {} {}", face.word, face.value),
                ));
            }
        }
        rows.retain(|(_, words)| !words.is_empty());
        Some(rows)
    };
    let list = move || {
        let rows = rows().unwrap_or_default().into_iter();
        rows.map(|(label, words)| {
            view! {
                <dt>{label}</dt>
                <dd class="pre">{words}</dd>
            }
        })
        .collect::<Vec<_>>()
    };
    view! { <dl class="kv">{list}</dl> }
}

/// The case's place in the pile, where there are several.
fn place_in_pile(i18n: I18n, page: Page) -> Option<String> {
    let pile = untrack(|| pile(page.app));
    let here = page.id.get_value();
    let place = pile.iter().position(|(id, _)| *id == here)?;
    let count = pile.len();
    (count > 1).then(|| t_string!(i18n, case.pile_place, n = place + 1, all = count))
}

/// 簽核, 簽核，下一件, and the way to skip one; the draft of a skipped one stays.
#[component]
fn OpinionButtons(form: Form) -> impl IntoView {
    let i18n = use_i18n();
    let page = form.page;
    let here = page.id.get_value();
    let pile = untrack(|| pile(page.app));
    let place = pile.iter().position(|(id, _)| *id == here);
    let after = place.map_or(0, |place| place + 1);
    let others = pile.iter().skip(after).chain(pile.iter().take(after));
    let mut others = others.filter(|(id, _)| *id != here);
    let next = others.next().map(|(id, _)| id.clone());
    let there = move |id: &domain::id::CaseId| {
        let to = format!("{}?act=opinion", routes::case(id));
        page.asked.set(None);
        page.app.go(&to);
    };
    let only = next.is_none();
    let on_skip = next.clone();
    let on_next = next;
    let go_on = Callback::new(move |()| {
        if let Some(id) = &on_next {
            there(id);
        }
    });
    let skip = move |_| {
        form.keep();
        if let Some(id) = &on_skip {
            there(id);
        }
    };
    view! {
        {(!only)
            .then(|| {
                view! {
                    <button type="button" class="btn" data-testid="skip" on:click=skip>
                        {t!(i18n, case.skip)}
                    </button>
                    <button
                        type="button"
                        class="btn"
                        data-testid="save-stay"
                        on:click=move |_| save(i18n, form, None)
                    >
                        {t!(i18n, case.sign_off)}
                    </button>
                }
            })}
        <button
            type="button"
            class="btn pri big"
            data-testid="save"
            aria-disabled=move || form.busy.get().then_some("true")
            on:click=move |_| save(i18n, form, Some(go_on))
        >
            {if only { t_string!(i18n, case.sign_off) } else { t_string!(i18n, case.sign_next) }}
        </button>
    }
}

#[cfg(test)]
mod tests {
    use domain::time::{Instant, Zone};

    use super::*;

    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn given(pairs: &[(Ask, &str)]) -> Answers {
        pairs
            .iter()
            .map(|(ask, text)| (*ask, (*text).to_owned()))
            .collect()
    }

    #[test]
    fn a_contact_asks_whether_it_counts_only_where_the_resident_was_reached() {
        assert_eq!(required("contacted", &Answers::new()), Some(Ask::Reached));
        assert_eq!(required("contacted", &given(&[(Ask::Reached, "no")])), None);
        let reached = given(&[(Ask::Reached, "yes")]);
        assert_eq!(required("contacted", &reached), Some(Ask::Counts));
    }

    #[test]
    fn every_sheet_makes_an_act_of_its_kind_and_reads_it_back() {
        let zone = Zone::fixed("Asia/Shanghai", 8 * 3600);
        let about = Some(EntryHash::from("ab"));
        let all = given(&[
            (Ask::Contact, "explanation"),
            (Ask::Way, "door"),
            (Ask::Reached, "yes"),
            (Ask::Counts, "no"),
            (Ask::To, "station_head manager"),
            (Ask::Clock, "P-completion"),
            (Ask::Whom, "劉志強"),
            (Ask::How, "telephone"),
            (Ask::AnsweredBy, "陳志明"),
            (Ask::Department, "repair"),
            (Ask::Target, "2026-11-24T12:00"),
            (Ask::FoundDone, "yes"),
            (Ask::Words, "更換密封圈"),
            (Ask::ResidentWords, "能今天弄好就行"),
            (Ask::Reason, "備件未到"),
            (Ask::When, "stated"),
            (Ask::At, "2026-11-24T09:05"),
            (Ask::AtReason, "手上沒有平板"),
        ]);
        let kinds = [
            "contacted",
            "solved_on_spot",
            "reported",
            "transferred",
            "department_received",
            "target_changed",
            "done",
            "urged",
            "verified",
            "resolved",
            "visit_attempted",
            "opinion",
            "closed",
            "archived",
            "noted",
        ];
        for kind in kinds {
            let mut act = blank(kind, about.clone(), Instant(0)).unwrap();
            assert_eq!(act.kind(), kind);
            answers::apply(&mut act, &all, &zone);
            let back = answers::answers(&act, &zone);
            for (ask, text) in &back {
                assert_eq!(all.get(ask), Some(text), "{kind} {ask:?}");
            }
            for ask in asks_of(kind) {
                let hidden = [Ask::WayOther, Ask::When].contains(&ask);
                assert!(hidden || back.contains_key(&ask), "{kind} {ask:?}");
            }
            let mut again = act.clone();
            let mut edited = back;
            edited.insert(Ask::When, "stated".to_owned());
            answers::apply(&mut again, &edited, &zone);
            assert_eq!(again, act, "{kind}");
        }
    }

    #[test]
    fn details_come_back_as_they_were_given() {
        let zone = Zone::fixed("Asia/Shanghai", 8 * 3600);
        let all = given(&[
            (Ask::Channel, "in_person"),
            (Ask::Unit, "8-2-1103"),
            (Ask::Name, "王秀英"),
            (Ask::Address, "ms"),
            (Ask::Telephone, "0138 0000"),
            (Ask::Class, "4.1.1"),
            (Ask::Area, "maintenance"),
            (Ask::Severity, "minor"),
            (Ask::Validity, "valid"),
            (Ask::Complained, "repair"),
            (Ask::Content, "管道滴水"),
            (Ask::Demands, "今天之內止漏"),
            (Ask::Appointment, "約 14:00"),
            (Ask::DoorNotes, "按兩次鈴、有狗"),
        ]);
        let mut act = blank("detailed", None, Instant(0)).unwrap();
        answers::apply(&mut act, &all, &zone);
        assert_eq!(answers::answers(&act, &zone), all);
    }
}
