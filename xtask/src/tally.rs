//! What passed and what failed, by where it ran.

use std::time::Instant;

use anyhow::{Result, bail};

use crate::shell::Job;

/// Where a test runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Formatting, lints, builds and figures.
    Check,
    /// The machine itself.
    Host,
    /// The app's own tests, compiled to wasm, in a browser.
    Wasm,
}

/// Passed, failed and ignored tests of one place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    passed: usize,
    failed: usize,
    ignored: usize,
}

/// One step that was made: a check, or a run of tests.
struct Step {
    name: String,
    place: Place,
    count: Count,
    /// Why it failed, if more than its tests say.
    trouble: Option<String>,
    seconds: u64,
}

/// All steps so far. A step that fails does not keep the others from being made.
#[derive(Default)]
pub(crate) struct Tally {
    steps: Vec<Step>,
}

impl Tally {
    /// Makes a check; says whether it passed.
    pub(crate) fn check(&mut self, name: &str, make: impl FnOnce() -> Result<()>) -> bool {
        begin(name);
        let begun = Instant::now();
        let made = make();
        let passed = made.is_ok();
        let count = Count {
            passed: usize::from(passed),
            failed: usize::from(!passed),
            ignored: 0,
        };
        self.add(
            name,
            Place::Check,
            count,
            made.err().map(|error| format!("{error:#}")),
            begun,
        );
        passed
    }

    /// Runs tests and counts them by what they print.
    pub(crate) fn tests(&mut self, name: &str, place: Place, job: Job) {
        begin(name);
        let begun = Instant::now();
        let mut count = Count::default();
        let mut ran = false;
        let ended = job.watch(|line| {
            if let Some(more) = result_line(line) {
                ran = true;
                count.passed += more.passed;
                count.failed += more.failed;
                count.ignored += more.ignored;
            }
        });
        let trouble = match ended {
            Err(error) => Some(format!("{error:#}")),
            Ok(false) if count.failed == 0 => Some("ended before its tests were through".into()),
            Ok(true) if !ran => Some("ran no tests".into()),
            Ok(_) => None,
        };
        count.failed += usize::from(trouble.is_some());
        self.add(name, place, count, trouble, begun);
    }

    /// Notes a step that could not be made: that is a failure, never a skipped success.
    pub(crate) fn not_run(&mut self, name: &str, place: Place, reason: &str) {
        let count = Count {
            failed: 1,
            ..Count::default()
        };
        self.add(
            name,
            place,
            count,
            Some(format!("not run: {reason}")),
            Instant::now(),
        );
    }

    fn add(
        &mut self,
        name: &str,
        place: Place,
        count: Count,
        trouble: Option<String>,
        begun: Instant,
    ) {
        let seconds = begun.elapsed().as_secs();
        self.steps.push(Step {
            name: name.to_owned(),
            place,
            count,
            trouble,
            seconds,
        });
    }

    /// Prints the steps, the counts and, as the last line, the sum; fails when anything did.
    pub(crate) fn finish(self) -> Result<()> {
        println!();
        for step in &self.steps {
            let word = if step.count.failed == 0 {
                "ok"
            } else {
                "FAILED"
            };
            print!("{word:>6} {:>4} s  {}", step.seconds, step.name);
            match &step.trouble {
                Some(trouble) => println!(": {trouble}"),
                None => println!(),
            }
        }
        println!(
            "\n{:<8} {:>7} {:>7} {:>8}",
            "", "passed", "failed", "ignored"
        );
        for place in [Place::Check, Place::Host, Place::Wasm] {
            let count = self.sum(|step| step.place == place);
            let name = format!("{place:?}").to_lowercase();
            println!(
                "{name:<8} {:>7} {:>7} {:>8}",
                count.passed, count.failed, count.ignored
            );
        }
        let all = self.sum(|_| true);
        let ignored = match all.ignored {
            0 => String::new(),
            ignored => format!(", {ignored} ignored"),
        };
        println!("{} passed, {} failed{ignored}", all.passed, all.failed);
        if all.failed > 0 {
            let failed = self.steps.iter().filter(|step| step.count.failed > 0);
            let names: Vec<&str> = failed.map(|step| step.name.as_str()).collect();
            bail!("failed: {}", names.join(", "));
        }
        Ok(())
    }

    fn sum(&self, wanted: impl Fn(&Step) -> bool) -> Count {
        let steps = self.steps.iter().filter(|&step| wanted(step));
        steps.fold(Count::default(), |sum, step| Count {
            passed: sum.passed + step.count.passed,
            failed: sum.failed + step.count.failed,
            ignored: sum.ignored + step.count.ignored,
        })
    }
}

fn begin(name: &str) {
    println!("\n── {name}");
}

/// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
fn result_line(line: &str) -> Option<Count> {
    let (_, counts) = line
        .trim()
        .strip_prefix("test result: ")?
        .split_once(". ")?;
    let mut count = Count::default();
    for part in counts.split(';') {
        let Some((number, word)) = part.trim().split_once(' ') else {
            continue;
        };
        let field = match word {
            "passed" => &mut count.passed,
            "failed" => &mut count.failed,
            "ignored" => &mut count.ignored,
            _ => continue,
        };
        *field = number.parse().ok()?;
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_line_is_read() {
        let line = "test result: FAILED. 12 passed; 2 failed; 1 ignored; 0 measured; \
                    3 filtered out; finished in 0.42s";
        assert_eq!(
            result_line(line),
            Some(Count {
                passed: 12,
                failed: 2,
                ignored: 1
            })
        );
        assert_eq!(result_line("test clock ... ok"), None);
    }

    #[test]
    fn no_way_of_failing_looks_green() {
        let mut tally = Tally::default();
        tally.tests("no tests in it", Place::Host, Job::cargo(&["--version"]));
        assert_eq!(tally.sum(|_| true).failed, 1);
        tally.tests(
            "not to be started",
            Place::Host,
            Job::new("doorstep-no-such", &[]),
        );
        assert_eq!(tally.sum(|_| true).failed, 2);
        tally.tests(
            "ends with an error",
            Place::Host,
            Job::cargo(&["no-such-command"]),
        );
        assert_eq!(tally.sum(|_| true).failed, 3);
        tally.not_run("left out", Place::Host, "the app was not built");
        assert_eq!(tally.sum(|_| true).failed, 4);
        assert!(tally.finish().is_err());
    }
}
