//! What a name in a statement refers to, and whether a new name is free.

use std::sync::Arc;

use squawk_syntax::ast::{self, HasPathRef};
use underpin_base::{Code, Error, Name, QualifiedName, Result};
use underpin_sql::grammar::{self, Path};

use super::{Fold, refused};
use crate::catalog::{Catalog, Table, View};

/// The schemas that belong to the platform: a migration may refer to what is in them and not change it.
const PLATFORM_SCHEMAS: [&str; 1] = ["auth"];

/// Reads the path of a reference.
pub(super) fn path_of(node: Option<&impl HasPathRef>) -> Result<Path> {
    grammar::path_ref(node.and_then(HasPathRef::path_ref).as_ref())
}

impl Fold {
    /// Returns the table that `node` names.
    pub(super) fn table(&self, node: Option<&ast::TableNameRef>) -> Result<Arc<Table>> {
        self.table_of(&path_of(node)?)
    }

    /// Returns the table of the path `path`, which may be read.
    pub(super) fn table_of(&self, path: &Path) -> Result<Arc<Table>> {
        if let Some(table) = self.search().table(path.schema.as_deref(), &path.name) {
            return Ok(table.clone());
        }
        if self.view_name(path).is_some() {
            return Err(Error::new(
                Code::WRONG_OBJECT_TYPE,
                format!("\"{}\" is not a table", path.name),
            ));
        }
        Err(self.no_relation(path))
    }

    /// Returns the table that `node` names, which a migration may change.
    pub(super) fn own_table(&self, node: Option<&ast::TableNameRef>) -> Result<Arc<Table>> {
        let table = self.table(node)?;
        self.refuse_platform(&table.name)?;
        Ok(table)
    }

    /// Returns the view of that path.
    pub(super) fn view_of(&self, path: &Path) -> Result<Arc<View>> {
        match self.view_name(path) {
            Some(name) => self
                .catalog
                .views
                .get(&name)
                .cloned()
                .ok_or_else(|| self.no_relation(path)),
            None if self
                .search()
                .table(path.schema.as_deref(), &path.name)
                .is_some() =>
            {
                Err(Error::new(
                    Code::WRONG_OBJECT_TYPE,
                    format!("\"{}\" is not a view", path.name),
                ))
            }
            None => Err(self.no_relation(path)),
        }
    }

    /// Returns the qualified name of the view of that path.
    pub(super) fn view_name(&self, path: &Path) -> Option<QualifiedName> {
        self.search()
            .find(path.schema.as_deref(), &path.name, |catalog, name| {
                catalog.views.contains_key(name)
            })
    }

    /// Returns the error for a relation that does not exist, or whose schema does not.
    pub(super) fn no_relation(&self, path: &Path) -> Error {
        if let Some(schema) = &path.schema
            && !self.catalog.schemas.contains_key(schema)
        {
            return no_schema(schema);
        }
        Error::new(
            Code::UNDEFINED_TABLE,
            format!("relation \"{path}\" does not exist"),
        )
    }

    /// Returns the qualified name that the path gives to something new.
    pub(super) fn new_name(&self, path: &Path) -> Result<QualifiedName> {
        let schema = match &path.schema {
            Some(schema) => schema.clone(),
            None => self.path.first().cloned().ok_or_else(|| {
                Error::new(
                    Code::new("3F000"),
                    "no schema has been selected to create in",
                )
            })?,
        };
        if !self.catalog.schemas.contains_key(&schema) {
            return Err(no_schema(&schema));
        }
        let name = QualifiedName::new(schema, path.name.clone());
        self.refuse_platform(&name)?;
        Ok(name)
    }

    /// Tells whether a table, view, index or sequence has that name.
    pub(super) fn relation_exists(&self, name: &QualifiedName) -> bool {
        self.catalog.tables.contains_key(name)
            || self.catalog.views.contains_key(name)
            || self.catalog.sequences.contains_key(name)
            || index_exists(&self.catalog, name)
    }

    /// Tells whether a type has that name: an enum, composite type or domain, or the row type of a table or view.
    pub(super) fn type_exists(&self, name: &QualifiedName) -> bool {
        self.catalog.enums.contains_key(name)
            || self.catalog.composites.contains_key(name)
            || self.catalog.domains.contains_key(name)
    }

    /// Checks that no table, view, index or sequence has that name.
    pub(super) fn free_relation(&self, name: &QualifiedName) -> Result<()> {
        if self.relation_exists(name) {
            return Err(Error::new(
                Code::DUPLICATE_TABLE,
                format!("relation \"{}\" already exists", name.name),
            ));
        }
        if self.type_exists(name) {
            return Err(Error::new(
                Code::DUPLICATE_OBJECT,
                format!("type \"{}\" already exists", name.name),
            ));
        }
        Ok(())
    }

    /// Refuses a change of what belongs to the platform, unless the platform's own migration asks for it.
    pub(super) fn refuse_platform(&self, name: &QualifiedName) -> Result<()> {
        if !self.platform && PLATFORM_SCHEMAS.contains(&&*name.schema) {
            return Err(refused(
                format!("\"{name}\" belongs to the platform and cannot be changed"),
                "Keep your own tables and functions in another schema, and refer to auth.users by a foreign key.",
            ));
        }
        Ok(())
    }

    /// Checks that a role exists.
    pub(super) fn role(&self, name: &Name) -> Result<()> {
        if KNOWN_ROLES.contains(&&**name) || self.catalog.roles.contains_key(name) {
            Ok(())
        } else {
            Err(Error::new(
                Code::UNDEFINED_OBJECT,
                format!("role \"{name}\" does not exist"),
            ))
        }
    }
}

/// The roles that are always there; all but the first four mean nothing here and are accepted in grants and as owners.
const KNOWN_ROLES: [&str; 11] = [
    "public",
    "anon",
    "authenticated",
    "service_role",
    "postgres",
    "authenticator",
    "supabase_admin",
    "supabase_auth_admin",
    "supabase_storage_admin",
    "supabase_realtime_admin",
    "dashboard_user",
];

/// Returns the error for a schema that does not exist.
pub(super) fn no_schema(schema: &str) -> Error {
    Error::new(
        Code::new("3F000"),
        format!("schema \"{schema}\" does not exist"),
    )
}

/// Returns the error for a column that a table lacks.
pub(super) fn no_column(table: &Table, column: &str) -> Error {
    Error::new(
        Code::UNDEFINED_COLUMN,
        format!(
            "column \"{column}\" of relation \"{}\" does not exist",
            table.name.name
        ),
    )
}

/// Tells whether an index, that of a key included, has that name.
fn index_exists(catalog: &Catalog, name: &QualifiedName) -> bool {
    catalog
        .tables
        .values()
        .filter(|table| table.name.schema == name.schema)
        .any(|table| {
            table.indexes.iter().any(|index| index.name == name.name)
                || table
                    .primary_key
                    .iter()
                    .chain(&table.uniques)
                    .any(|key| key.name == name.name)
        })
}

/// Returns the names that a role list holds.
pub(super) fn roles(list: Option<&ast::RoleRefList>) -> Vec<Name> {
    list.into_iter()
        .flat_map(ast::RoleRefList::role_refs)
        .filter_map(|role| role_name(&role))
        .collect()
}

/// Returns a role's name; whoever runs the migration is `postgres`.
pub(super) fn role_name(role: &ast::RoleRef) -> Option<Name> {
    match role.role_ref_value()? {
        ast::RoleRefValue::RoleNameRef(name) => grammar::name(Some(&name)).ok(),
        _ => Some(Name::from("postgres")),
    }
}
