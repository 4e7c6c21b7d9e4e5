//! [`Database`]: an empty SQLite database that takes what the migrations make, to see that SQLite accepts it.
//!
//! Functions and collations are stand-ins: this shows that the statements are well formed, not what they compute. Rows are not written.

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, Error};

use crate::catalog::Catalog;
use crate::migration::{File, Operation, Survey};
use crate::platform;
use crate::sqlite;

/// An empty database.
pub(super) struct Database(Connection);

impl Database {
    /// Opens a database that has the platform's tables.
    pub(super) fn open() -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("PRAGMA foreign_keys = OFF")
            .unwrap();
        connection
            .collation_needed(|connection, name| {
                connection.create_collation(name, |first, second| first.cmp(second))
            })
            .unwrap();
        let database = Self(connection);
        let mut catalog = Catalog::empty();
        for file in platform::files() {
            let folded = platform::fold(&catalog, file).unwrap();
            for step in &folded.steps {
                database.run(&step.operation, &folded.catalog).unwrap();
            }
            catalog = folded.catalog;
        }
        database
    }

    /// Applies what a survey found, and returns what SQLite refused.
    pub(super) fn apply(&mut self, file: &File, survey: &Survey) -> Vec<String> {
        survey
            .steps
            .iter()
            .filter_map(|step| {
                self.run(&step.operation, &survey.catalog)
                    .err()
                    .map(|error| format!("{}:{}: {error}", file.path, step.line))
            })
            .collect()
    }

    fn run(&self, operation: &Operation, catalog: &Catalog) -> Result<(), String> {
        if matches!(operation, Operation::Fire { .. })
            || matches!(operation, Operation::Write(statement) if calls_views(statement))
        {
            return Ok(());
        }
        let statements = sqlite::statements(operation, catalog)
            .map_err(|error| format!("{error} ({:?})", error.get_cause()))?;
        for statement in statements {
            let read_only = matches!(operation, Operation::Write(_));
            self.statement(&statement.sql, read_only)
                .map_err(|error| format!("{error}: {}", statement.sql))?;
        }
        Ok(())
    }

    /// Runs a statement, or only prepares one that writes rows; functions that are missing are made up.
    fn statement(&self, sql: &str, prepare_only: bool) -> Result<(), Error> {
        for _ in 0..100 {
            let result = if prepare_only {
                self.0.prepare(sql).map(|_| ())
            } else {
                let copies = sql.starts_with("INSERT INTO") && !sql.contains("sqlite_sequence");
                self.0.prepare(sql).and_then(|mut statement| {
                    if copies {
                        return Ok(());
                    }
                    statement.raw_execute().map(|_| ())
                })
            };
            let Err(error) = result else {
                return Ok(());
            };
            let text = error.to_string();
            let Some(name) = text
                .split("no such function: ")
                .nth(1)
                .and_then(|rest| rest.split(' ').next())
            else {
                return Err(error);
            };
            self.0.create_scalar_function(
                name,
                -1,
                FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC,
                |_| Ok(rusqlite::types::Null),
            )?;
        }
        Ok(())
    }
}

/// Tells whether a statement reads views or calls routines, which the planner replaces.
fn calls_views(statement: &underpin_sql::tree::Statement) -> bool {
    use underpin_sql::tree::{Expr, ExprKind, From, Rewrite};
    struct Calls(bool);
    impl Rewrite for Calls {
        fn expr(&mut self, expr: Expr) -> Expr {
            self.0 |= matches!(expr.kind, ExprKind::Call { .. });
            expr
        }
        fn from(&mut self, from: From) -> From {
            self.0 |= matches!(from, From::View { .. } | From::Call { .. });
            from
        }
    }
    let mut calls = Calls(false);
    let _ = statement.clone().rewrite(&mut calls);
    calls.0
}
