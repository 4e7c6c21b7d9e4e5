//! `on conflict`: the row that exists is looked for by the target's columns, and takes over the new row's values or stays.

use std::collections::HashSet;

use underpin_base::{Code, Error, Name, Result, Value, ValueRef};
use underpin_query::plan::{EXCLUDED_ROW, InsertConflict, InsertRows, Merge, NEW_ROW, UpdateRows};
use underpin_schema::catalog::Table;
use underpin_sql::functions::Operator;
use underpin_sql::tree::{Assignment, Expr, ExprKind, Statement, Update};
use underpin_sql::types::Type;

use super::super::execute;
use super::super::expression::{
    changed_identity, changed_rows, columns_of, output, parameter, row_identity, select,
    stands_apart,
};
use super::super::routine::{Event, Triggers};
use super::super::violation::{self, Row};
use super::{Changed, Execution, Template, refused};

/// The column of the query that tells whether the existing row may be merged.
const USING: &str = "underpin:using";

/// The column of the query that tells whether the existing row changes at all.
const FILTER: &str = "underpin:filter";

/// What became of a row that was to be inserted.
pub(super) enum Resolved {
    /// No row is in its way.
    New,
    /// One is, and stays as it is.
    Ignored,
    /// The row of this identity took over its values.
    Merged(i64),
}

/// The search for rows that are in the way, and their change.
pub(super) struct Conflicts<'c> {
    find: Template<'c>,
    update: Option<Template<'c>>,
    /// The change of an existing row when triggers run on it, row by row.
    triggered: Option<(UpdateRows, &'c Triggers)>,
    columns: Vec<Name>,
    /// Rows that this insert brought or merged; PostgreSQL refuses to change one twice.
    touched: HashSet<i64>,
}

impl<'c> Conflicts<'c> {
    /// Prepares what a conflict needs.
    pub(super) fn new(
        execution: &'c Execution<'_>,
        table: &Table,
        insert: &InsertRows,
        conflict: &InsertConflict,
        triggers: &'c Triggers,
    ) -> Result<Self> {
        let mut triggered = None;
        let existing = in_the_way(table, insert, &conflict.target);
        let (find, update) = match &conflict.merge {
            None => {
                let identity = output("row", row_identity(&table.name.name));
                let from = vec![super::super::expression::table_item(table)];
                (select(vec![identity], from, Some(existing)), None)
            }
            Some(merge) => {
                let assignments = assignments(table, insert, merge);
                let filter = match &merge.filter {
                    Some(filter) => over_excluded(table, insert, filter.clone()),
                    None => Expr::bool(true),
                };
                let more = vec![output(USING, merge.using.clone()), output(FILTER, filter)];
                let columns = columns_of(&merge.check, NEW_ROW);
                let rows = changed_rows(table, &assignments, &columns, existing, more);
                let new = Name::from(NEW_ROW);
                let column = |name| Expr::column(&new, &Name::from(name), Type::Bool);
                let outputs = vec![
                    output("row", changed_identity()),
                    output("using", column(USING)),
                    output("check", merge.check.clone()),
                    output("filter", column(FILTER)),
                ];
                let invokes = assignments.iter().any(|(_, value)| stands_apart(value));
                if invokes || triggers.any(Event::Update) {
                    let this_row = Expr::compare(
                        Operator::Equal,
                        row_identity(&table.name.name),
                        parameter(insert.columns.len(), &Type::Int8),
                    );
                    let update = UpdateRows {
                        defaults: Vec::new(),
                        assignments: assignments.clone(),
                        filter: this_row,
                        check: merge.check.clone(),
                    };
                    triggered = Some((update, triggers));
                }
                let update = update_statement(table, assignments, insert.columns.len());
                (select(outputs, vec![rows], None), Some(update))
            }
        };
        Ok(Self {
            find: execution.template(&Statement::Select(Box::new(find)))?,
            update: match update {
                Some(update) => Some(execution.template(&update)?),
                None => None,
            },
            columns: insert.columns.clone(),
            triggered,
            touched: HashSet::new(),
        })
    }

    /// Remembers a row that the insert brought.
    pub(super) fn inserted(&mut self, rowid: i64) {
        if self.update.is_some() {
            self.touched.insert(rowid);
        }
    }

