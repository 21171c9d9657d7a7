//! What the endpoint decides, as functions on small inputs: the database is the caller's.
//!
//! For each request the caller, in one transaction with its scopes locked in sorted order:
//! 1. [`read_batch`]: limits, and which entries are entries;
//! 2. for each entry in turn: looks up [`Known`], asks [`judge`], stores what is kept with the next
//!    number of its scope, and for [`Judgement::Aside`] a verdict by [`Author::set_aside`] as well;
//!    [`advance`]s the stream's frontier;
//! 3. issues one receipt for each stream whose frontier moved;
//! 4. commits, and only then acknowledges by [`acknowledge`].
//!
//! For the reply: scopes by [`scopes_to_send`], [`removed_scopes`], entries after each cursor (all
//! of them where [`cursor_holds`] says no) as [`carry`] says. Attachments: [`read_part`] and
//! [`open_attachment`] going up, [`may_get`] and [`part_of`] coming down.

mod access;
mod attachments;

use std::collections::{BTreeMap, BTreeSet};

use record::check::{self, Fault};
use record::header::{FORMAT, Header};
use record::keys::{self, SigningKey};
use record::roster::Roster;
use record::seal::{self, Place, SealKey};
use record::signed::{Said, SignedTime};
use record::stream::{Head, Link, link};
use record::verdict::{Reason, SET_ASIDE, SetAside};
use record::{
    CaseId, DeviceId, Entry, EntryError, Hash, Hlc, PublicKey, Receipt, ScopeId, StreamId, Unsigned,
};
use serde_json::{Map, Value};

pub use attachments::{check_lacking, may_get, open_attachment, part_of, read_part};

pub use access::{
    OpenScopes, Signer, administers, check_request, removed_scopes, said, scopes_to_send, signed_by,
};

use crate::storage::Store;
use crate::wire::rescue::RescueRequest;
use crate::wire::{
    Acknowledged, BATCH_BYTES_MAX, CURSORS_MAX, Carried, Cursor, ENTRIES_MAX, HEADS_MAX, PROTO,
    RECEIPTS_MAX, RefuseReason, Refused, Sealed, SyncRequest,
};

/// What the endpoint holds that bears on one entry.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// This very entry is held already.
    pub held: bool,
    /// Frontier of its stream; `None` where the stream is new.
    pub head: Option<Head>,
    /// Device and scope of the stream, where it is known.
    pub owner: Option<(DeviceId, ScopeId)>,
    /// Another entry is held at its place in the stream.
    pub rival: bool,
    /// The entry it names as `prev` was set aside as a fork.
    pub prev_forked: bool,
    /// It begins a stream, and another stream begins after the same entry.
    pub other_successor: bool,
    /// Position of the roster that the entry at the frontier of its stream names; 0 for none.
    pub roster_seen: u64,
}

/// What becomes of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Held already: acknowledged again, stored no second time.
    Known,
    /// Stored, and it counts.
    Accept(Link),
    /// Stored, and a verdict that sets it aside beside it. The frontier moves on over it unless
    /// the reason is a fork.
    Aside(Link, Reason),
    /// Not taken: bytes go to the refused ones, the tablet is told.
    Refuse(RefuseReason),
}

impl Judgement {
    /// Whether the frontier of the stream moves on to the entry.
    #[must_use]
    pub fn moves_frontier(&self) -> bool {
        match self {
            Self::Accept(link) => *link == Link::Next,
            Self::Aside(link, reason) => *link == Link::Next && *reason != Reason::Fork,
            Self::Known | Self::Refuse(_) => false,
        }
    }
}

