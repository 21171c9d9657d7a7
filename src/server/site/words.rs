//! The words a site file is written in. They stand in `words.toml`, not in code, so that they
//! can be read and extended in one place.

use std::collections::BTreeMap;

use record::roster::ADMINISTRATOR;
use serde::Deserialize;

/// What a row of a site file states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The service station itself.
    Site,
    /// A department.
    Department,
    /// A member of staff.
    Staff,
    /// A building.
    Building,
    /// A flat, a shop, a parking space.
    Unit,
    /// The people who live in a unit.
    Household,
}

/// All kinds, in the order in which they are read: what is named comes before what names it.
pub const KINDS: [Kind; 6] = [
    Kind::Site,
    Kind::Department,
    Kind::Staff,
    Kind::Building,
    Kind::Unit,
    Kind::Household,
];

/// A column of a site file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// Which kind the row is of; comma separated text only.
    Kind,
    /// Code of the thing, its name from import to import.
    Code,
    /// Name.
    Name,
    /// IANA name of the time zone.
    Zone,
    /// Building.
    Building,
    /// Number of floors.
    Floors,
    /// Entrance of a building.
    Entrance,
    /// Floor.
    Floor,
    /// Room.
    Room,
    /// Code of the unit a household lives in.
    Unit,
    /// Relation of a household's contact to the unit.
    Relation,
    /// Telephones.
    Telephones,
    /// Form of address.
    Form,
    /// What to mind at the door.
    Notes,
    /// Roles of a member of staff.
    Roles,
    /// Department.
    Department,
}

/// The words of `words.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    kind: BTreeMap<Kind, Vec<String>>,
    column: BTreeMap<Column, Vec<String>>,
    role: BTreeMap<String, Vec<String>>,
    form: BTreeMap<String, Vec<String>>,
}

impl Words {
    /// Reads the embedded list of words.
    ///
    /// # Errors
    /// Where `words.toml` is not what this version reads: a fault of the build.
    pub fn load() -> Result<Self, toml::de::Error> {
        toml::from_str(include_str!("words.toml"))
    }

    /// The kind a word stands for.
    #[must_use]
    pub fn kind(&self, word: &str) -> Option<Kind> {
        find(&self.kind, word).copied()
    }

    /// The column a heading stands for, in rows of `kind`. Some words name a kind of thing and
    /// a column at once; within one kind each is unique.
    #[must_use]
    pub fn column(&self, heading: &str) -> Option<Column> {
        find(&self.column, heading).copied()
    }

    /// The role a term stands for, as the procedure file names it.
    #[must_use]
    pub fn role(&self, term: &str) -> Option<&str> {
        find(&self.role, term).map(String::as_str)
    }

    /// Whether a role is one that a post at a site may have.
    #[must_use]
    pub fn is_site_role(&self, role: &str) -> bool {
        role != ADMINISTRATOR && self.role.contains_key(role)
    }

    /// What an administrator is called.
    #[must_use]
    pub fn administrator(&self) -> &str {
        first(self.role.get(ADMINISTRATOR))
    }

    /// The form of address a term stands for: `ms` or `mr`.
    #[must_use]
    pub fn form(&self, term: &str) -> Option<&str> {
        find(&self.form, term).map(String::as_str)
    }

    /// The word shown for a kind.
    #[must_use]
    pub fn kind_word(&self, kind: Kind) -> &str {
        first(self.kind.get(&kind))
    }

    /// The heading shown for a column.
    #[must_use]
    pub fn column_word(&self, column: Column) -> &str {
        first(self.column.get(&column))
    }

    /// All terms for roles at a site, for a message.
    #[must_use]
    pub fn role_words(&self) -> String {
        let at_site = self.role.iter().filter(|(role, _)| self.is_site_role(role));
        all(at_site.map(|(_, terms)| terms))
    }

    /// All terms for forms of address, for a message.
    #[must_use]
    pub fn form_words(&self) -> String {
        all(self.form.values())
    }

    /// All words for kinds, for a message.
    #[must_use]
    pub fn kind_words(&self) -> String {
        KINDS
            .iter()
            .map(|kind| self.kind_word(*kind))
            .collect::<Vec<_>>()
            .join("、")
    }
}

fn find<'a, K>(words: &'a BTreeMap<K, Vec<String>>, word: &str) -> Option<&'a K> {
    words
        .iter()
        .find(|(_, list)| list.iter().any(|known| known == word))
        .map(|(key, _)| key)
}

fn first(list: Option<&Vec<String>>) -> &str {
    list.and_then(|list| list.first())
        .map_or("?", String::as_str)
}

fn all<'w>(words: impl Iterator<Item = &'w Vec<String>>) -> String {
    words
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("、")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_and_column_has_a_word_of_its_own() {
        let words = Words::load().unwrap();
        for kind in KINDS {
            assert_eq!(words.kind(words.kind_word(kind)), Some(kind));
        }
        let mut headings: Vec<_> = words.column.values().flatten().collect();
        let count = headings.len();
        headings.sort();
        headings.dedup();
        assert_eq!(headings.len(), count, "a heading names two columns");
    }

    #[test]
    fn roles_are_read_by_their_terms() {
        let words = Words::load().unwrap();
        assert_eq!(words.role("接單員"), Some("officer"));
        assert_eq!(words.role("站長"), Some("station_head"));
        assert_eq!(words.role("經理"), None);
    }
}
