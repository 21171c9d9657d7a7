//! What people do on a tablet, in the order of the screens. Each answers once the tablet has said
//! that it is saved.

use acceptance::browser::{Browser, tablet};
use anyhow::{Context as _, Result, ensure};

use super::bench::{HANDLER, HEAD, MANAGER, OFFICER, Tablet};

/// A hand that writes a name: strokes in CSS pixels from the pad's corner.
const NAME: &[&[(i64, i64)]] = &[
    &[(30, 40), (60, 30), (90, 45), (120, 35), (150, 60)],
    &[(60, 20), (62, 50), (58, 80), (70, 95)],
    &[(110, 60), (140, 80), (175, 60), (210, 85), (240, 50)],
];

/// What the resident says at the door.
pub(crate) const RESIDENT_SAID: &str = "師傅來得快，沒再滴了。";

/// What intake is told.
pub(crate) struct Complaint {
    /// Room of the household.
    pub(crate) room: &'static str,
    /// In the resident's words.
    pub(crate) content: &'static str,
    /// The result, where it is solved on the spot.
    pub(crate) solved: Option<&'static str>,
}

/// A drip on the ninth floor.
pub(crate) const DRIP: Complaint = Complaint {
    room: "902",
    content: "廚房水槽下面的水管從昨晚開始滴水，櫃子裡已經濕了。",
    solved: None,
};

/// The path of the page that is shown.
pub(crate) async fn path(browser: &Browser) -> Result<String> {
    let path = browser.script("return location.pathname").await?;
    Ok(path.as_str().context("a page has a path")?.to_owned())
}

/// Chooses an answer of a radio group by its words.
pub(crate) async fn answer(browser: &Browser, group: &str, words: &str) -> Result<()> {
    browser.click_text(&format!("{group} button"), words).await
}

/// Chooses from a list of the browser's own.
pub(crate) async fn choose(browser: &Browser, list: &str, words: &str) -> Result<()> {
    browser.click_text(&format!("{list} option"), words).await
}

/// Takes a complaint on; answers the path of its case.
pub(crate) async fn accept(tablet: &Tablet, complaint: &Complaint) -> Result<String> {
    let browser = &tablet.browser;
    tablet::pick(browser, OFFICER).await?;
    tablet::go(browser, "/intake").await?;
    fill_intake(browser, complaint).await?;
    browser.click("[data-testid='save']").await?;
    said(browser, "受理登記").await?;
    let there = "return /^\\/cases\\/.+/.test(location.pathname)";
    tablet.until("the page of the new case", there).await?;
    browser.wait("[data-testid='case']").await?;
    path(browser).await
}

/// Fills the form of intake up to its last button.
pub(crate) async fn fill_intake(browser: &Browser, complaint: &Complaint) -> Result<()> {
    browser.fill("#intake-search", complaint.room).await?;
    browser.click_text(".found .rc", complaint.room).await?;
    browser.click("[data-testid='next']").await?;
    answer(browser, "#intake-class", "物業管理類").await?;
    answer(browser, "#intake-channel", "電話").await?;
    answer(browser, "#intake-area", "維修管理").await?;
    browser.fill("#intake-content", complaint.content).await?;
    browser.fill("#intake-demands", "今天之內止漏").await?;
    browser.click("[data-testid='next']").await?;
    answer(browser, "#intake-severity", "輕微").await?;
    answer(browser, "#intake-validity", "有效").await?;
    browser.click("[data-testid='next']").await?;
    match complaint.solved {
        Some(result) => {
            answer(browser, "#intake-on-spot", "能，當場處理").await?;
            browser.fill("#intake-result", result).await
        }
        None => answer(browser, "#intake-on-spot", "不能").await,
    }
}

/// Waits for the message that an act is saved.
pub(crate) async fn said(browser: &Browser, act: &str) -> Result<()> {
    let toast = browser.wait_for_text(".toast", act).await?;
    let words = toast.text().await?;
    ensure!(words.contains("已保存"), "{words}");
    Ok(())
}

/// Comes to a case as somebody.
pub(crate) async fn open(browser: &Browser, who: &str, case: &str) -> Result<()> {
    tablet::pick(browser, who).await?;
    tablet::go(browser, case).await?;
    browser.wait("[data-testid='case']").await?;
    Ok(())
}

