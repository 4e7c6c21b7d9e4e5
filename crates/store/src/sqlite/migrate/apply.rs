//! Running a migration: its statements, the check of foreign keys and its record, in one transaction.

use std::collections::BTreeMap;
use std::sync::Arc;

use underpin_base::{Code, Error, Identity, QualifiedName, Result};
use underpin_query::plan::inline;
use underpin_schema::catalog::Catalog;
use underpin_schema::migration::{self, File, Folded, Note, Operation};
use underpin_schema::{platform, sqlite};
use underpin_sql::tree::Procedure;
use underpin_sql::types::EnumType;
use underpin_sql::writer::{Rendered, quote_identifier};

use super::super::bind::Binding;
use super::super::connection::Connection;
use super::super::error::violated;
use super::super::ffi;
use super::super::routine::Session;
use super::super::violation;
use super::super::write::Execution;
use super::{drift, writable};
use crate::schema::Schema;
use crate::settings::Clock;

/// A file whose statements are all known.
pub(super) struct Translated {
    pub(super) file: File,
    platform: bool,
    /// The catalog after it.
    pub(super) catalog: Catalog,
    pub(super) steps: Vec<TranslatedStep>,
    pub(super) notes: Vec<Note>,
    enums: BTreeMap<QualifiedName, Arc<EnumType>>,
    suspends_foreign_keys: bool,
}

/// One statement of the file in the engine's words.
pub(super) struct TranslatedStep {
    line: usize,
    pub(super) statements: Vec<Rendered>,
    /// What runs step by step, and the catalog of that moment.
    fire: Option<(Arc<Procedure>, Arc<Catalog>)>,
}

impl Translated {
    /// Translates a migration of the project.
    pub(super) fn project(catalog: &Catalog, file: File) -> Result<Self> {
        Self::of(migration::fold(catalog, &file)?, file)
    }

    /// Translates a migration of the platform.
    pub(super) fn platform(catalog: &Catalog, file: File) -> Result<Self> {
        let folded = platform::fold(catalog, &file)?;
        Ok(Self {
            platform: true,
            ..Self::of(folded, file)?
        })
    }

    /// Translates what was folded of `file`.
    pub(super) fn of(folded: Folded, file: File) -> Result<Self> {
        let mut steps = Vec::with_capacity(folded.steps.len());
        for step in &folded.steps {
            let statements = translate(&step.operation, &folded.catalog)
                .map_err(|error| error.at(&file.path, step.line))?;
            steps.push(TranslatedStep {
                line: step.line,
                statements,
                fire: match &step.operation {
                    Operation::Fire {
                        procedure, catalog, ..
                    } => Some((Arc::clone(procedure), Arc::clone(catalog))),
                    _ => None,
                },
            });
        }
        Ok(Self {
            suspends_foreign_keys: folded.suspends_foreign_keys(),
            platform: false,
            catalog: folded.catalog,
            notes: folded.notes,
            enums: folded.enums,
            steps,
            file,
        })
    }
}

/// Returns what carries out one operation. A write may read views and call routines, which are not in the file.
fn translate(operation: &Operation, catalog: &Catalog) -> Result<Vec<Rendered>> {
    match operation {
        Operation::Write(statement) => {
            let inlined = inline((**statement).clone(), catalog)?;
            sqlite::statements(&Operation::Write(Box::new(inlined)), catalog)
        }
        Operation::Fire { .. } => Ok(Vec::new()),
        Operation::Define(defined) => writable::check(defined, catalog).map(|()| Vec::new()),
        other => sqlite::statements(other, catalog),
    }
}

/// Runs and records a migration, unless the last one is no longer at position `expected`.
pub(super) fn run(
    connection: &Connection,
    translated: &Translated,
    expected: i64,
    clock: Clock,
) -> Result<()> {
    connection.use_enums(&translated.enums)?;
    if translated.suspends_foreign_keys {
        batch(connection, "PRAGMA foreign_keys = OFF")?;
    }
    let done = in_transaction(connection, || {
        if super::position(connection)? != expected {
            return Err(Error::new(
                Code::MIGRATION,
                "another process migrates the database at the same time",
            )
            .hint("Try again."));
        }
        steps(connection, translated, clock())?;
        check_foreign_keys(connection, &translated.catalog)
            .map_err(|error| error.at(&translated.file.path, 1))?;
        record(connection, translated, clock())
    });
    batch(connection, "PRAGMA foreign_keys = ON")?;
    done
}

/// Runs a file that holds rows alone, and does not record it.
pub(super) fn run_rows(
    connection: &Connection,
    translated: &Translated,
    clock: Clock,
) -> Result<()> {
    in_transaction(connection, || {
        steps(connection, translated, clock())?;
        check_foreign_keys(connection, &translated.catalog)
            .map_err(|error| error.at(&translated.file.path, 1))
    })
}

