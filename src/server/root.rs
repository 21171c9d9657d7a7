//! The root key: what the endpoint signs with. Made at first start, replaced by nothing.

use std::path::Path;

use record::PublicKey;
use record::keys::{SigningKey, signing_key};

use crate::error::ServerError;
use crate::key_file;

/// Name of the file in the data folder.
pub const FILE_NAME: &str = "root.key";

/// The endpoint's signing key.
#[derive(Clone, Debug)]
pub struct RootKey {
    key: SigningKey,
}

impl RootKey {
    /// Reads the key of a data folder, or makes it where there is none.
    ///
    /// # Errors
    /// Where the file cannot be read or written, or holds something else.
    pub fn open(data: &Path) -> Result<Self, ServerError> {
        Ok(Self::of_seed(&key_file::open(data, FILE_NAME)?))
    }

    /// A key of these 32 bytes.
    #[must_use]
    pub fn of_seed(seed: &[u8; 32]) -> Self {
        Self {
            key: signing_key(seed),
        }
    }

    /// The key that signs.
    #[must_use]
    pub fn signing(&self) -> &SigningKey {
        &self.key
    }

    /// The key that checks.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey::of(&self.key)
    }
}
