//! Receipts: the endpoint's signature that it held a stream up to an entry at a time. One for each
//! accepted batch, chained to the stream's receipt before it, never earlier than that one.

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use crate::id::{Hash, StreamId};
use crate::keys::{self, BadSignature, PublicKey};
use crate::stream::Head;
use crate::strict;

/// First line of what a receipt's signature covers; the receipt's line with its LF follows.
pub const SIGNED_PREFIX: &str = "doorstep-receipt-1\n";

/// Largest receipt, bytes.
pub const RECEIPT_BYTES_MAX: usize = 1024;

/// Bytes that are not a receipt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a receipt: {0}")]
pub struct ReceiptError(String);

/// What a receipt says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Line", into = "Line")]
pub struct ReceiptBody {
    /// Format of the receipt: 1. First in the line, so that a receipt is told from an entry.
    pub receipt: u32,
    /// The stream, its place and its entry there.
    pub head: Head,
    /// The endpoint's time, milliseconds of UTC.
    pub time_ms: i64,
    /// SHA-256 of the line (with its LF) of the stream's receipt before this one.
    pub prev: Option<Hash>,
}

/// The fields of the line, in their order.
#[derive(Serialize, Deserialize)]
struct Line {
    receipt: u32,
    stream: StreamId,
    seq: u64,
    hash: Hash,
    time_ms: i64,
    prev: Option<Hash>,
}

impl From<Line> for ReceiptBody {
    fn from(line: Line) -> Self {
        Self {
            receipt: line.receipt,
            head: Head {
                stream: line.stream,
                seq: line.seq,
                hash: line.hash,
            },
            time_ms: line.time_ms,
            prev: line.prev,
        }
    }
}

impl From<ReceiptBody> for Line {
    fn from(body: ReceiptBody) -> Self {
        Self {
            receipt: body.receipt,
            stream: body.head.stream,
            seq: body.head.seq,
            hash: body.head.hash,
            time_ms: body.time_ms,
            prev: body.prev,
        }
    }
}

/// A receipt: its line and its signature line, as first written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    text: String,
    line_end: usize,
    body: ReceiptBody,
    signature: [u8; 64],
}

impl Receipt {
    /// Reads the two lines; does not check the signature.
    ///
    /// # Errors
    /// Says what is not as it should be.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let wrong = |what: &str| ReceiptError(what.to_owned());
        if bytes.len() > RECEIPT_BYTES_MAX {
            return Err(wrong("too large"));
        }
        let text = core::str::from_utf8(bytes).map_err(|_| wrong("not text"))?;
        let mut lines = text.split_inclusive('\n');
        let (Some(line), Some(sign), None) = (lines.next(), lines.next(), lines.next()) else {
            return Err(wrong("not two lines"));
        };
        let sign = sign
            .strip_suffix('\n')
            .ok_or_else(|| wrong("not two lines"))?;
        strict::check_object(line).map_err(ReceiptError)?;
        let body: ReceiptBody =
            json::read(line).map_err(|error| ReceiptError(error.to_string()))?;
        if body.receipt != 1 {
            return Err(wrong("format"));
        }
        Ok(Self {
            line_end: line.len(),
            body,
            signature: keys::decode(sign).ok_or_else(|| wrong("signature line"))?,
            text: text.to_owned(),
        })
    }

    /// Issues the receipt of `head` at `now_ms`, after `prev` of the same stream: never earlier
    /// than that one.
    ///
    /// # Errors
    /// Where `prev` is of another stream.
    pub fn issue(
        head: Head,
        now_ms: i64,
        prev: Option<&Self>,
        root: &SigningKey,
    ) -> Result<Self, ReceiptError> {
        if prev.is_some_and(|prev| prev.body.head.stream != head.stream) {
            return Err(ReceiptError("of another stream".to_owned()));
        }
        let body = ReceiptBody {
            receipt: 1,
            head,
            time_ms: prev.map_or(now_ms, |prev| prev.body.time_ms.max(now_ms)),
            prev: prev.map(Self::hash),
        };
        let mut line =
            serde_json::to_string(&body).map_err(|error| ReceiptError(error.to_string()))?;
        line.push('\n');
        let signed = [SIGNED_PREFIX.as_bytes(), line.as_bytes()].concat();
        let sign = keys::to_base64(&keys::sign(root, &signed));
        Self::parse(format!("{line}{sign}\n").as_bytes())
    }

    /// What it says.
    #[must_use]
    pub fn body(&self) -> &ReceiptBody {
        &self.body
    }

    /// The two lines as text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// SHA-256 of the receipt's line with its LF.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(self.line().as_bytes())
    }

    fn line(&self) -> &str {
        self.text.get(..self.line_end).unwrap_or_default()
    }

    /// Checks the signature under the root key.
    ///
    /// # Errors
    /// [`BadSignature`] where it does not hold.
    pub fn verify(&self, root: &PublicKey) -> Result<(), BadSignature> {
        let signed = [SIGNED_PREFIX.as_bytes(), self.line().as_bytes()].concat();
        root.verify(&signed, &self.signature)
    }
}
