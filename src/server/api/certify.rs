//! `POST /v1/certify`: the keys of persons on a tablet are put into the roster.

use record::Entry;
use record::roster::{Item, Key};
use serde_json::Map;
use sync::wire::{CertifyReply, CertifyRequest, KEYS_MAX, PROTO};

use super::fault::Fault;
use crate::ledger::{Ledger, entry_of};
use crate::state::Endpoint;
use crate::store::{Store, Tx};

/// Certifies keys. A key that is certified already is answered with the entry that did it.
///
/// # Errors
/// A fault where the request passes its limits or the store fails.
pub async fn certify<S: Store>(
    endpoint: &Endpoint<S>,
    request: &CertifyRequest,
) -> Result<CertifyReply, Fault> {
    if request.proto != PROTO {
        return Err(Fault::malformed(format!(
            "this endpoint speaks protocol {PROTO}"
        )));
    }
    if request.keys.len() > KEYS_MAX {
        return Err(Fault::too_much(format!(
            "more than {KEYS_MAX} keys in one request"
        )));
    }
    let now_ms = endpoint.clock.now_ms();
    let mut tx = endpoint.store.write().await?;
    let mut ledger = Ledger::open(&mut tx, &endpoint.root, &endpoint.random, now_ms).await?;
    let mut entries = certified(&mut ledger, request).await?;
    let mut unknown_staff = Vec::new();
    let mut fresh = Vec::new();
    for asked in &request.keys {
        let person = ledger.roster.person(&asked.staff);
        if person.is_none_or(|person| person.retired) {
            unknown_staff.push(asked.staff);
            continue;
        }
        let mut keys = ledger.roster.keys(asked.staff, request.device);
        if keys.any(|key| key.public_key == asked.public_key) {
            continue;
        }
        let key = Key {
            staff: asked.staff,
            device: request.device,
            public_key: asked.public_key,
            revoked: false,
        };
        let item = (Item::Key(key), Map::new());
        if !fresh.contains(&item) {
            fresh.push(item);
        }
    }
    entries.extend(ledger.write_roster(fresh).await?);
    tx.commit().await?;
    Ok(CertifyReply {
        proto: PROTO,
        entries: entries
            .iter()
            .map(|entry| entry.text().to_owned())
            .collect(),
        unknown_staff,
    })
}

/// The entries that certified keys of the request before.
async fn certified<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    request: &CertifyRequest,
) -> Result<Vec<Entry>, Fault> {
    let mut entries = Vec::new();
    for row in ledger.tx.of_kind("roster.key").await? {
        let entry = entry_of(&row)?;
        let Ok(Some((_, Item::Key(key)))) = Item::of(&entry) else {
            continue;
        };
        let asked = request
            .keys
            .iter()
            .any(|asked| asked.staff == key.staff && asked.public_key == key.public_key);
        if key.device == request.device && asked {
            entries.push(entry);
        }
    }
    Ok(entries)
}
