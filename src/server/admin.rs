//! Administration of people and tablets, the same for the command line and for
//! `POST /v1/admin`: what is asked is written into the roster as entries of the endpoint, each with
//! who stated it.

use record::roster::{Device, Item, Key, Post, Staff};
use record::{DeviceId, Roster, StaffId};
use serde_json::{Map, Value};
use sync::endpoint::{join_code, normal_code};
use sync::wire::NAME_BYTES_MAX;
use sync::wire::admin::{Ask, LEASE_DAYS_MAX, MadeCode, POSTS_MAX, PersonStated};

use crate::error::ServerError;
use crate::ledger::Ledger;
use crate::sign_in;
use crate::site::words::Words;
use crate::store::{JoinRow, StoreError, Tx};

pub mod cli;
pub mod group;
mod qr;
mod view;

pub use qr::qr;
pub(crate) use view::codes;
pub use view::view;

/// Longest time a sign-in code may be good, hours.
pub(crate) const HOURS_MAX: u32 = 24 * 31;

/// Field of a roster entry's body: who stated it, or made the code with which it was stated.
pub(crate) const BY: &str = "by";

/// Field of a person's entry: the code by which site files name the person.
pub(crate) const CODE: &str = "code";

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// What is named is not in the roster.
    #[error("there is no such {0}")]
    Unknown(&'static str),
    /// What is stated cannot be so.
    #[error("{0}")]
    Invalid(&'static str),
    /// A text that is no name.
    #[error("a name, and a code, has 1 to {NAME_BYTES_MAX} bytes in one line")]
    NoName,
    /// The code is somebody else's.
    #[error("another person has this code")]
    CodeTaken,
    /// Nobody would be left to administer.
    #[error("the last administrator cannot go: make another one first")]
    LastAdministrator,
    /// Storage, or an entry that cannot be made.
    #[error(transparent)]
    Server(#[from] ServerError),
}

impl From<StoreError> for AdminError {
    fn from(error: StoreError) -> Self {
        Self::Server(error.into())
    }
}

type Done = Result<Option<MadeCode>, AdminError>;

/// Does what is asked; answers the code that was made. `by` is who asks, `None` at the command
/// line.
///
/// # Errors
/// Says why nothing was done; the transaction is to be dropped then.
pub async fn administer<T: Tx>(ledger: &mut Ledger<'_, T>, by: Option<StaffId>, ask: &Ask) -> Done {
    match ask {
        Ask::View => Ok(None),
        Ask::SetPerson(stated) => set_person(ledger, by, stated).await,
        Ask::SignInCode { staff, hours } => sign_in_code(ledger, (*staff, by), *hours).await,
        Ask::JoinCode { site } => join_code_for(ledger, site).await,
        Ask::NameTablet { tablet, name } => {
            if !is_name(name) {
                return Err(AdminError::NoName);
            }
            let name = name.trim().to_owned();
            change_tablet(ledger, by, tablet, |device| device.name = name).await
        }
        Ask::RevokeTablet { tablet, wipe } => {
            let change = |device: &mut Device| {
                device.revoked = true;
                device.wipe = *wipe;
            };
            change_tablet(ledger, by, tablet, change).await
        }
        Ask::RestoreTablet { tablet } => {
            let met = ledger.tx.meeting(&tablet.to_string()).await?;
            if met.is_some_and(|met| met.wiped_ms.is_some()) {
                let why = "the tablet has deleted what was on it: it joins anew";
                return Err(AdminError::Invalid(why));
            }
            let change = |device: &mut Device| {
                device.revoked = false;
                device.wipe = false;
            };
            change_tablet(ledger, by, tablet, change).await
        }
        Ask::SignOut { staff, tablet } => sign_out(ledger, by, *staff, *tablet).await,
        Ask::SetGroup {
            scope,
            people,
            tablets,
        } => group::set(ledger, by, scope, (people, tablets)).await,
        Ask::SetLease { site, days } => {
            if !(1..=LEASE_DAYS_MAX).contains(days) {
                return Err(AdminError::Invalid("a lease is good for 1 to 366 days"));
            }
            let known = ledger.roster.site(site).cloned();
            let mut site = known.ok_or(AdminError::Unknown("site"))?;
            site.lease_days = Some(*days);
            state(ledger, by, vec![(Item::Site(site), Map::new())]).await
        }
    }
}

/// Whether a text can be a name: something in one line, which lists and logs show as it is.
fn is_name(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.len() <= NAME_BYTES_MAX && !text.contains(char::is_control)
}

/// Writes statements, with who made them.
async fn state<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    by: Option<StaffId>,
    items: Vec<(Item, Map<String, Value>)>,
) -> Done {
    let signed = items.into_iter().map(|(item, mut extra)| {
        if let Some(by) = by {
            extra.insert(BY.to_owned(), by.to_string().into());
        }
        (item, extra)
    });
    ledger.write_roster(signed.collect()).await?;
    Ok(None)
}

async fn set_person<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    by: Option<StaffId>,
    stated: &PersonStated,
) -> Done {
    if !is_name(&stated.name) || !is_name(&stated.code) {
        return Err(AdminError::NoName);
    }
    if stated.posts.len() > POSTS_MAX {
        return Err(AdminError::Invalid("a person has at most 16 posts"));
    }
    let words = crate::cli::words()?;
    for post in &stated.posts {
        check_post(&ledger.roster, &words, post)?;
    }
    let id = match stated.staff {
        Some(staff) if ledger.roster.person(&staff).is_none() => {
            return Err(AdminError::Unknown("person"));
        }
        Some(staff) => staff,
        None => StaffId::from_random(ledger.random().bytes()?),
    };
    let code = stated.code.trim();
    if code_is_taken(ledger, code, id).await? {
        return Err(AdminError::CodeTaken);
    }
    let person = Staff {
        id,
        name: stated.name.trim().to_owned(),
        posts: stated.posts.clone(),
        retired: stated.retired,
    };
    let others = ledger.roster.staff().filter(|other| other.id != id);
    let left = others.filter(|other| other.is_administrator()).count();
    let was = ledger
        .roster
        .person(&id)
        .is_some_and(Staff::is_administrator);
    if was && left == 0 && !person.is_administrator() {
        return Err(AdminError::LastAdministrator);
    }
    let extra = Map::from_iter([(CODE.to_owned(), Value::from(code))]);
    state(ledger, by, vec![(Item::Staff(person), extra)]).await
}

