//! The page of an evidence file: what the record says, for people. Made of the file's own entries
//! and of nothing else. All that anybody typed is escaped; the page runs nothing and loads nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use domain::act::{Act, Strokes};
use domain::calendar::{rfc3339, to_the_minute};
use domain::case::{Case, clocks};
use domain::procedure::Procedure;
use domain::recorded::Recorded;
use domain::time::{Instant, Zone};
use domain::view::TimelineItem;
use record::evidence::photo_line;
use record::verdict::{Standing, standings};
use record::{DeviceId, Entry, Hash, PublicKey, Roster, StaffId};
use serde_json::{Map, Value};

use super::Gathered;
use super::words::Words;
use crate::error::ServerError;
use crate::explain::{receipt_times, recorded};

/// Nothing runs and nothing is loaded, whatever the page holds.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                      base-uri 'none'; form-action 'none'";

const STYLE: &str = include_str!("page.css");

/// The page that tells how to check a file without this program.
const DOCUMENTATION: &str = include_str!("../../../docs/evidence.md");

/// A time further than this from the one shown is told, milliseconds.
const WIDE_MS: i64 = 60_000;

/// The commands of `docs/evidence.md` that check a file.
#[must_use]
pub fn commands() -> &'static str {
    let block = DOCUMENTATION.split("```sh\n").nth(1).unwrap_or_default();
    block.split("```").next().unwrap_or_default()
}

/// What the page is made of.
#[derive(Debug)]
pub struct Page<'g> {
    gathered: &'g Gathered,
    words: &'g Words,
    root: PublicKey,
    roster: Roster,
    zone: Zone,
    site: String,
    case: Option<Case>,
    acts: BTreeMap<String, Recorded<Act>>,
    aside: BTreeMap<Hash, String>,
}

impl<'g> Page<'g> {
    /// Reads what was gathered.
    ///
    /// # Errors
    /// Where the procedure cannot be read or the file holds no site.
    pub fn of(
        gathered: &'g Gathered,
        root: PublicKey,
        words: &'g Words,
    ) -> Result<Self, ServerError> {
        let procedure = Procedure::property();
        let procedure = procedure.map_err(|error| ServerError::Invalid(error.to_string()))?;
        let contents = &gathered.contents;
        let mut roster = Roster::new(root);
        for entry in &contents.roster {
            roster.apply(entry)?;
        }
        let scope = contents.entries.first().map(|entry| entry.header().scope);
        let code = scope.and_then(|scope| roster.scope(&scope)?.site.as_deref());
        let site = code.and_then(|code| roster.site(code));
        let site = site.or_else(|| roster.sites().next());
        let site = site.ok_or(ServerError::NoSite)?.clone();
        let changes = site.zone.changes.into_iter();
        let zone = Zone {
            name: site.zone.name,
            base: site.zone.base,
            changes: changes.map(|(at, offset)| (Instant(at), offset)).collect(),
        };
        let entries: Vec<&Entry> = contents.entries.iter().collect();
        let endpoint = roster.endpoint();
        let acts = recorded(&entries, endpoint, &receipt_times(&contents.receipts));
        let case = Case::fold(&procedure, &zone, &acts);
        let aside = standings(entries, endpoint).into_iter();
        let aside = aside.filter_map(|(hash, standing)| match standing {
            Standing::SetAside(reason) => Some((hash, reason.code().to_owned())),
            Standing::Counts | Standing::Erased(_) => None,
        });
        Ok(Self {
            aside: aside.collect(),
            acts: acts.into_iter().map(|a| (a.hash.0.clone(), a)).collect(),
            site: site.name,
            gathered,
            words,
            root,
            roster,
            zone,
            case,
        })
    }

