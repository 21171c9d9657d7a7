//! Attachments: photos lie sealed beside the entries they belong to, go up in parts as they lie,
//! whoever has unlocked the tablet, and come down when somebody looks at them.
//!
//! One that the endpoint has not acknowledged has a mark in `meta`, written in the transaction of
//! its deed. Nothing but the endpoint's word in the present epoch takes the mark away.

use record::keys;
use record::{Attachment, DeviceId, Hash, ScopeId};
use serde::{Deserialize, Serialize};

use super::clock::{CLOCK_KEY, Now};
use super::keys::{DRAFT_PHOTO_PREFIX, PENDING_PREFIX, keys_under, under};
use super::plan::Plan;
use super::state::State;
use super::{Entropy, Tablet, TabletError};
use crate::storage::{Batch, Durability, Put, Storage, StorageError, Store, Wanted};
use crate::wire::attachment::{
    GetReply, GetRequest, Lacking, LackingReply, LackingRequest, NAMES_MAX, Named, PART_BYTES,
    PutReply, PutRequest,
};
use crate::wire::{PROTO, Sealed};

/// Where an attachment lies in its store: scope and name.
pub(crate) fn attachment_key(of: &Named) -> String {
    format!("{}{}", of.scope, of.name)
}

/// Scope and name of an attachment's key.
pub(super) fn read_attachment_key(key: &str) -> Option<Named> {
    let (scope, name) = key.split_at_checked(32)?;
    Some(Named {
        scope: scope.parse().ok()?,
        name: name.parse().ok()?,
    })
}

pub(super) fn pending_key(of: &Named) -> String {
    format!("{PENDING_PREFIX}{}", attachment_key(of))
}

pub(super) fn named(scope: ScopeId, attachment: &Attachment) -> Named {
    let name = attachment.name();
    Named { scope, name }
}

/// What is noted of an attachment until the endpoint has acknowledged it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pending {
    /// Wall time at which it was recorded.
    pub(super) since_ms: i64,
}

/// A part of sealed bytes as it goes up; beyond their end the last one once more, so that the
/// endpoint puts them together. `None` where there are none.
#[must_use]
pub fn part_to_put(
    (device, owner): (DeviceId, DeviceId),
    attachment: Named,
    sealed: &[u8],
    part: u32,
) -> Option<PutRequest> {
    let mut all = sealed.chunks(PART_BYTES);
    let parts = u32::try_from(all.len()).ok()?;
    let part = part.min(parts.checked_sub(1)?);
    let bytes = all.nth(usize::try_from(part).ok()?)?;
    Some(PutRequest {
        proto: PROTO,
        device,
        owner,
        attachment,
        part,
        parts,
        bytes: keys::to_base64(bytes),
    })
}

/// Name and sealed bytes of an attachment that another tablet had not sent; `None` where it is
/// none.
#[must_use]
pub fn read_sealed(sealed: &Sealed) -> Option<(Named, Vec<u8>)> {
    Some((
        read_attachment_key(&sealed.key)?,
        keys::from_base64(&sealed.bytes)?,
    ))
}

impl<S: Storage, E: Entropy> Tablet<S, E> {
    /// Records that write attachments and their marks.
    pub(super) fn put_attachments(
        &self,
        state: &State,
        (scope, attachments): (ScopeId, &[Attachment]),
        since_ms: i64,
    ) -> Result<Vec<Put>, TabletError> {
        let mut put = Vec::new();
        for attachment in attachments {
            let of = named(scope, attachment);
            put.push(self.seal_attachment(state, &of, attachment)?);
            put.push(self.put_json(&pending_key(&of), &Pending { since_ms })?);
        }
        Ok(put)
    }

    fn seal_attachment(
        &self,
        state: &State,
        of: &Named,
        attachment: &Attachment,
    ) -> Result<Put, TabletError> {
        let key = attachment_key(of);
        let place = (Store::Blobs, key.as_str(), Some(of.scope));
        Ok(Put {
            store: Store::Blobs,
            value: self.seal_bytes(state, place, attachment.bytes())?,
            group: None,
            key,
        })
    }

