//! Every route, on one screen.

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::routing::{any, get};
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};

use crate::application::Application;
use crate::http::observe;
use crate::{health, rest, site};

/// Answers below this many bytes fit into one packet, compressed or not.
const COMPRESSED_BYTES_MIN: u64 = 1024;

/// Returns the router of `application`; the server and the tests use the same.
pub fn app(application: Arc<Application>) -> Router {
    let mut router = Router::new()
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .route("/auth/v1/.well-known/jwks.json", get(health::jwks))
        .route("/rest/v1", any(rest::data))
        .route("/rest/v1/", any(rest::data))
        .route("/rest/v1/{*path}", any(rest::data))
        .fallback(site::site);
    if application.settings.server.compression {
        let worth_it = SizeAbove::new(COMPRESSED_BYTES_MIN).and(NotForContentType::IMAGES);
        let layer = CompressionLayer::new().quality(CompressionLevel::Fastest);
        router = router.layer(layer.compress_when(worth_it));
    }
    router
        .layer(middleware::from_fn_with_state(
            application.clone(),
            observe::observe,
        ))
        .with_state(application)
}
