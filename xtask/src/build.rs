//! The app and the endpoint, built only where something changed.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::setup::wasm::WasmToolchain;
use crate::shell::{self, Job};
use crate::{files, setup};

/// Everything the app is made of; [`app`] builds again when one of these changes.
const INPUTS: [&str; 17] = [
    "src/domain",
    "src/json",
    "src/record",
    "src/sorted",
    "src/view",
    "src/sync",
    "src/app",
    "style",
    "public",
    "index.html",
    "Trunk.toml",
    "Cargo.toml",
    "Cargo.lock",
    ".cargo/config.toml",
    "xtask/src/precache.rs",
    "xtask/src/setup/tools.rs",
    "xtask/src/setup/wasm.rs",
];

/// Stands in `dist/`: the digest of the inputs it was built from.
const STAMP: &str = ".inputs";

/// Builds the app into `dist/` in release form, unless what lies there is of these very inputs.
pub(crate) fn app(toolchain: &WasmToolchain) -> Result<()> {
    let digest = inputs_digest(toolchain)?;
    let stamp = shell::dist_dir().join(STAMP);
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == digest) {
        println!("app: nothing changed");
        return Ok(());
    }
    println!("app: building, usually 4 minutes the first time, 30 seconds after a change");
    let begun = Instant::now();
    // Trunk is told to download nothing, and tells cargo the same.
    Job::cargo(&["fetch"])
        .run()
        .context("the packages of Cargo.lock could not be fetched")?;
    let xtask = std::env::current_exe().context("the hook of Trunk.toml calls this program")?;
    let trunk = Job::new("trunk", &["build", "--release", "--offline"]).env("XTASK", xtask);
    toolchain.for_release(trunk)?.run()?;
    files::write(&stamp, digest)?;
    println!("app: built in {} s", begun.elapsed().as_secs());
    Ok(())
}

/// How a program that runs on the machine itself is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As tests are, with most of what it uses compiled once for both; what computes is optimised.
    Tests,
    /// As the endpoint is put to use.
    Release,
}

impl Form {
    /// Cargo's name for it.
    pub(crate) fn profile(self) -> &'static str {
        match self {
            Self::Tests => "dev",
            Self::Release => "release",
        }
    }

    /// The folder of what is built so.
    fn folder(self) -> &'static str {
        match self {
            Self::Tests => "debug",
            Self::Release => "release",
        }
    }
}

/// Builds the endpoint; returns the path of `doorstep`.
pub(crate) fn server(form: Form) -> Result<PathBuf> {
    println!("endpoint: building, usually 2 minutes the first time");
    let begun = Instant::now();
    let arguments = ["build", "--profile", form.profile(), "--package", "server"];
    Job::cargo(&arguments).run()?;
    println!("endpoint: built in {} s", begun.elapsed().as_secs());
    Ok(shell::target_dir()
        .join(form.folder())
        .join(format!("doorstep{}", std::env::consts::EXE_SUFFIX)))
}

/// Finds or installs what a build of the app needs, then builds it.
pub(crate) fn app_with_setup() -> Result<WasmToolchain> {
    let toolchain = setup::wasm::find_or_install()?;
    setup::tools::for_the_app()?;
    app(&toolchain)?;
    Ok(toolchain)
}

/// Finds or installs what the builds need, then makes the app and the endpoint; returns the path of
/// `doorstep`. One after the other: beside each other they take longer on two processors.
pub(crate) fn all_with_setup() -> Result<PathBuf> {
    app_with_setup()?;
    server(Form::Tests)
}

fn inputs_digest(toolchain: &WasmToolchain) -> Result<String> {
    let root = shell::root();
    let mut whole = toolchain.version()?;
    for input in INPUTS {
        let path = root.join(input);
        let found = if path.is_dir() {
            files::under(&path)?
        } else {
            vec![path]
        };
        for path in found {
            let digest = files::sha256(&files::read(&path)?);
            whole.push_str(&format!(
                "{} {digest}\n",
                path.strip_prefix(&root)?.display()
            ));
        }
    }
    Ok(files::sha256(whole.as_bytes()))
}
