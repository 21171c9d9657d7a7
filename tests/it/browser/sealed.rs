//! What lies on the disk of a tablet that is locked: nothing that anybody typed, and nobody's name.

use std::collections::BTreeMap;

use acceptance::browser::{Browser, tablet};
use acceptance::profile;
use anyhow::{Context as _, Result, ensure};
use record::keys;
use record::pin::{self, Cost};
use record::seal::{self, Place, SealKey};
use serde::Deserialize;
use serde_json::{Value, json};

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
    let first = bench.tablet_of_all("first").await?;
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

/// Everything in the database that is bytes, as base64, by store and key; and whether the browser
/// gives away the tablet's own key.
const DUMP: &str = "return new Promise((done, failed) => {
    const open = indexedDB.open('doorstep');
    open.onerror = () => failed(open.error);
    open.onsuccess = async () => {
        const database = open.result;
        const names = [...database.objectStoreNames];
        const reading = database.transaction(names);
        const found = {};
        let device;
        for (const name of names) {
            const all = await Promise.all(['getAllKeys', 'getAll'].map((part) => new Promise(
                (ready) => { const read = reading.objectStore(name)[part]();
                    read.onsuccess = () => ready(read.result); })));
            all[0].forEach((key, at) => {
                if (all[1][at].private) device = all[1][at].private;
                if (!all[1][at].v) return;
                const text = [...all[1][at].v].map((byte) => String.fromCharCode(byte)).join('');
                found[`${name} ${key}`] = btoa(text);
            });
        }
        database.close();
        const given = ['raw', 'pkcs8', 'jwk'].map((form) => crypto.subtle.exportKey(form, device)
            .then(() => form, () => null));
        found.exported = (await Promise.all(given)).filter((form) => form).join();
        done(found);
    };
})";

/// Whether bytes stand anywhere in the memory of the app, which each script of the page can read.
const IN_MEMORY: &str = "const tag = document.querySelector('script[data-wasm]');
    return import(tag.dataset.js).then((module) => module.default()).then((wasm) => {
        const all = new Uint8Array(wasm.memory.buffer);
        const wanted = BYTES;
        for (let at = all.indexOf(wanted[0]); at >= 0; at = all.indexOf(wanted[0], at + 1)) {
            if (wanted.every((byte, n) => all[at + n] === byte)) return true;
        }
        return false;
    })";

/// What the app's module offers to scripts.
const OFFERED: &str = "const tag = document.querySelector('script[data-wasm]');
    return import(tag.dataset.js).then((module) => Object.keys(module).sort().join(' '))";

/// Streams of the network's library, the start, and what the boot script asks: nothing that
/// records.
const OFFERED_AT_MOST: &str = "IntoUnderlyingByteSource IntoUnderlyingSink IntoUnderlyingSource \
    default initSync wants_worker";

/// A slot as it lies under the tablet's own key.
#[derive(Deserialize)]
struct Slot {
    name: String,
    salt: String,
    cost: Cost,
    secret: String,
}

/// What a PIN opens of it.
#[derive(Deserialize)]
struct Secret {
    seed: String,
}

fn opened(key: &SealKey, at: &str, sealed: &[u8]) -> Result<Vec<u8>> {
    let place = Place {
        store: "meta",
        key: at,
        scope: None,
    };
    Ok(seal::open(key, &place, sealed)?)
}

/// The seed of each person's signing key, by name, from the database and the PIN; and what the
/// database holds that opens without one.
async fn seeds(browser: &Browser) -> Result<(BTreeMap<String, [u8; 32]>, Vec<Vec<u8>>)> {
    let dump: BTreeMap<String, String> = serde_json::from_value(browser.script(DUMP).await?)?;
    ensure!(
        dump.get("exported").is_some_and(String::is_empty),
        "the tablet's key was given away"
    );
    let bytes = |text: &String| keys::from_base64(text).context("base64");
    let store_key = dump.get("meta store-key").context("the tablet's own key")?;
    let store_key = SealKey::new(keys::decode(store_key).context("32 bytes")?);
    let (mut seeds, mut clear) = (BTreeMap::new(), Vec::new());
    for (name, text) in dump.iter().filter(|(name, _)| *name != "exported") {
        let lies = bytes(text)?;
        let at = name.strip_prefix("meta ").unwrap_or_default();
        let sealed = lies.get(16..).unwrap_or_default();
        if let Ok(plain) = opened(&store_key, at, sealed) {
            if at.starts_with("slot/") {
                let slot: Slot = serde_json::from_slice(&plain)?;
                let salt = keys::decode(&slot.salt).context("a salt")?;
                let pin_key = pin::stretch(tablet::PIN, &salt, slot.cost)?;
                let secret = keys::from_base64(&slot.secret).context("base64")?;
                let secret: Secret = serde_json::from_slice(&opened(&pin_key, at, &secret)?)?;
                let seed = keys::decode(&secret.seed).context("a seed")?;
                seeds.insert(slot.name, seed);
            }
            clear.push(plain);
        }
        clear.push(lies);
    }
    Ok((seeds, clear))
}

/// Whether a secret stands in some bytes, as it is or as text.
fn stands_in(bytes: &[u8], secret: &[u8; 32]) -> bool {
    let text = keys::to_base64(secret);
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    holds(secret) || holds(text.as_bytes())
}

async fn is_in_memory(browser: &Browser, secret: &[u8; 32]) -> Result<Value> {
    let text = keys::to_base64(secret);
    let as_it_is = IN_MEMORY.replace("BYTES", &json!(secret).to_string());
    let as_text = IN_MEMORY.replace("BYTES", &json!(text.as_bytes()).to_string());
    let found = browser.script(&as_it_is).await?;
    Ok(if found == true {
        found
    } else {
        browser.script(&as_text).await?
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_while_somebody_uses_the_tablet_finds_nobody_elses_key() -> Result<()> {
    let bench = Bench::open().await?;
    let first = bench.tablet_of_all("first").await?;
    acts::accept(&first, &DRIP).await?;
    first.sync().await?;
    let first = first.kill().await?.start_locked("/").await?;
    let browser = &first.browser;
    tablet::pick(browser, HEAD).await?;
    let offered = browser.script(OFFERED).await?;
    ensure!(offered == OFFERED_AT_MOST, "{offered}");
    let (seeds, clear) = seeds(browser).await?;
    let (own, other) = (seeds.get(HEAD), seeds.get(OFFICER));
    let (own, other) = (own.context("a slot")?, other.context("a slot")?);
    for bytes in &clear {
        ensure!(!stands_in(bytes, other), "the other's key lies open");
        ensure!(!stands_in(bytes, own), "a key lies open");
    }
    // The search finds the key of who uses the tablet: against a script of the page itself only
    // the page's policy protects.
    ensure!(
        is_in_memory(browser, own).await? == true,
        "the search finds nothing"
    );
    ensure!(
        is_in_memory(browser, other).await? == false,
        "the other's key is in memory"
    );
    Ok(())
}
