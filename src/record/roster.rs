//! The roster: sites, scopes, people and their posts, departments, tablets and keys. It travels as
//! entries of the endpoint, each with a position that only grows; what was so at a position stays
//! known, so that role, tablet and scope of an entry are judged as its writer knew them.
//!
//! Roles are opaque here: what a role may do is a matter of the rules. Who is a member
//! of which scope is [`members`]'s.

pub mod members;

use members::{CONSENT, Given, Joining};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sorted::SortedMap;

use crate::entry::{Entry, EntryError};
use crate::id::{DeviceId, Hash, ScopeId, StaffId};
use crate::keys::PublicKey;

/// Prefix of every kind that is part of the roster.
pub const KIND_PREFIX: &str = "roster.";

/// The site's zone as data: from each instant on, the offset from UTC in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// IANA name, for display.
    pub name: String,
    /// Offset in seconds before the first change.
    pub base: i32,
    /// Changes in ascending order: from this instant on (milliseconds of UTC), this offset.
    pub changes: Vec<(i64, i32)>,
}

/// `roster.site`: a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Short code, which begins case numbers and names the site everywhere in the roster.
    pub code: String,
    /// Name as printed.
    pub name: String,
    /// Its zone.
    pub zone: Zone,
    /// Days for which a tablet that has not met the endpoint shows confidential scopes; absent for
    /// [`LEASE_DAYS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_days: Option<u32>,
}

/// Days of a lease where the site states none: a tablet that is out for a week, and a week of a
/// broken network, are no reason to ask.
pub const LEASE_DAYS: u32 = 14;

/// What a scope is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum ScopeKind {
    /// One site: its cases, units and households.
    Site,
    /// The group that handles complaints about the bureau.
    Handling,
    /// The company: roster, library, procedures.
    Company,
    /// One case among named persons.
    Case,
    /// A kind of a newer version.
    Unknown(String),
}

impl ScopeKind {
    /// Every kind that this version knows.
    const KNOWN: [Self; 4] = [Self::Site, Self::Handling, Self::Company, Self::Case];

    /// The kind as the roster writes it.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Site => "site",
            Self::Handling => "handling",
            Self::Company => "company",
            Self::Case => "case",
            Self::Unknown(code) => code,
        }
    }
}

impl From<String> for ScopeKind {
    fn from(code: String) -> Self {
        let known = Self::KNOWN.into_iter().find(|one| one.code() == code);
        known.unwrap_or(Self::Unknown(code))
    }
}

impl From<ScopeKind> for String {
    fn from(one: ScopeKind) -> Self {
        match one {
            ScopeKind::Unknown(code) => code,
            known => known.code().to_owned(),
        }
    }
}

/// `roster.scope`: who may hold what is written in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The scope.
    pub id: ScopeId,
    /// What it is for.
    pub kind: ScopeKind,
    /// The site's code; `None` for the company's.
    pub site: Option<String>,
    /// Roles whose holders are members; empty in a `site` or `company` scope: whoever has a post.
    pub roles: Vec<String>,
    /// Persons who are members besides.
    pub added: Vec<StaffId>,
    /// Persons who are no members in spite of their role.
    pub excluded: Vec<StaffId>,
    /// Tablets that hold a `handling` or `case` scope; the others follow from the site.
    pub devices: Vec<DeviceId>,
    /// The statement makes a `handling` scope: whom it adds are the first members, with the keys
    /// that they have on these tablets by then.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub founding: bool,
}

/// What a person is at a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// The site's code.
    pub site: String,
    /// The role; empty for a member of a department without one.
    pub role: String,
    /// The department's code.
    pub department: Option<String>,
}

/// The role that administers people and tablets. Its post names no site: it is the company's, and
/// makes nobody a member of a site's scope.
pub const ADMINISTRATOR: &str = "administrator";

/// The role that reads what is of its post and writes nothing.
pub const AUDITOR: &str = "auditor";

