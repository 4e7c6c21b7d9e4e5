//! [`rows_first`]: the rows of a query, read before it invokes what may write.
//!
//! A query of PostgreSQL sees the rows as they were when it began, whatever the functions write that it calls. SQLite reads on while they
//! write, and would come to rows that they have made or moved.

use underpin_base::Name;
use underpin_sql::tree::{
    Body, Cte, Expr, ExprKind, From, Output, Rewrite, Select, Simple, Statement,
};
use underpin_sql::types::Type;

/// The name of the rows that are read first; no table, alias or `with` item can have it.
const ROWS: &str = "underpin:rows";

/// Returns `select` with its rows read before anything is invoked for one of them, when what is invoked may write.
pub fn rows_first(mut select: Select) -> Select {
    let order_by: Vec<Expr> = select.order_by.iter().map(|it| it.expr.clone()).collect();
    let Body::Simple(simple) = &mut select.body else {
        return select;
    };
    let outputs = simple.outputs.iter().map(|output| &output.expr);
    let parts = outputs
        .chain(&simple.filter)
        .chain(&simple.group_by)
        .chain(&simple.having)
        .chain(&order_by);
    if simple.from.is_empty() || !parts.into_iter().any(may_write) {
        return select;
    }
    let from = std::mem::take(&mut simple.from);
    let terms = match simple.filter.take().map(|filter| filter.kind) {
        Some(ExprKind::And(terms)) => terms,
        Some(kind) => vec![Expr {
            kind,
            ty: Type::Bool,
        }],
        None => Vec::new(),
    };
    let (invoking, first): (Vec<Expr>, Vec<Expr>) = terms.into_iter().partition(may_write);
    simple.filter = (!invoking.is_empty()).then(|| Expr::all(invoking));
    let mut lifting = Lifting {
        aliases: from.iter().flat_map(From::aliases).collect(),
        outputs: Vec::new(),
    };
    let with = std::mem::take(&mut select.with);
    let mut select = select.rewrite(&mut lifting);
    select.with = with;
    if let Body::Simple(simple) = &mut select.body {
        simple.from = vec![From::Cte {
            name: Name::from(ROWS),
            alias: Name::from(ROWS),
        }];
    }
    select.with.push(rows(from, first, lifting.outputs));
    select
}

/// Returns the `with` item of the rows.
fn rows(from: Vec<From>, filter: Vec<Expr>, mut outputs: Vec<Output>) -> Cte {
    if outputs.is_empty() {
        outputs.push(Output {
            name: Name::from("one"),
            expr: Expr::bool(true),
        });
    }
    let select = Select::simple(Simple {
        outputs,
        from,
        filter: (!filter.is_empty()).then(|| Expr::all(filter)),
        ..Simple::default()
    });
    Cte {
        name: Name::from(ROWS),
        columns: select.columns(),
        recursive: false,
        materialized: Some(true),
        statement: Statement::Select(Box::new(select)),
    }
}

fn may_write(expr: &Expr) -> bool {
    expr.asks_elsewhere()
        && expr.any_part(
            &mut |part| matches!(&part.kind, ExprKind::Invoke(invocation) if !invocation.stable),
        )
}

/// Replaces what is read of `aliases` by columns of the rows.
struct Lifting {
    aliases: Vec<Name>,
    /// The columns of the rows.
    outputs: Vec<Output>,
}

impl Rewrite for Lifting {
    fn expr(&mut self, expr: Expr) -> Expr {
        let (ExprKind::Column { relation, .. } | ExprKind::RowId(relation)) = &expr.kind else {
            return expr;
        };
        if !self.aliases.contains(relation) {
            return expr;
        }
        let known = self.outputs.iter().position(|output| output.expr == expr);
        let place = known.unwrap_or(self.outputs.len());
        let name = Name::from(format!("column{place}"));
        let column = Expr::column(&Name::from(ROWS), &name, expr.ty.clone());
        if known.is_none() {
            self.outputs.push(Output { name, expr });
        }
        column
    }
}
