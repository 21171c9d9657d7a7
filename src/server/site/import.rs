//! Taking a site file in: what is new, changed and gone against the roster, and writing it down
//! as entries of the endpoint. What is gone is retired, never deleted.

use std::collections::BTreeMap;

use record::entry::Entry;
use record::roster::{Department, Item as RosterItem, Post, Scope, ScopeKind, Site, Staff};
use record::{ScopeId, StaffId};
use serde_json::{Map, Value};

use super::model::{self, Codes, Item};
use super::table::{Refused, Table};
use super::words::{KINDS, Kind, Words};
use super::zone;
use crate::admin::BY;
use crate::error::ServerError;
use crate::ledger::{Draft, Ledger, entry_of};
use crate::random::Random;
use crate::store::Tx;

/// Prefix of the kinds that state units, buildings and households.
pub const SITE_PREFIX: &str = "site.";

/// A thing the record holds already.
#[derive(Clone, Debug)]
pub struct Held {
    /// What was stated of it last, as an [`Item`]'s body.
    pub body: Map<String, Value>,
    /// Whether it is gone.
    pub retired: bool,
    /// The person's id, for staff.
    pub staff: Option<StaffId>,
    /// The person's posts that are not of the site: at others, and the company's. A site file
    /// neither states nor ends them.
    pub elsewhere: Vec<Post>,
}

/// What the record holds of a site, and the people of all.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    /// The site's code.
    pub site: String,
    /// By kind and code.
    pub things: BTreeMap<(Kind, String), Held>,
    /// The site's lease, which no file states.
    pub lease_days: Option<u32>,
    /// Who went by a code last.
    whose: BTreeMap<String, StaffId>,
    /// The code that a person goes by now.
    code_of: BTreeMap<StaffId, String>,
}

/// What a file would change.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The site's code.
    pub site: String,
    /// Not known before.
    pub new: Vec<Item>,
    /// Known and stated otherwise, or retired and stated again.
    pub changed: Vec<Item>,
    /// Known and no longer stated: retired.
    pub gone: Vec<Item>,
    /// Stated as known, by kind.
    pub unchanged: BTreeMap<Kind, usize>,
    /// Rows not taken.
    pub refused: Vec<Refused>,
    /// Kinds of which nothing was retired because a refused row might state it.
    pub kept: Vec<Kind>,
}

/// The site that a file is for: the one it states, or the only one held.
///
/// # Errors
/// Where it states none and there is not exactly one, or where it states another than those held
/// and `may_be_new` does not say that this is meant.
pub fn site_of<T: Tx>(
    table: &Table,
    ledger: &Ledger<'_, T>,
    may_be_new: bool,
) -> Result<String, ServerError> {
    let held: Vec<String> = ledger
        .roster
        .sites()
        .map(|site| site.code.clone())
        .collect();
    match (model::site_code(table), held.as_slice()) {
        (Some(code), held) if held.is_empty() || may_be_new || held.contains(&code) => Ok(code),
        (Some(found), held) => Err(ServerError::OtherSite {
            held: held.join("、"),
            found,
        }),
        (None, [only]) => Ok(only.clone()),
        (None, []) => Err(ServerError::NoSite),
        (None, held) => Err(ServerError::WhichSite(held.join("、"))),
    }
}

/// Reads what the record holds of a site.
///
/// # Errors
/// Where the store fails.
pub async fn holdings<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    site: &str,
) -> Result<Holdings, ServerError> {
    let mut held = Holdings {
        site: site.to_owned(),
        ..Holdings::default()
    };
    for row in ledger.tx.of_kind("roster.").await? {
        held.take(&entry_of(&row)?);
    }
    let scope = site_scope(ledger, site).map(|scope| scope.to_string());
    for row in ledger.tx.of_kind(SITE_PREFIX).await? {
        if Some(&row.scope) == scope.as_ref() {
            held.take(&entry_of(&row)?);
        }
    }
    Ok(held)
}

