//! An endpoint as a process of its own, a plain HTTP client, and a tablet that talks to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use record::keys::{self, SigningKey};
use record::seal::SealKey;
use record::{CaseId, Hash, PublicKey, ScopeId, StaffId};
use serde_json::{Value, json};
use sync::memory::{Memory, run};
use sync::tablet::{Applied, Deed, NewAct, Now, SentRequest, Tablet, tips};
use sync::wire::{
    CERTIFY_PATH, CertifyReply, DEVICE_HEADER, ENTRIES_MAX, JOIN_PATH, JoinReply, JoinRequest,
    PROTO, SIGNATURE_HEADER, SYNC_PATH, SyncReply,
};

/// The program under test: `DOORSTEP_BIN`, or the one built beside this test.
pub(crate) fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("DOORSTEP_BIN") {
        return path.into();
    }
    let test = std::env::current_exe().unwrap();
    let path = test.ancestors().nth(2).unwrap().join("doorstep");
    assert!(path.is_file(), "build it first: cargo build -p server");
    path
}

static FOLDERS: AtomicU32 = AtomicU32::new(0);

/// A folder of its own, gone with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let count = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let name = format!("doorstep-it-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs a command of the program to its end.
pub(crate) fn doorstep(arguments: &[&str]) -> Output {
    Command::new(binary()).args(arguments).output().unwrap()
}

/// What a command printed; it must have succeeded.
pub(crate) fn printed(arguments: &[&str]) -> String {
    let output = doorstep(arguments);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// A running endpoint; killed with the test.
pub(crate) struct Endpoint {
    child: Child,
    pub(crate) address: String,
    pub(crate) code: String,
    pub(crate) fingerprint: String,
}

impl Endpoint {
    pub(crate) fn start(data: &Path, dist: &Path, more: &[&str]) -> Self {
        let mut child = Command::new(binary())
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .arg("--dist")
            .arg(dist)
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut next = |word: &str| {
            let line = lines.next().unwrap().unwrap();
            let (name, value) = line.split_once("  ").unwrap();
            assert_eq!(name, word);
            value.to_owned()
        };
        let address = next("address").strip_prefix("http://").unwrap().to_owned();
        let code = next("join code");
        let fingerprint = next("root");
        Self {
            child,
            address,
            code,
            fingerprint,
        }
    }

    /// Ends it without warning.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end and waits.
    pub(crate) fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }

    pub(crate) fn send(&self, head: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        send(&self.address, head, headers, body).unwrap()
    }

    pub(crate) fn get(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.send(&format!("GET {path}"), headers, b"")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(&format!("POST {path}"), &[], body.to_string().as_bytes())
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _waited = self.child.wait();
    }
}

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Asserts an error that says what is wrong, what is kept and what to do.
    pub(crate) fn assert_fault(&self, status: u16, error: &str) {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{text}");
        let body = self.json();
        assert_eq!(body["error"], error, "{text}");
        for field in ["message", "kept", "todo"] {
            assert!(
                body[field].as_str().is_some_and(|text| !text.is_empty()),
                "{text}"
            );
        }
    }
}

/// Sends one request on a connection of its own.
pub(crate) fn send(
    address: &str,
    head: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> std::io::Result<Reply> {
    let mut socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut text = format!("{head} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    socket.write_all(text.as_bytes())?;
    // An endpoint that refuses early stops reading: its answer is what counts.
    let _unread = socket.write_all(body);
    receive(socket)
}

/// Reads an answer up to its end.
pub(crate) fn receive(mut socket: TcpStream) -> std::io::Result<Reply> {
    let mut bytes = Vec::new();
    let ended = socket.read_to_end(&mut bytes);
    let cut = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Err(ended.err().unwrap_or_else(cut));
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let mut reply = Reply {
        status,
        headers,
        body: bytes[end + 4..].to_vec(),
    };
    if reply.header("transfer-encoding") == "chunked" {
        reply.body = unchunk(&reply.body).ok_or_else(cut)?;
    } else if let Ok(length) = reply.header("content-length").parse::<usize>()
        && reply.body.len() < length
    {
        return Err(cut());
    }
    Ok(reply)
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        let chunk = rest.get(end + 2..end + 2 + size)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(chunk);
        rest = rest.get(end + 4 + size..)?;
    }
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// A time of the tablets of these tests: what the machine's clock says.
pub(crate) fn now() -> Now {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let ms = since.unwrap().as_millis();
    Now {
        wall_ms: i64::try_from(ms).unwrap(),
        monotonic_ms: u64::try_from(ms).unwrap(),
    }
}

type Fill = fn(&mut [u8]);

fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).unwrap();
}

