//! The loop that meets the endpoint, and the one that moves the time on. Success is judged by the
//! endpoint's answer, never by what the browser believes of the network.

use std::cell::Cell;
use std::time::Duration;

use domain::id::CaseId;
use domain::time::Instant;
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use sync::tablet::{ApplyError, TabletError};
use sync::wire::{ENTRIES_MAX, SYNC_PATH, SyncReply, UNKNOWN_DEVICE};
use view::prelude::*;

use crate::net::{self, NetFault};
use crate::state::{App, now};
use crate::{boot, live, photos, platform, redraw, rescue};

/// Pause after a meeting that went well.
const PAUSE_MS: u64 = 30_000;
/// First pause after one that did not; doubled each time.
const RETRY_FIRST_MS: u64 = 2_000;
/// Longest pause.
const RETRY_MS_MAX: u64 = 60_000;
/// How often it is looked whether a meeting is over, milliseconds.
const BLINK_MS: i32 = 50;
/// No meeting goes on for more turns than this without a pause.
const TURNS_MAX: u32 = 10_000;

thread_local! {
    /// Most entries of the next request.
    static AT_ONCE: Cell<usize> = const { Cell::new(ENTRIES_MAX) };
    static TIMER: Cell<Option<TimeoutHandle>> = const { Cell::new(None) };
    static TICK: Cell<Option<TimeoutHandle>> = const { Cell::new(None) };
    static RETRY_MS: Cell<u64> = const { Cell::new(RETRY_FIRST_MS) };
    static AGAIN: Cell<bool> = const { Cell::new(false) };
    static HEARING: Cell<bool> = const { Cell::new(false) };
}

/// Begins to meet the endpoint, now and whenever something speaks for it.
pub(crate) fn start(app: App) {
    if HEARING.replace(true) {
        return soon(app);
    }
    let hear = |name: &'static str| {
        let handle = window_event_listener_untyped(name, move |_| soon(app));
        on_page_lifetime(handle);
    };
    hear("online");
    hear("focus");
    let seen = move |_| {
        if platform::is_seen() {
            // Timers stand still while a tablet sleeps.
            tick(app);
            soon(app);
        } else {
            live::tend(app);
        }
    };
    on_page_lifetime(window_event_listener_untyped("visibilitychange", seen));
    soon(app);
}

/// Listeners that live as long as the page.
fn on_page_lifetime(handle: WindowListenerHandle) {
    std::mem::forget(handle);
}

/// Meets the endpoint now, or once more if a meeting is going on. A page that may not write leaves
/// it to the one that may.
pub(crate) fn soon(app: App) {
    if !platform::has_turn() {
        return;
    }
    if app.meeting.with_untracked(|meeting| meeting.busy) {
        AGAIN.set(true);
        return;
    }
    leptos::task::spawn_local(async move {
        meet(app).await;
    });
}

/// One meeting: pushes and pulls until nothing is left, then plans the next.
pub(crate) async fn meet(app: App) {
    meet_until(app, |_| false).await;
}

/// The first meetings of who has just signed in: until there is what they read and sign with. The
/// rest comes while they work.
pub(crate) async fn meet_first(app: App) {
    let known = |app: App| app.directory.with_untracked(|d| d.site.is_some());
    let writes = |app: App| {
        app.core()
            .is_some_and(|core| core.tablet.can_sign() && core.site_scope().is_some())
    };
    // What was going up while nobody used the tablet waits.
    while app.meeting.with_untracked(|meeting| meeting.busy) {
        platform::pause(BLINK_MS).await;
    }
    meet_until(app, move |app| known(app) && writes(app)).await;
}

/// One meeting, ended early where that is enough; then the next follows at once.
async fn meet_until(app: App, enough: impl Fn(App) -> bool) {
    if app.meeting.with_untracked(|meeting| meeting.busy) {
        return;
    }
    app.meeting.update(|meeting| meeting.busy = true);
    let outcome = if app.core().is_some() {
        turns(app, enough).await
    } else {
        turns_asleep(app).await
    };
    let left = outcome == Err(NetFault::Left);
    app.meeting.update(|meeting| {
        meeting.busy = false;
        if !left {
            meeting.last = Some(outcome.clone());
        }
    });
    if outcome == Err(NetFault::Tablet(TabletError::Locked)) {
        // Another tab has changed the PIN.
        boot::lock(app);
    }
    refresh(app);
    live::tend(app);
    let pause = if outcome.is_ok() {
        RETRY_MS.set(RETRY_FIRST_MS);
        if AGAIN.take() { 0 } else { PAUSE_MS }
    } else if left {
        // What was not answered goes out as it lies.
        0
    } else {
        AGAIN.set(false);
        let pause = RETRY_MS.get();
        RETRY_MS.set(pause.saturating_mul(2).min(RETRY_MS_MAX));
        pause
    };
    plan(app, pause);
    leptos::task::spawn_local(rescue::daily(app));
}

