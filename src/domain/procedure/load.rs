//! From the file's words to a checked procedure. Every refusal says the key, the line and what
//! is allowed there.

use super::raw::{self, Word};
use super::words::{
    Applies, AtEnd, ClassesWithSeverity, Condition, GuardScope, MinorOnMajor, OnOff, Per, Resolver,
    Source, Trigger,
};
use super::{Clock, Event, Guard, Limit, Procedure, Role, Step, StepRole, Switch, Switches};
use crate::act::Act;
use crate::clause::Clause;
use crate::named::Named;

/// Why a procedure file was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {key}: {problem}; allowed: {allowed}")]
pub struct LoadError {
    /// The key concerned: `clock.limit`.
    pub key: String,
    /// Line of the file, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
    /// What may stand there.
    pub allowed: String,
}

/// Every switch that this version reads, with its values, the default first.
const SWITCHES: &[(&str, &[&str])] = &[
    ("severity_for", &["4.1.1", "4.1.1_and_4.1.2", "all"]),
    ("month_start", &["receipt", "acceptance"]),
    ("month_stop", &["resolved", "agreed"]),
    ("month_upgrade", &["automatic", "proposed_to_station_head"]),
    ("minor_clocks_on_major", &["run", "upgraded_only", "stop"]),
    ("minor_clocks_on_other", &["off", "on"]),
    ("feedback_start", &["acceptance", "receipt"]),
    ("measures_stop", &["returned", "filled"]),
    ("opinion_before_archive", &["all", "minor"]),
    (
        "resolved_by",
        &["customer_service_and_manager_for_major", "department_head"],
    ),
    ("reservation", &["counts_as_agreed", "counts_as_rejected"]),
];

/// The procedure that `text` states.
pub(super) fn load(text: &str) -> Result<Procedure, LoadError> {
    let file: raw::File = toml::from_str(text).map_err(|error| syntax(text, &error))?;
    check(text, &file)
}

fn check(text: &str, file: &raw::File) -> Result<Procedure, LoadError> {
    let mut loader = Loader {
        text,
        switches: Vec::new(),
        roles: Vec::new(),
        events: Vec::new(),
    };
    loader.switches = loader.read_switches(file)?;
    loader.roles = loader.read_roles(&file.role)?;
    loader.events = loader.read_events(&file.event)?;
    let clocks = each(&file.clock, |clock| loader.clock(clock))?;
    let steps = each(&file.step, |step| loader.step(step, &clocks))?;
    let switches = loader.typed_switches()?;
    Ok(Procedure {
        id: file.procedure.id.clone(),
        version: file.procedure.version,
        roles: loader.roles,
        events: loader.events,
        clocks,
        steps: steps.into(),
        switches,
    })
}

struct Loader<'a> {
    text: &'a str,
    switches: Vec<Switch>,
    roles: Vec<Role>,
    events: Vec<Event>,
}

