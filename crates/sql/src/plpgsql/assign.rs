//! What is put where: assignments and `into`.

use underpin_base::{Code, Error, Name, Result};

use super::compile::Compiler;
use super::scope::{Known, Row};
use super::syntax::{Fragment, Into as WrittenInto, Target};
use crate::infer;
use crate::tree::{Body, Expr, ExprKind, Into, Output, Select, Simple, Statement, StepKind};
use crate::types::{ColumnType, Type};

impl Compiler<'_> {
    /// Returns the variable that a target of one value is.
    pub(super) fn target(&self, target: &[Name]) -> Result<usize> {
        let unknown =
            |name: &str| Error::new(Code::SYNTAX, format!("\"{name}\" is not a known variable"));
        match target {
            [name] => match self.variables.find(name) {
                Some(Known::Value { constant: true, .. }) => Err(Error::new(
                    Code::new("22005"),
                    format!("variable \"{name}\" is declared CONSTANT"),
                )),
                Some(Known::Value { variable, .. }) => Ok(*variable),
                Some(Known::Row(_)) => Err(Error::new(
                    Code::DATATYPE_MISMATCH,
                    format!("\"{name}\" is a row, and one value is put into it"),
                )),
                None => Err(unknown(name)),
            },
            [name, field] => match self.variables.find(name) {
                Some(Known::Row(row)) => row
                    .columns
                    .iter()
                    .find(|(column, _)| column == field)
                    .map(|(_, variable)| *variable)
                    .ok_or_else(|| {
                        Error::new(
                            Code::UNDEFINED_COLUMN,
                            format!("record \"{name}\" has no field \"{field}\""),
                        )
                    }),
                Some(Known::Value { .. }) => Err(Error::new(
                    Code::FEATURE_NOT_SUPPORTED,
                    format!("a field of the value \"{name}\" cannot be set"),
                )
                .hint("Declare a variable of the row's type and set its fields.")),
                None if let Some(Known::Value { variable, .. }) =
                    self.variables.find_in(name, field) =>
                {
                    Ok(*variable)
                }
                None if *self.variables.routine == **name => {
                    self.target(std::slice::from_ref(field))
                }
                None => Err(unknown(name)),
            },
            _ => Err(unknown(&target.join("."))),
        }
    }

    /// Reads a value that is put into a variable of type `ty`.
    pub(super) fn value(&self, fragment: &Fragment, ty: &ColumnType) -> Result<Expr> {
        converted(self.expr(fragment)?, ty)
    }

    /// Returns the step that sets a variable.
    pub(super) fn set(&self, variable: usize, value: Expr) -> Result<StepKind> {
        Ok(StepKind::Set {
            variable,
            value: Box::new(converted(value, &self.variables.ty(variable))?),
        })
    }

    pub(super) fn assignment(
        &mut self,
        target: &[Name],
        value: &Fragment,
    ) -> Result<Vec<StepKind>> {
        if let [name] = target
            && let Some(Known::Row(row)) = self.variables.find(name).cloned()
        {
            if row.is_record {
                return self.assign_record(name, &row, value);
            }
            return self.assign_row(&row, value);
        }
        let variable = self.target(target)?;
        let value = self.value(value, &self.variables.ty(variable))?;
        let (value, mut steps) = self.hoisted_expr(value)?;
        steps.push(self.set(variable, value)?);
        Ok(steps)
    }

    /// Returns the row variable that a fragment names and nothing else.
    pub(super) fn named_row(&self, fragment: &Fragment) -> Option<Row> {
        let name = Name::from(fragment.text.trim().to_lowercase());
        match self.variables.find(&name) {
            Some(Known::Row(row)) => Some(row.clone()),
            _ => None,
        }
    }

    pub(super) fn assign_row(&mut self, row: &Row, value: &Fragment) -> Result<Vec<StepKind>> {
        if let Some(from) = self.named_row(value) {
            return self.copy_row(row, &from);
        }
        let value = self.expr(value)?;
        let (value, mut steps) = self.hoisted_expr(value)?;
        if let ExprKind::Row(fields) = value.kind {
            if fields.len() != row.columns.len() {
                return Err(mismatch("wrong number of columns in the row"));
            }
            for ((_, variable), field) in row.columns.iter().zip(fields) {
                steps.push(self.set(*variable, field)?);
            }
            return Ok(steps);
        }
        if matches!(value.kind, ExprKind::Constant(underpin_base::Value::Null)) {
            for (_, variable) in &row.columns {
                steps.push(self.set(*variable, Expr::null(self.variables.ty(*variable).ty))?);
            }
            return Ok(steps);
        }
        let fields = match &value.ty {
            Type::Composite(composite) => &composite.fields,
            _ => {
                return Err(mismatch(
                    "cannot assign non-composite value to a row variable",
                ));
            }
        };
        let same = fields.len() == row.columns.len()
            && fields
                .iter()
                .zip(&row.columns)
                .all(|((_, ty), (_, variable))| ty.ty == self.variables.ty(*variable).ty);
        if !same {
            return Err(mismatch(
                "the columns of the value are not those of the variable",
            ));
        }
        steps.push(StepKind::SetRow {
            variables: row.columns.iter().map(|(_, variable)| *variable).collect(),
            value: Box::new(value),
        });
        Ok(steps)
    }

    fn copy_row(&self, to: &Row, from: &Row) -> Result<Vec<StepKind>> {
        if to.columns.len() != from.columns.len() {
            return Err(mismatch("the rows have different numbers of columns"));
        }
        to.columns
            .iter()
            .zip(&from.columns)
            .map(|((_, to), (_, from))| self.set(*to, self.parameter(*from)))
            .collect()
    }

    fn assign_record(&mut self, name: &Name, row: &Row, value: &Fragment) -> Result<Vec<StepKind>> {
        let columns = match self.named_row(value) {
            Some(from) => from
                .columns
                .iter()
                .map(|(column, variable)| (column.clone(), self.variables.ty(*variable)))
                .collect(),
            None => match self.expr(value)?.ty {
                Type::Composite(composite) => composite.fields.clone(),
                _ => {
                    return Err(mismatch(
                        "cannot assign non-composite value to a record variable",
                    ));
                }
            },
        };
        let shaped = self.shaped(name, row, &columns)?;
        self.assign_row(&shaped, value)
    }

    /// Returns the record `name` with `columns`: as it is when it has them already.
    fn shaped(&mut self, name: &Name, row: &Row, columns: &[(Name, ColumnType)]) -> Result<Row> {
        let same = row.columns.len() == columns.len()
            && row
                .columns
                .iter()
                .zip(columns)
                .all(|((known, variable), (column, ty))| {
                    known == column && self.variables.ty(*variable).ty == ty.ty
                });
        if same {
            return Ok(row.clone());
        }
        let shaped = self.variables.row(columns, None, true)?;
        self.variables.reshape(name, &shaped);
        Ok(shaped)
    }

    /// Returns the variables that the columns of `statement` go to, and the statement with its outputs of their types.
    pub(super) fn received(
        &mut self,
        targets: &[Target],
        statement: Statement,
    ) -> Result<(Vec<usize>, Statement)> {
        let made = outputs(&statement);
        let variables: Vec<usize> = match targets {
            [target] => match target.as_slice() {
                [name] => match self.variables.find(name).cloned() {
                    Some(Known::Row(row)) => {
                        let columns: Vec<(Name, ColumnType)> = made
                            .iter()
                            .map(|(name, ty)| (name.clone(), ty.clone().into()))
                            .collect();
                        let row = match row.is_record {
                            true => self.shaped(name, &row, &columns)?,
                            false => row,
                        };
                        row.columns.iter().map(|(_, variable)| *variable).collect()
                    }
                    _ => vec![self.target(target)?],
                },
                _ => vec![self.target(target)?],
            },
            _ => targets
                .iter()
                .map(|target| self.target(target))
                .collect::<Result<_>>()?,
        };
        // Columns that nothing receives are dropped, variables without a column become null, as PostgreSQL does.
        let types = variables
            .iter()
            .map(|it| self.variables.ty(*it))
            .collect::<Vec<_>>();
        Ok((variables, with_outputs(statement, &types)?))
    }

    pub(super) fn run(
        &mut self,
        text: &Fragment,
        into: Option<&WrittenInto>,
    ) -> Result<Vec<StepKind>> {
        let statement = self.statement(text)?;
        let Some(into) = into else {
            if let Statement::Select(_) = statement {
                return Err(
                    Error::new(Code::SYNTAX, "query has no destination for result data").hint(
                        "If you want to discard the results of a SELECT, use PERFORM instead.",
                    ),
                );
            }
            let (statement, mut steps) = self.hoisted(statement)?;
            steps.push(StepKind::Run {
                statement: Box::new(statement),
                into: None,
                sets_found: true,
            });
            return Ok(steps);
        };
        if outputs(&statement).is_empty() {
            return Err(Error::new(
                Code::SYNTAX,
                "INTO used with a command that cannot return data",
            ));
        }
        let (statement, mut steps) = self.hoisted(statement)?;
        let (variables, statement) = self.received(&into.targets, statement)?;
        steps.push(StepKind::Run {
            statement: Box::new(statement),
            into: Some(Into {
                variables,
                strict: into.strict,
            }),
            sets_found: true,
        });
        Ok(steps)
    }

    pub(super) fn perform(&mut self, text: &Fragment) -> Result<Vec<StepKind>> {
        let statement = self.statement(text)?;
        let (statement, mut steps) = self.hoisted(statement)?;
        steps.push(StepKind::Run {
            statement: Box::new(statement),
            into: None,
            sets_found: true,
        });
        Ok(steps)
    }
}

