//! Embeds: related rows as members of a row, or as conditions on it.
//!
//! A to-one embed becomes a join (which its relationship keeps from multiplying rows), a to-many embed a correlated query whose
//! rows become a JSON array. Policies of the target, and of a junction on the way, are part of the join's or query's condition.

use std::sync::Arc;

use underpin_base::{Error, Name, Result};
use underpin_schema::catalog::{PolicyCommand, Privilege, Relationship, Routine};
use underpin_sql::functions::Operator;
use underpin_sql::infer;
use underpin_sql::tree::{Case, Expr, ExprKind, From, Join, JoinKind, Output, Select, Simple};
use underpin_sql::types::Type;

use super::call::{columns, one_row};
use super::field::{COUNT, is_aggregate, of_joined_row};
use super::invoke::seen_first;
use super::read::{Level, bigint};
use super::world::{Planner, Source};
use crate::request::{EmbedItem, EmbedKind, Query, SelectItem};

/// An embed whose relationship is known.
#[derive(Debug)]
pub(super) struct Embedded<'r> {
    /// The name under which filters, order and output know it.
    pub(super) name: Name,
    pub(super) item: &'r EmbedItem,
    pub(super) relationship: Relationship,
    pub(super) target: Source,
    /// The parent's alias.
    parent: Name,
    parent_source: Source,
    /// The function behind a computed relationship.
    computed: Option<Arc<Routine>>,
    /// The target's alias in the join, for a to-one embed.
    pub(super) alias: Name,
}

impl<'r> Embedded<'r> {
    /// Finds the relationship that `item` means from the row `parent` of `source`.
    ///
    /// # Errors
    /// PGRST200, PGRST201, PGRST205, `42501`.
    pub(super) fn find(
        planner: &mut Planner<'_>,
        item: &'r EmbedItem,
        source: &Source,
        parent: &Name,
    ) -> Result<Self> {
        let (relationship, computed) = match planner.computed_relationship(source, &item.relation) {
            Some((relationship, routine)) => (relationship, Some(routine)),
            None => (planner.relationship(source.name(), item)?, None),
        };
        let target = planner.source(&relationship.target)?;
        let alias = planner.alias(&relationship.target.name);
        Ok(Self {
            name: item.name().clone(),
            item,
            relationship,
            target,
            parent: parent.clone(),
            parent_source: source.clone(),
            computed,
            alias,
        })
    }

    /// Tells whether at most one row belongs to the parent.
    pub(super) fn is_to_one(&self) -> bool {
        self.relationship.cardinality.is_to_one()
    }

    /// Tells whether the related row is joined onto the parent's. A function's row cannot be, nor what is aggregated of the row
    /// for itself, which is an object of its own, nor a row that the embed's limit or offset may pass over.
    pub(super) fn joins(&self) -> bool {
        let query = &self.item.query;
        let aggregated = self.item.kind == EmbedKind::Member && aggregates(query);
        let passed_over = query.limit == Some(0) || query.offset > 0;
        self.is_to_one() && self.computed.is_none() && !aggregated && !passed_over
    }

    /// Returns the condition that a related row exists that passes the embed's filters and inner embeds.
    pub(super) fn exists(&self, planner: &mut Planner<'_>) -> Result<Expr> {
        let alias = planner.alias(&self.relationship.target.name);
        let level = Level::plan(planner, &self.target, &alias, &self.item.query, false)?;
        let (from, condition) = self.source_rows(planner, &alias)?;
        let simple = Simple {
            outputs: vec![Output {
                name: Name::from("one"),
                expr: Expr::bool(true),
            }],
            from: vec![level.join_onto(from)],
            filter: Some(seen_first(condition, level.filter)),
            ..Simple::default()
        };
        let mut select = Select::simple(simple);
        let query = &self.item.query;
        if query.limit == Some(0) || query.offset > 0 {
            // What the embed's window passes over is not there.
            select.limit = query.limit.map(bigint);
            select.offset = Some(bigint(query.offset));
        }
        Ok(Expr {
            kind: ExprKind::Exists(Box::new(select)),
            ty: Type::Bool,
        })
    }

