//! `like … including …` in `create table`.

use std::sync::Arc;

use squawk_syntax::ast;
use underpin_base::{Code, Error, Name, Result};

use super::Fold;
use super::lookup::path_of;
use super::rename::with_alias;
use crate::catalog::{Check, Expression, Generated, Index, IndexKey, Key, Table};

/// What one `like` clause copies.
pub(super) struct Like {
    source: Arc<Table>,
    constraints: bool,
    indexes: bool,
}

/// The properties that `including` can name.
#[derive(Default)]
struct Included {
    comments: bool,
    constraints: bool,
    defaults: bool,
    generated: bool,
    identity: bool,
    indexes: bool,
}

impl Fold {
    /// Copies the columns of a `like` clause; their keys follow when all columns are there.
    pub(super) fn like_columns(
        &mut self,
        table: &mut Table,
        node: &ast::LikeClause,
    ) -> Result<Like> {
        let source = self.table_of(&path_of(node.relation_name_ref().as_ref())?)?;
        let included = included(node);
        for column in &source.columns {
            if table.column(&column.name).is_some() {
                return Err(Error::new(
                    Code::DUPLICATE_COLUMN,
                    format!("column \"{}\" specified more than once", column.name),
                ));
            }
            let mut column = column.clone();
            if !included.comments {
                column.comment = None;
            }
            if !included.defaults {
                column.default = None;
            }
            column.generated = match column.generated {
                Some(Generated::Stored(expression)) if included.generated => {
                    Some(Generated::Stored(moved(&expression, &source, table)))
                }
                Some(identity @ (Generated::IdentityAlways | Generated::IdentityByDefault))
                    if included.identity =>
                {
                    column.default = None;
                    Some(identity)
                }
                _ => None,
            };
            table.columns.push(column);
        }
        Ok(Like {
            source,
            constraints: included.constraints,
            indexes: included.indexes,
        })
    }

    /// Copies the checks, keys and indexes of a `like` clause. Checks keep their names, the others get new ones.
    pub(super) fn like_keys(&self, table: &mut Table, like: &Like) -> Result<()> {
        let source = &like.source;
        if like.constraints {
            for check in source.checks.iter().filter(|check| check.domain.is_none()) {
                let check = Check {
                    expression: moved(&check.expression, source, table),
                    ..check.clone()
                };
                table.checks.push(check);
            }
        }
        if !like.indexes {
            return Ok(());
        }
        if let Some(key) = &source.primary_key {
            let name = self.free_name(table, &[], "pkey");
            super::constraint::set_primary_key(
                table,
                Key {
                    name,
                    ..key.clone()
                },
            )?;
        }
        for key in &source.uniques {
            let name = self.free_name(table, &key.columns, "key");
            table.uniques.push(Key {
                name,
                ..key.clone()
            });
        }
        for index in &source.indexes {
            let columns: Vec<Name> = super::index::name_columns(&index.keys);
            let label = if index.exclusion.is_empty() {
                "idx"
            } else {
                "excl"
            };
            let index = Index {
                name: self.free_name(table, &columns, label),
                keys: index
                    .keys
                    .iter()
                    .map(|key| IndexKey {
                        expression: moved(&key.expression, source, table),
                        ..key.clone()
                    })
                    .collect(),
                filter: index
                    .filter
                    .as_ref()
                    .map(|filter| moved(filter, source, table)),
                ..index.clone()
            };
            table.indexes.push(index);
        }
        Ok(())
    }
}

/// Returns an expression over the row of `from` as one over the row of `to`.
fn moved(expression: &Expression, from: &Table, to: &Table) -> Expression {
    Expression {
        text: expression.text.clone(),
        expr: with_alias(expression.expr.clone(), &from.name.name, &to.name.name),
    }
}

fn included(node: &ast::LikeClause) -> Included {
    let mut included = Included::default();
    for option in node.like_options() {
        let (property, value) = match option {
            ast::LikeOption::IncludingProperty(it) => (it.table_property(), true),
            ast::LikeOption::ExcludingProperty(it) => (it.table_property(), false),
        };
        match property {
            Some(ast::TableProperty::PropertyAll(_)) => {
                included = Included {
                    comments: value,
                    constraints: value,
                    defaults: value,
                    generated: value,
                    identity: value,
                    indexes: value,
                };
            }
            Some(ast::TableProperty::PropertyComments(_)) => included.comments = value,
            Some(ast::TableProperty::PropertyConstraints(_)) => included.constraints = value,
            Some(ast::TableProperty::PropertyDefaults(_)) => included.defaults = value,
            Some(ast::TableProperty::PropertyGenerated(_)) => included.generated = value,
            Some(ast::TableProperty::PropertyIdentity(_)) => included.identity = value,
            Some(ast::TableProperty::PropertyIndexes(_)) => included.indexes = value,
            Some(
                ast::TableProperty::PropertyCompression(_)
                | ast::TableProperty::PropertyStatistics(_)
                | ast::TableProperty::PropertyStorage(_),
            )
            | None => {}
        }
    }
    included
}
