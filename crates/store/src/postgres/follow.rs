//! The schema of the database as it is: read when the engine starts, and again whenever somebody says that it changed.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use underpin_base::Result;
use underpin_schema::catalog::{Catalog, Enforcement};

use super::engine::{Database, Engine};
use super::migrate;

/// How long is waited before the schema is read again after that failed.
const RETRY: Duration = Duration::from_millis(500);

impl Engine {
    /// Reads the schema, and follows it from then on.
    pub(crate) async fn start(&self) -> Result<()> {
        let first = match self.database.is_ready() {
            Ok(()) => Ok(()),
            Err(_) => self.database.load().await,
        };
        let mut follower = self.follower.lock().unwrap_or_else(PoisonError::into_inner);
        if follower.is_none() {
            let database = Arc::clone(&self.database);
            *follower = Some(tokio::spawn(follow(database)).abort_handle());
        }
        first
    }
}

impl Database {
    /// Reads the schema.
    pub(super) async fn load(&self) -> Result<()> {
        let mut connection = self.client.connection().await?;
        let catalog = migrate::load(&mut connection).await?;
        self.set_catalog(Catalog {
            enforcement: Enforcement::Native,
            ..catalog
        });
        Ok(())
    }
}

/// Reads the schema until that succeeds, and again with every notification.
async fn follow(database: Arc<Database>) {
    loop {
        match database.is_ready() {
            Ok(()) => return,
            Err(_) => tokio::time::sleep(RETRY).await,
        }
        if let Err(error) = database.load().await {
            tracing::debug!(%error, "the schema of the database cannot be read");
        }
    }
}
