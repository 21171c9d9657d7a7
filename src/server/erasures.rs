//! Erasure: two persons decide that what an entry says is to go, and the endpoint orders it. Orders
//! are kept in a file beside the database as well: one that is put back from before an order obeys
//! it before anything is served.

use std::collections::BTreeSet;
use std::path::Path;

use domain::act::Act;
use record::check;
use record::erasure::{self, Erasure, ORDER, Order, PERSONS_MIN};
use record::export::EntryFile;
use record::{CaseId, Entry, Hash, ScopeId, StaffId};
use serde_json::Value;
use sync::wire::Sealed;
use sync::wire::attachment::Named;

use crate::admin::AdminError;
use crate::api::push::take_all;
use crate::error::ServerError;
use crate::ledger::{Draft, Ledger, entry_of};
use crate::store::{AsideRow, StoreError, Stored, Tx};
use crate::vault::Vault;
use crate::whole_file;

/// Name of the file of the orders in the data folder: an entry file, sealed.
const FILE_NAME: &str = "erasures";

/// Longest reason, characters.
const REASON_MAX: usize = 200;

/// Under which name the root's word is kept that an entry was erased.
fn entry_mark(name: &Hash) -> String {
    format!("erased entry {name}")
}

/// Under which name it is kept that an attachment was erased.
fn attachment_mark(name: &Hash) -> String {
    format!("erased attachment {name}")
}

/// Under which name it is kept that something of a case was erased.
fn case_mark(case: &CaseId) -> String {
    format!("erased in {case}")
}

/// Whether an attachment was erased.
///
/// # Errors
/// Where the store fails.
pub async fn is_attachment_erased<T: Tx>(tx: &mut T, name: &Hash) -> Stored<bool> {
    Ok(tx.meta(&attachment_mark(name)).await?.is_some())
}

/// What was refused, as it is to be kept aside: without what was erased of it; `None` where nothing
/// else is left. `hash` names the entry, where what was sent does not show it.
///
/// # Errors
/// Where the store fails.
pub async fn as_kept_aside<T: Tx>(
    tx: &mut T,
    hash: Option<Hash>,
    text: String,
) -> Stored<Option<String>> {
    let hash = hash.unwrap_or_else(|| refused_name(text.as_bytes()));
    if tx.meta(&entry_mark(&hash)).await?.is_none() {
        return Ok(Some(text));
    }
    match Entry::parse(text.as_bytes()) {
        Ok(entry) => Ok(Some(as_erased(tx, &entry).await?.text().to_owned())),
        Err(_) => Ok(None),
    }
}

/// The name of the entry that was refused, as it was written or as a tablet sealed it.
fn refused_name(bytes: &[u8]) -> Hash {
    let sealed: Option<Sealed> = serde_json::from_slice(bytes).ok();
    let name = sealed.and_then(|sealed| sealed.key.get(46..)?.parse().ok());
    name.unwrap_or_else(|| {
        let line = bytes.split_inclusive(|byte| *byte == b'\n').next();
        Hash::of(line.unwrap_or_default())
    })
}

/// An entry as it is to be held: an erased body is never taken again.
///
/// # Errors
/// Where the store fails.
pub async fn as_erased<T: Tx>(tx: &mut T, entry: &Entry) -> Stored<Entry> {
    let word = tx.meta(&entry_mark(&entry.hash())).await?;
    let erasure = word.and_then(|word| Erasure::read(&word));
    let erased = erasure
        .filter(|_| entry.erasure().is_none())
        .and_then(|erasure| entry.erased(&erasure).ok());
    Ok(erased.unwrap_or_else(|| entry.clone()))
}

