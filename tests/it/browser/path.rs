//! The whole path offline, and what a second tablet then shows.

use acceptance::browser::tablet;
use anyhow::{Result, ensure};
use record::Entry;
use record::export::EntryFile;

use super::acts::{self, Agrees, DRIP};
use super::bench::{Bench, MANAGER, OFFICER, Tablet};

/// The acts of the path, in order.
const PATH: [&str; 13] = [
    "accepted",
    "reported",
    "contacted",
    "transferred",
    "department_received",
    "measures_filled",
    "measures_returned",
    "done",
    "verified",
    "resolved",
    "revisited",
    "opinion",
    "archived",
];

/// What the page of a case shows of its course, without what moves with the time.
const SHOWN: &str = "const text = css => [...document.querySelectorAll(css)]\
        .map(one => one.innerText);\
    const drawn = [...document.querySelectorAll('.sig path')].map(one => one.getAttribute('d'));\
    return JSON.stringify({\
        head: text('header.bar h1, header.bar .cap, [data-testid=phase], .case-story'),\
        clocks: text('.clkrow'), timeline: text('.tl > li'), drawn })";

/// What a tablet shows of a case, as the officer.
pub(crate) async fn shown(on: &Tablet, case: &str) -> Result<String> {
    acts::open(&on.browser, OFFICER, case).await?;
    on.until(
        "that the page knows everything as sent",
        "return document.querySelectorAll('.tl > li').length > 0 \
            && !document.querySelector('.tl .off')",
    )
    .await?;
    let shown = on.browser.script(SHOWN).await?;
    Ok(shown.as_str().unwrap_or_default().to_owned())
}

/// The kinds of the entries of a case, in their order.
pub(crate) fn kinds(file: &EntryFile) -> Vec<&str> {
    let of_case = file
        .entries
        .iter()
        .filter(|entry| entry.header().case.is_some());
    of_case.map(Entry::kind).collect()
}

/// The exact bytes of the entries of a case, whatever the order of the file.
fn bytes(file: &EntryFile) -> Vec<&str> {
    let of_case = file
        .entries
        .iter()
        .filter(|entry| entry.header().case.is_some());
    let mut texts: Vec<&str> = of_case.map(Entry::text).collect();
    texts.sort_unstable();
    texts
}

/// Brings the endpoint back, sends everything, and compares a second tablet with the first: what
/// is shown, and the bytes of the entries, on both and at the endpoint.
pub(crate) async fn arrives(bench: &mut Bench, first: &Tablet, case: &str) -> Result<EntryFile> {
    bench.endpoint.start_again().await?;
    first.sync().await?;
    let mut here = shown(first, case).await?;
    let mine = first.exported().await?;
    let second = bench.tablet("second").await?;
    tablet::pick(&second.browser, OFFICER).await?;
    second.sync().await?;
    let mut there = shown(&second, case).await?;
    for _ in 0..4 {
        if here == there {
            break;
        }
        // A minute may have passed since: read beside each other.
        here = shown(first, case).await?;
        there = shown(&second, case).await?;
    }
    ensure!(
        here == there,
        "first tablet: {here}\nsecond tablet: {there}"
    );
    let theirs = second.exported().await?;
    let number = number(&mine)?;
    let kept = bench.exported(&number)?;
    ensure!(
        bytes(&mine) == bytes(&theirs),
        "the tablets hold other bytes"
    );
    ensure!(
        bytes(&mine) == bytes(&kept),
        "the endpoint holds other bytes"
    );
    let at = "2099-01-01T00:00:00Z";
    let explained = bench.explained(&mine, at)?;
    ensure!(
        explained == bench.explained(&theirs, at)?,
        "the clocks differ"
    );
    second.kill().await?;
    Ok(mine)
}

