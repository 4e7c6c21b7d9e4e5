//! Procedures that are values: assignments put in, decisions made into `case`.

use std::collections::HashMap;

use super::procedure::{Procedure, Step, StepKind};
use super::{Body, Case, Expr, ExprKind, Rewrite, Select, Simple, Statement};
use crate::types::Type;

/// Most steps that are followed: each decision follows what comes after it once for each branch.
const STEPS_MAX: usize = 200;

/// Returns the value of `procedure`, when it is one.
pub(super) fn value(procedure: &Procedure) -> Option<Expr> {
    let nulls: Vec<Expr> = procedure
        .variables
        .iter()
        .map(|variable| Expr::null(variable.ty.ty.clone()))
        .collect();
    let mut known: Known = nulls
        .iter()
        .cloned()
        .enumerate()
        .skip(procedure.parameters)
        .collect();
    known.insert(procedure.found, Expr::bool(false));
    let mut walk = Walk {
        nulls,
        found: procedure.found,
        left: STEPS_MAX,
    };
    walk.steps(&mut known, &[&procedure.body])
}

struct Walk {
    /// Null of the type of each variable.
    nulls: Vec<Expr>,
    found: usize,
    left: usize,
}

/// What is known of the variables that were set; the others are parameters.
type Known = HashMap<usize, Expr>;

impl Walk {
    /// Follows `rest`, lists of steps of which the last is the next to be done.
    fn steps(&mut self, known: &mut Known, rest: &[&[Step]]) -> Option<Expr> {
        let (list, outer) = rest.split_last()?;
        let Some((step, after)) = list.split_first() else {
            return self.steps(known, outer);
        };
        self.left = self.left.checked_sub(1)?;
        let mut next: Vec<&[Step]> = outer.to_vec();
        next.push(after);
        match &step.kind {
            StepKind::Return(values) => match values.as_slice() {
                [value] => Some(put(value.clone(), known)),
                _ => None,
            },
            StepKind::Set { variable, value } => {
                let value = put(Expr::clone(value), known);
                known.insert(*variable, value);
                self.steps(known, &next)
            }
            StepKind::Run {
                statement,
                into: Some(into),
                ..
            } if !into.strict => {
                self.select_into(known, statement, &into.variables)?;
                self.steps(known, &next)
            }
            StepKind::If {
                branches,
                otherwise,
            } => {
                let mut decided = Vec::new();
                for (condition, body) in branches {
                    let mut branch = next.clone();
                    branch.push(body);
                    let condition = put(condition.clone(), known);
                    decided.push((condition, self.steps(&mut known.clone(), &branch)?));
                }
                next.push(otherwise);
                let otherwise = self.steps(known, &next)?;
                let ty = otherwise.ty.clone();
                Some(Expr {
                    kind: ExprKind::Case(Box::new(Case {
                        branches: decided,
                        otherwise: Some(otherwise),
                    })),
                    ty,
                })
            }
            StepKind::Block {
                body,
                handlers,
                label: None,
            } if handlers.is_empty() => {
                next.push(body);
                self.steps(known, &next)
            }
            _ => None,
        }
    }

    /// Follows `select … into`.
    fn select_into(
        &mut self,
        known: &mut Known,
        statement: &Statement,
        variables: &[usize],
    ) -> Option<()> {
        let Statement::Select(select) = statement else {
            return None;
        };
        let Body::Simple(simple) = &select.body else {
            return None;
        };
        // A row that is read column by column must be the same row each time.
        if simple.outputs.len() > 1 && !simple.from.is_empty() && select.order_by.is_empty() {
            return None;
        }
        let mut set = Vec::new();
        for (position, variable) in variables.iter().enumerate() {
            let output = simple.outputs.get(position)?.clone();
            let ty = self.nulls.get(*variable)?.ty.clone();
            let one = Select {
                body: Body::Simple(Box::new(Simple {
                    outputs: vec![output],
                    ..Simple::clone(simple)
                })),
                ..Select::clone(select)
            };
            let mut putting = Putting { known };
            set.push((*variable, one.rewrite(&mut putting).into_scalar(ty)));
        }
        let exists = Select::clone(select).rewrite(&mut Putting { known });
        set.push((
            self.found,
            Expr {
                kind: ExprKind::Exists(Box::new(exists)),
                ty: Type::Bool,
            },
        ));
        known.extend(set);
        Some(())
    }
}

struct Putting<'k> {
    known: &'k Known,
}

impl Rewrite for Putting<'_> {
    fn expr(&mut self, expr: Expr) -> Expr {
        match &expr.kind {
            ExprKind::Parameter(index) => self.known.get(index).cloned().unwrap_or(expr),
            _ => expr,
        }
    }
}

/// Returns `expr` with what is known of variables in their place.
fn put(expr: Expr, known: &Known) -> Expr {
    expr.rewrite(&mut Putting { known })
}
