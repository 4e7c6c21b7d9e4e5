//! The schema of the database as it is: read when the engine starts, and again whenever somebody says that it changed.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use underpin_base::Result;
use underpin_schema::catalog::{Catalog, Enforcement};

use super::engine::{Database, Engine};
use super::load;

/// How long is waited before the schema is read again after that failed.
const RETRY: Duration = Duration::from_millis(500);

/// Lets requests in on a server of our own: as a role that owns nothing, and may be every role of the project.
const ADMIT: &str = "\
do $underpin$ declare name text; begin \
if not exists (select from pg_catalog.pg_roles where rolname = 'authenticator') then \
create role authenticator noinherit; end if; \
alter role authenticator login; \
for name in select rolname from pg_catalog.pg_roles r where not rolsuper and not rolcanlogin and rolname !~ '^pg_' \
and not pg_catalog.pg_has_role('authenticator', oid, 'member') loop \
execute pg_catalog.format('grant %I to authenticator', name); end loop; end $underpin$";

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
        let mut connection = self.link.operator().await?;
        if self.link.is_local() {
            connection.simple(ADMIT).await?;
        }
        let catalog = load::load(&mut connection).await?;
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
