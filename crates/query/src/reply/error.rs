//! An error as PostgREST's clients expect it: `{code, message, details, hint}`.

use serde_json::{Value as Json, json};
use underpin_base::{Details, Error};

use super::response::raised;
use super::{Reply, VARY};

impl Reply {
    /// Returns the answer for `error`; `anonymous` tells that the caller is the visitor, whom a refusal asks to sign in.
    pub fn error(error: &Error, anonymous: bool) -> Self {
        match raised(error) {
            None => Self::plain_error(error, anonymous),
            Some(Err(malformed)) => Self::plain_error(&malformed, anonymous),
            Some(Ok((inner, described))) => Self {
                status: described.status,
                own_headers: described.own_headers,
                ..Self::plain_error(&inner, anonymous)
            },
        }
    }

    fn plain_error(error: &Error, anonymous: bool) -> Self {
        let details = match error.get_details() {
            Some(Details::Text(text)) => Json::from(text.as_str()),
            Some(Details::Json(json)) => json.clone(),
            None => Json::Null,
        };
        let body = json!({
            "code": error.code().as_str(),
            "message": error.message(),
            "details": details,
            "hint": error.get_hint(),
        });
        let status = status(error, anonymous);
        let mut headers = vec![
            ("content-type", "application/json; charset=utf-8".to_owned()),
            ("proxy-status", format!("PostgREST; error={}", error.code())),
            ("vary", VARY.to_owned()),
        ];
        if status == 401 {
            headers.push(("www-authenticate", "Bearer".to_owned()));
        }
        if let ("PGRST103", Some(Details::Text(text))) =
            (error.code().as_str(), error.get_details())
            && let Some(total) = text.split(' ').rev().nth(1)
            && total.bytes().all(|byte| byte.is_ascii_digit())
        {
            headers.push(("content-range", format!("*/{total}")));
        }
        Self {
            status,
            headers,
            body: body.to_string().into_bytes(),
            ..Self::default()
        }
    }
}

/// The refusal of an unfiltered write is the caller's fault, unlike other cardinality violations (PostgREST makes the same difference).
fn status(error: &Error, anonymous: bool) -> u16 {
    if error.code().as_str() == "21000" && error.message().ends_with("requires a WHERE clause") {
        return 400;
    }
    error.code().status(anonymous)
}
