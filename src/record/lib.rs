//! The record: entries, streams, receipts, signatures, sealing. Knows bytes and no cases. Pure: no
//! input or output, no clock, no randomness; all of it is passed in.
//!
//! * [`id`] identifiers and hashes
//! * [`hlc`] the clock that orders and never tells time; [`time`] what is known of true time
//! * [`attachment`] a photo that belongs to an act, named by its hash
//! * [`header`], [`entry`] the three lines an entry consists of; [`json`] their strict reading
//! * [`deed`] several entries written together; [`erasure`] an entry whose body is gone
//! * [`stream`] the hash chain, holes and forks
//! * [`receipt`] the endpoint's word that it holds a stream; [`signed`] signed times and requests
//! * [`roster`] sites, scopes, people, tablets and keys, judged at a position; [`verdict`] whether
//!   an entry counts
//! * [`keys`] signing keys and fingerprints; [`seal`] encryption at rest; [`pin`] the key of a PIN
//! * [`check`] the full check of an entry and of a file; [`export`] the entry file;
//!   [`evidence`] the file of one case that others check
//! * `quick` what lets a simulation play a million schedules, in builds for that alone
//!
//! `docs/record-format.md` describes the format and how to check a file without this code.

pub mod attachment;
pub mod check;
pub mod deed;
pub mod entry;
pub mod erasure;
pub mod evidence;
pub mod export;
pub mod header;
pub mod hlc;
pub mod id;
pub mod keys;
pub mod pin;
#[cfg(feature = "quick")]
pub mod quick;
pub mod receipt;
pub mod roster;
pub mod seal;
pub mod signed;
pub mod stream;
pub mod strict;
pub mod time;
pub mod verdict;

pub use attachment::Attachment;
pub use deed::DeedError;
pub use entry::{Entry, EntryError, Unsigned};
pub use erasure::Erasure;
pub use header::Header;
pub use hlc::Hlc;
pub use id::{CaseId, DeedId, DeviceId, Hash, ScopeId, StaffId, StreamId};
pub use keys::PublicKey;
pub use receipt::Receipt;
pub use roster::Roster;
pub use stream::Head;
