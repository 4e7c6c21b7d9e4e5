//! Reading: one level of a query (a table with what is selected of it), and the whole query of a request.

use std::sync::OnceLock;

use underpin_base::{Code, Error, Name, Result, Value};
use underpin_schema::catalog::Privilege;
use underpin_sql::tree::{Expr, ExprKind, From, OrderBy, Output, Select, Simple};
use underpin_sql::types::Type;

use super::Length;
use super::action::{Read, Shape};
use super::count::Total;
use super::embed::Embedded;
use super::field::is_aggregate;
use super::invoke::seen_first;
use super::world::{Planner, Source};
use crate::request::{Format, OrderTerm, Query, Request, SelectItem};

/// One level of a query, planned: everything but where its rows come from.
pub(super) struct Level<'r> {
    /// The output columns, embeds included.
    pub(super) outputs: Vec<Output>,
    /// The filters, and that inner to-many embeds have rows.
    pub(super) filter: Expr,
    /// To-one embeds, in the order in which they are joined onto the level's rows.
    joins: Vec<(From, underpin_sql::tree::JoinKind, Expr)>,
    order_by: Vec<OrderBy>,
    group_by: Vec<Expr>,
    query: &'r Query,
}

impl<'r> Level<'r> {
    /// Plans `query` over the row `alias` of `source`. When not `selected`, outputs and order are left out: only which rows there are counts.
    ///
    /// # Errors
    /// Whatever is wrong with a column, relationship, operator or right.
    pub(super) fn plan(
        planner: &mut Planner<'_>,
        source: &Source,
        alias: &Name,
        query: &'r Query,
        selected: bool,
    ) -> Result<Self> {
        planner.is_bounded()?;
        let mut embeds = Vec::new();
        for item in &query.select {
            if let SelectItem::Embed(item) = item {
                embeds.push(Embedded::find(planner, item, source, alias)?);
            }
        }
        let mut level = Self {
            outputs: Vec::new(),
            filter: Expr::bool(true),
            joins: Vec::new(),
            order_by: Vec::new(),
            group_by: Vec::new(),
            query,
        };
        let mut conditions = planner.filters(&query.filters, source, alias, &embeds)?;
        if selected {
            level.order_by = planner.order(&query.order, source, alias, &embeds)?;
            level.select_items(planner, source, alias, &embeds, &mut conditions)?;
        } else {
            for embed in embeds.iter().filter(|embed| embed.item.inner) {
                conditions.push(embed.exists(planner)?);
            }
        }
        level.filter = Expr::all(conditions);
        Ok(level)
    }

    fn select_items(
        &mut self,
        planner: &mut Planner<'_>,
        source: &Source,
        alias: &Name,
        embeds: &[Embedded<'r>],
        conditions: &mut Vec<Expr>,
    ) -> Result<()> {
        for item in &self.query.select {
            match item {
                SelectItem::All => self.every_column(planner, source, alias)?,
                SelectItem::Field(field) => {
                    let (name, expr) = planner.select_field(source, alias, field)?;
                    self.outputs.push(Output { name, expr });
                }
                SelectItem::Embed(_) => {}
            }
        }
        // As in PostgREST, wherever they stand in the select they come after the columns.
        for embed in embeds {
            self.embed(planner, embed, conditions)?;
        }
        if self.outputs.iter().any(|output| is_aggregate(&output.expr)) {
            self.group_by = self
                .outputs
                .iter()
                .filter(|output| !is_aggregate(&output.expr))
                .map(|output| output.expr.clone())
                .collect();
            self.order_is_grouped(source)?;
        }
        Ok(())
    }

    /// Refuses an order by what no group has one value of.
    fn order_is_grouped(&self, source: &Source) -> Result<()> {
        let key = match source {
            Source::Table(table) => table.primary_key_columns(),
            Source::View(_) | Source::Result(_) => &[],
        };
        let has = |column: &Name| {
            self.group_by
                .iter()
                .any(|expr| matches!(&expr.kind, ExprKind::Column { name, .. } if name == column))
        };
        if !key.is_empty() && key.iter().all(has) {
            return Ok(());
        }
        for OrderBy { expr, .. } in &self.order_by {
            if let ExprKind::Column { relation, name } = &expr.kind
                && !self.group_by.contains(expr)
            {
                let relation = relation.split('#').next().unwrap_or_default();
                return Err(Error::new(
                    Code::GROUPING,
                    format!(
                        "column \"{relation}.{name}\" must appear in the GROUP BY clause or be used in an aggregate function"
                    ),
                ));
            }
        }
        Ok(())
    }

    /// `*`: one question for the whole table where a grant on it answers for every column.
    fn every_column(&mut self, planner: &Planner<'_>, source: &Source, alias: &Name) -> Result<()> {
        let granted = planner.has_all_columns(source, Privilege::Select);
        for (name, ty) in source.columns() {
            if !granted {
                planner.may_use_column(source, &name, Privilege::Select)?;
            }
            let expr = Expr::column(alias, &name, ty);
            self.outputs.push(Output { name, expr });
        }
        Ok(())
    }

    fn embed(
        &mut self,
        planner: &mut Planner<'_>,
        embed: &Embedded<'r>,
        conditions: &mut Vec<Expr>,
    ) -> Result<()> {
        if embed.joins() {
            let (join, level) = embed.join(planner)?;
            self.joins.push(join);
            self.outputs.extend(embed.joined_outputs(level)?);
            return Ok(());
        }
        if embed.item.inner {
            conditions.push(embed.exists(planner)?);
        }
        self.outputs.extend(match embed.is_to_one() {
            true => embed.row(planner)?,
            false => embed.rows(planner)?,
        });
        Ok(())
    }

    /// Returns `rows` with the level's to-one embeds joined onto them.
    pub(super) fn join_onto(&self, rows: From) -> From {
        self.joins.iter().fold(rows, |left, (right, kind, on)| {
            From::Join(Box::new(underpin_sql::tree::Join {
                kind: *kind,
                left,
                right: right.clone(),
                on: Some(on.clone()),
            }))
        })
    }

    /// Returns the query of this level over `rows`, of those that meet `condition`.
    pub(super) fn select(self, rows: From, condition: Expr, limit_max: Option<u64>) -> Select {
        let from = vec![self.join_onto(rows)];
        let limit = match (self.query.limit, limit_max) {
            (Some(limit), Some(max)) => Some(limit.min(max)),
            (limit, max) => limit.or(max),
        };
        let filter = seen_first(condition, self.filter);
        Select {
            order_by: self.order_by,
            limit: limit.map(bigint),
            offset: (self.query.offset > 0).then(|| bigint(self.query.offset)),
            ..Select::simple(Simple {
                outputs: self.outputs,
                from,
                filter: (!filter.is_true()).then_some(filter),
                group_by: self.group_by,
                ..Simple::default()
            })
        }
    }
}

pub(super) fn bigint(number: u64) -> Expr {
    Expr::constant(
        Value::Int(i64::try_from(number).unwrap_or(i64::MAX)),
        Type::Int8,
    )
}

impl Planner<'_> {
    /// Returns the query of a read request.
    ///
    /// # Errors
    /// Whatever is wrong with a column, relationship, operator or right.
    pub(super) fn read(&mut self, request: &Request) -> Result<Read> {
        let source = self.source(&request.target)?;
        self.embedded_rows_max = Some(self.world.settings.limits.rows_max);
        let alias = request.target.name.clone();
        let level = Level::plan(self, &source, &alias, &request.query, true)?;
        let (rows, visible) = self.rows_of(&source, &alias)?;
        let total = match request.preferences.count {
            Some(count) => Some(self.total(request, &source, count)?),
            None => None,
        };
        let select = level.select(rows, visible, Some(self.world.settings.limits.rows_max));
        Ok(read_of(select, total, request.format, request.head))
    }

