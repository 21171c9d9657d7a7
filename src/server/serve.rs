//! Running the endpoint: data folder, root key, store, join code, socket, shutdown.

use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use sync::endpoint::normal_code;
use tokio::net::TcpListener;

use crate::cli::instant;
use crate::clock::Clock;
use crate::error::ServerError;
use crate::key_file;
use crate::ledger::Ledger;
use crate::mark::{self, Mark};
use crate::random::Random;
use crate::root::{self, RootKey};
use crate::scope_keys::{self, ScopeSecret};
use crate::state::Endpoint;
use crate::store::sqlite::SqliteStore;
use crate::store::{Store, Tx};
use crate::{admin, http, ledger, sign_in, training};

/// Name of the database in the data folder.
pub const DATABASE: &str = "doorstep.db";

/// The value under which a training site keeps how far its clock is before the machine's,
/// milliseconds.
const CLOCK_BEHIND: &str = "clock_behind_ms";

/// How long the link of the first administrator is good, milliseconds.
const LINK_MS: i64 = 24 * 3_600_000;

/// What is said where the database is found older than it was.
const PUT_BACK: &str = "the database is older than the one that was used here last: a new epoch \
    begins, tablets send again what they hold, sign-in codes are void";

/// How the endpoint is to run.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Folder of database and root key; made where it is missing.
    #[arg(long, default_value = "data")]
    pub data: PathBuf,
    /// Folder of the built app.
    #[arg(long, default_value = "dist")]
    pub dist: PathBuf,
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8787")]
    pub listen: SocketAddr,
    /// Proxies before the endpoint, whose X-Forwarded-For is believed.
    #[arg(long = "proxy", value_name = "ADDRESS", value_delimiter = ',')]
    pub proxies: Vec<IpAddr>,
    /// Loads the training site into an empty data folder and runs on its clock.
    #[arg(long)]
    pub training: bool,
    /// Sets the endpoint's clock at the start: `2026-11-24T10:42:00+08:00`.
    #[arg(long = "clock", value_name = "CLOCK", value_parser = instant)]
    pub clock_ms: Option<i64>,
}

/// A data folder that is open.
#[derive(Debug)]
pub struct Data {
    /// The store.
    pub store: SqliteStore,
    /// The root key.
    pub root: RootKey,
    /// The keys of what tablets seal.
    pub scopes: ScopeSecret,
}

/// Opens a data folder, makes root key and database at first use.
///
/// # Errors
/// Where the folder cannot be used or key and database do not belong together.
pub async fn open(data: &Path, now_ms: i64) -> Result<Data, ServerError> {
    std::fs::create_dir_all(data).map_err(ServerError::file(data))?;
    let database = data.join(DATABASE);
    if database.exists() {
        // New keys would make the folder another endpoint.
        key_file::are_held(data, &[root::FILE_NAME, scope_keys::FILE_NAME])?;
    }
    let root = RootKey::open(data)?;
    let scopes = ScopeSecret::open(data)?;
    let store = SqliteStore::open(&database).await?;
    let random = Random::system();
    let mut tx = store.write().await?;
    ledger::begin(&mut tx, &root, &random, now_ms).await?;
    scopes.belongs(&mut tx).await?;
    if Mark::is_ahead_of(&mut tx, data).await? {
        ledger::renew(&mut tx, &root, &random).await?;
        let _unheard = writeln!(std::io::stderr(), "{PUT_BACK}");
    }
    let mark = Mark::of(&mut tx).await?;
    tx.commit().await?;
    mark.keep(data)?;
    Ok(Data {
        store,
        root,
        scopes,
    })
}

