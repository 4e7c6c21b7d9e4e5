//! [`CopyLoader`]: rows that come from elsewhere, written as they are.
//!
//! Triggers, policies and defaults of the project are the engine's own, so that they do not act on such rows. Foreign keys are off on the
//! connection of the copy: the rows were whole where they come from, and are compared at the end. How far the copy has come is kept in
//! a table of the engine's own, in the transaction of the rows.

use std::sync::Arc;

use mysql_async::Value as Raw;
use underpin_base::{Code, Error, Result, Value};
use underpin_schema::catalog::Generated;
use underpin_schema::mysql::computes;
use underpin_sql::writer::mysql::table_name;

use super::super::codec;
use super::super::engine::{Engine, World};
use super::super::session::Session;
use super::read::quoted;
use super::{TIMEOUT, counter};
use crate::copy::{Batch, Counter, Load, Progress, Remembered, Step, overtaken};
use crate::mysql::row::field;

const CREATE: &str = "CREATE TABLE IF NOT EXISTS underpin_copy (
    \"name\" VARCHAR(200) NOT NULL,
    \"step\" VARCHAR(20) NOT NULL,
    \"rows\" BIGINT NOT NULL,
    \"position\" LONGTEXT,
    \"done\" BOOLEAN NOT NULL,
    PRIMARY KEY (\"name\", \"step\")
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";

/// The step under which it is kept where the rows come from, and whether the tables were emptied.
const SOURCE: &str = "source";

/// The most values that one statement inserts.
const VALUES_MAX: usize = 4_000;

/// A database that rows are written to.
#[derive(Debug)]
pub(crate) struct CopyLoader<'e> {
    engine: &'e Engine,
    session: Session,
}

impl<'e> CopyLoader<'e> {
    /// Returns the loader of `engine`'s database.
    pub(crate) async fn open(engine: &'e Engine) -> Result<Self> {
        engine.start().await?;
        let database = engine.database();
        let mut session = database.session(database.server()?, TIMEOUT).await?;
        session.run("SET foreign_key_checks = 0").await?;
        Ok(Self { engine, session })
    }

    /// Returns what the database remembers of a copy.
    pub(crate) async fn remembered(&mut self) -> Result<Option<Remembered>> {
        let exists = self
            .session
            .rows("SHOW TABLES LIKE 'underpin\\_copy'", Vec::new())
            .await?;
        if exists.is_empty() {
            return Ok(None);
        }
        let rows = self
            .session
            .rows(
                "SELECT \"name\", \"step\", \"rows\", \"position\", \"done\" FROM underpin_copy",
                Vec::new(),
            )
            .await?;
        let mut remembered = Remembered::default();
        for row in rows {
            let text = |index: usize| field::<String>(&row, index);
            let is_done = field::<i64>(&row, 4).unwrap_or_default() != 0;
            match Step::read(&text(1).unwrap_or_default()) {
                None => {
                    remembered.source = text(3).unwrap_or_default();
                    remembered.begun = is_done;
                }
                Some(step) => {
                    let progress = Progress {
                        rows: field(&row, 2).unwrap_or_default(),
                        position: text(3),
                        done: is_done,
                    };
                    let name = text(0).unwrap_or_default();
                    remembered.steps.insert((name, step), progress);
                }
            }
        }
        Ok(Some(remembered))
    }

    /// Notes where the rows come from.
    pub(crate) async fn announce(&mut self, source: &str) -> Result<()> {
        self.session.run(CREATE).await?;
        let values = vec![bytes(SOURCE), bytes(source), bytes(source)];
        self.session
            .execute(
                "INSERT INTO underpin_copy (\"name\", \"step\", \"rows\", \"position\", \"done\") \
                 VALUES ('', ?, 0, ?, 0) ON DUPLICATE KEY UPDATE \"position\" = ?",
                values,
            )
            .await
            .map(drop)
    }

    /// Removes every row.
    pub(crate) async fn clear(&mut self, loads: &[Arc<Load>]) -> Result<()> {
        self.session.run("START TRANSACTION").await?;
        let done = self.clear_all(loads).await;
        self.end(done).await
    }

    async fn clear_all(&mut self, loads: &[Arc<Load>]) -> Result<()> {
        let source = || vec![bytes(SOURCE)];
        self.session
            .execute("DELETE FROM underpin_copy WHERE \"step\" <> ?", source())
            .await?;
        self.session
            .execute(
                "UPDATE underpin_copy SET \"done\" = 1 WHERE \"step\" = ?",
                source(),
            )
            .await?;
        for load in loads {
            self.empty(load).await?;
            self.begin_step(load, Step::Rows).await?;
            if !load.late.is_empty() {
                self.begin_step(load, Step::Links).await?;
            }
        }
        Ok(())
    }

    /// Removes every row of one table.
    pub(crate) async fn clear_table(&mut self, load: &Arc<Load>) -> Result<()> {
        self.session.run("START TRANSACTION").await?;
        let done = self.clear_one(load).await;
        self.end(done).await
    }

    async fn clear_one(&mut self, load: &Load) -> Result<()> {
        self.empty(load).await?;
        let name = vec![bytes(&load.scan.table.to_string())];
        self.session
            .execute("DELETE FROM underpin_copy WHERE \"name\" = ?", name)
            .await?;
        self.begin_step(load, Step::Rows).await
    }