impl Holdings {
    /// Takes note of an entry; a later one of the same thing replaces it.
    pub fn take(&mut self, entry: &Entry) {
        let mut body = entry.body();
        let kind = match entry.kind() {
            "roster.site" => Kind::Site,
            "roster.department" => Kind::Department,
            "roster.staff" => Kind::Staff,
            "site.building" => Kind::Building,
            "site.unit" => Kind::Unit,
            "site.household" => Kind::Household,
            _ => return,
        };
        body.remove("position");
        let retired = body
            .remove("retired")
            .is_some_and(|retired| retired == true);
        let of_here = |field: &str| body.get(field).and_then(Value::as_str) == Some(&self.site);
        let (code, held) = match kind {
            Kind::Site if !of_here("code") => return,
            Kind::Department if !of_here("site") => return,
            Kind::Site => {
                // What an administrator has said of it, and that it was one, no file states.
                body.remove(BY);
                let days = body.remove("lease_days").and_then(|days| days.as_u64());
                self.lease_days = days.and_then(|days| days.try_into().ok());
                site_stated(body)
            }
            Kind::Department => {
                body.remove("site");
                plain(body)
            }
            Kind::Staff => self.staff_stated(body),
            Kind::Building | Kind::Unit | Kind::Household => plain(body),
        };
        if let Some(staff) = held.staff {
            self.goes_by(staff, &code);
        }
        self.things.insert((kind, code), Held { retired, ..held });
    }

    /// An administrator may give a person another code: the person is one, with the last.
    fn goes_by(&mut self, staff: StaffId, code: &str) {
        self.whose.insert(code.to_owned(), staff);
        let before = self.code_of.insert(staff, code.to_owned());
        let Some(before) = before.filter(|before| before != code) else {
            return;
        };
        // Unless the code is somebody else's by now.
        if self.whose.get(&before) == Some(&staff) {
            self.things.remove(&(Kind::Staff, before));
        }
    }

    /// The code that a person goes by now, where what a row states is a code they had before.
    fn code_now(&self, kind: Kind, code: &str) -> Option<&String> {
        let whose = self.whose.get(code).filter(|_| kind == Kind::Staff)?;
        self.code_of.get(whose)
    }

    /// Codes that rows may refer to.
    #[must_use]
    pub fn codes(&self) -> Codes {
        let mut codes = Codes::new();
        for ((kind, code), held) in &self.things {
            if !held.retired {
                codes.entry(*kind).or_default().insert(code.clone());
            }
        }
        codes
    }

    /// A person as a file states it: code, name, roles and department at the site.
    fn staff_stated(&self, mut body: Map<String, Value>) -> (String, Held) {
        let id = text(&body, "id").parse().ok();
        body.remove("id");
        body.remove("by");
        let posts = body.remove("posts").unwrap_or_default();
        let posts: Vec<Post> = serde_json::from_value(posts).unwrap_or_default();
        let (here, elsewhere): (Vec<Post>, Vec<Post>) =
            posts.into_iter().partition(|post| post.site == self.site);
        let roles = here
            .iter()
            .map(|post| post.role.as_str())
            .filter(|role| !role.is_empty());
        let roles: Vec<Value> = roles.map(Value::from).collect();
        let department = here.iter().find_map(|post| post.department.clone());
        body.insert("roles".to_owned(), roles.into());
        body.insert("department".to_owned(), department.into());
        let (code, held) = plain(body);
        let code = if code.is_empty() {
            text(&held.body, "code")
        } else {
            code
        };
        (
            code,
            Held {
                staff: id,
                elsewhere,
                ..held
            },
        )
    }
}

impl Held {
    /// Whether it is a person who has no post at the site: its file has no say.
    fn is_elsewhere(&self) -> bool {
        let roles = self.body.get("roles").and_then(Value::as_array);
        let here = roles.is_some_and(|roles| !roles.is_empty())
            || self.body.get("department").is_some_and(|d| !d.is_null());
        self.staff.is_some() && !here
    }
}

