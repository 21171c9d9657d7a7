//! Identifiers: 16 random bytes, or a SHA-256. Lower-case hexadecimal in JSON and in keys.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// Text that is not an identifier: wrong length, or not lower-case hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not lower-case hexadecimal of the right length")]
pub struct IdError;

fn from_hex<const N: usize>(text: &str) -> Result<[u8; N], IdError> {
    let mut bytes = [0; N];
    match base16ct::lower::decode(text, &mut bytes) {
        Ok(all) if all.len() == N => Ok(bytes),
        _ => Err(IdError),
    }
}

/// Digits of the longest identifier.
const DIGITS_MAX: usize = 64;

fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut digits = [0; DIGITS_MAX];
    f.write_str(base16ct::lower::encode_str(bytes, &mut digits).map_err(|_| fmt::Error)?)
}

macro_rules! hex_type {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// The bytes.
            #[must_use]
            pub const fn bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                from_hex(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident) => {
        hex_type!($(#[$doc])* $name, 16);

        impl $name {
            /// An identifier of 16 random bytes.
            #[must_use]
            pub const fn from_random(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }
        }
    };
}

random_id!(
    /// A case. Opaque to the record.
    CaseId
);
random_id!(
    /// A stream: the entries of one device in one scope, in order.
    StreamId
);
random_id!(
    /// A tablet, or an endpoint where it writes itself.
    DeviceId
);
random_id!(
    /// A member of staff.
    StaffId
);
random_id!(
    /// A scope: who may hold what is written in it.
    ScopeId
);
random_id!(
    /// A deed: several entries written by one tap.
    DeedId
);
hex_type!(
    /// A SHA-256. Of an entry's header line it is the only name the entry has.
    Hash,
    32
);

impl DeviceId {
    /// The identifier under which an endpoint writes: the first half of the SHA-256 of its root
    /// key. Whoever knows the root key knows which entries are the endpoint's own.
    #[must_use]
    pub fn of_root(root: &crate::keys::PublicKey) -> Self {
        let digest = Hash::of(root.bytes());
        let mut id = [0_u8; 16];
        id.iter_mut()
            .zip(digest.0)
            .for_each(|(to, from)| *to = from);
        Self(id)
    }
}

impl Hash {
    /// The hash of nothing held: neutral under [`Hash::xor`].
    pub const ZERO: Self = Self([0; 32]);

    /// SHA-256 of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of a set to which `other` is added, or from which it is taken.
    #[must_use]
    pub fn xor(mut self, other: &Self) -> Self {
        self.0
            .iter_mut()
            .zip(other.0)
            .for_each(|(to, from)| *to ^= from);
        self
    }
}

impl From<[u8; 32]> for Hash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_lower_case_hexadecimal_of_exact_length() {
        let id = CaseId::from_random([0xab; 16]);
        let text = "ab".repeat(16);
        assert_eq!(id.to_string(), text);
        assert_eq!(text.parse::<CaseId>(), Ok(id));
        assert!(text.to_uppercase().parse::<CaseId>().is_err());
        assert!("ab".repeat(15).parse::<CaseId>().is_err());
        assert!(format!("{text}a").parse::<CaseId>().is_err());
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{text}\""));
    }

    #[test]
    fn a_set_digest_does_not_depend_on_order() {
        let (a, b) = (Hash::of(b"a"), Hash::of(b"b"));
        assert_eq!(Hash::ZERO.xor(&a).xor(&b), Hash::ZERO.xor(&b).xor(&a));
        assert_eq!(a.xor(&b).xor(&b), a);
    }
}
