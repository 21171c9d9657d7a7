//! The moment in which somebody leaves: what was under way is kept, and the next person meets
//! nothing of it.

use std::time::Duration;

use acceptance::browser::{Answer, Proxy, tablet};
use anyhow::{Context as _, Result, ensure};

use super::acts::{self, Agrees, DRIP};
use super::bench::{Bench, HEAD, MANAGER, OFFICER};
use super::photos::{drawn, picture};

/// The clock goes on as in a sleep, in which timers stand still.
const SLEEP: &str = "const now = Date.now; Date.now = () => now() + 6 * 60 * 1000";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn photos_are_kept_that_are_made_ready_while_the_form_is_left() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    bench.endpoint.kill().await?;
    let browser = &first.browser;
    let file = tempfile::NamedTempFile::with_suffix(".jpg")?;
    picture(browser, file.path()).await?;
    tablet::go(browser, "/intake").await?;
    browser.click("[data-testid='section-2']").await?;
    browser.wait("[data-testid='photos']").await?;
    // In the same moment as the picture is chosen.
    let leaves = "const leave = document.querySelector(\"[data-testid='section-3']\"); \
                  document.querySelector('#photo-files').addEventListener('change', \
                  () => setTimeout(() => leave.click(), 0))";
    browser.script(leaves).await?;
    browser.choose_file("#photo-files", file.path()).await?;
    browser.wait_gone("#photo-files").await?;
    // It begins the form as a word does.
    tablet::lock(browser).await?;
    browser
        .wait_for_text("[data-testid='person']", "1 份草稿")
        .await?;
    tablet::pick(browser, OFFICER).await?;
    tablet::go(browser, "/intake").await?;
    browser.click("[data-testid='resume']").await?;
    browser.click("[data-testid='section-2']").await?;
    drawn(browser, "[data-testid='photos']").await?;
    Ok(())
}

