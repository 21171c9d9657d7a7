//! Tablets that wait are woken when something new is there for them, and told no more.

use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use acceptance::client::{Client, random};
use record::CaseId;
use sync::wire::LIVE_PATH;

use crate::server_support::{
    AssertFault as _, Endpoint, SITE, Station, dist, import, note, station_data,
};

/// A tablet that waits.
struct Waiting {
    lines: BufReader<TcpStream>,
}

impl Waiting {
    /// Waits with the endpoint at an address, as of what the tablet has read.
    fn at(address: &str, tablet: &Client) -> Self {
        let body = tablet.tablet.live_request().unwrap();
        let mut socket = TcpStream::connect(address).unwrap();
        // A test that fails ends; one that passes does not wait for it.
        socket
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let mut head = format!("POST {LIVE_PATH} HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\n");
        for (name, value) in tablet.headers(LIVE_PATH, body.as_bytes()) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
        socket.write_all(head.as_bytes()).unwrap();
        let mut waiting = Self {
            lines: BufReader::new(socket),
        };
        assert_eq!(waiting.line().as_deref(), Some("HTTP/1.1 200 OK"));
        let headers: Vec<String> = std::iter::from_fn(|| waiting.line())
            .take_while(|line| !line.is_empty())
            .collect();
        let has = |header: &str| headers.iter().any(|line| line == header);
        assert!(has("content-type: text/event-stream"), "{headers:?}");
        assert!(
            has("cache-control: no-store") && has("x-accel-buffering: no"),
            "{headers:?}"
        );
        assert!(
            !headers
                .iter()
                .any(|line| line.starts_with("content-encoding"))
        );
        waiting
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.lines.read_line(&mut line).unwrap();
        (read > 0).then(|| line.trim_end().to_owned())
    }

    /// The lines of the next event, without those that frame chunks; none at the end.
    fn event(&mut self) -> Vec<String> {
        let mut event = Vec::new();
        while let Some(line) = self.line() {
            match line.as_str() {
                "" if event.is_empty() => {}
                "" => return event,
                // The last chunk, and the lengths of others.
                "0" => return event,
                line if u32::from_str_radix(line, 16).is_ok() => {}
                line if line.starts_with(':') => {}
                line => event.push(line.to_owned()),
            }
        }
        event
    }

    fn assert_woken(&mut self) {
        assert_eq!(self.event(), ["data: news"], "and no word of what it is");
    }
}

fn write(tablet: &Client) {
    note(tablet, CaseId::from_random(random()), "新的");
    tablet.sync_all().unwrap();
}

#[test]
fn a_tablet_that_waits_is_woken_whichever_process_commits() {
    let station = Station::new();
    let (reader, writer) = (station.endpoint.join("讀"), station.endpoint.join("寫"));
    reader.sync_all().unwrap();
    let data = station_data(&station.folder);
    let second = Endpoint::start(&data, &dist(&station.folder), &[]);
    let mut waiting = Waiting::at(&second.address, &reader);
    let mut here = Waiting::at(&station.endpoint.address, &reader);
    write(&writer);
    waiting.assert_woken();
    here.assert_woken();
    reader.sync_all().unwrap();
    write(&writer);
    waiting.assert_woken();
    // It has not read that yet: whoever waits anew is told at once.
    Waiting::at(&second.address, &reader).assert_woken();
    // An endpoint that is asked to end does not wait for those who wait.
    second.stop();
    assert_eq!(waiting.event(), Vec::<String>::new());
}

#[test]
fn waiting_ends_with_the_person_who_unlocked_the_tablet() {
    let station = Station::new();
    let reader = station.endpoint.join("讀");
    reader.sync_all().unwrap();
    let mut waiting = Waiting::at(&station.endpoint.address, &reader);
    let without: Vec<&str> = SITE.lines().filter(|line| !line.contains("S01")).collect();
    std::fs::write(station.folder.join("later.csv"), without.join("\n") + "\n").unwrap();
    import(&station.folder, "later.csv", &[]);
    assert_eq!(waiting.event(), Vec::<String>::new());
    let body = reader.tablet.live_request().unwrap();
    let refused = reader.post(LIVE_PATH, body.as_bytes()).unwrap();
    refused.assert_fault(401, "unsigned");
}

#[test]
fn who_does_not_sign_is_told_nothing() {
    let station = Station::new();
    let endpoint = &station.endpoint;
    let tablet = endpoint.join("前台");
    let body = tablet.tablet.live_request().unwrap();
    let head = format!("POST {LIVE_PATH}");
    let unsigned = endpoint.send(&head, &[], body.as_bytes());
    unsigned.assert_fault(401, "unsigned");
    let headers = tablet.headers(LIVE_PATH, body.as_bytes());
    let headers = headers
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let by_nobody = endpoint.send(&head, &headers[..2], body.as_bytes());
    by_nobody.assert_fault(401, "unsigned");
    endpoint.get(LIVE_PATH, &[]).assert_fault(405, "method");
    tablet
        .post(LIVE_PATH, b"{}")
        .unwrap()
        .assert_fault(400, "malformed");
}
