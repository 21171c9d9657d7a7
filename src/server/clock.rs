//! The endpoint's clock: the machine's, one that was set and runs on from there, or one that is
//! told.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// What the endpoint takes for the time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    Machine(Instant),
    Set(i64, Instant),
    Told(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn machine() -> Self {
        Self(Source::Machine(Instant::now()))
    }

    /// A clock that stands at `now_ms` (milliseconds of UTC) now and runs on.
    #[must_use]
    pub fn set_to(now_ms: i64) -> Self {
        Self(Source::Set(now_ms, Instant::now()))
    }

    /// A clock that shows what `now_ms` holds (milliseconds of UTC): time as an input.
    #[must_use]
    pub fn told(now_ms: Arc<AtomicI64>) -> Self {
        Self(Source::Told(now_ms))
    }

    /// Milliseconds of UTC.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Source::Set(base, since) => {
                let run = i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX);
                base.saturating_add(run)
            }
            Source::Told(now_ms) => now_ms.load(Ordering::Relaxed),
            Source::Machine(_) => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .ok()
                .and_then(|since| i64::try_from(since.as_millis()).ok())
                .unwrap_or(0),
        }
    }

    /// Milliseconds since some instant, by a clock that only goes on: for waiting.
    #[must_use]
    pub fn steady_ms(&self) -> u64 {
        match &self.0 {
            Source::Machine(since) | Source::Set(_, since) => {
                u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
            }
            Source::Told(now_ms) => u64::try_from(now_ms.load(Ordering::Relaxed)).unwrap_or(0),
        }
    }
}
