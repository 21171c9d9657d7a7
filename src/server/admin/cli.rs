//! `doorstep admin`: the same as the screens of administration, at the command line.

use std::io::Write as _;
use std::path::Path;

use clap::Subcommand;
use record::roster::{ADMINISTRATOR, Post};
use record::{DeviceId, Hash, ScopeId, StaffId};
use sync::wire::admin::{AdminReply, Ask, PersonSeen, PersonStated, TabletSeen};

use super::{AdminError, administer, group, view};
use crate::erasures;
use crate::error::ServerError;
use crate::export::open_existing;
use crate::ledger::Ledger;
use crate::random::Random;
use crate::serve::{self, Data};
use crate::store::{Store, Tx};
use crate::vault::Vault;

/// What is administered.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// People, tablets, what was set aside, and what was administered.
    View {
        /// JSON instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Adds a person, or states one anew, by the code.
    Person {
        /// The code by which site files name the person; the name where it is left out.
        #[arg(long)]
        code: Option<String>,
        /// Name.
        name: String,
        /// Code of the site; needed where there are several.
        #[arg(long)]
        site: Option<String>,
        /// Roles in the words of the site file, or `administrator`.
        #[arg(long)]
        role: Vec<String>,
        /// Code of the department.
        #[arg(long)]
        department: Option<String>,
    },
    /// States that a person has left: what their tablets send from then on is set aside.
    Retire {
        /// The person's code.
        code: String,
    },
    /// States that a person is back.
    Return {
        /// The person's code.
        code: String,
    },
    /// Names, revokes or takes back a tablet.
    Tablet {
        /// Its code, `B3`; with several sites `YS/B3`.
        code: String,
        /// What it shall be called.
        #[arg(long, conflicts_with_all = ["revoke", "restore"])]
        name: Option<String>,
        /// Lost: what it sends from then on is set aside, and nothing is sent to it.
        #[arg(long)]
        revoke: bool,
        /// With --revoke: it deletes what is on it at its next contact, after sending what was not
        /// sent.
        #[arg(long, requires = "revoke")]
        wipe: bool,
        /// Found again.
        #[arg(long, conflicts_with = "revoke")]
        restore: bool,
    },
    /// Revokes a person's sign-in on a tablet: there they sign in anew.
    SignOut {
        /// The person's code.
        person: String,
        /// The tablet's code.
        tablet: String,
    },
    /// States for how many days a tablet that has not met the endpoint shows what is confidential.
    Lease {
        /// Code of the site.
        site: String,
        /// Days.
        days: u32,
    },
    /// Erases what an entry says, and its photos, here and on every tablet: two persons decide it.
    /// That it was written, when and by whom, stays.
    Erase {
        /// The entry's name, as the evidence file has it.
        entry: Hash,
        /// Codes of the persons who decide it.
        #[arg(long, required = true)]
        by: Vec<String>,
        /// Why; it is kept and shown in place of what was said.
        #[arg(long)]
        reason: String,
    },
    /// Makes a group that handles complaints by itself: what it writes nobody else is sent.
    FoundGroup {
        /// Code of the site.
        site: String,
        /// Codes of the first members, who have signed in on one of the tablets.
        #[arg(long, required = true)]
        member: Vec<String>,
        /// Codes of the tablets that may hold what it writes.
        #[arg(long, required = true)]
        tablet: Vec<String>,
    },
    /// Proposes people for a group: each comes in once a member lets them in, on a tablet.
    Group {
        /// Its identifier, as the view shows it.
        group: ScopeId,
        /// Codes of people who are proposed.
        #[arg(long)]
        add: Vec<String>,
        /// Codes of people who are members no longer.
        #[arg(long)]
        remove: Vec<String>,
        /// Codes of tablets that may hold it from now on.
        #[arg(long)]
        tablet: Vec<String>,
        /// Codes of tablets that may hold it no longer.
        #[arg(long)]
        without: Vec<String>,
    },
}

