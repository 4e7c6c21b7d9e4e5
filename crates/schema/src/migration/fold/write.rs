//! Rows that a migration reads or writes: seeds, corrections.

use std::sync::Arc;

use squawk_syntax::ast;
use underpin_base::{Code, Error, Name, Result};
use underpin_sql::grammar::{self, Scope};
use underpin_sql::plpgsql::{self, Subject};
use underpin_sql::tree::{
    Assignment, Conflict, ConflictAction, Expr, From, Insert, Output, Procedure, Select, Simple,
    Source, Statement,
};

use super::procedure::Calls;
use super::{Fold, refused};
use crate::catalog::{Catalog, Column, Generated, ReferentialAction, Table};
use crate::migration::{Operation, Step};

impl Fold {
    /// Folds a statement that reads or writes rows: every default is written out.
    pub(super) fn write(&mut self, node: &ast::Stmt) -> Result<()> {
        self.settle_counters()?;
        self.settle_triggers()?;
        let statement = grammar::statement(node, &Scope::default(), &self.search())?;
        let fires = self.fires(&statement)?;
        let statement = match statement {
            Statement::Select(_) => statement,
            Statement::Insert(mut insert) => {
                let table = self.written(&insert.table)?;
                let overriding = matches!(
                    node,
                    ast::Stmt::Insert(node) if matches!(
                        node.overriding_clause(),
                        Some(ast::OverridingClause::OverridingSystemValue(_))
                    )
                );
                self.fill_insert(&table, &mut insert, overriding)?;
                Statement::Insert(insert)
            }
            Statement::Update(mut update) => {
                let table = self.written(&update.table)?;
                fill_assignments(&table, &mut update.assignments)?;
                Statement::Update(update)
            }
            Statement::Delete(delete) => {
                self.written(&delete.table)?;
                Statement::Delete(delete)
            }
        };
        let statement = Box::new(statement);
        let operation = match fires {
            None => Operation::Write(statement),
            Some(procedure) => Operation::Fire {
                statement,
                procedure: Arc::new(procedure),
                catalog: self.snapshot(),
            },
        };
        self.push(operation);
        Ok(())
    }

    /// Returns a statement as steps, when triggers may run on it or it calls routines that are more than a query.
    fn fires(&mut self, statement: &Statement) -> Result<Option<Procedure>> {
        let writes = !matches!(statement, Statement::Select(_));
        let has_triggers = writes && !self.catalog.triggers.is_empty();
        let written = match statement {
            Statement::Insert(insert) => self.catalog.tables.get(&insert.table),
            Statement::Update(update) => self.catalog.tables.get(&update.table),
            Statement::Select(_) | Statement::Delete(_) => None,
        };
        let calls = Calls::in_statement(&self.catalog, statement)
            || written.is_some_and(|table| Calls::in_defaults(&self.catalog, table));
        if !has_triggers && !calls && !statement.writes_in_with() {
            return Ok(None);
        }
        self.read_the_unread()?;
        let result = super::routine_body::nothing();
        let subject = Subject {
            name: Name::from("statement"),
            parameters: Vec::new(),
            outputs: Vec::new(),
            result: &result,
            trigger: None,
        };
        let statements = std::slice::from_ref(statement);
        plpgsql::of_statements(statements, &subject, &self.search()).map(Some)
    }

    /// Returns the catalog so far, the same one as long as only rows are written.
    pub(super) fn snapshot(&self) -> Arc<Catalog> {
        if let Some(Step {
            operation: Operation::Fire { catalog, .. },
            ..
        }) = self.steps.last()
        {
            return Arc::clone(catalog);
        }
        Arc::new(self.catalog.clone())
    }

    /// Returns the table that a statement writes to.
    fn written(&self, name: &underpin_base::QualifiedName) -> Result<Table> {
        match self.catalog.tables.get(name) {
            Some(table) => Ok(Table::clone(table)),
            None => Err(refused(
                format!(
                    "\"{}\" is a view, and views cannot be written to",
                    name.name
                ),
                "Write to the table beneath it.",
            )),
        }
    }

    fn fill_insert(&self, table: &Table, insert: &mut Insert, overriding: bool) -> Result<()> {
        refuse_given(table, insert, overriding)?;
        let missing: Vec<&Column> = table
            .columns
            .iter()
            .filter(|column| !insert.columns.contains(&column.name))
            .filter(|column| column.default.is_some())
            .collect();
        let named: Vec<Option<&Column>> = insert
            .columns
            .iter()
            .map(|column| table.column(column))
            .collect();
        insert.source = match std::mem::replace(&mut insert.source, Source::Default) {
            Source::Default => Source::Values(vec![
                missing.iter().map(|it| Some(default_of(it))).collect(),
            ]),
            Source::Values(rows) => Source::Values(
                rows.into_iter()
                    .map(|row| {
                        let given = row
                            .into_iter()
                            .zip(&named)
                            .map(|(cell, column)| cell.or_else(|| column.map(default_of)));
                        let filled: Vec<Option<Expr>> = given
                            .chain(missing.iter().map(|column| Some(default_of(column))))
                            .collect();
                        filled
                    })
                    .collect(),
            ),
            Source::Select(select) if missing.is_empty() => Source::Select(select),
            Source::Select(select) => Source::Select(Box::new(with_defaults(*select, &missing))),
        };
        insert
            .columns
            .extend(missing.iter().map(|column| column.name.clone()));
        if insert.columns.is_empty() {
            // Every column counts up or is null: a row of one null says the same.
            if let Some(column) = table
                .columns
                .iter()
                .find(|column| !matches!(column.generated, Some(Generated::Stored(_))))
            {
                insert.columns.push(column.name.clone());
                insert.source = Source::Values(vec![vec![Some(Expr::null(column.ty.ty.clone()))]]);
            }
        }
        if let Some(Conflict {
            action: ConflictAction::Update { assignments, .. },
            ..
        }) = &mut insert.conflict
        {
            fill_assignments(table, assignments)?;
        }
        remove_stored(table, insert);
        Ok(())
    }

