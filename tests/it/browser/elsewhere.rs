//! What everybody else holds of a scope that is confidential: another person on the same tablet,
//! and another tablet on its disk, in its database and in all that passed between it and the
//! endpoint. Nothing.

use std::collections::BTreeSet;
use std::io::Read as _;

use acceptance::browser::{Exchange, Proxy, tablet};
use acceptance::client::Client;
use acceptance::disk::Disk;
use acceptance::{http, profile};
use anyhow::{Context as _, Result, ensure};
use profile::{Wanted, standing_in};
use record::{CaseId, ScopeId, keys};
use sync::memory::run;
use sync::wire::attachment::{GET_PATH, Named};

use super::acts::{self, DRIP};
use super::bench::{Bench, HANDLER, HEAD, MANAGER, OFFICER, Tablet};
use super::photos::{self, holds};
use super::sealed::{self, HALF, JPEG, SECRET};

/// What the member records on the screens.
const RECORDED: &str = "住戶說承辦人收了紅包";

/// What the group's key is called here.
const KEY: &str = "the group's key";

/// Bytes of a photo that are looked for: enough not to be anywhere else.
const PIECE: usize = 48;

/// All that passed, as it was and unpacked.
fn unpacked(all: &[Exchange]) -> Result<Vec<Vec<u8>>> {
    let mut forms = Vec::new();
    for one in all {
        let head = one.head.to_ascii_lowercase();
        if head.contains("content-encoding: gzip") {
            forms.push(ungzip(&one.body)?);
        }
        // What was still under way when the browser ended is looked at as it is.
        if let Ok(answer) = http::receive(one.answer.as_slice()) {
            match answer.header("content-encoding") {
                "" => forms.push(answer.body),
                "gzip" => forms.push(ungzip(&answer.body)?),
                // The files of the app are packed otherwise, and hold nothing of anybody.
                packed => ensure!(!head.contains(" /v1/"), "{packed}: {head}"),
            }
        }
        let as_it_was = [one.head.as_bytes(), &one.body, &one.answer];
        forms.extend(as_it_was.map(<[u8]>::to_vec));
    }
    Ok(forms)
}

fn ungzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain)?;
    Ok(plain)
}

/// What of it stands in any of these.
fn found(all: impl IntoIterator<Item = Vec<u8>>, wanted: &[Wanted]) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for bytes in all {
        found.extend(standing_in(&bytes, wanted));
    }
    found
}

/// The member writes about a case of the group on the screens, with a photo each: once recorded,
/// once left half-way.
async fn write(first: &Tablet, case: &str) -> Result<()> {
    let browser = &first.browser;
    let file = tempfile::NamedTempFile::with_suffix(".jpg")?;
    photos::picture(browser, file.path()).await?;
    acts::open(browser, OFFICER, case).await?;
    browser
        .wait_for_text("[data-testid='case']", SECRET)
        .await?;
    photos::begin_note(browser, file.path()).await?;
    browser.fill("#ask-words", RECORDED).await?;
    acts::save(browser, "補記").await?;
    let sent = "const shown = document.querySelector('.tl');\
        return shown?.querySelector('img') && !shown.innerText.includes('照片只在這台平板')";
    first.until("the photo is sent", sent).await?;
    photos::begin_note(browser, file.path()).await?;
    browser.fill("#ask-words", HALF).await?;
    browser.wait_for_text("dialog[open]", "草稿").await?;
    browser.click("dialog[open] .btn.icon").await
}

/// What is looked for: what was written, the photo and the group's key, as the member opens them.
fn wanted(disk: &Disk, scope: &ScopeId) -> Result<Vec<Wanted>> {
    let secrets = disk.secrets()?;
    let member = secrets.get(OFFICER).context("the member's slot")?;
    let open = disk.opened_by(member)?;
    let photo = open.iter().find_map(|bytes| {
        let begins = bytes.windows(JPEG.len()).position(|three| three == JPEG)?;
        let photo = bytes.get(begins..)?;
        photo.get(photo.len() / 2..photo.len() / 2 + PIECE)
    });
    let key = member.keys.get(scope).context("the group's key")?;
    let key: [u8; 32] = keys::decode(key).context("32 bytes")?;
    let mut wanted = vec![
        Wanted::bytes("the photo", photo.context("a photo")?),
        Wanted::bytes(KEY, &key),
    ];
    wanted.extend([SECRET, RECORDED, HALF].map(Wanted::text));
    Ok(wanted)
}

