//! The numbers under which the endpoint passes entries on.

use std::collections::BTreeMap;

use record::{Hash, ScopeId};
use sync::wire::SyncReply;

use crate::invariants::{Broken, Invariant};
use crate::world::World;

/// What tablets were told of feeds: by epoch, scope and number, the digest up to there.
pub(crate) type ToldFeeds = BTreeMap<(String, ScopeId, u64), Hash>;

/// The numbers of each scope begin at 1 and have no gap.
///
/// # Errors
/// The number that is wrong.
pub(crate) fn look(world: &World) -> Result<(), Broken> {
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    for row in world.host.rows() {
        let last = last.entry(row.scope.clone()).or_default();
        *last += 1;
        if row.feed != *last {
            return Invariant::Feed.broken(format!("{} stands at {last}", row.feed));
        }
    }
    Ok(())
}

/// Takes note of what a reply says of feeds: whoever has read up to a number has read the same.
///
/// # Errors
/// Where something else was said of the same number before.
pub(crate) fn note(told: &mut ToldFeeds, reply: &SyncReply) -> Result<(), Broken> {
    for state in &reply.cursors {
        let cursor = state.cursor;
        let place = (reply.epoch.clone(), cursor.scope, cursor.feed);
        if *told.entry(place).or_insert(cursor.digest) != cursor.digest {
            let what = format!("{} of {} is another now", cursor.feed, cursor.scope);
            return Invariant::Feed.broken(what);
        }
    }
    Ok(())
}
