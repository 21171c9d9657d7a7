//! The procedure file as it is written, before its words are checked.

use core::fmt;
use core::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A word of the file, with where it stands.
pub(super) type Word = toml::Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) procedure: Head,
    #[serde(default, deserialize_with = "pairs")]
    pub(super) switch: Vec<(Word, Switch)>,
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
    pub(super) alternatives: Vec<Word>,
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

/// A table as its pairs.
fn pairs<'de, D, K, V>(deserializer: D) -> Result<Vec<(K, V)>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de>,
    V: Deserialize<'de>,
{
    struct Pairs<K, V>(PhantomData<(K, V)>);

    impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for Pairs<K, V> {
        type Value = Vec<(K, V)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some(pair) = access.next_entry()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }
    }

    deserializer.deserialize_map(Pairs(PhantomData))
}
