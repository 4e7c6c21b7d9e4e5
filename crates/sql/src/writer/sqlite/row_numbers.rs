//! What SQLite does not have, by numbering rows.
//!
//! `intersect all` and `except all`: where the equal rows of each operand are numbered, no two are equal, and the operators without `all`
//! keep or take away as many. A limit that depends on a row of a query around it: the rows are numbered in their order, and the numbers
//! compared.

use underpin_base::{Error, Name, Result, Value};

use super::json::numbered;
use super::writer::Writer;
use crate::functions::{Function, Operator};
use crate::infer;
use crate::tree::{Body, Expr, ExprKind, OrderBy, Output, Select, SetOperator, Window};
use crate::types::Type;

/// The column of the numbers, which no column of a query can be called.
const NUMBER: &str = "underpin number";

impl Writer {
    /// Writes `left operator all right`.
    pub(super) fn set_all(
        &mut self,
        operator: SetOperator,
        left: &Select,
        right: &Select,
    ) -> Result<()> {
        let alias = self.new_name();
        let left = self.with_numbers(left, true)?;
        let right = self.with_numbers(right, true)?;
        let both = Select {
            with: Vec::new(),
            body: Body::Set {
                operator,
                all: false,
                operands: Box::new([left, right]),
            },
            order_by: Vec::new(),
            limit: None,
            offset: None,
        };
        let outputs = without_number(&both, &alias);
        self.select(&Select::over(both, alias, outputs))
    }

    /// Writes `select`, whose limit or offset depends on a row.
    pub(super) fn limited_by_number(&mut self, select: &Select) -> Result<()> {
        let mut all = select.clone();
        let limit = all.limit.take();
        let offset = all.offset.take();
        let rows = self.with_numbers(&all, false)?;
        let alias = self.new_name();
        let number = Expr::column(&alias, &Name::from(NUMBER), Type::Int8);
        let zero = Expr::constant(Value::Int(0), Type::Int8);
        let before = match offset {
            Some(offset) => Expr {
                ty: Type::Int8,
                kind: ExprKind::Coalesce(vec![offset, zero]),
            },
            None => zero,
        };
        let mut conditions = vec![infer::operator(
            Operator::Greater,
            number.clone(),
            before.clone(),
        )?];
        if let Some(limit) = limit {
            let last = infer::operator(Operator::Add, before, limit.clone())?;
            let within = infer::operator(Operator::LessOrEqual, number.clone(), last)?;
            conditions.push(Expr::any(vec![limit.is_null(false), within]));
        }
        let outputs = without_number(&rows, &alias);
        let mut limited = Select::over(rows, alias, outputs);
        if let Body::Simple(simple) = &mut limited.body {
            simple.filter = Some(Expr::all(conditions));
        }
        limited.order_by = vec![OrderBy {
            expr: number,
            descending: false,
            nulls_first: false,
        }];
        self.select(&limited)
    }

    /// Returns the rows of `select` with a last column that numbers those that are equal, or all in their order.
    fn with_numbers(&mut self, select: &Select, equal: bool) -> Result<Select> {
        let alias = self.new_name();
        let select = numbered(select, &alias)?;
        let columns: Vec<(Name, Expr)> = select
            .columns()
            .into_iter()
            .map(|(name, ty)| (name.clone(), Expr::column(&alias, &name, ty)))
            .collect();
        let Some(row_number) = Function::named("row_number").next() else {
            return Err(Error::internal("there is no function row_number"));
        };
        let window = Window {
            call: Expr {
                kind: ExprKind::Function(row_number, Vec::new()),
                ty: Type::Int8,
            },
            partition_by: if equal {
                columns.iter().map(|(_, column)| column.clone()).collect()
            } else {
                Vec::new()
            },
            order_by: Vec::new(),
            frame: None,
        };
        let mut outputs: Vec<Output> = columns
            .into_iter()
            .map(|(name, expr)| Output { name, expr })
            .collect();
        outputs.push(Output {
            name: Name::from(NUMBER),
            expr: Expr {
                kind: ExprKind::Window(Box::new(window)),
                ty: Type::Int8,
            },
        });
        Ok(Select::over(select, alias, outputs))
    }
}

/// Returns the columns of `rows` but the last.
fn without_number(rows: &Select, alias: &Name) -> Vec<Output> {
    let mut columns = rows.columns();
    columns.pop();
    columns
        .into_iter()
        .map(|(name, ty)| Output {
            expr: Expr::column(alias, &name, ty),
            name,
        })
        .collect()
}
