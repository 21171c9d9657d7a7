//! `/v1/attachment/…`: parts of photos going up as they lie sealed on a tablet, and coming down to
//! who may read their scope.

use record::keys;
use sync::endpoint::{Signer, check_lacking, may_get, part_of, read_part};
use sync::wire::PROTO;
use sync::wire::attachment::{
    GetReply, GetRequest, Lacking, LackingReply, LackingRequest, PutReply, PutRequest,
};

use super::body;
use super::fault::Fault;
use crate::attachments::Taken;
use crate::erasures;
use crate::ledger;
use crate::state::Endpoint;
use crate::store::Store;

/// Says which of a tablet's attachments are not held.
///
/// # Errors
/// A fault where too many are named, or the endpoint fails.
pub async fn lacking<S: Store>(
    endpoint: &Endpoint<S>,
    request: &LackingRequest,
) -> Result<LackingReply, Fault> {
    check_lacking(request)?;
    let mut tx = endpoint.store.read().await?;
    let epoch = ledger::epoch(&mut tx).await?.unwrap_or_default();
    let mut lacking = Vec::new();
    for of in &request.attachments {
        // What was erased is asked for no more.
        if erasures::is_attachment_erased(&mut tx, &of.name).await? {
            continue;
        }
        if let Some(next) = endpoint.attachments.lacks(&request.owner, of).await? {
            let name = of.name;
            lacking.push(Lacking { name, next });
        }
    }
    Ok(LackingReply {
        proto: PROTO,
        epoch,
        lacking,
    })
}

/// Takes a part. What opens under the key of the tablet that sealed it is its own, whoever sends
/// it.
///
/// # Errors
/// A fault where it is no part, or all parts together are not the attachment.
pub async fn put<S: Store>(
    endpoint: &Endpoint<S>,
    request: &PutRequest,
) -> Result<PutReply, Fault> {
    let bytes = read_part(request)?;
    // Before it is taken: the word that it is held is of this epoch or of none.
    let mut tx = endpoint.store.read().await?;
    let epoch = ledger::epoch(&mut tx).await?.unwrap_or_default();
    let (owner, of) = (&request.owner, &request.attachment);
    if erasures::is_attachment_erased(&mut tx, &of.name).await? {
        let (proto, next) = (PROTO, None);
        return Ok(PutReply { proto, epoch, next });
    }
    drop(tx);
    let key = endpoint.scopes.key(owner, &of.scope);
    let place = (request.part, request.parts);
    let taken = endpoint.attachments.take((owner, &key), of, place, bytes);
    let next = match taken.await? {
        Taken::Whole => None,
        Taken::Lacks(part) => Some(part),
        Taken::Broken => return Err(Fault::broken_attachment()),
    };
    // It may have been ordered meanwhile.
    let mut tx = endpoint.store.read().await?;
    if erasures::is_attachment_erased(&mut tx, &of.name).await? {
        endpoint.attachments.remove(&[*of]).await?;
    }
    Ok(PutReply {
        proto: PROTO,
        epoch,
        next,
    })
}

/// Sends a part to who may read the attachment's scope now.
///
/// # Errors
/// A fault where they may not, or it is not held: nobody is told which.
pub async fn get<S: Store>(
    endpoint: &Endpoint<S>,
    request: &GetRequest,
    signer: Signer,
) -> Result<GetReply, Fault> {
    body::speaks(request.proto)?;
    let mut tx = endpoint.store.read().await?;
    let roster = endpoint.roster(&mut tx).await?;
    let erased = erasures::is_attachment_erased(&mut tx, &request.attachment.name).await?;
    drop(tx);
    if erased || !may_get(request, &signer, &roster) {
        return Err(Fault::no_attachment());
    }
    let attachment = endpoint.attachments.get(&request.attachment).await?;
    let attachment = attachment.ok_or_else(Fault::no_attachment)?;
    let (bytes, parts) = part_of(&attachment, request.part).ok_or_else(Fault::no_attachment)?;
    Ok(GetReply {
        proto: PROTO,
        parts,
        bytes: keys::to_base64(bytes),
    })
}
