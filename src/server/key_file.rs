//! Secrets of the endpoint: 32 random bytes in a file outside the database, made at first start and
//! replaced by nothing.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use record::keys::{decode, to_base64};

use crate::error::ServerError;
use crate::random::Random;

/// Reads the secret of a data folder under a name, or makes it where there is none.
///
/// # Errors
/// Where the file cannot be read or written, or holds something else.
pub fn open(data: &Path, name: &str) -> Result<[u8; 32], ServerError> {
    if let Some(secret) = held(data, name)? {
        return Ok(secret);
    }
    let secret = Random::system().bytes::<32>()?;
    keep_text(data, name, &format!("{}\n", to_base64(&secret)))?;
    Ok(secret)
}

/// Checks that a data folder has secrets under these names.
///
/// # Errors
/// Where one is missing, cannot be read, or is something else.
pub fn are_held(data: &Path, names: &[&str]) -> Result<(), ServerError> {
    for name in names {
        if held(data, name)?.is_none() {
            return Err(ServerError::KeyMissing(data.join(name)));
        }
    }
    Ok(())
}

/// Reads the secret of a data folder under a name; `None` where there is none.
///
/// # Errors
/// Where the file cannot be read or holds something else.
pub fn held(data: &Path, name: &str) -> Result<Option<[u8; 32]>, ServerError> {
    let path = data.join(name);
    match File::open(&path) {
        Ok(file) => read(file, &path).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ServerError::file(path)(error)),
    }
}

fn read(file: File, path: &Path) -> Result<[u8; 32], ServerError> {
    let mut text = String::new();
    // A secret is 45 bytes; more is something else and need not be read.
    let limited = file.take(1024).read_to_string(&mut text);
    limited.map_err(ServerError::file(path))?;
    decode(text.trim_end()).ok_or_else(|| ServerError::KeyFile(path.to_owned()))
}

/// Writes a file of secrets so that it is whole or not there, and readable by its owner alone.
///
/// # Errors
/// Where there is one already, or it cannot be written.
pub fn keep_text(data: &Path, name: &str, text: &str) -> Result<(), ServerError> {
    let path = data.join(name);
    let fresh = data.join(format!("{name}.new"));
    let write = || -> std::io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        // A hard link fails where the name is taken: no secret is ever replaced.
        std::fs::hard_link(&fresh, &path)?;
        std::fs::remove_file(&fresh)?;
        File::open(data)?.sync_all()
    };
    write().map_err(ServerError::file(path.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_read_again() {
        let folder = std::env::temp_dir().join(format!("doorstep-key-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let made = open(&folder, "a.key").unwrap();
        assert_eq!(open(&folder, "a.key").unwrap(), made);
        assert_ne!(open(&folder, "b.key").unwrap(), made);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(folder.join("a.key")).unwrap();
            assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(folder.join("a.key"), "something else").unwrap();
        assert!(matches!(
            open(&folder, "a.key"),
            Err(ServerError::KeyFile(_))
        ));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
