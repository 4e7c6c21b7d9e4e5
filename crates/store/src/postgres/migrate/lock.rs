//! One migrates at a time: an advisory lock, asked for again and again. Nobody waits for it within a statement, since that would be a
//! transaction that `create index concurrently` waits for.

use std::time::{Duration, Instant};

use underpin_base::{Code, Error, Result};

use crate::postgres::client::Connection;

/// The number of the lock: the letters `underpin`.
const KEY: i64 = 0x756e_6465_7270_696e;

/// How long one waits for another that migrates.
const TIMEOUT: Duration = Duration::from_secs(600);

/// How often is looked whether the other is done.
const INTERVAL: Duration = Duration::from_millis(100);

/// Begins a transaction that holds the lock to its end.
///
/// # Errors
/// `migration_refused` when another holds it for too long.
pub(super) async fn begin(connection: &mut Connection) -> Result<()> {
    let ask = format!("begin; select pg_catalog.pg_try_advisory_xact_lock({KEY})");
    wait(connection, &ask, "rollback").await
}

/// Takes the lock for what cannot run in a transaction; [`release`] gives it back, and so does the end of the connection.
///
/// # Errors
/// As [`begin`].
pub(super) async fn take(connection: &mut Connection) -> Result<()> {
    let ask = format!("select pg_catalog.pg_try_advisory_lock({KEY})");
    wait(connection, &ask, "").await
}

/// Gives the lock back that [`take`] took.
pub(super) async fn release(connection: &mut Connection) -> Result<()> {
    let sql = format!("select pg_catalog.pg_advisory_unlock({KEY})");
    connection.simple(&sql).await.map(drop)
}

async fn wait(connection: &mut Connection, ask: &str, otherwise: &str) -> Result<()> {
    let start = Instant::now();
    loop {
        let answers = connection.simple(ask).await?;
        let row = answers.last().and_then(|answer| answer.rows.first());
        let got = row.map(|row| row.get(0)).transpose()?.flatten();
        if got == Some("t") {
            return Ok(());
        }
        if !otherwise.is_empty() {
            connection.simple(otherwise).await?;
        }
        if start.elapsed() > TIMEOUT {
            return Err(Error::new(
                Code::MIGRATION,
                format!(
                    "another process has been migrating the database for {} seconds",
                    TIMEOUT.as_secs()
                ),
            )
            .hint("Try again when it is done."));
        }
        tokio::time::sleep(INTERVAL).await;
    }
}
