//! Following another process that migrates the file while this one serves it: the command line beside a running server.

use std::sync::atomic::Ordering;

use super::connection::Connection;
use super::migrate;
use super::shared::Shared;

/// Looks for migrations that another process has applied, and takes their catalog over.
pub(super) fn migrations(connection: &Connection, shared: &Shared) {
    let position = match migrate::position(connection) {
        Ok(position) => position,
        Err(error) => {
            tracing::warn!(
                cause = error.get_cause(),
                "the migrations could not be read"
            );
            return;
        }
    };
    if position == shared.migrated.load(Ordering::Acquire) {
        return;
    }
    match migrate::catalog(connection) {
        Ok(catalog) => {
            shared.set_catalog(catalog, position);
            tracing::info!("another process has migrated the database");
        }
        Err(error) => tracing::error!(
            %error,
            cause = error.get_cause(),
            "another process has changed the database, and its schema cannot be read"
        ),
    }
}
