//! [`World`]: what a request is planned against; [`Planner`]: one planning.

use std::sync::Arc;

use underpin_base::{Code, Error, Identity, Name, QualifiedName, Result};
use underpin_schema::catalog::{Bodies, Catalog, Enforcement, Relationships, Table, View};
use underpin_sql::functions::Volatility;
use underpin_sql::types::{ColumnType, Type};

use super::nearest::nearest;
use crate::ApiSettings;

/// What a request is planned against.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// The project's tables, views, routines and rules.
    pub catalog: &'a Catalog,
    /// How they lead to each other.
    pub relationships: &'a Relationships,
    /// How the data API behaves.
    pub settings: &'a ApiSettings,
}

/// The most names that one statement may need; a hundred embeds with policies need some hundreds.
const NAMES_MAX: usize = 10_000;

/// One planning: the world, who asks, and what must be unique within the statement.
#[derive(Debug)]
pub(super) struct Planner<'a> {
    pub(super) world: World<'a>,
    pub(super) identity: &'a Identity,
    /// The identity's role and every role whose rights it inherits.
    pub(super) roles: Vec<Name>,
    /// Policies do not apply to the role.
    pub(super) bypasses: bool,
    /// The owner's rights apply: grants do not either.
    pub(super) is_owner: bool,
    /// The tables whose policies are being put in, outermost first: a policy that asks its own table would never end.
    pub(super) policies_open: Vec<QualifiedName>,
    /// How many routines and views are nested in each other at this point.
    pub(super) nesting: usize,
    /// The most rows of each embed; nothing bounds those of what was written.
    pub(super) embedded_rows_max: Option<u64>,
    /// The most volatile of the routines that the engine is to invoke; nothing when there is none.
    pub(super) invoked: Option<Volatility>,
    names: usize,
    /// The types of a template's operands, as far as they are known; nothing when what is planned has its operands in it.
    pub(super) slots: Option<Vec<Type>>,
}

/// A table or view as the target of a query, or what a routine returned.
#[derive(Clone, Debug)]
pub(super) enum Source {
    Table(Arc<Table>),
    View(Arc<View>),
    Result(Arc<Returned>),
}

/// The rows that a routine returned.
#[derive(Debug)]
pub(super) struct Returned {
    /// The name of the table or view whose rows they are, for relationships; else the routine's.
    pub(super) name: QualifiedName,
    /// Their columns.
    pub(super) columns: Vec<(Name, Type)>,
}

impl Source {
    pub(super) fn name(&self) -> &QualifiedName {
        match self {
            Self::Table(table) => &table.name,
            Self::View(view) => &view.name,
            Self::Result(returned) => &returned.name,
        }
    }

    /// Returns the type of a column.
    pub(super) fn column(&self, name: &str) -> Option<(Name, Type)> {
        match self {
            Self::Table(table) => table
                .column(name)
                .map(|column| (column.name.clone(), column.ty.ty.clone())),
            Self::View(view) => named(&view.columns, name),
            Self::Result(returned) => named(&returned.columns, name),
        }
    }

    /// Returns every column with its type.
    pub(super) fn columns(&self) -> Vec<(Name, Type)> {
        match self {
            Self::Table(table) => table
                .columns
                .iter()
                .map(|column| (column.name.clone(), column.ty.ty.clone()))
                .collect(),
            Self::View(view) => view.columns.clone(),
            Self::Result(returned) => returned.columns.clone(),
        }
    }
}

fn named(columns: &[(Name, Type)], name: &str) -> Option<(Name, Type)> {
    columns.iter().find(|(known, _)| **known == *name).cloned()
}

impl<'a> Planner<'a> {
    /// Starts a planning.
    ///
    /// # Errors
    /// `22023` when the identity's role does not exist.
    pub(super) fn new(world: World<'a>, identity: &'a Identity) -> Result<Self> {
        let mut roles = vec![identity.role.clone()];
        let mut bypasses = &*identity.role == "service_role";
        let mut next = 0;
        while let Some(name) = roles.get(next).cloned() {
            next += 1;
            match world.catalog.roles.get(&name) {
                Some(role) => {
                    bypasses |= next == 1 && role.bypass_row_security;
                    for parent in &role.member_of {
                        if !roles.contains(parent) {
                            roles.push(parent.clone());
                        }
                    }
                }
                None if next > 1 || is_standard_role(&name) => {}
                None => {
                    return Err(Error::new(
                        Code::INVALID_PARAMETER,
                        format!("role \"{name}\" does not exist"),
                    ));
                }
            }
        }
        Ok(Self {
            world,
            identity,
            roles,
            bypasses,
            is_owner: false,
            policies_open: Vec::new(),
            nesting: 0,
            embedded_rows_max: None,
            invoked: None,
            names: 0,
            slots: None,
        })
    }

