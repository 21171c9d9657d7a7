//! Turns the locale files into code, and reads and checks the procedure file. A missing or surplus
//! key, or a word the file may not use, fails the build.

use std::error::Error;
use std::path::PathBuf;

use domain::procedure::Procedure;
use leptos_i18n_codegen::gen_code;
use leptos_i18n_parser::parse_locales::options::{Config, ParseOptions};
use leptos_i18n_parser::parse_locales::parse_locales;

/// One file each under `locales/<language>/`.
const NAMESPACES: [&str; 9] = [
    "common", "act", "today", "intake", "case", "visit", "print", "device", "admin",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=build.rs");
    let options = ParseOptions::new().interpolate_display(true);
    let config = Config::new("zh-Hant")?
        .add_namespaces(NAMESPACES)?
        .parse_options(options);
    procedure()?;
    let parsed = parse_locales(None, config)?;
    for problem in parsed.diag.errors().iter() {
        println!("cargo::error={problem}");
    }
    for problem in parsed.diag.warnings().iter() {
        println!("cargo::error={problem}");
    }
    let code = gen_code(&parsed, None, false, None, false)?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("i18n.rs");
    std::fs::write(out, code.to_string())?;
    Ok(())
}

/// The procedure as the app carries it: read and checked, without a reader of TOML.
fn procedure() -> Result<(), Box<dyn Error>> {
    let bytes = postcard::to_allocvec(&Procedure::property()?)?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("property.postcard");
    std::fs::write(out, bytes)?;
    Ok(())
}
