//! `group by`, `order by` and `distinct on`: expressions, positions in the select list, and names of output columns.

use squawk_syntax::ast::{self, AstNode, LitKind};
use underpin_base::{Code, Error, Result};

use super::aggregate::sorted;
use super::column::path;
use super::reader::{Clause, Reader, part, unsupported};
use crate::infer;
use crate::tree::{Expr, OrderBy, Output};

impl Reader<'_> {
    /// Reads the `order by` of a query with these outputs.
    pub(super) fn order_by(
        &mut self,
        clause: &ast::OrderByClause,
        outputs: &[Output],
    ) -> Result<Vec<OrderBy>> {
        part(clause.sort_by_list())?
            .sort_bys()
            .map(|item| {
                let node = part(item.expr())?;
                let expr = self.within(Clause::OrderBy, |reader| {
                    reader.sort_key(&node, outputs, "ORDER BY")
                })?;
                sorted(expr, &item).map_err(|error| super::located(error, node.syntax()))
            })
            .collect()
    }

    /// Reads a position, the name of an output, or an expression; a name means the output first.
    pub(super) fn sort_key(
        &mut self,
        node: &ast::Expr,
        outputs: &[Output],
        words: &str,
    ) -> Result<Expr> {
        if let Some(expr) = position(node, outputs, words)? {
            return Ok(expr);
        }
        if let Some([name]) = path(node).as_deref()
            && let Some(expr) = named(name, outputs, words)?
        {
            return Ok(expr);
        }
        self.settled(node)
    }

    /// Reads `group by`; a name means a column of `from` first.
    pub(super) fn group_by(
        &mut self,
        clause: &ast::GroupByClause,
        outputs: &[Output],
    ) -> Result<Vec<Expr>> {
        let mut keys = Vec::new();
        for item in part(clause.group_by_list())?.group_bys() {
            let ast::GroupBy::GroupingExpr(item) = item else {
                return Err(unsupported("GROUP BY with ROLLUP, CUBE or GROUPING SETS"));
            };
            let node = part(item.expr())?;
            let key = self.within(Clause::GroupBy, |reader| reader.group_key(&node, outputs))?;
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        Ok(keys)
    }

    fn group_key(&mut self, node: &ast::Expr, outputs: &[Output]) -> Result<Expr> {
        if let Some(expr) = position(node, outputs, "GROUP BY")? {
            return grouping(expr);
        }
        if let Some([name]) = path(node).as_deref() {
            let column = match self.levels.last() {
                Some(namespace) => namespace.column(name)?.cloned(),
                None => None,
            };
            if let Some(column) = column {
                return Ok(column);
            }
            if let Some(expr) = named(name, outputs, "GROUP BY")? {
                return grouping(expr);
            }
        }
        self.settled(node)
    }
}

/// What is grouped by cannot be an aggregate.
fn grouping(expr: Expr) -> Result<Expr> {
    let aggregated =
        expr.any_part(&mut |part| matches!(part.kind, crate::tree::ExprKind::Aggregate { .. }));
    if aggregated {
        return Err(Error::new(
            Code::GROUPING,
            "aggregate functions are not allowed in GROUP BY",
        ));
    }
    Ok(expr)
}

fn position(node: &ast::Expr, outputs: &[Output], words: &str) -> Result<Option<Expr>> {
    let ast::Expr::Literal(literal) = node else {
        return Ok(None);
    };
    let Some(LitKind::IntNumber(token)) = literal.kind() else {
        return match literal.kind() {
            Some(LitKind::PositionalParam(_)) => Ok(None),
            _ => Err(Error::new(
                Code::SYNTAX,
                format!("non-integer constant in {words}"),
            )),
        };
    };
    let output = token
        .text()
        .parse::<usize>()
        .ok()
        .and_then(|position| outputs.get(position.checked_sub(1)?));
    match output {
        Some(output) => infer::settled(output.expr.clone()).map(Some),
        None => Err(Error::new(
            Code::INVALID_COLUMN_REFERENCE,
            format!("{words} position {} is not in select list", token.text()),
        )),
    }
}

fn named(name: &str, outputs: &[Output], words: &str) -> Result<Option<Expr>> {
    let mut found: Option<&Output> = None;
    for output in outputs.iter().filter(|output| *output.name == *name) {
        if found.is_some_and(|found| found.expr != output.expr) {
            return Err(Error::new(
                Code::AMBIGUOUS_COLUMN,
                format!("{words} \"{name}\" is ambiguous"),
            ));
        }
        found = Some(output);
    }
    found
        .map(|output| infer::settled(output.expr.clone()))
        .transpose()
}

/// Checks that the order of a set operation names result columns alone.
pub(super) fn names_alone(clause: &ast::OrderByClause) -> Result<()> {
    for item in part(clause.sort_by_list())?.sort_bys() {
        let node = part(item.expr())?;
        let is_name = path(&node).is_some_and(|path| path.len() == 1);
        if !is_name && !matches!(node, ast::Expr::Literal(_)) {
            let error = Error::new(
                Code::FEATURE_NOT_SUPPORTED,
                "invalid UNION/INTERSECT/EXCEPT ORDER BY clause",
            )
            .details("Only result column names can be used, not expressions or functions.")
            .hint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.");
            return Err(super::located(error, node.syntax()));
        }
    }
    Ok(())
}
