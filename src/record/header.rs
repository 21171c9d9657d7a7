//! An entry's first line. Field order is fixed by this struct; the bytes first written are the
//! truth, so a reader keeps fields it does not know.

use serde::{Deserialize, Serialize};

use crate::hlc::Hlc;
use crate::id::{CaseId, DeedId, DeviceId, Hash, ScopeId, StaffId, StreamId};
use crate::time::{ClockMeasurement, Interval, effective};

/// The format this code writes.
pub const FORMAT: u32 = 1;

/// How many entries of the case an entry may name as known when it was written.
pub const AFTER_MAX: usize = 8;

/// Longest header line, bytes: eight ancestors and every field come to under 2 KiB.
pub const HEADER_BYTES_MAX: usize = 8 * 1024;

/// Longest kind, bytes.
pub const KIND_BYTES_MAX: usize = 64;

/// The part of a deed an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeedRef {
    /// The deed.
    pub id: DeedId,
    /// How many entries it wrote, over all scopes; 2 to 64.
    pub count: u32,
}

/// The header of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Format of the entry: 1.
    pub format: u32,
    /// The case; `None` for entries of the roster and of the site.
    pub case: Option<CaseId>,
    /// Who may hold the entry.
    pub scope: ScopeId,
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Place in the stream, from 1, without gaps.
    pub seq: u64,
    /// The entry before it in the stream; for the first one the end of the device's stream
    /// before this one in the scope, `None` where there is none.
    pub prev: Option<Hash>,
    /// The case's latest entries that were on the tablet when the form was opened.
    pub after: Vec<Hash>,
    /// Place in the order of the record.
    pub hlc: Hlc,
    /// The tablet's wall clock as it stood, milliseconds of UTC.
    pub wall_ms: i64,
    /// That clock against the endpoint's; `None` where unknown, or void after a jump.
    pub clock: Option<ClockMeasurement>,
    /// Newest endpoint time seen, milliseconds of UTC.
    pub endpoint_ms: Option<i64>,
    /// Newest position of the roster seen.
    pub roster: u64,
    /// The person; `None` for what a device or an endpoint writes itself.
    pub staff: Option<StaffId>,
    /// The role the person acted in; empty without a person.
    pub role: String,
    /// The tablet, or the endpoint.
    pub device: DeviceId,
    /// Selects the type of the body.
    pub kind: String,
    /// The deed, where one deed wrote several entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deed: Option<DeedRef>,
    /// The entry whose act this one records again after a fork of the device's stream: of the
    /// two only this one counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Hash>,
    /// SHA-256 of the body line with its LF.
    pub body_hash: Hash,
    /// Digest of the app that wrote it, or the endpoint's version; may be empty.
    pub app: String,
}

impl Header {
    /// Whether a device, or the endpoint, wrote the entry by itself: no person did.
    #[must_use]
    pub fn is_by_itself(&self, device: DeviceId) -> bool {
        self.device == device && self.staff.is_none()
    }

    /// When the entry was recorded, as far as known; `receipt_ms` is the time of the earliest
    /// valid receipt that covers it.
    #[must_use]
    pub fn interval(&self, receipt_ms: Option<i64>) -> Interval {
        effective(
            self.wall_ms,
            self.clock.as_ref(),
            self.endpoint_ms,
            receipt_ms,
        )
    }

    /// What is wrong with the values, if anything.
    pub(crate) fn flaw(&self) -> Option<&'static str> {
        let deed_flaw = self
            .deed
            .is_some_and(|deed| !(2..=crate::deed::ENTRIES_MAX_U32).contains(&deed.count));
        let checks = [
            (self.format != FORMAT, "format"),
            (self.seq == 0, "seq"),
            (self.seq > 1 && self.prev.is_none(), "prev"),
            (self.after.len() > AFTER_MAX, "after"),
            (
                self.kind.is_empty() || self.kind.len() > KIND_BYTES_MAX,
                "kind",
            ),
            (deed_flaw, "deed"),
        ];
        checks.iter().find_map(|(bad, name)| bad.then_some(*name))
    }
}
