//! The script of the training cases, and what it names in words: times, persons, households,
//! earlier entries.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use domain::act::Act;
use record::{Hash, StaffId};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::error::ServerError;
use crate::site::import::Holdings;
use crate::site::words::Kind;

/// Offset of the training site's zone, which has no changes, in milliseconds.
const OFFSET_MS: i64 = 8 * 3_600_000;

/// A script that was read; times are milliseconds of UTC.
#[derive(Clone, Debug)]
pub struct Script {
    /// When site and tablets are set up.
    pub begins_ms: i64,
    /// The tablets.
    pub tablets: Vec<Tablet>,
    /// When a tablet cannot reach the endpoint: code, from, to.
    pub offline: Vec<(String, i64, i64)>,
    /// Acts in the order of their times.
    pub acts: Vec<ScriptedAct>,
}

/// A tablet of the script.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tablet {
    /// Its code in case numbers.
    pub code: String,
    /// Its name.
    pub name: String,
    /// How far its clock is ahead of the endpoint's, milliseconds.
    pub clock_fast_ms: i64,
}

/// One act.
#[derive(Clone, Debug)]
pub struct ScriptedAct {
    /// The case's number.
    pub case: String,
    /// When it was recorded, true time.
    pub at_ms: i64,
    /// On which tablet, by its code.
    pub tablet: String,
    /// By whom, by name.
    pub by: String,
    /// In which role.
    pub role: String,
    /// Kind of act.
    pub kind: String,
    /// Its body, with what is named in words.
    pub body: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    begins: String,
    tablet: Vec<Tablet>,
    offline: Vec<Offline>,
    case: Vec<CaseFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Offline {
    tablet: String,
    from: String,
    to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    number: String,
    act: Vec<ActFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActFile {
    at: String,
    tablet: String,
    by: String,
    role: String,
    kind: String,
    #[serde(default)]
    body: Map<String, Value>,
}

fn invalid(what: impl Into<String>) -> ServerError {
    ServerError::Invalid(format!("training script: {}", what.into()))
}

fn time(text: &str) -> Result<i64, ServerError> {
    let at = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S");
    let at = at.map_err(|error| invalid(format!("{text}: {error}")))?;
    Ok(at.and_utc().timestamp_millis() - OFFSET_MS)
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// Where it is not one.
    pub fn read(text: &str) -> Result<Self, ServerError> {
        let file: File = toml::from_str(text).map_err(|error| invalid(error.to_string()))?;
        let mut acts = Vec::new();
        for case in file.case {
            for act in case.act {
                acts.push(ScriptedAct {
                    case: case.number.clone(),
                    at_ms: time(&act.at)?,
                    tablet: act.tablet,
                    by: act.by,
                    role: act.role,
                    kind: act.kind,
                    body: Value::Object(act.body),
                });
            }
        }
        acts.sort_by_key(|act| act.at_ms);
        let spans = file.offline.into_iter();
        let spans = spans.map(|span| Ok((span.tablet, time(&span.from)?, time(&span.to)?)));
        Ok(Self {
            begins_ms: time(&file.begins)?,
            tablets: file.tablet,
            offline: spans.collect::<Result<_, ServerError>>()?,
            acts,
        })
    }
}

/// What words of a body stand for.
#[derive(Debug)]
pub struct Names<'n> {
    /// What the record holds of the site.
    pub site: &'n Holdings,
    /// SHA-256 of the procedure file.
    pub procedure: Hash,
    /// Latest entry of the case by its kind; transfers also by `transferred of DEPARTMENT`.
    pub last: &'n BTreeMap<String, Hash>,
}

impl Names<'_> {
    /// The act that a scripted body means.
    ///
    /// # Errors
    /// Where a name is not known or the whole is no act of that kind.
    pub fn act(&self, scripted: &ScriptedAct) -> Result<Act, ServerError> {
        let body = self.fill(scripted.body.clone())?;
        let act = Act::from_body(&scripted.kind, &body.to_string());
        if matches!(act, Act::Unknown(_)) {
            let what = format!(
                "{} of {}: no such act: {body}",
                scripted.kind, scripted.case
            );
            return Err(invalid(what));
        }
        Ok(act)
    }

    fn fill(&self, value: Value) -> Result<Value, ServerError> {
        Ok(match value {
            Value::String(text) => match text.strip_prefix('@') {
                Some(named) => self.named(named)?,
                None => Value::String(text),
            },
            Value::Array(items) => {
                let items = items.into_iter().map(|item| self.fill(item));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            Value::Object(fields) => {
                let fields = fields.into_iter();
                let fields = fields.map(|(name, value)| Ok((name, self.fill(value)?)));
                Value::Object(fields.collect::<Result<_, ServerError>>()?)
            }
            other => other,
        })
    }

    fn named(&self, text: &str) -> Result<Value, ServerError> {
        let (what, name) = text.split_once(' ').unwrap_or((text, ""));
        let found = match what {
            "time" => Some(Value::from(time(name)?)),
            "staff" => self.staff(name).map(|id| Value::String(id.to_string())),
            "household" => self.household(name).map(Value::String),
            "last" => self
                .last
                .get(name)
                .map(|hash| Value::String(hash.to_string())),
            "procedure" => Some(Value::String(self.procedure.to_string())),
            "strokes" => Some(strokes(name)),
            _ => None,
        };
        found.ok_or_else(|| invalid(format!("@{text} names nothing")))
    }

    /// A person by name.
    #[must_use]
    pub fn staff(&self, name: &str) -> Option<StaffId> {
        let mut things = self.site.things.iter();
        let person = things.find(|((kind, _), held)| {
            *kind == Kind::Staff && held.body.get("name").is_some_and(|known| known == name)
        });
        person.and_then(|(_, held)| held.staff)
    }

    fn household(&self, unit: &str) -> Option<String> {
        let mut things = self.site.things.iter();
        let household = things.find(|((kind, _), held)| {
            *kind == Kind::Household && held.body.get("unit").is_some_and(|known| known == unit)
        });
        household.map(|((_, code), _)| code.clone())
    }
}

/// Points of one drawn stroke.
const STROKE_POINTS: u32 = 24;

/// A drawn signature that is plainly no writing: for each character of the name a loop.
fn strokes(name: &str) -> Value {
    let count = u32::try_from(name.chars().count()).unwrap_or(1).max(1);
    let width = 10_000 / (count + 1);
    let lines: Vec<Vec<(u32, u32)>> = (0..count)
        .map(|stroke| {
            let left = width / 2 + stroke * width;
            let point = |i: u32| {
                let up = i.abs_diff(STROKE_POINTS / 2) * 2;
                (
                    left + width * i / (STROKE_POINTS + 4),
                    2500 + up * 180 + (i % 3) * 120,
                )
            };
            (0..STROKE_POINTS).map(point).collect()
        })
        .collect();
    json!({ "width": 640, "height": 240, "lines": lines })
}
