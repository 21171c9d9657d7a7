//! Names the shipped procedure file by its digest.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;

use sha2::{Digest, Sha256};

const FILE: &str = "procedure/property.toml";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={FILE}");
    let text = fs::read_to_string(FILE)?;
    let mut hash = String::new();
    for byte in Sha256::digest(&text) {
        write!(hash, "{byte:02x}")?;
    }
    println!("cargo::rustc-env=DOORSTEP_PROPERTY_HASH={hash}");
    Ok(())
}