    /// Looks for a row that is in the way of `row`, and merges it.
    pub(super) fn resolve(
        &mut self,
        execution: &Execution<'_>,
        table: &Table,
        row: &[ValueRef<'_>],
        changed: &mut Changed,
    ) -> Result<Resolved> {
        self.find.bind(&execution.binding, row)?;
        let found = execute::first(execution.connection, &mut self.find.statement)?;
        let Some(Value::Int(rowid)) = found.first() else {
            return Ok(Resolved::New);
        };
        let Some(update) = &mut self.update else {
            return Ok(Resolved::Ignored);
        };
        if self.touched.contains(rowid) {
            return Err(Error::new(
                Code::CARDINALITY,
                "ON CONFLICT DO UPDATE command cannot affect row a second time",
            )
            .hint(
                "Ensure that no rows proposed for insertion within the same command have duplicate \
                 constrained values.",
            ));
        }
        if found.get(3) != Some(&Value::Int(1)) {
            return Ok(Resolved::Ignored);
        }
        if found.get(1) != Some(&Value::Int(1)) {
            return Err(refused_using(table));
        }
        let mut values = row.to_vec();
        values.push(ValueRef::Int(*rowid));
        if let Some((update, triggers)) = &self.triggered {
            let binding = execution.binding.with_row(&values);
            let merging = Execution {
                binding,
                ..*execution
            };
            let merged = merging.update_with_triggers(table, update, triggers)?;
            changed.queue.extend(merged.queue);
            let Some(merged) = merged.rowids.first() else {
                return Ok(Resolved::Ignored);
            };
            self.touched.insert(*merged);
            return Ok(Resolved::Merged(*merged));
        }
        if found.get(2) != Some(&Value::Int(1)) {
            return Err(refused(table));
        }
        update.bind(&execution.binding, &values)?;
        let merged = first_rowid(update).map_err(|cause| {
            violation::of_row(execution, table, cause, &Row::new(&self.columns, row))
        })?;
        let merged = merged.unwrap_or(*rowid);
        self.touched.insert(merged);
        Ok(Resolved::Merged(merged))
    }
}

/// Executes a bound statement that returns row identities, and returns the first.
pub(super) fn first_rowid(template: &mut Template<'_>) -> rusqlite::Result<Option<i64>> {
    let mut rows = template.statement.raw_query();
    let mut first = None;
    // The statement has done its work only once it has been stepped to its end.
    while let Some(row) = rows.next()? {
        let rowid = row.get(0)?;
        first.get_or_insert(rowid);
    }
    Ok(first)
}

/// Returns the update of the row whose identity is parameter `identity`.
pub(super) fn update_statement(
    table: &Table,
    assignments: Vec<(Name, Expr)>,
    identity: usize,
) -> Statement {
    let alias = table.name.name.clone();
    let this_row = Expr::compare(
        Operator::Equal,
        row_identity(&alias),
        parameter(identity, &Type::Int8),
    );
    Statement::Update(Box::new(Update {
        with: Vec::new(),
        table: table.name.clone(),
        returning: vec![output("row", row_identity(&alias))],
        alias,
        assignments: assignments
            .into_iter()
            .map(|(column, value)| Assignment {
                column,
                value: Some(value),
            })
            .collect(),
        from: Vec::new(),
        filter: Some(this_row),
    }))
}

fn assignments(table: &Table, insert: &InsertRows, merge: &Merge) -> Vec<(Name, Expr)> {
    let taken = merge
        .columns
        .iter()
        .map(|name| (name.clone(), new_value(table, insert, name)));
    let computed = merge
        .assignments
        .iter()
        .map(|(name, value)| (name.clone(), over_excluded(table, insert, value.clone())));
    taken.chain(computed).collect()
}

/// Returns the columns that a merge sets.
pub(super) fn merged_columns(insert: &InsertRows) -> Vec<Name> {
    let merge = insert.conflict.as_ref().and_then(|it| it.merge.as_ref());
    merge
        .map(|merge| {
            let computed = merge.assignments.iter().map(|(name, _)| name);
            merge.columns.iter().chain(computed).cloned().collect()
        })
        .unwrap_or_default()
}

/// Returns `expr` with the new row's values in the place of the columns of [`EXCLUDED_ROW`].
fn over_excluded(table: &Table, insert: &InsertRows, expr: Expr) -> Expr {
    super::super::expression::replace_columns(expr, EXCLUDED_ROW, &|name, _| {
        new_value(table, insert, name)
    })
}

/// Returns the new row's value of column `name`.
fn new_value(table: &Table, insert: &InsertRows, name: &Name) -> Expr {
    let ty = table
        .column(name)
        .map_or(Type::Unknown, |column| column.ty.ty.clone());
    match insert.columns.iter().position(|column| column == name) {
        Some(index) => parameter(index, &ty),
        None => Expr::null(ty),
    }
}

/// Returns the condition that a row is in the way of the new one: in the columns of `target`, or by any key when there are none.
fn in_the_way(table: &Table, insert: &InsertRows, target: &[Name]) -> Expr {
    if !target.is_empty() {
        return same_key(table, insert, target);
    }
    let indexes = table
        .indexes
        .iter()
        .filter(|index| index.unique && index.filter.is_none())
        .filter_map(|index| {
            let columns = index.keys.iter().map(|key| key.column.clone());
            columns.collect::<Option<Vec<_>>>()
        });
    let keys = table.primary_key.iter().chain(&table.uniques);
    let keys = keys.map(|key| key.columns.clone()).chain(indexes);
    Expr::any(
        keys.map(|columns| same_key(table, insert, &columns))
            .collect(),
    )
}

/// Returns the condition that a row has the new row's values in the columns of `target`.
fn same_key(table: &Table, insert: &InsertRows, target: &[Name]) -> Expr {
    let nulls_not_distinct = table.uniques.iter().any(|key| {
        key.nulls_not_distinct
            && key.columns.len() == target.len()
            && key.columns.iter().all(|column| target.contains(column))
    });
    Expr::all(target.iter().map(|name| {
        let new = new_value(table, insert, name);
        let existing = Expr::column(&table.name.name, name, new.ty.clone());
        if nulls_not_distinct {
            Expr {
                kind: ExprKind::IsDistinct {
                    operands: Box::new([existing, new]),
                    negated: true,
                },
                ty: Type::Bool,
            }
        } else {
            Expr::compare(Operator::Equal, existing, new)
        }
    }))
}

fn refused_using(table: &Table) -> Error {
    Error::new(
        Code::PRIVILEGE,
        format!(
            "new row violates row-level security policy (USING expression) for table \"{}\"",
            table.name.name
        ),
    )
}
