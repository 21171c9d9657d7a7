//! Erasure: what an entry says is gone, that it was written stays. Header and signature remain, so
//! that every chain and every reference holds; in place of the body stands the root's word that it
//! was erased. Only the endpoint orders it, by an entry that says why and by whom.

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use crate::entry::Entry;
use crate::id::{Hash, StaffId};
use crate::keys::{self, BadSignature, PublicKey};
use crate::roster::Roster;

/// Kind of an [`Order`]. It stands in the scope and the case of the entry it concerns.
pub const ORDER: &str = "erasure.order";

/// First line of what the root's word covers; the name of the erased entry follows as a line.
pub const SIGNED_PREFIX: &str = "doorstep-erasure-1\n";

/// How many persons an order takes.
pub const PERSONS_MIN: usize = 2;

/// What stands around the root's word in the place of a body.
const AROUND: (&str, &str) = ("{\"erased\":\"", "\"}\n");

/// The root's word that the body of one entry was erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erasure([u8; 64]);

impl Erasure {
    /// Says so of the entry of a name.
    #[must_use]
    pub fn issue(entry: &Hash, root: &SigningKey) -> Self {
        Self(keys::sign(root, &signed_bytes(entry)))
    }

    /// Reads the base64 of an order.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        keys::decode(text).map(Self)
    }

    /// Reads a line that stands in the place of a body; `None` for a body.
    #[must_use]
    pub fn of_line(line: &str) -> Option<Self> {
        let word = line.strip_prefix(AROUND.0)?.strip_suffix(AROUND.1)?;
        Self::read(word)
    }

    /// The line that stands in the place of the body, with its LF.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{}{self}{}", AROUND.0, AROUND.1)
    }

    /// Checks that the root has said it of the entry of this name.
    ///
    /// # Errors
    /// [`BadSignature`] where it has not.
    pub fn verify(&self, entry: &Hash, root: &PublicKey) -> Result<(), BadSignature> {
        root.verify(&signed_bytes(entry), &self.0)
    }
}

impl core::fmt::Display for Erasure {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&keys::to_base64(&self.0))
    }
}

fn signed_bytes(entry: &Hash) -> Vec<u8> {
    format!("{SIGNED_PREFIX}{entry}\n").into_bytes()
}

/// `erasure.order`: the body of an entry and the attachments it named are erased wherever they lie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The entry concerned.
    pub hash: Hash,
    /// Base64 of the root's word, an [`Erasure`].
    pub erased: String,
    /// Names of the attachments that go with it.
    #[serde(default)]
    pub attachments: Vec<Hash>,
    /// The persons who decided it, two or more.
    pub by: Vec<StaffId>,
    /// Why, in their words; never what was erased.
    pub reason: String,
}

impl Order {
    /// The order an entry is, where the endpoint wrote it and it holds; and the root's word.
    #[must_use]
    pub fn of(entry: &Entry, roster: &Roster) -> Option<(Self, Erasure)> {
        if entry.kind() != ORDER || !entry.header().is_by_itself(roster.endpoint()) {
            return None;
        }
        entry.verify(roster.root()).ok()?;
        let order: Self = entry.body_as().ok()?;
        let erasure = Erasure::read(&order.erased)?;
        erasure.verify(&order.hash, roster.root()).ok()?;
        Some((order, erasure))
    }
}

/// Whether what an entry of this kind says may ever be erased. What other entries are judged by may
/// not: the roster, verdicts, and orders themselves.
#[must_use]
pub fn may_erase(kind: &str) -> bool {
    let held = ["roster.", "verdict.", "erasure."];
    !held.iter().any(|prefix| kind.starts_with(prefix))
}
