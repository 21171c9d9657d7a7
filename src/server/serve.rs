//! Running the endpoint: data folder, root key, store, join code, socket, shutdown.

use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use chrono::DateTime;
use sync::endpoint::normal_code;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::attachments::Attachments;
use crate::cli::instant;
use crate::clock::Clock;
use crate::connections::{self, IDLE_MAX};
use crate::error::ServerError;
use crate::key_file;
use crate::ledger::Ledger;
use crate::live::Live;
use crate::mark::{self, Mark};
use crate::random::Random;
use crate::root::{self, RootKey};
use crate::scope_keys::{self, ScopeSecret};
use crate::state::Endpoint;
use crate::store::sqlite::SqliteStore;
use crate::store::{Store, Tx};
use crate::tls::authority::Authority;
use crate::tls::identity::Identity;
use crate::tls::listener::TlsListener;
use crate::vault::Vault;
use crate::{admin, backup, erasures, http, ledger, sign_in, tls, training};

/// Name of the database in the data folder.
pub const DATABASE: &str = "doorstep.db";

/// A time before which no endpoint of this kind ran: 2026-01-01, milliseconds of UTC.
const WRITTEN_MS: i64 = 1_767_225_600_000;

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
    /// How it comes by its certificate.
    #[command(flatten)]
    pub tls: tls::Options,
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
    /// Photos.
    pub attachments: Attachments,
    /// The root key.
    pub root: RootKey,
    /// The keys of what tablets seal.
    pub scopes: ScopeSecret,
}

