//! What is done before a statement: the writes of its `with`, and the calls of routines that are more than a query.
//!
//! Such a routine is invoked where its value is needed, while the query runs. A call that is made once and whose value is all that
//! is asked for needs no query: it is a step of its own, whose result is a variable.

use std::sync::Arc;

use underpin_base::{Error, Name, QualifiedName, Result};

use super::compile::Compiler;
use crate::grammar::Routine;
use crate::infer;
use crate::tree::{
    Body, Cte, Expr, ExprKind, From, Output, RoutineId, Select, Simple, Statement, StepKind,
};
use crate::types::{CompositeType, Type};

impl Compiler<'_> {
    /// Returns `expr` with a variable in the place of the call that it is, and the call.
    pub(super) fn hoisted_expr(&mut self, expr: Expr) -> Result<(Expr, Vec<StepKind>)> {
        let mut steps = Vec::new();
        let expr = self.called_value(expr, &mut steps)?;
        Ok((expr, steps))
    }

    /// Returns `statement` with variables in the place of the writes of its `with` and of the calls that it is about, and both.
    pub(super) fn hoisted(&mut self, statement: Statement) -> Result<(Statement, Vec<StepKind>)> {
        let (mut statement, mut steps) = self.writes_first(statement)?;
        if let Statement::Select(select) = &mut statement
            && let Body::Simple(simple) = &mut select.body
            && select.with.is_empty()
        {
            let whole = select.limit.is_none() && select.offset.is_none();
            let is_row = whole && **simple == only_outputs(simple);
            match simple.from.as_mut_slice() {
                [] if is_row => {
                    for output in &mut simple.outputs {
                        let value = std::mem::replace(&mut output.expr, Expr::bool(true));
                        output.expr = self.called_value(value, &mut steps)?;
                    }
                }
                [from] => self.called_rows(from, &mut steps)?,
                _ => {}
            }
        }
        Ok((statement, steps))
    }

    /// Returns `expr` with a variable in the place of the call that it is, or converts, and adds the call to `steps`.
    fn called_value(&mut self, expr: Expr, steps: &mut Vec<StepKind>) -> Result<Expr> {
        let Expr { kind, ty } = expr;
        let kind = match kind {
            ExprKind::Cast { operand, to } => ExprKind::Cast {
                operand: Box::new(self.called_value(*operand, steps)?),
                to,
            },
            ExprKind::Call { routine, arguments } if self.must_be_called(&routine) => {
                let variable = self.variables.add(&routine.name.name, ty.clone().into())?;
                steps.push(StepKind::Call {
                    routine,
                    arguments,
                    variable,
                    rows: false,
                });
                // Nothing is a value of no type, for a query that is performed.
                if ty == Type::Void {
                    return Ok(Expr::null(Type::Text));
                }
                ExprKind::Parameter(variable)
            }
            other => other,
        };
        Ok(Expr { kind, ty })
    }

    /// Puts the rows that a variable holds into the place of the call that is all that a query reads, and adds the call to `steps`.
    fn called_rows(&mut self, from: &mut From, steps: &mut Vec<StepKind>) -> Result<()> {
        let From::Call {
            routine,
            arguments,
            alias,
            columns,
            ..
        } = from
        else {
            return Ok(());
        };
        if !self.must_be_called(routine) {
            return Ok(());
        }
        let elements = Name::from(format!("{alias}()"));
        let name = &routine.name.name;
        let variable = self.variables.add(name, rows_type(columns).into())?;
        let rows = result_rows(variable, columns, &elements, alias)?;
        steps.push(StepKind::Call {
            routine: routine.clone(),
            arguments: std::mem::take(arguments),
            variable,
            rows: true,
        });
        *from = rows;
        Ok(())
    }

    fn must_be_called(&self, id: &RoutineId) -> bool {
        self.routine_of(id).is_some_and(|routine| !routine.is_query)
    }

    /// Returns `statement` with the writes of its `with` done before it: what they return is read from variables.
    pub(super) fn writes_first(
        &mut self,
        mut statement: Statement,
    ) -> Result<(Statement, Vec<StepKind>)> {
        let with = statement.with_mut();
        if with
            .iter()
            .all(|cte| matches!(cte.statement, Statement::Select(_)))
        {
            return Ok((statement, Vec::new()));
        }
        let mut steps = Vec::new();
        let mut kept: Vec<Cte> = Vec::new();
        for mut cte in std::mem::take(with) {
            let columns = cte.columns.clone();
            let variable = self.variables.add(&cte.name, rows_type(&columns).into())?;
            let select = kept_rows(&cte.name, variable, &columns)?;
            let mut first = match cte.statement {
                // It is read once, before what comes after it writes.
                Statement::Select(_) => Statement::Select(Box::new(all_of(&cte))),
                write => write,
            };
            first.with_mut().splice(..0, kept.iter().cloned());
            steps.push(StepKind::Keep {
                statement: Box::new(first),
                variable,
                columns,
            });
            cte.statement = Statement::Select(Box::new(select));
            cte.recursive = false;
            // What returns nothing cannot be read.
            if !cte.columns.is_empty() {
                kept.push(cte);
            }
        }
        *statement.with_mut() = kept;
        Ok((statement, steps))
    }

    fn routine_of(&self, id: &RoutineId) -> Option<Routine> {
        let routines = self.resolver.routines(Some(&id.name.schema), &id.name.name);
        routines.into_iter().find(|routine| routine.id == *id)
    }
}

