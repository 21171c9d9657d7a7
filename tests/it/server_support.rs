//! An endpoint as a process of its own, and what tests ask of it and of tablets.

use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use acceptance::client::Client;
use acceptance::http::{Reply, send};
use record::{CaseId, Hash};
use serde_json::{Value, json};
use sync::memory::run;
use sync::tablet::tips;

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

/// What a command says that ends in failure.
pub(crate) fn refused(arguments: &[&str]) -> String {
    let output = doorstep(arguments);
    assert!(!output.status.success(), "{arguments:?} is not refused");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

/// A running endpoint; killed with the test.
pub(crate) struct Endpoint {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    data: PathBuf,
    pub(crate) address: String,
    pub(crate) code: String,
    pub(crate) fingerprint: String,
    /// The link of the first administrator.
    pub(crate) administrator: Option<String>,
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
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut endpoint = Self {
            child,
            lines,
            data: data.to_path_buf(),
            address: String::new(),
            code: String::new(),
            fingerprint: String::new(),
            administrator: None,
        };
        let address = endpoint.said("address");
        endpoint.address = address.split_once("://").unwrap().1.to_owned();
        endpoint.code = endpoint.said("join code");
        endpoint.fingerprint = endpoint.said("root");
        let link = Some(endpoint.said("administrator"));
        endpoint.administrator = link.filter(|link| link.contains("/join#"));
        endpoint
    }

    /// What it printed next, which must be of this name.
    pub(crate) fn said(&mut self, word: &str) -> String {
        let line = self.lines.next().unwrap().unwrap();
        let (name, value) = line.split_once("  ").unwrap();
        assert_eq!(name, word);
        value.to_owned()
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

    /// A tablet that has joined, on which the officer has signed in, and that has pulled all.
    pub(crate) fn join(&self, name: &str) -> Client {
        let code = self.sign_in_code(OFFICER);
        Client::join(&self.address, &self.code, name, &code).unwrap()
    }

    /// A code with which a person signs in.
    pub(crate) fn sign_in_code(&self, name: &str) -> String {
        let printed = printed(&["sign-in", name, "--data", self.data.to_str().unwrap()]);
        printed.split("  ").next().unwrap().to_owned()
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

/// Asserts of an answer.
pub(crate) trait AssertFault {
    /// Asserts an error that says what is wrong, what is kept and what to do.
    fn assert_fault(&self, status: u16, error: &str);
}

impl AssertFault for Reply {
    fn assert_fault(&self, status: u16, error: &str) {
        let text = self.text();
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

/// Records a note in a case; answers its name.
pub(crate) fn note(tablet: &Client, case: CaseId, words: &str) -> Hash {
    let held = run(tablet.tablet.case_entries(&case)).unwrap().unwrap();
    let body = json!({ "words": words }).as_object().unwrap().clone();
    tablet
        .record(case, tips(&held), "officer", "noted", body)
        .unwrap()
}

/// The exact bytes of a case's entries, by name.
pub(crate) fn case_bytes(tablet: &Client, case: CaseId) -> Vec<(Hash, String)> {
    let held = run(tablet.tablet.case_entries(&case)).unwrap().unwrap();
    let mut texts: Vec<_> = held
        .iter()
        .map(|s| (s.entry.hash(), s.entry.text().to_owned()))
        .collect();
    texts.sort();
    texts
}

/// Who signs in on a tablet first.
pub(crate) const OFFICER: &str = "林曉雯";

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
    let output = importing(folder, file, more);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{error}");
    String::from_utf8(output.stdout).unwrap()
}

/// Reads a site file into the station's data folder, whatever comes of it.
pub(crate) fn importing(folder: &Folder, file: &str, more: &[&str]) -> Output {
    let (data, file) = (station_data(folder), folder.join(file));
    let mut arguments = vec!["site", "import", file.to_str().unwrap(), "--data"];
    arguments.push(data.to_str().unwrap());
    arguments.extend(more);
    doorstep(&arguments)
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
