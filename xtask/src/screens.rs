//! `cargo xtask screens`: pictures of every screen of the training site.

use anyhow::Result;

use crate::build::{self, Form};
use crate::cli::Flags;
use crate::setup;
use crate::shell::{self, Job};

/// Builds what changed, and has the acceptance package take the pictures, all or those whose names
/// begin with `--only`. The last line of its output says how many there are; a screen without a
/// picture is a failure.
pub(crate) fn run(flags: &Flags) -> Result<()> {
    let job = acceptance_tool("screens", Form::Tests)?;
    let folder = shell::root().join(flags.value("out", "screens"));
    println!("screens: usually 3 minutes");
    job.argument(&folder)
        .argument(flags.value("only", ""))
        .run()
}

/// Builds what changed of app and endpoint, finds the browser, and prepares a program of the
/// acceptance package that drives them.
pub(crate) fn acceptance_tool(name: &str, form: Form) -> Result<Job> {
    build::app_with_setup()?;
    let driver = setup::browser::find_or_install()?;
    let server = build::server(form)?;
    let arguments = [
        "run",
        "--quiet",
        "--profile",
        form.profile(),
        "-p",
        "acceptance",
    ];
    let job = Job::cargo(&arguments)
        .argument("--bin")
        .argument(name)
        .argument("--")
        .env("DOORSTEP_DIST", shell::dist_dir())
        .env("DOORSTEP_BIN", server)
        .env("CHROMEDRIVER", driver);
    Ok(job)
}