impl Loader<'_> {
    fn read_switches(&self, file: &raw::File) -> Result<Vec<Switch>, LoadError> {
        for (name, _) in SWITCHES {
            if !file.switch.iter().any(|(key, _)| key.get_ref() == *name) {
                return Err(LoadError {
                    key: format!("switch.{name}"),
                    line: line(self.text, self.text.len()),
                    problem: "is missing".into(),
                    allowed: "every switch with its value".into(),
                });
            }
        }
        let mut read = Vec::new();
        for (name, switch) in &file.switch {
            let Some((_, values)) = SWITCHES.iter().find(|(known, _)| *known == name.get_ref())
            else {
                return Err(self.refuse("switch", name, names(SWITCHES.iter().map(|s| s.0))));
            };
            let key = format!("switch.{}", name.get_ref());
            if !values.contains(&switch.value.get_ref().as_str()) {
                return Err(self.refuse(&key, &switch.value, names(values.iter().copied())));
            }
            let stated: Vec<&str> = core::iter::once(&switch.value)
                .chain(&switch.alternatives)
                .map(|word| word.get_ref().as_str())
                .collect();
            if stated.len() != values.len() || !values.iter().all(|v| stated.contains(v)) {
                return Err(LoadError {
                    key: format!("{key}.alternatives"),
                    line: line(
                        self.text,
                        switch
                            .alternatives
                            .first()
                            .unwrap_or(&switch.value)
                            .span()
                            .start,
                    ),
                    problem: "value and alternatives are not the values this version reads".into(),
                    allowed: names(values.iter().copied()),
                });
            }
            read.push(Switch {
                name: name.get_ref().to_owned(),
                clause: self.clause(&switch.clause, &key)?,
                value: switch.value.get_ref().to_owned(),
                allowed: values.iter().map(|&value| value.to_owned()).collect(),
            });
        }
        Ok(read)
    }

    fn typed_switches(&self) -> Result<Switches, LoadError> {
        Ok(Switches {
            all: self.switches.clone(),
            severity_for: self.switch::<ClassesWithSeverity>("severity_for")?,
            minor_clocks_on_major: self.switch::<MinorOnMajor>("minor_clocks_on_major")?,
            minor_clocks_on_other: self.switch::<OnOff>("minor_clocks_on_other")?,
            resolved_by: self.switch::<Resolver>("resolved_by")?,
            reservation_rejects: self.value("reservation") == Some("counts_as_rejected"),
        })
    }

    fn switch<T: Named>(&self, name: &str) -> Result<T, LoadError> {
        self.value(name)
            .and_then(T::parse)
            .ok_or_else(|| LoadError {
                key: format!("switch.{name}"),
                line: 1,
                problem: "has no value of its kind".into(),
                allowed: names(T::ALL.iter().map(|(word, _)| *word)),
            })
    }

    fn value(&self, name: &str) -> Option<&str> {
        let switch = self.switches.iter().find(|switch| switch.name == name)?;
        Some(&switch.value)
    }

    fn read_roles(&self, roles: &[raw::Role]) -> Result<Vec<Role>, LoadError> {
        each(roles, |role| {
            Ok(Role {
                id: role.id.get_ref().to_owned(),
                clause: self.clause(&role.clause, "role.clause")?,
            })
        })
    }

    fn read_events(&self, events: &[raw::Event]) -> Result<Vec<Event>, LoadError> {
        each(events, |event| {
            Ok(Event {
                id: event.id.get_ref().to_owned(),
                triggers: each(&event.acts, |act| self.word::<Trigger>(act, "event.acts"))?,
            })
        })
    }

    fn clock(&self, clock: &raw::Clock) -> Result<Clock, LoadError> {
        let event = |word: &Word, key: &str| self.event(word, key);
        Ok(Clock {
            id: clock.id.get_ref().to_owned(),
            clause: self.clause(&clock.clause, "clock.clause")?,
            applies: self.word::<Applies>(&clock.applies, "clock.applies")?,
            per: self.word::<Per>(&clock.per, "clock.per")?,
            owner: each(&clock.owner, |role| self.role(role, "clock.owner"))?,
            overdue_also: each(&clock.overdue_also, |r| self.role(r, "clock.overdue_also"))?,
            start: event(&clock.start, "clock.start")?,
            stop: event(&clock.stop, "clock.stop")?,
            undone_by: clock
                .undone_by
                .as_ref()
                .map(|word| event(word, "clock.undone_by"))
                .transpose()?,
            limit: self.limit(&clock.limit, &clock.per)?,
            opens_ms: self.opens(&clock.opens)?,
            source: self.word::<Source>(&clock.source, "clock.source")?,
            due_soon_ms: clock
                .due_soon
                .as_ref()
                .map(|word| self.due_soon(word))
                .transpose()?,
            at_end: clock.at_end.as_ref().map_or(Ok(AtEnd::Nothing), |word| {
                self.word_or_switch::<AtEnd>(word, "clock.at_end")
            })?,
        })
    }

    fn step(&self, step: &raw::Step, clocks: &[Clock]) -> Result<Step, LoadError> {
        if !Act::KINDS.contains(&step.act.get_ref().as_str()) {
            return Err(self.refuse("step.act", &step.act, names(Act::KINDS.iter().copied())));
        }
        let conditions =
            |words: &[Word], key: &str| each(words, |w| self.word::<Condition>(w, key));
        let roles = |words: &[Word], key: &str| each(words, |word| self.step_role(word, key));
        if let Some(word) = &step.clock
            && !clocks.iter().any(|clock| clock.id == *word.get_ref())
        {
            let known = names(clocks.iter().map(|clock| clock.id.as_str()));
            return Err(self.refuse("step.clock", word, known));
        }
        Ok(Step {
            act: step.act.get_ref().to_owned(),
            clause: self.clause(&step.clause, "step.clause")?,
            per: step
                .per
                .as_ref()
                .map_or(Ok(Per::Case), |word| self.word::<Per>(word, "step.per"))?,
            roles: roles(&step.roles, "step.roles")?,
            members_only: step.members_only,
            when: conditions(&step.when, "step.when")?,
            early_until: step
                .early_until
                .as_ref()
                .map(|word| self.word::<Condition>(word, "step.early_until"))
                .transpose()?,
            clock: step.clock.as_ref().map(|word| word.get_ref().to_owned()),
            suggested_to: roles(&step.suggested_to, "step.suggested_to")?,
            suggested_when: conditions(&step.suggested_when, "step.suggested_when")?,
            guards: each(&step.guards, |guard| self.guard(guard))?,
        })
    }

    fn guard(&self, guard: &raw::Guard) -> Result<Guard, LoadError> {
        Ok(Guard {
            requires: self.word::<Condition>(&guard.requires, "step.guards.requires")?,
            clause: self.clause(&guard.clause, "step.guards.clause")?,
            missing: guard.missing.get_ref().to_owned(),
            applies: guard.applies.as_ref().map_or(Ok(GuardScope::All), |word| {
                self.word_or_switch::<GuardScope>(word, "step.guards.applies")
            })?,
        })
    }

    fn step_role(&self, word: &Word, key: &str) -> Result<StepRole, LoadError> {
        if word.get_ref() == "switch resolved_by" {
            return Ok(StepRole::ResolvedBy);
        }
        self.role(word, key).map(StepRole::Role)
    }

    fn role(&self, word: &Word, key: &str) -> Result<String, LoadError> {
        if self.roles.iter().any(|role| role.id == *word.get_ref()) {
            return Ok(word.get_ref().to_owned());
        }
        Err(self.refuse(
            key,
            word,
            names(self.roles.iter().map(|role| role.id.as_str())),
        ))
    }

    fn event(&self, word: &Word, key: &str) -> Result<Event, LoadError> {
        let id = self.resolve(word);
        let event = self.events.iter().find(|event| event.id == id);
        event.cloned().ok_or_else(|| {
            self.refuse(
                key,
                word,
                names(self.events.iter().map(|event| event.id.as_str())),
            )
        })
    }

    fn word<T: Named>(&self, word: &Word, key: &str) -> Result<T, LoadError> {
        T::parse(word.get_ref())
            .ok_or_else(|| self.refuse(key, word, names(T::ALL.iter().map(|(name, _)| *name))))
    }

    fn word_or_switch<T: Named>(&self, word: &Word, key: &str) -> Result<T, LoadError> {
        T::parse(self.resolve(word))
            .ok_or_else(|| self.refuse(key, word, names(T::ALL.iter().map(|(name, _)| *name))))
    }

    /// The word itself, or the value of the switch that it stands for.
    fn resolve<'w>(&'w self, word: &'w Word) -> &'w str {
        let switch = word.get_ref().strip_prefix("switch ");
        switch
            .and_then(|name| self.value(name))
            .unwrap_or(word.get_ref())
    }

    fn clause(&self, word: &Word, key: &str) -> Result<Clause, LoadError> {
        Clause::parse(word.get_ref()).ok_or_else(|| {
            self.refuse(
                key,
                word,
                names(Clause::ALL.iter().map(|clause| clause.code())),
            )
        })
    }

    fn limit(&self, word: &Word, per: &Word) -> Result<Limit, LoadError> {
        let limit =
            limit(word.get_ref()).ok_or_else(|| self.refuse("clock.limit", word, LIMITS.into()))?;
        if limit == Limit::Target && per.get_ref() != Per::Transfer.name() {
            return Err(LoadError {
                problem: "only a clock for each transfer has a target".into(),
                ..self.refuse("clock.limit", word, "a length".into())
            });
        }
        Ok(limit)
    }

    fn opens(&self, word: &Word) -> Result<i64, LoadError> {
        if word.get_ref() == "at start" {
            return Ok(0);
        }
        length_ms(word.get_ref())
            .ok_or_else(|| self.refuse("clock.opens", word, format!("at start, {LENGTHS}")))
    }

    fn due_soon(&self, word: &Word) -> Result<i64, LoadError> {
        length_ms(word.get_ref()).ok_or_else(|| self.refuse("clock.due_soon", word, LENGTHS.into()))
    }

    fn refuse(&self, key: &str, word: &Word, allowed: String) -> LoadError {
        LoadError {
            key: key.to_owned(),
            line: line(self.text, word.span().start),
            problem: format!("`{}` is not known", word.get_ref()),
            allowed,
        }
    }
}

