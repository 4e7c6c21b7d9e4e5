//! Writing: inserts, upserts, updates and deletes of one table.

use std::sync::Arc;

use underpin_base::{Code, Error, Name, Result, Value};
use underpin_schema::catalog::{Column, Generated, PolicyCommand, Privilege, Table};
use underpin_sql::tree::{Expr, From};
use underpin_sql::types;

use super::action::{
    Cell, Change, DeleteRows, InsertConflict, InsertRows, Merge, NEW_ROW, Read, UpdateRows, Write,
};
use super::instantiate;
use super::read::{Level, read_of};
use super::secure::Rights;
use super::world::{Planner, Source, nearest};
use crate::request::{FieldItem, Format, Payload, Query, Request, Resolution, Return, SelectItem};

impl Planner<'_> {
    /// Plans an insert or upsert.
    ///
    /// # Errors
    /// PGRST204 for an unknown column, `428C9` for a generated one, `42501` without the right, those of reading a value, `42P10` for a conflict target
    /// that is not unique.
    pub(super) fn insert(
        &mut self,
        request: &Request,
        payload: &Payload,
        columns: Option<&[Name]>,
        on_conflict: Option<&[Name]>,
    ) -> Result<Box<Write>> {
        let table = self.writable(request)?;
        let source = Source::Table(table.clone());
        self.may_use(&source, Privilege::Insert)?;
        if columns.is_none() && !payload.uniform {
            return Err(Error::new(Code::BODY, "All object keys must match"));
        }
        let named = columns.unwrap_or(&payload.keys);
        let targets = self.target_columns(&source, &table, named, Privilege::Insert)?;
        let missing_default = request.preferences.missing_default == Some(true);
        let rows = rows(payload, &targets, missing_default)?;

        let returning = self.representation(request, &table)?;
        let mut conditions = vec![self.allowed(&table, PolicyCommand::Insert)?];
        if returning.is_some() {
            conditions.push(self.visible(&table, PolicyCommand::Select, &Name::from(NEW_ROW))?);
        }
        let conflict = match request.preferences.resolution {
            Some(resolution) => {
                self.conflict(&source, &table, &targets, on_conflict, resolution)?
            }
            None => None,
        };
        let mut insert = InsertRows {
            columns: targets.iter().map(|column| column.name.clone()).collect(),
            defaults: targets
                .iter()
                .map(|column| self.default(&table, column))
                .collect::<Result<_>>()?,
            rows,
            check: Expr::all(conditions),
            conflict,
        };
        self.add_defaults(&table, &mut insert)?;
        self.write(request, table, Change::Insert(insert), returning)
    }

    /// Plans an update.
    ///
    /// # Errors
    /// As [`Planner::insert`]; `21000` without a filter when `api.safe_update` is on.
    pub(super) fn update(
        &mut self,
        request: &Request,
        payload: &Payload,
        columns: Option<&[Name]>,
    ) -> Result<Box<Write>> {
        let table = self.writable(request)?;
        let source = Source::Table(table.clone());
        self.may_use(&source, Privilege::Update)?;
        let named = columns.unwrap_or(&payload.keys);
        let targets = self.target_columns(&source, &table, named, Privilege::Update)?;
        self.is_safe(request, "UPDATE")?;
        let values = rows(payload, &targets, false)?
            .into_iter()
            .next()
            .unwrap_or_default();
        let returning = self.representation(request, &table)?;
        let assignments = targets
            .iter()
            .zip(values)
            .map(|(column, cell)| {
                let value = match cell {
                    Cell::Value(value) => Expr::constant(value, column.ty.ty.clone()),
                    Cell::Default => self.default(&table, column)?,
                };
                Ok((column.name.clone(), value))
            })
            .collect::<Result<_>>()?;
        let reads = returning.is_some() || !request.query.filters.is_empty();
        let filter = self.affected_rows(request, &source, &table, PolicyCommand::Update, reads)?;
        let mut check = vec![self.allowed(&table, PolicyCommand::Update)?];
        if reads {
            check.push(self.visible(&table, PolicyCommand::Select, &Name::from(NEW_ROW))?);
        }
        let update = UpdateRows {
            assignments,
            filter,
            check: Expr::all(check),
        };
        self.write(request, table, Change::Update(update), returning)
    }

    /// Plans a delete.
    ///
    /// # Errors
    /// As [`Planner::update`].
    pub(super) fn delete(&mut self, request: &Request) -> Result<Box<Write>> {
        let table = self.writable(request)?;
        let source = Source::Table(table.clone());
        self.may_use(&source, Privilege::Delete)?;
        self.is_safe(request, "DELETE")?;
        let returning = self.representation(request, &table)?;
        let reads = returning.is_some() || !request.query.filters.is_empty();
        let filter = self.affected_rows(request, &source, &table, PolicyCommand::Delete, reads)?;
        self.write(
            request,
            table,
            Change::Delete(DeleteRows { filter }),
            returning,
        )
    }

    fn write(
        &self,
        request: &Request,
        table: Arc<Table>,
        change: Change,
        returning: Option<Read>,
    ) -> Result<Box<Write>> {
        let strict = request.preferences.strict == Some(true);
        let max_affected = request.preferences.max_affected.filter(|_| strict);
        Ok(Box::new(Write {
            table,
            change,
            returning,
            max_affected,
        }))
    }

    fn writable(&self, request: &Request) -> Result<Arc<Table>> {
        match self.source(&request.target)? {
            Source::Table(table) => Ok(table),
            Source::View(view) => Err(Error::new(
                Code::FEATURE_NOT_SUPPORTED,
                format!(
                    "writing to the view \"{}\" is not supported",
                    view.name.name
                ),
            )
            .hint("Write to the table that the view reads.")),
        }
    }

    /// Returns which rows an update or delete touches: its filters, its policies, and, when it reads columns, the `select` policies, as PostgreSQL
    /// applies them.
    fn affected_rows(
        &mut self,
        request: &Request,
        source: &Source,
        table: &Table,
        command: PolicyCommand,
        reads: bool,
    ) -> Result<Expr> {
        let alias = table.name.name.clone();
        let query = Query {
            filters: request.query.filters.clone(),
            ..Query::default()
        };
        let level = Level::plan(self, source, &alias, &query, false)?;
        let mut conditions = vec![level.filter, self.visible(table, command, &alias)?];
        if reads {
            conditions.push(self.visible(table, PolicyCommand::Select, &alias)?);
        }
        Ok(Expr::all(conditions))
    }

    fn is_safe(&self, request: &Request, word: &str) -> Result<()> {
        let bounded = !request.query.filters.is_empty();
        if bounded || self.bypasses || !self.world.settings.safe_update {
            return Ok(());
        }
        Err(Error::new(
            Code::CARDINALITY,
            format!("{word} requires a WHERE clause"),
        ))
    }

    /// Returns the query of the changed rows when the request wants them back.
    fn representation(&mut self, request: &Request, table: &Arc<Table>) -> Result<Option<Read>> {
        let (query, format) = match request.preferences.r#return {
            Some(Return::Representation) => {
                let unfiltered = Query {
                    filters: Vec::new(),
                    limit: None,
                    offset: 0,
                    ..request.query.clone()
                };
                (unfiltered, request.format)
            }
            // `Location` is made of the primary key.
            Some(Return::HeadersOnly) => (key_query(table), Format::Array { strip_nulls: false }),
            Some(Return::Minimal) | None => return Ok(None),
        };
        if query.select.is_empty() {
            return Ok(None);
        }
        let source = Source::Table(table.clone());
        self.may_use(&source, Privilege::Select)?;
        let alias = self.alias(&table.name.name);
        let level = Level::plan(self, &source, &alias, &query, true)?;
        let rows = From::Affected {
            table: table.name.clone(),
            alias,
        };
        let select = level.select(rows, Expr::bool(true), None);
        Ok(Some(read_of(select, None, format, false)))
    }

    /// Returns the columns that a payload writes.
    fn target_columns<'t>(
        &self,
        source: &Source,
        table: &'t Table,
        names: &[Name],
        privilege: Privilege,
    ) -> Result<Vec<&'t Column>> {
        names
            .iter()
            .map(|name| {
                let column = table
                    .column(name)
                    .ok_or_else(|| unknown_column(table, name))?;
                self.may_use_column(source, name, privilege)?;
                refuse_generated(column, privilege)?;
                Ok(column)
            })
            .collect()
    }

    fn conflict(
        &mut self,
        source: &Source,
        table: &Arc<Table>,
        targets: &[&Column],
        on_conflict: Option<&[Name]>,
        resolution: Resolution,
    ) -> Result<Option<InsertConflict>> {
        let target = match on_conflict {
            Some(columns) => columns.to_vec(),
            None => table.primary_key_columns().to_vec(),
        };
        if target.is_empty() {
            return Ok(None);
        }
        for column in &target {
            self.field(source, &table.name.name, column, &[])?;
        }
        if !table.is_unique(&target) {
            return Err(Error::new(
                Code::INVALID_COLUMN_REFERENCE,
                "there is no unique or exclusion constraint matching the ON CONFLICT specification",
            ));
        }
        let merge = match resolution {
            Resolution::IgnoreDuplicates => None,
            // A row without columns has nothing to take over.
            Resolution::MergeDuplicates if targets.is_empty() => None,
            Resolution::MergeDuplicates => Some(self.merge(source, table, targets)?),
        };
        Ok(Some(InsertConflict { target, merge }))
    }

    fn merge(&mut self, source: &Source, table: &Arc<Table>, targets: &[&Column]) -> Result<Merge> {
        for column in targets {
            self.may_use_column(source, &column.name, Privilege::Update)?;
        }
        let alias = table.name.name.clone();
        let new = Name::from(NEW_ROW);
        let using = [
            self.visible(table, PolicyCommand::Update, &alias)?,
            self.visible(table, PolicyCommand::Select, &alias)?,
        ];
        let check = [
            self.allowed(table, PolicyCommand::Update)?,
            self.visible(table, PolicyCommand::Select, &new)?,
        ];
        Ok(Merge {
            columns: targets.iter().map(|column| column.name.clone()).collect(),
            using: Expr::all(using),
            check: Expr::all(check),
        })
    }

    /// Returns a column's default; null when it has none.
    fn default(&mut self, table: &Table, column: &Column) -> Result<Expr> {
        let Some(default) = &column.default else {
            return Ok(Expr::null(column.ty.ty.clone()));
        };
        let number = self.number();
        let row = Name::from(NEW_ROW);
        let copy = instantiate::expression(&default.expr, &table.name.name, &row, number);
        self.secure_expr(copy, Rights::Caller)
    }

    /// Adds the columns that the payload does not name and that have a default.
    fn add_defaults(&mut self, table: &Table, insert: &mut InsertRows) -> Result<()> {
        for column in &table.columns {
            if column.default.is_some() && !insert.columns.contains(&column.name) {
                insert.columns.push(column.name.clone());
                insert.defaults.push(self.default(table, column)?);
                for row in &mut insert.rows {
                    row.push(Cell::Default);
                }
            }
        }
        Ok(())
    }
}

