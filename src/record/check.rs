//! The full check of an entry against the roster, and of a file of entries and receipts.

use std::collections::{BTreeMap, BTreeSet};

use crate::entry::Entry;
use crate::export::EntryFile;
use crate::header::Header;
use crate::id::{Hash, StreamId};
use crate::keys::PublicKey;
use crate::roster::Roster;
use crate::stream::{Head, Link, link};
use crate::verdict::Reason;

/// Why an entry is not shown to be authentic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The roster held does not know the tablet.
    #[error("the tablet is not in the roster")]
    UnknownDevice,
    /// The roster held certifies no key of the person on the tablet.
    #[error("no key is certified for the person on the tablet")]
    UnknownKey,
    /// No certified key has signed it.
    #[error("the signature does not hold")]
    BadSignature,
    /// Its body is said to be erased, and the root has not said so.
    #[error("the endpoint has not ordered that its body is erased")]
    BadErasure,
}

impl Fault {
    /// Whether a newer roster may mend it.
    #[must_use]
    pub fn may_mend(self) -> bool {
        matches!(self, Self::UnknownDevice | Self::UnknownKey)
    }
}

/// Checks that the key of the entry's author signed it: the endpoint's root key, the tablet's
/// device key, or a key of the person on that tablet. A revoked key still shows authorship. Where
/// the body was erased, it was the root who said so.
///
/// # Errors
/// Says what is missing or wrong.
pub fn authentic(entry: &Entry, roster: &Roster) -> Result<(), Fault> {
    let header = entry.header();
    if let Some(erasure) = entry.erasure() {
        let said = erasure.verify(&entry.hash(), roster.root());
        said.map_err(|_| Fault::BadErasure)?;
    }
    let keys: Vec<PublicKey> = match header.staff {
        None if header.device == roster.endpoint() => vec![*roster.root()],
        None => {
            let device = roster.device(&header.device).ok_or(Fault::UnknownDevice)?;
            vec![device.public_key]
        }
        Some(staff) => {
            let keys = roster.keys(staff, header.device);
            keys.map(|key| key.public_key).collect()
        }
    };
    if keys.is_empty() {
        return Err(Fault::UnknownKey);
    }
    if keys.iter().any(|key| entry.verify(key).is_ok()) {
        Ok(())
    } else {
        Err(Fault::BadSignature)
    }
}

/// Why an authentic entry, first received now, does not count; `None` where it does. Member of the
/// scope is judged by the position the header names; revocations by the roster as it is.
#[must_use]
pub fn objection(header: &Header, roster: &Roster, endpoint_now_ms: i64) -> Option<Reason> {
    if header.is_by_itself(roster.endpoint()) {
        return None;
    }
    if header.hlc.too_far_ahead(endpoint_now_ms) {
        return Some(Reason::ClockAhead);
    }
    if header.roster > roster.position() {
        return Some(Reason::RosterPosition);
    }
    if roster
        .device(&header.device)
        .is_none_or(|device| device.revoked)
    {
        return Some(Reason::DeviceRevoked);
    }
    if !roster.holds(&header.device, &header.scope) {
        return Some(Reason::DeviceOutsideScope);
    }
    let staff = header.staff?;
    let key_left = roster.keys(staff, header.device).any(|key| !key.revoked);
    if !key_left || roster.person(&staff).is_none_or(|person| person.retired) {
        return Some(Reason::PersonRevoked);
    }
    if !roster.member_at(&staff, &header.device, &header.scope, header.roster) {
        return Some(Reason::NotAMember);
    }
    let reads = roster.only_reads_at(&staff, &header.scope, header.roster);
    reads.then_some(Reason::ReadsOnly)
}

/// Something in a file that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The entry, or the receipt, concerned.
    pub hash: Hash,
    /// What is wrong.
    pub what: FileFault,
}

/// What may be wrong in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// An entry is not shown to be authentic.
    #[error("{0}")]
    Entry(#[from] Fault),
    /// An entry does not follow its neighbour in the stream, or a place is taken twice.
    #[error("the chain of the stream is broken here")]
    Chain,
    /// An entry knew another of the case that the file leaves out.
    #[error("an entry of the case that this one knew is left out")]
    LeftOut,
    /// A receipt is not signed by the root key.
    #[error("the receipt's signature does not hold")]
    Receipt,
}

/// Checks a whole file under a root key that the reader knows from elsewhere: every signature,
/// every chain as far as the file holds it, and that no entry of a case is left out which another
/// one knew. An empty answer is a sound file.
#[must_use]
pub fn file(file: &EntryFile, root: &PublicKey) -> Vec<Finding> {
    let mut roster = Roster::new(*root);
    let mut findings = Vec::new();
    for entry in file.entries.iter().filter(|e| e.header().staff.is_none()) {
        if entry.verify(root).is_ok() {
            // A roster entry that does not fit its kind certifies nothing.
            let _part_of_roster = roster.apply(entry);
        }
    }
    let held: BTreeSet<Hash> = file.entries.iter().map(Entry::hash).collect();
    for entry in &file.entries {
        let mut report = |what| {
            findings.push(Finding {
                hash: entry.hash(),
                what,
            });
        };
        if let Err(fault) = authentic(entry, &roster) {
            report(fault.into());
        }
        if entry.header().after.iter().any(|hash| !held.contains(hash)) {
            report(FileFault::LeftOut);
        }
    }
    findings.extend(broken_chains(&file.entries));
    let unsigned = file.receipts.iter().filter(|r| r.verify(root).is_err());
    findings.extend(unsigned.map(|receipt| Finding {
        hash: receipt.hash(),
        what: FileFault::Receipt,
    }));
    findings
}

fn broken_chains(entries: &[Entry]) -> Vec<Finding> {
    let mut streams: BTreeMap<StreamId, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        let stream = streams.entry(entry.header().stream).or_default();
        stream.push(entry);
    }
    let mut findings = Vec::new();
    for stream in streams.values_mut() {
        stream.sort_by_key(|entry| (entry.header().seq, entry.hash()));
        stream.dedup_by_key(|entry| entry.hash());
        for (before, entry) in stream.iter().zip(stream.iter().skip(1)) {
            let follows = match link(&Head::at(before), entry.header()) {
                Link::Next | Link::Ahead => entry.header().device == before.header().device,
                Link::Behind | Link::Fork => false,
            };
            if !follows {
                findings.push(Finding {
                    hash: entry.hash(),
                    what: FileFault::Chain,
                });
            }
        }
    }
    findings
}