/// Judges an entry: its key, its scope, its chain, and whether it counts.
#[must_use]
pub fn judge(entry: &Entry, roster: &Roster, known: &Known, now_ms: i64) -> Judgement {
    let header = entry.header();
    if known.held {
        return Judgement::Known;
    }
    if let Err(fault) = check::authentic(entry, roster) {
        return Judgement::Refuse(match fault {
            Fault::UnknownDevice => RefuseReason::UnknownDevice,
            Fault::UnknownKey => RefuseReason::UnknownKey,
            Fault::BadSignature | Fault::BadErasure => RefuseReason::BadSignature,
        });
    }
    if roster.scope(&header.scope).is_none() {
        return Judgement::Refuse(RefuseReason::UnknownScope);
    }
    let owner = (header.device, header.scope);
    if known.owner.is_some_and(|known| known != owner) {
        return Judgement::Refuse(RefuseReason::StreamMismatch);
    }
    let head = known.head.unwrap_or(Head::empty(header.stream));
    let link = link(&head, header);
    // An entry that follows the frontier holds its place by that, whatever lies beside the chain.
    let forked = match link {
        Link::Next => false,
        Link::Ahead => known.rival,
        Link::Behind | Link::Fork => true,
    };
    let forked = forked || known.prev_forked || known.other_successor;
    if forked {
        return Judgement::Aside(link, Reason::Fork);
    }
    if header.roster < known.roster_seen && link == Link::Next {
        return Judgement::Aside(link, Reason::RosterPosition);
    }
    match check::objection(header, roster, now_ms) {
        Some(reason) => Judgement::Aside(link, reason),
        None => Judgement::Accept(link),
    }
}

/// The frontier after `head`, given the entries held ahead of it (place, name, `prev`), forks left
/// out.
#[must_use]
pub fn advance(head: Head, ahead: impl IntoIterator<Item = (u64, Hash, Option<Hash>)>) -> Head {
    let mut by_place: BTreeMap<u64, Vec<(Hash, Option<Hash>)>> = BTreeMap::new();
    for (seq, hash, prev) in ahead {
        by_place.entry(seq).or_default().push((hash, prev));
    }
    let mut head = head;
    loop {
        let next = head.seq.saturating_add(1);
        let candidates = by_place.get(&next).into_iter().flatten();
        let follows = |(_, prev): &&(Hash, Option<Hash>)| head.seq == 0 || *prev == Some(head.hash);
        let mut following = candidates.filter(follows);
        match following.next() {
            Some((hash, _)) => {
                head = Head {
                    seq: next,
                    hash: *hash,
                    ..head
                }
            }
            None => return head,
        }
    }
}

