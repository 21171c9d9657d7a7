//! What comes in: the reply's entries and cursors in one relaxed transaction. What fails a check is
//! kept aside with its bytes and reported, and the cursor moves on.

use record::check;
use record::keys;
use record::roster::KIND_PREFIX;
use record::seal::SealKey;
use record::stream::Head;
use record::{CaseId, Entry, Hash, Receipt, ScopeId, StreamId};
use sorted::{SortedMap, SortedSet};

use super::aside::{AsideNote, AsideReason};
use super::clock::{CLOCK_KEY, Now};
use super::erasure::Erasing;
use super::keys::{CURSOR_PREFIX, RECEIPT_PREFIX, STREAM_PREFIX, entries_from};
use super::plan::{Plan, first_line_hash, pushed};
use super::push::SentRequest;
use super::reading::RefusedNote;
use super::state::next_ordinal;
use super::{ATTEMPTS_MAX, Entropy, Tablet, TabletError};
use crate::storage::{Batch, Durability, Put, Storage, StorageError, Store};
use crate::wire::{Barred, Carried, Cursor, PROTO, SyncReply};

/// What a reply has brought.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// New entries by case.
    pub cases: SortedMap<CaseId, Vec<Entry>>,
    /// New entries of the site: units, households.
    pub site: Vec<Entry>,
    /// The roster has grown.
    pub roster: bool,
    /// Scopes whose keys came: what lay on the tablet of them is open now.
    pub opened: Vec<ScopeId>,
    /// Own entries acknowledged by this reply.
    pub acknowledged: u64,
    /// Cases of which entries were acknowledged, or whose receipts came, or which were not shown
    /// before the endpoint answered.
    pub confirmed_cases: SortedSet<CaseId>,
    /// New things kept aside.
    pub aside: Vec<AsideNote>,
    /// What the endpoint refused.
    pub refused: Vec<RefusedNote>,
    /// Own entries recorded again in a new stream after a fork.
    pub recorded_again: Vec<Entry>,
    /// Scopes the tablet may hold no longer and has deleted.
    pub removed_scopes: Vec<ScopeId>,
    /// Scopes that the tablet keeps for others, and that are open no longer to who has unlocked it.
    pub closed_scopes: Vec<ScopeId>,
    /// Cases of which nothing is left with them: drop what was derived from them.
    pub removed_cases: SortedSet<CaseId>,
    /// Numbers read and newest numbers, over all scopes: "n of m".
    pub progress: (u64, u64),
    /// Why nothing comes for who has unlocked the tablet.
    pub barred: Option<Barred>,
    /// The root has ordered to delete what is on the tablet, nothing is left to send, and the
    /// endpoint knows that it is done.
    pub wipe: bool,
    /// There is more: sync again at once.
    pub more: bool,
}

impl Applied {
    /// The cases of which something is otherwise than before: what was derived from them is to be
    /// derived anew.
    #[must_use]
    pub fn touched(&self) -> SortedSet<CaseId> {
        let again = self.recorded_again.iter();
        let again = again.filter_map(|entry| entry.header().case);
        let named = self.cases.keys().chain(&self.confirmed_cases).copied();
        named.chain(again).collect()
    }
}

/// Why a reply was not taken in. Nothing of it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The time is not signed for this request by the root key: another endpoint, or an old reply.
    #[error("the reply is not signed for this request")]
    NotSigned,
    /// Another protocol.
    #[error("the endpoint speaks protocol {0}")]
    Protocol(u32),
    /// Since the request the tablet has heard of a new epoch, or has deleted a scope: what one of
    /// the two said is held may be no more.
    #[error("the reply was overtaken")]
    Overtaken,
    /// The tablet's storage.
    #[error(transparent)]
    Tablet(#[from] TabletError),
}

impl From<StorageError> for ApplyError {
    fn from(error: StorageError) -> Self {
        Self::Tablet(error.into())
    }
}

