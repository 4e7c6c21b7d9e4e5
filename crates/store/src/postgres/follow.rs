//! The schema of the database as it is: read when the engine starts, and again whenever somebody says that it changed.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use underpin_base::Result;
use underpin_schema::catalog::{Catalog, Enforcement};
use underpin_schema::existing;

use super::client::Heard;
use super::engine::{Database, Engine};
use super::load;
use crate::declarations::declarations;

/// The channel on which changes of the schema are told.
const CHANNEL: &str = "pgrst";

/// How often the schema is read where nobody can listen.
const POOLED_PAUSE: Duration = Duration::from_secs(30);

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
        self.set_catalog(match &self.settings.existing {
            Some(folder) => existing::catalog(catalog, &declarations(folder)?)?,
            None => Catalog {
                enforcement: Enforcement::Native,
                ..catalog
            },
        });
        Ok(())
    }
}

/// Reads the schema whenever it may have changed: somebody says so, or may have said so while nobody heard it.
async fn follow(database: Arc<Database>) {
    if database.link.is_pooled() {
        return look_again(&database).await;
    }
    let mut listener = loop {
        match database.link.listen(CHANNEL).await {
            Ok(listener) => break listener,
            Err(_) => tokio::time::sleep(RETRY).await,
        }
    };
    loop {
        if is_about_schema(&listener.next().await) {
            load_at_last(&database).await;
        }
    }
}

/// What PostgREST listens to: `notify pgrst, 'reload schema'`, or without a word.
fn is_about_schema(heard: &Heard) -> bool {
    match heard {
        Heard::Begun => true,
        Heard::Told(told) => matches!(told.payload.as_str(), "" | "reload schema"),
    }
}

async fn load_at_last(database: &Database) {
    while let Err(error) = database.load().await {
        tracing::debug!(%error, "the schema of the database cannot be read");
        tokio::time::sleep(RETRY).await;
    }
}

/// Behind a pooler that gives each transaction another session nobody can listen.
async fn look_again(database: &Database) {
    loop {
        load_at_last(database).await;
        tokio::time::sleep(POOLED_PAUSE).await;
    }
}
