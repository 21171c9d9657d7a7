//! What the endpoint writes itself: roster, site and verdict entries, in streams of its own, one
//! for each scope and epoch. Works inside a transaction of the store, so that several processes
//! may write by turns.

use record::deed;
use record::entry::{Entry, Unsigned};
use record::header::{DeedRef, FORMAT, Header};
use record::roster::{Item, KIND_PREFIX, Scope, ScopeKind};
use record::time::ClockMeasurement;
use record::{CaseId, DeedId, DeviceId, Hash, Hlc, Roster, ScopeId, StreamId};
use serde_json::{Map, Value};
use sync::wire::attachment::Named;

use crate::error::ServerError;
use crate::random::Random;
use crate::root::RootKey;
use crate::store::{EntryRow, ScopeRow, StoreError, StreamRow, Tx};

/// What the endpoint's entries name as the program that wrote them.
pub(crate) const APP: &str = concat!("doorstep/", env!("CARGO_PKG_VERSION"));

/// Name of the value that holds the epoch.
const EPOCH: &str = "epoch";

/// Name of the value that holds the company's scope.
const COMPANY: &str = "company";

/// Name of the value that holds the root key under which the database was begun.
const ROOT: &str = "root";

/// Name of the value that holds the highest place in the order of the record that was seen.
const ORDER: &str = "order";

/// Name of the value that holds the position after which this epoch's roster statements stand.
const FLOOR: &str = "roster floor";

/// More statements than an epoch will ever see: so far apart begin the positions of two epochs, so
/// that one said after a backup was put back stands after all that were said before and come back
/// with the tablets.
const EPOCH_POSITIONS: u64 = 1 << 32;

/// What one entry of the endpoint is to say.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The case concerned.
    pub case: Option<CaseId>,
    /// Entries of the case it follows.
    pub after: Vec<Hash>,
    /// Kind.
    pub kind: String,
    /// Body, without salt.
    pub body: Map<String, Value>,
}

/// The endpoint's pen within one transaction.
#[derive(Debug)]
pub struct Ledger<'t, T: Tx> {
    /// The transaction.
    pub tx: &'t mut T,
    root: &'t RootKey,
    random: &'t Random,
    now_ms: i64,
    epoch: String,
    company: ScopeId,
    order: Hlc,
    /// The roster as it stands in this transaction.
    pub roster: Roster,
    /// Attachments that are to be removed once this is committed.
    pub gone: Vec<Named>,
}

/// An entry's row, by the roster; its feed number is given at insertion.
#[must_use]
pub fn row_of(entry: &Entry, roster: &Roster, received_ms: i64) -> EntryRow {
    let header = entry.header();
    let scope = roster.scope(&header.scope);
    EntryRow {
        hash: entry.hash().to_string(),
        scope: header.scope.to_string(),
        feed: 0,
        stream: header.stream.to_string(),
        seq: i64::try_from(header.seq).unwrap_or(i64::MAX),
        prev: header.prev.map(|prev| prev.to_string()),
        fork: false,
        kind: header.kind.clone(),
        case: header.case.map(|case| case.to_string()),
        received_ms,
        confidential: scope.is_some_and(|scope| scope.kind == ScopeKind::Handling),
        bytes: entry.bytes().to_vec(),
    }
}

/// The row of a stream whose frontier is `entry`.
#[must_use]
pub fn stream_row(entry: &Entry) -> StreamRow {
    let header = entry.header();
    StreamRow {
        stream: header.stream.to_string(),
        device: header.device.to_string(),
        scope: header.scope.to_string(),
        seq: i64::try_from(header.seq).unwrap_or(i64::MAX),
        hash: entry.hash().to_string(),
        roster: i64::try_from(header.roster).unwrap_or(i64::MAX),
    }
}

/// The entry of a row.
///
/// # Errors
/// Where the bytes kept are no entry.
pub fn entry_of(row: &EntryRow) -> Result<Entry, StoreError> {
    Entry::parse(&row.bytes).map_err(|_| StoreError::Damaged("an entry"))
}