fn text(body: &Map<String, Value>, field: &str) -> String {
    body.get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// A thing that is named by its `id`.
fn plain(body: Map<String, Value>) -> (String, Held) {
    let held = Held {
        retired: false,
        staff: None,
        elsewhere: Vec::new(),
        body,
    };
    (text(&held.body, "id"), held)
}

/// A site as a file states it: the zone by its name.
fn site_stated(mut body: Map<String, Value>) -> (String, Held) {
    let zone = body.get("zone").and_then(|zone| zone.get("name")).cloned();
    body.insert("zone".to_owned(), zone.unwrap_or_default());
    (text(&body, "code"), plain(body).1)
}

/// Compares a file with what is held of its site.
///
/// # Errors
/// Where the row that states a new site is refused.
pub fn plan(table: &Table, words: &Words, held: &Holdings) -> Result<Plan, ServerError> {
    let (items, mut refused) = model::items(table, words, held.codes());
    let known = held.things.contains_key(&(Kind::Site, held.site.clone()));
    let stated = items.iter().any(|item| item.kind == Kind::Site);
    if !known && !stated {
        return Err(ServerError::NoSite);
    }
    let mut plan = Plan {
        site: held.site.clone(),
        ..Plan::default()
    };
    let mut seen: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
    for item in items {
        if item.kind == Kind::Site && item.code != plan.site {
            refused.push(Refused {
                reason: format!("a second site; this file is for {}", plan.site),
                place: item.place,
                kind: Some(Kind::Site),
                code: None,
            });
            continue;
        }
        seen.entry(item.kind).or_default().push(item.code.clone());
        match held.things.get(&(item.kind, item.code.clone())) {
            None => match held.code_now(item.kind, &item.code) {
                Some(now) => {
                    seen.entry(item.kind).or_default().push(now.clone());
                    refused.push(Refused {
                        reason: format!("this person's code is {now} now"),
                        place: item.place,
                        kind: Some(item.kind),
                        code: Some(item.code),
                    });
                }
                None => plan.new.push(item),
            },
            Some(known) if known.retired || known.body != item.body => plan.changed.push(item),
            Some(_) => *plan.unchanged.entry(item.kind).or_default() += 1,
        }
    }
    plan.refused = refused;
    plan.find_gone(held, &seen);
    Ok(plan)
}

impl Plan {
    /// A kind of which the file has no row is left alone. A refused row whose code can be read
    /// still states its thing; one whose code cannot be read keeps its whole kind from being
    /// retired, and one whose kind cannot be read all of them.
    fn find_gone(&mut self, held: &Holdings, seen: &BTreeMap<Kind, Vec<String>>) {
        for kind in KINDS {
            let Some(codes) = seen.get(&kind).filter(|_| kind != Kind::Site) else {
                continue;
            };
            let refused: Vec<_> = self
                .refused
                .iter()
                .filter(|r| r.kind.is_none_or(|of| of == kind))
                .collect();
            let doubtful = refused.iter().any(|refused| refused.code.is_none());
            let named = |code: &String| {
                codes.contains(code) || refused.iter().any(|r| r.code.as_ref() == Some(code))
            };
            let missing = held.things.iter().filter(|((of, code), held)| {
                *of == kind && !held.retired && !held.is_elsewhere() && !named(code)
            });
            let missing: Vec<Item> = missing
                .map(|((_, code), held)| Item {
                    kind,
                    code: code.clone(),
                    body: held.body.clone(),
                    place: String::new(),
                })
                .collect();
            if doubtful && !missing.is_empty() {
                self.kept.push(kind);
            } else {
                self.gone.extend(missing);
            }
        }
    }

    /// Whether the file would change anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty() && self.gone.is_empty()
    }
}

