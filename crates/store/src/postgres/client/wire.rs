//! [`Wire`]: messages of the server in, bytes for it out, both at once.
//!
//! Whatever is to be written is written while one reads, so that a server that waits for us to read never waits for ever.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use bytes::{Buf as _, BytesMut};
use postgres_protocol::message::frontend;
use tokio::io::{AsyncReadExt as _, AsyncWrite as _};

use super::message::{Decoder, Message};
use super::socket::Socket;

/// How much room there is for each read, in bytes.
const READ_BYTES: usize = 32 << 10;

/// With less room than this more is made.
const READ_BYTES_MIN: usize = 4 << 10;

/// Past this size an empty buffer for writing is given back.
const KEPT_BYTES_MAX: usize = 256 << 10;

/// A socket with its buffers.
#[derive(Debug)]
pub(super) struct Wire {
    socket: Socket,
    decoder: Decoder,
    input: BytesMut,
    /// What is to be written; whoever appends to it calls [`Wire::next`] or [`Wire::flush`] then.
    pub(super) output: BytesMut,
    written: u64,
    must_flush: bool,
    /// Why nothing can be written any more. What the server said before is still read: it may tell why.
    write_error: Option<io::Error>,
}

impl Wire {
    /// Returns the wire over `socket`, which throws away rows of more than `row_bytes_max` bytes.
    pub(super) fn new(socket: Socket, row_bytes_max: usize) -> Self {
        Self {
            socket,
            decoder: Decoder::new(row_bytes_max),
            input: BytesMut::new(),
            output: BytesMut::new(),
            written: 0,
            must_flush: false,
            write_error: None,
        }
    }

    /// Returns the socket.
    pub(super) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Returns how many bytes the operating system has taken.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Returns how many bytes have been appended in all.
    pub(super) fn appended(&self) -> u64 {
        self.written + self.output.len() as u64
    }

    /// Returns the next message. Whoever stops waiting for it loses nothing.
    ///
    /// # Errors
    /// Why the connection is of no use any more.
    pub(super) async fn next(&mut self) -> io::Result<Message> {
        loop {
            match self.next_here()? {
                Some(message) => return Ok(message),
                None => std::future::poll_fn(|context| self.poll_read(context)).await?,
            }
        }
    }

    /// Returns the next message if it is here already.
    ///
    /// # Errors
    /// As [`Wire::next`].
    pub(super) fn next_here(&mut self) -> io::Result<Option<Message>> {
        self.decoder
            .next(&mut self.input)
            .map_err(|cause| io::Error::new(io::ErrorKind::InvalidData, cause))
    }

    /// Reads what has come, without waiting for more, and tells whether the connection still stands.
    pub(super) fn poll_now(&mut self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        !matches!(self.poll_read(&mut context), Poll::Ready(Err(_)))
    }

    /// Says goodbye, if that can be said without waiting.
    pub(super) fn terminate(&mut self) {
        frontend::terminate(&mut self.output);
        let mut context = Context::from_waker(Waker::noop());
        // The connection is closed in any case.
        drop(self.poll_write(&mut context));
    }

    /// Writes what is to be written, and reads nothing.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        std::future::poll_fn(|context| self.poll_write(context)).await
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.write_error.is_none()
            && let Poll::Ready(Err(cause)) = self.poll_write(context)
        {
            self.write_error = Some(cause);
        }
        if self.input.capacity() - self.input.len() < READ_BYTES_MIN {
            self.input.reserve(READ_BYTES);
        }
        let read = pin!(self.socket.read_buf(&mut self.input)).poll(context);
        match read {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(0)) => Poll::Ready(Err(self.write_error.take().unwrap_or_else(|| {
                io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    "the server closed the connection",
                )
            }))),
            Poll::Ready(read) => Poll::Ready(read.map(drop)),
        }
    }

    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.output.is_empty() {
            let count = match Pin::new(&mut self.socket).poll_write(context, &self.output) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(count) => count?,
            };
            self.output.advance(count);
            self.written += count as u64;
            self.must_flush = true;
        }
        if self.must_flush {
            match Pin::new(&mut self.socket).poll_flush(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(flushed) => flushed?,
            }
            self.must_flush = false;
            if self.output.capacity() > KEPT_BYTES_MAX {
                self.output = BytesMut::new();
            }
        }
        Poll::Ready(Ok(()))
    }
}
