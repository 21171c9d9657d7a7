//! One binary for all acceptance tests.
