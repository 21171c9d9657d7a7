//! A network without internet: the endpoint certifies itself, and tells tablets how to trust it.

use std::io::Write as _;
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::Arc;

use acceptance::http::{Reply, receive, send};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::server_support::{Endpoint, Folder, binary, dist, printed, refused, station_data};

/// Gets a page over TLS as a client that trusts these certificates and no other.
fn get(address: &str, name: &str, trusted: &[CertificateDer<'_>]) -> std::io::Result<Reply> {
    let mut roots = RootCertStore::empty();
    for certificate in trusted {
        roots.add(certificate.clone().into_owned()).unwrap();
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let config = builder.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let port = address.rsplit(':').next().unwrap();
    let mut stream = StreamOwned::new(client, TcpStream::connect(format!("127.0.0.1:{port}"))?);
    let request =
        format!("GET /v1/health HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    receive(stream)
}

fn plain(url: &str, path: &str) -> Reply {
    let port = url.rsplit(':').next().unwrap();
    send(
        &format!("127.0.0.1:{port}"),
        &format!("GET {path}"),
        &[],
        b"",
    )
    .unwrap()
}

#[test]
fn a_tablet_that_installed_the_authority_connects_and_another_does_not() {
    let folder = Folder::new();
    let data = station_data(&folder);
    let names = ["--tls-names", "localhost,127.0.0.1"];
    let mut endpoint = Endpoint::start(&data, &dist(&folder), &names);
    let (install, fingerprint) = (endpoint.said("install"), endpoint.said("ca"));
    assert!(
        endpoint.address.starts_with("localhost:"),
        "{}",
        endpoint.address
    );

    let page = plain(&install, "/");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let text = page.text();
    assert!(
        text.contains(&fingerprint),
        "the page and the endpoint's screen say the same"
    );
    assert!(text.contains(&format!("href=\"https://{}/\"", endpoint.address)));
    for word in ["Android", "iPadOS", "Windows", "doorstep-ca.crt"] {
        assert!(text.contains(word), "{word}");
    }
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    let certificate = plain(&install, "/doorstep-ca.crt");
    assert_eq!(
        certificate.header("content-type"),
        "application/x-x509-ca-cert"
    );
    let digest = *record::Hash::of(&certificate.body).bytes();
    let pairs: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(pairs.join(":"), fingerprint);

    let trusted = [CertificateDer::from(certificate.body)];
    for name in ["localhost", "127.0.0.1"] {
        let health = get(&endpoint.address, name, &trusted).unwrap();
        assert_eq!(
            (health.status, health.json()["status"].as_str()),
            (200, Some("ok"))
        );
        // The page that installs the authority is under the same name, without TLS.
        assert_eq!(health.header("strict-transport-security"), "");
    }
    get(&endpoint.address, "localhost", &[]).unwrap_err();
    get(&endpoint.address, "other.example", &trusted).unwrap_err();
    let port = endpoint.address.rsplit(':').next().unwrap();
    let clear = send(&format!("127.0.0.1:{port}"), "GET /v1/health", &[], b"");
    clear.expect_err("nothing is answered in the clear");

    // Another run, another certificate, the same authority.
    endpoint.kill();
    let mut endpoint = Endpoint::start(&data, &dist(&folder), &names);
    endpoint.said("install");
    assert_eq!(endpoint.said("ca"), fingerprint);
    assert_eq!(
        get(&endpoint.address, "localhost", &trusted)
            .unwrap()
            .status,
        200
    );
    endpoint.kill();
    let data = data.to_str().unwrap();
    let other = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data",
        data,
        "--tls-names",
        "other.lan",
    ];
    let said = refused(&other);
    assert!(said.contains("localhost, 127.0.0.1 alone"), "{said}");
}

#[test]
fn a_certificate_of_files_is_served_and_says_to_come_over_tls_only() {
    let folder = Folder::new();
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, pair.cert.pem()).unwrap();
    std::fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
    let (certificate, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
    let files = ["--tls-cert", certificate, "--tls-key", key];
    let endpoint = Endpoint::start(&station_data(&folder), &dist(&folder), &files);
    let trusted = [pair.cert.der().clone()];
    let health = get(&endpoint.address, "localhost", &trusted).unwrap();
    assert_eq!(
        health.header("strict-transport-security"),
        "max-age=31536000"
    );
    let data = folder.join("none");
    let data = data.to_str().unwrap();
    let unfit = [
        "serve",
        "--data",
        data,
        "--tls-cert",
        key,
        "--tls-key",
        certificate,
    ];
    assert!(refused(&unfit).contains("--tls-cert and --tls-key"));
}

#[test]
fn an_address_open_to_the_network_without_tls_is_warned_about() {
    let folder = Folder::new();
    let data = station_data(&folder);
    let warned = |more: &[&str]| {
        let mut child = Command::new(binary())
            .args(["serve", "--listen", "0.0.0.0:0", "--data"])
            .arg(&data)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let url = printed_first(&mut child);
        assert_eq!(plain(&url, "/v1/health").status, 200);
        child.kill().unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap()
    };
    assert!(warned(&[]).contains("without TLS"));
    assert_eq!(warned(&["--proxy", "127.0.0.1"]), "");
    let _root = printed(&["root", "--data", data.to_str().unwrap()]);
}

fn printed_first(child: &mut std::process::Child) -> String {
    use std::io::{BufRead as _, BufReader};
    let mut line = String::new();
    let out = child.stdout.as_mut().unwrap();
    BufReader::new(out).read_line(&mut line).unwrap();
    line.trim_end().split_once("  ").unwrap().1.to_owned()
}
