//! 處理與派單: solved on the spot, or reported and passed on to a department.

use domain::act::Way;
use domain::id::{DepartmentId, StaffId};
use view::prelude::*;
use view::{View, view};

use super::draft::{Section, Text, ToldBy};
use super::form::Form;
use super::parts::{Look, choice, clocks_card, heading, keeping, words_field};
use crate::i18n::{t, t_string};
use crate::ui::{Chip, SegLook, SegOption, Tick};
use crate::words::I18n;

/// The section.
pub(super) fn section(form: Form, i18n: I18n) -> View {
    let on_spot = Memo::new(move |_| form.draft.with(|d| d.on_spot));
    view! {
        <div class="two">
            <div class="col gap-18">
                <div class="vh">
                    {heading(Section::Handling, t_string!(i18n, intake.section_handling))}
                </div>
                {on_spot_card(form, i18n, "intake-on-spot")}
                {move || match on_spot.get() {
                    Some(true) => solved(form, i18n),
                    Some(false) => passed_on(form, i18n),
                    None => View::default(),
                }}
                {visit(form, i18n)}
                {staff_complained(form, i18n)}
            </div>
            <aside class="col sticky">{clocks_card(form, i18n)} {keeping(form, i18n)}</aside>
        </div>
    }
}

/// 現場能解決嗎？ Choosing no includes the report to station head and manager, and says so.
pub(super) fn on_spot_card(form: Form, i18n: I18n, id: &'static str) -> View {
    let hint = move || match form.draft.with(|d| d.on_spot) {
        Some(true) => t_string!(i18n, intake.on_spot_yes_hint),
        _ => t_string!(i18n, intake.on_spot_no_hint),
    };
    view! {
        <div class="card pad col gap-10">
            {choice(
                form,
                id,
                t_string!(i18n, intake.on_spot),
                Some("P-5.3.2"),
                vec![
                    SegOption::new(true, t_string!(i18n, intake.on_spot_yes)),
                    SegOption::new(false, t_string!(i18n, intake.on_spot_no)),
                ],
                SegLook::Row,
                |d| d.on_spot,
                |d, solved| {
                    d.report = !solved && (d.report || d.on_spot != Some(false));
                    d.on_spot = Some(solved);
                },
            )}
            <p class="hint">{hint}</p>
        </div>
    }
}

fn solved(form: Form, i18n: I18n) -> View {
    view! {
        {words_field(
            form,
            i18n,
            "intake-result",
            t_string!(i18n, intake.result),
            Text::Result,
            Look::area().hint(t_string!(i18n, intake.result_hint)),
        )}
        {choice(
            form,
            "intake-told",
            t_string!(i18n, intake.told),
            Some("P-5.3.3"),
            vec![
                SegOption::new(Way::InPerson, t_string!(i18n, act.way_in_person)),
                SegOption::new(Way::Telephone, t_string!(i18n, act.way_telephone)),
                SegOption::new(Way::Door, t_string!(i18n, act.way_door)),
                SegOption::new(Way::Message, t_string!(i18n, act.way_message)),
            ],
            SegLook::Row,
            |d| d.told,
            |d, way| d.told = Some(way),
        )}
        <p class="hint">{t!(i18n, intake.told_hint)}</p>
    }
}

fn passed_on(form: Form, i18n: I18n) -> View {
    let report = Memo::new(move |_| form.draft.with(|d| d.report));
    view! {
        {departments(form, i18n)}
        {words_field(
            form,
            i18n,
            "intake-words",
            t_string!(i18n, intake.words),
            Text::Words,
            Look::low_area().optional(),
        )}
        <Tick
            id="intake-report"
            label=t_string!(i18n, intake.report)
            hint=t_string!(i18n, intake.report_hint).to_owned()
            on=report
            on_change=Callback::new(move |on| form.edit(|d| d.report = on))
        />
        {move || report.get().then(|| reported_by(form, i18n))}
    }
}