/// A tablet over memory, with its device key.
pub(crate) struct Client {
    pub(crate) tablet: Tablet<Memory, Fill>,
    pub(crate) key: SigningKey,
    pub(crate) joined: JoinReply,
}

/// What a join request looks like.
pub(crate) fn join_request(code: &str, key: &SigningKey, name: &str) -> JoinRequest {
    JoinRequest {
        proto: PROTO,
        code: code.to_owned(),
        device_key: PublicKey::of(key),
        name: name.to_owned(),
    }
}

impl Client {
    /// Joins, certifies keys and pulls everything.
    pub(crate) fn join(endpoint: &Endpoint, name: &str) -> Self {
        let key = keys::signing_key(&random());
        let request = json!(join_request(&endpoint.code, &key, name));
        let reply = endpoint.post(JOIN_PATH, &request);
        assert_eq!(
            reply.status,
            200,
            "{}",
            String::from_utf8_lossy(&reply.body)
        );
        let joined: JoinReply = serde_json::from_value(reply.json()).unwrap();
        let store_key = SealKey::new(random());
        let opened = Tablet::join(Memory::new(), store_key, fill as Fill, &joined, now());
        let client = Self {
            tablet: run(opened).unwrap().unwrap(),
            key,
            joined,
        };
        client.certify(endpoint);
        client.sync_all(endpoint);
        client
    }

    /// Headers that show a body to be this tablet's.
    pub(crate) fn headers(&self, path: &str, body: &[u8]) -> [(&'static str, String); 2] {
        let device = self.joined.device;
        let signed = record::signed::request_bytes("POST", path, &device, body);
        let signature = keys::to_base64(&keys::sign(&self.key, &signed));
        [
            (DEVICE_HEADER, device.to_string()),
            (SIGNATURE_HEADER, signature),
        ]
    }

    /// Sends a signed body.
    pub(crate) fn post(&self, address: &str, path: &str, body: &[u8]) -> std::io::Result<Reply> {
        let headers = self.headers(path, body);
        let headers = headers
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        send(address, &format!("POST {path}"), &headers, body)
    }

    pub(crate) fn certify(&self, endpoint: &Endpoint) {
        let Some(request) = run(self.tablet.certify_request()).unwrap().unwrap() else {
            return;
        };
        let body = serde_json::to_vec(&request).unwrap();
        let reply = self.post(&endpoint.address, CERTIFY_PATH, &body).unwrap();
        assert_eq!(
            reply.status,
            200,
            "{}",
            String::from_utf8_lossy(&reply.body)
        );
        let reply: CertifyReply = serde_json::from_value(reply.json()).unwrap();
        run(self.tablet.apply_certified(&reply, now()))
            .unwrap()
            .unwrap();
    }

    pub(crate) fn request(&self) -> SentRequest {
        run(self.tablet.sync_request(ENTRIES_MAX, now()))
            .unwrap()
            .unwrap()
    }

    /// Sends a request; the reply may be lost.
    pub(crate) fn exchange(&self, address: &str, sent: &SentRequest) -> std::io::Result<SyncReply> {
        let reply = self.post(address, SYNC_PATH, sent.body.as_bytes())?;
        assert_eq!(
            reply.status,
            200,
            "{}",
            String::from_utf8_lossy(&reply.body)
        );
        Ok(serde_json::from_value(reply.json()).unwrap())
    }

    pub(crate) fn apply(&self, reply: &SyncReply, sent: &SentRequest) -> Applied {
        run(self.tablet.apply(reply, sent, now())).unwrap().unwrap()
    }

    pub(crate) fn sync(&self, endpoint: &Endpoint) -> Applied {
        let sent = self.request();
        let reply = self.exchange(&endpoint.address, &sent).unwrap();
        self.apply(&reply, &sent)
    }

    /// Syncs until nothing is left either way.
    pub(crate) fn sync_all(&self, endpoint: &Endpoint) {
        for _ in 0..200 {
            let applied = self.sync(endpoint);
            if !applied.more && self.unsent() == 0 {
                return;
            }
        }
        panic!("it does not come to an end");
    }

    pub(crate) fn unsent(&self) -> u64 {
        self.tablet.status(now()).unsent
    }

    pub(crate) fn staff(&self, name: &str) -> StaffId {
        let roster = self.tablet.roster();
        let found = roster.staff().find(|person| person.name == name);
        found.unwrap().id
    }

    pub(crate) fn site_scope(&self) -> ScopeId {
        let mut scopes = self.joined.scopes.iter();
        scopes.find(|scope| scope.site.is_some()).unwrap().id
    }

    /// Records a note in a case; answers its name.
    pub(crate) fn note(&self, case: CaseId, words: &str) -> Hash {
        let held = run(self.tablet.case_entries(&case)).unwrap().unwrap();
        let body = json!({ "words": words });
        let deed = Deed {
            case,
            scope: self.site_scope(),
            acts: vec![NewAct {
                kind: "noted".to_owned(),
                body: body.as_object().unwrap().clone(),
            }],
            after: tips(&held),
            staff: self.staff("林曉雯"),
            role: "officer".to_owned(),
            app: String::new(),
        };
        run(self.tablet.record(&deed, Vec::new(), now()))
            .unwrap()
            .unwrap()[0]
            .hash()
    }

    /// The exact bytes of a case's entries, by name.
    pub(crate) fn case_bytes(&self, case: CaseId) -> Vec<(Hash, String)> {
        let held = run(self.tablet.case_entries(&case)).unwrap().unwrap();
        let mut texts: Vec<_> = held
            .iter()
            .map(|s| (s.entry.hash(), s.entry.text().to_owned()))
            .collect();
        texts.sort();
        texts
    }
}

/// A small site.
pub(crate) const SITE: &str = "類型,編號,名稱,棟,樓層,房號,姓名,電話,職務,部門\n\
    站點,YS,雲杉花園服務站,,,,,,,\n\
    部門,,客服部,,,,,,,\n\
    人員,S01,,,,,林曉雯,,接單員,客服部\n\
    人員,S02,,,,,周建國,,服務站站長,\n\
    棟,,,6,,,,,,\n\
    房屋,,,6,9,902,,,,\n\
    住戶,H1,,6,,902,張慧,13700003318,,\n";

/// An endpoint with the small site, and what it needs to live.
pub(crate) struct Station {
    pub(crate) endpoint: Endpoint,
    pub(crate) folder: Folder,
}

impl Station {
    pub(crate) fn new() -> Self {
        let folder = Folder::new();
        std::fs::write(folder.join("site.csv"), SITE).unwrap();
        let data = station_data(&folder);
        import(&folder, "site.csv", &[]);
        let endpoint = Endpoint::start(&data, &dist(&folder), &[]);
        Self { endpoint, folder }
    }

