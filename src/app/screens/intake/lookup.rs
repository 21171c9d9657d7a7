//! Looking up units and households in the directory; no view.

use sorted::{SortedMap, SortedSet};
use std::cmp::Reverse;
use std::sync::Arc;

use domain::id::UnitId;
use domain::site::{Household, Unit};
use domain::summary::Summary;

use crate::directory::Directory;

/// Results shown of a search.
const SHOWN_MAX: usize = 30;
/// Digits from which the end of a telephone number is meant.
const TELEPHONE_DIGITS: usize = 4;
/// Units used last that are shown.
const RECENT_MAX: usize = 3;

/// A unit and a household that lives in it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// The unit.
    pub(super) unit: Unit,
    /// A household, where there is one.
    pub(super) household: Option<Household>,
}

/// A floor of an entrance.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Floor {
    /// Its number; 0 where the units have none.
    pub(super) number: i32,
    /// Its units by room.
    pub(super) units: Vec<Unit>,
}

/// Puts 2 before 10.
fn natural(text: &str) -> (u64, String) {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    (digits.parse().unwrap_or(u64::MAX), text.to_owned())
}

fn units(directory: &Directory) -> impl Iterator<Item = &Unit> {
    directory.units.values().filter(|unit| !unit.retired)
}

/// The buildings, as spoken, in order.
pub(super) fn buildings(directory: &Directory) -> Vec<String> {
    let names: SortedSet<String> = units(directory).map(|u| u.building.clone()).collect();
    let mut names: Vec<String> = names.into_iter().collect();
    sorted::sort_by_key(&mut names, |name| natural(name));
    names
}

/// The entrances of a building, in order.
pub(super) fn entrances(directory: &Directory, building: &str) -> Vec<String> {
    let of_it = units(directory).filter(|unit| unit.building == building);
    let names: SortedSet<String> = of_it.map(|unit| unit.entrance.clone()).collect();
    let mut names: Vec<String> = names.into_iter().collect();
    sorted::sort_by_key(&mut names, |name| natural(name));
    names
}

/// The floors of an entrance, the top one first.
pub(super) fn floors(directory: &Directory, building: &str, entrance: &str) -> Vec<Floor> {
    let mut floors: SortedMap<Reverse<i32>, Vec<Unit>> = SortedMap::new();
    for unit in units(directory) {
        if unit.building == building && unit.entrance == entrance {
            let floor = floors.get_or_default(Reverse(unit.floor));
            floor.push(unit.clone());
        }
    }
    let floor = |(Reverse(number), mut units): (Reverse<i32>, Vec<Unit>)| {
        sorted::sort_by_key(&mut units, |unit| natural(&unit.room));
        Floor { number, units }
    };
    floors.into_iter().map(floor).collect()
}

/// The first household of each unit that has one.
pub(super) fn by_unit(directory: &Directory) -> SortedMap<UnitId, Household> {
    let mut households = SortedMap::new();
    for household in directory.households.values().filter(|h| !h.retired) {
        if let Some(unit) = &household.unit {
            households.get_or_insert_with(unit.clone(), || household.clone());
        }
    }
    households
}

/// Cases of each unit that are not closed.
pub(super) fn open_counts<'a>(
    cases: impl Iterator<Item = &'a Arc<Summary>>,
) -> SortedMap<UnitId, usize> {
    let mut counts = SortedMap::new();
    for summary in cases.filter(|summary| is_open(summary)) {
        if let Some(unit) = &summary.unit {
            *counts.get_or_default(unit.clone()) += 1;
        }
    }
    counts
}

fn is_open(summary: &Summary) -> bool {
    use domain::view::Phase;
    !matches!(summary.phase(), Phase::Closed | Phase::Archived)
}

/// The units of the latest cases.
pub(super) fn recent<'a>(cases: impl Iterator<Item = &'a Arc<Summary>>) -> Vec<UnitId> {
    let mut dated: Vec<_> = cases
        .filter_map(|summary| Some((summary.received, summary.unit.as_ref()?)))
        .collect();
    sorted::sort_by_key(&mut dated, |(received, _)| Reverse(*received));
    let mut units: Vec<UnitId> = Vec::new();
    for (_, unit) in dated {
        if units.len() == RECENT_MAX {
            break;
        }
        if !units.contains(unit) {
            units.push(unit.clone());
        }
    }
    units
}

/// The units with their households, where the directory has them.
pub(super) fn listed(directory: &Directory, wanted: &[UnitId]) -> Vec<Found> {
    let units = wanted.iter().filter_map(|id| directory.units.get(id));
    let mut households = by_unit(directory);
    units
        .map(|unit| Found {
            unit: unit.clone(),
            household: households.remove(&unit.id),
        })
        .collect()
}