/// Does what an entry asks that came in: an order is obeyed, an entry that came erased is erased
/// here, and so is one that says again what was erased.
///
/// # Errors
/// Where the store fails.
pub async fn obey<T: Tx>(ledger: &mut Ledger<'_, T>, entry: &Entry) -> Result<(), ServerError> {
    if let Some((order, erasure)) = Order::of(entry, &ledger.roster) {
        apply(ledger, entry, &order, &erasure).await?;
        return erase_again(ledger, entry.header().case, order).await;
    }
    if let Some(erasure) = entry.erasure() {
        if check::authentic(entry, &ledger.roster).is_ok() {
            erase(ledger, &entry.hash(), erasure).await?;
        }
        return Ok(());
    }
    let Some(case) = entry.header().case else {
        return Ok(());
    };
    if ledger.tx.meta(&case_mark(&case)).await?.is_none() {
        return Ok(());
    }
    let of_case = of_case(ledger, &case).await?;
    let same = same_act(entry, &of_case);
    let mut orders = of_case
        .iter()
        .filter_map(|one| Order::of(one, &ledger.roster));
    let Some((order, _)) = orders.find(|(order, _)| same.contains(&order.hash)) else {
        return Ok(());
    };
    let (by, reason) = (order.by, order.reason);
    write_all(ledger, &of_case, &same, (&by, &reason)).await?;
    Ok(())
}

/// What records again what an order concerns, and was here before the order: it may have come back
/// first after a backup was put back, and the act that it repeats not at all.
async fn erase_again<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    case: Option<CaseId>,
    order: Order,
) -> Result<(), ServerError> {
    let Some(case) = case else { return Ok(()) };
    let of_case = of_case(ledger, &case).await?;
    let says_it = |one: &&Entry| same_act(one, &of_case).contains(&order.hash);
    let same: BTreeSet<Hash> = of_case.iter().filter(says_it).map(Entry::hash).collect();
    write_all(ledger, &of_case, &same, (&order.by, &order.reason)).await?;
    Ok(())
}

async fn of_case<T: Tx>(ledger: &mut Ledger<'_, T>, case: &CaseId) -> Stored<Vec<Entry>> {
    let rows = ledger.tx.of_case(&case.to_string()).await?;
    rows.iter().map(entry_of).collect()
}

/// Orders that what an entry says is erased, with its photos, and what records it again. Answers
/// the orders.
///
/// # Errors
/// Where there is no such entry, it is of a kind that is never erased, is erased already, or two
/// persons and a reason are not named.
pub async fn order<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    hash: &Hash,
    by: &[StaffId],
    reason: &str,
) -> Result<Vec<Entry>, AdminError> {
    let persons: BTreeSet<&StaffId> = by.iter().collect();
    if persons.len() < PERSONS_MIN {
        return Err(AdminError::Invalid("two persons decide an erasure"));
    }
    let is_there = |staff: &&StaffId| ledger.roster.person(staff).is_some_and(|p| !p.retired);
    if !persons.iter().all(is_there) {
        return Err(AdminError::Unknown("person"));
    }
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_MAX {
        return Err(AdminError::Invalid("a reason has 1 to 200 characters"));
    }
    let row = ledger.tx.entry(&hash.to_string()).await?;
    let row = row.ok_or(AdminError::Unknown("entry"))?;
    let entry = entry_of(&row)?;
    if !erasure::may_erase(entry.kind()) {
        let why = "what others are judged by is never erased: roster, verdicts, orders";
        return Err(AdminError::Invalid(why));
    }
    if entry.erasure().is_some() {
        return Err(AdminError::Invalid("it is erased already"));
    }
    let of_case = match &entry.header().case {
        Some(case) => of_case(ledger, case).await?,
        None => vec![entry.clone()],
    };
    let same = same_act(&entry, &of_case);
    Ok(write_all(ledger, &of_case, &same, (by, reason)).await?)
}

