//! Answers: a [`Reply`] or an [`Error`] becomes an HTTP response, the same way for every service.

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, TRANSFER_ENCODING, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use underpin_base::{Code, Error, Identity, Name};
use underpin_query::reply::Reply;

use super::spool::SpoolBody;

/// Who was answered; for the log.
#[derive(Clone, Debug)]
pub struct Role(pub Name);

/// Why a request failed; for the log, never for the caller.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The error's code.
    pub code: String,
    /// What a driver or the operating system said.
    pub cause: Option<String>,
}

/// Which rows of how many an answer has, until it is compressed: what compresses takes `Content-Range` for one of bytes, and leaves such an
/// answer as it is.
#[derive(Clone, Debug)]
pub(super) struct RowRange(pub(super) HeaderValue);

/// Returns the response of a reply.
pub fn of_reply(reply: Reply, identity: &Identity) -> Response {
    let mut response = plain(reply);
    response
        .extensions_mut()
        .insert(Role(identity.role.clone()));
    response
}

/// Returns the response of an error, for whom it concerns: a visitor is asked to sign in where others are forbidden.
pub fn of_error(error: &Error, identity: Option<&Identity>) -> Response {
    let anonymous = identity.is_none_or(Identity::is_anonymous);
    let mut response = plain(Reply::error(error, anonymous));
    if is_unknown_role(error) {
        *response.status_mut() = StatusCode::UNAUTHORIZED;
    }
    if response.status() == StatusCode::UNAUTHORIZED {
        let headers = response.headers_mut();
        headers.insert(WWW_AUTHENTICATE, challenge(error));
    }
    let extensions = response.extensions_mut();
    extensions.insert(Failure {
        code: error.code().as_str().to_owned(),
        cause: error.get_cause().map(str::to_owned),
    });
    if let Some(identity) = identity {
        extensions.insert(Role(identity.role.clone()));
    }
    response
}

/// PostgreSQL's code for a token whose role does not exist is that of any wrong parameter.
fn is_unknown_role(error: &Error) -> bool {
    error.code() == &Code::INVALID_PARAMETER
        && error.message().starts_with("role \"")
        && error.message().ends_with("does not exist")
}

/// What was wrong with the token, when there was one.
fn challenge(error: &Error) -> HeaderValue {
    let code = error.code();
    let presented = [Code::JWT_INVALID, Code::JWT_CLAIMS, Code::KEY_INVALID].contains(code);
    let described = presented.then(|| {
        let description = error.message().replace(['"', '\\'], "'");
        format!("Bearer error=\"invalid_token\", error_description=\"{description}\"")
    });
    described
        .and_then(|text| HeaderValue::from_str(&text).ok())
        .unwrap_or(HeaderValue::from_static("Bearer"))
}

/// Sets what functions of the project said; their headers take the place of ours, and may come more than once themselves.
fn set_own(response: &mut Response, own: Vec<(String, String)>) {
    let own: Vec<(HeaderName, HeaderValue)> = own
        .into_iter()
        .filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_str(&value).ok()?))
        })
        // The length and the coding of the body are not the project's to say.
        .filter(|(name, _)| *name != CONTENT_LENGTH && *name != TRANSFER_ENCODING)
        .collect();
    if own.iter().any(|(name, _)| *name == CONTENT_RANGE) {
        response.extensions_mut().remove::<RowRange>();
    }
    let headers = response.headers_mut();
    for (name, _) in &own {
        headers.remove(name);
    }
    for (name, value) in own {
        headers.append(name, value);
    }
}

fn plain(reply: Reply) -> Response {
    let body = match reply.spool {
        None => Body::from(reply.body),
        Some(spool) => Body::new(SpoolBody::new(spool, reply.body)),
    };
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        // A value that is no header value holds a control character: it is left out rather than the answer.
        let Ok(value) = HeaderValue::from_maybe_shared(bytes::Bytes::from(value)) else {
            continue;
        };
        if name == CONTENT_RANGE.as_str() {
            response.extensions_mut().insert(RowRange(value));
        } else {
            response
                .headers_mut()
                .append(HeaderName::from_static(name), value);
        }
    }
    set_own(&mut response, reply.own_headers);
    response
}