/// Runs until the process is told to end.
///
/// # Errors
/// Where it cannot begin.
pub async fn serve(options: &Options) -> Result<(), ServerError> {
    let data = if options.training {
        training::open(&options.data).await?
    } else {
        open(&options.data, Clock::machine().now_ms()).await?
    };
    let Data {
        store,
        root,
        scopes,
    } = data;
    let mut tx = store.write().await?;
    // Codes of an earlier run are void.
    tx.clear_codes().await?;
    let clock = clock(options, &mut tx).await?;
    tx.commit().await?;
    let codes = first_codes(&store, &root, &clock).await?;
    let fingerprint = root.public().fingerprint();
    let listen = |error| ServerError::Listen {
        address: options.listen.to_string(),
        error,
    };
    let listener = TcpListener::bind(options.listen).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let endpoint = Endpoint::new(
        store.clone(),
        (root, scopes),
        (clock, Random::system()),
        options.training,
    )
    .behind(options.proxies.iter().copied().collect());
    let router = http::router(endpoint, &options.dist);
    announce(address, &codes, &fingerprint)?;
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, router).with_graceful_shutdown(ended());
    let marking = tokio::spawn(mark::keep_up(store.clone(), options.data.clone()));
    let served = serving.await;
    marking.abort();
    served.map_err(listen)?;
    let mut tx = store.write().await?;
    tx.clear_codes().await?;
    let mark = Mark::of(&mut tx).await?;
    tx.commit().await?;
    mark.keep(&options.data)?;
    store.close().await;
    Ok(())
}

/// The clock to run on: as asked for, a training site's own, or the machine's. A clock that is set
/// never stands before the last receipt. A training site's runs on while the endpoint does not, as
/// those of its tablets do.
async fn clock<T: Tx>(options: &Options, tx: &mut T) -> Result<Clock, ServerError> {
    if options.clock_ms.is_none() && !options.training {
        return Ok(Clock::machine());
    }
    let machine_ms = Clock::machine().now_ms();
    let kept = kept_clock(tx).await?;
    let asked = match options.clock_ms {
        Some(ms) => ms,
        None if kept.is_set() => kept.now_ms(),
        None => training::START_MS,
    };
    let last_ms = tx.last_receipt_ms().await?;
    let now_ms = asked.max(last_ms.unwrap_or(asked));
    if options.training {
        let behind_ms = machine_ms.saturating_sub(now_ms);
        tx.set_meta(CLOCK_BEHIND, &behind_ms.to_string()).await?;
    }
    Ok(Clock::set_to(now_ms))
}

/// The clock of a data folder: a training site's own, once it has run, or the machine's.
///
/// # Errors
/// Where the store fails.
pub async fn kept_clock<T: Tx>(tx: &mut T) -> Result<Clock, ServerError> {
    let machine = Clock::machine();
    let behind = tx.meta(CLOCK_BEHIND).await?;
    Ok(match behind.and_then(|text| text.parse::<i64>().ok()) {
        Some(behind_ms) => Clock::set_to(machine.now_ms().saturating_sub(behind_ms)),
        None => machine,
    })
}

/// What people need to begin: a code for tablets, and a link for the first administrator.
struct FirstCodes {
    join: String,
    /// What the link has after `/join#`, until an administrator has signed in.
    administrator: Option<String>,
}

async fn first_codes<S: Store>(
    store: &S,
    root: &RootKey,
    clock: &Clock,
) -> Result<FirstCodes, ServerError> {
    let random = Random::system();
    let mut tx = store.write().await?;
    let mut ledger = Ledger::open(&mut tx, root, &random, clock.now_ms()).await?;
    let join = admin::new_join_code(&mut ledger, None).await?;
    let mut administrator = None;
    if let Some(staff) = admin::first_administrator(&mut ledger).await? {
        let until_ms = clock.now_ms().saturating_add(LINK_MS);
        let code = sign_in::new_code(ledger.tx, &random, staff, until_ms).await?;
        // A tablet of the company, or of the site where there is one.
        let site = ledger.roster.sites().next().map(|site| site.code.clone());
        let joining = admin::new_join_code(&mut ledger, Some(site.unwrap_or_default())).await?;
        let join = admin::join_link(&joining, &ledger.roster);
        administrator = Some(format!("{join}&sign-in={}", normal_code(&code)));
    }
    tx.commit().await?;
    Ok(FirstCodes {
        join,
        administrator,
    })
}

fn announce(address: SocketAddr, codes: &FirstCodes, fingerprint: &str) -> Result<(), ServerError> {
    let code = &codes.join;
    let mut text = format!("address  http://{address}\njoin code  {code}\nroot  {fingerprint}\n");
    let administrator = match &codes.administrator {
        Some(link) => format!("http://{address}/join#{link}"),
        None => "has signed in".to_owned(),
    };
    text.push_str(&format!("administrator  {administrator}\n"));
    let mut out = std::io::stdout().lock();
    let write = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    write.map_err(ServerError::file("standard output"))
}

/// Ends when the process is asked to.
async fn ended() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _interrupted = interrupt.await;
}
