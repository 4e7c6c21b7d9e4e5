//! Routines that no query says the same as: the engine runs their steps where a query needs their value or rows.
//!
//! Whether the caller may execute such a routine is decided here, as for one that becomes part of the query; with whose rights it runs
//! is part of the invocation.

use underpin_base::{Name, Result};
use underpin_schema::catalog::Routine;
use underpin_sql::functions::Volatility;
use underpin_sql::plpgsql;
use underpin_sql::tree::{
    Case, Expr, ExprKind, From, Invocation, Invoked, Rewrite, Select, Statement,
};
use underpin_sql::types::Type;

use super::secure::Rights;
use super::world::Planner;

/// An alias whose columns are the fields of the rows that an invocation returns.
#[derive(Debug)]
pub(super) struct Flattened {
    alias: Name,
    /// The type of the rows.
    rows: Type,
    /// The names that the query has for the fields, and their own.
    names: Vec<(Name, Name)>,
}

impl Planner<'_> {
    /// Tells whether `routine` is invoked, not put into the query: also for an argument that is another value each time or an invocation
    /// itself, which its query may have in several places or in none.
    pub(super) fn is_invoked(&self, routine: &Routine, arguments: &[Expr]) -> bool {
        let invokes = |part: &Expr| matches!(part.kind, ExprKind::Invoke(_));
        !routine.is_query()
            || arguments.iter().any(Expr::is_volatile)
            || (self.invoked.is_some()
                && arguments
                    .iter()
                    .any(|argument| argument.any_part(&mut |part| invokes(part))))
    }

    /// Tells whether `routine` is invoked where its arguments are of the rows of what stands before it in `from`: a query there may have
    /// one row at most.
    pub(super) fn is_invoked_beside(&self, routine: &Routine, arguments: &[Expr]) -> bool {
        let is_limited = matches!(routine.body.statements.as_slice(),
            [Statement::Select(body)] if body.limit.is_some());
        !is_limited || self.is_invoked(routine, arguments)
    }

    /// Returns the invocation of `routine`, which whoever has `rights` may execute: for its value of type `ty`, or for its rows.
    pub(super) fn invocation(
        &mut self,
        routine: &Routine,
        arguments: Vec<Expr>,
        ty: Type,
        rights: Rights,
        rows: bool,
    ) -> Expr {
        let stable = routine.volatility != Volatility::Volatile;
        if !stable || self.invoked.is_none() {
            self.invoked = Some(routine.volatility);
        }
        let overloads = self.world.catalog.routines.get(&routine.id.name);
        let overload = overloads.and_then(|all| all.iter().position(|it| it.id == routine.id));
        let invoked = Invoked {
            name: routine.id.name.clone(),
            overload: overload.unwrap_or_default(),
            as_owner: rights == Rights::Owner,
            rows,
        };
        Expr {
            kind: ExprKind::Invoke(Box::new(Invocation {
                invoked,
                arguments,
                stable,
            })),
            ty,
        }
    }

    /// Returns the rows that an invocation returns, as a query.
    pub(super) fn invoked_rows(
        &mut self,
        routine: &Routine,
        arguments: Vec<Expr>,
        rights: Rights,
    ) -> Result<Select> {
        let columns = routine.returned_columns();
        let ty = plpgsql::rows_type(&columns);
        let rows = self.invocation(routine, arguments, ty, rights, true);
        let elements = self.alias(&routine.id.name.name);
        plpgsql::rows_of(rows, &columns, &elements)
    }

    /// Returns the rows that an invocation returns for each row of what stands before it in `from`: a query there could not speak of
    /// that row. The query that has the rows under `alias`, with the columns `columns`, must be [`Flattened`].
    pub(super) fn invoked_beside(
        &mut self,
        routine: &Routine,
        arguments: Vec<Expr>,
        rights: Rights,
        alias: &Name,
        columns: &[(Name, Type)],
    ) -> Result<(From, Flattened)> {
        let returned = routine.returned_columns();
        let ty = plpgsql::rows_type(&returned);
        let rows = self.invocation(routine, arguments, ty.clone(), rights, true);
        let names = columns.iter().map(|(name, _)| name.clone());
        let flattened = Flattened {
            alias: alias.clone(),
            rows: ty,
            names: names
                .zip(returned.into_iter().map(|(name, _)| name))
                .collect(),
        };
        Ok((plpgsql::elements_of(rows, alias)?, flattened))
    }
}

/// Returns the condition that both hold, by which no routine is invoked for a row that `visible` hides: what it raises or writes would
/// tell of the row.
pub(super) fn seen_first(visible: Expr, filter: Expr) -> Expr {
    if visible.is_true() || !filter.asks_elsewhere() || !invokes_for_row(&filter) {
        return Expr::all([visible, filter]);
    }
    let terms = match filter.kind {
        ExprKind::And(terms) => terms,
        _ => vec![filter],
    };
    let terms = terms.into_iter().map(|term| match invokes_for_row(&term) {
        true => when(visible.clone(), term),
        false => term,
    });
    let terms: Vec<Expr> = terms.collect();
    Expr::all(std::iter::once(visible).chain(terms))
}

fn invokes_for_row(expr: &Expr) -> bool {
    expr.any_part(&mut |part| match &part.kind {
        ExprKind::Invoke(invocation) => invocation.arguments.iter().any(Expr::depends_on_rows),
        // A routine that the database runs by itself may raise and write as well.
        ExprKind::Call { arguments, .. } => arguments.iter().any(Expr::depends_on_rows),
        _ => false,
    })
}

/// Returns `value`, which is evaluated where `condition` is true alone.
fn when(condition: Expr, value: Expr) -> Expr {
    Expr {
        kind: ExprKind::Case(Box::new(Case {
            branches: vec![(condition, value)],
            otherwise: None,
        })),
        ty: Type::Bool,
    }
}

/// Replaces columns of aliases that were flattened by the fields that they are.
pub(super) struct Fields<'f>(pub(super) &'f [Flattened]);

impl Rewrite for Fields<'_> {
    fn expr(&mut self, expr: Expr) -> Expr {
        let ExprKind::Column { relation, name } = &expr.kind else {
            return expr;
        };
        let field = self
            .0
            .iter()
            .find(|flattened| flattened.alias == *relation)
            .and_then(|flattened| {
                let (_, field) = flattened.names.iter().find(|(known, _)| known == name)?;
                Some((flattened, field))
            });
        match field {
            Some((flattened, field)) => {
                plpgsql::field_of_row(&flattened.rows, relation, field, &expr.ty)
            }
            None => expr,
        }
    }
}
