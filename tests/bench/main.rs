//! The cold start with no network: how soon after a press on the app's icon the lock answers a tap,
//! and how soon after the last digit of the PIN the list of cases does. Called by
//! `cargo xtask bench`, with `--cases N`.
#![expect(
    clippy::print_stdout,
    reason = "a command-line tool talks on its standard output"
)]

mod cases;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use acceptance::browser::{Browser, Endpoint, Site, Size, import_site, root, tablet};
use acceptance::disk::Disk;
use anyhow::{Context, Result, ensure};
use record::pin::Cost;
use serde::Deserialize;
use serde_json::{Value, json};

/// Cases on the tablet, where nothing else is asked for.
const CASES: &str = "1000";
/// Most cases that one tablet has recorded: more of them take longer, each for the others.
const OF_ONE_TABLET: usize = 1_000;
/// Process restarts of which the median counts.
const STARTS: usize = 7;
/// Who is acting on the tablet.
const OFFICER: &str = "林曉雯";
/// Longest the first load of all cases may take, and a cold start.
const PATIENCE: Duration = Duration::from_secs(1_800);
/// Presses a filter as soon as there is one.
const PRESS: &str = include_str!("press.js");

/// A way to start, and how soon lock and list have to answer.
struct Pace {
    name: &'static str,
    /// How many times slower the page's processor is made.
    slowdown: u32,
    /// Longest the medians may take, milliseconds: until the lock answers, and from the last digit
    /// until the list does.
    limits_ms: [f64; 2],
}

const PACES: [Pace; 2] = [
    Pace {
        name: "as it is",
        slowdown: 1,
        limits_ms: [1_000.0, 1_000.0],
    },
    Pace {
        name: "4x CPU slowdown",
        slowdown: 4,
        limits_ms: [2_000.0, 2_500.0],
    },
];

/// One cold start; milliseconds since the navigation began. See `press.js`.
#[derive(Debug, Deserialize)]
struct Start {
    cases: usize,
    offline: bool,
    page: f64,
    wasm: Option<f64>,
    painted: f64,
    locked: f64,
    typed: f64,
    marks: Vec<(String, f64)>,
    there: f64,
    pressed: f64,
    answered: f64,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let mut asked = std::env::args().skip_while(|given| given != "--cases");
    let asked = asked.nth(1).unwrap_or_else(|| CASES.to_owned());
    let cases: usize = asked.parse().context("--cases N")?;
    let folder = tempfile::tempdir()?;
    let (data, profile) = (folder.path().join("data"), folder.path().join("tablet"));
    import_site(&root().join("training/site.csv"), &data).await?;
    let mut endpoint = Endpoint::start(&data, Site::Real).await?;
    let acts = push_cases(&endpoint, cases).await?;
    conditions(&load(&endpoint, &profile, cases).await?, cases, acts);
    endpoint.stop().await?;

