//! Copies of the database, and putting one back. A backup is a SQLite database of its own, complete
//! at one moment, made while the endpoint runs. What is put back may lack what tablets were told is
//! held: so a new epoch begins before anything is served, and tablets show what they hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use chrono::DateTime;
use futures_util::TryStreamExt as _;
use record::keys::{decode, to_base64};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use sync::wire::attachment::Named;

use crate::api::push::receipt_of;
use crate::attachments::Attachments;
use crate::clock::Clock;
use crate::error::ServerError;
use crate::export::open_existing;
use crate::mark::Mark;
use crate::random::Random;
use crate::root::{self, RootKey};
use crate::scope_keys::{self, ScopeSecret};
use crate::serve::{DATABASE, Data};
use crate::store::in_use::InUse;
use crate::store::sqlite::SqliteStore;
use crate::store::{Store, StoreError, Tx, fold_digest};
use crate::tls::authority;
use crate::vault::{self, Vault};
use crate::{key_file, ledger};

/// The secrets of a data folder.
const KEYS: [&str; 3] = [root::FILE_NAME, scope_keys::FILE_NAME, vault::FILE_NAME];

/// Where a backup that is to be put back is made ready, in the data folder.
const STAGE: &str = "restore.new";

/// The table of a backup that holds photos: each backup has it, and no database in use.
const PHOTOS: &str = "attachments";

/// What is said of a backup without keys.
const KEYS_APART: &str =
    "not in it: keep a copy of root.key, scope.key and handling.key somewhere else, once";

/// What is said of a backup with keys.
const KEYS_WITHIN: &str = "IN IT: who has this file can read everything and be the endpoint";

/// Writes a backup of a data folder into a file. Answers what is to be said of it.
///
/// # Errors
/// Where the file is there already or cannot be written, or the database is not sound.
pub async fn backup(data: &Path, out: &Path, with_keys: bool) -> Result<String, ServerError> {
    let Data {
        store,
        attachments,
        root,
        ..
    } = open_existing(data).await?;
    let entries = check(&mut store.read().await?).await?;
    let part = beside(out, ".part");
    let there = || {
        let what = format!("{} is there already; nothing is overwritten", out.display());
        Err(ServerError::Invalid(what))
    };
    if out.exists() {
        return there();
    }
    discard(&part)?;
    private(&part).map_err(ServerError::file(&part))?;
    store.copy_into(&part).await?;
    let mut copy = connect(&part).await?;
    if with_keys {
        put_keys(&mut copy, data).await?;
    }
    let photos = put_attachments(&mut copy, &attachments).await?;
    check_pages(&mut copy).await?;
    copy.close().await.map_err(StoreError::from)?;
    let bytes = sync(&part).map_err(ServerError::file(&part))?;
    if out.exists() {
        return there();
    }
    std::fs::rename(&part, out).map_err(ServerError::file(out))?;
    let keys = if with_keys { KEYS_WITHIN } else { KEYS_APART };
    Ok(format!(
        "backup  {}\nentries  {entries}\nattachments  {photos}\nbytes  {bytes}\nroot  {}\n\
         keys  {keys}\n",
        out.display(),
        root.public().fingerprint()
    ))
}

/// Puts a backup in the place of a data folder's database, in a new epoch. The former database is
/// kept beside it. Answers what is to be said of it.
///
/// # Errors
/// Where anything runs on the folder, the file is no sound backup, or its keys are others. The
/// folder is as it was then.
pub async fn restore(file: &Path, data: &Path) -> Result<String, ServerError> {
    std::fs::create_dir_all(data).map_err(ServerError::file(data))?;
    let database = data.join(DATABASE);
    let alone = InUse::alone(&database).map_err(ServerError::file(&database))?;
    let Some(_alone) = alone else {
        let what = format!("{} is in use; stop the endpoint first", data.display());
        return Err(ServerError::Invalid(what));
    };
    let stage = data.join(STAGE);
    discard_folder(&stage)?;
    let done = put_back(file, data, &stage).await;
    // It may hold keys.
    discard_folder(&stage)?;
    let PutBack {
        entries,
        photos,
        former,
    } = done?;
    let former = former.map_or("none".to_owned(), |folder| folder.display().to_string());
    Ok(format!(
        "restored  {}\nentries  {entries}\nattachments  {photos}\nformer database  {former}\n\
         epoch  new: tablets send again what they hold with their next sync\n\
         codes  void: make new ones with doorstep sign-in\n",
        file.display()
    ))
}

