//! `POST /v1/rescue`: what a tablet had not sent, carried to the endpoint by another one in a file.
//! The entries stay sealed as they lay: who carries the file reads nothing of it.

use record::DeviceId;
use serde::{Deserialize, Serialize};

use super::{BATCH_BYTES_MAX, ENTRIES_MAX, Refused, Sealed};

/// Path of handing a rescue file in.
pub const RESCUE_PATH: &str = "/v1/rescue";

/// Entries of one part: the answer names each that is refused.
const PART_ENTRIES_MAX: usize = ENTRIES_MAX / 8;

/// What a rescue file holds, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rescue {
    /// Protocol: 1.
    pub proto: u32,
    /// The tablet whose entries these are.
    pub rescued: DeviceId,
    /// Its code, for people: `B3`.
    pub code: String,
    /// When the file was made, milliseconds of UTC by that tablet's clock.
    pub saved_ms: i64,
    /// What it had not sent, in the order of its streams.
    pub entries: Vec<Sealed>,
    /// The attachments that it had not sent, each whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Sealed>,
}

impl Rescue {
    /// The entries in the parts in which they are handed in: each is within what a request takes.
    pub fn parts(&self) -> impl Iterator<Item = &[Sealed]> {
        let mut left = self.entries.as_slice();
        core::iter::from_fn(move || {
            let mut bytes = 0_usize;
            let fits = left.iter().take(PART_ENTRIES_MAX).take_while(|one| {
                bytes = bytes.saturating_add(one.bytes.len());
                bytes <= BATCH_BYTES_MAX
            });
            // One that were too large alone is refused by the endpoint, in words.
            let (part, rest) = left.split_at_checked(fits.count().max(1))?;
            left = rest;
            Some(part)
        })
    }
}

/// A part of a rescue file, handed in by a tablet that may be another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RescueRequest {
    /// Protocol: 1.
    pub proto: u32,
    /// The tablet that hands it in.
    pub device: DeviceId,
    /// The tablet whose entries these are.
    pub rescued: DeviceId,
    /// Some of its entries, within the limits of a sync.
    pub entries: Vec<Sealed>,
}

/// The answer: everything that is not refused is held, whether or not it was before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RescueReply {
    /// Protocol: 1.
    pub proto: u32,
    /// What was not taken; kept for the administrator.
    pub refused: Vec<Refused>,
}
