//! `cargo xtask test`: all set-up, then every check and every test.

use std::path::Path;

use anyhow::Result;

use crate::cli::Flags;
use crate::setup::wasm::{TARGET, WasmToolchain};
use crate::shell::{self, Job};
use crate::tally::{Place, Tally};
use crate::{build, clauses, setup, simulate};

/// The crates that must do no I/O and read no clock. Each is checked by itself: together with the
/// others cargo would lend it their features, and `Utc::now()` would compile.
const PURE: [&str; 5] = ["json", "sorted", "domain", "record", "sync"];

/// Acceptance tests at one time: three journeys, which take turns at the processors, and what needs
/// no browser meanwhile.
const TESTS_AT_ONCE: &str = "5";

/// What is made in Chromium itself even where there is its headless shell: the main job with its
/// variants, and the kills.
const IN_CHROMIUM: [&str; 3] = [
    "browser::path::the_whole_path_offline_with_a_cold_start_in_the_middle",
    "browser::variants::",
    "browser::kills::",
];

/// Makes every step, whatever fails, and prints the counts.
pub(crate) fn run(flags: &Flags) -> Result<()> {
    setup::tools::for_the_checks()?;
    let toolchain = setup::wasm::find_or_install()?;
    setup::tools::for_the_app()?;
    let driver = setup::browser::find_or_install()?;
    let headless_shell = setup::browser::headless_shell(&driver);
    let mut tally = Tally::default();
    checks(&mut tally, &toolchain);
    host_tests(&mut tally);
    wasm_tests(&mut tally, &toolchain, &driver);
    acceptance_tests(&mut tally, &toolchain, (&driver, headless_shell.as_deref()));
    figures(&mut tally, flags);
    tally.finish()
}

fn checks(tally: &mut Tally, toolchain: &WasmToolchain) {
    tally.check("format", || Job::cargo(&["fmt", "--all", "--check"]).run());
    let whole = [
        "clippy",
        "--workspace",
        "--exclude",
        "app",
        "--features",
        "acceptance/simulation",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    tally.check("clippy", || Job::cargo(&whole).run());
    if toolchain.has_clippy() {
        let app = [
            "clippy",
            "-p",
            "app",
            "--all-targets",
            "--target",
            TARGET,
            "--",
            "-D",
            "warnings",
        ];
        tally.check("clippy of the app, wasm32", || {
            toolchain.apply(Job::cargo(&app)).run()
        });
    } else {
        println!("the wasm compiler has no clippy: the app is looked at as host code");
        let app = [
            "clippy",
            "-p",
            "app",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ];
        tally.check("clippy of the app, as host code", || Job::cargo(&app).run());
    }
    for name in PURE {
        tally.check(&format!("{name} by itself, host"), || {
            Job::cargo(&["check", "-p", name]).run()
        });
        let wasm = ["check", "-p", name, "--target", TARGET];
        tally.check(&format!("{name} by itself, wasm32"), || {
            toolchain.apply(Job::cargo(&wasm)).run()
        });
    }
}

fn host_tests(tally: &mut Tally) {
    let mut arguments = vec!["test", "--no-fail-fast", "--workspace"];
    arguments.extend(["--exclude", "acceptance"]);
    tally.tests("unit tests", Place::Host, Job::cargo(&arguments));
}

fn wasm_tests(tally: &mut Tally, toolchain: &WasmToolchain, driver: &Path) {
    if !shell::root().join("src/app/tests").is_dir() {
        return;
    }
    let job = Job::cargo(&["test", "--no-fail-fast", "-p", "app", "--target", TARGET]);
    let job = toolchain.apply(job).env("CHROMEDRIVER", driver);
    tally.tests("tests of the app, wasm32", Place::Wasm, job);
}

/// The tests of package `acceptance`: the endpoint as a process, and the built app it serves.
fn acceptance_tests(
    tally: &mut Tally,
    toolchain: &WasmToolchain,
    (driver, headless_shell): (&Path, Option<&Path>),
) {
    let has_app = tally.check("build of the app", || build::app(toolchain));
    let mut server = None;
    tally.check("build of the endpoint", || {
        server = Some(build::server()?);
        Ok(())
    });
    let (true, Some(server)) = (has_app, &server) else {
        let why = "the app or the endpoint was not built";
        tally.not_run("acceptance tests", Place::Host, why);
        return;
    };
    let tests = |filters: &[&str], engine: &str| {
        // With the simulator, which is run after them: what both are made of is compiled once.
        let mut arguments = vec!["test", "--no-fail-fast", "-p", "acceptance"];
        arguments.extend(["--features=simulation", "--"]);
        arguments.extend(filters);
        Job::cargo(&arguments)
            .env("RUST_TEST_THREADS", TESTS_AT_ONCE)
            .env("DOORSTEP_DIST", shell::dist_dir())
            .env("DOORSTEP_BIN", server)
            .env("DOORSTEP_BROWSER", engine)
            .env("CHROMEDRIVER", driver)
    };
    let Some(headless_shell) = headless_shell else {
        let all = tests(&[], "chromium");
        return tally.tests("acceptance tests", Place::Host, all);
    };
    let others: Vec<&str> = IN_CHROMIUM
        .iter()
        .flat_map(|name| ["--skip", name])
        .collect();
    let others = tests(&others, "shell").env("HEADLESS_SHELL", headless_shell);
    tally.tests("acceptance tests", Place::Host, others);
    let main = tests(&IN_CHROMIUM, "chromium");
    tally.tests("journeys in Chromium itself", Place::Host, main);
}

/// The figures. The size of the download is not among them until it is within its budget:
/// `cargo xtask size` says how far it is.
fn figures(tally: &mut Tally, flags: &Flags) {
    tally.check("simulation", simulate::few);
    tally.check("clauses", || clauses::run(flags));
}
