//! The strings of the locale files, typed. Made by `build.rs`.
#![expect(
    missing_docs,
    reason = "made from the locale files, which speak for themselves"
)]
#![allow(
    clippy::all,
    clippy::restriction,
    unreachable_pub,
    unused_imports,
    reason = "made code"
)]

include!(concat!(env!("OUT_DIR"), "/i18n.rs"));

pub use i18n::*;
