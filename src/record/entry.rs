//! An entry: header line, body line, signature line, each ended by LF, kept and forwarded as the
//! exact bytes first written. Its name is the SHA-256 of the header line with its LF.

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::erasure::{self, Erasure};
use crate::header::{HEADER_BYTES_MAX, Header};
use crate::id::Hash;
use crate::keys::{self, BadSignature, PublicKey};
use crate::strict;

/// First line of what an entry's signature covers; the header line with its LF follows.
pub const SIGNED_PREFIX: &str = "doorstep-entry-1\n";

/// Largest entry, bytes: a deed is no larger.
pub const ENTRY_BYTES_MAX: usize = crate::deed::BYTES_MAX;

/// Bytes that are not an entry, or a body that cannot become one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Not three lines ended by LF.
    #[error("not three lines, each ended by LF")]
    Lines,
    /// Larger than the limits.
    #[error("too large")]
    TooLarge,
    /// The header is not strict JSON of the known fields.
    #[error("header: {0}")]
    Header(String),
    /// The body is not strict JSON whose first field is the salt.
    #[error("body: {0}")]
    Body(String),
    /// The body is not the one the header names.
    #[error("the body is not the one the header names")]
    BodyHash,
    /// The signature line is not base64 of 64 bytes.
    #[error("signature line")]
    SignatureLine,
    /// What it said was erased, or is of a kind that is never erased.
    #[error("erased")]
    Erased,
}

#[derive(Debug)]
struct Inner {
    text: String,
    header_end: usize,
    body_end: usize,
    header: Header,
    hash: Hash,
    signature: [u8; 64],
    erasure: Option<Erasure>,
}

/// A well-formed entry. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Entry(Arc<Inner>);

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for Entry {}

impl Entry {
    /// Reads the three lines. Checks form, limits and the body's hash; not the signature, for
    /// which a key is needed, nor the root's word where the body was erased.
    ///
    /// # Errors
    /// Says what is not as it should be.
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        #[cfg(feature = "quick")]
        return crate::quick::entry(bytes, Self::read);
        #[cfg(not(feature = "quick"))]
        Self::read(bytes)
    }

    fn read(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > ENTRY_BYTES_MAX {
            return Err(EntryError::TooLarge);
        }
        let text = core::str::from_utf8(bytes).map_err(|_| EntryError::Lines)?;
        let mut lines = text.split_inclusive('\n');
        let (Some(head), Some(body), Some(sign), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(EntryError::Lines);
        };
        let sign_text = sign.strip_suffix('\n').ok_or(EntryError::Lines)?;
        if head.len() > HEADER_BYTES_MAX {
            return Err(EntryError::TooLarge);
        }
        let header = parse_header(head)?;
        let erasure = Erasure::of_line(body);
        if erasure.is_none() {
            if Hash::of(body.as_bytes()) != header.body_hash {
                return Err(EntryError::BodyHash);
            }
            check_body(body)?;
        } else if !erasure::may_erase(&header.kind) {
            return Err(EntryError::Erased);
        }
        let signature = keys::decode(sign_text).ok_or(EntryError::SignatureLine)?;
        Ok(Self(Arc::new(Inner {
            header_end: head.len(),
            body_end: head.len() + body.len(),
            hash: Hash::of(head.as_bytes()),
            text: text.to_owned(),
            header,
            signature,
            erasure,
        })))
    }

    /// The root's word in the place of the body, where that was erased.
    #[must_use]
    pub fn erasure(&self) -> Option<&Erasure> {
        self.0.erasure.as_ref()
    }

    /// The same entry with the root's word in the place of its body. Name, header and signature
    /// stay.
    ///
    /// # Errors
    /// [`EntryError::Erased`] where its kind is never erased.
    pub fn erased(&self, erasure: &Erasure) -> Result<Self, EntryError> {
        let sign = self.0.text.get(self.0.body_end..).unwrap_or_default();
        let text = [self.header_line(), &erasure.line(), sign].concat();
        Self::parse(text.as_bytes())
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.0.header
    }

    /// The entry's name.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.0.hash
    }

    /// What selects the type of the body.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.0.header.kind
    }

    /// The three lines as text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The three lines as bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.0.text.as_bytes()
    }

    /// The header line with its LF.
    #[must_use]
    pub fn header_line(&self) -> &str {
        self.0.text.get(..self.0.header_end).unwrap_or_default()
    }

    /// The body line with its LF; what stands in its place where it was erased.
    #[must_use]
    pub fn body_line(&self) -> &str {
        self.0
            .text
            .get(self.0.header_end..self.0.body_end)
            .unwrap_or_default()
    }

    /// The body's fields, without the salt; none where it was erased.
    #[must_use]
    pub fn body(&self) -> Map<String, Value> {
        if self.0.erasure.is_some() {
            return Map::new();
        }
        let mut map: Map<String, Value> = json::read(self.body_line()).unwrap_or_default();
        map.remove("salt");
        map
    }

    /// The body read as `T`; the salt is a field that `T` does not know.
    ///
    /// # Errors
    /// [`EntryError::Body`] where it is not one, [`EntryError::Erased`] where it is gone.
    pub fn body_as<T: DeserializeOwned>(&self) -> Result<T, EntryError> {
        if self.0.erasure.is_some() {
            return Err(EntryError::Erased);
        }
        json::read(self.body_line()).map_err(|error| EntryError::Body(error.to_string()))
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`BadSignature`] where it does not hold under `key`.
    pub fn verify(&self, key: &PublicKey) -> Result<(), BadSignature> {
        key.verify(&signed_bytes(self.header_line()), &self.0.signature)
    }
}

