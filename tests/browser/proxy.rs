//! What stands between a tablet and the endpoint: a proxy, the page of a network that wants a
//! password, a line on which nothing comes. The files of the app always pass.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use sync::wire::PERSON_HEADER;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Longest head of a request, bytes.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Pause before each byte of an answer that comes slowly.
const SLOWLY: Duration = Duration::from_millis(300);
/// How often a request that waits looks whether it may go on.
const BLINK: Duration = Duration::from_millis(20);

/// What becomes of a request of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The endpoint answers it.
    Endpoint,
    /// It is answered with this body.
    Is {
        /// The status: 200.
        status: u16,
        /// The media type.
        kind: &'static str,
        /// The body.
        body: &'static str,
    },
    /// The beginning of an answer comes, and then the connection ends.
    Torn,
    /// The endpoint answers, half of its answer's body comes, and then the connection ends.
    Half,
    /// An answer comes byte after byte, without an end.
    Slow,
    /// Nothing comes.
    Never,
    /// The endpoint answers what is asked of it while the tablet is locked, and this many syncs of
    /// whoever uses it; the next wait until it is said otherwise.
    Syncs(u32),
}

#[derive(Debug)]
struct State {
    endpoint: String,
    answer: Answer,
    asked: Vec<Instant>,
    packed: usize,
    kept: Option<Vec<Exchange>>,
}

/// What passed on one connection.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    /// Head of the request.
    pub head: String,
    /// Its body as it came.
    pub body: Vec<u8>,
    /// What the endpoint answered, head and body, as far as it came.
    pub answer: Vec<u8>,
}

/// A proxy that runs until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    listen: SocketAddr,
    state: Arc<Mutex<State>>,
    running: JoinHandle<()>,
}

impl Proxy {
    /// Stands before the endpoint at an address, and passes everything on at first.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn before(endpoint: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let listen = listener.local_addr()?;
        let state = Arc::new(Mutex::new(State {
            endpoint: endpoint.trim_start_matches("http://").to_owned(),
            answer: Answer::Endpoint,
            asked: Vec::new(),
            packed: 0,
            kept: None,
        }));
        let shared = Arc::clone(&state);
        let running = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                // A connection that breaks off is the client's to notice.
                tokio::spawn(async move { drop(serve(client, &state).await) });
            }
        });
        Ok(Self {
            listen,
            state,
            running,
        })
    }

    /// Where tablets find it.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// From now on requests of the protocol are answered so.
    pub fn answers(&self, answer: Answer) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.answer = answer;
    }

    /// From now on it keeps what passes, in both directions.
    pub fn keep(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.kept.get_or_insert_default();
    }

    /// What has passed since [`Self::keep`].
    #[must_use]
    pub fn kept(&self) -> Vec<Exchange> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.kept.clone().unwrap_or_default()
    }

    /// When tablets asked to sync.
    #[must_use]
    pub fn asked(&self) -> Vec<Instant> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.asked.clone()
    }

    /// How many requests to sync came compressed.
    #[must_use]
    pub fn packed(&self) -> usize {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.packed
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// Serves one request; each has a connection of its own.
async fn serve(mut client: TcpStream, state: &Mutex<State>) -> Result<()> {
    let (head, body) = request(&mut client).await?;
    let path = head.split(' ').nth(1).unwrap_or_default();
    let is_protocol = path.starts_with("/v1/");
    let (answer, endpoint) = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        if path == "/v1/sync" {
            state.asked.push(Instant::now());
            let encoded = head.to_ascii_lowercase();
            state.packed += usize::from(encoded.contains("content-encoding: gzip"));
        }
        let syncs = path == "/v1/sync" && head.to_ascii_lowercase().contains(PERSON_HEADER);
        let answer = match state.answer {
            Answer::Syncs(0) if syncs => Answer::Syncs(0),
            Answer::Syncs(left) => {
                state.answer = Answer::Syncs(left.saturating_sub(u32::from(syncs)));
                Answer::Endpoint
            }
            answer if is_protocol => answer,
            _ => Answer::Endpoint,
        };
        (answer, state.endpoint.clone())
    };
    match answer {
        Answer::Endpoint | Answer::Syncs(_) => {
            while answer != Answer::Endpoint && held(state) {
                tokio::time::sleep(BLINK).await;
            }
            pass(state, (&head, &body), &endpoint, &mut client).await?;
        }
        Answer::Is { status, kind, body } => {
            let head = head_of(status, kind, body.len());
            client.write_all(format!("{head}{body}").as_bytes()).await?;
        }
        Answer::Torn => {
            let head = head_of(200, "application/json", 1000);
            client
                .write_all(format!("{head}{{\"proto\":1,").as_bytes())
                .await?;
        }
        Answer::Half => {
            let mut upstream = asked(&endpoint, (&head, &body)).await?;
            let mut whole = Vec::new();
            upstream.read_to_end(&mut whole).await?;
            let end = whole.windows(4).position(|window| window == b"\r\n\r\n");
            let head = end.context("a head")? + 4;
            let half = whole.get(..head + (whole.len() - head) / 2);
            client.write_all(half.unwrap_or_default()).await?;
        }
        Answer::Slow => {
            let head = head_of(200, "application/json", 1_000_000);
            client.write_all(head.as_bytes()).await?;
            loop {
                client.write_all(b" ").await?;
                tokio::time::sleep(SLOWLY).await;
            }
        }
        // Until the client goes.
        Answer::Never => drop(client.read(&mut [0; 1]).await),
    }
    Ok(())
}

