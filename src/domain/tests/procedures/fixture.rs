//! Reading fixtures: acts in, what the case says at instants out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::act::Act;
use domain::calendar::parse_rfc3339;
use domain::id::{DeviceId, EntryHash, StaffId};
use domain::recorded::{Author, Order, Recorded, Standing};
use domain::time::{Instant, Span, Zone};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A file of `tests/procedures/`: one clause.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fixture {
    /// The clause's code; also the file's name.
    pub(crate) clause: String,
    /// What the file shows, in a sentence.
    #[expect(dead_code, reason = "for whoever reads the file")]
    pub(crate) title: String,
    pub(crate) case: Vec<Story>,
}

/// One case of acts with what it says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Story {
    pub(crate) name: String,
    /// Switches set otherwise than in the shipped file.
    #[serde(default)]
    pub(crate) set: BTreeMap<String, String>,
    /// `Asia/Shanghai`, or a zone of [`zone`].
    #[serde(default)]
    pub(crate) zone: Option<String>,
    pub(crate) acts: Vec<Line>,
    pub(crate) expect: Vec<Expected>,
}

/// One act.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    /// Kind of the act.
    #[serde(rename = "do")]
    pub(crate) kind: String,
    /// When it was recorded, as shown.
    pub(crate) at: String,
    /// The role it was done in.
    #[serde(default)]
    pub(crate) by: Option<String>,
    /// The person; the role's own by default.
    #[serde(default)]
    pub(crate) staff: Option<String>,
    /// Names the act for others.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// What was known; by default the act before and all that it knew.
    #[serde(default)]
    pub(crate) after: Option<Vec<String>>,
    /// The tablet's clock is known to ± so many minutes.
    #[serde(default)]
    pub(crate) error_minutes: i64,
    /// The upper end of the time of recording is open: the clock jumped and no receipt came.
    #[serde(default)]
    pub(crate) open_end: bool,
    /// Set aside by the endpoint.
    #[serde(default)]
    pub(crate) set_aside: bool,
    /// When it happened, as stated.
    #[serde(default)]
    pub(crate) happened: Option<String>,
    /// Fields of the body; "none" takes a usual one away.
    #[serde(default, rename = "with")]
    pub(crate) fields: Map<String, Value>,
}

/// What the case says at an instant. Marks that are not named must be absent.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Expected {
    pub(crate) at: String,
    pub(crate) clock: Option<String>,
    pub(crate) round: Option<u32>,
    /// A clock state, or `absent`.
    pub(crate) state: Option<String>,
    pub(crate) uncertain: bool,
    pub(crate) as_stated: bool,
    pub(crate) start: Option<String>,
    pub(crate) opens: Option<String>,
    pub(crate) due: Option<String>,
    pub(crate) stop: Option<String>,
    pub(crate) ended: Option<String>,
    /// The role that owes it.
    pub(crate) owner: Option<String>,
    pub(crate) owner_staff: Option<String>,
    pub(crate) owner_name: Option<String>,
    pub(crate) also: Option<Vec<String>>,
    pub(crate) clause: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) sum: Option<String>,
    pub(crate) used_minutes: Option<i64>,
    pub(crate) late_minutes: Option<i64>,
    pub(crate) next_change: Option<String>,
    /// The clocks in order of urgency, each once.
    pub(crate) order: Option<Vec<String>>,
    pub(crate) phase: Option<String>,
    /// `minor`, `major` or `none`.
    pub(crate) severity: Option<String>,
    pub(crate) ground: Option<String>,
    pub(crate) since: Option<String>,
    pub(crate) proposed: Option<String>,
    /// Gaps, all of them.
    pub(crate) gaps: Option<Vec<String>>,
    pub(crate) to_decide: Option<usize>,
    /// What is owed and has no clock, the next first: `opinion manager`.
    pub(crate) owed: Option<Vec<String>>,
    /// Kind of an act, with the role that looks at the case.
    pub(crate) step: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) department: Option<String>,
    pub(crate) staff: Option<String>,
    /// `suggested`, `allowed`, `early`, `blocked` or `absent`.
    pub(crate) standing: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) missing: Option<String>,
}

/// Where the fixtures lie.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/procedures")
}

