//! `cargo xtask kills`: the endpoint killed again and again while tablets write and send.

use anyhow::Result;

use crate::build;
use crate::cli::Flags;
use crate::shell::Job;

/// Kills where nothing else is asked for.
const TIMES: &str = "200";

/// Builds the endpoint and has the acceptance test kill it so often. The test's last line has the
/// figures.
pub(crate) fn run(flags: &Flags) -> Result<()> {
    let server = build::server()?;
    let name = "server_kill::no_acknowledged_entry_is_missing_and_none_is_there_twice";
    let mut arguments = vec!["test", "-p", "acceptance", "--test", "it", "--"];
    arguments.extend(["--exact", name, "--nocapture"]);
    Job::cargo(&arguments)
        .env("DOORSTEP_BIN", server)
        .env("DOORSTEP_KILLS", flags.value("times", TIMES))
        .run()
}
