//! [`Error`]: a sentence for whoever typed the command.

use std::fmt;

/// What went wrong, as a sentence.
#[derive(Debug)]
pub(crate) struct Error(String);

/// A result of this program.
pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Returns an error that says `message`.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Adds what was being done to a failure of the standard library.
pub(crate) trait Context<T> {
    /// Returns the value, or an error that begins with `doing`.
    fn context(self, doing: &str) -> Result<T>;
}

impl<T, E: fmt::Display> Context<T> for std::result::Result<T, E> {
    fn context(self, doing: &str) -> Result<T> {
        self.map_err(|cause| Error::new(format!("{doing}: {cause}")))
    }
}
