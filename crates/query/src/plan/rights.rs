//! [`Rights`]: what a caller may use, asked without planning a request.

use std::sync::Arc;

use underpin_base::{Identity, Name, Result};
use underpin_schema::catalog::{Privilege, Routine, Table, View};

use super::World;
use super::world::{Planner, Source};

/// What a caller may use. The answers are those of the planner itself, so that what is described and what is allowed never differ.
pub struct Rights<'a> {
    planner: Planner<'a>,
}

/// A table or view.
#[derive(Clone, Copy, Debug)]
pub enum Relation<'a> {
    /// A table.
    Table(&'a Arc<Table>),
    /// A view; it can be written to when PostgreSQL calls it automatically updatable.
    View(&'a Arc<View>),
}

impl<'a> Rights<'a> {
    /// Returns the rights of `identity`.
    ///
    /// # Errors
    /// `22023` when its role does not exist.
    pub fn new(world: World<'a>, identity: &'a Identity) -> Result<Self> {
        Ok(Self {
            planner: Planner::new(world, identity)?,
        })
    }

    /// Returns the tables and views of `schema` of which the caller may use anything, in the order of their names.
    pub fn relations(&self, schema: &str) -> Vec<Relation<'a>> {
        let catalog = self.planner.world.catalog;
        let tables = catalog.tables.values().map(Relation::Table);
        let mut relations: Vec<_> = tables
            .chain(catalog.views.values().map(Relation::View))
            .filter(|relation| &*relation.name().schema == schema)
            .filter(|relation| PRIVILEGES.iter().any(|one| self.may_use(*relation, *one)))
            .collect();
        relations.sort_by(|one, other| one.name().cmp(other.name()));
        relations
    }

    /// Tells whether the caller has `privilege` on any column of `relation`, and the relation is open to it.
    pub fn may_use(&self, relation: Relation<'_>, privilege: Privilege) -> bool {
        if let Relation::View(view) = relation
            && privilege != Privilege::Select
            && self.planner.world.catalog.behind(view).is_none()
        {
            return false;
        }
        self.planner.may_use(&relation.source(), privilege).is_ok()
    }

    /// Returns the columns of `relation` that the caller may read or write, in their order. Who may delete rows sees no columns by it.
    pub fn columns<'r>(&self, relation: Relation<'r>) -> Vec<&'r Name> {
        let source = relation.source();
        let names: Vec<&Name> = match relation {
            Relation::Table(table) => table.columns.iter().map(|column| &column.name).collect(),
            Relation::View(view) => view.columns.iter().map(|(name, _)| name).collect(),
        };
        names
            .into_iter()
            .filter(|name| {
                let of_columns = [Privilege::Select, Privilege::Insert, Privilege::Update];
                of_columns
                    .iter()
                    .any(|one| self.planner.has_column(&source, name, *one))
            })
            .collect()
    }

    /// Tells whether the caller has `privilege` on the column `name` of `relation`.
    pub fn has_column(&self, relation: Relation<'_>, name: &str, privilege: Privilege) -> bool {
        self.planner.has_column(&relation.source(), name, privilege)
    }

    /// Returns what the rights are in.
    pub fn world(&self) -> World<'a> {
        self.planner.world
    }

    /// Returns the routines of `schema` that the caller may execute, in the order of their names and of their creation.
    pub fn routines(&self, schema: &str) -> Vec<&'a Arc<Routine>> {
        let catalog = self.planner.world.catalog;
        catalog
            .routines
            .iter()
            .filter(|(name, _)| &*name.schema == schema)
            .flat_map(|(_, overloads)| overloads)
            .filter(|routine| !routine.is_trigger && self.planner.may_execute(routine))
            .collect()
    }
}

const PRIVILEGES: [Privilege; 4] = [
    Privilege::Select,
    Privilege::Insert,
    Privilege::Update,
    Privilege::Delete,
];

impl Relation<'_> {
    /// Returns its name.
    pub fn name(&self) -> &underpin_base::QualifiedName {
        match self {
            Self::Table(table) => &table.name,
            Self::View(view) => &view.name,
        }
    }

    fn source(&self) -> Source {
        match self {
            Self::Table(table) => Source::Table(Arc::clone(table)),
            Self::View(view) => Source::View(Arc::clone(view)),
        }
    }
}

impl std::fmt::Debug for Rights<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Rights")
            .field("roles", &self.planner.roles)
            .finish_non_exhaustive()
    }
}
