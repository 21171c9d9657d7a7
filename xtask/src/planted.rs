//! `cargo xtask planted`: whether the simulator finds faults that are planted in the sources. Each
//! is a patch in `tests/planted`, whose first line says what is broken and why it matters, and the
//! second by what it must be found; it is applied to a copy of the work tree, and the simulator
//! built from that plays schedules until something is not as it must be. Before any is planted the
//! copy is played as it is: what goes wrong there would be found with every fault.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::cli::Flags;
use crate::files;
use crate::shell::{self, Job};

/// Most schedules that are played to find a fault.
const SCHEDULES_MAX: &str = "10000";

/// Schedules of what is sound that are played before.
const SCHEDULES_SOUND: &str = "500";

/// Begins the line of a patch that names what shows the fault, as the simulator calls it.
const FOUND_BY: &str = "Found by: ";

/// Every fault, by the name of its patch without its ending.
const FAULTS: [&str; 20] = [
    "acknowledged-before-commit",
    "plain-feed-sequence",
    "cursor-before-entries",
    "marked-sent-by-status-200",
    "same-position-other-bytes-ignored",
    "fork-overwritten",
    "tie-by-arrival",
    "clock-error-with-wrong-sign",
    "unknown-act-dropped-on-forwarding",
    "batch-half-stored",
    "epoch-unchanged-after-restore",
    "unsent-acts-of-revoked-tablet-purged",
    "search-postings-kept-after-lost-role",
    "attachment-without-scope-check",
    "summary-snapshot-stale",
    "two-tabs-write",
    "quota-error-swallowed",
    "latest-receipt-wins",
    "erased-body-breaks-the-chain",
    "rejected-entry-holds-up-the-next",
];

/// Plants each fault in turn and plays schedules until it is found.
pub(crate) fn run(flags: &Flags) -> Result<()> {
    let only: Vec<&str> = flags.value("only", "").split(',').collect();
    let only: Vec<&str> = only.into_iter().filter(|name| !name.is_empty()).collect();
    if let Some(name) = only.iter().find(|name| !FAULTS.contains(name)) {
        bail!("there is no fault {name}");
    }
    let asked = |fault: &&&str| only.is_empty() || only.contains(*fault);
    let faults: Vec<&&str> = FAULTS.iter().filter(asked).collect();
    sound()?;
    let (mut found, mut failed) = (0, 0);
    for fault in &faults {
        let outcome = match find(fault) {
            Ok(Some(Found { seed, what, meant })) => {
                let counted = if meant { &mut found } else { &mut failed };
                *counted += 1;
                let other = if meant { "" } else { "FOUND BY ANOTHER: " };
                format!("{other}schedule {seed}: {what}")
            }
            Ok(None) => {
                failed += 1;
                "NOT FOUND".to_owned()
            }
            Err(error) => {
                failed += 1;
                format!("NOT TRIED: {error:#}")
            }
        };
        println!("{fault:38} {outcome}");
    }
    println!(
        "{found} of {} found, each within {SCHEDULES_MAX} schedules",
        faults.len()
    );
    ensure!(failed == 0, "{failed} not found");
    Ok(())
}

/// Plays schedules without a fault: all of them are as they must be.
fn sound() -> Result<()> {
    let tree = shell::root().join(TREE);
    copy_sources(&tree)?;
    match first_wrong(&play(&tree, SCHEDULES_SOUND)?)? {
        Some((seed, what)) => bail!("without a fault, schedule {seed}: {what}"),
        None => Ok(()),
    }
}

/// Where a fault showed.
struct Found {
    /// The first schedule that shows it.
    seed: u64,
    /// What was not as it must be.
    what: String,
    /// That is what the patch names.
    meant: bool,
}

fn find(name: &str) -> Result<Option<Found>> {
    let meant = found_by(&files::read_text(&patch(name))?)?;
    let tree = shell::root().join(TREE);
    copy_sources(&tree)?;
    apply(name, &["--directory", TREE])?;
    let played = play(&tree, SCHEDULES_MAX);
    // As it was, so that the next one is planted in what is sound.
    copy_sources(&tree)?;
    let wrong = first_wrong(&played?)?;
    Ok(wrong.map(|(seed, what)| Found {
        seed,
        meant: meant.contains(&what),
        what,
    }))
}

/// By what a patch says that it must be found.
fn found_by(patch: &str) -> Result<Vec<String>> {
    let mut lines = patch.lines();
    let line = lines.find_map(|line| line.strip_prefix(FOUND_BY));
    let names = line.context("it names nothing by which it is found")?;
    let names = names.trim_end_matches('.').split(", ");
    Ok(names.map(str::to_owned).collect())
}

