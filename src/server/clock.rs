//! The endpoint's clock: the machine's, or one that was set and runs on from there.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// What the endpoint takes for the time.
#[derive(Clone, Debug)]
pub struct Clock {
    set: Option<(i64, Instant)>,
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn machine() -> Self {
        Self { set: None }
    }

    /// A clock that stands at `now_ms` (milliseconds of UTC) now and runs on.
    #[must_use]
    pub fn set_to(now_ms: i64) -> Self {
        Self {
            set: Some((now_ms, Instant::now())),
        }
    }

    /// Whether it was set and is not the machine's.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.set.is_some()
    }

    /// Milliseconds of UTC.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        match self.set {
            Some((base, since)) => {
                let run = i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX);
                base.saturating_add(run)
            }
            None => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .ok()
                .and_then(|since| i64::try_from(since.as_millis()).ok())
                .unwrap_or(0),
        }
    }
}
