//! Who and where: the people, departments, units and households of the site, as last pulled.

use domain::id::{DepartmentId, DeviceId, HouseholdId, StaffId, UnitId};
use domain::site::{Department, Household, Site, Staff, Unit};
use domain::time::Instant;
use serde::{Deserialize, Serialize};
use sorted::SortedMap;

use crate::i18n::t_string;
use crate::state::Front;
use crate::words::I18n;

/// What the roster and the site's entries say, made ready for looking up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Directory {
    /// The site; `None` before the first pull.
    pub(crate) site: Option<Site>,
    /// People, retired ones too.
    pub(crate) staff: SortedMap<StaffId, Staff>,
    /// Departments, retired ones too.
    pub(crate) departments: SortedMap<DepartmentId, Department>,
    /// Units, retired ones too.
    pub(crate) units: SortedMap<UnitId, Unit>,
    /// Households, retired ones too.
    pub(crate) households: SortedMap<HouseholdId, Household>,
    /// Codes of the tablets: `B3`.
    pub(crate) devices: SortedMap<DeviceId, String>,
}

impl Directory {
    /// A person's name; empty where not known.
    pub(crate) fn name(&self, staff: &StaffId) -> String {
        self.staff
            .get(staff)
            .map(|s| s.name.clone())
            .unwrap_or_default()
    }

    /// A department's name; its code where not known.
    pub(crate) fn department(&self, id: &DepartmentId) -> String {
        self.departments
            .get(id)
            .map_or_else(|| id.to_string(), |d| d.name.clone())
    }

    /// The head of a department, where one is known.
    pub(crate) fn head_of(&self, id: &DepartmentId) -> Option<&Staff> {
        self.staff.values().find(|s| {
            !s.retired
                && s.department.as_ref() == Some(id)
                && s.roles.iter().any(|role| role == "head")
        })
    }

    /// The first person who holds a role.
    pub(crate) fn holder_of(&self, role: &str) -> Option<&Staff> {
        self.staff
            .values()
            .find(|s| !s.retired && s.roles.iter().any(|held| held == role))
    }

    /// A unit as people say it: 8 棟 2 單元 1103.
    pub(crate) fn unit(&self, i18n: I18n, id: &UnitId) -> String {
        self.units
            .get(id)
            .map_or_else(|| id.to_string(), |unit| unit_words(i18n, unit))
    }

    /// What is shown of it while the tablet is locked, with when each person unlocked it last.
    pub(crate) fn front(&self, used: SortedMap<StaffId, Instant>) -> Front {
        let place = |staff: &Staff| {
            let department = staff.department.as_ref().map(|id| self.department(id));
            (staff.id.clone(), (department, staff.roles.clone()))
        };
        let site = self.site.as_ref();
        Front {
            name: site.map(|site| site.name.clone()).unwrap_or_default(),
            zone: site.map(|site| site.zone.clone()),
            people: self.people().map(place).collect(),
            used,
        }
    }

    /// The people who may act on a tablet: not retired.
    pub(crate) fn people(&self) -> impl Iterator<Item = &Staff> {
        self.staff.values().filter(|s| !s.retired)
    }
}

/// 8 棟 2 單元 1103.
pub(crate) fn unit_words(i18n: I18n, unit: &Unit) -> String {
    let mut words = building_words(i18n, unit);
    words.push(' ');
    words.push_str(&unit.room);
    words
}

/// 8 棟 2 單元.
pub(crate) fn building_words(i18n: I18n, unit: &Unit) -> String {
    // A site may write the building's own name, 地下車庫, which takes no counter.
    let numbered = unit.building.chars().all(|c| c.is_ascii_alphanumeric());
    let mut words = if numbered {
        t_string!(i18n, common.building, building = unit.building.clone())
    } else {
        unit.building.clone()
    };
    if !unit.entrance.is_empty() {
        words.push(' ');
        words.push_str(&t_string!(
            i18n,
            common.entrance,
            entrance = unit.entrance.clone()
        ));
    }
    words
}
