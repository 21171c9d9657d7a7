//! Photos in the page of an evidence file: each a line of its own, a picture for who reads and for
//! who checks the content and the salt under its name.

use crate::attachment::{Attachment, SALT_BYTES};
use crate::id::Hash;
use crate::keys;

/// How the line of a photo begins.
const START: &str = "<img data-name=\"";
/// What stands between name and salt.
const SALT: &str = "\" data-salt=\"";
/// What stands between the salt and what is said of the photo.
const ALT: &str = "\" alt=\"";
/// What stands before the content.
const CONTENT: &str = "\" src=\"data:image/jpeg;base64,";
/// How the line ends.
const END: &str = "\">\n";

/// The line of a photo. `alt`, what is said of it, stands escaped in a quoted attribute.
#[must_use]
pub fn photo_line(photo: &Attachment, alt: &str) -> String {
    let (name, salt) = (photo.name(), keys::to_base64(photo.salt()));
    let content = keys::to_base64(photo.content());
    format!("{START}{name}{SALT}{salt}{ALT}{alt}{CONTENT}{content}{END}")
}

/// What a line of the page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// No photo.
    Text,
    /// The photo of this name.
    Photo(Hash),
    /// A photo that is not the one of its name.
    Broken,
}

pub(super) fn read(line: &[u8]) -> Line {
    if !line.starts_with(START.as_bytes()) {
        return Line::Text;
    }
    core::str::from_utf8(line)
        .ok()
        .and_then(photo)
        .map_or(Line::Broken, Line::Photo)
}

fn photo(line: &str) -> Option<Hash> {
    let (name, rest) = line.strip_prefix(START)?.split_once(SALT)?;
    let (salt, rest) = rest.split_once(ALT)?;
    let (_, rest) = rest.split_once(CONTENT)?;
    let salt: [u8; SALT_BYTES] = keys::decode(salt)?;
    let content = keys::from_base64(rest.strip_suffix(END)?)?;
    let photo = Attachment::new(salt, &content);
    (name.parse() == Ok(photo.name())).then_some(photo.name())
}