    /// The page, up to the line after which the record begins.
    #[must_use]
    pub fn to_html(&self) -> String {
        let text = &self.words.text;
        let number = self.case.as_ref().map(|case| case.number.as_str());
        let title = format!("{} {}", text.title, number.unwrap_or_default());
        let title = escaped(title.trim_end());
        let parts = [
            self.facts(number),
            self.people(),
            self.timeline(),
            self.clocks(),
            self.how_to_check(),
        ];
        format!(
            "<!doctype html>\n<html lang=\"zh-Hant\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
             <h1>{title}</h1>\n{}</main>\n<h2>{}</h2>\n",
            parts.concat(),
            escaped(&text.record),
        )
    }

    fn facts(&self, number: Option<&str>) -> String {
        let text = &self.words.text;
        let contents = &self.gathered.contents;
        let count = text
            .count_of
            .replace("{n}", &contents.entries.len().to_string())
            .replace("{aside}", &self.aside.len().to_string());
        let made = to_the_minute(&self.zone, Instant(self.gathered.time_ms));
        let rows = [
            (&text.number, number.unwrap_or_default()),
            (&text.site, &self.site),
            (&text.made, &made),
            (&text.zone, &self.zone.name),
            (&text.count, &count),
            (&text.root, &self.root.fingerprint()),
        ];
        let mut html = String::new();
        if !contents.withheld.is_empty() {
            let part = text
                .part
                .replace("{n}", &contents.withheld.len().to_string());
            let _ = writeln!(html, "<p class=\"warn\">{}</p>", escaped(&part));
        }
        html.push_str("<dl>\n");
        for (label, words) in rows {
            html.push_str(&row(label, &escaped(words)));
        }
        html.push_str("</dl>\n");
        html
    }

