//! [`SpoolBody`]: a body that is sent from a file, a piece at a time.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::task::JoinHandle;
use underpin_query::Spool;

/// How much is read at once, in bytes.
const PIECE_BYTES: usize = 256 << 10;

/// A body whose beginning is in a file. A piece is read when the one before it was taken, so that a slow client holds neither memory
/// nor a thread. A file that cannot be read ends the connection.
#[derive(Debug)]
pub(super) struct SpoolBody {
    spool: Spool,
    offset: u64,
    reading: Option<JoinHandle<io::Result<Vec<u8>>>>,
    rest: Bytes,
}

impl SpoolBody {
    /// Returns the body of `spool` and, after it, `rest`.
    pub(super) fn new(spool: Spool, rest: Vec<u8>) -> Self {
        Self {
            spool,
            offset: 0,
            reading: None,
            rest: rest.into(),
        }
    }

    fn read(&self) -> JoinHandle<io::Result<Vec<u8>>> {
        let (spool, offset) = (self.spool.clone(), self.offset);
        tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; PIECE_BYTES];
            let read = spool.read_at(offset, &mut piece)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            piece.truncate(read);
            Ok(piece)
        })
    }
}

impl Body for SpoolBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        if this.offset == this.spool.bytes() {
            let rest = std::mem::take(&mut this.rest);
            return Poll::Ready((!rest.is_empty()).then(|| Ok(Frame::data(rest))));
        }
        let mut reading = match this.reading.take() {
            Some(reading) => reading,
            None => this.read(),
        };
        let Poll::Ready(read) = Pin::new(&mut reading).poll(context) else {
            this.reading = Some(reading);
            return Poll::Pending;
        };
        Poll::Ready(Some(match read {
            Ok(Ok(piece)) => {
                this.offset += piece.len() as u64;
                Ok(Frame::data(piece.into()))
            }
            Ok(Err(error)) => Err(error),
            Err(stopped) => Err(io::Error::other(stopped)),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.offset == self.spool.bytes() && self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.spool.bytes() - self.offset + self.rest.len() as u64)
    }
}
