//! What lies on the disk of a tablet that is locked: nothing that anybody typed, and nobody's name.

use acceptance::browser::tablet;
use acceptance::profile;
use anyhow::{Result, ensure};
use serde_json::json;

use super::acts::{self, Agrees, DRIP, RESIDENT_SAID};
use super::bench::{Bench, HEAD, OFFICER, Tablet};

/// What is typed and not recorded.
const HALF: &str = "陽臺欄杆鬆了，只說到一半";

/// What must not be found: residents, a telephone number, staff, and what was said and typed.
const PLANTED: [&str; 8] = [
    "張慧",
    "趙國棟",
    "13700003318",
    OFFICER,
    HEAD,
    DRIP.content,
    RESIDENT_SAID,
    HALF,
];

/// Writes the words as a page does that seals nothing, in a database of its own: as text and as
/// bytes, short and among much that compresses well.
const IN_THE_CLEAR: &str = "return new Promise((done, failed) => {
    const open = indexedDB.open('in-the-clear', 1);
    open.onupgradeneeded = () => open.result.createObjectStore('words');
    open.onerror = () => failed(open.error);
    const write = (records, then) => {
        const tx = open.result.transaction('words', 'readwrite', { durability: 'strict' });
        for (const [key, value] of records) tx.objectStore('words').put(value, key);
        tx.oncomplete = then;
        tx.onerror = () => failed(tx.error);
    };
    const words = WORDS.flatMap((word, at) => [
        [`text ${at}`, word],
        [`bytes ${at}`, new TextEncoder().encode(JSON.stringify({ word }))],
        [`long ${at}`, { long: 'x'.repeat(3000) + word + 'y'.repeat(3000) }],
    ]);
    // Much more than the log holds before it becomes a table: the third one waits until the first
    // is written.
    const fill = (turn) => {
        if (turn === 16) return done(true);
        const filler = () => crypto.getRandomValues(new Uint8Array(48 * 1024));
        const records = [...Array(20).keys()].map((at) => [`${turn} ${at}`, filler()]);
        write(records, () => fill(turn + 1));
    };
    open.onsuccess = () => write(words, () => fill(0));
})";

/// Which of the words somebody finds who has the tablet's disk.
async fn found(tablet: Tablet) -> Result<(Tablet, Vec<String>)> {
    let killed = tablet.kill().await?;
    let forms = profile::readable(killed.profile())?;
    let words = PLANTED.iter().filter_map(|word| {
        let path = profile::find(&forms, word)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Some(format!("{word} in {name}"))
    });
    let words = words.collect();
    Ok((killed.start_locked("/").await?, words))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_disk_of_a_locked_tablet_tells_nothing() -> Result<()> {
    let bench = Bench::open().await?;
    let first = bench.tablet("first").await?;
    let browser = &first.browser;
    let case = acts::accept(&first, &DRIP).await?;
    acts::work(browser, &case).await?;
    acts::revisit(browser, &case, Agrees::Yes).await?;
    tablet::go(browser, "/intake").await?;
    browser.click("[data-testid='section-2']").await?;
    browser.fill("#intake-content", HALF).await?;
    first.sync().await?;
    tablet::lock(browser).await?;
    let (first, clear) = found(first).await?;
    ensure!(clear.is_empty(), "{clear:?}");

    // The same search finds every word where nothing seals them.
    let words = json!(PLANTED).to_string();
    let plant = IN_THE_CLEAR.replace("WORDS", &words);
    first.browser.script(&plant).await?;
    let (first, clear) = found(first).await?;
    ensure!(clear.len() == PLANTED.len(), "only {clear:?}");
    let in_tables = clear.iter().all(|found| found.ends_with(".ldb"));
    ensure!(in_tables, "not in tables: {clear:?}");
    first.kill().await?;
    Ok(())
}
