//! The browser process is killed: right after an act was said to be saved, in the middle of a
//! write, and while something is being typed.

use std::time::Duration;

use acceptance::browser::tablet;
use acceptance::client::random;
use anyhow::{Result, ensure};

use super::acts::{self, Agrees, DRIP};
use super::bench::{Bench, OFFICER, Tablet};
use super::photos;

/// What was on the screen for this long is kept.
const KEPT_WITHIN: Duration = Duration::from_secs(1);

/// A step of the path: its number among the kills tells which.
async fn act(on: &Tablet, case: &str, step: usize) -> Result<()> {
    let browser = &on.browser;
    match step {
        2 => acts::give_feedback(browser, case).await,
        3 | 12 => acts::transfer(browser, case).await,
        4 | 13 => acts::receive(browser, case).await,
        5 | 14 => acts::sign_measures(browser, case).await,
        6 | 15 => acts::finish(browser, case).await,
        7 | 16 => acts::verify(browser, case).await,
        8 | 17 => acts::resolve(browser, case).await,
        9 => acts::find_nobody(on, case, "留了字條").await,
        10 => acts::find_nobody(on, case, "再留字條").await,
        11 => acts::revisit_to_thanks(browser, case, Agrees::No).await,
        18 => acts::revisit_to_thanks(browser, case, Agrees::Yes).await,
        19 => acts::give_opinion(browser, case).await,
        _ => acts::archive(browser, case).await,
    }
}