/// Returns the query of the rows that `variable` keeps for the `with` item `name`.
fn kept_rows(name: &Name, variable: usize, columns: &[(Name, Type)]) -> Result<Select> {
    let elements = Name::from(format!("{name}()"));
    let rows = result_rows(variable, columns, &elements, name)?;
    Ok(every(name, columns, rows))
}

/// Returns the query of every row of a `with` item.
fn all_of(cte: &Cte) -> Select {
    let alias = Name::from(format!("{} ", cte.name));
    let rows = From::Cte {
        name: cte.name.clone(),
        alias: alias.clone(),
    };
    Select {
        with: vec![cte.clone()],
        ..every(&alias, &cte.columns, rows)
    }
}

fn every(alias: &Name, columns: &[(Name, Type)], rows: From) -> Select {
    let outputs = columns.iter().map(|(name, ty)| Output {
        name: name.clone(),
        expr: Expr::column(alias, name, ty.clone()),
    });
    Select::simple(Simple {
        outputs: outputs.collect(),
        from: vec![rows],
        ..Simple::default()
    })
}

/// Returns a query of the outputs of `simple` and nothing else.
fn only_outputs(simple: &Simple) -> Simple {
    Simple {
        outputs: simple.outputs.clone(),
        ..Simple::default()
    }
}

/// Returns the type of a parameter that holds rows of `columns`.
pub fn rows_type(columns: &[(Name, Type)]) -> Type {
    Type::Composite(Arc::new(CompositeType {
        name: QualifiedName::new("", "returned"),
        fields: columns
            .iter()
            .map(|(name, ty)| (name.clone(), ty.clone().into()))
            .collect(),
    }))
    .array()
}

/// Returns the rows that parameter `parameter` holds, of [`rows_type`], under `alias`; `elements` is an alias of their own.
///
/// # Errors
/// Internal ones alone.
pub fn result_rows(
    parameter: usize,
    columns: &[(Name, Type)],
    elements: &Name,
    alias: &Name,
) -> Result<From> {
    let rows = Expr {
        kind: ExprKind::Parameter(parameter),
        ty: rows_type(columns),
    };
    Ok(From::Subquery {
        select: Box::new(rows_of(rows, columns, elements)?),
        alias: alias.clone(),
        lateral: false,
    })
}

/// Returns the query of the rows that `rows` holds, a value of [`rows_type`]; `elements` is an alias of their own.
///
/// # Errors
/// Internal ones alone.
pub fn rows_of(rows: Expr, columns: &[(Name, Type)], elements: &Name) -> Result<Select> {
    let outputs = columns
        .iter()
        .map(|(name, ty)| Output {
            name: name.clone(),
            expr: field_of_row(&rows.ty, elements, name, ty),
        })
        .collect();
    Ok(Select::simple(Simple {
        outputs,
        from: vec![elements_of(rows, elements)?],
        ..Simple::default()
    }))
}

/// Returns the elements of `rows`, a value of [`rows_type`], under `alias`: a row each, as one column.
///
/// # Errors
/// Internal ones alone.
pub fn elements_of(rows: Expr, alias: &Name) -> Result<From> {
    let row = rows.ty.element().cloned().unwrap_or(Type::Record);
    let Some(unnest) = infer::resolve("unnest", vec![rows])? else {
        return Err(Error::internal("unnest is not a function"));
    };
    Ok(From::Function {
        function: unnest.function,
        arguments: unnest.arguments,
        alias: alias.clone(),
        columns: vec![(Name::from(ROW), row)],
        ordinality: false,
    })
}

/// Returns the column `name` of the row that `elements`, of [`elements_of`] a value of type `rows`, is at.
pub fn field_of_row(rows: &Type, elements: &Name, name: &Name, ty: &Type) -> Expr {
    let row = rows.element().cloned().unwrap_or(Type::Record);
    let value = Expr::column(elements, &Name::from(ROW), row);
    Expr {
        kind: ExprKind::Field(Box::new(value), name.clone()),
        ty: ty.clone(),
    }
}

/// The only column of [`elements_of`].
const ROW: &str = "value";
