//! What an administrator sees: people, tablets, what was set aside, and what was administered.

use std::collections::BTreeMap;

use record::erasure::{ORDER, Order};
use record::roster::{Item, KIND_PREFIX, ScopeKind};
use record::verdict::{ADMIT, Admit, SET_ASIDE, SetAside};
use record::{DeviceId, Entry, Hash, Roster, StaffId};
use sync::wire::PROTO;
use sync::wire::admin::{
    AdminReply, Administered, AsideSeen, MadeCode, Named, PersonSeen, Report, SiteDepartment,
    TabletSeen,
};

use super::{BY, CODE, group};
use crate::error::ServerError;
use crate::ledger::{Ledger, entry_of};
use crate::store::Tx;

/// Most lines of what was administered, and of what was set aside.
const LINES_MAX: usize = 200;

/// Everything an administrator sees, with the code that was just made.
///
/// # Errors
/// Where the store fails.
pub async fn view<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    made: Option<MadeCode>,
) -> Result<AdminReply, ServerError> {
    let codes = codes(ledger).await?;
    let tablets = tablets(ledger).await?;
    let aside = aside(ledger).await?;
    let log = log(ledger).await?;
    let roster = &ledger.roster;
    let departments = roster.departments().filter(|d| !d.retired);
    let devices: Vec<DeviceId> = roster.devices().map(|device| device.id).collect();
    let signed_in = |staff: StaffId| {
        let holds = |device: &&DeviceId| roster.keys(staff, **device).any(|key| !key.revoked);
        devices.iter().filter(holds).copied().collect()
    };
    let mut people: Vec<PersonSeen> = roster
        .staff()
        .map(|person| PersonSeen {
            staff: person.id,
            code: codes.get(&person.id).cloned().unwrap_or_default(),
            name: person.name.clone(),
            posts: person.posts.clone(),
            retired: person.retired,
            tablets: signed_in(person.id),
        })
        .collect();
    people.sort_by(|a, b| (a.retired, &a.code).cmp(&(b.retired, &b.code)));
    Ok(AdminReply {
        proto: PROTO,
        position: roster.position(),
        now_ms: ledger.now_ms(),
        sites: roster
            .sites()
            .map(|site| Named {
                code: site.code.clone(),
                name: site.name.clone(),
            })
            .collect(),
        departments: departments
            .map(|department| SiteDepartment {
                site: department.site.clone(),
                code: department.id.clone(),
                name: department.name.clone(),
            })
            .collect(),
        people,
        tablets,
        groups: group::seen(ledger),
        aside,
        log,
        made,
    })
}

/// The codes of people, by which site files name them.
pub(crate) async fn codes<T: Tx>(
    ledger: &mut Ledger<'_, T>,
) -> Result<BTreeMap<StaffId, String>, ServerError> {
    let mut codes = BTreeMap::new();
    for row in ledger.tx.of_kind("roster.staff").await? {
        let entry = entry_of(&row)?;
        let body = entry.body();
        let text = |field: &str| body.get(field).and_then(|value| value.as_str());
        if let (Some(Ok(staff)), Some(code)) = (text("id").map(str::parse), text(CODE)) {
            codes.insert(staff, code.to_owned());
        }
    }
    Ok(codes)
}

async fn tablets<T: Tx>(ledger: &mut Ledger<'_, T>) -> Result<Vec<TabletSeen>, ServerError> {
    let devices: Vec<_> = ledger.roster.devices().cloned().collect();
    let mut tablets = Vec::with_capacity(devices.len());
    for device in devices {
        let met = ledger.tx.meeting(&device.id.to_string()).await?;
        let report = met.as_ref().and_then(|met| read_report(&met.report));
        tablets.push(TabletSeen {
            device: device.id,
            title: ledger.roster.tablet_name(&device),
            code: device.code,
            site: device.site,
            name: device.name,
            revoked: device.revoked,
            wipe: device.wipe,
            wiped_ms: met.as_ref().and_then(|met| met.wiped_ms),
            met_ms: met.as_ref().map(|met| met.met_ms),
            complete_ms: met.and_then(|met| met.complete_ms),
            report,
        });
    }
    let place = |tablet: &TabletSeen| (tablet.revoked, tablet.code.len(), tablet.code.clone());
    tablets.sort_by_key(place);
    Ok(tablets)
}

fn read_report(text: &str) -> Option<Report> {
    serde_json::from_str(text).ok()
}

/// A tablet's code; its identifier where the roster does not know it.
fn code_of(roster: &Roster, device: &str) -> String {
    let known = device.parse().ok().and_then(|id| roster.device(&id));
    known.map_or_else(|| device.to_owned(), |device| device.code.clone())
}

