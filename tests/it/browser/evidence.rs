//! The evidence file of a case, checked on a tablet.

use std::path::Path;

use acceptance::browser::{Browser, tablet};
use anyhow::{Result, ensure};
use record::CaseId;
use record::evidence::{Contents, write};
use record::keys::signing_key;

use super::acts::{self, DRIP};
use super::bench::Bench;
use super::path::number;

const CARD: &str = "[data-testid='evidence']";

/// Chooses a file and waits for what is said of it.
async fn choose(browser: &Browser, file: &Path, said: &str) -> Result<()> {
    browser.choose_file("#evidence-file", file).await?;
    browser.wait_for_text(CARD, said).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tablet_checks_an_evidence_file_without_a_network() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    acts::accept(&first, &DRIP).await?;
    let number = number(&first.exported().await?)?;
    first.sync().await?;
    let file = bench.evidence(&number)?;
    bench.endpoint.kill().await?;
    let browser = &first.browser;
    tablet::go(browser, "/device").await?;
    // The button opens the browser's own choice of a file, which no test can answer.
    browser.wait(CARD).await?;
    let asked = "document.getElementById('evidence-file').addEventListener('click', event => { \
                 event.preventDefault(); globalThis.asked = true; }, { once: true })";
    browser.script(asked).await?;
    browser
        .click_text(&format!("{CARD} button"), "選擇檔案")
        .await?;
    first.until("the choice", "return globalThis.asked").await?;
    choose(browser, &file, "查驗無誤。2 筆記錄").await?;
    let text = std::fs::read_to_string(&file)?;
    std::fs::write(&file, text.replace(DRIP.content, "什麼也沒有"))?;
    choose(browser, &file, "第 ").await?;
    let shown = browser.text(CARD).await?;
    ensure!(shown.contains("這裡的內容被改動過"), "{shown}");
    ensure!(!shown.contains("查驗無誤"), "{shown}");
    let case = CaseId::from_random([7; 16]);
    let foreign = signing_key(&[7; 32]);
    std::fs::write(&file, write("", case, 0, &Contents::default(), &foreign)?)?;
    choose(browser, &file, "不是本服務站做的").await?;
    std::fs::write(&file, "something else")?;
    choose(browser, &file, "不是證據檔").await?;
    // The same file again, whole.
    std::fs::write(&file, text)?;
    choose(browser, &file, "查驗無誤").await?;
    ensure!(browser.violations().await?.is_empty(), "the policy");
    Ok(())
}