impl<S: Storage, E: Entropy> Tablet<S, E> {
    /// Takes in a reply to `sent`.
    ///
    /// # Errors
    /// Where the reply is not this endpoint's answer to this request, or the storage fails.
    pub async fn apply(
        &self,
        reply: &SyncReply,
        sent: &SentRequest,
        now: Now,
    ) -> Result<Applied, ApplyError> {
        if reply.proto != PROTO {
            return Err(ApplyError::Protocol(reply.proto));
        }
        let request = Hash::of(sent.body.as_bytes());
        let said = reply.time.check(request, &self.root());
        let said = said.map_err(|_| ApplyError::NotSigned)?;
        let withheld = self.state.borrow().withheld_cases();
        let jumped = self.state.borrow_mut().session.jumped(now);
        for _ in 0..ATTEMPTS_MAX {
            let mut plan = self.plan();
            if !withheld.is_empty() {
                // They are shown again.
                plan.clock.change();
            }
            let epoch = &plan.clock.epoch;
            let in_epoch = *epoch == sent.request.epoch || *epoch == reply.epoch;
            if !in_epoch || plan.clock.deletions != sent.deletions {
                return Err(ApplyError::Overtaken);
            }
            plan.clock.measure(said.time_ms, sent.sent, now, jumped);
            plan.begin_epoch(reply, self.state.borrow().company());
            if plan.new_epoch {
                self.plan_attachments(&mut plan, now).await?;
            }
            // Before the entries: what is acknowledged as the tablet's own chain stays that, even
            // where a fork beside it comes in; and after them, for a chain that grew by them.
            self.plan_acknowledged(&mut plan, reply, sent).await?;
            self.plan_entries(&mut plan, reply).await?;
            self.plan_scopes(&mut plan, reply);
            self.plan_chains(&mut plan, reply, sent).await?;
            self.plan_acknowledged(&mut plan, reply, sent).await?;
            plan.count_acknowledged(sent);
            self.plan_receipts(&mut plan, reply)?;
            plan.ask_frontiers(reply, sent);
            plan.out.more = reply.more || !plan.scope_keys.is_empty();
            plan.out.barred = reply.barred();
            plan.out.opened = plan.scope_keys.keys().copied().collect();
            if self.commit_plan(&mut plan).await? {
                if !plan.out.opened.is_empty() {
                    // Of them the state in memory knows nothing yet: roster, what is kept aside.
                    self.reload().await?;
                }
                if !reply.entries.is_empty() {
                    // The endpoint's roster may be newer, and mend what was refused.
                    self.state.borrow_mut().refused.clear();
                }
                self.note_refused(&mut plan.out, reply, sent);
                let mut out = self.finish(plan, now).await?;
                out.confirmed_cases.extend(withheld);
                {
                    let mut state = self.state.borrow_mut();
                    state.ordered_wipe = said.wipe;
                    state.unknown_there = false;
                }
                // After a backup was put back it is first found out what the endpoint lacks.
                let compared =
                    sent.request.epoch == reply.epoch && !self.state.borrow().clock.frontiers;
                let removed = reply.removed_scopes.iter().filter(|_| compared);
                for scope in removed {
                    if let Some(cases) = self.drop_scope(*scope).await? {
                        out.removed_scopes.push(*scope);
                        out.removed_cases.extend(cases);
                    }
                }
                if compared {
                    out.closed_scopes = self.close_scopes(&reply.closed_scopes).await?;
                }
                // Of another epoch it may lack what it had acknowledged.
                let same_epoch = sent.request.epoch == reply.epoch;
                let sent_all = self.is_as_sent(sent);
                out.wipe = said.wipe && sent.request.wiping && same_epoch && sent_all;
                let pushed = !sent.request.entries.is_empty() || !sent.request.sealed.is_empty();
                // Until everything is sent, and then once more to say so.
                out.more |= said.wipe && sent_all && !out.wipe && (!pushed || out.acknowledged > 0);
                self.state.borrow_mut().session.untold = false;
                return Ok(out);
            }
        }
        Err(TabletError::Busy.into())
    }

    /// Whether nothing was recorded since a request was made, and no attachment is to go up.
    fn is_as_sent(&self, sent: &SentRequest) -> bool {
        let state = self.state.borrow();
        let device = state.identity.device;
        let mut own = state.streams.values().filter(|s| s.device == device);
        let heads = &sent.request.streams;
        state.waiting().next().is_none()
            && own.all(|stream| stream.head.seq == 0 || heads.contains(&stream.head))
    }

    async fn finish(&self, plan: Plan, now: Now) -> Result<Applied, TabletError> {
        let mut out = plan.out;
        let orphaned = {
            let state = self.state.borrow();
            state
                .streams
                .values()
                .any(|stream| !stream.orphans.is_empty())
        };
        if orphaned {
            out.recorded_again = self.record_again(now).await?;
        }
        for entry in plan.new_entries {
            match entry.header().case {
                Some(case) => out.cases.get_or_default(case).push(entry),
                None if entry.kind().starts_with(KIND_PREFIX) => {}
                None => out.site.push(entry),
            }
        }
        Ok(out)
    }