/// What was put back.
struct PutBack {
    entries: i64,
    photos: usize,
    /// Where the former database is.
    former: Option<PathBuf>,
}

/// Makes a backup ready in the folder `stage`, and the database of it. Attachments that are there
/// already stay: they never change.
async fn put_back(file: &Path, data: &Path, stage: &Path) -> Result<PutBack, ServerError> {
    let staged = stage_copy(file, stage)?;
    let mut copy = connect(&staged).await?;
    check_pages(&mut copy).await?;
    let brought = keys_within(&mut copy).await?;
    copy.close().await.map_err(StoreError::from)?;
    let keys = Keys::choose(data, &brought)?;
    let (entries, mark) = renew(&staged, &keys, data).await?;
    let attachments = Attachments::open(data, keys.vault.clone())?;
    let mut copy = connect(&staged).await?;
    // One of before there were photos has no place for them.
    let photos = put_photos_back(&mut copy, &attachments).await?.unwrap_or(0);
    strip(&mut copy).await?;
    let packed = sqlx::query("VACUUM").execute(&mut copy).await;
    packed.map_err(StoreError::from)?;
    copy.close().await.map_err(StoreError::from)?;
    if beside(&staged, "-wal").exists() {
        return Err(StoreError::Damaged("the log of the copy").into());
    }
    sync(&staged).map_err(ServerError::file(&staged))?;
    keys.keep(data)?;
    take_in_log(&data.join(DATABASE)).await;
    let former = set_aside(data)?;
    let database = data.join(DATABASE);
    std::fs::rename(&staged, &database).map_err(ServerError::file(&database))?;
    sync(data).map_err(ServerError::file(data))?;
    mark.keep(data)?;
    Ok(PutBack {
        entries,
        photos,
        former,
    })
}

/// Whether what lies in the place of the database is a backup that was copied there by hand. Its
/// photos are put back then, as a restore does; [`unpack`] takes out the rest.
///
/// # Errors
/// Where it cannot be read, or a photo is damaged.
pub async fn lies_in_place(
    database: &Path,
    attachments: &Attachments,
) -> Result<bool, ServerError> {
    let mut found = connect(database).await?;
    let photos = put_photos_back(&mut found, attachments).await?;
    found.close().await.map_err(StoreError::from)?;
    Ok(photos.is_some())
}

/// Takes out of a database what only a backup has.
///
/// # Errors
/// Where it cannot be written.
pub async fn unpack(database: &Path) -> Result<(), StoreError> {
    let mut found = connect(database).await?;
    strip(&mut found).await?;
    Ok(found.close().await?)
}

/// Checks a backup that is made ready for a data folder and begins its new epoch. Answers how many
/// entries it has.
async fn renew(staged: &Path, keys: &Keys, data: &Path) -> Result<(i64, Mark), ServerError> {
    let store = SqliteStore::open(staged, keys.vault.clone()).await?;
    let mut tx = store.write().await?;
    if ledger::epoch(&mut tx).await?.is_none() {
        return Err(ServerError::Invalid("no backup of an endpoint".to_owned()));
    }
    let (root, random) = (RootKey::of_seed(&keys.root), Random::system());
    ledger::begin(&mut tx, &root, &random, 0).await?;
    ScopeSecret::of_seed(keys.scope).belongs(&mut tx).await?;
    keys.vault.belongs(&mut tx, data).await?;
    let entries = check(&mut tx).await?;
    ledger::renew(&mut tx, &root, &random).await?;
    tx.clear_codes().await?;
    let mark = Mark::of(&mut tx).await?;
    tx.commit().await?;
    store.close().await;
    Ok((entries, mark))
}

