//! Which screens there are, and how to come to each.

use acceptance::browser::{Browser, tablet};
use anyhow::{Context, Result};

/// One screen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shot {
    /// The design's number and name: name of the picture.
    pub(crate) name: &'static str,
    /// Who is acting.
    person: &'static str,
    /// Where it is. `{case}` stands for the case of [`Self::case`].
    path: &'static str,
    /// Short number of the case it shows; empty for none.
    case: &'static str,
}

/// The person at the counter.
const OFFICER: &str = "林曉雯";

/// Every screen, in the design's order.
pub(crate) const SHOTS: &[Shot] = &[
    Shot {
        name: "01-today",
        person: OFFICER,
        path: "/",
        case: "",
    },
    Shot {
        name: "05-sync",
        person: OFFICER,
        path: "/device",
        case: "",
    },
    Shot {
        name: "09-unlock",
        person: OFFICER,
        path: "/people",
        case: "",
    },
];

/// Comes to a screen.
pub(crate) async fn prepare(browser: &Browser, shot: &Shot) -> Result<()> {
    tablet::pick(browser, shot.person).await?;
    let mut path = shot.path.to_owned();
    if !shot.case.is_empty() {
        tablet::go(browser, "/cases").await?;
        let link = browser
            .wait_for_text("a[href^='/cases/']", shot.case)
            .await?;
        let href = link.attr("href").await?.context("the case has a link")?;
        path = path.replace("{case}", href.trim_start_matches("/cases/"));
    }
    tablet::go(browser, &path).await
}

/// Waits until the page stands still: fonts are there and two frames were drawn.
pub(crate) async fn settle(browser: &Browser) -> Result<()> {
    let still = "return document.fonts.ready.then(() => new Promise(done => \
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 250)))))\
        .then(() => true)";
    browser.script(still).await?;
    Ok(())
}
