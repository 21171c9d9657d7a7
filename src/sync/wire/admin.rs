//! `POST /v1/admin`: what an administrator asks of the endpoint, and what it answers. Each answer
//! is the whole view, so that a screen never shows one part newer than another. Nothing of a case
//! is in it: an administrator sees no more than people, tablets, and that something was set aside.

use record::roster::{Post, ScopeKind};
use record::{DeviceId, ScopeId, StaffId};
use serde::{Deserialize, Serialize};

/// Path of administration.
pub const ADMIN_PATH: &str = "/v1/admin";

/// Most posts of a person.
pub const POSTS_MAX: usize = 16;

/// Longest lease, days.
pub const LEASE_DAYS_MAX: u32 = 366;

/// Most people, and most tablets, of a group that handles complaints by itself.
pub const GROUP_MAX: usize = 256;

/// `POST /v1/admin`, signed by the tablet and by an administrator who has unlocked it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminRequest {
    /// Protocol: 1.
    pub proto: u32,
    /// The tablet.
    pub device: DeviceId,
    /// Position of the roster that the administrator looked at. Where another has changed it
    /// meanwhile, nothing is done: so neither overwrites the other unseen, and no request is good
    /// twice.
    pub seen: u64,
    /// What is asked.
    pub ask: Ask,
}

/// What an administrator asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// Only the view.
    View,
    /// Adds a person or states one anew.
    SetPerson(PersonStated),
    /// Makes a code with which a person signs in on a tablet.
    SignInCode {
        /// The person.
        staff: StaffId,
        /// How long it is good, hours.
        hours: u32,
    },
    /// Makes a code with which a tablet joins a site; empty for the company itself.
    JoinCode {
        /// The site's code.
        site: String,
    },
    /// Names a tablet.
    NameTablet {
        /// The tablet.
        tablet: DeviceId,
        /// What it shall be called.
        name: String,
    },
    /// Revokes a tablet: what it sends from then on is set aside, and nothing is sent to it.
    RevokeTablet {
        /// The tablet.
        tablet: DeviceId,
        /// Whether it shall also delete what is on it, once it has sent what was not sent.
        wipe: bool,
    },
    /// Takes a revoked tablet in again, unless it was wiped.
    RestoreTablet {
        /// The tablet.
        tablet: DeviceId,
    },
    /// Revokes a person's keys on a tablet: there they sign in anew.
    SignOut {
        /// The person.
        staff: StaffId,
        /// The tablet.
        tablet: DeviceId,
    },
    /// States who is proposed for a `handling` scope, and which tablets may hold it. Whoever is
    /// new comes in once a member says so on a tablet of their own.
    SetGroup {
        /// The scope.
        scope: ScopeId,
        /// The people.
        people: Vec<StaffId>,
        /// The tablets.
        tablets: Vec<DeviceId>,
    },
    /// States for how many days a tablet that has not met the endpoint shows confidential scopes.
    SetLease {
        /// The site's code.
        site: String,
        /// Days, from 1 to [`LEASE_DAYS_MAX`].
        days: u32,
    },
}

/// A person as an administrator states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonStated {
    /// Who; absent for somebody new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<StaffId>,
    /// Code, the person's name from one site file to the next.
    pub code: String,
    /// Name.
    pub name: String,
    /// Posts.
    pub posts: Vec<Post>,
    /// Gone: kept, not offered.
    pub retired: bool,
}

/// The view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminReply {
    /// Protocol: 1.
    pub proto: u32,
    /// Position of the roster that this shows.
    pub position: u64,
    /// The endpoint's time, milliseconds of UTC.
    pub now_ms: i64,
    /// Sites.
    pub sites: Vec<Named>,
    /// Departments that are not retired, with their sites.
    pub departments: Vec<SiteDepartment>,
    /// People, retired ones too, by name.
    pub people: Vec<PersonSeen>,
    /// Tablets, revoked ones too, by code.
    pub tablets: Vec<TabletSeen>,
    /// Groups that handle complaints by themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupSeen>,
    /// What the endpoint did not take or set aside, the newest first.
    pub aside: Vec<AsideSeen>,
    /// What was administered, the newest first.
    pub log: Vec<Administered>,
    /// The code that was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<MadeCode>,
}