/// Opens a data folder, makes root key and database at first use.
///
/// # Errors
/// Where the machine does not know the time, the folder cannot be used, or key and database do not
/// belong together.
pub async fn open(data: &Path, now_ms: i64) -> Result<Data, ServerError> {
    has_the_time(now_ms)?;
    std::fs::create_dir_all(data).map_err(ServerError::file(data))?;
    let database = data.join(DATABASE);
    if database.exists() {
        // New keys would make the folder another endpoint.
        key_file::are_held(data, &[root::FILE_NAME, scope_keys::FILE_NAME])?;
    }
    let root = RootKey::open(data)?;
    let scopes = ScopeSecret::open(data)?;
    let vault = Vault::of_folder(data)?;
    let store = SqliteStore::open(&database, vault.clone()).await?;
    let random = Random::system();
    let mut tx = store.write().await?;
    ledger::begin(&mut tx, &root, &random, now_ms).await?;
    scopes.belongs(&mut tx).await?;
    vault.belongs(&mut tx, data).await?;
    vault.keep(data)?;
    let attachments = Attachments::open(data, vault.clone())?;
    let is_backup = backup::lies_in_place(&database, &attachments).await?;
    if is_backup || Mark::is_ahead_of(&mut tx, data).await? {
        ledger::renew(&mut tx, &root, &random).await?;
        let _unheard = writeln!(std::io::stderr(), "{PUT_BACK}");
    }
    let mut ledger = Ledger::open(&mut tx, &root, &random, now_ms).await?;
    let obeyed = erasures::settle(&mut ledger, data, &vault).await?;
    let gone = std::mem::take(&mut ledger.gone);
    let mark = Mark::of(&mut tx).await?;
    tx.commit().await?;
    mark.keep(data)?;
    if is_backup {
        backup::unpack(&database).await?;
    }
    attachments.remove(&gone).await?;
    if obeyed {
        store.empty_log().await?;
    }
    Ok(Data {
        store,
        attachments,
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
        real(&options.data).await?
    };
    let Data {
        store,
        attachments,
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
    let identity = options
        .tls
        .identity(&options.data, Clock::machine().now_ms())?;
    let listener = TcpListener::bind(options.listen).await.map_err(listen)?;
    let endpoint = Endpoint::new(
        (store.clone(), attachments),
        (root, scopes),
        (clock, Random::system()),
        options.training,
    )
    .behind(options.proxies.iter().copied().collect());
    let live = endpoint.live.clone();
    let router = http::router(endpoint, &options.dist);
    let mut beside = JoinSet::new();
    beside.spawn(mark::keep_up(store.clone(), options.data.clone()));
    beside.spawn(live.clone().keep_looking(store.clone()));
    let how = How {
        options,
        codes: &codes,
        live,
        fingerprint: &fingerprint,
        beside: &mut beside,
    };
    let served = match identity {
        None => how.plain(listener, router).await,
        Some(identity) => how.tls(listener, router, Arc::new(identity)).await,
    };
    beside.abort_all();
    served?;
    let mut tx = store.write().await?;
    tx.clear_codes().await?;
    let mark = Mark::of(&mut tx).await?;
    tx.commit().await?;
    mark.keep(&options.data)?;
    store.close().await;
    Ok(())
}

/// Opens a data folder that is no training site's, whose keys stand in the sources.
async fn real(data: &Path) -> Result<Data, ServerError> {
    let opened = open(data, Clock::machine().now_ms()).await?;
    if has_own_clock(&mut opened.store.read().await?).await? {
        let what = format!(
            "{} holds the training site; start with --training, or name another folder with --data",
            data.display()
        );
        return Err(ServerError::Invalid(what));
    }
    Ok(opened)
}

/// The clock to run on: as asked for, a training site's own, or the machine's. A clock that is set
/// never stands before the last receipt. A training site's runs on while the endpoint does not, as
/// those of its tablets do.
async fn clock<T: Tx>(options: &Options, tx: &mut T) -> Result<Clock, ServerError> {
    if options.clock_ms.is_none() && !options.training {
        return Ok(Clock::machine());
    }
    let asked = match options.clock_ms {
        Some(ms) => ms,
        None => kept_clock(tx).await?.now_ms(),
    };
    let last_ms = tx.last_receipt_ms().await?;
    let clock = Clock::set_to(asked.max(last_ms.unwrap_or(asked)));
    if options.training {
        keep_clock(tx, &clock).await?;
    }
    Ok(clock)
}

/// A machine that has forgotten the time would set aside all that tablets send, as of a clock far
/// ahead.
fn has_the_time(now_ms: i64) -> Result<(), ServerError> {
    if now_ms >= WRITTEN_MS {
        return Ok(());
    }
    let now = DateTime::from_timestamp_millis(now_ms).unwrap_or_default();
    let what =
        format!("the machine's clock stands at {now}: set it first, every time limit rests on it");
    Err(ServerError::Invalid(what))
}

/// Writes down how far a training site's clock is before the machine's.
///
/// # Errors
/// Where the store fails.
pub async fn keep_clock<T: Tx>(tx: &mut T, clock: &Clock) -> Result<(), ServerError> {
    let behind_ms = Clock::machine().now_ms().saturating_sub(clock.now_ms());
    Ok(tx.set_meta(CLOCK_BEHIND, &behind_ms.to_string()).await?)
}

/// Whether a data folder has a clock of its own: it is a training site's then.
///
/// # Errors
/// Where the store fails.
pub async fn has_own_clock<T: Tx>(tx: &mut T) -> Result<bool, ServerError> {
    Ok(tx.meta(CLOCK_BEHIND).await?.is_some())
}

/// The clock of a data folder: a training site's own, or the machine's.
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
    /// By site; one without a site where there is one site, or none yet.
    join: Vec<(Option<String>, String)>,
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
    let mut sites: Vec<_> = ledger
        .roster
        .sites()
        .map(|s| Some(s.code.clone()))
        .collect();
    if sites.len() < 2 {
        sites = vec![None];
    }
    let mut join = Vec::new();
    for site in sites {
        let code = admin::new_join_code(&mut ledger, site.clone()).await?;
        join.push((site, code));
    }
    let mut administrator = None;
    if let Some(staff) = admin::first_administrator(&mut ledger).await? {
        let until_ms = clock.now_ms().saturating_add(LINK_MS);
        let code = sign_in::new_code(ledger.tx, &random, (staff, None), until_ms).await?;
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

/// What is served, and what is said of it at the start.
struct How<'a> {
    options: &'a Options,
    codes: &'a FirstCodes,
    fingerprint: &'a str,
    live: Live,
    /// What runs beside it, as long as it runs.
    beside: &'a mut JoinSet<()>,
}

impl How<'_> {
    async fn plain(self, listener: TcpListener, router: Router) -> Result<(), ServerError> {
        let address = listener.local_addr().map_err(self.failed())?;
        let ended = ended(self.live.clone());
        self.announce(&format!("http://{address}"), "")?;
        if !address.ip().is_loopback() && self.options.proxies.is_empty() {
            let _unheard = writeln!(std::io::stderr(), "{}", tls::PLAIN);
        }
        connections::serve(listener, router, IDLE_MAX, ended).await;
        Ok(())
    }

    async fn tls(
        self,
        listener: TcpListener,
        mut router: Router,
        identity: Arc<Identity>,
    ) -> Result<(), ServerError> {
        let address = listener.local_addr().map_err(self.failed())?;
        let ended = ended(self.live.clone());
        let name = self.options.tls.names.first();
        let name = name.map_or_else(|| address.ip().to_string(), Clone::clone);
        let app = format!("https://{}", with_port(&name, address.port()));
        if let Some(authority) = identity.authority() {
            let (at, page) = authority_page(self.options, address, authority, &app).await?;
            let (at, authority) = (with_port(&name, at.port()), authority.fingerprint());
            self.announce(&app, &format!("install  http://{at}\nca  {authority}\n"))?;
            self.beside.spawn(page);
        } else {
            // Not with an authority of its own: its page is under the same name, without TLS.
            router = router.layer(http::strict_transport());
            self.announce(&app, "")?;
        }
        self.beside.spawn(Arc::clone(&identity).keep_fresh());
        let listener = TlsListener::new(listener, tls::config(identity)?);
        let listener = listener.map_err(self.failed())?;
        connections::serve(listener, router, IDLE_MAX, ended).await;
        Ok(())
    }

    fn failed(&self) -> impl FnOnce(std::io::Error) -> ServerError + use<> {
        let address = self.options.listen.to_string();
        move |error| ServerError::Listen { address, error }
    }

    fn announce(&self, address: &str, more: &str) -> Result<(), ServerError> {
        let fingerprint = self.fingerprint;
        let code = |(site, code): &(Option<String>, String)| match site {
            Some(site) => format!("join code  {code}  {site}\n"),
            None => format!("join code  {code}\n"),
        };
        let codes: String = self.codes.join.iter().map(code).collect();
        let administrator = match &self.codes.administrator {
            Some(link) => format!("{address}/join#{link}"),
            None => "has signed in".to_owned(),
        };
        let text = format!(
            "address  {address}\n{codes}root  {fingerprint}\n\
             administrator  {administrator}\n{more}"
        );
        let mut out = std::io::stdout().lock();
        let write = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        write.map_err(ServerError::file("standard output"))
    }
}

/// The page that installs the authority: where it is, and what serves it.
async fn authority_page(
    options: &Options,
    app_at: SocketAddr,
    authority: &Authority,
    app: &str,
) -> Result<(SocketAddr, impl Future<Output = ()> + use<>), ServerError> {
    let port = match options.listen.port() {
        0 => 0,
        port => port.saturating_add(1),
    };
    let at = options
        .tls
        .page
        .unwrap_or(SocketAddr::new(app_at.ip(), port));
    let listen = |error| ServerError::Listen {
        address: at.to_string(),
        error,
    };
    let listener = TcpListener::bind(at).await.map_err(listen)?;
    let at = listener.local_addr().map_err(listen)?;
    let page = tls::page::router(authority, app);
    let always = core::future::pending();
    Ok((at, connections::serve(listener, page, IDLE_MAX, always)))
}

/// A name or address with a port, as addresses of pages have it.
fn with_port(name: &str, port: u16) -> String {
    match name.parse::<IpAddr>() {
        Ok(address) => SocketAddr::new(address, port).to_string(),
        Err(_) => format!("{name}:{port}"),
    }
}

/// Ends when the process is asked to, and with it all waiting. It is listened for from now on: who
/// reads that the endpoint serves may end it at once.
fn ended(live: Live) -> impl Future<Output = ()> {
    let asked = asked_to_end();
    async move {
        asked.await;
        live.end();
    }
}

#[cfg(unix)]
fn asked_to_end() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
    let [interrupt, terminate] = kinds.map(signal);
    async move {
        match (interrupt, terminate) {
            (Ok(mut interrupt), Ok(mut terminate)) => {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            }
            // Where none can be listened for, the process ends as any other.
            _ => core::future::pending().await,
        }
    }
}

#[cfg(not(unix))]
async fn asked_to_end() {
    let _interrupted = tokio::signal::ctrl_c().await;
}

#[cfg(test)]
mod tests {
    use super::has_the_time;

    #[test]
    fn a_machine_that_has_forgotten_the_time_is_told_so() {
        let said = has_the_time(0).unwrap_err().to_string();
        assert!(said.contains("stands at 1970-01-01"), "{said}");
        assert!(has_the_time(crate::training::START_MS).is_ok());
    }
}
