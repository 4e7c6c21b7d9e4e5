//! Calls from pages of other origins, `wire.md` §0.5.
//!
//! Invariant: `Access-Control-Allow-Credentials` is never sent. Keys and tokens travel in headers, so no page can use
//! what a browser keeps for another.

use axum::body::Body;
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

const METHODS: HeaderValue =
    HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");

/// What the official clients send; what a page asks for beside it is allowed as well.
const HEADERS: &str = "authorization, x-client-info, apikey, content-type, x-retry-count, accept, accept-profile, \
    content-profile, prefer, range, range-unit, x-upsert, x-metadata, cache-control, x-supabase-api-version, x-region, \
    x-request-id, tus-resumable, upload-length, upload-offset, upload-metadata, x-signature, traceparent, tracestate, baggage";

const EXPOSED: HeaderValue = HeaderValue::from_static(
    "content-encoding, content-location, content-profile, content-range, content-type, date, etag, link, location, \
     preference-applied, proxy-status, range-unit, server, transfer-encoding, www-authenticate, x-request-id, \
     x-total-count, x-supabase-api-version, x-sb-error-code, x-relay-error, tus-resumable, upload-offset, upload-length",
);

/// The longest list of headers that a preflight may ask for, in bytes.
const ASKED_BYTES_MAX: usize = 4096;

/// Returns the answer to a preflight request, if this is one.
pub fn preflight(method: &Method, headers: &HeaderMap, origins: &[String]) -> Option<Response> {
    let is_preflight = method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if !is_preflight {
        return None;
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let answer = response.headers_mut();
    if allowed(headers, origins).is_some() {
        answer.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed_headers(headers));
        answer.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    }
    Some(response)
}

/// Adds to an answer's headers what lets a page of the request's origin read it. Who is no page of another origin is spared them.
pub fn allow(request: &HeaderMap, origins: &[String], answer: &mut HeaderMap) {
    if !origins.iter().any(|origin| origin == "*") {
        vary_by_origin(answer);
    }
    if request.contains_key(ORIGIN)
        && let Some(origin) = allowed(request, origins)
    {
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}

/// Adds `Origin` to what the answer depends on, in one header.
fn vary_by_origin(answer: &mut HeaderMap) {
    let known = answer.get_all(VARY).iter();
    let mut all: Vec<&str> = known.filter_map(|vary| vary.to_str().ok()).collect();
    all.push("Origin");
    if let Ok(value) = HeaderValue::from_str(&all.join(", ")) {
        answer.insert(VARY, value);
    }
}

/// Returns what `Access-Control-Allow-Origin` says; nothing when the origin is not among `origins`.
fn allowed(request: &HeaderMap, origins: &[String]) -> Option<HeaderValue> {
    if origins.iter().any(|origin| origin == "*") {
        return Some(HeaderValue::from_static("*"));
    }
    let origin = request.get(ORIGIN)?;
    let known = |known: &String| known.trim_end_matches('/').as_bytes() == origin.as_bytes();
    origins.iter().any(known).then(|| origin.clone())
}

fn allowed_headers(request: &HeaderMap) -> HeaderValue {
    let asked = request
        .get(ACCESS_CONTROL_REQUEST_HEADERS)
        .and_then(|asked| asked.to_str().ok())
        .filter(|asked| asked.len() <= ASKED_BYTES_MAX)
        .unwrap_or_default();
    let known = |name: &str| HEADERS.split(", ").any(|known| known == name);
    let more: Vec<String> = asked
        .split(',')
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty() && !known(name))
        .collect();
    let all = match more.as_slice() {
        [] => HEADERS.to_owned(),
        more => format!("{HEADERS}, {}", more.join(", ")),
    };
    HeaderValue::from_str(&all).unwrap_or(HeaderValue::from_static(HEADERS))
}