pub(super) fn number(file: &EntryFile) -> Result<String> {
    let mut accepted = file
        .entries
        .iter()
        .filter(|entry| entry.kind() == "accepted");
    let body = accepted.next().map(Entry::body);
    let number = body.and_then(|body| body.get("number")?.as_str().map(str::to_owned));
    number.ok_or_else(|| anyhow::anyhow!("the case has no number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_path_offline_with_a_cold_start_in_the_middle() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet_of_all("first").await?;
    bench.endpoint.kill().await?;

    let case = acts::accept(&first, &DRIP).await?;
    acts::give_feedback(&first.browser, &case).await?;
    acts::transfer(&first.browser, &case).await?;
    acts::receive(&first.browser, &case).await?;
    acts::sign_measures(&first.browser, &case).await?;
    let first = first.cold_start(&case).await?;
    first.browser.wait("[data-testid='case']").await?;
    acts::finish(&first.browser, &case).await?;
    acts::verify(&first.browser, &case).await?;
    acts::resolve(&first.browser, &case).await?;
    acts::revisit_to_signature(&first.browser, &case, Agrees::Yes).await?;
    // The resident's page stands through a cold start, with what was drawn on it.
    let first = first.cold_start("/").await?;
    first.browser.wait(".res").await?;
    acts::sign(&first.browser).await?;
    acts::take_back(&first.browser).await?;
    acts::close(&first.browser, &case).await?;

    let file = arrives(&mut bench, &first, &case).await?;
    ensure!(kinds(&file) == PATH, "{:?}", kinds(&file));
    first.kill().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_message_that_an_act_is_saved_leads_to_taking_it_back() -> Result<()> {
    let bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    let browser = &first.browser;
    let case = acts::accept(&first, &DRIP).await?;
    acts::give_feedback(browser, &case).await?;
    browser.click(".toast .btn").await?;
    let sheet = "dialog#correct-sheet[open]";
    let title = browser.wait(&format!("{sheet} h2")).await?.text().await?;
    ensure!(title.contains("聯繫住戶"), "{title}");
    browser
        .click(&format!("{sheet} .sheet-head button"))
        .await?;
    browser.wait_gone(sheet).await?;
    ensure!(acts::path(browser).await? == case, "another place is shown");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pile_of_opinions_leads_from_one_case_to_the_next() -> Result<()> {
    let bench = Bench::open().await?;
    let first = bench.tablet_of_all("first").await?;
    let browser = &first.browser;
    for _ in 0..2 {
        let case = acts::accept(&first, &DRIP).await?;
        acts::revisit_by_telephone(browser, &case).await?;
    }
    tablet::pick(browser, MANAGER).await?;
    tablet::go(browser, "/opinions").await?;
    browser.click("[data-testid='opinions'] .wr a").await?;
    browser.fill("#ask-words", "同意存檔。").await?;
    let one = acts::path(browser).await?;
    acts::save(browser, "物業經理處理意見").await?;
    let another = format!(
        "return location.pathname !== '{one}' && document.querySelector('#ask-words')?.value === ''"
    );
    first.until("the sheet of the next case", &another).await?;
    browser.fill("#ask-words", "同意存檔。").await?;
    acts::save(browser, "物業經理處理意見").await?;
    tablet::go(browser, "/opinions").await?;
    browser.wait("[data-testid='opinions'] .em").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_while_an_act_is_written_is_told_that_it_is_saved() -> Result<()> {
    let bench = Bench::open().await?;
    let first = bench.tablet_of_all("first").await?;
    let browser = &first.browser;
    let case = acts::accept(&first, &DRIP).await?;
    acts::write_transfer(browser, &case).await?;
    acts::save_and_leave(browser, "轉交處置表").await?;
    acts::receive(browser, &case).await?;
    // Two deeds: the measures, and the signature that names their entry.
    acts::write_measures(browser, &case).await?;
    acts::save_and_leave(browser, "簽字並交回客服部").await?;
    acts::finish(browser, &case).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_form_is_asked_about_and_never_refused() -> Result<()> {
    let bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    let browser = &first.browser;
    tablet::pick(browser, OFFICER).await?;
    tablet::go(browser, "/intake").await?;
    browser.click("[data-testid='accept-now']").await?;
    browser
        .wait("dialog[open] [data-testid='blank-do']")
        .await?;
    ensure!(acts::path(browser).await? == "/intake", "it was recorded");
    browser.click("[data-testid='blank-do']").await?;
    acts::said(browser, "受理登記").await?;
    browser.wait("[data-testid='case']").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_says_when_it_is_full_and_a_time_when_it_is_odd() -> Result<()> {
    let bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    let browser = &first.browser;
    tablet::pick(browser, OFFICER).await?;
    tablet::go(browser, "/intake").await?;
    browser.click("[data-testid='section-2']").await?;
    browser.wait("#intake-content").await?;
    let paste = |count: usize| {
        format!(
            "const field = document.getElementById('intake-content'); field.focus();\
             field.select(); document.execCommand('insertText', false, '滴'.repeat({count}))"
        )
    };
    browser.script(&paste(3_900)).await?;
    browser.wait_for_text(".notice", "還可以寫 100 字").await?;
    browser.script(&paste(4_100)).await?;
    browser.wait_for_text(".notice", "已寫滿 4000 字").await?;
    browser.click("[data-testid='correct-received']").await?;
    let long_ago = "const at = document.getElementById('intake-received-at');\
        at.value = '1990-01-02T10:00'; at.dispatchEvent(new Event('input', { bubbles: true }))";
    browser.wait("#intake-received-at").await?;
    browser.script(long_ago).await?;
    browser
        .wait_for_text(".notice", "1990 年 1 月 2 日")
        .await?;
    browser.click("[data-testid='received-do']").await?;
    browser.wait_gone("dialog[open]").await?;
    browser
        .wait_for_text(".bar .cap", "1990/01/02 10:00")
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sheet_that_opens_while_another_closes_stays() -> Result<()> {
    let bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    let browser = &first.browser;
    let case = acts::accept(&first, &DRIP).await?;
    acts::open(browser, OFFICER, &case).await?;
    acts::step(browser, "contacted").await?;
    // Between the closing and its event.
    let change = "return (async () => {\
            const dialog = document.querySelector('dialog[open]');\
            dialog.querySelector('.sheet-head button').click();\
            for (let turn = 0; dialog.open && turn < 1000; turn++) await null;\
            const closed = !dialog.open;\
            document.querySelector(\"[data-testid='step-transferred'] button\").click();\
            return closed;\
        })()";
    let closed = browser.script(change).await?;
    ensure!(closed == true, "the sheet did not close at once");
    let later = "return new Promise(done => setTimeout(() => done(true), 300))";
    browser.script(later).await?;
    ensure!(
        browser.has("dialog[open] #ask-department").await?,
        "it closed"
    );
    Ok(())
}
