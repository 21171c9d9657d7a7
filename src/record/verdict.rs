//! Verdicts: whether an entry counts is itself an entry. The endpoint sets aside, a named person
//! may admit. Both stand in the scope and the case of the entry they concern. What was erased says
//! nothing that could count.

use serde::{Deserialize, Serialize};
use sorted::SortedMap;

use crate::entry::Entry;
use crate::erasure::{self, Order};
use crate::hlc::Hlc;
use crate::id::{DeviceId, Hash};

/// Kind of [`SetAside`].
pub const SET_ASIDE: &str = "verdict.set_aside";

/// Kind of [`Admit`].
pub const ADMIT: &str = "verdict.admit";

/// Why the endpoint sets an entry aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Reason {
    /// Its place in the stream is taken, or it follows an entry that was set aside for that.
    Fork,
    /// Its place in the order lies more than 60 days past the endpoint's time.
    ClockAhead,
    /// The person's key is revoked, or the person has left.
    PersonRevoked,
    /// The tablet is revoked.
    DeviceRevoked,
    /// The person was no member of the scope.
    NotAMember,
    /// The person is an auditor there, who reads and writes nothing.
    ReadsOnly,
    /// The tablet does not belong to the scope.
    DeviceOutsideScope,
    /// It names a position of the roster that its stream had passed, or that does not exist.
    RosterPosition,
    /// It records again an act that another entry has recorded again already.
    RecordedAgain,
    /// Its author did not sign it: what a tablet finds so in its own storage. The endpoint takes no
    /// such entry.
    BadSignature,
    /// A reason of a newer version.
    Unknown(String),
}

impl Reason {
    /// Every reason that this version knows.
    const KNOWN: [Self; 10] = [
        Self::Fork,
        Self::ClockAhead,
        Self::PersonRevoked,
        Self::DeviceRevoked,
        Self::NotAMember,
        Self::ReadsOnly,
        Self::DeviceOutsideScope,
        Self::RosterPosition,
        Self::RecordedAgain,
        Self::BadSignature,
    ];

    /// The reason as the wire writes it.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Fork => "fork",
            Self::ClockAhead => "clock_ahead",
            Self::PersonRevoked => "person_revoked",
            Self::DeviceRevoked => "device_revoked",
            Self::NotAMember => "not_a_member",
            Self::ReadsOnly => "reads_only",
            Self::DeviceOutsideScope => "device_outside_scope",
            Self::RosterPosition => "roster_position",
            Self::RecordedAgain => "recorded_again",
            Self::BadSignature => "bad_signature",
            Self::Unknown(code) => code,
        }
    }
}

impl From<String> for Reason {
    fn from(code: String) -> Self {
        let known = Self::KNOWN.into_iter().find(|one| one.code() == code);
        known.unwrap_or(Self::Unknown(code))
    }
}

impl From<Reason> for String {
    fn from(one: Reason) -> Self {
        match one {
            Reason::Unknown(code) => code,
            known => known.code().to_owned(),
        }
    }
}

/// `verdict.set_aside`: the entry is kept and shown, and does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    /// The entry concerned.
    pub hash: Hash,
    /// Why.
    pub reason: Reason,
}

/// `verdict.admit`: a named person lets an entry count that was set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admit {
    /// The entry concerned.
    pub hash: Hash,
    /// Why, in the person's words.
    pub reason: String,
}

/// Whether an entry counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It counts.
    Counts,
    /// It is kept, shown and not counted.
    SetAside(Reason),
    /// What it said was erased; the order, where it is held, and when it was given, milliseconds of
    /// UTC.
    Erased(Option<(Order, i64)>),
}

/// Whether an entry of a case is the endpoint's word about another one, and no act.
#[must_use]
pub fn is_about_another(kind: &str) -> bool {
    kind == SET_ASIDE || kind == erasure::ORDER
}

/// The standing of every entry among `entries` that does not simply count. What [`judged`] says,
/// and whether one is erased, which it says itself: what was set aside before stays that.
#[must_use]
pub fn standings<'e>(
    entries: impl IntoIterator<Item = &'e Entry>,
    endpoint: DeviceId,
) -> SortedMap<Hash, Standing> {
    let entries: Vec<&Entry> = entries.into_iter().collect();
    let mut standings = judged(entries.iter().copied(), endpoint);
    let ordered = entries.iter().filter_map(|entry| {
        let header = entry.header();
        let is_order = entry.kind() == erasure::ORDER && header.is_by_itself(endpoint);
        let order = is_order.then(|| entry.body_as::<Order>().ok())??;
        Some((order.hash, (order, header.wall_ms)))
    });
    let mut orders: SortedMap<Hash, (Order, i64)> = ordered.collect();
    for entry in entries.iter().filter(|entry| entry.erasure().is_some()) {
        let hash = entry.hash();
        if !matches!(standings.get(&hash), Some(Standing::SetAside(_))) {
            standings.insert(hash, Standing::Erased(orders.remove(&hash)));
        }
    }
    standings
}

/// What verdicts among `entries` say of entries, erased or not. Those of the endpoint are those
/// its device wrote; an admission is a person's. The last in the order of the record holds; an
/// entry recorded again after a fork does not count beside its successor.
#[must_use]
pub fn judged<'e>(
    entries: impl IntoIterator<Item = &'e Entry>,
    endpoint: DeviceId,
) -> SortedMap<Hash, Standing> {
    let mut latest: SortedMap<Hash, (Hlc, Hash, Standing)> = SortedMap::new();
    let mut again = Vec::new();
    for entry in entries {
        let header = entry.header();
        if let Some(original) = header.again {
            again.push(original);
        }
        let Some((concerned, standing)) = verdict_of(entry, endpoint) else {
            continue;
        };
        let place = (header.hlc, entry.hash());
        let newer = latest
            .get(&concerned)
            .is_none_or(|(hlc, hash, _)| (*hlc, *hash) < place);
        if newer {
            latest.insert(concerned, (place.0, place.1, standing));
        }
    }
    let mut standings: SortedMap<Hash, Standing> = latest
        .into_iter()
        .map(|(hash, (_, _, standing))| (hash, standing))
        .collect();
    for original in again {
        standings.insert(original, Standing::SetAside(Reason::RecordedAgain));
    }
    standings
}

fn verdict_of(entry: &Entry, endpoint: DeviceId) -> Option<(Hash, Standing)> {
    let header = entry.header();
    match entry.kind() {
        SET_ASIDE if header.is_by_itself(endpoint) => {
            let body: SetAside = entry.body_as().ok()?;
            Some((body.hash, Standing::SetAside(body.reason)))
        }
        ADMIT if header.staff.is_some() => {
            let body: Admit = entry.body_as().ok()?;
            Some((body.hash, Standing::Counts))
        }
        _ => None,
    }
}