/// Opens the sheet of a step.
pub(crate) async fn step(browser: &Browser, kind: &str) -> Result<()> {
    let button = format!("[data-testid='step-{kind}'] button");
    browser.click(&button).await?;
    browser.wait("dialog[open]").await?;
    Ok(())
}

/// Saves the sheet that is open.
pub(crate) async fn save(browser: &Browser, act: &str) -> Result<()> {
    browser.click("dialog[open] [data-testid='save']").await?;
    said(browser, act).await
}

/// The resident is reached, and it counts as feedback.
pub(crate) async fn give_feedback(browser: &Browser, case: &str) -> Result<()> {
    open(browser, OFFICER, case).await?;
    step(browser, "contacted").await?;
    answer(browser, "#ask-contact", "反饋").await?;
    answer(browser, "#ask-way", "電話").await?;
    answer(browser, "#ask-reached", "聯繫到了").await?;
    browser.fill("#ask-words", "告知維修部今天下午上門").await?;
    browser
        .fill("#ask-residentwords", "能今天弄好就行。")
        .await?;
    answer(browser, "#ask-counts", "算作反饋").await?;
    save(browser, "聯繫住戶並記錄").await
}

/// Presses the button of the sheet and is elsewhere in the same moment, before anything is written.
pub(crate) async fn save_and_leave(browser: &Browser, act: &str) -> Result<()> {
    let leave = "document.querySelector(\"dialog[open] [data-testid='save']\").click();\
        history.pushState(null, '', '/cases'); dispatchEvent(new PopStateEvent('popstate'));";
    browser.script(leave).await?;
    said(browser, act).await
}

/// The form goes to the department.
pub(crate) async fn transfer(browser: &Browser, case: &str) -> Result<()> {
    write_transfer(browser, case).await?;
    save(browser, "轉交處置表").await
}

/// The same up to the button.
pub(crate) async fn write_transfer(browser: &Browser, case: &str) -> Result<()> {
    open(browser, OFFICER, case).await?;
    step(browser, "transferred").await?;
    choose(browser, "#ask-department", "維修部").await?;
    browser.fill("#ask-words", "住戶下午在家").await
}

/// The department's head acknowledges the form.
pub(crate) async fn receive(browser: &Browser, case: &str) -> Result<()> {
    open(browser, HEAD, case).await?;
    step(browser, "department_received").await?;
    save(browser, "部門接到處置表").await
}

/// Measures, handler and target, signed by the head.
pub(crate) async fn sign_measures(browser: &Browser, case: &str) -> Result<()> {
    write_measures(browser, case).await?;
    save(browser, "簽字並交回客服部").await
}

/// The same up to the button.
pub(crate) async fn write_measures(browser: &Browser, case: &str) -> Result<()> {
    open(browser, HEAD, case).await?;
    step(browser, "measures_filled").await?;
    browser
        .fill("#ask-measures", "更換水槽下的密封圈，擦乾櫃體。")
        .await?;
    choose(browser, "#ask-handler", HANDLER).await?;
    browser.click_text("dialog[open] .chip", "4 小時").await?;
    browser.draw("dialog[open] .sigpad canvas", NAME).await
}

/// The handler says that it is done.
pub(crate) async fn finish(browser: &Browser, case: &str) -> Result<()> {
    open(browser, HANDLER, case).await?;
    step(browser, "done").await?;
    browser
        .fill("#ask-words", "已更換密封圈，試水半小時不滴")
        .await?;
    save(browser, "記錄處理完成").await
}

/// The officer has looked at it.
pub(crate) async fn verify(browser: &Browser, case: &str) -> Result<()> {
    open(browser, OFFICER, case).await?;
    step(browser, "verified").await?;
    answer(browser, "#ask-founddone", "確已做好").await?;
    browser.fill("#ask-words", "管口乾燥").await?;
    save(browser, "驗證").await
}

/// The officer records the resolution.
pub(crate) async fn resolve(browser: &Browser, case: &str) -> Result<()> {
    open(browser, OFFICER, case).await?;
    step(browser, "resolved").await?;
    browser.fill("#ask-words", "不再滴水，櫃體已乾").await?;
    save(browser, "記錄已解決").await
}

/// From the transfer to the resolution.
pub(crate) async fn work(browser: &Browser, case: &str) -> Result<()> {
    transfer(browser, case).await?;
    receive(browser, case).await?;
    sign_measures(browser, case).await?;
    finish(browser, case).await?;
    verify(browser, case).await?;
    resolve(browser, case).await
}

