//! `cargo xtask bench`: how soon a cold start answers.

use anyhow::Result;

use crate::cli::Flags;
use crate::screens;

/// Builds what changed, and has the acceptance package measure the cold start. The last line of its
/// output holds the medians; one above its limit is a failure.
pub(crate) fn run(_: &Flags) -> Result<()> {
    let job = screens::acceptance_tool("bench")?;
    println!("bench: usually 2 minutes; other work on the machine shows in the figures");
    job.run()
}
