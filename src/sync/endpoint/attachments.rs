//! What the endpoint decides of attachments.

use record::attachment::ATTACHMENT_BYTES_MAX;
use record::roster::Roster;
use record::seal::{self, Place, SealKey};
use record::{Attachment, keys};

use super::BadRequest;
use super::access::{Signer, open_to};
use crate::storage::Store;
use crate::tablet::attachment_key;
use crate::wire::attachment::{
    GetRequest, LackingRequest, NAMES_MAX, Named, PART_BYTES, PutRequest,
};

/// Most parts of an attachment as it lies sealed: a seal makes it a little longer.
const PARTS_MAX: u32 = 17;

/// Checks the limits of a question.
///
/// # Errors
/// [`BadRequest`] where it is not answered.
pub fn check_lacking(request: &LackingRequest) -> Result<(), BadRequest> {
    super::speaks(request.proto)?;
    super::within(request.attachments.len(), NAMES_MAX, "attachments")
}

/// The bytes of a part, within its limits.
///
/// # Errors
/// [`BadRequest`] where it is none.
pub fn read_part(request: &PutRequest) -> Result<Vec<u8>, BadRequest> {
    super::speaks(request.proto)?;
    if request.parts == 0 || request.parts > PARTS_MAX {
        return Err(BadRequest::Field("parts"));
    }
    if request.part >= request.parts {
        return Err(BadRequest::Field("part"));
    }
    let bytes = keys::from_base64(&request.bytes).ok_or(BadRequest::Field("bytes"))?;
    let is_last = request.part.saturating_add(1) == request.parts;
    let fits = if is_last {
        (1..=PART_BYTES).contains(&bytes.len())
    } else {
        bytes.len() == PART_BYTES
    };
    if fits {
        Ok(bytes)
    } else {
        Err(BadRequest::Field("bytes"))
    }
}

/// The attachment that a tablet sealed; `None` where it does not open, or is another one.
#[must_use]
pub fn open_attachment(of: &Named, sealed: &[u8], key: &SealKey) -> Option<Attachment> {
    let name = attachment_key(of);
    let place = Place {
        store: Store::Blobs.name(),
        key: &name,
        scope: Some(of.scope),
    };
    Attachment::read(of.name, seal::open(key, &place, sealed).ok()?).ok()
}

/// Whether who signed the request may read the attachment's scope on that tablet now. Missing data
/// means that nothing is sent.
#[must_use]
pub fn may_get(request: &GetRequest, signer: &Signer, roster: &Roster) -> bool {
    open_to(&request.device, signer, roster).contains(&request.attachment.scope)
}

/// A part of an attachment as it comes down, and how many there are; `None` beyond its end.
#[must_use]
pub fn part_of(attachment: &Attachment, part: u32) -> Option<(&[u8], u32)> {
    let mut parts = attachment.bytes().chunks(PART_BYTES);
    let count = u32::try_from(parts.len()).ok()?;
    Some((parts.nth(usize::try_from(part).ok()?)?, count))
}

const _: () = assert!(
    ATTACHMENT_BYTES_MAX + PART_BYTES <= PARTS_MAX as usize * PART_BYTES,
    "a sealed attachment fits its parts"
);
