//! A tablet's database as it lies in its browser: what opens with the tablet's own key, and what
//! with a person's PIN.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use record::pin::{self, Cost};
use record::seal::{self, Place, SealKey};
use record::{CaseId, Entry, ScopeId, keys};
use serde::Deserialize;
use serde_json::json;

use crate::browser::{Browser, tablet};

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

/// A slot as it lies under the tablet's own key.
#[derive(Debug, Deserialize)]
struct Slot {
    name: String,
    salt: String,
    cost: Cost,
    secret: String,
}

/// What a PIN opens of it: the seed of the person's signing key, and the keys of scopes.
#[derive(Debug, Deserialize)]
pub struct Secret {
    /// Base64 of the seed.
    pub seed: String,
    /// Base64 of each key.
    pub keys: BTreeMap<ScopeId, String>,
}

/// A record of the database.
#[derive(Debug)]
struct Lying {
    store: String,
    key: String,
    bytes: Vec<u8>,
}

impl Lying {
    /// What a key opens of it.
    fn open(&self, key: &SealKey) -> Option<Vec<u8>> {
        let (owner, sealed) = self.bytes.split_first_chunk()?;
        let place = Place {
            store: &self.store,
            key: &self.key,
            scope: (*owner != [0; 16]).then(|| ScopeId::from_random(*owner)),
        };
        seal::open(key, &place, sealed).ok()
    }
}

/// Puts a record into the store of entries, in the group of a case.
const PUT: &str = "return new Promise((done, failed) => {
    const open = indexedDB.open('doorstep');
    open.onerror = () => failed(open.error);
    open.onsuccess = () => {
        const writing = open.result.transaction('entries', 'readwrite');
        const v = Uint8Array.from(atob(VALUE), (letter) => letter.charCodeAt(0));
        writing.objectStore('entries').put({ v, g: GROUP }, KEY);
        writing.onerror = () => failed(writing.error);
        writing.oncomplete = () => { open.result.close(); done(true); };
    };
})";

/// A tablet's database as a script of the page, or who has the tablet, reads it.
#[derive(Debug)]
pub struct Disk {
    store_key: SealKey,
    records: Vec<Lying>,
}

impl Disk {
    /// Reads it through the page that is shown.
    ///
    /// # Errors
    /// The page gives the tablet's own key away, or is no page of a tablet.
    pub async fn read(browser: &Browser) -> Result<Self> {
        let dump: BTreeMap<String, String> = serde_json::from_value(browser.script(DUMP).await?)?;
        ensure!(
            dump.get("exported").is_some_and(String::is_empty),
            "the tablet's key was given away"
        );
        let store_key = dump.get("meta store-key").context("the tablet's own key")?;
        let store_key = SealKey::new(keys::decode(store_key).context("32 bytes")?);
        let mut records = Vec::new();
        for (name, text) in &dump {
            if let Some((store, key)) = name.split_once(' ') {
                records.push(Lying {
                    store: store.to_owned(),
                    key: key.to_owned(),
                    bytes: keys::from_base64(text).context("base64")?,
                });
            }
        }
        Ok(Self { store_key, records })
    }

    /// What opens without a PIN, and everything as it lies.
    #[must_use]
    pub fn clear(&self) -> Vec<Vec<u8>> {
        let lies = self.records.iter().map(|record| record.bytes.clone());
        let open = self.records.iter().filter_map(|r| r.open(&self.store_key));
        lies.chain(open).collect()
    }

    /// The slots, each with its key in the database.
    fn slots(&self) -> Result<Vec<(&str, Slot)>> {
        let slots = self.records.iter();
        let slots = slots.filter(|one| one.store == "meta" && one.key.starts_with("slot/"));
        slots
            .map(|record| {
                let slot = record.open(&self.store_key).context("a slot")?;
                Ok((record.key.as_str(), serde_json::from_slice(&slot)?))
            })
            .collect()
    }

    /// What a try of each person's PIN costs.
    ///
    /// # Errors
    /// A slot cannot be read.
    pub fn costs(&self) -> Result<Vec<Cost>> {
        let slots = self.slots()?;
        Ok(slots.iter().map(|(_, slot)| slot.cost).collect())
    }

    /// What the PIN opens of each person's slot, by name.
    ///
    /// # Errors
    /// A slot does not open with the PIN of everybody.
    pub fn secrets(&self) -> Result<BTreeMap<String, Secret>> {
        let mut secrets = BTreeMap::new();
        for (key, slot) in self.slots()? {
            let salt = keys::decode(&slot.salt).context("a salt")?;
            let pin_key = pin::stretch(tablet::PIN, &salt, slot.cost)?;
            let place = Place {
                store: "meta",
                key,
                scope: None,
            };
            let secret = keys::from_base64(&slot.secret).context("base64")?;
            let secret = seal::open(&pin_key, &place, &secret)?;
            secrets.insert(slot.name, serde_json::from_slice(&secret)?);
        }
        Ok(secrets)
    }

    /// The newest entry of a case that somebody opens who has this person's PIN.
    ///
    /// # Errors
    /// A key is none, or nothing of the case opens.
    pub fn newest_of(&self, case: CaseId, secret: &Secret) -> Result<Entry> {
        let open = self.opened_by(secret)?;
        let entries = open.iter().filter_map(|bytes| Entry::parse(bytes).ok());
        let of_case = entries.filter(|entry| entry.header().case == Some(case));
        let newest = of_case.max_by_key(|entry| entry.header().hlc);
        newest.context("no entry of the case opens")
    }

    /// Everything that somebody opens who has the tablet and this person's PIN.
    ///
    /// # Errors
    /// A key is none.
    pub fn opened_by(&self, secret: &Secret) -> Result<Vec<Vec<u8>>> {
        let mut open = self.clear();
        for key in secret.keys.values() {
            let key = SealKey::new(keys::decode(key).context("32 bytes")?);
            open.extend(self.records.iter().filter_map(|record| record.open(&key)));
        }
        Ok(open)
    }
}

/// Writes an entry of a case into the tablet's database, sealed with a key of its scope.
///
/// # Errors
/// It cannot be sealed or written.
pub async fn plant(browser: &Browser, entry: &Entry, key: &SealKey) -> Result<()> {
    let header = entry.header();
    let name = format!("{}{:014x}{}", header.stream, header.seq, entry.hash());
    let place = Place {
        store: "entries",
        key: &name,
        scope: Some(header.scope),
    };
    let sealed = seal::seal(key, &place, [7; 24], entry.text().as_bytes())?;
    let value = [header.scope.bytes().as_slice(), &sealed].concat();
    let case = header.case.context("of a case")?.to_string();
    let script = PUT
        .replace("VALUE", &json!(keys::to_base64(&value)).to_string())
        .replace("GROUP", &json!(case).to_string())
        .replace("KEY", &json!(name).to_string());
    browser.script(&script).await?;
    Ok(())
}
