//! Which output columns of a view are columns of a table, unchanged.

use underpin_base::{Name, QualifiedName};
use underpin_sql::tree::{Body, ExprKind, From, Select};

use super::Catalog;

/// How deep views and subqueries within a view are followed; deeper columns count as computed.
const DEPTH_MAX: usize = 32;

/// An output column of a view that is a column of a table, unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// The view's name for it.
    pub name: Name,
    /// The table.
    pub table: QualifiedName,
    /// Which of the times that the view reads the table: the aliases that lead to it.
    pub instance: String,
    /// The table's name for it.
    pub column: Name,
}

/// Returns the columns of the view `view` that are columns of tables.
pub(super) fn shown_columns(catalog: &Catalog, view: &QualifiedName) -> Vec<Shown> {
    match catalog.views.get(view) {
        Some(view) => rename(
            of_select(catalog, &view.select, DEPTH_MAX),
            view.columns.iter().map(|(name, _)| name),
        ),
        None => Vec::new(),
    }
}

/// What an output of a query shows; nothing when it is computed.
type Source = Option<Shown>;

fn rename<'a>(shown: Vec<Source>, names: impl Iterator<Item = &'a Name>) -> Vec<Shown> {
    shown
        .into_iter()
        .zip(names)
        .filter_map(|(shown, name)| {
            shown.map(|shown| Shown {
                name: name.clone(),
                ..shown
            })
        })
        .collect()
}

fn of_select(catalog: &Catalog, select: &Select, depth: usize) -> Vec<Source> {
    let Body::Simple(simple) = &select.body else {
        return Vec::new();
    };
    if depth == 0 {
        return Vec::new();
    }
    simple
        .outputs
        .iter()
        .map(|output| {
            let ExprKind::Column { relation, name } = &output.expr.kind else {
                return None;
            };
            let mut shown = simple
                .from
                .iter()
                .find_map(|from| of_from(catalog, select, from, relation, name, depth - 1))?;
            shown.name = output.name.clone();
            Some(shown)
        })
        .collect()
}

fn of_from(
    catalog: &Catalog,
    select: &Select,
    from: &From,
    relation: &Name,
    column: &Name,
    depth: usize,
) -> Source {
    let inner = |columns: Vec<Shown>| {
        columns
            .into_iter()
            .find(|shown| shown.name == *column)
            .map(|shown| Shown {
                instance: format!("{relation}.{}", shown.instance),
                ..shown
            })
    };
    let query = |select: &Select| {
        inner(
            of_select(catalog, select, depth)
                .into_iter()
                .flatten()
                .collect(),
        )
    };
    match from {
        From::Table { table, alias } if alias == relation => Some(Shown {
            name: column.clone(),
            table: table.clone(),
            instance: alias.to_string(),
            column: column.clone(),
        }),
        From::View { view, alias } if alias == relation => {
            let view = catalog.views.get(view)?;
            inner(rename(
                of_select(catalog, &view.select, depth),
                view.columns.iter().map(|(name, _)| name),
            ))
        }
        From::Subquery { select, alias, .. } if alias == relation => query(select),
        From::Cte { name, alias } if alias == relation => {
            let cte = select.with.iter().find(|cte| cte.name == *name)?;
            match &cte.statement {
                underpin_sql::tree::Statement::Select(query_of_cte) if !cte.recursive => {
                    inner(rename(
                        of_select(catalog, query_of_cte, depth),
                        cte.columns.iter().map(|(name, _)| name),
                    ))
                }
                _ => None,
            }
        }
        From::Join(join) => of_from(catalog, select, &join.left, relation, column, depth)
            .or_else(|| of_from(catalog, select, &join.right, relation, column, depth)),
        _ => None,
    }
}
