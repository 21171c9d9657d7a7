//! `/v1/attachment/…`: photos go up in parts as they lie sealed on the tablet, and come down in the
//! clear to who may read their scope. Every request may be sent again.

use record::{DeviceId, Hash, ScopeId};
use serde::{Deserialize, Serialize};

/// Path of the question which attachments the endpoint lacks.
pub const LACKING_PATH: &str = "/v1/attachment/lacking";
/// Path of a part that goes up.
pub const PUT_PATH: &str = "/v1/attachment/put";
/// Path of a part that comes down.
pub const GET_PATH: &str = "/v1/attachment/get";

/// Code of the answer where all parts together are not the attachment: it is sent again from its
/// first part after the next start.
pub const BROKEN_ATTACHMENT: &str = "broken_attachment";

/// Bytes of a part; the last one is what is left. Small enough to pass a slow line in one request,
/// and one lost costs little.
pub const PART_BYTES: usize = 256 * 1024;

/// Most attachments that one request names.
pub const NAMES_MAX: usize = 256;

/// An attachment by its scope and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Named {
    /// The scope of the act it belongs to.
    pub scope: ScopeId,
    /// SHA-256 of its salt and content.
    pub name: Hash,
}

/// `POST /v1/attachment/lacking`: which of these are not held, and from which part on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LackingRequest {
    /// Protocol: 1.
    pub proto: u32,
    /// The tablet that sends it.
    pub device: DeviceId,
    /// The tablet on which they lie; another one where they come from a rescue file.
    pub owner: DeviceId,
    /// What that tablet has and nobody has acknowledged.
    pub attachments: Vec<Named>,
}

/// The answer: all that is not named is held, committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LackingReply {
    /// Protocol: 1.
    pub proto: u32,
    /// The endpoint's epoch: its word holds in that one alone.
    pub epoch: String,
    /// What is not held.
    pub lacking: Vec<Lacking>,
}

/// An attachment that is not held as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lacking {
    /// Its name.
    pub name: Hash,
    /// The first part that is missing, counted from 0.
    pub next: u32,
}

/// `POST /v1/attachment/put`: a part of what lies sealed on a tablet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutRequest {
    /// Protocol: 1.
    pub proto: u32,
    /// The tablet that sends it.
    pub device: DeviceId,
    /// The tablet on which it was sealed.
    pub owner: DeviceId,
    /// Which attachment.
    pub attachment: Named,
    /// Which part, from 0.
    pub part: u32,
    /// How many there are.
    pub parts: u32,
    /// Base64 of the part.
    pub bytes: String,
}

/// The answer to a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutReply {
    /// Protocol: 1.
    pub proto: u32,
    /// The endpoint's epoch: its word holds in that one alone.
    pub epoch: String,
    /// The next part that is missing; absent where the whole is held, committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
}

/// `POST /v1/attachment/get`: a part of an attachment, for who has unlocked the tablet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetRequest {
    /// Protocol: 1.
    pub proto: u32,
    /// 32 random hexadecimal digits: no two requests have one body.
    pub nonce: String,
    /// The tablet.
    pub device: DeviceId,
    /// Which attachment.
    pub attachment: Named,
    /// Which part, from 0.
    pub part: u32,
}

/// The answer: salt and content in parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetReply {
    /// Protocol: 1.
    pub proto: u32,
    /// How many parts there are.
    pub parts: u32,
    /// Base64 of the part.
    pub bytes: String,
}