/// Checks that what is kept is what was received: that each entry has its name, each scope's digest
/// is that of its entries, and each receipt can be read. Answers how many entries there are.
async fn check<T: Tx>(tx: &mut T) -> Result<i64, ServerError> {
    let mut found: BTreeMap<String, (i64, String)> = BTreeMap::new();
    let mut streams = BTreeSet::new();
    for row in tx.of_kind("").await? {
        let entry = ledger::entry_of(&row)?;
        let header = entry.header();
        if entry.hash().to_string() != row.hash || header.scope.to_string() != row.scope {
            return Err(StoreError::Damaged("an entry").into());
        }
        streams.insert(row.stream);
        let (count, digest) = found.entry(row.scope).or_default();
        *count += 1;
        *digest = fold_digest(digest, &row.hash);
    }
    for stream in streams {
        for receipt in tx.receipts_from(&stream, 0).await? {
            receipt_of(&receipt)?;
        }
    }
    let mut entries = 0;
    for scope in tx.scopes().await? {
        let (count, digest) = found.remove(&scope.scope).unwrap_or_default();
        if count != scope.feed || digest != scope.digest {
            return Err(StoreError::Damaged("a scope's digest").into());
        }
        entries += count;
    }
    if found.is_empty() {
        Ok(entries)
    } else {
        Err(StoreError::Damaged("a scope's place").into())
    }
}

/// The secrets that a folder will have once a backup is put back into it.
struct Keys {
    root: [u8; 32],
    scope: [u8; 32],
    vault: Vault,
    /// Those that come with the backup and are not in the folder yet, as their files have them.
    new: Vec<(&'static str, String)>,
}

impl Keys {
    /// The folder's own, and where it has none those of the backup.
    fn choose(data: &Path, brought: &BTreeMap<String, String>) -> Result<Self, ServerError> {
        let mut new = Vec::new();
        let authority = brought.get(authority::FILE_NAME);
        if let (Some(text), false) = (authority, data.join(authority::FILE_NAME).exists()) {
            new.push((authority::FILE_NAME, text.clone()));
        }
        let mut choose = |name: &'static str| {
            let (held, brought) = (key_file::held(data, name)?, brought.get(name));
            let decoded = brought.map(|text| decode(text).ok_or(StoreError::Damaged("a key")));
            let brought = decoded.transpose()?;
            match (held, brought) {
                (Some(held), Some(brought)) if held != brought => {
                    let path = data.join(name);
                    let what = format!("{} is another than the backup's", path.display());
                    Err(ServerError::Invalid(what))
                }
                (Some(held), _) => Ok(Some(held)),
                (None, Some(brought)) => {
                    new.push((name, format!("{}\n", to_base64(&brought))));
                    Ok(Some(brought))
                }
                (None, None) => Ok(None),
            }
        };
        let missing = |name| move || ServerError::KeyMissing(data.join(name));
        let [root, scope, handling] = KEYS;
        Ok(Self {
            root: choose(root)?.ok_or_else(missing(root))?,
            scope: choose(scope)?.ok_or_else(missing(scope))?,
            // One of before there was this key has nothing that lies under it.
            vault: match choose(handling)? {
                Some(seed) => Vault::of_seed(seed, Random::system()),
                None => Vault::fresh()?,
            },
            new,
        })
    }

    fn keep(&self, data: &Path) -> Result<(), ServerError> {
        self.vault.keep(data)?;
        let mut new = self.new.iter();
        new.try_for_each(|(name, text)| key_file::keep_text(data, name, text))
    }
}

