//! `cargo xtask run`: from a fresh clone to the app in a browser.

use anyhow::{Context, Result};

use crate::build;
use crate::cli::Flags;
use crate::shell::{self, Job};

/// Builds what changed and becomes the endpoint, which prints its address and the join code.
pub(crate) fn run(flags: &Flags) -> Result<()> {
    let port: u16 = flags
        .value("port", "8080")
        .parse()
        .context("--port is a number to 65535")?;
    let server = build::all_with_setup()?;
    let listen = format!("127.0.0.1:{port}");
    let dist = shell::dist_dir();
    let dist = dist
        .to_str()
        .context("the path of the repository is not plain text")?;
    let mut arguments = vec!["serve", "--data", flags.value("data", "./data")];
    arguments.extend(["--dist", dist, "--listen", &listen]);
    if flags.has("training") {
        arguments.push("--training");
    }
    Job::new(server, &arguments).become_it()
}
