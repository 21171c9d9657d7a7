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

/// The words of a key in the language of the page; a change of language makes the page anew.
macro_rules! t {
    ($($key:tt)*) => {
        $crate::i18n::tu_string!($($key)*)
    };
}
pub(crate) use t;
