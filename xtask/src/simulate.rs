//! `cargo xtask simulate`: seeded schedules of tablets, endpoint and what goes wrong between them.
//! `--add` sums up what earlier runs said of their ranges of seeds.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::cli::Flags;
use crate::files;
use crate::shell::Job;

/// Schedules that are played where nothing else is asked for.
const SCHEDULES: &str = "1000";

/// Plays schedules from a seed on, optimised. The last lines of the output are sums, so that ranges
/// of seeds can be added up: where that is asked for, nothing is played.
pub(crate) fn run(flags: &Flags) -> Result<()> {
    if flags.has("add") {
        let mut sums = Sums::default();
        for file in flags.value("add", "").split(',') {
            let said = files::read_text(Path::new(file))?;
            sums.add(&said).with_context(|| file.to_owned())?;
        }
        print!("{}", sums.told()?);
        return Ok(());
    }
    let schedules = flags.value("schedules", SCHEDULES);
    let from = flags.value("from", "0");
    play(schedules, from, &["--profile", "simulation"]).run()
}

/// A few schedules, for the tests: unoptimised, as the tests around them are.
pub(crate) fn few() -> Job {
    play("100", "0", &[])
}

fn play(schedules: &str, from: &str, profile: &[&str]) -> Job {
    let mut arguments = vec!["run", "--quiet", "-p", "acceptance", "--bin", "simulate"];
    arguments.extend(["--features", "simulation"]);
    arguments.extend(profile);
    arguments.extend(["--", "--schedules", schedules, "--from", from]);
    Job::cargo(&arguments)
}

/// What runs said, added up.
#[derive(Debug, Default)]
struct Sums {
    /// First and last seed of each run.
    ranges: Vec<(u64, u64)>,
    /// Runs that came to their end with nothing wrong.
    ended: usize,
    rows: Vec<Row>,
}

/// A line of figures.
#[derive(Debug)]
struct Row {
    /// Its words, and `#` for each number.
    words: Vec<String>,
    numbers: Vec<u64>,
    /// It tells a share of all that do.
    shared: bool,
}

/// The last line of a run that found nothing begins so.
const ENDED: &str = "0 acknowledged acts lost";

impl Sums {
    /// Adds what one run said, or several after each other.
    fn add(&mut self, said: &str) -> Result<()> {
        for line in said.lines().filter(|line| !line.is_empty()) {
            if let Some(range) = line.strip_prefix("seeds ") {
                let (first, last) = range.split_once(" to ").context("no range of seeds")?;
                self.ranges.push((first.parse()?, last.parse()?));
                continue;
            }
            ensure!(!line.starts_with("seed "), "it went wrong: {line}");
            self.ended += usize::from(line.starts_with(ENDED));
            self.add_row(line);
        }
        Ok(())
    }

    fn add_row(&mut self, line: &str) {
        let mut words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let shared = words.last().is_some_and(|word| word == "%");
        words.truncate(words.len() - if shared { 2 } else { 0 });
        let mut numbers = Vec::new();
        for word in &mut words {
            if let Ok(number) = word.parse() {
                numbers.push(number);
                "#".clone_into(word);
            }
        }
        let Some(row) = self.rows.iter_mut().find(|row| row.words == words) else {
            self.rows.push(Row {
                words,
                numbers,
                shared,
            });
            return;
        };
        let least = words.first().is_some_and(|word| word == "fewest");
        for (sum, number) in row.numbers.iter_mut().zip(numbers) {
            *sum = if least {
                number.min(*sum)
            } else {
                *sum + number
            };
        }
    }

    /// The sums as a run says them.
    fn told(mut self) -> Result<String> {
        let runs = self.ranges.len();
        ensure!(runs > 0, "no run says which seeds it played");
        ensure!(
            self.ended == runs,
            "{} of {runs} runs ended well",
            self.ended
        );
        self.ranges.sort_unstable();
        let mut text = String::new();
        let mut before: Option<u64> = None;
        for (first, last) in self.ranges {
            if before.is_some_and(|before| before >= first) {
                bail!("seed {first} was played twice");
            }
            before = Some(last);
            let _ = writeln!(text, "seeds {first} to {last}");
        }
        let shared = self.rows.iter().filter(|row| row.shared);
        let all: u64 = shared.flat_map(|row| &row.numbers).sum();
        for row in &self.rows {
            let _ = writeln!(text, "{}", row.told(all.max(1)));
        }
        Ok(text)
    }
}

impl Row {
    fn told(&self, all: u64) -> String {
        if let ([name @ .., _], [number]) = (self.words.as_slice(), self.numbers.as_slice()) {
            let row = format!("{:24} {number:>12}", name.join(" "));
            let hundredths = number * 10_000 / all;
            let (whole, part) = (hundredths / 100, hundredths % 100);
            return match self.shared {
                true => format!("{row}  {whole:>2}.{part:02} %"),
                false => row,
            };
        }
        let mut numbers = self.numbers.iter();
        let word = |word: &String| match word.as_str() {
            "#" => numbers.next().copied().unwrap_or(0).to_string(),
            word => word.to_owned(),
        };
        let words: Vec<String> = self.words.iter().map(word).collect();
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "\
seeds 0 to 9
request lost                       30  75.00 %
tablet cloned                      10  25.00 %
let into a group                    4
fewest steps                      200
10 schedules, 2000 steps, 400 acts, 600 syncs
0 acknowledged acts lost, 0 divergences, 0 forbidden bytes; 5 gone, 1 of them acknowledged
";

    fn sum(parts: &[&str]) -> Result<String> {
        let mut sums = Sums::default();
        parts.iter().try_for_each(|said| sums.add(said))?;
        sums.told()
    }

    #[test]
    fn ranges_add_up_to_what_one_run_would_say() {
        let second = FIRST
            .replace("0 to 9", "20 to 29")
            .replace("30  75.00", "50  83.33")
            .replace("200\n", "210\n");
        let both = "\
seeds 0 to 9
seeds 20 to 29
request lost                       80  80.00 %
tablet cloned                      20  20.00 %
let into a group                    8
fewest steps                      200
20 schedules, 4000 steps, 800 acts, 1200 syncs
0 acknowledged acts lost, 0 divergences, 0 forbidden bytes; 10 gone, 2 of them acknowledged
";
        assert_eq!(sum(&[&second, FIRST]).unwrap(), both);
        assert_eq!(sum(&[FIRST]).unwrap(), FIRST);
    }

    #[test]
    fn what_went_wrong_or_is_counted_twice_is_not_added() {
        assert!(sum(&[FIRST, FIRST]).is_err());
        assert!(sum(&[&FIRST.replace(ENDED, "seed 3: act lost")]).is_err());
        assert!(sum(&[""]).is_err());
        let (broken_off, _) = FIRST.split_once("10 schedules").unwrap();
        assert!(sum(&[broken_off]).is_err());
    }
}