/// Copies a file to where it is made ready.
fn stage_copy(file: &Path, stage: &Path) -> Result<PathBuf, ServerError> {
    let log = beside(file, "-wal");
    if log.metadata().is_ok_and(|log| log.len() > 0) {
        let what = format!(
            "{} is a database in use and no backup: make one with doorstep backup",
            file.display()
        );
        return Err(ServerError::Invalid(what));
    }
    let staged = stage.join(DATABASE);
    let mut from = File::open(file).map_err(ServerError::file(file))?;
    std::fs::create_dir(stage).map_err(ServerError::file(stage))?;
    let mut copy = || std::io::copy(&mut from, &mut private(&staged)?);
    copy().map_err(ServerError::file(&staged))?;
    Ok(staged)
}

/// Takes into a database what an endpoint that was killed has left in its log. One that is damaged
/// stays as it lies.
async fn take_in_log(database: &Path) {
    if beside(database, "-wal").exists()
        && let Ok(mut former) = connect(database).await
    {
        let taken = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)");
        let _taken = taken.execute(&mut former).await;
        let _closed = former.close().await;
    }
}

/// Puts the database of a folder, with its log, into a folder of its own beside it; `None` where
/// there is none. It is there whole before anything of it goes.
fn set_aside(data: &Path) -> Result<Option<PathBuf>, ServerError> {
    let database = data.join(DATABASE);
    if !database.exists() {
        return Ok(None);
    }
    let now = DateTime::from_timestamp_millis(Clock::machine().now_ms()).unwrap_or_default();
    let name = now.format("before-restore-%Y%m%dT%H%M%S%3fZ").to_string();
    let former = data.join(name);
    let log = beside(&database, "-wal");
    let set_aside = || -> std::io::Result<()> {
        std::fs::create_dir(&former)?;
        for file in [&database, &log] {
            let (true, Some(name)) = (file.exists(), file.file_name()) else {
                continue;
            };
            let there = former.join(name);
            if std::fs::hard_link(file, &there).is_err() {
                std::fs::copy(file, &there)?;
            }
            sync(&there)?;
        }
        sync(&former)?;
        sync(data)?;
        // A log belongs to one database: another one must not find it.
        for file in [log, beside(&database, "-shm")] {
            if file.exists() {
                std::fs::remove_file(file)?;
            }
        }
        Ok(())
    };
    set_aside().map_err(ServerError::file(former.clone()))?;
    Ok(Some(former))
}

async fn connect(file: &Path) -> Result<SqliteConnection, StoreError> {
    let options = SqliteConnectOptions::new().filename(file);
    // What is taken out of the file is not left in its free pages.
    let options = options.pragma("secure_delete", "ON");
    Ok(options.connect().await?)
}

/// Checks the pages of a database as SQLite does.
async fn check_pages(copy: &mut SqliteConnection) -> Result<(), StoreError> {
    let row = sqlx::query("PRAGMA integrity_check")
        .fetch_one(copy)
        .await?;
    match row.try_get::<String, _>(0)?.as_str() {
        "ok" => Ok(()),
        _ => Err(StoreError::Damaged("a page")),
    }
}

/// Writes the secrets of a folder into a backup, under a name that says so.
async fn put_keys(copy: &mut SqliteConnection, data: &Path) -> Result<(), ServerError> {
    let made =
        sqlx::query("CREATE TABLE secret_keys (file TEXT PRIMARY KEY, secret TEXT NOT NULL)");
    made.execute(&mut *copy).await.map_err(StoreError::from)?;
    let mut secrets = Vec::new();
    for name in KEYS {
        let secret = key_file::held(data, name)?;
        let secret = secret.ok_or_else(|| ServerError::KeyMissing(data.join(name)))?;
        secrets.push((name, to_base64(&secret)));
    }
    let path = data.join(authority::FILE_NAME);
    if path.exists() {
        let text = std::fs::read_to_string(&path).map_err(ServerError::file(&path))?;
        secrets.push((authority::FILE_NAME, text));
    }
    for (name, secret) in secrets {
        let put = sqlx::query("INSERT INTO secret_keys (file, secret) VALUES ($1, $2)");
        let put = put.bind(name).bind(secret).execute(&mut *copy);
        put.await.map_err(StoreError::from)?;
    }
    Ok(())
}

