//! `POST /v1/rescue`: entries that another tablet had not sent, from a file, as they lay on it.

use sync::endpoint::read_rescue;
use sync::wire::PROTO;
use sync::wire::rescue::{RescueReply, RescueRequest};

use super::fault::Fault;
use super::push;
use crate::state::Endpoint;
use crate::store::{Store, Tx};

/// Takes them as if that tablet had sent them. What does not open or is refused is kept aside.
///
/// # Errors
/// A fault where the request is not taken as a whole; nothing of it is stored then.
pub async fn rescue<S: Store>(
    endpoint: &Endpoint<S>,
    request: &RescueRequest,
) -> Result<RescueReply, Fault> {
    let key = |scope: &_| endpoint.scopes.key(&request.rescued, scope);
    let batch = read_rescue(request, key)?;
    let mut tx = endpoint.store.write().await?;
    let mut ledger = endpoint.ledger(&mut tx).await?;
    let mut refused = batch.refused;
    refused.extend(push::take_all(&mut ledger, &batch.entries).await?);
    let sent = |index: usize| push::sealed_text(request.entries.get(index)?);
    push::keep_aside(&mut ledger, request.rescued, &refused, sent).await?;
    let gone = std::mem::take(&mut ledger.gone);
    tx.commit().await?;
    endpoint.attachments.remove(&gone).await?;
    Ok(RescueReply {
        proto: PROTO,
        refused,
    })
}