/// Acts in the record after each step.
const ACTS: [usize; 21] = [
    0, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 22, 23,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_to_be_saved_is_there_after_each_of_twenty_kills() -> Result<()> {
    let mut bench = Bench::open().await?;
    let mut first = bench.tablet_of_all("first").await?;
    bench.endpoint.kill().await?;
    let case = acts::accept(&first, &DRIP).await?;
    for (step, acts) in ACTS.iter().enumerate().skip(1) {
        if step > 1 {
            act(&first, &case, step).await?;
        }
        first = first.kill().await?.start(&case).await?;
        if first.browser.has(".res").await? {
            acts::take_back(&first.browser).await?;
            tablet::go(&first.browser, &case).await?;
        }
        first.browser.wait(".tl > li").await?;
        let held = first
            .browser
            .script("return document.querySelectorAll('.tl > li').length")
            .await?;
        ensure!(held == *acts, "after step {step}: {held} acts, not {acts}");
    }
    bench.endpoint.start_again().await?;
    first.sync().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_being_typed_is_there_after_a_kill() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    bench.endpoint.kill().await?;

    tablet::pick(&first.browser, OFFICER).await?;
    tablet::go(&first.browser, "/intake").await?;
    acts::fill_intake(&first.browser, &DRIP).await?;
    tokio::time::sleep(KEPT_WITHIN).await;
    let first = first.cold_start("/intake").await?;
    first.browser.click("[data-testid='resume']").await?;
    first.browser.click("[data-testid='section-2']").await?;
    first.browser.wait("#intake-content").await?;
    ensure!(
        value(&first, "#intake-content").await? == DRIP.content,
        "intake"
    );
    first.browser.click("[data-testid='section-4']").await?;
    first.browser.click("[data-testid='save']").await?;
    acts::said(&first.browser, "受理登記").await?;
    first.browser.wait("[data-testid='case']").await?;
    let case = acts::path(&first.browser).await?;

    acts::step(&first.browser, "contacted").await?;
    first.browser.fill("#ask-words", "說到一半").await?;
    tokio::time::sleep(KEPT_WITHIN).await;
    let first = first.cold_start(&case).await?;
    acts::step(&first.browser, "contacted").await?;
    first.browser.wait("#ask-words").await?;
    ensure!(value(&first, "#ask-words").await? == "說到一半", "a sheet");

    // Who types without a pause loses no more than what was typed last.
    let field = first.browser.wait("#ask-words").await?;
    for _ in 0..30 {
        field.send_keys("說").await?;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let first = first.cold_start(&case).await?;
    acts::step(&first.browser, "contacted").await?;
    first.browser.wait("#ask-words").await?;
    let kept = value(&first, "#ask-words").await?.chars().count();
    ensure!(kept >= 20, "{kept} of 34 characters");

    let visit = acts::visit(&case);
    let first = first.cold_start(&visit).await?;
    acts::ask(&first.browser, Agrees::Yes).await?;
    tokio::time::sleep(KEPT_WITHIN).await;
    let first = first.cold_start(&visit).await?;
    first.browser.wait("#resident-words").await?;
    let said = value(&first, "#resident-words").await?;
    ensure!(said == acts::RESIDENT_SAID, "the visit: {said}");
    let answered = ".opinion > .gap-14 [role='radio'][aria-checked='true']";
    let answered = format!("return document.querySelectorAll(\"{answered}\").length");
    let answered = first.browser.script(&answered).await?;
    ensure!(answered == 4, "{answered} answers of 4");
    Ok(())
}

/// Kills in the middle of a write in an ordinary run; `DOORSTEP_KILLS` asks for more
/// (`cargo xtask kills --browser 100`).
const MID_WRITE: usize = 3;

/// The press that saves comes so long after it was asked for, milliseconds, and the kill some time
/// around that: before it, in the middle of the write, or after it.
const PRESSED_AFTER_MS: u64 = 100;

/// Acts of one case: with their photos they make a page slow.
const ACTS_OF_A_CASE: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_the_middle_of_a_write_leaves_the_act_or_its_draft() -> Result<()> {
    let kills = std::env::var("DOORSTEP_KILLS");
    let kills = kills.ok().and_then(|kills| kills.parse().ok());
    let mut bench = Bench::open().await?;
    let mut first = bench.tablet("first").await?;
    bench.endpoint.kill().await?;
    let file = tempfile::NamedTempFile::with_suffix(".jpg")?;
    photos::picture(&first.browser, file.path()).await?;
    let (mut case, mut found) = (String::new(), 0);
    let kills = kills.unwrap_or(MID_WRITE);
    for kill in 0..kills {
        if kill % ACTS_OF_A_CASE == 0 {
            case = acts::accept(&first, &DRIP).await?;
        }
        let words = format!("第 {kill} 次");
        first.browser.click("[data-testid='note']").await?;
        first.browser.fill("#ask-words", &words).await?;
        first
            .browser
            .choose_file("#photo-files", file.path())
            .await?;
        photos::drawn(&first.browser, "dialog[open]").await?;
        tokio::time::sleep(KEPT_WITHIN).await;
        let save = "document.querySelector(\"dialog[open] [data-testid='save']\").click()";
        let save = format!("setTimeout(() => {save}, {PRESSED_AFTER_MS})");
        first.browser.script(&save).await?;
        let [random] = random::<1>();
        let pause = u64::from(random) * PRESSED_AFTER_MS * 3 / 2 / 255;
        tokio::time::sleep(Duration::from_millis(pause)).await;
        first = first.kill().await?.start(&case).await?;
        first.browser.wait(".tl > li").await?;
        let held = format!(
            "return [...document.querySelectorAll('.tl > li')]\
             .filter(row => row.innerText.includes('{words}')).length"
        );
        let held = first.browser.script(&held).await?;
        ensure!(held == 1 || held == 0, "{words}: {held}");
        if held == 0 {
            // Nothing of it is in the record: all of it is in the draft.
            first.browser.click("[data-testid='note']").await?;
            photos::drawn(&first.browser, "dialog[open]").await?;
            ensure!(
                value(&first, "#ask-words").await? == words,
                "the draft of {words}"
            );
            acts::save(&first.browser, "補記").await?;
        }
        photos::drawn(&first.browser, ".tl > li").await?;
        found += usize::from(held == 1);
    }
    bench.endpoint.start_again().await?;
    first.sync().await?;
    println!(
        "{kills} kills around a write: {found} acts were written, {} were drafts still; 0 lost, \
         0 twice, 0 without their photos",
        kills - found
    );
    Ok(())
}

/// What a field holds.
async fn value(on: &Tablet, css: &str) -> Result<String> {
    let value = on
        .browser
        .script(&format!("return document.querySelector(\"{css}\").value"))
        .await?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}
