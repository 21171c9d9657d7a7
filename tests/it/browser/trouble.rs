//! Trouble on a tablet. Whatever it is, what was recorded stays, and the screen says what happened,
//! what is kept and what to do.

use std::path::Path;
use std::time::Instant;

use acceptance::browser::{Browser, LAN_HOST, tablet};
use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::acts::{self, DRIP};
use super::bench::{Bench, OFFICER, PATIENCE, Tablet};
use super::path::{kinds, number};
use super::photos;
use super::variants::LAMP;

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

/// Writes a little into a database of the page's own; answers what became of it.
const WRITE: &str = "return new Promise((done) => {
    const open = indexedDB.open('probe', 1);
    open.onupgradeneeded = () => open.result.createObjectStore('all');
    open.onerror = () => done(`${open.error?.name}`);
    open.onsuccess = () => {
        const writing = open.result.transaction('all', 'readwrite', { durability: 'strict' });
        writing.objectStore('all').put(new Uint8Array(4096), 'one');
        writing.onabort = () => { open.result.close(); done(`${writing.error?.name}`); };
        writing.oncomplete = () => { open.result.close(); done('written'); };
    };
})";

/// Takes all room from the app, or gives it back. The browser goes by an old measurement for a
/// while: it is waited for until a write finds it so.
async fn room(tablet: &Tablet, there_is: bool) -> Result<()> {
    let browser = &tablet.browser;
    let origin = browser.script("return location.origin").await?;
    let (room, wanted) = if there_is {
        (json!({ "origin": origin }), "written")
    } else {
        (
            json!({ "origin": origin, "quotaSize": 1 }),
            "QuotaExceededError",
        )
    };
    let began = Instant::now();
    let mut found = Value::Null;
    while found != wanted {
        ensure!(
            began.elapsed() < PATIENCE,
            "a write ends with {found}, not {wanted}"
        );
        browser
            .cdp("Storage.overrideQuotaForOrigin", room.clone())
            .await?;
        found = browser.script(WRITE).await?;
    }
    Ok(())
}

/// Waits until an element says all of this.
pub(super) async fn says(browser: &Browser, css: &str, all: &[&str]) -> Result<()> {
    for words in all {
        browser.wait_for_text(css, words).await?;
    }
    Ok(())
}

/// Opens the sheet of a contact and fills it up to its last button.
pub(super) async fn contact(browser: &Browser, case: &str, words: &str) -> Result<()> {
    acts::open(browser, OFFICER, case).await?;
    acts::step(browser, "contacted").await?;
    acts::answer(browser, "#ask-contact", "反饋").await?;
    acts::answer(browser, "#ask-way", "電話").await?;
    acts::answer(browser, "#ask-reached", "聯繫到了").await?;
    acts::answer(browser, "#ask-counts", "算作反饋").await?;
    browser.fill("#ask-words", words).await
}

/// What a field holds.
pub(super) async fn value(browser: &Browser, css: &str) -> Result<Value> {
    let value = format!("return document.querySelector(\"{css}\")?.value");
    browser.script(&value).await
}

/// How many acts the page of a case shows.
pub(super) async fn acts_shown(browser: &Browser) -> Result<Value> {
    let count = "return document.querySelectorAll('.tl > li').length";
    browser.script(count).await
}

