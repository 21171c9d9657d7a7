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

pub(crate) use i18n::Locale;
pub(crate) use i18n::td_string as t;
pub(crate) use i18n::td_string as t_string;

/// The language of the page, whose words `t!` and `t_string!` are. There is one so far.
pub(crate) fn use_i18n() -> Locale {
    Locale::zh_Hant
}