fn plan(app: App, pause_ms: u64) {
    if let Some(old) = TIMER.take() {
        old.clear();
    }
    let next = set_timeout_with_handle(move || soon(app), Duration::from_millis(pause_ms));
    TIMER.set(next.ok());
}

/// A meeting while nobody has unlocked the tablet: what lies on it goes up as it lies.
async fn turns_asleep(app: App) -> Result<(), NetFault> {
    let Some(locked) = boot::locked().await? else {
        return Ok(());
    };
    let tablet = locked.asleep(boot::random as fn(&mut [u8])).await?;
    tablet.tell(boot::runs_on().await);
    let asleep = || app.core().is_none();
    for _ in 0..TURNS_MAX {
        let request = tablet.sync_request(AT_ONCE.get(), now()).await?;
        let (storage, body) = (tablet.storage(), request.body.clone());
        let reply = net::post_as_device(storage, tablet.device(), SYNC_PATH, body).await;
        if is_unknown_there(&reply, || tablet.is_unknown_there()) {
            continue;
        }
        let reply = paced(reply)?;
        let applied = tablet.apply(&reply, &request, now()).await;
        let applied = applied.map_err(not_applied)?;
        if applied.wipe {
            return Ok(boot::wipe(app).await?);
        }
        if !asleep() {
            return Ok(());
        }
        if applied.acknowledged == 0 && !applied.more {
            break;
        }
    }
    // Text before photos.
    if asleep() && photos::send(&tablet, asleep).await? {
        AGAIN.set(true);
    }
    if let Some(locked) = boot::locked().await?
        && asleep()
    {
        boot::show_gate(app, &locked);
    }
    Ok(())
}

/// Sends half as much after an answer that did not come in time, twice as much after one that did.
fn paced(reply: Result<SyncReply, NetFault>) -> Result<SyncReply, NetFault> {
    let sent = AT_ONCE.get();
    match &reply {
        Ok(_) => AT_ONCE.set(sent.saturating_mul(2).min(ENTRIES_MAX)),
        Err(NetFault::Slow) => AT_ONCE.set((sent / 2).max(1)),
        Err(_) => {}
    }
    reply
}

/// Whether the endpoint does not know the tablet, which has its statement to show.
fn is_unknown_there(reply: &Result<SyncReply, NetFault>, shows: impl FnOnce() -> bool) -> bool {
    match reply {
        Err(NetFault::Refused(body)) if body.error == UNKNOWN_DEVICE => shows(),
        _ => false,
    }
}

fn not_applied(error: ApplyError) -> NetFault {
    match error {
        ApplyError::Tablet(error) => NetFault::Tablet(error),
        _ => NetFault::Garbled,
    }
}

async fn turns(app: App, enough: impl Fn(App) -> bool) -> Result<(), NetFault> {
    let mut come = Come::default();
    let mut outcome = Ok(());
    let mut early = false;
    let mut list_from = 0;
    for _ in 0..TURNS_MAX {
        match turn(app).await {
            Ok(turn) if turn.wipe => return Ok(boot::wipe(app).await?),
            Ok(turn) => {
                come.directory |= turn.directory_changed;
                if turn.opened {
                    boot::show(app).await?;
                }
                refresh(app);
                if !turn.more {
                    break;
                }
            }
            Err(fault) => {
                if matches!(fault, NetFault::Tablet(_)) {
                    // What came may have been written, and nobody says which cases it touched.
                    app.all_lag();
                }
                outcome = Err(fault);
                break;
            }
        }
        // What has come is listed meanwhile. A case may come in many parts, and names too: this
        // takes no more of the time than pulling does. What cannot be listed holds nothing up.
        let began = platform::monotonic_ms();
        if began >= list_from {
            drop(come.list(app).await);
            let ended = platform::monotonic_ms();
            list_from = ended.saturating_add(ended.saturating_sub(began));
        }
        if enough(app) {
            early = true;
            break;
        }
    }
    let listed = come.list(app).await;
    if come.cases {
        tick(app);
    }
    let listed = listed.and(boot::cache_is_current(app).await);
    let listed = listed.map_err(NetFault::Unlisted);
    outcome?;
    if early {
        AGAIN.set(true);
        return listed;
    }
    // Text before photos.
    if let Some(core) = app.core() {
        // What is recorded meanwhile goes first, and so does who unlocks the tablet meanwhile.
        if photos::send(&core.tablet, || app.has_core(&core) && !AGAIN.get()).await? {
            AGAIN.set(true);
        }
    }
    listed
}

