//! `from`: tables, queries, functions and joins.
//!
//! SQLite has no lateral queries, but its table-valued functions may refer to the items before them. So a set-returning function
//! is written as `json_each` over an array that a registered function returns; how a lateral query is written, [`super::lateral`] says.

use std::collections::HashSet;
use std::sync::Arc;

use underpin_base::{Error, Name, QualifiedName, Result};

use super::lateral::{lateral, refers_to};
use super::membership::json_is_canonical;
use super::postings::Postings;
use super::table_name;
use super::writer::{Relation, Writer, unsupported};
use crate::functions::Function;
use crate::tree::{Expr, From, Join, JoinKind, Select};
use crate::writer::Bind;
use crate::writer::text::Text as _;

impl Writer {
    /// Notes how the columns of `items` are written; the outputs, which stand before them in the text, need it.
    pub(super) fn declare_items(&mut self, items: &[From]) {
        for (index, item) in items.iter().enumerate() {
            let before: HashSet<Name> = items.iter().take(index).flat_map(From::aliases).collect();
            self.declare(item, &before, &before, false);
        }
    }

    /// Notes how the columns of `item` are written, which stands behind `before`. Of these it sees `within`: SQLite takes what stands in
    /// parentheses for a query of its own.
    fn declare(
        &mut self,
        item: &From,
        before: &HashSet<Name>,
        within: &HashSet<Name>,
        left_join: bool,
    ) {
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
                let relation = lateral(select, left_join, before, within);
                self.relations.insert(alias.clone(), relation);
            }
            From::Join(join) => {
                self.declare(&join.left, before, within, false);
                let mut before = before.clone();
                before.extend(join.left.aliases());
                let mut within = within.clone();
                within.extend(join.left.aliases());
                if is_group(&join.right) {
                    within.clear();
                }
                let plain = join.on.as_ref().is_none_or(Expr::is_true);
                let left_join = plain && join.kind == JoinKind::Left;
                self.declare(&join.right, &before, &within, left_join);
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
        self.narrowing = self.searches_within(select, alias);
        match self.relations.get(alias) {
            Some(Relation::Refused) => return Err(unsupported("this lateral subquery")),
            Some(Relation::Packed(_)) => self.packed(select)?,
            _ => self.subquery("(", select, ")")?,
        }
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
        let group = is_group(&join.right);
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
}

/// Tells whether `unnest` of `array` can read the array itself: its elements' JSON form is their canonical form.
fn is_plain_unnest(function: Function, array: &Expr) -> bool {
    function.definition().name == "unnest" && array.ty.element().is_some_and(json_is_canonical)
}

/// Tells whether an item at the right of a join stands in parentheses.
fn is_group(item: &From) -> bool {
    matches!(item, From::Join(_) | From::Affected { .. })
}
