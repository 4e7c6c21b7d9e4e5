//! What operators ask: is it alive, is it ready, what did it count; and the public keys.

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, FORWARDED};
use http::{HeaderMap, HeaderName, StatusCode};
use underpin_base::{Code, Error};

use crate::application::Application;
use crate::http::{Peer, response};
use crate::settings::MetricsAccess;

const JSON: &str = "application/json; charset=utf-8";
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// `/livez`: the process answers.
pub async fn livez() -> Response {
    ([(CONTENT_TYPE, JSON)], r#"{"status":"alive"}"#).into_response()
}

/// `/readyz`: 200 only when the database is reachable and migrated.
pub async fn readyz(State(application): State<Arc<Application>>) -> Response {
    let counted = application.recount_pending().await;
    let reachable = match counted {
        Ok(()) => application.ping().await,
        Err(error) => Err(error),
    };
    if let Err(error) = reachable {
        let mut response = response::of_error(&error, None);
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        return response;
    }
    let pending = application.pending_migrations();
    if pending > 0 {
        let reason = format!(r#"{{"status":"not ready","pending_migrations":{pending}}}"#);
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            [(CONTENT_TYPE, JSON)],
            reason,
        )
            .into_response();
    }
    ([(CONTENT_TYPE, JSON)], r#"{"status":"ready"}"#).into_response()
}

/// `/metrics`, for whom the setting `server.metrics` allows.
pub async fn metrics(
    State(application): State<Arc<Application>>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Response {
    let is_here = peer.is_some_and(|Extension(Peer(address))| address.ip().is_loopback());
    // A proxy on this machine passes on whoever called it, and says so.
    let is_passed_on = headers.contains_key(X_FORWARDED_FOR) || headers.contains_key(FORWARDED);
    let is_allowed = match application.settings.server.metrics {
        MetricsAccess::Public => true,
        MetricsAccess::Loopback => is_here && !is_passed_on,
        MetricsAccess::Off => false,
    };
    if !is_allowed {
        return not_found();
    }
    match application.metrics.text(&application) {
        Ok(text) => {
            const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(CONTENT_TYPE, TYPE)], text).into_response()
        }
        Err(error) => response::of_error(&Error::internal(error), None),
    }
}

/// The keys that verify tokens which the server signs.
pub async fn jwks(State(application): State<Arc<Application>>) -> Response {
    let text = application.gate.keys().jwks().to_string();
    let headers = [(CONTENT_TYPE, JSON), (CACHE_CONTROL, "public, max-age=600")];
    (headers, text).into_response()
}

/// Returns the answer for a path that leads nowhere.
pub fn not_found() -> Response {
    response::of_error(
        &Error::new(Code::PATH, "Invalid path specified in request URL"),
        None,
    )
}
