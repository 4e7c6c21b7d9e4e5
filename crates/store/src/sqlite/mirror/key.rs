//! Keys: what a row is known by, and conditions that ask for rows by it.

use underpin_base::{Name, Value};
use underpin_schema::catalog::Table;
use underpin_sql::functions::Operator;
use underpin_sql::tree::{Expr, ExprKind};
use underpin_sql::types::Type;
use underpin_sql::writer::Bind;

/// A row's primary key, as text that no other row has.
pub(super) type Key = String;

/// Returns what a row is known by; nothing when the table has no key.
pub(super) fn key(table: &Table, row: &[Value]) -> Option<Key> {
    key_values(table, row).map(|values| key_text(values.iter()))
}

/// Returns the values of a row's primary key; nothing when the table has none.
pub(super) fn key_values(table: &Table, row: &[Value]) -> Option<Vec<Value>> {
    let primary = table.primary_key.as_ref()?;
    if row.is_empty() {
        return None;
    }
    let values = primary.columns.iter().map(|name| {
        let place = table.columns.iter().position(|it| it.name == *name)?;
        row.get(place).cloned()
    });
    values.collect()
}

/// Returns the condition that a row's primary key is one of `keys`.
pub(super) fn has_key(table: &Table, keys: &[Vec<Value>]) -> Expr {
    let columns = table
        .primary_key_columns()
        .iter()
        .map(|name| table.column_expr(name))
        .collect::<Vec<Expr>>();
    let row = |values: Vec<Expr>| match <[Expr; 1]>::try_from(values) {
        Ok([one]) => one,
        Err(many) => Expr {
            kind: ExprKind::Row(many),
            ty: Type::Record,
        },
    };
    let list = keys
        .iter()
        .map(|key| {
            let values = key.iter().zip(&columns);
            row(values
                .map(|(value, column)| Expr::constant(value.clone(), column.ty.clone()))
                .collect())
        })
        .collect();
    Expr {
        kind: ExprKind::In {
            operand: Box::new(row(columns)),
            list,
            negated: false,
        },
        ty: Type::Bool,
    }
}

pub(super) fn key_text<'v>(values: impl Iterator<Item = &'v Value>) -> Key {
    values.map(|value| format!("{value:?}\n")).collect()
}

/// Reads `column = value` of the column `name`.
pub(super) fn equals(condition: &Expr, name: &Name) -> Option<Bind> {
    let ExprKind::Operator(Operator::Equal, operands) = &condition.kind else {
        return None;
    };
    let [column, value] = &**operands;
    match (&column.kind, &value.kind) {
        (ExprKind::Column { name: found, .. }, ExprKind::Constant(value)) if found == name => {
            Some(Bind::Value(value.clone()))
        }
        (ExprKind::Column { name: found, .. }, ExprKind::Parameter(index)) if found == name => {
            Some(Bind::Parameter(*index))
        }
        _ => None,
    }
}
