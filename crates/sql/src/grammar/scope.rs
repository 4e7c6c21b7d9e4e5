//! [`Scope`]: the names that an expression may use from the start; [`Namespace`]: those that a query's `from` adds.

use underpin_base::{Code, Error, Name, QualifiedName, Result};

use crate::tree::Expr;
use crate::types::{ColumnType, Type};

/// The names that an expression or statement may use although nothing in its text introduces them.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    pub(super) relations: Vec<(Name, Vec<(Name, ColumnType)>)>,
    pub(super) routine: Option<Name>,
    pub(super) parameters: Vec<(Option<Name>, Type)>,
    pub(super) rows: Vec<RowVariable>,
    pub(super) clash: Clash,
}

/// What a name means that is both a parameter's and a column's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Clash {
    /// The column: in SQL.
    #[default]
    Column,
    /// The variable.
    Variable,
    /// It is refused: in PL/pgSQL.
    Refused,
}

/// A variable that holds a row.
#[derive(Clone, Debug)]
pub struct RowVariable {
    /// Its name.
    pub name: Name,
    /// The table whose row it is.
    pub table: Option<QualifiedName>,
    /// It may be no row at all: `old` when a row comes. It is null then, as a row whose columns are all null.
    pub nullable: bool,
    /// Its columns: name, type, and the number of the parameter that holds the value.
    pub columns: Vec<(Name, Type, usize)>,
}

impl Scope {
    /// Returns the scope of a policy, check, default or generated column: one row, known as `alias`.
    pub fn relation(alias: Name, columns: Vec<(Name, ColumnType)>) -> Self {
        Self {
            relations: vec![(alias, columns)],
            ..Self::default()
        }
    }

    /// Returns the scope of the body of the routine `name`: its parameters are known by name and by number.
    pub fn routine(name: Name, parameters: Vec<(Option<Name>, Type)>) -> Self {
        Self {
            routine: Some(name),
            parameters,
            ..Self::default()
        }
    }

    /// Returns the scope of a statement in PL/pgSQL. `variable_wins` says what a name means that a variable and a column share; without it such
    /// a name is refused.
    pub fn variables(
        routine: Name,
        parameters: Vec<(Option<Name>, Type)>,
        rows: Vec<RowVariable>,
        variable_wins: Option<bool>,
    ) -> Self {
        Self {
            routine: Some(routine),
            parameters,
            rows,
            clash: match variable_wins {
                None => Clash::Refused,
                Some(true) => Clash::Variable,
                Some(false) => Clash::Column,
            },
            ..Self::default()
        }
    }
}

/// A column as a query sees it: the name by which it is known, and what it stands for.
#[derive(Clone, Debug)]
pub(super) struct Visible {
    pub(super) name: Name,
    pub(super) expr: Expr,
}

/// A `from` item as a query sees it.
#[derive(Clone, Debug)]
pub(super) struct VisibleRelation {
    /// The name by which it is known.
    pub(super) name: Name,
    /// Its alias in the tree, unique within the statement.
    pub(super) alias: Name,
    /// The table or view that it is.
    pub(super) table: Option<QualifiedName>,
    /// The columns of the table's primary key.
    pub(super) primary_key: Vec<Name>,
    /// It stands on a side of an outer join that may be missing; its whole row is null then.
    pub(super) nullable: bool,
    /// It is a function that returns values, not rows: its name alone means the value.
    pub(super) scalar: bool,
    pub(super) columns: Vec<Visible>,
}

/// The names that a query's `from` makes: relations for `a.b`, columns for `b` and `*`.
///
/// The two differ after `join … using`, which merges columns, and nowhere else.
#[derive(Clone, Debug, Default)]
pub(super) struct Namespace {
    pub(super) relations: Vec<VisibleRelation>,
    pub(super) columns: Vec<Visible>,
}

impl Namespace {
    pub(super) fn of(relation: VisibleRelation) -> Self {
        Self {
            columns: relation.columns.clone(),
            relations: vec![relation],
        }
    }

    /// Adds the names of `other`, which stands beside this in `from`.
    pub(super) fn add(&mut self, other: Self) -> Result<()> {
        for relation in &other.relations {
            if self
                .relations
                .iter()
                .any(|known| known.name == relation.name)
            {
                return Err(Error::new(
                    Code::DUPLICATE_ALIAS,
                    format!("table name \"{}\" specified more than once", relation.name),
                ));
            }
        }
        self.relations.extend(other.relations);
        self.columns.extend(other.columns);
        Ok(())
    }

    /// Marks every relation as one that may be missing.
    pub(super) fn may_be_missing(&mut self) {
        for relation in &mut self.relations {
            relation.nullable = true;
        }
    }

    /// Returns the relation known as `name`.
    pub(super) fn relation(&self, schema: Option<&str>, name: &str) -> Option<&VisibleRelation> {
        self.relations.iter().find(|relation| match schema {
            None => *relation.name == *name,
            Some(schema) => {
                relation
                    .table
                    .as_ref()
                    .is_some_and(|table| *table.schema == *schema && *table.name == *name)
                    && *relation.name == *name
            }
        })
    }

    /// Returns what the unqualified column `name` stands for.
    pub(super) fn column(&self, name: &str) -> Result<Option<&Expr>> {
        single(&self.columns, name)
    }
}

impl VisibleRelation {
    /// Returns what the column `name` of this relation stands for.
    pub(super) fn column(&self, name: &str) -> Result<Option<&Expr>> {
        single(&self.columns, name)
    }
}

fn single<'a>(columns: &'a [Visible], name: &str) -> Result<Option<&'a Expr>> {
    let mut found = columns.iter().filter(|column| *column.name == *name);
    let first = found.next();
    if found.next().is_some() {
        return Err(Error::new(
            Code::AMBIGUOUS_COLUMN,
            format!("column reference \"{name}\" is ambiguous"),
        ));
    }
    Ok(first.map(|column| &column.expr))
}