impl From<AdminError> for ServerError {
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::Server(error) => error,
            other => Self::Invalid(other.to_string()),
        }
    }
}

/// What is said of a group with one first member.
const ALONE: &str = "warning: the group has one member, and nobody can let that person in again \
    after a forgotten PIN: name two first members or more, or let another one in today";

/// What is said of an erasure.
const ELSEWHERE: &str = "tablets obey with their next sync\n\
     backups, former databases and files that were given away are not reached: delete those\n";

/// Runs a command on a data folder; answers what to print.
///
/// # Errors
/// Where what is named is not there, or cannot be done.
pub async fn run(command: &AdminCommand, data: &Path) -> Result<String, ServerError> {
    let Data {
        store,
        attachments,
        root,
        ..
    } = open_existing(data).await?;
    let mut tx = store.write().await?;
    let now_ms = serve::kept_clock(&mut tx).await?.now_ms();
    let random = Random::system();
    let mut ledger = Ledger::open(&mut tx, &root, &random, now_ms).await?;
    let seen = view(&mut ledger, None).await?;
    let mut done = "done\n".to_owned();
    if let AdminCommand::FoundGroup {
        site,
        member,
        tablet,
    } = command
    {
        let (people, tablets) = (people(&seen, member)?, tablets(&seen, tablet)?);
        if people.iter().all(|one| Some(one) == people.first()) {
            let _unheard = writeln!(std::io::stderr(), "{ALONE}");
        }
        let scope = group::found(&mut ledger, site, people, tablets).await?;
        done = format!("group  {scope}\n");
    } else if let AdminCommand::Erase { entry, by, reason } = command {
        let by = people(&seen, by)?;
        let orders = erasures::order(&mut ledger, entry, &by, reason).await?;
        erasures::settle(&mut ledger, data, &Vault::of_folder(data)?).await?;
        done = format!("orders  {}\n{ELSEWHERE}", orders.len());
    } else {
        let ask = asked(command, &seen)?;
        administer(&mut ledger, None, &ask).await?;
    }
    let gone = std::mem::take(&mut ledger.gone);
    tx.commit().await?;
    attachments.remove(&gone).await?;
    if matches!(command, AdminCommand::Erase { .. }) {
        store.empty_log().await?;
    }
    match command {
        AdminCommand::View { json: true } => serde_json::to_string_pretty(&seen)
            .map(|text| text + "\n")
            .map_err(|error| ServerError::Invalid(error.to_string())),
        AdminCommand::View { .. } => Ok(text(&seen)),
        _ => Ok(done),
    }
}