    fn plan(&self) -> Plan {
        let state = self.state.borrow();
        Plan {
            begun_at: state.expect(CLOCK_KEY),
            streams: state.streams.clone(),
            touched: SortedSet::new(),
            roster: state.roster.clone(),
            clock: state.clock.clone(),
            cursors: state.cursors.clone(),
            scope_keys: SortedMap::new(),
            cases: SortedSet::new(),
            asides: state.asides.clone(),
            pending: SortedMap::new(),
            erased: state.erased.clone(),
            erasing: Vec::new(),
            gone: Vec::new(),
            put: Vec::new(),
            delete: Vec::new(),
            keys: SortedSet::new(),
            new_entries: Vec::new(),
            receipts: SortedSet::new(),
            differs: false,
            new_epoch: false,
            out: Applied::default(),
        }
    }

    /// Scopes that are new to who has unlocked the tablet: their keys go into the slot, and the
    /// next request asks for their entries. After the company's, in which the roster comes, each
    /// is open once the roster held here says so: what is recorded in it names a position at which
    /// its author was a member. Until then the endpoint gives the key with each reply.
    fn plan_scopes(&self, plan: &mut Plan, reply: &SyncReply) {
        if reply.keys.is_empty() {
            return;
        }
        let state = self.state.borrow();
        let device = state.identity.device;
        let staff = state.holder.as_ref().map(|holder| holder.staff);
        let open = staff.map(|staff| plan.roster.scopes_open_to(&device, &staff));
        let company = state.company();
        let said = |scope: &ScopeId| open.as_ref().is_some_and(|open| open.contains(scope));
        let given = reply.keys.iter();
        for given in given.filter(|given| Some(given.scope) == company || said(&given.scope)) {
            let Some(key) = keys::decode(&given.key) else {
                continue;
            };
            if !state.scope_keys.contains_key(&given.scope) {
                plan.scope_keys.insert(given.scope, SealKey::new(key));
            }
            plan.cursors
                .get_or_insert_with(given.scope, || Cursor::start(given.scope));
        }
    }

    /// Of a scope that was closed since the request nothing is taken in, and its cursor stays:
    /// others who use the tablet read on from there.
    async fn plan_entries(&self, plan: &mut Plan, reply: &SyncReply) -> Result<(), TabletError> {
        let open: SortedSet<ScopeId> = self.open_scopes().into_iter().collect();
        let mut parsed = SortedMap::new();
        let items = reply.entries.iter().enumerate();
        for (index, item) in items.filter(|(_, item)| open.contains(&item.scope)) {
            if let Carried::Entry(text) = &item.carried {
                match Entry::parse(text.as_bytes()) {
                    Ok(entry) => {
                        parsed.insert(index, entry);
                    }
                    Err(_) => {
                        let hash = first_line_hash(text);
                        self.set_aside(plan, item.scope, (hash, AsideReason::Malformed), text)?;
                    }
                }
            }
        }
        let entries: Vec<Entry> = parsed.values().cloned().collect();
        self.read_roster(plan, &entries).await?;
        for entry in &entries {
            self.ingest(plan, entry).await?;
        }
        self.plan_erasures(plan).await?;
        let read = reply.cursors.iter();
        for scope in read.filter(|state| open.contains(&state.cursor.scope)) {
            plan.move_cursor(scope, reply, &parsed);
        }
        Ok(())
    }

    /// Takes in the endpoint's statements. What waited for them is tried again, whoever has taken
    /// them in: another tab may have, or a person to whom what waits was not open.
    async fn read_roster(&self, plan: &mut Plan, entries: &[Entry]) -> Result<(), TabletError> {
        plan.read_roster(entries);
        for note in plan.asides.clone() {
            let Ok(entry) = Entry::parse(note.text.as_bytes()) else {
                continue;
            };
            if note.reason.waits() && check::authentic(&entry, &plan.roster).is_ok() {
                self.ingest(plan, &entry).await?;
            }
        }
        Ok(())
    }