/// Units by the name of a household, the end of a telephone number, or a room: how many there
/// are, and the first of them.
pub(super) fn find(directory: &Directory, query: &str) -> (usize, Vec<Found>) {
    let query = query.trim().to_ascii_lowercase();
    if query.is_empty() {
        return (0, Vec::new());
    }
    let digits = query.chars().all(|c| c.is_ascii_digit());
    let mut of_unit: SortedMap<&UnitId, Vec<&Household>> = SortedMap::new();
    for household in directory.households.values().filter(|h| !h.retired) {
        if let Some(unit) = &household.unit {
            of_unit.get_or_default(unit).push(household);
        }
    }
    let mut found = Vec::new();
    for unit in units(directory) {
        let room = is_room(unit, &query, digits);
        let households = of_unit.get(&unit.id).map(Vec::as_slice).unwrap_or_default();
        let matching = households
            .iter()
            .filter(|household| room || is_household(household, &query, digits));
        let before = found.len();
        found.extend(matching.map(|household| Found {
            unit: unit.clone(),
            household: Some((*household).clone()),
        }));
        if room && found.len() == before {
            found.push(Found {
                unit: unit.clone(),
                household: None,
            });
        }
    }
    sorted::sort_by_key(&mut found, |one| {
        (
            // A room that is meant whole comes before one that begins so.
            one.unit.room != query,
            natural(&one.unit.building),
            natural(&one.unit.room),
        )
    });
    let all = found.len();
    found.truncate(SHOWN_MAX);
    (all, found)
}

/// The room itself, or `8-1103` and `8-2-1103`.
fn is_room(unit: &Unit, query: &str, digits: bool) -> bool {
    if digits {
        return unit.room.starts_with(query);
    }
    let whole = format!("{}-{}-{}", unit.building, unit.entrance, unit.room);
    let short = format!("{}-{}", unit.building, unit.room);
    whole.to_ascii_lowercase() == query
        || short.to_ascii_lowercase() == query
        || unit.room.to_ascii_lowercase().starts_with(query)
}

fn is_household(household: &Household, query: &str, digits: bool) -> bool {
    if !digits {
        return household.name.to_ascii_lowercase().contains(query);
    }
    let ends = |telephone: &String| {
        let plain: String = telephone.chars().filter(char::is_ascii_digit).collect();
        plain.ends_with(query)
    };
    query.len() >= TELEPHONE_DIGITS && household.telephones.iter().any(ends)
}

/// The unit an arrow leads to; up is up in the building.
pub(super) fn step<'a>(floors: &'a [Floor], at: (usize, usize), key: &str) -> Option<&'a Unit> {
    let (row, column) = at;
    let (row, column) = match key {
        "ArrowUp" => (row.checked_sub(1)?, column),
        "ArrowDown" => (row + 1, column),
        "ArrowLeft" => (row, column.checked_sub(1)?),
        "ArrowRight" => (row, column + 1),
        "Home" => (row, 0),
        "End" => (row, usize::MAX),
        _ => return None,
    };
    let units = &floors.get(row)?.units;
    match key {
        "ArrowRight" => units.get(column),
        _ => units.get(column).or_else(|| units.last()),
    }
}

#[cfg(test)]
mod tests {
    use domain::id::HouseholdId;

    use super::*;

    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn unit(building: &str, entrance: &str, floor: i32, room: &str) -> Unit {
        Unit {
            id: UnitId(format!("{building}-{entrance}-{room}")),
            building: building.to_owned(),
            entrance: entrance.to_owned(),
            floor,
            room: room.to_owned(),
            retired: false,
        }
    }

    fn directory() -> Directory {
        let mut directory = Directory::default();
        let units = [
            unit("10", "", 1, "101"),
            unit("2", "1", 1, "101"),
            unit("2", "1", 2, "201"),
            unit("2", "1", 2, "202"),
            unit("2", "2", 1, "101"),
        ];
        let names = ["Xu", "Wang", "Li", "Zhao"];
        for (unit, name) in units.iter().zip(names) {
            let id = HouseholdId(format!("H-{name}"));
            let household = Household {
                id: id.clone(),
                unit: Some(unit.id.clone()),
                name: name.to_owned(),
                relation: String::new(),
                telephones: vec![format!("139 0000 {}", 5000 + name.len())],
                form: None,
                notes: Vec::new(),
                retired: false,
            };
            directory.households.insert(id, household);
        }
        for unit in units {
            directory.units.insert(unit.id.clone(), unit);
        }
        directory
    }

    fn rooms(query: &str) -> Vec<String> {
        let (_, found) = find(&directory(), query);
        found
            .into_iter()
            .map(|one| one.unit.id.to_string())
            .collect()
    }

    #[test]
    fn a_unit_is_found_by_name_telephone_and_room() {
        assert_eq!(rooms("wan"), ["2-1-101"]);
        assert_eq!(rooms("5004"), ["2-1-101", "2-1-202"]);
        assert_eq!(rooms("004"), [""; 0]);
        assert_eq!(rooms("2-201"), ["2-1-201"]);
        assert_eq!(rooms("2-2-101"), ["2-2-101"], "nobody lives there");
        assert_eq!(rooms("20").len(), 2);
        assert_eq!(rooms(" "), [""; 0]);
    }

    #[test]
    fn buildings_and_floors_stand_as_in_the_street() {
        let directory = directory();
        assert_eq!(buildings(&directory), ["2", "10"]);
        assert_eq!(entrances(&directory, "2"), ["1", "2"]);
        let floors = floors(&directory, "2", "1");
        let numbers: Vec<i32> = floors.iter().map(|floor| floor.number).collect();
        assert_eq!(numbers, [2, 1]);
        let room = |at, key| step(&floors, at, key).map(|unit| unit.room.as_str());
        assert_eq!(room((1, 0), "ArrowUp"), Some("201"));
        assert_eq!(room((0, 1), "ArrowDown"), Some("101"));
        assert_eq!(room((0, 1), "ArrowRight"), None);
        assert_eq!(room((0, 0), "End"), Some("202"));
        assert_eq!(room((0, 0), "Enter"), None);
    }
}
