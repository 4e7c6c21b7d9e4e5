//! The catalog of a database that is not the project's to change: what was found in it, closed, and what the project declares about it.
//!
//! Nobody but the secret key sees anything at first: a table has no row level security, and what the database runs by itself (views and
//! routines, into which compiled rules do not reach) is granted to nobody else. The database's own rules and grants are for its own
//! roles and mean nothing here; they hold for the role that connects, whoever asks.
//!
//! Nothing here does I/O.

mod guess;
mod template;

#[cfg(test)]
mod tests;

pub use guess::{Guess, guesses};
pub use template::template;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use underpin_base::{Name, Result};

use crate::catalog::{Catalog, Enforcement, Grants, Privilege, Routine, Table, View};
use crate::migration::{self, File};

/// The roles of the API.
const ROLES: [&str; 3] = ["anon", "authenticated", "service_role"];

/// Returns the catalog under which a database is served in which `found` was found, with what `files` declare, in their order.
///
/// # Errors
/// Those of [`migration::declare`].
pub fn catalog(found: Catalog, files: &[File]) -> Result<Catalog> {
    let mut closed = close(found);
    for file in files {
        let declared = migration::declare(&closed, file)?;
        take_over(&mut closed, declared);
    }
    Ok(closed)
}

/// Returns a catalog that is open to the secret key alone.
fn close(found: Catalog) -> Catalog {
    let usage: BTreeSet<Name> = ROLES.into_iter().map(Name::from).collect();
    let tables = found.tables.into_iter().map(|(name, table)| {
        let closed = Table {
            row_security: false,
            policies: Vec::new(),
            grants: Grants::standard(),
            ..Table::clone(&table)
        };
        (name, Arc::new(closed))
    });
    let views = found.views.into_iter().map(|(name, view)| {
        let closed = View {
            grants: of_service(),
            ..View::clone(&view)
        };
        (name, Arc::new(closed))
    });
    let routines = found.routines.into_iter().map(|(name, overloads)| {
        let closed = overloads.iter().map(|routine| {
            Arc::new(Routine {
                executors: Some(vec![Name::from("service_role")]),
                ..Routine::clone(routine)
            })
        });
        (name, closed.collect())
    });
    Catalog {
        enforcement: Enforcement::Compiled,
        tables: tables.collect(),
        views: views.collect(),
        routines: routines.collect(),
        roles: BTreeMap::new(),
        role_settings: BTreeMap::new(),
        schema_usage: found
            .schemas
            .keys()
            .map(|schema| (schema.clone(), usage.clone()))
            .collect(),
        ..found
    }
}

fn of_service() -> Grants {
    let all = [
        Privilege::Select,
        Privilege::Insert,
        Privilege::Update,
        Privilege::Delete,
    ];
    Grants {
        table: BTreeMap::from([(Name::from("service_role"), BTreeSet::from(all))]),
        columns: BTreeMap::new(),
    }
}

/// Takes over what declarations can say, and nothing else of what they are folded into.
fn take_over(catalog: &mut Catalog, declared: Catalog) {
    for (name, table) in &mut catalog.tables {
        if let Some(said) = declared.tables.get(name) {
            *table = Arc::new(Table {
                row_security: said.row_security,
                policies: said.policies.clone(),
                grants: said.grants.clone(),
                foreign_keys: said.foreign_keys.clone(),
                ..Table::clone(table)
            });
        }
    }
    catalog.views = declared.views;
    catalog.routines = declared.routines;
    catalog.roles = declared.roles;
    catalog.role_settings = declared.role_settings;
    catalog.schema_usage = declared.schema_usage;
}
