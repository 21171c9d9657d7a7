//! Input methods: 投訴 is composed in each text field, with the page drawn anew in the middle.

use std::time::Duration;

use acceptance::browser::{Browser, tablet};
use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::acts::{self, DRIP};
use super::bench::{Bench, HANDLER, HEAD, MANAGER, OFFICER, Tablet};

/// Keeps the page's long timers, those of the time moving on, until `tick` lets them run: the page
/// is then drawn as when a minute has gone by.
const HOLD_TIMERS: &str = "const real = setTimeout.bind(globalThis);\
    globalThis.held = [];\
    globalThis.setTimeout = (run, pause, ...rest) =>\
        pause > 5000 && pause <= 60000 ? (held.push(run), 0) : real(run, pause, ...rest);\
    globalThis.tick = () => held.splice(0).map(run => run()).length;";

/// The visible fields of text in a part of the page.
const FIELDS: &str = "return [...document.querySelectorAll('PART input.inp, PART textarea.inp')]\
    .filter(one => one.type !== 'datetime-local' && one.checkVisibility())\
    .map(one => one.id)";

/// A case on a tablet whose time moves on when the test says so.
async fn held(bench: &mut Bench) -> Result<(Tablet, String)> {
    let tablet = bench.tablet_of_all("first").await?;
    bench.endpoint.kill().await?;
    let case = acts::accept(&tablet, &DRIP).await?;
    acts::transfer(&tablet.browser, &case).await?;
    let hold = json!({ "source": HOLD_TIMERS });
    let browser = &tablet.browser;
    browser
        .cdp("Page.addScriptToEvaluateOnNewDocument", hold)
        .await?;
    browser
        .load(&format!("{}/", bench.endpoint.address()))
        .await?;
    browser.wait(".people").await?;
    Ok((tablet, case))
}

/// Lets the time move on; answers how many timers ran. A minute that ends within five seconds is
/// waited for: its timer is a short one, that of the next minute is held.
async fn tick(browser: &Browser) -> Result<u64> {
    let held = "return held.length > 0";
    browser
        .until("a timer that is held", held, Duration::from_secs(20))
        .await?;
    let fired = browser.script("return tick()").await?;
    Ok(fired.as_u64().unwrap_or_default())
}

/// Composes 投訴 at the end of a field.
async fn compose(browser: &Browser, id: &str) -> Result<u64> {
    let of_field = |body: &str| {
        let id = Value::from(id);
        format!("const field = document.getElementById({id}); {body}")
    };
    let focus = of_field(
        "field.scrollIntoView({ block: 'center' }); field.focus();\
         field.setSelectionRange(field.value.length, field.value.length); return field.value",
    );
    let before = browser.script(&focus).await?;
    let whole = format!("{}投訴", before.as_str().unwrap_or_default());
    let holds = of_field("return field.value");
    let mut fired = 0;
    for (at, text) in [(1, "投"), (2, "投訴")] {
        let composed = json!({ "text": text, "selectionStart": at, "selectionEnd": at });
        browser.cdp("Input.imeSetComposition", composed).await?;
        fired += tick(browser).await?;
    }
    let shown = browser.script(&holds).await?;
    ensure!(shown == whole, "{id} while composing: {shown}");
    browser
        .cdp("Input.insertText", json!({ "text": "投訴" }))
        .await?;
    fired += tick(browser).await?;
    let shown = browser.script(&holds).await?;
    ensure!(shown == whole, "{id}: {shown}");
    let shown = browser
        .script(&of_field("field.blur(); return field.value"))
        .await?;
    ensure!(shown == whole, "{id} after it was left: {shown}");
    Ok(fired)
}