/// A connection on which the endpoint was asked something.
async fn asked(endpoint: &str, (head, body): (&str, &[u8])) -> Result<TcpStream> {
    let mut upstream = TcpStream::connect(endpoint).await?;
    upstream.write_all(head.as_bytes()).await?;
    upstream.write_all(body).await?;
    Ok(upstream)
}

/// Has the endpoint answer a request, and keeps both where that is asked.
async fn pass(
    state: &Mutex<State>,
    (head, body): (&str, &[u8]),
    endpoint: &str,
    client: &mut TcpStream,
) -> Result<()> {
    let of_kept = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.kept.as_mut().map(|kept| {
            kept.push(Exchange {
                head: head.to_owned(),
                body: body.to_vec(),
                answer: Vec::new(),
            });
            kept.len() - 1
        })
    };
    let mut upstream = asked(endpoint, (head, body)).await?;
    let mut part = vec![0; 64 * 1024];
    loop {
        let read = upstream.read(&mut part).await?;
        let part = part.get(..read).unwrap_or_default();
        if part.is_empty() {
            return Ok(());
        }
        if let Some(at) = of_kept {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            let kept = state.kept.as_mut().and_then(|kept| kept.get_mut(at));
            if let Some(kept) = kept {
                kept.answer.extend_from_slice(part);
            }
        }
        client.write_all(part).await?;
    }
}

/// Whether syncs wait still.
fn held(state: &Mutex<State>) -> bool {
    let state = state.lock().unwrap_or_else(PoisonError::into_inner);
    state.answer == Answer::Syncs(0)
}

fn head_of(status: u16, kind: &str, length: usize) -> String {
    format!(
        "HTTP/1.1 {status} As\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n"
    )
}

/// Reads a request: its head, in which the connection is said to end with the answer, and its body.
async fn request(client: &mut TcpStream) -> Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let end = loop {
        let mut part = [0; 4096];
        let read = client.read(&mut part).await?;
        anyhow::ensure!(read > 0 && bytes.len() < HEAD_BYTES_MAX, "no whole request");
        bytes.extend_from_slice(part.get(..read).unwrap_or_default());
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
    };
    let mut body = bytes.split_off(end + 4);
    let head = String::from_utf8(bytes)?;
    let is = |line: &str, name: &str| line.to_ascii_lowercase().starts_with(name);
    let length = head.lines().find(|line| is(line, "content-length:"));
    let length: usize = match length.and_then(|line| line.split(':').nth(1)) {
        Some(length) => length.trim().parse().context("the length of the body")?,
        None => 0,
    };
    while body.len() < length {
        let mut part = [0; 4096];
        let read = client.read(&mut part).await?;
        anyhow::ensure!(read > 0, "no whole body");
        body.extend_from_slice(part.get(..read).unwrap_or_default());
    }
    let lines = head
        .lines()
        .filter(|line| !line.is_empty() && !is(line, "connection:"));
    let head: Vec<&str> = lines.collect();
    Ok((
        format!("{}\r\nconnection: close\r\n\r\n", head.join("\r\n")),
        body,
    ))
}
