//! Pictures of every screen of the training site, in the design's sizes, light and dark, named by
//! the design's numbers. Called by `cargo xtask screens`.
#![expect(
    clippy::print_stdout,
    reason = "a command-line tool talks on its standard output"
)]

mod shots;

use std::path::{Path, PathBuf};

use acceptance::browser::{Browser, Endpoint, Site, Size, tablet};
use anyhow::{Result, bail};

use shots::{SHOTS, Shot};

#[tokio::main]
async fn main() -> Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "screens".into());
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder)?;
    let data = tempfile::tempdir()?;
    let endpoint = Endpoint::start(&data.path().join("endpoint"), Site::Training).await?;
    let profile = data.path().join("tablet");
    let browser = tablet::join(&endpoint, &profile, Size::Landscape, &shots::PEOPLE).await?;
    let mut count = 0;
    let mut failed = Vec::new();
    for shot in SHOTS {
        match take(&browser, &endpoint.address(), shot, &folder).await {
            Ok(pictures) => count += pictures,
            Err(error) => failed.push(format!("{}: {error:#}", shot.name)),
        }
    }
    browser.close().await?;
    println!("{count} pictures in {}", folder.display());
    if !failed.is_empty() {
        bail!("without a picture:\n{}", failed.join("\n"));
    }
    Ok(())
}

/// Takes one screen in every size, light and dark; answers how many pictures that is.
async fn take(browser: &Browser, address: &str, shot: &Shot, folder: &Path) -> Result<usize> {
    shots::prepare(browser, address, shot).await?;
    let mut count = 0;
    for size in Size::ALL {
        browser.resize(size).await?;
        let suffix = match size {
            Size::Landscape => "",
            Size::Portrait => "-portrait",
            Size::Phone => "-phone",
        };
        for dark in [false, true] {
            browser.dark(dark).await?;
            shots::settle(browser).await?;
            let theme = if dark { "-dark" } else { "" };
            let file = format!("{}{theme}{suffix}.png", shot.name);
            browser.picture(&folder.join(file)).await?;
            count += 1;
        }
    }
    browser.dark(false).await?;
    browser.resize(Size::Landscape).await?;
    Ok(count)
}
