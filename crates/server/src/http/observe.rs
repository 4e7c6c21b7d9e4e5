//! What is done around every request: its id, CORS, the headers that every answer has, one line in the log, the counters, and
//! a panic becomes a 500 that says nothing.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{CONTENT_RANGE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue};
use underpin_base::Error;

use super::response::{Failure, Role, RowRange};
use super::{cors, request_id, response};
use crate::application::Application;
use crate::metrics::Route;

const REFERRER_POLICY: HeaderName = HeaderName::from_static("referrer-policy");

/// Runs a request within all of that.
pub async fn observe(
    State(application): State<Arc<Application>>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = request_id::of(request.headers());
    let method = request.method().clone();
    let route = Route::of(request.uri().path());
    let origins = &application.settings.server.cors_origins;
    let origin = origin_headers(&request);
    let in_flight = application.metrics.enter();
    let mut response = match cors::preflight(&method, request.headers(), origins) {
        Some(response) => response,
        None => caught(next.run(request)).await,
    };
    drop(in_flight);
    let range = response.extensions_mut().remove::<RowRange>();
    let headers = response.headers_mut();
    if let Some(RowRange(range)) = range {
        headers.insert(CONTENT_RANGE, range);
    }
    cors::allow(&origin, origins, headers);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        REFERRER_POLICY,
        HeaderValue::from_static("strict-origin-when-cross-origin"),
    );
    headers.insert(request_id::HEADER, id.clone());
    let elapsed = started.elapsed();
    application
        .metrics
        .observe(&method, route, response.status(), elapsed);
    log(&response, &method, route, &id, elapsed.as_micros());
    response
}

/// The one header of the request that is needed after it was handed on.
fn origin_headers(request: &Request) -> http::HeaderMap {
    let origin = request.headers().get(http::header::ORIGIN);
    origin
        .map(|origin| (http::header::ORIGIN, origin.clone()))
        .into_iter()
        .collect()
}

/// One line for each request: never a query string, a body, a token or a key.
fn log(
    response: &Response,
    method: &http::Method,
    route: Route,
    id: &HeaderValue,
    duration_us: u128,
) {
    let status = response.status().as_u16();
    let extensions = response.extensions();
    let role = extensions.get::<Role>().map_or("-", |role| &*role.0);
    let id = id.to_str().unwrap_or("-");
    let failure = extensions.get::<Failure>();
    let code = failure.map(|failure| failure.code.as_str());
    let cause = failure.and_then(|failure| failure.cause.as_deref());
    let route = route.as_str();
    let duration_us = u64::try_from(duration_us).unwrap_or(u64::MAX);
    if status >= 500 {
        tracing::error!(%method, route, status, duration_us, role, request_id = id, code, cause, "request failed");
    } else {
        tracing::info!(%method, route, status, duration_us, role, request_id = id, code, "request");
    }
}

/// Runs a handler; when it panics, the caller learns nothing and the process goes on.
async fn caught(handler: impl Future<Output = Response>) -> Response {
    let mut handler = pin!(handler);
    poll_fn(|context| {
        match catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(context))) {
            Ok(poll) => poll,
            // What the panic said was logged by the hook, where it happened.
            Err(_) => Poll::Ready(response::of_error(&Error::internal("panic"), None)),
        }
    })
    .await
}
