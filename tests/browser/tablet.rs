//! What a person does first on a tablet.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::{Browser, Endpoint, Size};

/// Opens a browser on a fresh profile and joins the endpoint with its code.
///
/// # Errors
/// The tablet does not join.
pub async fn join(endpoint: &Endpoint, profile: &Path, size: Size) -> Result<Browser> {
    let browser = Browser::open(profile, size).await?;
    browser.load(&endpoint.address()).await?;
    browser.fill("#join-code", endpoint.code()).await?;
    browser.click("[data-testid='join']").await?;
    browser.wait(".people").await?;
    Ok(browser)
}

/// Chooses who is acting, by name, on the page that asks for it or from the rail.
///
/// # Errors
/// There is nobody of this name.
pub async fn pick(browser: &Browser, name: &str) -> Result<()> {
    // After a start either the places are there, or the page that asks who is acting.
    browser.wait(".people, a[href='/people']").await?;
    if !browser.has(".people").await? {
        browser.click("a[href='/people']").await?;
    }
    browser.click_text("[data-testid='person']", name).await?;
    browser.wait_for_text(".acting", name).await?;
    Ok(())
}

/// Goes to a place of the app without loading the page anew: `/cases`.
///
/// # Errors
/// The page forbade something, or does not answer.
pub async fn go(browser: &Browser, path: &str) -> Result<()> {
    let moved = format!(
        "history.pushState(null, '', {path:?}); dispatchEvent(new PopStateEvent('popstate'));\
         scrollTo(0, 0);"
    );
    browser.script(&moved).await?;
    browser.wait("#main").await?;
    let violations = browser.violations().await?;
    ensure!(violations.is_empty(), "forbidden: {violations:?}");
    Ok(())
}

/// Waits until the worker that answers without a network is in place.
///
/// # Errors
/// It does not come into place.
pub async fn can_start_offline(browser: &Browser, patience: Duration) -> Result<()> {
    let ready = "return navigator.serviceWorker.ready\
        .then(() => navigator.serviceWorker.controller !== null)";
    browser.until("the service worker", ready, patience).await
}

/// Meets the endpoint now, and waits until everything has been sent and what it had has come.
///
/// # Errors
/// It does not come to an end.
pub async fn sync(browser: &Browser, patience: Duration) -> Result<()> {
    go(browser, "/device").await?;
    browser.click("[data-testid='retry']").await?;
    let sent = "const all = document.querySelector('[data-testid=\"answer\"]');\
        return all !== null && all.innerText.includes('都送到了：')";
    browser
        .until("that everything is sent", sent, patience)
        .await
}
