//! The operating system's random source, the only one used.

use crate::error::ServerError;

/// `N` random bytes.
///
/// # Errors
/// Where the operating system has none to give.
pub fn bytes<const N: usize>() -> Result<[u8; N], ServerError> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|error| ServerError::Random(error.to_string()))?;
    Ok(bytes)
}
