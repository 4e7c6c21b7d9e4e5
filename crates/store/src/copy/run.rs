//! The copy itself: what is prepared, the tables one after the other, the counters, the comparison.

use std::collections::BTreeMap;
use std::sync::Arc;

use underpin_base::{QualifiedName, Result};
use underpin_schema::catalog::{Catalog, Table};

use super::digest::Digest;
use super::engine::{Loader, Reader};
use super::order::order;
use super::part::Part;
use super::state::{Progress, Remembered, Step};
use super::{Batch, CopiedTable, CopyEvent, CopyOptions, CopyReport, CopyStage, check, verify};
use crate::engine::Engine;
use crate::migration::{MigrationReport, MigrationState};
use crate::store::Store;

/// Whoever is told how a copy goes.
pub(super) type Tell<'a> = &'a mut (dyn FnMut(CopyEvent<'_>) + Send);

impl Store {
    /// Copies every row to `target`, which gets the project's migrations first. A copy that was broken off goes on where it was.
    ///
    /// # Errors
    /// `copy_refused` when the source has pending migrations, the target rows or migrations of its own, or the two differ in the end;
    /// and what the engines say.
    pub async fn copy_to(
        &self,
        target: &Self,
        options: &CopyOptions,
        mut tell: impl FnMut(CopyEvent<'_>) + Send,
    ) -> Result<CopyReport> {
        copy(self.engine(), target.engine(), options, &mut tell).await
    }

    /// Tells what [`Store::copy_to`] would do; nothing is changed. Without a target, what it would do with an empty one.
    ///
    /// # Errors
    /// Those of [`Store::copy_to`], as far as they are known before a row is read.
    pub async fn rehearse_copy(
        &self,
        target: Option<&Self>,
        options: &CopyOptions,
    ) -> Result<CopyReport> {
        rehearse(self.engine(), target.map(Self::engine), options).await
    }
}

/// A copy that runs.
pub(super) struct Run<'a> {
    pub(super) reader: Reader,
    pub(super) loader: Loader<'a>,
    pub(super) parts: Vec<Part>,
    /// What was read whole of the source in this run.
    pub(super) digests: BTreeMap<QualifiedName, Digest>,
    /// How many rows each table has.
    pub(super) totals: BTreeMap<QualifiedName, u64>,
    pub(super) tell: Tell<'a>,
}

async fn copy<'a>(
    source: &Engine,
    target: &'a Engine,
    options: &CopyOptions,
    tell: Tell<'a>,
) -> Result<CopyReport> {
    check::source(source, &options.files).await?;
    let mut loader = Loader::open(target).await?;
    let (remembered, report) = prepare(target, &mut loader, options, tell).await?;
    let reader = Reader::open(source).await?;
    let catalog = source.schema();
    let names = check::tables(
        &catalog.catalog,
        &reader.tables(),
        &target.schema().catalog,
        tell,
    )?;
    let parts = parts(&catalog.catalog, &target.schema().catalog, &names, &loader)?;
    let mut run = Run {
        reader,
        loader,
        parts,
        digests: BTreeMap::new(),
        totals: BTreeMap::new(),
        tell,
    };
    let tables = run.all(&remembered, options.restart).await?;
    verify::verify(&mut run, target).await?;
    run.loader.finish().await?;
    let was_written = run.reader.close().await?;
    if was_written {
        (run.tell)(CopyEvent::Note(
            "the source was written while it was copied: what came after the copy began is not in it",
        ));
    }
    Ok(CopyReport {
        migrations: report.files.into_iter().map(|file| file.path).collect(),
        tables,
    })
}

/// Looks at the target, and gives it the project's migrations. What is remembered is there before anything else, so that a copy that is
/// broken off at any moment can go on.
async fn prepare(
    target: &Engine,
    loader: &mut Loader<'_>,
    options: &CopyOptions,
    tell: Tell<'_>,
) -> Result<(Remembered, MigrationReport)> {
    let is_migrated = check::target(target, &options.files).await?;
    let remembered = match loader.remembered().await? {
        Some(remembered) => {
            check::remembered(&remembered, options)?;
            remembered
        }
        None => {
            check::is_empty(target).await?;
            if !is_migrated {
                // What the platform needs, and with it where the copy is remembered.
                target.migrate(Vec::new(), false).await?;
            }
            Remembered::default()
        }
    };
    loader.announce(&options.source).await?;
    let report = target.migrate(options.files.clone(), false).await?;
    for file in &report.files {
        tell(CopyEvent::Migrated(&file.path));
    }
    Ok((remembered, report))
}

/// Returns what is copied of each table, in order.
fn parts(
    source: &Catalog,
    target: &Catalog,
    names: &[QualifiedName],
    loader: &Loader<'_>,
) -> Result<Vec<Part>> {
    let found = |catalog: &Catalog, name: &QualifiedName| catalog.tables.get(name).cloned();
    let tables: Vec<Arc<Table>> = names
        .iter()
        .filter_map(|name| found(target, name))
        .collect();
    let mut parts = Vec::with_capacity(tables.len());
    for placed in order(&tables) {
        let late = match loader.missing_right() {
            None => Vec::new(),
            Some(right) => placed.late_columns().map_err(|key| {
                check::refused(format!(
                    "rows of {} refer by \"{}\" to rows that come after them",
                    placed.table.name, key.name
                ))
                .hint(right)
            })?,
        };
        if let Some(of_source) = source.tables.get(&placed.table.name) {
            parts.push(Part::new(of_source, &placed.table, &late));
        }
    }
    Ok(parts)
}

impl Run<'_> {
    /// Copies every table, as far as that is not done yet.
    async fn all(&mut self, remembered: &Remembered, restart: bool) -> Result<Vec<CopiedTable>> {
        let mut known = remembered.clone();
        if restart || !remembered.begun {
            let loads: Vec<_> = self
                .parts
                .iter()
                .map(|part| Arc::clone(&part.load))
                .collect();
            self.loader.clear(&loads).await?;
            known.steps.clear();
        }
        let parts = self.parts.clone();
        let mut tables = Vec::with_capacity(parts.len());
        for part in &parts {
            let name = &part.scan.table;
            let total = self.reader.count(name).await?;
            self.totals.insert(name.clone(), total);
            self.table(part, Step::Rows, known.progress(name, Step::Rows))
                .await?;
            tables.push(CopiedTable {
                name: name.clone(),
                rows: total,
                resumes: !part.scan.key.is_empty(),
            });
        }
        for part in parts.iter().filter(|part| !part.load.late.is_empty()) {
            let progress = known.progress(&part.scan.table, Step::Links);
            self.table(part, Step::Links, progress).await?;
        }
        let counters = self.reader.counters().await?;
        self.loader.set_counters(counters).await?;
        Ok(tables)
    }

    /// Does a step with the rows of a table that are not done yet. The next rows are read while those before are written.
    async fn table(&mut self, part: &Part, step: Step, mut progress: Progress) -> Result<()> {
        if progress.done {
            return Ok(());
        }
        let scan = &part.scan;
        if scan.key.is_empty() && progress.rows > 0 {
            self.loader.clear_table(&part.load).await?;
            progress = Progress::default();
        }
        let after = progress.position.as_deref();
        let after = after.map(|text| scan.read_position(text)).transpose()?;
        let mut digest = (step == Step::Rows && progress.rows == 0).then(Digest::default);
        self.reader.begin(scan, after).await?;
        let mut rows = self.reader.next().await?;
        loop {
            if let Some(digest) = &mut digest {
                digest.add(&scan.columns, &rows);
            }
            let before = progress.rows;
            progress = advanced(part, &progress, &rows);
            let batch = Arc::new(std::mem::take(&mut rows));
            let writing = self
                .loader
                .write(&part.load, step, batch, before, progress.clone());
            if progress.done {
                writing.await?;
                break;
            }
            let (read, written) = tokio::join!(self.reader.next(), writing);
            written?;
            rows = read?;
            self.told(&scan.table, step, progress.rows);
        }
        if let Some(digest) = digest {
            self.digests.insert(scan.table.clone(), digest);
        }
        (self.tell)(CopyEvent::Table {
            table: &scan.table,
            stage: stage(step),
            rows: progress.rows,
        });
        Ok(())
    }

    fn told(&mut self, table: &QualifiedName, step: Step, done: u64) {
        let total = self.totals.get(table).copied().unwrap_or(done);
        (self.tell)(CopyEvent::Rows {
            table,
            stage: stage(step),
            done,
            total,
        });
    }
}

