//! `create schema`, `alter schema`, `drop schema`.

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Code, Error, Name, QualifiedName, Result};
use underpin_sql::grammar::{self, Parsed};

use super::dependency::restrict;
use super::drop_table::is_cascade;
use super::read::{missing, text_of};
use super::{Fold, refused};
use crate::migration::Operation;

/// The schemas that are always there.
const KEPT: [&str; 3] = ["public", "auth", "extensions"];

impl Fold {
    /// Folds `create schema`.
    pub(super) fn create_schema(&mut self, node: &ast::CreateSchema) -> Result<()> {
        let name = match node.create_schema_target().ok_or_else(missing)? {
            ast::CreateSchemaTarget::NamedSchema(it) => grammar::name(it.schema().as_ref())?,
            ast::CreateSchemaTarget::AuthorizationSchema(it) => grammar::name(it.role().as_ref())?,
        };
        if self.catalog.schemas.contains_key(&name) {
            if node.if_not_exists().is_some() {
                self.note(format!("schema \"{name}\" already exists, skipping"));
                self.push(Operation::CatalogOnly);
                return Ok(());
            }
            return Err(Error::new(
                Code::new("42P06"),
                format!("schema \"{name}\" already exists"),
            ));
        }
        if name.starts_with("pg_") {
            return Err(Error::new(
                Code::new("42939"),
                format!("unacceptable schema name \"{name}\""),
            )
            .details("The prefix \"pg_\" is reserved for system schemas."));
        }
        self.catalog.schemas.insert(name.clone(), None);
        self.push(Operation::CatalogOnly);
        let outer = std::mem::replace(&mut self.path, vec![name]);
        for element in node.schema_elements() {
            let statement = ast::Stmt::cast(element.syntax().clone()).ok_or_else(missing)?;
            self.statement(&Parsed {
                line: self.line,
                text: text_of(&element),
                statement,
            })?;
        }
        self.path = outer;
        Ok(())
    }

    /// Folds `alter schema`.
    pub(super) fn alter_schema(&mut self, node: &ast::AlterSchema) -> Result<()> {
        self.existing_schema(node.schema_ref().as_ref())?;
        if matches!(
            node.action(),
            Some(ast::AlterSchemaAction::SchemaRenameTo(_))
        ) {
            return Err(refused(
                "a schema cannot be renamed",
                "Make a schema of the new name and move the tables with `alter table … set schema`.",
            ));
        }
        self.push(Operation::CatalogOnly);
        Ok(())
    }

    /// Folds `drop schema`.
    pub(super) fn drop_schema(&mut self, node: &ast::DropSchema) -> Result<()> {
        for reference in node.schema_refs() {
            let name = grammar::name(Some(&reference))?;
            if !self.catalog.schemas.contains_key(&name) {
                let path = grammar::Path { schema: None, name };
                if node.if_exists().is_some() {
                    self.absent("schema", &path, true)?;
                    continue;
                }
                return Err(super::lookup::no_schema(&path.name));
            }
            if KEPT.contains(&&*name) {
                return Err(refused(
                    format!("schema \"{name}\" cannot be dropped"),
                    "Drop what is in it.",
                ));
            }
            self.drop_schema_of(&name, is_cascade(node.drop_behavior().as_ref()))?;
        }
        self.push(Operation::CatalogOnly);
        Ok(())
    }

    fn drop_schema_of(&mut self, schema: &Name, cascade: bool) -> Result<()> {
        let inside = |name: &&QualifiedName| name.schema == *schema;
        let tables: Vec<_> = self
            .catalog
            .tables
            .values()
            .filter(|table| table.name.schema == *schema)
            .cloned()
            .collect();
        let views: Vec<_> = self.catalog.views.keys().filter(inside).cloned().collect();
        let routines: Vec<_> = self
            .catalog
            .routines
            .values()
            .flatten()
            .filter(|routine| routine.id.name.schema == *schema)
            .map(|routine| routine.id.clone())
            .collect();
        let types: Vec<_> = self
            .catalog
            .enums
            .keys()
            .chain(self.catalog.composites.keys())
            .chain(self.catalog.domains.keys())
            .filter(inside)
            .cloned()
            .collect();
        if !cascade {
            let what = tables
                .iter()
                .map(|table| format!("table {}", table.name))
                .chain(views.iter().map(|name| format!("view {name}")))
                .chain(routines.iter().map(|id| format!("function {}", id.name)))
                .chain(types.iter().map(|name| format!("type {name}")))
                .map(|it| format!("{it} depends on schema {schema}"))
                .collect::<Vec<_>>();
            if !what.is_empty() {
                return Err(Error::new(
                    Code::DEPENDENT_OBJECTS,
                    format!("cannot drop schema {schema} because other objects depend on it"),
                )
                .details(what.join("\n"))
                .hint("Use DROP ... CASCADE to drop the dependent objects too."));
            }
        }
        self.drop_views(&views, true)?;
        for id in &routines {
            let dependants = self.dependants_of_routine(id);
            restrict("", &dependants, true)?;
            self.drop_dependants(dependants, None)?;
            self.remove_routine(id);
        }
        self.drop_tables(&tables, true)?;
        for name in &types {
            let dependants = self.dependants_of_type(name);
            self.drop_dependants(dependants, None)?;
            if let Some(before) = self.catalog.enums.remove(name) {
                self.former_enums.insert(name.clone(), before);
            }
            self.catalog.composites.remove(name);
            self.catalog.domains.remove(name);
        }
        self.catalog
            .sequences
            .retain(|name, _| name.schema != *schema);
        self.catalog.schemas.remove(schema);
        self.catalog.default_grants.remove(schema);
        self.catalog.default_executors.remove(schema);
        self.catalog.schema_usage.remove(schema);
        self.path.retain(|it| it != schema);
        Ok(())
    }
}
