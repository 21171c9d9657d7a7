//! The rescue file: saved by itself in a folder that was chosen for it, or by hand; and handed in
//! by another tablet.

use std::path::{Path, PathBuf};

use acceptance::browser::{Answer, Browser, Proxy, tablet};
use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::acts::{self, DRIP};
use super::bench::{Bench, OFFICER, PATIENCE};
use super::path::{kinds, number};
use super::photos;
use super::trouble::{acts_shown, contact, says};

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

/// A network without the endpoint.
const AWAY: Answer = Answer::Is {
    status: 502,
    kind: "text/html",
    body: "",
};

/// Waits for a whole rescue file in a folder.
async fn downloaded(folder: &Path) -> Result<PathBuf> {
    let began = std::time::Instant::now();
    while began.elapsed() < PATIENCE {
        for file in std::fs::read_dir(folder)? {
            let path = file?.path();
            // It may have got its own name since it was listed.
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let name = path.to_string_lossy();
            if name.ends_with(".rescue.json") && serde_json::from_str::<Value>(&text).is_ok() {
                return Ok(path);
            }
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    anyhow::bail!("no rescue file was saved")
}

/// Photos in the evidence file of a case.
fn photos_in(bench: &Bench, number: &str) -> Result<usize> {
    let page = std::fs::read_to_string(bench.evidence(number)?)?;
    Ok(page.matches("src=\"data:image/jpeg;base64,").count())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_tablet_cannot_send_another_hands_in_and_nothing_is_there_twice() -> Result<()> {
    let bench = Bench::open().await?;
    let proxy = Proxy::before(&bench.endpoint.address()).await?;
    let first = bench.tablet_at("first", &proxy.address()).await?;
    let second = bench.tablet("second").await?;
    let browser = &first.browser;
    let picture = tempfile::NamedTempFile::with_suffix(".jpg")?;
    photos::picture(browser, picture.path()).await?;
    proxy.answers(AWAY);
    let case = acts::accept(&first, &DRIP).await?;
    photos::begin_note(browser, picture.path()).await?;
    browser.fill("#ask-words", "車位上方有水漬").await?;
    acts::save(browser, "補記").await?;
    let mine = first.exported().await?;
    let number = number(&mine)?;

    let folder = tempfile::tempdir()?;
    let path = folder.path().to_str().context("a name that is text")?;
    let allow = json!({ "behavior": "allow", "downloadPath": path });
    browser.cdp("Page.setDownloadBehavior", allow).await?;
    // Two taps.
    browser.click("a.pill").await?;
    browser.click("[data-testid='rescue-save']").await?;
    says(browser, "[data-testid='rescue']", &["已存 4 筆"]).await?;
    let file = downloaded(folder.path()).await?;

    // Three, of which the last chooses the file. The browser's own window for it is not opened.
    let other = &second.browser;
    let no_window = json!({ "enabled": true });
    other
        .cdp("Page.setInterceptFileChooserDialog", no_window)
        .await?;
    other.click("a.pill").await?;
    other
        .click_text("[data-testid='rescue'] .btn", "送出別台的救援檔")
        .await?;
    other.choose_file("#rescue-file", &file).await?;
    let taken = ["平板 B1 的 4 筆都已送到服務站"];
    says(other, "[data-testid='rescue']", &taken).await?;
    let kept = bench.exported(&number)?;
    ensure!(
        kinds(&kept) == ["accepted", "reported", "noted"],
        "{:?}",
        kinds(&kept)
    );
    // Entry by entry as the first tablet wrote and signed them.
    ensure!(kept.entries == mine.entries, "not as they were recorded");
    ensure!(photos_in(&bench, &number)? == 1, "the photo");
    second.sync().await?;
    acts::open(other, OFFICER, &case).await?;
    other.click("[data-testid='photo-get']").await?;
    photos::drawn(other, ".tl").await?;

    // The first tablet has it all to send still, and it is there already.
    tablet::go(browser, "/device").await?;
    says(browser, "[data-testid='answer']", &["還有 3 筆"]).await?;
    proxy.answers(Answer::Endpoint);
    first.sync().await?;
    let again = bench.exported(&number)?;
    ensure!(again.entries == kept.entries, "something is there twice");
    ensure!(photos_in(&bench, &number)? == 1, "the photo is there twice");
    tablet::go(browser, &case).await?;
    let sent = "const shown = document.querySelector('.tl');\
        return shown?.querySelector('img') && !shown.innerText.includes('照片只在這台平板')";
    first.until("the photo is sent", sent).await?;
    ensure!(
        acts_shown(browser).await? == acts_shown(other).await?,
        "acts"
    );
    Ok(())
}
