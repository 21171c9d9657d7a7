//! The HTTP surface: headers, the built app, and requests that are not as they should be.

use std::io::Write as _;
use std::net::TcpStream;

use acceptance::client::{Client, join_request, random};
use acceptance::http::{Reply, receive};
use flate2::Compression;
use flate2::write::GzEncoder;
use record::CaseId;
use serde_json::{Value, json};
use sync::wire::admin::{ADMIN_PATH, Ask};
use sync::wire::attachment::{GET_PATH, LACKING_PATH, PUT_PATH};
use sync::wire::rescue::RESCUE_PATH;
use sync::wire::{BODY_BYTES_MAX, ENTRIES_MAX, JOIN_PATH, LIVE_PATH, SIGN_IN_PATH, SYNC_PATH};

use crate::server_admin::{administrator, ask};
use crate::server_support::{AssertFault as _, Station, note};

#[test]
fn every_answer_keeps_the_browser_strict() {
    let station = Station::new();
    let endpoint = &station.endpoint;
    for path in [
        "/",
        "/cases/42",
        "/v1/health",
        "/missing.wasm",
        "/v1/nothing",
    ] {
        assert_strict(path, &endpoint.get(path, &[]));
    }
    // A page of the app is only read.
    let posted = endpoint.post("/cases/42", &json!({}));
    assert_eq!(posted.status, 405);
    assert_strict("POST /cases/42", &posted);
}

#[test]
fn what_is_answered_to_tablets_is_strict_too_and_kept_nowhere() {
    let station = Station::new();
    let endpoint = &station.endpoint;
    let admin = administrator(endpoint);
    let tablet = endpoint.join("前台");
    let case = CaseId::from_random(random());
    let (_, photo) = tablet.record_photo(case, b"a photo").unwrap();
    tablet.sync_all().unwrap();
    let check = |what: &str, status: u16, reply: &Reply| {
        assert_eq!(reply.status, status, "{what}: {}", reply.text());
        assert_strict(what, reply);
        assert_eq!(reply.header("cache-control"), "no-store", "{what}");
    };
    let key = record::keys::signing_key(&random());
    let join = serde_json::to_value(join_request(&endpoint.code, &key, "x")).unwrap();
    check("join", 200, &endpoint.post(JOIN_PATH, &join));
    let sync = tablet.request().unwrap();
    let sync = tablet.post(SYNC_PATH, sync.body.as_bytes()).unwrap();
    check("sync", 200, &sync);
    let get = serde_json::to_vec(&tablet.tablet.get_request(photo, 0)).unwrap();
    check("a photo", 200, &tablet.post(GET_PATH, &get).unwrap());
    check("people", 200, &ask(&admin, 0, Ask::View));
    check("not his", 403, &ask(&tablet, 0, Ask::View));
    for path in [
        JOIN_PATH,
        SIGN_IN_PATH,
        SYNC_PATH,
        ADMIN_PATH,
        RESCUE_PATH,
        LACKING_PATH,
        PUT_PATH,
        GET_PATH,
        LIVE_PATH,
    ] {
        check(path, 400, &endpoint.post(path, &json!({})));
        check(path, 405, &endpoint.get(path, &[]));
    }
    check("nothing", 404, &endpoint.get("/v1/nothing", &[]));
}

fn assert_strict(what: &str, reply: &Reply) {
    let policy = reply.header("content-security-policy");
    assert!(
        policy.contains("script-src 'self' 'wasm-unsafe-eval';"),
        "{what}"
    );
    assert!(policy.ends_with("trusted-types doorstep default"), "{what}");
    assert!(
        policy.contains("require-trusted-types-for 'script'"),
        "{what}"
    );
    assert!(!policy.contains("unsafe-inline"), "{what}");
    assert!(policy.starts_with("default-src 'none';"), "{what}");
    let permissions = reply.header("permissions-policy");
    assert!(permissions.contains("geolocation=()"), "{what}");
    for (name, value) in [
        // What the plain endpoint must not promise for others on its name.
        ("strict-transport-security", ""),
        ("x-frame-options", "DENY"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(reply.header(name), value, "{what}: {name}");
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
