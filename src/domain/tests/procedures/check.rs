//! Comparing what a case says with what a fixture expects.

use domain::act::{Act, Severity};
use domain::calendar::rfc3339;
use domain::case::{Case, clocks};
use domain::clock::Reading;
use domain::explain::sentence;
use domain::id::{DepartmentId, StaffId};
use domain::procedure::Procedure;
use domain::recorded::Recorded;
use domain::step::{Actor, Standing, steps};
use domain::summary::Summary;
use domain::time::{Instant, Zone};
use serde::Serialize;

use crate::fixture::{Expected, Fixture, Story, time, zone};

/// What differs in the fixtures when they run under this procedure; `one` stops at the first.
pub(crate) fn run(fixtures: &[Fixture], text: &str, one: bool) -> Vec<String> {
    let mut differences = Vec::new();
    for fixture in fixtures {
        for story in &fixture.case {
            let name = format!("{}: {}", fixture.clause, story.name);
            let procedure = match Procedure::load(&with_switches(text, story)) {
                Ok(procedure) => procedure,
                Err(error) => return vec![format!("{name}: {error}")],
            };
            differences.extend(
                tell(story, &procedure)
                    .into_iter()
                    .map(|d| format!("{name}: {d}")),
            );
            if one && !differences.is_empty() {
                return differences;
            }
        }
    }
    differences
}

/// The file with the story's switches: value and alternative change places.
fn with_switches(text: &str, story: &Story) -> String {
    story
        .set
        .iter()
        .fold(text.to_owned(), |text, (name, value)| {
            set_switch(&text, name, value)
        })
}

/// The file with this switch at this value.
pub(crate) fn set_switch(text: &str, name: &str, value: &str) -> String {
    let head = format!("[switch.{name}]");
    let mut inside = false;
    let mut old = String::new();
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') {
            inside = line == head;
        }
        match line.strip_prefix("value = ") {
            Some(was) if inside => {
                old = was.to_owned();
                lines.push(format!("value = \"{value}\""));
            }
            _ if inside && line.starts_with("alternatives") => {
                lines.push(line.replace(&format!("\"{value}\""), &old));
            }
            _ => lines.push(line.to_owned()),
        }
    }
    assert!(!old.is_empty(), "no switch {name}");
    lines.join("\n")
}

fn tell(story: &Story, procedure: &Procedure) -> Vec<String> {
    let zone = zone(story.zone.as_deref());
    let entries = story.entries(&zone);
    let mut differences = Vec::new();
    for expected in &story.expect {
        let now = time(&zone, &expected.at);
        let known: Vec<Recorded<Act>> = entries
            .iter()
            .filter(|entry| entry.recorded.best <= now)
            .cloned()
            .collect();
        let Some(case) = Case::fold(procedure, &zone, &known) else {
            differences.push(format!("at {}: no case", expected.at));
            continue;
        };
        let summary = Summary::of(&case);
        let open = |mut readings: Vec<Reading>| {
            readings.retain(|reading| reading.state.is_open());
            readings
        };
        if open(summary.clocks(now)) != open(clocks(&case, now))
            || summary.severity(now) != case.severity(now)
        {
            differences.push(format!("at {}: the summary says otherwise", expected.at));
        }
        let mut compare = Compare {
            zone: &zone,
            expected,
            differences: &mut differences,
        };
        compare.clock(&case, now);
        compare.case(&case, now);
        compare.step(&case, now);
    }
    differences
}

struct Compare<'a> {
    zone: &'a Zone,
    expected: &'a Expected,
    differences: &'a mut Vec<String>,
}

