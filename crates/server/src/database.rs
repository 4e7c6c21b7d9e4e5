//! What the program does with the database beside requests: it reads and applies migrations.

use std::path::Path;

use underpin_base::{Code, Error, Result};
use underpin_schema::migration::File;
use underpin_store::{MigrationReport, MigrationState};

use crate::application::Application;

/// The folder of a project's migrations.
pub(crate) const MIGRATIONS: &str = "migrations";

/// The folder of what a project declares about a database that is not its own.
pub(crate) const POLICIES: &str = "policies";

impl Application {
    /// Applies the migrations among `files` that are not applied yet, and those of the sources.
    ///
    /// # Errors
    /// What the first failing migration says; those before it stay applied.
    pub async fn migrate(&self, files: &[File]) -> Result<MigrationReport> {
        let report = self.migrate_all(files.to_vec(), false).await;
        self.count_pending(files).await?;
        report
    }

    /// The same without counting; with `dry_run`, only tells what it would do.
    pub(crate) async fn migrate_all(
        &self,
        files: Vec<File>,
        dry_run: bool,
    ) -> Result<MigrationReport> {
        // Where the project's own database is not its to change, those of its sources may be.
        let mut report = match self.settings.database.existing && !self.sources.is_empty() {
            true => MigrationReport::default(),
            false => {
                let own = self.store.migrate(files, dry_run).await;
                own.map_err(|error| self.crossed_in_migration(error, self.served_by_default()))?
            }
        };
        let project = &self.settings.project;
        for source in &self.sources {
            let migrated = source.migrate(project, dry_run).await;
            let migrated =
                migrated.map_err(|error| self.crossed_in_migration(error, source.served()))?;
            report.files.extend(migrated.files);
        }
        Ok(report)
    }

    /// Counts again, when migrations were pending: another process may have applied them since.
    pub async fn recount_pending(&self) -> Result<()> {
        if self.pending_migrations() == 0 {
            return Ok(());
        }
        self.count_pending(&migrations(&self.settings.project)?)
            .await
    }

    /// Counts the migrations among `files` and of the sources that are not applied yet, for `/readyz`.
    pub async fn count_pending(&self, files: &[File]) -> Result<()> {
        let status = self.store.status(files.to_vec()).await?;
        let pending = status
            .iter()
            .filter(|migration| migration.state == MigrationState::Pending)
            .count();
        let mut all = u64::try_from(pending).unwrap_or(u64::MAX);
        for source in &self.sources {
            let pending = source.count_pending(&self.settings.project).await;
            all = all.saturating_add(pending.map_err(|error| source.named(&error))?);
        }
        self.set_pending_migrations(all);
        Ok(())
    }
}

/// Reads the migrations of the project in `folder`, in the order of their names.
pub(crate) fn migrations(folder: &Path) -> Result<Vec<File>> {
    migrations_below(folder, Path::new(""))
}

/// Reads the migrations in `below` the project's folder.
pub(crate) fn migrations_below(project: &Path, below: &Path) -> Result<Vec<File>> {
    let shown = below.join(MIGRATIONS);
    let path = project.join(&shown);
    let entries = match std::fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(&path, &error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry
            .map_err(|error| unreadable(&path, &error))?
            .file_name();
        let name = name.to_string_lossy().into_owned();
        // Editors and tools leave other files there; what ends in .sql must be a migration.
        if name.ends_with(".sql") && !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    names
        .into_iter()
        .map(|name| {
            let file = path.join(&name);
            let text = std::fs::read_to_string(&file).map_err(|error| unreadable(&file, &error))?;
            File::new(format!("{}/{name}", shown.display()), text)
        })
        .collect()
}

/// Returns the error for a file that cannot be read.
pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(Code::IO, format!("cannot read {}: {error}", path.display()))
}