/// Whether the resident agrees: the place of the answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Agrees {
    /// 認同
    Yes = 1,
    /// 不認同，要再處理
    No = 3,
}

/// By telephone: three opinions, no signature.
pub(crate) async fn revisit_by_telephone(browser: &Browser, case: &str) -> Result<()> {
    tablet::pick(browser, OFFICER).await?;
    tablet::go(browser, &format!("{}?way=telephone", visit(case))).await?;
    ask(browser, Agrees::Yes).await?;
    browser.click("[data-testid='save']").await?;
    said(browser, "的回訪").await
}

/// At the door, and nobody is there.
pub(crate) async fn find_nobody(tablet: &Tablet, case: &str, left: &str) -> Result<()> {
    let browser = &tablet.browser;
    tablet::pick(browser, OFFICER).await?;
    tablet::go(browser, &visit(case)).await?;
    // The message of the try before would be taken for that of this one.
    let silent = "return !document.querySelector('.toast').innerText.includes('無人在家')";
    tablet
        .until("that the last message has gone", silent)
        .await?;
    browser.click("[data-testid='nobody-home']").await?;
    browser.fill("#nobody-words", left).await?;
    browser.click("[data-testid='save-attempt']").await?;
    said(browser, "無人在家").await
}

/// The page of the revisit of a case.
pub(crate) fn visit(case: &str) -> String {
    case.replacen("/cases/", "/visits/", 1)
}

/// Asks for the three opinions and writes down what the resident says.
pub(crate) async fn ask(browser: &Browser, agrees: Agrees) -> Result<()> {
    for aspect in ["#view-intake", "#view-measures", "#view-result"] {
        browser
            .click(&format!("{aspect} button:nth-child(1)"))
            .await?;
    }
    browser.fill("#resident-words", RESIDENT_SAID).await?;
    let agreed = format!("#agreement button:nth-child({})", agrees as u8);
    browser.click(&agreed).await
}

/// At the door: three opinions, hand-over, the resident's signature.
pub(crate) async fn revisit_to_signature(
    browser: &Browser,
    case: &str,
    agrees: Agrees,
) -> Result<()> {
    tablet::pick(browser, OFFICER).await?;
    tablet::go(browser, &visit(case)).await?;
    ask(browser, agrees).await?;
    browser.click("[data-testid='hand-over']").await?;
    browser.wait(".res").await?;
    browser.draw(".res .sigpad canvas", NAME).await
}

/// The resident presses 簽好了.
pub(crate) async fn sign(browser: &Browser) -> Result<()> {
    browser.click("[data-testid='signed']").await?;
    browser.wait_for_text(".res", "簽名已存好").await?;
    Ok(())
}

/// A revisit up to the thanks, with the tablet still in the resident's hands.
pub(crate) async fn revisit_to_thanks(browser: &Browser, case: &str, agrees: Agrees) -> Result<()> {
    revisit_to_signature(browser, case, agrees).await?;
    sign(browser).await
}

/// The officer takes the tablet back with the PIN.
pub(crate) async fn take_back(browser: &Browser) -> Result<()> {
    browser.wait("[data-testid='take-back']").await?;
    tablet::type_pin(browser).await?;
    browser.wait_gone(".res").await?;
    browser.wait("#main").await?;
    Ok(())
}

/// A whole revisit at the door.
pub(crate) async fn revisit(browser: &Browser, case: &str, agrees: Agrees) -> Result<()> {
    revisit_to_thanks(browser, case, agrees).await?;
    take_back(browser).await
}

/// The manager writes the opinion.
pub(crate) async fn give_opinion(browser: &Browser, case: &str) -> Result<()> {
    open(browser, MANAGER, case).await?;
    step(browser, "opinion").await?;
    browser.fill("#ask-words", "處理及時，同意存檔。").await?;
    save(browser, "物業經理處理意見").await
}

/// The officer archives the case.
pub(crate) async fn archive(browser: &Browser, case: &str) -> Result<()> {
    open(browser, OFFICER, case).await?;
    step(browser, "archived").await?;
    save(browser, "存檔").await
}

/// The manager's opinion, then the archive.
pub(crate) async fn close(browser: &Browser, case: &str) -> Result<()> {
    give_opinion(browser, case).await?;
    archive(browser, case).await
}
