//! Other signed things: the endpoint's time, and a tablet's request.

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use crate::id::{DeviceId, Hash};
use crate::keys::{self, BadSignature, PublicKey};

/// First line of what a signed time's signature covers; its line with its LF follows.
pub const TIME_PREFIX: &str = "doorstep-time-1\n";

/// First line of what a request's signature covers.
pub const REQUEST_PREFIX: &str = "doorstep-request-1\n";

/// The endpoint's time in answer to a request, signed by the root key. Naming the request's hash
/// keeps an old answer from being passed off as a new one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedTime {
    /// The line that is signed, without its LF: `{"time_ms":…,"request":"…"}`, and `"wipe":true`
    /// where the tablet is ordered to delete what is on it.
    pub line: String,
    /// Base64 of the signature.
    pub signature: String,
}

/// What the endpoint says under its signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its time, milliseconds of UTC.
    pub time_ms: i64,
    /// The order of the root to delete what is on the tablet, once everything was sent.
    pub wipe: bool,
}

#[derive(Deserialize)]
struct TimeBody {
    time_ms: i64,
    request: Hash,
    #[serde(default)]
    wipe: bool,
}

impl SignedTime {
    /// Signs `said` in answer to the request whose body hashes to `request`.
    #[must_use]
    pub fn new(said: Said, request: Hash, root: &SigningKey) -> Self {
        let time_ms = said.time_ms;
        let wipe = if said.wipe { ",\"wipe\":true" } else { "" };
        let line = format!("{{\"time_ms\":{time_ms},\"request\":\"{request}\"{wipe}}}");
        let signature = keys::to_base64(&keys::sign(root, &time_bytes(&line)));
        Self { line, signature }
    }

    /// What is said, where the signature holds and it answers `request`.
    ///
    /// # Errors
    /// [`BadSignature`] otherwise.
    pub fn check(&self, request: Hash, root: &PublicKey) -> Result<Said, BadSignature> {
        let signature = keys::decode(&self.signature).ok_or(BadSignature)?;
        root.verify(&time_bytes(&self.line), &signature)?;
        let body: TimeBody = json::read(&self.line).map_err(|_| BadSignature)?;
        if body.request == request {
            Ok(Said {
                time_ms: body.time_ms,
                wipe: body.wipe,
            })
        } else {
            Err(BadSignature)
        }
    }
}

fn time_bytes(line: &str) -> Vec<u8> {
    [TIME_PREFIX.as_bytes(), line.as_bytes(), b"\n"].concat()
}

/// What a tablet's device key signs for a request: method and path, device, and the hash of the
/// body before any compression, each a line.
#[must_use]
pub fn request_bytes(method: &str, path: &str, device: &DeviceId, body: &[u8]) -> Vec<u8> {
    let hash = Hash::of(body);
    format!("{REQUEST_PREFIX}{method} {path}\n{device}\n{hash}\n").into_bytes()
}
