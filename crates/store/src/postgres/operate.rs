//! What is done with the database beside requests: migrations, seeds, a shell.

use underpin_base::{Result, Value};
use underpin_schema::migration::File;

use super::engine::Engine;
use super::migrate::{self, Reset};
use crate::declarations::expect_ours;
use crate::migration::{MigrationReport, MigrationStatus, ShellResult};

/// The most rows of one statement that a shell shows.
const SHELL_ROWS_MAX: usize = 10_000;

impl Engine {
    /// Applies the pending ones of `files`.
    pub(crate) async fn migrate(&self, files: Vec<File>, dry_run: bool) -> Result<MigrationReport> {
        expect_ours(self.database.settings.existing.as_deref())?;
        let mut connection = self.database.link.operator().await?;
        let report = migrate::migrate(&mut connection, &files, dry_run).await;
        drop(connection);
        if !dry_run {
            // What a failed migration left is what holds.
            self.database.load().await?;
        }
        report
    }

    /// Tells where each migration stands.
    pub(crate) async fn status(&self, files: Vec<File>) -> Result<Vec<MigrationStatus>> {
        if self.database.settings.existing.is_some() {
            // Nothing was applied, and nothing ever will be.
            return Ok(Vec::new());
        }
        let mut connection = self.database.link.operator().await?;
        migrate::status(&mut connection, &files).await
    }

    /// Runs a seed file in one transaction.
    pub(crate) async fn seed(&self, file: File) -> Result<()> {
        expect_ours(self.database.settings.existing.as_deref())?;
        let mut connection = self.database.link.operator().await?;
        migrate::seed(&mut connection, file).await
    }

    /// Removes everything that the project made.
    pub(crate) async fn reset(&self, everybodys: bool) -> Result<()> {
        expect_ours(self.database.settings.existing.as_deref())?;
        let mut connection = self.database.link.operator().await?;
        let what = match everybodys {
            true => Reset::Everybodys,
            false => Reset::Ours,
        };
        for note in migrate::reset(&mut connection, what).await? {
            tracing::info!("{note}");
        }
        drop(connection);
        self.database.load().await
    }

    /// Runs SQL for whoever operates the database.
    pub(crate) async fn shell(&self, sql: &str) -> Result<Vec<ShellResult>> {
        let mut connection = self.database.link.operator().await?;
        let answers = connection.simple(sql).await?;
        answers
            .into_iter()
            .map(|answer| {
                let rows = answer.rows.iter().take(SHELL_ROWS_MAX);
                let rows = rows.map(|row| {
                    (0..answer.columns.len())
                        .map(|index| Ok(row.get(index)?.map_or(Value::Null, Value::text)))
                        .collect()
                });
                let columns = answer.columns.iter().map(|column| column.name.clone());
                Ok(ShellResult {
                    columns: columns.collect(),
                    rows: rows.collect::<Result<_>>()?,
                    changed: answer.affected,
                    cut: answer.rows.len() > SHELL_ROWS_MAX,
                })
            })
            .collect()
    }
}
