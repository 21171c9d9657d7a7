//! Groups that handle complaints by themselves: `handling` scopes. Who keeps the machine makes one
//! and names its first members; later an administrator proposes people, and a member lets them in.

use record::roster::{Item, Scope, ScopeKind};
use record::{DeviceId, ScopeId, StaffId};
use serde_json::Map;
use sync::wire::admin::{GROUP_MAX, GroupSeen};

use super::{AdminError, Done, state};
use crate::ledger::Ledger;
use crate::store::Tx;

/// Makes a group of a site with its first members, who have signed in on one of these tablets.
/// No request asks for this: whoever may do it has the endpoint's keys anyway.
///
/// # Errors
/// Where site, people or tablets are not known, or somebody has not signed in.
pub async fn found<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    site: &str,
    mut people: Vec<StaffId>,
    tablets: Vec<DeviceId>,
) -> Result<ScopeId, AdminError> {
    if ledger.roster.site(site).is_none() {
        return Err(AdminError::Unknown("site"));
    }
    people.sort_unstable();
    people.dedup();
    if people.is_empty() {
        return Err(AdminError::Invalid("a group has a first member"));
    }
    check(ledger, &people, &tablets)?;
    let roster = &ledger.roster;
    let has_key =
        |staff: &StaffId, device: &DeviceId| roster.keys(*staff, *device).any(|key| !key.revoked);
    let signed_in = |staff: &StaffId| tablets.iter().any(|device| has_key(staff, device));
    if !people.iter().all(signed_in) {
        let why = "a first member has signed in on one of the group's tablets before";
        return Err(AdminError::Invalid(why));
    }
    let scope = Scope {
        id: ScopeId::from_random(ledger.random().bytes()?),
        kind: ScopeKind::Handling,
        site: Some(site.to_owned()),
        roles: Vec::new(),
        added: people,
        excluded: Vec::new(),
        devices: tablets,
        founding: true,
    };
    let id = scope.id;
    state(ledger, None, vec![(Item::Scope(scope), Map::new())]).await?;
    Ok(id)
}

/// States who is proposed for a group, and which tablets may hold what it writes.
pub(super) async fn set<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    by: Option<StaffId>,
    scope: &ScopeId,
    (people, tablets): (&[StaffId], &[DeviceId]),
) -> Done {
    let known = ledger.roster.scope(scope);
    let known = known.filter(|scope| scope.kind == ScopeKind::Handling);
    let known = known.cloned().ok_or(AdminError::Unknown("group"))?;
    check(ledger, people, tablets)?;
    let scope = Scope {
        added: people.to_vec(),
        devices: tablets.to_vec(),
        founding: false,
        ..known
    };
    state(ledger, by, vec![(Item::Scope(scope), Map::new())]).await
}

fn check<T: Tx>(
    ledger: &Ledger<'_, T>,
    people: &[StaffId],
    tablets: &[DeviceId],
) -> Result<(), AdminError> {
    if people.len() > GROUP_MAX || tablets.len() > GROUP_MAX {
        return Err(AdminError::Invalid(
            "a group has at most 256 people and tablets",
        ));
    }
    let person = |staff| ledger.roster.person(staff).is_some_and(|p| !p.retired);
    if !people.iter().all(person) {
        return Err(AdminError::Unknown("person"));
    }
    let tablet = |device| ledger.roster.device(device).is_some();
    if !tablets.iter().all(tablet) {
        return Err(AdminError::Unknown("tablet"));
    }
    Ok(())
}

/// The groups, with who is a member and who waits.
pub(super) fn seen<T: Tx>(ledger: &Ledger<'_, T>) -> Vec<GroupSeen> {
    let roster = &ledger.roster;
    let groups = roster.scopes().filter(|s| s.kind == ScopeKind::Handling);
    let group = |scope: &Scope| {
        let named = |staff: &StaffId| {
            roster.person(staff).is_some_and(|person| !person.retired)
                && roster.named_at(staff, &scope.id, roster.position())
        };
        let is_member = |staff: &StaffId| {
            let mut tablets = scope.devices.iter();
            tablets.any(|device| roster.is_member(staff, device, &scope.id))
        };
        let named = roster.staff().map(|person| person.id).filter(named);
        let (members, waiting) = named.partition(is_member);
        GroupSeen {
            scope: scope.id,
            site: scope.site.clone().unwrap_or_default(),
            members,
            waiting,
            tablets: scope.devices.clone(),
        }
    };
    groups.map(group).collect()
}
