//! `from`: tables, queries, functions and joins.
//!
//! SQLite has no lateral queries, but its table-valued functions may refer to the items before them. So a set-returning function
//! is written as `json_each` over an array that a registered function returns, and a lateral query of one row at most as a
//! scalar subquery wherever one of its columns is used.

use std::collections::HashSet;
use std::sync::Arc;

use underpin_base::{Error, Name, QualifiedName, Result, Value};

use super::membership::json_is_canonical;
use super::postings::Postings;
use super::select::only_output;
use super::table_name;
use super::writer::{Relation, Writer, unsupported};
use crate::functions::Function;
use crate::tree::{Body, Distinct, Expr, ExprKind, From, Join, JoinKind, Rewrite, Select};
use crate::writer::Bind;

impl Writer {
    /// Notes how the columns of `items` are written; the outputs, which stand before them in the text, need it.
    pub(super) fn declare_items(&mut self, items: &[From]) {
        for (index, item) in items.iter().enumerate() {
            let before: HashSet<Name> = items.iter().take(index).flat_map(aliases).collect();
            self.declare(item, &before, false);
        }
    }

    fn declare(&mut self, item: &From, before: &HashSet<Name>, left_join: bool) {
        match item {
            From::Function {
                alias,
                columns,
                ordinality,
                ..
            } => {
                self.relations.insert(
                    alias.clone(),
                    Relation::Function {
                        columns: columns.iter().map(|(name, _)| name.clone()).collect(),
                        ordinality: *ordinality,
                    },
                );
            }
            From::Subquery {
                select,
                alias,
                lateral: true,
            } if refers_to(select, before) => {
                let relation = if has_one_row(select, left_join) {
                    Relation::Lateral(select.clone())
                } else {
                    Relation::Refused
                };
                self.relations.insert(alias.clone(), relation);
            }
            From::Join(join) => {
                self.declare(&join.left, before, false);
                let mut before = before.clone();
                before.extend(aliases(&join.left));
                let plain = join.on.as_ref().is_none_or(Expr::is_true);
                let left_join = plain && join.kind == JoinKind::Left;
                self.declare(&join.right, &before, left_join);
            }
            From::Table { alias, .. } => {
                // The same query may have been written before, for another column.
                if let Some(Relation::Listed(_)) = self.relations.get(alias) {
                    self.relations.remove(alias);
                }
            }
            From::View { .. }
            | From::Cte { .. }
            | From::Subquery { .. }
            | From::Call { .. }
            | From::Affected { .. } => {}
        }
    }

    /// Tells whether `item` is written nowhere because its columns are subqueries.
    fn vanishes(&self, item: &From) -> bool {
        matches!(item, From::Subquery { alias, .. }
            if matches!(self.relations.get(alias), Some(Relation::Lateral(_))))
    }

    /// Writes ` FROM …` when there is something to write; the items were declared before.
    pub(super) fn item_list(&mut self, items: &[From], postings: &[Arc<Postings>]) -> Result<()> {
        let items: Vec<&From> = items.iter().filter(|item| !self.vanishes(item)).collect();
        if items.is_empty() {
            return Ok(());
        }
        self.push(" FROM ");
        self.posting_items(postings);
        self.list(items, Self::item)
    }

    fn item(&mut self, item: &From) -> Result<()> {
        self.nested(|writer| writer.item_kind(item))
    }

    fn item_kind(&mut self, item: &From) -> Result<()> {
        match item {
            From::Table { table, alias } => {
                self.table(table, alias);
                Ok(())
            }
            From::Cte { name, alias } => {
                self.identifier(name);
                self.alias(alias);
                Ok(())
            }
            From::Subquery { select, alias, .. } => self.derived_table(select, alias),
            From::Function {
                function,
                arguments,
                alias,
                ..
            } => self.set_function(*function, arguments, alias),
            From::Affected { table, alias } => {
                self.affected(table, alias);
                Ok(())
            }
            From::Join(join) => self.join(join),
            From::View { .. } | From::Call { .. } => {
                Err(Error::internal("a view or a routine reached the writer"))
            }
        }
    }

    /// Writes a table under its alias.
    pub(super) fn table(&mut self, table: &QualifiedName, alias: &Name) {
        if self.word_indexes.is_some() {
            self.tables.insert(alias.clone(), table.clone());
        }
        self.identifier(&table_name(table));
        self.alias(alias);
    }

    fn alias(&mut self, alias: &Name) {
        self.push(" AS ");
        self.identifier(alias);
    }

    fn derived_table(&mut self, select: &Select, alias: &Name) -> Result<()> {
        if let Some(Relation::Refused) = self.relations.get(alias) {
            return Err(unsupported("this lateral subquery"));
        }
        self.narrowing = self.searches_within(select, alias);
        self.subquery("(", select, ")")?;
        self.alias(alias);
        Ok(())
    }

    fn affected(&mut self, table: &QualifiedName, alias: &Name) {
        let key = format!("{alias}.key");
        self.push("json_each(");
        self.bind(Bind::Affected);
        self.push(") AS ");
        self.identifier(&key);
        self.push(" CROSS JOIN ");
        self.table(table, alias);
        self.push(" ON ");
        self.identifier(alias);
        self.push(".rowid = ");
        self.identifier(&key);
        self.push(".value");
    }

