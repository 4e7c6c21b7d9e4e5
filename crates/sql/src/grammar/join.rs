//! Joins, of all kinds.

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Code, Error, Name, Result};

use super::name::name_node;
use super::reader::{Clause, Reader, incomplete, part, unsupported};
use super::scope::{Namespace, Visible};
use crate::functions::Operator;
use crate::infer;
use crate::tree::{Expr, ExprKind, From, Join, JoinKind};

/// Most joins in a row; each nests the tree by one level.
const JOINS_MAX: usize = 100;

/// One join of a chain: what is joined to everything before it.
struct Step {
    join: ast::Join,
    right: ast::FromListItem,
}

impl Reader<'_> {
    /// Reads a chain of joins from left to right.
    pub(super) fn joins(
        &mut self,
        node: &ast::FromListItem,
        lateral: &Namespace,
    ) -> Result<(From, Namespace)> {
        let (first, steps) = chain(node)?;
        let (mut left, mut names) = self.list_item(&first, lateral)?;
        for step in steps {
            let mut seen = lateral.clone();
            seen.relations.extend(names.relations.iter().cloned());
            seen.columns.extend(names.columns.iter().cloned());
            let (right, right_names) = self.list_item(&step.right, &seen)?;
            let (kind, on, joined) = self.join(&step.join, names, right_names, lateral)?;
            names = joined;
            left = From::Join(Box::new(Join {
                kind,
                left,
                right,
                on,
            }));
        }
        Ok((left, names))
    }

    fn join(
        &mut self,
        node: &ast::Join,
        mut left: Namespace,
        mut right: Namespace,
        lateral: &Namespace,
    ) -> Result<(JoinKind, Option<Expr>, Namespace)> {
        let kind = match part(node.join_type())? {
            ast::JoinType::JoinInner(_) => JoinKind::Inner,
            ast::JoinType::JoinLeft(_) => JoinKind::Left,
            ast::JoinType::JoinRight(_) => JoinKind::Right,
            ast::JoinType::JoinFull(_) => JoinKind::Full,
            ast::JoinType::JoinCross(_) => JoinKind::Cross,
        };
        if matches!(kind, JoinKind::Left | JoinKind::Full) {
            right.may_be_missing();
        }
        if matches!(kind, JoinKind::Right | JoinKind::Full) {
            left.may_be_missing();
        }
        if node.natural_token().is_some() {
            let common: Vec<Name> = left
                .columns
                .iter()
                .filter(|column| right.columns.iter().any(|other| other.name == column.name))
                .map(|column| column.name.clone())
                .collect();
            return using(kind, &common, left, right);
        }
        match node.join_condition() {
            None if kind == JoinKind::Cross => {
                let mut joined = left;
                joined.add(right)?;
                Ok((kind, None, joined))
            }
            None => Err(incomplete()),
            Some(ast::JoinCondition::JoinUsingClause(clause)) => {
                if clause.alias().is_some() {
                    return Err(unsupported("an alias for the columns of USING"));
                }
                let columns: Vec<Name> = part(clause.column_ref_list())?
                    .column_name_refs()
                    .map(|column| name_node(column.syntax()))
                    .collect();
                using(kind, &columns, left, right)
            }
            Some(ast::JoinCondition::OnClause(clause)) => {
                let mut joined = left;
                joined.add(right)?;
                let condition = part(clause.expr())?;
                // A condition within a lateral query's join sees what that query sees, and so is looked for outside as well.
                let on = self.seeing(lateral.clone(), |reader| {
                    reader.seeing(joined.clone(), |reader| {
                        reader.within(Clause::Join, |reader| {
                            reader.condition(&condition, "JOIN/ON")
                        })
                    })
                })?;
                Ok((kind, Some(on), joined))
            }
        }
    }
}

/// The parser nests what follows a `natural` or `cross` join to the right, where PostgreSQL goes from left to right.
fn chain(node: &ast::FromListItem) -> Result<(ast::FromListItem, Vec<Step>)> {
    let mut steps = Vec::new();
    let mut node = node.clone();
    while let ast::FromListItem::JoinExpr(expr) = &node {
        let join = part(expr.join())?;
        let mut right = part(join.from_list_item())?;
        let bare = join.join_condition().is_none();
        let mut later = Vec::new();
        if bare && matches!(right, ast::FromListItem::JoinExpr(_)) {
            (right, later) = chain(&right)?;
        }
        later.reverse();
        steps.append(&mut later);
        steps.push(Step { join, right });
        if steps.len() > JOINS_MAX {
            return Err(Error::new(
                Code::TOO_COMPLEX,
                format!("more than {JOINS_MAX} joins in a row"),
            ));
        }
        let left = part(expr.from_list_item())?;
        node = left;
    }
    steps.reverse();
    Ok((node, steps))
}

/// Joins by columns of the same name, which are merged into one.
fn using(
    kind: JoinKind,
    columns: &[Name],
    left: Namespace,
    right: Namespace,
) -> Result<(JoinKind, Option<Expr>, Namespace)> {
    let mut conditions = Vec::new();
    let mut merged = Vec::new();
    for name in columns {
        let first = side(&left, name, "left")?;
        let second = side(&right, name, "right")?;
        conditions.push(infer::operator(
            Operator::Equal,
            first.clone(),
            second.clone(),
        )?);
        merged.push(Visible {
            name: name.clone(),
            expr: merge(kind, first, second)?,
        });
    }
    let mut namespace = Namespace::default();
    let rest = |side: &Namespace| -> Vec<Visible> {
        side.columns
            .iter()
            .filter(|column| !columns.contains(&column.name))
            .cloned()
            .collect()
    };
    let (left_rest, right_rest) = (rest(&left), rest(&right));
    namespace.add(left)?;
    namespace.add(right)?;
    namespace.columns = merged;
    namespace.columns.extend(left_rest);
    namespace.columns.extend(right_rest);
    if columns.is_empty() && kind == JoinKind::Inner {
        return Ok((JoinKind::Cross, None, namespace));
    }
    Ok((kind, Some(Expr::all(conditions)), namespace))
}

fn side(namespace: &Namespace, name: &str, word: &str) -> Result<Expr> {
    let column = namespace.column(name).map_err(|_ambiguous| {
        Error::new(
            Code::AMBIGUOUS_COLUMN,
            format!("common column name \"{name}\" appears more than once in {word} table"),
        )
    })?;
    column.cloned().ok_or_else(|| {
        Error::new(
            Code::UNDEFINED_COLUMN,
            format!("column \"{name}\" specified in USING clause does not exist in {word} table"),
        )
    })
}

fn merge(kind: JoinKind, left: Expr, right: Expr) -> Result<Expr> {
    let (mut values, ty) = infer::unify(vec![left, right], "JOIN/USING")?;
    Ok(match kind {
        JoinKind::Inner | JoinKind::Cross | JoinKind::Left => values.swap_remove(0),
        JoinKind::Right => values.swap_remove(1),
        JoinKind::Full => Expr {
            kind: ExprKind::Coalesce(values),
            ty,
        },
    })
}
