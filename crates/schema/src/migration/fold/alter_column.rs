//! `alter column` of `alter table`.

use squawk_syntax::ast;
use underpin_base::{Code, Error, Name, Result};
use underpin_sql::grammar;
use underpin_sql::infer;
use underpin_sql::types::{ColumnType, Modifier, Type};

use super::Fold;
use super::alteration::Alteration;
use super::counter::promote;
use super::dependency::Dependant;
use super::foreign_key::check_columns;
use super::lookup::no_column;
use super::read::missing;
use crate::catalog::{Generated, Table};

impl Fold {
    /// Folds one `alter column`.
    pub(super) fn alter_column(
        &mut self,
        alteration: &mut Alteration,
        node: &ast::AlterColumn,
    ) -> Result<()> {
        use ast::AlterColumnOption as Change;
        let name = grammar::name(node.column_name_ref().as_ref())?;
        if alteration.after.column(&name).is_none() {
            return Err(no_column(&alteration.after, &name));
        }
        let change = node.option().ok_or_else(missing)?;
        let after = &mut alteration.after;
        match &change {
            Change::SetDefault(set) => {
                refuse_generated(after, &name)?;
                let mut column = after.column_mut(&name)?.clone();
                alteration.rebuild |= column.counts_up();
                column.generated = None;
                self.set_default(&mut column, set.expr().as_ref())?;
                *after.column_mut(&name)? = column;
                alteration.rebuild |= promote(after);
            }
            Change::DropDefault(_) => {
                refuse_generated(after, &name)?;
                let column = after.column_mut(&name)?;
                column.default = None;
                // The default of a serial column is that it counts up.
                alteration.rebuild |= column.counts_up();
                column.generated = None;
            }
            Change::SetNotNull(_) => {
                let column = after.column_mut(&name)?;
                alteration.rebuild |= !column.not_null;
                column.not_null = true;
            }
            Change::DropNotNull(_) => {
                if after.primary_key_columns().contains(&name) {
                    return Err(Error::new(
                        Code::new("42P16"),
                        format!("column \"{name}\" is in a primary key"),
                    ));
                }
                let column = after.column_mut(&name)?;
                alteration.rebuild |= column.not_null;
                column.not_null = false;
            }
            Change::SetType(set) => self.set_type(alteration, &name, set)?,
            Change::AddGenerated(_)
            | Change::SetGenerated(_)
            | Change::SetGeneratedOptions(_)
            | Change::Restart(_)
            | Change::DropIdentity(_) => self.alter_identity(alteration, &name, &change)?,
            Change::DropExpression(_) => {
                let column = after.column_mut(&name)?;
                if matches!(column.generated, Some(Generated::Stored(_))) {
                    column.generated = None;
                    alteration.rebuild = true;
                }
            }
            Change::SetExpression(set) => {
                let ty = after.column_mut(&name)?.ty.clone();
                let node = set.expr().ok_or_else(missing)?;
                let generated = self.stored(after, &ty, &node)?;
                after.column_mut(&name)?.generated = Some(generated);
                alteration.rebuild = true;
            }
            // Statistics, storage, compression and options mean nothing here.
            _ => {}
        }
        Ok(())
    }

    /// Folds `alter column … type …`.
    fn set_type(
        &mut self,
        alteration: &mut Alteration,
        name: &Name,
        node: &ast::SetType,
    ) -> Result<()> {
        let type_name = self.column_type(node.ty().as_ref())?;
        let to = type_name.column;
        let using = node.using_expr().and_then(|using| using.expr());
        let before = alteration.before.clone();
        let from = alteration
            .after
            .column(name)
            .map(|column| column.ty.clone())
            .ok_or_else(|| no_column(&alteration.after, name))?;
        let value = match &using {
            Some(using) => {
                let expression = self.row_expression(&before, Some(using))?;
                infer::assign(expression.expr, &to)
                    .map_err(|error| cannot_cast(error, name, &to, true))?
            }
            None => infer::assign(before.column_expr(name), &to)
                .map_err(|error| cannot_cast(error, name, &to, false))?,
        };
        self.refuse_typed_readers(&alteration.after, name)?;
        let default = match alteration
            .after
            .column(name)
            .and_then(|it| it.default.clone())
        {
            Some(default) => Some(self.default_text(&default.text, &to).map_err(|_| {
                Error::new(
                    Code::DATATYPE_MISMATCH,
                    format!(
                        "default for column \"{name}\" cannot be cast automatically to type {to}"
                    ),
                )
            })?),
            None => None,
        };
        let column = alteration.after.column_mut(name)?;
        column.ty = to.clone();
        column.domain = type_name.domain;
        column.default = default;
        self.read_again(&mut alteration.after)?;
        self.check_keys_of(&alteration.after, name)?;
        if using.is_some() || !is_wider(&from, &to) {
            alteration.values.insert(name.clone(), value);
            alteration.rebuild = true;
        }
        Ok(())
    }

