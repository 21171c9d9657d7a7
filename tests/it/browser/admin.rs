//! Administration on the screens: the first administrator, people, tablets, and a lost tablet.

use acceptance::browser::{Browser, tablet};
use anyhow::{Context as _, Result, ensure};

use super::acts::{self, DRIP};
use super::bench::{Bench, OFFICER, STATION_HEAD};
use super::trouble::says;
use crate::server_support::printed;

/// Who administers, as the endpoint names the first one.
const ADMINISTRATOR: &str = "系統管理員";

/// Somebody new.
const NEW: &str = "徐靜";

/// A browser on which the first administrator has signed in by the endpoint's link.
async fn administrator(bench: &Bench) -> Result<Browser> {
    let browser = bench
        .visitor("admin", bench.endpoint.administrator())
        .await?;
    browser.wait("[data-testid='join']").await?;
    ensure!(
        browser.script("return location.hash").await? == "",
        "the codes stay in the address"
    );
    browser.click("[data-testid='join']").await?;
    browser.click("[data-testid='sign-in']").await?;
    tablet::choose_pin(&browser, tablet::PIN).await?;
    let who = format!("[data-testid='who'][data-name='{ADMINISTRATOR}']");
    browser.wait(&who).await?;
    // Who only administers begins there, and is shown no case.
    browser.wait("[data-testid='people']").await?;
    browser
        .wait_for_text(".rail [aria-current='page']", "管理")
        .await?;
    Ok(browser)
}

