//! [`History`]: the migrations that were applied, and the catalog that they make.
//!
//! An engine that enforces what it is told keeps their texts in its database; nothing of the catalog is stored.

use underpin_base::Result;
use underpin_schema::catalog::Catalog;
use underpin_schema::migration::{self, Applied, File};
use underpin_schema::platform;

use crate::migration::{MigrationState, MigrationStatus};

/// A migration that was applied.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) version: String,
    /// It is the platform's, not the project's.
    pub(crate) platform: bool,
    pub(crate) name: String,
    pub(crate) checksum: String,
    pub(crate) text: String,
    pub(crate) applied_at: i64,
}

/// The migrations that were applied, in their order.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) records: Vec<Record>,
}

impl History {
    /// Folds the migrations into the catalog that they make.
    pub(crate) fn catalog(&self) -> Result<Catalog> {
        let mut catalog = Catalog::empty();
        for record in &self.records {
            let file = File {
                version: record.version.clone(),
                name: record.name.clone(),
                path: format!("{}_{}.sql", record.version, record.name),
                text: record.text.clone(),
            };
            let folded = if record.platform {
                platform::fold(&catalog, &file)?
            } else {
                migration::fold(&catalog, &file)?
            };
            catalog = folded.catalog;
        }
        Ok(catalog)
    }

    /// Tells whether the platform's migration `version` was applied.
    pub(crate) fn has_platform(&self, version: &str) -> bool {
        self.records
            .iter()
            .any(|record| record.platform && record.version == version)
    }

    /// Returns the project's migrations.
    pub(crate) fn project(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().filter(|record| !record.platform)
    }

    /// Returns the project's migrations as the schema compares them with files.
    pub(crate) fn applied(&self) -> Vec<Applied> {
        self.project()
            .map(|record| Applied {
                version: record.version.clone(),
                name: record.name.clone(),
                checksum: record.checksum.clone(),
            })
            .collect()
    }

    /// Tells where each migration stands, applied ones first.
    pub(crate) fn status(&self, files: &[File]) -> Vec<MigrationStatus> {
        let mut all = Vec::new();
        for record in self.project() {
            let state = match files.iter().find(|file| file.version == record.version) {
                None => MigrationState::Missing,
                Some(file) if file.checksum() != record.checksum => MigrationState::Edited,
                Some(_) => MigrationState::Applied(record.applied_at),
            };
            all.push(MigrationStatus {
                version: record.version.clone(),
                name: record.name.clone(),
                state,
            });
        }
        for file in files {
            if !self.project().any(|record| record.version == file.version) {
                all.push(MigrationStatus {
                    version: file.version.clone(),
                    name: file.name.clone(),
                    state: MigrationState::Pending,
                });
            }
        }
        all
    }
}
