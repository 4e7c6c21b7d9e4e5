//! Columns that count up. The sole integer key of a table is SQLite's own counter; any other such column has the next value of a
//! sequence as its default, as a serial column has in PostgreSQL.

use underpin_base::{Name, QualifiedName, Result, Value};
use underpin_sql::functions::Aggregate;
use underpin_sql::infer;
use underpin_sql::tree::{Expr, ExprKind, From, Output, Select, Simple, Statement};
use underpin_sql::types::{ColumnType, Type};
use underpin_sql::writer::sqlite::table_name;

use super::Fold;
use crate::catalog::{Expression, Generated, Table};
use crate::migration::Operation;

impl Fold {
    /// Gives every column that counts up, and is not the key of its table, a sequence.
    pub(super) fn settle_counters(&mut self) -> Result<()> {
        if !std::mem::take(&mut self.counters_stale) {
            return Ok(());
        }
        let tables: Vec<_> = self.catalog.tables.values().cloned().collect();
        for table in tables {
            let mut after = Table::clone(&table);
            let settled = settle(&mut after)?;
            if settled.is_empty() {
                continue;
            }
            self.set_table(after);
            for column in settled {
                self.begin_sequence(&table, &column)?;
            }
        }
        self.counters_stale = false;
        Ok(())
    }

    /// Sets the sequence of a column that had another counter before, or whose first value was given.
    fn begin_sequence(&mut self, table: &Table, column: &Name) -> Result<()> {
        let sequence = Expr::text(&sequence_name(&table.name, column));
        let mut is_new = false;
        let mut first = None;
        for step in &self.steps {
            match &step.operation {
                Operation::CreateTable(it) => is_new |= it.name == table.name,
                Operation::RestartIdentity { table: it, next } if it.name == table.name => {
                    first = Some(*next);
                }
                _ => {}
            }
        }
        if let Some(next) = first {
            self.set_sequence(sequence, next)
        } else if is_new {
            Ok(())
        } else {
            let highest = Expr {
                kind: ExprKind::Aggregate {
                    aggregate: Aggregate::Max,
                    arguments: vec![table.column_expr(column)],
                    distinct: false,
                    order_by: Vec::new(),
                    filter: None,
                },
                ty: table.column_expr(column).ty,
            };
            let highest = infer::assign(highest, &Type::Int8.into())?;
            let highest = Expr {
                kind: ExprKind::Coalesce(vec![highest, int8(0)]),
                ty: Type::Int8,
            };
            let call = infer::function("setval", vec![sequence, highest])?;
            let from = From::Table {
                table: table.name.clone(),
                alias: table.name.name.clone(),
            };
            self.push_call(call, vec![from]);
            Ok(())
        }
    }

    /// Lets a sequence go on with `next`.
    pub(super) fn set_sequence(&mut self, sequence: Expr, next: i64) -> Result<()> {
        let call = infer::function("setval", vec![sequence, int8(next), Expr::bool(false)])?;
        self.push_call(call, Vec::new());
        Ok(())
    }

    fn push_call(&mut self, call: Expr, from: Vec<From>) {
        let select = Select::simple(Simple {
            outputs: vec![Output {
                name: Name::from("setval"),
                expr: call,
            }],
            from,
            ..Simple::default()
        });
        self.push(Operation::Write(Box::new(Statement::Select(Box::new(
            select,
        )))));
    }

    /// Tells whether a column takes its values from the sequence of that name.
    pub(super) fn is_counted_by(&self, sequence: &str) -> bool {
        self.catalog
            .tables
            .values()
            .flat_map(|table| &table.columns)
            .filter_map(|column| column.default.as_ref())
            .any(|default| default.text == next_value_text(sequence))
    }
}

/// Gives the columns of `table` that count up, and are not its key, the next value of a sequence as default; returns them.
pub(super) fn settle(table: &mut Table) -> Result<Vec<Name>> {
    let key = crate::sqlite::identity_column(table).map(|column| column.name.clone());
    let table_name = table.name.clone();
    let mut settled = Vec::new();
    for column in &mut table.columns {
        if !column.counts_up() || column.default.is_some() || Some(&column.name) == key.as_ref() {
            continue;
        }
        let sequence = sequence_name(&table_name, &column.name);
        column.default = Some(next_value(&sequence, &column.ty)?);
        if matches!(column.generated, Some(Generated::IdentityByDefault)) {
            column.generated = None;
        }
        settled.push(column.name.clone());
    }
    Ok(settled)
}

/// Makes the sole integer key of `table`, when a sequence is its default, the table's own counter; tells whether it was.
pub(super) fn promote(table: &mut Table) -> bool {
    let [key] = table.primary_key_columns() else {
        return false;
    };
    let key = key.clone();
    for column in &mut table.columns {
        let is_counter = column.name == key
            && column.ty.ty.is_integer()
            && column
                .default
                .as_ref()
                .is_some_and(|default| super::column::is_next_value(&default.text));
        if is_counter {
            column.default = None;
            column.generated.get_or_insert(Generated::IdentityByDefault);
            return true;
        }
    }
    false
}

/// Returns the default that is the next value of a sequence.
pub(super) fn next_value(sequence: &str, ty: &ColumnType) -> Result<Expression> {
    let call = infer::function("nextval", vec![Expr::text(sequence)])?;
    Ok(Expression {
        text: next_value_text(sequence),
        expr: infer::assign(call, ty)?,
    })
}

fn next_value_text(sequence: &str) -> String {
    format!("nextval('{sequence}'::regclass)")
}

/// Returns the name of a column's sequence, with its schema when that is not `public`.
fn sequence_name(table: &QualifiedName, column: &str) -> String {
    let name = super::constraint_name::joined(&table.name, column, "seq");
    table_name(&QualifiedName::new(table.schema.clone(), name))
}

fn int8(value: i64) -> Expr {
    Expr::constant(Value::Int(value), Type::Int8)
}