/// `roster.staff`: a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// The person.
    pub id: StaffId,
    /// Name.
    pub name: String,
    /// Posts, at one site or several.
    pub posts: Vec<Post>,
    /// Gone: kept, not offered, what is first received afterwards is set aside.
    pub retired: bool,
}

impl Staff {
    /// The roles held at a site.
    #[must_use]
    pub fn roles_at(&self, site: &str) -> Vec<&str> {
        let here = self.posts.iter().filter(|post| post.site == site);
        here.map(|post| post.role.as_str())
            .filter(|role| !role.is_empty())
            .collect()
    }

    /// Whether the person administers people and tablets.
    #[must_use]
    pub fn is_administrator(&self) -> bool {
        let mut posts = self.posts.iter();
        !self.retired && posts.any(|post| post.role == ADMINISTRATOR && post.site.is_empty())
    }

    /// The department at a site, where there is one.
    #[must_use]
    pub fn department_at(&self, site: &str) -> Option<&str> {
        let mut here = self.posts.iter().filter(|post| post.site == site);
        here.find_map(|post| post.department.as_deref())
    }
}

/// `roster.department`: a department.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Department {
    /// Code of the site file.
    pub id: String,
    /// The site's code.
    pub site: String,
    /// Name as printed.
    pub name: String,
    /// Gone: kept, not offered.
    pub retired: bool,
}

/// `roster.device`: a tablet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The tablet.
    pub id: DeviceId,
    /// Its code in case numbers, `B3`; never used again in the site.
    pub code: String,
    /// The site's code.
    pub site: String,
    /// Name as given at joining.
    pub name: String,
    /// Its device key, which signs requests.
    pub public_key: PublicKey,
    /// Lost or retired.
    pub revoked: bool,
    /// It is to delete what is on it, once it has sent what was not sent.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub wipe: bool,
}

/// `roster.key`: the key of a person on a tablet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The person.
    pub staff: StaffId,
    /// The tablet.
    pub device: DeviceId,
    /// The key.
    pub public_key: PublicKey,
    /// No longer accepted.
    pub revoked: bool,
    /// Who had it stated: of a new key, who made the code that the person signed in with, and could
    /// have used it in their place. `None` where it was made at the endpoint itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<StaffId>,
}

/// One statement of the roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A site.
    Site(Site),
    /// A scope.
    Scope(Scope),
    /// A person.
    Staff(Staff),
    /// A department.
    Department(Department),
    /// A tablet.
    Device(Device),
    /// A person's key on a tablet.
    Key(Key),
    /// A person let into a `handling` scope.
    Joining(Joining),
}

impl Item {
    /// The kind of the entry that carries it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Site(_) => "roster.site",
            Self::Scope(_) => "roster.scope",
            Self::Staff(_) => "roster.staff",
            Self::Department(_) => "roster.department",
            Self::Device(_) => "roster.device",
            Self::Key(_) => "roster.key",
            Self::Joining(_) => "roster.joining",
        }
    }

    /// The body of its entry at `position`.
    #[must_use]
    pub fn to_body(&self, position: u64) -> Map<String, Value> {
        let value = match self {
            Self::Site(item) => serde_json::to_value(item),
            Self::Scope(item) => serde_json::to_value(item),
            Self::Staff(item) => serde_json::to_value(item),
            Self::Department(item) => serde_json::to_value(item),
            Self::Device(item) => serde_json::to_value(item),
            Self::Key(item) => serde_json::to_value(item),
            Self::Joining(item) => serde_json::to_value(item),
        };
        let mut body = match value {
            Ok(Value::Object(map)) => map,
            // These structs always serialise to objects.
            _ => Map::new(),
        };
        body.insert("position".to_owned(), position.into());
        body
    }

    /// Reads the statement an entry carries and its position; `None` for a kind that is not part
    /// of the roster as this version knows it.
    ///
    /// # Errors
    /// Where the body does not fit the kind.
    pub fn of(entry: &Entry) -> Result<Option<(u64, Self)>, EntryError> {
        let item = match entry.kind() {
            "roster.site" => Self::Site(read(entry)?),
            "roster.scope" => Self::Scope(read(entry)?),
            "roster.staff" => Self::Staff(read(entry)?),
            "roster.department" => Self::Department(read(entry)?),
            "roster.device" => Self::Device(read(entry)?),
            "roster.key" => Self::Key(read(entry)?),
            "roster.joining" => Self::Joining(read(entry)?),
            _ => return Ok(None),
        };
        let position: Position = read(entry)?;
        Ok(Some((position.position, item)))
    }
}