/// Orders that what some entries of a case say is erased, those of them that say anything, with the
/// photos that no other entry of the scope names.
async fn write_all<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    of_case: &[Entry],
    same: &BTreeSet<Hash>,
    (by, reason): (&[StaffId], &str),
) -> Result<Vec<Entry>, ServerError> {
    let whole = of_case.iter().filter(|entry| entry.erasure().is_none());
    let gone: Vec<&Entry> = whole.filter(|entry| same.contains(&entry.hash())).collect();
    let mut named: BTreeSet<Hash> = gone.iter().flat_map(|entry| attachments(entry)).collect();
    if let (Some(first), false) = (gone.first(), named.is_empty()) {
        let scope = first.header().scope.to_string();
        for row in ledger.tx.feed(&scope, 0, i64::MAX).await? {
            let other = entry_of(&row)?;
            if !same.contains(&other.hash()) {
                let kept: BTreeSet<Hash> = attachments(&other).collect();
                named.retain(|name| !kept.contains(name));
            }
        }
    }
    let mut orders = Vec::new();
    for entry in gone {
        let place = (entry.header().scope, entry.header().case);
        let names = attachments(entry).filter(|name| named.contains(name));
        let what = (entry.hash(), names.collect());
        orders.push(write(ledger, place, what, by, reason).await?);
    }
    Ok(orders)
}

/// The names of the entries of a case that say the same act: one that was recorded again after a
/// fork, and what records it again. Nobody but its author records an act again; one that is not
/// held may have been the author's.
fn same_act(entry: &Entry, of_case: &[Entry]) -> BTreeSet<Hash> {
    let author = |entry: &Entry| {
        let header = entry.header();
        (header.scope, header.staff, header.device)
    };
    let by_author =
        |other: &&Entry| author(other) == author(entry) && erasure::may_erase(other.kind());
    let by_others = of_case.iter().filter(|other| !by_author(other));
    let by_others: BTreeSet<Hash> = by_others.map(Entry::hash).collect();
    let by_author: Vec<&Entry> = of_case.iter().filter(by_author).collect();
    let mut same = BTreeSet::from([entry.hash()]);
    loop {
        let before = same.len();
        for other in &by_author {
            let original = other
                .header()
                .again
                .filter(|original| !by_others.contains(original));
            if let Some(original) = original
                && (same.contains(&original) || same.contains(&other.hash()))
            {
                same.extend([original, other.hash()]);
            }
        }
        if same.len() == before {
            return same;
        }
    }
}

/// The attachments that an act names.
fn attachments(entry: &Entry) -> impl Iterator<Item = Hash> + use<> {
    let act = Act::from_body(entry.kind(), entry.body_line());
    let names = act
        .photos()
        .iter()
        .filter_map(|photo| photo.name.as_str().parse().ok());
    names.collect::<Vec<Hash>>().into_iter()
}

/// Writes an order, into the scope and the case of the entry it concerns, and obeys it.
async fn write<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    (scope, case): (ScopeId, Option<CaseId>),
    (hash, attachments): (Hash, Vec<Hash>),
    by: &[StaffId],
    reason: &str,
) -> Result<Entry, ServerError> {
    let erasure = Erasure::issue(&hash, ledger.root().signing());
    let order = Order {
        hash,
        erased: erasure.to_string(),
        attachments,
        by: by.to_vec(),
        reason: reason.to_owned(),
    };
    let Ok(Value::Object(body)) = serde_json::to_value(&order) else {
        return Err(StoreError::Damaged("an order").into());
    };
    let draft = Draft {
        case,
        after: Vec::new(),
        kind: ORDER.to_owned(),
        body,
    };
    let written = ledger.write(scope, vec![draft]).await?;
    let written = written.into_iter().next();
    let written = written.ok_or(StoreError::Damaged("an order"))?;
    apply(ledger, &written, &order, &erasure).await?;
    Ok(written)
}

async fn apply<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    entry: &Entry,
    order: &Order,
    erasure: &Erasure,
) -> Result<(), ServerError> {
    let scope = entry.header().scope;
    if let Some(case) = entry.header().case {
        ledger.tx.set_meta(&case_mark(&case), "").await?;
    }
    for name in &order.attachments {
        ledger.tx.set_meta(&attachment_mark(name), "").await?;
        ledger.gone.push(Named { scope, name: *name });
    }
    erase(ledger, &order.hash, erasure).await
}

