//! Writing: inserts, upserts, updates and deletes of one table.

use std::sync::Arc;

use underpin_base::{Code, Error, Name, QualifiedName, Result};
use underpin_schema::catalog::{Column, Generated, PolicyCommand, Privilege, Table};
use underpin_sql::tree::{Expr, From};

use super::action::{
    Cell, Change, DeleteRows, InsertConflict, InsertRows, Merge, NEW_ROW, Read, UpdateRows, Write,
};
use super::instantiate;
use super::invoke::seen_first;
use super::more::{MoreRows, cell};
use super::read::{Level, read_of};
use super::secure::Rights;
use super::target::Target;
use super::world::{Planner, Source};
use crate::request::{
    Action, FieldItem, Format, Payload, Query, Request, Resolution, Return, SelectItem,
};

/// What an insert brings, and what it does with rows that exist.
pub(super) struct Insertion<'r> {
    pub(super) payload: &'r Payload,
    /// `columns=…`.
    pub(super) columns: Option<&'r [Name]>,
    /// A key that a row lacks is its column's default.
    pub(super) missing_default: bool,
    /// The unique set, by the names that the request knows, and what happens to rows that have its values.
    pub(super) on_conflict: Option<(&'r [Name], Resolution)>,
}

/// A column that a payload writes: the request's name for it, and the table's column.
type Written<'t> = (Name, &'t Column);

