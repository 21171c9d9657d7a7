//! `cargo xtask size`: what a tablet downloads before the app works.

use anyhow::{Result, bail};

use crate::cli::Flags;
use crate::{files, shell};

/// Bytes of wasm, js and css under Brotli: 450 kB of 1000 B, a minute on a poor mobile network.
const BUDGET_BYTES: u64 = 450_000;

/// Prints the size file by file and in all; fails above the budget.
pub(crate) fn run(_flags: &Flags) -> Result<()> {
    let dist = shell::dist_dir();
    let mut total = 0;
    for path in files::under(&dist)? {
        if !files::has_extension(&path, &["wasm", "js", "css"]) {
            continue;
        }
        let bytes = compressed_bytes(&path)?;
        total += bytes;
        println!(
            "{:>8} B  {}",
            bytes,
            path.strip_prefix(&dist).unwrap_or(&path).display()
        );
    }
    if total == 0 {
        bail!("dist/ holds no app; `cargo xtask run` builds it");
    }
    println!(
        "{} of {} kB (Brotli)",
        kilobytes(total),
        kilobytes(BUDGET_BYTES)
    );
    if total > BUDGET_BYTES {
        bail!("the app is {} B over its budget", total - BUDGET_BYTES);
    }
    Ok(())
}

/// What is really served: the `.br` beside the file, which `precache` wrote.
fn compressed_bytes(path: &std::path::Path) -> Result<u64> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".br");
    match std::fs::metadata(&beside) {
        Ok(found) => Ok(found.len()),
        Err(_) => bail!("{} has no .br beside it", path.display()),
    }
}

/// Bytes as kB with one decimal, 1 kB = 1000 B, rounded up: 450,001 B is not 450.0 kB.
fn kilobytes(bytes: u64) -> String {
    let tenths = bytes.div_ceil(100);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::kilobytes;

    #[test]
    fn a_byte_over_shows() {
        assert_eq!(kilobytes(450_000), "450.0");
        assert_eq!(kilobytes(450_001), "450.1");
        assert_eq!(kilobytes(99), "0.1");
    }
}