    fn people(&self) -> String {
        let text = &self.words.text;
        let mut authors: BTreeMap<(Option<StaffId>, DeviceId), Vec<&str>> = BTreeMap::new();
        for entry in &self.gathered.contents.entries {
            let header = entry.header();
            let roles = authors.entry((header.staff, header.device)).or_default();
            let role = self.words.role(&header.role);
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
        let rows = authors.iter().map(|((staff, device), roles)| {
            [
                staff.map_or_else(|| text.endpoint.clone(), |id| self.name_of(&id)),
                roles.join("、"),
                self.tablet(device),
            ]
        });
        let head = [&text.person, &text.role, &text.tablet];
        format!(
            "<h2>{}</h2>\n{}",
            escaped(&text.people),
            table(&head.map(String::as_str), rows)
        )
    }

    fn name_of(&self, staff: &StaffId) -> String {
        let person = self.roster.person(staff);
        person.map_or_else(|| staff.to_string(), |person| person.name.clone())
    }

    fn tablet(&self, device: &DeviceId) -> String {
        if *device == self.roster.endpoint() {
            return String::new();
        }
        let known = self.roster.device(device);
        known.map_or_else(
            || device.to_string(),
            |known| format!("{} {}", known.code, known.name),
        )
    }

    fn clocks(&self) -> String {
        let text = &self.words.text;
        let mut html = format!("<h2>{}</h2>\n", escaped(&text.clocks));
        let Some(case) = &self.case else {
            let _ = writeln!(html, "<p class=\"warn\">{}</p>", escaped(&text.unfolded));
            return html;
        };
        if case.has_unknown() {
            let _ = writeln!(html, "<p class=\"warn\">{}</p>", escaped(&text.newer));
        }
        let minute = |at: Option<Instant>| at.map_or_else(String::new, |at| self.minute(at));
        let readings = clocks(case, Instant(self.gathered.time_ms));
        let rows = readings.iter().map(|reading| {
            let state = serde_json::to_value(reading.state).unwrap_or_default();
            let mut state = self
                .words
                .state(state.as_str().unwrap_or_default())
                .to_owned();
            for (so, mark) in [
                (reading.uncertain, &text.uncertain),
                (reading.as_stated, &text.as_stated),
            ] {
                if so {
                    let _ = write!(state, "，{mark}");
                }
            }
            let clock = self.words.clock(&reading.clock);
            [
                format!("{clock} {}", reading.clause.code()),
                minute(reading.opens.or(reading.start.map(|start| start.best))),
                minute(reading.due.map(|due| due.best)),
                minute(reading.stop.map(|stop| stop.best)),
                state,
            ]
        });
        let head = [&text.clock, &text.start, &text.due, &text.stop, &text.state];
        let _ = write!(
            html,
            "<p class=\"d\">{}</p>\n{}",
            escaped(&text.clocks_at),
            table(&head.map(String::as_str), rows)
        );
        html
    }

    fn timeline(&self) -> String {
        let text = &self.words.text;
        let entries = self.gathered.contents.entries.iter().enumerate();
        let items: String = entries
            .map(|(at, entry)| self.item(at + 1, entry))
            .collect();
        format!(
            "<h2>{}</h2>\n<p class=\"d\">{}</p>\n<ol>\n{items}</ol>\n",
            escaped(&text.timeline),
            escaped(&text.timeline_order)
        )
    }

    fn item(&self, number: usize, entry: &Entry) -> String {
        let text = &self.words.text;
        let (header, name) = (entry.header(), entry.hash());
        let act = self.acts.get(&name.to_string());
        let folded = self.case.as_ref().and_then(|case| {
            let mut items = case.timeline().iter();
            items.find(|item| item.entry.hash.0 == name.to_string())
        });
        let recorded = act.map_or_else(
            || Instant(header.interval(None).best_ms),
            |act| act.recorded.best,
        );
        let at = folded.map_or(recorded, |item| item.at.span.best);
        let who = header.staff.map_or_else(
            || text.endpoint.clone(),
            |id| format!("{} {}", self.name_of(&id), self.words.role(&header.role)),
        );
        let mut html = format!(
            "<li id=\"e{number}\"><div class=\"h\"><time datetime=\"{}\">{}</time> {}</div>\n\
             <div class=\"d\">{} · {}</div>\n<div class=\"d\">{}</div>\n",
            rfc3339(&self.zone, at),
            self.minute(at),
            escaped(self.words.act(entry.kind())),
            escaped(&who),
            escaped(&self.tablet(&header.device)),
            escaped(&self.times(act, folded)),
        );
        let _ = writeln!(html, "{}", self.object(entry.kind(), &entry.body()));
        let back = folded.is_some_and(|i| i.reads.is_none() && !i.corrected_by.is_empty());
        let corrected = folded.is_some_and(|item| !item.corrected_by.is_empty());
        if entry.erasure().is_some() {
            let _ = writeln!(html, "<p class=\"warn\">{}</p>", escaped(&self.erased(act)));
        }
        let mark = match self.aside.get(&name) {
            Some(code) => Some(text.set_aside.replace("{reason}", self.words.reason(code))),
            None if back => Some(text.taken_back.clone()),
            None => corrected.then(|| text.corrected.clone()),
        };
        if let Some(mark) = mark {
            let _ = writeln!(html, "<p class=\"warn\">{}</p>", escaped(&mark));
        }
        let _ = writeln!(
            html,
            "<div class=\"n\">{} <code>{name}</code></div></li>",
            escaped(&text.name)
        );
        html
    }

    /// That what an entry said was erased: by whom, when and why.
    fn erased(&self, act: Option<&Recorded<Act>>) -> String {
        let (mut who, mut when, mut why) = (String::new(), String::new(), "");
        if let Some(domain::recorded::Standing::Erased { reason, by, at }) =
            act.map(|a| &a.standing)
        {
            let ids = by.iter().filter_map(|id| id.0.parse().ok());
            who = ids
                .map(|id| self.name_of(&id))
                .collect::<Vec<_>>()
                .join("、");
            when = at.map_or_else(String::new, |at| self.minute(at));
            why = reason;
        }
        let words = self.words.text.erased.replace("{reason}", why);
        words.replace("{by}", &who).replace("{time}", &when)
    }

    /// When an entry was recorded and received, in words.
    fn times(&self, act: Option<&Recorded<Act>>, item: Option<&TimelineItem>) -> String {
        let text = &self.words.text;
        let Some(act) = act else {
            return String::new();
        };
        let minute = |at: Instant| self.minute(at);
        let span = act.recorded;
        let mut words = text.recorded.replace("{time}", &minute(span.best));
        let wide = span.to.is_none_or(|to| to.since(span.from) > WIDE_MS);
        if wide {
            let to = span.to.map_or_else(|| text.open_end.clone(), minute);
            let between = text.between.replace("{from}", &minute(span.from));
            words.push_str(&between.replace("{to}", &to));
        }
        if item.is_some_and(|item| item.at.as_stated) {
            let _ = write!(words, " · {}", text.as_stated);
        }
        words.push_str(" · ");
        match act.received {
            Some(at) => words.push_str(&text.received.replace("{time}", &minute(at))),
            None => words.push_str(&text.not_received),
        }
        words
    }

    /// The fields of a body or of a part of one, as a list. What is empty is left out.
    fn object(&self, part: &str, fields: &Map<String, Value>) -> String {
        let mut rows: Vec<(usize, &str, String)> = Vec::new();
        for (name, value) in fields {
            // A replacement is of the kind that is corrected.
            let inner = match fields.get("kind").and_then(Value::as_str) {
                Some(kind) if name == "replacement" => kind,
                _ => name,
            };
            let html = match value {
                Value::Object(map) if name != "strokes" && choice(map).is_none() => {
                    self.object(inner, map)
                }
                value => self.value(part, name, value),
            };
            if !html.is_empty() {
                let (place, label) = self.words.field(part, name);
                rows.push((place, label, html));
            }
        }
        if rows.is_empty() {
            return String::new();
        }
        rows.sort_by_key(|(place, ..)| *place);
        let rows: String = rows
            .iter()
            .map(|(_, label, html)| row(label, html))
            .collect();
        format!("<dl>\n{rows}</dl>")
    }

    fn value(&self, part: &str, name: &str, value: &Value) -> String {
        match value {
            Value::Null => String::new(),
            Value::Bool(yes) => escaped(self.words.yes_or_no(*yes)),
            Value::Number(number) => match number.as_i64().filter(|_| self.words.is_time(name)) {
                Some(at) => self.minute(Instant(at)),
                None => number.to_string(),
            },
            Value::String(text) => self.text(part, name, text),
            Value::Array(photos) if name == "photos" => self.photos(photos),
            Value::Array(items) => {
                let items = items.iter().map(|item| self.value(part, name, item));
                let told: Vec<String> = items.filter(|item| !item.is_empty()).collect();
                let apart = if value.get(0).is_some_and(Value::is_object) {
                    ""
                } else {
                    "、"
                };
                told.join(apart)
            }
            Value::Object(map) if name == "strokes" => drawing(map),
            Value::Object(map) => match choice(map) {
                Some(("listed", value)) => self.value(part, name, value),
                Some((_, own)) => self.value("", "", own),
                None => self.object(name, map),
            },
        }
    }

    /// Photos, each on a line of its own as the check reads it; what is not held is named.
    fn photos(&self, photos: &[Value]) -> String {
        let text = &self.words.text;
        let mut html = String::from("\n");
        for (at, photo) in photos.iter().enumerate() {
            let name = photo
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let number = (at + 1).to_string();
            match self.gathered.photos.get(name) {
                Some(photo) => {
                    let alt = escaped(&text.photo.replace("{n}", &number));
                    html.push_str(&photo_line(photo, &alt));
                }
                None => {
                    let words = text.photo_missing.replace("{n}", &number);
                    let words = escaped(&words);
                    let _ = writeln!(
                        html,
                        "<p class=\"warn\">{words} <code>{}</code></p>",
                        escaped(name)
                    );
                }
            }
        }
        html
    }

    fn text(&self, part: &str, name: &str, text: &str) -> String {
        if let Some(word) = self.words.value(part, name, text) {
            return escaped(word);
        }
        if let Some(number) = self.number_of(text) {
            let words = self.words.text.entry.replace("{n}", &number.to_string());
            return format!("<a href=\"#e{number}\">{}</a>", escaped(&words));
        }
        let staff = text.parse::<StaffId>().ok();
        match staff.and_then(|id| self.roster.person(&id)) {
            Some(person) => escaped(&person.name),
            None => match self.roster.departments().find(|known| known.id == text) {
                Some(department) if name.starts_with("department") => escaped(&department.name),
                _ => escaped(text),
            },
        }
    }

    /// Which entry of the file a text names, from 1.
    fn number_of(&self, text: &str) -> Option<usize> {
        let hash: Hash = text.parse().ok()?;
        let mut entries = self.gathered.contents.entries.iter();
        entries
            .position(|entry| entry.hash() == hash)
            .map(|at| at + 1)
    }

    fn how_to_check(&self) -> String {
        let text = &self.words.text;
        format!(
            "<h2>{}</h2>\n<p>{}</p>\n<ul><li>{}</li><li>{}</li><li>{}<pre>{}</pre></li></ul>\n\
             <p class=\"d\">{} <code>{}</code> · {} <code>{}</code></p>\n",
            escaped(&text.check),
            escaped(&text.check_text),
            escaped(&text.check_tablet),
            escaped(&text.check_program),
            escaped(&text.check_commands),
            escaped(commands()),
            escaped(&text.root),
            self.root.fingerprint(),
            escaped(&text.root_key),
            self.root,
        )
    }

    fn minute(&self, at: Instant) -> String {
        to_the_minute(&self.zone, at)
    }
}

/// A choice: `listed` a code, or `other` in words.
fn choice(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, value) = map.iter().next().filter(|_| map.len() == 1)?;
    matches!(name.as_str(), "listed" | "other").then_some((name, value))
}

