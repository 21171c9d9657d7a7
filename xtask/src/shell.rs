//! Other programs: how they are started, and where the repository and its outputs lie.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package
        .parent()
        .map_or_else(|| package.clone(), Path::to_path_buf)
}

/// Where host builds go: `CARGO_TARGET_DIR`, else `target/`.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// Where wasm builds go: a folder of their own, since another compiler may make them.
pub(crate) fn wasm_target_dir() -> PathBuf {
    target_dir().join("wasm")
}

/// Where tools are installed that the machine does not have.
pub(crate) fn tools_dir() -> PathBuf {
    root().join("target/tools")
}

/// The built app.
pub(crate) fn dist_dir() -> PathBuf {
    root().join("dist")
}

/// A program about to be started in the root of the repository, with our own tools on its path.
pub(crate) struct Job {
    command: Command,
    line: String,
}

impl Job {
    /// `program` with `arguments`.
    pub(crate) fn new(program: impl AsRef<OsStr>, arguments: &[&str]) -> Self {
        let program = program.as_ref();
        let mut command = Command::new(program);
        // Trunk reads NO_COLOR as a flag of its own and refuses the usual value 1.
        command
            .args(arguments)
            .current_dir(root())
            .env("PATH", search_path());
        command.env_remove("NO_COLOR");
        let line = format!("{} {}", program.to_string_lossy(), arguments.join(" "));
        Self { command, line }
    }

    /// `cargo` with `arguments`.
    pub(crate) fn cargo(arguments: &[&str]) -> Self {
        Self::new("cargo", arguments)
    }

    /// Adds an argument that need not be plain text: a path.
    pub(crate) fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Sets a variable of the environment.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Takes a variable out of the environment.
    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Starts in `folder` instead of the root.
    pub(crate) fn in_folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs it to its end, its output passing through.
    pub(crate) fn run(mut self) -> Result<()> {
        let status = self.command.stdin(Stdio::null()).status();
        let status = status.with_context(|| format!("could not start `{}`", self.line))?;
        if !status.success() {
            bail!("`{}` failed ({status})", self.line);
        }
        Ok(())
    }

    /// Runs it to its end and returns its standard output; its errors are dropped.
    pub(crate) fn capture(mut self) -> Result<String> {
        let output = self
            .command
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output();
        let output = output.with_context(|| format!("could not start `{}`", self.line))?;
        if !output.status.success() {
            bail!("`{}` failed ({})", self.line, output.status);
        }
        String::from_utf8(output.stdout).with_context(|| format!("`{}` printed no text", self.line))
    }

    /// Runs it to its end. Says whether it succeeded, and all that it printed.
    pub(crate) fn listen(mut self) -> Result<(bool, String)> {
        let output = self.command.stdin(Stdio::null()).output();
        let output = output.with_context(|| format!("could not start `{}`", self.line))?;
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8_lossy(&printed).into_owned();
        Ok((output.status.success(), printed))
    }

    /// Runs it to its end, passes each line of its output on and gives it to `see`.
    /// Says whether it succeeded.
    pub(crate) fn watch(mut self, mut see: impl FnMut(&str)) -> Result<bool> {
        let child = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = child.with_context(|| format!("could not start `{}`", self.line))?;
        let output = child.stdout.take().context("the output is piped")?;
        for line in BufReader::new(output).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            see(&line);
        }
        Ok(child.wait()?.success())
    }

    /// Becomes the program where the system can do that, so that signals reach it directly;
    /// elsewhere waits for its end.
    pub(crate) fn become_it(mut self) -> Result<()> {
        #[cfg(unix)]
        {
            let error = std::os::unix::process::CommandExt::exec(&mut self.command);
            Err(error).with_context(|| format!("could not start `{}`", self.line))
        }
        #[cfg(not(unix))]
        self.run()
    }
}

/// The path with our own tools in front.
fn search_path() -> std::ffi::OsString {
    let mut folders = vec![
        tools_dir().join("bin"),
        tools_dir().join("node_modules/.bin"),
    ];
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&inherited));
    std::env::join_paths(folders).unwrap_or(inherited)
}

/// Where `program` is found on the path, if at all.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&search_path())
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}
