//! `POST /v1/live`: a tablet waits, and is told that something new is there for who has unlocked
//! it; not what. It then syncs.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use record::DeviceId;
use record::roster::ScopeKind;
use sync::endpoint::Signer;
use sync::wire::{CURSORS_MAX, LIVE_NEWS, LIVE_PATH, LiveRequest};
use tokio::sync::watch;

use super::body;
use super::fault::Fault;
use crate::ledger;
use crate::live::{Feeds, News, Place};
use crate::state::Endpoint;
use crate::store::Store;

/// How often something is sent where nothing is new: a line that is dead shows.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// Asks proxies not to keep events back.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// Answers a stream of events: one at once where the request's cursors are behind, then one each
/// time a scope that is open has come further. It ends when nothing is open any more, as after a
/// revocation, and with the process.
///
/// # Errors
/// A fault where the request is not signed by a tablet and a person, or too many wait.
pub async fn live<S: Store>(
    endpoint: &Arc<Endpoint<S>>,
    (headers, bytes): (HeaderMap, Bytes),
) -> Result<Response, Fault> {
    let request: LiveRequest = body::parse(&bytes)?;
    body::speaks(request.proto)?;
    if request.cursors.len() > CURSORS_MAX {
        return Err(Fault::too_much("more cursors than the limit"));
    }
    let known = request.cursors.iter();
    let known = known.map(|cursor| {
        let feed = i64::try_from(cursor.feed).unwrap_or(i64::MAX);
        (cursor.scope.to_string(), feed)
    });
    let signed = Signed {
        endpoint: Arc::clone(endpoint),
        device: request.device,
        headers,
        bytes,
    };
    let open = signed.open().await?;
    let open = open.ok_or_else(|| Fault::unsigned("nobody has unlocked this tablet"))?;
    let place = endpoint.live.place(request.device);
    let waiting = Waiting {
        _place: place.ok_or_else(Fault::busy)?,
        news: endpoint.live.listen(),
        seen: Arc::new(known.collect()),
        judged_at: None,
        open,
        signed,
    };
    endpoint.live.look(&endpoint.store).await?;
    let events = futures_util::stream::unfold(waiting, |mut waiting| async move {
        waiting.next().await?;
        let event = Event::default().data(LIVE_NEWS);
        Some((Ok::<_, Infallible>(event), waiting))
    });
    let alive = KeepAlive::new().interval(HEARTBEAT).text("waiting");
    Ok(([UNBUFFERED], Sse::new(events).keep_alive(alive)).into_response())
}

/// A request, to be judged again when the roster has changed.
struct Signed<S: Store> {
    endpoint: Arc<Endpoint<S>>,
    device: DeviceId,
    headers: HeaderMap,
    bytes: Bytes,
}

/// What is open to who signed the request.
struct Open {
    scopes: Vec<String>,
    /// The scope of the roster.
    company: String,
}

impl<S: Store> Signed<S> {
    /// `None` where nothing is.
    async fn open(&self) -> Result<Option<Open>, Fault> {
        let (endpoint, device) = (&*self.endpoint, self.device);
        let authenticated =
            body::authenticate(endpoint, LIVE_PATH, &self.headers, &self.bytes, device);
        let Signer::Person(person) = authenticated.await? else {
            return Ok(None);
        };
        let mut tx = endpoint.store.read().await?;
        let roster = ledger::roster(&mut tx, &endpoint.root).await?;
        let revoked = roster.device(&device).is_none_or(|device| device.revoked);
        let scopes = roster.scopes_open_to(&device, &person);
        let mut all = roster.scopes();
        let company = all.find(|scope| scope.kind == ScopeKind::Company);
        let company = company.map(|scope| scope.id.to_string());
        Ok((!revoked && !scopes.is_empty()).then(|| Open {
            scopes: scopes.iter().map(ToString::to_string).collect(),
            company: company.unwrap_or_default(),
        }))
    }
}

/// A tablet that waits.
struct Waiting<S: Store> {
    signed: Signed<S>,
    open: Open,
    news: watch::Receiver<News>,
    /// How far the tablet has read or was told.
    seen: Arc<Feeds>,
    /// How far the roster had come when it was last read; `None` before.
    judged_at: Option<i64>,
    _place: Place,
}

impl<S: Store> Waiting<S> {
    /// Waits until something is new; `None` at the end.
    async fn next(&mut self) -> Option<()> {
        loop {
            let News { feeds, ended } = self.news.borrow_and_update().clone();
            if ended {
                return None;
            }
            let at = |feeds: &Feeds, scope: &String| feeds.get(scope).copied().unwrap_or(0);
            let roster = at(&feeds, &self.open.company);
            if self.judged_at != Some(roster) {
                self.open = self.signed.open().await.ok()??;
                self.judged_at = Some(roster);
            }
            let mut scopes = self.open.scopes.iter();
            let further = scopes.any(|scope| at(&feeds, scope) > at(&self.seen, scope));
            self.seen = feeds;
            if further {
                return Some(());
            }
            self.news.changed().await.ok()?;
        }
    }
}
