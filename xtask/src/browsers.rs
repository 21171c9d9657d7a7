//! `cargo xtask browsers`: journeys without a network on Firefox and WebKitGTK, as far as their
//! drivers allow. They are not among the tests: those run on Chromium.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::cli::Flags;
use crate::setup::{announce, apt_install, tools};
use crate::shell::{self, Job, which};
use crate::{build, setup};

/// An engine, the packages that bring it, and the journeys that its driver can make.
struct Engine {
    name: &'static str,
    /// A program, and the package of the system that brings it.
    packages: &'static [(&'static str, &'static str)],
    journeys: &'static [&'static str],
}

const ENGINES: [Engine; 2] = [
    Engine {
        name: "firefox",
        packages: &[("firefox-esr", "firefox-esr")],
        journeys: &[
            "browser::path::the_whole_path_offline_with_a_cold_start_in_the_middle",
            "browser::variants::a_revisit_by_telephone",
        ],
    },
    Engine {
        name: "webkit",
        packages: &[
            ("WebKitWebDriver", "webkit2gtk-driver"),
            ("xvfb-run", "xvfb"),
        ],
        // Its driver opens a browser that keeps nothing: no cold start.
        journeys: &["browser::variants::a_revisit_by_telephone"],
    },
];

/// Installs what is missing and makes the journeys.
pub(crate) fn run(flags: &Flags) -> Result<()> {
    let only = flags.value("only", "");
    let asked = |engine: &&Engine| only.is_empty() || engine.name == only;
    let engines: Vec<&Engine> = ENGINES.iter().filter(asked).collect();
    if engines.is_empty() {
        bail!("--only takes firefox or webkit");
    }
    let server = build::all_with_setup()?;
    let mut made = 0;
    for engine in &engines {
        let missing = engine
            .packages
            .iter()
            .filter(|(program, _)| which(program).is_none());
        let missing: Vec<&str> = missing.map(|(_, package)| *package).collect();
        if !missing.is_empty() {
            announce(&missing.join(", "), "1 minute");
            apt_install(&missing)?;
        }
        for journey in engine.journeys {
            println!("── {} {journey}", engine.name);
            journey_on(engine, journey, &server)?;
            made += 1;
        }
    }
    println!("{made} journeys on {} engines", engines.len());
    Ok(())
}

fn journey_on(engine: &Engine, journey: &str, server: &PathBuf) -> Result<()> {
    let test = [
        "test",
        "-p",
        "acceptance",
        "--test",
        "it",
        "--",
        "--exact",
        journey,
    ];
    let job = if engine.name == "webkit" {
        // It draws on a display, and its sandbox takes no root.
        let shown = ["-a", "cargo"].into_iter().chain(test);
        let shown: Vec<&str> = shown.collect();
        Job::new("xvfb-run", &shown).env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")
    } else {
        Job::cargo(&test).env("GECKODRIVER", tools::geckodriver()?)
    };
    job.env("DOORSTEP_BROWSER", engine.name)
        .env("DOORSTEP_DIST", shell::dist_dir())
        .env("DOORSTEP_BIN", server)
        .env("CHROMEDRIVER", setup::browser::find_or_install()?)
        .run()
        .with_context(|| format!("{journey} on {}", engine.name))
}