/// The roster as the store holds it.
///
/// # Errors
/// Where the store fails.
pub async fn roster<T: Tx>(tx: &mut T, root: &RootKey) -> Result<Roster, ServerError> {
    let mut roster = Roster::new(root.public());
    for row in tx.of_kind(KIND_PREFIX).await? {
        roster.apply(&entry_of(&row)?)?;
    }
    Ok(roster)
}

/// How far the feed of the company's scope reaches, in which the roster stands; `None` before the
/// first start.
///
/// # Errors
/// Where the store fails.
pub async fn company_feed<T: Tx>(tx: &mut T) -> Result<Option<ScopeRow>, ServerError> {
    match tx.meta(COMPANY).await? {
        Some(company) => Ok(tx.scope(&company).await?),
        None => Ok(None),
    }
}

/// The epoch of the store; `None` before the first start.
///
/// # Errors
/// Where the store fails.
pub async fn epoch<T: Tx>(tx: &mut T) -> Result<Option<String>, ServerError> {
    Ok(tx.meta(EPOCH).await?)
}

/// Begins the store at its first use: epoch, root and the company's scope. Later it only checks
/// that the root key is the one the store was begun under.
///
/// # Errors
/// Where the store fails or the root key is another.
pub async fn begin<T: Tx>(
    tx: &mut T,
    root: &RootKey,
    random: &Random,
    now_ms: i64,
) -> Result<(), ServerError> {
    if let Some(known) = tx.meta(ROOT).await? {
        if known != root.public().to_string() {
            return Err(ServerError::OtherRoot(known));
        }
        return Ok(());
    }
    let company = ScopeId::from_random(random.bytes()?);
    let epoch = Hash::of(&random.bytes::<16>()?).to_string();
    tx.set_meta(ROOT, &root.public().to_string()).await?;
    tx.set_meta(EPOCH, &epoch).await?;
    tx.set_meta(COMPANY, &company.to_string()).await?;
    let mut ledger = Ledger::open(tx, root, random, now_ms).await?;
    let scope = Scope {
        id: company,
        kind: ScopeKind::Company,
        site: None,
        roles: Vec::new(),
        added: Vec::new(),
        excluded: Vec::new(),
        devices: Vec::new(),
        founding: false,
    };
    ledger
        .write_roster(vec![(Item::Scope(scope), Map::new())])
        .await?;
    Ok(())
}

/// Begins a new epoch: what was acknowledged in the one before may be missing here now, as after a
/// backup was put back. Tablets then show what they hold.
///
/// # Errors
/// Where the store fails or there is no randomness.
pub async fn renew<T: Tx>(tx: &mut T, root: &RootKey, random: &Random) -> Result<(), ServerError> {
    let epoch = Hash::of(&random.bytes::<16>()?).to_string();
    let position = roster(tx, root).await?.position().max(floor(tx).await?);
    let next = (position / EPOCH_POSITIONS).saturating_add(1);
    let begins = next.saturating_mul(EPOCH_POSITIONS);
    tx.set_meta(FLOOR, &begins.to_string()).await?;
    tx.set_meta(EPOCH, &epoch).await?;
    // One that was used since the backup would be good again.
    tx.clear_sign_in_codes().await?;
    Ok(())
}

async fn floor<T: Tx>(tx: &mut T) -> Result<u64, StoreError> {
    match tx.meta(FLOOR).await? {
        Some(text) => text
            .parse()
            .map_err(|_| StoreError::Damaged("the roster's floor")),
        None => Ok(0),
    }
}

impl<'t, T: Tx> Ledger<'t, T> {
    /// Opens the pen: reads roster, epoch and order.
    ///
    /// # Errors
    /// Where the store fails or was never begun.
    pub async fn open(
        tx: &'t mut T,
        root: &'t RootKey,
        random: &'t Random,
        now_ms: i64,
    ) -> Result<Self, ServerError> {
        let roster = roster(tx, root).await?;
        Self::with(roster, tx, root, random, now_ms).await
    }

