//! Screens of people and tablets, which take an endpoint with a site of its own: joining, signing
//! in, administration, and a tablet put out of use.

use std::path::{Path, PathBuf};

use acceptance::browser::{
    Answer, Browser, Endpoint, Proxy, Site, Size, import_site, said, tablet,
};
use anyhow::{Context as _, Result};

use crate::{shots, take};

const OFFICER: &str = "林曉雯";
const HEAD: &str = "陳志明";
/// The officer's tablet, the first one of the site, in the list of tablets.
const TABLET: &str = "雲杉花園服務站";
const MANAGER: &str = "何麗華";
/// Has a tablet sync at once.
const ONLINE: &str = "dispatchEvent(new Event('online'))";

/// Takes them all into `folder`, working in `data`; answers how many pictures there are.
pub(crate) async fn take_all(folder: &Path, data: &Path) -> Result<usize> {
    let place = data.join("trust");
    let mut endpoint = Endpoint::start(&place, Site::Real).await?;
    let admin = Browser::open(&data.join("administrator"), Size::Landscape).await?;
    admin.load(endpoint.administrator()).await?;
    let mut album = Album { folder, count: 0 };
    album.take(&admin, "14-join").await?;
    admin.click("[data-testid='join']").await?;
    admin.click("[data-testid='sign-in']").await?;
    tablet::choose_pin(&admin, tablet::PIN).await?;
    admin.wait("[data-testid='people']").await?;
    album.take(&admin, "14b-no-site").await?;

    // The site comes after the administrator.
    endpoint.stop().await?;
    import_site(&site_file(), &place).await?;
    endpoint.start_again().await?;
    let second = data.join("second");
    let officer = tablet::join(&endpoint, &second, Size::Landscape, &[HEAD, OFFICER]).await?;
    tablet::lock(&officer).await?;
    officer.click_text("[data-testid='person']", HEAD).await?;
    officer.wait_for_text(".ulr", "上次解鎖").await?;
    album.take(&officer, "09c-used-last").await?;
    officer.click("[data-testid='other-person']").await?;
    officer.fill("#sign-in-code", "AAAA-AAAA").await?;
    officer.click("[data-testid='sign-in']").await?;
    officer.wait_for_text("#main", "登入碼不對").await?;
    album.take(&officer, "09d-wrong-code").await?;
    officer.click_text(".ulr .btn", "取消").await?;
    officer.click("[data-testid='other-person']").await?;
    let codes = endpoint.sign_in_codes().await?;
    let code = codes.iter().find(|(name, _)| name == MANAGER);
    let (_, code) = code.context("a code of the manager's")?;
    officer.fill("#sign-in-code", code).await?;
    officer.click("[data-testid='sign-in']").await?;
    officer.wait("[data-testid='sign-in-as']").await?;
    album.take(&officer, "09e-choose-pin").await?;
    officer.click_text(".ulr .btn", "返回").await?;
    officer.wait("#sign-in-code").await?;
    officer.click_text(".ulr .btn", "取消").await?;
    tablet::pick(&officer, OFFICER).await?;
    tablet::go(&officer, "/device").await?;
    officer.wait("[data-testid='signed-in'] dt").await?;
    let down = "document.querySelector('[data-testid=signed-in]').scrollIntoView()";
    officer.script(down).await?;
    album.take(&officer, "05b-signed-in").await?;

    // The head is the first member of a group for which the officer is named.
    let founding = "admin found-group YS --member S03 --tablet YS/B1";
    let founding: Vec<&str> = founding.split(' ').collect();
    let founded = said(&founding, &place).await?;
    let group = founded.trim().strip_prefix("group  ").context("a group")?;
    said(&["admin", "group", group, "--add", "S01"], &place).await?;
    officer.script(ONLINE).await?;
    officer.wait_for_text("#main", "等候加入專責小組").await?;
    officer.script("scrollTo(0, 0)").await?;
    album.take(&officer, "05d-waits").await?;
    tablet::pick(&officer, HEAD).await?;
    tablet::go(&officer, "/device").await?;
    officer.wait("[data-testid='let-in']").await?;
    album.take(&officer, "05e-let-in").await?;
    tablet::pick(&officer, OFFICER).await?;

    administration(&admin, &mut album).await?;
    officer.script(ONLINE).await?;
    officer
        .wait_for_text("#main, body", "這台平板已停用")
        .await?;
    tablet::go(&officer, "/").await?;
    album.take(&officer, "05c-out-of-use").await?;
    officer.close().await?;
    admin.close().await?;
    first_load(&endpoint, &data.join("third"), &mut album).await?;

    // Started anew where nobody says that it is out of use.
    endpoint.stop().await?;
    let officer = Browser::open(&second, Size::Landscape).await?;
    officer.load(&endpoint.address()).await?;
    officer
        .click_text("[data-testid='person']", OFFICER)
        .await?;
    tablet::type_pin(&officer).await?;
    officer
        .wait_for_text("#main", "連上網路後會再問服務站")
        .await?;
    album.take(&officer, "05f-started-out-of-use").await?;
    officer.close().await?;
    Ok(album.count)
}

