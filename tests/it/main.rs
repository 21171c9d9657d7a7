//! One binary for all acceptance tests.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "all of this is tests: a panic is how they fail"
)]

mod browser;
mod server;
mod server_admin;
mod server_attachments;
mod server_backup;
mod server_erasure;
mod server_evidence;
mod server_handling;
mod server_http;
mod server_kill;
mod server_live;
mod server_log;
mod server_rescue;
mod server_site;
mod server_support;
mod server_tls;
mod server_tries;