/// The photo that the member recorded, by its name.
fn photo_of(member: &Client, case: CaseId, scope: ScopeId) -> Result<Named> {
    member.sync_all()?;
    let stored = run(member.tablet.case_entries(&case)).context("memory does not wait")??;
    let mut names = stored.iter().filter_map(|one| {
        let body = one.entry.body();
        let name = body.get("photos")?.get(0)?.get("name")?.as_str()?.parse();
        name.ok()
    });
    let name = names.next().context("a photo")?;
    Ok(Named { scope, name })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_else_holds_one_byte_of_what_is_a_groups() -> Result<()> {
    let bench = Bench::open().await?;
    let address = bench.endpoint.address();
    let proxies = (
        Proxy::before(&address).await?,
        Proxy::before(&address).await?,
    );
    proxies.0.keep();
    proxies.1.keep();
    let first = bench
        .tablet_of(&[HEAD, OFFICER], "first", &proxies.0.address())
        .await?;
    let second = bench
        .tablet_of(&[MANAGER, HANDLER], "second", &proxies.1.address())
        .await?;
    let case = acts::accept(&first, &DRIP).await?;
    first.sync().await?;
    let id = case.rsplit('/').next().context("a case")?.parse()?;
    let (member, scope) = sealed::write_in_a_group(&bench, id).await?;
    first.sync().await?;
    write(&first, &case).await?;
    // The others use both tablets, and look at the case.
    for (on, who) in [(&first, HEAD), (&second, HANDLER), (&second, MANAGER)] {
        tablet::pick(&on.browser, who).await?;
        on.sync().await?;
        acts::open(&on.browser, who, &case).await?;
        let shown = on.browser.text("[data-testid='case']").await?;
        ensure!(shown.contains(DRIP.content), "{who} sees no case");
        ensure!(!shown.contains(SECRET), "{who} sees what is the group's");
    }

    let disk = Disk::read(&first.browser).await?;
    let wanted = wanted(&disk, &scope)?;
    let everything: BTreeSet<&str> = wanted.iter().map(|one| one.what.as_str()).collect();
    let secrets = disk.secrets()?;
    ensure!(secrets.len() == 2, "{} slots", secrets.len());
    // The same search finds all of it where the member looks.
    let [member_opens, other_opens] = [OFFICER, HEAD].map(|name| {
        let secret = secrets.get(name).context("a slot")?;
        let keys = secret
            .keys
            .values()
            .filter_map(|key| keys::from_base64(key));
        anyhow::Ok(found(
            disk.opened_by(secret)?.into_iter().chain(keys),
            &wanted,
        ))
    });
    ensure!(member_opens? == everything, "the search finds too little");
    let other_opens = other_opens?;
    ensure!(other_opens.is_empty(), "on one tablet: {other_opens:?}");

    let disk = Disk::read(&second.browser).await?;
    let secrets = disk.secrets()?;
    ensure!(secrets.len() == 2, "{} slots", secrets.len());
    for (name, secret) in &secrets {
        let open = disk.opened_by(secret)?;
        let site = open
            .iter()
            .any(|bytes| holds(bytes, DRIP.content.as_bytes()));
        ensure!(site, "{name} opens nothing");
        let keys = secret
            .keys
            .values()
            .filter_map(|key| keys::from_base64(key));
        let opens = found(open.into_iter().chain(keys), &wanted);
        ensure!(opens.is_empty(), "{name} on another tablet: {opens:?}");
    }
    let killed = second.kill().await?;
    let lies = profile::readable(killed.profile())?;
    ensure!(lies.len() > 50, "{} files", lies.len());
    let lies: Vec<Vec<u8>> = lies.into_iter().map(|(_, bytes)| bytes).collect();
    // The same search finds where the tablet met the endpoint.
    let met = [Wanted::text(&proxies.1.address())];
    ensure!(
        found(lies.clone(), &met).len() == 1,
        "the search finds nothing"
    );
    let lies = found(lies, &wanted);
    ensure!(lies.is_empty(), "on another tablet's disk: {lies:?}");

    let mut passed = [Vec::new(), Vec::new()];
    for (passed, proxy) in passed.iter_mut().zip([&proxies.0, &proxies.1]) {
        *passed = unpacked(&proxy.kept())?;
    }
    let [mine, others] = passed;
    // What is the site's passed to both, and what is the group's to the member: their tablet is
    // sent it, and its key.
    let site = [Wanted::text(DRIP.content)];
    ensure!(found(others.clone(), &site).len() == 1, "nothing passed");
    let mine = found(mine, &wanted);
    for what in [SECRET, RECORDED, KEY] {
        ensure!(mine.contains(what), "the search finds no {what}: {mine:?}");
    }
    let others = found(others, &wanted);
    ensure!(others.is_empty(), "passed to another tablet: {others:?}");

    // And whoever asks for the photo by its name is told that there is none.
    let of = photo_of(&member, id, scope)?;
    ensure!(
        holds(member.fetch(of)?.content(), JPEG),
        "the member's photo"
    );
    let other = bench.endpoint.client("部門", HEAD).await?;
    let request = serde_json::to_vec(&other.tablet.get_request(of, 0))?;
    let refused = other.post(GET_PATH, &request)?;
    ensure!(
        refused.status == 404,
        "{}: {}",
        refused.status,
        refused.text()
    );
    Ok(())
}