/// 被投訴部門: none is chosen by the program.
fn departments(form: Form, i18n: I18n) -> View {
    let all = Memo::new(move |_| {
        form.app.directory.with(|d| {
            let offered = d.departments.values().filter(|one| !one.retired);
            offered
                .map(|one| (one.id.clone(), one.name.clone()))
                .collect::<Vec<_>>()
        })
    });
    let chip = move |(id, name): (DepartmentId, String)| {
        let this = id.clone();
        let pressed =
            Signal::derive(move || form.draft.with(|d| d.department.as_ref() == Some(&this)));
        let on_press = Callback::new(move |()| {
            let id = id.clone();
            form.edit(move |d| {
                d.department = (d.department.as_ref() != Some(&id)).then_some(id);
            });
        });
        view! { <Chip label=name pressed on_press /> }
    };
    let head = move || {
        let id = form.draft.with(|d| d.department.clone())?;
        let head = form
            .app
            .directory
            .with(|d| d.head_of(&id).map(|s| s.name.clone()))?;
        Some(t_string!(i18n, intake.department_head, name = head))
    };
    view! {
        <div class="field">
            <span class="lab" id="intake-department-label">
                {t!(i18n, intake.department)}
                " "
                <span class="clause">"P-5.3.4"</span>
            </span>
            <div
                class="chips"
                role="group"
                id="intake-department"
                aria-labelledby="intake-department-label"
            >
                {move || all.get().into_iter().map(chip).collect::<Vec<_>>()}
            </div>
            <span class="hint">
                {move || head().unwrap_or_else(|| {
                    t_string!(i18n, intake.department_hint).to_owned()
                })}
            </span>
        </div>
    }
}

fn reported_by(form: Form, i18n: I18n) -> View {
    let by_telephone = Memo::new(move |_| {
        form.draft
            .with(|d| d.reported_by == Some(ToldBy::Telephone))
    });
    view! {
        {choice(
            form,
            "intake-reported-by",
            t_string!(i18n, intake.reported_by),
            Some("P-5.3.2"),
            vec![
                SegOption::new(ToldBy::InPerson, t_string!(i18n, intake.by_person)),
                SegOption::new(ToldBy::Telephone, t_string!(i18n, intake.by_telephone)),
                SegOption::new(ToldBy::InApp, t_string!(i18n, intake.by_app)),
            ],
            SegLook::Row,
            |d| d.reported_by,
            |d, by| d.reported_by = Some(by),
        )}
        {move || {
            if by_telephone.get() {
                words_field(
                    form,
                    i18n,
                    "intake-answered-by",
                    t_string!(i18n, intake.answered_by),
                    Text::AnsweredBy,
                    Look::line(),
                )
            } else {
                view! { <p class="hint">{t!(i18n, intake.by_app_hint)}</p> }
            }
        }}
    }
}

/// When the resident is at home and what to mind at the door.
fn visit(form: Form, i18n: I18n) -> View {
    let by_telephone = Memo::new(move |_| form.draft.with(|d| d.by_telephone));
    view! {
        <section class="card pad col">
            <h3>{t!(i18n, intake.visit)}</h3>
            <div class="g2">
                {words_field(
                    form,
                    i18n,
                    "intake-appointment",
                    t_string!(i18n, intake.appointment),
                    Text::Appointment,
                    Look::line().optional().hint(t_string!(i18n, intake.appointment_hint)),
                )}
                {words_field(
                    form,
                    i18n,
                    "intake-door-notes",
                    t_string!(i18n, intake.door_notes),
                    Text::DoorNotes,
                    Look::line().optional().hint(t_string!(i18n, intake.door_notes_hint)),
                )}
            </div>
            <Tick
                id="intake-by-telephone"
                label=t_string!(i18n, intake.revisit_telephone)
                on=by_telephone
                on_change=Callback::new(move |on| form.edit(|d| d.by_telephone = on))
            />
        </section>
    }
}

/// A member of staff who is complained about: cannot handle, verify or revisit the case.
fn staff_complained(form: Form, i18n: I18n) -> View {
    let options = move || {
        let chosen = form.draft.with(|d| d.staff.clone());
        form.app.directory.with(|d| {
            let option = |staff: &domain::site::Staff| {
                let selected = chosen.as_ref() == Some(&staff.id);
                view! {
                    <option value=staff.id.to_string() selected=selected>
                        {staff.name.clone()}
                    </option>
                }
            };
            d.people().map(option).collect::<Vec<_>>()
        })
    };
    let choose = move |ev| {
        let id = event_target_value(&ev);
        let staff = (!id.is_empty()).then_some(StaffId(id));
        form.edit(move |d| d.staff = staff);
    };
    view! {
        <div class="field">
            <label for="intake-staff">
                {t!(i18n, intake.staff)}
                <span class="opt">" " {t!(i18n, common.optional)}</span>
            </label>
            <select class="inp" id="intake-staff" on:change=choose>
                <option value="">{t!(i18n, intake.staff_none)}</option>
                {options}
            </select>
            <span class="hint">{t!(i18n, intake.staff_hint)}</span>
        </div>
    }
}
