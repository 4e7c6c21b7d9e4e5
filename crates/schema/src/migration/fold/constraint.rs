//! Primary keys, unique and check constraints.

use squawk_syntax::ast;
use underpin_base::{Code, Error, Name, Result};
use underpin_sql::grammar;
use underpin_sql::tree::ExprKind;

use super::counter::promote;
use super::read::missing;
use super::{Fold, refused};
use crate::catalog::{Check, Key, Table};

/// A constraint and the column that it was written behind, if it was.
pub(super) struct Written {
    /// The column.
    pub(super) column: Option<Name>,
    /// The constraint.
    pub(super) node: ast::Constraint,
}

/// The order in which PostgreSQL makes constraints: keys, then checks, then foreign keys.
const PASSES: [fn(&ast::Constraint) -> bool; 3] = [
    |node| {
        matches!(
            node,
            ast::Constraint::PrimaryKeyConstraint(_)
                | ast::Constraint::UniqueConstraint(_)
                | ast::Constraint::ExcludeConstraint(_)
                | ast::Constraint::NotNullConstraint(_)
        )
    },
    |node| matches!(node, ast::Constraint::CheckConstraint(_)),
    |node| {
        matches!(
            node,
            ast::Constraint::ForeignKeyConstraint(_) | ast::Constraint::ReferencesConstraint(_)
        )
    },
];

impl Fold {
    /// Adds constraints to a table, in the order in which PostgreSQL names them.
    pub(super) fn add_constraints(&self, table: &mut Table, written: &[Written]) -> Result<()> {
        for pass in PASSES {
            for constraint in written.iter().filter(|constraint| pass(&constraint.node)) {
                self.add_constraint(table, constraint)?;
            }
        }
        Ok(())
    }

    /// Adds one constraint to a table.
    pub(super) fn add_constraint(&self, table: &mut Table, written: &Written) -> Result<()> {
        let given = match written.node.constraint_name() {
            Some(name) => Some(grammar::name(Some(&name))?),
            None => None,
        };
        let column = written.column.as_ref();
        match &written.node {
            ast::Constraint::PrimaryKeyConstraint(node) => {
                refuse_deferrable(&written.node)?;
                let key = self.key(table, given, column, node.index_parameters(), "pkey")?;
                set_primary_key(table, key)
            }
            ast::Constraint::UniqueConstraint(node) => {
                refuse_deferrable(&written.node)?;
                let key = self.key(table, given, column, node.index_parameters(), "key")?;
                if !table.uniques.iter().any(|it| it.name == key.name) {
                    table.uniques.push(key);
                }
                Ok(())
            }
            ast::Constraint::CheckConstraint(node) => {
                let check = self.check(table, given, node.expr().as_ref())?;
                table.checks.push(check);
                Ok(())
            }
            ast::Constraint::ForeignKeyConstraint(node) => {
                let key = self.foreign_key(table, given, node)?;
                table.foreign_keys.push(key);
                Ok(())
            }
            ast::Constraint::ReferencesConstraint(node) => {
                let column = column.ok_or_else(missing)?;
                let key = self.references(table, given, column, node)?;
                table.foreign_keys.push(key);
                Ok(())
            }
            ast::Constraint::NotNullConstraint(node) => {
                let column = match (column, node.column_name_ref()) {
                    (Some(column), _) => column.clone(),
                    (None, node) => grammar::name(node.as_ref())?,
                };
                table.column_mut(&column)?.not_null = true;
                Ok(())
            }
            ast::Constraint::ExcludeConstraint(node) => {
                refuse_deferrable(&written.node)?;
                let index = self.exclusion(table, given, node)?;
                table.indexes.push(index);
                Ok(())
            }
            ast::Constraint::DefaultConstraint(_)
            | ast::Constraint::GeneratedConstraint(_)
            | ast::Constraint::NullConstraint(_) => Ok(()),
        }
    }

