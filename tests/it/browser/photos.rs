//! Photos: taken without a network, kept through a kill, sent, and seen on another tablet.

use std::path::Path;

use acceptance::browser::{Browser, tablet};
use anyhow::{Context as _, Result, ensure};
use record::keys::from_base64;

use super::acts::{self, DRIP};
use super::bench::{Bench, OFFICER};
use super::path::number;

/// What the camera noted in the picture, and nobody is to learn.
const PLACE: &str = "22.1987N 113.5439E";

/// Longest side of a photo as it is kept, pixels.
const SIDE_MAX: u64 = 1_600;

/// A picture as from a camera: large, with a note of where it was taken.
pub(super) async fn picture(browser: &Browser, file: &Path) -> Result<()> {
    let drawn = browser
        .script(
            "const c = document.createElement('canvas'); c.width = 2400; c.height = 1800; \
             const x = c.getContext('2d'); for (let i = 0; i < 400; i++) { \
             x.fillStyle = `hsl(${i * 37 % 360} 80% 50%)`; \
             x.fillRect(i * 53 % 2400, i * 97 % 1800, 300, 200) } \
             return c.toDataURL('image/jpeg', 0.9)",
        )
        .await?;
    let content = drawn.as_str().and_then(|url| url.split_once(','));
    let jpeg = content.and_then(|(_, content)| from_base64(content));
    let jpeg = jpeg.context("a JPEG")?;
    let note = [b"Exif\0\0".as_slice(), PLACE.as_bytes()].concat();
    let length = u16::try_from(note.len() + 2)?.to_be_bytes();
    let noted = [&jpeg[..2], &[0xff, 0xe1], &length, &note, &jpeg[2..]].concat();
    ensure!(holds(&noted, PLACE.as_bytes()), "the note");
    std::fs::write(file, noted)?;
    Ok(())
}

/// Whether a part stands in some bytes.
pub(super) fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Opens a note on the page of a case and puts a picture into it.
pub(super) async fn begin_note(browser: &Browser, picture: &Path) -> Result<()> {
    browser.click("[data-testid='note']").await?;
    browser.wait("dialog[open] [data-testid='photos']").await?;
    browser.choose_file("#photo-files", picture).await?;
    drawn(browser, "dialog[open]").await?;
    Ok(())
}

/// Waits until the pictures of a place are drawn; answers the longest side of the first.
pub(super) async fn drawn(browser: &Browser, css: &str) -> Result<u64> {
    let image = format!("document.querySelector(\"{css} img\")");
    let seen = format!(
        "const image = {image}; if (!image?.complete || image.naturalWidth === 0) return false; \
         globalThis.side = Math.max(image.naturalWidth, image.naturalHeight); return true"
    );
    browser
        .until("the picture", &seen, super::bench::PATIENCE)
        .await?;
    let side = browser.script("return globalThis.side").await?;
    side.as_u64().context("a side")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_outlives_a_kill_and_is_seen_on_another_tablet() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    let second = bench.tablet("second").await?;
    let file = tempfile::NamedTempFile::with_suffix(".jpg")?;
    picture(&first.browser, file.path()).await?;
    bench.endpoint.kill().await?;
    let case = acts::accept(&first, &DRIP).await?;

    begin_note(&first.browser, file.path()).await?;
    // One that is no picture takes nothing away.
    let other = tempfile::NamedTempFile::with_suffix(".jpg")?;
    std::fs::write(other.path(), "no picture")?;
    first
        .browser
        .choose_file("#photo-camera", other.path())
        .await?;
    let said = first
        .browser
        .wait_for_text("[data-testid='photos']", "其他的都已加上")
        .await;
    said?;

    let first = first.cold_start(&case).await?;
    first.browser.click("[data-testid='note']").await?;
    let side = drawn(&first.browser, "dialog[open]").await?;
    ensure!(side == SIDE_MAX, "{side}");
    first.browser.fill("#ask-words", "車位上方有水漬").await?;
    acts::save(&first.browser, "補記").await?;
    drawn(&first.browser, ".tl").await?;
    first
        .browser
        .wait_for_text(".tl", "照片只在這台平板")
        .await?;
    first
        .until(
            "the count",
            "return document.body.innerText.includes('1 張照片')",
        )
        .await?;

    // What was opened stays open while the rest of the page learns that all is sent.
    first.browser.click(".tl .picture").await?;
    bench.endpoint.start_again().await?;
    first
        .browser
        .script("dispatchEvent(new Event('online'))")
        .await?;
    let sent = "return !document.querySelector('.tl').innerText.includes('照片只在這台平板')";
    first.until("it is sent", sent).await?;
    first.browser.wait(".tl .photo.large img").await?;
    second.sync().await?;
    acts::open(&second.browser, OFFICER, &case).await?;
    second.browser.click("[data-testid='photo-get']").await?;
    ensure!(
        drawn(&second.browser, ".tl").await? == SIDE_MAX,
        "another picture"
    );
    // From then on without a network too.
    bench.endpoint.kill().await?;
    let second = second.cold_start(&case).await?;
    drawn(&second.browser, ".tl").await?;

    bench.endpoint.start_again().await?;
    tablet::go(&first.browser, &case).await?;
    let number = number(&first.exported().await?)?;
    let page = std::fs::read(bench.evidence(&number)?)?;
    let page = String::from_utf8(page)?;
    let content = page
        .split("src=\"data:image/jpeg;base64,")
        .nth(1)
        .context("a photo")?;
    let content = content
        .split('"')
        .next()
        .and_then(from_base64)
        .context("base64")?;
    ensure!(
        !holds(&content, PLACE.as_bytes()) && !holds(&content, b"Exif"),
        "what the camera noted"
    );
    ensure!(first.browser.violations().await?.is_empty(), "the policy");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_of_the_complaint_is_recorded_with_it() -> Result<()> {
    let bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    let browser = &first.browser;
    let file = tempfile::NamedTempFile::with_suffix(".jpg")?;
    picture(browser, file.path()).await?;
    tablet::go(browser, "/intake").await?;
    browser.fill("#intake-search", DRIP.room).await?;
    browser.click_text(".found .rc", DRIP.room).await?;
    browser.click("[data-testid='next']").await?;
    browser.fill("#intake-content", DRIP.content).await?;
    browser.choose_file("#photo-files", file.path()).await?;
    browser.choose_file("#photo-files", file.path()).await?;
    first
        .until(
            "two photos",
            "return document.querySelectorAll('.photo img').length === 2",
        )
        .await?;
    browser.click(".photo .btn").await?;
    first
        .until(
            "one photo",
            "return document.querySelectorAll('.photo img').length === 1",
        )
        .await?;
    browser.click("[data-testid='accept-now']").await?;
    browser.wait("[data-testid='case']").await?;
    drawn(browser, ".tl").await?;
    let file = first.exported().await?;
    let accepted = file.entries.iter().find(|entry| entry.kind() == "accepted");
    let body = accepted.context("the acceptance")?.body();
    let photos = body
        .get("details")
        .and_then(|details| details.get("photos"));
    ensure!(
        photos
            .and_then(|all| all.as_array())
            .is_some_and(|all| all.len() == 1),
        "{photos:?}"
    );
    Ok(())
}
