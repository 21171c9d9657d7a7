//! A tablet that joined after the backup was made that was put back: the endpoint's own statement,
//! which the tablet kept, brings it back into the roster.

use record::roster::{Item, Roster};
use record::{DeviceId, Entry};
use sync::wire::SyncRequest;

use super::fault::Fault;
use super::push;
use crate::state::Endpoint;
use crate::store::{Store, Tx};

/// Takes the statement in that a request shows of its tablet, where the roster does not know the
/// tablet and the root has signed it. Whoever sends it: it is the endpoint's own.
///
/// # Errors
/// A fault where the store fails.
pub async fn rejoin<S: Store>(endpoint: &Endpoint<S>, request: &SyncRequest) -> Result<(), Fault> {
    let Some(text) = &request.joined else {
        return Ok(());
    };
    let mut tx = endpoint.store.read().await?;
    let roster = endpoint.roster(&mut tx).await?;
    drop(tx);
    let Some(entry) = Entry::parse(text.as_bytes()).ok() else {
        return Ok(());
    };
    if roster.device(&request.device).is_some() || !states(&entry, &request.device, &roster) {
        return Ok(());
    }
    let mut tx = endpoint.store.write().await?;
    let mut ledger = endpoint.ledger(&mut tx).await?;
    push::take_all(&mut ledger, &[(0, entry)]).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether an entry is the root's statement of a tablet.
fn states(entry: &Entry, device: &DeviceId, roster: &Roster) -> bool {
    let header = entry.header();
    let of_endpoint = header.is_by_itself(roster.endpoint());
    let named =
        matches!(Item::of(entry), Ok(Some((_, Item::Device(stated)))) if stated.id == *device);
    of_endpoint && named && entry.verify(roster.root()).is_ok()
}
