//! What keeps the words of confidential scopes out of the database: the bodies of their entries,
//! and what was refused and may be of one, lie in it sealed under a key in a file of its own. A
//! copy of the database alone does not open them.

use std::path::Path;

use record::Hash;
use record::keys::to_base64;
use record::seal::{self, Place, SealKey};

use crate::error::ServerError;
use crate::key_file;
use crate::random::Random;
use crate::store::{StoreError, Stored, Tx};

/// Name of the file in the data folder.
pub const FILE_NAME: &str = "handling.key";

/// What the key's fingerprint is used for: nothing else gives the same bytes.
const FINGERPRINT: &[u8] = b"doorstep-handling-fingerprint-1\n";

/// Name of the value that holds the fingerprint of the key under which a database's confidential
/// bodies lie.
const META: &str = "handling key";

/// The key, and where nonces come from. Clones share both.
#[derive(Clone, Debug)]
pub struct Vault {
    key: SealKey,
    random: Random,
    /// The data folder has no file of it yet.
    fresh: bool,
}

impl Vault {
    /// The key of a data folder; a fresh one, which [`Self::keep`] writes, where there is none.
    ///
    /// # Errors
    /// Where the file cannot be read or holds something else, or there is no randomness.
    pub fn of_folder(data: &Path) -> Result<Self, ServerError> {
        match key_file::held(data, FILE_NAME)? {
            Some(seed) => Ok(Self::of_seed(seed, Random::system())),
            None => Self::fresh(),
        }
    }

    /// A key that no database knows yet.
    ///
    /// # Errors
    /// Where there is no randomness.
    pub fn fresh() -> Result<Self, ServerError> {
        let random = Random::system();
        Ok(Self {
            key: SealKey::new(random.bytes()?),
            random,
            fresh: true,
        })
    }

    /// A key of these bytes.
    #[must_use]
    pub const fn of_seed(seed: [u8; 32], random: Random) -> Self {
        Self {
            key: SealKey::new(seed),
            random,
            fresh: false,
        }
    }

    /// Notes in a database which key its confidential bodies lie under, or checks that it is this
    /// one. `data` is the folder of which is said that its file is missing.
    ///
    /// # Errors
    /// Where the store fails, the key is another, or the folder has lost its own.
    pub async fn belongs<T: Tx>(&self, tx: &mut T, data: &Path) -> Result<(), ServerError> {
        let mine = Hash::of(&[FINGERPRINT, self.key.bytes()].concat()).to_string();
        match tx.meta(META).await? {
            Some(known) if known == mine => Ok(()),
            Some(_) if self.fresh => Err(ServerError::KeyMissing(data.join(FILE_NAME))),
            Some(_) => Err(ServerError::OtherHandlingKey),
            None => Ok(tx.set_meta(META, &mine).await?),
        }
    }

    /// Writes the file of a fresh key into a data folder.
    ///
    /// # Errors
    /// Where there is one by now, or it cannot be written.
    pub fn keep(&self, data: &Path) -> Result<(), ServerError> {
        if !self.fresh {
            return Ok(());
        }
        let text = format!("{}\n", to_base64(self.key.bytes()));
        key_file::keep_text(data, FILE_NAME, &text)
    }

    /// Seals what lies under a key of a table.
    ///
    /// # Errors
    /// Where there is no randomness, or it is too long.
    pub fn seal(&self, table: &'static str, key: &str, plain: &[u8]) -> Stored<Vec<u8>> {
        let nonce = self
            .random
            .bytes()
            .map_err(|_| StoreError::NotSealed(table))?;
        let sealed = seal::seal(&self.key, &place(table, key), nonce, plain);
        sealed.map_err(|_| StoreError::NotSealed(table))
    }

    /// Opens what [`Self::seal`] sealed.
    ///
    /// # Errors
    /// Where it does not open: under another key, of another place, or altered.
    pub fn open(&self, table: &'static str, key: &str, sealed: &[u8]) -> Stored<Vec<u8>> {
        let plain = seal::open(&self.key, &place(table, key), sealed);
        plain.map_err(|_| StoreError::Damaged(table))
    }
}

fn place<'p>(table: &'p str, key: &'p str) -> Place<'p> {
    Place {
        store: table,
        key,
        scope: None,
    }
}

/// Takes the body line out of the bytes of an entry: the lines around it, and the body.
#[must_use]
pub fn part(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let header = lines.next().unwrap_or_default();
    let body = lines.next().unwrap_or_default();
    let around = [header, &lines.collect::<Vec<_>>().concat()].concat();
    (around, body.to_vec())
}

/// Puts the body line back where [`part`] has taken it out.
#[must_use]
pub fn join(around: &[u8], body: &[u8]) -> Vec<u8> {
    let mut lines = around.split_inclusive(|byte| *byte == b'\n');
    let header = lines.next().unwrap_or_default();
    let rest = around.get(header.len()..).unwrap_or_default();
    [header, body, rest].concat()
}