fn asked(command: &AdminCommand, seen: &AdminReply) -> Result<Ask, ServerError> {
    Ok(match command {
        AdminCommand::View { .. }
        | AdminCommand::FoundGroup { .. }
        | AdminCommand::Erase { .. } => Ask::View,
        AdminCommand::Person {
            code,
            name,
            site,
            role,
            department,
        } => {
            let code = code.clone().unwrap_or_else(|| name.clone());
            let known = seen.people.iter().find(|person| person.code == code);
            Ask::SetPerson(PersonStated {
                staff: known.map(|person| person.staff),
                code,
                name: name.clone(),
                posts: posts(seen, site.as_deref(), role, department.as_deref())?,
                retired: false,
            })
        }
        AdminCommand::Retire { code } => Ask::SetPerson(restated(seen, code, true)?),
        AdminCommand::Return { code } => Ask::SetPerson(restated(seen, code, false)?),
        AdminCommand::Tablet {
            code,
            name,
            revoke,
            wipe,
            restore,
        } => {
            let tablet = tablet(seen, code)?;
            match name {
                Some(name) => Ask::NameTablet {
                    tablet,
                    name: name.clone(),
                },
                None if *revoke => Ask::RevokeTablet {
                    tablet,
                    wipe: *wipe,
                },
                None if *restore => Ask::RestoreTablet { tablet },
                None => {
                    let why = "say what shall become of it: --name, --revoke or --restore";
                    return Err(ServerError::Invalid(why.to_owned()));
                }
            }
        }
        AdminCommand::SignOut { person, tablet: at } => Ask::SignOut {
            staff: self::person(seen, person)?.staff,
            tablet: tablet(seen, at)?,
        },
        AdminCommand::Lease { site, days } => Ask::SetLease {
            site: site.clone(),
            days: *days,
        },
        AdminCommand::Group {
            group,
            add,
            remove,
            tablet,
            without,
        } => {
            let known = seen.groups.iter().find(|one| one.scope == *group);
            let known = known.ok_or_else(|| ServerError::NotFound(format!("no group {group}")))?;
            let named = known.members.iter().chain(&known.waiting).copied();
            let (removed, dropped) = (people(seen, remove)?, tablets(seen, without)?);
            let named = named.chain(people(seen, add)?);
            let held = known.tablets.iter().copied().chain(tablets(seen, tablet)?);
            Ask::SetGroup {
                scope: *group,
                people: named.filter(|staff| !removed.contains(staff)).collect(),
                tablets: held.filter(|device| !dropped.contains(device)).collect(),
            }
        }
    })
}

fn people(seen: &AdminReply, codes: &[String]) -> Result<Vec<StaffId>, ServerError> {
    let known = |code: &String| Ok(person(seen, code)?.staff);
    codes.iter().map(known).collect()
}

fn tablets(seen: &AdminReply, codes: &[String]) -> Result<Vec<DeviceId>, ServerError> {
    codes.iter().map(|code| tablet(seen, code)).collect()
}

fn person<'s>(seen: &'s AdminReply, code: &str) -> Result<&'s PersonSeen, ServerError> {
    let found = seen.people.iter().find(|person| person.code == code);
    found.ok_or_else(|| ServerError::NotFound(format!("nobody has the code {code}")))
}

fn restated(seen: &AdminReply, code: &str, retired: bool) -> Result<PersonStated, ServerError> {
    let person = person(seen, code)?;
    Ok(PersonStated {
        staff: Some(person.staff),
        code: person.code.clone(),
        name: person.name.clone(),
        posts: person.posts.clone(),
        retired,
    })
}

fn tablet(seen: &AdminReply, code: &str) -> Result<DeviceId, ServerError> {
    let named = |tablet: &&TabletSeen| {
        tablet.code == code || format!("{}/{}", tablet.site, tablet.code) == code
    };
    let mut found = seen.tablets.iter().filter(named);
    let first = found.next();
    let first = first.ok_or_else(|| ServerError::NotFound(format!("no tablet is named {code}")))?;
    if found.next().is_some() {
        let why = format!("several sites have a tablet {code}; write SITE/{code}");
        return Err(ServerError::Invalid(why));
    }
    Ok(first.device)
}

fn posts(
    seen: &AdminReply,
    site: Option<&str>,
    roles: &[String],
    department: Option<&str>,
) -> Result<Vec<Post>, ServerError> {
    let words = crate::cli::words()?;
    let at_site = |role: &str| -> Result<Post, ServerError> {
        let only = || match seen.sites.as_slice() {
            [site] => Some(site.code.as_str()),
            _ => None,
        };
        let site = site.or_else(only);
        let why = "name the site: --site CODE";
        let site = site.ok_or_else(|| ServerError::Invalid(why.to_owned()))?;
        Ok(Post {
            site: site.to_owned(),
            role: role.to_owned(),
            department: department.map(str::to_owned),
        })
    };
    let mut posts = Vec::new();
    for term in roles {
        let role = words.role(term).unwrap_or(term);
        posts.push(if role == ADMINISTRATOR {
            Post {
                site: String::new(),
                role: role.to_owned(),
                department: None,
            }
        } else {
            at_site(role)?
        });
    }
    if department.is_some() && posts.iter().all(|post| post.site.is_empty()) {
        posts.push(at_site("")?);
    }
    Ok(posts)
}

