//! The messages of protocol 1, as JSON. `docs/sync-protocol.md` is the authority; a message once
//! shipped stays readable (frozen in `tests/fixtures/wire/v1/`). Unknown fields are ignored.

pub mod admin;
pub mod attachment;
mod flat;
pub mod rescue;

use record::roster::ScopeKind;
use record::signed::SignedTime;
use record::stream::Head;
use record::{DeviceId, Hash, PublicKey, ScopeId, StaffId};
use serde::{Deserialize, Serialize};

pub use admin::Report;

/// The protocol this code speaks.
pub const PROTO: u32 = 1;

/// Path of a push and pull.
pub const SYNC_PATH: &str = "/v1/sync";
/// Path of joining.
pub const JOIN_PATH: &str = "/v1/join";
/// Path of a person's signing in on a tablet.
pub const SIGN_IN_PATH: &str = "/v1/sign-in";
/// Path of waiting for something new.
pub const LIVE_PATH: &str = "/v1/live";
/// What an event of the answer says: something new is there, and not what.
pub const LIVE_NEWS: &str = "news";
/// Header that names the device which signed a request: 32 hexadecimal digits.
pub const DEVICE_HEADER: &str = "doorstep-device";
/// Header with the base64 of the signature over `record::signed::request_bytes`.
pub const SIGNATURE_HEADER: &str = "doorstep-signature";
/// Header that names the person who has unlocked the tablet: 32 hexadecimal digits.
pub const PERSON_HEADER: &str = "doorstep-person";
/// Header with the base64 of that person's signature over the same bytes.
pub const PERSON_SIGNATURE_HEADER: &str = "doorstep-person-signature";

/// Most entries in a request: a full batch passes a slow line within the time-out.
pub const ENTRIES_MAX: usize = 256;
/// Most bytes of entries in a request, and what a reply holds where it is not asked for less.
pub const BATCH_BYTES_MAX: usize = 512 * 1024;
/// Largest request body, bytes uncompressed: a batch as JSON strings, whose quotes and line ends
/// are escaped, with frontiers beside it.
pub const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Most receipts in a request.
pub const RECEIPTS_MAX: usize = 1024;
/// Most cursors in a request: scopes of one tablet.
pub const CURSORS_MAX: usize = 256;
/// Most heads in `streams` or `frontiers`.
pub const HEADS_MAX: usize = 8192;
/// Longest name of a tablet, bytes.
pub const NAME_BYTES_MAX: usize = 120;
/// Longest code typed at joining, bytes.
pub const CODE_BYTES_MAX: usize = 32;

/// How far a feed was read: the number of its last entry and the digest of all up to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The scope.
    pub scope: ScopeId,
    /// Number of the last entry read, which is also their count; 0 for none.
    pub feed: u64,
    /// XOR of the names of the entries up to there.
    pub digest: Hash,
}

impl Cursor {
    /// Nothing read of `scope`.
    #[must_use]
    pub const fn start(scope: ScopeId) -> Self {
        Self {
            scope,
            feed: 0,
            digest: Hash::ZERO,
        }
    }
}

/// `POST /v1/sync`: pushes and pulls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncRequest {
    /// Protocol: 1.
    pub proto: u32,
    /// 32 random hexadecimal digits: no two requests have one body, so that the signed time of
    /// the reply belongs to this one.
    pub nonce: String,
    /// Epoch of the endpoint as last seen; empty before the first reply.
    pub epoch: String,
    /// The tablet.
    pub device: DeviceId,
    /// How far each scope was read; a scope that is held and not named is read from its start.
    pub cursors: Vec<Cursor>,
    /// Scopes whose keys are at hand: of these entries are wanted, of others the key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<ScopeId>,
    /// How far the tablet holds its own streams.
    pub streams: Vec<Head>,
    /// How far it holds every stream of its scopes; only where a reply asked for it, or the
    /// epoch is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frontiers: Option<Vec<Head>>,
    /// Entries, three lines each, in the order of their streams; whole deeds.
    pub entries: Vec<String>,
    /// Entries of scopes that are not open to who uses the tablet, as they lie on it: they go up
    /// whoever that is, and where nobody has unlocked it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// Receipts, two lines each: pushed back after a restore.
    #[serde(default)]
    pub receipts: Vec<String>,
    /// Most bytes of entries the reply should hold.
    pub max_bytes: u32,
    /// What the tablet says of itself, for its administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
    /// The endpoint's own statement by which the tablet joined, three lines: sent to one that does
    /// not know the tablet, as after a backup was put back that is older.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined: Option<String>,
    /// The tablet has the order to delete what is on it, has nothing left to send, and does so when
    /// this is answered.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub wiping: bool,
}