/// Selects the primary key.
fn key_query(table: &Table) -> Query {
    let field = |column: &Name| {
        SelectItem::Field(FieldItem {
            alias: None,
            column: Some(column.clone()),
            path: Vec::new(),
            cast: None,
            aggregate: None,
        })
    };
    Query {
        select: table.primary_key_columns().iter().map(field).collect(),
        ..Query::default()
    }
}

/// Reads the values of a payload for `targets`; a key that a row lacks is null, or its default.
fn rows(payload: &Payload, targets: &[&Column], missing_default: bool) -> Result<Vec<Vec<Cell>>> {
    let positions: Vec<Option<usize>> = targets
        .iter()
        .map(|column| payload.keys.iter().position(|key| *key == column.name))
        .collect();
    payload
        .rows
        .iter()
        .map(|row| {
            targets
                .iter()
                .zip(&positions)
                .map(|(column, position)| {
                    let value = position
                        .and_then(|at| row.values.get(at))
                        .and_then(Option::as_ref);
                    match value {
                        Some(json) => types::from_json(&column.ty, json).map(Cell::Value),
                        None if missing_default => Ok(Cell::Default),
                        None => Ok(Cell::Value(Value::Null)),
                    }
                })
                .collect()
        })
        .collect()
}

fn unknown_column(table: &Table, name: &str) -> Error {
    let error = Error::new(
        Code::PAYLOAD_COLUMN,
        format!(
            "Could not find the '{name}' column of '{}' in the schema cache",
            table.name.name
        ),
    );
    match nearest(name, table.columns.iter().map(|column| &*column.name)) {
        Some(near) => error.hint(format!("Perhaps you meant the column '{near}'.")),
        None => error,
    }
}

fn refuse_generated(column: &Column, privilege: Privilege) -> Result<()> {
    let name = &column.name;
    let kind = match &column.generated {
        Some(Generated::IdentityAlways) => "an identity column defined as GENERATED ALWAYS",
        Some(Generated::Stored(_)) => "a generated column",
        Some(Generated::IdentityByDefault) | None => return Ok(()),
    };
    let message = if privilege == Privilege::Update {
        format!("column \"{name}\" can only be updated to DEFAULT")
    } else {
        format!("cannot insert a non-DEFAULT value into column \"{name}\"")
    };
    Err(Error::new(Code::GENERATED_ALWAYS, message)
        .details(format!("Column \"{name}\" is {kind}.")))
}
