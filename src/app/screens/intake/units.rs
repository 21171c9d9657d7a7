//! The unit, found by name, telephone or room, or by building, entrance and floor.

use sorted::{SortedMap, SortedSet};
use std::sync::Arc;
use std::time::Duration;

use domain::id::{HouseholdId, UnitId};
use domain::site::{Household, Unit};
use leptos::ev::KeyboardEvent;
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use view::prelude::*;
use view::{View, view};

use super::form::Form;
use super::lookup::{self, Floor, Found};
use crate::i18n::{t, t_string};
use crate::screens::loading::Loading;
use crate::ui::{Chip, Field, FieldKind};
use crate::words::I18n;

/// Pause after the last character before the search answers.
const SEARCH_MS: u64 = 150;

/// Takes a unit and its household into the form.
fn take(form: Form, unit: &UnitId, household: Option<&HouseholdId>) {
    form.edit(|draft| draft.take_unit(unit.clone(), household.cloned()));
}

/// 8 棟, or the building's own name.
fn building_label(i18n: I18n, building: &str) -> String {
    if building.chars().all(|c| c.is_ascii_alphanumeric()) {
        t_string!(i18n, common.building, building = building.to_owned())
    } else {
        building.to_owned()
    }
}

/// The search, and what it found; the units used last while nothing is searched for.
pub(super) fn search(form: Form, i18n: I18n) -> View {
    let query = RwSignal::new(String::new());
    let asked = RwSignal::new(String::new());
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let on_edit = Callback::new(move |text: String| {
        if let Some(Some(old)) = timer.try_update_value(Option::take) {
            old.clear();
        }
        let answer = move || drop(asked.try_set(text));
        let next = set_timeout_with_handle(answer, Duration::from_millis(SEARCH_MS));
        timer.set_value(next.ok());
    });
    let found = Memo::new(move |_| {
        let asked = asked.get();
        form.app.directory.with(|d| lookup::find(d, &asked))
    });
    let recent = Memo::new(move |_| {
        let units = form.app.cases.with(|cases| lookup::recent(cases.values()));
        form.app.directory.with(|d| lookup::listed(d, &units))
    });
    view! {
        <Field
            id="intake-search"
            label=t_string!(i18n, intake.search)
            hint=t_string!(i18n, intake.search_hint).to_owned()
            value=query
            kind=FieldKind::Search
            on_edit
        />
        <Loading />
        {move || {
            if asked.with(|asked| asked.trim().is_empty()) {
                let title = t_string!(i18n, intake.recent).to_owned();
                recent.with(|units| results(form, i18n, title, units))
            } else {
                let (all, shown) = found.get();
                let title = t_string!(i18n, intake.found, n = all);
                results(form, i18n, title, &shown)
            }
        }}
    }
}

fn results(form: Form, i18n: I18n, title: String, found: &[Found]) -> View {
    let rows = found.iter().map(|one| {
        let Found { unit, household } = one.clone();
        let place = crate::directory::unit_words(i18n, &unit);
        let name = household.as_ref().map_or_else(
            || t_string!(i18n, intake.vacant).to_owned(),
            |household| household.name.clone(),
        );
        let id = household.map(|household| household.id);
        let choose = move |_| take(form, &unit.id, id.as_ref());
        view! {
            <li>
                <button type="button" class="rc" on:click=choose>
                    <b>{place}</b>
                    <span>{name}</span>
                </button>
            </li>
        }
    });
    view! {
        <section class="card found">
            <header>
                <h3>{title}</h3>
            </header>
            <ul>{rows.collect::<Vec<_>>()}</ul>
        </section>
    }
}

