//! [`Schema`]: the catalog that requests are planned with, and what follows from it.

use std::collections::HashMap;
use std::sync::Arc;

use underpin_base::QualifiedName;
use underpin_query::plan::PlanCache;
use underpin_schema::catalog::{Catalog, Relationships, Table};
use underpin_sql::writer::sqlite::table_name;

/// The catalog at one moment, and what follows from it. Shared by every request until a migration replaces it.
#[derive(Debug)]
pub struct Schema {
    /// The catalog.
    pub catalog: Catalog,
    /// The ways between its tables and views.
    pub relationships: Relationships,
    /// Counts the schemas that this process has seen: whoever caches something of a schema caches this with it.
    pub generation: u64,
    /// The reads that were planned with it.
    pub plans: PlanCache,
    /// The tables by their names in the file.
    by_file_name: HashMap<Arc<str>, QualifiedName>,
}

impl Schema {
    pub(crate) fn new(catalog: Catalog, generation: u64) -> Self {
        let by_file_name = catalog
            .tables
            .keys()
            .map(|name| (Arc::from(table_name(name)), name.clone()))
            .collect();
        Self {
            relationships: Relationships::find(&catalog),
            catalog,
            generation,
            plans: PlanCache::default(),
            by_file_name,
        }
    }

    /// Returns the table that has the name `name` in the file.
    pub(crate) fn table_in_file(&self, name: &str) -> Option<&Arc<Table>> {
        self.catalog.tables.get(self.by_file_name.get(name)?)
    }
}
