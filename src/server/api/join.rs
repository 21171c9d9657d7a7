//! `POST /v1/join`: a tablet joins the site with a code and its device key.

use record::roster::{Device, Item};
use record::{DeviceId, Roster};
use serde_json::Map;
use sync::endpoint::{next_device_code, normal_code};
use sync::wire::{
    CODE_BYTES_MAX, JoinReply, JoinRequest, NAME_BYTES_MAX, PROTO, ScopeGrant, StaffName, Training,
};

use super::body;
use super::fault::Fault;
use crate::ledger::{Ledger, entry_of};
use crate::state::Endpoint;
use crate::store::{Store, Tx};
use crate::tries::Source;

/// Takes a tablet in that is at `source`. The same key again, after a lost reply, is the same
/// tablet.
///
/// # Errors
/// A fault where the code is not in use, there is no site yet, or the request is malformed.
pub async fn join<S: Store>(
    endpoint: &Endpoint<S>,
    request: &JoinRequest,
    source: Source,
) -> Result<JoinReply, Fault> {
    body::speaks(request.proto)?;
    if request.name.len() > NAME_BYTES_MAX || request.code.len() > CODE_BYTES_MAX {
        let most = format!("a name has at most {NAME_BYTES_MAX} bytes, a code {CODE_BYTES_MAX}");
        return Err(Fault::malformed(most));
    }
    endpoint.try_code(&endpoint.joins, source)?;
    let mut tx = endpoint.store.write().await?;
    let Some(code) = tx.join_code(&normal_code(&request.code)).await? else {
        return Err(Fault::code());
    };
    endpoint.was_right(&endpoint.joins, &source);
    let now_ms = endpoint.clock.now_ms();
    let mut ledger = endpoint.ledger(&mut tx).await?;
    let known = ledger
        .roster
        .devices()
        .find(|device| device.public_key == request.device_key);
    let device = match known.cloned() {
        Some(device) => device,
        None => {
            let site = site_of(&ledger.roster, code.site)?;
            enrol(&mut ledger, request, site).await?
        }
    };
    let reply = reply(endpoint, &ledger.roster, &device, ledger.epoch(), now_ms);
    let entry = statement(&mut ledger, &device).await?;
    tx.commit().await?;
    Ok(JoinReply { entry, ..reply })
}

/// The first statement of a tablet, as the record has it.
async fn statement<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    device: &Device,
) -> Result<Option<String>, Fault> {
    for row in ledger.tx.of_kind("roster.device").await? {
        let entry = entry_of(&row)?;
        if let Ok(Some((_, Item::Device(stated)))) = Item::of(&entry)
            && stated.id == device.id
        {
            return Ok(Some(entry.text().to_owned()));
        }
    }
    Ok(None)
}

/// The site that a code is for: the one it names, or the only one there is. A code that names none
/// on purpose is for a tablet of the company where there is not exactly one, for administrators.
fn site_of(roster: &Roster, named: Option<String>) -> Result<String, Fault> {
    let mut sites = roster.sites().map(|site| site.code.clone());
    match (named, sites.next(), sites.next()) {
        (Some(named), ..) if !named.is_empty() => Ok(named),
        (_, Some(only), None) => Ok(only),
        (Some(company), ..) => Ok(company),
        (None, None, _) => Err(Fault::no_site()),
        (None, Some(_), Some(_)) => Err(Fault::several_sites()),
    }
}

async fn enrol<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    request: &JoinRequest,
    site: String,
) -> Result<Device, Fault> {
    let given = ledger.roster.devices().filter(|device| device.site == site);
    let code = next_device_code(given.map(|device| device.code.as_str()));
    let device = Device {
        id: DeviceId::from_random(ledger.random().bytes()?),
        code,
        site,
        name: request.name.clone(),
        public_key: request.device_key,
        revoked: false,
        wipe: false,
    };
    let item = Item::Device(device.clone());
    ledger.write_roster(vec![(item, Map::new())]).await?;
    Ok(device)
}

fn reply<S: Store>(
    endpoint: &Endpoint<S>,
    roster: &Roster,
    device: &Device,
    epoch: &str,
    now_ms: i64,
) -> JoinReply {
    let held = roster.scopes_of(&device.id);
    let scopes = held.iter().filter_map(|id| roster.scope(id));
    // No name is told to a tablet on which nobody has signed in.
    let staff = roster
        .staff()
        .filter(|person| endpoint.training && !person.retired);
    JoinReply {
        proto: PROTO,
        device: device.id,
        code: device.code.clone(),
        site: device.site.clone(),
        root: *roster.root(),
        epoch: epoch.to_owned(),
        time_ms: now_ms,
        scopes: scopes
            .map(|scope| ScopeGrant {
                id: scope.id,
                kind: scope.kind.clone(),
                site: scope.site.clone(),
            })
            .collect(),
        staff: staff
            .map(|person| StaffName {
                id: person.id,
                name: person.name.clone(),
            })
            .collect(),
        training: endpoint.training.then_some(Training { now_ms }),
        entry: None,
    }
}
