//! Shared parts of the acceptance tests.

pub mod browser;