/// Every fixture, by file name.
pub(crate) fn all() -> Vec<Fixture> {
    let mut paths: Vec<_> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap() != "expected.toml")
        .filter(|path| path.extension().is_some_and(|ext| ext == "toml"))
        .collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Fixture {
    let text = std::fs::read_to_string(path).unwrap();
    let fixture: Fixture =
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(path.file_stem().unwrap().to_str().unwrap(), fixture.clause);
    fixture
}

/// Zones that put the clocks forward and back, as tables of 2026 and 2027.
pub(crate) fn zone(name: Option<&str>) -> Zone {
    let hour = 3600;
    let at = |text: &str| parse_rfc3339(text).unwrap();
    match name.unwrap_or("Asia/Shanghai") {
        "Asia/Shanghai" => Zone::fixed("Asia/Shanghai", 8 * hour),
        "Europe/Berlin" => Zone {
            name: "Europe/Berlin".into(),
            base: hour,
            changes: vec![
                (at("2026-03-29T01:00:00Z"), 2 * hour),
                (at("2026-10-25T01:00:00Z"), hour),
                (at("2027-03-28T01:00:00Z"), 2 * hour),
            ],
        },
        "America/New_York" => Zone {
            name: "America/New_York".into(),
            base: -5 * hour,
            changes: vec![
                (at("2026-03-08T07:00:00Z"), -4 * hour),
                (at("2026-11-01T06:00:00Z"), -5 * hour),
            ],
        },
        other => panic!("no zone {other}"),
    }
}

/// A time: RFC 3339, or `2026-11-23 15:20` with seconds if need be, in the zone's first offset.
pub(crate) fn time(zone: &Zone, text: &str) -> Instant {
    if let Some(at) = parse_rfc3339(text) {
        return at;
    }
    let (date, clock) = text
        .split_once(' ')
        .unwrap_or_else(|| panic!("{text} is no time"));
    let seconds = if clock.len() == 5 { ":00" } else { "" };
    let utc = parse_rfc3339(&format!("{date}T{clock}{seconds}Z"));
    let utc = utc.unwrap_or_else(|| panic!("{text} is no time"));
    utc.plus_ms(-i64::from(zone.base) * 1000)
}

impl Story {
    /// The entries, and the hash behind each name.
    pub(crate) fn entries(&self, zone: &Zone) -> Vec<Recorded<Act>> {
        let mut names = BTreeMap::new();
        let mut entries: Vec<Recorded<Act>> = Vec::new();
        for (place, line) in self.acts.iter().enumerate() {
            let hash = EntryHash(format!("{:064x}", place + 1));
            names.insert(
                line.name.clone().unwrap_or_else(|| line.kind.clone()),
                hash.clone(),
            );
            let known = entries.last().map(|entry| entry.hash.clone());
            let after = match &line.after {
                Some(after) => after.iter().map(|name| names[name].clone()).collect(),
                None => known.into_iter().collect(),
            };
            entries.push(line.entry(zone, hash, after, &names));
        }
        entries
    }
}

impl Line {
    fn entry(
        &self,
        zone: &Zone,
        hash: EntryHash,
        after: Vec<EntryHash>,
        names: &BTreeMap<String, EntryHash>,
    ) -> Recorded<Act> {
        let best = time(zone, &self.at);
        let error = self.error_minutes * 60_000;
        let role = self
            .by
            .clone()
            .unwrap_or_else(|| usual_role(&self.kind).to_owned());
        let reason = "set aside by the fixture".to_owned();
        Recorded {
            order: Order {
                ms: u64::try_from(best.0).unwrap(),
                n: u32::from_str_radix(&hash.0[56..], 16).unwrap(),
            },
            hash,
            after,
            recorded: Span {
                from: best.plus_ms(-error),
                best,
                to: (!self.open_end).then(|| best.plus_ms(error)),
            },
            received: None,
            author: Author {
                staff: Some(StaffId(self.staff.clone().unwrap_or_else(|| role.clone()))),
                role,
                device: DeviceId("B3".into()),
            },
            standing: if self.set_aside {
                Standing::SetAside { reason }
            } else {
                Standing::Counts
            },
            act: self.act(zone, names),
        }
    }

