//! What a fresh machine lacks, found or installed: nothing is fetched that is already there in the
//! right version, and what cannot be had ends the command with one line.
//!
//! - [`wasm`]: a compiler with the wasm32 target, by rustup or from Debian.
//! - [`tools`]: trunk, wasm-bindgen, wasm-opt, rustfmt and clippy.
//! - [`browser`]: Chromium, its driver, Chinese fonts.

pub(crate) mod browser;
pub(crate) mod tools;
pub(crate) mod wasm;

use anyhow::{Context, Result, bail};

use crate::shell::{Job, which};

/// Says what is about to be installed and how long it usually takes on two cores.
pub(crate) fn announce(what: &str, usually: &str) {
    println!("set-up: {what} is missing; installing it, usually {usually}");
}

/// Installs packages of Debian or Ubuntu. Needs root, or sudo that asks for no password.
pub(crate) fn apt_install(packages: &[&str]) -> Result<()> {
    if which("apt-get").is_none() {
        bail!(
            "no apt-get on this machine: install {} by hand",
            packages.join(", ")
        );
    }
    let is_root = Job::new("id", &["-u"])
        .capture()
        .is_ok_and(|id| id.trim() == "0");
    let apt = |arguments: &[&str]| {
        let job = if is_root {
            Job::new("apt-get", arguments)
        } else {
            let with_sudo: Vec<&str> = ["-n", "apt-get"].iter().chain(arguments).copied().collect();
            Job::new("sudo", &with_sudo)
        };
        job.env("DEBIAN_FRONTEND", "noninteractive").run()
    };
    apt(&["update", "-qq"]).context("the package lists could not be fetched")?;
    let mut install = vec!["install", "-y", "-qq", "--no-install-recommends"];
    install.extend(packages);
    apt(&install).with_context(|| format!("{} could not be installed", packages.join(", ")))
}