    /// In a new epoch the endpoint may lack what it had acknowledged: everything that lies here is
    /// asked about again.
    pub(super) async fn plan_attachments(
        &self,
        plan: &mut Plan,
        now: Now,
    ) -> Result<(), TabletError> {
        let since_ms = now.wall_ms;
        let all = Wanted::Keys {
            from: String::new(),
            to: "~".to_owned(),
        };
        for (key, _) in self.storage.read_one(Store::Blobs, all).await? {
            let of = read_attachment_key(&key).ok_or(TabletError::Unreadable(key))?;
            // Another tab may have taken away a mark that this one knows of.
            let known = self.state.borrow().pending.get(&of).copied();
            let pending = known.unwrap_or(Pending { since_ms });
            plan.put.push(self.put_json(&pending_key(&of), &pending)?);
            plan.pending.insert(of, pending);
        }
        Ok(())
    }

    /// The question which attachments the endpoint lacks of those that it has not acknowledged;
    /// `None` where there are none. What it has refused is left out.
    pub fn lacking_request(&self) -> Option<LackingRequest> {
        let state = self.state.borrow();
        let device = state.identity.device;
        let waiting = state.waiting().take(NAMES_MAX);
        let attachments: Vec<Named> = waiting.copied().collect();
        (!attachments.is_empty()).then_some(LackingRequest {
            proto: PROTO,
            device,
            owner: device,
            attachments,
        })
    }

    /// How many attachments are to go up.
    pub fn attachments_waiting(&self) -> usize {
        self.state.borrow().waiting().count()
    }