/// Returns how far a step has come with `rows`; without any it is done.
fn advanced(part: &Part, before: &Progress, rows: &Batch) -> Progress {
    let last = rows.last().filter(|_| !part.scan.key.is_empty());
    let position = last.map(|row| part.scan.write_position(&part.scan.position(row)));
    Progress {
        rows: before.rows + rows.len() as u64,
        position: position.or_else(|| before.position.clone()),
        done: rows.is_empty(),
    }
}

fn stage(step: Step) -> CopyStage {
    match step {
        Step::Rows => CopyStage::Copy,
        Step::Links => CopyStage::Link,
    }
}

async fn rehearse(
    source: &Engine,
    target: Option<&Engine>,
    options: &CopyOptions,
) -> Result<CopyReport> {
    check::source(source, &options.files).await?;
    let mut pending: Vec<String> = options.files.iter().map(|file| file.path.clone()).collect();
    if let Some(target) = target {
        check::target(target, &options.files).await?;
        let mut loader = Loader::open(target).await?;
        match loader.remembered().await? {
            Some(remembered) => check::remembered(&remembered, options)?,
            None => check::is_empty(target).await?,
        }
        let status = target.status(options.files.clone()).await?;
        let is_pending = |path: &String| {
            let file = options.files.iter().find(|file| file.path == *path);
            !status.iter().any(|it| {
                matches!(it.state, MigrationState::Applied(_))
                    && file.is_some_and(|file| file.version == it.version)
            })
        };
        pending.retain(is_pending);
    }
    let mut reader = Reader::open(source).await?;
    let schema = source.schema();
    let names = reader.tables();
    let found = names
        .iter()
        .filter_map(|name| schema.catalog.tables.get(name));
    let tables: Vec<Arc<Table>> = found.cloned().collect();
    let mut copied = Vec::with_capacity(tables.len());
    for placed in order(&tables) {
        copied.push(CopiedTable {
            rows: reader.count(&placed.table.name).await?,
            resumes: super::part::key(&placed.table).is_some(),
            name: placed.table.name.clone(),
        });
    }
    reader.close().await?;
    Ok(CopyReport {
        migrations: pending,
        tables: copied,
    })
}
