//! Decoders under garbage: what every one of them does with bytes of the frozen fixtures, and of an
//! exchange, that are flipped, cut, repeated or put elsewhere. None panics, and nothing altered is
//! taken for what it was.
//!
//! * [`mutation`] how bytes are altered · [`fixtures`] the bytes
//! * [`entries`] the record: entries, receipts, files, sealed records, the roster
//! * [`messages`] what goes over the wire · [`acts`] what people did
//! * [`files`] what people bring, and what the app keeps of its own making
//! * [`exchange`] `/v1/sync` itself

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on stops"
)]

mod acts;
mod entries;
mod exchange;
mod files;
mod fixtures;
mod messages;
mod mutation;
