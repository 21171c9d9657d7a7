//! The endpoint and the tablets of one journey, each with folders of its own.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use acceptance::browser::{Browser, Endpoint, Engine, Site, Size, downloads, import_site, tablet};
use anyhow::{Context as _, Result, bail};
use record::export::EntryFile;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::server_support::printed;

/// How long something that goes on by itself may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked for.
const BLINK: Duration = Duration::from_millis(50);

/// Journeys at one time: of each half the time is waiting, on two processors.
static SEATS: Semaphore = Semaphore::const_new(3);

/// Who is on the site.
pub(crate) const OFFICER: &str = "林曉雯";
/// 部門負責人 of 維修部.
pub(crate) const HEAD: &str = "陳志明";
/// 專人 of 維修部.
pub(crate) const HANDLER: &str = "劉志強";
/// 物業經理
pub(crate) const MANAGER: &str = "何麗華";

/// 服務站站長
pub(crate) const STATION_HEAD: &str = "周建國";

/// Who signs in on each tablet; the last one is using it then.
const PEOPLE: [&str; 4] = [HEAD, HANDLER, MANAGER, OFFICER];

/// A site with a person in each role.
const SITE: &str = "類型,編號,名稱,棟,樓層,房號,姓名,稱呼,電話,職務,部門\n\
    站點,YS,雲杉花園服務站,,,,,,,,\n\
    部門,,客服部,,,,,,,,\n\
    部門,,維修部,,,,,,,,\n\
    人員,S01,,,,,林曉雯,,,接單員,客服部\n\
    人員,S02,,,,,周建國,,,服務站站長,\n\
    人員,S03,,,,,陳志明,,,部門負責人,維修部\n\
    人員,S04,,,,,劉志強,,,專人,維修部\n\
    人員,S05,,,,,何麗華,,,物業經理,\n\
    棟,,,6,,,,,,,\n\
    房屋,,,6,9,902,,,,,\n\
    房屋,,,6,12,1203,,,,,\n\
    住戶,H1,,6,,902,張慧,女士,13700003318,,\n\
    住戶,H2,,6,,1203,趙國棟,先生,13600008820,,\n";

/// One endpoint with its site; everything of it ends with the test.
pub(crate) struct Bench {
    pub(crate) endpoint: Endpoint,
    folder: TempDir,
    _seat: SemaphorePermit<'static>,
}

impl Bench {
    /// An endpoint that has read the site file and serves.
    pub(crate) async fn open() -> Result<Self> {
        Self::serving(&Endpoint::built()?).await
    }

    /// The same with another build of the app.
    pub(crate) async fn serving(dist: &Path) -> Result<Self> {
        let seat = SEATS.acquire().await?;
        let folder = tempfile::tempdir()?;
        let (file, data) = (folder.path().join("site.csv"), folder.path().join("data"));
        std::fs::write(&file, SITE)?;
        import_site(&file, &data).await?;
        let endpoint = Endpoint::start_with(&data, Site::Real, dist).await?;
        Ok(Self {
            endpoint,
            folder,
            _seat: seat,
        })
    }

    /// A tablet that has joined, on which the officer has signed in; it has pulled everything and
    /// keeps the whole app.
    pub(crate) async fn tablet(&self, name: &str) -> Result<Tablet> {
        self.tablet_at(name, &self.endpoint.address()).await
    }

    /// The same, which reaches the endpoint through what is at another address.
    pub(crate) async fn tablet_at(&self, name: &str, address: &str) -> Result<Tablet> {
        ready(self.tablet_of(&[OFFICER], name, address).await?).await
    }

    /// A tablet on which everybody has signed in.
    pub(crate) async fn tablet_of_all(&self, name: &str) -> Result<Tablet> {
        self.tablet_of_all_at(name, &self.endpoint.address()).await
    }

    /// The same, which reaches the endpoint through what is at another address.
    pub(crate) async fn tablet_of_all_at(&self, name: &str, address: &str) -> Result<Tablet> {
        ready(self.tablet_of(&PEOPLE, name, address).await?).await
    }

    /// A tablet on which these have just signed in, the last of whom uses it.
    pub(crate) async fn tablet_of(
        &self,
        people: &[&str],
        name: &str,
        address: &str,
    ) -> Result<Tablet> {
        let profile = self.folder.path().join(name);
        let (endpoint, size) = (&self.endpoint, Size::Landscape);
        let browser = tablet::join_at(endpoint, address, &profile, size, people).await?;
        Ok(Tablet {
            browser,
            profile,
            address: address.to_owned(),
        })
    }

    /// A browser on a fresh profile, on an address of the endpoint.
    pub(crate) async fn visitor(&self, name: &str, address: &str) -> Result<Browser> {
        let browser = Browser::open(&self.folder.path().join(name), Size::Landscape).await?;
        browser.load(address).await?;
        Ok(browser)
    }

    /// The entry file of one case, as the endpoint exports it.
    pub(crate) fn exported(&self, number: &str) -> Result<EntryFile> {
        let out = self.folder.path().join("export.txt");
        let data = text(self.endpoint.data())?;
        printed(&[
            "export",
            "--data",
            data,
            "--case",
            number,
            "--out",
            text(&out)?,
        ]);
        Ok(EntryFile::parse(&std::fs::read(out)?)?)
    }

