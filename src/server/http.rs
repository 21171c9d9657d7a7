//! The whole HTTP surface: the tablets' requests under `/v1/`, the built app elsewhere, the
//! headers that keep a browser strict, and the limits of time.

use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, HeaderName, HeaderValue, STRICT_TRANSPORT_SECURITY};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tower::{ServiceBuilder, ServiceExt as _};
use tower_http::compression::CompressionLayer;
use tower_http::decompression::RequestDecompressionLayer;
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

use crate::api;
use crate::api::fault::Fault;
use crate::state::Endpoint;
use crate::store::Store;

/// How long a request may take as a whole: a first load over a slow line takes many requests.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Scripts of the app and its WebAssembly only; none inline. Policies are those of `boot.js`. What
/// is not named is not loaded from anywhere.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; \
    script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; \
    font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; \
    base-uri 'none'; frame-ancestors 'none'; \
    form-action 'none'; require-trusted-types-for 'script'; trusted-types doorstep default";

/// The camera is for photos of a complaint; nothing else of the device is asked for.
const PERMISSIONS_POLICY: &str = "camera=(self), microphone=(), geolocation=(), payment=(), \
    usb=(), serial=(), display-capture=(), browsing-topics=()";

const HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("permissions-policy", PERMISSIONS_POLICY),
    ("x-content-type-options", "nosniff"),
    // For browsers and scanners that do not read `frame-ancestors`.
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Hexadecimal digits of the digest that a build puts into a file's name.
const DIGEST_LENGTH: usize = 16;

/// The router: the tablets' requests, and the app as built in `dist`.
pub fn router<S: Store>(endpoint: Endpoint<S>, dist: &Path) -> Router {
    let requests = api::routes(endpoint).layer(
        ServiceBuilder::new()
            .layer(CompressionLayer::new())
            .layer(TimeoutLayer::with_status_code(
                StatusCode::REQUEST_TIMEOUT,
                REQUEST_TIMEOUT,
            ))
            .layer(RequestDecompressionLayer::new()),
    );
    let mut router = requests
        .fallback_service(app(dist))
        .layer(from_fn(strict_paths));
    for (name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        let value = HeaderValue::from_static(value);
        router = router.layer(SetResponseHeaderLayer::overriding(name, value));
    }
    router
}

/// Tells browsers to come over TLS only, for a year: this name, and none below it.
#[must_use]
pub fn strict_transport() -> SetResponseHeaderLayer<HeaderValue> {
    let value = HeaderValue::from_static("max-age=31536000");
    SetResponseHeaderLayer::overriding(STRICT_TRANSPORT_SECURITY, value)
}

/// Files of the build, Brotli where the browser takes it; every other path a person may open is
/// the app itself.
fn app(dist: &Path) -> Router {
    let index = ServeFile::new(dist.join("index.html")).precompressed_br();
    let fallback = tower::service_fn(move |request: Request| {
        let index = index.clone();
        async move { Ok::<_, Infallible>(page(index, request).await) }
    });
    let files = ServeDir::new(dist)
        .precompressed_br()
        .append_index_html_on_directories(true)
        .fallback(fallback);
    Router::new().fallback_service(files).layer(from_fn(cached))
}

async fn page(index: ServeFile, request: Request) -> Response {
    if is_file(request.uri().path()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    match index.oneshot(request).await {
        Ok(response) => response.map(axum::body::Body::new),
        Err(never) => match never {},
    }
}

/// A path whose last segment has a dot names a file; a missing one must not answer with the app.
fn is_file(path: &str) -> bool {
    path.rsplit('/')
        .next()
        .is_some_and(|last| last.contains('.'))
}

/// Paths under `/v1/` are never the app, and the app is only read.
async fn strict_paths(request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/v1/") || request.uri().path() == "/v1";
    let read = request.method() == Method::GET || request.method() == Method::HEAD;
    let response = next.run(request).await;
    if api && is_plain(&response, &[StatusCode::NOT_FOUND, StatusCode::OK]) {
        return with_cache(Fault::missing().into_response(), NO_STORE);
    }
    if api && is_plain(&response, &[StatusCode::REQUEST_TIMEOUT]) {
        return with_cache(Fault::slow().into_response(), NO_STORE);
    }
    if api && is_plain(&response, &[StatusCode::UNSUPPORTED_MEDIA_TYPE]) {
        let fault = Fault::malformed("the body may be plain or gzip, nothing else");
        return with_cache(fault.into_response(), NO_STORE);
    }
    if !api && !read {
        return with_cache(Fault::method().into_response(), NO_STORE);
    }
    if api {
        with_cache(response, NO_STORE)
    } else {
        response
    }
}

/// Whether an answer has one of these statuses and did not come from a request's own code, which
/// always speaks JSON or in events.
fn is_plain(response: &Response, statuses: &[StatusCode]) -> bool {
    let kind = response.headers().get(axum::http::header::CONTENT_TYPE);
    let own = kind.is_some_and(|kind| {
        let kind = kind.as_bytes();
        kind.starts_with(b"application/json") || kind.starts_with(b"text/event-stream")
    });
    statuses.contains(&response.status()) && !own
}

fn with_cache(mut response: Response, value: HeaderValue) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, value);
    response
}

/// A file whose name carries its digest never changes; everything else is asked for again.
async fn cached(request: Request, next: Next) -> Response {
    let named = has_digest(request.uri().path());
    let response = next.run(request).await;
    let good = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    with_cache(response, if named && good { IMMUTABLE } else { NO_CACHE })
}

/// Whether a file's name carries a digest: `app-0123456789abcdef_bg.wasm`.
fn has_digest(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let parts = name.split(|c: char| !c.is_ascii_alphanumeric());
    let digest = |part: &str| {
        part.len() == DIGEST_LENGTH && part.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
    };
    name.contains('.') && parts.into_iter().any(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_digest_are_told_from_others() {
        assert!(has_digest("/app-0123456789abcdef_bg.wasm"));
        assert!(has_digest("/tokens-0123456789abcdef.css"));
        assert!(!has_digest("/sw.js"));
        assert!(!has_digest("/precache.json"));
        assert!(!has_digest("/cases/0123456789abcdef"));
        assert!(is_file("/missing.wasm") && !is_file("/cases/42"));
    }
}