/// A request as a whole that is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    /// Another protocol.
    #[error("this endpoint speaks protocol {PROTO}")]
    Protocol,
    /// More entries, bytes, receipts, cursors or heads than the limits.
    #[error("more {0} than the limit")]
    TooMany(&'static str),
    /// A field that cannot be read.
    #[error("the field {0} is not as it should be")]
    Field(&'static str),
}

/// The parts of a request that are well-formed.
#[derive(Clone, Debug, Default)]
pub struct ReadBatch {
    /// Entries with their place in the request.
    pub entries: Vec<(usize, Entry)>,
    /// Receipts signed by the root key.
    pub receipts: Vec<Receipt>,
    /// What is not an entry.
    pub refused: Vec<Refused>,
}

impl ReadBatch {
    /// What was read of entries, in the order of the request; `None` is no entry.
    fn of(read: impl Iterator<Item = Option<Entry>>) -> Self {
        let mut batch = Self::default();
        for (index, read) in read.enumerate() {
            match read {
                Some(entry) => batch.entries.push((index, entry)),
                None => batch.refused.push(Refused {
                    index,
                    hash: None,
                    reason: RefuseReason::Malformed,
                }),
            }
        }
        batch
    }
}

/// Checks the limits of a part of a rescue file and reads its entries. `key` answers the key of a
/// scope on the tablet they come from.
///
/// # Errors
/// [`BadRequest`] where the request as a whole is not taken; nothing of it is to be stored then.
pub fn read_rescue(
    request: &RescueRequest,
    key: impl Fn(&ScopeId) -> SealKey,
) -> Result<ReadBatch, BadRequest> {
    speaks(request.proto)?;
    within(request.entries.len(), ENTRIES_MAX, "entries")?;
    within(
        sealed_bytes(&request.entries),
        BATCH_BYTES_MAX,
        "bytes of entries",
    )?;
    let entries = request.entries.iter();
    Ok(ReadBatch::of(
        entries.map(|one| open_sealed(one, &key(&one.scope))),
    ))
}

/// Checks the limits of a request and reads its entries and receipts. `key` answers the key of a
/// scope on the tablet.
///
/// # Errors
/// [`BadRequest`] where the request as a whole is not taken; nothing of it is to be stored then.
pub fn read_batch(
    request: &SyncRequest,
    root: &PublicKey,
    key: impl Fn(&ScopeId) -> SealKey,
) -> Result<ReadBatch, BadRequest> {
    check_limits(request)?;
    let plain = request
        .entries
        .iter()
        .map(|text| Entry::parse(text.as_bytes()).ok());
    let sealed = request
        .sealed
        .iter()
        .map(|one| open_sealed(one, &key(&one.scope)));
    let mut batch = ReadBatch::of(plain.chain(sealed));
    let receipts = request.receipts.iter();
    let read = receipts.filter_map(|text| Receipt::parse(text.as_bytes()).ok());
    batch.receipts = read
        .filter(|receipt| receipt.verify(root).is_ok())
        .collect();
    Ok(batch)
}

/// The entry that a tablet sealed; `None` where it does not open.
fn open_sealed(sealed: &Sealed, key: &SealKey) -> Option<Entry> {
    let place = Place {
        store: Store::Entries.name(),
        key: &sealed.key,
        scope: Some(sealed.scope),
    };
    let bytes = keys::from_base64(&sealed.bytes)?;
    Entry::parse(&seal::open(key, &place, &bytes).ok()?).ok()
}

fn check_limits(request: &SyncRequest) -> Result<(), BadRequest> {
    speaks(request.proto)?;
    if request.nonce.len() != 32 {
        return Err(BadRequest::Field("nonce"));
    }
    let plain: usize = request.entries.iter().map(String::len).sum();
    let bytes = plain.saturating_add(sealed_bytes(&request.sealed));
    let entries = request.entries.len().saturating_add(request.sealed.len());
    let frontiers = request.frontiers.as_ref().map_or(0, Vec::len);
    // A single deed may pass the bytes of a batch by nothing: it is at most half as large.
    let limits = [
        (entries, ENTRIES_MAX, "entries"),
        (bytes, BATCH_BYTES_MAX, "bytes of entries"),
        (request.receipts.len(), RECEIPTS_MAX, "receipts"),
        (request.cursors.len(), CURSORS_MAX, "cursors"),
        (request.keys.len(), CURSORS_MAX, "keys"),
        (request.streams.len(), HEADS_MAX, "streams"),
        (frontiers, HEADS_MAX, "frontiers"),
    ];
    let mut limits = limits.into_iter();
    limits.try_for_each(|(found, most, what)| within(found, most, what))
}

/// Checks the protocol of a request.
///
/// # Errors
/// [`BadRequest::Protocol`] where it is another than this endpoint speaks.
pub fn speaks(proto: u32) -> Result<(), BadRequest> {
    if proto == PROTO {
        Ok(())
    } else {
        Err(BadRequest::Protocol)
    }
}

fn within(found: usize, most: usize, what: &'static str) -> Result<(), BadRequest> {
    if found > most {
        return Err(BadRequest::TooMany(what));
    }
    Ok(())
}

/// Bytes of what is sealed, as far as its base64 tells.
fn sealed_bytes(sealed: &[Sealed]) -> usize {
    let letters: usize = sealed.iter().map(|one| one.bytes.len()).sum();
    letters.saturating_mul(3) / 4
}

/// The streams a request asks about: those of its entries, its own, and its frontiers.
#[must_use]
pub fn streams_named(request: &SyncRequest, batch: &ReadBatch) -> BTreeSet<StreamId> {
    let entries = batch.entries.iter().map(|(_, entry)| entry.header().stream);
    let heads = request
        .streams
        .iter()
        .chain(request.frontiers.iter().flatten());
    entries.chain(heads.map(|head| head.stream)).collect()
}

/// The acknowledgement of a stream: its frontier, and which of `pushed` (place, name; entries of
/// the request that are held now) lie beside it.
#[must_use]
pub fn acknowledge(
    head: Head,
    pushed: &[(u64, Hash)],
    on_chain: impl Fn(u64) -> Option<Hash>,
) -> Acknowledged {
    let beside = |(seq, hash): &&(u64, Hash)| *seq > head.seq || on_chain(*seq) != Some(*hash);
    Acknowledged {
        head,
        ahead: pushed
            .iter()
            .filter(beside)
            .map(|(_, hash)| *hash)
            .collect(),
    }
}

/// The frontiers of a request that are true of the endpoint's chains: `at` tells the entry of a
/// stream's chain at a place. Only these entries are sent by name alone.
#[must_use]
pub fn confirmed(
    request: &SyncRequest,
    at: impl Fn(&StreamId, u64) -> Option<Hash>,
) -> BTreeMap<StreamId, u64> {
    let heads = request
        .streams
        .iter()
        .chain(request.frontiers.iter().flatten());
    heads
        .filter(|head| head.seq > 0 && at(&head.stream, head.seq) == Some(head.hash))
        .map(|head| (head.stream, head.seq))
        .collect()
}

/// What a reply carries of an entry on its stream's chain (`forked` where it is beside it).
#[must_use]
pub fn carry(entry: &Entry, forked: bool, confirmed: &BTreeMap<StreamId, u64>) -> Carried {
    let header = entry.header();
    let held = confirmed
        .get(&header.stream)
        .is_some_and(|seq| *seq >= header.seq);
    if held && !forked {
        Carried::Held(entry.hash())
    } else {
        Carried::Entry(entry.text().to_owned())
    }
}

/// Whether a tablet's cursor is true: the epoch is the same and `digest` is that of the feed up to
/// the cursor's number (`None` where there is no such number). Otherwise the scope is sent from
/// its start and frontiers are asked for.
#[must_use]
pub fn cursor_holds(cursor: &Cursor, same_epoch: bool, digest: Option<Hash>) -> bool {
    cursor.feed == 0 || (same_epoch && digest == Some(cursor.digest))
}

/// The next code for a tablet of a site: one past the highest ever given, so that none is used
/// again.
#[must_use]
pub fn next_device_code<'c>(given: impl IntoIterator<Item = &'c str>) -> String {
    let numbers = given
        .into_iter()
        .filter_map(|code| code.strip_prefix('B')?.parse::<u32>().ok());
    let highest = numbers.max().unwrap_or(0);
    format!("B{}", highest.saturating_add(1))
}

