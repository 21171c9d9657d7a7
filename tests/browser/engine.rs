//! The engines that the journeys can run on, each with its driver.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use thirtyfour::Capabilities;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::{LAN_HOST, Size};

/// Tries to start a driver.
const STARTS_MAX: u32 = 5;

/// An engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Chromium, through chromedriver.
    Chromium,
    /// Chromium's headless shell, through the same driver: its pages, network and storage without
    /// its windows. It starts and draws in two thirds of the time.
    Shell,
    /// Firefox, through geckodriver.
    Firefox,
    /// WebKitGTK's MiniBrowser, through its own driver. It keeps nothing from one start to the
    /// next, and needs a display.
    WebKit,
}

impl Engine {
    /// The one that `DOORSTEP_BROWSER` asks for; Chromium where it asks for none.
    ///
    /// # Errors
    /// It asks for another.
    pub fn asked() -> Result<Self> {
        let asked = std::env::var("DOORSTEP_BROWSER").unwrap_or_default();
        Ok(match asked.as_str() {
            "" | "chromium" => Self::Chromium,
            "shell" => Self::Shell,
            "firefox" => Self::Firefox,
            "webkit" => Self::WebKit,
            other => bail!("DOORSTEP_BROWSER is chromium, shell, firefox or webkit, not {other}"),
        })
    }

    /// Whether Chromium's own protocol is spoken.
    #[must_use]
    pub const fn is_chromium(self) -> bool {
        matches!(self, Self::Chromium | Self::Shell)
    }

    /// The driver: what a variable names, or its usual name on the path.
    fn program(self) -> PathBuf {
        let (variable, name) = match self {
            Self::Chromium | Self::Shell => ("CHROMEDRIVER", "chromedriver"),
            Self::Firefox => ("GECKODRIVER", "geckodriver"),
            Self::WebKit => ("WEBKITDRIVER", "WebKitWebDriver"),
        };
        std::env::var_os(variable).map_or_else(|| name.into(), PathBuf::from)
    }

    /// Starts the driver on a free port.
    ///
    /// # Errors
    /// It cannot be started.
    pub(super) async fn start(self) -> Result<(Child, u16)> {
        // It takes one of the two protocols of the internet first, and ends where another process
        // has taken the same port of the other meanwhile: then it is started again.
        for _ in 1..STARTS_MAX {
            if let Ok(started) = self.start_once().await {
                return Ok(started);
            }
        }
        self.start_once().await
    }

    async fn start_once(self) -> Result<(Child, u16)> {
        let program = self.program();
        // Only the first finds a free port by itself.
        let free = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let (port, served) = match self {
            Self::Chromium | Self::Shell => {
                ("--port=0".to_owned(), Some("started successfully on port "))
            }
            Self::Firefox => (format!("--port={free}"), Some("Listening on 127.0.0.1:")),
            Self::WebKit => (format!("--port={free}"), None),
        };
        let child = Command::new(&program)
            .arg(port)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let mut child = child.with_context(|| format!("cannot start {}", program.display()))?;
        let Some(served) = served else {
            for _ in 0..200 {
                if tokio::net::TcpStream::connect(("127.0.0.1", free))
                    .await
                    .is_ok()
                {
                    return Ok((child, free));
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            bail!("{} does not serve", program.display());
        };
        let output = child.stdout.take().context("the output is piped")?;
        let mut lines = BufReader::new(output).lines();
        while let Some(line) = lines.next_line().await? {
            let Some((_, port)) = line.split_once(served) else {
                continue;
            };
            let port = port.trim_end_matches('.').parse()?;
            // The pipe is read to its end, or the driver would stop at a full one.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok((child, port));
        }
        bail!("{} ended before it served", program.display())
    }

    /// What is asked of the driver: a browser on a profile folder.
    ///
    /// # Errors
    /// The folder's name is not text.
    pub(super) fn capabilities(self, profile: &Path, size: Size) -> Result<Capabilities> {
        let folder = profile.to_str().context("the profile's name is text")?;
        let (width, height) = size.pixels();
        let chromium_arguments = json!([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--lang=zh-TW",
            format!("--host-resolver-rules=MAP {LAN_HOST} 127.0.0.1"),
            format!("--window-size={width},{height}"),
            format!("--user-data-dir={folder}"),
        ]);
        let chromium = |name: &str, options: Value| {
            json!({
                "browserName": name,
                // What the page writes to its console is at hand when a test fails.
                "goog:loggingPrefs": { "browser": "ALL" },
                "goog:chromeOptions": options,
            })
        };
        let wanted = match self {
            Self::Chromium => chromium("chrome", json!({ "args": chromium_arguments })),
            Self::Shell => {
                let program = std::env::var("HEADLESS_SHELL");
                let program = program.context("set HEADLESS_SHELL to its path")?;
                let options = json!({ "args": chromium_arguments, "binary": program });
                chromium("chrome-headless-shell", options)
            }
            Self::Firefox => json!({
                "browserName": "firefox",
                "moz:firefoxOptions": {
                    "args": ["-headless", "-profile", folder],
                    // A process that was killed is no reason to ask anything at the next start.
                    "prefs": {
                        "browser.sessionstore.resume_from_crash": false,
                        "toolkit.startup.max_resumed_crashes": -1,
                        "intl.accept_languages": "zh-TW",
                        "browser.download.folderList": 2,
                        "browser.download.dir": downloads(profile),
                    },
                },
            }),
            Self::WebKit => json!({
                "browserName": "MiniBrowser",
                "webkitgtk:browserOptions": {
                    "binary": mini_browser()?, "args": ["--automation"],
                },
            }),
        };
        Ok(serde_json::from_value(wanted)?)
    }

    /// The processes of a browser on a profile folder.
    ///
    /// # Errors
    /// They cannot be found.
    pub(super) fn processes(self, profile: &Path) -> Result<Vec<String>> {
        let folder = profile.display().to_string();
        match self {
            Self::Chromium | Self::Shell => processes_with(&format!("--user-data-dir={folder}")),
            Self::Firefox => processes_with(&folder),
            Self::WebKit => bail!("MiniBrowser keeps nothing from one start to the next"),
        }
    }
}

/// Where Firefox saves files.
#[must_use]
pub fn downloads(profile: &Path) -> PathBuf {
    profile.join("downloads")
}

fn mini_browser() -> Result<PathBuf> {
    let folder = Path::new("/usr/lib/x86_64-linux-gnu");
    let versions = ["webkitgtk-6.0", "webkit2gtk-4.1", "webkit2gtk-4.0"];
    let mut found = versions
        .iter()
        .map(|name| folder.join(name).join("MiniBrowser"));
    found
        .find(|path| path.is_file())
        .context("there is no MiniBrowser")
}

/// The processes whose command line holds `argument`.
fn processes_with(argument: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    ensure!(!argument.is_empty(), "an argument");
    for process in std::fs::read_dir("/proc")? {
        let process = process?;
        let name = process.file_name().to_string_lossy().into_owned();
        if !name.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        // A process may have ended since it was listed.
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        let mut arguments = line.split(|byte| *byte == 0);
        if arguments.any(|one| one == argument.as_bytes()) {
            found.push(name);
        }
    }
    Ok(found)
}
