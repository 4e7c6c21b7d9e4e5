//! What whoever operates the database asks for: its own SQL, and to begin anew.

use std::time::Duration;

use mysql_async::Value as Raw;
use mysql_async::prelude::Queryable;
use underpin_base::{Code, Error, Result, Value};
use underpin_sql::writer::quote_identifier;

use super::engine::Database;
use super::row::{field, fields};
use super::{error, migrate};
use crate::migration::ShellResult;

/// The most rows that a statement shows.
const ROWS_MAX: usize = 10_000;

/// How long an operation may take.
pub(super) const TIMEOUT: Duration = Duration::from_secs(3_600);

/// Removes everything that the project has in the database, with `everybodys` every table there is, and starts over with what the
/// platform makes.
pub(super) async fn reset(database: &Database, everybodys: bool) -> Result<()> {
    let server = database.server()?;
    let world = database.world();
    let is_ours = |name: &str| {
        // A migration that broke off may have left a table beside another.
        let name = name.strip_suffix(" (after)").unwrap_or(name);
        name.starts_with("underpin_") || world.schema.table_in_file(name).is_some()
    };
    let mut session = database.session(server, TIMEOUT).await?;
    let tables = session
        .query("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
        .await?;
    session.run("SET foreign_key_checks = 0").await?;
    let mut dropped = Ok(0);
    for row in tables {
        let Some(name) = field::<String>(&row, 0) else {
            continue;
        };
        if !everybodys && !is_ours(&name) {
            continue;
        }
        let mut sql = String::from("DROP TABLE ");
        quote_identifier(&mut sql, &name);
        dropped = session.run(&sql).await;
        if dropped.is_err() {
            break;
        }
    }
    session.run("SET foreign_key_checks = 1").await?;
    dropped?;
    drop(session);
    migrate::open(database, server).await
}

/// Runs the statements of `sql` one after the other and returns what each returned. Whoever uses the shell speaks the server's language and
/// may know everything.
pub(super) async fn shell(database: &Database, sql: &str) -> Result<Vec<ShellResult>> {
    let server = database.server()?;
    let mut conn = server.pool().get_conn().await.map_err(error::convert)?;
    let explain = |cause: mysql_async::Error| match cause {
        mysql_async::Error::Server(server) => Error::new(Code::USAGE, server.message),
        other => error::convert(other),
    };
    let mut results = Vec::new();
    {
        let mut answer = conn.query_iter(sql).await.map_err(explain)?;
        while !answer.is_empty() || results.is_empty() {
            let columns: Vec<String> = answer
                .columns()
                .map(|columns| {
                    columns
                        .iter()
                        .map(|column| column.name_str().into_owned())
                        .collect()
                })
                .unwrap_or_default();
            let rows = answer
                .collect::<mysql_async::Row>()
                .await
                .map_err(explain)?;
            let cut = rows.len() > ROWS_MAX;
            results.push(ShellResult {
                changed: if columns.is_empty() {
                    answer.affected_rows()
                } else {
                    0
                },
                columns,
                rows: rows
                    .into_iter()
                    .take(ROWS_MAX)
                    .map(|row| fields(row).map(shown).collect())
                    .collect(),
                cut,
            });
            if answer.is_empty() {
                break;
            }
        }
    }
    // It may have changed what its session means.
    conn.disconnect().await.ok();
    Ok(results)
}

fn shown(raw: Raw) -> Value {
    match raw {
        Raw::NULL => Value::Null,
        Raw::Bytes(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Value::text(text),
            Err(error) => Value::Bytes(error.into_bytes().into()),
        },
        Raw::Int(value) => Value::Int(value),
        Raw::Double(value) => Value::Float(value),
        other => Value::text(other.as_sql(true)),
    }
}
