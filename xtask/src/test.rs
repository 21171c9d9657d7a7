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

/// What is only ever a part of the app. The machine itself would have to compile Leptos for it.
const IN_THE_BROWSER: [&str; 2] = ["app", "view"];

/// Acceptance tests at one time: three journeys, which take turns at the processors, and what needs
/// no browser meanwhile.
const TESTS_AT_ONCE: &str = "5";

/// What is made in Chromium itself even where there is its headless shell: the main job with its
/// variants, the kills, and what lies on the disk, for it alone keeps a session, a history and what
/// was filled in.
const IN_CHROMIUM: [&str; 5] = [
    "browser::path::the_whole_path_offline_with_a_cold_start_in_the_middle",
    "browser::variants::",
    "browser::kills::",
    "browser::sealed::",
    "browser::elsewhere::",
];

/// Makes every step, whatever fails, and prints the counts. The size of the download is not among
/// them until it is within its budget: `cargo xtask size` says how far it is.
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
    let browser = (&*driver, headless_shell.as_deref());
    acceptance_tests(&mut tally, &toolchain, browser);
    tally.check("clauses", || clauses::run(flags));
    tally.finish()
}

fn checks(tally: &mut Tally, toolchain: &WasmToolchain) {
    tally.check("format", || Job::cargo(&["fmt", "--all", "--check"]).run());
    // The one program that no test uses; clippy looks at the others where their tests are built.
    let arguments = ["clippy", "--package=xtask", "--", "-Dwarnings"];
    tally.check("clippy of xtask", || Job::cargo(&arguments).run());
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

/// Compiles tests and all that they use with clippy as the compiler of our own crates, so that it
/// need not go through everything a second time. Answers how they are run then; where clippy had
/// something to say, as the compiler makes them.
fn lint(tally: &mut Tally, name: &str, tests: impl FnOnce(&[&str]) -> Job) -> fn(Job) -> Job {
    fn with_clippy(job: Job) -> Job {
        job.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver")
            .env("CLIPPY_ARGS", "-Dwarnings")
    }
    let build = with_clippy(tests(&["test", "--no-run"]));
    if tally.check(&format!("build with clippy, {name}"), || build.run()) {
        with_clippy
    } else {
        |job| job
    }
}

fn host_tests(tally: &mut Tally) {
    let tests = |arguments: &[&str]| {
        let job = Job::cargo(arguments).argument("--workspace");
        let others = IN_THE_BROWSER.iter().chain(&["acceptance"]);
        others.fold(job, |job, name| job.argument("--exclude").argument(name))
    };
    let compiled = lint(tally, "unit tests", tests);
    let job = compiled(tests(&["test", "--no-fail-fast"]));
    tally.tests("unit tests", Place::Host, job);
}

fn of_the_app(job: Job) -> Job {
    let packages = IN_THE_BROWSER.iter();
    packages.fold(job, |job, name| job.argument("--package").argument(name))
}

fn wasm_tests(tally: &mut Tally, toolchain: &WasmToolchain, driver: &Path) {
    let tests = |arguments: &[&str]| {
        let job = of_the_app(Job::cargo(arguments));
        toolchain.apply(job.argument("--target").argument(TARGET))
    };
    let name = "tests of the app, wasm32";
    let job = tests(&["test", "--no-fail-fast"]).env("CHROMEDRIVER", driver);
    let job = if toolchain.has_clippy() {
        lint(tally, name, tests)(job)
    } else {
        // Clippy then looks at the app as if it ran on the machine itself.
        tally.check("clippy of the app", || {
            let job = of_the_app(Job::cargo(&["clippy", "--all-targets"]));
            job.argument("--").argument("-Dwarnings").run()
        });
        job
    };
    tally.tests(name, Place::Wasm, job);
}

/// The tests of package `acceptance`: the endpoint as a process, and the built app it serves. And
/// a run of the simulator, which is made of the same.
fn acceptance_tests(
    tally: &mut Tally,
    toolchain: &WasmToolchain,
    (driver, headless_shell): (&Path, Option<&Path>),
) {
    let has_app = tally.check("build of the app", || build::app(toolchain));
    let mut server = None;
    tally.check("build of the endpoint", || {
        server = Some(build::server(build::Form::Tests)?);
        Ok(())
    });
    let tests = |arguments: &[&str]| {
        let job = Job::cargo(arguments).argument("--package=acceptance");
        job.argument("--features=simulation")
    };
    let compiled = lint(tally, "acceptance tests", tests);
    if let (true, Some(server)) = (has_app, &server) {
        let tests = |filters: &[&str], engine: &str| {
            let job = tests(&["test", "--no-fail-fast"]).argument("--");
            let job = filters.iter().fold(job, |job, filter| job.argument(filter));
            compiled(job)
                .env("RUST_TEST_THREADS", TESTS_AT_ONCE)
                .env("DOORSTEP_DIST", shell::dist_dir())
                .env("DOORSTEP_BIN", server)
                .env("DOORSTEP_BROWSER", engine)
                .env("CHROMEDRIVER", driver)
        };
        if let Some(headless_shell) = headless_shell {
            let others: Vec<&str> = IN_CHROMIUM
                .iter()
                .flat_map(|name| ["--skip", name])
                .collect();
            let others = tests(&others, "shell").env("HEADLESS_SHELL", headless_shell);
            tally.tests("acceptance tests", Place::Host, others);
            let main = tests(&IN_CHROMIUM, "chromium");
            tally.tests("journeys in Chromium itself", Place::Host, main);
        } else {
            tally.tests("acceptance tests", Place::Host, tests(&[], "chromium"));
        }
    } else {
        let why = "the app or the endpoint was not built";
        tally.not_run("acceptance tests", Place::Host, why);
    }
    tally.check("simulation", || compiled(simulate::few()).run());
}
