//! Copies of stored expressions and queries: each copy gets aliases of its own, so that one statement can hold many.

use underpin_base::Name;
use underpin_sql::tree::{Expr, ExprKind, From, Rewrite, Select};

/// Renames every alias of a stored tree: those of `rows` as they say, all others by a suffix.
struct Renaming<'a> {
    rows: &'a [(&'a str, &'a Name)],
    suffix: usize,
    parameters: &'a [Expr],
}

impl Renaming<'_> {
    fn rename(&self, alias: &Name) -> Name {
        match self.rows.iter().find(|(stored, _)| **alias == **stored) {
            Some((_, row)) => (*row).clone(),
            None => Name::from(format!("{alias}#{}", self.suffix)),
        }
    }
}

impl Rewrite for Renaming<'_> {
    fn expr(&mut self, expr: Expr) -> Expr {
        match expr.kind {
            ExprKind::Column { relation, name } => Expr {
                kind: ExprKind::Column {
                    relation: self.rename(&relation),
                    name,
                },
                ..expr
            },
            ExprKind::RowId(relation) => Expr {
                kind: ExprKind::RowId(self.rename(&relation)),
                ..expr
            },
            // An argument's columns belong to the caller, so it is put in as it is.
            ExprKind::Parameter(index) => match self.parameters.get(index) {
                Some(Expr {
                    kind: kind @ ExprKind::Parameter(_),
                    ..
                }) => Expr {
                    kind: kind.clone(),
                    ..expr
                },
                Some(argument) => argument.clone(),
                None => expr,
            },
            // A field of a row that was put in for a parameter is the row's column itself.
            ExprKind::Field(operand, name) => match operand.kind {
                ExprKind::Object(mut members) => {
                    match members.iter().position(|(member, _)| *member == name) {
                        Some(index) => members.swap_remove(index).1,
                        None => Expr {
                            kind: ExprKind::Field(
                                Box::new(Expr {
                                    kind: ExprKind::Object(members),
                                    ty: operand.ty,
                                }),
                                name,
                            ),
                            ty: expr.ty,
                        },
                    }
                }
                kind => Expr {
                    kind: ExprKind::Field(
                        Box::new(Expr {
                            kind,
                            ty: operand.ty,
                        }),
                        name,
                    ),
                    ty: expr.ty,
                },
            },
            _ => expr,
        }
    }

    fn from(&mut self, mut from: From) -> From {
        match &mut from {
            From::Table { alias, .. }
            | From::View { alias, .. }
            | From::Subquery { alias, .. }
            | From::Function { alias, .. }
            | From::Call { alias, .. }
            | From::Affected { alias, .. } => *alias = self.rename(alias),
            From::Cte { name, alias } => {
                *name = self.rename(name);
                *alias = self.rename(alias);
            }
            From::Join(_) => {}
        }
        from
    }

    fn cte_name(&mut self, name: Name) -> Name {
        self.rename(&name)
    }
}

/// Returns a copy of `expr`, whose row has the alias `stored_row`, for a row of alias `row`.
///
/// `suffix` must be new within the statement.
pub(super) fn expression(expr: &Expr, stored_row: &str, row: &Name, suffix: usize) -> Expr {
    let mut renaming = Renaming {
        rows: &[(stored_row, row)],
        suffix,
        parameters: &[],
    };
    expr.clone().rewrite(&mut renaming)
}

/// Returns a copy of an expression of a routine's statement, with `parameters` in the place of its parameters; the rows that it speaks of are
/// renamed as `rows` says.
pub(super) fn part(
    expr: &Expr,
    rows: &[(&str, &Name)],
    parameters: &[Expr],
    suffix: usize,
) -> Expr {
    let mut renaming = Renaming {
        rows,
        suffix,
        parameters,
    };
    expr.clone().rewrite(&mut renaming)
}

/// Returns a copy of a stored query, with `parameters` in the place of its parameters.
pub(super) fn select(select: &Select, parameters: &[Expr], suffix: usize) -> Select {
    select_about(select, &[], parameters, suffix)
}

/// Returns a copy of a stored query that speaks of the rows `rows`, which are renamed.
pub(super) fn select_about(
    select: &Select,
    rows: &[(&str, &Name)],
    parameters: &[Expr],
    suffix: usize,
) -> Select {
    let mut renaming = Renaming {
        rows,
        suffix,
        parameters,
    };
    select.clone().rewrite(&mut renaming)
}

/// Renames one alias alone.
struct Row<'a> {
    from: &'a Name,
    to: &'a Name,
}

impl Rewrite for Row<'_> {
    fn expr(&mut self, expr: Expr) -> Expr {
        match &expr.kind {
            ExprKind::Column { relation, name } if relation == self.from => {
                Expr::column(self.to, name, expr.ty)
            }
            ExprKind::RowId(relation) if relation == self.from => Expr {
                kind: ExprKind::RowId(self.to.clone()),
                ..expr
            },
            _ => expr,
        }
    }
}

/// Returns `expr` with the alias `from` of its row replaced by `to`.
pub(super) fn rename_row(expr: Expr, from: &Name, to: &Name) -> Expr {
    expr.rewrite(&mut Row { from, to })
}
