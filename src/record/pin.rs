//! The key of a PIN: Argon2id (RFC 9106) over a random salt, which is passed in. A PIN of six
//! digits has 20 bits: what makes trying them slow is the work each one costs, and what makes that
//! useless from afar is that the slot it opens lies on one tablet (`docs/security.md`).

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};

use crate::seal::SealKey;

/// Length of a salt, bytes.
pub const SALT_BYTES: usize = 16;

/// Fewest digits of a PIN.
pub const DIGITS_MIN: usize = 6;

/// Most digits of a PIN.
pub const DIGITS_MAX: usize = 12;

/// What one try costs. Kept beside the slot, so that it can be raised later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Cost {
    /// What OWASP's Password Storage Cheat Sheet names as the least for Argon2id: 19 MiB, two
    /// passes, one lane.
    pub const TABLET: Self = Self {
        memory_kib: 19 * 1024,
        passes: 2,
    };
}

/// Why a PIN gives no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Not [`DIGITS_MIN`] to [`DIGITS_MAX`] digits.
    #[error("a PIN has {DIGITS_MIN} to {DIGITS_MAX} digits")]
    Digits,
    /// One digit again and again, or digits in a row: the first that anybody tries.
    #[error("this PIN is guessed at the first try")]
    Guessed,
    /// A cost that cannot be worked with.
    #[error("the cost of the PIN cannot be worked with")]
    Cost,
}

/// Whether somebody may choose this PIN.
///
/// # Errors
/// Says why not.
pub fn choose(pin: &str) -> Result<(), PinError> {
    let digits = pin.as_bytes();
    if !(DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit)
    {
        return Err(PinError::Digits);
    }
    let steps = || digits.iter().zip(digits.iter().skip(1));
    let each = |step: i16| steps().all(|(a, b)| i16::from(*b) - i16::from(*a) == step);
    if each(0) || each(1) || each(-1) {
        return Err(PinError::Guessed);
    }
    Ok(())
}

/// The key of a PIN.
///
/// # Errors
/// [`PinError::Cost`] where the cost cannot be worked with.
pub fn stretch(pin: &str, salt: &[u8; SALT_BYTES], cost: Cost) -> Result<SealKey, PinError> {
    let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(|_| PinError::Cost)?;
    let mut key = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(pin.as_bytes(), salt, &mut key)
        .map_err(|_| PinError::Cost)?;
    Ok(SealKey::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COST: Cost = Cost {
        memory_kib: 8,
        passes: 1,
    };

    #[test]
    fn a_key_follows_from_pin_salt_and_cost() {
        let key = stretch("274901", &[1; SALT_BYTES], COST).unwrap();
        assert_eq!(key, stretch("274901", &[1; SALT_BYTES], COST).unwrap());
        assert_ne!(key, stretch("274902", &[1; SALT_BYTES], COST).unwrap());
        assert_ne!(key, stretch("274901", &[2; SALT_BYTES], COST).unwrap());
        let dearer = Cost { passes: 2, ..COST };
        assert_ne!(key, stretch("274901", &[1; SALT_BYTES], dearer).unwrap());
        let none = Cost { passes: 0, ..COST };
        assert_eq!(
            stretch("274901", &[1; SALT_BYTES], none),
            Err(PinError::Cost)
        );
    }

    // No less than is recommended.
    const _: () = assert!(Cost::TABLET.memory_kib >= 19 * 1024 && Cost::TABLET.passes >= 2);

    #[test]
    fn what_anybody_tries_first_cannot_be_chosen() {
        for pin in ["000000", "123456", "987654", "1234567"] {
            assert_eq!(choose(pin), Err(PinError::Guessed), "{pin}");
        }
        for pin in ["", "27490", "27490a", "1234567890123"] {
            assert_eq!(choose(pin), Err(PinError::Digits), "{pin}");
        }
        assert_eq!(choose("274901"), Ok(()));
    }
}
