//! A compiler that can build for `wasm32-unknown-unknown`.
//!
//! First the ordinary toolchain, to which rustup adds the target. Where rustup can fetch nothing,
//! Debian's `rustc-web`, for which the standard library is built from its source; rustup then knows
//! that compiler as `debian`. `DOORSTEP_WASM_TOOLCHAIN` names another toolchain of rustup.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::shell::{Job, wasm_target_dir, which};
use crate::{files, shell};

/// The target of the app.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The name under which rustup knows Debian's compiler.
const DEBIAN: &str = "debian";

/// Compiler, linker and the source of the standard library.
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-22"];

/// How the compiler makes the release: a panic is the instruction `unreachable` and nothing more,
/// no place in the source and no derived `Debug` text is kept. A fifteenth of the download; the
/// boot script shows the plain page for it. Compilers before 1.91 do not know it.
const LEAN: &str =
    "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none";

/// The standard library is built with the app, in the same way.
const LEAN_STD: [(&str, &str); 2] = [
    ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort"),
    ("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size"),
];

/// A toolchain that has the standard library for [`TARGET`].
#[derive(Debug, Clone)]
pub(crate) struct WasmToolchain {
    /// Its name in rustup; none for the ordinary one.
    name: Option<String>,
}

impl WasmToolchain {
    /// `job` with this compiler, its outputs in a folder of their own.
    pub(crate) fn apply(&self, job: Job) -> Job {
        let job = job.env("CARGO_TARGET_DIR", wasm_target_dir());
        match &self.name {
            Some(name) => job.env("RUSTUP_TOOLCHAIN", name),
            None => job,
        }
    }

    /// `job` as [`Self::apply`] has it, for a small release build. Everything that this takes is
    /// fetched, so that the job needs no network.
    ///
    /// # Errors
    /// The source of the standard library, or of a package that it uses, is missing and cannot be
    /// had.
    pub(crate) fn for_release(&self, job: Job) -> Result<Job> {
        let source = self.source()?;
        if !source.is_file() {
            super::announce("the source of the standard library", "10 seconds");
            Job::new("rustup", &["component", "add", "rust-src"])
                .run()
                .context("rust-src is missing and rustup could not add it")?;
        }
        let source = source.to_string_lossy();
        let fetch = ["fetch", "--locked", "--manifest-path", source.as_ref()];
        self.apply(Job::cargo(&fetch))
            .env("RUSTC_BOOTSTRAP", "1")
            .run()
            .context("the packages of the standard library could not be fetched")?;
        let job = LEAN_STD
            .iter()
            .fold(self.apply(job), |job, (name, value)| job.env(name, *value));
        Ok(job
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", LEAN))
    }

    /// Where the manifest of the standard library's source is, or would be.
    fn source(&self) -> Result<PathBuf> {
        let sysroot = self
            .apply(Job::new("rustc", &["--print", "sysroot"]))
            .capture()?;
        Ok(Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/Cargo.toml"))
    }

    /// Whether clippy can look at the app for its own target.
    pub(crate) fn has_clippy(&self) -> bool {
        self.apply(Job::cargo(&["clippy", "--version"]))
            .capture()
            .is_ok()
    }

    /// The compiler's full version, part of what a build depends on.
    pub(crate) fn version(&self) -> Result<String> {
        self.apply(Job::new("rustc", &["-vV"])).capture()
    }

    fn has_target(&self) -> bool {
        let arguments = ["--print", "target-libdir", "--target", TARGET];
        self.apply(Job::new("rustc", &arguments))
            .capture()
            .is_ok_and(|folder| has_standard_library(Path::new(folder.trim())))
    }
}

/// Finds a toolchain or makes one.
pub(crate) fn find_or_install() -> Result<WasmToolchain> {
    if let Ok(name) = std::env::var("DOORSTEP_WASM_TOOLCHAIN") {
        let chosen = WasmToolchain {
            name: Some(name.clone()),
        };
        if !chosen.has_target() {
            bail!("toolchain {name} (DOORSTEP_WASM_TOOLCHAIN) has no {TARGET}");
        }
        return Ok(chosen);
    }
    let ordinary = WasmToolchain { name: None };
    let debian = WasmToolchain {
        name: Some(DEBIAN.to_owned()),
    };
    if let Some(ready) = [&ordinary, &debian]
        .into_iter()
        .find(|found| found.has_target())
    {
        return Ok(ready.clone());
    }
    if which("rustup").is_none() {
        bail!("the target {TARGET} is missing and there is no rustup to add it");
    }
    super::announce(&format!("the target {TARGET}"), "10 seconds");
    let added = Job::new("rustup", &["target", "add", TARGET])
        .env("RUSTUP_MAX_RETRIES", "1")
        .run();
    if added.is_ok() && ordinary.has_target() {
        return Ok(ordinary);
    }
    super::announce("a compiler that rustup can give; Debian's", "2 minutes");
    install_debian().context("no compiler for wasm32, neither by rustup nor from Debian")?;
    if !debian.has_target() {
        bail!("Debian's compiler was installed but has no {TARGET}");
    }
    Ok(debian)
}

fn has_standard_library(folder: &Path) -> bool {
    files::under(folder).is_ok_and(|found| {
        found.iter().any(|path| {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            name.starts_with("libstd-")
                && Path::new(name).extension().is_some_and(|end| end == "rlib")
        })
    })
}

/// Debian's packages, the standard library from source, and the link in rustup.
fn install_debian() -> Result<()> {
    super::apt_install(&DEBIAN_PACKAGES)?;
    let crate_folder = shell::tools_dir().join("std");
    let built = build_standard_library(&crate_folder)?;
    let sysroot = Job::new("/usr/bin/rustc", &["--print", "sysroot"]).capture()?;
    let library = Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(TARGET)
        .join("lib");
    std::fs::create_dir_all(&library)
        .with_context(|| format!("could not write to {}", library.display()))?;
    for path in files::under(&built)? {
        if let Some(name) = path
            .file_name()
            .filter(|_| files::has_extension(&path, &["rlib"]))
        {
            files::write(&library.join(name), files::read(&path)?)?;
        }
    }
    Job::new("rustup", &["toolchain", "link", DEBIAN, "/usr"]).run()
}

/// Builds std by way of an empty crate; returns the folder of its libraries.
fn build_standard_library(folder: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(folder.join("src"))
        .with_context(|| format!("could not write to {}", folder.display()))?;
    let manifest = "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n\
                    [workspace]\n\n[profile.release]\ncodegen-units = 16\n";
    files::write(&folder.join("Cargo.toml"), manifest)?;
    files::write(&folder.join("src/lib.rs"), "#![no_std]\n")?;
    let wanted = "-Zbuild-std=std,panic_abort,test";
    Job::new(
        "/usr/bin/cargo",
        &["build", "--release", "--target", TARGET, wanted],
    )
    .in_folder(folder)
    .env("RUSTC", "/usr/bin/rustc")
    .env("RUSTC_BOOTSTRAP", "1")
    .env("RUSTFLAGS", "-Cembed-bitcode=yes")
    .env("CARGO_TARGET_DIR", folder.join("target"))
    .without_env("RUSTUP_TOOLCHAIN")
    .run()?;
    Ok(folder.join("target").join(TARGET).join("release/deps"))
}
