//! [`Client`]: asks over a real socket, one connection for each request, with nothing between the test and the bytes.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value as Json;

/// Longest that a test waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Somebody who asks.
#[derive(Clone, Debug)]
pub struct Client {
    address: SocketAddr,
    headers: Vec<(String, String)>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case, in their order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Client {
    /// Returns a client that sends no headers of its own.
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            headers: Vec::new(),
        }
    }

    /// Returns the same client with one more header.
    #[must_use]
    pub fn header(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name.to_owned(), value.to_owned()));
        client
    }

    /// Sends a `GET`.
    pub fn get(&self, path: &str) -> Response {
        self.send("GET", path, b"")
    }

    /// Sends a `HEAD`.
    pub fn head(&self, path: &str) -> Response {
        self.send("HEAD", path, b"")
    }

    /// Sends a `DELETE`.
    pub fn delete(&self, path: &str) -> Response {
        self.send("DELETE", path, b"")
    }

    /// Sends a `POST` of JSON.
    pub fn post(&self, path: &str, body: &Json) -> Response {
        self.json("POST", path, body)
    }

    /// Sends a `PATCH` of JSON.
    pub fn patch(&self, path: &str, body: &Json) -> Response {
        self.json("PATCH", path, body)
    }

    /// Sends a `PUT` of JSON.
    pub fn put(&self, path: &str, body: &Json) -> Response {
        self.json("PUT", path, body)
    }

    fn json(&self, method: &str, path: &str, body: &Json) -> Response {
        self.header("content-type", "application/json").send(
            method,
            path,
            body.to_string().as_bytes(),
        )
    }

    /// Sends a request with any method and body.
    pub fn send(&self, method: &str, path: &str, body: &[u8]) -> Response {
        let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
        let has_header = |name: &str| self.headers.iter().any(|(known, _)| known == name);
        if !has_header("host") {
            head.push_str(&format!("host: {}\r\n", self.address));
        }
        let is_bare = body.is_empty() && ["GET", "HEAD"].contains(&method);
        if !is_bare && !has_header("content-length") {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        let received = self.raw(&bytes);
        Response::parse(&received, method == "HEAD").unwrap_or_else(|| {
            panic!(
                "no answer to {method} {path}: {:?}",
                String::from_utf8_lossy(&received)
            )
        })
    }

    /// Sends bytes and returns everything that comes back until the server closes.
    pub fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = self.connect();
        // A server may refuse before it has read everything; its answer is what counts.
        drop(stream.write_all(bytes));
        let mut received = Vec::new();
        match stream.read_to_end(&mut received) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
            other => {
                other.expect("the server answers in time");
            }
        }
        received
    }

    /// Opens a connection.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("the server listens");
        stream.set_read_timeout(Some(TIMEOUT)).expect("a time-out");
        stream
    }
}

impl Response {
    /// Reads an answer; nothing when it is not whole.
    pub fn parse(bytes: &[u8], is_head: bool) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut response = Self {
            status,
            headers,
            body: bytes[end + 4..].to_vec(),
        };
        if response.header("transfer-encoding") == Some("chunked") && !is_head {
            response.body = unchunk(&response.body)?;
        }
        Some(response)
    }

    /// Returns the first header `name`.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the body as JSON; null when it is none.
    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or(Json::Null)
    }

    /// Returns the `code` of an error body.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

fn unchunk(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).ok()?, 16).ok()?;
        let chunk = bytes.get(end + 2..end + 2 + size)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(chunk);
        bytes = bytes.get(end + 2 + size + 2..)?;
    }
}
