//! `intersect all` and `except all`, which SQLite does not have: where the equal rows of each operand are numbered, no two are equal, and the
//! operators without `all` keep or take away as many.

use underpin_base::{Error, Name, Result};

use super::json::numbered;
use super::writer::Writer;
use crate::functions::Function;
use crate::tree::{Body, Expr, ExprKind, Output, Select, SetOperator, Window};
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
        let left = self.with_numbers(left)?;
        let right = self.with_numbers(right)?;
        let mut columns = left.columns();
        columns.pop();
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
        let outputs = columns
            .into_iter()
            .map(|(name, ty)| Output {
                expr: Expr::column(&alias, &name, ty),
                name,
            })
            .collect();
        self.select(&Select::over(both, alias, outputs))
    }

    /// Returns the rows of `select` with a last column that numbers those that are equal.
    fn with_numbers(&mut self, select: &Select) -> Result<Select> {
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
            partition_by: columns.iter().map(|(_, column)| column.clone()).collect(),
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
