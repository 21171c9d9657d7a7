//! From the record to the rules' own input, and to the directory.

use domain::act::Act;
use domain::id::{DepartmentId, DeviceId, EntryHash, StaffId};
use domain::recorded::{Author, Order, Recorded, Standing};
use domain::site::{Department, Household, Site, Staff, Unit};
use domain::time::{Instant, Span, Zone};
use record::Entry;
use record::roster::{ADMINISTRATOR, Post, Roster};
use record::verdict::Standing as RecordStanding;
use serde::de::DeserializeOwned;
use sync::tablet::Stored;

use crate::directory::Directory;

/// A draft as it was kept.
pub(crate) fn from_draft<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let text = core::str::from_utf8(bytes).ok()?;
    json::read(text).ok()
}

/// An entry of a case as the rules read it.
pub(crate) fn recorded(stored: &Stored) -> Recorded<Act> {
    let header = stored.entry.header();
    let interval = stored.recorded;
    Recorded {
        hash: EntryHash(stored.entry.hash().to_string()),
        after: header
            .after
            .iter()
            .map(|hash| EntryHash(hash.to_string()))
            .collect(),
        order: Order {
            ms: header.hlc.ms,
            n: header.hlc.n,
        },
        recorded: Span {
            from: Instant(interval.from_ms),
            best: Instant(interval.best_ms),
            to: interval.to_ms.map(Instant),
        },
        received: stored.received_ms.map(Instant),
        author: Author {
            staff: header.staff.map(|id| StaffId(id.to_string())),
            role: header.role.clone(),
            device: DeviceId(header.device.to_string()),
        },
        standing: match &stored.standing {
            RecordStanding::Counts => Standing::Counts,
            RecordStanding::SetAside(reason) => Standing::SetAside {
                reason: reason.code().to_owned(),
            },
            RecordStanding::Erased(order) => {
                let order = order.as_ref();
                let by = order.iter().flat_map(|(order, _)| &order.by);
                Standing::Erased {
                    reason: order.map_or_else(String::new, |(order, _)| order.reason.clone()),
                    by: by.map(|id| StaffId(id.to_string())).collect(),
                    at: order.map(|(_, at_ms)| Instant(*at_ms)),
                }
            }
        },
        act: Act::from_body(stored.entry.kind(), stored.entry.body_line()),
    }
}

/// The directory of a site: the roster, and what the site's entries say of units and households.
pub(crate) fn directory(roster: &Roster, site: &str, entries: &[Entry]) -> Directory {
    let mut directory = Directory {
        site: roster.site(site).map(|site| Site {
            code: site.code.clone(),
            name: site.name.clone(),
            zone: Zone {
                name: site.zone.name.clone(),
                base: site.zone.base,
                changes: site
                    .zone
                    .changes
                    .iter()
                    .map(|(at, s)| (Instant(*at), *s))
                    .collect(),
            },
        }),
        ..Directory::default()
    };
    for person in roster.staff() {
        let id = StaffId(person.id.to_string());
        let staff = Staff {
            id: id.clone(),
            name: person.name.clone(),
            roles: person
                .roles_at(site)
                .into_iter()
                // Of no site, which a tablet may be too: it says nothing of what is done here.
                .filter(|role| *role != ADMINISTRATOR)
                .map(str::to_owned)
                .collect(),
            department: person.department_at(site).map(DepartmentId::from),
            // Whose posts are all elsewhere is known here by name alone.
            retired: person.retired || {
                let here = |post: &Post| post.site == site;
                !person.posts.is_empty() && !person.posts.iter().any(here)
            },
        };
        directory.staff.insert(id, staff);
    }
    for department in roster.departments().filter(|d| d.site == site) {
        let id = DepartmentId(department.id.clone());
        let department = Department {
            id: id.clone(),
            name: department.name.clone(),
            retired: department.retired,
        };
        directory.departments.insert(id, department);
    }
    for device in roster.devices() {
        directory
            .devices
            .insert(DeviceId(device.id.to_string()), device.code.clone());
    }
    for entry in entries {
        place(&mut directory, entry);
    }
    directory
}

/// Later entries of a unit or household replace what earlier ones said.
fn place(directory: &mut Directory, entry: &Entry) {
    match entry.kind() {
        "site.unit" => {
            if let Ok(unit) = entry.body_as::<Unit>() {
                directory.units.insert(unit.id.clone(), unit);
            }
        }
        "site.household" => {
            if let Ok(household) = entry.body_as::<Household>() {
                directory.households.insert(household.id.clone(), household);
            }
        }
        // A kind of a newer version says nothing here.
        _ => {}
    }
}