/// Letters and digits of a code: none that is taken for another.
const CODE_ALPHABET: &[u8; 32] = b"ABCDEFGHJKMNPQRSTVWXYZ0123456789";

/// A join code from random bytes: `XXXX-XXXX`, 40 bits.
#[must_use]
pub fn join_code(random: [u8; 8]) -> String {
    let letters = random.map(|byte| {
        let letter = CODE_ALPHABET.get(usize::from(byte % 32));
        letter.copied().map_or('A', char::from)
    });
    let (left, right) = letters.split_at(4);
    let text = |half: &[char]| half.iter().collect::<String>();
    format!("{}-{}", text(left), text(right))
}

/// A typed join code in the form it was given in: upper case, without spaces and hyphens; letters
/// that are not in codes stand for the digits they look like.
#[must_use]
pub fn normal_code(typed: &str) -> String {
    let kept = typed.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|letter| match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    })
    .collect()
}

/// Where the endpoint stands in one of its own streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnStream {
    /// The scope.
    pub scope: ScopeId,
    /// The frontier; seq 0 for a stream without an entry.
    pub head: Head,
    /// The end of the endpoint's stream before this one in the scope.
    pub before: Option<Hash>,
}

impl OwnStream {
    /// The stream after `entry` was written to it.
    #[must_use]
    pub fn after(self, entry: &Entry) -> Self {
        Self {
            head: Head::at(entry),
            ..self
        }
    }
}

