//! What a person does first on a tablet.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::{Browser, Endpoint, Site, Size};

/// The PIN of everybody.
pub const PIN: &str = "274901";

/// Opens a browser on a fresh profile, joins the endpoint with its code, and has people sign in;
/// the last of them is using it then.
///
/// # Errors
/// The tablet does not join, or somebody cannot sign in.
pub async fn join(
    endpoint: &Endpoint,
    profile: &Path,
    size: Size,
    people: &[&str],
) -> Result<Browser> {
    join_at(endpoint, &endpoint.address(), profile, size, people).await
}

/// The same where the endpoint is found at another address than its own.
///
/// # Errors
/// As [`join`].
pub async fn join_at(
    endpoint: &Endpoint,
    address: &str,
    profile: &Path,
    size: Size,
    people: &[&str],
) -> Result<Browser> {
    let browser = Browser::open(profile, size).await?;
    browser.load(address).await?;
    browser.fill("#join-code", endpoint.code()).await?;
    browser.click("[data-testid='join']").await?;
    browser.wait(".people").await?;
    let codes = endpoint.sign_in_codes().await?;
    for name in people {
        sign_in(endpoint, &browser, (name, PIN), &codes).await?;
    }
    Ok(browser)
}

/// Somebody who forgot the PIN signs in again and chooses another one.
///
/// # Errors
/// It does not come to that.
pub async fn sign_in_anew(
    endpoint: &Endpoint,
    browser: &Browser,
    name: &str,
    pin: &str,
) -> Result<()> {
    let codes = endpoint.sign_in_codes().await?;
    sign_in(endpoint, browser, (name, pin), &codes).await
}

/// A person signs in and uses the tablet then.
async fn sign_in(
    endpoint: &Endpoint,
    browser: &Browser,
    (name, pin): (&str, &str),
    codes: &[(String, String)],
) -> Result<()> {
    lock(browser).await?;
    browser.click("[data-testid='other-person']").await?;
    if endpoint.site() == Site::Training {
        browser
            .click_text("[data-testid='training-person']", name)
            .await?;
    } else {
        let code = codes.iter().find(|(one, _)| one == name);
        let (_, code) = code.with_context(|| format!("{name} has no code"))?;
        browser.fill("#sign-in-code", code).await?;
        browser.click("[data-testid='sign-in']").await?;
    }
    choose_pin(browser, pin).await?;
    uses(browser, name).await
}

/// Chooses a PIN: types it twice.
///
/// # Errors
/// It is not asked for.
pub async fn choose_pin(browser: &Browser, pin: &str) -> Result<()> {
    for again in [false, true] {
        if again {
            browser.wait_for_text(".ulr h2", "再輸入一次").await?;
        }
        type_digits(browser, pin).await?;
        browser.click_text(".keys .t", "完成").await?;
    }
    Ok(())
}

/// Types the PIN on the pad that is shown.
///
/// # Errors
/// There is no pad.
pub async fn type_pin(browser: &Browser) -> Result<()> {
    type_digits(browser, PIN).await
}

/// Types digits on the pad that is shown.
///
/// # Errors
/// There is no pad.
pub async fn type_digits(browser: &Browser, pin: &str) -> Result<()> {
    for digit in pin.chars() {
        browser.click(&format!("[data-digit='{digit}']")).await?;
    }
    Ok(())
}

/// Locks the tablet, where somebody uses it.
///
/// # Errors
/// The page is neither locked nor in use.
pub async fn lock(browser: &Browser) -> Result<()> {
    browser.wait(".people, [data-testid='who']").await?;
    if !browser.has(".people").await? {
        browser.click("[data-testid='who']").await?;
        browser.wait(".people").await?;
    }
    Ok(())
}

/// Waits until a person uses the tablet, or a resident it was handed to.
async fn uses(browser: &Browser, name: &str) -> Result<()> {
    browser.wait_gone(".people").await?;
    browser
        .wait(&format!("[data-testid='who'][data-name='{name}'], .res"))
        .await?;
    Ok(())
}

/// Unlocks the tablet for a person who has signed in; nothing to do where they use it already.
///
/// # Errors
/// Nobody of this name has signed in.
pub async fn pick(browser: &Browser, name: &str) -> Result<()> {
    browser.wait(".people, [data-testid='who'], .res").await?;
    let using = format!("[data-testid='who'][data-name='{name}']");
    if browser.has(&using).await? {
        return Ok(());
    }
    lock(browser).await?;
    browser.click_text("[data-testid='person']", name).await?;
    type_pin(browser).await?;
    uses(browser, name).await
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
    has_sent_all(browser, patience).await
}

/// Waits until the page of the device says that everything has been sent.
///
/// # Errors
/// It does not say so.
pub async fn has_sent_all(browser: &Browser, patience: Duration) -> Result<()> {
    let sent = "const all = document.querySelector('[data-testid=\"answer\"]');\
        return all !== null && all.innerText.includes('都送到了：')";
    browser
        .until("that everything is sent", sent, patience)
        .await
}
