//! Recording a deed: the head of the stream is read first, each entry signed, and all of it written
//! in one strict transaction that fails unless the head is still the one that was signed.

use record::header::{DeedRef, FORMAT, Header};
use record::keys::SigningKey;
use record::roster::members::{CONSENT, Consent};
use record::stream::Head;
use record::{
    Attachment, CaseId, DeedError, DeedId, Entry, EntryError, Hash, Hlc, ScopeId, StreamId,
    Unsigned, deed,
};
use serde_json::{Map, Value};

use super::attachments::{Pending, named};
use super::clock::{CLOCK_KEY, ClockState, Now};
use super::keys::{STREAM_PREFIX, entry_key, group_of, marker_key};
use super::notes::draft_key;
use super::state::State;
use super::stream::StreamRecord;
use super::{ATTEMPTS_MAX, Entropy, Tablet, TabletError};
use crate::storage::{Batch, Durability, Put, Storage, StorageError, Store};

/// One act of a deed.
#[derive(Clone, Debug, PartialEq)]
pub struct NewAct {
    /// The kind.
    pub kind: String,
    /// The body, without a salt.
    pub body: Map<String, Value>,
}

/// What the person who has unlocked the tablet did with one tap. With its attachments it is written
/// at once or not at all.
#[derive(Clone, Debug, PartialEq)]
pub struct Deed {
    /// The case, where it is of one.
    pub case: Option<CaseId>,
    /// Who may hold it.
    pub scope: ScopeId,
    /// The acts, in order: each knows the one before it.
    pub acts: Vec<NewAct>,
    /// The case's latest entries that were on the tablet when the form was opened; at most 8.
    pub after: Vec<Hash>,
    /// What belongs to the acts and does not stand in them; their bodies name it.
    pub attachments: Vec<Attachment>,
    /// The role the person acts in.
    pub role: String,
    /// Digest of the app; may be empty.
    pub app: String,
}

