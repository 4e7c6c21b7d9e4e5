//! [`Spool`]: bytes that are too many to be held in memory: a large body on its way in or out.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

/// Bytes in a file that has no name and goes with its last clone. Nothing is added to it any more.
#[derive(Clone, Debug)]
pub struct Spool {
    file: Arc<File>,
    bytes: u64,
}

impl Spool {
    /// Wraps the first `bytes` bytes of `file`.
    pub fn new(file: File, bytes: u64) -> Self {
        Self {
            file: Arc::new(file),
            bytes,
        }
    }

    /// Returns how many bytes there are.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Reads from `offset` on into `buffer`; returns how many bytes were read, 0 at the end.
    ///
    /// # Errors
    /// Those of the file.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.bytes.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        read_at(
            &self.file,
            offset,
            buffer.get_mut(..wanted).unwrap_or_default(),
        )
    }

    /// Returns a reader of all bytes; every reader has a position of its own.
    pub fn reader(&self) -> SpoolReader {
        SpoolReader {
            spool: self.clone(),
            offset: 0,
        }
    }
}

/// Two spools are equal when they are the same.
impl PartialEq for Spool {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.file, &other.file) && self.bytes == other.bytes
    }
}

/// Reads a [`Spool`] from its beginning to its end.
#[derive(Debug)]
pub struct SpoolReader {
    spool: Spool,
    offset: u64,
}

impl Read for SpoolReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.spool.read_at(self.offset, buffer)?;
        self.offset += read as u64;
        Ok(read)
    }
}

#[cfg(unix)]
fn read_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}
