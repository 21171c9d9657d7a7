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
    let epoch = epoch(endpoint).await?;
    let mut lacking = Vec::new();
    for of in &request.attachments {
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
    let epoch = epoch(endpoint).await?;
    let (owner, of) = (&request.owner, &request.attachment);
    let key = endpoint.scopes.key(owner, &of.scope);
    let place = (request.part, request.parts);
    let taken = endpoint.attachments.take((owner, &key), of, place, bytes);
    let next = match taken.await? {
        Taken::Whole => None,
        Taken::Lacks(part) => Some(part),
        Taken::Broken => return Err(Fault::broken_attachment()),
    };
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
    let roster = {
        let mut tx = endpoint.store.read().await?;
        endpoint.roster(&mut tx).await?
    };
    if !may_get(request, &signer, &roster) {
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

async fn epoch<S: Store>(endpoint: &Endpoint<S>) -> Result<String, Fault> {
    let mut tx = endpoint.store.read().await?;
    Ok(ledger::epoch(&mut tx).await?.unwrap_or_default())
}
