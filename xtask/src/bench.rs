//! `cargo xtask bench`: how soon a cold start answers, and the list once it is unlocked.

use anyhow::Result;

use crate::build::Form;
use crate::cli::Flags;
use crate::screens;

/// Builds what changed, and has the acceptance package measure the cold start. The last line of its
/// output holds the medians; one above its limit is a failure.
pub(crate) fn run(flags: &Flags) -> Result<()> {
    let cases = flags.value("cases", "1000");
    // It records every case itself and the endpoint takes them: 10,000 in 4 minutes, else in 13.
    let job = screens::acceptance_tool("bench", Form::Release)?
        .argument("--cases")
        .argument(cases);
    println!("bench: usually 2 minutes, 8 with 10,000 cases; other work shows in the figures");
    job.run()
}
