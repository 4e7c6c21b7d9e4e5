//! [`Target`]: what a write is about: a table, or a view and the table whose rows it shows.
//!
//! A request names the columns of the view; a change is made to the table. So everything that the request says is planned over the
//! view's row under an alias of its own, and then the view's columns are replaced by what they are made of. With the caller's rights
//! (`security_invoker`, the default) the table's policies and grants apply too, with the owner's they do not, as PostgreSQL has it.

use std::sync::Arc;

use underpin_base::{Code, Error, Name, Result};
use underpin_schema::catalog::{
    Base, Catalog, CheckOption, Column, Key, PolicyCommand, Privilege, Table, View,
};
use underpin_sql::tree::{Expr, ExprKind, Rewrite, Select};

use super::action::ViewCheck;
use super::instantiate;
use super::secure::Rights;
use super::world::{Planner, Source};

/// What a write is about.
pub(super) struct Target {
    /// What the request names.
    pub(super) source: Source,
    /// The table that changes.
    pub(super) table: Arc<Table>,
    /// The alias under which the request's columns are planned: the table's bare name, or one for the view's row.
    pub(super) alias: Name,
    view: Option<Shown>,
}

/// How a view shows a table.
struct Shown {
    /// The view's columns, over the table's row.
    outputs: Vec<(Name, Expr)>,
    /// Which rows it shows, over the table's row.
    filter: Expr,
    /// What rows written through it must satisfy.
    checks: Vec<ViewCheck>,
    /// What the views read with the caller's rights: tables and views, and the columns of them.
    reads: Vec<(Source, Vec<Name>)>,
    /// Whose rights the table is used with.
    rights: Rights,
}

/// The word for a privilege in the errors about views.
fn verb(privilege: Privilege) -> (&'static str, &'static str, &'static str) {
    match privilege {
        Privilege::Insert => ("insert into", "inserting into", "INSERT"),
        Privilege::Delete => ("delete from", "deleting from", "DELETE"),
        Privilege::Update | Privilege::Select => ("update", "updating", "UPDATE"),
    }
}

/// What a function returned is nowhere to write to, and no request or view can name it.
fn written_result(source: &Source) -> Error {
    Error::internal(format!("{} is the result of a function", source.name()))
}

impl Planner<'_> {
    /// Returns what a write named `source` is about.
    ///
    /// # Errors
    /// `42501` without the privilege; `55000` when it is a view that cannot be written through.
    pub(super) fn target(&mut self, source: Source, privilege: Privilege) -> Result<Target> {
        self.may_use(&source, privilege)?;
        match &source {
            Source::Table(table) => Ok(Target {
                table: table.clone(),
                alias: table.name.name.clone(),
                view: None,
                source,
            }),
            Source::View(view) if !self.expands_bodies() => Ok(Target {
                table: Arc::new(as_table(self.world.catalog, view)),
                alias: view.name.name.clone(),
                view: None,
                source: source.clone(),
            }),
            Source::View(view) => {
                let alias = self.alias(&view.name.name);
                let (table, shown) = self.nested(|planner| {
                    planner.shown(view, privilege, Rights::Caller, view.check_option)
                })?;
                Ok(Target {
                    table,
                    alias,
                    view: Some(shown),
                    source: source.clone(),
                })
            }
            Source::Result(_) => Err(written_result(&source)),
        }
    }

    /// Follows a view down to its table. `check` is the option that the views above ask of this one.
    fn shown(
        &mut self,
        view: &View,
        privilege: Privilege,
        rights: Rights,
        check: Option<CheckOption>,
    ) -> Result<(Arc<Table>, Shown)> {
        let rights = self.rights_within(view, rights);
        let base = view
            .base()
            .map_err(|reason| not_updatable(view, privilege, reason))?;
        let source = self.source(base.relation)?;
        if rights == Rights::Caller {
            self.may_use(&source, privilege)?;
        }
        let read = (rights == Rights::Caller).then(|| (source.clone(), columns_read(&base)));
        let (table, mut below) = match &source {
            Source::Table(table) => {
                let shown = Shown {
                    outputs: whole_row(table),
                    filter: Expr::bool(true),
                    checks: Vec::new(),
                    reads: Vec::new(),
                    rights,
                };
                (table.clone(), shown)
            }
            Source::View(inner) => {
                let cascaded = (check == Some(CheckOption::Cascaded))
                    .then_some(CheckOption::Cascaded)
                    .or(inner.check_option);
                self.nested(|planner| planner.shown(inner, privilege, rights, cascaded))?
            }
            Source::Result(_) => return Err(written_result(&source)),
        };
        let number = self.number();
        // The copy's row has an alias of its own until its columns are what they are made of.
        let inner_row = self.alias(&view.name.name);
        let copy = |expr: &Expr| instantiate::expression(expr, base.alias, &inner_row, number);
        let mut outputs = Vec::new();
        for (output, (name, _)) in base.outputs.iter().zip(&view.columns) {
            let expr = self.secure_expr(copy(&output.expr), rights)?;
            outputs.push((name.clone(), replaced(expr, &inner_row, &below.outputs)));
        }
        if let Some(filter) = base.filter {
            let filter = self.secure_expr(copy(filter), rights)?;
            let filter = replaced(filter, &inner_row, &below.outputs);
            if check.is_some() {
                below.checks.push(ViewCheck {
                    view: view.name.name.clone(),
                    condition: filter.clone(),
                });
            }
            below.filter = Expr::all([below.filter, filter]);
        }
        below.outputs = outputs;
        below.reads.extend(read);
        Ok((table, below))
    }
}

