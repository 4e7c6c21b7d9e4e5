//! The store as other crates use it.
#![cfg(test)]

mod corpus;
mod exclusion;
mod migrate;
mod operate;
mod word_index;

use tempfile::TempDir;
use underpin_base::{Result, Value};
use underpin_schema::migration::File;
use underpin_store::{SqliteSettings, Store};

/// A store in a folder of its own.
struct Shop {
    store: Store,
    folder: TempDir,
    runtime: tokio::runtime::Runtime,
}

impl Shop {
    fn new() -> Self {
        Self::with(|settings| settings)
    }

    fn with(change: impl FnOnce(SqliteSettings) -> SqliteSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = change(SqliteSettings::new(folder.path().join("shop.db")));
        Self {
            store: Store::open(settings).unwrap(),
            folder,
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap(),
        }
    }

    /// Applies migrations given as texts; their versions are 1, 2, ….
    fn migrate(&self, texts: &[&str]) -> Result<underpin_store::MigrationReport> {
        self.runtime
            .block_on(self.store.migrate(files(texts), false))
    }

    fn shell(&self, sql: &str) -> Result<Vec<Vec<Value>>> {
        let mut results = self.runtime.block_on(self.store.shell(sql))?;
        Ok(results.pop().unwrap_or_default().rows)
    }

    /// Returns what a query of one value returns.
    fn value(&self, sql: &str) -> Value {
        self.shell(sql).unwrap()[0][0].clone()
    }

    fn has_table(&self, table: &str) -> bool {
        let name = underpin_base::QualifiedName::public(table);
        self.store.schema().catalog.tables.contains_key(&name)
    }

    /// Opens another store on the same file: the command line beside a running server.
    fn beside(&self) -> Result<Store> {
        Store::open(SqliteSettings::new(self.folder.path().join("shop.db")))
    }
}

fn files(texts: &[&str]) -> Vec<File> {
    texts
        .iter()
        .enumerate()
        .map(|(index, text)| file(index + 1, text))
        .collect()
}

fn file(version: usize, text: &str) -> File {
    File::new(format!("migrations/{version}_change.sql"), text).unwrap()
}