/// A post at a site names the site, its department and a role that site files know; a post of the
/// company is that of an administrator.
fn check_post(roster: &Roster, words: &Words, post: &Post) -> Result<(), AdminError> {
    if post.site.is_empty() {
        if post.role == record::roster::ADMINISTRATOR && post.department.is_none() {
            return Ok(());
        }
        return Err(AdminError::Invalid("a post without a site administers"));
    }
    if roster.site(&post.site).is_none() {
        return Err(AdminError::Unknown("site"));
    }
    let known = post.role.is_empty() || words.is_site_role(&post.role);
    if !known {
        return Err(AdminError::Unknown("role"));
    }
    let department = post.department.as_ref();
    let held = |id: &String| {
        let mut departments = roster.departments();
        departments.any(|d| d.site == post.site && d.id == *id && !d.retired)
    };
    match department {
        Some(id) if !held(id) => Err(AdminError::Unknown("department")),
        None if post.role.is_empty() => {
            Err(AdminError::Invalid("a post has a role or a department"))
        }
        _ => Ok(()),
    }
}

async fn code_is_taken<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    code: &str,
    id: StaffId,
) -> Result<bool, AdminError> {
    let codes = view::codes(ledger).await?;
    let mut others = codes.into_iter().filter(|(staff, _)| *staff != id);
    Ok(others.any(|(_, other)| other == code))
}

async fn sign_in_code<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    (staff, by): (StaffId, Option<StaffId>),
    hours: u32,
) -> Done {
    let person = ledger.roster.person(&staff).filter(|p| !p.retired).cloned();
    let person = person.ok_or(AdminError::Unknown("person"))?;
    if hours == 0 || hours > HOURS_MAX {
        return Err(AdminError::Invalid("a code is good for 1 to 744 hours"));
    }
    let good_ms = i64::from(hours).saturating_mul(3_600_000);
    let until_ms = ledger.now_ms().saturating_add(good_ms);
    let random = ledger.random();
    let code = sign_in::new_code(ledger.tx, random, (staff, by), until_ms).await?;
    Ok(Some(MadeCode {
        link: format!("sign-in={}", normal_code(&code)),
        code,
        whom: person.name,
        until_ms: Some(until_ms),
        qr: None,
    }))
}

