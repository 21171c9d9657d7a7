//! The strings of the locale files, typed. Made by `build.rs`.
#![allow(
    missing_docs,
    dead_code,
    unused_imports,
    unreachable_pub,
    unfulfilled_lint_expectations,
    clippy::all,
    clippy::restriction,
    reason = "made code"
)]

include!(concat!(env!("OUT_DIR"), "/i18n.rs"));

pub use i18n::*;
