//! [`Wanted`]: which rows of which tables a statement may look at, as far as its text tells.

use underpin_base::{Name, QualifiedName};
use underpin_sql::functions::Operator;
use underpin_sql::tree::{
    Body, Cte, Distinct, Expr, ExprKind, From, JoinKind, Rewrite, Select, Simple, Source, Statement,
};

/// Rows of a table under one alias.
#[derive(Clone, Debug)]
pub(in crate::sqlite) struct Wanted {
    pub(super) table: QualifiedName,
    pub(super) alias: Name,
    /// What must be true of the rows and speaks of no other relation.
    pub(super) conditions: Vec<Expr>,
    /// Columns that must equal those of another relation: the column, the relation, its column.
    pub(super) equal: Vec<(Expr, Name, Name)>,
    /// They are to be changed.
    pub(super) changed: bool,
}

/// Returns what `statement` wants.
pub(in crate::sqlite) fn of_statement(statement: &Statement) -> Vec<Wanted> {
    let mut search = Search(Vec::new());
    search.statement(statement);
    let _ = statement.clone().rewrite(&mut search);
    search.0
}

/// Returns what `select` wants.
pub(in crate::sqlite) fn of_select(select: &Select) -> Vec<Wanted> {
    let mut search = Search(Vec::new());
    search.select(select, &[]);
    let _ = select.clone().rewrite(&mut search);
    search.0
}

struct Search(Vec<Wanted>);

/// Queries within expressions, wherever these stand; those in `from` and `with` are followed from their level.
impl Rewrite for Search {
    fn expr(&mut self, expr: Expr) -> Expr {
        match &expr.kind {
            ExprKind::Exists(select)
            | ExprKind::Scalar(select)
            | ExprKind::ArraySelect(select)
            | ExprKind::Rows(select)
            | ExprKind::InSelect { select, .. } => self.select(select, &[]),
            _ => {}
        }
        expr
    }
}

impl Search {
    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Select(select) => self.select(select, &[]),
            Statement::Insert(insert) => {
                self.with(&insert.with);
                if let Source::Select(select) = &insert.source {
                    self.select(select, &[]);
                }
            }
            Statement::Update(update) => {
                self.with(&update.with);
                let terms = terms(update.filter.as_ref());
                self.table(&update.table, &update.alias, &terms, true);
                for item in &update.from {
                    self.item(item, &terms);
                }
            }
            Statement::Delete(delete) => {
                self.with(&delete.with);
                let terms = terms(delete.filter.as_ref());
                self.table(&delete.table, &delete.alias, &terms, true);
                for item in &delete.using {
                    self.item(item, &terms);
                }
            }
        }
    }

    fn with(&mut self, with: &[Cte]) {
        for cte in with {
            self.statement(&cte.statement);
        }
    }

    /// Follows a query of which only the rows with `outer`, conditions over its own relations, are wanted.
    fn select(&mut self, select: &Select, outer: &[Expr]) {
        self.with(&select.with);
        match &select.body {
            Body::Simple(simple) => {
                let mut terms = terms(simple.filter.as_ref());
                terms.extend(outer.iter().cloned());
                for item in &simple.from {
                    self.item(item, &terms);
                }
            }
            Body::Values(_) => {}
            Body::Set { operands, .. } => {
                for operand in operands.iter() {
                    self.select(operand, &[]);
                }
            }
        }
    }

    fn item(&mut self, item: &From, terms: &[Expr]) {
        match item {
            From::Table { table, alias } => self.table(table, alias, terms, false),
            From::Subquery { select, alias, .. } => {
                let inner = inner_terms(select, alias, terms);
                self.select(select, &inner);
            }
            From::Join(join) => {
                let on = self::terms(join.on.as_ref());
                // What a join adds as nulls must not be chosen by what comes after it.
                let both: Vec<Expr> = terms.iter().chain(&on).cloned().collect();
                let (left, right) = match join.kind {
                    JoinKind::Inner | JoinKind::Cross => (both.clone(), both),
                    JoinKind::Left => (terms.to_vec(), on),
                    JoinKind::Right => (on, terms.to_vec()),
                    JoinKind::Full => (Vec::new(), Vec::new()),
                };
                self.item(&join.left, &left);
                self.item(&join.right, &right);
            }
            From::View { .. }
            | From::Cte { .. }
            | From::Function { .. }
            | From::Call { .. }
            // Rows that were changed are here.
            | From::Affected { .. } => {}
        }
    }

    fn table(&mut self, table: &QualifiedName, alias: &Name, terms: &[Expr], changed: bool) {
        let mut wanted = Wanted {
            table: table.clone(),
            alias: alias.clone(),
            conditions: Vec::new(),
            equal: Vec::new(),
            changed,
        };
        for term in terms {
            match relations(term) {
                Relations::Rows => return,
                Relations::Of(names) if names.is_empty() || names == [alias.clone()] => {
                    wanted.conditions.push(term.clone());
                }
                Relations::Of(_) => wanted.equal.extend(equal(term, alias)),
                Relations::Unknown => {}
            }
        }
        self.0.push(wanted);
    }
}