    let mut words = Vec::new();
    let mut within = true;
    for pace in &PACES {
        let measured = measure(&endpoint.address(), &profile, (pace, cases)).await?;
        let mut told = measured.iter().zip(&pace.limits_ms).map(|(took, limit)| {
            within &= took.median <= *limit;
            let [median, worst, limit] = [took.median, took.worst, *limit].map(|ms| ms / 1_000.0);
            format!("{median:.2} s of {limit:.1} s (worst {worst:.2} s)")
        });
        let (lock, list) = (told.next(), told.next());
        let (lock, list) = (lock.unwrap_or_default(), list.unwrap_or_default());
        words.push(format!("{}: lock {lock}, list {list}", pace.name));
    }
    let verdict = if within { "" } else { "; too slow" };
    println!(
        "cold start offline with {cases} cases, median of {STARTS}: {}{verdict}",
        words.join(", ")
    );
    Ok(if within {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Has other tablets record the cases and push them; answers how many acts that is.
async fn push_cases(endpoint: &Endpoint, count: usize) -> Result<usize> {
    let began = Instant::now();
    // They join while there is nothing to pull.
    let mut others = Vec::new();
    for _ in 0..count.div_ceil(OF_ONE_TABLET) {
        let mut other = endpoint.client("前台", OFFICER).await?;
        cases::sign_in(&mut other)?;
        others.push(other);
    }
    let (mut made, mut acts) = (0, 0);
    for mut other in others {
        let next = count.min(made + OF_ONE_TABLET);
        acts += cases::make(&mut other, made..next)?;
        other.push_all()?;
        made = next;
        println!(
            "{made} cases recorded and pushed after {:.0} s",
            began.elapsed().as_secs_f64()
        );
    }
    Ok(acts)
}

/// Joins a tablet that pulls everything, and ends its browser; answers which browser it is.
async fn load(endpoint: &Endpoint, profile: &Path, cases: usize) -> Result<String> {
    let began = Instant::now();
    let browser = tablet::join(endpoint, profile, Size::Landscape, &[OFFICER]).await?;
    tablet::can_start_offline(&browser, PATIENCE).await?;
    tablet::pick(&browser, OFFICER).await?;
    tablet::go(&browser, "/").await?;
    let all = format!(
        "const all = document.querySelector('#main .chips [aria-pressed] .num');\
         return all?.textContent === '{cases}'"
    );
    browser
        .until("the list of all cases", &all, PATIENCE)
        .await?;
    tablet::sync(&browser, PATIENCE).await?;
    as_dear_as_it_is(&browser).await?;
    println!(
        "and pulled by the tablet after {:.0} s",
        began.elapsed().as_secs_f64()
    );
    let version = browser.cdp("Browser.getVersion", json!({})).await?;
    let version = version.get("product").and_then(Value::as_str);
    browser.kill().await?;
    Ok(version.unwrap_or("a browser of unknown version").to_owned())
}

/// A try of a PIN costs on this tablet what it does on every other: a cheaper one would start
/// sooner.
async fn as_dear_as_it_is(browser: &Browser) -> Result<()> {
    let costs = Disk::read(browser).await?.costs()?;
    ensure!(!costs.is_empty(), "nobody has a slot");
    let least = Cost::TABLET;
    let dear = |cost: &Cost| cost.memory_kib >= least.memory_kib && cost.passes >= least.passes;
    ensure!(costs.iter().all(dear), "{costs:?}, not {least:?}");
    Ok(())
}

fn conditions(browser: &str, cases: usize, acts: usize) {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default().to_owned();
    println!("{cores} cores (load {load}), {browser}, {cases} cases with {acts} acts in 今日");
}

/// How long something took in all starts, milliseconds.
struct Took {
    median: f64,
    worst: f64,
}

/// Starts anew as often as is asked for, prints each start; answers how long it took until the
/// lock answers, and from the last digit until the list does.
async fn measure(
    address: &str,
    profile: &Path,
    (pace, cases): (&Pace, usize),
) -> Result<[Took; 2]> {
    println!("{}, milliseconds since the navigation began:", pace.name);
    let (mut locks, mut lists) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let start = cold_start(address, profile, (pace, cases)).await?;
        locks.push(start.locked);
        lists.push(start.answered - start.typed);
    }
    Ok([took(locks)?, took(lists)?])
}

fn took(mut times: Vec<f64>) -> Result<Took> {
    times.sort_by(f64::total_cmp);
    let median = times.get(times.len() / 2).copied();
    Ok(Took {
        median: median.context("no start")?,
        worst: times.last().copied().context("no start")?,
    })
}

/// One start of a new browser process on the tablet's profile.
async fn cold_start(address: &str, profile: &Path, (pace, cases): (&Pace, usize)) -> Result<Start> {
    let began = Instant::now();
    let browser = Browser::open(profile, Size::Landscape).await?;
    let press = json!({ "source": PRESS });
    browser
        .cdp("Page.addScriptToEvaluateOnNewDocument", press)
        .await?;
    let rate = json!({ "rate": pace.slowdown });
    browser.cdp("Emulation.setCPUThrottlingRate", rate).await?;
    let opened = began.elapsed().as_millis();
    browser.load(&format!("{address}/")).await?;
    let done = "return (globalThis.coldStart ?? null) !== null";
    browser
        .until("an answer of the list", done, PATIENCE)
        .await?;
    let start = browser.script("return globalThis.coldStart").await?;
    let start: Start = serde_json::from_value(start)?;
    let violations = browser.violations().await?;
    browser.kill().await?;
    ensure!(violations.is_empty(), "forbidden: {violations:?}");
    ensure!(
        start.offline && start.cases == cases,
        "not that start: {start:?}"
    );
    print_start(&start, opened);
    Ok(start)
}

fn print_start(start: &Start, opened: u128) {
    let wasm = start.wasm.unwrap_or_default();
    let marks = start.marks.iter();
    let marks: String = marks
        .map(|(name, at)| format!(", {name} {at:.0}"))
        .collect();
    println!(
        "  lock {:.0}, list {:.0} later: page {:.0}, wasm {wasm:.0}{marks}, typed {:.0}, list \
         {:.0}, pressed {:.0}, answered {:.0}, first paint {:.0} (browser up in {opened})",
        start.locked,
        start.answered - start.typed,
        start.page,
        start.typed,
        start.there,
        start.pressed,
        start.answered,
        start.painted,
    );
}