/// Buildings, entrances and the floors of the chosen entrance, top floor up.
pub(super) fn grid(form: Form, i18n: I18n) -> View {
    let chosen = form.draft.with_untracked(|d| d.unit.clone());
    let start = chosen.and_then(|id| {
        form.app
            .directory
            .with_untracked(|d| d.units.get(&id).cloned())
    });
    let buildings = Memo::new(move |_| form.app.directory.with(|d| lookup::buildings(d)));
    let only = buildings.with_untracked(|all| match all.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    });
    let building = RwSignal::new(start.as_ref().map(|unit| unit.building.clone()).or(only));
    let entrance = RwSignal::new(start.map(|unit| unit.entrance));
    let entrances = Memo::new(move |_| {
        let building = building.get();
        form.app.directory.with(|d| {
            building
                .map(|b| lookup::entrances(d, &b))
                .unwrap_or_default()
        })
    });
    // A unit that was found by searching leads the grid to its building.
    Effect::new(move |_| {
        let unit = form.draft.with(|d| d.unit.clone());
        let unit = unit.and_then(|id| {
            form.app
                .directory
                .with_untracked(|d| d.units.get(&id).cloned())
        });
        if let Some(unit) = unit {
            building.set(Some(unit.building));
            entrance.set(Some(unit.entrance));
        }
    });
    let floors = Memo::new(move |_| {
        let building = building.get();
        let entrance = entrance
            .get()
            .or_else(|| entrances.with(|all| all.first().cloned()))
            .unwrap_or_default();
        form.app.directory.with(|d| {
            building
                .map(|b| lookup::floors(d, &b, &entrance))
                .unwrap_or_default()
        })
    });
    view! {
        <section class="card pad col">
            {building_chips(i18n, buildings, building, entrance)}
            {entrance_chips(i18n, entrances, entrance, floors)}
            {move || {
                building
                    .get()
                    .is_none()
                    .then(|| view! { <p class="hint">{t!(i18n, intake.choose_building)}</p> })
            }}
            {cells(form, i18n, floors)}
        </section>
    }
}

fn building_chips(
    i18n: I18n,
    buildings: Memo<Vec<String>>,
    building: RwSignal<Option<String>>,
    entrance: RwSignal<Option<String>>,
) -> View {
    let chips = move || {
        let chip = |name: String| {
            let label = building_label(i18n, &name);
            let this = name.clone();
            let pressed = Signal::derive(move || building.with(|b| b.as_ref() == Some(&this)));
            let on_press = Callback::new(move |()| {
                building.set(Some(name.clone()));
                entrance.set(None);
            });
            view! { <Chip label pressed on_press /> }
        };
        buildings.get().into_iter().map(chip).collect::<Vec<_>>()
    };
    view! {
        <div class="chips" role="group" aria-label=t_string!(i18n, intake.buildings)>
            {chips}
        </div>
    }
}

fn entrance_chips(
    i18n: I18n,
    entrances: Memo<Vec<String>>,
    entrance: RwSignal<Option<String>>,
    floors: Memo<Vec<Floor>>,
) -> View {
    let chips = move || {
        let all = entrances.get();
        let first = all.first().cloned();
        let chip = |name: String| {
            let label = t_string!(i18n, common.entrance, entrance = name.clone());
            let (this, first) = (name.clone(), first.clone());
            let pressed = Signal::derive(move || {
                entrance.with(|chosen| chosen.as_ref().or(first.as_ref()) == Some(&this))
            });
            let on_press = Callback::new(move |()| entrance.set(Some(name.clone())));
            view! { <Chip label pressed on_press /> }
        };
        let several = all.len() > 1;
        several.then(|| all.into_iter().map(chip).collect::<Vec<_>>())
    };
    let count = move || {
        let n = floors.with(Vec::len);
        (n > 1).then(|| t_string!(i18n, intake.floors, n = n))
    };
    view! {
        <div class="chips" role="group" aria-label=t_string!(i18n, intake.entrances)>
            {chips}
            <span class="grow"></span>
            <span class="hint mid">{count}</span>
        </div>
    }
}

/// How the household of a cell is written: the surname until it is picked.
fn occupant(i18n: I18n, household: Option<&Household>, picked: bool) -> String {
    let Some(household) = household else {
        return t_string!(i18n, intake.vacant).to_owned();
    };
    // Where the site's file knows no name it has this word.
    if picked || household.name == t_string!(i18n, intake.resident) {
        return household.name.clone();
    }
    household.name.chars().take(1).collect()
}

