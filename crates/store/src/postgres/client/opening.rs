//! [`Opened`]: a connection to the first server of an address that takes us, and the way to cancel what it does.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use underpin_base::Error;

use super::address::{Address, Host};
use super::error;
use super::message::Message;
use super::socket::Socket;
use super::startup::{self, CancelKey, Refusal};
use super::tls;
use super::wire::Wire;

/// The longest that a request to cancel may take.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(2);

/// A connection that is ready for its first batch.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) wire: Wire,
    pub(super) canceller: Canceller,
}

/// Why there is no connection.
#[derive(Debug)]
pub(super) struct Failure {
    /// Whether a server is there, and has too many connections already.
    pub(super) is_full: bool,
    /// What each server said, for the log.
    pub(super) cause: String,
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        error::unreachable(failure.cause)
    }
}

/// Connects to the first server of `address` that takes us, each of which has `timeout` for it.
///
/// # Errors
/// What each of them said.
pub(super) async fn open(
    address: &Arc<Address>,
    timeout: Duration,
    row_bytes_max: usize,
) -> Result<Opened, Failure> {
    let mut failure = Failure {
        is_full: false,
        cause: String::new(),
    };
    for (host, port) in &address.hosts {
        let opening = open_at(address, host, *port, row_bytes_max);
        let cause = match tokio::time::timeout(timeout, opening).await {
            Ok(Ok(opened)) => return Ok(opened),
            Ok(Err(refusal)) => {
                failure.is_full |= refusal.is_full();
                refusal.to_string()
            }
            Err(_) => format!("no answer within {} ms", timeout.as_millis()),
        };
        if !failure.cause.is_empty() {
            failure.cause.push_str("; ");
        }
        failure
            .cause
            .push_str(&format!("{host}, port {port}: {cause}"));
    }
    Err(failure)
}

async fn open_at(
    address: &Arc<Address>,
    host: &Host,
    port: u16,
    row_bytes_max: usize,
) -> Result<Opened, Refusal> {
    let socket = tls::connect(address, host, port, None).await?;
    let mut opened = Opened::new(socket, address, host, port, row_bytes_max);
    opened.canceller.key = startup::greet(&mut opened.wire, address).await?;
    startup::make(&mut opened.wire, &address.settings).await?;
    if address.must_be_writable && is_read_only(&mut opened.wire).await? {
        return Err(Refusal::Other("the server takes no writes".to_owned()));
    }
    Ok(opened)
}

impl Opened {
    /// Returns the connection over `socket`, before anything was said.
    pub(super) fn new(
        socket: Socket,
        address: &Arc<Address>,
        host: &Host,
        port: u16,
        row_bytes_max: usize,
    ) -> Self {
        Self {
            canceller: Canceller {
                address: Arc::clone(address),
                host: host.clone(),
                port,
                peer: socket.peer(),
                key: CancelKey::default(),
            },
            wire: Wire::new(socket, row_bytes_max),
        }
    }
}

async fn is_read_only(wire: &mut Wire) -> Result<bool, Refusal> {
    postgres_protocol::message::frontend::query("show transaction_read_only", &mut wire.output)?;
    let mut is_read_only = true;
    loop {
        match wire.next().await? {
            Message::Row(row) => is_read_only = row.iter().next() != Some(Some(b"off")),
            Message::Error(error) => return Err(Refusal::Server(Box::new(error))),
            Message::Ready(_) => return Ok(is_read_only),
            _ => {}
        }
    }
}

/// Cancels what a connection does, over another one.
#[derive(Clone, Debug)]
pub(super) struct Canceller {
    address: Arc<Address>,
    host: Host,
    port: u16,
    /// Which of the host's addresses it was: the others may be other servers.
    peer: Option<SocketAddr>,
    key: CancelKey,
}

impl Canceller {
    /// Asks the server to cancel, and returns when it has taken notice or does not answer. Whether anything was cancelled is told by
    /// the connection itself alone.
    pub(super) async fn cancel(&self) {
        match tokio::time::timeout(CANCEL_TIMEOUT, self.request()).await {
            Ok(Ok(())) => {}
            Ok(Err(cause)) => tracing::warn!(%cause, "a statement could not be cancelled"),
            Err(_) => tracing::warn!("a statement could not be cancelled in time"),
        }
    }

    /// Cancels in the background, if there is still a runtime for it.
    pub(super) fn cancel_later(&self) {
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let canceller = self.clone();
            runtime.spawn(async move { canceller.cancel().await });
        }
    }

    async fn request(&self) -> Result<(), Refusal> {
        let mut socket = tls::connect(&self.address, &self.host, self.port, self.peer).await?;
        let mut request = BytesMut::new();
        startup::cancel_request(&self.key, &mut request);
        socket.write_all(&request).await?;
        socket.flush().await?;
        // The server closes the connection once it has sent the signal.
        socket.read_buf(&mut request).await?;
        Ok(())
    }
}
