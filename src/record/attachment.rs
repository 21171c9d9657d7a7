//! What belongs to an act and does not stand in its entry: a photo. Named by the SHA-256 of 16
//! random bytes and the content, so that the name says nothing of the content. The act's body has
//! the name and the random bytes.

use crate::id::Hash;

/// The random bytes before the content.
pub const SALT_BYTES: usize = 16;

/// Largest attachment, bytes with its salt.
pub const ATTACHMENT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Bytes that are no attachment, or not the one of the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the attachment of this name")]
pub struct AttachmentError;

/// An attachment: salt and content in one, as it is stored and sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    name: Hash,
    bytes: Vec<u8>,
}

impl core::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Attachment({}, {} bytes)", self.name, self.bytes.len())
    }
}

impl Attachment {
    /// The attachment of some content.
    #[must_use]
    pub fn new(salt: [u8; SALT_BYTES], content: &[u8]) -> Self {
        let bytes = [salt.as_slice(), content].concat();
        let name = Hash::of(&bytes);
        Self { name, bytes }
    }

    /// The attachment of a name, from its bytes.
    ///
    /// # Errors
    /// Where the bytes are of another one, or too few or too many.
    pub fn read(name: Hash, bytes: Vec<u8>) -> Result<Self, AttachmentError> {
        let fits = (SALT_BYTES..=ATTACHMENT_BYTES_MAX).contains(&bytes.len());
        if !fits || Hash::of(&bytes) != name {
            return Err(AttachmentError);
        }
        Ok(Self { name, bytes })
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> Hash {
        self.name
    }

    /// Salt and content.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The random bytes.
    #[must_use]
    pub fn salt(&self) -> &[u8] {
        self.bytes.get(..SALT_BYTES).unwrap_or_default()
    }

    /// The content.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        self.bytes.get(SALT_BYTES..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attachment_is_only_read_by_its_own_name() {
        let photo = Attachment::new([7; SALT_BYTES], b"content");
        let bytes = photo.bytes().to_vec();
        assert_eq!(photo.content(), b"content");
        assert_eq!(photo.salt(), [7; SALT_BYTES]);
        assert_eq!(Attachment::read(photo.name(), bytes.clone()), Ok(photo));
        let other = Attachment::new([8; SALT_BYTES], b"content");
        assert_eq!(Attachment::read(other.name(), bytes), Err(AttachmentError));
        let short = vec![1; SALT_BYTES - 1];
        let long = vec![1; ATTACHMENT_BYTES_MAX + 1];
        for bytes in [short, long] {
            assert_eq!(
                Attachment::read(Hash::of(&bytes), bytes),
                Err(AttachmentError)
            );
        }
    }
}
