//! `POST /v1/rescue`: entries that another tablet had not sent, from a file, as they lay on it.

use record::{Entry, Hash};
use sync::endpoint::open_sealed;
use sync::wire::rescue::{RescueReply, RescueRequest};
use sync::wire::{BATCH_BYTES_MAX, ENTRIES_MAX, PROTO, RefuseReason, Refused};

use super::fault::Fault;
use super::push;
use crate::ledger::Ledger;
use crate::state::Endpoint;
use crate::store::{AsideRow, Store, Tx};

/// Takes them as if that tablet had sent them. What does not open or is refused is kept aside.
///
/// # Errors
/// A fault where the request is not taken as a whole; nothing of it is stored then.
pub async fn rescue<S: Store>(
    endpoint: &Endpoint<S>,
    request: &RescueRequest,
) -> Result<RescueReply, Fault> {
    if request.proto != PROTO {
        return Err(Fault::malformed(format!(
            "this endpoint speaks protocol {PROTO}"
        )));
    }
    let bytes: usize = request.entries.iter().map(|one| one.bytes.len()).sum();
    if request.entries.len() > ENTRIES_MAX || bytes.saturating_mul(3) / 4 > BATCH_BYTES_MAX {
        let most = format!("at most {ENTRIES_MAX} entries and {BATCH_BYTES_MAX} bytes of them");
        return Err(Fault::too_much(most));
    }
    let key = |scope| endpoint.scopes.key(&request.rescued, scope);
    let opened = request
        .entries
        .iter()
        .map(|one| open_sealed(one, &key(&one.scope)))
        .enumerate();
    let mut entries: Vec<(usize, Entry)> = Vec::new();
    let mut refused = Vec::new();
    for (index, entry) in opened {
        match entry {
            Some(entry) => entries.push((index, entry)),
            None => refused.push(Refused {
                index,
                hash: None,
                reason: RefuseReason::Malformed,
            }),
        }
    }
    let now_ms = endpoint.clock.now_ms();
    let mut tx = endpoint.store.write().await?;
    let mut ledger = Ledger::open(&mut tx, &endpoint.root, &endpoint.random, now_ms).await?;
    refused.extend(push::take_all(&mut ledger, &entries).await?);
    for one in &refused {
        let sealed = request.entries.get(one.index);
        let Some(text) = sealed.and_then(|sealed| serde_json::to_string(sealed).ok()) else {
            continue;
        };
        let row = AsideRow {
            digest: Hash::of(text.as_bytes()).to_string(),
            bytes: text.into_bytes(),
            reason: one.reason.code().to_owned(),
            device: request.rescued.to_string(),
            received_ms: now_ms,
        };
        ledger.tx.keep_aside(&row).await?;
    }
    tx.commit().await?;
    Ok(RescueReply {
        proto: PROTO,
        refused,
    })
}