    /// Opens the pen where the roster has been read in this transaction.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn with(
        mut roster: Roster,
        tx: &'t mut T,
        root: &'t RootKey,
        random: &'t Random,
        now_ms: i64,
    ) -> Result<Self, ServerError> {
        // What was said before a backup was put back was said, whether it is held or not.
        roster.reach(floor(tx).await?);
        let epoch = epoch(tx).await?.ok_or(StoreError::Damaged("the epoch"))?;
        let company = tx.meta(COMPANY).await?.and_then(|text| text.parse().ok());
        let order = tx.meta(ORDER).await?;
        Ok(Self {
            root,
            random,
            now_ms,
            epoch,
            company: company.ok_or(StoreError::Damaged("the company's scope"))?,
            order: order.map_or_else(Hlc::default, |text| read_order(&text)),
            roster,
            gone: Vec::new(),
            tx,
        })
    }

    /// The time at which the endpoint writes, milliseconds of UTC.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Sets that time; for playing a script.
    pub fn set_now(&mut self, now_ms: i64) {
        self.now_ms = now_ms;
    }

    /// The key that signs receipts.
    #[must_use]
    pub fn root(&self) -> &RootKey {
        self.root
    }

    /// Where its random bytes come from.
    #[must_use]
    pub fn random(&self) -> &'t Random {
        self.random
    }

    /// The epoch.
    #[must_use]
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// The scope of roster entries.
    #[must_use]
    pub fn company(&self) -> ScopeId {
        self.company
    }

    /// The identifier under which the endpoint writes.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.roster.endpoint()
    }

    /// Takes note of an entry's place in the order; what the endpoint writes comes after it.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn adopt(&mut self, seen: Hlc) -> Result<(), ServerError> {
        self.order = self.order.adopt(seen);
        let text = format!("{}.{}", self.order.ms, self.order.n);
        Ok(self.tx.set_meta(ORDER, &text).await?)
    }

    /// Writes roster statements, each at the next position, with fields of the endpoint's own
    /// beside what the roster knows.
    ///
    /// # Errors
    /// Where the store fails or an entry cannot be made.
    pub async fn write_roster(
        &mut self,
        items: Vec<(Item, Map<String, Value>)>,
    ) -> Result<Vec<Entry>, ServerError> {
        let mut position = self.roster.position();
        let mut drafts = Vec::with_capacity(items.len());
        for (item, extra) in items {
            position += 1;
            let mut body = item.to_body(position);
            body.extend(extra);
            drafts.push(Draft {
                case: None,
                after: Vec::new(),
                kind: item.kind().to_owned(),
                body,
            });
        }
        let entries = self.write(self.company, drafts).await?;
        for entry in &entries {
            self.roster.apply(entry)?;
        }
        Ok(entries)
    }

    /// Writes entries into the endpoint's stream of a scope, as deeds within their limits.
    ///
    /// # Errors
    /// Where the store fails or an entry cannot be made.
    pub async fn write(
        &mut self,
        scope: ScopeId,
        drafts: Vec<Draft>,
    ) -> Result<Vec<Entry>, ServerError> {
        let (stream, mut seq, mut prev) = self.end_of(scope).await?;
        let mut written = Vec::with_capacity(drafts.len());
        for deed in deeds(&drafts) {
            let reference = match u32::try_from(deed.len()) {
                Ok(count) if count > 1 => Some(DeedRef {
                    id: DeedId::from_random(self.random.bytes()?),
                    count,
                }),
                _ => None,
            };
            for draft in deed {
                seq += 1;
                self.order = self.order.tick(self.now_ms, Some(self.now_ms));
                let header = self.header(scope, stream, seq, prev, draft, reference);
                let unsigned = Unsigned::new(header, &draft.body, self.random.bytes()?)?;
                let entry = unsigned.signed_by(self.root.signing())?;
                let row = row_of(&entry, &self.roster, self.now_ms);
                self.tx.insert(&row).await?;
                prev = Some(entry.hash());
                written.push(entry);
            }
        }
        if let Some(last) = written.last() {
            self.tx.set_stream(&stream_row(last)).await?;
        }
        self.adopt(self.order).await?;
        Ok(written)
    }

    fn header(
        &self,
        scope: ScopeId,
        stream: StreamId,
        seq: u64,
        prev: Option<Hash>,
        draft: &Draft,
        deed: Option<DeedRef>,
    ) -> Header {
        Header {
            format: FORMAT,
            case: draft.case,
            scope,
            stream,
            seq,
            prev,
            after: draft.after.clone(),
            hlc: self.order,
            wall_ms: self.now_ms,
            clock: Some(ClockMeasurement {
                offset_ms: 0,
                error_ms: 0,
                age_ms: 0,
            }),
            endpoint_ms: Some(self.now_ms),
            roster: self.roster.position(),
            staff: None,
            role: String::new(),
            device: self.device(),
            kind: draft.kind.clone(),
            deed,
            again: None,
            body_hash: Hash::ZERO,
            app: APP.to_owned(),
        }
    }

    /// The end of the endpoint's stream of a scope in this epoch. A new stream names the end of
    /// the one before it.
    async fn end_of(
        &mut self,
        scope: ScopeId,
    ) -> Result<(StreamId, u64, Option<Hash>), ServerError> {
        let last = format!("stream {scope}");
        let name = format!("stream {} {scope}", self.epoch);
        if let Some(text) = self.tx.meta(&name).await? {
            let stream = text
                .parse()
                .map_err(|_| StoreError::Damaged("a stream's name"))?;
            return self.tip_of(stream).await;
        }
        let before = match self.tx.meta(&last).await?.map(|text| text.parse()) {
            Some(Ok(stream)) => self.tip_of(stream).await?.2,
            _ => None,
        };
        let stream = StreamId::from_random(self.random.bytes()?);
        self.tx.set_meta(&name, &stream.to_string()).await?;
        self.tx.set_meta(&last, &stream.to_string()).await?;
        Ok((stream, 0, before))
    }

    async fn tip_of(
        &mut self,
        stream: StreamId,
    ) -> Result<(StreamId, u64, Option<Hash>), ServerError> {
        let Some(tip) = self.tx.stream(&stream.to_string()).await? else {
            return Ok((stream, 0, None));
        };
        let seq = u64::try_from(tip.seq).map_err(|_| StoreError::Damaged("a place"))?;
        let hash = tip
            .hash
            .parse()
            .map_err(|_| StoreError::Damaged("a hash"))?;
        Ok((stream, seq, Some(hash)))
    }
}

fn read_order(text: &str) -> Hlc {
    let (ms, n) = text.split_once('.').unwrap_or((text, "0"));
    Hlc {
        ms: ms.parse().unwrap_or(0),
        n: n.parse().unwrap_or(0),
    }
}

/// Bytes an entry of the endpoint has beside its body: header, salt and signature, generously.
const FRAME_BYTES: usize = 2048;

/// Cuts drafts into deeds within the limits.
fn deeds(drafts: &[Draft]) -> Vec<&[Draft]> {
    let mut deeds = Vec::new();
    let mut rest = drafts;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = rest.iter().take(deed::ENTRIES_MAX).take_while(|draft| {
            bytes += FRAME_BYTES + body_bytes(&draft.body);
            bytes <= deed::BYTES_MAX
        });
        let (deed, others) = rest.split_at(fits.count().max(1).min(rest.len()));
        deeds.push(deed);
        rest = others;
    }
    deeds
}

fn body_bytes(body: &Map<String, Value>) -> usize {
    serde_json::to_string(body).map_or(deed::BYTES_MAX, |text| text.len())
}
