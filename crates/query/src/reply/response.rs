//! [`Response`]: what functions of the project say of the answer: `set_config('response.headers', …)`, `set_config('response.status', …)`,
//! and errors that they raise as `PGRST`.

use std::ops::Range;

use serde_json::{Map, Value as Json};
use underpin_base::{Code, Details, Error, Result};

use super::Reply;

/// What functions said of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Response {
    /// `response.headers`: an array of objects of one member.
    pub headers: Option<String>,
    /// `response.status`.
    pub status: Option<String>,
}

/// The statuses that an answer may have: those below announce one that is to come (RFC 9110, 15.2).
const FINAL: Range<u16> = 200..600;

impl Response {
    /// Applies it to an answer.
    ///
    /// # Errors
    /// PGRST111, PGRST112.
    pub(super) fn apply(&self, reply: &mut Reply) -> Result<()> {
        if let Some(status) = self.status.as_deref().filter(|it| !it.is_empty()) {
            reply.status = status
                .parse()
                .ok()
                .filter(|status| FINAL.contains(status))
                .ok_or_else(|| {
                    Error::new(
                        Code::RESPONSE_STATUS,
                        "response.status guc must be a valid status code",
                    )
                })?;
        }
        if let Some(headers) = self.headers.as_deref().filter(|it| !it.is_empty()) {
            reply.own_headers = list(headers).ok_or_else(|| {
                Error::new(
                    Code::RESPONSE_HEADERS,
                    "response.headers guc must be a JSON array composed of objects with a single key and a string value",
                )
            })?;
        }
        Ok(())
    }
}

fn list(text: &str) -> Option<Vec<(String, String)>> {
    let objects: Vec<Map<String, Json>> = serde_json::from_str(text).ok()?;
    objects
        .into_iter()
        .map(|object| {
            let mut members = object.into_iter();
            match (members.next(), members.next()) {
                (Some((name, Json::String(value))), None) => Some((name, value)),
                _ => None,
            }
        })
        .collect()
}

/// Returns the error and the answer that an error raised as `PGRST` describes; nothing for any other.
pub(super) fn raised(error: &Error) -> Option<std::result::Result<(Error, Reply), Error>> {
    (error.code().as_str() == "PGRST").then(|| read(error))
}

fn read(error: &Error) -> std::result::Result<(Error, Reply), Error> {
    let message = error.message();
    let inner = serde_json::from_str::<Map<String, Json>>(message)
        .ok()
        .and_then(|object| described(&object))
        .ok_or_else(|| {
            malformed(
                format!("Invalid JSON value for MESSAGE: '{message}'"),
                "MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional keys: 'details', 'hint'.",
            )
        })?;
    let hint = "DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and optional key: 'status_text'.";
    let Some(Details::Text(detail)) = error.get_details() else {
        return Err(malformed(
            "DETAIL is missing in the RAISE statement".to_owned(),
            hint,
        ));
    };
    let reply = serde_json::from_str::<Map<String, Json>>(detail)
        .ok()
        .and_then(|object| answered(&object))
        .ok_or_else(|| malformed(format!("Invalid JSON value for DETAIL: '{detail}'"), hint))?;
    Ok((inner, reply))
}

fn described(object: &Map<String, Json>) -> Option<Error> {
    let text = |name: &str| object.get(name)?.as_str().map(str::to_owned);
    let mut error = Error::new(Code::new(text("code")?), text("message")?);
    if let Some(details) = text("details") {
        error = error.details(details);
    }
    if let Some(hint) = text("hint") {
        error = error.hint(hint);
    }
    Some(error)
}

fn answered(object: &Map<String, Json>) -> Option<Reply> {
    let status = object.get("status")?.as_u64()?;
    let headers = object.get("headers")?.as_object()?;
    Some(Reply {
        status: u16::try_from(status).ok().filter(|it| FINAL.contains(it))?,
        own_headers: headers
            .iter()
            .map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect::<Option<_>>()?,
        ..Reply::default()
    })
}

fn malformed(details: String, hint: &str) -> Error {
    Error::new(
        Code::RAISED_RESPONSE,
        "Could not parse JSON in the \"RAISE SQLSTATE 'PGRST'\" error",
    )
    .details(details)
    .hint(hint)
}
