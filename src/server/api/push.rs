//! The pushing half: each entry is judged, stored with the next number of its scope, and its
//! stream receipted, all in one transaction.

use std::collections::BTreeMap;

use record::roster::{Item, KIND_PREFIX};
use record::stream::Head;
use record::verdict::{Reason, SET_ASIDE, SetAside};
use record::{DeviceId, Entry, Hash, Receipt, StreamId};
use serde_json::{Map, Value};
use sync::endpoint::{Judgement, Known, ReadBatch, advance, judge};
use sync::wire::{RefuseReason, Refused, Sealed, SyncRequest};

use super::fault::Fault;
use super::sync::head_of;
use crate::admin::BY;
use crate::erasures;
use crate::error::ServerError;
use crate::ledger::{Draft, Ledger, row_of};
use crate::state::Endpoint;
use crate::store::{AsideRow, EntryRow, ReceiptRow, Store, StoreError, StreamRow, Tx};

/// Takes the entries and receipts of a request. Answers what was not taken; when it returns,
/// everything taken is committed.
///
/// # Errors
/// A fault where the store fails; nothing is stored then.
pub async fn push<S: Store>(
    endpoint: &Endpoint<S>,
    request: &SyncRequest,
    batch: &ReadBatch,
) -> Result<Vec<Refused>, Fault> {
    let mut tx = endpoint.store.write().await?;
    let mut ledger = endpoint.ledger(&mut tx).await?;
    if !request.epoch.is_empty() && request.epoch != ledger.epoch() {
        // Since a backup was put back the roster may lack what these entries rest on. The tablet
        // learns of it by the reply, and sends that first.
        return Ok(Vec::new());
    }
    let mut refused = batch.refused.clone();
    refused.extend(take_all(&mut ledger, &batch.entries).await?);
    let sent = |index: usize| {
        let plain = request.entries.get(index).cloned();
        let after = index.checked_sub(request.entries.len());
        plain.or_else(|| sealed_text(request.sealed.get(after?)?))
    };
    keep_aside(&mut ledger, request.device, &refused, sent).await?;
    for receipt in &batch.receipts {
        ledger.tx.insert_receipt(&receipt_row(receipt)).await?;
    }
    let gone = std::mem::take(&mut ledger.gone);
    tx.commit().await?;
    endpoint.attachments.remove(&gone).await?;
    Ok(refused)
}

/// Judges, stores and receipts entries, each with its place in the request, at the ledger's time.
/// Answers which were not taken.
///
/// # Errors
/// Where the store fails or an entry of the endpoint's own cannot be made.
pub async fn take_all<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    entries: &[(usize, Entry)],
) -> Result<Vec<Refused>, ServerError> {
    let mut refused = Vec::new();
    let mut moved = BTreeMap::new();
    // The roster first, by which the others are judged; then scopes in ascending order. The order
    // within a stream stays.
    let company = ledger.company();
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by_key(|(_, entry)| {
        let scope = entry.header().scope;
        (scope != company, scope)
    });
    for (index, entry) in entries {
        if let Some(reason) = take(ledger, entry, &mut moved).await? {
            refused.push(Refused {
                index: *index,
                hash: Some(entry.hash()),
                reason,
            });
        }
    }
    for head in moved.into_values() {
        let last = ledger.tx.last_receipt(&head.stream.to_string()).await?;
        let last = last.map(|row| receipt_of(&row)).transpose()?;
        let signing = ledger.root().signing();
        let issued = Receipt::issue(head, ledger.now_ms(), last.as_ref(), signing)?;
        ledger.tx.insert_receipt(&receipt_row(&issued)).await?;
    }
    Ok(refused)
}