#[derive(Deserialize)]
struct Position {
    position: u64,
}

fn read<T: DeserializeOwned>(entry: &Entry) -> Result<T, EntryError> {
    entry.body_as()
}

/// A value and what it was before, by position.
#[derive(Clone, Debug)]
struct History<V>(Vec<(u64, V)>);

impl<V> Default for History<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> History<V> {
    /// Answers whether the position had none yet.
    fn set(&mut self, position: u64, value: V) -> bool {
        let at = self.0.partition_point(|(known, _)| *known < position);
        let new = self.0.get(at).is_none_or(|(known, _)| *known != position);
        if new {
            self.0.insert(at, (position, value));
        }
        new
    }

    fn at(&self, position: u64) -> Option<&V> {
        let after = self.0.partition_point(|(known, _)| *known <= position);
        let last = after.checked_sub(1)?;
        self.0.get(last).map(|(_, value)| value)
    }

    fn latest(&self) -> Option<&V> {
        self.0.last().map(|(_, value)| value)
    }

    /// The positions at which something was stated.
    fn positions(&self) -> impl Iterator<Item = u64> {
        self.0.iter().map(|(position, _)| *position)
    }
}

/// The roster as built from its entries, in any order, with its past.
#[derive(Clone, Debug)]
pub struct Roster {
    root: PublicKey,
    endpoint: DeviceId,
    position: u64,
    sites: SortedMap<String, History<Site>>,
    scopes: SortedMap<ScopeId, History<Scope>>,
    staff: SortedMap<StaffId, History<Staff>>,
    departments: SortedMap<(String, String), History<Department>>,
    devices: SortedMap<DeviceId, History<Device>>,
    keys: SortedMap<(StaffId, DeviceId), SortedMap<PublicKey, History<Key>>>,
    /// What members have said of who may join, by entry.
    consents: SortedMap<Hash, Given>,
    /// The positions from which such a word counts.
    joinings: SortedMap<u64, Joining>,
}

impl Roster {
    /// An empty roster of the endpoint with this root key.
    #[must_use]
    pub fn new(root: PublicKey) -> Self {
        Self {
            endpoint: DeviceId::of_root(&root),
            root,
            position: 0,
            sites: SortedMap::new(),
            scopes: SortedMap::new(),
            staff: SortedMap::new(),
            departments: SortedMap::new(),
            devices: SortedMap::new(),
            keys: SortedMap::new(),
            consents: SortedMap::new(),
            joinings: SortedMap::new(),
        }
    }

    /// Takes in an entry whose signature the caller has checked. Answers whether it says something
    /// new; what the endpoint did not write itself says nothing, but for a member's consent.
    ///
    /// # Errors
    /// Where the body does not fit the kind.
    pub fn apply(&mut self, entry: &Entry) -> Result<bool, EntryError> {
        let header = entry.header();
        if let (CONSENT, Some(by)) = (entry.kind(), header.staff) {
            // Anybody may write one, so that what cannot be read says nothing.
            let given = read(entry).map(|consent| Given {
                by,
                on: header.device,
                consent,
            });
            let new = given.map(|given| self.consents.insert(entry.hash(), given).is_none());
            return Ok(new.unwrap_or(false));
        }
        if header.device != self.endpoint || header.staff.is_some() {
            return Ok(false);
        }
        let Some((position, item)) = Item::of(entry)? else {
            return Ok(false);
        };
        Ok(self.set(position, item))
    }