/// `POST /v1/live`: waits until something new is there. The answer is a stream of events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveRequest {
    /// Protocol: 1.
    pub proto: u32,
    /// 32 random hexadecimal digits: no two requests have one body.
    pub nonce: String,
    /// The tablet.
    pub device: DeviceId,
    /// How far each scope was read.
    pub cursors: Vec<Cursor>,
}

/// An entry or an attachment as a tablet keeps it. The endpoint has the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The scope whose key seals it.
    pub scope: ScopeId,
    /// Where it lies in the tablet's store: stream, place and name of the entry; scope and name of
    /// the attachment.
    pub key: String,
    /// Base64 of the sealed bytes.
    pub bytes: String,
}

/// What the endpoint holds of a stream, committed. The only word by which a tablet marks an entry
/// as sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "flat::Acknowledged", into = "flat::Acknowledged")]
pub struct Acknowledged {
    /// The frontier: everything up to there.
    pub head: Head,
    /// Entries of this request that are held beside the frontier: ahead of a hole, or on a fork.
    pub ahead: Vec<Hash>,
}

/// What a reply carries of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carried {
    /// `entry`: the three lines.
    Entry(String),
    /// `held`: only the name; the request said that the tablet holds it.
    Held(Hash),
}

/// One number of a feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "flat::FeedItem", into = "flat::FeedItem")]
pub struct FeedItem {
    /// The scope.
    pub scope: ScopeId,
    /// The number; in a scope they follow without a gap.
    pub feed: u64,
    /// The entry.
    pub carried: Carried,
}

/// Where a reply leaves a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "flat::ScopeState", into = "flat::ScopeState")]
pub struct ScopeState {
    /// The cursor after this reply's entries, with the endpoint's digest up to there.
    pub cursor: Cursor,
    /// The newest number of the scope, for "n of m".
    pub newest: u64,
}

/// Why a part of a request was not taken. Kept by the endpoint for the administrator, and by the
/// tablet as it lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum RefuseReason {
    /// Not an entry.
    Malformed,
    /// The endpoint's roster does not know the tablet.
    UnknownDevice,
    /// The endpoint's roster certifies no key of the person on the tablet.
    UnknownKey,
    /// The signature does not hold.
    BadSignature,
    /// The endpoint knows no such scope.
    UnknownScope,
    /// The stream is another device's, or of another scope.
    StreamMismatch,
    /// A reason of a newer endpoint.
    Unknown(String),
}

impl RefuseReason {
    /// Every reason that this version knows.
    const KNOWN: [Self; 6] = [
        Self::Malformed,
        Self::UnknownDevice,
        Self::UnknownKey,
        Self::BadSignature,
        Self::UnknownScope,
        Self::StreamMismatch,
    ];

    /// The reason as the wire writes it.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Malformed => "malformed",
            Self::UnknownDevice => "unknown_device",
            Self::UnknownKey => "unknown_key",
            Self::BadSignature => "bad_signature",
            Self::UnknownScope => "unknown_scope",
            Self::StreamMismatch => "stream_mismatch",
            Self::Unknown(code) => code,
        }
    }
}

impl From<String> for RefuseReason {
    fn from(code: String) -> Self {
        let known = Self::KNOWN.into_iter().find(|one| one.code() == code);
        known.unwrap_or(Self::Unknown(code))
    }
}

impl From<RefuseReason> for String {
    fn from(one: RefuseReason) -> Self {
        match one {
            RefuseReason::Unknown(code) => code,
            known => known.code().to_owned(),
        }
    }
}

/// An entry of the request that was not taken; the others were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Its place in the request, from 0: `entries`, then `sealed`.
    pub index: usize,
    /// Its name, where it is an entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<Hash>,
    /// Why.
    pub reason: RefuseReason,
}

/// The answer to [`SyncRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncReply {
    /// Protocol: 1.
    pub proto: u32,
    /// The endpoint's epoch: new after a restore, when cursors are void.
    pub epoch: String,
    /// The endpoint's time, signed for this request.
    pub time: SignedTime,
    /// What is held of each stream that the request named.
    pub acknowledged: Vec<Acknowledged>,
    /// Receipts of the tablet's streams, and of streams whose entries this reply carries.
    pub receipts: Vec<String>,
    /// Entries, by scope and number.
    pub entries: Vec<FeedItem>,
    /// Where each scope stands after them.
    pub cursors: Vec<ScopeState>,
    /// There is more to pull.
    pub more: bool,
    /// Scopes the tablet may hold no longer.
    pub removed_scopes: Vec<ScopeId>,
    /// What was not taken.
    pub refused: Vec<Refused>,
    /// The endpoint asks for frontiers with the next request.
    #[serde(default)]
    pub frontiers: bool,
    /// The endpoint does not know the person who signed the request by that key: it was put back to
    /// before they signed in, or the key was revoked. They sign in anew.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub unknown_person: bool,
    /// The person who signed the request is gone from the roster.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub former_person: bool,
    /// The roster says that the tablet is in use no longer.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub revoked_tablet: bool,
    /// Keys that the request lacks of scopes open to the person: sync again at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<ScopeKey>,
    /// Scopes of which the request names the key, that the tablet keeps for others, and that are
    /// open to the person no longer: the key leaves their slot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed_scopes: Vec<ScopeId>,
}