impl Planner<'_> {
    /// Plans an insert or upsert.
    ///
    /// # Errors
    /// PGRST204 for an unknown column, `428C9` for a generated one, `42501` without the right, those of reading a value, `42P10` for a conflict target
    /// that is not unique, `55000` for a view that cannot be written through.
    pub(super) fn insert(
        &mut self,
        request: &Request,
        payload: &Payload,
        columns: Option<&[Name]>,
        on_conflict: Option<&[Name]>,
    ) -> Result<Box<Write>> {
        let source = self.source(&request.target)?;
        let target = self.target(source, Privilege::Insert)?;
        let key = match on_conflict {
            Some(columns) => columns.to_vec(),
            None => target.key(),
        };
        let resolution = request.preferences.resolution;
        let insertion = Insertion {
            payload,
            columns,
            missing_default: request.preferences.missing_default == Some(true),
            // Without a key nothing can be in the way: the preference is passed over.
            on_conflict: resolution
                .filter(|_| !key.is_empty())
                .map(|resolution| (key.as_slice(), resolution)),
        };
        self.insert_into(request, &target, &insertion, |_, _| Ok(()))
    }

    /// Plans an insert of those rows that `choose`, which is given the table's columns, leaves.
    pub(super) fn insert_into(
        &mut self,
        request: &Request,
        target: &Target,
        insertion: &Insertion<'_>,
        choose: impl FnOnce(&[Name], &mut Vec<Vec<Cell>>) -> Result<()>,
    ) -> Result<Box<Write>> {
        let table = target.table.clone();
        let payload = insertion.payload;
        if insertion.columns.is_none() && !payload.uniform {
            return Err(Error::new(Code::BODY, "All object keys must match"));
        }
        let named = insertion.columns.unwrap_or(&payload.keys);
        let written = self.written_columns(target, named, Privilege::Insert)?;
        let names: Vec<Name> = written.iter().map(|(_, c)| c.name.clone()).collect();
        let returning = self.representation(request, target)?;
        let mut conditions = vec![self.target_allowed(target, PolicyCommand::Insert)?];
        if returning.is_some() {
            let new = Name::from(NEW_ROW);
            conditions.push(self.target_visible(target, PolicyCommand::Select, &new)?);
        }
        let conflict = match insertion.on_conflict {
            Some((key, resolution)) => Some(self.conflict(target, &written, key, resolution)?),
            None => None,
        };
        if returning.is_some() || conflict.is_some() {
            self.may_read_through(target)?;
        }
        // What is wrong with a value comes after what is wrong with the statement.
        let mut rows = rows(payload, &written, insertion.missing_default)?;
        choose(&names, &mut rows)?;
        let mut insert = InsertRows {
            columns: names,
            defaults: written
                .iter()
                .map(|(_, column)| match insertion.missing_default {
                    true => self.default(&table, column),
                    // Every row gives it a value, so that nobody needs the right to execute its default.
                    false => Ok(Expr::null(column.ty.ty.clone())),
                })
                .collect::<Result<_>>()?,
            rows,
            more: more(payload, &written, insertion.missing_default),
            check: Expr::all(conditions),
            conflict,
        };
        self.add_defaults(&table, &mut insert)?;
        Ok(write(target, Change::Insert(insert), returning, None))
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
        let source = self.source(&request.target)?;
        let target = self.target(source, Privilege::Update)?;
        self.may_read_through(&target)?;
        let table = target.table.clone();
        let named = columns.unwrap_or(&payload.keys);
        let written = self.written_columns(&target, named, Privilege::Update)?;
        let missing_default = request.preferences.missing_default == Some(true);
        let values = rows(payload, &written, missing_default)?.into_iter().next();
        // As in PostgREST, a payload without a value changes nothing, and so needs no filter.
        if !written.is_empty() && values.is_some() {
            self.is_safe(request, "UPDATE")?;
        }
        let returning = self.representation(request, &target)?;
        let (mut assignments, mut defaults) = (Vec::new(), Vec::new());
        for ((_, column), cell) in written.iter().zip(values.unwrap_or_default()) {
            let name = column.name.clone();
            match cell {
                Cell::Value(value) => {
                    assignments.push((name, Expr::constant(value, column.ty.ty.clone())));
                }
                Cell::Default if !self.expands_bodies() => defaults.push(name),
                Cell::Default => assignments.push((name, self.default(&table, column)?)),
            }
        }
        let reads = returning.is_some() || !request.query.filters.is_empty();
        let filter = self.affected_rows(request, &target, PolicyCommand::Update, reads)?;
        let mut check = vec![self.target_allowed(&target, PolicyCommand::Update)?];
        if reads {
            let new = Name::from(NEW_ROW);
            check.push(self.target_visible(&target, PolicyCommand::Select, &new)?);
        }
        let update = UpdateRows {
            assignments,
            defaults,
            filter,
            check: Expr::all(check),
        };
        let most = max_affected(request);
        Ok(write(&target, Change::Update(update), returning, most))
    }

    /// Plans a delete.
    ///
    /// # Errors
    /// As [`Planner::update`].
    pub(super) fn delete(&mut self, request: &Request) -> Result<Box<Write>> {
        let source = self.source(&request.target)?;
        let target = self.target(source, Privilege::Delete)?;
        self.may_read_through(&target)?;
        self.is_safe(request, "DELETE")?;
        let returning = self.representation(request, &target)?;
        let reads = returning.is_some() || !request.query.filters.is_empty();
        let filter = self.affected_rows(request, &target, PolicyCommand::Delete, reads)?;
        let change = Change::Delete(DeleteRows { filter });
        Ok(write(&target, change, returning, max_affected(request)))
    }

    /// Returns the table `name`, which a statement of a routine writes to.
    pub(super) fn written_table(&self, name: &QualifiedName) -> Result<Arc<Table>> {
        match self.source(name)? {
            Source::Table(table) => Ok(table),
            other => Err(Error::new(
                Code::FEATURE_NOT_SUPPORTED,
                format!(
                    "writing to the view \"{}\" is not supported in functions",
                    other.name().name
                ),
            )
            .hint("Write to the table that the view reads.")),
        }
    }

    /// Returns which rows an update or delete touches: its filters, what its view shows, its policies, and, when it reads columns, the `select`
    /// policies, as PostgreSQL applies them.
    fn affected_rows(
        &mut self,
        request: &Request,
        target: &Target,
        command: PolicyCommand,
        reads: bool,
    ) -> Result<Expr> {
        let row = target.table.name.name.clone();
        let query = Query {
            filters: request.query.filters.clone(),
            ..Query::default()
        };
        let level = Level::plan(self, &target.source, &target.alias, &query, false)?;
        let mut visible = vec![target.filter(), self.target_visible(target, command, &row)?];
        if reads {
            visible.push(self.target_visible(target, PolicyCommand::Select, &row)?);
        }
        let filter = target.over(level.filter, &row);
        Ok(seen_first(Expr::all(visible), filter))
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
    fn representation(&mut self, request: &Request, target: &Target) -> Result<Option<Read>> {
        let is_insert = matches!(request.action, Action::Insert { .. });
        let is_key = request.preferences.r#return == Some(Return::HeadersOnly);
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
            Some(Return::HeadersOnly) if is_insert => {
                let format = Format::Array { strip_nulls: false };
                (key_query(&target.key()), format)
            }
            Some(Return::HeadersOnly | Return::Minimal) | None => return Ok(None),
        };
        if is_key && query.select.is_empty() {
            return Ok(None);
        }
        self.may_use(&target.source, Privilege::Select)?;
        let alias = self.alias(&target.source.name().name);
        let level = Level::plan(self, &target.source, &alias, &query, true)?;
        let row = self.alias(&target.table.name.name);
        let row = if target.is_view() { row } else { alias.clone() };
        let rows = From::Affected {
            table: target.table.name.clone(),
            alias: row.clone(),
        };
        let select = level.select(rows, Expr::bool(true), None);
        let select = target.select_over(select, &alias, &row);
        Ok(Some(read_of(select, None, format, false)))
    }

    /// Returns the columns that a payload writes, each once.
    fn written_columns<'t>(
        &self,
        target: &'t Target,
        names: &[Name],
        privilege: Privilege,
    ) -> Result<Vec<Written<'t>>> {
        let mut written: Vec<Written<'t>> = Vec::new();
        for name in names {
            if written.iter().any(|(known, _)| known == name) {
                continue;
            }
            let column = target
                .column(name, privilege)?
                .and_then(|column| target.table.column(&column))
                .ok_or_else(|| unknown_column(&target.source, name))?;
            self.may_write(target, name, column, privilege)?;
            if written.iter().any(|(_, known)| known.name == column.name) {
                return Err(Error::new(
                    Code::SYNTAX,
                    format!("multiple assignments to same column \"{}\"", column.name),
                ));
            }
            written.push((name.clone(), column));
        }
        // Of several, the first in the table's order is named.
        for column in &target.table.columns {
            if written.iter().any(|(_, known)| known.name == column.name) {
                refuse_generated(column, privilege)?;
            }
        }
        Ok(written)
    }

    /// Refuses the caller unless it has `privilege` on what the request calls `name`, and on the `column` behind it where the rights in a
    /// view are its own.
    fn may_write(
        &self,
        target: &Target,
        name: &str,
        column: &Column,
        privilege: Privilege,
    ) -> Result<()> {
        self.may_use_column(&target.source, name, privilege)?;
        if target.is_view() && target.is_callers() {
            let table = Source::Table(target.table.clone());
            self.may_use_column(&table, &column.name, privilege)?;
        }
        Ok(())
    }

    fn conflict(
        &mut self,
        target: &Target,
        written: &[Written<'_>],
        key: &[Name],
        resolution: Resolution,
    ) -> Result<InsertConflict> {
        let no_such_key = || {
            Error::new(
                Code::INVALID_COLUMN_REFERENCE,
                "there is no unique or exclusion constraint matching the ON CONFLICT specification",
            )
        };
        let mut columns: Vec<Name> = Vec::new();
        for name in key {
            if target.source.column(name).is_none() {
                return Err(Error::new(
                    Code::UNDEFINED_COLUMN,
                    format!("column \"{name}\" does not exist"),
                ));
            }
            self.may_use_column(&target.source, name, Privilege::Select)?;
            let column = target
                .column(name, Privilege::Insert)
                .ok()
                .flatten()
                .ok_or_else(no_such_key)?;
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        let is_judged_elsewhere =
            !self.expands_bodies() && matches!(target.source, Source::View(_));
        if !is_judged_elsewhere && !target.table.is_unique(&columns) {
            return Err(no_such_key());
        }
        let merge = match resolution {
            Resolution::IgnoreDuplicates => None,
            // A row without columns has nothing to take over.
            Resolution::MergeDuplicates if written.is_empty() => None,
            Resolution::MergeDuplicates => Some(Box::new(self.merge(target, written)?)),
        };
        Ok(InsertConflict {
            target: columns,
            merge,
        })
    }

    fn merge(&mut self, target: &Target, written: &[Written<'_>]) -> Result<Merge> {
        self.may_write_through(target, Privilege::Update)?;
        for (name, column) in written {
            self.may_write(target, name, column, Privilege::Update)?;
        }
        let alias = target.table.name.name.clone();
        let new = Name::from(NEW_ROW);
        let using = [
            self.target_visible(target, PolicyCommand::Update, &alias)?,
            self.target_visible(target, PolicyCommand::Select, &alias)?,
        ];
        let check = [
            self.target_allowed(target, PolicyCommand::Update)?,
            self.target_visible(target, PolicyCommand::Select, &new)?,
        ];
        Ok(Merge {
            columns: written
                .iter()
                .map(|(_, column)| column.name.clone())
                .collect(),
            assignments: Vec::new(),
            filter: None,
            using: Expr::all(using),
            check: Expr::all(check),
        })
    }

    /// Returns a column's default; null when it has none.
    pub(super) fn default(&mut self, table: &Table, column: &Column) -> Result<Expr> {
        let Some(default) = column.default.as_ref().filter(|_| self.expands_bodies()) else {
            return Ok(Expr::null(column.ty.ty.clone()));
        };
        let number = self.number();
        let row = Name::from(NEW_ROW);
        let copy = instantiate::expression(&default.expr, &table.name.name, &row, number);
        self.secure_expr(copy, Rights::Caller)
    }

    /// Adds the columns that the payload does not name and that have a default.
    pub(super) fn add_defaults(&mut self, table: &Table, insert: &mut InsertRows) -> Result<()> {
        if !self.expands_bodies() {
            return Ok(());
        }
        for column in &table.columns {
            if column.default.is_some() && !insert.columns.contains(&column.name) {
                insert.columns.push(column.name.clone());
                insert.defaults.push(self.default(table, column)?);
                for row in &mut insert.rows {
                    row.push(Cell::Default);
                }
                if let Some(more) = &mut insert.more {
                    more.add_default();
                }
            }
        }
        Ok(())
    }
}

fn write(
    target: &Target,
    change: Change,
    returning: Option<Read>,
    max_affected: Option<u64>,
) -> Box<Write> {
    Box::new(Write {
        table: target.table.clone(),
        change,
        returning,
        max_affected,
        view_checks: target.checks(),
        explain: None,
    })
}

/// `max-affected` has a meaning under `handling=strict` alone.
fn max_affected(request: &Request) -> Option<u64> {
    let strict = request.preferences.strict == Some(true);
    request.preferences.max_affected.filter(|_| strict)
}

/// Selects the primary key.
fn key_query(key: &[Name]) -> Query {
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
        select: key.iter().map(field).collect(),
        ..Query::default()
    }
}

/// Returns the place of each written column among a payload's keys.
fn positions(payload: &Payload, written: &[Written<'_>]) -> Vec<Option<usize>> {
    written
        .iter()
        .map(|(name, _)| payload.keys.iter().position(|key| key == name))
        .collect()
}

/// Returns the rows of a payload that are not held, to be read for `written`.
fn more(payload: &Payload, written: &[Written<'_>], missing_default: bool) -> Option<MoreRows> {
    let rows = payload.more.clone()?;
    let types = written.iter().map(|(_, column)| column.ty.clone());
    let columns = positions(payload, written).into_iter().zip(types).collect();
    Some(MoreRows::new(rows, columns, missing_default))
}

/// Reads the values of a payload for `written`; a key that a row lacks is null, or its default.
fn rows(
    payload: &Payload,
    written: &[Written<'_>],
    missing_default: bool,
) -> Result<Vec<Vec<Cell>>> {
    let positions = positions(payload, written);
    payload
        .rows
        .iter()
        .map(|row| {
            written
                .iter()
                .zip(&positions)
                .map(|((_, column), place)| cell(row, *place, &column.ty, missing_default))
                .collect()
        })
        .collect()
}

fn unknown_column(source: &Source, name: &str) -> Error {
    Error::new(
        Code::PAYLOAD_COLUMN,
        format!(
            "Could not find the '{name}' column of '{}' in the schema cache",
            source.name().name
        ),
    )
}

pub(super) fn refuse_generated(column: &Column, privilege: Privilege) -> Result<()> {
    let name = &column.name;
    let kind = match &column.generated {
        Some(Generated::IdentityAlways) => "an identity column defined as GENERATED ALWAYS",
        Some(Generated::Stored(_)) => "a generated column",
        Some(Generated::IdentityByDefault) | None => return Ok(()),
    };
    let details = format!("Column \"{name}\" is {kind}.");
    let error = |message| Error::new(Code::GENERATED_ALWAYS, message).details(details);
    if privilege == Privilege::Update {
        return Err(error(format!(
            "column \"{name}\" can only be updated to DEFAULT"
        )));
    }
    let error = error(format!(
        "cannot insert a non-DEFAULT value into column \"{name}\""
    ));
    Err(match &column.generated {
        Some(Generated::IdentityAlways) => error.hint("Use OVERRIDING SYSTEM VALUE to override."),
        _ => error,
    })
}
