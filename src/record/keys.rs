//! Ed25519 keys: the endpoint's root key, a tablet's device key, and the key of each person on each
//! tablet. Made from 32 random bytes that are passed in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
pub use ed25519_dalek::SigningKey;
use ed25519_dalek::{Signature, Signer as _, VerifyingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::Hash;

/// What a public key is preceded by in a DER file, so that `openssl` reads it:
/// `302a300506032b6570032100`.
pub const DER_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// A signature that does not hold, or a key that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not hold")]
pub struct BadSignature;

/// An Ed25519 public key. Base64 in JSON.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// The key of these 32 bytes; whether they are a point is found at the first check.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The public half of `key`.
    #[must_use]
    pub fn of(key: &SigningKey) -> Self {
        Self(key.verifying_key().to_bytes())
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Checks a signature over `message`, strictly (no small-order keys, canonical form).
    ///
    /// # Errors
    /// [`BadSignature`] where it does not hold.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), BadSignature> {
        #[cfg(feature = "quick")]
        if let Some(made) = crate::quick::sign(&self.0, message) {
            return (made == *signature).then_some(()).ok_or(BadSignature);
        }
        let key = VerifyingKey::from_bytes(&self.0).map_err(|_| BadSignature)?;
        key.verify_strict(message, &Signature::from_bytes(signature))
            .map_err(|_| BadSignature)
    }

    /// The fingerprint as links carry it: the first 16 bytes of the key's SHA-256, hexadecimal.
    #[must_use]
    pub fn fingerprint_digits(&self) -> String {
        Hash::of(&self.0).to_string().chars().take(32).collect()
    }

    /// The fingerprint to compare by eye: its digits in groups of four.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let groups: Vec<String> = self
            .fingerprint_digits()
            .chars()
            .collect::<Vec<_>>()
            .chunks(4)
            .map(|group| group.iter().collect())
            .collect();
        groups.join(" ")
    }
}

impl core::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl core::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        decode(&text)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("not base64 of 32 bytes"))
    }
}

/// The signing key of 32 random bytes.
#[must_use]
pub fn signing_key(random: &[u8; 32]) -> SigningKey {
    #[cfg(feature = "quick")]
    return crate::quick::signing_key(random);
    #[cfg(not(feature = "quick"))]
    SigningKey::from_bytes(random)
}

/// Signs `message`.
#[must_use]
pub fn sign(key: &SigningKey, message: &[u8]) -> [u8; 64] {
    #[cfg(feature = "quick")]
    if let Some(made) = crate::quick::sign(PublicKey::of(key).bytes(), message) {
        return made;
    }
    key.sign(message).to_bytes()
}

/// Base64, standard alphabet, padded, one line.
#[must_use]
pub fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of base64; `None` for anything else.
#[must_use]
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Exactly `N` bytes from base64; `None` for anything else.
#[must_use]
pub fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_refuses_another_message_or_key() {
        let key = signing_key(&[7; 32]);
        let public = PublicKey::of(&key);
        let signature = sign(&key, b"text");
        assert_eq!(public.verify(b"text", &signature), Ok(()));
        assert!(public.verify(b"texu", &signature).is_err());
        let other = PublicKey::of(&signing_key(&[8; 32]));
        assert!(other.verify(b"text", &signature).is_err());
        let json = serde_json::to_string(&public).unwrap();
        assert_eq!(serde_json::from_str::<PublicKey>(&json).unwrap(), public);
        assert_eq!(public.fingerprint().len(), 39);
    }
}