async fn join_code_for<T: Tx>(ledger: &mut Ledger<'_, T>, site: &str) -> Done {
    let name = match ledger.roster.site(site) {
        Some(site) => site.name.clone(),
        None if site.is_empty() => String::new(),
        None => return Err(AdminError::Unknown("site")),
    };
    let code = new_join_code(ledger, Some(site.to_owned())).await?;
    Ok(Some(MadeCode {
        link: join_link(&code, &ledger.roster),
        code,
        whom: name,
        until_ms: None,
        qr: None,
    }))
}

/// Makes a join code usable while the endpoint runs and answers it as people type it.
///
/// # Errors
/// Where the store fails or there is no randomness.
pub async fn new_join_code<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    site: Option<String>,
) -> Result<String, ServerError> {
    let code = join_code(ledger.random().bytes()?);
    let row = JoinRow {
        code: normal_code(&code),
        site,
        made_ms: ledger.now_ms(),
    };
    ledger.tx.add_code(&row).await?;
    Ok(code)
}

/// What the link to joining has after `/join#`: the code, and the fingerprint by which the tablet
/// knows the endpoint.
#[must_use]
pub fn join_link(code: &str, roster: &Roster) -> String {
    let root = roster.root().fingerprint_digits();
    format!("join={}&root={root}", normal_code(code))
}

async fn change_tablet<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    by: Option<StaffId>,
    tablet: &DeviceId,
    change: impl FnOnce(&mut Device),
) -> Done {
    let device = ledger.roster.device(tablet).cloned();
    let mut device = device.ok_or(AdminError::Unknown("tablet"))?;
    change(&mut device);
    state(ledger, by, vec![(Item::Device(device), Map::new())]).await
}

async fn sign_out<T: Tx>(
    ledger: &mut Ledger<'_, T>,
    by: Option<StaffId>,
    staff: StaffId,
    tablet: DeviceId,
) -> Done {
    let held = ledger.roster.keys(staff, tablet).filter(|key| !key.revoked);
    let revoked = held.map(|key| {
        let key = Key {
            revoked: true,
            // Of the old statement it says who made the code.
            by,
            ..key.clone()
        };
        (Item::Key(key), Map::new())
    });
    let revoked: Vec<_> = revoked.collect();
    if revoked.is_empty() {
        return Err(AdminError::Unknown("sign-in of this person on this tablet"));
    }
    state(ledger, by, revoked).await
}

/// Makes sure that somebody can administer: a person with the role, where there is none. Answers
/// who, while no administrator has signed in anywhere.
///
/// # Errors
/// Where the store fails or there is no randomness.
pub async fn first_administrator<T: Tx>(
    ledger: &mut Ledger<'_, T>,
) -> Result<Option<StaffId>, ServerError> {
    let administrators = ledger.roster.staff().filter(|p| p.is_administrator());
    let administrators: Vec<StaffId> = administrators.map(|person| person.id).collect();
    let devices: Vec<DeviceId> = ledger.roster.devices().map(|device| device.id).collect();
    let has_key = |staff: &StaffId| {
        let mut keys = devices
            .iter()
            .flat_map(|device| ledger.roster.keys(*staff, *device));
        keys.any(|key| !key.revoked)
    };
    if administrators.iter().any(has_key) {
        return Ok(None);
    }
    if let Some(known) = administrators.first() {
        return Ok(Some(*known));
    }
    let name = crate::cli::words()?.administrator().to_owned();
    let person = Staff {
        id: StaffId::from_random(ledger.random().bytes()?),
        name: name.clone(),
        posts: vec![Post {
            site: String::new(),
            role: record::roster::ADMINISTRATOR.to_owned(),
            department: None,
        }],
        retired: false,
    };
    let id = person.id;
    let extra = Map::from_iter([(CODE.to_owned(), Value::from(name))]);
    let item = (Item::Staff(person), extra);
    ledger.write_roster(vec![item]).await?;
    Ok(Some(id))
}
