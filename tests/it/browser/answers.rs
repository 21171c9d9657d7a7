//! Between tablet and endpoint stands something that answers in its stead.

use std::time::Duration;

use acceptance::browser::{Answer, Proxy, tablet};
use acceptance::client::random;
use anyhow::{Context as _, Result, ensure};
use domain::limits::WORDS_CHARACTERS_MAX;
use record::CaseId;
use serde_json::json;
use sync::wire::BATCH_BYTES_MAX;

use super::acts::{self, DRIP};
use super::bench::{Bench, OFFICER, PATIENCE, Tablet};
use super::path::{kinds, number};
use super::trouble::says;

/// The app waits a minute for an answer: here no more than this, milliseconds.
const HURRY: &str = "const timeout = AbortSignal.timeout.bind(AbortSignal);
    AbortSignal.timeout = () => timeout(3000);";

/// The page of a network that wants a password.
const LOGIN: &str = "<!doctype html><title>Wi-Fi</title><form><input name=password></form>";

const fn is(status: u16, kind: &'static str, body: &'static str) -> Answer {
    Answer::Is { status, kind, body }
}

const HTML: &str = "text/html";
const JSON: &str = "application/json";

/// Answers, and what the tablet says of them in the pill and on its page.
const ANSWERS: [(Answer, &str, &str); 12] = [
    (is(200, HTML, LOGIN), "沒有成功", "不像是服務站"),
    (
        is(200, JSON, r#"{"hello":[1,2]}"#),
        "沒有成功",
        "不像是服務站",
    ),
    (is(200, JSON, "[]"), "沒有成功", "不像是服務站"),
    (is(200, JSON, ""), "沒有成功", "不像是服務站"),
    (is(500, HTML, "<h1>Oops</h1>"), "離線", "離線中"),
    (is(502, HTML, "<h1>Bad Gateway</h1>"), "離線", "離線中"),
    (
        is(
            500,
            JSON,
            r#"{"error":"internal","message":"m","kept":"k","todo":"t"}"#,
        ),
        "沒有成功",
        "（internal）",
    ),
    (is(401, JSON, "{}"), "離線", "離線中"),
    (Answer::Torn, "沒有成功", "不像是服務站"),
    (Answer::Half, "沒有成功", "不像是服務站"),
    (Answer::Slow, "沒有成功", "很久沒有應答"),
    (Answer::Never, "沒有成功", "很久沒有應答"),
];

/// Asks until the endpoint, or what stands before it, was asked once more and has answered.
async fn retry(on: &Tablet, proxy: &Proxy) -> Result<()> {
    let asked = proxy.asked().len();
    let press = "document.querySelector(\"[data-testid='retry']\").click()";
    for _ in 0..400 {
        on.browser.script(press).await?;
        if proxy.asked().len() > asked {
            let rested = "return !document.querySelector(\"[data-testid='retry']\").disabled";
            return on.until("the end of the meeting", rested).await;
        }
    }
    anyhow::bail!("it did not ask")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_are_none_leave_everything_in_place_and_are_said() -> Result<()> {
    let bench = Bench::open().await?;
    let proxy = Proxy::before(&bench.endpoint.address()).await?;
    let first = bench.tablet_at("first", &proxy.address()).await?;
    let browser = &first.browser;
    browser.before_each_page(HURRY).await?;
    browser.load(&proxy.address()).await?;
    tablet::pick(browser, OFFICER).await?;
    first.sync().await?;
    proxy.answers(is(502, HTML, ""));
    let case = acts::accept(&first, &DRIP).await?;
    tablet::go(browser, "/device").await?;
    for (answer, pill, page) in ANSWERS {
        proxy.answers(answer);
        retry(&first, &proxy).await?;
        let told = says(browser, "[data-testid='answer']", &[page, "還有 2 筆"]).await;
        told.with_context(|| format!("{answer:?}"))?;
        let told = says(browser, "a.pill", &[pill, "2 筆待同步"]).await;
        told.with_context(|| format!("{answer:?}"))?;
        // Whoever was at work is so still.
        let who = format!("[data-testid='who'][data-name='{OFFICER}']");
        ensure!(browser.has(&who).await?, "{answer:?} signed out");
    }
    tablet::go(browser, &case).await?;
    browser.wait("[data-testid='case'] .tl > li .off").await?;
    proxy.answers(Answer::Endpoint);
    let packed = proxy.packed();
    first.sync().await?;
    ensure!(proxy.packed() > packed, "what went up was not compressed");
    tablet::go(browser, &case).await?;
    let mine = first.exported().await?;
    let kept = bench.exported(&number(&mine)?)?;
    ensure!(
        kinds(&kept) == ["accepted", "reported"],
        "{:?}",
        kinds(&kept)
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_just_signed_in_works_while_the_rest_comes() -> Result<()> {
    let bench = Bench::open().await?;
    fill(&bench).await?;
    let proxy = Proxy::before(&bench.endpoint.address()).await?;
    // The company's key, the site's with the roster, and the first page: there is another, which
    // does not come.
    proxy.answers(Answer::Syncs(3));
    let first = bench
        .tablet_of(&[OFFICER], "first", &proxy.address())
        .await?;
    let browser = &first.browser;
    says(browser, "#main", &["正在存入本機", "現在已可受理"]).await?;
    says(browser, "a.pill", &["同步中"]).await?;
    let case = acts::accept(&first, &DRIP).await?;
    proxy.answers(Answer::Endpoint);
    first.sync().await?;
    tablet::go(browser, &case).await?;
    let mine = first.exported().await?;
    let kept = bench.exported(&number(&mine)?)?;
    ensure!(mine.entries == kept.entries, "not the same");
    Ok(())
}

/// Has another tablet record more than one reply holds.
async fn fill(bench: &Bench) -> Result<()> {
    let other = bench.endpoint.client("前台", OFFICER).await?;
    let case = CaseId::from_random(random());
    let words = json!({ "words": "漏水".repeat(WORDS_CHARACTERS_MAX / 2) });
    let words = words.as_object().context("an object")?;
    for _ in 0..2 * BATCH_BYTES_MAX / (3 * WORDS_CHARACTERS_MAX) {
        other.record(case, Vec::new(), "officer", "noted", words.clone())?;
    }
    other.push_all()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_answer_that_is_none_it_asks_ever_less_often_and_then_succeeds() -> Result<()> {
    let bench = Bench::open().await?;
    let proxy = Proxy::before(&bench.endpoint.address()).await?;
    let first = bench.tablet_at("first", &proxy.address()).await?;
    let browser = &first.browser;
    tablet::pick(browser, OFFICER).await?;
    tablet::go(browser, "/device").await?;
    proxy.answers(is(200, HTML, LOGIN));
    retry(&first, &proxy).await?;
    let before = proxy.asked().len();
    let began = std::time::Instant::now();
    while proxy.asked().len() < before + 3 && began.elapsed() < Duration::from_secs(90) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let asked = proxy.asked();
    let asked = asked.get(before - 1..).context("what was asked since")?;
    let pauses: Vec<f64> = asked
        .windows(2)
        .map(|two| two[1].duration_since(two[0]).as_secs_f64())
        .collect();
    // Two seconds, four, eight, and what a busy machine adds to them.
    let waited = pauses.iter().zip([1.9, 3.9, 7.9]);
    ensure!(
        pauses.len() == 3 && waited.into_iter().all(|(pause, least)| *pause > least),
        "{pauses:?}"
    );
    proxy.answers(Answer::Endpoint);
    // Sixteen seconds later, and where that comes to nothing, thirty-two more.
    tablet::has_sent_all(browser, PATIENCE).await
}
