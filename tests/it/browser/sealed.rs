//! What lies on the disk of a tablet that is locked: nothing that anybody typed, and nobody's name.

use std::collections::BTreeMap;
use std::time::Duration;

use acceptance::browser::{Answer, Browser, Proxy, said, tablet};
use acceptance::client::Client;
use acceptance::disk::{self, Disk, Secret};
use acceptance::profile;
use anyhow::{Context as _, Result, ensure};
use record::entry::Unsigned;
use record::seal::SealKey;
use record::{CaseId, ScopeId, keys};
use serde_json::{Value, json};

use super::acts::{self, Agrees, DRIP, RESIDENT_SAID};
use super::bench::{Bench, HEAD, OFFICER, Tablet};
use super::photos::{self, holds};

/// What is typed and not recorded.
pub(super) const HALF: &str = "陽臺欄杆鬆了，只說到一半";

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
    let killed = first.kill().await?;
    let forms = profile::readable(killed.profile())?;
    let in_tables = forms
        .into_iter()
        .filter(|(path, _)| path.extension() == Some("ldb".as_ref()));
    let in_tables: Vec<_> = in_tables.collect();
    for word in PLANTED {
        for (form, bytes) in written(word) {
            let lies = in_tables.iter().any(|(_, table)| holds(table, &bytes));
            ensure!(lies, "{word} is not found {form}");
        }
    }
    Ok(())
}