    /// Puts an entry in its place, or aside.
    async fn ingest(&self, plan: &mut Plan, entry: &Entry) -> Result<(), TabletError> {
        let entry = &plan.as_erased(entry);
        let header = entry.header();
        let key = super::keys::entry_key(&header.stream, header.seq, &entry.hash());
        // What lies beyond the frontier cannot be held, and need not be looked for.
        let may_be_held = plan.may_hold(entry);
        let held = may_be_held && self.storage.get(Store::Entries, &key).await?.is_some();
        if held || plan.keys.contains(&key) {
            plan.mend(&entry.hash());
            let known = plan.erased.contains_key(&entry.hash());
            if !known && check::authentic(entry, &plan.roster).is_ok() {
                plan.erasing.extend(Erasing::shown(entry));
            }
            return Ok(());
        }
        if let Err(fault) = check::authentic(entry, &plan.roster) {
            let what = (entry.hash(), fault.into());
            return self.set_aside(plan, header.scope, what, entry.text());
        }
        let known = plan.streams.get(&header.stream);
        if known.is_some_and(|s| s.device != header.device || s.scope != header.scope) {
            let what = (entry.hash(), AsideReason::StreamMismatch);
            return self.set_aside(plan, header.scope, what, entry.text());
        }
        if !self.state.borrow().scope_keys.contains_key(&header.scope) {
            let what = (entry.hash(), AsideReason::StreamMismatch);
            return self.set_aside(plan, header.scope, what, entry.text());
        }
        let before = header.device == self.device() && known.is_none();
        let closed = before.then(|| next_ordinal(&plan.streams, header.device, header.scope));
        plan.place(entry, closed);
        if !header.hlc.too_far_ahead(plan.clock.endpoint_ms) {
            plan.clock.hlc = plan.clock.hlc.adopt(header.hlc);
        }
        plan.mend(&entry.hash());
        let put = self.seal_entry(&self.state.borrow(), entry)?;
        plan.put.push(put);
        plan.keys.insert(key);
        plan.new_entries.push(entry.clone());
        let ordered = Erasing::ordered(entry, plan);
        plan.erasing.extend(ordered);
        self.mark_case(plan, entry)
    }

    fn mark_case(&self, plan: &mut Plan, entry: &Entry) -> Result<(), TabletError> {
        let header = entry.header();
        let Some(case) = header.case else {
            return Ok(());
        };
        let marker = (header.scope, case);
        if !self.state.borrow().cases.contains(&marker) && plan.cases.insert(marker) {
            plan.put.push(self.case_marker(&marker)?);
        }
        Ok(())
    }

    async fn plan_acknowledged(
        &self,
        plan: &mut Plan,
        reply: &SyncReply,
        sent: &SentRequest,
    ) -> Result<(), TabletError> {
        // A request of another epoch pushes nothing.
        let judged = sent.request.epoch.is_empty() || sent.request.epoch == reply.epoch;
        let refused = |index: usize| reply.refused.iter().any(|refused| refused.index == index);
        let taken = |index: usize| judged && !refused(index);
        let pushed = pushed(sent).into_iter().enumerate();
        let pushed: Vec<_> = pushed
            .filter(|(index, _)| taken(*index))
            .map(|(_, entry)| entry)
            .collect();
        for acknowledged in &reply.acknowledged {
            let head = &acknowledged.head;
            let stream = plan.streams.get(&head.stream);
            let on_chain = stream.is_some_and(|stream| stream.is_on_chain(&head.hash));
            let ours = on_chain && self.holds(plan, head).await?;
            plan.acknowledge(acknowledged, ours, &pushed);
        }
        for stream in plan.touched.clone() {
            self.plan_unsent_since(plan, stream).await?;
        }
        Ok(())
    }

    /// Whether the entry a frontier names is held.
    pub(super) async fn holds(&self, plan: &Plan, head: &Head) -> Result<bool, TabletError> {
        if head.seq == 0 {
            return Ok(true);
        }
        let key = super::keys::entry_key(&head.stream, head.seq, &head.hash);
        let stored = plan.keys.contains(&key);
        Ok(stored || self.storage.get(Store::Entries, &key).await?.is_some())
    }

    async fn plan_unsent_since(
        &self,
        plan: &mut Plan,
        stream: StreamId,
    ) -> Result<(), TabletError> {
        let Some(record) = plan.streams.get_mut(&stream) else {
            return Ok(());
        };
        if record.unsent() == 0 {
            record.unsent_since_ms = None;
            return Ok(());
        }
        let first = entries_from(&stream, record.acked.seq.saturating_add(1), 1);
        let first = self.storage.read_one(Store::Entries, first).await?;
        for (key, bytes) in first {
            let state = self.state.borrow();
            // Of a scope that is not open the time stays that of an older one.
            if state.opens(&bytes) {
                let entry = state.open_entry(&self.store_key, &key, &bytes)?;
                record.unsent_since_ms = Some(entry.header().wall_ms);
            }
        }
        Ok(())
    }

