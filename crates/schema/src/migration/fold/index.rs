//! `create index`, `alter index`.

use std::sync::Arc;

use squawk_syntax::ast;
use underpin_base::{Code, Error, Name, QualifiedName, Result};
use underpin_sql::grammar;
use underpin_sql::tree::ExprKind;

use super::Fold;
use super::column::refuse_volatile;
use super::lookup::path_of;
use super::read::{missing, text_of};
use crate::catalog::{Index, IndexKey, Table};
use crate::migration::Operation;

/// The methods that answer what SQLite's only kind of index answers; the others become nothing in SQLite.
const ORDERED_METHODS: [&str; 2] = ["btree", "hash"];

/// The methods that are known; an extension's method that is not is an error.
const METHODS: [&str; 8] = [
    "btree", "hash", "gin", "gist", "spgist", "brin", "ivfflat", "hnsw",
];

impl Fold {
    /// Folds `create index`.
    pub(super) fn create_index(&mut self, node: &ast::CreateIndex) -> Result<()> {
        let target = node
            .table_relation_name()
            .and_then(|name| name.table_name_ref());
        let table = self.indexed_table(target.as_ref())?;
        let given = match node.index() {
            Some(index) => Some(grammar::path(index.path().as_ref())?.name),
            None => None,
        };
        if let Some(given) = &given {
            let name = QualifiedName::new(table.name.schema.clone(), given.clone());
            if self.exists_already(&name, node.if_not_exists().is_some())? {
                return Ok(());
            }
        }
        let method = match node.using_method().and_then(|it| it.access_method_ref()) {
            Some(method) => grammar::name(Some(&method))?,
            None => Name::from("btree"),
        };
        if !METHODS.contains(&&*method) {
            return Err(Error::new(
                Code::UNDEFINED_OBJECT,
                format!("access method \"{method}\" does not exist"),
            ));
        }
        let ordered = ORDERED_METHODS.contains(&&*method);
        let (keys, names) = self.index_keys(&table, node, ordered)?;
        let filter = match node.where_clause() {
            Some(clause) => match self.condition(&table, clause.expr().as_ref(), "WHERE") {
                Ok(filter) => Some(filter),
                Err(_) if !ordered => None,
                Err(error) => return Err(error),
            },
            None => None,
        };
        if ordered && let Some(filter) = &filter {
            refuse_volatile(
                &filter.expr,
                "functions in index predicate must be marked IMMUTABLE",
            )?;
        }
        let index = Index {
            name: given.unwrap_or_else(|| self.free_name(&table, &unique(names), "idx")),
            unique: node.unique_token().is_some(),
            nulls_not_distinct: matches!(
                node.nulls_distinct_option(),
                Some(ast::NullsDistinctOption::NullsNotDistinct(_))
            ),
            method,
            keys,
            filter,
            exclusion: Vec::new(),
        };
        if !ordered && index.vector().is_none() {
            self.note(format!(
                "index \"{}\" has no counterpart in SQLite; queries give the same rows without it",
                index.name
            ));
        }
        let mut after = Table::clone(&table);
        after.indexes.push(index.clone());
        let table = self.set_table(after);
        self.push(Operation::CreateIndex {
            table,
            index: Box::new(index),
        });
        Ok(())
    }

    /// Returns the table that an index is made on.
    fn indexed_table(&self, target: Option<&ast::TableNameRef>) -> Result<Arc<Table>> {
        let path = path_of(target)?;
        if self.view_name(&path).is_some() {
            return Err(Error::new(
                Code::WRONG_OBJECT_TYPE,
                format!("cannot create index on relation \"{}\"", path.name),
            )
            .details("This operation is not supported for views."));
        }
        self.own_table(target)
    }

    /// Reads the keys of an index, and what they add to its chosen name.
    fn index_keys(
        &self,
        table: &Table,
        node: &ast::CreateIndex,
        ordered: bool,
    ) -> Result<(Vec<IndexKey>, Vec<Name>)> {
        let items = node.partition_item_list().ok_or_else(missing)?;
        let mut keys = Vec::new();
        let mut names = Vec::new();
        for item in items.partition_items() {
            let descending = matches!(item.sort_order(), Some(ast::SortOrder::SortDesc(_)));
            match self.index_key(table, item.expr().as_ref(), descending) {
                Ok(key) => {
                    names.extend(name_columns(std::slice::from_ref(&key)));
                    keys.push(key);
                }
                // The index becomes nothing, so that what it is about need not be understood.
                Err(_) if !ordered => names.push(Name::from("expr")),
                Err(error) => return Err(error),
            }
        }
        Ok((keys, names))
    }

    /// Reads the column or expression of a key.
    pub(super) fn index_key(
        &self,
        table: &Table,
        node: Option<&ast::Expr>,
        descending: bool,
    ) -> Result<IndexKey> {
        let mut expression = self.row_expression(table, node)?;
        if let ExprKind::Column { name, .. } = &expression.expr.kind {
            return Ok(IndexKey {
                column: Some(name.clone()),
                descending,
                expression,
            });
        }
        if let Some(ast::Expr::ParenExpr(paren)) = node {
            expression.text = text_of(paren);
        }
        refuse_volatile(
            &expression.expr,
            "functions in index expression must be marked IMMUTABLE",
        )?;
        Ok(IndexKey {
            column: None,
            descending,
            expression,
        })
    }

    /// Folds `alter index`: renamed, or options that mean nothing here.
    pub(super) fn alter_index(&mut self, node: &ast::AlterIndex) -> Result<()> {
        let Some(ast::AlterIndexAction::IndexRenameTo(rename)) = node.action() else {
            self.push(Operation::CatalogOnly);
            return Ok(());
        };
        let path = path_of(node.index_ref().as_ref())?;
        let Some((table, position)) = self.index(&path) else {
            return self.absent("relation", &path, node.if_exists().is_some());
        };
        let to = grammar::path(rename.index().and_then(|index| index.path()).as_ref())?.name;
        self.free_relation(&QualifiedName::new(table.name.schema.clone(), to.clone()))?;
        let mut after = Table::clone(&table);
        let Some(index) = after.indexes.get_mut(position) else {
            return Ok(());
        };
        let before = index.clone();
        index.name = to;
        let index = index.clone();
        let after: Arc<Table> = self.set_table(after);
        self.push(Operation::DropIndex {
            table,
            index: Box::new(before),
        });
        self.push(Operation::CreateIndex {
            table: after,
            index: Box::new(index),
        });
        Ok(())
    }
}

/// Returns what the keys add to a chosen name: columns, the function of a call, or `expr`.
pub(super) fn name_columns(keys: &[IndexKey]) -> Vec<Name> {
    keys.iter()
        .map(|key| match (&key.column, &key.expression.expr.kind) {
            (Some(column), _) => column.clone(),
            (None, ExprKind::Function(function, _)) => Name::from(function.definition().name),
            (None, ExprKind::Coalesce(_)) => Name::from("coalesce"),
            (None, _) => Name::from("expr"),
        })
        .collect()
}

/// Numbers the names that occur twice.
pub(super) fn unique(names: Vec<Name>) -> Vec<Name> {
    let mut found: Vec<Name> = Vec::new();
    for name in names {
        let mut count = 0;
        let mut candidate = name.clone();
        while found.contains(&candidate) {
            count += 1;
            candidate = Name::from(format!("{name}{count}"));
        }
        found.push(candidate);
    }
    found
}