impl Target {
    /// Returns the table's column behind the column `name` of what the request names; nothing when there is no such column.
    ///
    /// # Errors
    /// `0A000` when the view computes it.
    pub(super) fn column(&self, name: &Name, privilege: Privilege) -> Result<Option<Name>> {
        let Some(view) = &self.view else {
            return Ok(self.table.column(name).map(|column| column.name.clone()));
        };
        let Some((_, expr)) = view.outputs.iter().find(|(column, _)| column == name) else {
            return Ok(None);
        };
        match &expr.kind {
            ExprKind::Column { name, .. } => Ok(Some(name.clone())),
            _ => Err(Error::new(
                Code::FEATURE_NOT_SUPPORTED,
                format!(
                    "cannot {} column \"{name}\" of view \"{}\"",
                    verb(privilege).0,
                    self.source.name().name
                ),
            )
            .details(
                "View columns that are not columns of their base relation are not updatable.",
            )),
        }
    }

    /// Returns the names under which the request knows the table's primary key; none when there is no key or not all of it is shown.
    pub(super) fn key(&self) -> Vec<Name> {
        let key = self.table.primary_key_columns();
        let Some(view) = &self.view else {
            return key.to_vec();
        };
        let shown: Option<Vec<Name>> = key
            .iter()
            .map(|column| {
                let is_shown = |expr: &Expr| matches!(&expr.kind, ExprKind::Column { name, .. } if name == column);
                let found = view.outputs.iter().find(|(_, expr)| is_shown(expr));
                found.map(|(name, _)| name.clone())
            })
            .collect();
        shown.unwrap_or_default()
    }

    /// Returns `expr`, planned over [`Target::alias`], over the table's row of alias `row`.
    pub(super) fn over(&self, expr: Expr, row: &Name) -> Expr {
        match &self.view {
            None if *row == self.alias => expr,
            None => instantiate::rename_row(expr, &self.alias, row),
            Some(view) => {
                let outputs = over_row(&view.outputs, &self.table.name.name, row);
                replaced(expr, &self.alias, &outputs)
            }
        }
    }

    /// Returns a query, planned over the view's row `alias`, over the table's row of alias `row`.
    pub(super) fn select_over(&self, select: Select, alias: &Name, row: &Name) -> Select {
        match &self.view {
            None => select,
            Some(view) => {
                let outputs = over_row(&view.outputs, &self.table.name.name, row);
                select.rewrite(&mut Replacing {
                    alias,
                    outputs: &outputs,
                })
            }
        }
    }

    /// Returns which rows of the table are shown, over its bare name.
    pub(super) fn filter(&self) -> Expr {
        self.view
            .as_ref()
            .map_or_else(|| Expr::bool(true), |view| view.filter.clone())
    }

    /// Returns what the views ask of a row that was written.
    pub(super) fn checks(&self) -> Vec<ViewCheck> {
        self.view
            .as_ref()
            .map(|view| view.checks.clone())
            .unwrap_or_default()
    }

    /// Tells whether the request names a view.
    pub(super) fn is_view(&self) -> bool {
        self.view.is_some()
    }

    /// Tells whether the table's own policies and grants bind the caller.
    pub(super) fn is_callers(&self) -> bool {
        self.view
            .as_ref()
            .is_none_or(|view| view.rights == Rights::Caller)
    }
}

