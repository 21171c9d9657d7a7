//! The page's policy: no screen breaks it, and the listener that says so hears.

use acceptance::browser::{Browser, tablet};
use anyhow::{Result, ensure};

use super::acts::{self, Agrees, DRIP};
use super::bench::{Bench, HANDLER, HEAD, MANAGER, OFFICER, Tablet};

async fn keeps_the_policy(browser: &Browser, place: &str) -> Result<()> {
    let found = browser.violations().await?;
    ensure!(found.is_empty(), "{place}: {found:?}");
    Ok(())
}

/// What opens a sheet on the page of a case.
const OPENERS: &str = "[data-testid='case'] .clkrow,\
    [data-testid^='step-']:not([data-testid='step-revisited']) button,\
    [data-testid='note'], [data-testid='supply'], [data-testid^='correct-']";

/// Opens each sheet that the acting person has.
async fn every_sheet(tablet: &Tablet) -> Result<()> {
    let browser = &tablet.browser;
    let count = format!("return document.querySelectorAll(\"{OPENERS}\").length");
    let count = browser.script(&count).await?.as_u64().unwrap_or_default();
    ensure!(count > 3, "{count} ways to a sheet");
    for at in 0..count {
        // What was drawn anew at that moment did not hear the press.
        let press = format!(
            "const is_open = () => document.querySelector('dialog[open]') !== null;\
             if (!is_open()) document.querySelectorAll(\"{OPENERS}\")[{at}]?.click();\
             return is_open()"
        );
        tablet.until("an open sheet", &press).await?;
        keeps_the_policy(browser, "a sheet").await?;
        browser.click("dialog[open] .sheet-head button").await?;
        browser.wait_gone("dialog[open]").await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_screen_breaks_the_policy() -> Result<()> {
    let bench = Bench::open().await?;
    let first = bench.tablet_of_all("first").await?;
    let browser = &first.browser;
    let case = acts::accept(&first, &DRIP).await?;
    acts::transfer(browser, &case).await?;
    for who in [OFFICER, HEAD, HANDLER, MANAGER] {
        acts::open(browser, who, &case).await?;
        every_sheet(&first).await?;
    }
    acts::receive(browser, &case).await?;
    acts::sign_measures(browser, &case).await?;
    acts::finish(browser, &case).await?;
    acts::verify(browser, &case).await?;
    acts::resolve(browser, &case).await?;
    let visit = acts::visit(&case);
    for place in [
        "/",
        "/intake",
        "/cases",
        "/visits",
        "/device",
        "/no/such/place",
        &case,
        &format!("{case}/form"),
        &visit,
        &format!("{visit}/unsigned"),
        &format!("{visit}?way=telephone"),
        "/cases/none",
    ] {
        tablet::go(browser, place).await?;
        keeps_the_policy(browser, place).await?;
    }
    tablet::lock(browser).await?;
    keeps_the_policy(browser, "the lock").await?;
    browser.click("[data-testid='other-person']").await?;
    keeps_the_policy(browser, "signing in").await?;
    tablet::pick(browser, OFFICER).await?;
    tablet::go(browser, &visit).await?;
    browser.click("[data-testid='nobody-home']").await?;
    browser.wait("dialog[open]").await?;
    keeps_the_policy(browser, "nobody home").await?;
    browser.click("dialog[open] .sheet-head button").await?;
    acts::revisit_to_thanks(browser, &case, Agrees::Yes).await?;
    keeps_the_policy(browser, "the resident's page").await?;
    acts::take_back(browser).await?;
    acts::close(browser, &case).await?;
    keeps_the_policy(browser, "the archive").await?;

    browser
        .script("document.body.setAttribute('style', 'color: red')")
        .await?;
    let heard = "return globalThis.violations.length > 0";
    first.until("that a violation is heard", heard).await
}