    /// Reads a key; its columns are those in parentheses, or the column that it stands behind.
    fn key(
        &self,
        table: &Table,
        given: Option<Name>,
        column: Option<&Name>,
        parameters: Option<ast::IndexParameters>,
        label: &str,
    ) -> Result<Key> {
        let list = parameters
            .as_ref()
            .and_then(ast::IndexParameters::column_list);
        let columns = match (list, column) {
            (Some(list), _) => {
                if list.without_overlaps().is_some() {
                    return Err(refused(
                        "`without overlaps` is not supported",
                        "Use a plain key.",
                    ));
                }
                names(list.column_name_refs())?
            }
            (None, Some(column)) => vec![column.clone()],
            (None, None) => return Err(missing()),
        };
        for (index, column) in columns.iter().enumerate() {
            if table.column(column).is_none() {
                return Err(Error::new(
                    Code::UNDEFINED_COLUMN,
                    format!("column \"{column}\" named in key does not exist"),
                ));
            }
            if columns.iter().take(index).any(|other| other == column) {
                let kind = if label == "pkey" {
                    "primary key"
                } else {
                    "unique"
                };
                return Err(Error::new(
                    Code::DUPLICATE_COLUMN,
                    format!("column \"{column}\" appears twice in {kind} constraint"),
                ));
            }
        }
        let nulls_not_distinct = matches!(
            parameters.and_then(|it| it.nulls_distinct_option()),
            Some(ast::NullsDistinctOption::NullsNotDistinct(_))
        );
        let name_columns: &[Name] = if label == "pkey" { &[] } else { &columns };
        Ok(Key {
            name: self.constraint_name(table, given, name_columns, label)?,
            columns,
            nulls_not_distinct,
        })
    }

    /// Reads a check; its chosen name has the column that it is about, when it is about one.
    pub(super) fn check(
        &self,
        table: &Table,
        given: Option<Name>,
        node: Option<&ast::Expr>,
    ) -> Result<Check> {
        let expression = self.condition(table, node, "CHECK")?;
        let subquery = expression.expr.any_part(&mut |part| {
            matches!(
                part.kind,
                ExprKind::Scalar(_)
                    | ExprKind::Exists(_)
                    | ExprKind::InSelect { .. }
                    | ExprKind::ArraySelect(_)
            )
        });
        if subquery {
            return Err(Error::new(
                Code::FEATURE_NOT_SUPPORTED,
                "cannot use subquery in check constraint",
            ));
        }
        let mut columns: Vec<Name> = Vec::new();
        expression.expr.any_part(&mut |part| {
            if let ExprKind::Column { name, .. } = &part.kind
                && !columns.contains(name)
            {
                columns.push(name.clone());
            }
            false
        });
        if columns.len() != 1 {
            columns.clear();
        }
        Ok(Check {
            name: self.constraint_name(table, given, &columns, "check")?,
            expression,
            domain: None,
        })
    }
}

/// Makes `key` the primary key of `table`.
pub(super) fn set_primary_key(table: &mut Table, key: Key) -> Result<()> {
    if table.primary_key.is_some() {
        return Err(Error::new(
            Code::new("42P16"),
            format!(
                "multiple primary keys for table \"{}\" are not allowed",
                table.name.name
            ),
        ));
    }
    for column in &mut table.columns {
        column.not_null |= key.columns.contains(&column.name);
    }
    table.primary_key = Some(key);
    promote(table);
    Ok(())
}

/// Refuses a key that is checked late: SQLite checks keys at once.
fn refuse_deferrable(node: &ast::Constraint) -> Result<()> {
    let deferrable = node.constraint_options().any(|option| {
        matches!(
            option,
            ast::ConstraintOption::DeferrableConstraintOption(_)
                | ast::ConstraintOption::InitiallyDeferredConstraintOption(_)
        )
    });
    if deferrable {
        return Err(refused(
            match node {
                ast::Constraint::ExcludeConstraint(_) => {
                    "a deferrable exclusion constraint is not supported"
                }
                _ => "a deferrable primary key or unique constraint is not supported",
            },
            "SQLite checks keys at once: leave out `deferrable`.",
        ));
    }
    Ok(())
}

/// Reads the names of columns.
pub(super) fn names(nodes: impl Iterator<Item = ast::ColumnNameRef>) -> Result<Vec<Name>> {
    nodes.map(|node| grammar::name(Some(&node))).collect()
}

impl Table {
    /// Returns the column `name`, to be changed.
    pub(super) fn column_mut(&mut self, name: &str) -> Result<&mut crate::catalog::Column> {
        let error = super::lookup::no_column(self, name);
        self.columns
            .iter_mut()
            .find(|column| &*column.name == name)
            .ok_or(error)
    }
}
