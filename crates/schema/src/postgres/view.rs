//! Views and materialized views.

use std::collections::BTreeMap;

use squawk_syntax::ast;
use underpin_base::{Name, Result};
use underpin_sql::grammar::{self, Scope};
use underpin_sql::tree::{Select, Simple, Statement};
use underpin_sql::types::Type;

use super::acl::grants;
use super::document::RelationRow;
use super::lineage::lineage;
use super::names::Names;
use super::table::{Rows, name_of};
use super::types::Types;
use crate::catalog::{CheckOption, View};

/// Returns a view; its query is yet to be read.
pub(super) fn view(relation: &RelationRow, rows: &Rows<'_>, types: &Types<'_>) -> View {
    let of_view = rows.of(relation);
    let acls = of_view.iter().filter_map(|row| {
        let acl = row.acl.as_deref()?;
        Some((Name::from(row.name.as_str()), acl))
    });
    let columns = of_view.iter().map(|row| {
        let ty = types.find(row.ty, row.modifier).column.ty;
        (Name::from(row.name.as_str()), ty)
    });
    let comments = of_view.iter().filter_map(|row| {
        let comment = row.comment.clone()?;
        Some((Name::from(row.name.as_str()), comment))
    });
    let text = relation.definition.as_deref().unwrap_or_default();
    View {
        name: name_of(relation),
        columns: columns.collect(),
        select: Select::simple(Simple::default()),
        materialized: relation.kind == "m",
        security_invoker: option(relation, "security_invoker").is_some_and(is_true),
        check_option: match option(relation, "check_option") {
            Some("local") => Some(CheckOption::Local),
            Some("cascaded") => Some(CheckOption::Cascaded),
            _ => None,
        },
        grants: grants(relation.acl.as_deref(), &relation.owner, acls),
        comment: relation.comment.clone(),
        column_comments: comments.collect::<BTreeMap<_, _>>(),
        text: text.trim().trim_end_matches(';').to_owned(),
    }
}

/// Returns the value of a storage parameter.
fn option<'a>(relation: &'a RelationRow, name: &str) -> Option<&'a str> {
    let options = relation.options.as_deref().unwrap_or_default();
    options
        .iter()
        .filter_map(|option| option.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// PostgreSQL keeps a boolean parameter as it was written.
fn is_true(value: &str) -> bool {
    matches!(
        value.to_ascii_lowercase().as_str(),
        "true" | "on" | "yes" | "1" | "t" | "y"
    )
}

/// Returns the query of a view: as the grammar reads it, or else no more than which columns of which tables it shows.
pub(super) fn query(view: &View, names: &Names<'_>) -> Select {
    match whole(view, names) {
        Ok(select) => select,
        Err(_unknown) => lineage(view, names),
    }
}

fn whole(view: &View, names: &Names<'_>) -> Result<Select> {
    let statement = sole(view)?;
    let unreadable = || underpin_base::Error::internal("a view's query is none");
    let Statement::Select(select) = grammar::statement(&statement, &Scope::default(), names)?
    else {
        return Err(unreadable());
    };
    if select.columns().len() == view.columns.len() {
        Ok(*select)
    } else {
        Err(unreadable())
    }
}

/// Returns the one statement of a view's text.
pub(super) fn sole(view: &View) -> Result<ast::Stmt> {
    let mut statements = grammar::parse(&view.text)?;
    match (statements.pop(), statements.pop()) {
        (Some(parsed), None) => Ok(parsed.statement),
        _ => Err(underpin_base::Error::internal("a view has one query")),
    }
}

/// Returns the types of a view's columns.
pub(super) fn types(view: &View) -> impl Iterator<Item = &Type> {
    view.columns.iter().map(|(_, ty)| ty)
}
