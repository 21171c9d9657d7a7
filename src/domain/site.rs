//! The site as its file states it: people, departments, units and households. Real input; the
//! rules only read it.

use serde::{Deserialize, Serialize};

use crate::id::{DepartmentId, HouseholdId, StaffId, UnitId};
use crate::time::Zone;

/// A property service station (P-2.0): the unit of data, access, numbering and reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// Short code that begins case numbers: `YS`.
    pub code: String,
    /// Name as printed.
    pub name: String,
    /// The site's zone.
    pub zone: Zone,
}

/// A department.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Department {
    /// Code of the site file.
    pub id: DepartmentId,
    /// Name as printed: 維修部.
    pub name: String,
    /// Gone from the latest site file: kept, no longer offered.
    #[serde(default)]
    pub retired: bool,
}

/// A member of staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// Random id, given at first import.
    pub id: StaffId,
    /// Name.
    pub name: String,
    /// Roles held, as the procedure file names them: `officer`, `head`, `handler`,
    /// `station_head`, `manager`. None: 「您在這個站點還沒有職務」.
    pub roles: Vec<String>,
    /// The department, where there is one.
    pub department: Option<DepartmentId>,
    /// Gone from the latest site file.
    #[serde(default)]
    pub retired: bool,
}

/// A unit: a flat, a shop, a parking space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Code of the site file.
    pub id: UnitId,
    /// Building as spoken: `8` for 8 棟.
    pub building: String,
    /// Entrance (單元) where the building has several; empty otherwise.
    #[serde(default)]
    pub entrance: String,
    /// Floor number; 0 where it has none.
    #[serde(default)]
    pub floor: i32,
    /// Room: `1103`.
    pub room: String,
    /// Gone from the latest site file.
    #[serde(default)]
    pub retired: bool,
}

/// A household: the people, who may move to another unit (P-9.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Household {
    /// Code of the site file.
    pub id: HouseholdId,
    /// The unit it lives in.
    pub unit: Option<UnitId>,
    /// Name of the contact.
    pub name: String,
    /// 業主, 租戶 …
    #[serde(default)]
    pub relation: String,
    /// Telephones as text.
    #[serde(default)]
    pub telephones: Vec<String>,
    /// 女士 or 先生 where known.
    #[serde(default)]
    pub form: Option<crate::act::FormOfAddress>,
    /// Notes for the door.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Gone from the latest site file.
    #[serde(default)]
    pub retired: bool,
}
