//! Other pages of the same address: a second tab, a script that takes the lock, a newer version of
//! the database; and a database that is gone.

use acceptance::browser::{Browser, tablet};
use anyhow::{Result, ensure};

use super::acts::{self, DRIP};
use super::bench::{Bench, OFFICER, Tablet};
use super::trouble::{acts_shown, contact, says, value};

/// What is typed and not yet recorded.
const HALF: &str = "說到一半";

/// Where another page of the app is used, it says so here.
const ELSEWHERE: &str = "[data-testid='elsewhere'][open]";

/// Everything that lies in the database, in short.
const STORED: &str = "return new Promise((done, failed) => {
    const open = indexedDB.open('doorstep');
    open.onerror = () => failed(open.error);
    open.onsuccess = async () => {
        const database = open.result;
        const names = [...database.objectStoreNames];
        const reading = database.transaction(names);
        let all = '';
        for (const name of names) for (const part of ['getAllKeys', 'getAll']) {
            const read = reading.objectStore(name)[part]();
            await new Promise((ready) => { read.onsuccess = ready; });
            all += JSON.stringify(read.result.map((one) => one.v ? [...one.v] : `${one}`));
        }
        database.close();
        const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(all));
        done([...new Uint8Array(digest)].join(' '));
    };
})";

/// Types into a field behind the notice, and presses the sheet's last button, as a page that did
/// not hear of it would.
const GO_ON: &str = "const field = document.querySelector('#ask-words');
    field.value += '，再說一句';
    field.dispatchEvent(new Event('input', { bubbles: true }));
    document.querySelector(\"dialog[open] [data-testid='save']\").click();
    return new Promise((done) => setTimeout(() => done(true), 2000))";

/// A page takes the lock away, as any script of the address can.
const STEAL: &str = "navigator.locks.request('doorstep', { steal: true },
    () => new Promise((done) => { globalThis.letGo = done; }))";

/// A tablet without a network on which somebody has typed half of what the resident was told.
async fn half_typed() -> Result<(Bench, Tablet, String)> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    bench.endpoint.kill().await?;
    let case = acts::accept(&first, &DRIP).await?;
    contact(&first.browser, &case, HALF).await?;
    let kept = first.browser.wait_for_text("dialog[open]", "已存").await;
    kept?;
    Ok((bench, first, case))
}

/// What can be seen and what was typed stand as they were, and the sheet is recorded in the end.
async fn goes_on(browser: &Browser, typed: &str) -> Result<()> {
    browser.wait_gone(ELSEWHERE).await?;
    ensure!(
        value(browser, "#ask-words").await? == typed,
        "a draft is lost"
    );
    browser.click("dialog[open] [data-testid='save']").await?;
    acts::said(browser, "聯繫住戶並記錄").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_tabs_one_writes_and_the_other_says_so_and_loses_nothing() -> Result<()> {
    let (mut bench, first, case) = half_typed().await?;
    let browser = &first.browser;

    let one = browser.driver().window().await?;
    let other = browser.driver().new_tab().await?;
    browser.driver().switch_to_window(other.clone()).await?;
    browser
        .load(&format!("{}{case}", bench.endpoint.address()))
        .await?;
    let told = ["另一個分頁", "這一頁現在什麼也不存", "都在本機"];
    says(browser, ELSEWHERE, &told).await?;
    ensure!(!browser.has(".people").await?, "two pages are open");
    browser.click_text("button", "改在這裡使用").await?;
    tablet::pick(browser, OFFICER).await?;
    browser.wait("[data-testid='case']").await?;
    acts::step(browser, "contacted").await?;
    ensure!(value(browser, "#ask-words").await? == HALF, "no draft here");
    browser.click("dialog[open] .sheet-head button").await?;
    browser.wait_gone("dialog[open]").await?;

    browser.driver().switch_to_window(one).await?;
    says(browser, ELSEWHERE, &told).await?;
    let before = browser.script(STORED).await?;
    browser.script(GO_ON).await?;
    ensure!(browser.script(STORED).await? == before, "it wrote");
    ensure!(acts_shown(browser).await? == 2, "it shows an act more");
    says(browser, ELSEWHERE, &told).await?;

    browser.driver().switch_to_window(other.clone()).await?;
    browser.click("[data-testid='note']").await?;
    browser
        .fill("dialog[open] #ask-words", "另一頁記的")
        .await?;
    browser.click("dialog[open] [data-testid='save']").await?;
    let shown = "return document.querySelectorAll('.tl > li').length === 3";
    first.until("an act of the second page", shown).await?;

    let all = browser.driver().windows().await?;
    ensure!(all.len() == 2, "{} windows", all.len());
    for window in all {
        if window != other {
            browser.driver().switch_to_window(window).await?;
        }
    }
    browser.click_text("button", "改在這裡使用").await?;
    goes_on(browser, "說到一半，再說一句").await?;
    let shown = "return document.querySelectorAll('.tl > li').length === 4";
    first.until("the acts of both pages", shown).await?;
    browser.driver().switch_to_window(other).await?;
    says(browser, ELSEWHERE, &told).await?;
    bench.endpoint.start_again().await?;
    browser.click_text("button", "改在這裡使用").await?;
    browser.wait_gone(ELSEWHERE).await?;
    first.sync().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_whose_lock_is_stolen_writes_no_more_until_it_is_given_back() -> Result<()> {
    let (_bench, first, _) = half_typed().await?;
    let browser = &first.browser;
    browser.script(STEAL).await?;
    says(browser, ELSEWHERE, &["另一個分頁"]).await?;
    let before = browser.script(STORED).await?;
    browser.script(GO_ON).await?;
    ensure!(browser.script(STORED).await? == before, "it wrote");
    browser.script("letGo()").await?;
    goes_on(browser, "說到一半，再說一句").await
}

/// Another page that opened the database once and does not let it go, and a newer version that
/// waits for that.
const IN_THE_WAY: &str = "return new Promise((done, failed) => {
    const held = indexedDB.open('doorstep');
    held.onerror = () => failed(held.error);
    held.onsuccess = () => {
        const newer = indexedDB.open('doorstep', 2);
        newer.onblocked = () => done(true);
        newer.onupgradeneeded = () => newer.transaction.abort();
        newer.onerror = (event) => event.preventDefault();
        globalThis.letGo = () => held.result.close();
    };
})";