    /// The evidence file of one case, as the endpoint writes it.
    pub(crate) fn evidence(&self, number: &str) -> Result<PathBuf> {
        let out = self.folder.path().join("evidence.html");
        let (data, file) = (text(self.endpoint.data())?, text(&out)?);
        printed(&["evidence", "--data", data, "--case", number, "--out", file]);
        Ok(out)
    }

    /// How the case of an entry file stands at a time, as the endpoint's program explains it.
    pub(crate) fn explained(&self, file: &EntryFile, at: &str) -> Result<Value> {
        let path = self.folder.path().join("explained.txt");
        std::fs::write(&path, file.to_text())?;
        let shown = printed(&["explain", text(&path)?, "--at", at, "--json"]);
        Ok(serde_json::from_str(&shown)?)
    }
}

/// A tablet once it holds everything that the endpoint has for it, and keeps the whole app.
async fn ready(tablet: Tablet) -> Result<Tablet> {
    tablet.browser.wait("a.pill.ok").await?;
    tablet::can_start_offline(&tablet.browser, PATIENCE).await?;
    Ok(tablet)
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("the folder's name is text")
}

/// One browser process on one profile.
pub(crate) struct Tablet {
    pub(crate) browser: Browser,
    profile: PathBuf,
    address: String,
}

impl Tablet {
    /// Waits until an expression of the page is true.
    pub(crate) async fn until(&self, what: &str, body: &str) -> Result<()> {
        self.browser.until(what, body, PATIENCE).await
    }

    /// Ends the browser process without warning.
    pub(crate) async fn kill(self) -> Result<Killed> {
        self.browser.kill().await?;
        Ok(Killed {
            profile: self.profile,
            address: self.address,
        })
    }

    /// Ends the browser as its user does: it writes down what it keeps beside the database, too,
    /// which after a kill may lag by seconds.
    pub(crate) async fn close(self) -> Result<Killed> {
        self.browser.close().await?;
        Ok(Killed {
            profile: self.profile,
            address: self.address,
        })
    }

    /// Ends the browser process and starts it anew on a place of the app, unlocked by the officer.
    pub(crate) async fn cold_start(self, path: &str) -> Result<Self> {
        self.kill().await?.start(path).await
    }

    /// Downloads the entry file of the case whose page is shown.
    pub(crate) async fn exported(&self) -> Result<EntryFile> {
        let folder = match self.browser.engine() {
            Engine::Chromium | Engine::Shell => self.profile.with_extension("downloads"),
            Engine::Firefox => downloads(&self.profile),
            Engine::WebKit => return self.offered().await,
        };
        std::fs::create_dir_all(&folder)?;
        if self.browser.engine().is_chromium() {
            let allow = json!({ "behavior": "allow", "downloadPath": text(&folder)? });
            self.browser.cdp("Page.setDownloadBehavior", allow).await?;
        }
        self.browser.click("[data-testid='case-more']").await?;
        self.browser.click("[data-testid='export-entries']").await?;
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            for file in std::fs::read_dir(&folder)? {
                let path = file?.path();
                let end = path.extension().and_then(OsStr::to_str);
                let whole = !matches!(end, Some("crdownload" | "part"));
                // It may have got its own name since it was listed.
                let read = std::fs::read(&path).unwrap_or_default();
                if let (true, Ok(file)) = (whole, EntryFile::parse(&read))
                    && !file.entries.is_empty()
                {
                    std::fs::remove_dir_all(&folder)?;
                    return Ok(file);
                }
            }
            tokio::time::sleep(BLINK).await;
        }
        bail!("no entry file was saved")
    }

    /// The entry file as it is offered for saving, where a driver says nothing of files.
    async fn offered(&self) -> Result<EntryFile> {
        let listen = "const make = URL.createObjectURL; URL.createObjectURL = blob => { \
                      blob.text().then(text => globalThis.offered = text); return make(blob); }";
        self.browser.script(listen).await?;
        self.browser.click("[data-testid='case-more']").await?;
        self.browser.click("[data-testid='export-entries']").await?;
        self.until("the file", "return globalThis.offered !== undefined")
            .await?;
        let text = self.browser.script("return globalThis.offered").await?;
        let text = text.as_str().context("a text")?;
        Ok(EntryFile::parse(text.as_bytes())?)
    }

    /// Meets the endpoint now, and waits until everything has been sent.
    pub(crate) async fn sync(&self) -> Result<()> {
        tablet::sync(&self.browser, PATIENCE).await
    }
}

/// A tablet whose browser process has ended.
pub(crate) struct Killed {
    profile: PathBuf,
    address: String,
}

impl Killed {
    /// The folder of its browser.
    pub(crate) fn profile(&self) -> &Path {
        &self.profile
    }

    /// Starts it on a place of the app, and the officer unlocks it.
    pub(crate) async fn start(self, path: &str) -> Result<Tablet> {
        let tablet = self.start_locked(path).await?;
        tablet::pick(&tablet.browser, OFFICER).await?;
        Ok(tablet)
    }

    /// Starts it on a place of the app.
    pub(crate) async fn start_locked(self, path: &str) -> Result<Tablet> {
        let tablet = self.start_as_it_is(path).await?;
        tablet.browser.wait(".people").await?;
        Ok(tablet)
    }

    /// Starts it on a place of the app, whatever it shows then.
    pub(crate) async fn start_as_it_is(self, path: &str) -> Result<Tablet> {
        let browser = Browser::open(&self.profile, Size::Landscape).await?;
        browser.load(&format!("{}{path}", self.address)).await?;
        Ok(Tablet {
            browser,
            profile: self.profile,
            address: self.address,
        })
    }
}
