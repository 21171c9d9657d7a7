//! The HTTP surface: headers, the built app, and requests that are not as they should be.

use std::io::Write as _;
use std::net::TcpStream;

use acceptance::client::{Client, random};
use acceptance::http::receive;
use flate2::Compression;
use flate2::write::GzEncoder;
use record::CaseId;
use serde_json::{Value, json};
use sync::wire::{BODY_BYTES_MAX, ENTRIES_MAX, JOIN_PATH, SIGN_IN_PATH, SYNC_PATH};

use crate::server_support::{AssertFault as _, Station, note};

#[test]
fn every_answer_keeps_the_browser_strict() {
    let station = Station::new();
    for path in [
        "/",
        "/cases/42",
        "/v1/health",
        "/missing.wasm",
        "/v1/nothing",
    ] {
        let reply = station.endpoint.get(path, &[]);
        let policy = reply.header("content-security-policy");
        assert!(
            policy.contains("script-src 'self' 'wasm-unsafe-eval';"),
            "{path}"
        );
        assert!(policy.ends_with("trusted-types doorstep default"), "{path}");
        assert!(
            policy.contains("require-trusted-types-for 'script'"),
            "{path}"
        );
        assert!(!policy.contains("unsafe-inline"), "{path}");
        assert!(policy.starts_with("default-src 'none';"), "{path}");
        // What the plain endpoint must not promise for others on its name.
        assert_eq!(reply.header("strict-transport-security"), "");
        assert_eq!(reply.header("x-frame-options"), "DENY");
        assert_eq!(reply.header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("referrer-policy"), "no-referrer");
        assert_eq!(reply.header("cross-origin-opener-policy"), "same-origin");
        assert!(
            reply
                .header("permissions-policy")
                .contains("geolocation=()")
        );
    }
}

