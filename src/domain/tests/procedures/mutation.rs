//! Changes of the procedure file, one at a time. Each must make a fixture fail: a rule that can
//! be changed unnoticed is not tested.

use domain::procedure::{PROPERTY, Procedure};

use crate::check::set_switch;

/// A changed file, and what was changed.
pub(crate) struct Mutant {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// Every change of a limit, start, stop, opening, owner, guard, condition, role or switch.
pub(crate) fn mutants() -> Vec<Mutant> {
    let procedure = Procedure::load(PROPERTY).unwrap();
    let mut mutants = Vec::new();
    let lines: Vec<&str> = PROPERTY.lines().collect();
    let mut section = String::new();
    let mut id = String::new();
    for (place, line) in lines.iter().enumerate() {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']).to_owned();
            continue;
        }
        let Some((key, value)) = line.split_once(" = ") else {
            continue;
        };
        if matches!(key, "id" | "act") {
            value.trim_matches('"').clone_into(&mut id);
        }
        for changed in alternatives(&section, key, value, &procedure) {
            let mut lines: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
            lines[place] = changed.map_or_else(String::new, |value| format!("{key} = {value}"));
            mutants.push(Mutant {
                name: format!(
                    "line {}: {section} {id}: {line} -> {}",
                    place + 1,
                    lines[place]
                ),
                text: format!("{}\n{}", lines.join("\n"), more_events()),
            });
        }
    }
    mutants.extend(guards(&lines));
    for switch in &procedure.switches.all {
        for value in switch
            .allowed
            .iter()
            .filter(|value| **value != switch.value)
        {
            mutants.push(Mutant {
                name: format!("switch {} = {value}", switch.name),
                text: set_switch(PROPERTY, &switch.name, value),
            });
        }
    }
    mutants
}

/// Other values for a line; `None` takes the line away.
fn alternatives(
    section: &str,
    key: &str,
    value: &str,
    procedure: &Procedure,
) -> Vec<Option<String>> {
    let quoted = |words: &[&str]| {
        let others = words.iter().map(|word| format!("\"{word}\""));
        others
            .filter(|word| word != value)
            .map(Some)
            .collect::<Vec<_>>()
    };
    let events: Vec<&str> = procedure
        .events
        .iter()
        .map(|event| event.id.as_str())
        .collect();
    match (section, key) {
        ("clock", "start" | "stop") => quoted(&different(&events, value, procedure)),
        ("clock", "undone_by") => {
            let mut list = quoted(&["revisited", "resolved"]);
            list.push(None);
            list
        }
        ("clock", "limit") if value == "\"target\"" => quoted(&["1 h"]),
        ("clock", "limit") if value.contains("month") => {
            quoted(&["2 months", "720 h", "743 h", "30 min"])
        }
        ("clock", "limit") => {
            let hours: u32 = value.trim_matches(['"', 'h', ' ']).parse().unwrap();
            let minutes = [hours * 60 - 1, hours * 60 + 1].map(|minutes| format!("{minutes} min"));
            quoted(&[&minutes[0], &minutes[1], "2 h", "1 month", "target"])
        }
        ("clock", "opens") => quoted(&["1 min", "24 h"]),
        ("clock", "due_soon") => {
            let mut list = quoted(&["71 h", "73 h"]);
            list.push(None);
            list
        }
        ("clock", "applies") => quoted(&["handling", "minor", "minor_at_start"]),
        // Without an undoing there is one resolution: the same as one for the case.
        ("clock", "per") if value == "\"case\"" => quoted(&["transfer"]),
        ("clock", "per") => quoted(&["case", "transfer", "resolution"]),
        ("clock", "source") => quoted(&["clause", "operator", "person"]),
        ("clock", "at_end") => {
            let mut list = quoted(&["automatic", "proposed_to_station_head"]);
            list.remove(0);
            list.push(None);
            list
        }
        ("clock", "overdue_also") => vec![None, Some("[\"manager\"]".into())],
        ("clock", "owner") => shorter(value),
        ("step", "roles" | "suggested_to") => {
            let mut list = shorter(value);
            list.push(Some("[]".into()));
            list
        }
        ("step", "when" | "suggested_when") => shorter(value),
        ("step", "members_only" | "early_until") => vec![None],
        ("event", "acts") => shorter(value),
        _ => Vec::new(),
    }
}

/// Events that no clock of the shipped file uses: a clock could be made to by mistake.
const MORE_EVENTS: &[(&str, &str)] = &[
    ("transfer", "transferred"),
    ("verification", "verified.found_done"),
    ("opinion", "opinion"),
    ("closing", "closed"),
    ("archive", "archived"),
];

fn more_events() -> String {
    let events = MORE_EVENTS.iter();
    events
        .map(|(id, act)| format!("[[event]]\nid = \"{id}\"\nacts = [\"{act}\"]\n"))
        .collect()
}

/// Events that are not the same acts as the one that stands there.
fn different<'a>(events: &[&'a str], value: &str, procedure: &Procedure) -> Vec<&'a str> {
    let word = value.trim_matches('"');
    let name = word.strip_prefix("switch ").map_or(word, |name| {
        let switch = procedure
            .switches
            .all
            .iter()
            .find(|switch| switch.name == name)
            .unwrap();
        switch.value.as_str()
    });
    events
        .iter()
        .copied()
        .filter(|event| *event != name)
        .collect()
}

/// A list without one of its words, for each of them.
fn shorter(value: &str) -> Vec<Option<String>> {
    let words: Vec<&str> = value
        .trim_matches(['[', ']'])
        .split(", ")
        .filter(|word| !word.is_empty())
        .collect();
    let without = |place: usize| {
        let kept = words
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != place);
        Some(format!(
            "[{}]",
            kept.map(|(_, word)| *word).collect::<Vec<_>>().join(", ")
        ))
    };
    (0..words.len()).map(without).collect()
}

/// Each guard taken away, turned into another, and set to all cases.
fn guards(lines: &[&str]) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    let mut id = "";
    for (place, line) in lines.iter().enumerate() {
        id = line.strip_prefix("act = ").unwrap_or(id);
        if !line.contains("requires = ") {
            continue;
        }
        let start = line.find('{').unwrap();
        let end = line.rfind('}').unwrap() + 1;
        let guard = &line[start..end];
        let requires = guard.split('"').nth(1).unwrap();
        let mut changes = vec![
            line.replace(guard, "").replace("    ,", ""),
            line.replace(requires, "contested"),
        ];
        if line.contains("applies") {
            changes.push(line.replace("switch opinion_before_archive", "minor"));
            changes.push(line.replace("switch opinion_before_archive", "all"));
        }
        for changed in changes {
            let mut lines = lines.to_vec();
            lines[place] = &changed;
            mutants.push(Mutant {
                name: format!("line {}: step {id}: {line} -> {changed}", place + 1),
                text: lines.join("\n"),
            });
        }
    }
    mutants
}