    /// Refuses a new type for a column that views, policies or generated columns use, in PostgreSQL's words.
    fn refuse_typed_readers(&self, table: &Table, name: &Name) -> Result<()> {
        for dependant in self.dependants_of_column(table, name) {
            let reason = match &dependant {
                Dependant::View(_) => "by a view or rule",
                Dependant::Policy(..) => "in a policy definition",
                Dependant::Column(..) => "by a generated column",
                _ => continue,
            };
            return Err(Error::new(
                Code::FEATURE_NOT_SUPPORTED,
                format!("cannot alter type of a column used {reason}"),
            )
            .details(format!("{dependant} depends on column \"{name}\"")));
        }
        Ok(())
    }

    /// Reads the checks and indexes of a table again, after a column got another type.
    fn read_again(&self, table: &mut Table) -> Result<()> {
        let current = table.clone();
        for check in table.checks.iter_mut().filter(|it| it.domain.is_none()) {
            check.expression = self.row_expression_text(&current, &check.expression.text)?;
        }
        for index in &mut table.indexes {
            for key in &mut index.keys {
                key.expression = match &key.column {
                    Some(column) => current.index_key(column).expression,
                    None => self.row_expression_text(&current, &key.expression.text)?,
                };
            }
            if let Some(filter) = &mut index.filter {
                *filter = self.row_expression_text(&current, &filter.text)?;
            }
        }
        Ok(())
    }

    /// Checks the foreign keys from and to a column that got another type.
    fn check_keys_of(&self, table: &Table, column: &Name) -> Result<()> {
        for key in &table.foreign_keys {
            let target = match self.catalog.tables.get(&key.references) {
                Some(target) if target.name != table.name => target,
                _ => continue,
            };
            if key.columns.contains(column) {
                check_columns(table, target, key)?;
            }
        }
        for other in self.catalog.tables.values() {
            if other.name == table.name {
                continue;
            }
            for key in &other.foreign_keys {
                if key.references == table.name && key.referenced_columns.contains(column) {
                    check_columns(other, table, key)?;
                }
            }
        }
        Ok(())
    }
}

/// Refuses a default for a column that makes its value itself.
fn refuse_generated(table: &Table, name: &Name) -> Result<()> {
    let kind = match table.column(name).and_then(|it| it.generated.as_ref()) {
        Some(Generated::IdentityAlways) => "an identity column",
        Some(Generated::Stored(_)) => "a generated column",
        Some(Generated::IdentityByDefault) | None => return Ok(()),
    };
    Err(Error::new(
        Code::SYNTAX,
        format!(
            "column \"{name}\" of relation \"{}\" is {kind}",
            table.name.name
        ),
    ))
}

/// Words the failure of a column's conversion as `alter table` does.
fn cannot_cast(error: Error, name: &Name, to: &ColumnType, using: bool) -> Error {
    if *error.code() != Code::DATATYPE_MISMATCH {
        return error;
    }
    if using {
        return Error::new(
            Code::DATATYPE_MISMATCH,
            format!(
                "result of USING clause for column \"{name}\" cannot be cast automatically to type {}",
                to.ty
            ),
        )
        .hint("You might need to add an explicit cast.");
    }
    Error::new(
        Code::DATATYPE_MISMATCH,
        format!(
            "column \"{name}\" cannot be cast automatically to type {}",
            to.ty
        ),
    )
    .hint(format!("You might need to specify \"USING {name}::{to}\"."))
}

/// Tells whether every value of `from` is stored the same way as one of `to`, so that no row changes.
fn is_wider(from: &ColumnType, to: &ColumnType) -> bool {
    let plain_text = |ty: &Type| matches!(ty, Type::Text | Type::Varchar);
    let integers = |ty: &Type| match ty {
        Type::Int2 => 1,
        Type::Int4 => 2,
        Type::Int8 => 3,
        _ => 0,
    };
    let same = from.ty == to.ty
        || (plain_text(&from.ty) && plain_text(&to.ty))
        || (integers(&from.ty) > 0 && integers(&from.ty) < integers(&to.ty));
    let fits = match (from.modifier, to.modifier) {
        (from, to) if from == to => true,
        // A limit on text is part of the table's text; one that goes is harmless, and the next rebuild takes it away.
        (Some(Modifier::Length(_)), _) | (_, Some(Modifier::Length(_))) => false,
        (_, None) => true,
        _ => false,
    };
    same && fits
}