/// The code that is shown, after which its sheet is closed.
async fn shown_code(browser: &Browser) -> Result<String> {
    browser.wait("#code-sheet[open] .qr path").await?;
    let code = browser.text("[data-testid='code']").await?;
    browser.click("#code-sheet .sheet-head button").await?;
    browser.wait_gone("#code-sheet[open]").await?;
    Ok(code.trim().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_and_a_tablet_are_taken_in_and_a_lost_tablet_deletes_itself() -> Result<()> {
    let mut bench = Bench::open().await?;
    let admin = administrator(&bench).await?;
    admin.click("[data-testid='add-person']").await?;
    admin.fill("#person-name", NEW).await?;
    admin.click_text("#person-sheet .tick", "接單員").await?;
    admin.click("[data-testid='save-person']").await?;
    admin.wait_gone("#person-sheet[open]").await?;
    let row = "[data-testid='person-row']";
    admin.wait_for_text(row, NEW).await?;
    admin.click_text(row, NEW).await?;
    admin.click("[data-testid='make-code']").await?;
    let sign_in = shown_code(&admin).await?;
    admin.click_text("[role='radio']", "平板").await?;
    admin.click("[data-testid='join-code']").await?;
    let join = shown_code(&admin).await?;
    ensure!(admin.violations().await?.is_empty(), "forbidden");

    let address = bench.endpoint.address();
    let wrong = format!("{address}/join#join={join}&root={}", "0".repeat(32));
    let other = bench.visitor("new", &wrong).await?;
    other.click("[data-testid='join']").await?;
    other.wait_for_text("[role='alert']", "沒有加入").await?;
    other
        .load(&format!("{address}/join#join={join}&sign-in={sign_in}"))
        .await?;
    other.click("[data-testid='join']").await?;
    other.click("[data-testid='sign-in']").await?;
    tablet::choose_pin(&other, tablet::PIN).await?;
    other
        .wait(&format!("[data-testid='who'][data-name='{NEW}']"))
        .await?;
    tablet::go(&other, "/admin").await?;
    ensure!(
        !other.has("[data-testid='people']").await?,
        "an officer administers"
    );
    // Whose code it was is told to whom it was for.
    tablet::go(&other, "/device").await?;
    let signed_in = "[data-testid='signed-in']";
    let by = format!("登入碼由{ADMINISTRATOR}發出");
    says(&other, signed_in, &["B2", "這台", &by]).await?;

    // It records while the endpoint is away, and is lost.
    bench.endpoint.kill().await?;
    tablet::go(&other, "/intake").await?;
    acts::fill_intake(&other, &DRIP).await?;
    other.click("[data-testid='save']").await?;
    other.wait("[data-testid='case']").await?;
    let number = "return document.body.innerText.match(/YS\\d\\d-B\\d+-\\d{4}/)[0]";
    let number = other.script(number).await?;
    let number = number.as_str().context("a number")?.to_owned();
    bench.endpoint.start_again().await?;
    tablet::lock(&other).await?;
    admin.click_text("[role='radio']", "平板").await?;
    admin.click_text("[data-testid='tablet-row']", "B2").await?;
    admin.click("[data-testid='revoke-tablet']").await?;
    admin.wait_gone("#tablet-sheet[open]").await?;
    admin
        .wait_for_text("[data-testid='tablet-row']", "已停用")
        .await?;
    // What cannot be taken back is pressed twice.
    admin.click_text("[data-testid='tablet-row']", "B2").await?;
    admin.click("[data-testid='wipe-tablet']").await?;
    admin
        .click_text("[data-testid='wipe-tablet']", "確定清除")
        .await?;
    admin.wait_gone("#tablet-sheet[open]").await?;
    admin
        .wait_for_text("[data-testid='tablet-row']", "待清除")
        .await?;
    other.script("dispatchEvent(new Event('online'))").await?;
    other.wait("[data-testid='wiped']").await?;
    let left = "return indexedDB.databases().then(all => new Promise(done => {\
        const open = indexedDB.open(all[0].name);\
        open.onsuccess = () => { const names = [...open.result.objectStoreNames];\
          const read = open.result.transaction(names);\
          let left = 0; names.forEach(name => {\
            const count = read.objectStore(name).count();\
            count.onsuccess = () => { left += count.result; }; });\
          read.oncomplete = () => done(left); } }))";
    ensure!(other.script(left).await? == 0, "something is left");
    // What it had recorded had gone up first.
    ensure!(bench.exported(&number)?.entries.len() > 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_set_aside_counts_once_the_station_head_says_so() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    let browser = &first.browser;
    let case = acts::accept(&first, &DRIP).await?;
    let number = super::path::number(&first.exported().await?)?;
    first.sync().await?;
    // Recorded while the officer leaves, and sent after that.
    bench.endpoint.kill().await?;
    acts::give_feedback(browser, &case).await?;
    let data = bench.endpoint.data().to_str().context("a path")?;
    printed(&["admin", "--data", data, "retire", "S01"]);
    bench.endpoint.start_again().await?;
    tablet::lock(browser).await?;
    browser.script("dispatchEvent(new Event('online'))").await?;
    browser.wait_for_text(".people", "已同步").await?;
    tablet::sign_in_anew(&bench.endpoint, browser, STATION_HEAD, tablet::PIN).await?;
    acts::open(browser, STATION_HEAD, &case).await?;
    browser.wait_for_text(".tl", "未採計").await?;
    browser
        .wait_for_text(".tl", "記錄的人已離職或已登出")
        .await?;
    browser.click("[data-testid='admit']").await?;
    browser.fill("#ask-reason", "問過住戶，確實聯繫過").await?;
    acts::save(browser, "決定算數").await?;
    browser.wait_for_text(".tl", "問過住戶，確實聯繫過").await?;
    ensure!(
        !browser.text(".tl").await?.contains("未採計"),
        "it does not count"
    );
    first.sync().await?;
    let file = bench.exported(&number)?;
    let kinds = super::path::kinds(&file);
    ensure!(kinds.contains(&"verdict.set_aside") && kinds.contains(&"verdict.admit"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tablet_out_of_use_says_so_after_a_start_without_a_network_too() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    let data = bench.endpoint.data().to_str().context("a path")?;
    printed(&["admin", "--data", data, "tablet", "B1", "--revoke"]);
    tablet::go(&first.browser, "/").await?;
    let online = "dispatchEvent(new Event('online'))";
    first.browser.script(online).await?;
    let closed = ["站點的個案不在這台平板上", "這台平板已停用"];
    says(&first.browser, "#main", &closed).await?;
    let killed = first.kill().await?;
    bench.endpoint.kill().await?;
    let first = killed.start_locked("/").await?;
    let person = "[data-testid='person']";
    first.browser.click_text(person, OFFICER).await?;
    tablet::type_pin(&first.browser).await?;
    let away = ["站點的個案不在這台平板上", "連上網路後會再問服務站"];
    says(&first.browser, "#main", &away).await
}