/// Judges and stores one entry; answers why it was not taken.
async fn take<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    entry: &Entry,
    moved: &mut BTreeMap<StreamId, Head>,
) -> Result<Option<RefuseReason>, ServerError> {
    let now_ms = ledger.now_ms();
    let entry = &erasures::as_erased(ledger.tx, entry).await?;
    let known = known(ledger.tx, entry).await?;
    let judgement = judge(entry, &ledger.roster, &known, now_ms);
    let reason = match &judgement {
        Judgement::Known => {
            erasures::obey(ledger, entry).await?;
            return Ok(None);
        }
        Judgement::Refuse(reason) => return Ok(Some(reason.clone())),
        Judgement::Accept(_) => None,
        Judgement::Aside(_, reason) => Some(reason.clone()),
    };
    let mut row = row_of(entry, &ledger.roster, now_ms);
    row.fork = reason == Some(Reason::Fork);
    ledger.tx.insert(&row).await?;
    if !entry.header().hlc.too_far_ahead(now_ms) {
        ledger.adopt(entry.header().hlc).await?;
    }
    if entry.kind().starts_with(KIND_PREFIX) {
        // A roster entry of this endpoint, brought back after a restore, or a member's consent;
        // others change nothing.
        let _of_roster = ledger.roster.apply(entry);
    }
    match reason {
        Some(reason) => set_aside(ledger, entry, reason).await?,
        None => let_in(ledger, entry).await?,
    }
    erasures::obey(ledger, entry).await?;
    let mut frontier = known.head.unwrap_or(Head::empty(entry.header().stream));
    let moves = judgement.moves_frontier();
    if !moves && known.owner.is_none() {
        begin_stream(ledger.tx, entry).await?;
    }
    if moves || row.fork {
        let after = i64::try_from(frontier.seq).unwrap_or(i64::MAX);
        let ahead = ledger.tx.ahead(&row.stream, after).await?;
        if moves {
            frontier = move_frontier(ledger.tx, entry, &ahead).await?;
            moved.insert(frontier.stream, frontier);
        }
        passed_by(ledger, frontier, ahead).await?;
    }
    Ok(None)
}

/// States who joins a confidential scope, where an entry that counts is a member's consent.
async fn let_in<T: Tx>(ledger: &mut Ledger<'_, T>, entry: &Entry) -> Result<(), ServerError> {
    let header = entry.header();
    let joining = ledger.roster.joining_by(&entry.hash());
    if let (Some(joining), Some(by)) = (joining, header.staff)
        && header.scope == ledger.company()
    {
        let extra = Map::from_iter([(BY.to_owned(), by.to_string().into())]);
        ledger
            .write_roster(vec![(Item::Joining(joining), extra)])
            .await?;
    }
    Ok(())
}

/// What is held that bears on an entry.
async fn known<T: Tx>(tx: &mut T, entry: &Entry) -> Result<Known, StoreError> {
    let header = entry.header();
    let stream = header.stream.to_string();
    if tx.entry(&entry.hash().to_string()).await?.is_some() {
        return Ok(Known {
            held: true,
            ..Known::default()
        });
    }
    let mut known = Known::default();
    if let Some(row) = tx.stream(&stream).await? {
        let device = row
            .device
            .parse()
            .map_err(|_| StoreError::Damaged("a device"))?;
        let scope = row
            .scope
            .parse()
            .map_err(|_| StoreError::Damaged("a scope"))?;
        known.head = Some(head_of(&row)?);
        known.owner = Some((device, scope));
        known.roster_seen = u64::try_from(row.roster).unwrap_or(0);
    }
    if let Ok(seq) = i64::try_from(header.seq) {
        known.rival = !tx.at(&stream, seq).await?.is_empty();
    }
    if let Some(prev) = header.prev {
        let before = tx.entry(&prev.to_string()).await?;
        known.prev_forked = before.is_some_and(|before| before.fork && before.stream == stream);
        known.other_successor =
            header.seq == 1 && tx.begins_after(&prev.to_string(), &stream).await?;
    }
    Ok(known)
}

/// Notes whose a stream is, of which nothing is on its chain yet.
async fn begin_stream<T: Tx>(tx: &mut T, entry: &Entry) -> Result<(), StoreError> {
    let header = entry.header();
    tx.set_stream(&StreamRow {
        stream: header.stream.to_string(),
        device: header.device.to_string(),
        scope: header.scope.to_string(),
        seq: 0,
        hash: Hash::ZERO.to_string(),
        roster: 0,
    })
    .await
}

