//! The rescue file that is saved by itself, in a folder that was chosen for it.

use acceptance::browser::{Browser, tablet};
use anyhow::{Result, ensure};
use serde_json::Value;

use super::acts::{self, DRIP};
use super::bench::{Bench, OFFICER, PATIENCE};
use super::trouble::{contact, says};

/// The folder that is chosen: no window asks for it, and it lies in the browser's own files.
const CHOOSE: &str = "globalThis.showDirectoryPicker = () => navigator.storage.getDirectory();";
/// A day and an hour later.
const LATER: &str = "const now = Date.now; Date.now = () => now() + 90_000_000;";

/// Waits until the file in the folder holds so many entries; answers its text.
async fn saved(browser: &Browser, entries: usize) -> Result<String> {
    let read = "const folder = await navigator.storage.getDirectory();
        const found = await Array.fromAsync(folder.values());
        const file = found.find(one => one.name.endsWith('.rescue.json'));
        return file === undefined ? '' : await (await file.getFile()).text();";
    let began = std::time::Instant::now();
    loop {
        let text = browser
            .script(&format!("return (async () => {{ {read} }})()"))
            .await?;
        let text = text.as_str().unwrap_or_default();
        let file: Value = serde_json::from_str(text).unwrap_or_default();
        let held = file.get("entries").and_then(Value::as_array).map(Vec::len);
        if held == Some(entries) {
            return Ok(text.to_owned());
        }
        ensure!(began.elapsed() < PATIENCE, "{held:?} of {entries} entries");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_unsent_is_saved_each_day_in_a_folder_that_was_chosen() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    let browser = &first.browser;
    browser.before_each_page(CHOOSE).await?;
    browser.load(&bench.endpoint.address()).await?;
    tablet::pick(browser, OFFICER).await?;
    tablet::go(browser, "/device").await?;
    browser.click("[data-testid='rescue-daily']").await?;
    says(
        browser,
        "[data-testid='rescue-daily-at']",
        &["上次：還沒有"],
    )
    .await?;
    bench.endpoint.kill().await?;
    let case = acts::accept(&first, &DRIP).await?;
    let text = saved(browser, 2).await?;
    ensure!(!text.contains(DRIP.content), "it can be read");
    tablet::go(browser, "/device").await?;
    says(browser, "[data-testid='rescue-daily-at']", &["上次：20"]).await?;

    // No more than once a day, and by a page that starts anew, too.
    contact(browser, &case, "告知維修部今天下午上門").await?;
    browser.click("dialog[open] [data-testid='save']").await?;
    acts::said(browser, "聯繫住戶並記錄").await?;
    browser.load(&bench.endpoint.address()).await?;
    tablet::pick(browser, OFFICER).await?;
    tablet::go(browser, "/device").await?;
    says(browser, "[data-testid='answer']", &["離線"]).await?;
    saved(browser, 2).await?;
    browser.before_each_page(LATER).await?;
    browser.load(&bench.endpoint.address()).await?;
    saved(browser, 3).await?;
    tablet::pick(browser, OFFICER).await?;
    tablet::go(browser, "/device").await?;
    browser
        .click_text("[data-testid='rescue'] .btn", "不再自動存")
        .await?;
    browser.wait("[data-testid='rescue-daily']").await?;
    Ok(())
}
