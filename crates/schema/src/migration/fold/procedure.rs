//! Which queries run steps: those that call a routine which is more than a query, by way of views and of routines that are queries too.

use std::collections::BTreeSet;

use underpin_base::QualifiedName;
use underpin_sql::tree::{Expr, ExprKind, From, Rewrite, RoutineId, Statement};

use crate::catalog::{Catalog, Table};

/// A search for calls of routines that are more than a query.
pub(super) struct Calls<'c> {
    catalog: &'c Catalog,
    /// The views and routines that were looked into.
    seen: BTreeSet<QualifiedName>,
    found: bool,
}

impl<'c> Calls<'c> {
    fn new(catalog: &'c Catalog) -> Self {
        Self {
            catalog,
            seen: BTreeSet::new(),
            found: false,
        }
    }

    /// Tells whether `expr` calls such a routine.
    pub(super) fn in_expr(catalog: &'c Catalog, expr: &Expr) -> bool {
        let mut search = Self::new(catalog);
        let _ = expr.clone().rewrite(&mut search);
        search.found
    }

    /// Tells whether `statement` calls such a routine.
    pub(super) fn in_statement(catalog: &'c Catalog, statement: &Statement) -> bool {
        let mut search = Self::new(catalog);
        let _ = statement.clone().rewrite(&mut search);
        search.found
    }

    /// Tells whether a default of `table` calls such a routine.
    pub(super) fn in_defaults(catalog: &'c Catalog, table: &Table) -> bool {
        let mut defaults = table.columns.iter().filter_map(|it| it.default.as_ref());
        defaults.any(|default| Self::in_expr(catalog, &default.expr))
    }

    fn look(&mut self, id: &RoutineId) {
        let overloads = self.catalog.routines.get(&id.name);
        let Some(routine) = overloads.and_then(|all| all.iter().find(|it| it.id == *id)) else {
            return;
        };
        if !routine.is_query() && !routine.is_native() {
            self.found = true;
        }
        if self.seen.insert(id.name.clone()) {
            // Overloads are looked into together: that one of them runs steps is all that is asked.
            for statement in overloads
                .into_iter()
                .flatten()
                .flat_map(|it| &it.body.statements)
            {
                let _ = statement.clone().rewrite(self);
            }
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
        match &from {
            From::Call { routine, .. } => self.look(routine),
            From::View { view, .. } => {
                let select = self.catalog.views.get(view).map(|view| &view.select);
                if let Some(select) = select
                    && self.seen.insert(view.clone())
                {
                    let _ = select.clone().rewrite(self);
                }
            }
            _ => {}
        }
        from
    }
}
