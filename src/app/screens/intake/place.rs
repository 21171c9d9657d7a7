//! 何人何處: the unit or the place, and who complains.

use domain::act::FormOfAddress;
use domain::site::Household;
use view::prelude::*;
use view::{IntoView, View, view};

use super::draft::{Draft, Section, Text};
use super::form::Form;
use super::parts::{Look, choice, heading, keeping, words_field};
use super::units;
use crate::i18n::{t, t_string};
use crate::platform;
use crate::ui::{FieldKind, Icon, IconSize, IconView, SegLook, SegOption};
use crate::words::I18n;

/// The household of the form, as the directory has it.
fn household(form: Form) -> Option<Household> {
    let id = form.draft.with(|d| d.household.clone())?;
    form.app.directory.with(|d| d.households.get(&id).cloned())
}

/// Where: 5 棟 1 單元 803, the words of a place, or that there is none yet.
pub(super) fn where_words(form: Form, i18n: I18n) -> Option<String> {
    let (unit, place) = form
        .draft
        .with(|d| (d.unit.clone(), d.text(Text::Place).trim().to_owned()));
    match unit {
        Some(unit) => Some(form.app.directory.with(|d| d.unit(i18n, &unit))),
        None => (!place.is_empty()).then_some(place),
    }
}

/// Who: the name and the relation to the household.
fn who(form: Form) -> (String, String) {
    let household = household(form);
    form.draft.with(|d| match household {
        Some(household) if !d.asks_person() => (household.name, household.relation),
        _ => (
            d.text(Text::Name).trim().to_owned(),
            d.text(Text::Relation).trim().to_owned(),
        ),
    })
}

/// 139 ···· 5071: enough to recognise it by.
fn masked(telephone: &str) -> String {
    let digits: Vec<char> = telephone.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < 8 {
        return telephone.to_owned();
    }
    let begins: String = digits.iter().take(3).collect();
    let ends: String = digits.iter().skip(digits.len() - 4).collect();
    format!("{begins} ···· {ends}")
}

/// The telephone of who complains, masked.
fn telephone(form: Form) -> String {
    let household = household(form);
    form.draft.with(|d| match household {
        Some(household) if !d.asks_person() => household
            .telephones
            .first()
            .map(|text| masked(text))
            .unwrap_or_default(),
        _ => masked(d.text(Text::Telephone).trim()),
    })
}

