//! Inserts: defaults are computed once, `with check` comes before constraints, a conflict is looked for before the row is inserted.

use std::collections::HashMap;

use underpin_base::{Error, Name, Result, Value, ValueRef};
use underpin_query::plan::{Cell, InsertRows, NEW_ROW, Write};
use underpin_schema::catalog::{Generated, Table};
use underpin_schema::sqlite::identity_column;
use underpin_sql::functions::Operator;
use underpin_sql::tree::{Context, Expr, ExprKind, Insert, Source, Statement};
use underpin_sql::types::Type;

use super::super::execute;
use super::super::expression::{
    changed_rows, columns_of, generator, output, parameter, replace_columns, row_identity, select,
};
use super::super::violation::{self, Row};
use super::constraint::Constraints;
use super::merge::{Conflicts, Resolved};
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
        let table = &*write.table;
        let mut defaults = Defaults::new(insert);
        let mut check = self.insert_check(table, insert)?;
        let mut conflicts = match &insert.conflict {
            Some(conflict) => Some(Conflicts::new(self, table, insert, conflict)?),
            None => None,
        };
        let mut template = self.template(&insert_statement(table, &insert.columns))?;
        let mut constraints = Constraints::new(self, table, insert)?;
        let identity = identity_column(table)
            .and_then(|identity| insert.columns.iter().position(|it| *it == identity.name));
        let mut changed = Changed::default();
        for cells in insert.every_row() {
            let cells = cells?;
            let computed = defaults.compute(self, &cells)?;
            let row = join(&cells, &computed);
            if let Check::Before(check) = &mut check {
                self.require(table, check, &row)?;
            }
            // SQLite would count up; to PostgreSQL a null that is given is no default.
            if identity.is_some_and(|index| cells.get(index) == Some(&Cell::Value(Value::Null))) {
                let row = Row::new(&insert.columns, &row);
                return Err(violation::no_identity(self, table, Some(&row)));
            }
            let mut rowid = None;
            if let Some(conflicts) = &mut conflicts {
                constraints.require(self, table, &insert.columns, &row)?;
                match conflicts.resolve(self, table, &row)? {
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
            }
            changed.affected += 1;
            self.check_views(table, &write.view_checks, rowid.as_slice())?;
            if keep_rowids {
                changed.rowids.extend(rowid);
            }
        }
        Ok(changed)
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
    fn require(&self, table: &Table, check: &mut Template<'_>, row: &[ValueRef<'_>]) -> Result<()> {
        check.bind(&self.binding, row)?;
        match execute::first(self.connection, &mut check.statement)?.first() {
            Some(Value::Int(1)) => Ok(()),
            _ => Err(refused(table)),
        }
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
            let this_row = Expr::compare(
                Operator::Equal,
                row_identity(&table.name.name),
                parameter(0, &Type::Int8),
            );
            let rows = changed_rows(table, &[], &columns, this_row, Vec::new());
            let query = select(
                vec![output("check", insert.check.clone())],
                vec![rows],
                None,
            );
            return Ok(Check::After(
                self.template(&Statement::Select(Box::new(query)))?,
            ));
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
