//! `create table` and `create table … as`.

use squawk_syntax::ast::{self, AstNode, HasCreateTable};
use underpin_base::{Code, Error, Name, QualifiedName, Result};
use underpin_sql::grammar::{self, Scope};
use underpin_sql::tree::{Insert, Source, Statement};
use underpin_sql::types::Type;

use super::constraint::Written;
use super::file_name::refuse_column_names;
use super::read::missing;
use super::{Fold, refused};
use crate::catalog::{Column, Grants, Table};
use crate::migration::Operation;

impl Fold {
    /// Folds `create table`.
    pub(super) fn create_table(&mut self, node: &ast::CreateTable) -> Result<()> {
        refuse_kinds(node)?;
        let path = node.table_name().and_then(|name| name.path());
        let name = self.new_name(&grammar::path(path.as_ref())?)?;
        if self.exists_already(&name, node.if_not_exists().is_some())? {
            return Ok(());
        }
        self.refuse_table_name(&name)?;
        let mut table = self.empty_table(name);
        let mut written = Vec::new();
        let mut stored = Vec::new();
        let mut start = None;
        let mut likes = Vec::new();
        let args = node.table_arg_list().ok_or_else(missing)?;
        for arg in args.args() {
            match arg {
                ast::TableArg::Column(column) => {
                    let column_name = grammar::name(column.name().as_ref())?;
                    let constraints: Vec<ast::Constraint> = constraints_of(&column).collect();
                    let new = self.column(
                        &table,
                        column_name.clone(),
                        column.ty().as_ref(),
                        &constraints,
                    )?;
                    start = start.or(new.start);
                    stored.extend(new.stored.map(|node| (column_name.clone(), node)));
                    table.columns.push(new.column);
                    written.extend(constraints.into_iter().map(|node| Written {
                        column: Some(column_name.clone()),
                        node,
                    }));
                }
                ast::TableArg::LikeClause(like) => {
                    likes.push(self.like_columns(&mut table, &like)?);
                }
                ast::TableArg::TableConstraint(constraint) => {
                    let node =
                        ast::Constraint::cast(constraint.syntax().clone()).ok_or_else(missing)?;
                    written.push(Written { column: None, node });
                }
            }
        }
        refuse_column_names(&table)?;
        self.stored_columns(&mut table, &stored)?;
        self.add_constraints(&mut table, &written)?;
        for like in likes {
            self.like_keys(&mut table, &like)?;
        }
        self.add_domain_checks(&mut table);
        let table = self.set_table(table);
        self.push(Operation::CreateTable(table.clone()));
        if let Some(next) = start {
            self.push(Operation::RestartIdentity { table, next });
        }
        Ok(())
    }

    /// Folds `create table … as`: a table of the query's columns, and its rows.
    pub(super) fn create_table_as(&mut self, node: &ast::CreateTableAs) -> Result<()> {
        if matches!(node.persistence(), Some(ast::Persistence::Temp(_))) {
            return Err(no_temporary());
        }
        let path = node.table_name().and_then(|name| name.path());
        let name = self.new_name(&grammar::path(path.as_ref())?)?;
        if self.exists_already(&name, node.if_not_exists().is_some())? {
            return Ok(());
        }
        let query = node
            .query()
            .and_then(|query| query.select_variant())
            .and_then(|query| ast::Stmt::cast(query.syntax().clone()))
            .ok_or_else(missing)?;
        let Statement::Select(select) =
            grammar::statement(&query, &Scope::default(), &self.search())?
        else {
            return Err(missing());
        };
        self.refuse_table_name(&name)?;
        let mut table = self.empty_table(name);
        for (column, ty) in select.columns() {
            if table.column(&column).is_some() {
                return Err(Error::new(
                    Code::DUPLICATE_COLUMN,
                    format!("column \"{column}\" specified more than once"),
                ));
            }
            let ty = if ty == Type::Unknown { Type::Text } else { ty };
            table.columns.push(Column {
                name: column,
                ty: ty.into(),
                domain: None,
                not_null: false,
                default: None,
                generated: None,
                comment: None,
            });
        }
        refuse_column_names(&table)?;
        let columns: Vec<Name> = table.columns.iter().map(|it| it.name.clone()).collect();
        let table = self.set_table(table);
        self.push(Operation::CreateTable(table.clone()));
        let with_data = !matches!(node.data_option(), Some(ast::DataOption::WithNoData(_)));
        if with_data {
            self.push(Operation::Write(Box::new(Statement::Insert(Box::new(
                Insert {
                    with: Vec::new(),
                    table: table.name.clone(),
                    alias: table.name.name.clone(),
                    columns,
                    source: Source::Select(select),
                    conflict: None,
                    returning: Vec::new(),
                },
            )))));
        }
        Ok(())
    }