    fn act(&self, zone: &Zone, names: &BTreeMap<String, EntryHash>) -> Act {
        if self.kind == "sanctioned" {
            return Act::from_body(&self.kind, "{}");
        }
        let mut body = usual(&self.kind);
        merge(&mut body, &self.fields);
        if self.kind == "accepted" && !body.contains_key("received") {
            body.insert("received".into(), json!(self.at));
        }
        if let Some(happened) = &self.happened {
            body.insert(
                "happened".into(),
                json!({"at": happened, "reason": "basement"}),
            );
        }
        if self.kind == "corrected"
            && let Some(Value::Object(replacement)) = body.get_mut("replacement")
        {
            let kind = self.fields["kind"].as_str().unwrap();
            let mut whole = usual(kind);
            merge(&mut whole, replacement);
            *replacement = whole;
        }
        let mut body = Value::Object(body);
        resolve(zone, names, &mut body);
        let act = Act::from_body(&self.kind, &body.to_string());
        assert!(!matches!(act, Act::Unknown(_)), "{}: {body}", self.kind);
        act
    }
}

fn merge(into: &mut Map<String, Value>, from: &Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(key), value) {
            (Some(Value::Object(into)), Value::Object(from)) if key == "details" => {
                merge(into, from);
            }
            (_, Value::String(word)) if word == "none" => {
                into.remove(key);
            }
            _ => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Names become hashes and times become milliseconds.
fn resolve(zone: &Zone, names: &BTreeMap<String, EntryHash>, value: &mut Value) {
    let Value::Object(map) = value else {
        return;
    };
    let is_correction = map.contains_key("replacement");
    for (key, value) in map.iter_mut() {
        match (key.as_str(), &*value) {
            ("transfer" | "filled" | "left" | "right", Value::String(name)) => {
                if let Some(hash) = names.get(name) {
                    *value = json!(hash.0);
                }
            }
            ("target", Value::String(name)) if is_correction => *value = json!(names[name].0),
            ("target" | "received" | "received_first" | "at" | "at_door", Value::String(text)) => {
                *value = json!(time(zone, text).0);
            }
            _ => resolve(zone, names, value),
        }
    }
}

/// The role that usually records an act of this kind.
fn usual_role(kind: &str) -> &'static str {
    match kind {
        "department_received" | "measures_filled" | "measures_returned" | "target_changed" => {
            "head"
        }
        "done" => "handler",
        "opinion" => "manager",
        "decided" => "station_head",
        _ => "officer",
    }
}

/// A plain body for each kind, which a fixture changes where it matters.
fn usual(kind: &str) -> Map<String, Value> {
    let satisfied = json!({"satisfaction": "satisfied", "words": ""});
    let body = match kind {
        "accepted" => json!({
            "number": "YS26-B3-0417", "procedure": "property", "procedure_hash": "",
            "details": {
                "channel": {"listed": "in_person"}, "unit": "8-2-1103",
                "complainant": {"name": "王秀英"}, "class": "4.1.1", "area": "maintenance",
                "content": "管道滴水", "demands": "止漏", "severity": "minor", "validity": "valid",
            },
        }),
        "solved_on_spot" => json!({"result": "已說明"}),
        "reported" => json!({"to": ["station_head", "manager"], "how": "in_person"}),
        "contacted" => json!({
            "kind": "feedback", "way": {"listed": "telephone"},
            "reached": true, "counts_as_feedback": true,
        }),
        "transferred" => json!({"department": "repair"}),
        "department_received" => json!({"transfer": "transferred"}),
        "measures_filled" => json!({
            "transfer": "transferred", "measures": "更換三通", "handler": {"listed": "handler"},
        }),
        "measures_returned" => json!({"transfer": "transferred", "filled": "measures_filled"}),
        "target_changed" => json!({"transfer": "transferred", "reason": "備件未到"}),
        "done" => json!({"transfer": "transferred", "words": "已更換"}),
        "verified" => json!({"found_done": true}),
        "revisited" => json!({
            "form": "telephone", "intake": satisfied, "measures": satisfied, "result": satisfied,
            "agreement": "agreed", "signed": "not_asked",
        }),
        "visit_attempted" => json!({"way": {"listed": "door"}}),
        "urged" => json!({"clock": "P-completion", "whom": "劉志強", "how": "in_person"}),
        "opinion" | "noted" => json!({"words": "同意"}),
        "corrected" => json!({"reason": "記錯了", "kind": null, "replacement": null}),
        "decided" => json!({"reason": "核實過"}),
        _ => json!({}),
    };
    body.as_object().unwrap().clone()
}