pub(super) fn mismatch(message: &str) -> Error {
    Error::new(Code::DATATYPE_MISMATCH, message)
}

/// Returns `expr` as a value of type `to`: as an assignment converts it, or else by way of its text, as PL/pgSQL does.
pub(super) fn converted(expr: Expr, to: &ColumnType) -> Result<Expr> {
    match infer::assign(expr.clone(), to) {
        Err(error) if *error.code() == Code::DATATYPE_MISMATCH => {
            match infer::cast(expr, &Type::Text.into()).and_then(|text| infer::cast(text, to)) {
                Ok(value) => Ok(value),
                Err(other) if *other.code() == Code::CANNOT_COERCE => Err(error),
                Err(other) => Err(other),
            }
        }
        other => other,
    }
}

/// Returns the names and types of what a statement returns.
pub(super) fn outputs(statement: &Statement) -> Vec<(Name, Type)> {
    let returning = match statement {
        Statement::Select(select) => return select.columns(),
        Statement::Insert(insert) => &insert.returning,
        Statement::Update(update) => &update.returning,
        Statement::Delete(delete) => &delete.returning,
    };
    returning
        .iter()
        .map(|output| (output.name.clone(), output.expr.ty.clone()))
        .collect()
}

/// Returns `statement` with outputs of the types `types`: further ones are dropped, missing ones are null.
fn with_outputs(mut statement: Statement, types: &[ColumnType]) -> Result<Statement> {
    let list = match &mut statement {
        Statement::Select(select) => {
            fit_select(select, types)?;
            return Ok(statement);
        }
        Statement::Insert(insert) => &mut insert.returning,
        Statement::Update(update) => &mut update.returning,
        Statement::Delete(delete) => &mut delete.returning,
    };
    fit(list, types)?;
    Ok(statement)
}

