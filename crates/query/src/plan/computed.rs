//! Computed columns and relationships: functions of a table's or view's row.
//!
//! A function with one parameter, of the row's type, is a column when it returns a value, and a relationship when it returns rows of a
//! table or view: to one with `rows 1` or without `setof`, else to many. As in PostgREST, such a relationship comes before those of
//! foreign keys. The functions are looked for in the schema of the relation and in `api.extra_search_path`.

use std::sync::Arc;

use underpin_base::{Name, QualifiedName, Result};
use underpin_schema::catalog::{Cardinality, Privilege, Relationship, Routine};
use underpin_sql::tree::{Expr, ExprKind, Select};
use underpin_sql::types::Type;

use super::secure::Rights;
use super::world::{Planner, Source};

impl Planner<'_> {
    /// Returns the value of the computed column `name` of the row `alias`; nothing when there is none.
    ///
    /// # Errors
    /// `42501` when the caller may not execute the function or read the whole row, and what is wrong within its body.
    pub(super) fn computed_column(
        &mut self,
        source: &Source,
        alias: &Name,
        name: &str,
    ) -> Result<Option<Expr>> {
        let Some(routine) = self.function_of_row(source, name, is_value) else {
            return Ok(None);
        };
        let call = Expr {
            kind: ExprKind::Call {
                routine: routine.id.clone(),
                arguments: vec![self.whole_row(source, alias)?],
            },
            ty: routine.result.ty.clone(),
        };
        self.secure_expr(call, Rights::Caller).map(Some)
    }

    /// Tells whether `source` has a computed column `name`.
    pub(super) fn has_computed_column(&self, source: &Source, name: &str) -> bool {
        self.function_of_row(source, name, is_value).is_some()
    }

    /// Returns the computed relationship `name` of `source` and the function behind it; nothing when there is none.
    pub(super) fn computed_relationship(
        &self,
        source: &Source,
        name: &Name,
    ) -> Option<(Relationship, Arc<Routine>)> {
        let catalog = self.world.catalog;
        let leads = |target: &QualifiedName| {
            catalog.tables.contains_key(target) || catalog.views.contains_key(target)
        };
        let routine = self.function_of_row(
            source,
            name,
            |routine| matches!(&routine.result.ty, Type::Composite(row) if leads(&row.name)),
        )?;
        let Type::Composite(row) = &routine.result.ty else {
            return None;
        };
        let to_one = !routine.result.set || routine.rows == Some(1);
        let relationship = Relationship {
            source: source.name().clone(),
            target: row.name.clone(),
            cardinality: if to_one {
                Cardinality::ManyToOne
            } else {
                Cardinality::OneToMany
            },
            constraint: name.clone(),
            columns: Vec::new(),
            junction: None,
            is_self: *source.name() == row.name,
        };
        Some((relationship, routine))
    }

    /// Returns the rows that a computed relationship leads to from the row `alias`.
    ///
    /// # Errors
    /// Those of [`Planner::computed_column`].
    pub(super) fn computed_rows(
        &mut self,
        routine: &Routine,
        source: &Source,
        alias: &Name,
    ) -> Result<Select> {
        let row = self.whole_row(source, alias)?;
        self.routine_rows(&routine.id, &[row], Rights::Caller)
    }

    fn function_of_row(
        &self,
        source: &Source,
        name: &str,
        fits: impl Fn(&Routine) -> bool,
    ) -> Option<Arc<Routine>> {
        let takes_row = |routine: &Routine| match &*routine.id.parameters {
            [Type::Composite(row)] => row.name == *source.name(),
            _ => false,
        };
        let schemas =
            std::iter::once(&source.name().schema).chain(&self.world.settings.extra_search_path);
        schemas
            .filter_map(|schema| {
                let name = QualifiedName::new(schema.clone(), name);
                self.world.catalog.routines.get(&name)
            })
            .flatten()
            .find(|routine| takes_row(routine) && fits(routine))
            .cloned()
    }

    /// The row as a value; whoever passes it on reads all of it.
    pub(super) fn whole_row(&self, source: &Source, alias: &Name) -> Result<Expr> {
        let granted = self.has_all_columns(source, Privilege::Select);
        let mut members = Vec::new();
        for (name, ty) in source.columns() {
            if !granted {
                self.may_use_column(source, &name, Privilege::Select)?;
            }
            let column = Expr::column(alias, &name, ty);
            members.push((name, column));
        }
        let ty = self
            .world
            .catalog
            .row_type(source.name())
            .unwrap_or(Type::Record);
        Ok(Expr {
            kind: ExprKind::Object(members),
            ty,
        })
    }
}

/// Tells whether a function returns one value.
fn is_value(routine: &Routine) -> bool {
    !routine.result.set && !matches!(routine.result.ty, Type::Void | Type::Record)
}
