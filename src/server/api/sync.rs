//! `POST /v1/sync`: pushes, commits, then pulls.

use std::collections::BTreeMap;

use record::keys::to_base64;
use record::stream::Head;
use record::{Hash, Roster, ScopeId};
use sync::endpoint::{
    BadRequest, ReadBatch, Signer, acknowledge, read_batch, removed_scopes, said, scopes_to_send,
    streams_named,
};
use sync::wire::{Acknowledged, PROTO, ScopeKey, SyncReply, SyncRequest};

use super::fault::Fault;
use super::{pull, push};
use crate::ledger;
use crate::state::Endpoint;
use crate::store::{Store, StoreError, StreamRow, Tx};

impl From<BadRequest> for Fault {
    fn from(error: BadRequest) -> Self {
        match error {
            BadRequest::TooMany(_) => Self::too_much(error.to_string()),
            BadRequest::Protocol | BadRequest::Field(_) => Self::malformed(error.to_string()),
        }
    }
}

/// Takes a request whose signatures were checked: the tablet's, and that of who has unlocked it.
/// `body` is what was signed. What is pushed is taken whoever that is; what is sent is what is open
/// to that person.
///
/// # Errors
/// A fault where the request as a whole is not taken; nothing of it is stored then.
pub async fn sync<S: Store>(
    endpoint: &Endpoint<S>,
    request: &SyncRequest,
    signer: Signer,
    body: &[u8],
) -> Result<SyncReply, Fault> {
    let key_of = |scope: &ScopeId| endpoint.scopes.key(&request.device, scope);
    let batch = read_batch(request, &endpoint.root.public(), key_of)?;
    let nothing = request.entries.is_empty() && request.sealed.is_empty();
    let refused = if nothing && batch.receipts.is_empty() {
        Vec::new()
    } else {
        push::push(endpoint, request, &batch).await?
    };
    // What follows reads only what was committed.
    let mut tx = endpoint.store.read().await?;
    let roster = endpoint.roster(&mut tx).await?;
    let epoch = ledger::epoch(&mut tx).await?;
    let epoch = epoch.ok_or(StoreError::Damaged("the epoch"))?;
    let acknowledged = acknowledged(&mut tx, request, &batch, &roster).await?;
    let open = scopes_to_send(request, &signer, &roster);
    let pulled = pull::pull(&mut tx, request, &open.send, &epoch).await?;
    let now_ms = endpoint.clock.now_ms();
    let key = |scope: ScopeId| ScopeKey {
        scope,
        key: to_base64(key_of(&scope).bytes()),
    };
    let keys: Vec<ScopeKey> = open.give.into_iter().map(key).collect();
    let mut receipts = pulled.receipts;
    for receipt in pull::receipts_of_pushed(&mut tx, &batch).await? {
        if !receipts.contains(&receipt) {
            receipts.push(receipt);
        }
    }
    Ok(SyncReply {
        proto: PROTO,
        epoch,
        time: endpoint
            .author()
            .say(said(now_ms, &request.device, &roster), body),
        acknowledged,
        receipts,
        entries: pulled.entries,
        cursors: pulled.cursors,
        more: pulled.more,
        removed_scopes: removed_scopes(request, &roster),
        refused,
        frontiers: pulled.frontiers,
        unknown_person: matches!(signer, Signer::SignedOut | Signer::Unknown),
        former_person: signer == Signer::Former,
        revoked_tablet: roster.device(&request.device).is_some_and(|d| d.revoked),
        keys,
        closed_scopes: open.close,
    })
}

/// The frontier a row holds.
///
/// # Errors
/// Where the row is damaged.
pub fn head_of(row: &StreamRow) -> Result<Head, StoreError> {
    Ok(Head {
        stream: row
            .stream
            .parse()
            .map_err(|_| StoreError::Damaged("a stream"))?,
        seq: u64::try_from(row.seq).map_err(|_| StoreError::Damaged("a place"))?,
        hash: row
            .hash
            .parse()
            .map_err(|_| StoreError::Damaged("a hash"))?,
    })
}

async fn acknowledged<T: Tx>(
    tx: &mut T,
    request: &SyncRequest,
    batch: &ReadBatch,
    roster: &Roster,
) -> Result<Vec<Acknowledged>, Fault> {
    let mut acknowledged = Vec::new();
    for stream in streams_named(request, batch) {
        let row = tx.stream(&stream.to_string()).await?;
        let pushed = batch.entries.iter().map(|(_, entry)| entry);
        let pushed: Vec<_> = pushed
            .filter(|entry| entry.header().stream == stream)
            .collect();
        let mine = |row: &StreamRow| {
            row.device == request.device.to_string()
                || row
                    .scope
                    .parse()
                    .is_ok_and(|scope| roster.holds(&request.device, &scope))
        };
        // A stream of a scope that the tablet may not hold is not spoken of.
        if row
            .as_ref()
            .is_some_and(|row| pushed.is_empty() && !mine(row))
        {
            continue;
        }
        let head = row.as_ref().map_or(Ok(Head::empty(stream)), head_of)?;
        let mut held = Vec::new();
        let mut chain = BTreeMap::new();
        for entry in pushed {
            if tx.entry(&entry.hash().to_string()).await?.is_some() {
                let seq = entry.header().seq;
                held.push((seq, entry.hash()));
                chain.insert(seq, on_chain(tx, row.as_ref(), seq).await?);
            }
        }
        let at = |seq: u64| chain.get(&seq).copied().flatten();
        acknowledged.push(acknowledge(head, &held, at));
    }
    Ok(acknowledged)
}

/// The entry of a stream's chain at a place; nothing beyond the frontier is on it.
///
/// # Errors
/// Where the store fails.
pub async fn on_chain<T: Tx>(
    tx: &mut T,
    stream: Option<&StreamRow>,
    seq: u64,
) -> Result<Option<Hash>, StoreError> {
    let (Some(stream), Ok(place)) = (stream, i64::try_from(seq)) else {
        return Ok(None);
    };
    if stream.seq < place {
        return Ok(None);
    }
    let rows = tx.at(&stream.stream, place).await?;
    let chain = rows.iter().find(|row| !row.fork);
    Ok(chain.and_then(|row| row.hash.parse().ok()))
}
