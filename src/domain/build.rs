//! Reads the shipped procedure file, so that the app carries no reader of TOML.

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use sha2::{Digest, Sha256};

const FILE: &str = "procedure/property.toml";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={FILE}");
    let text = fs::read_to_string(FILE)?;
    let table: toml::Table = toml::from_str(&text)?;
    let out = PathBuf::from(env::var("OUT_DIR")?).join("property.json");
    fs::write(out, serde_json::to_string(&table)?)?;
    let mut hash = String::new();
    for byte in Sha256::digest(&text) {
        write!(hash, "{byte:02x}")?;
    }
    println!("cargo::rustc-env=DOORSTEP_PROPERTY_HASH={hash}");
    Ok(())
}
