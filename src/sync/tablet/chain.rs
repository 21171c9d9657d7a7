//! Which of two chains of a stream is taken: a tablet that was cloned or put back, and an endpoint
//! that was, may hold another than the other side. The endpoint's is taken, and nothing of the
//! tablet's is lost by it.

use record::stream::Head;
use record::{Entry, StreamId};

use super::keys::entries_from;
use super::plan::Plan;
use super::push::SentRequest;
use super::state::next_ordinal;
use super::stream::AheadRecord;
use super::{Entropy, Tablet, TabletError};
use crate::storage::{Storage, Store};
use crate::wire::SyncReply;

impl<S: Storage, E: Entropy> Tablet<S, E> {
    /// Where the endpoint's chain of a stream is another than the tablet's, the endpoint's is
    /// taken, once all of it up to the common part is held and somebody has unlocked the tablet to
    /// whom the scope is open. Until then nobody knows what the endpoint holds of a stream of the
    /// tablet's own that has forked: where frontiers were asked for, all of it goes out again.
    pub(super) async fn plan_chains(
        &self,
        plan: &mut Plan,
        reply: &SyncReply,
        sent: &SentRequest,
    ) -> Result<(), TabletError> {
        let compared = sent.request.frontiers.is_some() && sent.request.epoch == reply.epoch;
        for frontier in reply.acknowledged.iter().map(|told| told.head) {
            let Some(stream) = plan.streams.get(&frontier.stream) else {
                continue;
            };
            let own = (stream.device == self.device()).then_some((stream.device, stream.scope));
            let beside = !stream.is_on_chain(&frontier.hash);
            let unknown = compared && own.is_some() && !self.holds(plan, &frontier).await?;
            if !beside && !unknown {
                continue;
            }
            let open = self.state.borrow().scope_keys.contains_key(&stream.scope);
            let chain = match beside && open {
                true => self.chain_to(plan, frontier).await?,
                false => None,
            };
            let Some((from, chain)) = chain else {
                if compared && own.is_some() {
                    plan.send_again(&frontier.stream);
                }
                continue;
            };
            let given_up = self.chain_from(plan, frontier.stream, from).await?;
            let ordinal = own.map(|(device, scope)| next_ordinal(&plan.streams, device, scope));
            plan.adopt(frontier, &chain, &given_up, ordinal);
        }
        Ok(())
    }

    /// The entries beside the tablet's chain that lead to a frontier, and the place of the first;
    /// `None` where one of them is not held.
    async fn chain_to(
        &self,
        plan: &Plan,
        frontier: Head,
    ) -> Result<Option<(u64, Vec<AheadRecord>)>, TabletError> {
        let Some(stream) = plan.streams.get(&frontier.stream) else {
            return Ok(None);
        };
        let mut chain = Vec::new();
        let mut at = frontier.hash;
        while let Some(link) = stream.off_chain(&at) {
            chain.push(*link);
            let (Some(prev), true) = (link.prev, link.seq > 1) else {
                return Ok(Some((link.seq, chain)));
            };
            at = prev;
            let before = Head {
                seq: link.seq.saturating_sub(1),
                hash: prev,
                ..frontier
            };
            if stream.off_chain(&at).is_none() {
                let common = self.holds(plan, &before).await?;
                return Ok(common.then_some((link.seq, chain)));
            }
        }
        Ok(None)
    }

    /// The tablet's chain of a stream from a place on.
    async fn chain_from(
        &self,
        plan: &Plan,
        stream: StreamId,
        from: u64,
    ) -> Result<Vec<Entry>, TabletError> {
        let wanted = entries_from(&stream, from, u32::MAX);
        let records = self.storage.read_one(Store::Entries, wanted).await?;
        let mut entries = Vec::new();
        for (key, bytes) in records {
            let state = self.state.borrow();
            entries.push(state.open_entry(&self.store_key, &key, &bytes)?);
        }
        let fresh = plan.new_entries.iter().filter(|entry| {
            let header = entry.header();
            header.stream == stream && header.seq >= from
        });
        entries.extend(fresh.cloned());
        let record = plan.streams.get(&stream);
        entries.retain(|entry| record.is_some_and(|r| r.off_chain(&entry.hash()).is_none()));
        sorted::sort_by_key(&mut entries, |entry| entry.header().seq);
        Ok(entries)
    }
}
