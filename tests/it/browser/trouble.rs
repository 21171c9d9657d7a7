//! Trouble on a tablet. Whatever it is, what was recorded stays, and the screen says what happened,
//! what is kept and what to do.

use acceptance::browser::{LAN_HOST, tablet};
use anyhow::{Context as _, Result, ensure};

use super::acts::{self, DRIP};
use super::bench::{Bench, OFFICER};

/// What a browser may lack, by the name that the page gives it, and a script that takes it away.
const LACKING: [(&str, &str); 14] = [
    ("WebAssembly", "delete globalThis.WebAssembly"),
    ("WebAssembly", "WebAssembly.validate = () => false"),
    (
        "JavaScript modules",
        "delete HTMLScriptElement.prototype.noModule",
    ),
    (
        "IndexedDB",
        "Object.defineProperty(globalThis, 'indexedDB', { value: undefined })",
    ),
    ("Web Locks", "delete Navigator.prototype.locks"),
    ("WebCrypto", "delete Crypto.prototype.subtle"),
    (
        "Ed25519",
        "SubtleCrypto.prototype.generateKey = async () => { throw new Error('no such algorithm') }",
    ),
    ("Service Worker", "delete Navigator.prototype.serviceWorker"),
    ("Pointer Events", "delete globalThis.PointerEvent"),
    ("ResizeObserver", "delete globalThis.ResizeObserver"),
    ("AbortSignal.timeout", "delete AbortSignal.timeout"),
    ("<dialog>", "delete HTMLDialogElement.prototype.showModal"),
    ("popover", "delete HTMLElement.prototype.popover"),
    ("CSS @layer", "delete globalThis.CSSLayerBlockRule"),
];

/// Whether anything of the app is there: what is said stands alone on the page.
const STARTED: &str =
    "return document.body.children.length !== 1 || 'turn' in document.documentElement.dataset";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_lacks_something_is_told_what() -> Result<()> {
    let bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    let browser = &first.browser;
    let case = acts::accept(&first, &DRIP).await?;
    let address = format!("{}{case}", bench.endpoint.address());
    for (name, script) in LACKING {
        let script = browser.before_each_page(script).await?;
        browser.load(&address).await?;
        let shown = browser.text("[data-testid='unable']").await;
        let shown = shown.with_context(|| format!("without {name}"))?;
        for words in [name, "沒有丟失", "Chrome", "Missing", "lost"] {
            ensure!(shown.contains(words), "without {name}, no {words}: {shown}");
        }
        ensure!(
            browser.script(STARTED).await? == false,
            "without {name} the app was started"
        );
        browser.no_more(script).await?;
    }
    browser.load(&address).await?;
    tablet::pick(browser, OFFICER).await?;
    browser.wait("[data-testid='case']").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_without_tls_in_a_network_says_what_it_must_be() -> Result<()> {
    let bench = Bench::open().await?;
    let address = bench.endpoint.address().replace("127.0.0.1", LAN_HOST);
    let browser = bench.visitor("visitor", &address).await?;
    let shown = browser.text("[data-testid='unable']").await?;
    for words in ["要以 https:// 開頭", "must begin with https://"] {
        ensure!(shown.contains(words), "no {words}: {shown}");
    }
    ensure!(
        browser.script(STARTED).await? == false,
        "the app was started"
    );
    Ok(())
}
