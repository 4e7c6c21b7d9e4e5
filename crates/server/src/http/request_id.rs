//! The request's id: the client's `x-request-id` when it is harmless, otherwise a new one.

use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

/// The header.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken over, in bytes.
const BYTES_MAX: usize = 128;

/// Returns the id of a request with `headers`.
pub fn of(headers: &HeaderMap) -> HeaderValue {
    match headers.get(HEADER) {
        Some(id) if is_harmless(id.as_bytes()) => id.clone(),
        _ => {
            let mut buffer = Uuid::encode_buffer();
            let id = Uuid::now_v7().hyphenated().encode_lower(&mut buffer);
            HeaderValue::from_str(id).unwrap_or(HeaderValue::from_static("-"))
        }
    }
}

/// An id goes into logs and other systems: only letters, digits and a few signs may.
fn is_harmless(id: &[u8]) -> bool {
    (1..=BYTES_MAX).contains(&id.len())
        && id
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte))
}