    /// Refuses what would need the actions of foreign keys while they are suspended: SQLite cannot have both in one transaction.
    pub(super) fn refuse_suspended_actions(&self) -> Result<(), (Error, usize)> {
        let suspends = self.steps.iter().any(|step| {
            matches!(
                step.operation,
                Operation::RebuildTable { .. } | Operation::DropTable(_)
            )
        });
        if !suspends {
            return Ok(());
        }
        for step in &self.steps {
            let (Operation::Write(statement) | Operation::Fire { statement, .. }) = &step.operation
            else {
                continue;
            };
            let acts = match &**statement {
                Statement::Delete(delete) => self.has_action(&delete.table, None),
                Statement::Update(update) => {
                    self.has_action(&update.table, Some(&update.assignments))
                }
                Statement::Select(_) | Statement::Insert(_) => false,
            };
            if acts {
                return Err((
                    refused(
                        "the statement sets off the action of a foreign key (`on delete`, `on update`) in a file that also rebuilds or \
                         drops a table, during which SQLite suspends foreign keys",
                        "Put the statement into a migration file of its own.",
                    ),
                    step.line,
                ));
            }
        }
        Ok(())
    }

    /// Tells whether a delete of rows of `table`, or an update by `assignments`, changes rows of other tables.
    fn has_action(
        &self,
        table: &underpin_base::QualifiedName,
        assignments: Option<&[Assignment]>,
    ) -> bool {
        let acts = |action: ReferentialAction| {
            !matches!(
                action,
                ReferentialAction::NoAction | ReferentialAction::Restrict
            )
        };
        self.catalog
            .tables
            .values()
            .flat_map(|table| &table.foreign_keys)
            .filter(|key| key.references == *table)
            .any(|key| match assignments {
                None => acts(key.on_delete),
                Some(assignments) => {
                    acts(key.on_update)
                        && assignments
                            .iter()
                            .any(|it| key.referenced_columns.contains(&it.column))
                }
            })
    }
}

/// Returns what a column gets when it is not given: its default, or null.
fn default_of(column: &Column) -> Expr {
    column
        .default
        .as_ref()
        .map_or_else(|| Expr::null(column.ty.ty.clone()), |it| it.expr.clone())
}

fn fill_assignments(table: &Table, assignments: &mut [Assignment]) -> Result<()> {
    for assignment in assignments {
        let Some(column) = table.column(&assignment.column) else {
            continue;
        };
        let always = match &column.generated {
            Some(Generated::Stored(_)) => "a generated column",
            Some(Generated::IdentityAlways) => "an identity column defined as GENERATED ALWAYS",
            Some(Generated::IdentityByDefault) | None => {
                assignment.value.get_or_insert_with(|| default_of(column));
                continue;
            }
        };
        if assignment.value.is_some() {
            return Err(Error::new(
                Code::GENERATED_ALWAYS,
                format!("column \"{}\" can only be updated to DEFAULT", column.name),
            )
            .details(format!("Column \"{}\" is {always}.", column.name)));
        }
    }
    Ok(())
}

/// Refuses values for columns that make their own.
fn refuse_given(table: &Table, insert: &Insert, overriding: bool) -> Result<()> {
    for (position, name) in insert.columns.iter().enumerate() {
        let Some(column) = table.column(name) else {
            continue;
        };
        let given = match &insert.source {
            Source::Default => false,
            Source::Values(rows) => rows
                .iter()
                .any(|row| row.get(position).is_some_and(Option::is_some)),
            Source::Select(_) => true,
        };
        let error = |details: String| {
            Error::new(
                Code::GENERATED_ALWAYS,
                format!("cannot insert a non-DEFAULT value into column \"{name}\""),
            )
            .details(details)
        };
        match &column.generated {
            Some(Generated::Stored(_)) if given => {
                return Err(error(format!("Column \"{name}\" is a generated column.")));
            }
            Some(Generated::IdentityAlways) if given && !overriding => {
                return Err(error(format!(
                    "Column \"{name}\" is an identity column defined as GENERATED ALWAYS."
                ))
                .hint("Use OVERRIDING SYSTEM VALUE to override."));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Takes stored columns, whose cells are `default`, out of an insert.
fn remove_stored(table: &Table, insert: &mut Insert) {
    while let Some(position) = insert.columns.iter().position(|name| {
        table
            .column(name)
            .is_some_and(|column| matches!(column.generated, Some(Generated::Stored(_))))
    }) {
        insert.columns.remove(position);
        if let Source::Values(rows) = &mut insert.source {
            for row in rows {
                row.remove(position);
            }
        }
    }
}

/// Returns a query with the defaults of columns as further outputs.
fn with_defaults(mut select: Select, missing: &[&Column]) -> Select {
    select.name_apart();
    let alias = Name::from("(rows)");
    let mut outputs: Vec<Output> = select
        .columns()
        .into_iter()
        .map(|(name, ty)| Output {
            expr: Expr::column(&alias, &name, ty),
            name,
        })
        .collect();
    outputs.extend(missing.iter().map(|column| Output {
        name: column.name.clone(),
        expr: default_of(column),
    }));
    Select::simple(Simple {
        outputs,
        from: vec![From::Subquery {
            select: Box::new(select),
            alias,
            lateral: false,
        }],
        ..Simple::default()
    })
}
