//! [`SpoolWriter`]: writes a [`Spool`].

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use underpin_base::{Code, Error, Result};
use underpin_query::Spool;

/// A file without a name that becomes a [`Spool`].
#[derive(Debug)]
pub struct SpoolWriter {
    file: File,
    bytes: u64,
}

impl SpoolWriter {
    /// Makes an empty file in `folder`, and the folder when there is none. It is on a disk: the system's folder for temporary files may be
    /// memory.
    ///
    /// # Errors
    /// `io` when it cannot be made, `53100` when the disk is full.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(failed)?;
        let file = tempfile::tempfile_in(folder).map_err(failed)?;
        Ok(Self { file, bytes: 0 })
    }

    /// Appends `bytes`.
    ///
    /// # Errors
    /// `53100` when the disk is full.
    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(failed)?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Returns how many bytes were appended.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns what was appended.
    pub fn finish(self) -> Spool {
        Spool::new(self.file, self.bytes)
    }
}

fn failed(cause: io::Error) -> Error {
    if cause.kind() == io::ErrorKind::StorageFull {
        return Error::new(
            Code::DISK_FULL,
            "could not write to a temporary file: No space left on device",
        )
        .hint("Check free disk space.");
    }
    Error::new(Code::IO, "a temporary file cannot be written").cause(cause)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn what_was_appended_is_read_as_often_as_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = SpoolWriter::new(folder.path()).unwrap();
        writer.append(b"one,").unwrap();
        writer.append(b"two").unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let spool = writer.finish();
        assert_eq!(spool.bytes(), 7);
        for _ in 0..2 {
            let mut text = String::new();
            spool.reader().read_to_string(&mut text).unwrap();
            assert_eq!(text, "one,two");
        }
        let mut part = [0; 8];
        assert_eq!(spool.read_at(5, &mut part).unwrap(), 2);
        assert_eq!(spool.read_at(7, &mut part).unwrap(), 0);
    }
}
