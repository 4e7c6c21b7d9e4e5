//! Updates and deletes of tables that have triggers: row by row, with what runs before and after each.

use underpin_base::{Error, Identity, Name, QualifiedName, Result, Value, ValueRef};
use underpin_query::plan::{DeleteRows, NEW_ROW, UpdateRows, Write, rows_first};
use underpin_schema::catalog::{Generated, ReferentialAction, Table, Timing};
use underpin_sql::functions::Operator;
use underpin_sql::tree::{Expr, Statement};
use underpin_sql::types::Type;

use super::super::bind::Binding;
use super::super::execute;
use super::super::expression::{
    generator, output, parameter, replace_columns, row_identity, select, table_item,
};
use super::super::routine::{Event, Triggers};
use super::super::violation::{self, Row};
use super::delete::statement as delete_statement;
use super::merge::{first_rowid, update_statement};
use super::{Changed, Execution, Template, limit_affected, refused};

/// A row that is about to change: its identity, and its values in the order of the table's columns.
struct Found {
    rowid: i64,
    values: Vec<Value>,
    /// The new values of the columns that are assigned.
    assigned: Vec<Value>,
}

impl Execution<'_> {
    /// Updates rows, with what runs once before the statement.
    pub(super) fn update_with_statement_triggers(
        &self,
        write: &Write,
        update: &UpdateRows,
        triggers: &Triggers,
    ) -> Result<Changed> {
        let table = &*write.table;
        let assigned = assigned(update);
        self.statement_triggers(table, triggers, Event::Update, Timing::Before, &assigned)?;
        let mut changed = self.update_with_triggers(table, update, triggers)?;
        self.check_views(table, &write.view_checks, &changed.rowids)?;
        changed.ends_with(triggers, Event::Update, assigned);
        Ok(changed)
    }

    /// Updates rows one after the other.
    pub(super) fn update_with_triggers(
        &self,
        table: &Table,
        update: &UpdateRows,
        triggers: &Triggers,
    ) -> Result<Changed> {
        let assigned = assigned(update);
        let has_before = triggers.any_row(Event::Update, Timing::Before);
        let has_after = triggers.any_row(Event::Update, Timing::After);
        // A trigger may set any column; without one, only what the statement sets is written.
        let written: Vec<usize> = table
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| !matches!(column.generated, Some(Generated::Stored(_))))
            .filter(|(_, column)| has_before || assigned.contains(&column.name))
            .map(|(index, _)| index)
            .collect();
        let mut template = self.template(&written_columns(table, &written))?;
        let mut check = match update.check.is_true() {
            true => None,
            false => Some(self.template(&row_check(table, &update.check))?),
        };
        let mut changed = Changed::default();
        for found in self.rows_to_update(table, update)? {
            let mut new = found.values.clone();
            for (name, value) in assigned.iter().zip(&found.assigned) {
                let place = table.columns.iter().position(|it| it.name == *name);
                if let Some(slot) = place.and_then(|it| new.get_mut(it)) {
                    *slot = value.clone();
                }
            }
            let old = found.values.as_slice();
            let event = Event::Update;
            let Some(new) =
                self.before_row(table, triggers, event, &assigned, Some(new), Some(old))?
            else {
                continue;
            };
            let row: Vec<ValueRef<'_>> = new.iter().map(ValueRef::from).collect();
            if let Some(check) = &mut check {
                self.passes(table, check, &row)?;
            }
            let rowid = self.write_row(table, &mut template, &written, &row, found.rowid)?;
            changed.affected += 1;
            changed.rowids.push(rowid);
            if has_after {
                let new = self.row_of(table, rowid)?;
                let rows = (Some(new.as_slice()), Some(old));
                self.queue_row(triggers, event, &assigned, rows, &mut changed.queue);
            }
        }
        Ok(changed)
    }

    fn passes(&self, table: &Table, check: &mut Template<'_>, row: &[ValueRef<'_>]) -> Result<()> {
        check.bind(&self.binding, row)?;
        match execute::first(self.connection, &mut check.statement)?.first() {
            Some(Value::Int(1)) => Ok(()),
            _ => Err(refused(table)),
        }
    }

    fn write_row(
        &self,
        table: &Table,
        template: &mut Template<'_>,
        written: &[usize],
        row: &[ValueRef<'_>],
        rowid: i64,
    ) -> Result<i64> {
        let mut values: Vec<ValueRef<'_>> = written
            .iter()
            .map(|index| row.get(*index).copied().unwrap_or(ValueRef::Null))
            .collect();
        values.push(ValueRef::Int(rowid));
        template.bind(&self.binding, &values)?;
        let new_rowid = first_rowid(template).map_err(|cause| {
            let names: Vec<Name> = written
                .iter()
                .filter_map(|index| table.columns.get(*index))
                .map(|column| column.name.clone())
                .collect();
            violation::of_changed_row(self, table, cause, rowid, &Row::new(&names, &values))
        })?;
        Ok(new_rowid.unwrap_or(rowid))
    }

    /// Returns the rows that an update is about, with their new values, computed before any of them changes.
    fn rows_to_update(&self, table: &Table, update: &UpdateRows) -> Result<Vec<Found>> {
        let mut outputs = whole_row(table);
        for (name, value) in &update.assignments {
            outputs.push(output(format!("new {name}"), value.clone()));
        }
        let from = vec![table_item(table)];
        let rows = self.query(&rows_first(select(
            outputs,
            from,
            Some(update.filter.clone()),
        )))?;
        found(table, rows)
    }

    /// Deletes rows one after the other; returns what `returning` read of them before.
    pub(super) fn delete_with_triggers<R>(
        &self,
        write: &Write,
        delete: &DeleteRows,
        triggers: &Triggers,
        returning: &dyn Fn(&Changed) -> Result<Option<R>>,
    ) -> Result<(Changed, Option<R>)> {
        let table = &write.table;
        self.statement_triggers(table, triggers, Event::Delete, Timing::Before, &[])?;
        let rows = self.rows_to_delete(table, &delete.filter, triggers)?;
        let mut changed = Changed {
            affected: rows.len() as u64,
            rowids: rows.iter().map(|row| row.rowid).collect(),
            ..Changed::default()
        };
        limit_affected(write, &changed)?;
        let read = returning(&changed)?;
        self.delete_found(table, rows, triggers, &mut changed)?;
        changed.ends_with(triggers, Event::Delete, Vec::new());
        Ok((changed, read))
    }

    /// Returns the rows that a delete is about; those that a trigger passes over are left out.
    fn rows_to_delete(
        &self,
        table: &Table,
        filter: &Expr,
        triggers: &Triggers,
    ) -> Result<Vec<Found>> {
        let from = vec![table_item(table)];
        let rows = self.query(&rows_first(select(
            whole_row(table),
            from,
            Some(filter.clone()),
        )))?;
        let mut kept = Vec::new();
        for row in found(table, rows)? {
            let old = Some(row.values.as_slice());
            let goes_on = self.before_row(table, triggers, Event::Delete, &[], None, old)?;
            if goes_on.is_some() {
                kept.push(row);
            }
        }
        Ok(kept)
    }

    fn delete_found(
        &self,
        table: &Table,
        rows: Vec<Found>,
        triggers: &Triggers,
        changed: &mut Changed,
    ) -> Result<()> {
        let this_row = Expr::compare(
            Operator::Equal,
            row_identity(&table.name.name),
            parameter(0, &Type::Int8),
        );
        let mut template = self.template(&delete_statement(table, this_row))?;
        for row in rows {
            self.cascade(table, &row.values, changed)?;
            template.bind(&self.binding, &[ValueRef::Int(row.rowid)])?;
            template
                .statement
                .raw_execute()
                .map_err(|cause| self.delete_error(cause))?;
            let rows = (None, Some(row.values.as_slice()));
            self.queue_row(triggers, Event::Delete, &[], rows, &mut changed.queue);
        }
        Ok(())
    }

    /// Tells whether a row that goes takes rows along, or changes them, whose tables have triggers.
    pub(super) fn cascades_to_triggers(&self, table: &Table) -> bool {
        if self.schema.catalog.triggers.is_empty() {
            return false;
        }
        let mut seen = vec![&table.name];
        self.reaches_triggers(&table.name, &mut seen)
    }

    fn reaches_triggers<'s>(
        &'s self,
        name: &QualifiedName,
        seen: &mut Vec<&'s QualifiedName>,
    ) -> bool {
        for child in self.schema.catalog.tables.values() {
            for key in child
                .foreign_keys
                .iter()
                .filter(|it| it.references == *name)
            {
                let event = match key.on_delete {
                    ReferentialAction::Cascade => Event::Delete,
                    ReferentialAction::SetNull | ReferentialAction::SetDefault => Event::Update,
                    ReferentialAction::NoAction | ReferentialAction::Restrict => continue,
                };
                if Triggers::of(self, child).any(event) {
                    return true;
                }
                if event == Event::Delete && !seen.contains(&&child.name) {
                    seen.push(&child.name);
                    if self.reaches_triggers(&child.name, seen) {
                        return true;
                    }
                }
            }
        }
        false
    }

    /// Does what the foreign keys to a row that goes say, where triggers run on it; SQLite does the rest.
    fn cascade(&self, table: &Table, values: &[Value], changed: &mut Changed) -> Result<()> {
        let tables = &self.schema.catalog.tables;
        // The owner of the tables does it, as in PostgreSQL: nobody's policies keep the rows.
        let owner = Identity {
            role: Name::from("postgres"),
            claims: self.binding.identity.claims.clone(),
        };
        let binding = Binding {
            identity: &owner,
            ..self.binding
        };
        let as_owner = Execution { binding, ..*self };
        for child in tables.values() {
            for key in &child.foreign_keys {
                if key.references != table.name {
                    continue;
                }
                let value = |name: &Name| {
                    let place = table.columns.iter().position(|it| it.name == *name);
                    place
                        .and_then(|it| values.get(it))
                        .cloned()
                        .unwrap_or_default()
                };
                let filter = Expr::all(key.columns.iter().zip(&key.referenced_columns).map(
                    |(column, referenced)| {
                        let own = child.column_expr(column);
                        let other = Expr::constant(value(referenced), own.ty.clone());
                        Expr::compare(Operator::Equal, own, other)
                    },
                ));
                let triggers = Triggers::of(&as_owner, child);
                match key.on_delete {
                    ReferentialAction::Cascade
                        if triggers.any(Event::Delete) || self.cascades_to_triggers(child) =>
                    {
                        self.session.nested(|| {
                            let rows = as_owner.rows_to_delete(child, &filter, &triggers)?;
                            as_owner.delete_found(child, rows, &triggers, changed)
                        })?;
                    }
                    ReferentialAction::SetNull if triggers.any(Event::Update) => {
                        let update = UpdateRows {
                            defaults: Vec::new(),
                            assignments: key
                                .columns
                                .iter()
                                .map(|it| (it.clone(), Expr::null(child.column_expr(it).ty)))
                                .collect(),
                            filter,
                            check: Expr::bool(true),
                        };
                        let updated = as_owner.update_with_triggers(child, &update, &triggers)?;
                        changed.queue.extend(updated.queue);
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Returns a row's values in the order of the table's columns.
    pub(super) fn row_of(&self, table: &Table, rowid: i64) -> Result<Vec<Value>> {
        let this_row = Expr::compare(
            Operator::Equal,
            row_identity(&table.name.name),
            parameter(0, &Type::Int8),
        );
        let outputs = whole_row(table).into_iter().skip(1).collect();
        let query = select(outputs, vec![table_item(table)], Some(this_row));
        let parameters = [ValueRef::Int(rowid)];
        let binding = self.binding.with_row(&parameters);
        let execution = Execution { binding, ..*self };
        let rows = execution.query(&query)?;
        rows.into_iter()
            .next()
            .ok_or_else(|| Error::internal("a row that was written is not there"))
    }
}

fn assigned(update: &UpdateRows) -> Vec<Name> {
    update
        .assignments
        .iter()
        .map(|(name, _)| name.clone())
        .collect()
}

/// Returns the identity and every column of a table's row.
fn whole_row(table: &Table) -> Vec<underpin_sql::tree::Output> {
    let identity = output("row", row_identity(&table.name.name));
    let columns = table
        .columns
        .iter()
        .map(|column| output(column.name.clone(), table.column_expr(&column.name)));
    std::iter::once(identity).chain(columns).collect()
}

fn found(table: &Table, rows: Vec<Vec<Value>>) -> Result<Vec<Found>> {
    rows.into_iter()
        .map(|mut row| {
            let assigned = row.split_off(row.len().min(table.columns.len() + 1));
            let mut values = row.into_iter();
            let Some(Value::Int(rowid)) = values.next() else {
                return Err(Error::internal("a row has no identity"));
            };
            Ok(Found {
                rowid,
                values: values.collect(),
                assigned,
            })
        })
        .collect()
}

/// Returns the update of the columns `written`, whose values are the parameters.
fn written_columns(table: &Table, written: &[usize]) -> Statement {
    let assignments = written
        .iter()
        .filter_map(|index| table.columns.get(*index))
        .enumerate()
        .map(|(place, column)| (column.name.clone(), parameter(place, &column.ty.ty)))
        .collect();
    update_statement(table, assignments, written.len())
}

/// Returns the query of `check` over a row whose values are the parameters, in the order of the table's columns.
fn row_check(table: &Table, check: &Expr) -> Statement {
    let value = |name: &Name, ty: &Type| {
        let place = table.columns.iter().position(|it| it.name == *name);
        place.map_or_else(|| Expr::null(ty.clone()), |place| parameter(place, ty))
    };
    let new_value = |name: &Name, ty: &Type| match generator(table, name) {
        Some(generator) => replace_columns(generator.clone(), &table.name.name, &value),
        None => value(name, ty),
    };
    let check = replace_columns(check.clone(), NEW_ROW, &new_value);
    let query = select(vec![output("check", check)], Vec::new(), None);
    Statement::Select(Box::new(query))
}
