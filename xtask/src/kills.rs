//! `cargo xtask kills`: the endpoint killed again and again while tablets write and send, and a
//! browser in the middle of its writes.

use anyhow::Result;

use crate::build::{self, Form};
use crate::cli::Flags;
use crate::setup;
use crate::shell::{self, Job};

/// Kills where nothing else is asked for.
const TIMES: &str = "200";

/// Builds the endpoint and has the acceptance test kill it, or the browser, so often. The test's
/// last line has the figures.
pub(crate) fn run(flags: &Flags) -> Result<()> {
    let in_browser = flags.value("browser", "");
    let (server, name, times) = if in_browser.is_empty() {
        let name = "server_kill::no_acknowledged_entry_is_missing_and_none_is_there_twice";
        (
            build::server(Form::Release)?,
            name,
            flags.value("times", TIMES),
        )
    } else {
        let name = "browser::kills::a_kill_in_the_middle_of_a_write_leaves_the_act_or_its_draft";
        (build::all_with_setup()?, name, in_browser)
    };
    let mut arguments = vec!["test", "-p", "acceptance", "--test", "it", "--"];
    arguments.extend(["--exact", name, "--nocapture"]);
    Job::cargo(&arguments)
        .env("DOORSTEP_BIN", server)
        .env("DOORSTEP_DIST", shell::dist_dir())
        .env("CHROMEDRIVER", setup::browser::find_or_install()?)
        .env("DOORSTEP_KILLS", times)
        .run()
}
