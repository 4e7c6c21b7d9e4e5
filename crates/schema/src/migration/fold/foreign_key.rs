//! Foreign keys: what they refer to, and whether they can be.

use squawk_syntax::ast;
use underpin_base::{Code, Error, Name, Result};
use underpin_sql::grammar;

use super::constraint::names;
use super::lookup::path_of;
use super::read::missing;
use super::{Fold, refused};
use crate::catalog::{ForeignKey, ReferentialAction, Table};

/// The parts that both ways to write a foreign key share.
struct Parts {
    columns: Vec<Name>,
    target: Option<ast::TableNameRef>,
    referenced: Option<Vec<Name>>,
    match_type: Option<ast::MatchType>,
    actions: Vec<ast::ReferentialAction>,
    options: Vec<ast::ConstraintOption>,
}

impl Fold {
    /// Reads `foreign key (…) references …`.
    pub(super) fn foreign_key(
        &self,
        table: &Table,
        given: Option<Name>,
        node: &ast::ForeignKeyConstraint,
    ) -> Result<ForeignKey> {
        let from = node.from_columns().ok_or_else(missing)?;
        let referenced = match node.to_columns() {
            Some(list) => Some(names(list.column_name_refs())?),
            None => None,
        };
        let parts = Parts {
            columns: names(from.column_name_refs())?,
            target: node.table_name_ref(),
            referenced,
            match_type: node.match_type(),
            actions: node.referential_actions().collect(),
            options: node.constraint_options().collect(),
        };
        self.build(table, given, parts)
    }

    /// Reads `references …` behind a column.
    pub(super) fn references(
        &self,
        table: &Table,
        given: Option<Name>,
        column: &Name,
        node: &ast::ReferencesConstraint,
    ) -> Result<ForeignKey> {
        let referenced = match node.column() {
            Some(column) => Some(vec![grammar::name(Some(&column))?]),
            None => None,
        };
        let parts = Parts {
            columns: vec![column.clone()],
            target: node.table(),
            referenced,
            match_type: node.match_type(),
            actions: node.referential_actions().collect(),
            options: node.constraint_options().collect(),
        };
        self.build(table, given, parts)
    }

    fn build(&self, table: &Table, given: Option<Name>, parts: Parts) -> Result<ForeignKey> {
        let path = path_of(parts.target.as_ref())?;
        let refers_to_itself = path.name == table.name.name
            && path
                .schema
                .as_ref()
                .is_none_or(|schema| *schema == table.name.schema);
        let found;
        let target: &Table = if refers_to_itself {
            table
        } else {
            found = self.table_of(&path).map_err(|error| {
                if *error.code() != Code::WRONG_OBJECT_TYPE {
                    return error;
                }
                Error::new(
                    Code::WRONG_OBJECT_TYPE,
                    format!("referenced relation \"{}\" is not a table", path.name),
                )
            })?;
            &found
        };
        refuse_match(parts.match_type.as_ref(), parts.columns.len())?;
        let referenced = referenced_columns(target, parts.referenced)?;
        let name = self.constraint_name(table, given, &parts.columns, "fkey")?;
        let mut key = ForeignKey {
            name,
            columns: parts.columns,
            references: target.name.clone(),
            referenced_columns: referenced,
            on_delete: ReferentialAction::NoAction,
            on_update: ReferentialAction::NoAction,
            deferrable: false,
            initially_deferred: false,
        };
        check_columns(table, target, &key)?;
        for action in parts.actions {
            match action {
                ast::ReferentialAction::OnDeleteAction(node) => {
                    key.on_delete = referential_action(node.ref_action())?;
                }
                ast::ReferentialAction::OnUpdateAction(node) => {
                    key.on_update = referential_action(node.ref_action())?;
                }
            }
        }
        defer(&mut key, parts.options.into_iter());
        Ok(key)
    }
}

/// Sets when a foreign key is checked.
pub(super) fn defer(key: &mut ForeignKey, options: impl Iterator<Item = ast::ConstraintOption>) {
    for option in options {
        match option {
            ast::ConstraintOption::DeferrableConstraintOption(_) => key.deferrable = true,
            ast::ConstraintOption::NotDeferrableConstraintOption(_) => {
                key.deferrable = false;
                key.initially_deferred = false;
            }
            ast::ConstraintOption::InitiallyDeferredConstraintOption(_) => {
                key.deferrable = true;
                key.initially_deferred = true;
            }
            ast::ConstraintOption::InitiallyImmediateConstraintOption(_) => {
                key.initially_deferred = false;
            }
            _ => {}
        }
    }
}

