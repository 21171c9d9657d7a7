//! A procedure file that cannot be right is refused, with key, line and what is allowed.
#![allow(clippy::unwrap_used, reason = "a test that finds no line has failed")]

use domain::procedure::{LoadError, PROPERTY, Procedure};

/// The shipped file with one text in place of another, and how loading refuses it.
fn refused(from: &str, to: &str) -> (LoadError, usize) {
    assert!(PROPERTY.contains(from), "{from} does not stand in the file");
    let text = PROPERTY.replacen(from, to, 1);
    let line = PROPERTY
        .lines()
        .position(|line| line.contains(from.lines().next().unwrap()));
    (Procedure::load(&text).unwrap_err(), line.unwrap() + 1)
}

#[test]
fn the_shipped_file_is_accepted() {
    let procedure = Procedure::load(PROPERTY).unwrap();
    assert_eq!(procedure.clocks.len(), 5);
    assert_eq!(procedure.switches.all.len(), 11);
    for switch in &procedure.switches.all {
        assert_eq!(
            switch.allowed.first(),
            Some(&switch.value),
            "{} is not its default",
            switch.name
        );
    }
}

#[test]
fn every_word_is_checked() {
    for (from, to, key, allowed) in [
        (
            "value = \"resolved\"",
            "value = \"solved\"",
            "switch.month_stop",
            "resolved, agreed",
        ),
        (
            "[switch.month_stop]",
            "[switch.month_end]",
            "switch.month_stop",
            "every switch",
        ),
        (
            "limit = \"24 h\"",
            "limit = \"1 day\"",
            "clock.limit",
            "N min, N h",
        ),
        (
            "limit = \"24 h\"",
            "limit = \"0 h\"",
            "clock.limit",
            "N from 1",
        ),
        (
            "opens = \"at start\"",
            "opens = \"later\"",
            "clock.opens",
            "at start",
        ),
        (
            "start = \"resolved\"",
            "start = \"solved\"",
            "clock.start",
            "department_receipt",
        ),
        (
            "per = \"transfer\"",
            "per = \"department\"",
            "clock.per",
            "case, transfer",
        ),
        (
            "owner = [\"head\"",
            "owner = [\"boss\"",
            "clock.owner",
            "station_head",
        ),
        (
            "source = \"person\"",
            "source = \"law\"",
            "clock.source",
            "clause, operator, person",
        ),
        (
            "due_soon = \"72 h\"",
            "due_soon = \"1 month\"",
            "clock.due_soon",
            "N min, N h",
        ),
        (
            "act = \"decided\"",
            "act = \"settled\"",
            "step.act",
            "decided",
        ),
        (
            "clock = \"P-revisit-minor\"",
            "clock = \"P-x\"",
            "step.clock",
            "P-measures",
        ),
        (
            "requires = \"opinion_written\"",
            "requires = \"opinion\"",
            "step.guards.requires",
            "no_newer_acts",
        ),
        (
            "clause = \"P-5.3.6\", missing = \"opinion\"",
            "clause = \"P-99\", missing = \"opinion\"",
            "step.guards.clause",
            "P-5.3.6",
        ),
        (
            "acts = [\"done\"]",
            "acts = [\"finished\"]",
            "event.acts",
            "measures_filled",
        ),
    ] {
        let (error, line) = refused(from, to);
        assert_eq!(error.key, key, "{error}");
        assert!(error.allowed.contains(allowed), "{error}");
        if !from.starts_with('[') {
            assert_eq!(error.line, line, "{error}");
        }
    }
}

#[test]
fn unknown_keys_and_broken_lines_are_refused() {
    let (error, line) = refused("limit = \"24 h\"", "limit = \"24 h\"\nlimits = \"25 h\"");
    assert_eq!(
        (error.key.as_str(), error.line),
        ("limits", line + 1),
        "{error}"
    );
    let (error, line) = refused("limit = \"24 h\"", "limit = 24 h");
    assert_eq!(error.line, line, "{error}");
    let (error, _) = refused("[switch.reservation]", "[switch.reservations]");
    assert_eq!(error.key, "switch.reservation");
}

#[test]
fn alternatives_must_be_those_that_this_version_reads() {
    let (error, _) = refused(
        "alternatives = [\"acceptance\"]",
        "alternatives = [\"call\"]",
    );
    assert_eq!(error.key, "switch.month_start.alternatives");
    assert_eq!(error.allowed, "receipt, acceptance");
}

#[test]
fn a_target_needs_a_transfer_to_have_one() {
    let (error, _) = refused("limit = \"24 h\"", "limit = \"target\"");
    assert_eq!(error.key, "clock.limit");
    assert!(error.problem.contains("transfer"), "{error}");
}