/// A newer version opens the database, and changes its mind where `FAILS`.
const NEWER: &str = "return new Promise((done) => {
    const newer = indexedDB.open('doorstep', 2);
    newer.onblocked = () => done('blocked');
    newer.onupgradeneeded = () => { if (FAILS) newer.transaction.abort(); };
    newer.onerror = (event) => { event.preventDefault(); done('failed'); };
    newer.onsuccess = () => { newer.result.close(); done('opened'); };
})";

fn newer(fails: bool) -> String {
    NEWER.replace("FAILS", &fails.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_is_let_go_for_a_newer_version_and_opened_again() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    let browser = &first.browser;
    bench.endpoint.kill().await?;
    let case = acts::accept(&first, &DRIP).await?;
    contact(browser, &case, HALF).await?;
    let said = browser.script(&newer(true)).await?;
    ensure!(said == "failed", "the newer version: {said}");
    goes_on(browser, HALF).await?;

    // Another page holds it: the act waits, and says in the end that it was not saved.
    contact(browser, &case, HALF).await?;
    browser.script(IN_THE_WAY).await?;
    browser.click("dialog[open] [data-testid='save']").await?;
    let told = ["沒有存進本機", "被另一個分頁佔用", "還在畫面上"];
    says(browser, "dialog[open] [data-testid='not-saved']", &told).await?;
    ensure!(acts_shown(browser).await? == 3, "it shows an act more");
    browser.script("letGo()").await?;
    browser
        .click_text("dialog[open] [data-testid='not-saved'] .btn", "再存一次")
        .await?;
    acts::said(browser, "聯繫住戶並記錄").await?;
    let shown = "return document.querySelectorAll('.tl > li').length === 4";
    first.until("the act", shown).await?;

    // A newer version did open it: this page says that it is the older one, and writes nothing.
    contact(browser, &case, HALF).await?;
    let said = browser.script(&newer(false)).await?;
    ensure!(said == "opened", "the newer version: {said}");
    let before = browser.script(STORED).await?;
    browser.click("dialog[open] [data-testid='save']").await?;
    let told = ["沒有存進本機", "還是舊版", "還在畫面上"];
    says(browser, "dialog[open] [data-testid='not-saved']", &told).await?;
    ensure!(browser.script(STORED).await? == before, "it wrote");
    let address = format!("{}{case}", bench.endpoint.address());
    browser.load(&address).await?;
    says(browser, "[data-testid='broken']", &["還是舊版"]).await?;
    ensure!(
        browser.script(STORED).await? == before,
        "it wrote at the start"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_another_page_blocks_says_so() -> Result<()> {
    let bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    let browser = &first.browser;
    let case = acts::accept(&first, &DRIP).await?;
    let one = browser.driver().window().await?;
    let other = browser.driver().new_tab().await?;
    browser.driver().switch_to_window(other.clone()).await?;
    browser
        .load(&format!("{}/v1/none", bench.endpoint.address()))
        .await?;
    browser.script(IN_THE_WAY).await?;
    browser.driver().switch_to_window(one.clone()).await?;
    browser
        .load(&format!("{}{case}", bench.endpoint.address()))
        .await?;
    says(
        browser,
        "main",
        &["打不開本機的記錄", "被另一個分頁佔用", "都還在這台平板上"],
    )
    .await?;
    browser.driver().switch_to_window(other).await?;
    browser.script("letGo()").await?;
    browser.driver().switch_to_window(one).await?;
    browser.click_text("button", "重新開啟").await?;
    tablet::pick(browser, OFFICER).await?;
    browser.wait("[data-testid='case'] .tl > li").await?;
    Ok(())
}

/// What a browser clears that is short of room.
const CLEAR: &str = "return new Promise((done, failed) => {
    const gone = indexedDB.deleteDatabase('doorstep');
    gone.onsuccess = () => done(true);
    gone.onerror = () => failed(gone.error);
})";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_was_cleared_is_told_at_the_next_start() -> Result<()> {
    let bench = Bench::open().await?;
    let visitor = bench.visitor("visitor", &bench.endpoint.address()).await?;
    visitor.wait("#join-code").await?;
    ensure!(
        !visitor.has("[data-testid='cleared']").await?,
        "a new browser lost nothing"
    );
    visitor.close().await?;
    let first = bench.tablet("first").await?;
    let case = acts::accept(&first, &DRIP).await?;
    first.sync().await?;
    first.browser.script(CLEAR).await?;
    let closed = first.close().await?;
    let first = closed.start_as_it_is("/").await?;
    let browser = &first.browser;
    let told = ["資料不見了", "都在服務站", "重新加入", "停用平板"];
    says(browser, "[data-testid='cleared']", &told).await?;
    browser.fill("#join-code", bench.endpoint.code()).await?;
    browser.click("[data-testid='join']").await?;
    browser.wait(".people").await?;
    tablet::sign_in_anew(&bench.endpoint, browser, OFFICER, tablet::PIN).await?;
    first.sync().await?;
    tablet::go(browser, &case).await?;
    browser.wait("[data-testid='case'] .tl > li").await?;
    Ok(())
}
