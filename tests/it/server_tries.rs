//! Wrong codes are slowed down, by where they come from.

use acceptance::client::{join_request, random};
use acceptance::http::Reply;
use record::keys;
use serde_json::json;
use sync::wire::JOIN_PATH;

use crate::server_support::{AssertFault as _, Endpoint, OFFICER, Station, dist, station_data};

/// Wrong codes that one source may send at once.
const BURST: usize = 10;

fn join(endpoint: &Endpoint, code: &str, forwarded: Option<&str>) -> Reply {
    let request = json!(join_request(code, &keys::signing_key(&random()), "x"));
    let header = forwarded.map(|address| ("x-forwarded-for", address));
    let headers: Vec<_> = header.into_iter().collect();
    let body = request.to_string();
    endpoint.send(&format!("POST {JOIN_PATH}"), &headers, body.as_bytes())
}

fn assert_slowed(reply: &Reply) {
    reply.assert_fault(429, "tries");
    let seconds: u64 = reply.header("retry-after").parse().unwrap();
    assert!(
        (1..=6).contains(&seconds),
        "a house is never locked out for long"
    );
}

#[test]
fn guessing_join_codes_is_slowed_down_and_nothing_else_is() {
    let station = Station::new();
    let endpoint = &station.endpoint;
    let tablet = endpoint.join("前台");
    let person = endpoint.sign_in_code(OFFICER);
    for _ in 0..BURST {
        // Whatever the header says: nobody was named as a proxy.
        join(endpoint, "XXXX-XXXX", Some("203.0.113.1")).assert_fault(403, "code");
    }
    assert_slowed(&join(endpoint, "XXXX-XXXX", Some("203.0.113.2")));
    assert_slowed(&join(endpoint, &endpoint.code, None));
    tablet.sync_all().unwrap();
    let mut tablet = tablet;
    tablet.sign_in(&person, None).unwrap();
}

#[test]
fn behind_a_named_proxy_each_client_counts_for_itself() {
    let mut station = Station::new();
    station.endpoint.kill();
    let (data, folder) = (station_data(&station.folder), &station.folder);
    let endpoint = Endpoint::start(&data, &dist(folder), &["--proxy", "127.0.0.1,10.0.0.1"]);
    for _ in 0..BURST {
        join(&endpoint, "XXXX-XXXX", Some("1.1.1.1, 203.0.113.1")).assert_fault(403, "code");
    }
    assert_slowed(&join(
        &endpoint,
        "XXXX-XXXX",
        Some("2.2.2.2, 203.0.113.1, 10.0.0.1"),
    ));
    assert_eq!(
        join(&endpoint, &endpoint.code, Some("203.0.113.2")).status,
        200
    );
}

#[test]
fn guessing_a_persons_code_slows_that_tablet_down() {
    let station = Station::new();
    let endpoint = &station.endpoint;
    let (mut guesser, mut other) = (endpoint.join("前台"), endpoint.join("二號"));
    let code = endpoint.sign_in_code(OFFICER);
    for _ in 0..BURST {
        let refused = guesser.sign_in("XXXX-XXXX", None).unwrap_err().to_string();
        assert!(refused.starts_with("403:"), "{refused}");
    }
    let refused = guesser.sign_in(&code, None).unwrap_err().to_string();
    assert!(refused.starts_with("429:"), "{refused}");
    other.sign_in(&code, None).unwrap();
}