/// As long as it is said, the browser reads no draft, as where it goes to sleep in the middle.
const FAILS: &str = "const read = IDBObjectStore.prototype.getAll; \
    IDBObjectStore.prototype.getAll = function (...asked) { \
    const isDraft = `${asked[0]?.lower}`.startsWith('draft/'); \
    if (globalThis.fails && isDraft) throw new DOMException('asleep', 'AbortError'); \
    return read.apply(this, asked) }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_that_cannot_be_read_is_not_typed_over() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    bench.endpoint.kill().await?;
    let browser = &first.browser;
    let case = acts::accept(&first, &DRIP).await?;
    let visit = acts::visit(&case);
    tablet::go(browser, "/intake").await?;
    acts::fill_intake(browser, &DRIP).await?;
    tablet::go(browser, &case).await?;
    browser.click("[data-testid='note']").await?;
    browser.fill("#ask-words", DRIP.content).await?;
    browser.wait_for_text("dialog[open]", "草稿").await?;
    browser.click("dialog[open] .btn.icon").await?;
    browser.script(FAILS).await?;
    for (page, opens, found) in [
        ("/intake", None, "[data-testid='resume']"),
        (case.as_str(), Some("[data-testid='note']"), "#ask-words"),
        (visit.as_str(), None, "#resident-words"),
    ] {
        tablet::go(browser, "/today").await?;
        browser.script("globalThis.fails = true").await?;
        tablet::go(browser, page).await?;
        if let Some(opens) = opens {
            browser.click(opens).await?;
        }
        browser
            .wait_for_text("[data-testid='draft-unread']", "還在這台平板上")
            .await?;
        ensure!(!browser.has(found).await?, "{page} begins without it");
        browser.script("globalThis.fails = false").await?;
        browser
            .click_text("[data-testid='draft-unread'] .btn", "再讀一次")
            .await?;
        browser.wait(found).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tablet_that_slept_is_locked_before_a_touch_counts() -> Result<()> {
    let bench = Bench::open().await?;
    let first = bench.tablet_of_all("first").await?;
    let browser = &first.browser;
    for wakes in [
        "dispatchEvent(new PointerEvent('pointerdown'))",
        "document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))",
    ] {
        tablet::pick(browser, OFFICER).await?;
        browser.script(&format!("{SLEEP}; {wakes}")).await?;
        browser.wait(".people").await?;
    }
    Ok(())
}

/// Goes back while the PIN that was chosen is being made into a key: before anything is open.
const BACK_AT_ONCE: &str = "let done = 0; document.addEventListener('click', (event) => { \
    if (event.target.closest('.keys .t')?.innerText.includes('完成') && ++done === 2) \
    setTimeout(() => document.querySelector('.ulr .btn.ghost').click(), 60) })";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_that_was_left_opens_nothing() -> Result<()> {
    let bench = Bench::open().await?;
    let proxy = Proxy::before(&bench.endpoint.address()).await?;
    let first = bench
        .tablet_of(&[OFFICER], "first", &proxy.address())
        .await?;
    let browser = &first.browser;
    let codes = bench.endpoint.sign_in_codes().await?;
    for (person, at_once) in [(HEAD, false), (MANAGER, true)] {
        tablet::lock(browser).await?;
        browser.click("[data-testid='other-person']").await?;
        let code = codes.iter().find(|(name, _)| name == person);
        let (_, code) = code.context("a code")?;
        browser.fill("#sign-in-code", code).await?;
        browser.click("[data-testid='sign-in']").await?;
        browser.wait(".ulr [data-digit='1']").await?;
        if at_once {
            browser.script(BACK_AT_ONCE).await?;
            tablet::choose_pin(browser, tablet::PIN).await?;
        } else {
            // What the person reads and signs with does not come.
            proxy.answers(Answer::Never);
            let asked = proxy.asked().len();
            tablet::choose_pin(browser, tablet::PIN).await?;
            while proxy.asked().len() == asked {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            browser.click(".ulr .btn.ghost").await?;
        }
        browser.wait("#sign-in-code").await?;
        // Now it comes, for nobody.
        proxy.answers(Answer::Endpoint);
        for _ in 0..50 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let opened = browser.has("[data-testid='who']").await?;
            ensure!(!opened, "it opened for whoever holds it");
        }
        // Who has signed in unlocks it with the PIN.
        browser.load(&proxy.address()).await?;
        tablet::pick(browser, person).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_person_does_not_see_what_was_searched() -> Result<()> {
    let bench = Bench::open().await?;
    let first = bench.tablet_of_all("first").await?;
    let browser = &first.browser;
    for (person, found) in [(OFFICER, ""), (OFFICER, "張慧"), (HEAD, "")] {
        tablet::pick(browser, person).await?;
        tablet::go(browser, "/today").await?;
        tablet::go(browser, "/cases").await?;
        browser.wait("#case-search").await?;
        let typed = "return document.querySelector('#case-search').value";
        let typed = browser.script(typed).await?;
        ensure!(typed == found, "{person} finds {typed}");
        browser.fill("#case-search", "張慧").await?;
        let later = "return new Promise(done => setTimeout(() => done(true), 400))";
        browser.script(later).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pad_that_is_opened_anew_waits_as_the_last_one() -> Result<()> {
    let bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    let browser = &first.browser;
    tablet::go(browser, "/device").await?;
    browser.click("[data-testid='change-pin']").await?;
    browser.wait("dialog[open] [data-digit='1']").await?;
    for said in ["試 4 次", "試 3 次", "試 2 次", "試 1 次", "請等"] {
        tablet::type_digits(browser, "999999").await?;
        browser.wait_for_text("dialog[open] .errm", said).await?;
    }
    browser.click_text("dialog[open] .keys .t", "取消").await?;
    browser.wait_gone("dialog[open]").await?;
    browser.click("[data-testid='change-pin']").await?;
    browser.wait_for_text("dialog[open] .errm", "請等").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_signed_is_not_changed_while_it_is_recorded() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    bench.endpoint.kill().await?;
    let browser = &first.browser;
    let case = acts::accept(&first, &DRIP).await?;
    acts::revisit_to_signature(browser, &case, Agrees::Yes).await?;
    // Both in one moment, as two fingers do.
    let both = "document.querySelector(\"[data-testid='signed']\").addEventListener('click', () => \
                setTimeout(() => document.querySelector(\"[data-testid='wrong']\")?.click(), 0))";
    browser.script(both).await?;
    acts::sign(browser).await?;
    acts::take_back(browser).await?;
    tablet::lock(browser).await?;
    let shown = browser.text("[data-testid='person']").await?;
    ensure!(!shown.contains("份草稿"), "a visit that is over: {shown}");
    Ok(())
}
