//! Chromium with its driver, and fonts that hold the characters of the screens.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::files;
use crate::setup::{announce, apt_install};
use crate::shell::which;

/// Names under which Chromium or Chrome is found.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// Finds or installs all of it; returns the path of the driver (`CHROMEDRIVER` where set).
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

fn driver() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMEDRIVER").map(PathBuf::from);
    named
        .filter(|path| path.is_file())
        .or_else(|| which("chromedriver"))
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