/// The secrets that a backup has, if any.
async fn keys_within(copy: &mut SqliteConnection) -> Result<BTreeMap<String, String>, StoreError> {
    let mut keys = BTreeMap::new();
    if !has_table(copy, "secret_keys").await? {
        return Ok(keys);
    }
    let query = sqlx::query("SELECT file, secret FROM secret_keys");
    for row in query.fetch_all(&mut *copy).await? {
        let (name, secret): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        keys.insert(name, secret);
    }
    Ok(keys)
}

/// Writes the attachments into a backup, as they lie; answers how many there are.
async fn put_attachments(
    copy: &mut SqliteConnection,
    attachments: &Attachments,
) -> Result<usize, ServerError> {
    let made = "CREATE TABLE attachments (scope TEXT, name TEXT, bytes BLOB NOT NULL, \
                PRIMARY KEY (scope, name))";
    let made = sqlx::query(made).execute(&mut *copy);
    made.await.map_err(StoreError::from)?;
    let all = attachments.all().await?;
    for of in &all {
        // One that is gone since it was listed was erased.
        let Some(sealed) = attachments.lies(of).await? else {
            continue;
        };
        let put = sqlx::query("INSERT INTO attachments (scope, name, bytes) VALUES ($1, $2, $3)");
        let put = put.bind(of.scope.to_string()).bind(of.name.to_string());
        let put = put.bind(sealed).execute(&mut *copy);
        put.await.map_err(StoreError::from)?;
    }
    Ok(all.len())
}

/// Puts the photos of a backup back into a folder; answers how many there are, `None` where it is
/// no backup.
async fn put_photos_back(
    copy: &mut SqliteConnection,
    attachments: &Attachments,
) -> Result<Option<usize>, ServerError> {
    if !has_table(copy, PHOTOS).await? {
        return Ok(None);
    }
    let mut count = 0;
    let query = sqlx::query("SELECT scope, name, bytes FROM attachments");
    let mut rows = query.fetch(copy);
    while let Some(row) = rows.try_next().await.map_err(StoreError::from)? {
        let text = |column: usize| row.try_get::<String, _>(column);
        let (scope, name) = (text(0), text(1));
        let (scope, name) = (
            scope.map_err(StoreError::from)?,
            name.map_err(StoreError::from)?,
        );
        let damaged = StoreError::Damaged("the name of an attachment");
        let (Ok(scope), Ok(name)) = (scope.parse(), name.parse()) else {
            return Err(damaged.into());
        };
        let bytes = row.try_get::<Vec<u8>, _>(2).map_err(StoreError::from)?;
        attachments.put_back(&Named { scope, name }, bytes).await?;
        count += 1;
    }
    Ok(Some(count))
}

/// Drops the tables that only a backup has.
async fn strip(copy: &mut SqliteConnection) -> Result<(), StoreError> {
    for statement in [
        "DROP TABLE IF EXISTS attachments",
        "DROP TABLE IF EXISTS secret_keys",
    ] {
        sqlx::query(statement).execute(&mut *copy).await?;
    }
    Ok(())
}

async fn has_table(copy: &mut SqliteConnection, name: &str) -> Result<bool, StoreError> {
    let known = sqlx::query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1");
    let found = known.bind(name.to_owned()).fetch_optional(copy).await?;
    Ok(found.is_some())
}

/// A path with something added to its name.
fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    name.into()
}

/// Makes an empty file that its owner alone can read.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Waits until a file or folder is on the disk; answers its length, bytes.
fn sync(path: &Path) -> std::io::Result<u64> {
    let file = File::open(path)?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

/// Removes what an attempt that was broken off has left.
fn discard(file: &Path) -> Result<(), ServerError> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(ServerError::file(file)(error))
        }
        _ => Ok(()),
    }
}

fn discard_folder(folder: &Path) -> Result<(), ServerError> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(ServerError::file(folder)(error))
        }
        _ => Ok(()),
    }
}