/// Moves a stream's frontier to an entry and over what lay `ahead` of the hole it fills.
async fn move_frontier<T: Tx>(
    tx: &mut T,
    entry: &Entry,
    ahead: &[EntryRow],
) -> Result<Head, StoreError> {
    let mut row = crate::ledger::stream_row(entry);
    let places = ahead.iter().filter_map(|row| {
        let prev = row.prev.as_deref().and_then(|prev| prev.parse().ok());
        Some((u64::try_from(row.seq).ok()?, row.hash.parse().ok()?, prev))
    });
    let head = advance(Head::at(entry), places);
    let name = head.hash.to_string();
    let mut beyond = ahead.iter().filter(|_| head.hash != entry.hash());
    if let Some(last) = beyond.find(|row| row.hash == name) {
        let last = crate::ledger::entry_of(last)?;
        row = crate::ledger::stream_row(&last);
    }
    tx.set_stream(&row).await?;
    Ok(head)
}

/// Sets aside which of `rows`, that lay ahead, will never be on the chain, now that its frontier
/// stands at `frontier`: what it passed by, what follows another entry at its place, and what
/// follows a fork.
async fn passed_by<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    frontier: Head,
    mut rows: Vec<EntryRow>,
) -> Result<(), ServerError> {
    let place = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
    // From the frontier back: what is left is not on the chain.
    let mut link = Some(frontier.hash.to_string());
    while let Some(at) = rows.iter().position(|row| Some(&row.hash) == link.as_ref()) {
        link = rows.remove(at).prev;
    }
    let mut forks = Vec::new();
    for row in rows {
        let Some(prev) = row.prev.clone().filter(|_| row.seq > 1) else {
            continue;
        };
        let passed = row.seq <= place(frontier.seq);
        let beside = frontier.seq > 0
            && row.seq == place(frontier.seq).saturating_add(1)
            && prev != frontier.hash.to_string();
        let follows = forks.contains(&prev) || {
            let before = ledger.tx.entry(&prev).await?;
            before.is_some_and(|before| before.fork)
        };
        if passed || beside || follows {
            ledger.tx.mark_fork(&row.hash).await?;
            let entry = crate::ledger::entry_of(&row)?;
            set_aside(ledger, &entry, Reason::Fork).await?;
            forks.push(row.hash);
        }
    }
    Ok(())
}

/// Writes the verdict beside an entry that does not count, in its scope and its case.
async fn set_aside<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    entry: &Entry,
    reason: Reason,
) -> Result<(), ServerError> {
    let verdict = SetAside {
        hash: entry.hash(),
        reason,
    };
    let Ok(Value::Object(body)) = serde_json::to_value(verdict) else {
        return Err(StoreError::Damaged("a verdict").into());
    };
    let draft = Draft {
        case: entry.header().case,
        after: Vec::new(),
        kind: SET_ASIDE.to_owned(),
        body,
    };
    ledger.write(entry.header().scope, vec![draft]).await?;
    Ok(())
}

/// What was not taken is kept as it was sent, with the reason and the tablet it came from.
///
/// # Errors
/// Where the store fails.
pub async fn keep_aside<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    device: DeviceId,
    refused: &[Refused],
    sent: impl Fn(usize) -> Option<String>,
) -> Result<(), ServerError> {
    for one in refused {
        let Some(text) = sent(one.index) else {
            continue;
        };
        let Some(text) = erasures::as_kept_aside(ledger.tx, one.hash, text).await? else {
            continue;
        };
        let row = AsideRow {
            digest: Hash::of(text.as_bytes()).to_string(),
            bytes: text.into_bytes(),
            reason: one.reason.code().to_owned(),
            device: device.to_string(),
            received_ms: ledger.now_ms(),
        };
        ledger.tx.keep_aside(&row).await?;
    }
    Ok(())
}

/// An entry as a tablet sealed it, as text.
pub fn sealed_text(sealed: &Sealed) -> Option<String> {
    serde_json::to_string(sealed).ok()
}

/// The row of a receipt.
#[must_use]
pub fn receipt_row(receipt: &Receipt) -> ReceiptRow {
    let body = receipt.body();
    ReceiptRow {
        stream: body.head.stream.to_string(),
        seq: i64::try_from(body.head.seq).unwrap_or(i64::MAX),
        time_ms: body.time_ms,
        hash: receipt.hash().to_string(),
        bytes: receipt.text().as_bytes().to_vec(),
    }
}

/// The receipt of a row.
///
/// # Errors
/// Where the bytes kept are no receipt.
pub fn receipt_of(row: &ReceiptRow) -> Result<Receipt, StoreError> {
    Receipt::parse(&row.bytes).map_err(|_| StoreError::Damaged("a receipt"))
}
