//! Inserts: defaults are computed once, `with check` comes before constraints, a conflict is looked for before the row is inserted.

use std::borrow::Cow;
use std::collections::HashMap;

use underpin_base::{Error, Name, Result, Value, ValueRef};
use underpin_query::plan::{Cell, InsertRows, NEW_ROW, Write};
use underpin_schema::catalog::{Generated, Table, Timing};
use underpin_schema::sqlite::identity_column;
use underpin_sql::functions::Operator;
use underpin_sql::tree::{Context, Expr, ExprKind, Insert, Source, Statement};
use underpin_sql::types::Type;
use underpin_sql::writer::quote_identifier;
use underpin_sql::writer::sqlite::table_name;

use super::super::execute;
use super::super::expression::{
    changed_rows, columns_of, generator, output, parameter, replace_columns, row_identity, select,
};
use super::super::mirror::Ahead;
use super::super::routine::{Event, Triggers};
use super::super::violation::{self, Row};
use super::constraint::Constraints;
use super::merge::{Conflicts, Resolved, merged_columns};
use super::{Changed, Execution, Template, refused};

/// When `with check` is evaluated.
enum Check<'c> {
    /// It is always true.
    Never,
    /// Before the row is inserted, over the row's values.
    Before(Template<'c>),
    /// After: it speaks of a column whose value the insert itself makes, an identity.
    After(Template<'c>),
}

impl Execution<'_> {
    /// Inserts rows.
    pub(super) fn insert(
        &self,
        write: &Write,
        insert: &InsertRows,
        keep_rowids: bool,
    ) -> Result<Changed> {
        let triggers = Triggers::of(self, &write.table);
        if triggers.any_row(Event::Insert, Timing::Before)
            || triggers.any_row(Event::Insert, Timing::After)
        {
            // What triggers see and change is the whole row.
            let whole = whole(&write.table, insert);
            return self.insert_rows(write, &whole, insert, keep_rowids, &triggers);
        }
        self.insert_rows(write, insert, insert, keep_rowids, &triggers)
    }

    /// Inserts the rows of `insert`, of which the statement gives the columns of `given`.
    fn insert_rows(
        &self,
        write: &Write,
        insert: &InsertRows,
        given: &InsertRows,
        keep_rowids: bool,
        triggers: &Triggers,
    ) -> Result<Changed> {
        let table = &*write.table;
        let merges = merges(insert);
        let has_before = triggers.any_row(Event::Insert, Timing::Before);
        let mut changed = Changed::default();
        self.before_statement(table, insert, merges, triggers)?;
        let mut defaults = Defaults::new(insert);
        let mut check = self.insert_check(table, insert)?;
        let mut conflicts = match &insert.conflict {
            Some(conflict) => Some(Conflicts::new(self, table, insert, conflict, triggers)?),
            None => None,
        };
        let mut template = self.template(&insert_statement(table, &insert.columns))?;
        let mut constraints = Constraints::new(self, table, insert)?;
        let identity = identity_column(table)
            .and_then(|identity| given.columns.iter().position(|it| *it == identity.name));
        let rows = insert.every_row();
        for cells in Ahead::new(rows, self.connection, self.binding, table, insert) {
            let cells = wide(cells?, insert.columns.len());
            let computed = defaults.compute(self, &cells)?;
            let row = join(&cells, &computed);
            // SQLite would count up; to PostgreSQL a null that is given is no default.
            if identity.is_some_and(|index| cells.get(index) == Some(&Cell::Value(Value::Null))) {
                let row = Row::new(&insert.columns, &row);
                return Err(violation::no_identity(self, table, Some(&row)));
            }
            let replaced;
            let row = if has_before {
                let Some(row) = self.before_insert(table, insert, triggers, &row)? else {
                    continue;
                };
                replaced = row;
                replaced.iter().map(ValueRef::from).collect()
            } else {
                row
            };
            if let Check::Before(check) = &mut check {
                self.require(table, check, &row)?;
            }
            let mut rowid = None;
            if let Some(conflicts) = &mut conflicts {
                constraints.require(self, table, &insert.columns, &row)?;
                match conflicts.resolve(self, table, &row, &mut changed)? {
                    Resolved::New => {}
                    Resolved::Ignored => continue,
                    Resolved::Merged(merged) => rowid = Some(merged),
                }
            }
            if rowid.is_none() {
                let inserted = self.insert_row(table, insert, &mut template, &row)?;
                if let Some(conflicts) = &mut conflicts {
                    conflicts.inserted(inserted);
                }
                if let Check::After(check) = &mut check {
                    self.require(table, check, &[ValueRef::Int(inserted)])?;
                }
                changed.inserted += 1;
                rowid = Some(inserted);
                self.after_insert(table, triggers, inserted, &mut changed)?;
            }
            changed.affected += 1;
            self.carry_some(changed.affected)?;
            self.check_views(table, &write.view_checks, rowid.as_slice())?;
            if keep_rowids {
                changed.rowids.extend(rowid);
            }
        }
        changed.ends_with(triggers, Event::Insert, Vec::new());
        if merges {
            changed.ends_with(triggers, Event::Update, merged_columns(insert));
        }
        Ok(changed)
    }

    /// Runs the triggers of the statement before its first row.
    fn before_statement(
        &self,
        table: &Table,
        insert: &InsertRows,
        merges: bool,
        triggers: &Triggers,
    ) -> Result<()> {
        self.statement_triggers(table, triggers, Event::Insert, Timing::Before, &[])?;
        if merges {
            let set = merged_columns(insert);
            self.statement_triggers(table, triggers, Event::Update, Timing::Before, &set)?;
        }
        Ok(())
    }

    /// Runs the triggers before a row comes; returns it as it goes on, or nothing when it is passed over.
    fn before_insert(
        &self,
        table: &Table,
        insert: &InsertRows,
        triggers: &Triggers,
        row: &[ValueRef<'_>],
    ) -> Result<Option<Vec<Value>>> {
        let mut row: Vec<Value> = row.iter().map(|value| value.to_value()).collect();
        if let Some(column) = identity_column(table)
            && let Some(place) = insert.columns.iter().position(|it| *it == column.name)
            && let Some(value) = row.get_mut(place)
            && value.is_null()
        {
            *value = Value::Int(self.next_identity(table, &column.name)?);
        }
        let new = table
            .columns
            .iter()
            .map(|column| {
                let place = insert.columns.iter().position(|it| *it == column.name);
                place
                    .and_then(|it| row.get(it))
                    .cloned()
                    .unwrap_or_default()
            })
            .collect();
        let Some(new) = self.before_row(table, triggers, Event::Insert, &[], Some(new), None)?
        else {
            return Ok(None);
        };
        Ok(Some(
            insert
                .columns
                .iter()
                .map(|name| {
                    let place = table.columns.iter().position(|it| it.name == *name);
                    place
                        .and_then(|it| new.get(it))
                        .cloned()
                        .unwrap_or_default()
                })
                .collect(),
        ))
    }

    fn after_insert(
        &self,
        table: &Table,
        triggers: &Triggers,
        rowid: i64,
        changed: &mut Changed,
    ) -> Result<()> {
        if triggers.any_row(Event::Insert, Timing::After) {
            let new = self.row_of(table, rowid)?;
            let rows = (Some(new.as_slice()), None);
            self.queue_row(triggers, Event::Insert, &[], rows, &mut changed.queue);
        }
        Ok(())
    }

    /// Returns the number that the table's own counter gives next.
    fn next_identity(&self, table: &Table, column: &Name) -> Result<i64> {
        let name = table_name(&table.name);
        let mut sql = String::from(
            "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = ?1), 0), coalesce((SELECT max(",
        );
        quote_identifier(&mut sql, column);
        sql.push_str(") FROM ");
        quote_identifier(&mut sql, &name);
        sql.push_str("), 0)) + 1");
        let mut statement = self.connection.prepare(&sql)?;
        statement
            .query_row([&*name], |row| row.get(0))
            .map_err(|cause| self.connection.convert(cause))
    }

    fn insert_row(
        &self,
        table: &Table,
        insert: &InsertRows,
        template: &mut Template<'_>,
        row: &[ValueRef<'_>],
    ) -> Result<i64> {
        template.bind(&self.binding, row)?;
        template.statement.raw_execute().map_err(|cause| {
            let row = Row::new(&insert.columns, row);
            violation::of_row(self, table, cause, &row)
        })?;
        Ok(self.connection.raw().last_insert_rowid())
    }

    /// Refuses the row unless `check` is true of it.
    pub(super) fn require(
        &self,
        table: &Table,
        check: &mut Template<'_>,
        row: &[ValueRef<'_>],
    ) -> Result<()> {
        check.bind(&self.binding, row)?;
        match execute::first(self.connection, &mut check.statement)?.first() {
            Some(Value::Int(1)) => Ok(()),
            _ => Err(refused(table)),
        }
    }

    /// Returns the query of `check` over the row whose identity is the parameter, as it is now.
    pub(super) fn kept_check(&self, table: &Table, check: &Expr) -> Result<Template<'_>> {
        let columns = columns_of(check, NEW_ROW);
        let this_row = Expr::compare(
            Operator::Equal,
            row_identity(&table.name.name),
            parameter(0, &Type::Int8),
        );
        let rows = changed_rows(table, &[], &columns, this_row, Vec::new());
        let query = select(vec![output("check", check.clone())], vec![rows], None);
        self.template(&Statement::Select(Box::new(query)))
    }

    fn insert_check(&self, table: &Table, insert: &InsertRows) -> Result<Check<'_>> {
        if insert.check.is_true() {
            return Ok(Check::Never);
        }
        let columns = columns_of(&insert.check, NEW_ROW);
        let made_by_insert = columns.iter().any(|name| {
            !insert.columns.contains(name)
                && table
                    .column(name)
                    .is_some_and(|column| is_identity(column.generated.as_ref()))
        });
        if made_by_insert {
            return Ok(Check::After(self.kept_check(table, &insert.check)?));
        }
        let value = |name: &Name, ty: &Type| match insert
            .columns
            .iter()
            .position(|column| column == name)
        {
            Some(index) => parameter(index, ty),
            None => Expr::null(ty.clone()),
        };
        let new_value = |name: &Name, ty: &Type| match generator(table, name) {
            Some(generator) => replace_columns(generator.clone(), &table.name.name, &value),
            None => value(name, ty),
        };
        let check = replace_columns(insert.check.clone(), NEW_ROW, &new_value);
        let query = select(vec![output("check", check)], Vec::new(), None);
        Ok(Check::Before(
            self.template(&Statement::Select(Box::new(query)))?,
        ))
    }
}

/// Returns an insert of every column of the table that can be given: those that nothing sets are null.
fn whole(table: &Table, insert: &InsertRows) -> InsertRows {
    let mut whole = insert.clone();
    for column in &table.columns {
        if matches!(column.generated, Some(Generated::Stored(_)))
            || whole.columns.contains(&column.name)
        {
            continue;
        }
        whole.columns.push(column.name.clone());
        whole.defaults.push(Expr::null(column.ty.ty.clone()));
        for row in &mut whole.rows {
            row.push(Cell::Value(Value::Null));
        }
    }
    whole
}

/// Tells whether existing rows take over values of new ones.
fn merges(insert: &InsertRows) -> bool {
    let conflict = insert.conflict.as_ref();
    conflict.is_some_and(|it| it.merge.is_some())
}

/// A row that is read while it is inserted has the columns that its statement gives; the others are null.
fn wide(mut cells: Cow<'_, [Cell]>, columns: usize) -> Cow<'_, [Cell]> {
    if cells.len() < columns {
        cells.to_mut().resize(columns, Cell::Value(Value::Null));
    }
    cells
}

fn is_identity(generated: Option<&Generated>) -> bool {
    matches!(
        generated,
        Some(Generated::IdentityAlways | Generated::IdentityByDefault)
    )
}

fn insert_statement(table: &Table, columns: &[Name]) -> Statement {
    let values = columns
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let ty = table
                .column(name)
                .map_or(Type::Unknown, |column| column.ty.ty.clone());
            Some(parameter(index, &ty))
        })
        .collect();
    Statement::Insert(Box::new(Insert {
        with: Vec::new(),
        table: table.name.clone(),
        alias: table.name.name.clone(),
        columns: columns.to_vec(),
        source: if columns.is_empty() {
            Source::Default
        } else {
            Source::Values(vec![values])
        },
        conflict: None,
        returning: Vec::new(),
    }))
}

