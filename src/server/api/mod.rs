//! The requests of tablets; `docs/sync-protocol.md` is the authority. One file for each.
//!
//! * [`fault`] every answer that is no success: what is wrong, what is kept, what to do
//! * [`body`] reading a request within its limits, and checking who sent it
//! * [`join`], [`sign_in`], [`sync`](mod@sync), [`admin`], [`rescue`],
//!   [`attachment`] the requests
//! * [`push`] and [`pull`] are the halves of a sync, [`rejoin`] a tablet that the roster lost,
//!   [`meeting`] what the tablet says of itself with it
//! * [`live`] waits for something new

use std::io::Write as _;
use std::sync::Arc;

use ::sync::wire::admin::{ADMIN_PATH, AdminRequest};
use ::sync::wire::attachment::{
    GET_PATH, GetRequest, LACKING_PATH, LackingRequest, PUT_PATH, PutRequest,
};
use ::sync::wire::rescue::{RESCUE_PATH, RescueRequest};
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, ORIGIN};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;

use crate::peer;
use crate::state::Endpoint;
use crate::store::{Store, Tx};
use fault::Fault;

pub mod admin;
pub mod attachment;
pub mod body;
pub mod fault;
pub mod join;
pub mod live;
pub mod meeting;
pub mod pull;
pub mod push;
pub mod rejoin;
pub mod rescue;
pub mod sign_in;
pub mod sync;

/// Everything under `/v1/`.
pub fn routes<S: Store>(endpoint: Endpoint<S>) -> Router {
    Router::new()
        .route("/v1/health", get(health::<S>))
        .route(::sync::wire::JOIN_PATH, post(join_request::<S>))
        .route(::sync::wire::SIGN_IN_PATH, post(sign_in_request::<S>))
        .route(::sync::wire::SYNC_PATH, post(sync_request::<S>))
        .route(ADMIN_PATH, post(admin_request::<S>))
        .route(RESCUE_PATH, post(rescue_request::<S>))
        .route(LACKING_PATH, post(lacking_request::<S>))
        .route(PUT_PATH, post(put_request::<S>))
        .route(GET_PATH, post(get_request::<S>))
        .route(::sync::wire::LIVE_PATH, post(live_request::<S>))
        .method_not_allowed_fallback(async || Fault::method())
        .with_state(Arc::new(endpoint))
}

type Shared<S> = State<Arc<Endpoint<S>>>;

/// Answers whether the store can be read.
#[derive(Debug, Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
    time_ms: i64,
}

async fn health<S: Store>(State(endpoint): Shared<S>) -> Result<Response, Fault> {
    let mut tx = endpoint.store.read().await?;
    tx.meta("epoch").await?;
    Ok(answer(&Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        time_ms: endpoint.clock.now_ms(),
    }))
}

async fn join_request<S: Store>(
    State(endpoint): Shared<S>,
    request: Request,
) -> Result<Response, Fault> {
    let address = peer::address(request.extensions(), request.headers(), &endpoint.proxies);
    let (_, bytes) = body::read(request).await?;
    let parsed = body::parse(&bytes)?;
    Ok(answer(
        &join::join(&endpoint, &parsed, address.into()).await?,
    ))
}

async fn sign_in_request<S: Store>(
    State(endpoint): Shared<S>,
    request: Request,
) -> Result<Response, Fault> {
    let (headers, bytes) = body::read(request).await?;
    let parsed: ::sync::wire::SignInRequest = body::parse(&bytes)?;
    let path = ::sync::wire::SIGN_IN_PATH;
    body::authenticate(&endpoint, path, &headers, &bytes, parsed.device).await?;
    Ok(answer(&sign_in::sign_in(&endpoint, &parsed).await?))
}

async fn sync_request<S: Store>(
    State(endpoint): Shared<S>,
    request: Request,
) -> Result<Response, Fault> {
    let (headers, bytes) = body::read(request).await?;
    let parsed: ::sync::wire::SyncRequest = body::parse(&bytes)?;
    let path = ::sync::wire::SYNC_PATH;
    rejoin::rejoin(&endpoint, &parsed).await?;
    let signer = body::authenticate(&endpoint, path, &headers, &bytes, parsed.device).await?;
    let reply = sync::sync(&endpoint, &parsed, signer, &bytes).await?;
    // A sync counts whether or not this could be written down.
    if let Err(error) = meeting::note(&endpoint, &parsed, &reply).await {
        let _unheard = writeln!(std::io::stderr(), "error: {error}");
    }
    Ok(answer(&reply))
}

async fn admin_request<S: Store>(
    State(endpoint): Shared<S>,
    request: Request,
) -> Result<Response, Fault> {
    let (headers, bytes) = body::read(request).await?;
    let parsed: AdminRequest = body::parse(&bytes)?;
    let device = parsed.device;
    let signer = body::authenticate(&endpoint, ADMIN_PATH, &headers, &bytes, device).await?;
    let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    Ok(answer(
        &admin::admin(&endpoint, &parsed, signer, origin).await?,
    ))
}

async fn rescue_request<S: Store>(
    State(endpoint): Shared<S>,
    request: Request,
) -> Result<Response, Fault> {
    let (headers, bytes) = body::read(request).await?;
    let parsed: RescueRequest = body::parse(&bytes)?;
    let device = parsed.device;
    body::authenticate(&endpoint, RESCUE_PATH, &headers, &bytes, device).await?;
    Ok(answer(&rescue::rescue(&endpoint, &parsed).await?))
}

async fn lacking_request<S: Store>(
    State(endpoint): Shared<S>,
    request: Request,
) -> Result<Response, Fault> {
    let (headers, bytes) = body::read(request).await?;
    let parsed: LackingRequest = body::parse(&bytes)?;
    body::authenticate(&endpoint, LACKING_PATH, &headers, &bytes, parsed.device).await?;
    Ok(answer(&attachment::lacking(&endpoint, &parsed).await?))
}

async fn put_request<S: Store>(
    State(endpoint): Shared<S>,
    request: Request,
) -> Result<Response, Fault> {
    let (headers, bytes) = body::read(request).await?;
    let parsed: PutRequest = body::parse(&bytes)?;
    body::authenticate(&endpoint, PUT_PATH, &headers, &bytes, parsed.device).await?;
    Ok(answer(&attachment::put(&endpoint, &parsed).await?))
}

async fn get_request<S: Store>(
    State(endpoint): Shared<S>,
    request: Request,
) -> Result<Response, Fault> {
    let (headers, bytes) = body::read(request).await?;
    let parsed: GetRequest = body::parse(&bytes)?;
    let device = parsed.device;
    let signer = body::authenticate(&endpoint, GET_PATH, &headers, &bytes, device).await?;
    Ok(answer(&attachment::get(&endpoint, &parsed, signer).await?))
}

async fn live_request<S: Store>(
    State(endpoint): Shared<S>,
    request: Request,
) -> Result<Response, Fault> {
    live::live(&endpoint, body::read(request).await?).await
}

fn answer<T: Serialize>(reply: &T) -> Response {
    ([(CACHE_CONTROL, "no-store")], Json(reply)).into_response()
}
