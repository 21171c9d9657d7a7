//! `cargo xtask simulate`: seeded schedules of tablets, endpoint and what goes wrong between them,
//! with the product's own code on both sides. Ends in failure at the first thing that must never
//! be, and names the seed that shows it again.
//!
//! * [`world`] one schedule, step by step · [`saving`] acts · [`befalls`] what goes wrong
//! * [`calm`] its end in fair weather · [`looks`] what must be true then · [`invariants`] by name
//! * [`shown`] what tablets show then · [`feeds`] the numbers under which entries are passed on
//! * [`theirs`] what a reply may carry · [`gone`] what is gone with what was put back
//! * [`desk`] a tablet · [`cache`] what it derives · [`endpoint`] the endpoint
//! * [`figures`] what is counted

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool"
)]

mod befalls;
mod cache;
mod calm;
mod desk;
mod endpoint;
mod feeds;
mod figures;
mod gone;
mod group;
mod invariants;
mod looks;
mod photos;
mod saving;
mod shown;
mod theirs;
mod world;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use anyhow::{Context as _, Result, bail, ensure};

use crate::figures::Figures;
use crate::invariants::{Broken, Invariant};
use crate::world::World;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One schedule in so many has real signatures, the others a hash in their place.
const REAL_IN: u64 = 100;

struct Asked {
    schedules: u64,
    from: u64,
    show: bool,
}

fn asked() -> Result<Asked> {
    let mut asked = Asked {
        schedules: 1_000,
        from: 0,
        show: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments
            .next()
            .with_context(|| format!("{name} needs a number"))?;
        let value: u64 = value.parse().with_context(|| format!("{name} {value}"))?;
        match name.as_str() {
            "--schedules" => asked.schedules = value,
            "--from" => asked.from = value,
            // One schedule, step by step.
            "--show" => (asked.from, asked.schedules, asked.show) = (value, 1, true),
            _ => bail!("{name}: there are --schedules, --from and --show"),
        }
    }
    ensure!(asked.schedules > 0, "--schedules needs one at least");
    Ok(asked)
}

/// Plays one schedule. A panic of the code that is played is something that must never be, too.
fn play(seed: u64, show: bool) -> Result<Figures, Broken> {
    record::quick::set(!seed.is_multiple_of(REAL_IN));
    let played = std::panic::catch_unwind(|| {
        let mut world = World::new(seed, show)?;
        world.play().map(|()| world.figures)
    });
    played.unwrap_or_else(|_| Invariant::Panic.broken("see above"))
}

fn run() -> Result<()> {
    let asked = asked()?;
    let next = AtomicU64::new(asked.from);
    let end = asked.from + asked.schedules;
    let stop = AtomicBool::new(false);
    let sums = Mutex::new((Figures::default(), Vec::new()));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end || stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let played = play(seed, asked.show);
                    let Ok(mut sums) = sums.lock() else { return };
                    match played {
                        Ok(figures) => sums.0 += &figures,
                        Err(broken) => {
                            sums.1.push((seed, broken));
                            stop.store(true, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    let (figures, mut wrong) = sums.into_inner().unwrap_or_default();
    wrong.sort_by_key(|(seed, _)| *seed);
    println!("seeds {} to {}", asked.from, end - 1);
    println!("{figures}");
    for (seed, broken) in &wrong {
        println!("seed {seed}: {broken}");
    }
    ensure!(wrong.is_empty(), "{} schedules went wrong", wrong.len());
    let gone = figures.gone_in_words();
    println!("0 acknowledged acts lost, 0 divergences, 0 forbidden bytes; {gone}");
    let rare = figures.rare();
    ensure!(
        asked.schedules < 1_000 || rare.is_empty(),
        "under 1 %: {rare:?}"
    );
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("simulate: {error:#}");
            ExitCode::FAILURE
        }
    }
}