    fn join(&mut self, join: &Join) -> Result<()> {
        if self.vanishes(&join.right) {
            return self.item(&join.left);
        }
        self.item(&join.left)?;
        self.push(match join.kind {
            JoinKind::Inner => " JOIN ",
            JoinKind::Left => " LEFT JOIN ",
            JoinKind::Right => " RIGHT JOIN ",
            JoinKind::Full => " FULL JOIN ",
            // `CROSS JOIN` would forbid SQLite to choose the order of the loops.
            JoinKind::Cross => " JOIN ",
        });
        let group = matches!(join.right, From::Join(_) | From::Affected { .. });
        if group {
            self.push("(");
        }
        self.item(&join.right)?;
        if group {
            self.push(")");
        }
        match &join.on {
            Some(on) => self.around(" ON ", on, ""),
            None if join.kind == JoinKind::Cross => Ok(()),
            None => {
                self.push(" ON 1");
                Ok(())
            }
        }
    }

    /// Writes a set-returning function as the elements of an array.
    fn set_function(&mut self, function: Function, arguments: &[Expr], alias: &Name) -> Result<()> {
        self.push("json_each(");
        match arguments {
            [array] if is_plain_unnest(function, array) => self.expression(array)?,
            _ => self.function_call(function, arguments)?,
        }
        self.push(")");
        self.alias(alias);
        Ok(())
    }

    /// Writes a column of a set-returning function: of one column, the element; of more, a part of it.
    pub(super) fn function_column(
        &mut self,
        alias: &Name,
        name: &Name,
        columns: &[Name],
        ordinality: bool,
    ) -> Result<()> {
        let Some(index) = columns.iter().position(|column| column == name) else {
            return Err(Error::internal(format_args!("column {name} of {alias}")));
        };
        let values = columns.len() - usize::from(ordinality);
        if ordinality && index == values {
            self.push("(");
            self.identifier(alias);
            self.push(".key + 1)");
        } else if values == 1 {
            self.identifier(alias);
            self.push(".value");
        } else {
            self.push("(");
            self.identifier(alias);
            self.push(&format!(".value ->> {index})"));
        }
        Ok(())
    }

    /// Writes a column of a lateral query that was left out of `from`.
    pub(super) fn lateral_column(&mut self, select: &Select, name: &Name) -> Result<()> {
        let select = only_output(select, name)?;
        self.subquery("(", &select, ")")
    }
}

/// Tells whether `unnest` of `array` can read the array itself: its elements' JSON form is their canonical form.
fn is_plain_unnest(function: Function, array: &Expr) -> bool {
    function.definition().name == "unnest" && array.ty.element().is_some_and(json_is_canonical)
}

/// Tells whether a lateral query may become a subquery for each of its columns: it has exactly one row, or at most one and a left
/// join makes nulls of none.
fn has_one_row(select: &Select, left_join: bool) -> bool {
    let Body::Simple(simple) = &select.body else {
        return false;
    };
    let aggregates = !simple.outputs.is_empty()
        && simple.group_by.is_empty()
        && simple.having.is_none()
        && simple.distinct == Distinct::No
        && simple
            .outputs
            .iter()
            .all(|output| is_aggregate(&output.expr));
    let limited = matches!(&select.limit, Some(limit)
        if limit.kind == ExprKind::Constant(Value::Int(1)));
    let whole = select.offset.is_none() && (select.limit.is_none() || limited);
    (aggregates && whole) || (left_join && limited)
}

/// Tells whether a query has one row at most whatever the tables hold.
pub(super) fn at_most_one_row(select: &Select) -> bool {
    match &select.body {
        Body::Simple(simple) => {
            let no_set = !simple.outputs.iter().any(|output| {
                matches!(&output.expr.kind, ExprKind::Function(function, _)
                    if function.definition().set)
            });
            (simple.from.is_empty() && no_set) || has_one_row(select, true)
        }
        Body::Values(rows) => rows.len() == 1,
        Body::Set { .. } => false,
    }
}

/// Tells whether `expr` makes its query an aggregate one by itself.
fn is_aggregate(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Aggregate { .. } => true,
        ExprKind::Coalesce(values) => values.first().is_some_and(is_aggregate),
        ExprKind::Cast { operand, .. } => is_aggregate(operand),
        ExprKind::Function(function, arguments) => {
            !function.definition().set && arguments.iter().any(is_aggregate)
        }
        ExprKind::Operator(_, operands) => operands.iter().any(is_aggregate),
        _ => false,
    }
}

/// Returns the aliases that `item` brings to its level.
pub(super) fn aliases(item: &From) -> Vec<Name> {
    match item {
        From::Table { alias, .. }
        | From::View { alias, .. }
        | From::Cte { alias, .. }
        | From::Subquery { alias, .. }
        | From::Function { alias, .. }
        | From::Call { alias, .. }
        | From::Affected { alias, .. } => vec![alias.clone()],
        From::Join(join) => {
            let mut all = aliases(&join.left);
            all.extend(aliases(&join.right));
            all
        }
    }
}

/// Collects the relations that expressions name.
struct References(HashSet<Name>);

impl Rewrite for References {
    fn expr(&mut self, expr: Expr) -> Expr {
        if let ExprKind::Column { relation, .. } | ExprKind::RowId(relation) = &expr.kind {
            self.0.insert(relation.clone());
        }
        expr
    }
}

fn referenced(select: &Select) -> HashSet<Name> {
    let mut references = References(HashSet::new());
    let _ = select.clone().rewrite(&mut references);
    references.0
}

fn refers_to(select: &Select, relations: &HashSet<Name>) -> bool {
    !referenced(select).is_disjoint(relations)
}