/// Why a deed was not recorded. Never because of a clock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The person's key on this tablet does not stand in the roster yet: the next sync brings it.
    #[error("the person has no certified key on this tablet yet")]
    NoKey,
    /// The person is an auditor there, who reads and writes nothing.
    #[error("an auditor writes nothing")]
    ReadsOnly,
    /// The tablet does not hold the scope.
    #[error("the tablet does not hold the scope")]
    ScopeNotHeld,
    /// A body that cannot stand in an entry.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// Too many or too large.
    #[error(transparent)]
    Deed(#[from] DeedError),
    /// The tablet's storage. After `StorageError::Closed` it is open whether the deed was
    /// recorded: look before doing it again.
    #[error(transparent)]
    Tablet(#[from] TabletError),
}

impl From<StorageError> for RecordError {
    fn from(error: StorageError) -> Self {
        Self::Tablet(error.into())
    }
}

/// What a writing transaction will change, until it is committed.
pub(super) struct Draft {
    pub(super) entries: Vec<Entry>,
    pub(super) stream: (StreamId, StreamRecord),
    pub(super) clock: ClockState,
}

impl<S: Storage, E: Entropy> Tablet<S, E> {
    /// Records a deed and answers its entries. It is on the disk when this returns; the draft that
    /// it was is deleted, with its photos, in the same transaction.
    ///
    /// # Errors
    /// Says why nothing was recorded.
    pub async fn record(
        &self,
        deed: &Deed,
        draft_of: Option<&str>,
        now: Now,
    ) -> Result<Vec<Entry>, RecordError> {
        let jumped = self.state.borrow_mut().session.jumped(now);
        let mut of_draft = Vec::new();
        if let Some(key) = draft_of {
            of_draft = self.draft_photo_keys(key).await?;
            of_draft.push((Store::Meta, draft_key(key)));
        }
        for _ in 0..ATTEMPTS_MAX {
            let (draft, batch) = {
                let state = self.state.borrow();
                let draft = self.draft(&state, deed, now, jumped)?;
                let mut batch = self.batch_of(&state, &draft)?;
                let attachments = (deed.scope, deed.attachments.as_slice());
                let put = self.put_attachments(&state, attachments, now.wall_ms)?;
                drop(state);
                batch.put.extend(put);
                batch.delete.extend(of_draft.clone());
                (draft, batch)
            };
            let put = batch.put.clone();
            match self.storage.commit(batch).await {
                Ok(()) => {
                    let entries = draft.entries.clone();
                    self.install(draft, &put);
                    self.install_attachments(deed, now);
                    return Ok(entries);
                }
                Err(StorageError::Conflict) => self.reload().await?,
                Err(error) => {
                    // The answer may have been lost and not the deed.
                    if self.reload().await.is_ok() && self.head_is(&draft.stream.1.head) {
                        return Ok(draft.entries);
                    }
                    return Err(error.into());
                }
            }
        }
        Err(TabletError::Busy.into())
    }

    /// Records that the person who has unlocked the tablet lets somebody into a confidential scope.
    ///
    /// # Errors
    /// Says why it was not recorded.
    pub async fn let_in(&self, consent: &Consent, app: &str, now: Now) -> Result<(), RecordError> {
        let company = self.state.borrow().company();
        let body = match serde_json::to_value(consent) {
            Ok(Value::Object(body)) => body,
            // The struct always serialises to an object.
            _ => Map::new(),
        };
        let deed = Deed {
            case: None,
            scope: company.ok_or(RecordError::ScopeNotHeld)?,
            acts: vec![NewAct {
                kind: CONSENT.to_owned(),
                body,
            }],
            after: Vec::new(),
            attachments: Vec::new(),
            role: String::new(),
            app: app.to_owned(),
        };
        for entry in self.record(&deed, None, now).await? {
            self.state.borrow_mut().roster.apply(&entry)?;
        }
        Ok(())
    }

    fn head_is(&self, head: &Head) -> bool {
        let state = self.state.borrow();
        let stream = state.streams.get(&head.stream);
        stream.is_some_and(|stream| stream.head == *head)
    }

    pub(super) fn install(&self, draft: Draft, put: &[Put]) {
        let mut state = self.state.borrow_mut();
        state.remember(put);
        let markers = draft.entries.iter().filter_map(|entry| {
            let header = entry.header();
            Some((header.scope, header.case?))
        });
        state.cases.extend(markers);
        state.clock = draft.clock;
        state.streams.insert(draft.stream.0, draft.stream.1);
    }

    fn draft(
        &self,
        state: &State,
        deed: &Deed,
        now: Now,
        jumped: bool,
    ) -> Result<Draft, RecordError> {
        let holder = state.certified().ok_or(RecordError::NoKey)?;
        let (staff, key) = (holder.staff, holder.signing_key());
        if !state.scope_keys.contains_key(&deed.scope) {
            return Err(RecordError::ScopeNotHeld);
        }
        let position = state.roster.position();
        if state.roster.only_reads_at(&staff, &deed.scope, position) {
            return Err(RecordError::ReadsOnly);
        }
        let mut clock = state.clock.clone();
        clock.note(now, jumped);
        clock.change();
        let count = u32::try_from(deed.acts.len()).map_err(|_| DeedError::Count)?;
        let deed_ref = (count > 1).then(|| DeedRef {
            id: DeedId::from_random(self.random()),
            count,
        });
        let mut stream = self.own_stream(state, deed.scope);
        let mut entries: Vec<Entry> = Vec::new();
        for act in &deed.acts {
            let mut header = next_header(state, deed, &stream, &mut clock, now);
            header.staff = Some(staff);
            header.kind.clone_from(&act.kind);
            header.deed = deed_ref;
            if let Some(before) = entries.last() {
                header.after = vec![before.hash()];
            }
            let entry = self.sign_next(header, &act.body, &key, &mut stream)?;
            entries.push(entry);
        }
        deed::check(&entries)?;
        Ok(Draft {
            entries,
            stream,
            clock,
        })
    }

    /// The stream the tablet writes to in a scope: the one begun, or a new one.
    pub(super) fn own_stream(&self, state: &State, scope: ScopeId) -> (StreamId, StreamRecord) {
        match state.own_stream(&scope) {
            Some((id, stream)) => (id, stream.clone()),
            None => {
                let id = StreamId::from_random(self.random());
                (id, StreamRecord::new(id, scope, state.identity.device))
            }
        }
    }

    /// Signs the next entry of a stream and moves its head.
    pub(super) fn sign_next(
        &self,
        header: Header,
        body: &Map<String, Value>,
        key: &SigningKey,
        stream: &mut (StreamId, StreamRecord),
    ) -> Result<Entry, EntryError> {
        let wall_ms = header.wall_ms;
        let entry = Unsigned::new(header, body, self.random())?.signed_by(key)?;
        if stream.1.unsent() == 0 {
            stream.1.unsent_since_ms = Some(wall_ms);
        }
        stream.1.head = Head::at(&entry);
        stream.1.advance();
        Ok(entry)
    }

    /// The transaction that writes a draft.
    pub(super) fn batch_of(&self, state: &State, draft: &Draft) -> Result<Batch, TabletError> {
        let stream_key = format!("{STREAM_PREFIX}{}", draft.stream.0);
        let mut batch = Batch {
            expect: vec![state.expect(CLOCK_KEY), state.expect(&stream_key)],
            put: vec![
                self.put_json(CLOCK_KEY, &draft.clock)?,
                self.put_json(&stream_key, &draft.stream.1)?,
            ],
            delete: Vec::new(),
            durability: Durability::Strict,
        };
        for entry in &draft.entries {
            batch.put.push(self.seal_entry(state, entry)?);
            let header = entry.header();
            let marker = header.case.map(|case| (header.scope, case));
            if let Some(marker) = marker.filter(|marker| !state.cases.contains(marker)) {
                batch.put.push(self.case_marker(&marker)?);
            }
        }
        Ok(batch)
    }

    pub(super) fn case_marker(
        &self,
        (scope, case): &(ScopeId, CaseId),
    ) -> Result<Put, TabletError> {
        self.put_json(&marker_key(scope, case), &1)
    }

    pub(super) fn seal_entry(&self, state: &State, entry: &Entry) -> Result<Put, TabletError> {
        let header = entry.header();
        let key = entry_key(&header.stream, header.seq, &entry.hash());
        let place = (Store::Entries, key.as_str(), Some(header.scope));
        Ok(Put {
            store: Store::Entries,
            value: self.seal_bytes(state, place, entry.bytes())?,
            group: Some(group_of(entry)),
            key,
        })
    }

    fn install_attachments(&self, deed: &Deed, now: Now) {
        let since_ms = now.wall_ms;
        let recorded = deed.attachments.iter();
        let recorded = recorded.map(|one| (named(deed.scope, one), Pending { since_ms }));
        self.state.borrow_mut().pending.extend(recorded);
    }
}

/// The place after a stream's head: number and the entry before it.
pub(super) fn next_place(state: &State, stream: &StreamRecord) -> (u64, Option<Hash>) {
    match stream.head.seq {
        0 => (1, state.own_end(&stream.scope)),
        seq => (seq.saturating_add(1), Some(stream.head.hash)),
    }
}

fn next_header(
    state: &State,
    deed: &Deed,
    stream: &(StreamId, StreamRecord),
    clock: &mut ClockState,
    now: Now,
) -> Header {
    let hlc: Hlc = clock.hlc.tick(now.wall_ms, Some(clock.endpoint_ms));
    clock.hlc = hlc;
    let (seq, prev) = next_place(state, &stream.1);
    Header {
        format: FORMAT,
        case: deed.case,
        scope: deed.scope,
        stream: stream.0,
        seq,
        prev,
        after: deed.after.clone(),
        hlc,
        wall_ms: now.wall_ms,
        clock: clock.at(now),
        endpoint_ms: Some(clock.endpoint_ms),
        roster: state.roster.position(),
        staff: None,
        role: deed.role.clone(),
        device: state.identity.device,
        kind: String::new(),
        deed: None,
        again: None,
        body_hash: Hash::ZERO,
        app: deed.app.clone(),
    }
}
