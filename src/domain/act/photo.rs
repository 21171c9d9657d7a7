//! P-9.1 photos that belong to an act.

use serde::{Deserialize, Serialize};

use super::Act;
use crate::id::AttachmentName;

/// A photo, as the act names it. Its content lies beside the record: a JPEG without anything that
/// the camera noted in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    /// SHA-256 over the salt and the content.
    pub name: AttachmentName,
    /// Base64 of the salt, 16 random bytes: the name alone says nothing of the content.
    pub salt: String,
}

impl Act {
    /// The photos of the act; of one that puts another right those of the act as it should read.
    #[must_use]
    pub fn photos(&self) -> &[Photo] {
        match self {
            Self::Accepted(act) => &act.details.photos,
            Self::Detailed(details) => &details.photos,
            Self::SolvedOnSpot(act) => &act.photos,
            Self::Done(act) => &act.photos,
            Self::Verified(act) => &act.photos,
            Self::VisitAttempted(act) => &act.photos,
            Self::Noted(act) => &act.photos,
            Self::Corrected(act) => act.replacement.as_ref().map_or(&[], Self::photos),
            _ => &[],
        }
    }

    /// Where the act takes photos; `None` for one that has none.
    pub fn photos_mut(&mut self) -> Option<&mut Vec<Photo>> {
        match self {
            Self::Accepted(act) => Some(&mut act.details.photos),
            Self::Detailed(details) => Some(&mut details.photos),
            Self::SolvedOnSpot(act) => Some(&mut act.photos),
            Self::Done(act) => Some(&mut act.photos),
            Self::Verified(act) => Some(&mut act.photos),
            Self::VisitAttempted(act) => Some(&mut act.photos),
            Self::Noted(act) => Some(&mut act.photos),
            _ => None,
        }
    }
}