/// The endpoint as an author of entries, under the root key.
#[derive(Clone, Debug)]
pub struct Author {
    key: SigningKey,
    device: DeviceId,
    version: String,
}

/// What an entry of the endpoint is written with.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The endpoint's time, milliseconds of UTC.
    pub now_ms: i64,
    /// The highest place in the order that the endpoint has read or written.
    pub hlc: Hlc,
    /// Newest position of the roster.
    pub roster: u64,
    /// Random bytes for the salt.
    pub salt: [u8; 16],
}

impl Author {
    /// The author with this root key; `version` goes into headers.
    #[must_use]
    pub fn new(key: SigningKey, version: &str) -> Self {
        Self {
            device: DeviceId::of_root(&PublicKey::of(&key)),
            key,
            version: version.to_owned(),
        }
    }

    /// Writes the next entry of a stream of the endpoint.
    ///
    /// # Errors
    /// Where the body cannot stand in an entry.
    pub fn write(
        &self,
        stream: &OwnStream,
        case: Option<CaseId>,
        kind: &str,
        body: &Map<String, Value>,
        moment: Moment,
    ) -> Result<Entry, EntryError> {
        let header = Header {
            format: FORMAT,
            case,
            scope: stream.scope,
            stream: stream.head.stream,
            seq: stream.head.seq.saturating_add(1),
            prev: match stream.head.seq {
                0 => stream.before,
                _ => Some(stream.head.hash),
            },
            after: Vec::new(),
            hlc: moment.hlc.tick(moment.now_ms, Some(moment.now_ms)),
            wall_ms: moment.now_ms,
            clock: Some(record::time::ClockMeasurement {
                offset_ms: 0,
                error_ms: 0,
                age_ms: 0,
            }),
            endpoint_ms: Some(moment.now_ms),
            roster: moment.roster,
            staff: None,
            role: String::new(),
            device: self.device,
            kind: kind.to_owned(),
            deed: None,
            again: None,
            body_hash: Hash::ZERO,
            app: self.version.clone(),
        };
        Unsigned::new(header, body, moment.salt)?.signed_by(&self.key)
    }

    /// Writes the verdict that sets `entry` aside, in its scope and its case.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn set_aside(
        &self,
        stream: &OwnStream,
        entry: &Entry,
        reason: Reason,
        moment: Moment,
    ) -> Result<Entry, EntryError> {
        let verdict = SetAside {
            hash: entry.hash(),
            reason,
        };
        let body = match serde_json::to_value(verdict) {
            Ok(Value::Object(map)) => map,
            // The struct always serialises to an object.
            _ => Map::new(),
        };
        self.write(stream, entry.header().case, SET_ASIDE, &body, moment)
    }

    /// Issues the receipt of a stream, after its last one.
    ///
    /// # Errors
    /// Where `prev` is of another stream.
    pub fn receipt(
        &self,
        head: Head,
        now_ms: i64,
        prev: Option<&Receipt>,
    ) -> Result<Receipt, record::receipt::ReceiptError> {
        Receipt::issue(head, now_ms, prev, &self.key)
    }

    /// What the endpoint says, signed in answer to a request body.
    #[must_use]
    pub fn say(&self, said: Said, request_body: &[u8]) -> SignedTime {
        SignedTime::new(said, Hash::of(request_body), &self.key)
    }

    /// The identifier under which the endpoint writes.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.device
    }
}