    pub(crate) fn restart(&mut self) {
        self.endpoint = Endpoint::start(&station_data(&self.folder), &dist(&self.folder), &[]);
    }

    /// Every entry the endpoint holds of any case, exported.
    pub(crate) fn exported(&self) -> record::export::EntryFile {
        let out = self.folder.join("all.txt");
        let data = station_data(&self.folder);
        printed(&[
            "export",
            "--data",
            data.to_str().unwrap(),
            "--out",
            out.to_str().unwrap(),
        ]);
        record::export::EntryFile::parse(&std::fs::read(out).unwrap()).unwrap()
    }
}

pub(crate) fn station_data(folder: &Folder) -> PathBuf {
    folder.join("data")
}

/// Imports a file of the folder; answers what was printed.
pub(crate) fn import(folder: &Folder, file: &str, more: &[&str]) -> String {
    let (data, file) = (station_data(folder), folder.join(file));
    let mut arguments = vec!["site", "import", file.to_str().unwrap(), "--data"];
    arguments.push(data.to_str().unwrap());
    arguments.extend(more);
    printed(&arguments)
}

/// A build of the app, in small.
pub(crate) fn dist(folder: &Folder) -> PathBuf {
    let dist = folder.join("dist");
    std::fs::create_dir_all(&dist).unwrap();
    let files = [
        ("index.html", "<!doctype html><title>Doorstep</title>"),
        ("sw.js", "// worker"),
        ("precache.json", "[]"),
        ("app-0123456789abcdef_bg.wasm", "\0asm"),
        ("app-0123456789abcdef_bg.wasm.br", "packed"),
    ];
    for (name, text) in files {
        std::fs::write(dist.join(name), text).unwrap();
    }
    dist
}
