//! Cold starts on any place without a network, and a new version that waits for consent.

use std::path::{Path, PathBuf};

use acceptance::browser::tablet;
use anyhow::{Context as _, Result, ensure};
use record::Hash;
use serde_json::{Value, json};

use super::acts::{self, Agrees, DRIP};
use super::bench::{Bench, OFFICER};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_place_opens_without_a_network() -> Result<()> {
    let mut bench = Bench::open().await?;
    let mut first = bench.tablet("first").await?;
    bench.endpoint.kill().await?;
    let case = acts::accept(&first, &DRIP).await?;
    let visit = acts::visit(&case);
    let form = format!("{case}/form");
    for (place, shows) in [
        (case.as_str(), ".tl > li"),
        ("/visits", "a[href='/visits'][aria-current]"),
        ("/device", "[data-testid='answer']"),
        (&visit, "#resident-words"),
        (&form, "[data-testid='print']"),
        ("/opinions", "[data-testid='opinions']"),
        ("/cases", "a[href^='/cases/']"),
        ("/intake", "#intake-search"),
        ("/no/such/place", "main a[href='/']"),
        ("/", ".list, ul li .clk"),
    ] {
        first = first.cold_start(place).await?;
        let shown = first.browser.wait(shows).await;
        shown.with_context(|| format!("a cold start on {place}"))?;
    }
    Ok(())
}

/// Makes the page believe that its build is another: the address of the wasm tells builds apart.
const ANOTHER_BUILD: &str = "new MutationObserver(() => {
    const tag = document.querySelector('script[data-wasm]');
    if (tag && !tag.dataset.wasm.includes('#')) tag.dataset.wasm += '#another';
}).observe(document, { childList: true, subtree: true })";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_update_the_cases_are_listed_again() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    bench.endpoint.kill().await?;
    let case = acts::accept(&first, &DRIP).await?;
    let first = first.cold_start("/cases").await?;
    let (browser, listed) = (&first.browser, format!("main a[href='{case}']"));
    browser.wait(&listed).await?;
    let source = json!({ "source": ANOTHER_BUILD });
    browser
        .cdp("Page.addScriptToEvaluateOnNewDocument", source)
        .await?;
    let address = browser.script("return location.href").await?;
    let address = address.as_str().context("the page has an address")?;
    // Once to make the cache of the old build anew, once to read it.
    for _ in 0..2 {
        browser.load(address).await?;
        tablet::pick(browser, OFFICER).await?;
        browser.wait(&listed).await?;
        let build = "return document.querySelector('script[data-wasm]').dataset.wasm";
        let build = browser.script(build).await?;
        ensure!(
            build.as_str().is_some_and(|b| b.ends_with("#another")),
            "the page knew its build: {build}"
        );
    }
    Ok(())
}

/// Copies a folder with what is in it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for file in std::fs::read_dir(from)? {
        let file = file?;
        let target = to.join(file.file_name());
        if file.file_type()?.is_dir() {
            copy(&file.path(), &target)?;
        } else {
            std::fs::copy(file.path(), target)?;
        }
    }
    Ok(())
}

/// What only the newer build holds.
const NEWER: &str = "// The newer build.";

/// Makes a newer build of a folder: one file differs, and the worker's list says so.
fn renew(dist: &Path) -> Result<()> {
    let boot = dist.join("boot.js");
    let old = std::fs::read_to_string(&boot)?;
    let new = format!("{old}\n{NEWER}\n");
    std::fs::write(&boot, &new)?;
    let list: Value = serde_json::from_slice(&std::fs::read(dist.join("precache.json"))?)?;
    let digest = list.get("digest").and_then(Value::as_str);
    let digest = digest.context("the list names its build")?;
    let renewed = [
        (
            Hash::of(old.as_bytes()).to_string(),
            Hash::of(new.as_bytes()).to_string(),
        ),
        (digest.to_owned(), Hash::of(digest.as_bytes()).to_string()),
    ];
    for name in ["sw.js", "precache.json"] {
        let mut text = std::fs::read_to_string(dist.join(name))?;
        for (old, new) in &renewed {
            ensure!(text.contains(old), "{name} names {old}");
            text = text.replace(old, new);
        }
        std::fs::write(dist.join(name), text)?;
    }
    for name in ["boot.js.br", "sw.js.br", "precache.json.br"] {
        // A build without Brotli has none.
        let _gone = std::fs::remove_file(dist.join(name));
    }
    Ok(())
}

/// Which build answers the page: whether the newer one does.
const IS_NEWER: &str = "return fetch('/boot.js').then(answer => answer.text())\
    .then(text => text.includes('// The newer build.'))";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_version_waits_for_consent() -> Result<()> {
    let dist = tempfile::tempdir()?;
    let dist: PathBuf = dist.path().join("dist");
    copy(&acceptance::browser::Endpoint::built()?, &dist)?;
    let bench = Bench::serving(&dist).await?;
    let first = bench.tablet("first").await?;
    let browser = &first.browser;
    tablet::pick(browser, OFFICER).await?;
    let case = acts::accept(&first, &DRIP).await?;
    tablet::go(browser, "/intake").await?;
    acts::fill_intake(browser, &DRIP).await?;
    browser.click("[data-testid='section-2']").await?;
    browser.wait("#intake-content").await?;
    browser.script("globalThis.samePage = true").await?;

    renew(&dist)?;
    let update = "return navigator.serviceWorker.getRegistration()\
        .then(registration => registration.update()).then(() => true)";
    browser.script(update).await?;
    let ready = "return document.documentElement.dataset.update === 'ready'";
    first.until("that the new version is ready", ready).await?;
    browser.wait_for_text("button", "現在重新開啟").await?;
    let same = "return globalThis.samePage === true \
        && document.getElementById('intake-content').value.length > 0";
    ensure!(
        browser.script(same).await? == true,
        "the open form was reloaded"
    );
    ensure!(
        browser.script(IS_NEWER).await? == false,
        "the new version came unasked"
    );

    // The tablet in the resident's hands shows nothing of it, and stays.
    acts::revisit_to_signature(browser, &case, Agrees::Yes).await?;
    browser.script(update).await?;
    let same = "return globalThis.samePage === true \
        && !document.body.innerText.includes('現在重新開啟')";
    ensure!(
        browser.script(same).await? == true,
        "the resident's page was disturbed"
    );
    acts::sign(browser).await?;
    acts::take_back(browser).await?;

    browser.click_text("button", "現在重新開啟").await?;
    first
        .until("another page", "return globalThis.samePage === undefined")
        .await?;
    tablet::pick(browser, OFFICER).await?;
    ensure!(
        browser.script(IS_NEWER).await? == true,
        "the old version is still there"
    );
    tablet::go(browser, "/intake").await?;
    browser.click("[data-testid='resume']").await?;
    browser.wait("#intake-content").await?;
    Ok(())
}