    /// Returns the right side, kind and condition of a to-one embed's join, and the level that its outputs come from.
    pub(super) fn join(
        &self,
        planner: &mut Planner<'_>,
    ) -> Result<((From, JoinKind, Expr), Level<'r>)> {
        let level = Level::plan(planner, &self.target, &self.alias, &self.item.query, true)?;
        let (right, condition) = self.source_rows(planner, &self.alias)?;
        let kind = if self.item.inner {
            JoinKind::Inner
        } else {
            JoinKind::Left
        };
        let right = level.join_onto(right);
        let on = seen_first(condition, level.filter.clone());
        Ok(((right, kind, on), level))
    }

    /// Returns the outputs that a joined to-one embed gives its parent.
    pub(super) fn joined_outputs(&self, level: Level<'r>) -> Result<Vec<Output>> {
        let identity = self.identity()?;
        let missing = identity.clone().is_null(false);
        if level.outputs.is_empty() {
            return Ok(Vec::new());
        }
        if self.item.kind == EmbedKind::Spread {
            let lifted = level.outputs.into_iter().map(|Output { name, expr }| {
                let expr = match is_aggregate(&expr) {
                    true => of_joined_row(expr, &identity)?,
                    false => unless(missing.clone(), expr),
                };
                Ok(Output { name, expr })
            });
            return lifted.collect();
        }
        let members = level
            .outputs
            .into_iter()
            .map(|output| (output.name, output.expr))
            .collect();
        let object = Expr {
            kind: ExprKind::Object(members),
            ty: Type::Json,
        };
        Ok(vec![Output {
            name: self.name.clone(),
            expr: unless(missing, object),
        }])
    }

    /// Returns the outputs of a to-many embed: an array of its rows, or one array per column when it is spread.
    pub(super) fn rows(&self, planner: &mut Planner<'_>) -> Result<Vec<Output>> {
        if self.item.kind == EmbedKind::Spread {
            return self.arrays(planner);
        }
        let (alias, level) = self.level(planner)?;
        if level.outputs.is_empty() {
            return Ok(Vec::new());
        }
        let select = self.rows_of_level(planner, &alias, level)?;
        let expr = Expr {
            kind: ExprKind::Rows(Box::new(select)),
            ty: Type::Json,
        };
        Ok(vec![Output {
            name: self.name.clone(),
            expr,
        }])
    }

    /// Plans what is selected of the related rows, under an alias of its own.
    pub(super) fn level(&self, planner: &mut Planner<'_>) -> Result<(Name, Level<'r>)> {
        let alias = planner.alias(&self.relationship.target.name);
        let level = Level::plan(planner, &self.target, &alias, &self.item.query, true)?;
        Ok((alias, level))
    }

    /// Returns the query of the rows that belong to the parent, as [`Self::level`] planned them.
    pub(super) fn rows_of_level(
        &self,
        planner: &mut Planner<'_>,
        alias: &Name,
        level: Level<'r>,
    ) -> Result<Select> {
        let (from, condition) = self.source_rows(planner, alias)?;
        Ok(level.select(from, condition, planner.embedded_rows_max))
    }

    /// What is null when a left join found no row: a column by which it is joined, which no row that is found lacks. (SQLite does not
    /// tell the identity of a row of a join within a join.)
    fn identity(&self) -> Result<Expr> {
        let (_, column) =
            self.relationship.columns.first().ok_or_else(|| {
                Error::internal(format!("relationship {} has no columns", self.name))
            })?;
        let (name, ty) = self
            .target
            .column(column)
            .ok_or_else(|| Error::internal(format!("{} has no column {column}", self.name)))?;
        Ok(Expr::column(&self.alias, &name, ty))
    }

