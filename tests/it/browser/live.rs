//! What one tablet sends shows on another by itself.

use acceptance::browser::tablet;
use anyhow::Result;

use super::acts::{self, DRIP};
use super::bench::Bench;

/// From now on nothing on the page happens because time has passed.
const STOP_TIMERS: &str = "for (let timer = setTimeout(() => {}); timer > 0; timer--) \
    clearTimeout(timer); window.setTimeout = () => 0;";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tablet_that_is_looked_at_is_woken() -> Result<()> {
    let bench = Bench::open().await?;
    let (first, second) = (bench.tablet("first").await?, bench.tablet("second").await?);
    tablet::go(&second.browser, "/cases").await?;
    second.browser.script(STOP_TIMERS).await?;
    let case = acts::accept(&first, &DRIP).await?;
    let shows = format!("return document.querySelector(\"a[href='{case}']\") !== null");
    second
        .until("that a case shows that was accepted elsewhere", &shows)
        .await
}
