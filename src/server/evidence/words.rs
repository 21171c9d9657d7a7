//! The words of an evidence file's page. They stand in `words.toml`, not in code.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The words of `words.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Sentences and headings of the page.
    pub text: Text,
    role: Codes,
    act: Codes,
    clock: Codes,
    state: Codes,
    reason: Codes,
    field: Vec<Field>,
    times: Times,
    value: BTreeMap<String, Codes>,
}

/// Words by the code they stand for.
type Codes = BTreeMap<String, String>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    name: String,
    label: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Times {
    fields: Vec<String>,
}

macro_rules! text {
    ($($name:ident)*) => {
        /// Sentences and headings, by what they say.
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(missing_docs, reason = "words.toml has what they say")]
        pub struct Text {
            $(pub $name: String,)*
        }
    };
}

text! {
    title part unfolded newer number site made zone count count_of
    people person role tablet endpoint
    clocks clocks_at clock state start due stop uncertain as_stated
    timeline timeline_order recorded between open_end received not_received
    corrected taken_back set_aside erased entry name signature_of photo photo_missing
    check check_text check_tablet check_program check_commands root root_key record
}

impl Words {
    /// Reads the embedded list of words.
    ///
    /// # Errors
    /// Where `words.toml` is not what this version reads: a fault of the build.
    pub fn load() -> Result<Self, toml::de::Error> {
        toml::from_str(include_str!("words.toml"))
    }

    /// What a role is called.
    #[must_use]
    pub fn role<'w>(&'w self, code: &'w str) -> &'w str {
        word(&self.role, code)
    }

    /// What an act, or a verdict, is called.
    #[must_use]
    pub fn act<'w>(&'w self, kind: &'w str) -> &'w str {
        word(&self.act, kind)
    }

    /// What a clock is for.
    #[must_use]
    pub fn clock<'w>(&'w self, clock: &'w str) -> &'w str {
        word(&self.clock, clock)
    }

    /// What a clock says.
    #[must_use]
    pub fn state<'w>(&'w self, state: &'w str) -> &'w str {
        word(&self.state, state)
    }

    /// Why an entry does not count.
    #[must_use]
    pub fn reason<'w>(&'w self, code: &'w str) -> &'w str {
        word(&self.reason, code)
    }

    /// Where a field stands among the others of `part`, and what it is called.
    #[must_use]
    pub fn field<'w>(&'w self, part: &str, name: &'w str) -> (usize, &'w str) {
        let own = format!("{part}.{name}");
        let place = |wanted: &str| self.field.iter().position(|field| field.name == wanted);
        let at = place(&own).or_else(|| place(name));
        let field = at.and_then(|at| self.field.get(at));
        let label = field.map_or(name, |field| field.label.as_str());
        (at.unwrap_or(self.field.len()), label)
    }

    /// Whether a number in a field is a time.
    #[must_use]
    pub fn is_time(&self, field: &str) -> bool {
        self.times.fields.iter().any(|known| known == field)
    }

    /// What a code in a field of `part` stands for; `None` where it is a person's own words.
    #[must_use]
    pub fn value(&self, part: &str, field: &str, code: &str) -> Option<&str> {
        let codes = match (part, field) {
            ("absent", "reason") => self.value.get("absent_reason"),
            (record::verdict::SET_ASIDE, "reason") => Some(&self.reason),
            ("corrected", "kind") => Some(&self.act),
            ("urged", "clock") => Some(&self.clock),
            ("reported", "to") => Some(&self.role),
            _ => self.value.get(field),
        };
        codes?.get(code).map(String::as_str)
    }

    /// 是 or 否.
    #[must_use]
    pub fn yes_or_no(&self, yes: bool) -> &str {
        let code = if yes { "true" } else { "false" };
        self.value("", "bool", code).unwrap_or(code)
    }
}

fn word<'w>(codes: &'w Codes, code: &'w str) -> &'w str {
    codes.get(code).map_or(code, String::as_str)
}
