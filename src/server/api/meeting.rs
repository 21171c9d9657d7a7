//! What a tablet says of itself with a sync, kept for its administrator.

use sync::wire::{SyncReply, SyncRequest};

use crate::state::Endpoint;
use crate::store::{MeetingRow, Store, Stored, Tx};

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
) -> Stored<()> {
    let Some(report) = &request.report else {
        return Ok(());
    };
    let report = serde_json::to_string(report).unwrap_or_default();
    let now_ms = endpoint.clock.now_ms();
    let device = request.device.to_string();
    let known = endpoint.store.read().await?.meeting(&device).await?;
    let complete = is_complete(request, reply);
    let complete_ms = complete.then_some(now_ms);
    let wiped_ms = request.wiping.then_some(now_ms);
    let row = MeetingRow {
        device,
        met_ms: now_ms,
        complete_ms: complete_ms.or(known.as_ref().and_then(|known| known.complete_ms)),
        wiped_ms: known.as_ref().and_then(|known| known.wiped_ms).or(wiped_ms),
        report,
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
    tx.commit().await
}

/// Whether the tablet has sent everything with this request, and received everything with its
/// reply.
fn is_complete(request: &SyncRequest, reply: &SyncReply) -> bool {
    let pushed = request.entries.len().saturating_add(request.sealed.len());
    let pushed = u64::try_from(pushed).unwrap_or(u64::MAX);
    let unsent = request.report.as_ref().map_or(0, |report| report.unsent);
    !reply.more && reply.refused.is_empty() && unsent <= pushed
}
