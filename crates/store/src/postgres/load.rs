//! [`load`]: the catalog of the database as it is.

use underpin_base::Result;
use underpin_schema::catalog::Catalog;
use underpin_schema::postgres;

use super::client::{Connection, Query};

/// How often is asked again when something went away while it was described.
const TRIES_MAX: usize = 3;

/// Returns the catalog of the database as it is. It takes one round trip, and any role may ask.
///
/// # Errors
/// Those of the connection.
pub(crate) async fn load(connection: &mut Connection) -> Result<Catalog> {
    let mut tries = 1;
    loop {
        match read(connection).await {
            // PostgreSQL says no more than that a look-up failed.
            Err(error) if tries < TRIES_MAX && error.code().as_str() == "XX000" => tries += 1,
            catalog => return catalog,
        }
    }
}

async fn read(connection: &mut Connection) -> Result<Catalog> {
    let queries = [
        Query::once(postgres::SETTINGS, Vec::new()),
        Query::once(postgres::CATALOG, Vec::new()),
    ];
    let answers = connection.batch(&queries).await?;
    let row = answers.last().and_then(|answer| answer.rows.first());
    let document = row.map(|row| row.get(0)).transpose()?.flatten();
    postgres::catalog(document.unwrap_or_default())
}
