//! [`Guarded`]: a connection that is closed when its client is too slow.
//!
//! A request's head must arrive in one time, a connection may be silent for another. While a request is being worked on
//! nothing is expected of the client; how long its body may take is the handler's matter.

use std::future::Future as _;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::request_line::{GROWTH, RequestLine};

/// The most bytes that are read at once while a request's first line arrives.
const LINE_BYTES: usize = 2048;

/// Who is at the other end of the connection: perhaps a proxy.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// How many requests of a connection are being worked on.
#[derive(Clone, Debug, Default)]
pub(super) struct Busy(Arc<AtomicUsize>);

/// One request that is being worked on, until dropped.
#[derive(Debug)]
pub(super) struct BusyGuard(Arc<AtomicUsize>);

impl Busy {
    pub(super) fn enter(&self) -> BusyGuard {
        self.0.fetch_add(1, Ordering::Relaxed);
        BusyGuard(self.0.clone())
    }

    fn is_busy(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Drop for BusyGuard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The times of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// For a request's head, from its first byte on.
    pub(super) head: Duration,
    /// For silence, and for a client that takes nothing of its answer.
    pub(super) idle: Duration,
}

/// A connection with its times.
#[derive(Debug)]
pub(super) struct Guarded {
    stream: TcpStream,
    busy: Busy,
    times: Times,
    /// When the connection is closed unless something happens; the timer is only moved when it fires.
    deadline: Instant,
    timer: Pin<Box<Sleep>>,
    /// Bytes of a request's head have arrived, so that `deadline` is the head's and does not move.
    in_head: bool,
    /// Where in a request's head the bytes are that come next.
    line: RequestLine,
    /// The client takes nothing of its answer at present.
    stalled: bool,
}

impl Guarded {
    pub(super) fn new(stream: TcpStream, busy: Busy, times: Times) -> Self {
        // Whoever connects has something to say: the first head has the shorter time from the start.
        let deadline = Instant::now() + times.head;
        Self {
            stream,
            busy,
            times,
            deadline,
            timer: Box::pin(sleep_until(deadline)),
            in_head: true,
            line: RequestLine::Within,
            stalled: false,
        }
    }

    /// Tells whether the time is over; otherwise the timer wakes the task when it may be.
    fn poll_expired(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            ready!(self.timer.as_mut().poll(context));
            let now = Instant::now();
            if self.deadline <= now {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            self.timer.as_mut().reset(self.deadline);
        }
    }

    fn poll_written(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.stalled = false;
            self.progress();
            return written;
        }
        // The time counts from when the client stopped taking, not from before the answer was made.
        if !self.stalled {
            self.stalled = true;
            self.progress();
        }
        self.poll_expired(context).map(Err)
    }

    /// Reads what has arrived. Of a request's first line no more than what fits in encoded.
    fn poll_stream(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.in_head && !self.busy.is_busy() {
            // Whatever comes now begins a request.
            self.line = RequestLine::Within;
        }
        let room = (buffer.remaining() / GROWTH).min(LINE_BYTES);
        if self.line == RequestLine::Behind || room == 0 {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let mut space = [0; LINE_BYTES];
        let mut arrived = ReadBuf::new(space.get_mut(..room).unwrap_or_default());
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut arrived))?;
        let mut encoded = Vec::with_capacity(arrived.filled().len());
        self.line.encode(arrived.filled(), &mut encoded);
        buffer.put_slice(&encoded);
        Poll::Ready(Ok(()))
    }

    fn progress(&mut self) {
        self.deadline = Instant::now() + self.times.idle;
        self.in_head = false;
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        if let Poll::Ready(read) = this.poll_stream(context, buffer) {
            if this.busy.is_busy() {
                this.progress();
            } else if !this.in_head && buffer.filled().len() > before {
                this.in_head = true;
                this.deadline = Instant::now() + this.times.head;
                // The head's time may be shorter than what the timer waits for.
                this.timer.as_mut().reset(this.deadline);
            }
            return Poll::Ready(read);
        }
        if this.busy.is_busy() {
            this.progress();
        }
        this.poll_expired(context).map(Err)
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.poll_written(context, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(context, slices);
        this.poll_written(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
