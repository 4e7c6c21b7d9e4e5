//! Loops, and how they are left.

use underpin_base::{Code, Error, Name, Result, Value};

use super::compile::Compiler;
use super::syntax::{Fragment, Kind};
use crate::tree::{Expr, StepKind};
use crate::types::{ColumnType, Type};

impl Compiler<'_> {
    pub(super) fn repetition(&mut self, kind: &Kind) -> Result<Vec<StepKind>> {
        match kind {
            Kind::Loop {
                label,
                condition,
                body,
            } => {
                let condition = match condition {
                    Some(condition) => Some(Box::new(self.condition(condition)?)),
                    None => None,
                };
                let body = self.looped(label, body)?;
                Ok(vec![StepKind::Loop {
                    label: label.clone(),
                    condition,
                    body,
                }])
            }
            Kind::Count { .. } => self.counted(kind),
            Kind::Rows {
                label,
                targets,
                query,
                body,
            } => {
                let statement = self.statement(query)?;
                let (statement, mut steps) = self.hoisted(statement)?;
                let (variables, statement) = self.received(targets, statement)?;
                let body = self.looped(label, body)?;
                steps.push(StepKind::Rows {
                    label: label.clone(),
                    variables,
                    statement: Box::new(statement),
                    body,
                });
                Ok(steps)
            }
            Kind::Leave {
                label,
                next_round,
                condition,
            } => self.leave(label.as_ref(), *next_round, condition.as_ref()),
            _ => Err(Error::internal("a loop of another kind")),
        }
    }

    fn looped(
        &mut self,
        label: &Option<Name>,
        body: &[super::syntax::Statement],
    ) -> Result<Vec<crate::tree::Step>> {
        self.around.push((label.clone(), true));
        self.variables.open(None);
        let body = self.steps(body);
        self.variables.close();
        self.around.pop();
        body
    }

    fn leave(
        &mut self,
        label: Option<&Name>,
        next_round: bool,
        condition: Option<&Fragment>,
    ) -> Result<Vec<StepKind>> {
        let is_known = match label {
            Some(label) => self
                .around
                .iter()
                .any(|(known, is_loop)| known.as_ref() == Some(label) && (*is_loop || !next_round)),
            None => self.around.iter().any(|(_, is_loop)| *is_loop),
        };
        if !is_known {
            let word = if next_round { "CONTINUE" } else { "EXIT" };
            return Err(Error::new(
                Code::SYNTAX,
                match label {
                    Some(label) => format!(
                        "there is no label \"{label}\" attached to any block or loop enclosing this statement"
                    ),
                    None => format!("{word} cannot be used outside a loop, unless it has a label"),
                },
            ));
        }
        let condition = match condition {
            Some(condition) => Some(Box::new(self.condition(condition)?)),
            None => None,
        };
        Ok(vec![StepKind::Leave {
            label: label.cloned(),
            next_round,
            condition,
        }])
    }

    fn counted(&mut self, kind: &Kind) -> Result<Vec<StepKind>> {
        let Kind::Count {
            label,
            variable,
            reverse,
            from,
            to,
            by,
            body,
        } = kind
        else {
            return Err(Error::internal("a loop that does not count"));
        };
        let ty = ColumnType::plain(Type::Int4);
        let by = match by {
            Some(by) => self.value(by, &ty)?,
            None => Expr::constant(Value::Int(1), Type::Int4),
        };
        let bounds = [self.value(from, &ty)?, self.value(to, &ty)?, by];
        self.variables.open(None);
        let counter = self.variables.value(variable, ty)?;
        let body = self.looped(label, body)?;
        self.variables.close();
        Ok(vec![StepKind::Count {
            label: label.clone(),
            variable: counter,
            bounds: Box::new(bounds),
            reverse: *reverse,
            body,
        }])
    }
}