    /// Takes in the answer: what is not lacking is held. Answers what has to go up, each from
    /// which part on.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn take_lacking(
        &self,
        request: &LackingRequest,
        reply: &LackingReply,
    ) -> Result<Vec<(Named, u32)>, TabletError> {
        let lacks = |of: &Named| {
            reply
                .lacking
                .iter()
                .find(|one: &&Lacking| one.name == of.name)
        };
        let (up, held): (Vec<Named>, Vec<Named>) = request
            .attachments
            .iter()
            .partition(|of| lacks(of).is_some());
        self.acknowledged(&held, &reply.epoch).await?;
        let from = |of: Named| Some((of, lacks(&of)?.next));
        Ok(up.into_iter().filter_map(from).collect())
    }

    /// An attachment sealed as it lies here, to go up in parts by [`part_to_put`]; `None` where it
    /// does not.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn sealed_attachment(&self, of: &Named) -> Result<Option<Vec<u8>>, TabletError> {
        let bytes = self.storage.get(Store::Blobs, &attachment_key(of)).await?;
        // Its first 16 bytes name the scope.
        Ok(bytes.and_then(|bytes| Some(bytes.get(16..)?.to_vec())))
    }

    /// Takes in the answer to a part: where no other is missing, the attachment is held.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn take_put(&self, of: Named, reply: &PutReply) -> Result<(), TabletError> {
        match reply.next {
            None => self.acknowledged(&[of], &reply.epoch).await,
            Some(_) => Ok(()),
        }
    }

    /// The endpoint does not take an attachment: it stays, and is sent again after the next start.
    pub fn attachment_refused(&self, of: Named) {
        self.state.borrow_mut().attachments_refused.insert(of);
    }

    /// Takes the marks of attachments away, by the word of the endpoint in the present epoch.
    async fn acknowledged(&self, held: &[Named], epoch: &str) -> Result<(), TabletError> {
        if held.is_empty() {
            return Ok(());
        }
        let batch = {
            let state = self.state.borrow();
            if state.epoch() != epoch {
                return Ok(());
            }
            let keys = held.iter().map(|of| (Store::Meta, pending_key(of)));
            Batch {
                // Written by whoever hears of a new epoch.
                expect: vec![state.expect(CLOCK_KEY)],
                put: Vec::new(),
                delete: keys.collect(),
                durability: Durability::Relaxed,
            }
        };
        match self.storage.commit(batch).await {
            // Another writer was there: what is held is asked about again.
            Err(StorageError::Conflict) => self.reload().await,
            other => {
                other?;
                let mut state = self.state.borrow_mut();
                for of in held {
                    state.pending.remove(of);
                }
                Ok(())
            }
        }
    }

    /// An attachment as it lies here; `None` where it does not, or is not shown for now.
    ///
    /// # Errors
    /// Where the storage fails, or what lies there does not open or is another one.
    pub async fn attachment(&self, of: &Named) -> Result<Option<Attachment>, TabletError> {
        let key = attachment_key(of);
        let Some(bytes) = self.storage.get(Store::Blobs, &key).await? else {
            return Ok(None);
        };
        if !self.is_pending(of) && self.state.borrow().is_withheld(&bytes) {
            return Ok(None);
        }
        let plain = self.open_bytes(Store::Blobs, &key, &bytes)?;
        let read = Attachment::read(of.name, plain);
        read.map(Some).map_err(|_| TabletError::Unreadable(key))
    }

    /// Asks for a part of an attachment.
    pub fn get_request(&self, attachment: Named, part: u32) -> GetRequest {
        GetRequest {
            proto: PROTO,
            nonce: self.nonce(),
            device: self.device(),
            attachment,
            part,
        }
    }

    /// The attachment that came in parts, kept for the next time; `None` where they are not its
    /// bytes.
    ///
    /// # Errors
    /// Where the storage fails, or the scope is not open.
    pub async fn take_attachment(
        &self,
        of: &Named,
        parts: &[GetReply],
    ) -> Result<Option<Attachment>, TabletError> {
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend(keys::from_base64(&part.bytes).unwrap_or_default());
        }
        let read = Attachment::read(of.name, bytes).ok();
        let erased = self.state.borrow().erased_attachments.contains(&of.name);
        let Some(attachment) = read.filter(|_| !erased) else {
            return Ok(None);
        };
        let put = self.seal_attachment(&self.state.borrow(), of, &attachment)?;
        self.write_relaxed(vec![put], Vec::new()).await?;
        Ok(Some(attachment))
    }

    /// Every attachment that the endpoint has not acknowledged, what it refused too.
    pub fn unsent_attachments(&self) -> Vec<Named> {
        self.state.borrow().pending.keys().copied().collect()
    }

    /// An attachment as it lies, for a file that another tablet hands in.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn attachment_as_it_lies(&self, of: &Named) -> Result<Option<Sealed>, TabletError> {
        let key = attachment_key(of);
        let bytes = self.storage.get(Store::Blobs, &key).await?;
        Ok(bytes.and_then(|bytes| super::push::as_it_lies(key, &bytes)))
    }

    /// Keeps a photo of a draft: strictly, since it cannot be typed again.
    ///
    /// # Errors
    /// Where the storage fails, or the scope is not open.
    pub async fn save_draft_photo(
        &self,
        scope: ScopeId,
        draft: &str,
        photo: &Attachment,
    ) -> Result<(), TabletError> {
        let key = draft_photo_key(draft, photo.name());
        let place = (Store::Meta, key.as_str(), Some(scope));
        let value = self.seal_bytes(&self.state.borrow(), place, photo.bytes())?;
        let batch = Batch {
            put: vec![Put {
                store: Store::Meta,
                key,
                group: None,
                value,
            }],
            ..Batch::default()
        };
        Ok(self.storage.commit(batch).await?)
    }

    /// The photos of a draft, as far as they open.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn draft_photos(&self, draft: &str) -> Result<Vec<Attachment>, TabletError> {
        let prefix = draft_photos_prefix(draft);
        let mut photos = Vec::new();
        for (key, bytes) in self.storage.read_one(Store::Meta, under(&prefix)).await? {
            let name = key.strip_prefix(&prefix).and_then(|name| name.parse().ok());
            let plain = self.open_bytes(Store::Meta, &key, &bytes);
            if let (Some(name), Ok(plain)) = (name, plain) {
                photos.extend(Attachment::read(name, plain));
            }
        }
        Ok(photos)
    }

    /// Where the photos of a draft lie.
    pub(super) async fn draft_photo_keys(
        &self,
        draft: &str,
    ) -> Result<Vec<(Store, String)>, TabletError> {
        let keys = keys_under(&draft_photos_prefix(draft));
        let keys = self.storage.read_one(Store::Meta, keys).await?;
        Ok(keys
            .into_iter()
            .map(|(key, _)| (Store::Meta, key))
            .collect())
    }

    /// Whether an attachment is on this tablet alone, as far as it knows.
    pub fn is_pending(&self, of: &Named) -> bool {
        self.state.borrow().pending.contains_key(of)
    }

    /// Deletes a photo of a draft.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn drop_draft_photo(&self, draft: &str, name: Hash) -> Result<(), TabletError> {
        let delete = vec![(Store::Meta, draft_photo_key(draft, name))];
        self.write_relaxed(Vec::new(), delete).await
    }
}

fn draft_photos_prefix(draft: &str) -> String {
    format!("{DRAFT_PHOTO_PREFIX}{draft}/")
}

fn draft_photo_key(draft: &str, name: Hash) -> String {
    format!("{}{name}", draft_photos_prefix(draft))
}
