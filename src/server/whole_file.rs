//! Files of a data folder that are replaced whole or not at all.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use crate::error::ServerError;

/// Puts a file in the place of the one of its name; it is on the disk when this returns.
///
/// # Errors
/// Where it cannot be written; the one before is there then.
pub fn replace(data: &Path, name: &str, content: &[u8]) -> Result<(), ServerError> {
    let path = data.join(name);
    // Several processes may do so at once.
    let fresh = data.join(format!("{name}.{}", std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&fresh)?;
        file.write_all(content)?;
        file.sync_all()?;
        std::fs::rename(&fresh, &path)?;
        File::open(data)?.sync_all()
    };
    write().map_err(ServerError::file(path.clone()))
}