/// The view as text, a line for each thing.
fn text(seen: &AdminReply) -> String {
    let mut text = String::new();
    for site in &seen.sites {
        text.push_str(&format!("site  {}  {}\n", site.code, site.name));
    }
    for person in &seen.people {
        let posts: Vec<String> = person.posts.iter().map(post_text).collect();
        let on: Vec<&str> = person
            .tablets
            .iter()
            .map(|device| code_of(seen, device))
            .collect();
        text.push_str(&format!(
            "person  {}  {}  {}  signed in on {}{}\n",
            person.code,
            person.name,
            posts.join(", "),
            if on.is_empty() {
                "none".to_owned()
            } else {
                on.join(", ")
            },
            if person.retired { "  retired" } else { "" },
        ));
    }
    for tablet in &seen.tablets {
        text.push_str(&tablet_text(tablet));
    }
    for group in &seen.groups {
        let names = |of: &[StaffId]| {
            let named = seen
                .people
                .iter()
                .filter(|person| of.contains(&person.staff));
            let names: Vec<&str> = named.map(|person| person.name.as_str()).collect();
            names.join(", ")
        };
        let on: Vec<&str> = group.tablets.iter().map(|t| code_of(seen, t)).collect();
        let (members, waiting) = (names(&group.members), names(&group.waiting));
        text.push_str(&format!(
            "group  {}  {}  members {members}  waiting {waiting}  tablets {}\n",
            group.scope,
            group.site,
            on.join(", ")
        ));
    }
    for one in seen.aside.iter().filter(|one| !one.admitted) {
        let what = if one.refused { "refused" } else { "set aside" };
        let when = time(one.received_ms);
        text.push_str(&format!("{what}  {}  {}  {when}\n", one.tablet, one.reason));
    }
    for line in seen.log.iter().take(20) {
        let by = if line.by.is_empty() { "-" } else { &line.by };
        let ends = if line.ends { "  ends" } else { "" };
        let when = time(line.at_ms);
        text.push_str(&format!(
            "log  {when}  {by}  {}  {}{ends}\n",
            line.kind, line.what
        ));
    }
    text
}

fn post_text(post: &Post) -> String {
    let department = post.department.as_deref().unwrap_or_default();
    let parts = [post.site.as_str(), post.role.as_str(), department];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

fn code_of<'s>(seen: &'s AdminReply, device: &DeviceId) -> &'s str {
    let tablet = seen.tablets.iter().find(|tablet| tablet.device == *device);
    tablet.map_or("?", |tablet| tablet.code.as_str())
}

fn tablet_text(tablet: &TabletSeen) -> String {
    let met = tablet.met_ms.map_or("never".to_owned(), time);
    let complete = tablet.complete_ms.map_or("never".to_owned(), time);
    let mut text = format!(
        "tablet  {}/{}  {}  met {met}  complete {complete}",
        tablet.site, tablet.code, tablet.name
    );
    if let Some(report) = &tablet.report {
        let unsent = report.unsent;
        text.push_str(&format!("  app {}  unsent {unsent}", report.app));
    }
    match (tablet.revoked, tablet.wipe, tablet.wiped_ms) {
        (_, _, Some(at)) => text.push_str(&format!("  wiped {}", time(at))),
        (true, true, None) => text.push_str("  revoked, to be wiped"),
        (true, false, None) => text.push_str("  revoked"),
        (false, _, None) => {}
    }
    text.push('\n');
    text
}

fn time(ms: i64) -> String {
    let at = chrono::DateTime::from_timestamp_millis(ms);
    at.map_or_else(
        || ms.to_string(),
        |at| at.format("%Y-%m-%dT%H:%MZ").to_string(),
    )
}
