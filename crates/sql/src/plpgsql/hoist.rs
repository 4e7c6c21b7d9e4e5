//! Calls of routines that are more than a query: they are made before the statement that uses what they return.
//!
//! Such a routine cannot become part of a query, so the call is a step of its own, whose result is a variable. It is made once, and it
//! cannot depend on the rows of the query; whatever does is refused.

use std::sync::Arc;

use underpin_base::{Code, Error, Name, QualifiedName, Result};

use super::compile::Compiler;
use crate::grammar::Routine;
use crate::infer;
use crate::tree::{
    Cte, Expr, ExprKind, From, Output, Rewrite, RoutineId, Select, Simple, Statement, StepKind,
};
use crate::types::{CompositeType, Type};

impl Compiler<'_> {
    /// Returns `expr` with variables in the place of such calls, and the calls.
    pub(super) fn hoisted_expr(&mut self, expr: Expr) -> Result<(Expr, Vec<StepKind>)> {
        let mut hoist = Hoist::new(self);
        if !hoist.has_calls(&expr)? {
            return Ok((expr, Vec::new()));
        }
        let expr = expr.rewrite(&mut hoist);
        hoist.finish(expr)
    }

    /// Returns `statement` with variables in the place of such calls, and the calls.
    pub(super) fn hoisted(&mut self, statement: Statement) -> Result<(Statement, Vec<StepKind>)> {
        let (statement, kept) = self.writes_first(statement)?;
        let mut hoist = Hoist::new(self);
        hoist.steps = kept;
        let statement = statement.rewrite(&mut hoist);
        hoist.finish(statement)
    }

    /// Returns `statement` with the writes of its `with` done before it: what they return is read from variables.
    fn writes_first(&mut self, mut statement: Statement) -> Result<(Statement, Vec<StepKind>)> {
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

struct Hoist<'c, 'a> {
    compiler: &'c mut Compiler<'a>,
    steps: Vec<StepKind>,
    error: Option<Error>,
}

impl<'c, 'a> Hoist<'c, 'a> {
    fn new(compiler: &'c mut Compiler<'a>) -> Self {
        Self {
            compiler,
            steps: Vec::new(),
            error: None,
        }
    }

    fn finish<T>(self, value: T) -> Result<(T, Vec<StepKind>)> {
        match self.error {
            Some(error) => Err(error),
            None => Ok((value, self.steps)),
        }
    }

    /// Tells whether an expression calls anything at all; refuses calls that are made only in some cases.
    fn has_calls(&self, expr: &Expr) -> Result<bool> {
        let mut any = false;
        let mut refused = None;
        expr.any_part(&mut |part| {
            any |= matches!(part.kind, ExprKind::Call { .. });
            if let ExprKind::Case(case) = &part.kind {
                let results = case.branches.iter().map(|(_, result)| result);
                for result in results.chain(&case.otherwise) {
                    result.any_part(&mut |inner| {
                        if let ExprKind::Call { routine, .. } = &inner.kind
                            && self.must_be_called(routine)
                        {
                            refused = Some(routine.clone());
                        }
                        false
                    });
                }
            }
            false
        });
        match refused {
            Some(routine) => Err(not_in_query(&routine, "Use `if` instead of `case`.")),
            None => Ok(any),
        }
    }

    fn must_be_called(&self, id: &RoutineId) -> bool {
        self.compiler
            .routine_of(id)
            .is_some_and(|routine| !routine.is_query)
    }

    /// Adds the call of a routine; returns the variable that holds its result.
    fn call(
        &mut self,
        routine: &RoutineId,
        arguments: Vec<Expr>,
        ty: Type,
        rows: bool,
    ) -> Result<usize> {
        let depends = arguments.iter().any(|argument| {
            argument.any_part(&mut |part| matches!(part.kind, ExprKind::Column { .. }))
        });
        if depends {
            return Err(not_in_query(
                routine,
                "Loop over the rows with `for … in select … loop` and call it there.",
            ));
        }
        let variable = self.compiler.variables.add(&routine.name.name, ty.into())?;
        self.steps.push(StepKind::Call {
            routine: routine.clone(),
            arguments,
            variable,
            rows,
        });
        Ok(variable)
    }
}

impl Rewrite for Hoist<'_, '_> {
    fn expr(&mut self, expr: Expr) -> Expr {
        if self.error.is_some() {
            return expr;
        }
        let ExprKind::Call { routine, arguments } = expr.kind else {
            return expr;
        };
        if !self.must_be_called(&routine) {
            return Expr {
                kind: ExprKind::Call { routine, arguments },
                ty: expr.ty,
            };
        }
        match self.call(&routine, arguments, expr.ty.clone(), false) {
            // Nothing is a value of no type, for a query that is performed.
            Ok(_) if expr.ty == Type::Void => Expr::null(Type::Text),
            Ok(variable) => Expr {
                kind: ExprKind::Parameter(variable),
                ty: expr.ty,
            },
            Err(error) => {
                self.error = Some(error);
                Expr::null(expr.ty)
            }
        }
    }

    fn from(&mut self, from: From) -> From {
        if self.error.is_some() {
            return from;
        }
        let From::Call {
            routine,
            arguments,
            notation,
            variadic,
            alias,
            columns,
        } = from
        else {
            return from;
        };
        if !self.must_be_called(&routine) {
            return From::Call {
                routine,
                arguments,
                notation,
                variadic,
                alias,
                columns,
            };
        }
        let elements = Name::from(format!("{alias}()"));
        let called = self
            .call(&routine, arguments, rows_type(&columns), true)
            .and_then(|variable| result_rows(variable, &columns, &elements, &alias));
        called.unwrap_or_else(|error| {
            self.error = Some(error);
            From::Table {
                table: routine.name.clone(),
                alias,
            }
        })
    }
}

fn not_in_query(routine: &RoutineId, way_out: &str) -> Error {
    Error::new(
        Code::FEATURE_NOT_SUPPORTED,
        format!(
            "function {} cannot be used in this place: its body is more than a query",
            routine.name.name
        ),
    )
    .hint(way_out)
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
    let ty = rows_type(columns);
    let row = ty.element().cloned().unwrap_or(Type::Record);
    let rows = Expr {
        kind: ExprKind::Parameter(parameter),
        ty,
    };
    let Some(unnest) = infer::resolve("unnest", vec![rows])? else {
        return Err(Error::internal("unnest is not a function"));
    };
    let value = Name::from("value");
    let outputs = columns
        .iter()
        .map(|(name, ty)| Output {
            name: name.clone(),
            expr: Expr {
                kind: ExprKind::Field(
                    Box::new(Expr::column(elements, &value, row.clone())),
                    name.clone(),
                ),
                ty: ty.clone(),
            },
        })
        .collect();
    let select = Select::simple(Simple {
        outputs,
        from: vec![From::Function {
            function: unnest.function,
            arguments: unnest.arguments,
            alias: elements.clone(),
            columns: vec![(value, row)],
            ordinality: false,
        }],
        ..Simple::default()
    });
    Ok(From::Subquery {
        select: Box::new(select),
        alias: alias.clone(),
        lateral: false,
    })
}