async fn aside<T: Tx>(ledger: &mut Ledger<'_, T>) -> Result<Vec<AsideSeen>, ServerError> {
    let mut admitted: Vec<Hash> = Vec::new();
    for row in ledger.tx.of_kind(ADMIT).await? {
        if let Ok(admit) = entry_of(&row)?.body_as::<Admit>() {
            admitted.push(admit.hash);
        }
    }
    let mut seen = Vec::new();
    for row in ledger.tx.of_kind(SET_ASIDE).await? {
        let verdict = entry_of(&row)?;
        let Ok(set_aside) = verdict.body_as::<SetAside>() else {
            continue;
        };
        let concerned = ledger.tx.entry(&set_aside.hash.to_string()).await?;
        let writer = concerned.map(|row| entry_of(&row)).transpose()?;
        let writer = writer.map(|entry| entry.header().device.to_string());
        let scope = ledger.roster.scope(&verdict.header().scope);
        seen.push(AsideSeen {
            reason: set_aside.reason.code().to_owned(),
            refused: false,
            admitted: admitted.contains(&set_aside.hash),
            tablet: code_of(&ledger.roster, &writer.unwrap_or_default()),
            scope: scope.map(|scope| scope.kind.clone()),
            received_ms: row.received_ms,
        });
    }
    for row in ledger.tx.asides().await? {
        seen.push(AsideSeen {
            reason: row.reason,
            refused: true,
            admitted: false,
            tablet: code_of(&ledger.roster, &row.device),
            scope: None::<ScopeKind>,
            received_ms: row.received_ms,
        });
    }
    seen.sort_by_key(|one| core::cmp::Reverse(one.received_ms));
    seen.truncate(LINES_MAX);
    Ok(seen)
}

async fn log<T: Tx>(ledger: &mut Ledger<'_, T>) -> Result<Vec<Administered>, ServerError> {
    let mut lines = Vec::new();
    for row in ledger.tx.of_kind(KIND_PREFIX).await? {
        let entry = entry_of(&row)?;
        // A statement of a newer version that does not fit its kind tells nothing here.
        let Ok(Some((position, item))) = Item::of(&entry) else {
            continue;
        };
        let by = entry
            .body()
            .get(BY)
            .and_then(|by| by.as_str()?.parse().ok());
        let (what, ends) = about(&ledger.roster, &item);
        lines.push((
            position,
            Administered {
                at_ms: entry.header().wall_ms,
                by: by.map_or_else(String::new, |by| name_of(&ledger.roster, &by)),
                kind: entry.kind().to_owned(),
                what,
                ends,
            },
        ));
    }
    lines.sort_by_key(|(position, _)| core::cmp::Reverse(*position));
    let mut lines: Vec<Administered> = lines.into_iter().map(|(_, line)| line).collect();
    for row in ledger.tx.of_kind(ORDER).await? {
        lines.extend(erased(&ledger.roster, &entry_of(&row)?));
    }
    // What was said at one instant stays in its order.
    lines.sort_by_key(|line| core::cmp::Reverse(line.at_ms));
    lines.truncate(LINES_MAX);
    Ok(lines)
}

/// The line of an order to erase. The reason of a confidential one is for the scope's members.
fn erased(roster: &Roster, entry: &Entry) -> Option<Administered> {
    let (order, _) = Order::of(entry, roster)?;
    let scope = roster.scope(&entry.header().scope);
    let open = scope.is_some_and(|scope| scope.kind == ScopeKind::Site);
    let by: Vec<String> = order.by.iter().map(|by| name_of(roster, by)).collect();
    Some(Administered {
        at_ms: entry.header().wall_ms,
        by: by.join("、"),
        kind: ORDER.to_owned(),
        what: if open { order.reason } else { String::new() },
        ends: true,
    })
}

fn name_of(roster: &Roster, staff: &StaffId) -> String {
    let person = roster.person(staff);
    person.map_or_else(|| staff.to_string(), |person| person.name.clone())
}

/// What a statement is about, and whether it ends something.
fn about(roster: &Roster, item: &Item) -> (String, bool) {
    match item {
        Item::Site(site) => (site.name.clone(), false),
        Item::Scope(scope) => {
            let added = scope.added.iter().map(|staff| name_of(roster, staff));
            let added: Vec<String> = added.collect();
            let site = scope.site.clone().unwrap_or_default();
            let what = [site, added.join("、")];
            (what.join(" ").trim().to_owned(), false)
        }
        Item::Staff(person) => (person.name.clone(), person.retired),
        Item::Department(department) => (department.name.clone(), department.retired),
        Item::Device(device) => (roster.tablet_name(device), device.revoked),
        Item::Key(key) => {
            let device = roster.device(&key.device);
            let tablet = device.map(|device| roster.tablet_name(device));
            let name = name_of(roster, &key.staff);
            let what = format!("{name} {}", tablet.unwrap_or_default());
            (what.trim().to_owned(), key.revoked)
        }
        Item::Joining(joining) => {
            let consent = roster.consent(&joining.consent);
            let name = consent.map(|consent| name_of(roster, &consent.staff));
            (name.unwrap_or_default(), false)
        }
    }
}
