//! Where attachments lie: beside the database, each under its scope and name, and until it is whole
//! its parts under the tablet that sends it. What is there never changes; what is said to be held
//! is on the disk. All of it lies sealed: a copy of the folder alone opens nothing.

use std::path::Path;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _};
use record::seal::SealKey;
use record::{Attachment, DeviceId};
use sync::endpoint::open_attachment;
use sync::wire::attachment::Named;

use crate::error::ServerError;
use crate::store::StoreError;
use crate::vault::Vault;

/// Name of the folder in the data folder.
pub const FOLDER: &str = "attachments";

/// Where whole attachments lie.
const WHOLE: &str = "whole";

/// Where parts lie.
const PARTS: &str = "parts";

/// What a sealed attachment is said to be of.
const TABLE: &str = "attachment";

/// The attachments. Clones share everything.
#[derive(Clone, Debug)]
pub struct Attachments {
    store: Arc<dyn ObjectStore>,
    vault: Vault,
}

/// What became of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The whole attachment is held.
    Whole,
    /// This part is missing.
    Lacks(u32),
    /// All parts together are not the attachment. None of them is kept.
    Broken,
}

fn whole(of: &Named) -> Key {
    Key::from_iter([WHOLE, &of.scope.to_string(), &of.name.to_string()])
}

fn parts(owner: &DeviceId, of: &Named) -> Key {
    let (owner, scope, name) = (owner.to_string(), of.scope.to_string(), of.name.to_string());
    Key::from_iter([PARTS, &owner, &scope, &name])
}

fn part_of(parts: &Key, part: u32) -> Key {
    parts.clone().join(part.to_string())
}

impl Attachments {
    /// Those of a data folder; each is on the disk before it is said to be held.
    ///
    /// # Errors
    /// Where the folder cannot be made.
    pub fn open(data: &Path, vault: Vault) -> Result<Self, ServerError> {
        let folder = data.join(FOLDER);
        std::fs::create_dir_all(&folder).map_err(ServerError::file(&folder))?;
        let store = LocalFileSystem::new_with_prefix(&folder)?;
        let store = Arc::new(store.with_fsync(true));
        Ok(Self { store, vault })
    }

    /// In memory, for tests.
    #[must_use]
    pub fn in_memory(vault: Vault) -> Self {
        let store = Arc::new(InMemory::new());
        Self { store, vault }
    }

