//! A request's body as bytes, within its limits of size and time.

use std::io::Read as _;
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use underpin_base::{Code, Error, Result};
use underpin_query::Spool;
use underpin_store::{SpoolWriter, Store};

/// The most bytes of a body that are held in memory.
const HELD_BYTES_MAX: usize = 1 << 20;

/// A body that was received.
#[derive(Debug)]
pub struct Received {
    /// The body; its beginning, when it is too large to be held.
    pub bytes: Bytes,
    /// The whole body, when it is too large to be held.
    pub spool: Option<Spool>,
}

/// Reads a body of at most `bytes_max` bytes that arrives within `timeout`; a large one goes to a file of `store`.
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
    store: &Store,
) -> Result<Received> {
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > bytes_max) {
        return Err(too_large(bytes_max));
    }
    match tokio::time::timeout(timeout, receive(body, bytes_max, store)).await {
        Ok(received) => received,
        Err(_) => Err(Error::new(
            Code::TIMEOUT,
            format!(
                "the request body did not arrive within {} s",
                timeout.as_secs()
            ),
        )),
    }
}

/// Returns the whole of a body that was kept in a file.
///
/// # Errors
/// `io` when the file cannot be read.
pub async fn whole(spool: Spool) -> Result<Bytes> {
    let read = move || {
        let mut bytes = Vec::with_capacity(usize::try_from(spool.bytes()).unwrap_or_default());
        spool.reader().read_to_end(&mut bytes).map(|_| bytes)
    };
    match tokio::task::spawn_blocking(read).await {
        Ok(Ok(bytes)) => Ok(bytes.into()),
        Ok(Err(cause)) => Err(Error::new(Code::IO, "a temporary file cannot be read").cause(cause)),
        Err(stopped) => Err(Error::internal(stopped)),
    }
}

async fn receive(body: Body, bytes_max: usize, store: &Store) -> Result<Received> {
    let mut body = Limited::new(body, bytes_max);
    let mut held = BytesMut::new();
    let mut file: Option<(Bytes, SpoolWriter)> = None;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken(error, bytes_max))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        held.extend_from_slice(&data);
        if held.len() > HELD_BYTES_MAX {
            let piece = held.split().freeze();
            let (beginning, writer) = match file.take() {
                Some(file) => file,
                None => (piece.clone(), store.spool()?),
            };
            file = Some((beginning, append(writer, piece).await?));
        }
    }
    let bytes = held.freeze();
    let Some((beginning, writer)) = file else {
        return Ok(Received { bytes, spool: None });
    };
    let writer = append(writer, bytes).await?;
    Ok(Received {
        bytes: beginning,
        spool: Some(writer.finish()),
    })
}

/// Appends to a file where waiting for the disk keeps nobody else waiting.
async fn append(mut writer: SpoolWriter, piece: Bytes) -> Result<SpoolWriter> {
    let written = tokio::task::spawn_blocking(move || writer.append(&piece).map(|()| writer)).await;
    written.unwrap_or_else(|stopped| Err(Error::internal(stopped)))
}

fn broken(error: Box<dyn std::error::Error + Send + Sync>, bytes_max: usize) -> Error {
    if error.is::<LengthLimitError>() {
        return too_large(bytes_max);
    }
    Error::new(Code::BODY, "the request body ended before its end").cause(error)
}

fn too_large(bytes_max: usize) -> Error {
    Error::new(
        Code::BODY_TOO_LARGE,
        format!("the request body is larger than the limit of {bytes_max} bytes"),
    )
    .hint("The limit is the setting limits.body_bytes_max.")
}
