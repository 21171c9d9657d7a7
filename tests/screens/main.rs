//! Pictures of every screen, most of them of the training site, in the design's sizes, light and
//! dark, named by the design's numbers. Called by `cargo xtask screens`.
#![expect(
    clippy::print_stdout,
    reason = "a command-line tool talks on its standard output"
)]

mod shots;
mod take;
mod trust;

use std::path::{Path, PathBuf};
use std::time::Duration;

use acceptance::browser::{Browser, Endpoint, Site, Size, tablet};
use anyhow::{Result, bail};

use shots::{SHOTS, Shot};

/// The screens that take an endpoint of their own.
const PEOPLE_AND_TABLETS: &str = "people and tablets";

#[tokio::main]
async fn main() -> Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "screens".into());
    let folder = PathBuf::from(folder);
    let only = std::env::args().nth(2).unwrap_or_default();
    std::fs::create_dir_all(&folder)?;
    let data = tempfile::tempdir()?;
    let mut count = 0;
    let mut failed = Vec::new();
    let shots = SHOTS.iter().filter(|shot| shot.name.starts_with(&only));
    let shots: Vec<&Shot> = shots.collect();
    if !shots.is_empty() {
        let endpoint = Endpoint::start(&data.path().join("endpoint"), Site::Training).await?;
        let profile = data.path().join("tablet");
        let browser = tablet::join(&endpoint, &profile, Size::Landscape, &shots::PEOPLE).await?;
        is_filled(&browser).await?;
        for shot in shots {
            match training(&browser, &endpoint.address(), shot, &folder).await {
                Ok(pictures) => count += pictures,
                Err(error) => failed.push(format!("{}: {error:#}", shot.name)),
            }
        }
        browser.close().await?;
    }
    if PEOPLE_AND_TABLETS.starts_with(&only) {
        match trust::take_all(&folder, data.path()).await {
            Ok(pictures) => count += pictures,
            Err(error) => failed.push(format!("{PEOPLE_AND_TABLETS}: {error:#}")),
        }
    }
    println!("{count} pictures in {}", folder.display());
    if !failed.is_empty() {
        bail!("without a picture:\n{}", failed.join("\n"));
    }
    Ok(())
}

/// Waits until all that is at the endpoint is on the tablet, and listed.
async fn is_filled(browser: &Browser) -> Result<()> {
    browser.wait("a.pill.ok").await?;
    let filled = "return !document.querySelector('#main').innerText.includes('正在存入本機')";
    let patience = Duration::from_secs(60);
    browser
        .until("that the tablet is filled", filled, patience)
        .await
}

/// Comes to one screen and takes it; answers how many pictures that is.
async fn training(browser: &Browser, address: &str, shot: &Shot, folder: &Path) -> Result<usize> {
    shots::prepare(browser, address, shot).await?;
    take::in_all_sizes(browser, shot.name, folder).await
}