fn referenced_columns(target: &Table, given: Option<Vec<Name>>) -> Result<Vec<Name>> {
    if let Some(given) = given {
        return Ok(given);
    }
    target
        .primary_key
        .as_ref()
        .map(|key| key.columns.clone())
        .ok_or_else(|| {
            Error::new(
                Code::UNDEFINED_OBJECT,
                format!(
                    "there is no primary key for referenced table \"{}\"",
                    target.name.name
                ),
            )
        })
}

fn refuse_match(match_type: Option<&ast::MatchType>, columns: usize) -> Result<()> {
    match match_type {
        Some(ast::MatchType::MatchFull(_)) if columns > 1 => Err(refused(
            "`match full` over several columns is not supported",
            "Leave it out and add a check that the columns are all null or all not null.",
        )),
        Some(ast::MatchType::MatchPartial(_)) => Err(Error::new(
            Code::FEATURE_NOT_SUPPORTED,
            "MATCH PARTIAL not yet implemented",
        )),
        _ => Ok(()),
    }
}

/// Checks that a foreign key's columns exist, are of the same types as those they refer to, and that those are a key.
pub(super) fn check_columns(table: &Table, target: &Table, key: &ForeignKey) -> Result<()> {
    for column in &key.columns {
        if table.column(column).is_none() {
            return Err(Error::new(
                Code::UNDEFINED_COLUMN,
                format!("column \"{column}\" referenced in foreign key constraint does not exist"),
            ));
        }
    }
    for column in &key.referenced_columns {
        if target.column(column).is_none() {
            return Err(Error::new(
                Code::UNDEFINED_COLUMN,
                format!("column \"{column}\" referenced in foreign key constraint does not exist"),
            ));
        }
    }
    if key.columns.len() != key.referenced_columns.len() {
        return Err(Error::new(
            Code::new("42830"),
            "number of referencing and referenced columns for foreign key disagree",
        ));
    }
    if !target.is_unique(&key.referenced_columns) {
        return Err(Error::new(
            Code::new("42830"),
            format!(
                "there is no unique constraint matching given keys for referenced table \"{}\"",
                target.name.name
            ),
        ));
    }
    check_types(table, target, key)
}

fn check_types(table: &Table, target: &Table, key: &ForeignKey) -> Result<()> {
    for (column, referenced) in key.columns.iter().zip(&key.referenced_columns) {
        let (Some(from), Some(to)) = (table.column(column), target.column(referenced)) else {
            continue;
        };
        let (from, to) = (&from.ty.ty, &to.ty.ty);
        let same = from == to
            || (from.is_integer() && to.is_integer())
            || (from.is_text() && to.is_text() && from.storage() == to.storage());
        if !same {
            return Err(Error::new(
                Code::DATATYPE_MISMATCH,
                format!("foreign key constraint \"{}\" cannot be implemented", key.name),
            )
            .details(format!(
                "Key columns \"{column}\" and \"{referenced}\" are of incompatible types: {from} and {to}."
            )));
        }
    }
    Ok(())
}

fn referential_action(node: Option<ast::RefAction>) -> Result<ReferentialAction> {
    let some_columns = || {
        refused(
            "`set null` or `set default` for some columns of a foreign key is not supported",
            "Leave out the list of columns.",
        )
    };
    Ok(match node {
        Some(ast::RefAction::Cascade(_)) => ReferentialAction::Cascade,
        Some(ast::RefAction::Restrict(_)) => ReferentialAction::Restrict,
        Some(ast::RefAction::SetNullColumns(node)) => {
            if node.column_ref_list().is_some() {
                return Err(some_columns());
            }
            ReferentialAction::SetNull
        }
        // SQLite would set its own default, which no column has: all defaults are the catalog's.
        Some(ast::RefAction::SetDefaultColumns(_)) => {
            return Err(refused(
                "`on delete set default` and `on update set default` are not supported",
                "Use `set null`, `cascade` or `restrict`.",
            ));
        }
        Some(ast::RefAction::NoAction(_)) | None => ReferentialAction::NoAction,
    })
}
