//! Set-up, the main job and every test, each by one command.
//!
//! - [`run`]: builds what changed and starts the endpoint with the app.
//! - [`test`]: every check and every test, with a table of counts.
//! - [`precache`]: what the service worker keeps; called by Trunk after each build.
//! - [`size`]: what a tablet downloads.
//! - [`clauses`]: which clauses of the procedures have their proof.
//! - [`kills`]: the endpoint killed under load.
//! - [`simulate`]: seeded schedules; [`planted`]: whether they find faults that are planted.
//! - [`browsers`]: journeys on other engines.
//! - [`screens`]: pictures of every screen.
//! - [`bench`]: how soon a cold start answers.
//! - [`setup`]: finds or installs the tools; [`build`]: the app and the endpoint.
//! - `tidy`: rules about the sources themselves, as tests of this package.
//!
//! A new command is a module with `fn run(&Flags) -> Result<()>` and a row in [`COMMANDS`].
#![expect(
    clippy::print_stdout,
    reason = "a command-line tool talks on its standard output"
)]

mod bench;
mod browsers;
mod build;
mod clauses;
mod cli;
mod files;
mod kills;
mod planted;
mod precache;
mod run;
mod screens;
mod setup;
mod shell;
mod simulate;
mod size;
mod tally;
mod test;
#[cfg(test)]
mod tidy;

use std::process::ExitCode;

use cli::{Command, Flags};

/// Everything `cargo xtask` can be asked for, in the order of its help.
const COMMANDS: &[Command] = &[
    Command {
        name: "run",
        help: "build what changed, start the endpoint, serve the app \
               [--training] [--port 8080] [--data ./data]",
        switches: &["training"],
        values: &["port", "data"],
        run: run::run,
    },
    Command {
        name: "test",
        help: "every check and every test [--mutate]",
        switches: &["mutate"],
        values: &[],
        run: test::run,
    },
    Command {
        name: "size",
        help: "kB (Brotli) of wasm, js and css in dist/; fails above the budget",
        switches: &[],
        values: &[],
        run: size::run,
    },
    Command {
        name: "clauses",
        help: "how many clauses, switches and clocks have their proof [--mutate]",
        switches: &["mutate"],
        values: &[],
        run: clauses::run,
    },
    Command {
        name: "simulate",
        help: "seeded schedules of tablets, endpoint and what goes wrong between them \
               [--schedules 1000] [--from 0]; or the sums of what earlier runs said \
               [--add FILE,FILE]",
        switches: &[],
        values: &["schedules", "from", "add"],
        run: simulate::run,
    },
    Command {
        name: "kills",
        help: "the endpoint killed with -9 while tablets write and send: nothing acknowledged is \
               missing [--times 200]; or a browser in the middle of its writes [--browser 100]",
        switches: &[],
        values: &["times", "browser"],
        run: kills::run,
    },
    Command {
        name: "planted",
        help: "whether the schedules find each fault of tests/planted [--only NAME,NAME]",
        switches: &[],
        values: &["only"],
        run: planted::run,
    },
    Command {
        name: "browsers",
        help: "journeys without a network on Firefox and WebKitGTK [--only firefox]",
        switches: &[],
        values: &["only"],
        run: browsers::run,
    },
    Command {
        name: "screens",
        help: "pictures of every screen, three sizes, light and dark \
               [--only BEGINNING OF A NAME] [--out screens]",
        switches: &[],
        values: &["only", "out"],
        run: screens::run,
    },
    Command {
        name: "bench",
        help: "the cold start without a network, and the list once it is unlocked [--cases 1000]; \
               fails above 1.0 s each, or 2.0 and 2.5 s with 4x CPU slowdown",
        switches: &[],
        values: &["cases"],
        run: bench::run,
    },
    Command {
        name: "precache",
        help: "the list of a build for the service worker, and its .br files (Trunk's hook)",
        switches: &[],
        values: &[],
        run: precache::run,
    },
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        print!("{}", cli::help(COMMANDS));
        let asked_for_help = matches!(name.as_str(), "help" | "--help" | "-h");
        return if asked_for_help {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(2)
        };
    };
    match Flags::parse(command, arguments).and_then(|flags| (command.run)(&flags)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