impl Planner<'_> {
    /// Returns which rows of the target's table `command` may touch, as [`Planner::visible`] does.
    pub(super) fn target_visible(
        &mut self,
        target: &Target,
        command: PolicyCommand,
        row: &Name,
    ) -> Result<Expr> {
        match target.is_callers() {
            true => self.visible(&target.table, command, row),
            false => Ok(Expr::bool(true)),
        }
    }

    /// Returns what a row that `command` makes must satisfy, as [`Planner::allowed`] does.
    pub(super) fn target_allowed(
        &mut self,
        target: &Target,
        command: PolicyCommand,
    ) -> Result<Expr> {
        match target.is_callers() {
            true => self.allowed(&target.table, command),
            false => Ok(Expr::bool(true)),
        }
    }

    /// Refuses the caller unless it has `privilege` on everything below a view where the rights are its own.
    ///
    /// # Errors
    /// `42501`.
    pub(super) fn may_write_through(&self, target: &Target, privilege: Privilege) -> Result<()> {
        let mut below = target.view.iter().flat_map(|view| &view.reads);
        below.try_for_each(|(source, _)| self.may_use(source, privilege))
    }

    /// Refuses the caller who may not read every column that the views of its own rights read: to PostgreSQL whoever reads through a view
    /// reads them all.
    pub(super) fn may_read_through(&self, target: &Target) -> Result<()> {
        let reads = target.view.iter().flat_map(|view| &view.reads);
        for (source, columns) in reads {
            for column in columns {
                self.may_use_column(source, column, Privilege::Select)?;
            }
        }
        Ok(())
    }
}

/// Returns a view as a database that writes through it by itself has it: its columns, and the key of the table behind it.
fn as_table(catalog: &Catalog, view: &View) -> Table {
    let behind = catalog.behind(view);
    let names = || view.columns.iter().map(|(name, _)| name);
    let key = behind.as_ref().and_then(|(table, columns)| {
        let key = table.primary_key.as_ref()?;
        let shown = |column: &Name| {
            let shows = |it: &Option<Name>| it.as_ref() == Some(column);
            let index = columns.iter().position(shows)?;
            names().nth(index).cloned()
        };
        Some(Key {
            columns: key.columns.iter().map(shown).collect::<Option<_>>()?,
            ..key.clone()
        })
    });
    Table {
        name: view.name.clone(),
        columns: view
            .columns
            .iter()
            .map(|(name, ty)| Column::plain(name.clone(), ty.clone().into()))
            .collect(),
        primary_key: key,
        ..Table::empty(view.name.clone())
    }
}

fn columns_read(base: &Base<'_>) -> Vec<Name> {
    let mut reading = Reading {
        row: base.alias,
        columns: Vec::new(),
    };
    let shown = base.outputs.iter().map(|output| &output.expr);
    for expr in shown.chain(base.filter) {
        let _ = expr.clone().rewrite(&mut reading);
    }
    reading.columns
}

/// Collects the columns of one row.
struct Reading<'a> {
    row: &'a Name,
    columns: Vec<Name>,
}

impl Rewrite for Reading<'_> {
    fn expr(&mut self, expr: Expr) -> Expr {
        if let ExprKind::Column { relation, name } = &expr.kind
            && relation == self.row
        {
            self.columns.push(name.clone());
        }
        expr
    }
}

fn not_updatable(view: &View, privilege: Privilege, reason: &str) -> Error {
    let (verb, doing, word) = verb(privilege);
    let name = &view.name.name;
    Error::new(
        Code::OBJECT_STATE,
        format!("cannot {verb} view \"{name}\""),
    )
    .details(reason)
    .hint(format!(
        "To enable {doing} the view, provide an INSTEAD OF {word} trigger or an unconditional ON {word} DO INSTEAD rule."
    ))
}

fn whole_row(table: &Table) -> Vec<(Name, Expr)> {
    table
        .columns
        .iter()
        .map(|column| (column.name.clone(), table.column_expr(&column.name)))
        .collect()
}

fn over_row(outputs: &[(Name, Expr)], bare: &Name, row: &Name) -> Vec<(Name, Expr)> {
    outputs
        .iter()
        .map(|(name, expr)| {
            let expr = instantiate::rename_row(expr.clone(), bare, row);
            (name.clone(), expr)
        })
        .collect()
}

/// Replaces the columns of the row `alias` by what they are made of.
fn replaced(expr: Expr, alias: &Name, outputs: &[(Name, Expr)]) -> Expr {
    expr.rewrite(&mut Replacing { alias, outputs })
}

struct Replacing<'a> {
    alias: &'a Name,
    outputs: &'a [(Name, Expr)],
}

impl Rewrite for Replacing<'_> {
    fn expr(&mut self, expr: Expr) -> Expr {
        let ExprKind::Column { relation, name } = &expr.kind else {
            return expr;
        };
        if relation != self.alias {
            return expr;
        }
        match self.outputs.iter().find(|(column, _)| column == name) {
            Some((_, output)) => output.clone(),
            None => expr,
        }
    }
}