fn signed_bytes(header_line: &str) -> Vec<u8> {
    [SIGNED_PREFIX.as_bytes(), header_line.as_bytes()].concat()
}

fn parse_header(line: &str) -> Result<Header, EntryError> {
    strict::check_object(line).map_err(EntryError::Header)?;
    let header: Header = json::read(line).map_err(|error| EntryError::Header(error.to_string()))?;
    match header.flaw() {
        Some(flaw) => Err(EntryError::Header(format!("{flaw} out of bounds"))),
        None => Ok(header),
    }
}

fn check_body(line: &str) -> Result<(), EntryError> {
    let first = strict::check_object(line).map_err(EntryError::Body)?;
    let first = first.filter(|first| first.name == "salt");
    let salt = first.and_then(|first| keys::decode::<16>(&first.text?));
    if salt.is_none() {
        return Err(EntryError::Body("no salt of 16 bytes first".to_owned()));
    }
    Ok(())
}

/// An entry that waits for its signature.
#[derive(Clone, Debug)]
pub struct Unsigned {
    header_line: String,
    body_line: String,
}

impl Unsigned {
    /// Prepares an entry: the body line with its salt first, and the header with that line's hash
    /// in place of whatever `header.body_hash` was.
    ///
    /// # Errors
    /// Where the header or the body cannot stand in an entry.
    pub fn new(
        mut header: Header,
        body: &Map<String, Value>,
        salt: [u8; 16],
    ) -> Result<Self, EntryError> {
        if body.contains_key("salt") {
            return Err(EntryError::Body("a field named salt".to_owned()));
        }
        body.values()
            .try_for_each(strict::check_value)
            .map_err(EntryError::Body)?;
        if let Some(flaw) = header.flaw() {
            return Err(EntryError::Header(format!("{flaw} out of bounds")));
        }
        let body_line = body_line(body, &salt)?;
        header.body_hash = Hash::of(body_line.as_bytes());
        let mut header_line = serde_json::to_string(&header)
            .map_err(|error| EntryError::Header(error.to_string()))?;
        header_line.push('\n');
        Ok(Self {
            header_line,
            body_line,
        })
    }

    /// What the signature covers, for a key that signs elsewhere.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        signed_bytes(&self.header_line)
    }

    /// The entry with a signature made elsewhere over [`Self::signed_bytes`].
    ///
    /// # Errors
    /// Where the whole does not read back as an entry: larger than the limits, or not strict.
    pub fn with_signature(self, signature: &[u8; 64]) -> Result<Entry, EntryError> {
        let sign = keys::to_base64(signature);
        let text = format!("{}{}{sign}\n", self.header_line, self.body_line);
        Entry::parse(text.as_bytes())
    }

    /// The entry signed by `key`.
    ///
    /// # Errors
    /// As [`Self::with_signature`].
    pub fn signed_by(self, key: &SigningKey) -> Result<Entry, EntryError> {
        let signature = keys::sign(key, &self.signed_bytes());
        self.with_signature(&signature)
    }
}

fn body_line(body: &Map<String, Value>, salt: &[u8; 16]) -> Result<String, EntryError> {
    let rest = serde_json::to_string(body).map_err(|error| EntryError::Body(error.to_string()))?;
    let rest = rest.strip_prefix('{').unwrap_or(&rest);
    let comma = if body.is_empty() { "" } else { "," };
    let salt = keys::to_base64(salt);
    Ok(format!("{{\"salt\":\"{salt}\"{comma}{rest}\n"))
}