    async fn has(&self, key: &Key) -> Result<bool, ServerError> {
        match self.store.head(key).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn read(&self, key: &Key) -> Result<Option<Vec<u8>>, ServerError> {
        match self.store.get(key).await {
            Ok(found) => Ok(Some(found.bytes().await?.to_vec())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The first part that is missing of what a tablet sends, counted from 0; `None` where the
    /// whole attachment is held.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub async fn lacks(&self, owner: &DeviceId, of: &Named) -> Result<Option<u32>, ServerError> {
        if self.has(&whole(of)).await? {
            return Ok(None);
        }
        Ok(Some(self.first_missing(&parts(owner, of)).await?))
    }

    async fn first_missing(&self, parts: &Key) -> Result<u32, ServerError> {
        let mut next = 0_u32;
        while self.has(&part_of(parts, next)).await? {
            next = next.saturating_add(1);
        }
        Ok(next)
    }

    /// Takes one of `count` parts of what lies sealed on a tablet under `key`. Once all are there
    /// they are opened, and the attachment is held.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub async fn take(
        &self,
        (owner, key): (&DeviceId, &SealKey),
        of: &Named,
        (part, count): (u32, u32),
        bytes: Vec<u8>,
    ) -> Result<Taken, ServerError> {
        if self.has(&whole(of)).await? {
            return Ok(Taken::Whole);
        }
        let all = parts(owner, of);
        self.store.put(&part_of(&all, part), bytes.into()).await?;
        let missing = self.first_missing(&all).await?;
        if missing < count {
            return Ok(Taken::Lacks(missing));
        }
        let mut sealed = Vec::new();
        for part in 0..count {
            // Where another request was faster, what is left does not open, or is whole by now.
            sealed.extend(self.read(&part_of(&all, part)).await?.unwrap_or_default());
        }
        let opened = open_attachment(of, &sealed, key);
        if let Some(attachment) = &opened {
            self.keep(of, attachment).await?;
        }
        for part in 0..count {
            match self.store.delete(&part_of(&all, part)).await {
                // Another request was faster.
                Err(object_store::Error::NotFound { .. }) | Ok(()) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(if opened.is_some() || self.has(&whole(of)).await? {
            Taken::Whole
        } else {
            Taken::Broken
        })
    }

    async fn keep(&self, of: &Named, attachment: &Attachment) -> Result<(), ServerError> {
        let key = whole(of);
        let sealed = self.vault.seal(TABLE, key.as_ref(), attachment.bytes())?;
        self.store.put(&key, sealed.into()).await?;
        Ok(())
    }

    fn opened(&self, of: &Named, sealed: &[u8]) -> Result<Attachment, ServerError> {
        let plain = self.vault.open(TABLE, whole(of).as_ref(), sealed)?;
        let read = Attachment::read(of.name, plain);
        Ok(read.map_err(|_| StoreError::Damaged(TABLE))?)
    }

    /// An attachment; `None` where it is not held as a whole.
    ///
    /// # Errors
    /// Where the folder cannot be read, or what lies there is another one.
    pub async fn get(&self, of: &Named) -> Result<Option<Attachment>, ServerError> {
        let sealed = self.lies(of).await?;
        sealed.map(|sealed| self.opened(of, &sealed)).transpose()
    }

    /// An attachment as it lies, sealed; `None` where it is not held as a whole.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub async fn lies(&self, of: &Named) -> Result<Option<Vec<u8>>, ServerError> {
        self.read(&whole(of)).await
    }

    /// All that are held as a whole.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub async fn all(&self) -> Result<Vec<Named>, ServerError> {
        let found = self.store.list(Some(&Key::from(WHOLE)));
        let found: Vec<_> = found.try_collect().await?;
        let named = |key: &Key| {
            let mut parts = key.parts().skip(1);
            let scope = parts.next()?.as_ref().parse().ok()?;
            let name = parts.next()?.as_ref().parse().ok()?;
            Some(Named { scope, name })
        };
        Ok(found
            .iter()
            .filter_map(|one| named(&one.location))
            .collect())
    }

    /// Removes what was erased, and its parts.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub async fn remove(&self, erased: &[Named]) -> Result<(), ServerError> {
        if erased.is_empty() {
            return Ok(());
        }
        let parts: Vec<_> = self
            .store
            .list(Some(&Key::from(PARTS)))
            .try_collect()
            .await?;
        for of in erased {
            let place = format!("/{}/{}/", of.scope, of.name);
            let is_of = |key: &&Key| key.as_ref().contains(&place);
            let of_it = parts.iter().map(|part| &part.location).filter(is_of);
            for key in of_it.chain([&whole(of)]) {
                match self.store.delete(key).await {
                    Err(object_store::Error::NotFound { .. }) | Ok(()) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }

    /// A copy of what is held as a whole, in memory, for tests.
    ///
    /// # Errors
    /// Where what is held cannot be read.
    pub async fn copy(&self) -> Result<Self, ServerError> {
        let copy = Self::in_memory(self.vault.clone());
        for of in self.all().await? {
            if let Some(sealed) = self.lies(&of).await? {
                copy.put_back(&of, sealed).await?;
            }
        }
        Ok(copy)
    }

    /// Puts one back from a backup, as it lay.
    ///
    /// # Errors
    /// Where the folder cannot be written, or it is another one or of another key.
    pub async fn put_back(&self, of: &Named, sealed: Vec<u8>) -> Result<(), ServerError> {
        self.opened(of, &sealed)?;
        self.store.put(&whole(of), sealed.into()).await?;
        Ok(())
    }
}
