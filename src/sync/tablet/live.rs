//! Waiting for something new: what is asked, and reading what comes.

use super::{Entropy, Tablet, TabletError};
use crate::storage::Storage;
use crate::wire::{LiveRequest, PROTO};

/// How the line begins that says that something new is there.
const NEWS: &[u8] = b"data:";

impl<S: Storage, E: Entropy> Tablet<S, E> {
    /// The body of a request that waits for something new.
    ///
    /// # Errors
    /// Never: what it says is plain.
    pub fn live_request(&self) -> Result<String, TabletError> {
        let state = self.state.borrow();
        let request = LiveRequest {
            proto: PROTO,
            nonce: self.nonce(),
            device: state.identity.device,
            cursors: state.cursors.values().copied().collect(),
        };
        serde_json::to_string(&request).map_err(|_| TabletError::Unreadable("request".to_owned()))
    }
}

/// Reads a stream of events, in whatever parts it comes.
#[derive(Clone, Debug, Default)]
pub struct EventReader {
    /// How the line that is being read begins, as far as that matters.
    line: Vec<u8>,
}

impl EventReader {
    /// Takes the next part. Answers whether it says that something new is there.
    pub fn take(&mut self, part: &[u8]) -> bool {
        let mut news = false;
        for byte in part {
            if *byte == b'\n' {
                self.line.clear();
            } else if self.line.len() < NEWS.len() {
                self.line.push(*byte);
                news |= self.line == NEWS;
            }
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_heard_however_they_are_cut_and_heartbeats_are_none() {
        const STREAM: &[u8] = b": waiting\n\ndata: news\n\n: data: no\n\ndata: news\n\n";
        for size in 1..STREAM.len() {
            let mut reader = EventReader::default();
            let heard = STREAM.chunks(size).filter(|part| reader.take(part)).count();
            assert!((1..=2).contains(&heard), "{size}");
            assert!(size > 20 || heard == 2, "{size}");
        }
        let mut reader = EventReader::default();
        assert!(!reader.take(b": waiting\n\n"));
        assert!(reader.take(b"data: news\n\n"));
        assert!(!reader.take(b": waiting\n\n"));
    }
}