    /// Takes in a statement at a position. Answers whether it is new.
    pub fn set(&mut self, position: u64, item: Item) -> bool {
        self.position = self.position.max(position);
        match item {
            Item::Site(item) => {
                let code = item.code.clone();
                self.sites.get_or_default(code).set(position, item)
            }
            Item::Scope(item) => self.scopes.get_or_default(item.id).set(position, item),
            Item::Staff(item) => self.staff.get_or_default(item.id).set(position, item),
            Item::Department(item) => {
                let key = (item.site.clone(), item.id.clone());
                self.departments.get_or_default(key).set(position, item)
            }
            Item::Device(item) => self.devices.get_or_default(item.id).set(position, item),
            Item::Key(item) => {
                let keys = self.keys.get_or_default((item.staff, item.device));
                keys.get_or_default(item.public_key).set(position, item)
            }
            Item::Joining(item) => {
                let new = !self.joinings.contains_key(&position);
                if new {
                    self.joinings.insert(position, item);
                }
                new
            }
        }
    }

    /// The root key.
    #[must_use]
    pub fn root(&self) -> &PublicKey {
        &self.root
    }

    /// The identifier under which the endpoint writes.
    #[must_use]
    pub fn endpoint(&self) -> DeviceId {
        self.endpoint
    }

    /// Takes note that positions up to this one were given, by statements that are not all held.
    pub fn reach(&mut self, position: u64) {
        self.position = self.position.max(position);
    }

    /// The newest position known, 0 for none: what a header names as seen.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The sites as they are now.
    pub fn sites(&self) -> impl Iterator<Item = &Site> {
        self.sites.values().filter_map(History::latest)
    }

    /// The scopes as they are now.
    pub fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.scopes.values().filter_map(History::latest)
    }

    /// The people as they are now, retired ones included.
    pub fn staff(&self) -> impl Iterator<Item = &Staff> {
        self.staff.values().filter_map(History::latest)
    }

    /// The departments as they are now, retired ones included.
    pub fn departments(&self) -> impl Iterator<Item = &Department> {
        self.departments.values().filter_map(History::latest)
    }

    /// The tablets as they are now, revoked ones included.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        self.devices.values().filter_map(History::latest)
    }

    /// A site as it is now.
    #[must_use]
    pub fn site(&self, code: &str) -> Option<&Site> {
        self.sites.get(code)?.latest()
    }

    /// A scope as it is now.
    #[must_use]
    pub fn scope(&self, id: &ScopeId) -> Option<&Scope> {
        self.scopes.get(id)?.latest()
    }

    /// A person as now known.
    #[must_use]
    pub fn person(&self, id: &StaffId) -> Option<&Staff> {
        self.staff.get(id)?.latest()
    }

    /// A person as known at a position.
    #[must_use]
    pub fn person_at(&self, id: &StaffId, position: u64) -> Option<&Staff> {
        self.staff.get(id)?.at(position)
    }

    /// A tablet as it is now.
    #[must_use]
    pub fn device(&self, id: &DeviceId) -> Option<&Device> {
        self.devices.get(id)?.latest()
    }

    /// A scope as it was at a position.
    #[must_use]
    pub fn scope_at(&self, id: &ScopeId, position: u64) -> Option<&Scope> {
        self.scopes.get(id)?.at(position)
    }

    /// What people call a tablet: code and name, and its site's name besides where others are
    /// elsewhere, as each site has a `B1`.
    #[must_use]
    pub fn tablet_name(&self, device: &Device) -> String {
        let mut others = self.devices();
        let elsewhere = others.any(|other| other.site != device.site);
        let site = self.site(&device.site).filter(|_| elsewhere);
        let words = [&device.code, &device.name].into_iter();
        let words = words.chain(site.map(|site| &site.name));
        let words: Vec<&str> = words
            .map(String::as_str)
            .filter(|word| !word.is_empty())
            .collect();
        words.join(" ")
    }

    /// Every key ever certified for a person on a tablet, as it is now.
    pub fn keys(&self, staff: StaffId, device: DeviceId) -> impl Iterator<Item = &Key> {
        let keys = self.keys.get(&(staff, device));
        keys.into_iter()
            .flat_map(SortedMap::values)
            .filter_map(History::latest)
    }
}