/// The forms in which a word is written where nothing seals it: by itself and among much that a
/// table holds compressed alone.
fn written(word: &str) -> [(&'static str, Vec<u8>); 3] {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    // The browser writes what is Latin in one byte a character.
    let text = |text: &str| {
        if text.is_ascii() {
            text.as_bytes().to_vec()
        } else {
            wide(text)
        }
    };
    let (before, after) = ("x".repeat(500), "y".repeat(500));
    [
        ("as UTF-8", json!({ "word": word }).to_string().into_bytes()),
        ("as UTF-16", text(word)),
        ("compressed", text(&format!("{before}{word}{after}"))),
    ]
}

/// Whether bytes stand anywhere in the memory of the app, which each script of the page can read.
const IN_MEMORY: &str = "const tag = document.querySelector('script[data-wasm]');
    return import(tag.dataset.js).then((module) => module.default()).then((wasm) => {
        const all = new Uint8Array(wasm.memory.buffer);
        const wanted = BYTES;
        // Memory is mostly zeros: it is looked for by another byte.
        const by = Math.max(0, wanted.findIndex((byte) => byte !== 0));
        for (let at = all.indexOf(wanted[by]); at >= 0; at = all.indexOf(wanted[by], at + 1)) {
            if (wanted.every((byte, n) => all[at - by + n] === byte)) return true;
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

/// Whether a secret stands in some bytes, as it is or as text.
fn stands_in(bytes: &[u8], secret: &[u8; 32]) -> bool {
    holds(bytes, secret) || holds(bytes, keys::to_base64(secret).as_bytes())
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
    let disk = Disk::read(browser).await?;
    let secrets = disk.secrets()?;
    let seed = |name: &str| secrets.get(name).and_then(|one| keys::decode(&one.seed));
    let (own, other) = (seed(HEAD), seed(OFFICER));
    let (own, other) = (&own.context("a slot")?, &other.context("a slot")?);
    for bytes in &disk.clear() {
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

/// Pause before it is looked again.
const BLINK: Duration = Duration::from_millis(20);

/// The forms in which a person's key signs: the seed, and what it is made into for signing.
fn forms_of(seed: &[u8; 32]) -> [[u8; 32]; 3] {
    let key = keys::signing_key(seed);
    [*seed, key.to_scalar_bytes(), key.to_scalar().to_bytes()]
}

/// Which of the people's keys, by person and form, stand in memory.
async fn in_memory(
    browser: &Browser,
    secrets: &BTreeMap<String, Secret>,
) -> Result<Vec<(String, usize)>> {
    let mut found = Vec::new();
    for (name, secret) in secrets {
        let seed = keys::decode(&secret.seed).context("32 bytes")?;
        let opens = secret.keys.values().map(|key| keys::decode(key));
        let opens: Option<Vec<_>> = opens.collect();
        let all = forms_of(&seed).into_iter().chain(opens.context("keys")?);
        for (nth, key) in all.enumerate() {
            if is_in_memory(browser, &key).await? == true {
                found.push((name.clone(), nth));
            }
        }
    }
    Ok(found)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_opened_and_signed_for_somebody_is_not_in_memory_once_they_have_locked() -> Result<()>
{
    let bench = Bench::open().await?;
    let proxy = Proxy::before(&bench.endpoint.address()).await?;
    let first = bench.tablet_of_all_at("first", &proxy.address()).await?;
    let browser = &first.browser;
    let case = acts::accept(&first, &DRIP).await?;
    acts::work(browser, &case).await?;
    first.sync().await?;
    tablet::pick(browser, OFFICER).await?;
    let mut secrets = Disk::read(browser).await?.secrets()?;
    ensure!(secrets.len() == 4, "{} slots", secrets.len());
    let found = in_memory(browser, &secrets).await?;
    ensure!(found.iter().any(|(name, _)| name == OFFICER), "{found:?}");

    // An answer may take its time: nothing of who asked is held for it.
    proxy.answers(Answer::Syncs(0));
    let asked = proxy.asked().len();
    tablet::go(browser, &case).await?;
    browser.click("[data-testid='note']").await?;
    browser.fill("#ask-words", WRITTEN).await?;
    acts::save(browser, "補記").await?;
    while proxy.asked().len() == asked {
        tokio::time::sleep(BLINK).await;
    }
    tablet::lock(browser).await?;
    let found = in_memory(browser, &secrets).await?;
    ensure!(found.is_empty(), "while locked: {found:?}");
    // What was recorded goes on by itself.
    proxy.answers(Answer::Endpoint);
    tablet::pick(browser, HEAD).await?;
    secrets.remove(HEAD).context("a slot")?;
    for secret in secrets.values_mut() {
        // Scopes are open to several.
        secret.keys.clear();
    }
    let found = in_memory(browser, &secrets).await?;
    ensure!(found.is_empty(), "while another uses it: {found:?}");
    first.sync().await
}

/// What was recorded.
const WRITTEN: &str = "燈罩已裂";

/// What nobody said.
const INVENTED: &str = "住戶表示滿意，不再追究";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_script_writes_in_anothers_name_is_shown_as_that() -> Result<()> {
    let bench = Bench::open().await?;
    let first = bench.tablet_of_all("first").await?;
    let browser = &first.browser;
    let case = acts::accept(&first, &DRIP).await?;
    first.sync().await?;
    acts::open(browser, HEAD, &case).await?;
    // All that the script has: the database, and what is in memory for who uses the tablet.
    let disk = Disk::read(browser).await?;
    let mut secrets = disk.secrets()?;
    let own = secrets.remove(HEAD).context("a slot")?;
    let id = case.rsplit('/').next().context("a case")?.parse()?;
    let last = disk.newest_of(id, &own)?;
    let mut header = last.header().clone();
    let officer = header.staff.context("an act of the officer")?;
    header.seq += 1;
    header.prev = Some(last.hash());
    header.kind = "noted".to_owned();
    let words = json!({ "words": INVENTED });
    let words = words.as_object().context("an object")?;
    let unsigned = Unsigned::new(header, words, [3; 16])?;
    let seed = keys::decode(&own.seed).context("a seed")?;
    let signature = keys::sign(&keys::signing_key(&seed), &unsigned.signed_bytes());
    let forged = unsigned.with_signature(&signature)?;
    ensure!(forged.header().staff == Some(officer), "in another's name");
    let scope_key = own.keys.get(&last.header().scope).context("the scope")?;
    let scope_key = SealKey::new(keys::decode(scope_key).context("32 bytes")?);
    disk::plant(browser, &forged, &scope_key).await?;

    // Whoever opens the case sees that it is none of the officer's acts, and the endpoint does not
    // take it.
    let first = first.kill().await?.start_locked(&case).await?;
    let browser = &first.browser;
    for name in [OFFICER, HEAD] {
        acts::open(browser, name, &case).await?;
        browser
            .wait_for_text("[data-testid='case'] .tl", "簽章不符，不是本人所記")
            .await?;
        for promised in ["[data-testid='admit']", ".tl > li .off"] {
            ensure!(!browser.has(promised).await?, "{promised} for {name}");
        }
    }
    let file = first.exported().await?;
    ensure!(!file.entries.contains(&forged), "it stands in the file");
    // What is recorded next takes its place.
    browser.click("[data-testid='note']").await?;
    browser.fill("#ask-words", WRITTEN).await?;
    acts::save(browser, "補記").await?;
    tablet::go(browser, "/device").await?;
    browser.wait_for_text("#main", "簽章對不上").await?;
    let second = bench.tablet("second").await?;
    acts::open(&second.browser, OFFICER, &case).await?;
    let shown = second.browser.text("[data-testid='case']").await?;
    ensure!(
        shown.contains(DRIP.content) && !shown.contains(INVENTED),
        "{shown}"
    );
    Ok(())
}

/// What the group wrote about a case.
pub(super) const SECRET: &str = "承辦人自己去談，不經過站點";

/// How a JPEG begins.
pub(super) const JPEG: &[u8] = &[0xff, 0xd8, 0xff];

/// The officer is the only member of a group, on every tablet, and writes there about a case from
/// another tablet; answers that one and the group's scope.
pub(super) async fn write_in_a_group(bench: &Bench, case: CaseId) -> Result<(Client, ScopeId)> {
    let other = bench.endpoint.client("承辦", OFFICER).await?;
    let data = bench.endpoint.data();
    let seen: Value = serde_json::from_str(&said(&["admin", "view", "--json"], data).await?)?;
    let tablets = seen["tablets"].as_array().context("tablets")?;
    let mut found = vec!["admin", "found-group", "YS", "--member", "S01"];
    for tablet in tablets {
        found.extend(["--tablet", tablet["code"].as_str().context("a code")?]);
    }
    let scope = said(&found, data).await?;
    let scope = scope.trim().strip_prefix("group  ").context("a group")?;
    let scope = scope.parse()?;
    other.sync_all()?;
    let words = json!({ "words": SECRET });
    let words = words.as_object().context("an object")?.clone();
    other.record_in(scope, case, Vec::new(), "officer", "noted", words)?;
    other.push_all()?;
    Ok((other, scope))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_about_a_case_of_a_group_opens_for_nobody_else() -> Result<()> {
    let bench = Bench::open().await?;
    let first = bench.tablet_of_all("first").await?;
    let browser = &first.browser;
    let file = tempfile::NamedTempFile::with_suffix(".jpg")?;
    photos::picture(browser, file.path()).await?;
    let case = acts::accept(&first, &DRIP).await?;
    first.sync().await?;
    let id = case.rsplit('/').next().context("a case")?;
    write_in_a_group(&bench, id.parse()?).await?;
    first.sync().await?;
    acts::open(browser, OFFICER, &case).await?;
    browser
        .wait_for_text("[data-testid='case']", SECRET)
        .await?;
    photos::begin_note(browser, file.path()).await?;
    browser.fill("#ask-words", HALF).await?;
    browser.wait_for_text("dialog[open]", "草稿").await?;
    browser.click("dialog[open] .btn.icon").await?;
    tablet::lock(browser).await?;

    let disk = Disk::read(browser).await?;
    let secrets = disk.secrets()?;
    ensure!(secrets.len() == 4, "{} slots", secrets.len());
    for (name, secret) in &secrets {
        let open = disk.opened_by(secret)?;
        let opens = |part: &[u8]| open.iter().any(|bytes| holds(bytes, part));
        ensure!(opens(DRIP.content.as_bytes()), "{name} opens nothing");
        let is_member = name == OFFICER;
        for (what, part) in [
            ("what was written", SECRET.as_bytes()),
            ("what is typed", HALF.as_bytes()),
            ("the photo", JPEG),
        ] {
            ensure!(opens(part) == is_member, "{name}: {what}");
        }
    }
    Ok(())
}