/// What has come in the requests of one meeting.
#[derive(Default)]
struct Come {
    /// The directory is to be made anew.
    directory: bool,
    /// Cases were folded.
    cases: bool,
}

impl Come {
    /// Lists it, as far as it can be read.
    async fn list(&mut self, app: App) -> Result<(), TabletError> {
        let mut outcome = Ok(());
        if self.directory {
            outcome = boot::make_directory(app).await;
            self.directory = outcome.is_err();
        }
        let lagging: Vec<_> = app.unfolded().into_iter().collect();
        self.cases |= !lagging.is_empty();
        outcome.and(app.refold(&lagging).await)
    }
}

/// What one request brought.
struct Turn {
    directory_changed: bool,
    /// Keys of scopes came, or scopes went.
    opened: bool,
    /// The tablet is to delete what is on it now.
    wipe: bool,
    more: bool,
}

async fn turn(app: App) -> Result<Turn, NetFault> {
    let Some(core) = app.core() else {
        return Err(NetFault::Left);
    };
    let mut request = core.tablet.sync_request(AT_ONCE.get(), now()).await?;
    let mut reply = net::post_signed(&core, SYNC_PATH, request.body.clone()).await;
    if is_unknown_there(&reply, || core.tablet.is_unknown_there()) {
        request = core.tablet.sync_request(AT_ONCE.get(), now()).await?;
        reply = net::post_signed(&core, SYNC_PATH, request.body.clone()).await;
    }
    let reply = paced(reply)?;
    let applied = core.tablet.apply(&reply, &request, now()).await;
    let applied = applied.map_err(not_applied)?;
    let (held, newest) = applied.progress;
    app.meeting.update(|meeting| {
        meeting.barred = applied.barred;
        meeting.loading = applied.more.then_some((held, newest));
    });
    for case in &applied.touched() {
        app.lags(&CaseId(case.to_string()));
    }
    Ok(Turn {
        directory_changed: applied.roster || !applied.site.is_empty(),
        opened: !(applied.opened.is_empty()
            && applied.removed_scopes.is_empty()
            && applied.closed_scopes.is_empty()),
        wipe: applied.wipe,
        more: applied.more,
    })
}

/// Reads what the record says of itself into the signals.
pub(crate) fn refresh(app: App) {
    let Some(core) = app.core() else { return };
    let status = core.tablet.status(now());
    app.meeting.update(|meeting| {
        meeting.unsent = status.unsent;
        meeting.photos = status.attachments_unsent;
        let offset_ms = status.clock.map_or(0, |(offset, _)| offset);
        let true_time = |wall_ms: i64| Instant(wall_ms.saturating_add(offset_ms));
        meeting.waiting_since = status.unsent_since_ms.map(true_time);
        meeting.contact = status.contact_wall_ms.map(true_time);
        let refused = usize::try_from(status.attachments_refused).unwrap_or(usize::MAX);
        meeting.stuck = status.aside.len() + status.refused.len() + refused;
    });
    if app.meeting.with_untracked(|meeting| meeting.withheld) != status.withheld {
        app.meeting
            .update(|meeting| meeting.withheld = status.withheld);
        // What is confidential goes from the lists, or comes back to them.
        leptos::task::spawn_local(async move { drop(boot::show(app).await) });
    }
}

/// Moves the time on now, then when the page is next to be drawn anew ([`redraw::next`]). Called
/// when cases have changed too: what an act has just started is running, not yet to come.
pub(crate) fn tick(app: App) {
    if let Some(old) = TICK.take() {
        old.clear();
    }
    let at = app.instant();
    app.now.set(at);
    if let Some(core) = app.core() {
        leptos::task::spawn_local(async move {
            // What is not noted now is noted in a minute.
            drop(core.tablet.pass(now()).await);
            refresh(app);
        });
    }
    let change = app.cases.with_untracked(|cases| {
        let summaries = cases.values();
        summaries
            .filter_map(|summary| summary.next_change(at))
            .min()
    });
    let pause = u64::try_from(redraw::next(at, change).since(at).max(50)).unwrap_or(1_000);
    let next = set_timeout_with_handle(move || tick(app), Duration::from_millis(pause));
    TICK.set(next.ok());
}