/// Erases an entry where it is held, what of it was refused before, and whatever comes of it later.
async fn erase<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    hash: &Hash,
    erasure: &Erasure,
) -> Result<(), ServerError> {
    let tx = &mut *ledger.tx;
    tx.set_meta(&entry_mark(hash), &erasure.to_string()).await?;
    for aside in tx.asides().await? {
        if refused_name(&aside.bytes) != *hash {
            continue;
        }
        tx.drop_aside(&aside.digest).await?;
        let entry = Entry::parse(&aside.bytes).and_then(|entry| entry.erased(erasure));
        if let Ok(entry) = entry {
            let bytes = entry.bytes().to_vec();
            let digest = Hash::of(&bytes).to_string();
            let erased = AsideRow {
                digest,
                bytes,
                ..aside
            };
            tx.keep_aside(&erased).await?;
        }
    }
    let Some(mut row) = tx.entry(&hash.to_string()).await? else {
        return Ok(());
    };
    let whole = entry_of(&row)?;
    if whole.erasure().is_none() {
        row.bytes = whole.erased(erasure)?.bytes().to_vec();
        tx.replace(&row).await?;
    }
    Ok(())
}

/// Obeys the orders of a data folder that its database does not know, and keeps those in the folder
/// that are only in the database. Attachments that are to go are then in `gone` of the ledger.
/// Answers whether any was not known.
///
/// # Errors
/// Where the store fails, or the file cannot be read or written.
pub async fn settle<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    data: &Path,
    vault: &Vault,
) -> Result<bool, ServerError> {
    let path = data.join(FILE_NAME);
    let kept = match std::fs::read(&path) {
        Ok(sealed) => {
            EntryFile::parse(&vault.open(FILE_NAME, "", &sealed)?)
                .map_err(|error| ServerError::Invalid(format!("{}: {error}", path.display())))?
                .entries
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(ServerError::file(path)(error)),
    };
    let any = catch_up(ledger, &kept).await?;
    let rows = ledger.tx.of_kind(ORDER).await?;
    let held: Vec<Entry> = rows.iter().map(entry_of).collect::<Stored<_>>()?;
    for entry in &held {
        if let Some((order, _)) = Order::of(entry, &ledger.roster) {
            let scope = entry.header().scope;
            let names = order.attachments.into_iter();
            ledger.gone.extend(names.map(|name| Named { scope, name }));
        }
    }
    keep((data, vault), kept, held)?;
    Ok(any)
}

/// Obeys orders that may be unknown since a backup was put back; answers whether any was.
///
/// # Errors
/// Where the store fails.
pub async fn catch_up<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    orders: &[Entry],
) -> Result<bool, ServerError> {
    let mut any = false;
    for entry in orders {
        if ledger.tx.entry(&entry.hash().to_string()).await?.is_none() {
            any = true;
            obey(ledger, entry).await?;
            // One of a scope that the database does not know comes back with the tablets.
            let _refused = take_all(ledger, &[(0, entry.clone())]).await?;
        }
    }
    Ok(any)
}

/// Keeps in a data folder, besides what is there, the orders that the database holds. Before they
/// are committed: one that is in the file alone is obeyed at the next start.
fn keep(
    (data, vault): (&Path, &Vault),
    mut kept: Vec<Entry>,
    held: Vec<Entry>,
) -> Result<(), ServerError> {
    let known: BTreeSet<Hash> = kept.iter().map(Entry::hash).collect();
    let before = kept.len();
    kept.extend(held.into_iter().filter(|one| !known.contains(&one.hash())));
    if kept.len() == before {
        return Ok(());
    }
    let file = EntryFile {
        entries: kept,
        receipts: Vec::new(),
    };
    let sealed = vault.seal(FILE_NAME, "", file.to_text().as_bytes())?;
    whole_file::replace(data, FILE_NAME, &sealed)
}

#[cfg(test)]
mod tests {
    use record::header::{FORMAT, Header};
    use record::{DeviceId, Hlc, StreamId, Unsigned, keys};

