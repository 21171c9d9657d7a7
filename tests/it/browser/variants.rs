//! The path by other ways, each offline and then on a second tablet.

use anyhow::{Result, ensure};

use super::acts::{self, Agrees, Complaint, DRIP};
use super::bench::{Bench, OFFICER, Tablet};
use super::path::{arrives, kinds};

/// A lamp that is changed while the resident waits.
pub(super) const LAMP: Complaint = Complaint {
    room: "1203",
    content: "門廳的燈不亮了。",
    solved: Some("當場換了燈泡，已亮。"),
};

/// The words of the clock of the revisit, as the officer's page shows them.
async fn revisit_clock(on: &Tablet, case: &str) -> Result<String> {
    acts::open(&on.browser, OFFICER, case).await?;
    on.browser
        .text("[data-testid='clock-P-revisit-minor']")
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revisit_by_telephone() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet_of_all("first").await?;
    bench.endpoint.kill().await?;
    let case = acts::accept(&first, &DRIP).await?;
    acts::give_feedback(&first.browser, &case).await?;
    acts::work(&first.browser, &case).await?;
    acts::revisit_by_telephone(&first.browser, &case).await?;
    acts::close(&first.browser, &case).await?;
    let file = arrives(&mut bench, &first, &case).await?;
    let visit = file
        .entries
        .iter()
        .find(|entry| entry.kind() == "revisited");
    let body = visit.map(record::Entry::body);
    ensure!(
        body.as_ref()
            .and_then(|body| body.get("form"))
            .is_some_and(|form| form == "telephone"),
        "{body:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn solved_on_the_spot_is_revisited_all_the_same() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet_of_all("first").await?;
    bench.endpoint.kill().await?;
    let case = acts::accept(&first, &LAMP).await?;
    let clock = revisit_clock(&first, &case).await?;
    ensure!(clock.contains("計時中"), "{clock}");
    acts::revisit(&first.browser, &case, Agrees::Yes).await?;
    acts::close(&first.browser, &case).await?;
    let file = arrives(&mut bench, &first, &case).await?;
    let path = [
        "accepted",
        "solved_on_spot",
        "revisited",
        "opinion",
        "archived",
    ];
    ensure!(kinds(&file) == path, "{:?}", kinds(&file));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rejection_at_the_door_begins_the_work_anew() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet_of_all("first").await?;
    bench.endpoint.kill().await?;
    let case = acts::accept(&first, &DRIP).await?;
    acts::work(&first.browser, &case).await?;
    acts::revisit(&first.browser, &case, Agrees::No).await?;
    ensure!(
        acts::path(&first.browser).await? == case,
        "it leads to the case"
    );
    let phase = first.browser.text("[data-testid='phase']").await?;
    ensure!(
        !phase.contains("已解決") && !phase.contains("已回訪"),
        "{phase}"
    );
    acts::work(&first.browser, &case).await?;
    let clock = revisit_clock(&first, &case).await?;
    ensure!(
        clock.contains("計時中") && clock.contains("第 2 輪"),
        "{clock}"
    );
    acts::revisit(&first.browser, &case, Agrees::Yes).await?;
    acts::close(&first.browser, &case).await?;
    let file = arrives(&mut bench, &first, &case).await?;
    let visits = kinds(&file)
        .iter()
        .filter(|kind| **kind == "revisited")
        .count();
    ensure!(visits == 2, "{:?}", kinds(&file));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_home_twice_leaves_the_clock_running() -> Result<()> {
    let mut bench = Bench::open().await?;
    let first = bench.tablet_of_all("first").await?;
    bench.endpoint.kill().await?;
    let case = acts::accept(&first, &LAMP).await?;
    acts::find_nobody(&first, &case, "留了字條").await?;
    acts::find_nobody(&first, &case, "打了電話，改約明日").await?;
    let clock = revisit_clock(&first, &case).await?;
    ensure!(clock.contains("計時中"), "{clock}");
    acts::revisit(&first.browser, &case, Agrees::Yes).await?;
    acts::close(&first.browser, &case).await?;
    let file = arrives(&mut bench, &first, &case).await?;
    let path = [
        "accepted",
        "solved_on_spot",
        "visit_attempted",
        "visit_attempted",
        "revisited",
        "opinion",
        "archived",
    ];
    ensure!(kinds(&file) == path, "{:?}", kinds(&file));
    Ok(())
}
