//! Taking the picture of a screen.

use std::path::Path;

use acceptance::browser::{Browser, Size};
use anyhow::Result;

use crate::shots;

/// Takes the screen that is shown in every size, light and dark; answers how many pictures that is.
pub(crate) async fn in_all_sizes(browser: &Browser, name: &str, folder: &Path) -> Result<usize> {
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
            let file = format!("{name}{theme}{suffix}.png");
            browser.picture(&folder.join(file)).await?;
            count += 1;
        }
    }
    browser.dark(false).await?;
    browser.resize(Size::Landscape).await?;
    Ok(count)
}
