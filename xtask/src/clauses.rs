//! `cargo xtask clauses`: how many clauses, switches and clocks of the three procedures have
//! their proof; `--mutate` also changes the procedure file, one word at a time, and requires a
//! fixture to fail for each change.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use toml::{Table, Value};

use crate::cli::Flags;
use crate::shell::Job;
use crate::{files, shell};

/// `tests/procedures/expected.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// The parts of the work whose rows must have their proof.
    finished: BTreeSet<u32>,
    clause: Vec<Clause>,
    switch: Vec<Switch>,
    clock: Vec<Clock>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clause {
    id: String,
    part: u32,
    kind: Kind,
    title: String,
}

/// What proves a clause.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// A fixture.
    Rule,
    /// A text on a screen.
    Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    name: String,
    clause: String,
    part: u32,
    values: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    id: String,
    clause: String,
    part: u32,
}

/// What there is to prove rows with.
#[derive(Default)]
struct Proof {
    /// Clauses that have a fixture.
    fixtures: BTreeSet<String>,
    /// Keys of the locales.
    texts: BTreeSet<String>,
    /// Switches of the procedure files with their values.
    switches: BTreeMap<String, BTreeSet<String>>,
    /// Switches that a fixture sets, with the values.
    set: BTreeSet<(String, String)>,
    /// Clocks of the procedure files.
    clocks: BTreeSet<String>,
    /// Clocks of which a fixture expects something.
    expected: BTreeSet<String>,
}

/// Prints the counts on its last line; fails when a row of a finished part has no proof.
pub(crate) fn run(flags: &Flags) -> Result<()> {
    let expected = expected()?;
    let proof = proof()?;
    if flags.has("mutate") {
        mutate()?;
    }
    let mut missing = Vec::new();
    let counts = [
        count(&expected.finished, &mut missing, clauses(&expected, &proof)),
        count(
            &expected.finished,
            &mut missing,
            switches(&expected, &proof),
        ),
        count(&expected.finished, &mut missing, clocks(&expected, &proof)),
    ];
    for row in &missing {
        println!("no proof: {row}");
    }
    let [clauses, switches, clocks] = counts;
    println!(
        "{clauses} of {}, {switches} of {}, {clocks} of {}",
        expected.clause.len(),
        expected.switch.len(),
        expected.clock.len()
    );
    if !missing.is_empty() {
        bail!("{} rows of a finished part have no proof", missing.len());
    }
    Ok(())
}

/// A row: its part, its name, and whether it has its proof.
type Row = (u32, String, bool);

fn count(
    finished: &BTreeSet<u32>,
    missing: &mut Vec<String>,
    rows: impl Iterator<Item = Row>,
) -> usize {
    let mut proved = 0;
    for (part, name, has_proof) in rows {
        if has_proof {
            proved += 1;
        } else if finished.contains(&part) {
            missing.push(name);
        }
    }
    proved
}

fn clauses<'a>(expected: &'a Expected, proof: &'a Proof) -> impl Iterator<Item = Row> + 'a {
    expected.clause.iter().map(|clause| {
        let has_proof = match clause.kind {
            Kind::Rule => proof.fixtures.contains(&clause.id),
            Kind::Text => proof.texts.contains(&text_key(&clause.id)),
        };
        (
            clause.part,
            format!("clause {} ({})", clause.id, clause.title),
            has_proof,
        )
    })
}

fn switches<'a>(expected: &'a Expected, proof: &'a Proof) -> impl Iterator<Item = Row> + 'a {
    expected.switch.iter().map(|switch| {
        let values: BTreeSet<_> = switch.values.iter().cloned().collect();
        let in_file = proof.switches.get(&switch.name) == Some(&values);
        let others = switch.values.iter().skip(1);
        let mut others = others.map(|value| (switch.name.clone(), value.clone()));
        let has_proof = in_file && others.all(|setting| proof.set.contains(&setting));
        (
            switch.part,
            format!("switch {} of {}", switch.name, switch.clause),
            has_proof,
        )
    })
}

fn clocks<'a>(expected: &'a Expected, proof: &'a Proof) -> impl Iterator<Item = Row> + 'a {
    expected.clock.iter().map(|clock| {
        let has_proof = proof.clocks.contains(&clock.id) && proof.expected.contains(&clock.id);
        (
            clock.part,
            format!("clock {} of {}", clock.id, clock.clause),
            has_proof,
        )
    })
}

/// The key under which the locales hold a clause's text: `P-5.3.3` is `p_5_3_3`.
fn text_key(id: &str) -> String {
    id.to_lowercase().replace(['-', '.'], "_")
}

fn procedures() -> PathBuf {
    shell::root().join("tests/procedures")
}

fn expected() -> Result<Expected> {
    let path = procedures().join("expected.toml");
    toml::from_str(&files::read_text(&path)?).context("tests/procedures/expected.toml")
}