/// Waits for a rescue file in a folder; answers how many entries it holds.
async fn rescued(tablet: &Tablet, folder: &Path) -> Result<usize> {
    for _ in 0..200 {
        for file in std::fs::read_dir(folder)? {
            let text = std::fs::read_to_string(file?.path())?;
            let file: Value = serde_json::from_str(&text).unwrap_or_default();
            if let Some(entries) = file.get("entries").and_then(Value::as_array) {
                return Ok(entries.len());
            }
        }
        tablet.browser.script("return true").await?;
    }
    anyhow::bail!("no rescue file was saved")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_for_which_there_is_no_room_is_not_said_to_be_saved() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    let browser = &first.browser;
    bench.endpoint.kill().await?;
    let case = acts::accept(&first, &DRIP).await?;
    contact(browser, &case, "告知維修部今天下午上門").await?;
    let before = acts_shown(browser).await?;
    let folder = tempfile::tempdir()?;
    let path = folder
        .path()
        .to_str()
        .context("the folder's name is text")?;
    let allow = json!({ "behavior": "allow", "downloadPath": path });
    browser.cdp("Page.setDownloadBehavior", allow).await?;

    room(&first, false).await?;
    browser
        .fill("#ask-residentwords", "能今天弄好就行。")
        .await?;
    browser.click("dialog[open] [data-testid='save']").await?;
    let told = ["沒有存進本機", "空間已滿", "還在畫面上"];
    says(browser, "dialog[open] [data-testid='not-saved']", &told).await?;
    let said = "return document.querySelector('.toast')?.innerText.includes('聯繫住戶')";
    ensure!(
        browser.script(said).await? != true,
        "it was said to be saved"
    );
    ensure!(
        acts_shown(browser).await? == before,
        "it is shown as an act"
    );
    ensure!(value(browser, "#ask-residentwords").await? == "能今天弄好就行。");

    // What was recorded before can be taken to another tablet, without any room.
    browser
        .click("dialog[open] [data-testid='rescue-save']")
        .await?;
    says(browser, "dialog[open] [role='status']", &["已存 2 筆"]).await?;
    let entries = rescued(&first, folder.path()).await?;
    ensure!(entries == 2, "{entries} entries");

    room(&first, true).await?;
    browser
        .click_text("dialog[open] [data-testid='not-saved'] .btn", "再存一次")
        .await?;
    acts::said(browser, "聯繫住戶並記錄").await?;
    browser.wait_gone("dialog[open]").await?;
    bench.endpoint.start_again().await?;
    first.sync().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_tablet_without_room_says_why_it_does_not_unlock() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    let browser = &first.browser;
    bench.endpoint.kill().await?;
    let case = acts::accept(&first, &DRIP).await?;
    tablet::lock(browser).await?;
    room(&first, false).await?;
    browser
        .click_text("[data-testid='person']", OFFICER)
        .await?;
    tablet::type_pin(browser).await?;
    says(browser, ".errm", &["空間已滿", "資料都在"]).await?;
    browser.click("[data-testid='rescue-save']").await?;
    says(browser, "[role='status']", &["已存 2 筆"]).await?;
    room(&first, true).await?;
    tablet::type_pin(browser).await?;
    browser.wait("[data-testid='who']").await?;
    tablet::go(browser, &case).await?;
    browser.wait("[data-testid='case']").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_while_there_is_no_room_comes_again() -> Result<()> {
    let bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    let second = bench.tablet("second").await?;
    let own = acts::accept(&first, &DRIP).await?;
    first.sync().await?;
    room(&first, false).await?;
    let case = acts::accept(&second, &DRIP).await?;
    second.sync().await?;

    let browser = &first.browser;
    tablet::go(browser, "/device").await?;
    browser.click("[data-testid='retry']").await?;
    let told = ["沒有存進本機", "空間已滿", "會自動再試"];
    says(browser, "[data-testid='answer']", &told).await?;
    says(browser, "a.pill", &["空間已滿"]).await?;
    let told = ["沒有存進來", "已記的都在本機", "存救援檔"];
    says(browser, "[data-testid='no-room']", &told).await?;
    tablet::go(browser, &own).await?;
    browser.wait("[data-testid='case'] .tl > li").await?;

    room(&first, true).await?;
    first.sync().await?;
    browser.wait_gone("[data-testid='no-room']").await?;
    tablet::go(browser, &case).await?;
    browser.wait("[data-testid='case'] .tl > li").await?;
    Ok(())
}

/// The page's clock stands so far from the true one, milliseconds.
const CLOCK: &str = "const True = Date;
    globalThis.Date = class extends True {
        constructor(...given) { given.length > 0 ? super(...given) : super(Date.now()); }
        static now() { return True.now() + SHIFT; }
    };";

/// Milliseconds from 1970 to a day in 2099.
const IN_2099: i64 = 4_083_955_200_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tablet_whose_clock_is_at_1970_or_2099_works_and_says_so() -> Result<()> {
    let mut bench = Bench::open().await?;
    let mut first = bench.tablet("first").await?;
    let true_ms = first.browser.script("return Date.now()").await?;
    let true_ms = true_ms.as_i64().context("the time")?;
    for shift in [10 * 3_600_000 - true_ms, IN_2099 - true_ms] {
        bench.endpoint.kill().await?;
        let clock = CLOCK.replace("SHIFT", &shift.to_string());
        first.browser.before_each_page(&clock).await?;
        let address = bench.endpoint.address();
        first.browser.load(&address).await?;
        let case = acts::accept(&first, &DRIP).await?;
        acts::give_feedback(&first.browser, &case).await?;
        first.browser.wait_for_text(".clkrow", "時間未定").await?;
        bench.endpoint.start_again().await?;
        first.sync().await?;
        says(&first.browser, "main", &["時鐘與服務站相差太多"]).await?;
        acts::open(&first.browser, OFFICER, &case).await?;
        let held = first.exported().await?;
        let kept = bench.exported(&number(&held)?)?;
        ensure!(kinds(&kept) == ["accepted", "reported", "contacted"]);
        // Once it is confirmed, it is known to the hour when it was recorded, by whatever clock.
        let explained = bench.explained(&kept, "2099-12-31T00:00:00Z")?.to_string();
        ensure!(!explained.contains("1970-"), "{explained}");
        ensure!(!explained.contains("2099-0"), "{explained}");
        first = first.cold_start(&case).await?;
        first.browser.wait("[data-testid='case'] .tl > li").await?;
    }
    Ok(())
}

/// Alters every entry of a case as it lies on the tablet, and takes away what was made from them.
const DAMAGE: &str = "return new Promise((done, failed) => {
    const open = indexedDB.open('doorstep');
    open.onerror = () => failed(open.error);
    open.onsuccess = () => {
        const tx = open.result.transaction(['entries', 'cache'], 'readwrite');
        tx.objectStore('cache').clear();
        const of = tx.objectStore('entries').index('g').openCursor(IDBKeyRange.only(CASE));
        let altered = 0;
        of.onsuccess = () => {
            if (!of.result) return;
            const record = of.result.value;
            record.v[record.v.length - 1] ^= 1;
            of.result.update(record);
            altered += 1;
            of.result.continue();
        };
        tx.onerror = () => failed(tx.error);
        tx.oncomplete = () => { open.result.close(); done(altered); };
    };
})";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_that_does_not_open_holds_up_nothing_else() -> Result<()> {
    let bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    let file = tempfile::NamedTempFile::with_suffix(".jpg")?;
    photos::picture(&first.browser, file.path()).await?;
    let damaged = acts::accept(&first, &DRIP).await?;
    let case = acts::accept(&first, &LAMP).await?;
    first.sync().await?;
    // While nobody uses the tablet nothing is made from them.
    let first = first.kill().await?.start_locked("/cases").await?;
    let browser = &first.browser;
    let id = json!(damaged.rsplit('/').next()).to_string();
    let altered = browser.script(&DAMAGE.replace("CASE", &id)).await?;
    ensure!(altered != 0, "nothing was altered");
    tablet::pick(browser, OFFICER).await?;
    browser.wait(&format!("main a[href='{case}']")).await?;
    tablet::go(browser, &case).await?;
    photos::begin_note(browser, file.path()).await?;
    browser.fill("#ask-words", "燈罩已裂").await?;
    acts::save(browser, "補記").await?;
    let sent = "const shown = document.querySelector('.tl');\
        return shown?.querySelector('img') && !shown.innerText.includes('照片只在這台平板')";
    first.until("the photo is sent", sent).await?;
    // The tablet says what does not open, and the endpoint has it whole.
    tablet::go(browser, "/device").await?;
    says(
        browser,
        "[data-testid='answer']",
        &["列不出來", "有記錄打不開", "其他的照常收發"],
    )
    .await?;
    let second = bench.tablet("second").await?;
    acts::open(&second.browser, OFFICER, &damaged).await?;
    says(&second.browser, "[data-testid='case']", &[DRIP.content]).await
}
