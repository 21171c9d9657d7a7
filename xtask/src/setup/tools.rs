//! The command-line tools of a build, each in the one version that fits.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::shell::{self, Job, which};
use crate::{files, setup};

/// The bundler. Its hooks and `pattern_script` are used as this version has them.
pub(crate) const TRUNK: &str = "0.21.14";

/// Firefox's driver.
const GECKODRIVER: &str = "0.37.1";

/// The package of npm whose `wasm-opt` shrinks the app, and its version.
const BINARYEN: &str = "binaryen@132.0.0";

/// All that a build of the app needs besides the compiler.
pub(crate) fn for_the_app() -> Result<()> {
    let bindgen = locked_version("wasm-bindgen")?;
    cargo_tool(&CargoTool {
        package: "wasm-bindgen-cli",
        programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
        version: &bindgen,
        // Its own lock file names a crate that registries may no longer give out.
        locked: false,
        // What goes through the whole app, at each build of it.
        optimised: &["walrus", "wasm-bindgen-cli-support", "wasmparser"],
        usually: "2 minutes",
    })?;
    cargo_tool(&CargoTool {
        package: "trunk",
        programs: &["trunk"],
        version: TRUNK,
        locked: true,
        // It waits for the compiler most of the time.
        optimised: &[],
        usually: "2 minutes",
    })?;
    wasm_opt()
}

/// Firefox's driver; returns its path (`GECKODRIVER` where set).
pub(crate) fn geckodriver() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("GECKODRIVER") {
        return Ok(named.into());
    }
    cargo_tool(&CargoTool {
        package: "geckodriver",
        programs: &["geckodriver"],
        version: GECKODRIVER,
        locked: true,
        optimised: &[],
        usually: "2 minutes",
    })?;
    which("geckodriver").context("geckodriver was installed and is not on the path")
}

/// rustfmt and clippy of the ordinary toolchain.
pub(crate) fn for_the_checks() -> Result<()> {
    for (component, arguments) in [
        ("rustfmt", ["fmt", "--version"]),
        ("clippy", ["clippy", "--version"]),
    ] {
        if Job::cargo(&arguments).capture().is_ok() {
            continue;
        }
        setup::announce(component, "10 seconds");
        Job::new("rustup", &["component", "add", component])
            .run()
            .with_context(|| format!("{component} is missing and rustup could not add it"))?;
    }
    Ok(())
}

struct CargoTool<'a> {
    package: &'a str,
    programs: &'a [&'a str],
    version: &'a str,
    locked: bool,
    /// The packages of it that are optimised: with all of them it takes twice as long.
    optimised: &'a [&'a str],
    usually: &'a str,
}

fn cargo_tool(tool: &CargoTool<'_>) -> Result<()> {
    let is_there = |program: &&str| {
        let said = Job::new(program, &["--version"])
            .capture()
            .unwrap_or_default();
        said.split_whitespace().any(|word| word == tool.version)
    };
    if tool.programs.iter().all(is_there) {
        return Ok(());
    }
    setup::announce(&format!("{} {}", tool.package, tool.version), tool.usually);
    let package = format!("{}@{}", tool.package, tool.version);
    let folder = shell::tools_dir();
    let folder = folder
        .to_str()
        .context("the path of the repository is not plain text")?;
    let mut arguments = vec!["install", "--quiet", "--force", "--root", folder, &package];
    if tool.locked {
        arguments.push("--locked");
    }
    let optimised = tool.optimised.iter();
    let optimised = optimised.map(|name| format!("profile.release.package.{name}.opt-level=1"));
    // As shipped these profiles take 16 minutes for trunk alone.
    optimised
        .fold(Job::cargo(&arguments), |job, level| {
            job.argument("--config").argument(level)
        })
        .env("CARGO_PROFILE_RELEASE_LTO", "false")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .without_env("CARGO_TARGET_DIR")
        .run()
        .with_context(|| format!("{package} could not be installed"))?;
    if tool.programs.iter().all(is_there) {
        return Ok(());
    }
    bail!("{package} was installed but does not answer with its version")
}

/// `wasm-opt` from the path, else from npm. Without it trunk would try to download one.
fn wasm_opt() -> Result<()> {
    if Job::new("wasm-opt", &["--version"]).capture().is_ok() {
        return Ok(());
    }
    if which("npm").is_none() {
        setup::announce("npm", "1 minute");
        setup::apt_install(&["npm"])?;
    }
    setup::announce("wasm-opt", "10 seconds");
    let folder = shell::tools_dir();
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("could not write to {}", folder.display()))?;
    let prefix = folder
        .to_str()
        .context("the path of the repository is not plain text")?;
    let arguments = [
        "install",
        "--prefix",
        prefix,
        "--no-audit",
        "--no-fund",
        "--silent",
        BINARYEN,
    ];
    Job::new("npm", &arguments)
        .run()
        .context("wasm-opt could not be installed by npm")?;
    Job::new("wasm-opt", &["--version"])
        .capture()
        .context("wasm-opt was installed but fails")?;
    Ok(())
}

/// The version that `Cargo.lock` holds of a package.
fn locked_version(package: &str) -> Result<String> {
    let lock = files::read_text(&shell::root().join("Cargo.lock"))?;
    version_in(&lock, package).with_context(|| format!("Cargo.lock does not name {package}"))
}

fn version_in(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|&line| line != name).skip(1);
    let version = lines
        .next()?
        .strip_prefix("version = \"")?
        .strip_suffix('"')?;
    Some(version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn the_version_stands_under_the_whole_name() {
        let lock = "name = \"wasm-bindgen-futures\"\nversion = \"0.4.1\"\n\n\
                    name = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(version_in(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in(lock, "bindgen"), None);
    }
}
