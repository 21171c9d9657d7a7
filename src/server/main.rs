//! `doorstep`: reads the command line, runs it, and says plainly what went wrong.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::cli::main()
}
