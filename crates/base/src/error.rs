//! [`Error`]: a stable code, a sentence for the caller, and a cause that only the log sees.
//!
//! The public half (`code`, `message`, `details`, `hint`) is what a dialect serialises. The private half (`cause`) holds
//! what a driver or the operating system said; nothing that builds a response can reach it by accident.

use std::fmt;

use crate::Code;

/// The result of whatever can fail for a reason a caller may learn.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error: what the caller is told, and what only the log is told.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    code: Code,
    message: String,
    details: Option<Details>,
    hint: Option<String>,
    location: Option<Location>,
    cause: Option<String>,
}

/// The `details` member of an error body.
#[derive(Clone, Debug, PartialEq)]
pub enum Details {
    /// A sentence.
    Text(String),
    /// Structured details, such as the candidates of an ambiguous embed (PGRST201).
    Json(serde_json::Value),
}

/// Where in a file of the project an error lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file, relative to the project's folder.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
}

impl Error {
    /// Returns an error with `code` and the sentence `message`.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            message: message.into(),
            details: None,
            hint: None,
            location: None,
            cause: None,
        }))
    }

    /// Returns an internal error: the caller learns nothing of `cause`, the log does.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(Code::INTERNAL, "an internal error occurred").cause(cause)
    }

    /// Sets `details` to a sentence.
    #[must_use]
    pub fn details(mut self, details: impl Into<String>) -> Self {
        self.0.details = Some(Details::Text(details.into()));
        self
    }

    /// Sets `details` to structured data.
    #[must_use]
    pub fn details_json(mut self, details: serde_json::Value) -> Self {
        self.0.details = Some(Details::Json(details));
        self
    }

    /// Sets the remedy.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Sets the file and line, unless an inner step set them already; an inner step that knew the line alone, and gave an empty
    /// file, is given the file.
    #[must_use]
    pub fn at(mut self, file: &str, line: usize) -> Self {
        let location = self.0.location.get_or_insert_with(|| Location {
            file: file.to_owned(),
            line,
        });
        if location.file.is_empty() {
            file.clone_into(&mut location.file);
        }
        self
    }

    /// Moves the line down by `lines`, if it is known: the text in which it was counted begins below that many lines of the file.
    #[must_use]
    pub fn below(mut self, lines: usize) -> Self {
        if let Some(location) = &mut self.0.location {
            location.line += lines;
        }
        self
    }

    /// Sets the private cause, for the log.
    #[must_use]
    pub fn cause(mut self, cause: impl fmt::Display) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// Returns the code.
    pub fn code(&self) -> &Code {
        &self.0.code
    }

    /// Returns the sentence for the caller.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the details, if any.
    pub fn get_details(&self) -> Option<&Details> {
        self.0.details.as_ref()
    }

    /// Returns the remedy, if any.
    pub fn get_hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Returns the file and line, if known.
    pub fn location(&self) -> Option<&Location> {
        self.0.location.as_ref()
    }

    /// Returns the private cause, for the log alone.
    pub fn get_cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }
}

/// Prints what a person at the command line needs: where, what, and the remedy; never the cause.
impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.location {
            Some(Location { file, line }) if file.is_empty() => {
                write!(formatter, "line {line}: ")?;
            }
            Some(Location { file, line }) => write!(formatter, "{file}:{line}: ")?,
            None => {}
        }
        formatter.write_str(&self.0.message)?;
        if let Some(Details::Text(details)) = &self.0.details {
            write!(formatter, "\n  details: {details}")?;
        }
        if let Some(hint) = &self.0.hint {
            write!(formatter, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
