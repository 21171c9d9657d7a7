//! A plain HTTP client: one request on a connection of its own, which may break off anywhere.

use std::io::{Error, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// An HTTP answer.
#[derive(Debug)]
pub struct Reply {
    /// The status: 200.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body, joined where it came in chunks.
    pub body: Vec<u8>,
}

impl Reply {
    /// The value of a header, by its name in small letters; empty where it is absent.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends one request on a connection of its own; `head` is `GET /path`.
///
/// # Errors
/// The endpoint cannot be reached, or the connection breaks off before the whole answer came.
pub fn send(
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
///
/// # Errors
/// The connection breaks off before the whole answer came.
pub fn receive(mut socket: impl Read) -> std::io::Result<Reply> {
    let mut bytes = Vec::new();
    let ended = socket.read_to_end(&mut bytes);
    let cut = || Error::from(ErrorKind::UnexpectedEof);
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    let Some((head, body)) = end.and_then(|end| bytes.split_at_checked(end)) else {
        return Err(ended.err().unwrap_or_else(cut));
    };
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status = status.and_then(|status| status.parse().ok());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let mut reply = Reply {
        status: status.ok_or(ErrorKind::InvalidData)?,
        headers,
        body: body.get(4..).unwrap_or_default().to_vec(),
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
        let (size, after) = rest.split_at_checked(end)?;
        let size = usize::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()?;
        let chunk = after.get(2..2 + size)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(chunk);
        rest = after.get(4 + size..)?;
    }
}
