//! Checks of a write that the database does not make by itself: policies that were compiled.
//!
//! PostgreSQL looks at a policy's check before any constraint says something of the row. So what can be looked at before the write is: the
//! rows to come are a `with` item, a query finds those that must not be, and the write takes rows only where there are none. What only
//! the written rows can tell, such as defaults, is counted of them, and whoever runs the statement takes it back.

use underpin_base::{Error, Name, Result, Value};

use super::affected::{Change, INSERTED};
use super::rows::Rows;
use super::statement::Returning;
use super::writer::Writer;
use crate::tree::{Expr, ExprKind, From, Output, Rewrite, Select, Simple, Statement};
use crate::types::Type;
use crate::writer::text::Text as _;

/// The name of the `with` item that holds the rows to come of an insert of rows.
pub const PROPOSED: &str = "underpin_proposed";

/// What must hold of a write.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    /// Queries that must find no row: over the rows as they are and, for an insert of rows, over [`PROPOSED`]. Where one finds a row, nothing
    /// is written. The rows of an insert must then have a value for each column that any of them has one for.
    pub before: Vec<Select>,
    /// What each written row must satisfy, over its alias; [`INSERTED`] is a column of it.
    pub after: Option<(Name, Expr)>,
}

/// Returns the name of the `with` item of a check.
pub(super) fn check_name(number: usize) -> Name {
    Name::from(format!("underpin_check_{number}"))
}

impl Checks {
    /// Adds the columns that [`Checks::after`] reads.
    pub(super) fn add_columns(&self, columns: &mut Vec<Name>) {
        struct Reading<'a>(&'a Name, &'a mut Vec<Name>);
        impl Rewrite for Reading<'_> {
            fn expr(&mut self, expr: Expr) -> Expr {
                if let ExprKind::Column { relation, name } = &expr.kind
                    && relation == self.0
                    && **name != *INSERTED
                    && !self.1.contains(name)
                {
                    self.1.push(name.clone());
                }
                expr
            }
        }
        if let Some((row, condition)) = &self.after {
            let _ = condition.clone().rewrite(&mut Reading(row, columns));
        }
    }

    /// Returns the statement that writes only where the checks before it found nothing; nothing when `change` is not a statement of the tree
    /// or there is nothing to look at before.
    pub(super) fn guard(&self, change: Change<'_>) -> Result<Option<Statement>> {
        let Change::Statement(statement) = change else {
            return Ok(None);
        };
        if self.before.is_empty() {
            return Ok(None);
        }
        let mut statement = statement.clone();
        let filter = match &mut statement {
            Statement::Update(update) => &mut update.filter,
            Statement::Delete(delete) => &mut delete.filter,
            Statement::Select(_) | Statement::Insert(_) => {
                return Err(Error::internal("such a write is not looked at before"));
            }
        };
        let nothing = self.nothing_found();
        *filter = Some(match filter.take() {
            Some(filter) => Expr::all([filter, nothing]),
            None => nothing,
        });
        Ok(Some(statement))
    }

    /// Returns the condition that no check found a row.
    fn nothing_found(&self) -> Expr {
        Expr::all((0..self.before.len()).map(|number| {
            let name = check_name(number);
            let found = Select::simple(Simple {
                outputs: vec![one()],
                from: vec![From::Cte {
                    alias: name.clone(),
                    name,
                }],
                ..Simple::default()
            });
            let exists = Expr {
                kind: ExprKind::Exists(Box::new(found)),
                ty: Type::Bool,
            };
            exists.negate()
        }))
    }

    /// Returns the query that finds a row of `from` of which `condition` is not true, and no more than one.
    pub fn refused(from: Vec<From>, filter: Option<Expr>, condition: Expr) -> Select {
        let refused = Expr {
            kind: ExprKind::IsTruth {
                operand: Box::new(condition),
                truth: Some(true),
                negated: true,
            },
            ty: Type::Bool,
        };
        let simple = Simple {
            outputs: vec![one()],
            from,
            filter: Some(Expr::all(filter.into_iter().chain([refused]))),
            ..Simple::default()
        };
        Select {
            limit: Some(Expr::constant(Value::Int(1), Type::Int8)),
            ..Select::simple(simple)
        }
    }
}

fn one() -> Output {
    Output {
        name: Name::from("one"),
        expr: Expr::bool(true),
    }
}

impl Writer {
    /// Writes the `with` item [`PROPOSED`].
    pub(super) fn proposed(&mut self, rows: &Rows<'_>) -> Result<()> {
        self.alias(&Name::from(PROPOSED));
        let supplied = rows.supplied();
        if supplied.is_empty() || !rows.is_complete(&supplied) {
            return Err(Error::internal("rows to come lack a value"));
        }
        self.push(" ");
        self.column_names(supplied.iter().map(|(_, name, _)| *name));
        self.push(" as (");
        self.unnested(&supplied, rows.rows)?;
        self.push(")");
        Ok(())
    }

    /// Writes the insert of the rows of [`PROPOSED`], where no check found a row.
    pub(super) fn proposed_insert(
        &mut self,
        rows: &Rows<'_>,
        checks: &Checks,
        returning: &Returning<'_>,
    ) -> Result<()> {
        let supplied = rows.supplied();
        let row = self.new_name();
        self.rows_into(rows, &supplied);
        self.push(" select ");
        self.list(&supplied, |writer, (_, name, _)| {
            writer.alias(&row);
            writer.push(".");
            writer.column_name(name);
            Ok(())
        })?;
        self.push(" from ");
        self.alias(&Name::from(PROPOSED));
        self.as_alias(&row);
        self.filter(Some(&checks.nothing_found()))?;
        self.conflict(rows.conflict, returning)?;
        self.returning(rows.alias, returning)
    }
}