/// Returns the row's values: those given, and those computed for its default cells in their order.
fn join<'r>(cells: &'r [Cell], computed: &'r [Value]) -> Vec<ValueRef<'r>> {
    let mut computed = computed.iter();
    cells
        .iter()
        .map(|cell| match cell {
            Cell::Value(value) => value.into(),
            Cell::Default => computed.next().map_or(ValueRef::Null, ValueRef::from),
        })
        .collect()
}

/// The defaults of an insert's columns. A volatile default is evaluated once for each row, and the value is what `with check`,
/// the conflict and the row all see.
struct Defaults<'p, 'c> {
    exprs: &'p [Expr],
    /// Queries of several defaults at once, by the columns that they are for.
    queries: HashMap<Vec<usize>, Template<'c>>,
}

impl<'p, 'c> Defaults<'p, 'c> {
    fn new(insert: &'p InsertRows) -> Self {
        Self {
            exprs: &insert.defaults,
            queries: HashMap::new(),
        }
    }

    /// Returns the values of the row's default cells, in their order.
    fn compute(&mut self, execution: &'c Execution<'_>, cells: &[Cell]) -> Result<Vec<Value>> {
        let mut values = Vec::new();
        let mut computed = Vec::new();
        for (index, cell) in cells.iter().enumerate() {
            if *cell != Cell::Default {
                continue;
            }
            match self.exprs.get(index).map(|expr| &expr.kind) {
                None => values.push(Value::Null),
                Some(ExprKind::Constant(value)) => values.push(value.clone()),
                Some(ExprKind::Context(Context::Now)) => {
                    values.push(Value::Int(execution.binding.now));
                }
                Some(_) => {
                    computed.push((index, values.len()));
                    values.push(Value::Null);
                }
            }
        }
        if computed.is_empty() {
            return Ok(values);
        }
        let columns: Vec<usize> = computed.iter().map(|(column, _)| *column).collect();
        for ((_, place), value) in computed.iter().zip(self.query(execution, columns)?) {
            if let Some(slot) = values.get_mut(*place) {
                *slot = value;
            }
        }
        Ok(values)
    }

    /// Evaluates the defaults of `columns`.
    fn query(&mut self, execution: &'c Execution<'_>, columns: Vec<usize>) -> Result<Vec<Value>> {
        let template = match self.queries.entry(columns) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                let outputs = entry
                    .key()
                    .iter()
                    .filter_map(|column| self.exprs.get(*column))
                    .enumerate()
                    .map(|(number, expr)| output(format!("default{number}"), expr.clone()))
                    .collect();
                let query = select(outputs, Vec::new(), None);
                entry.insert(execution.template(&Statement::Select(Box::new(query)))?)
            }
        };
        template.bind(&execution.binding, &[])?;
        let values = execute::first(execution.connection, &mut template.statement)?;
        if values.is_empty() {
            return Err(Error::internal("defaults made no row"));
        }
        Ok(values)
    }
}
