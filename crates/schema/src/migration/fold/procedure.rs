//! Routines that are more than a query, in the places where only a query can be: policies, views, defaults.

use std::cell::RefCell;

use underpin_base::Result;
use underpin_sql::tree::{Expr, ExprKind, From, Rewrite, RoutineId, Select};

use super::{Fold, refused};
use crate::catalog::Catalog;

impl Fold {
    /// Refuses policies, views and defaults that call a routine which is more than a query.
    ///
    /// # Errors
    /// `migration_refused`, which names both.
    pub(super) fn refuse_procedures(&self) -> Result<()> {
        let more_than_query =
            |routine: &crate::catalog::Routine| !routine.is_query() && !routine.is_trigger;
        let any = self.catalog.routines.values().flatten();
        if !any.into_iter().any(|routine| more_than_query(routine)) {
            return Ok(());
        }
        for table in self.catalog.tables.values() {
            for policy in &table.policies {
                for expression in policy.using.iter().chain(&policy.check) {
                    let user =
                        || format!("policy \"{}\" on table {}", policy.name, table.name.name);
                    self.refuse_in(&expression.expr, user)?;
                }
            }
            for column in &table.columns {
                if let Some(default) = &column.default {
                    let user = || {
                        format!(
                            "the default of column \"{}\" of table {}",
                            column.name, table.name.name
                        )
                    };
                    self.refuse_in(&default.expr, user)?;
                }
            }
        }
        for view in self.catalog.views.values() {
            let found = Calls::in_select(&self.catalog, &view.select);
            self.refuse_found(found, || format!("view \"{}\"", view.name.name))?;
        }
        Ok(())
    }

    fn refuse_in(&self, expr: &Expr, user: impl Fn() -> String) -> Result<()> {
        if !expr.asks_elsewhere() {
            return Ok(());
        }
        let calls = Calls::new(&self.catalog);
        let mut search = calls;
        let _ = expr.clone().rewrite(&mut search);
        self.refuse_found(search.found.into_inner(), user)
    }

    fn refuse_found(&self, found: Option<RoutineId>, user: impl Fn() -> String) -> Result<()> {
        let Some(routine) = found else {
            return Ok(());
        };
        Err(refused(
            format!(
                "{} calls function {}, whose body is more than a query",
                user(),
                routine.name.name
            ),
            "Write the function in `language sql` as one query, or in PL/pgSQL with nothing but assignments, `select … into`, `if` and `return`.",
        ))
    }
}

/// Looks for calls of routines that are more than a query.
pub(super) struct Calls<'c> {
    catalog: &'c Catalog,
    pub(super) found: RefCell<Option<RoutineId>>,
}

impl<'c> Calls<'c> {
    /// Returns a search that has found nothing yet.
    pub(super) fn new(catalog: &'c Catalog) -> Self {
        Self {
            catalog,
            found: RefCell::new(None),
        }
    }

    fn in_select(catalog: &'c Catalog, select: &Select) -> Option<RoutineId> {
        let mut search = Self::new(catalog);
        let _ = select.clone().rewrite(&mut search);
        search.found.into_inner()
    }

    fn look(&self, id: &RoutineId) {
        let overloads = self.catalog.routines.get(&id.name);
        let found = overloads.and_then(|all| all.iter().find(|routine| routine.id == *id));
        if found.is_some_and(|routine| !routine.is_query()) {
            self.found.replace(Some(id.clone()));
        }
    }
}

impl Rewrite for Calls<'_> {
    fn expr(&mut self, expr: Expr) -> Expr {
        if let ExprKind::Call { routine, .. } = &expr.kind {
            self.look(routine);
        }
        expr
    }

    fn from(&mut self, from: From) -> From {
        if let From::Call { routine, .. } = &from {
            self.look(routine);
        }
        from
    }
}