#[test]
fn the_app_is_served_with_right_cache_headers() {
    let station = Station::new();
    let endpoint = &station.endpoint;
    for path in ["/", "/index.html", "/sw.js", "/precache.json", "/cases/42"] {
        let reply = endpoint.get(path, &[]);
        assert_eq!(
            (reply.status, reply.header("cache-control")),
            (200, "no-cache"),
            "{path}"
        );
    }
    let wasm = "/app-0123456789abcdef_bg.wasm";
    let plain = endpoint.get(wasm, &[]);
    assert_eq!(
        plain.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(plain.header("content-type"), "application/wasm");
    assert_eq!(plain.body, b"\0asm");
    let packed = endpoint.get(wasm, &[("accept-encoding", "br, gzip")]);
    assert_eq!(
        (packed.header("content-encoding"), packed.body.as_slice()),
        ("br", &b"packed"[..])
    );
    assert_eq!(packed.header("content-type"), "application/wasm");
}

#[test]
fn deep_links_get_the_app_and_missing_files_do_not() {
    let station = Station::new();
    let endpoint = &station.endpoint;
    let deep = endpoint.get("/cases/42/revisit?from=today", &[]);
    assert!(deep.header("content-type").starts_with("text/html"));
    assert!(String::from_utf8_lossy(&deep.body).contains("Doorstep"));
    for path in [
        "/missing.wasm",
        "/assets/app-fedcba9876543210.js",
        "/%2e%2e/data/root.key",
    ] {
        assert_eq!(endpoint.get(path, &[]).status, 404, "{path}");
    }
    endpoint
        .get("/v1/nothing", &[])
        .assert_fault(404, "missing");
    endpoint.get("/v1", &[]).assert_fault(404, "missing");
    endpoint.get(SYNC_PATH, &[]).assert_fault(405, "method");
    endpoint
        .post("/cases/42", &json!({}))
        .assert_fault(405, "method");
    let health = endpoint.get("/v1/health", &[]);
    assert_eq!(
        (health.status, health.json()["status"].clone()),
        (200, json!("ok"))
    );
}

/// A tablet with one note to push, and a way to look whether anything was stored.
fn with_note() -> (Station, Client) {
    let station = Station::new();
    let tablet = station.endpoint.join("前台");
    note(&tablet, CaseId::from_random(random()), "x");
    (station, tablet)
}

fn assert_nothing_stored(station: &Station) {
    let cases = station
        .exported()
        .entries
        .iter()
        .filter(|e| e.header().case.is_some())
        .count();
    assert_eq!(cases, 0);
}

#[test]
fn garbage_is_refused_in_words() {
    let (station, tablet) = with_note();
    for body in [
        &b""[..],
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe\x00",
        b"{\"proto\":1}",
    ] {
        for path in [SYNC_PATH, JOIN_PATH, SIGN_IN_PATH] {
            tablet
                .post(path, body)
                .unwrap()
                .assert_fault(400, "malformed");
        }
    }
    let good: Value = serde_json::from_str(&tablet.request().unwrap().body).unwrap();
    let altered = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        tablet.post(SYNC_PATH, body.to_string().as_bytes()).unwrap()
    };
    altered("proto", json!(2)).assert_fault(400, "malformed");
    altered("nonce", json!("short")).assert_fault(400, "malformed");
    altered("cursors", json!("all")).assert_fault(400, "malformed");
    altered("device", json!("00".repeat(16))).assert_fault(401, "unsigned");
    let entry = good["entries"][0].clone();
    altered("entries", json!(vec![entry; ENTRIES_MAX + 1])).assert_fault(413, "too_much");
    altered("entries", json!(["x".repeat(600 * 1024)])).assert_fault(413, "too_much");
    altered("receipts", json!(vec!["x"; 2000])).assert_fault(413, "too_much");
    altered("nonce", json!("x".repeat(BODY_BYTES_MAX))).assert_fault(413, "too_much");
    assert_nothing_stored(&station);
    tablet.sync_all().unwrap();
    assert_eq!(tablet.unsent(), 0, "and a good request still passes");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn gzip_passes_and_a_bomb_does_not() {
    let (station, tablet) = with_note();
    let endpoint = &station.endpoint;
    let sent = tablet.request().unwrap();
    let send = |plain: &[u8], packed: &[u8], encoding: &str| {
        let headers = tablet.headers(SYNC_PATH, plain);
        let mut headers: Vec<_> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        headers.push(("content-encoding", encoding));
        endpoint.send(&format!("POST {SYNC_PATH}"), &headers, packed)
    };
    let bomb = vec![b' '; 64 * 1024 * 1024];
    send(b"", &gzip(&bomb), "gzip").assert_fault(413, "too_much");
    let plain = sent.body.as_bytes();
    send(plain, plain, "gzip").assert_fault(400, "malformed");
    let packed = gzip(plain);
    send(plain, &packed[..packed.len() / 2], "gzip").assert_fault(400, "malformed");
    send(plain, &packed, "compress").assert_fault(400, "malformed");
    assert_nothing_stored(&station);
    assert_eq!(send(plain, &packed, "gzip").status, 200);
    assert_eq!(
        station
            .exported()
            .entries
            .iter()
            .filter(|e| e.header().case.is_some())
            .count(),
        1
    );
}

#[test]
fn half_a_body_stores_nothing() {
    let (station, tablet) = with_note();
    let sent = tablet.request().unwrap();
    let body = sent.body.as_bytes();
    let headers = tablet.headers(SYNC_PATH, body);
    let mut socket = TcpStream::connect(&station.endpoint.address).unwrap();
    let mut head = format!("POST {SYNC_PATH} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
    for (name, value) in &headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    socket.write_all(head.as_bytes()).unwrap();
    socket.write_all(&body[..body.len() / 2]).unwrap();
    socket.shutdown(std::net::Shutdown::Write).unwrap();
    if let Ok(reply) = receive(socket) {
        reply.assert_fault(400, "malformed");
    }
    assert_nothing_stored(&station);
    tablet.sync_all().unwrap();
}
