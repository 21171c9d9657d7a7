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

/// A fault that the simulator must find.
struct Fault {
    /// Name of the patch, without its ending.
    name: &'static str,
    /// Why there is none yet.
    missing: Option<&'static str>,
}

const fn planted(name: &'static str) -> Fault {
    Fault {
        name,
        missing: None,
    }
}

const fn missing(name: &'static str, why: &'static str) -> Fault {
    Fault {
        name,
        missing: Some(why),
    }
}

/// Every fault, whether it can be planted already or not.
const FAULTS: [Fault; 20] = [
    planted("acknowledged-before-commit"),
    planted("plain-feed-sequence"),
    planted("cursor-before-entries"),
    planted("marked-sent-by-status-200"),
    planted("same-position-other-bytes-ignored"),
    planted("fork-overwritten"),
    planted("tie-by-arrival"),
    planted("clock-error-with-wrong-sign"),
    planted("unknown-act-dropped-on-forwarding"),
    planted("batch-half-stored"),
    planted("epoch-unchanged-after-restore"),
    planted("unsent-acts-of-revoked-tablet-purged"),
    planted("search-postings-kept-after-lost-role"),
    planted("attachment-without-scope-check"),
    planted("summary-snapshot-stale"),
    planted("two-tabs-write"),
    planted("quota-error-swallowed"),
    planted("latest-receipt-wins"),
    missing("erased-body-breaks-chain", "there is no erasure"),
    planted("rejected-entry-holds-up-the-next"),
];

/// Plants each fault in turn and plays schedules until it is found.
pub(crate) fn run(flags: &Flags) -> Result<()> {
    let only: Vec<&str> = flags.value("only", "").split(',').collect();
    let only: Vec<&str> = only.into_iter().filter(|name| !name.is_empty()).collect();
    if let Some(name) = only
        .iter()
        .find(|name| FAULTS.iter().all(|f| f.name != **name))
    {
        bail!("there is no fault {name}");
    }
    let asked = |fault: &&Fault| only.is_empty() || only.contains(&fault.name);
    let faults: Vec<&Fault> = FAULTS.iter().filter(asked).collect();
    let (mut found, mut failed) = (0, 0);
    for fault in &faults {
        let outcome = match fault.missing {
            Some(why) => format!("MISSING: {why}"),
            None => match find(fault.name) {
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
            },
        };
        println!("{:38} {outcome}", fault.name);
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
        for fault in FAULTS.iter().filter(|fault| fault.missing.is_none()) {
            let text = files::read_text(&patch(fault.name)).unwrap();
            let why = text.lines().next().unwrap();
            assert!(why.contains(' ') && why.ends_with('.'), "{}", fault.name);
            apply(fault.name, &["--check"]).unwrap();
        }
    }

    #[test]
    fn every_patch_is_planted() {
        let folder = shell::root().join("tests/planted");
        let named = FAULTS.iter().filter(|fault| fault.missing.is_none());
        let named: BTreeSet<PathBuf> = named.map(|fault| patch(fault.name)).collect();
        let found: BTreeSet<PathBuf> = files::under(&folder).unwrap().into_iter().collect();
        assert_eq!(named, found);
    }
}
