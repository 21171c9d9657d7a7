//! `cargo xtask bench`: how soon a cold start answers, and the list once it is unlocked.

use anyhow::Result;

use crate::cli::Flags;
use crate::screens;

/// Builds what changed, and has the acceptance package measure the cold start. The last line of its
/// output holds the medians; one above its limit is a failure.
pub(crate) fn run(flags: &Flags) -> Result<()> {
    let cases = flags.value("cases", "1000");
    let job = screens::acceptance_tool("bench")?
        .argument("--cases")
        .argument(cases);
    println!("bench: usually 2 minutes; other work on the machine shows in the figures");
    job.run()
}
