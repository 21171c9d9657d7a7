//! `cargo xtask test`: all set-up, then every check and every test.

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

/// Makes every step, whatever fails, and prints the counts.
pub(crate) fn run(flags: &Flags) -> Result<()> {
    setup::tools::for_the_checks()?;
    let toolchain = setup::wasm::find_or_install()?;
    setup::tools::for_the_app()?;
    let driver = setup::browser::find_or_install()?;
    let mut tally = Tally::default();
    checks(&mut tally, &toolchain);
    host_tests(&mut tally);
    wasm_tests(&mut tally, &toolchain, &driver);
    acceptance_tests(&mut tally, &toolchain, &driver);
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

fn wasm_tests(tally: &mut Tally, toolchain: &WasmToolchain, driver: &std::path::Path) {
    if !shell::root().join("src/app/tests").is_dir() {
        return;
    }
    let job = Job::cargo(&["test", "--no-fail-fast", "-p", "app", "--target", TARGET]);
    let job = toolchain.apply(job).env("CHROMEDRIVER", driver);
    tally.tests("tests of the app, wasm32", Place::Wasm, job);
}

/// The tests of package `acceptance`: the endpoint as a process, and the built app it serves.
fn acceptance_tests(tally: &mut Tally, toolchain: &WasmToolchain, driver: &std::path::Path) {
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
    // With the simulator, which is run after them: what both are made of is compiled once.
    let arguments = ["test", "--no-fail-fast", "-p", "acceptance"];
    let job = Job::cargo(&arguments)
        .argument("--features=simulation")
        .env("RUST_TEST_THREADS", TESTS_AT_ONCE)
        .env("DOORSTEP_DIST", shell::dist_dir())
        .env("DOORSTEP_BIN", server)
        .env("CHROMEDRIVER", driver);
    tally.tests("acceptance tests", Place::Host, job);
}

/// The figures. The size of the download is not among them until it is within its budget:
/// `cargo xtask size` says how far it is.
fn figures(tally: &mut Tally, flags: &Flags) {
    tally.check("simulation", simulate::few);
    tally.check("clauses", || clauses::run(flags));
}