    fn plan_receipts(&self, plan: &mut Plan, reply: &SyncReply) -> Result<(), TabletError> {
        let root = self.root();
        for text in &reply.receipts {
            let Ok(receipt) = Receipt::parse(text.as_bytes()) else {
                continue;
            };
            if receipt.verify(&root).is_err() {
                continue;
            }
            let head = receipt.body().head;
            let key = format!(
                "{RECEIPT_PREFIX}{}/{:014x}/{}",
                head.stream,
                head.seq,
                receipt.hash()
            );
            let place = (Store::Meta, key.as_str(), None);
            let value = self.seal_bytes(&self.state.borrow(), place, text.as_bytes())?;
            plan.put.push(Put {
                store: Store::Meta,
                key,
                group: None,
                value,
            });
            plan.receipts.insert(head.stream);
        }
        Ok(())
    }

    /// Writes the plan; answers `false` where another writer was faster.
    async fn commit_plan(&self, plan: &mut Plan) -> Result<bool, TabletError> {
        let batch = self.plan_batch(plan)?;
        let put = batch.put.clone();
        match self.storage.commit(batch).await {
            Ok(()) => {}
            Err(StorageError::Conflict) => {
                self.reload().await?;
                return Ok(false);
            }
            Err(error) => {
                // It may have been done; the state is read anew either way.
                let _read = self.reload().await;
                return Err(error.into());
            }
        }
        let mut state = self.state.borrow_mut();
        state.remember(&put);
        state.streams.clone_from(&plan.streams);
        state.roster.clone_from(&plan.roster);
        state.stated.extend(plan.stated());
        state.clock.clone_from(&plan.clock);
        state.session.untold = true;
        state.cursors.clone_from(&plan.cursors);
        state
            .scope_keys
            .extend(core::mem::take(&mut plan.scope_keys));
        state.cases.extend(core::mem::take(&mut plan.cases));
        state.pending.extend(core::mem::take(&mut plan.pending));
        state.asides.clone_from(&plan.asides);
        state.erased.clone_from(&plan.erased);
        for of in &plan.gone {
            state.pending.remove(of);
            state.erased_attachments.insert(of.name);
        }
        for stream in &plan.receipts {
            state.receipts.remove(stream);
        }
        Ok(true)
    }

    fn plan_batch(&self, plan: &mut Plan) -> Result<Batch, TabletError> {
        let state = self.state.borrow();
        let mut batch = Batch {
            expect: vec![plan.begun_at.clone()],
            put: core::mem::take(&mut plan.put),
            delete: core::mem::take(&mut plan.delete),
            durability: Durability::Relaxed,
        };
        for (id, record) in &plan.streams {
            if state.streams.get(id) != Some(record) {
                let key = format!("{STREAM_PREFIX}{id}");
                batch.expect.push(state.expect(&key));
                batch.put.push(self.put_json(&key, record)?);
            }
        }
        // Not by time and cursors, which each reply moves.
        if !(batch.put.is_empty() && batch.delete.is_empty()) {
            plan.clock.change();
        }
        batch.put.push(self.put_json(CLOCK_KEY, &plan.clock)?);
        if let (Some(holder), false) = (&state.holder, plan.scope_keys.is_empty()) {
            let mut all = state.scope_keys.clone();
            all.extend(
                plan.scope_keys
                    .iter()
                    .map(|(scope, key)| (*scope, key.clone())),
            );
            batch.expect.push(state.expect(&holder.record_key()));
            batch.put.push(self.put_slot(holder, &all)?);
        }
        for (scope, cursor) in &plan.cursors {
            if state.cursors.get(scope) != Some(cursor) {
                let key = format!("{CURSOR_PREFIX}{scope}");
                batch.put.push(self.put_json(&key, cursor)?);
            }
        }
        Ok(batch)
    }

    fn note_refused(&self, out: &mut Applied, reply: &SyncReply, sent: &SentRequest) {
        let mut state = self.state.borrow_mut();
        let pushed = pushed(sent);
        for refused in &reply.refused {
            if let Some(entry) = pushed.get(refused.index) {
                let note = RefusedNote {
                    hash: entry.hash,
                    case: entry.case,
                    reason: refused.reason.clone(),
                };
                state.refused.insert(note.hash, note.clone());
                out.refused.push(note);
            }
        }
    }
}
