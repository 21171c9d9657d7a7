//! The procedure file as it is written, before its words are checked.

use core::fmt;
use core::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A word of the file.
pub(super) trait Word {
    /// As it is written.
    fn text(&self) -> &str;

    /// Where it stands, in bytes from the file's beginning; 0 where that was not kept.
    fn at(&self) -> usize;
}

#[cfg(feature = "toml")]
impl Word for toml::Spanned<String> {
    fn text(&self) -> &str {
        self.get_ref()
    }

    fn at(&self) -> usize {
        self.span().start
    }
}

/// A word of the shipped file, of which the build checked that it can be read.
impl Word for String {
    fn text(&self) -> &str {
        self
    }

    fn at(&self) -> usize {
        0
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "W: Deserialize<'de>"))]
pub(super) struct File<W> {
    pub(super) procedure: Head,
    #[serde(default, deserialize_with = "pairs")]
    pub(super) switch: Vec<(W, Switch<W>)>,
    #[serde(default)]
    pub(super) role: Vec<Role<W>>,
    #[serde(default)]
    pub(super) event: Vec<Event<W>>,
    #[serde(default)]
    pub(super) clock: Vec<Clock<W>>,
    #[serde(default)]
    pub(super) step: Vec<Step<W>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "W: Deserialize<'de>"))]
pub(super) struct Switch<W> {
    pub(super) clause: W,
    pub(super) value: W,
    pub(super) alternatives: Vec<W>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "W: Deserialize<'de>"))]
pub(super) struct Role<W> {
    pub(super) id: W,
    pub(super) clause: W,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "W: Deserialize<'de>"))]
pub(super) struct Event<W> {
    pub(super) id: W,
    pub(super) acts: Vec<W>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "W: Deserialize<'de>"))]
pub(super) struct Clock<W> {
    pub(super) id: W,
    pub(super) clause: W,
    pub(super) applies: W,
    pub(super) per: W,
    pub(super) owner: Vec<W>,
    #[serde(default)]
    pub(super) overdue_also: Vec<W>,
    pub(super) start: W,
    pub(super) stop: W,
    pub(super) undone_by: Option<W>,
    pub(super) limit: W,
    pub(super) opens: W,
    pub(super) source: W,
    pub(super) due_soon: Option<W>,
    pub(super) at_end: Option<W>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "W: Deserialize<'de>"))]
pub(super) struct Step<W> {
    pub(super) act: W,
    pub(super) clause: W,
    pub(super) per: Option<W>,
    pub(super) roles: Vec<W>,
    #[serde(default)]
    pub(super) members_only: bool,
    pub(super) when: Vec<W>,
    pub(super) early_until: Option<W>,
    pub(super) clock: Option<W>,
    #[serde(default)]
    pub(super) suggested_to: Vec<W>,
    #[serde(default)]
    pub(super) suggested_when: Vec<W>,
    #[serde(default)]
    pub(super) guards: Vec<Guard<W>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "W: Deserialize<'de>"))]
pub(super) struct Guard<W> {
    pub(super) requires: W,
    pub(super) clause: W,
    pub(super) missing: W,
    pub(super) applies: Option<W>,
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
