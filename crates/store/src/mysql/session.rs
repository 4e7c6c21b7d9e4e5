//! [`Session`]: one connection, with a deadline.

use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Params, Pool, Row, Value as Raw};
use tokio::time::{Instant, timeout_at};
use underpin_base::{Code, Error, Result};

use super::error::{convert, out_of_time, unreachable};
use super::row::field;

/// A connection that one request uses.
#[derive(Debug)]
pub(super) struct Session {
    conn: Option<Conn>,
    pool: Pool,
    deadline: Instant,
    /// It holds named locks.
    holds: bool,
    /// The last error of the server, as it said it.
    pub(super) refused: Option<mysql_async::ServerError>,
}

impl Session {
    /// Takes a connection; waits for one no longer than `queue_timeout`.
    ///
    /// # Errors
    /// PGRST003 when none is free in time, PGRST000 when the database does not answer.
    pub(super) async fn take(
        pool: &Pool,
        queue_timeout: Duration,
        timeout: Duration,
    ) -> Result<Self> {
        let wait = queue_timeout.min(timeout);
        let conn = tokio::time::timeout(wait, pool.get_conn())
            .await
            .map_err(|_| {
                Error::new(
                    Code::POOL_TIMEOUT,
                    "Timed out acquiring connection from connection pool.",
                )
            })?
            .map_err(|cause| match &cause {
                mysql_async::Error::Server(_) => convert(cause),
                _ => unreachable(&cause),
            })?;
        let now = Instant::now();
        Ok(Self {
            conn: Some(conn),
            pool: pool.clone(),
            deadline: now
                .checked_add(timeout)
                .unwrap_or(now + Duration::from_secs(86_400 * 365)),
            holds: false,
            refused: None,
        })
    }

    /// Runs a statement without parameters; returns how many rows it changed.
    pub(super) async fn run(&mut self, sql: &str) -> Result<u64> {
        let deadline = self.deadline;
        let conn = self.conn()?;
        let done = timeout_at(deadline, conn.query_drop(sql)).await;
        let affected = conn.affected_rows();
        self.settle(done)?;
        Ok(affected)
    }

    /// Runs a prepared statement; returns how many rows it found or changed.
    pub(super) async fn execute(&mut self, sql: &str, values: Vec<Raw>) -> Result<u64> {
        let deadline = self.deadline;
        let conn = self.conn()?;
        let done = timeout_at(deadline, conn.exec_drop(sql, positional(values))).await;
        let affected = conn.affected_rows();
        self.settle(done)?;
        Ok(affected)
    }

    /// Returns the rows of a prepared query.
    pub(super) async fn rows(&mut self, sql: &str, values: Vec<Raw>) -> Result<Vec<Row>> {
        let deadline = self.deadline;
        let conn = self.conn()?;
        let rows = timeout_at(deadline, conn.exec(sql, positional(values))).await;
        let rows = self.settle(rows)?;
        if self.conn()?.get_warnings() > 0 {
            self.warnings().await?;
        }
        Ok(rows)
    }

    /// Returns the rows of a query without parameters, as text.
    pub(super) async fn query(&mut self, sql: &str) -> Result<Vec<Row>> {
        let deadline = self.deadline;
        let conn = self.conn()?;
        let rows = timeout_at(deadline, conn.query(sql)).await;
        self.settle(rows)
    }

    /// Refuses an answer of which the database cut something off.
    async fn warnings(&mut self) -> Result<()> {
        for row in self.query("SHOW WARNINGS").await? {
            if let Some(1260 | 1301) = field::<u16>(&row, 1) {
                return Err(Error::new(
                    Code::TOO_COMPLEX,
                    "the embedded rows of an answer are more than the database can return at once",
                )
                .hint(
                    "Ask for fewer embedded rows, or raise max_allowed_packet of the database.",
                ));
            }
        }
        Ok(())
    }

    fn conn(&mut self) -> Result<&mut Conn> {
        let late = self.deadline <= Instant::now();
        self.conn.as_mut().ok_or_else(|| match late {
            true => out_of_time(),
            false => unreachable(&"the connection was lost"),
        })
    }

    /// Turns the end of a call into ours. A connection in an unknown state is closed, and its statement ended.
    fn settle<T>(
        &mut self,
        done: std::result::Result<mysql_async::Result<T>, tokio::time::error::Elapsed>,
    ) -> Result<T> {
        match done {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(cause)) => {
                match &cause {
                    mysql_async::Error::Server(server) => self.refused = Some(server.clone()),
                    _ => self.abandon(),
                }
                Err(convert(cause))
            }
            Err(_) => {
                self.abandon();
                Err(out_of_time())
            }
        }
    }

    /// Takes the lock `name` of the database, until it is let go; returns whether it got it within `wait`.
    pub(super) async fn lock(&mut self, name: &str, wait: Duration) -> Result<bool> {
        // A lock's name is one of the whole server, and short.
        let sql = "SELECT GET_LOCK(MD5(CONCAT('underpin.', DATABASE(), '.', ?)), ?)";
        let seconds = i64::try_from(wait.as_secs()).unwrap_or(1).max(1);
        let rows = self
            .rows(sql, vec![Raw::Bytes(name.into()), Raw::Int(seconds)])
            .await?;
        let got = rows.first().and_then(|row| field::<i64>(row, 0)) == Some(1);
        self.holds |= got;
        Ok(got)
    }

    /// Lets the named locks go; a connection that cannot is closed.
    pub(super) async fn let_go(&mut self) {
        if std::mem::take(&mut self.holds) && self.run("DO RELEASE_ALL_LOCKS()").await.is_err() {
            self.abandon();
        }
    }

    /// Tells whether the connection is gone.
    pub(super) fn is_lost(&self) -> bool {
        self.conn.is_none()
    }

    /// Closes the connection and ends what runs on it.
    pub(super) fn abandon(&mut self) {
        let Some(conn) = self.conn.take() else {
            return;
        };
        let (id, pool) = (conn.id(), self.pool.clone());
        tokio::spawn(async move {
            if let Ok(Ok(mut other)) =
                tokio::time::timeout(Duration::from_secs(5), pool.get_conn()).await
            {
                // It may have ended by itself meanwhile.
                other.query_drop(format!("KILL {id}")).await.ok();
            }
            drop(tokio::time::timeout(Duration::from_secs(5), conn.disconnect()).await);
        });
    }
}

fn positional(values: Vec<Raw>) -> Params {
    match values.is_empty() {
        true => Params::Empty,
        false => Params::Positional(values),
    }
}