/// A code and a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
}

/// A department of a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteDepartment {
    /// The site's code.
    pub site: String,
    /// Its code.
    pub code: String,
    /// Name.
    pub name: String,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonSeen {
    /// Who.
    pub staff: StaffId,
    /// Code; empty where none was stated.
    pub code: String,
    /// Name.
    pub name: String,
    /// Posts.
    pub posts: Vec<Post>,
    /// Gone.
    pub retired: bool,
    /// Tablets on which the person has a key that holds.
    pub tablets: Vec<DeviceId>,
}

/// A tablet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabletSeen {
    /// Which.
    pub device: DeviceId,
    /// Its code in case numbers: `B3`.
    pub code: String,
    /// The site's code; empty for the company's own.
    pub site: String,
    /// Name.
    pub name: String,
    /// What people call it: code and name, and the site's name where others are elsewhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Lost or retired.
    pub revoked: bool,
    /// It is to delete what is on it.
    pub wipe: bool,
    /// When it said that it does, milliseconds of UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wiped_ms: Option<i64>,
    /// When it last met the endpoint, milliseconds of UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met_ms: Option<i64>,
    /// When it had last sent and received everything, milliseconds of UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete_ms: Option<i64>,
    /// What it last said of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
}

/// A `handling` scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupSeen {
    /// Which.
    pub scope: ScopeId,
    /// The site's code.
    pub site: String,
    /// Members on a tablet of the group.
    pub members: Vec<StaffId>,
    /// People who are proposed, and whom no member has let in yet.
    pub waiting: Vec<StaffId>,
    /// Tablets that may hold it.
    pub tablets: Vec<DeviceId>,
}

/// What a tablet says of itself when it meets the endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Version of the app.
    pub app: String,
    /// Bytes used in the browser, where it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<u64>,
    /// Bytes it may use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<u64>,
    /// Whether the browser has promised not to evict it.
    #[serde(default)]
    pub kept: bool,
    /// Entries that were not acknowledged before this request.
    #[serde(default)]
    pub unsent: u64,
    /// What to add to its wall clock, milliseconds; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_ms: Option<i64>,
    /// Things kept aside on it because they failed a check.
    #[serde(default)]
    pub aside: u64,
}

/// Something received that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsideSeen {
    /// Why: a reason of a verdict or of a refusal.
    pub reason: String,
    /// Refused: kept as bytes and in no feed. Otherwise set aside: in the feed, not counted.
    pub refused: bool,
    /// A person has let it count.
    pub admitted: bool,
    /// The tablet that brought or wrote it.
    pub tablet: String,
    /// The kind of its scope, where it is in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<ScopeKind>,
    /// When it was received, milliseconds of UTC.
    pub received_ms: i64,
}

/// A statement of the roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Administered {
    /// When, milliseconds of UTC.
    pub at_ms: i64,
    /// Who stated it; of a key, who made the code by which somebody signed in. Empty for the
    /// command line and for the endpoint itself.
    pub by: String,
    /// Kind of the entry: `roster.staff`.
    pub kind: String,
    /// The person, tablet, department, site or scope that it is about.
    pub what: String,
    /// It ends something: retired or revoked.
    pub ends: bool,
}

/// A code that was made, shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeCode {
    /// As people type it.
    pub code: String,
    /// The person or the site it is for.
    pub whom: String,
    /// Void from then on, milliseconds of UTC; absent for one that is good while the endpoint runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
    /// What the link to it has after `/join#`.
    pub link: String,
    /// The whole link as a QR code, where the request said where the app is served (`Origin`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qr: Option<Qr>,
}

/// A QR code without the quiet zone around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Qr {
    /// Modules of a side.
    pub side: u32,
    /// Row by row, `1` for a dark module and `0` for a light one.
    pub modules: String,
}
