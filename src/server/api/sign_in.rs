//! `POST /v1/sign-in`: a person signs in on a tablet with a code, once; the key that the tablet has
//! made for the person goes into the roster.

use record::StaffId;
use record::roster::{Item, Key};
use serde_json::Map;
use sync::endpoint::normal_code;
use sync::wire::{CODE_BYTES_MAX, PROTO, SignInReply, SignInRequest, StaffName};

use super::body;
use super::fault::Fault;
use crate::sign_in;
use crate::state::Endpoint;
use crate::store::{SignInRow, Store, Tx};

/// Signs a person in. The same tablet may use the same code again, after a lost reply.
///
/// # Errors
/// A fault where the code is not in use, or is another tablet's by now.
pub async fn sign_in<S: Store>(
    endpoint: &Endpoint<S>,
    request: &SignInRequest,
) -> Result<SignInReply, Fault> {
    body::speaks(request.proto)?;
    if request.code.len() > CODE_BYTES_MAX {
        let most = format!("a code has at most {CODE_BYTES_MAX} bytes");
        return Err(Fault::malformed(most));
    }
    endpoint.try_code(&endpoint.sign_ins, request.device)?;
    let now_ms = endpoint.clock.now_ms();
    let mut tx = endpoint.store.write().await?;
    let (staff, made_by) = match request.staff.filter(|_| endpoint.training) {
        Some(staff) => (staff, None),
        None => {
            let whose = take_code(&mut tx, request, now_ms).await?;
            whose.ok_or_else(Fault::sign_in_code)?
        }
    };
    endpoint.was_right(&endpoint.sign_ins, &request.device);
    let mut ledger = endpoint.ledger(&mut tx).await?;
    let person = ledger.roster.person(&staff).filter(|p| !p.retired).cloned();
    let person = person.ok_or_else(Fault::sign_in_code)?;
    let mut known = ledger.roster.keys(staff, request.device);
    let certified = known.any(|key| key.public_key == request.public_key);
    drop(known);
    if !certified {
        let key = Item::Key(Key {
            staff,
            device: request.device,
            public_key: request.public_key,
            revoked: false,
            // Whoever makes a code could use it: the record says who did.
            by: made_by.and_then(|by| by.parse().ok()),
        });
        ledger.write_roster(vec![(key, Map::new())]).await?;
    }
    tx.commit().await?;
    Ok(SignInReply {
        proto: PROTO,
        person: StaffName {
            id: person.id,
            name: person.name,
        },
    })
}

/// The person whose code it is, which is this tablet's from now on, and who made it.
async fn take_code<T: Tx>(
    tx: &mut T,
    request: &SignInRequest,
    now_ms: i64,
) -> Result<Option<(StaffId, Option<String>)>, Fault> {
    let digest = sign_in::digest(&normal_code(&request.code));
    let device = request.device.to_string();
    let Some(row) = tx.sign_in_code(&digest).await? else {
        return Ok(None);
    };
    let free = row.device.as_ref().is_none_or(|taken| *taken == device);
    if !free || row.until_ms <= now_ms {
        return Ok(None);
    }
    let Ok(staff) = row.staff.parse() else {
        return Ok(None);
    };
    let taken = SignInRow {
        device: Some(device),
        ..row
    };
    tx.set_sign_in_code(&taken).await?;
    Ok(Some((staff, taken.made_by)))
}
