//! [`lineage`]: which columns of which tables a view shows, when its query holds what the grammar cannot read.
//!
//! The text is PostgreSQL's own, in which every name is qualified, so that names alone tell it. What is not a column of an item of
//! `from` is computed.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Name, QualifiedName};
use underpin_sql::grammar::{self, Resolver};
use underpin_sql::tree::{Expr, From, Output, Select, Simple};
use underpin_sql::types::Type;

use super::names::Names;
use super::view::{sole, types};
use crate::catalog::View;

/// Returns a query that shows what `view` shows unchanged of tables and views; its other columns are null.
pub(super) fn lineage(view: &View, names: &Names<'_>) -> Select {
    let computed = || {
        let columns = view.columns.iter();
        Select::simple(Simple {
            outputs: columns.map(|(name, ty)| null(name, ty)).collect(),
            ..Simple::default()
        })
    };
    let Ok(ast::Stmt::Select(select)) = sole(view) else {
        return computed();
    };
    let mut items = Vec::new();
    if let Some(clause) = select.from_clause() {
        tables(clause.syntax(), names, &mut items);
    }
    let targets: Vec<ast::Target> = select
        .select_clause()
        .and_then(|clause| clause.target_list())
        .into_iter()
        .flat_map(|list| list.targets())
        .collect();
    // A star that PostgreSQL left in place would shift the columns.
    if targets.len() != view.columns.len() || select.with_clause().is_some() {
        return computed();
    }
    let outputs = view.columns.iter().zip(types(view)).zip(&targets);
    Select::simple(Simple {
        outputs: outputs
            .map(|(((name, _), ty), target)| {
                let shown = target.expr().and_then(|expr| column(&expr, &items));
                match shown {
                    Some((alias, column)) => Output {
                        name: name.clone(),
                        expr: Expr::column(&alias, &column, ty.clone()),
                    },
                    None => null(name, ty),
                }
            })
            .collect(),
        from: items
            .into_iter()
            .map(|item| match item.is_view {
                true => From::View {
                    view: item.name,
                    alias: item.alias,
                },
                false => From::Table {
                    table: item.name,
                    alias: item.alias,
                },
            })
            .collect(),
        ..Simple::default()
    })
}

fn null(name: &Name, ty: &Type) -> Output {
    Output {
        name: name.clone(),
        expr: Expr::null(ty.clone()),
    }
}

/// A table or view that a query reads.
struct Item {
    name: QualifiedName,
    alias: Name,
    is_view: bool,
    columns: Vec<Name>,
}

/// Adds the tables and views within `node`, but for those of the queries in it.
fn tables(node: &SyntaxNode, names: &Names<'_>, items: &mut Vec<Item>) {
    for child in node.children() {
        if ast::SelectVariant::can_cast(child.kind()) {
            continue;
        }
        match ast::RelationFromItem::cast(child.clone()) {
            Some(item) => items.extend(table(&item, names)),
            None => tables(&child, names, items),
        }
    }
}

fn table(item: &ast::RelationFromItem, names: &Names<'_>) -> Option<Item> {
    let path = grammar::path_ref(item.path_ref().as_ref()).ok()?;
    let relation = names.relation(path.schema.as_deref(), &path.name)?;
    let alias = item.alias();
    let renamed = alias.as_ref().is_some_and(|it| it.columns().is_some());
    let alias = alias.and_then(|alias| alias.name());
    Some(Item {
        alias: match alias {
            Some(alias) => grammar::name(Some(&alias)).ok()?,
            None => path.name,
        },
        name: relation.name,
        is_view: relation.is_view,
        // Columns that have other names here are passed over.
        columns: match renamed {
            true => Vec::new(),
            false => relation.columns.into_iter().map(|(name, _)| name).collect(),
        },
    })
}

/// Returns alias and name of the column that an expression is.
fn column(expr: &ast::Expr, items: &[Item]) -> Option<(Name, Name)> {
    match expr {
        ast::Expr::ParenExpr(paren) => column(&paren.expr()?, items),
        ast::Expr::FieldExpr(field) => {
            let ast::Expr::NameRef(relation) = field.base()? else {
                return None;
            };
            let relation = grammar::name(Some(&relation)).ok()?;
            let name = grammar::name(field.field().as_ref()).ok()?;
            let item = items.iter().find(|item| item.alias == relation)?;
            item.columns.contains(&name).then_some((relation, name))
        }
        ast::Expr::NameRef(name) => {
            let name = grammar::name(Some(name)).ok()?;
            let mut having = items.iter().filter(|item| item.columns.contains(&name));
            match (having.next(), having.next()) {
                (Some(item), None) => Some((item.alias.clone(), name)),
                _ => None,
            }
        }
        _ => None,
    }
}