    /// Starts a planning with the rights of the owner of everything, for what runs in the name of `identity`.
    pub(super) fn of_owner(world: World<'a>, identity: &'a Identity) -> Self {
        Self {
            world,
            identity,
            roles: Vec::new(),
            bypasses: true,
            is_owner: true,
            policies_open: Vec::new(),
            nesting: 0,
            embedded_rows_max: None,
            invoked: None,
            names: 0,
            slots: None,
        }
    }

    /// Refuses a statement that has grown past what one request may ask for: the columns of spreads within spreads multiply.
    ///
    /// # Errors
    /// `54001`.
    pub(super) fn is_bounded(&self) -> Result<()> {
        if self.names <= NAMES_MAX {
            return Ok(());
        }
        Err(Error::new(
            Code::TOO_COMPLEX,
            format!("the statement needs more than {NAMES_MAX} names"),
        )
        .hint("Select fewer columns of related tables that are spread within each other."))
    }

    /// Tells whether policies become part of the statement; otherwise the database itself sees to them.
    pub(super) fn compiles_rules(&self) -> bool {
        self.world.catalog.enforcement == Enforcement::Compiled
    }

    /// Tells whether views and defaults become part of the statement; otherwise the database knows what they say.
    pub(super) fn expands_bodies(&self) -> bool {
        self.world.catalog.bodies == Bodies::Ours
    }

    /// Returns a number that was not given before in this statement.
    pub(super) fn number(&mut self) -> usize {
        self.names += 1;
        self.names
    }

    /// Returns an alias that is new within this statement; `like` is what people reading the statement recognise. Every alias but the
    /// request's own table ends in `#` and a number that is given once.
    pub(super) fn alias(&mut self, like: &str) -> Name {
        let number = self.number();
        Name::from(format!("{like}#{number}"))
    }

    /// Returns the table or view `name`.
    ///
    /// # Errors
    /// PGRST205, with the nearest name as a hint.
    pub(super) fn source(&self, name: &QualifiedName) -> Result<Source> {
        if let Some(table) = self.world.catalog.tables.get(name) {
            return Ok(Source::Table(table.clone()));
        }
        if let Some(view) = self.world.catalog.views.get(name) {
            return Ok(Source::View(view.clone()));
        }
        let error = Error::new(
            Code::TABLE_NOT_FOUND,
            format!("Could not find the table '{name}' in the schema cache"),
        );
        let catalog = self.world.catalog;
        let names = catalog.tables.keys().chain(catalog.views.keys());
        let of_schema = names
            .filter(|other| other.schema == name.schema)
            .map(|other| &*other.name);
        Err(match nearest(&name.name, of_schema) {
            Some(near) => error.hint(format!(
                "Perhaps you meant the table '{}.{near}'",
                name.schema
            )),
            None => error,
        })
    }

    /// Returns the schemas in which a name without one is looked for.
    fn search_path(&self) -> Vec<Name> {
        let settings = self.world.settings;
        let mut path = settings.schemas.clone();
        path.extend(settings.extra_search_path.iter().cloned());
        path
    }

    /// Returns the type that a cast names, such as `text` or `numeric(10,2)`.
    ///
    /// # Errors
    /// `42704` when no such type exists.
    pub(super) fn named_type(&self, text: &str) -> Result<ColumnType> {
        if let Some(ty) = Type::built_in(text) {
            return Ok(ColumnType::plain(ty));
        }
        let path = underpin_schema::catalog::SearchPath {
            catalog: self.world.catalog,
            path: self.search_path(),
        };
        underpin_sql::grammar::column_type_text(text, &path).map(|named| named.column)
    }
}

fn is_standard_role(name: &str) -> bool {
    matches!(name, "anon" | "authenticated" | "service_role")
}
