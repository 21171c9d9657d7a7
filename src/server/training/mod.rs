//! The training site: a site file and a script of cases, loaded into an empty data folder through
//! the same code that takes in a real site and real tablets.
//!
//! * [`script`] the script: reading it and filling in what it names
//! * [`play`](mod@play) three tablets that sign the script's acts, and the syncs between them

pub mod play;
pub mod script;

use std::path::Path;

use record::roster::{Device, Item, Key};
use record::{DeviceId, Hash, PublicKey, StaffId};
use serde_json::Map;

use crate::cli::words;
use crate::clock::Clock;
use crate::error::ServerError;
use crate::ledger::Ledger;
use crate::random::Random;
use crate::serve::{self, Data};
use crate::site::{import, table};
use crate::store::{Store, Tx};
use play::Player;
use script::Script;

/// Where a training site's clock begins: 2026-11-24T10:42:00+08:00, milliseconds of UTC.
pub const START_MS: i64 = 1_795_488_120_000;

const SITE: &[u8] = include_bytes!("../../../training/site.csv");
const CASES: &str = include_str!("../../../training/cases.toml");

/// Opens a data folder as a training site; loads site and cases where it holds no site yet.
///
/// # Errors
/// Where the folder cannot be used or holds another site, or the script is not sound.
pub async fn open(data: &Path) -> Result<Data, ServerError> {
    let script = Script::read(CASES)?;
    let opened = serve::open(data, script.begins_ms).await?;
    let mut tx = opened.store.write().await?;
    let random = Random::system();
    let mut ledger = Ledger::open(&mut tx, &opened.root, &random, script.begins_ms).await?;
    if ledger.roster.sites().next().is_none() {
        load(&mut ledger, &script).await?;
        serve::keep_clock(&mut tx, &Clock::set_to(START_MS)).await?;
        tx.commit().await?;
    } else if !serve::has_own_clock(&mut tx).await? {
        // Everybody would sign in without a code, and its clock would be another for good.
        let what = format!(
            "{} holds a site that is no training site; name another folder with --data",
            data.display()
        );
        return Err(ServerError::Invalid(what));
    }
    Ok(opened)
}

async fn load<T: Tx>(ledger: &mut Ledger<'_, T>, script: &Script) -> Result<(), ServerError> {
    let words = words()?;
    let table = table::read(SITE, &words)?;
    let site = import::site_of(&table, ledger, false)?;
    let held = import::holdings(ledger, &site).await?;
    let plan = import::plan(&table, &words, &held)?;
    if let Some(refused) = plan.refused.first() {
        let what = format!("training site, {}: {}", refused.place, refused.reason);
        return Err(ServerError::Invalid(what));
    }
    import::apply(ledger, &plan, &held).await?;
    enrol(ledger, script, &plan.site).await?;
    let site = import::holdings(ledger, &plan.site).await?;
    let mut player = Player::new(ledger, script, &site)?;
    player.play(ledger).await
}

/// Puts the script's tablets and a key for every person on each of them into the roster.
async fn enrol<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    script: &Script,
    site: &str,
) -> Result<(), ServerError> {
    let staff: Vec<StaffId> = ledger.roster.staff().map(|person| person.id).collect();
    let mut items = Vec::new();
    for tablet in &script.tablets {
        let id = device_id(&tablet.code);
        items.push(Item::Device(Device {
            id,
            code: tablet.code.clone(),
            site: site.to_owned(),
            name: tablet.name.clone(),
            public_key: PublicKey::of(&play::key(&format!("device {}", tablet.code))),
            revoked: false,
            wipe: false,
        }));
        for person in &staff {
            items.push(Item::Key(Key {
                staff: *person,
                device: id,
                public_key: PublicKey::of(&play::person_key(*person, id)),
                revoked: false,
                by: None,
            }));
        }
    }
    let items = items.into_iter().map(|item| (item, Map::new())).collect();
    ledger.write_roster(items).await?;
    Ok(())
}

/// Identifier of a tablet of the script.
pub(crate) fn device_id(code: &str) -> DeviceId {
    DeviceId::from_random(half(&Hash::of(
        format!("training device {code}").as_bytes(),
    )))
}

/// The first 16 bytes of a hash.
pub(crate) fn half(hash: &Hash) -> [u8; 16] {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(hash.bytes()) {
        *to = *from;
    }
    bytes
}
