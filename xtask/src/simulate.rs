//! `cargo xtask simulate`: seeded schedules of tablets, endpoint and what goes wrong between them.

use anyhow::Result;

use crate::cli::Flags;
use crate::shell::Job;

/// Schedules that are played where nothing else is asked for.
const SCHEDULES: &str = "1000";

/// Plays schedules from a seed on, optimised. The last lines of the output are sums, so that ranges
/// of seeds can be added up.
pub(crate) fn run(flags: &Flags) -> Result<()> {
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
