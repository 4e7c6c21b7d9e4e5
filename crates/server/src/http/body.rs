//! A request's body as bytes, within its limits of size and time.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use underpin_base::{Code, Error, Result};

/// Reads a body of at most `bytes_max` bytes that arrives within `timeout`.
///
/// A body whose announced length is too large is refused before any of it is read.
///
/// # Errors
/// `body_too_large`, `request_timeout`, and PGRST102 when the client stops in the middle.
pub async fn read(
    headers: &HeaderMap,
    body: Body,
    bytes_max: usize,
    timeout: Duration,
) -> Result<Bytes> {
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > bytes_max) {
        return Err(too_large(bytes_max));
    }
    let collected = tokio::time::timeout(timeout, Limited::new(body, bytes_max).collect()).await;
    match collected {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(bytes_max)),
        Ok(Err(error)) => {
            Err(Error::new(Code::BODY, "the request body ended before its end").cause(error))
        }
        Err(_) => Err(Error::new(
            Code::TIMEOUT,
            format!(
                "the request body did not arrive within {} s",
                timeout.as_secs()
            ),
        )),
    }
}

fn too_large(bytes_max: usize) -> Error {
    Error::new(
        Code::BODY_TOO_LARGE,
        format!("the request body is larger than the limit of {bytes_max} bytes"),
    )
    .hint("The limit is the setting limits.body_bytes_max.")
}