/// Writes a plan down. Answers how many entries that took.
///
/// # Errors
/// Where the store fails or an entry cannot be made.
pub async fn apply<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    plan: &Plan,
    held: &Holdings,
) -> Result<usize, ServerError> {
    if plan.is_empty() {
        return Ok(0);
    }
    let mut roster = Vec::new();
    let mut site = Vec::new();
    let stated = plan
        .new
        .iter()
        .chain(&plan.changed)
        .map(|item| (item, false));
    for (item, retired) in stated.chain(plan.gone.iter().map(|item| (item, true))) {
        match item.kind {
            Kind::Building => site.push(draft("site.building", item, retired)),
            Kind::Unit => site.push(draft("site.unit", item, retired)),
            Kind::Household => site.push(draft("site.household", item, retired)),
            Kind::Site | Kind::Department | Kind::Staff => {
                let random = ledger.random();
                roster.push(statement(&plan.site, (item, retired), held, random)?);
            }
        }
    }
    let scope = match site_scope(ledger, &plan.site) {
        Some(scope) => scope,
        None => {
            let scope = new_site_scope(&plan.site, ledger.random())?;
            let id = scope.id;
            roster.push((RosterItem::Scope(scope), Map::new()));
            id
        }
    };
    // Scopes are taken in ascending order within a transaction.
    let mut count = 0;
    if ledger.company() < scope {
        count += ledger.write_roster(roster).await?.len();
        count += ledger.write(scope, site).await?.len();
    } else {
        count += ledger.write(scope, site).await?.len();
        count += ledger.write_roster(roster).await?.len();
    }
    Ok(count)
}

/// The scope of a site's cases, units and households.
pub fn site_scope<T: Tx>(ledger: &Ledger<'_, T>, site: &str) -> Option<ScopeId> {
    let mut scopes = ledger.roster.scopes();
    let of_site =
        |scope: &&Scope| scope.kind == ScopeKind::Site && scope.site.as_deref() == Some(site);
    scopes.find(of_site).map(|scope| scope.id)
}

fn new_site_scope(site: &str, random: &Random) -> Result<Scope, ServerError> {
    Ok(Scope {
        id: ScopeId::from_random(random.bytes()?),
        kind: ScopeKind::Site,
        site: Some(site.to_owned()),
        roles: Vec::new(),
        added: Vec::new(),
        excluded: Vec::new(),
        devices: Vec::new(),
        founding: false,
    })
}

fn draft(kind: &str, item: &Item, retired: bool) -> Draft {
    let mut body = item.body.clone();
    body.insert("retired".to_owned(), retired.into());
    Draft {
        case: None,
        after: Vec::new(),
        kind: kind.to_owned(),
        body,
    }
}

fn statement(
    site: &str,
    (item, retired): (&Item, bool),
    held: &Holdings,
    random: &Random,
) -> Result<(RosterItem, Map<String, Value>), ServerError> {
    let mut extra = Map::new();
    let name = text(&item.body, "name");
    let stated = match item.kind {
        Kind::Department => RosterItem::Department(Department {
            id: item.code.clone(),
            site: site.to_owned(),
            name,
            retired,
        }),
        Kind::Staff => {
            extra.insert("code".to_owned(), item.code.clone().into());
            let known = held.things.get(&(Kind::Staff, item.code.clone()));
            let id = match known.and_then(|held| held.staff) {
                Some(id) => id,
                None => StaffId::from_random(random.bytes()?),
            };
            let elsewhere = known.map(|held| held.elsewhere.clone()).unwrap_or_default();
            // Who is gone from here may still have posts elsewhere.
            let gone = retired && elsewhere.is_empty();
            let mut posts = match retired && !gone {
                true => Vec::new(),
                false => posts(site, &item.body),
            };
            posts.extend(elsewhere);
            RosterItem::Staff(Staff {
                id,
                name,
                posts,
                retired: gone,
            })
        }
        Kind::Site | Kind::Building | Kind::Unit | Kind::Household => {
            let zone = zone::table(&text(&item.body, "zone"));
            RosterItem::Site(Site {
                code: item.code.clone(),
                name,
                zone: zone.unwrap_or_else(zone::default_table),
                lease_days: held.lease_days,
            })
        }
    };
    Ok((stated, extra))
}

/// One post for each role; a member of a department without a role has one without it; a person
/// with neither has none, which is a state that screens name.
fn posts(site: &str, body: &Map<String, Value>) -> Vec<Post> {
    let department = body
        .get("department")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let roles = body.get("roles").and_then(Value::as_array);
    let roles = roles.into_iter().flatten().filter_map(Value::as_str);
    let post = |role: &str| Post {
        site: site.to_owned(),
        role: role.to_owned(),
        department: department.clone(),
    };
    let posts: Vec<Post> = roles.map(post).collect();
    if posts.is_empty() && department.is_some() {
        return vec![post("")];
    }
    posts
}