/// Composes in each field of a part of the page; answers how many there were.
async fn compose_all(browser: &Browser, part: &str) -> Result<usize> {
    let fields = browser.script(&FIELDS.replace("PART", part)).await?;
    let fields: Vec<String> = serde_json::from_value(fields)?;
    for id in &fields {
        compose(browser, id).await?;
    }
    Ok(fields.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_field_of_intake_takes_a_composition_whole() -> Result<()> {
    let mut bench = Bench::open().await?;
    let (on, _) = held(&mut bench).await?;
    let browser = &on.browser;
    tablet::pick(browser, OFFICER).await?;
    tablet::go(browser, "/intake").await?;
    let fired = compose(browser, "intake-search").await?;
    ensure!(fired > 0, "the time did not move on");
    browser.click("[data-testid='public-area']").await?;
    browser.wait("#intake-name").await?;
    let mut fields = compose_all(browser, ".intake").await?;
    browser.click("[data-testid='next']").await?;
    acts::answer(browser, "#intake-channel", "書面、其他").await?;
    browser.wait("#intake-channel-other").await?;
    fields += compose_all(browser, ".intake").await?;
    browser.click("[data-testid='next']").await?;
    browser.wait("#intake-severity-note").await?;
    fields += compose_all(browser, ".intake").await?;
    browser.click("[data-testid='next']").await?;
    acts::answer(browser, "#intake-on-spot", "能，當場處理").await?;
    browser.wait("#intake-result").await?;
    fields += compose_all(browser, ".intake").await?;
    acts::answer(browser, "#intake-on-spot", "不能").await?;
    acts::answer(browser, "#intake-reported-by", "電話").await?;
    browser.wait("#intake-answered-by").await?;
    fields += compose_all(browser, ".intake").await?;
    browser.click("[data-testid='correct-received']").await?;
    browser.wait("#intake-received-reason").await?;
    fields += compose_all(browser, "dialog[open]").await?;
    ensure!(fields >= 15, "{fields} fields");
    Ok(())
}

/// Opens what the first answers of a sheet leave hidden.
async fn unfold(browser: &Browser) -> Result<()> {
    for (group, words) in [
        ("#ask-way", "其他"),
        ("#ask-how", "電話"),
        ("#ask-reached", "聯繫到了"),
        ("#ask-when", "另說一個時間"),
    ] {
        if browser.has(&format!("dialog[open] {group}")).await? {
            acts::answer(browser, group, words).await?;
        }
    }
    if browser.has("dialog[open] #ask-handler").await? {
        acts::choose(browser, "#ask-handler", "其他人").await?;
    }
    if browser.has("dialog[open] #ask-at").await? {
        let state = "const at = document.getElementById('ask-at');\
            at.value = '2026-01-02T10:00';\
            at.dispatchEvent(new Event('input', { bubbles: true }))";
        browser.script(state).await?;
        browser.wait("#ask-atreason").await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_field_of_the_sheets_takes_a_composition_whole() -> Result<()> {
    let mut bench = Bench::open().await?;
    let (on, case) = held(&mut bench).await?;
    let browser = &on.browser;
    let steps = "return [...document.querySelectorAll('[data-testid^=\"step-\"]')]\
        .map(one => one.dataset.testid).filter(id => id !== 'step-revisited')";
    let mut fields = 0;
    for who in [OFFICER, HEAD, HANDLER, MANAGER] {
        acts::open(browser, who, &case).await?;
        let mut sheets: Vec<String> = serde_json::from_value(browser.script(steps).await?)?;
        sheets.push("note".to_owned());
        for sheet in sheets {
            let button = match sheet.as_str() {
                "note" => "[data-testid='note']".to_owned(),
                step => format!("[data-testid='{step}'] button"),
            };
            browser.click(&button).await?;
            browser
                .wait("dialog[open] .sheet-foot, dialog[open] .read")
                .await?;
            unfold(browser).await?;
            fields += compose_all(browser, "dialog[open]").await?;
            browser.click("dialog[open] .sheet-head button").await?;
            browser.wait_gone("dialog[open]").await?;
        }
    }
    tablet::pick(browser, OFFICER).await?;
    tablet::go(browser, &acts::visit(&case)).await?;
    browser.click("[data-testid='view-words']").await?;
    browser.wait("#words-result").await?;
    fields += compose_all(browser, "main").await?;
    tablet::go(browser, &format!("{}/unsigned", acts::visit(&case))).await?;
    browser.wait("main .inp").await?;
    fields += compose_all(browser, "main").await?;
    tablet::go(browser, "/cases").await?;
    browser.wait("#case-search").await?;
    fields += compose_all(browser, "main").await?;
    ensure!(fields >= 30, "{fields} fields");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_is_left_with_its_place_breaks_nothing() -> Result<()> {
    let bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    let browser = &first.browser;
    let case = acts::accept(&first, &DRIP).await?;
    for (place, field) in [("/cases", "#case-search"), ("/intake", "#intake-search")] {
        tablet::go(browser, "/").await?;
        tablet::go(browser, place).await?;
        browser.wait(field).await?.send_keys("王").await?;
        browser.script("history.back()").await?;
        browser.wait_gone(field).await?;
        browser.wait(".rail").await?;
    }
    tablet::go(browser, "/").await?;
    tablet::go(browser, &case).await?;
    acts::step(browser, "contacted").await?;
    browser.wait("#ask-words").await?.send_keys("王").await?;
    browser.script("history.back()").await?;
    browser.wait_gone("#ask-words").await?;
    browser.wait(".rail").await?;
    ensure!(!browser.has(".crash").await?, "the plain page");
    Ok(())
}