fn proof() -> Result<Proof> {
    let mut proof = Proof::default();
    for path in files::under(&procedures())? {
        if path.file_name().is_some_and(|name| name == "expected.toml") {
            continue;
        }
        fixture(&mut proof, &table(&path)?);
    }
    for path in files::under(&shell::root().join("src/domain/procedure"))? {
        if files::has_extension(&path, &["toml"]) {
            procedure(&mut proof, &table(&path)?);
        }
    }
    for path in files::under(&shell::root().join("src/app/locales/zh-Hant"))? {
        let text = files::read_text(&path)?;
        let locale: serde_json::Value = serde_json::from_str(&text)
            .with_context(|| format!("{} is not JSON", path.display()))?;
        texts(&mut proof.texts, &locale);
    }
    Ok(proof)
}

fn table(path: &std::path::Path) -> Result<Table> {
    toml::from_str(&files::read_text(path)?).with_context(|| path.display().to_string())
}

fn tables<'a>(table: &'a Table, key: &str) -> impl Iterator<Item = &'a Table> {
    let list = table.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_table)
}

fn text(table: &Table, key: &str) -> Option<String> {
    table.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn fixture(proof: &mut Proof, fixture: &Table) {
    proof.fixtures.extend(text(fixture, "clause"));
    for case in tables(fixture, "case") {
        let set = case.get("set").and_then(Value::as_table);
        for (name, value) in set.into_iter().flatten() {
            let value = value.as_str().unwrap_or_default();
            proof.set.insert((name.clone(), value.to_owned()));
        }
        let expected = tables(case, "expect").filter_map(|expect| text(expect, "clock"));
        proof.expected.extend(expected);
    }
}

fn procedure(proof: &mut Proof, procedure: &Table) {
    proof
        .clocks
        .extend(tables(procedure, "clock").filter_map(|clock| text(clock, "id")));
    let switches = procedure.get("switch").and_then(Value::as_table);
    for (name, switch) in switches.into_iter().flatten() {
        let value = switch.get("value").into_iter();
        let others = switch.get("alternatives").and_then(Value::as_array);
        let values = value
            .chain(others.into_iter().flatten())
            .filter_map(Value::as_str);
        proof
            .switches
            .insert(name.clone(), values.map(str::to_owned).collect());
    }
}

/// Every key of a locale, at any depth.
fn texts(keys: &mut BTreeSet<String>, locale: &serde_json::Value) {
    for (key, value) in locale.as_object().into_iter().flatten() {
        keys.insert(key.clone());
        texts(keys, value);
    }
}

/// The mutation run is a test of domain: it prints what survives and fails if anything does.
fn mutate() -> Result<()> {
    let name = "no_change_of_the_procedure_file_survives";
    let arguments = ["test", "-p", "domain", "--test", "procedures", "--"];
    let mut arguments = arguments.to_vec();
    arguments.extend(["--exact", name, "--ignored", "--nocapture"]);
    let mut ran = false;
    let passed = Job::cargo(&arguments).watch(|line| {
        ran |= line.contains("changes noticed");
    })?;
    if !ran {
        bail!("the changes of the procedure file were not tried: their test did not run");
    }
    if !passed {
        bail!("a change of the procedure file goes unnoticed by the fixtures");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{expected, proof, text_key};

    #[test]
    fn there_are_69_clauses_35_switches_and_16_clocks() {
        let expected = expected().unwrap();
        let ids: BTreeSet<_> = expected.clause.iter().map(|row| &row.id).collect();
        let names: BTreeSet<_> = expected.switch.iter().map(|row| &row.name).collect();
        let clocks: BTreeSet<_> = expected.clock.iter().map(|row| &row.id).collect();
        assert_eq!((ids.len(), names.len(), clocks.len()), (69, 35, 16));
        assert_eq!(expected.clause.len(), 69);
        assert_eq!(expected.switch.len(), 35);
        assert_eq!(expected.clock.len(), 16);
        let common = "common".to_owned();
        for switch in &expected.switch {
            assert!(
                ids.contains(&switch.clause) || switch.clause == common,
                "{}",
                switch.name
            );
            assert!(switch.values.len() > 1, "{} has one value", switch.name);
        }
        assert!(
            expected
                .clock
                .iter()
                .all(|clock| ids.contains(&clock.clause))
        );
        let parts = expected.clause.iter().map(|row| row.part);
        assert!(
            parts
                .chain(expected.finished.iter().copied())
                .all(|part| (1..=7).contains(&part))
        );
    }

    #[test]
    fn no_fixture_and_no_rule_is_of_a_row_that_is_not_listed() {
        let expected = expected().unwrap();
        let proof = proof().unwrap();
        let ids: BTreeSet<_> = expected.clause.iter().map(|row| row.id.clone()).collect();
        assert!(proof.fixtures.is_subset(&ids));
        let names: BTreeSet<_> = expected.switch.iter().map(|row| row.name.clone()).collect();
        assert!(proof.switches.keys().all(|name| names.contains(name)));
        let clocks: BTreeSet<_> = expected.clock.iter().map(|row| row.id.clone()).collect();
        assert!(proof.clocks.is_subset(&clocks));
    }

    #[test]
    fn the_key_of_a_text_is_the_clause_in_small_letters() {
        assert_eq!(text_key("P-4.1.1-major-3"), "p_4_1_1_major_3");
    }
}
