//! Shared parts of the acceptance tests.