impl Compare<'_> {
    fn same(&mut self, what: &str, expected: Option<&String>, found: impl AsRef<str>) {
        if let Some(expected) = expected
            && expected != found.as_ref()
        {
            let at = &self.expected.at;
            let found = found.as_ref();
            self.differences
                .push(format!("at {at}: {what} is {found}, not {expected}"));
        }
    }

    fn same_time(&mut self, what: &str, expected: Option<&String>, found: Option<Instant>) {
        let expected = expected.map(|text| match text.as_str() {
            "none" => text.clone(),
            _ => rfc3339(self.zone, time(self.zone, text)),
        });
        let found = found.map_or_else(|| "none".to_owned(), |at| rfc3339(self.zone, at));
        self.same(what, expected.as_ref(), found);
    }

    fn clock(&mut self, case: &Case, now: Instant) {
        let expected = self.expected;
        let readings = clocks(case, now);
        if let Some(order) = &expected.order {
            let found: Vec<_> = readings
                .iter()
                .map(|reading| reading.clock.clone())
                .collect();
            self.same("order", Some(&order.join(" ")), found.join(" "));
        }
        let Some(clock) = &expected.clock else {
            return;
        };
        let round = |reading: &&Reading| expected.round.is_none_or(|round| reading.round == round);
        let mut found = readings
            .iter()
            .filter(|reading| reading.clock == *clock)
            .filter(round);
        let Some(reading) = found.next() else {
            self.same(clock, expected.state.as_ref(), "absent");
            return;
        };
        if found.next().is_some() {
            self.same(clock, Some(&"one round".to_owned()), "several");
        }
        self.reading(clock, reading);
    }

    fn reading(&mut self, clock: &str, reading: &Reading) {
        let expected = self.expected;
        let what = |field: &str| format!("{clock} {field}");
        self.same(clock, expected.state.as_ref(), word(&reading.state));
        let marks = |uncertain, as_stated| format!("uncertain {uncertain}, stated {as_stated}");
        let marked = marks(expected.uncertain, expected.as_stated);
        self.same(
            &what("marks"),
            Some(&marked),
            marks(reading.uncertain, reading.as_stated),
        );
        self.same_time(
            &what("start"),
            expected.start.as_ref(),
            reading.start.map(|s| s.best),
        );
        self.same_time(&what("opens"), expected.opens.as_ref(), reading.opens);
        self.same_time(
            &what("due"),
            expected.due.as_ref(),
            reading.due.map(|due| due.best),
        );
        self.same_time(
            &what("stop"),
            expected.stop.as_ref(),
            reading.stop.map(|s| s.best),
        );
        self.same_time(
            &what("change"),
            expected.next_change.as_ref(),
            reading.next_change,
        );
        self.same(
            &what("ended"),
            expected.ended.as_ref(),
            word(&reading.ended),
        );
        self.same(&what("owner"), expected.owner.as_ref(), &reading.owner.role);
        let staff = reading
            .owner
            .staff
            .as_ref()
            .map_or("none", |staff| staff.as_str());
        self.same(&what("owner"), expected.owner_staff.as_ref(), staff);
        let name = reading.owner.name.as_deref().unwrap_or("none");
        self.same(&what("owner"), expected.owner_name.as_ref(), name);
        let also = expected.also.as_ref().map(|also| also.join(" "));
        self.same(&what("also"), also.as_ref(), reading.owner.also.join(" "));
        self.same(
            &what("clause"),
            expected.clause.as_ref(),
            reading.clause.code(),
        );
        self.same(
            &what("source"),
            expected.source.as_ref(),
            reading.source.name(),
        );
        let sum = reading.sum.as_ref().map(|sum| sentence(self.zone, sum));
        self.same(&what("sum"), expected.sum.as_ref(), sum.unwrap_or_default());
        let minutes = |ms: Option<i64>| ms.map_or_else(String::new, |ms| (ms / 60_000).to_string());
        let used = expected.used_minutes.map(|minutes| minutes.to_string());
        self.same(&what("used"), used.as_ref(), minutes(reading.used_ms()));
        let late = expected.late_minutes.map(|minutes| minutes.to_string());
        self.same(&what("late"), late.as_ref(), minutes(reading.late_ms()));
    }

    fn case(&mut self, case: &Case, now: Instant) {
        let expected = self.expected;
        self.same("phase", expected.phase.as_ref(), word(&case.phase()));
        let severity = case.severity(now);
        let name = severity.severity.map_or("none", |severity| match severity {
            Severity::Minor => "minor",
            Severity::Major => "major",
        });
        self.same("severity", expected.severity.as_ref(), name);
        self.same("ground", expected.ground.as_ref(), word(&severity.ground));
        self.same_time("since", expected.since.as_ref(), severity.since);
        self.same_time("proposed", expected.proposed.as_ref(), severity.proposed);
        let gaps = expected.gaps.as_ref().map(|gaps| gaps.join(" "));
        let found: Vec<_> = case.gaps().into_iter().map(|gap| gap.key).collect();
        self.same("gaps", gaps.as_ref(), found.join(" "));
        let owed = case_owed(case);
        self.same(
            "owed",
            expected.owed.as_ref().map(|o| o.join(", ")).as_ref(),
            owed,
        );
        let to_decide = expected.to_decide.map(|count| count.to_string());
        self.same(
            "to decide",
            to_decide.as_ref(),
            case.contradictions().len().to_string(),
        );
    }

    fn step(&mut self, case: &Case, now: Instant) {
        let expected = self.expected;
        let Some(act) = &expected.step else {
            return;
        };
        let role = expected.role.clone().unwrap_or_else(|| "officer".into());
        let department = expected
            .department
            .clone()
            .unwrap_or_else(|| "repair".into());
        let actor = Actor {
            staff: StaffId(expected.staff.clone().unwrap_or_else(|| role.clone())),
            roles: vec![role.clone()],
            department: Some(DepartmentId(department)),
        };
        let steps = steps(case, &actor, now);
        let suggested = steps
            .iter()
            .filter(|step| step.standing == Standing::Suggested)
            .count();
        if suggested > 1 {
            self.differences
                .push(format!("at {}: {suggested} steps suggested", expected.at));
        }
        let what = format!("{act} for {role}");
        let Some(step) = steps.iter().rev().find(|step| step.act == *act) else {
            self.same(&what, expected.standing.as_ref(), "absent");
            return;
        };
        let (standing, from, missing) = match &step.standing {
            Standing::Suggested => ("suggested", None, None),
            Standing::Allowed => ("allowed", None, None),
            Standing::Early { from } => ("early", *from, None),
            Standing::Blocked { clause, missing } => {
                self.same(&what, expected.clause.as_ref(), clause.code());
                ("blocked", None, Some(missing.clone()))
            }
        };
        self.same(&what, expected.standing.as_ref(), standing);
        self.same_time(&what, expected.from.as_ref(), from);
        self.same(
            &what,
            expected.missing.as_ref(),
            missing.unwrap_or_default(),
        );
    }
}

/// The word that stands for a value in JSON.
fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value).unwrap() {
        serde_json::Value::String(word) => word,
        _ => "none".into(),
    }
}

/// What is owed and has no clock, in words.
fn case_owed(case: &Case) -> String {
    let owed = domain::step::owed(case).into_iter();
    let words: Vec<_> = owed
        .map(|owed| format!("{} {}", owed.act, owed.role))
        .collect();
    words.join(", ")
}