    /// Does a step with rows.
    pub(crate) async fn write(
        &mut self,
        load: &Arc<Load>,
        step: Step,
        rows: &Batch,
        before: u64,
        progress: &Progress,
    ) -> Result<()> {
        if step == Step::Links {
            return Err(Error::internal("the database takes rows in any order"));
        }
        self.session.run("START TRANSACTION").await?;
        let mut done = self.advance(load, step, before, progress).await;
        if done.is_ok() {
            done = self.insert(load, rows).await;
        }
        self.end(done).await
    }

    /// Sets the counters.
    pub(crate) async fn set_counters(&mut self, counters: &[Counter]) -> Result<()> {
        let world = self.engine.database().world();
        counter::write(&mut self.session, &world.schema.catalog, counters).await
    }

    /// Forgets the copy.
    pub(crate) async fn finish(&mut self) -> Result<()> {
        self.session
            .run("DROP TABLE IF EXISTS underpin_copy")
            .await?;
        self.session.run("SET foreign_key_checks = 1").await?;
        Ok(())
    }

    async fn end(&mut self, done: Result<()>) -> Result<()> {
        match done {
            Ok(()) => self.session.run("COMMIT").await.map(drop),
            Err(error) => {
                if !self.session.is_lost() {
                    self.session.run("ROLLBACK").await?;
                }
                Err(error)
            }
        }
    }

    async fn empty(&mut self, load: &Load) -> Result<()> {
        let table = quoted(&table_name(&load.scan.table));
        self.session
            .run(&format!("DELETE FROM {table}"))
            .await
            .map(drop)
    }

    async fn begin_step(&mut self, load: &Load, step: Step) -> Result<()> {
        let values = vec![bytes(&load.scan.table.to_string()), bytes(step.as_str())];
        self.session
            .execute(
                "INSERT INTO underpin_copy (\"name\", \"step\", \"rows\", \"position\", \"done\") \
                 VALUES (?, ?, 0, NULL, 0)",
                values,
            )
            .await
            .map(drop)
    }

    /// Notes how far a step has come, unless somebody else has gone on with it.
    async fn advance(
        &mut self,
        load: &Load,
        step: Step,
        before: u64,
        progress: &Progress,
    ) -> Result<()> {
        let position = progress.position.as_deref();
        let values = vec![
            Raw::UInt(progress.rows),
            position.map_or(Raw::NULL, bytes),
            Raw::Int(i64::from(progress.done)),
            bytes(&load.scan.table.to_string()),
            bytes(step.as_str()),
            Raw::UInt(before),
        ];
        let sql = "UPDATE underpin_copy SET \"rows\" = ?, \"position\" = ?, \"done\" = ? \
                   WHERE \"name\" = ? AND \"step\" = ? AND \"rows\" = ? AND \"done\" = 0";
        match self.session.execute(sql, values).await? {
            1 => Ok(()),
            _ => Err(overtaken()),
        }
    }

    async fn insert(&mut self, load: &Load, rows: &Batch) -> Result<()> {
        let places = written(load, &self.engine.database().world());
        let names: Vec<String> = places
            .iter()
            .filter_map(|place| load.scan.columns.get(*place))
            .map(|(name, _)| quoted(name))
            .collect();
        let table = quoted(&table_name(&load.scan.table));
        let one = format!("({})", vec!["?"; places.len()].join(", "));
        let most = (VALUES_MAX / places.len().max(1)).clamp(1, 500);
        for part in rows.chunks(most) {
            let all = vec![one.as_str(); part.len()].join(", ");
            let sql = format!("INSERT INTO {table} ({}) VALUES {all}", names.join(", "));
            let mut values = Vec::with_capacity(part.len() * places.len());
            for row in part {
                for place in &places {
                    let Some((_, column)) = load.scan.columns.get(*place) else {
                        continue;
                    };
                    let value = row.get(*place).unwrap_or(&Value::Null);
                    values
                        .push(codec::stored(value, &column.ty).map_err(|error| told(error, load))?);
                }
            }
            let inserted = self.session.execute(&sql, values).await;
            if let Err(error) = inserted {
                return Err(match self.session.refused.take() {
                    Some(server) => told(Error::new(Code::USAGE, server.message), load),
                    None => error,
                });
            }
        }
        Ok(())
    }
}

fn told(error: Error, load: &Load) -> Error {
    error.details(format!("A row of table {} was refused.", load.scan.table))
}

/// Returns the places of the columns that are written: those that come, but for those that the database itself computes.
fn written(load: &Load, world: &World) -> Vec<usize> {
    let Some(table) = world.schema.catalog.tables.get(&load.scan.table) else {
        return load.written.clone();
    };
    let columns = load.scan.columns.iter().enumerate();
    columns
        .filter(|(_, (name, _))| {
            table.column(name).is_some_and(|column| {
                !matches!(column.generated, Some(Generated::Stored(_)))
                    || !computes(table, name, &world.dialect)
            })
        })
        .map(|(place, _)| place)
        .collect()
}

fn bytes(text: &str) -> Raw {
    Raw::Bytes(text.as_bytes().to_vec())
}
