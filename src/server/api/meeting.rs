//! What a tablet says of itself with a sync, kept for its administrator.

use sync::endpoint::said;
use sync::wire::{SyncReply, SyncRequest};

use crate::error::ServerError;
use crate::state::Endpoint;
use crate::store::{MeetingRow, Store, Tx};

/// How long the same may be said again before it is written down anew, milliseconds.
const SAME_MS: i64 = 60_000;

/// Keeps what a tablet said, and whether it has sent and received everything with this.
///
/// # Errors
/// Where the store fails.
pub async fn note<S: Store>(
    endpoint: &Endpoint<S>,
    request: &SyncRequest,
    reply: &SyncReply,
) -> Result<(), ServerError> {
    if request.report.is_none() && !request.wiping {
        return Ok(());
    }
    let report = request.report.as_ref();
    let report = report.and_then(|report| serde_json::to_string(report).ok());
    let now_ms = endpoint.clock.now_ms();
    let device = request.device.to_string();
    let mut tx = endpoint.store.read().await?;
    let known = tx.meeting(&device).await?;
    let roster = endpoint.roster(&mut tx).await?;
    drop(tx);
    let complete = is_complete(request, reply);
    let complete_ms = complete.then_some(now_ms);
    // It deletes on the order alone, and not where this endpoint was put back meanwhile.
    let ordered = said(now_ms, &request.device, &roster).wipe;
    let wipes = ordered && request.wiping && request.epoch == reply.epoch;
    let wiped_ms = wipes.then_some(now_ms);
    let said_before = || known.as_ref().map(|known| known.report.clone());
    let row = MeetingRow {
        device,
        met_ms: now_ms,
        complete_ms: complete_ms.or(known.as_ref().and_then(|known| known.complete_ms)),
        wiped_ms: known.as_ref().and_then(|known| known.wiped_ms).or(wiped_ms),
        report: report.or_else(said_before).unwrap_or_default(),
    };
    let same = |known: &MeetingRow| {
        known.report == row.report
            && known.wiped_ms == row.wiped_ms
            && known.complete_ms.is_some() == row.complete_ms.is_some()
            && now_ms.saturating_sub(known.met_ms) < SAME_MS
    };
    if known.as_ref().is_some_and(same) {
        return Ok(());
    }
    let mut tx = endpoint.store.write().await?;
    tx.set_meeting(&row).await?;
    Ok(tx.commit().await?)
}

/// Whether the tablet has sent everything with this request, and received everything with its
/// reply.
fn is_complete(request: &SyncRequest, reply: &SyncReply) -> bool {
    let pushed = request.entries.len().saturating_add(request.sealed.len());
    let pushed = u64::try_from(pushed).unwrap_or(u64::MAX);
    let unsent = request.report.as_ref().map_or(0, |report| report.unsent);
    !reply.more && reply.refused.is_empty() && unsent <= pushed
}
