//! Errors on their way through SQLite, which carries nothing but text.
//!
//! A registered function fails with `underpin:` and a JSON array of code, message, details and hint; [`decode_error`] reads it
//! back. JSON also hides the NUL, which would end the text.

use std::fmt;

use serde_json::{Value as Json, json};
use underpin_base::{Code, Details, Error};

const PREFIX: &str = "underpin:";

/// An error in the form in which SQLite carries it.
#[derive(Debug)]
struct Encoded(String);

impl fmt::Display for Encoded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Encoded {}

/// Returns `error` for the driver.
pub(super) fn encode(error: &Error) -> rusqlite::Error {
    let details = match error.get_details() {
        None => Json::Null,
        Some(Details::Text(text)) => json!(text),
        Some(Details::Json(json)) => json!(json.to_string()),
    };
    let text = json!([
        error.code().as_str(),
        error.message(),
        details,
        error.get_hint(),
        error.get_cause(),
    ]);
    rusqlite::Error::UserFunctionError(Box::new(Encoded(format!("{PREFIX}{text}"))))
}

/// Returns the error that a registered function raised, if `cause` is one.
pub(in crate::sqlite) fn decode_error(cause: &rusqlite::Error) -> Option<Error> {
    match cause {
        rusqlite::Error::SqliteFailure(_, Some(message)) => decode(message),
        rusqlite::Error::SqlInputError { msg, .. } => decode(msg),
        rusqlite::Error::UserFunctionError(error) => decode(&error.to_string()),
        _ => None,
    }
}

fn decode(message: &str) -> Option<Error> {
    let (_, text) = message.split_once(PREFIX)?;
    let parts: Vec<Option<String>> = serde_json::from_str(text).ok()?;
    let mut parts = parts.into_iter();
    let code = parts.next()??;
    let mut error = Error::new(Code::new(code), parts.next()??);
    if let Some(details) = parts.next()? {
        error = error.details(details);
    }
    if let Some(hint) = parts.next()? {
        error = error.hint(hint);
    }
    if let Some(cause) = parts.next()? {
        error = error.cause(cause);
    }
    Some(error)
}
