//! The command line. What a command answers goes to standard output, what went wrong to standard
//! error.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use record::roster::Staff;

use crate::admin::{self, cli::AdminCommand};
use crate::backup;
use crate::clock::Clock;
use crate::error::ServerError;
use crate::evidence;
use crate::export::{self, open_existing};
use crate::ledger::Ledger;
use crate::random::Random;
use crate::serve::{self, Data};
use crate::sign_in;
use crate::site::import::{self, Plan};
use crate::site::model::Item;
use crate::site::table;
use crate::site::words::{KINDS, Words};
use crate::store::{Store, Tx};

/// The endpoint of Doorstep: keeps and passes on what tablets record, and serves the app.
#[derive(Debug, Parser)]
#[command(name = "doorstep", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the endpoint; prints its address, a join code and the fingerprint of its root key.
    Serve(serve::Options),
    /// Makes another join code, usable while the endpoint runs.
    Code {
        /// Code of the site whose tablet joins; needed where there are several.
        #[arg(long)]
        site: Option<String>,
        /// Folder of database and root key.
        #[arg(long, default_value = "data")]
        data: PathBuf,
    },
    /// Makes codes with which people sign in on a tablet, once each.
    SignIn {
        /// Names or codes as in the site file; without any, everybody of the site.
        names: Vec<String>,
        /// Folder of database and root key.
        #[arg(long, default_value = "data")]
        data: PathBuf,
        /// How long the codes are good, hours.
        #[arg(
            long,
            default_value_t = sign_in::HOURS,
            value_parser = clap::value_parser!(u32).range(1..=i64::from(admin::HOURS_MAX)),
        )]
        hours: u32,
    },
    /// People and tablets: adding, retiring, revoking, wiping.
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
        /// Folder of database and root key.
        #[arg(long, default_value = "data", global = true)]
        data: PathBuf,
    },
    /// Prints the public half of the root key in base64, for checking entry files.
    Root {
        /// Folder of database and root key.
        #[arg(long, default_value = "data")]
        data: PathBuf,
    },
    /// The site: buildings, units, households, departments, staff.
    Site {
        #[command(subcommand)]
        command: SiteCommand,
    },
    /// Writes an entry file that can be checked without this program.
    Export {
        /// Folder of database and root key.
        #[arg(long, default_value = "data")]
        data: PathBuf,
        /// Only this case, by its number.
        #[arg(long)]
        case: Option<String>,
        /// The file to write.
        #[arg(long)]
        out: PathBuf,
    },
    /// Copies the database into a file, while the endpoint runs.
    Backup {
        /// The file to write; none is overwritten.
        #[arg(long)]
        out: PathBuf,
        /// Folder of database and root key.
        #[arg(long, default_value = "data")]
        data: PathBuf,
        /// Puts root.key, scope.key and handling.key into it: who has the file can be the endpoint.
        #[arg(long)]
        with_keys: bool,
    },
    /// Puts a backup in the place of the database, which is kept; the endpoint must not run.
    Restore {
        /// What `doorstep backup` wrote.
        file: PathBuf,
        /// Folder of database and root key.
        #[arg(long, default_value = "data")]
        data: PathBuf,
    },
    /// Writes the evidence file of a case, which others check; docs/evidence.md describes it.
    Evidence {
        /// Folder of database and root key.
        #[arg(long, default_value = "data")]
        data: PathBuf,
        /// The case, by its number.
        #[arg(long)]
        case: String,
        /// Takes in the entries of confidential scopes of this kind: `handling`, `case`.
        #[arg(long, value_name = "KIND")]
        include: Vec<String>,
        /// The file to write.
        #[arg(long)]
        out: PathBuf,
    },
    /// Checks an evidence file; says what was checked, and each fault with its line.
    Verify {
        /// The file.
        file: PathBuf,
        /// The root key in base64, from elsewhere than the file: `doorstep root` prints it.
        #[arg(long)]
        root: Option<String>,
    },
    /// Says how cases stand at a time: clocks with their sums, steps open and blocked.
    Explain {
        /// An exported entry file; without it the data folder is read.
        file: Option<PathBuf>,
        /// Folder of database and root key.
        #[arg(long, default_value = "data")]
        data: PathBuf,
        /// Only this case, by its number.
        #[arg(long)]
        case: Option<String>,
        /// The time to explain: `2026-11-24T10:42:00+08:00`.
        #[arg(long, value_parser = instant)]
        at: i64,
        /// JSON instead of text.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
enum SiteCommand {
    /// Reads a workbook or comma separated text; says what is new, changed, gone and refused.
    Import {
        /// The file; docs/site-file.md describes its columns.
        file: PathBuf,
        /// Folder of database and root key.
        #[arg(long, default_value = "data")]
        data: PathBuf,
        /// Only says what would change.
        #[arg(long)]
        dry_run: bool,
        /// The file states a site beside those there are.
        #[arg(long)]
        new_site: bool,
    },
}

/// Milliseconds of UTC of a time with its offset.
pub(crate) fn instant(text: &str) -> Result<i64, String> {
    chrono::DateTime::parse_from_rfc3339(text)
        .map(|at| at.timestamp_millis())
        .map_err(|error| format!("{error}; write it as 2026-11-24T10:42:00+08:00"))
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(run(arguments.command)),
        Err(error) => Err(ServerError::file("runtime")(error)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _unheard = writeln!(std::io::stderr(), "doorstep: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), ServerError> {
    match command {
        Command::Serve(options) => serve::serve(&options).await,
        Command::Code { site, data } => {
            let Data { store, root, .. } = open_existing(&data).await?;
            let mut tx = store.write().await?;
            let now_ms = serve::kept_clock(&mut tx).await?.now_ms();
            let random = Random::system();
            let mut ledger = Ledger::open(&mut tx, &root, &random, now_ms).await?;
            if let Some(site) = &site
                && ledger.roster.site(site).is_none()
            {
                let why = format!("there is no site {site}; doorstep admin view names them");
                return Err(ServerError::NotFound(why));
            }
            if site.is_none() && ledger.roster.sites().count() > 1 {
                let sites: Vec<_> = ledger.roster.sites().map(|s| s.code.as_str()).collect();
                let why = format!("a code is for one site: --site, of {}", sites.join("、"));
                return Err(ServerError::Invalid(why));
            }
            let code = admin::new_join_code(&mut ledger, site).await?;
            tx.commit().await?;
            say(&format!("join code  {code}\n"))
        }
        Command::Admin { command, data } => say(&admin::cli::run(&command, &data).await?),
        Command::SignIn { names, data, hours } => say(&sign_in_codes(&names, &data, hours).await?),
        Command::Root { data } => {
            let Data { root, .. } = open_existing(&data).await?;
            say(&format!("{}\n", root.public()))
        }
        Command::Site { command } => {
            let SiteCommand::Import {
                file,
                data,
                dry_run,
                new_site,
            } = command;
            import_site(&file, &data, (dry_run, new_site)).await
        }
        Command::Export { data, case, out } => export::export(&data, case, &out).await,
        Command::Backup {
            out,
            data,
            with_keys,
        } => say(&backup::backup(&data, &out, with_keys).await?),
        Command::Restore { file, data } => say(&backup::restore(&file, &data).await?),
        Command::Evidence {
            data,
            case,
            include,
            out,
        } => say(&evidence::export(&data, &case, &include, &out).await?),
        Command::Verify { file, root } => {
            let (text, faults) = evidence::verify(&file, root.as_deref())?;
            say(&text)?;
            match faults {
                0 => Ok(()),
                faults => Err(ServerError::NotSound(faults)),
            }
        }
        Command::Explain {
            file,
            data,
            case,
            at,
            json,
        } => {
            let text = crate::explain::explain(file.as_deref(), &data, case, at, json).await?;
            say(&text)
        }
    }
}

fn say(text: &str) -> Result<(), ServerError> {
    let mut out = std::io::stdout().lock();
    let write = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    write.map_err(ServerError::file("standard output"))
}

/// A line for each person: the code to sign in with, the name, the code of site files. `names` are
/// names or the latter.
async fn sign_in_codes(names: &[String], data: &Path, hours: u32) -> Result<String, ServerError> {
    let Data { store, root, .. } = open_existing(data).await?;
    let mut tx = store.write().await?;
    let now_ms = serve::kept_clock(&mut tx).await?.now_ms();
    let until_ms = now_ms.saturating_add(i64::from(hours).saturating_mul(3_600_000));
    let random = Random::system();
    let mut ledger = Ledger::open(&mut tx, &root, &random, now_ms).await?;
    let codes = admin::codes(&mut ledger).await?;
    let code_of = |person: &Staff| codes.get(&person.id).map_or("", String::as_str);
    let staff = ledger.roster.staff().filter(|person| !person.retired);
    let staff: Vec<Staff> = staff.cloned().collect();
    let is = |person: &Staff, name: &str| person.name == name || code_of(person) == name;
    let unknown = |name: &&String| !staff.iter().any(|person| is(person, name));
    if let Some(name) = names.iter().find(unknown) {
        return Err(ServerError::NoSuchPerson(name.clone()));
    }
    let mut text = String::new();
    for person in &staff {
        // Whoever has no post at a site is named.
        let of_site = person.posts.is_empty() || person.posts.iter().any(|p| !p.site.is_empty());
        let named = names.iter().any(|name| is(person, name));
        if (names.is_empty() && of_site) || named {
            let whose = (person.id, None);
            let code = sign_in::new_code(ledger.tx, &random, whose, until_ms).await?;
            text.push_str(&format!("{code}  {}  {}\n", person.name, code_of(person)));
        }
    }
    tx.commit().await?;
    Ok(text)
}

async fn import_site(
    file: &Path,
    data: &Path,
    (dry_run, new_site): (bool, bool),
) -> Result<(), ServerError> {
    let bytes = std::fs::read(file).map_err(ServerError::file(file))?;
    let words = words()?;
    let table = table::read(&bytes, &words)?;
    let Data { store, root, .. } = serve::open(data, Clock::machine().now_ms()).await?;
    let mut tx = store.write().await?;
    let now_ms = serve::kept_clock(&mut tx).await?.now_ms();
    let random = Random::system();
    let mut ledger = Ledger::open(&mut tx, &root, &random, now_ms).await?;
    let site = import::site_of(&table, &ledger, new_site)?;
    let held = import::holdings(&mut ledger, &site).await?;
    let plan = import::plan(&table, &words, &held)?;
    let mut text = report(&plan, &words);
    if dry_run {
        text.push_str("nothing written: dry run\n");
    } else {
        let count = import::apply(&mut ledger, &plan, &held).await?;
        tx.commit().await?;
        text.push_str(&format!("{count} entries written\n"));
    }
    say(&text)?;
    match plan.refused.len() {
        0 => Ok(()),
        rows => Err(ServerError::RowsRefused(rows)),
    }
}

pub(crate) fn words() -> Result<Words, ServerError> {
    Words::load().map_err(|error| ServerError::Invalid(error.to_string()))
}

/// What an import changes, for people: each row that is new, changed, gone or refused, then the
/// counts.
fn report(plan: &Plan, words: &Words) -> String {
    let mut text = format!("site {}\n", plan.site);
    for (mark, items) in [("+", &plan.new), ("~", &plan.changed), ("-", &plan.gone)] {
        for item in items {
            let kind = words.kind_word(item.kind);
            let name = item
                .body
                .get("name")
                .and_then(|name| name.as_str())
                .unwrap_or_default();
            text.push_str(&format!("{mark} {kind} {} {name}\n", item.code));
        }
    }
    for refused in &plan.refused {
        text.push_str(&format!("! {}: {}\n", refused.place, refused.reason));
    }
    for kind in &plan.kept {
        let kind = words.kind_word(*kind);
        text.push_str(&format!(
            "  nothing of {kind} was retired: a refused row may state it; mend the row first\n"
        ));
    }
    for kind in KINDS {
        let count = |items: &[Item]| items.iter().filter(|item| item.kind == kind).count();
        let same = plan.unchanged.get(&kind).copied().unwrap_or(0);
        let (new, changed, gone) = (count(&plan.new), count(&plan.changed), count(&plan.gone));
        if new + changed + gone + same > 0 {
            let kind = words.kind_word(kind);
            text.push_str(&format!(
                "{kind}  new {new}  changed {changed}  gone {gone}  unchanged {same}\n"
            ));
        }
    }
    text.push_str(&format!("refused {}\n", plan.refused.len()));
    text
}
