//! `cargo xtask screens`: pictures of every screen of the training site.

use anyhow::Result;

use crate::cli::Flags;
use crate::shell::{self, Job};
use crate::{build, setup};

/// Builds what changed, and has the acceptance package take the pictures. The last line of its
/// output says how many there are; a screen without a picture is a failure.
pub(crate) fn run(flags: &Flags) -> Result<()> {
    build::app_with_setup()?;
    let driver = setup::browser::find_or_install()?;
    let server = build::server()?;
    let folder = shell::root().join(flags.value("out", "screens"));
    println!("screens: usually 3 minutes");
    let arguments = [
        "run",
        "--quiet",
        "-p",
        "acceptance",
        "--bin",
        "screens",
        "--",
    ];
    Job::cargo(&arguments)
        .argument(&folder)
        .env("DOORSTEP_DIST", shell::dist_dir())
        .env("DOORSTEP_BIN", server)
        .env("CHROMEDRIVER", driver)
        .run()
}
