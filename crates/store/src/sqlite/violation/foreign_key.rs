//! The search for the foreign key that a request violated.
//!
//! The change records tell every row that the request changed, cascades included. A changed row whose parent is missing, or a
//! row that is gone and still has children, is the violation.

use underpin_base::{Code, Error, Name, QualifiedName, Result, Value, ValueRef};
use underpin_schema::catalog::{ForeignKey, Table};
use underpin_sql::functions::Operator;
use underpin_sql::tree::{Expr, Statement};
use underpin_sql::types::Type;
use underpin_sql::writer::sqlite;

use super::super::change::Change;
use super::super::execute;
use super::super::expression;
use super::super::write::Execution;
use super::{key_text, may_read};

/// Returns the error of the foreign key that the request violated.
pub(in super::super) fn foreign_key(execution: &Execution<'_>) -> Error {
    let changes = execution.connection.recorder().changes().to_vec();
    let mut search = Search {
        execution,
        columns: Vec::new(),
    };
    for change in &changes {
        match search.of_change(change) {
            Ok(Some(error)) | Err(error) => return error,
            Ok(None) => {}
        }
    }
    Error::new(
        Code::FOREIGN_KEY,
        "insert, update or delete violates a foreign key constraint",
    )
}

struct Search<'a, 'e> {
    execution: &'a Execution<'e>,
    /// The columns of tables in their order in the file, as far as they were asked for.
    columns: Vec<(Name, Vec<Name>)>,
}

impl Search<'_, '_> {
    fn of_change(&mut self, change: &Change) -> Result<Option<Error>> {
        let schema = self.execution.schema;
        let Some(table) = schema.table_in_file(&change.table) else {
            return Ok(None);
        };
        let columns = self.columns(&change.table)?;
        let old = |column: &Name| value(&columns, &change.old, column);
        let new = |column: &Name| value(&columns, &change.new, column);
        // As PostgreSQL's triggers come in the order of their names, who points to the row is asked before what it points to.
        for child in schema.catalog.tables.values() {
            for key in &child.foreign_keys {
                if key.references == table.name
                    && let Some(error) = self.left_children(table, child, key, &old)?
                {
                    return Ok(Some(error));
                }
            }
        }
        for key in &table.foreign_keys {
            if let Some(error) = self.missing_parent(table, key, &new)? {
                return Ok(Some(error));
            }
        }
        Ok(None)
    }

    fn missing_parent<'v>(
        &self,
        table: &Table,
        key: &ForeignKey,
        new: &dyn Fn(&Name) -> Option<ValueRef<'v>>,
    ) -> Result<Option<Error>> {
        let Some(values) = not_null(&key.columns, new) else {
            return Ok(None);
        };
        let Some(parent) = self.execution.schema.catalog.tables.get(&key.references) else {
            return Ok(None);
        };
        // The row may have been changed again, so that it is no longer there.
        if self.exists(parent, &key.referenced_columns, &values)?
            || !self.exists(table, &key.columns, &values)?
        {
            return Ok(None);
        }
        Ok(Some(no_parent(self.execution, table, key, new)))
    }

    fn left_children<'v>(
        &self,
        parent: &Table,
        child: &Table,
        key: &ForeignKey,
        old: &dyn Fn(&Name) -> Option<ValueRef<'v>>,
    ) -> Result<Option<Error>> {
        let Some(values) = not_null(&key.referenced_columns, old) else {
            return Ok(None);
        };
        if self.exists(parent, &key.referenced_columns, &values)?
            || !self.exists(child, &key.columns, &values)?
        {
            return Ok(None);
        }
        Ok(Some(referenced(
            self.execution,
            parent,
            &child.name,
            key,
            old,
        )))
    }

    /// Tells whether a row of `table` has `values` in `columns`.
    fn exists(&self, table: &Table, columns: &[Name], values: &[ValueRef<'_>]) -> Result<bool> {
        let alias = &table.name.name;
        let same = columns.iter().enumerate().map(|(index, name)| {
            let ty = table
                .column(name)
                .map_or(Type::Unknown, |column| column.ty.ty.clone());
            let parameter = expression::parameter(index, &ty);
            Expr::compare(Operator::Equal, Expr::column(alias, name, ty), parameter)
        });
        let mut query = expression::select(
            vec![expression::output("row", expression::row_identity(alias))],
            vec![expression::table_item(table)],
            Some(Expr::all(same)),
        );
        query.limit = Some(Expr::constant(Value::Int(1), Type::Int8));
        let rendered = sqlite::statement(&Statement::Select(Box::new(query)))?;
        let connection = self.execution.connection;
        let binding = self.execution.binding.with_row(values);
        let mut statement = execute::prepare(connection, &rendered, &binding)?;
        Ok(!execute::first(connection, &mut statement)?.is_empty())
    }

    fn columns(&mut self, table: &Name) -> Result<Vec<Name>> {
        if let Some((_, columns)) = self.columns.iter().find(|(name, _)| name == table) {
            return Ok(columns.clone());
        }
        let columns = self.execution.connection.columns_of(table)?;
        self.columns.push((table.clone(), columns.clone()));
        Ok(columns)
    }
}

/// Returns the error of a row of `table` that refers to none.
pub(super) fn no_parent<'v>(
    execution: &Execution<'_>,
    table: &Table,
    key: &ForeignKey,
    new: &dyn Fn(&Name) -> Option<ValueRef<'v>>,
) -> Error {
    let error = Error::new(
        Code::FOREIGN_KEY,
        format!(
            "insert or update on table \"{}\" violates foreign key constraint \"{}\"",
            table.name.name, key.name
        ),
    );
    let columns: Vec<&str> = key.columns.iter().map(|name| &**name).collect();
    let shown = may_read(execution, table, &columns)
        .then(|| key_text(table, &columns, &|column| new(&Name::from(column))))
        .flatten()
        .map_or_else(String::new, |key| format!(" {key}"));
    error.details(format!(
        "Key{shown} is not present in table \"{}\".",
        key.references.name
    ))
}

/// Returns the error of a row of `parent` that rows of `child` refer to.
pub(super) fn referenced<'v>(
    execution: &Execution<'_>,
    parent: &Table,
    child: &QualifiedName,
    key: &ForeignKey,
    old: &dyn Fn(&Name) -> Option<ValueRef<'v>>,
) -> Error {
    let error = Error::new(
        Code::FOREIGN_KEY,
        format!(
            "update or delete on table \"{}\" violates foreign key constraint \"{}\" on table \"{}\"",
            parent.name.name, key.name, child.name
        ),
    );
    let columns: Vec<&str> = key.referenced_columns.iter().map(|name| &**name).collect();
    let shown = may_read(execution, parent, &columns)
        .then(|| key_text(parent, &columns, &|column| old(&Name::from(column))))
        .flatten()
        .map_or_else(String::new, |key| format!(" {key}"));
    error.details(format!(
        "Key{shown} is still referenced from table \"{}\".",
        child.name
    ))
}

fn value<'v>(columns: &[Name], values: &'v [Value], column: &Name) -> Option<ValueRef<'v>> {
    let index = columns.iter().position(|name| name == column)?;
    values.get(index).map(ValueRef::from)
}

/// Returns the values of `columns`; nothing when one is null or not known: such a key refers to nothing.
fn not_null<'v>(
    columns: &[Name],
    value: &dyn Fn(&Name) -> Option<ValueRef<'v>>,
) -> Option<Vec<ValueRef<'v>>> {
    columns
        .iter()
        .map(|column| value(column).filter(|value| *value != ValueRef::Null))
        .collect()
}
