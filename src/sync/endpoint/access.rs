//! Who may: what a tablet is sent, what it keeps, who has unlocked it, and what it is told.

use std::collections::BTreeSet;

use record::keys::{self, PublicKey};
use record::roster::Roster;
use record::signed::Said;
use record::{DeviceId, ScopeId, StaffId};

use crate::wire::SyncRequest;

/// The scopes a request names that its tablet may hold no longer. Of one that the roster does not
/// know nothing can be said: after a backup was put back it may be of before that was made.
#[must_use]
pub fn removed_scopes(request: &SyncRequest, roster: &Roster) -> Vec<ScopeId> {
    let cursors = request.cursors.iter().map(|cursor| cursor.scope);
    // Who had not unlocked the tablet when a scope was deleted has its key still.
    let named: BTreeSet<ScopeId> = cursors.chain(request.keys.iter().copied()).collect();
    let lost =
        |scope: &ScopeId| roster.scope(scope).is_some() && !roster.keeps(&request.device, scope);
    named.into_iter().filter(lost).collect()
}

/// What a reply says of the scopes that are open on a tablet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenScopes {
    /// Their entries go out: the tablet has their keys at hand.
    pub send: Vec<ScopeId>,
    /// Their keys go out.
    pub give: Vec<ScopeId>,
    /// The request names their keys, and the tablet keeps them for others alone.
    pub close: Vec<ScopeId>,
}

/// What the endpoint says to a tablet under its signature.
#[must_use]
pub fn said(now_ms: i64, device: &DeviceId, roster: &Roster) -> Said {
    let known = roster.device(device);
    Said {
        time_ms: now_ms,
        wipe: known.is_some_and(|device| device.revoked && device.wipe),
    }
}

/// Who unlocked the tablet, by the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// Nobody: the tablet is locked.
    Nobody,
    /// This person.
    Person(StaffId),
    /// Somebody who is gone.
    Former,
    /// Somebody whose key on the tablet was revoked.
    SignedOut,
    /// Somebody whose key on the tablet the roster does not certify: after a backup was put back
    /// that is older than their signing in, they sign in anew.
    Unknown,
}

/// The scopes that are open on a tablet to the person who signed the request, the company's first;
/// none where nobody did. Missing data means that nothing is sent.
#[must_use]
pub fn scopes_to_send(request: &SyncRequest, signer: &Signer, roster: &Roster) -> OpenScopes {
    let open = open_to(&request.device, signer, roster);
    let for_others = |scope: &&ScopeId| {
        !matches!(signer, Signer::Nobody | Signer::Unknown)
            && !open.contains(scope)
            && roster.keeps(&request.device, scope)
    };
    let close = request.keys.iter().filter(for_others).copied().collect();
    let at_hand = |scope: &ScopeId| request.keys.contains(scope);
    let (send, give) = open.into_iter().partition(at_hand);
    OpenScopes { send, give, close }
}

/// The scopes that are open on a tablet to who signed a request, the company's first.
pub(super) fn open_to(device: &DeviceId, signer: &Signer, roster: &Roster) -> Vec<ScopeId> {
    match signer {
        Signer::Person(person) => roster.scopes_open_to(device, person),
        Signer::Nobody | Signer::Former | Signer::SignedOut | Signer::Unknown => Vec::new(),
    }
}

/// Who unlocked the tablet: the person named, where the request is signed by a key of theirs on it
/// that the roster certifies, or did.
#[must_use]
pub fn signed_by(
    request: (&str, &DeviceId, &[u8]),
    named: Option<(&str, &str)>,
    roster: &Roster,
) -> Signer {
    let Some((staff, signature)) = named else {
        return Signer::Nobody;
    };
    signing_person(request, (staff, signature), roster).unwrap_or(Signer::Unknown)
}

fn signing_person(
    (path, device, body): (&str, &DeviceId, &[u8]),
    (staff, signature): (&str, &str),
    roster: &Roster,
) -> Option<Signer> {
    let person = roster.person(&staff.parse().ok()?)?;
    let mut keys = roster.keys(person.id, *device);
    let key =
        keys.find(|key| check_request(path, device, body, signature, &key.public_key).is_ok())?;
    Some(match (person.retired, key.revoked) {
        (true, _) => Signer::Former,
        (_, true) => Signer::SignedOut,
        _ => Signer::Person(person.id),
    })
}

/// Whether who signed the request may administer people and tablets.
#[must_use]
pub fn administers(signer: &Signer, roster: &Roster) -> Option<StaffId> {
    let Signer::Person(staff) = signer else {
        return None;
    };
    let person = roster.person(staff)?;
    person.is_administrator().then_some(person.id)
}

/// Checks the signature of a request by the device's key.
///
/// # Errors
/// [`keys::BadSignature`] where it does not hold.
pub fn check_request(
    path: &str,
    device: &DeviceId,
    body: &[u8],
    signature: &str,
    key: &PublicKey,
) -> Result<(), keys::BadSignature> {
    let signature = keys::decode(signature).ok_or(keys::BadSignature)?;
    let signed = record::signed::request_bytes("POST", path, device, body);
    key.verify(&signed, &signature)
}
