//! Shared parts of the acceptance tests.
//!
//! * [`browser`] real browsers against a real endpoint, for journeys, pictures and the cold start
//! * [`profile`] what lies in a browser's profile folder, [`disk`] in a tablet's database
//! * [`client`] a tablet without a browser; [`http`] the plain requests it sends

pub mod browser;
pub mod client;
pub mod disk;
pub mod http;
pub mod profile;
