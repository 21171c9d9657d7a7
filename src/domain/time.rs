//! Instants and intervals. Milliseconds since 1970-01-01T00:00:00Z unless said otherwise.

use serde::{Deserialize, Serialize};

/// An instant, milliseconds of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(pub i64);

impl Instant {
    /// This instant moved by `ms` milliseconds, saturating.
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this instant; negative where it lies before.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// When something was recorded, as far as it is known: the tablet's clock, corrected by its
/// measured error, lies between `from` and `to`; `best` is what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Earliest possible instant.
    pub from: Instant,
    /// The instant that is shown.
    pub best: Instant,
    /// Latest possible instant; `None` while the upper end is open (a jump without a receipt).
    pub to: Option<Instant>,
}

impl Span {
    /// A span of no width: the instant is known.
    #[must_use]
    pub fn exact(at: Instant) -> Self {
        Self {
            from: at,
            best: at,
            to: Some(at),
        }
    }
}

/// The site's zone as data: from each instant on, the offset from UTC in seconds. Made by the
/// endpoint from the zone database and carried by the roster; the rules hold no zone database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// IANA name, for display: `Asia/Shanghai`.
    pub name: String,
    /// Offset in seconds before the first change.
    pub base: i32,
    /// Changes in ascending order: from this instant on, this offset in seconds.
    pub changes: Vec<(Instant, i32)>,
}

impl Zone {
    /// A zone without changes.
    #[must_use]
    pub fn fixed(name: &str, offset_seconds: i32) -> Self {
        Self {
            name: name.to_owned(),
            base: offset_seconds,
            changes: Vec::new(),
        }
    }

    /// Offset from UTC in seconds at `at`.
    #[must_use]
    pub fn offset_at(&self, at: Instant) -> i32 {
        let after = self.changes.partition_point(|(from, _)| *from <= at);
        after
            .checked_sub(1)
            .and_then(|i| self.changes.get(i))
            .map_or(self.base, |(_, o)| *o)
    }
}

/// A time that counts: a span, and whether a person stated it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timed {
    /// When.
    pub span: Span,
    /// Stated by a person more than five minutes from the time of recording.
    pub as_stated: bool,
}