/// Telephone and earlier complaints, in one line.
fn more_words(form: Form, i18n: I18n) -> String {
    let mut parts = vec![telephone(form)];
    let earlier = units::earlier_cases(form);
    if earlier > 0 {
        parts.push(t_string!(i18n, intake.earlier, n = earlier));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// The place and the person chosen, for the foot of the page.
pub(super) fn chosen_line(form: Form, i18n: I18n) -> View {
    let line = move || {
        where_words(form, i18n).map(|place| {
            let (name, relation) = who(form);
            view! {
                <b>{place} {(!name.is_empty()).then(|| format!(" · {name}"))}</b>
                " "
                <span class="muted">{relation}</span>
                <div class="cap hide-ph">{more_words(form, i18n)}</div>
            }
        })
    };
    view! { <div class="grow hide-ph">{line}</div> }
}

/// The place and the person chosen, as a card with the way back to them.
pub(super) fn chosen_card(form: Form, i18n: I18n) -> View {
    let place = move || {
        where_words(form, i18n).unwrap_or_else(|| t_string!(i18n, intake.no_place).to_owned())
    };
    view! {
        <div class="card pad row between">
            <div class="row">
                <span class="avatar sq" aria-hidden="true">
                    <IconView icon=Icon::Building />
                </span>
                <div>
                    <b>{place}</b>
                    {move || {
                        let (name, relation) = who(form);
                        (!name.is_empty())
                            .then(|| {
                                view! {
                                    " · "
                                    {name}
                                    " "
                                    <span class="muted">{relation}</span>
                                }
                            })
                    }}
                    <div class="sm muted">{move || more_words(form, i18n)}</div>
                </div>
            </div>
            <button
                type="button"
                class="btn ghost nw"
                on:click=move |_| form.show(Section::Place)
            >
                {t!(i18n, intake.change)}
            </button>
        </div>
    }
}

/// Turns to somebody else than the household's contact, and back.
pub(super) fn other_person_button(form: Form, i18n: I18n, class: &'static str) -> View {
    let shown = move || {
        let (household, other) = form.draft.with(|d| (d.household.is_some(), d.other_person));
        household.then(|| {
            let words = if other {
                t_string!(i18n, intake.same_person)
            } else {
                t_string!(i18n, intake.other_person)
            };
            view! {
                <button
                    type="button"
                    class=class
                    aria-pressed=other.to_string()
                    on:click=move |_| {
                        form.edit(|d| d.other_person = !d.other_person);
                        if !other {
                            // The fields stand further down.
                            request_animation_frame(|| platform::focus("intake-name", false));
                        }
                    }
                >
                    {words}
                </button>
            }
        })
    };
    shown.into_view()
}

/// The section.
pub(super) fn section(form: Form, i18n: I18n) -> View {
    let public = Memo::new(move |_| form.draft.with(|d| d.public));
    view! {
        <div class="vh">
            {heading(Section::Place, t_string!(i18n, intake.section_place))}
        </div>
        <div class="unit-two">
            <aside class="col gap-14">
                {units::search(form, i18n)}
                <button
                    type="button"
                    class="btn"
                    data-testid="public-area"
                    aria-pressed=move || public.get().to_string()
                    on:click=move |_| form.edit(Draft::take_public)
                >
                    <IconView icon=Icon::Home size=IconSize::Small />
                    {t!(i18n, intake.public_area)}
                </button>
                {move || public.get().then(|| public_place(form, i18n))}
                {person(form, i18n)}
                <div class="only-n col">
                    {other_person_button(form, i18n, "btn")}
                </div>
                <div class="col keep">{keeping(form, i18n)}</div>
            </aside>
            {units::grid(form, i18n)}
        </div>
    }
}

fn public_place(form: Form, i18n: I18n) -> View {
    words_field(
        form,
        i18n,
        "intake-place",
        t_string!(i18n, intake.place),
        Text::Place,
        Look::line().hint(t_string!(i18n, intake.place_hint)),
    )
}

/// Who complains, where it is not the household's contact.
fn person(form: Form, i18n: I18n) -> View {
    let asked = Memo::new(move |_| {
        form.draft
            .with(|d| d.asks_person() && (d.unit.is_some() || d.public))
    });
    let fields = move || {
        asked.get().then(|| {
            view! {
                <section class="card pad col">
                    <h3>{t!(i18n, intake.person)}</h3>
                    {words_field(
                        form,
                        i18n,
                        "intake-name",
                        t_string!(i18n, intake.name),
                        Text::Name,
                        Look::line(),
                    )}
                    {address(form, i18n)}
                    {words_field(
                        form,
                        i18n,
                        "intake-telephone",
                        t_string!(i18n, intake.telephone),
                        Text::Telephone,
                        Look::line().optional().kind(FieldKind::Tel),
                    )}
                    {words_field(
                        form,
                        i18n,
                        "intake-relation",
                        t_string!(i18n, intake.relation),
                        Text::Relation,
                        Look::line().optional().relations(),
                    )}
                </section>
            }
        })
    };
    fields.into_view()
}

fn address(form: Form, i18n: I18n) -> View {
    choice(
        form,
        "intake-address",
        t_string!(i18n, intake.address),
        None,
        vec![
            SegOption::new(FormOfAddress::Ms, t_string!(i18n, common.ms)),
            SegOption::new(FormOfAddress::Mr, t_string!(i18n, common.mr)),
        ],
        SegLook::Row,
        |d| d.address,
        |d, form| d.address = Some(form),
    )
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn the_middle_of_a_telephone_number_is_not_shown() {
        assert_eq!(masked("139-0000-5071"), "139 ···· 5071");
        assert_eq!(masked("62345"), "62345");
        assert_eq!(masked(""), "");
    }
}
