//! The procedure file as it is written, before its words are checked.

use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// A word with its place in the file.
pub(super) type Word = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) procedure: Head,
    #[serde(default)]
    pub(super) switch: BTreeMap<Word, Switch>,
    #[serde(default)]
    pub(super) role: Vec<Role>,
    #[serde(default)]
    pub(super) event: Vec<Event>,
    #[serde(default)]
    pub(super) clock: Vec<Clock>,
    #[serde(default)]
    pub(super) step: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Switch {
    pub(super) clause: Word,
    pub(super) value: Word,
    pub(super) alternatives: Spanned<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Role {
    pub(super) id: Word,
    pub(super) clause: Word,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Event {
    pub(super) id: Word,
    pub(super) acts: Vec<Word>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Clock {
    pub(super) id: Word,
    pub(super) clause: Word,
    pub(super) applies: Word,
    pub(super) per: Word,
    pub(super) owner: Vec<Word>,
    #[serde(default)]
    pub(super) overdue_also: Vec<Word>,
    pub(super) start: Word,
    pub(super) stop: Word,
    pub(super) undone_by: Option<Word>,
    pub(super) limit: Word,
    pub(super) opens: Word,
    pub(super) source: Word,
    pub(super) due_soon: Option<Word>,
    pub(super) at_end: Option<Word>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) act: Word,
    pub(super) clause: Word,
    pub(super) per: Option<Word>,
    pub(super) roles: Vec<Word>,
    #[serde(default)]
    pub(super) members_only: bool,
    pub(super) when: Vec<Word>,
    pub(super) early_until: Option<Word>,
    pub(super) clock: Option<Word>,
    #[serde(default)]
    pub(super) suggested_to: Vec<Word>,
    #[serde(default)]
    pub(super) suggested_when: Vec<Word>,
    #[serde(default)]
    pub(super) guards: Vec<Guard>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Guard {
    pub(super) requires: Word,
    pub(super) clause: Word,
    pub(super) missing: Word,
    pub(super) applies: Option<Word>,
}
