//! The keys under which tablets seal what they hold of a scope: one for each tablet and scope. They
//! follow from a secret in a file of its own, so that the endpoint always has the one it gave
//! before, after a backup was put back too, and no database holds them.

use std::path::Path;

use record::seal::SealKey;
use record::{DeviceId, Hash, ScopeId};

use crate::error::ServerError;
use crate::key_file;
use crate::store::Tx;

/// Name of the file in the data folder.
pub const FILE_NAME: &str = "scope.key";

/// What the secret is used for: nothing else gives the same bytes.
const PURPOSE: &[u8] = b"doorstep-scope-key-1\n";

/// What its fingerprint is used for.
const FINGERPRINT: &[u8] = b"doorstep-scope-fingerprint-1\n";

/// Name of the value that holds the fingerprint of the secret from which a database's tablets have
/// their keys.
const META: &str = "scope secret";

/// The secret from which the keys follow.
#[derive(Clone)]
pub struct ScopeSecret([u8; 32]);

impl core::fmt::Debug for ScopeSecret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("ScopeSecret(…)")
    }
}

impl ScopeSecret {
    /// Reads the secret of a data folder, or makes it where there is none.
    ///
    /// # Errors
    /// Where the file cannot be read or written, or holds something else.
    pub fn open(data: &Path) -> Result<Self, ServerError> {
        Ok(Self(key_file::open(data, FILE_NAME)?))
    }

    /// A secret of these bytes.
    #[must_use]
    pub const fn of_seed(seed: [u8; 32]) -> Self {
        Self(seed)
    }

    /// Notes in a database which secret its tablets have their keys from, or checks that it is this
    /// one: under another nothing opens that they send sealed.
    ///
    /// # Errors
    /// Where the store fails or the secret is another.
    pub async fn belongs<T: Tx>(&self, tx: &mut T) -> Result<(), ServerError> {
        let mine = Hash::of(&[FINGERPRINT, &self.0].concat()).to_string();
        match tx.meta(META).await? {
            Some(known) if known != mine => Err(ServerError::OtherScopeSecret),
            Some(_) => Ok(()),
            None => Ok(tx.set_meta(META, &mine).await?),
        }
    }

    /// The key of a scope on a tablet: SHA-256 over purpose, secret, tablet and scope, each of a
    /// fixed length.
    #[must_use]
    pub fn key(&self, device: &DeviceId, scope: &ScopeId) -> SealKey {
        let parts = [PURPOSE, &self.0, device.bytes(), scope.bytes()];
        SealKey::new(*Hash::of(&parts.concat()).bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tablet_has_its_own_key_of_each_scope_and_always_the_same() {
        let secret = ScopeSecret::of_seed([1; 32]);
        let (device, scope) = (
            DeviceId::from_random([2; 16]),
            ScopeId::from_random([3; 16]),
        );
        let key = secret.key(&device, &scope);
        assert_eq!(key, secret.key(&device, &scope));
        assert_ne!(key, secret.key(&DeviceId::from_random([4; 16]), &scope));
        assert_ne!(key, secret.key(&device, &ScopeId::from_random([4; 16])));
        assert_ne!(key, ScopeSecret::of_seed([4; 32]).key(&device, &scope));
    }
}