    /// Returns the target's rows under `alias` (with the junction, if there is one) and the condition that they belong to the parent and
    /// may be seen.
    fn source_rows(&self, planner: &mut Planner<'_>, alias: &Name) -> Result<(From, Expr)> {
        if let Some(routine) = &self.computed {
            if routine.is_native() {
                let row = planner.whole_row(&self.parent_source, &self.parent)?;
                return Ok((planner.native_rows(routine, row, alias), Expr::bool(true)));
            }
            let rows = planner.computed_rows(routine, &self.parent_source, &self.parent)?;
            if !routine.result.set {
                // What returns no set returns one row, of nulls if need be.
                let from = one_row(planner, rows, &columns(routine), alias);
                return Ok((from, Expr::bool(true)));
            }
            let from = From::Subquery {
                select: Box::new(rows),
                alias: alias.clone(),
                lateral: false,
            };
            return Ok((from, Expr::bool(true)));
        }
        let (from, visible) = planner.rows_of(&self.target, alias)?;
        let mut conditions = vec![visible];
        let Some(junction) = &self.relationship.junction else {
            for (near, far) in &self.relationship.columns {
                conditions.push(planner.equal(
                    (&self.parent_source, &self.parent, near),
                    (&self.target, alias, far),
                )?);
            }
            return Ok((from, Expr::all(conditions)));
        };
        let table = planner.source(&junction.table)?;
        let between = planner.alias(&junction.table.name);
        let (junction_from, junction_visible) = planner.rows_of(&table, &between)?;
        conditions.push(junction_visible);
        for (near, column) in &junction.source_columns {
            conditions.push(planner.equal(
                (&self.parent_source, &self.parent, near),
                (&table, &between, column),
            )?);
        }
        let mut on = Vec::new();
        for (column, far) in &junction.target_columns {
            on.push(planner.equal((&table, &between, column), (&self.target, alias, far))?);
        }
        let join = Join {
            kind: JoinKind::Inner,
            left: junction_from,
            right: from,
            on: Some(Expr::all(on)),
        };
        Ok((From::Join(Box::new(join)), Expr::all(conditions)))
    }
}

/// Tells whether a level aggregates, itself or by what is spread into it.
fn aggregates(query: &Query) -> bool {
    query.select.iter().any(|item| match item {
        SelectItem::All => false,
        SelectItem::Field(field) => {
            field.aggregate.is_some() || field.column.as_deref() == Some(COUNT)
        }
        SelectItem::Embed(embed) => embed.kind == EmbedKind::Spread && aggregates(&embed.query),
    })
}

/// `case when missing then null else expr end`; a column needs no case, a left join has made it null.
fn unless(missing: Expr, expr: Expr) -> Expr {
    if matches!(expr.kind, ExprKind::Column { .. }) {
        return expr;
    }
    let ty = expr.ty.clone();
    let case = Case {
        branches: vec![(missing, Expr::null(ty.clone()))],
        otherwise: Some(expr),
    };
    Expr {
        kind: ExprKind::Case(Box::new(case)),
        ty,
    }
}

impl Planner<'_> {
    /// Returns the rows of `source` under `alias` and the condition on them that the caller may see them.
    ///
    /// # Errors
    /// `42501` when the caller may not read the source at all.
    pub(super) fn rows_of(&mut self, source: &Source, alias: &Name) -> Result<(From, Expr)> {
        self.may_use(source, Privilege::Select)?;
        match source {
            Source::Table(table) => {
                let visible = self.visible(table, PolicyCommand::Select, alias)?;
                Ok((
                    From::Table {
                        table: table.name.clone(),
                        alias: alias.clone(),
                    },
                    visible,
                ))
            }
            Source::View(view) if !self.expands_bodies() => {
                let (view, alias) = (view.name.clone(), alias.clone());
                Ok((From::View { view, alias }, Expr::bool(true)))
            }
            Source::View(view) => {
                let select = Box::new(self.view(view, super::secure::Rights::Caller)?);
                let from = From::Subquery {
                    select,
                    alias: alias.clone(),
                    lateral: false,
                };
                Ok((from, Expr::bool(true)))
            }
            Source::Result(returned) => Err(Error::internal(format!(
                "the rows of {} have no place of their own",
                returned.name
            ))),
        }
    }

    /// Returns the condition that two columns are equal; the caller must be allowed to read both.
    fn equal(
        &mut self,
        (left, left_alias, left_column): (&Source, &Name, &Name),
        (right, right_alias, right_column): (&Source, &Name, &Name),
    ) -> Result<Expr> {
        let left = self.field(left, left_alias, left_column, &[])?;
        let right = self.field(right, right_alias, right_column, &[])?;
        infer::operator(Operator::Equal, left, right)
    }
}