/// Returns the conditions on the rows of `select`, which has the alias `alias`, as conditions on what these are made of.
fn inner_terms(select: &Select, alias: &Name, terms: &[Expr]) -> Vec<Expr> {
    let Some(simple) = row_by_row(select) else {
        return Vec::new();
    };
    let of_select =
        |term: &&Expr| matches!(relations(term), Relations::Of(names) if names == [alias.clone()]);
    terms
        .iter()
        .filter(of_select)
        .filter_map(|term| {
            let mut known = true;
            let inner = term.clone().map(&mut |part| match &part.kind {
                ExprKind::Column { relation, name } if relation == alias => {
                    match simple.outputs.iter().find(|output| output.name == *name) {
                        Some(output) => output.expr.clone(),
                        None => {
                            known = false;
                            part
                        }
                    }
                }
                _ => part,
            });
            known.then_some(inner)
        })
        .collect()
}

/// Returns the body of a query each row of which is made of one row of its tables.
fn row_by_row(select: &Select) -> Option<&Simple> {
    let Body::Simple(simple) = &select.body else {
        return None;
    };
    let plain = select.limit.is_none()
        && select.offset.is_none()
        && matches!(simple.distinct, Distinct::No | Distinct::Rows)
        && simple.group_by.is_empty()
        && simple.having.is_none()
        && !simple.outputs.iter().any(|output| {
            output.expr.any_part(&mut |part| {
                matches!(
                    part.kind,
                    ExprKind::Aggregate { .. } | ExprKind::Window(_)
                ) || matches!(&part.kind, ExprKind::Function(function, _) if function.definition().set)
            })
        });
    plain.then_some(&**simple)
}

/// Which relations an expression speaks of.
enum Relations {
    /// Of these.
    Of(Vec<Name>),
    /// Of rows by their identity: these are known already.
    Rows,
    /// It contains a query.
    Unknown,
}

fn relations(expr: &Expr) -> Relations {
    let mut names = Vec::new();
    let mut rows = false;
    let mut queries = false;
    expr.any_part(&mut |part| {
        match &part.kind {
            ExprKind::Column { relation, .. } if !names.contains(relation) => {
                names.push(relation.clone());
            }
            ExprKind::RowId(_) => rows = true,
            ExprKind::Exists(_)
            | ExprKind::Scalar(_)
            | ExprKind::ArraySelect(_)
            | ExprKind::Rows(_)
            | ExprKind::InSelect { .. } => queries = true,
            _ => {}
        }
        false
    });
    match (rows, queries) {
        (_, true) => Relations::Unknown,
        (true, false) => Relations::Rows,
        (false, false) => Relations::Of(names),
    }
}

/// Reads `alias.column = other.column`.
fn equal(term: &Expr, alias: &Name) -> Option<(Expr, Name, Name)> {
    let ExprKind::Operator(Operator::Equal, operands) = &term.kind else {
        return None;
    };
    let [left, right] = &**operands;
    for (own, other) in [(left, right), (right, left)] {
        if let (ExprKind::Column { relation: a, .. }, ExprKind::Column { relation: b, name }) =
            (&own.kind, &other.kind)
            && a == alias
            && b != alias
            && own.ty == other.ty
        {
            return Some((own.clone(), b.clone(), name.clone()));
        }
    }
    None
}

/// Returns the terms of a conjunction.
fn terms(condition: Option<&Expr>) -> Vec<Expr> {
    match condition.map(|it| &it.kind) {
        None => Vec::new(),
        Some(ExprKind::And(terms)) => terms.clone(),
        Some(_) => condition.cloned().into_iter().collect(),
    }
}
