//! `cargo xtask planted`: whether the simulator finds faults that are planted in the sources. Each
//! is a patch in `tests/planted`, whose first line says what is broken and why it matters; it is
//! applied to a copy of the work tree, and the simulator built from that plays schedules until
//! something is not as it must be.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::cli::Flags;
use crate::files;
use crate::shell::{self, Job};

/// Most schedules that are played to find a fault.
const SCHEDULES_MAX: &str = "10000";

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
    let (mut found, mut failed) = (0, 0);
    for fault in &faults {
        let outcome = match find(fault) {
            Ok(Some((seed, what))) => {
                found += 1;
                format!("schedule {seed}: {what}")
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

/// The first schedule that shows a fault, and what was not as it must be there.
fn find(name: &str) -> Result<Option<(u64, String)>> {
    let tree = shell::root().join(TREE);
    copy_sources(&tree)?;
    apply(name, &["--directory", TREE])?;
    let built = build(&tree);
    let played = built.and_then(|simulator| {
        let range = ["--schedules", SCHEDULES_MAX, "--from", "0"];
        Job::new(simulator, &range).listen()
    });
    // As it was, so that the next one is planted in what is sound.
    copy_sources(&tree)?;
    let (_, said) = played?;
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
    fn every_patch_applies_and_says_what_it_breaks() {
        for fault in FAULTS {
            let text = files::read_text(&patch(fault)).unwrap();
            let why = text.lines().next().unwrap();
            assert!(why.contains(' ') && why.ends_with('.'), "{fault}");
            apply(fault, &["--check"]).unwrap();
        }
    }

    #[test]
    fn every_patch_is_planted() {
        let folder = shell::root().join("tests/planted");
        let named: BTreeSet<PathBuf> = FAULTS.map(patch).into_iter().collect();
        let found: BTreeSet<PathBuf> = files::under(&folder).unwrap().into_iter().collect();
        assert_eq!(named, found);
    }
}
