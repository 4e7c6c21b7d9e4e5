//! The platform's own migrations, folded before the project's: schema `auth` with `auth.users`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use underpin_base::{Name, Result};

use crate::catalog::Catalog;
use crate::migration::{File, Folded, fold_platform};

#[cfg(test)]
mod tests;

/// The platform's migrations, in order: name and text. One that was released is never edited.
const MIGRATIONS: [(&str, &str); 1] = [("0_auth.sql", include_str!("auth.sql"))];

/// The platform's migrations, in order.
static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    MIGRATIONS
        .iter()
        .filter_map(|(name, text)| File::new(*name, *text).ok())
        .collect()
});

/// Returns the platform's migrations, in order.
pub fn files() -> &'static [File] {
    &FILES
}

/// Folds a migration of the platform.
///
/// # Errors
/// Those of [`crate::migration::fold`]; a test shows that there are none.
pub fn fold(catalog: &Catalog, file: &File) -> Result<Folded> {
    fold_platform(catalog, file)
}

impl Catalog {
    /// Returns the catalog before any migration, the platform's included: the schemas `public` and `extensions`.
    pub fn empty() -> Self {
        let names = |names: &[&str]| -> BTreeSet<Name> {
            names.iter().map(|name| Name::from(*name)).collect()
        };
        let roles = names(&["anon", "authenticated", "service_role"]);
        Self {
            schemas: BTreeMap::from([
                (Name::from("public"), None),
                (Name::from("extensions"), None),
            ]),
            schema_usage: ["public", "auth", "extensions"]
                .into_iter()
                .map(|schema| (Name::from(schema), roles.clone()))
                .collect(),
            ..Self::default()
        }
    }

    /// Returns the catalog that a project's first migration finds: that of the platform's migrations.
    ///
    /// # Errors
    /// Those of [`fold`]; a test shows that there are none.
    pub fn platform() -> Result<Self> {
        files().iter().try_fold(Self::empty(), |catalog, file| {
            Ok(fold(&catalog, file)?.catalog)
        })
    }
}