/// What a limit may be.
const LIMITS: &str = "N min, N h, N month, N months, target (N from 1)";
/// What a length may be.
const LENGTHS: &str = "N min, N h (N from 1)";

fn limit(word: &str) -> Option<Limit> {
    if word == "target" {
        return Some(Limit::Target);
    }
    let (number, unit) = word.split_once(' ')?;
    let number: u32 = number.parse().ok().filter(|number| *number > 0)?;
    match unit {
        "min" => Some(Limit::Minutes(number)),
        "h" => Some(Limit::Hours(number)),
        "month" | "months" => Some(Limit::Months(number)),
        _ => None,
    }
}

fn length_ms(word: &str) -> Option<i64> {
    match limit(word)? {
        Limit::Minutes(n) => Some(i64::from(n) * 60_000),
        Limit::Hours(n) => Some(i64::from(n) * 3_600_000),
        Limit::Months(_) | Limit::Target => None,
    }
}

fn each<A, B>(items: &[A], read: impl Fn(&A) -> Result<B, LoadError>) -> Result<Vec<B>, LoadError> {
    items.iter().map(read).collect()
}

fn names<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(feature = "toml")]
fn syntax(text: &str, error: &toml::de::Error) -> LoadError {
    let span = error.span().unwrap_or(0..0);
    let key = text
        .get(span.clone())
        .and_then(|part| part.lines().next())
        .unwrap_or_default();
    LoadError {
        key: key.trim().to_owned(),
        line: line(text, span.start),
        problem: error.message().to_owned(),
        allowed: "the keys that docs and the shipped file show".into(),
    }
}