impl SyncReply {
    /// Why nothing comes for who signed the request; `None` where it does.
    #[must_use]
    pub const fn barred(&self) -> Option<Barred> {
        match self {
            Self {
                revoked_tablet: true,
                ..
            } => Some(Barred::Tablet),
            Self {
                former_person: true,
                ..
            } => Some(Barred::Former),
            Self {
                unknown_person: true,
                ..
            } => Some(Barred::Unknown),
            _ => None,
        }
    }
}

/// Why the endpoint sends nothing to who has unlocked the tablet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barred {
    /// It does not know their signing in: they sign in anew.
    Unknown,
    /// They are gone from the roster.
    Former,
    /// The tablet is in use no longer.
    Tablet,
}

/// The key under which a tablet seals a scope. Made by the endpoint, which keeps it: so no tablet
/// ever seals under a key that only it has, and who forgets a PIN loses nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeKey {
    /// The scope.
    pub scope: ScopeId,
    /// Base64 of 32 bytes.
    pub key: String,
}

/// `POST /v1/join`: a tablet joins a site with a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinRequest {
    /// Protocol: 1.
    pub proto: u32,
    /// The code, as typed.
    pub code: String,
    /// Public half of the tablet's device key.
    pub device_key: PublicKey,
    /// What the tablet shall be called.
    pub name: String,
}

/// A scope a tablet may hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeGrant {
    /// The scope.
    pub id: ScopeId,
    /// What it is for.
    pub kind: ScopeKind,
    /// The site's code, where it belongs to one.
    pub site: Option<String>,
}

/// A person by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffName {
    /// The person.
    pub id: StaffId,
    /// Name.
    pub name: String,
}

/// A training endpoint has a clock of its own, and lets everybody sign in without a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Training {
    /// The training time, milliseconds of UTC.
    pub now_ms: i64,
}

/// The answer to [`JoinRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinReply {
    /// Protocol: 1.
    pub proto: u32,
    /// The tablet's identifier.
    pub device: DeviceId,
    /// Its code in case numbers: `B3`.
    pub code: String,
    /// The site's code.
    pub site: String,
    /// The endpoint's root key; its fingerprint is compared by eye.
    pub root: PublicKey,
    /// The endpoint's epoch.
    pub epoch: String,
    /// The endpoint's time, milliseconds of UTC.
    pub time_ms: i64,
    /// The scopes the tablet may hold.
    pub scopes: Vec<ScopeGrant>,
    /// At a training endpoint the persons of the site, who sign in without a code; elsewhere
    /// nobody: no name is told to a tablet on which nobody has signed in.
    #[serde(default)]
    pub staff: Vec<StaffName>,
    /// Present at a training endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<Training>,
    /// The statement of the roster by which the tablet joined, three lines. The tablet keeps it and
    /// shows it to an endpoint that knows it no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
}

/// `POST /v1/sign-in`: a person signs in on a tablet for the first time, or anew after forgetting
/// the PIN. The tablet signs the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInRequest {
    /// Protocol: 1.
    pub proto: u32,
    /// The tablet.
    pub device: DeviceId,
    /// The person's code, as typed.
    pub code: String,
    /// The person; asked for at a training endpoint alone, which needs no code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<StaffId>,
    /// Public half of the person's new key on this tablet.
    pub public_key: PublicKey,
}

/// The answer to [`SignInRequest`]: the key stands in the roster from now on, which comes with the
/// next sync as do the scopes' keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInReply {
    /// Protocol: 1.
    pub proto: u32,
    /// The person whose code it was.
    pub person: StaffName,
}

/// Code of the answer to a tablet that the endpoint does not know: it sends
/// [`SyncRequest::joined`].
pub const UNKNOWN_DEVICE: &str = "unknown_device";

/// The body of every 4xx and 5xx answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// A code for programs.
    pub error: String,
    /// What is wrong, for people.
    pub message: String,
    /// What was kept.
    pub kept: String,
    /// What to do.
    pub todo: String,
}
