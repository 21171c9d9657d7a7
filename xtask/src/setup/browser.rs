//! Chromium with its driver, its headless shell, and fonts that hold the characters of the screens.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::files;
use crate::setup::{announce, apt_install};
use crate::shell::{Job, which};

/// Names under which Chromium or Chrome is found.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// Names under which the headless shell is found.
const SHELLS: [&str; 2] = ["chromium-headless-shell", "chrome-headless-shell"];

/// Finds or installs Chromium, driver and fonts; returns the path of the driver (`CHROMEDRIVER`
/// where set).
pub(crate) fn find_or_install() -> Result<PathBuf> {
    let mut missing = Vec::new();
    if !BROWSERS.iter().any(|name| which(name).is_some()) {
        missing.push("chromium");
    }
    if driver().is_none() {
        missing.push("chromium-driver");
    }
    if !has_chinese_fonts() {
        missing.push("fonts-noto-cjk");
    }
    if !missing.is_empty() {
        announce(&missing.join(", "), "30 seconds");
        apt_install(&missing)?;
    }
    driver().context("there is no chromedriver, neither in CHROMEDRIVER nor on the path")
}

/// Finds or installs Chromium's headless shell in the driver's version (`HEADLESS_SHELL` where
/// set): the same engine without windows, with which a journey takes two thirds of the time. Where
/// there is none, Chromium makes all journeys itself.
pub(crate) fn headless_shell(driver: &Path) -> Option<PathBuf> {
    if shell().is_none() {
        announce("chromium-headless-shell", "15 seconds");
        // With the driver, so that both are of one version.
        if let Err(error) = apt_install(&["chromium-driver", "chromium-headless-shell"]) {
            println!("{error:#}");
        }
    }
    let found = shell().filter(|shell| major(shell).is_some() && major(shell) == major(driver));
    if found.is_none() {
        println!("no headless shell of the driver's version: Chromium makes all journeys");
    }
    found
}

/// The first number of a program's version: `ChromeDriver 156.0.8078.108` is of 156.
fn major(program: &Path) -> Option<String> {
    let said = Job::new(program.to_str()?, &["--version"]).capture().ok()?;
    let mut words = said.split_whitespace();
    let version = words.find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    version.split('.').next().map(str::to_owned)
}

fn shell() -> Option<PathBuf> {
    named("HEADLESS_SHELL").or_else(|| SHELLS.iter().find_map(|name| which(name)))
}

fn driver() -> Option<PathBuf> {
    named("CHROMEDRIVER").or_else(|| which("chromedriver"))
}

/// The program that a variable of the environment names, where it is there.
fn named(variable: &str) -> Option<PathBuf> {
    let path = std::env::var_os(variable).map(PathBuf::from);
    path.filter(|path| path.is_file())
}

fn has_chinese_fonts() -> bool {
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".fonts"));
    let folders = [
        "/usr/share/fonts",
        "/usr/local/share/fonts",
        "/System/Library/Fonts",
    ];
    folders.iter().map(PathBuf::from).chain(home).any(|folder| {
        files::under(&folder).is_ok_and(|found| found.iter().any(|path| is_chinese(path)))
    })
}

fn is_chinese(font: &Path) -> bool {
    let name = font
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    ["CJK", "PingFang", "NotoSansTC", "SourceHanSans"]
        .iter()
        .any(|part| name.contains(part))
}