/// Drops every table and forgets every migration. The engine's own tables stay, so that positions in them go on.
pub(super) fn drop_everything(connection: &Connection) -> rusqlite::Result<()> {
    let raw = connection.raw();
    let mut statement = raw.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' \
         AND name NOT GLOB 'sqlite_*' AND name NOT GLOB 'underpin_*'",
    )?;
    let tables: Vec<String> = statement
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut sql = String::from("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE;");
    for table in &tables {
        sql.push_str("DROP TABLE ");
        quote_identifier(&mut sql, table);
        sql.push(';');
    }
    sql.push_str(
        "DELETE FROM underpin_migrations; DELETE FROM underpin_changes; \
         DROP TABLE IF EXISTS underpin_sequences; DROP TABLE IF EXISTS underpin_copy; \
         COMMIT; PRAGMA foreign_keys = ON;",
    );
    connection.recorder().pause(true);
    let dropped = raw.execute_batch(&sql);
    connection.recorder().pause(false);
    if dropped.is_err() {
        raw.execute_batch("ROLLBACK").ok();
        raw.execute_batch("PRAGMA foreign_keys = ON").ok();
    }
    dropped
}

/// Runs `work` in a transaction of which no change is recorded.
fn in_transaction(connection: &Connection, work: impl FnOnce() -> Result<()>) -> Result<()> {
    batch(
        connection,
        "BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = ON;",
    )?;
    connection.recorder().pause(true);
    let done = work().and_then(|()| batch(connection, "COMMIT"));
    connection.recorder().pause(false);
    if done.is_err() && !connection.raw().is_autocommit() {
        batch(connection, "ROLLBACK")?;
    }
    done
}

fn steps(connection: &Connection, translated: &Translated, now: i64) -> Result<()> {
    let identity = Identity::of_role("postgres");
    let binding = Binding::new(&identity, now);
    connection.context().set(&identity, now);
    let schema = Schema::new(translated.catalog.clone(), 0);
    let session = Session::default();
    let execution = Execution {
        connection,
        schema: &schema,
        binding,
        bytes_max: usize::MAX,
        session: &session,
    };
    let mut moment: Option<(Arc<Catalog>, Schema)> = None;
    for step in &translated.steps {
        if let Some((procedure, catalog)) = &step.fire {
            if !matches!(&moment, Some((known, _)) if Arc::ptr_eq(known, catalog)) {
                let schema = Schema::new(Catalog::clone(catalog), 0);
                moment = Some((Arc::clone(catalog), schema));
            }
            if let Some((_, schema)) = &moment {
                // What was planned for another moment is not true of this one.
                let session = Session::default();
                let execution = Execution {
                    schema,
                    session: &session,
                    ..execution
                };
                ffi::lend(&execution, || execution.fire_steps(procedure))
                    .map_err(|error| error.at(&translated.file.path, step.line))?;
            }
        }
        for rendered in &step.statements {
            ffi::lend(&execution, || statement(&execution, rendered))
                .map_err(|error| error.at(&translated.file.path, step.line))?;
        }
    }
    Ok(())
}

fn statement(execution: &Execution<'_>, rendered: &Rendered) -> Result<()> {
    let connection = execution.connection;
    let explain = |cause: rusqlite::Error| match violated(&cause) {
        Some(violated) => violation::elsewhere(execution, &violated),
        None => connection.convert(cause),
    };
    let mut statement = connection.raw().prepare(&rendered.sql).map_err(explain)?;
    execution.binding.apply(&mut statement, &rendered.binds)?;
    let mut rows = statement.raw_query();
    while rows.next().map_err(explain)?.is_some() {}
    Ok(())
}

/// Refuses rows that refer to nothing.
fn check_foreign_keys(connection: &Connection, catalog: &Catalog) -> Result<()> {
    let mut first = None;
    let mut read = || -> rusqlite::Result<()> {
        let mut statement = connection.raw().prepare("PRAGMA foreign_key_check")?;
        let mut rows = statement.query([])?;
        if let Some(row) = rows.next()? {
            first = Some((row.get::<_, String>(0)?, row.get::<_, String>(2)?));
        }
        Ok(())
    };
    read().map_err(|cause| connection.convert(cause))?;
    let Some((child, parent)) = first else {
        return Ok(());
    };
    let schema = Schema::new(catalog.clone(), 0);
    let key = schema.table_in_file(&child).and_then(|table| {
        table.foreign_keys.iter().find(|key| {
            schema
                .table_in_file(&parent)
                .is_some_and(|parent| parent.name == key.references)
        })
    });
    let name = key.map_or_else(String::new, |key| format!(" \"{}\"", key.name));
    Err(Error::new(
        Code::FOREIGN_KEY,
        format!("insert or update on table \"{child}\" violates foreign key constraint{name}"),
    )
    .details(format!("A key is not present in table \"{parent}\".")))
}

fn record(connection: &Connection, translated: &Translated, now: i64) -> Result<()> {
    let fingerprint = drift::fingerprint(connection)?;
    let file = &translated.file;
    let write = || -> rusqlite::Result<()> {
        let raw = connection.raw();
        // Only the last one is ever compared.
        raw.execute("UPDATE underpin_migrations SET fingerprint = NULL", [])?;
        raw.execute(
            "INSERT INTO underpin_migrations \
             (version, platform, name, checksum, text, applied_at, fingerprint) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (
                &file.version,
                translated.platform,
                &file.name,
                file.checksum(),
                &file.text,
                now,
                fingerprint,
            ),
        )?;
        Ok(())
    };
    write().map_err(|cause| connection.convert(cause))
}

fn batch(connection: &Connection, sql: &str) -> Result<()> {
    connection
        .raw()
        .execute_batch(sql)
        .map_err(|cause| connection.convert(cause))
}