    fn order(
        &mut self,
        terms: &[OrderTerm],
        source: &Source,
        alias: &Name,
        embeds: &[Embedded<'_>],
    ) -> Result<Vec<OrderBy>> {
        terms
            .iter()
            .map(|term| {
                let expr = match &term.relation {
                    Some(relation) => self.related_field(relation, term, embeds)?,
                    None => self.field(source, alias, &term.column, &term.path)?,
                };
                let nulls_first = term.nulls_first.unwrap_or(term.descending);
                Ok(OrderBy {
                    expr,
                    descending: term.descending,
                    nulls_first,
                })
            })
            .collect()
    }

    /// `order=relation(column)`.
    fn related_field(
        &mut self,
        relation: &Name,
        term: &OrderTerm,
        embeds: &[Embedded<'_>],
    ) -> Result<Expr> {
        let Some(embed) = embeds.iter().find(|embed| embed.name == *relation) else {
            return Err(Error::new(
                Code::EMBED_NOT_SELECTED,
                format!("'{relation}' is not an embedded resource in this request"),
            )
            .hint(format!(
                "Verify that '{relation}' is included in the 'select' query parameter."
            )));
        };
        if !embed.is_to_one() {
            return Err(Error::new(
                Code::RELATED_ORDER,
                format!("A related order on '{relation}' is not possible"),
            )
            .details(format!(
                "'{}' and '{relation}' do not form a many-to-one or one-to-one relationship",
                embed.relationship.source.name
            )));
        }
        if embed.joins() {
            return self.embedded_field(embed, &embed.alias, term);
        }
        embed.value(self, |planner, alias| {
            planner.embedded_field(embed, alias, term)
        })
    }

    /// A column of an embed by the name that its select gives it, or by its own.
    fn embedded_field(
        &mut self,
        embed: &Embedded<'_>,
        alias: &Name,
        term: &OrderTerm,
    ) -> Result<Expr> {
        let renamed = embed.item.query.select.iter().find_map(|item| match item {
            SelectItem::Field(field) if field.alias.as_ref() == Some(&term.column) => Some(field),
            _ => None,
        });
        match renamed {
            Some(field) if term.path.is_empty() => {
                let (_, expr) = self.select_field(&embed.target, alias, field)?;
                Ok(expr)
            }
            _ => self.field(&embed.target, alias, &term.column, &term.path),
        }
    }
}

/// Returns a read of `select` in `format`.
pub(super) fn read_of(select: Select, total: Option<Total>, format: Format, head: bool) -> Read {
    let columns = select.columns();
    Read {
        select,
        columns,
        total,
        format,
        head,
        written: OnceLock::new(),
        length: Length::default(),
        shape: Shape::Rows,
    }
}