fn cells(form: Form, i18n: I18n, floors: Memo<Vec<Floor>>) -> View {
    let open = Memo::new(move |_| {
        form.app
            .cases
            .with(|cases| lookup::open_counts(cases.values()))
    });
    let chosen = Memo::new(move |_| form.draft.with(|d| d.unit.clone()));
    let households = Memo::new(move |_| Arc::new(form.app.directory.with(|d| lookup::by_unit(d))));
    let rows = move || {
        let floors = floors.get();
        let first = floors
            .first()
            .and_then(|floor| floor.units.first())
            .map(|u| u.id.clone());
        let here: SortedSet<UnitId> = floors
            .iter()
            .flat_map(|floor| floor.units.iter().map(|unit| unit.id.clone()))
            .collect();
        // One stop for Tab: the chosen cell, or the first.
        let stop = Memo::new(move |_| {
            chosen
                .get()
                .filter(|id| here.contains(id))
                .or(first.clone())
        });
        let households = households.get();
        let row = |floor: Floor| {
            let label =
                (floor.number != 0).then(|| t_string!(i18n, common.floor, floor = floor.number));
            let units = floor.units.into_iter().map(|unit| {
                let household = households.get(&unit.id).cloned();
                cell(
                    form,
                    i18n,
                    unit,
                    household,
                    CellState { open, chosen, stop },
                )
            });
            view! {
                <div class="ur">
                    <span class="uf">{label}</span>
                    <div class="ucs">{units.collect::<Vec<_>>()}</div>
                </div>
            }
        };
        floors.into_iter().map(row).collect::<Vec<_>>()
    };
    view! {
        <div
            class="ug"
            role="group"
            aria-label=t_string!(i18n, intake.rooms)
            on:keydown=move |ev| walk(&ev, floors)
        >
            {rows}
        </div>
    }
}

#[derive(Clone, Copy)]
struct CellState {
    open: Memo<SortedMap<UnitId, usize>>,
    chosen: Memo<Option<UnitId>>,
    stop: Memo<Option<UnitId>>,
}

fn cell(
    form: Form,
    i18n: I18n,
    unit: Unit,
    household: Option<Household>,
    state: CellState,
) -> View {
    let id = StoredValue::new(unit.id.clone());
    let is = move |chosen: &Option<UnitId>| id.with_value(|id| chosen.as_ref() == Some(id));
    let picked = Memo::new(move |_| state.chosen.with(is));
    let stop = Memo::new(move |_| state.stop.with(is));
    let open = Memo::new(move |_| {
        id.with_value(|id| state.open.with(|open| open.get(id).copied().unwrap_or(0)))
    });
    let household_id = household.as_ref().map(|household| household.id.clone());
    view! {
        <button
            type="button"
            class="uc"
            id=cell_id(&unit.id)
            aria-pressed=move || if picked.get() { "true" } else { "false" }
            tabindex=move || if stop.get() { "0" } else { "-1" }
            on:click=move |_| id.with_value(|id| take(form, id, household_id.as_ref()))
        >
            <b>{unit.room}</b>
            <span>{move || occupant(i18n, household.as_ref(), picked.get())}</span>
            {move || {
                let n = open.get();
                (n > 0).then(|| view! { <em>{t_string!(i18n, intake.open, n = n)}</em> })
            }}
        </button>
    }
}

fn cell_id(unit: &UnitId) -> String {
    format!("unit-{unit}")
}

/// The arrows move from cell to cell as in the building.
fn walk(ev: &KeyboardEvent, floors: Memo<Vec<Floor>>) {
    let Some(from) = crate::platform::target_id(ev) else {
        return;
    };
    let to = floors.with_untracked(|floors| {
        let at = floors.iter().enumerate().find_map(|(row, floor)| {
            let column = floor
                .units
                .iter()
                .position(|unit| cell_id(&unit.id) == from)?;
            Some((row, column))
        })?;
        lookup::step(floors, at, &ev.key()).map(|unit| cell_id(&unit.id))
    });
    let Some(to) = to else { return };
    ev.prevent_default();
    crate::platform::focus(&to, false);
}

/// Cases of a household or a unit received in the twelve months before `now`.
pub(super) fn earlier_cases(form: Form) -> usize {
    let (unit, household) = form.draft.with(|d| (d.unit.clone(), d.household.clone()));
    let (zone, now) = (form.app.zone(), form.app.now.get());
    form.app.cases.with(|cases| {
        let of_them = cases.values().filter(|summary| match &household {
            Some(household) => summary.household.as_ref() == Some(household),
            None => unit.is_some() && summary.unit == unit,
        });
        let recent = of_them
            .filter(|summary| domain::calendar::add_months(&zone, summary.received, 12) > now);
        recent.count()
    })
}
