//! What commands ask of the database beside requests: migrations, seed, copies, the shell.

use underpin_base::Result;
use underpin_schema::migration::File;
use underpin_store::{MigrationReport, MigrationState};

use crate::application::Application;

impl Application {
    /// Applies the migrations among `files` that are not applied yet.
    ///
    /// # Errors
    /// What the first failing migration says; those before it stay applied.
    pub async fn migrate(&self, files: &[File]) -> Result<MigrationReport> {
        let report = self.store.migrate(files.to_vec(), false).await;
        self.count_pending(files).await?;
        report
    }

    /// Counts the migrations among `files` that are not applied yet, for `/readyz`.
    pub async fn count_pending(&self, files: &[File]) -> Result<()> {
        let status = self.store.status(files.to_vec()).await?;
        let pending = status
            .iter()
            .filter(|migration| migration.state == MigrationState::Pending)
            .count();
        self.set_pending_migrations(u64::try_from(pending).unwrap_or(u64::MAX));
        Ok(())
    }
}