/// What the simulator of the copy says of so many schedules.
fn play(tree: &Path, schedules: &str) -> Result<String> {
    let simulator = build(tree)?;
    let range = ["--schedules", schedules, "--from", "0"];
    let (_, said) = Job::new(simulator, &range).listen()?;
    Ok(said)
}

/// The first schedule that went wrong, and what was not as it must be there.
fn first_wrong(said: &str) -> Result<Option<(u64, String)>> {
    let Some(line) = said.lines().find_map(|line| line.strip_prefix("seed ")) else {
        ensure!(
            said.contains(" schedules, "),
            "the simulator did not play: {said}"
        );
        return Ok(None);
    };
    let (seed, rest) = line.split_once(": ").context("a seed without a reason")?;
    let what = rest.split(": ").next().unwrap_or(rest);
    Ok(Some((seed.parse()?, what.to_owned())))
}

/// The copy in which faults are planted, from the root of the repository.
const TREE: &str = "target/planted/tree";

/// Makes the copy as the work tree is. Files that are the same are not touched, so that only what
/// changes is compiled.
fn copy_sources(tree: &Path) -> Result<()> {
    let listed = [
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ];
    let listed = Job::new("git", &listed).capture()?;
    let mut kept = BTreeSet::new();
    for name in listed.split('\0').filter(|name| !name.is_empty()) {
        let (from, to) = (shell::root().join(name), tree.join(name));
        if !from.is_file() {
            continue;
        }
        let bytes = files::read(&from)?;
        if !to.is_file() || files::read(&to)? != bytes {
            let folder = to.parent().context("a file without a folder")?;
            std::fs::create_dir_all(folder)?;
            files::write(&to, bytes)?;
        }
        kept.insert(to);
    }
    for file in files::under(tree)? {
        if !kept.contains(&file) {
            std::fs::remove_file(file)?;
        }
    }
    Ok(())
}

fn apply(name: &str, how: &[&str]) -> Result<()> {
    let mut arguments = vec!["apply"];
    arguments.extend(how);
    let (applies, said) = Job::new("git", &arguments).argument(patch(name)).listen()?;
    ensure!(applies, "the patch does not apply: {said}");
    Ok(())
}

fn patch(name: &str) -> PathBuf {
    shell::root()
        .join("tests/planted")
        .join(format!("{name}.patch"))
}

/// Builds the simulator of the copy.
fn build(tree: &Path) -> Result<PathBuf> {
    let folder = shell::root().join("target/planted/build");
    let arguments = [
        "build",
        "--profile",
        "planted",
        "-p",
        "acceptance",
        "--bin",
        "simulate",
    ];
    let job = Job::cargo(&arguments).argument("--features=simulation");
    let job = job
        .argument("--target-dir")
        .argument(&folder)
        .in_folder(tree);
    let (builds, said) = job.listen()?;
    ensure!(builds, "it does not build:\n{said}");
    Ok(folder.join("planted/simulate"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_patch_applies_and_says_what_it_breaks_and_by_what_it_is_found() {
        let invariants = shell::root().join("tests/simulation/invariants.rs");
        let invariants = files::read_text(&invariants).unwrap();
        for fault in FAULTS {
            let text = files::read_text(&patch(fault)).unwrap();
            let why = text.lines().next().unwrap();
            assert!(why.contains(' ') && why.ends_with('.'), "{fault}");
            for name in found_by(&text).unwrap() {
                // That the code panics says nothing of what the schedules look at.
                let is_looked_at = name != "panic" && invariants.contains(&format!("\"{name}\""));
                assert!(is_looked_at, "{fault}: {name}");
            }
            apply(fault, &["--check"]).unwrap();
        }
    }

    #[test]
    fn what_was_wrong_is_read_from_what_the_simulator_says() {
        let said = "seeds 0 to 9\n3 schedules, 600 steps\nseed 2: act lost: \"act 3\": here\n";
        let wrong = first_wrong(said).unwrap();
        assert_eq!(wrong, Some((2, "act lost".to_owned())));
        assert_eq!(first_wrong("9 schedules, 1 steps").unwrap(), None);
        assert!(first_wrong("no such program").is_err());
    }

    #[test]
    fn every_patch_is_planted() {
        let folder = shell::root().join("tests/planted");
        let named: BTreeSet<PathBuf> = FAULTS.map(patch).into_iter().collect();
        let found: BTreeSet<PathBuf> = files::under(&folder).unwrap().into_iter().collect();
        assert_eq!(named, found);
    }
}
