//! Updates: `with check` over the rows as they will be, then the change.

use underpin_base::{Error, Name, Result, Value, ValueRef};
use underpin_query::plan::{NEW_ROW, UpdateRows, Write, rows_first};
use underpin_schema::catalog::Table;
use underpin_sql::tree::{Assignment, Cte, Expr, From, Statement, Update};
use underpin_sql::types::Type;
use underpin_sql::writer::sqlite;

use super::super::expression::{
    changed_identity, changed_rows, columns_of, is_not_true, output, parameter, row_identity,
    select, stands_apart,
};
use super::super::routine::{Event, Triggers};
use super::super::violation::{self, Row};
use super::super::{error, execute};
use super::merge::{first_rowid, update_statement};
use super::{Changed, Execution, refused};

impl Execution<'_> {
    /// Updates rows.
    pub(super) fn update(
        &self,
        write: &Write,
        update: &UpdateRows,
        keep_rowids: bool,
    ) -> Result<Changed> {
        let table = &write.table;
        if update.assignments.is_empty() {
            return Ok(Changed::default());
        }
        let triggers = Triggers::of(self, table);
        if triggers.any(Event::Update) {
            return self.update_with_statement_triggers(write, update, &triggers);
        }
        let volatile = stands_apart(&update.filter)
            || update
                .assignments
                .iter()
                .any(|(_, value)| stands_apart(value));
        if !volatile && let Some(changed) = self.update_at_once(table, update, keep_rowids)? {
            self.check_views(table, &write.view_checks, &changed.rowids)?;
            return Ok(changed);
        }
        self.update_row_by_row(write, update)
    }

    /// The set-wise form: one query for `with check`, one statement for the change. Nothing when a constraint was violated: the
    /// statement has then changed nothing.
    fn update_at_once(
        &self,
        table: &Table,
        update: &UpdateRows,
        keep_rowids: bool,
    ) -> Result<Option<Changed>> {
        if !update.check.is_true() {
            let columns = columns_of(&update.check, NEW_ROW);
            let rows = changed_rows(
                table,
                &update.assignments,
                &columns,
                update.filter.clone(),
                Vec::new(),
            );
            let mut refusals = select(
                vec![output("row", changed_identity())],
                vec![rows],
                Some(is_not_true(update.check.clone())),
            );
            refusals.limit = Some(Expr::constant(Value::Int(1), Type::Int8));
            if !self.query(&refusals)?.is_empty() {
                return Err(refused(table));
            }
        }
        let alias = &table.name.name;
        let statement = Statement::Update(Box::new(Update {
            with: Vec::new(),
            table: table.name.clone(),
            alias: alias.clone(),
            assignments: update
                .assignments
                .iter()
                .map(|(column, value)| Assignment {
                    column: column.clone(),
                    value: Some(value.clone()),
                })
                .collect(),
            from: Vec::new(),
            filter: Some(update.filter.clone()),
            returning: if keep_rowids {
                vec![output("row", row_identity(alias))]
            } else {
                Vec::new()
            },
        }));
        self.connection.bring_statement(&statement, &self.binding)?;
        let rendered = sqlite::statement_indexed(&statement, &self.connection.word_indexes())?;
        let mut statement = execute::prepare(self.connection, &rendered, &self.binding)?;
        let recorded = self.connection.recorder().changes().len();
        let done = if keep_rowids {
            rowids(&mut statement)
        } else {
            statement
                .raw_execute()
                .map(|rows| (rows as u64, Vec::new()))
        };
        match done {
            Ok((affected, rowids)) => Ok(Some(Changed {
                affected,
                rowids,
                ..Changed::default()
            })),
            Err(cause) if error::violated(&cause).is_some() => {
                self.connection.recorder().truncate(recorded);
                Ok(None)
            }
            Err(cause) => Err(self.connection.convert(cause)),
        }
    }

    /// The row-wise form: new values are computed once for each row, checked, then written one row after the other.
    fn update_row_by_row(&self, write: &Write, update: &UpdateRows) -> Result<Changed> {
        let table = &write.table;
        let assigned: Vec<Name> = update
            .assignments
            .iter()
            .map(|(column, _)| column.clone())
            .collect();
        let rows = self.new_rows(table, update, &assigned)?;
        let parameters = update
            .assignments
            .iter()
            .enumerate()
            .map(|(index, (column, value))| (column.clone(), parameter(index, &value.ty)))
            .collect();
        let mut template = self.template(&update_statement(table, parameters, assigned.len()))?;
        let mut changed = Changed::default();
        for row in &rows {
            // Each is the row's identity, its new values, and whether it passes `with check`.
            let [Value::Int(rowid), values @ .., _] = row.as_slice() else {
                return Err(Error::internal("a changed row has no identity"));
            };
            let mut values: Vec<ValueRef<'_>> = values.iter().map(ValueRef::from).collect();
            values.push(ValueRef::Int(*rowid));
            template.bind(&self.binding, &values)?;
            let new_rowid = first_rowid(&mut template).map_err(|cause| {
                let new = Row::new(&assigned, &values);
                violation::of_changed_row(self, table, cause, *rowid, &new)
            })?;
            let new_rowid = new_rowid.unwrap_or(*rowid);
            self.check_views(table, &write.view_checks, &[new_rowid])?;
            changed.affected += 1;
            changed.rowids.push(new_rowid);
        }
        Ok(changed)
    }

    /// Computes the rows as they will be: identity, values of the columns `assigned`, and that `with check` is true.
    fn new_rows(
        &self,
        table: &Table,
        update: &UpdateRows,
        assigned: &[Name],
    ) -> Result<Vec<Vec<Value>>> {
        let mut columns = columns_of(&update.check, NEW_ROW);
        columns.extend(assigned.iter().cloned());
        let rows = changed_rows(
            table,
            &update.assignments,
            &columns,
            update.filter.clone(),
            Vec::new(),
        );
        let From::Subquery {
            select: rows,
            alias,
            ..
        } = rows
        else {
            return Err(Error::internal("changed rows are a subquery"));
        };
        let rows = rows_first(*rows);
        let new = Name::from(NEW_ROW);
        let mut outputs = vec![output("row", changed_identity())];
        for (name, value) in &update.assignments {
            outputs.push(output(
                name.clone(),
                Expr::column(&new, name, value.ty.clone()),
            ));
        }
        outputs.push(output("underpin:check", update.check.clone()));
        let name = Name::from("underpin:changed");
        let mut query = select(
            outputs,
            vec![From::Cte {
                name: name.clone(),
                alias,
            }],
            None,
        );
        query.with.push(Cte {
            name,
            columns: rows.columns(),
            recursive: false,
            // What is checked must be what is written: a volatile value is not to be computed twice.
            materialized: Some(true),
            statement: Statement::Select(Box::new(rows)),
        });
        let rows = self.query(&query)?;
        if rows.iter().any(|row| row.last() != Some(&Value::Int(1))) {
            return Err(refused(table));
        }
        Ok(rows)
    }
}

/// Executes a bound statement that returns row identities.
fn rowids(statement: &mut rusqlite::Statement<'_>) -> rusqlite::Result<(u64, Vec<i64>)> {
    let mut rows = statement.raw_query();
    let mut rowids = Vec::new();
    while let Some(row) = rows.next()? {
        rowids.push(row.get(0)?);
    }
    Ok((rowids.len() as u64, rowids))
}
