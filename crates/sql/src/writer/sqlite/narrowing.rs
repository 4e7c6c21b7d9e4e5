//! Searches through queries in `from`, views for the most part: what a `where` around one asks of its columns narrows the rows within.
//!
//! Only a query that makes each of its rows of one row of its tables can be narrowed: what counts rows, numbers them or takes the first
//! ones would come out otherwise.

use std::collections::HashMap;

use underpin_base::Name;

use super::writer::Writer;
use crate::functions::Operator;
use crate::tree::{Body, Distinct, Expr, ExprKind, From, Select, Simple};
use crate::types::Type;

/// A condition `vector @@ query` that the rows of a query will have to satisfy.
#[derive(Clone, Debug)]
pub(super) struct Search {
    pub(super) vector: Expr,
    pub(super) query: Expr,
}

/// The searches in the columns of the queries in `from`, by alias and column.
#[derive(Debug, Default)]
pub(super) struct Searches {
    by_alias: HashMap<Name, Vec<(Name, Expr)>>,
}

impl Search {
    /// Returns the search that `expr` is.
    pub(super) fn of(expr: &Expr) -> Option<Self> {
        let ExprKind::Operator(Operator::Finds, operands) = &expr.kind else {
            return None;
        };
        let [left, right] = &**operands;
        let (vector, query) = if left.ty == Type::TsQuery {
            (right, left)
        } else {
            (left, right)
        };
        (vector.ty == Type::TsVector).then(|| Self {
            vector: vector.clone(),
            query: query.clone(),
        })
    }
}

impl Writer {
    /// Notes which columns of the queries in `from` are searched: by what must be true of `simple`, and by what was asked from outside.
    pub(super) fn note_searches(&mut self, simple: &Simple, outside: &[Search]) {
        if self.word_indexes.is_none() {
            return;
        }
        // A query within this one may ask of the rows of a query around both, which it must not narrow.
        let own: Vec<Name> = simple.from.iter().flat_map(From::aliases).collect();
        let inside = terms(simple.filter.as_ref()).iter().filter_map(Search::of);
        for search in inside.chain(outside.iter().cloned()) {
            if let ExprKind::Column { relation, name } = search.vector.kind
                && own.contains(&relation)
            {
                let columns = self.searches.by_alias.entry(relation).or_default();
                columns.push((name, search.query));
            }
        }
    }

    /// Takes the searches in the columns of the query `select` of alias `alias`, as searches in what these columns are made of.
    pub(super) fn searches_within(&mut self, select: &Select, alias: &Name) -> Vec<Search> {
        let Some(columns) = self.searches.by_alias.remove(alias) else {
            return Vec::new();
        };
        let Some(simple) = row_by_row(select) else {
            return Vec::new();
        };
        columns
            .into_iter()
            .filter_map(|(column, query)| {
                let output = simple.outputs.iter().find(|it| it.name == column)?;
                Some(Search {
                    vector: output.expr.clone(),
                    query,
                })
            })
            .collect()
    }
}

/// Returns what must be true for `filter` to be true.
pub(super) fn terms(filter: Option<&Expr>) -> &[Expr] {
    match filter.map(|filter| &filter.kind) {
        Some(ExprKind::And(terms)) => terms,
        _ => filter.map(std::slice::from_ref).unwrap_or_default(),
    }
}

/// Returns the body of a query each row of which is made of one row of its tables.
fn row_by_row(select: &Select) -> Option<&Simple> {
    let Body::Simple(simple) = &select.body else {
        return None;
    };
    let plain = select.with.is_empty()
        && select.limit.is_none()
        && select.offset.is_none()
        && !matches!(simple.distinct, Distinct::On(_))
        && simple.group_by.is_empty()
        && simple.having.is_none()
        && simple
            .outputs
            .iter()
            .all(|output| is_of_one_row(&output.expr));
    plain.then_some(&**simple)
}

/// Tells whether a value is made of one row: neither an aggregate nor a window function of this level is in it.
fn is_of_one_row(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Constant(_)
        | ExprKind::Context(_)
        | ExprKind::Column { .. }
        | ExprKind::RowId(_)
        // What these count is of their own level.
        | ExprKind::Scalar(_)
        | ExprKind::Exists(_)
        | ExprKind::ArraySelect(_)
        | ExprKind::Rows(_) => true,
        ExprKind::Operator(_, operands) | ExprKind::NullIf(operands) => {
            operands.iter().all(is_of_one_row)
        }
        ExprKind::Function(function, arguments) => {
            !function.definition().set && arguments.iter().all(is_of_one_row)
        }
        ExprKind::And(parts)
        | ExprKind::Or(parts)
        | ExprKind::Coalesce(parts)
        | ExprKind::Array(parts)
        | ExprKind::Row(parts) => parts.iter().all(is_of_one_row),
        ExprKind::Not(operand)
        | ExprKind::IsNull { operand, .. }
        | ExprKind::IsTruth { operand, .. }
        | ExprKind::Cast { operand, .. }
        | ExprKind::Field(operand, _) => is_of_one_row(operand),
        ExprKind::Case(case) => {
            let branches = case.branches.iter();
            branches
                .flat_map(|(condition, result)| [condition, result])
                .chain(&case.otherwise)
                .all(is_of_one_row)
        }
        ExprKind::Object(members) => members.iter().all(|(_, value)| is_of_one_row(value)),
        // The rest is rare, and loses the index at most.
        _ => false,
    }
}