    use super::*;
    use crate::ledger::{self, row_of};
    use crate::random::Random;
    use crate::root::RootKey;
    use crate::store::Store as _;
    use crate::store::memory::MemoryStore;

    fn entry(staff: u8, place: u64, kind: &str, again: Option<Hash>) -> Entry {
        let header = Header {
            format: FORMAT,
            case: Some(CaseId::from_random([1; 16])),
            scope: ScopeId::from_random([2; 16]),
            stream: StreamId::from_random([staff; 16]),
            seq: place,
            prev: (place > 1).then_some(Hash::ZERO),
            after: Vec::new(),
            hlc: Hlc { ms: place, n: 0 },
            wall_ms: 0,
            clock: None,
            endpoint_ms: None,
            roster: 1,
            staff: Some(StaffId::from_random([staff; 16])),
            role: String::new(),
            device: DeviceId::from_random([staff; 16]),
            kind: kind.to_owned(),
            deed: None,
            again,
            body_hash: Hash::ZERO,
            app: String::new(),
        };
        let unsigned = Unsigned::new(header, &serde_json::Map::new(), [0; 16]).unwrap();
        unsigned
            .signed_by(&keys::signing_key(&[staff; 32]))
            .unwrap()
    }

    /// After a backup was put back an act recorded again may come back before the order, and the
    /// act itself not at all.
    #[tokio::test]
    async fn an_order_that_comes_later_finds_what_repeats_the_act() {
        let (store, root) = (MemoryStore::default(), RootKey::of_seed(&[9; 32]));
        let random = Random::system();
        let mut tx = store.write().await.unwrap();
        ledger::begin(&mut tx, &root, &random, 0).await.unwrap();
        let mut ledger = Ledger::open(&mut tx, &root, &random, 0).await.unwrap();
        let lost = entry(1, 1, "noted", None);
        let repeated = entry(1, 2, "noted", Some(lost.hash()));
        let other = entry(1, 3, "noted", None);
        let by = [StaffId::from_random([1; 16]), StaffId::from_random([2; 16])];
        let header = lost.header();
        let (place, what) = ((header.scope, header.case), (lost.hash(), Vec::new()));
        let order = write(&mut ledger, place, what, &by, "x").await.unwrap();
        for one in [&repeated, &other] {
            let row = row_of(one, &ledger.roster, 0);
            ledger.tx.insert(&row).await.unwrap();
        }
        obey(&mut ledger, &order).await.unwrap();
        let mut is_erased = async |entry: &Entry| {
            let row = ledger.tx.entry(&entry.hash().to_string()).await.unwrap();
            entry_of(&row.unwrap()).unwrap().erasure().is_some()
        };
        assert!(is_erased(&repeated).await);
        assert!(!is_erased(&other).await);
    }

    /// Whoever names another's entry as recorded again does not have it erased with theirs.
    #[test]
    fn an_act_is_the_same_where_its_author_recorded_it_again() {
        let first = entry(1, 1, "noted", None);
        let second = entry(1, 2, "noted", Some(first.hash()));
        let third = entry(1, 3, "noted", Some(second.hash()));
        let of_another = entry(2, 1, "noted", Some(first.hash()));
        let verdict = entry(1, 4, "verdict.admit", Some(first.hash()));
        let unknown = entry(1, 5, "noted", Some(Hash::ZERO));
        let all = [&first, &second, &third, &of_another, &verdict, &unknown];
        let all = all.map(Entry::clone);
        let same = BTreeSet::from([first.hash(), second.hash(), third.hash()]);
        for one in [&first, &second, &third] {
            assert_eq!(same_act(one, &all), same);
        }
        assert_eq!(same_act(&of_another, &all).len(), 1);
        // An act that did not come back with a backup may be what is ordered to be erased.
        let of_unknown = BTreeSet::from([unknown.hash(), Hash::ZERO]);
        assert_eq!(same_act(&unknown, &all), of_unknown);
    }
}