    /// Tells whether a new relation is there already and `if not exists` was said.
    pub(super) fn exists_already(&mut self, name: &QualifiedName, allowed: bool) -> Result<bool> {
        if allowed && self.relation_exists(name) {
            self.note(format!(
                "relation \"{}\" already exists, skipping",
                name.name
            ));
            self.push(Operation::CatalogOnly);
            return Ok(true);
        }
        self.free_relation(name)?;
        Ok(false)
    }

    /// Returns a table without columns, with the grants that a new one has.
    pub(super) fn empty_table(&self, name: QualifiedName) -> Table {
        let grants = self.default_grants(&name.schema);
        Table {
            name,
            columns: Vec::new(),
            primary_key: None,
            uniques: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            indexes: Vec::new(),
            row_security: false,
            policies: Vec::new(),
            grants,
            comment: None,
        }
    }

    /// Returns the grants of a new table or view of `schema`.
    pub(super) fn default_grants(&self, schema: &Name) -> Grants {
        match self.catalog.default_grants.get(schema) {
            Some(grants) => grants.clone(),
            None if &**schema == "public" => Grants::standard(),
            None => Grants::default(),
        }
    }

    fn stored_columns(&self, table: &mut Table, stored: &[(Name, ast::Expr)]) -> Result<()> {
        for (name, node) in stored {
            let ty = match table.column(name) {
                Some(column) => column.ty.clone(),
                None => continue,
            };
            let generated = self.stored(table, &ty, node)?;
            table.column_mut(name)?.generated = Some(generated);
        }
        Ok(())
    }

    /// Adds the checks of the domains of all columns.
    fn add_domain_checks(&self, table: &mut Table) {
        let checks: Vec<_> = table
            .columns
            .iter()
            .flat_map(|column| self.domain_checks(table, column))
            .collect();
        table.checks.extend(checks);
    }
}

/// Returns the constraints that stand behind a column.
fn constraints_of(column: &ast::Column) -> impl Iterator<Item = ast::Constraint> {
    column.clauses().filter_map(|clause| match clause {
        ast::ColumnClause::ColumnConstraint(constraint) => {
            ast::Constraint::cast(constraint.syntax().clone())
        }
        _ => None,
    })
}

fn refuse_kinds(node: &ast::CreateTable) -> Result<()> {
    if matches!(node.persistence(), Some(ast::Persistence::Temp(_))) {
        return Err(no_temporary());
    }
    if HasCreateTable::inherits(node).is_some() {
        return Err(refused(
            "table inheritance is not supported",
            "Repeat the columns with `like … including all`, or use one table with a column that tells the kinds apart.",
        ));
    }
    if node.partition_by().is_some() || node.partition_of().is_some() {
        return Err(refused(
            "partitioned tables are not supported",
            "Use one plain table: leave out `partition by` and the partitions.",
        ));
    }
    if node.of_type().is_some() {
        return Err(refused(
            "a table of a composite type is not supported",
            "Write its columns out.",
        ));
    }
    Ok(())
}

fn no_temporary() -> Error {
    refused(
        "temporary tables are not supported",
        "A migration is one transaction: use a common table expression (`with`), or a table that the migration drops.",
    )
}