fn fit(list: &mut Vec<Output>, types: &[ColumnType]) -> Result<()> {
    let mut made = std::mem::take(list).into_iter();
    for (position, ty) in types.iter().enumerate() {
        list.push(match made.next() {
            Some(output) => Output {
                expr: converted(output.expr, ty)?,
                name: output.name,
            },
            None => Output {
                name: Name::from(format!("null{position}")),
                expr: Expr::null(ty.ty.clone()),
            },
        });
    }
    Ok(())
}

fn fit_select(select: &mut Select, types: &[ColumnType]) -> Result<()> {
    let columns = select.columns();
    let fits = columns.len() == types.len()
        && columns
            .iter()
            .zip(types)
            .all(|((_, made), to)| *made == to.ty && to.modifier.is_none());
    if fits {
        return Ok(());
    }
    let is_plain = select.order_by.is_empty()
        && matches!(&select.body, Body::Simple(simple) if simple.distinct == crate::tree::Distinct::No);
    if let (true, Body::Simple(simple)) = (is_plain, &mut select.body) {
        return fit(&mut simple.outputs, types);
    }
    let alias = Name::from("(into)");
    let mut outputs: Vec<Output> = select
        .name_apart()
        .into_iter()
        .zip(columns)
        .map(|(name, (_, ty))| Output {
            expr: Expr::column(&alias, &name, ty),
            name,
        })
        .collect();
    fit(&mut outputs, types)?;
    let inner = std::mem::replace(select, Select::simple(Simple::default()));
    *select = Select::over(inner, alias, outputs);
    Ok(())
}