/// The first load, and that it broke off: 今日 and the search of intake.
async fn first_load(endpoint: &Endpoint, profile: &Path, album: &mut Album<'_>) -> Result<()> {
    let proxy = Proxy::before(&endpoint.address()).await?;
    // The company's key, the site's with the roster, and the first page.
    proxy.answers(Answer::Syncs(3));
    let size = Size::Landscape;
    let officer = tablet::join_at(endpoint, &proxy.address(), profile, size, &[OFFICER]).await?;
    officer.wait_for_text("#main", "正在存入本機").await?;
    album.take(&officer, "01b-first-load").await?;
    proxy.answers(Answer::Is {
        status: 502,
        kind: "text/html",
        body: "",
    });
    officer.wait_for_text("#main", "還沒收齊").await?;
    tablet::go(&officer, "/intake").await?;
    officer.fill("#intake-search", "9999").await?;
    officer.wait_for_text(".found", "找到 0 戶").await?;
    album.take(&officer, "02b-broke-off").await?;
    officer.close().await
}

/// 管理: its lists and its sheets. At the end the officer's tablet is out of use.
async fn administration(admin: &Browser, album: &mut Album<'_>) -> Result<()> {
    admin.click_text("[role='radio']", "人員").await?;
    admin
        .wait_for_text("[data-testid='person-row']", OFFICER)
        .await?;
    album.take(admin, "15-people").await?;
    admin
        .click_text("[data-testid='person-row']", OFFICER)
        .await?;
    admin.wait("#person-sheet[open]").await?;
    album.take(admin, "15b-person").await?;
    admin.click("#person-sheet .sheet-head button").await?;
    admin.wait_gone("#person-sheet[open]").await?;
    admin.click_text("[role='radio']", "平板").await?;
    admin.wait("[data-testid='tablet-row']").await?;
    album.take(admin, "15c-tablets").await?;
    admin
        .click_text("[data-testid='tablet-row']", TABLET)
        .await?;
    admin.click("[data-testid='revoke-tablet']").await?;
    admin.wait_gone("#tablet-sheet[open]").await?;
    admin
        .click_text("[data-testid='tablet-row']", TABLET)
        .await?;
    // Pressed once: it asks again.
    admin.click("[data-testid='wipe-tablet']").await?;
    album.take(admin, "15d-tablet").await?;
    admin.click("#tablet-sheet .sheet-head button").await?;
    admin.wait_gone("#tablet-sheet[open]").await?;
    for (word, name) in [("擱置", "15e-aside"), ("紀錄", "15f-log")] {
        admin.click_text("[role='radio']", word).await?;
        album.take(admin, name).await?;
    }
    Ok(())
}

fn site_file() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.with_file_name("training").join("site.csv")
}

/// The pictures taken so far.
struct Album<'a> {
    folder: &'a Path,
    count: usize,
}

impl Album<'_> {
    async fn take(&mut self, browser: &Browser, name: &str) -> Result<()> {
        shots::settle(browser).await?;
        self.count += take::in_all_sizes(browser, name, self.folder).await?;
        Ok(())
    }
}
