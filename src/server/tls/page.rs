//! The page from which a tablet gets the authority's certificate, over plain HTTP: it cannot trust
//! TLS before it has it. So the page shows the fingerprint that the endpoint printed, to compare.

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::authority::Authority;

/// Where the certificate is.
pub const CERTIFICATE_PATH: &str = "/doorstep-ca.crt";

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");

/// The page: of this authority, for the app at `app` (`https://doorstep.lan:8787`).
pub fn router(authority: &Authority, app: &str) -> Router {
    let certificate = authority.certificate().to_vec();
    let page = PAGE.replace("{fingerprint}", &authority.fingerprint());
    let page = page.replace("{app}", app);
    let certificate = move || {
        let body = certificate.clone();
        async move {
            let name = (
                CONTENT_DISPOSITION,
                "attachment; filename=\"doorstep-ca.crt\"",
            );
            ([name], answer("application/x-x509-ca-cert", body))
        }
    };
    let page = move || {
        let body = page.clone().into_bytes();
        async move { answer("text/html; charset=utf-8", body) }
    };
    Router::new()
        .route(CERTIFICATE_PATH, get(certificate))
        .route("/page.css", get(async || answer("text/css", STYLE.into())))
        .fallback(get(page))
}

fn answer(kind: &'static str, body: Vec<u8>) -> Response {
    let policy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; \
                  form-action 'none'";
    let headers = [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, "no-cache"),
        (CONTENT_SECURITY_POLICY, policy),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, body).into_response()
}
