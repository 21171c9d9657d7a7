//! An act with its place in the record. The rules' own input: whoever holds the record (the
//! tablet, the endpoint, a test) converts to it.

use serde::{Deserialize, Serialize};

use crate::id::{DeviceId, EntryHash, StaffId};
use crate::time::{Instant, Span};

/// Something recorded: what, by whom, when, and what was known when it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded<A> {
    /// The entry's name.
    pub hash: EntryHash,
    /// The case's latest entries that were on the tablet when the form was opened: this act
    /// knew them and all that they knew. Shows which acts were concurrent.
    pub after: Vec<EntryHash>,
    /// Place in the total order of the record.
    pub order: Order,
    /// When it was recorded, as far as known.
    pub recorded: Span,
    /// When the endpoint first confirmed it; the earliest valid receipt.
    pub received: Option<Instant>,
    /// Who recorded it, where.
    pub author: Author,
    /// Whether it counts.
    pub standing: Standing,
    /// The act itself.
    pub act: A,
}

/// Place in the total order: hybrid logical clock, then (by the case) the entry's hash. Orders
/// and never tells time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Order {
    /// Physical part, milliseconds.
    pub ms: u64,
    /// Logical part.
    pub n: u32,
}

/// Who recorded an act, and on which tablet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The person; `None` for what a device recorded by itself.
    pub staff: Option<StaffId>,
    /// The role the person acted in, as named by the site file: `officer`, `head`, …
    pub role: String,
    /// The tablet.
    pub device: DeviceId,
}

/// Whether an entry counts. Itself decided by entries of the endpoint and of named persons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// It counts.
    #[default]
    Counts,
    /// Set aside by the endpoint: kept, shown, not counted.
    SetAside {
        /// Why, in the endpoint's words.
        reason: String,
    },
    /// What it said was erased. A correction that was made before stands for it.
    Erased {
        /// Why, in the words of those who decided it; empty where the order is not at hand.
        reason: String,
        /// Who decided it.
        by: Vec<StaffId>,
        /// When it was ordered.
        at: Option<Instant>,
    },
}
