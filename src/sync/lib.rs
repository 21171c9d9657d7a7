//! Synchronisation: the wire, the tablet's and the endpoint's rules without input and output, the
//! tablet's storage trait with its suite. Pure: time, randomness and storage are passed in, so the
//! same code runs in the tablet, in the endpoint and in the simulator.
//!
//! * [`wire`] the messages and their limits; `docs/sync-protocol.md` is the authority
//! * [`endpoint`] what the endpoint decides, as functions on small inputs
//! * [`storage`] what the tablet asks of its storage; [`memory`] one in memory, with faults
//! * [`tablet`] the tablet: records deeds, pushes and pulls, keeps what fails a check aside
//! * [`conformance`] (feature) the suite that every storage passes

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod endpoint;
pub mod memory;
pub mod storage;
pub mod tablet;
pub mod wire;

pub use tablet::Tablet;
