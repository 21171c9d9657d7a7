//! The root key: made at first start, kept in a file outside the database, replaced by nothing.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use record::PublicKey;
use record::keys::{SigningKey, decode, signing_key, to_base64};

use crate::error::ServerError;
use crate::random::Random;

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
        let path = data.join(FILE_NAME);
        match File::open(&path) {
            Ok(file) => Self::read(file, &path),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::make(data),
            Err(error) => Err(ServerError::file(path)(error)),
        }
    }

    /// A key of these 32 bytes; for the training site, whose keys are no secret.
    #[must_use]
    pub fn of_seed(seed: &[u8; 32]) -> Self {
        Self {
            key: signing_key(seed),
        }
    }

    fn read(file: File, path: &Path) -> Result<Self, ServerError> {
        let mut text = String::new();
        // A key is 45 bytes; more is something else and need not be read.
        let limited = file.take(1024).read_to_string(&mut text);
        limited.map_err(ServerError::file(path))?;
        let seed = decode::<32>(text.trim_end());
        seed.map(|seed| Self::of_seed(&seed))
            .ok_or_else(|| ServerError::RootKey(path.to_owned()))
    }

    fn make(data: &Path) -> Result<Self, ServerError> {
        let seed = Random::system().bytes::<32>()?;
        Self::keep(data, &seed)?;
        Ok(Self::of_seed(&seed))
    }

    /// Writes the key's file so that it is whole or not there, and readable by its owner alone.
    ///
    /// # Errors
    /// Where the file cannot be written, or is there already.
    pub fn keep(data: &Path, seed: &[u8; 32]) -> Result<(), ServerError> {
        let path = data.join(FILE_NAME);
        let fresh = data.join("root.key.new");
        let write = || -> std::io::Result<()> {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&fresh)?;
            writeln!(file, "{}", to_base64(seed))?;
            file.sync_all()?;
            // A hard link fails where the name is taken: no key is ever replaced.
            std::fs::hard_link(&fresh, &path)?;
            std::fs::remove_file(&fresh)?;
            File::open(data)?.sync_all()
        };
        write().map_err(ServerError::file(path.clone()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_again() {
        let name = format!("doorstep-root-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let made = RootKey::open(&folder).unwrap().public();
        assert_eq!(RootKey::open(&folder).unwrap().public(), made);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(folder.join(FILE_NAME)).unwrap();
            assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(folder.join(FILE_NAME), "something else").unwrap();
        assert!(matches!(
            RootKey::open(&folder),
            Err(ServerError::RootKey(_))
        ));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