fn row(label: &str, html: &str) -> String {
    format!("<div><dt>{}</dt><dd>{html}</dd></div>\n", escaped(label))
}

fn table<const N: usize>(head: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let cells = |tag: &str, words: &str| format!("<{tag}>{}</{tag}>", escaped(words));
    let mut html = String::from("<table>\n<tr>");
    head.iter()
        .for_each(|words| html.push_str(&cells("th", words)));
    html.push_str("</tr>\n");
    for row in rows {
        let row: String = row.iter().map(|words| cells("td", words)).collect();
        let _ = writeln!(html, "<tr>{row}</tr>");
    }
    html.push_str("</table>\n");
    html
}

/// Strokes as they were drawn: a line from point to point, in tenths of a pixel of the pad.
fn drawing(map: &Map<String, Value>) -> String {
    let Ok(strokes) = serde_json::from_value::<Strokes>(Value::Object(map.clone())) else {
        return escaped(&Value::Object(map.clone()).to_string());
    };
    let along = |point: u16, side: u32| u64::from(point) * u64::from(side) / 1000;
    let path = |line: &Vec<(u16, u16)>| {
        let mut path = String::new();
        for (x, y) in line {
            let start = if path.is_empty() { 'M' } else { 'L' };
            let (x, y) = (along(*x, strokes.width), along(*y, strokes.height));
            let _ = write!(path, "{start}{x} {y}");
            if line.len() == 1 {
                let _ = write!(path, "L{x} {y}");
            }
        }
        format!("<path d=\"{path}\"/>")
    };
    if strokes.lines.is_empty() {
        return String::new();
    }
    let paths: String = strokes.lines.iter().map(path).collect();
    let (width, height) = (
        u64::from(strokes.width) * 10,
        u64::from(strokes.height) * 10,
    );
    format!("<svg viewBox=\"0 0 {width} {height}\" role=\"img\">{paths}</svg>")
}

/// Text as it stands in HTML, in an element and in a quoted attribute. Control characters but the
/// end of a line and the tab are shown as replaced: HTML knows none.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' | '\t' => html.push(character),
            other if other.is_control() => html.push('\u{fffd}'),
            other => html.push(other),
        }
    }
    html
}
