//! [`SearchPath`]: how a name without schema finds what it means in a [`Catalog`].

use std::sync::Arc;

use underpin_base::{Name, QualifiedName};
use underpin_sql::grammar::{self, NamedType, Parameter, Relation, Resolver};
use underpin_sql::tree::Statement;
use underpin_sql::types::{CompositeType, Type};

use super::{Catalog, Routine, Table};

/// A catalog and the schemas that a name without schema is looked up in, in their order.
#[derive(Clone, Debug)]
pub struct SearchPath<'a> {
    /// The catalog.
    pub catalog: &'a Catalog,
    /// The schemas.
    pub path: Vec<Name>,
}

impl<'a> SearchPath<'a> {
    /// Returns the path that everything starts with: `public` alone.
    pub fn standard(catalog: &'a Catalog) -> Self {
        Self {
            catalog,
            path: vec![Name::from("public")],
        }
    }

    /// Returns the qualified names that `schema.name` may mean, in the order in which they are tried.
    fn candidates(&self, schema: Option<&str>, name: &str) -> Vec<QualifiedName> {
        match schema {
            Some(schema) => vec![QualifiedName::new(schema, name)],
            None => self
                .path
                .iter()
                .map(|schema| QualifiedName::new(schema.clone(), name))
                .collect(),
        }
    }

    /// Returns the name of the existing table, if there is one.
    pub fn table(&self, schema: Option<&str>, name: &str) -> Option<&'a Arc<Table>> {
        self.candidates(schema, name)
            .iter()
            .find_map(|name| self.catalog.tables.get(name))
    }

    /// Returns the qualified name of the first thing of that name for which `exists` holds.
    pub fn find(
        &self,
        schema: Option<&str>,
        name: &str,
        exists: impl Fn(&Catalog, &QualifiedName) -> bool,
    ) -> Option<QualifiedName> {
        self.candidates(schema, name)
            .into_iter()
            .find(|name| exists(self.catalog, name))
    }

    fn relation_of(&self, name: &QualifiedName) -> Option<Relation> {
        if let Some(table) = self.catalog.tables.get(name) {
            return Some(Relation {
                name: name.clone(),
                is_view: false,
                columns: table
                    .columns
                    .iter()
                    .map(|column| (column.name.clone(), column.ty.clone()))
                    .collect(),
                primary_key: table.primary_key_columns().to_vec(),
                keys: table
                    .primary_key
                    .iter()
                    .chain(&table.uniques)
                    .map(|key| (key.name.clone(), key.columns.clone()))
                    .collect(),
            });
        }
        self.catalog.views.get(name).map(|view| Relation {
            name: name.clone(),
            is_view: true,
            columns: view
                .columns
                .iter()
                .map(|(column, ty)| (column.clone(), ty.clone().into()))
                .collect(),
            primary_key: Vec::new(),
            keys: Vec::new(),
        })
    }

    fn type_of(&self, name: &QualifiedName) -> Option<NamedType> {
        let plain = |ty: Type| NamedType {
            column: ty.into(),
            domain: None,
        };
        if let Some(found) = self.catalog.enums.get(name) {
            return Some(plain(Type::Enum(found.clone())));
        }
        if let Some(found) = self.catalog.composites.get(name) {
            return Some(plain(Type::Composite(found.clone())));
        }
        if let Some(found) = self.catalog.domains.get(name) {
            return Some(NamedType {
                column: found.base.clone(),
                domain: Some(name.clone()),
            });
        }
        self.catalog.row_type(name).map(plain)
    }
}

impl Catalog {
    /// Returns the row type of the table or view `name`.
    pub fn row_type(&self, name: &QualifiedName) -> Option<Type> {
        let fields = if let Some(table) = self.tables.get(name) {
            table
                .columns
                .iter()
                .map(|column| (column.name.clone(), column.ty.clone()))
                .collect()
        } else {
            self.views
                .get(name)?
                .columns
                .iter()
                .map(|(column, ty)| (column.clone(), ty.clone().into()))
                .collect()
        };
        Some(Type::Composite(Arc::new(CompositeType {
            name: name.clone(),
            fields,
        })))
    }
}

impl Resolver for SearchPath<'_> {
    fn relation(&self, schema: Option<&str>, name: &str) -> Option<Relation> {
        self.candidates(schema, name)
            .iter()
            .find_map(|name| self.relation_of(name))
    }

    fn named_type(&self, schema: Option<&str>, name: &str) -> Option<NamedType> {
        self.candidates(schema, name)
            .iter()
            .find_map(|name| self.type_of(name))
    }

    fn routines(&self, schema: Option<&str>, name: &str) -> Vec<grammar::Routine> {
        self.candidates(schema, name)
            .iter()
            .filter_map(|name| self.catalog.routines.get(name))
            .flatten()
            .map(|routine| routine.signature())
            .collect()
    }
}

impl Routine {
    /// Returns what the grammar must know of the routine.
    pub fn signature(&self) -> grammar::Routine {
        grammar::Routine {
            id: self.id.clone(),
            parameters: self
                .arguments
                .iter()
                .map(|argument| Parameter {
                    name: argument.name.clone(),
                    ty: argument.ty.clone(),
                    default: argument.default.clone(),
                })
                .collect(),
            variadic: self.variadic,
            result: self.result.clone(),
            is_query: self.is_query() || self.is_native(),
        }
    }

    /// Tells whether the body is one query, so that it can be used within another.
    pub fn is_query(&self) -> bool {
        matches!(self.body.statements.as_slice(), [Statement::Select(_)])
    }
}
