//! Who uses the tablet: the PIN, what is kept when it is locked, and whose it is.

use std::collections::BTreeSet;
use std::time::Duration;

use acceptance::browser::{Browser, tablet};
use anyhow::{Context as _, Result, ensure};

use super::acts::{self, Agrees, DRIP};
use super::bench::{Bench, HEAD, OFFICER};
use super::trouble::says;

/// A PIN that is nobody's.
const WRONG: &str = "999999";

/// What a page does of itself has been done.
const LATER: &str = "return new Promise(done => setTimeout(() => done(true), 200))";

/// Types a wrong PIN for the person whose pad is shown, and waits for what is said of it.
async fn type_wrong(browser: &Browser, said: &str) -> Result<()> {
    tablet::type_digits(browser, WRONG).await?;
    browser.wait_for_text(".errm", said).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_pins_slow_down_whoever_ends_the_app_and_erase_nothing() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet_of_all("first").await?;
    bench.endpoint.kill().await?;
    let case = acts::accept(&first, &DRIP).await?;
    tablet::lock(&first.browser).await?;
    first
        .browser
        .click_text("[data-testid='person']", HEAD)
        .await?;
    // Who leaves in the moment before it is tried leaves, and nothing was tried.
    let leaves = "for (const digit of [1, 1, 1, 1, 1, 1]) \
                    document.querySelector(`[data-digit='${digit}']`).click(); \
                  document.querySelector('.keys .t').click()";
    first.browser.script(leaves).await?;
    first
        .browser
        .click_text("[data-testid='person']", HEAD)
        .await?;
    for left in ["還可試 4 次", "還可試 3 次", "還可試 2 次", "還可試 1 次"] {
        type_wrong(&first.browser, left).await?;
    }
    type_wrong(&first.browser, "請等").await?;
    // Another choice, and the same one again.
    first.browser.click_text(".keys .t", "取消").await?;
    first
        .browser
        .click_text("[data-testid='person']", HEAD)
        .await?;
    first.browser.wait_for_text(".errm", "請等").await?;
    // A start of the app begins the pause anew; the others need not wait.
    let first = first.kill().await?.start_locked(&case).await?;
    first
        .browser
        .click_text("[data-testid='person']", HEAD)
        .await?;
    first.browser.wait_for_text(".errm", "請等").await?;
    let still = "return document.querySelector('.keys').getAttribute('aria-disabled')";
    ensure!(
        first.browser.script(still).await? == "true",
        "it may be tried"
    );
    tablet::pick(&first.browser, OFFICER).await?;
    first.browser.wait("[data-testid='case']").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_being_typed_is_kept_for_who_typed_it() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet_of_all("first").await?;
    bench.endpoint.kill().await?;
    let browser = &first.browser;
    tablet::pick(browser, OFFICER).await?;
    tablet::go(browser, "/intake").await?;
    acts::fill_intake(browser, &DRIP).await?;
    tablet::lock(browser).await?;
    let shown = "return document.body.innerText";
    let shown = browser.script(shown).await?;
    let shown = shown.as_str().unwrap_or_default();
    ensure!(!shown.contains(DRIP.content), "the lock shows a case");
    // Whoever has signed in since, it says where it is and what people are.
    for words in ["雲杉花園服務站", "維修部 · 部門負責人"] {
        ensure!(shown.contains(words), "no {words}: {shown}");
    }
    browser
        .wait_for_text("[data-testid='person']", "1 份草稿")
        .await?;
    tablet::pick(browser, HEAD).await?;
    tablet::go(browser, "/intake").await?;
    browser.wait("#intake-search").await?;
    ensure!(
        !browser.has("[data-testid='resume']").await?,
        "another's draft"
    );
    tablet::pick(browser, OFFICER).await?;
    tablet::go(browser, "/intake").await?;
    browser.click("[data-testid='resume']").await?;
    browser.click("[data-testid='section-2']").await?;
    let content = "return document.querySelector('#intake-content')?.value";
    let content = browser.script(content).await?;
    ensure!(content == DRIP.content, "{content}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_residents_page_is_left_with_the_pin_alone() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    bench.endpoint.kill().await?;
    let case = acts::accept(&first, &DRIP).await?;
    acts::revisit_to_signature(&first.browser, &case, Agrees::Yes).await?;
    let browser = &first.browser;
    let leaves = "return document.querySelector('.rail, .tabs, [data-testid=who]') !== null";
    for way in [
        "history.back()",
        "history.go(-3)",
        "location.hash = '#/cases'",
        "history.pushState(null, '', '/cases'); dispatchEvent(new PopStateEvent('popstate'))",
    ] {
        browser.script(way).await?;
        browser.script(LATER).await?;
        ensure!(browser.has(".res").await?, "{way} left the page");
        ensure!(browser.script(leaves).await? == false, "{way} shows places");
    }
    // A start leads to the lock; with the PIN of who handed it over, to the resident's page.
    let first = first.kill().await?.start_locked("/cases").await?;
    let shown = first
        .browser
        .script("return document.body.innerText")
        .await?;
    let shown = shown.as_str().unwrap_or_default();
    ensure!(!shown.contains(DRIP.content), "the lock shows a case");
    tablet::pick(&first.browser, OFFICER).await?;
    first.browser.wait(".res").await?;
    acts::sign(&first.browser).await?;
    tablet::type_digits(&first.browser, WRONG).await?;
    first.browser.wait_for_text(".errm", "PIN 不對").await?;
    ensure!(first.browser.has(".res").await?, "a wrong PIN led out");
    acts::take_back(&first.browser).await?;
    Ok(())
}

/// What a page shows that is staff's: places to go to, who uses the tablet, a case's own page.
const STAFFS: &str = "return ['.rail', '.tabs', '[data-testid=who]', '[data-testid=case]', \
    '#intake-search'].filter(css => document.querySelector(css) !== null).join()";

/// Where the page leads by a link, a form or a frame.
const LINKS: &str = "return [...document.querySelectorAll('a, area, form, iframe, [role=link]')]\
    .map(one => one.outerHTML).join()";

/// What can have the focus, and what has it; each by its place among all elements.
const FOCUSABLE: &str = "const all = [...document.querySelectorAll('*')];\
    const can = one => one.matches('button, input, [tabindex=\"0\"]') && !one.disabled\
        && one.checkVisibility();\
    return [all.flatMap((one, at) => can(one) ? [at] : []), all.indexOf(document.activeElement)]";

/// The resident's page is there still, and nothing of the staff's.
async fn is_the_residents(browser: &Browser, after: &str) -> Result<()> {
    browser.script(LATER).await?;
    ensure!(browser.has(".res").await?, "{after} left the page");
    let shown = browser.script(STAFFS).await?;
    ensure!(shown == "", "{after} shows {shown}");
    Ok(())
}

/// What has just been loaded is locked; unlocked it is the resident's page.
async fn is_locked(browser: &Browser, after: &str) -> Result<()> {
    browser.wait(".people").await?;
    browser.script(LATER).await?;
    let shown = browser.script(STAFFS).await?;
    ensure!(shown == "", "{after} shows {shown}");
    let words = browser.script("return document.body.innerText").await?;
    let words = words.as_str().context("a text")?;
    ensure!(!words.contains(DRIP.content), "{after} shows a case");
    tablet::pick(browser, OFFICER).await?;
    browser.wait(".res").await?;
    Ok(())
}

/// Keys with which a browser, or a dialog, is left.
const KEYS: [(&str, &[char]); 6] = [
    ("Escape", &['\u{e00c}']),
    ("Enter", &['\u{e007}']),
    ("Backspace", &['\u{e003}']),
    ("Alt and left", &['\u{e00a}', '\u{e012}']),
    ("Alt and Home", &['\u{e00a}', '\u{e011}']),
    ("F5", &['\u{e035}']),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_key_link_address_or_tab_leads_out_of_the_residents_page() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    bench.endpoint.kill().await?;
    let case = acts::accept(&first, &DRIP).await?;
    let browser = &first.browser;
    acts::revisit_to_signature(browser, &case, Agrees::Yes).await?;
    let driver = browser.driver();
    ensure!(browser.script(LINKS).await? == "", "it has a link");
    for (name, keys) in KEYS {
        let chain = keys
            .iter()
            .fold(driver.action_chain(), |chain, key| chain.key_down(*key));
        let chain = keys
            .iter()
            .rev()
            .fold(chain, |chain, key| chain.key_up(*key));
        chain.perform().await?;
        is_the_residents(browser, name).await?;
    }
    // Through all that can have the focus, and once around.
    let mut been = BTreeSet::new();
    let (all, _) = focusable(browser).await?;
    ensure!(all.len() > 2, "{all:?}");
    for _ in 0..2 * all.len() {
        driver
            .action_chain()
            .send_keys("\u{e004}")
            .perform()
            .await?;
        been.insert(focusable(browser).await?.1);
        is_the_residents(browser, "Tab").await?;
    }
    ensure!(
        all.iter().all(|one| been.contains(one)),
        "{all:?}, only {been:?}"
    );

    driver.refresh().await?;
    is_locked(browser, "a reload").await?;
    let address = bench.endpoint.address();
    for path in [&case, "/cases", "/device", "/intake", "/admin"] {
        browser.load(&format!("{address}{path}")).await?;
        is_locked(browser, path).await?;
        is_the_residents(browser, path).await?;
    }
    // Another page of the app beside it, which shows nothing of it, and takes nothing away.
    let window = driver.window().await?;
    let other = driver.new_tab().await?;
    driver.switch_to_window(other).await?;
    browser.load(&format!("{address}{case}")).await?;
    browser.script(LATER).await?;
    browser.wait("body *").await?;
    let shown = browser.script(STAFFS).await?;
    ensure!(shown == "", "another page shows {shown}");
    let words = browser.script("return document.body.innerText").await?;
    let words = words.as_str().context("a text")?;
    ensure!(!words.contains(DRIP.content), "another page shows a case");
    driver.close_window().await?;
    driver.switch_to_window(window).await?;
    let shown = browser.script(STAFFS).await?;
    ensure!(shown == "", "beside another page it shows {shown}");
    browser.load(&format!("{address}/")).await?;
    is_locked(browser, "after another page").await?;
    acts::sign(browser).await?;
    acts::take_back(browser).await
}

/// What can have the focus, and what has it.
async fn focusable(browser: &Browser) -> Result<(Vec<i64>, i64)> {
    Ok(serde_json::from_value(browser.script(FOCUSABLE).await?)?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_recorded_goes_up_while_the_tablet_is_locked() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    bench.endpoint.kill().await?;
    let case = acts::accept(&first, &DRIP).await?;
    let number = "return document.body.innerText.match(/YS\\d\\d-B\\d+-\\d{4}/)[0]";
    let number = first.browser.script(number).await?;
    let number = number.as_str().unwrap_or_default().to_owned();
    // Nobody unlocks it any more.
    let first = first.kill().await?.start_locked(&case).await?;
    first.browser.wait_for_text(".people", "筆待同步").await?;
    bench.endpoint.start_again().await?;
    first
        .browser
        .script("dispatchEvent(new Event('online'))")
        .await?;
    first.browser.wait_for_text(".people", "已同步").await?;
    let file = bench.exported(&number)?;
    ensure!(super::path::kinds(&file)[0] == "accepted");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pin_is_changed_after_the_present_one_was_asked() -> Result<()> {
    const NEW: &str = "8301752";
    let mut bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    bench.endpoint.kill().await?;
    let browser = &first.browser;
    tablet::go(browser, "/device").await?;
    browser.click("[data-testid='change-pin']").await?;
    browser.wait("dialog[open] [data-digit='1']").await?;
    tablet::type_digits(browser, WRONG).await?;
    browser
        .wait_for_text("dialog[open] .errm", "PIN 不對")
        .await?;
    tablet::type_pin(browser).await?;
    browser.wait("dialog[open] [data-testid='new-pin']").await?;
    for word in ["設定您的 PIN", "再輸入一次"] {
        browser
            .wait_for_text("[data-testid='new-pin']", word)
            .await?;
        // Too few are asked for again, and what was typed stays.
        let (few, more) = NEW.split_at(3);
        tablet::type_digits(browser, few).await?;
        browser.click_text(".keys .t", "完成").await?;
        browser
            .wait_for_text("dialog[open] .errm", "6 到 12 位")
            .await?;
        tablet::type_digits(browser, more).await?;
        browser.click_text(".keys .t", "完成").await?;
    }
    browser.wait_for_text(".toast", "PIN 已更改").await?;
    let first = first.kill().await?.start_locked("/").await?;
    let browser = &first.browser;
    browser
        .click_text("[data-testid='person']", OFFICER)
        .await?;
    browser.wait_for_text(".ulr", "上次解鎖").await?;
    tablet::type_digits(browser, &format!("{WRONG}9")).await?;
    browser.wait_for_text(".errm", "還可試").await?;
    tablet::type_digits(browser, NEW).await?;
    browser.wait("[data-testid='who']").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_code_it_is_is_said_before_a_pin_is_chosen() -> Result<()> {
    let bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    let browser = &first.browser;
    tablet::lock(browser).await?;
    browser.click("[data-testid='other-person']").await?;
    browser.fill("#sign-in-code", "AAAA-AAAA").await?;
    browser.click("[data-testid='sign-in']").await?;
    says(browser, "#main", &["登入碼不對"]).await?;
    ensure!(!browser.has("[data-digit]").await?, "a PIN is asked for");
    browser.click_text(".ulr .btn", "取消").await?;
    browser.click("[data-testid='other-person']").await?;
    let codes = bench.endpoint.sign_in_codes().await?;
    let code = codes.iter().find(|(name, _)| name == HEAD);
    let (_, code) = code.context("the head has a code")?;
    // Whoever goes back may use the code again on this tablet.
    for _ in 0..2 {
        browser.fill("#sign-in-code", code).await?;
        browser.click("[data-testid='sign-in']").await?;
        says(browser, "[data-testid='sign-in-as']", &[HEAD]).await?;
        browser.click_text(".ulr .btn", "返回").await?;
        browser.wait("#sign-in-code").await?;
    }
    browser.fill("#sign-in-code", code).await?;
    browser.click("[data-testid='sign-in']").await?;
    says(browser, "[data-testid='sign-in-as']", &[HEAD]).await?;
    tablet::choose_pin(browser, tablet::PIN).await?;
    browser
        .wait(&format!("[data-testid='who'][data-name='{HEAD}']"))
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_pin_loses_nothing() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    bench.endpoint.kill().await?;
    let case = acts::accept(&first, &DRIP).await?;
    acts::step(&first.browser, "contacted").await?;
    first.browser.fill("#ask-words", "說到一半").await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let first = first.kill().await?.start_locked(&case).await?;
    let browser = &first.browser;
    bench.endpoint.start_again().await?;
    tablet::sign_in_anew(&bench.endpoint, browser, OFFICER, "830175").await?;
    tablet::go(browser, &case).await?;
    browser.wait(".tl > li").await?;
    acts::step(browser, "contacted").await?;
    browser.wait("#ask-words").await?;
    let words = browser
        .script("return document.querySelector('#ask-words').value")
        .await?;
    ensure!(words == "說到一半", "{words}");
    first.sync().await
}
