//! Where random bytes come from. The operating system's source is the only one of an endpoint that
//! serves; another is passed in where a seed is to be played again.

use std::sync::Arc;

use crate::error::ServerError;

type Fill = dyn Fn(&mut [u8]) -> Result<(), String> + Send + Sync;

/// A source of random bytes. Clones share it.
#[derive(Clone)]
pub struct Random(Arc<Fill>);

impl Random {
    /// The operating system's.
    #[must_use]
    pub fn system() -> Self {
        Self::of(|bytes| getrandom::fill(bytes).map_err(|error| error.to_string()))
    }

    /// The source that `fill` is.
    pub fn of(fill: impl Fn(&mut [u8]) -> Result<(), String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// `N` random bytes.
    ///
    /// # Errors
    /// Where the source has none to give.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], ServerError> {
        let mut bytes = [0_u8; N];
        (self.0)(&mut bytes).map_err(ServerError::Random)?;
        Ok(bytes)
    }
}

impl core::fmt::Debug for Random {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Random")
    }
}
