//! The endpoint as a process of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::client::Client;

/// Which site the endpoint keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// The training site, on its own clock.
    Training,
    /// Whatever the data folder holds.
    Real,
}

/// The endpoint's program: `DOORSTEP_BIN`, else what `cargo xtask run` built.
fn program() -> Result<PathBuf> {
    super::place("DOORSTEP_BIN", "target/debug/doorstep")
}

/// Reads a site file into a data folder, which is made where it is missing.
///
/// # Errors
/// The endpoint's program refuses the file.
pub async fn import_site(file: &Path, data: &Path) -> Result<()> {
    let file = file.to_str().context("a path that is text")?;
    said(&["site", "import", file], data).await.map(drop)
}

/// What the endpoint's program prints when it is asked to do something with a data folder.
///
/// # Errors
/// It refuses.
pub async fn said(arguments: &[&str], data: &Path) -> Result<String> {
    let mut command = Command::new(program()?);
    let done = command.args(arguments).arg("--data").arg(data).output();
    let done = done.await?;
    if !done.status.success() {
        bail!("{}", String::from_utf8_lossy(&done.stderr));
    }
    Ok(String::from_utf8(done.stdout)?)
}

/// An endpoint that runs; killed when it is dropped.
#[derive(Debug)]
pub struct Endpoint {
    child: Option<Child>,
    data: PathBuf,
    dist: PathBuf,
    site: Site,
    listen: SocketAddr,
    code: String,
    fingerprint: String,
    administrator: String,
}

impl Endpoint {
    /// Starts one on a free port with this data folder. The program is `DOORSTEP_BIN`, the built
    /// app `DOORSTEP_DIST`; without them what `cargo xtask run` built.
    ///
    /// # Errors
    /// It is not built, or does not begin to serve.
    pub async fn start(data: &Path, site: Site) -> Result<Self> {
        Self::start_with(data, site, &Self::built()?).await
    }

    /// Starts one that serves another build of the app than the one in `DOORSTEP_DIST`.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_with(data: &Path, site: Site, dist: &Path) -> Result<Self> {
        let mut endpoint = Self {
            child: None,
            data: data.to_path_buf(),
            dist: dist.to_path_buf(),
            site,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            code: String::new(),
            fingerprint: String::new(),
            administrator: String::new(),
        };
        endpoint.start_again().await?;
        Ok(endpoint)
    }

    /// The built app.
    ///
    /// # Errors
    /// It is not built.
    pub fn built() -> Result<PathBuf> {
        super::place("DOORSTEP_DIST", "dist")
    }

    /// Starts it again after [`Self::stop`] or [`Self::kill`], at the same address. Tablets know
    /// it by that address.
    ///
    /// # Errors
    /// It does not begin to serve.
    pub async fn start_again(&mut self) -> Result<()> {
        let program = program()?;
        let mut command = Command::new(&program);
        command.arg("serve").arg("--data").arg(&self.data);
        command.arg("--dist").arg(&self.dist);
        command.arg("--listen").arg(self.listen.to_string());
        if self.site == Site::Training {
            command.arg("--training");
        }
        let child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn();
        let mut child = child.with_context(|| format!("cannot start {}", program.display()))?;
        let output = child.stdout.take().context("the output is piped")?;
        let mut lines = BufReader::new(output).lines();
        let address = value(&mut lines, "address").await?;
        let address = address.strip_prefix("http://").unwrap_or(&address);
        self.listen = address.parse().context("the endpoint's address")?;
        self.code = value(&mut lines, "join code").await?;
        self.fingerprint = value(&mut lines, "root").await?;
        self.administrator = value(&mut lines, "administrator").await?;
        self.child = Some(child);
        Ok(())
    }

    /// Where tablets find it: `http://127.0.0.1:40123`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// The code with which a tablet joins.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The link by which the first administrator joins and signs in.
    #[must_use]
    pub fn administrator(&self) -> &str {
        &self.administrator
    }

    /// Codes with which its people sign in on one tablet, with their names. A training endpoint
    /// takes any.
    ///
    /// # Errors
    /// The endpoint's program makes none.
    pub async fn sign_in_codes(&self) -> Result<Vec<(String, String)>> {
        let lines = said(&["sign-in"], &self.data).await?;
        let pairs = lines.lines().filter_map(|line| {
            let mut words = line.split("  ");
            Some((words.next()?, words.next()?))
        });
        Ok(pairs
            .map(|(code, name)| (name.to_owned(), code.to_owned()))
            .collect())
    }

    /// A tablet without a browser that has joined, on which somebody has signed in.
    ///
    /// # Errors
    /// There is nobody of this name, or as [`Client::join`].
    pub async fn client(&self, name: &str, person: &str) -> Result<Client> {
        let codes = self.sign_in_codes().await?;
        let code = codes.iter().find(|(one, _)| one == person);
        let (_, code) = code.context("the person has a code")?;
        let mut client = Client::join(&self.listen.to_string(), &self.code, name, code)?;
        client.codes = codes;
        Ok(client)
    }

    /// Which site it keeps.
    #[must_use]
    pub fn site(&self) -> Site {
        self.site
    }

    /// The fingerprint of its root key.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Asks it to end, and waits. From now on every tablet is offline.
    ///
    /// # Errors
    /// It does not run, or does not end well.
    pub async fn stop(&mut self) -> Result<()> {
        let mut child = self.child.take().context("the endpoint does not run")?;
        let id = child.id().context("the endpoint has ended by itself")?;
        let asked = Command::new("kill").arg(id.to_string()).status().await?;
        let ended = child.wait().await?;
        if !asked.success() || !ended.success() {
            bail!("the endpoint ended with {ended}");
        }
        Ok(())
    }

    /// Ends it without warning.
    ///
    /// # Errors
    /// It does not run.
    pub async fn kill(&mut self) -> Result<()> {
        let mut child = self.child.take().context("the endpoint does not run")?;
        child.kill().await.context("killing the endpoint")
    }
}

/// The value of the next line the endpoint prints: `name  value`.
async fn value(lines: &mut Lines<BufReader<ChildStdout>>, name: &str) -> Result<String> {
    let line = lines.next_line().await?;
    let line = line.context("the endpoint ended before it served")?;
    match line.split_once("  ") {
        Some((word, value)) if word == name => Ok(value.to_owned()),
        _ => bail!("the endpoint printed {line:?} where {name} was expected"),
    }
}
