//! Policies, views and routines put into a statement: after this no table is read past its rules.
//!
//! A stored tree (a policy, a view, a routine's body) names tables, views and routines. [`Planner::secure`] replaces views and
//! routines by their bodies and each table by its rows that the caller may see. A view or routine of its owner's rights
//! (`security_invoker = false`, `security definer`) is expanded without the caller's policies; as in PostgreSQL, what such a view
//! calls, and views of the caller's rights within it, have the caller's again.

use underpin_base::{Code, Error, Name, QualifiedName, Result};
use underpin_schema::catalog::{PolicyCommand, Privilege, Routine, Table, View};
use underpin_sql::tree::{
    Body, Case, Context, Expr, ExprKind, From, Notation, Output, Rewrite, RoutineId, Select,
    Simple, Statement,
};
use underpin_sql::types::Type;

use super::invoke::{Fields, Flattened};
use super::world::{Planner, Source};
use super::{NEW_ROW, instantiate};

/// Deepest nesting of views, routines and policies in each other.
const NESTING_MAX: usize = 32;

/// Whose rights a stored tree is read with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rights {
    /// The caller's: policies and grants apply.
    Caller,
    /// The owner's: they do not.
    Owner,
    /// The owner's on the tables of a view alone: what it calls, and views of the caller's rights within it, have the caller's.
    ViewOwner,
}

impl Rights {
    /// Returns the rights of what is called where these are.
    fn of_calls(self) -> Self {
        match self {
            Self::Caller | Self::ViewOwner => Self::Caller,
            Self::Owner => Self::Owner,
        }
    }
}

impl Planner<'_> {
    /// Returns which rows of `table` the caller's `command` may touch, as a condition on the row of alias `row`.
    ///
    /// # Errors
    /// `42501` when the table is closed to the role; `42P17` when a policy asks its own table.
    pub(super) fn visible(
        &mut self,
        table: &Table,
        command: PolicyCommand,
        row: &Name,
    ) -> Result<Expr> {
        self.policies(table, command, row, |policy| policy.using.as_ref())
    }

    /// Returns what a row that `command` makes must satisfy, as a condition on the alias [`NEW_ROW`].
    ///
    /// # Errors
    /// Those of [`Planner::visible`].
    pub(super) fn allowed(&mut self, table: &Table, command: PolicyCommand) -> Result<Expr> {
        let row = Name::from(NEW_ROW);
        self.policies(table, command, &row, |policy| {
            policy.check.as_ref().or(policy.using.as_ref())
        })
    }

    fn policies(
        &mut self,
        table: &Table,
        command: PolicyCommand,
        row: &Name,
        part: fn(
            &underpin_schema::catalog::Policy,
        ) -> Option<&underpin_schema::catalog::Expression>,
    ) -> Result<Expr> {
        self.may_pass_row_security(table)?;
        if self.bypasses || !table.row_security || !self.compiles_rules() {
            return Ok(Expr::bool(true));
        }
        if self.policies_open.contains(&table.name) {
            return Err(Error::new(
                Code::INVALID_RECURSION,
                format!(
                    "infinite recursion detected in policy for relation \"{}\"",
                    table.name.name
                ),
            ));
        }
        self.policies_open.push(table.name.clone());
        let mut permissive = Vec::new();
        let mut conditions = Vec::new();
        for policy in &table.policies {
            if !self.roles.iter().any(|role| policy.applies(command, role)) {
                continue;
            }
            let condition = match part(policy) {
                Some(expression) => {
                    let number = self.number();
                    let copy =
                        instantiate::expression(&expression.expr, &table.name.name, row, number);
                    self.secure_expr(copy, Rights::Caller)?
                }
                None => Expr::bool(true),
            };
            if policy.permissive {
                permissive.push(condition);
            } else {
                conditions.push(condition);
            }
        }
        self.policies_open.pop();
        conditions.insert(0, either(permissive));
        Ok(Expr::all(conditions))
    }

    /// Returns `expr` with the subqueries in it secured.
    ///
    /// # Errors
    /// `42501`, `42P17` as above; `54001` when views and routines are nested too deeply.
    pub(super) fn secure_expr(&mut self, expr: Expr, rights: Rights) -> Result<Expr> {
        if !expr.asks_elsewhere() || !self.compiles_rules() {
            return Ok(expr);
        }
        if rights == Rights::Caller {
            let mut reading = Reading {
                tables: Vec::new(),
                columns: Vec::new(),
            };
            let _ = expr.clone().rewrite(&mut reading);
            self.columns_may_be_read(&reading)?;
        }
        let mut securing = Securing::new(self, rights);
        let secured = expr.rewrite(&mut securing);
        let fields = securing.finish()?;
        Ok(match fields.as_slice() {
            [] => secured,
            fields => secured.rewrite(&mut Fields(fields)),
        })
    }

    /// Returns `select` with every table, view and routine in it secured.
    ///
    /// # Errors
    /// Those of [`Planner::secure_expr`].
    pub(super) fn secure_select(&mut self, select: Select, rights: Rights) -> Result<Select> {
        if rights == Rights::Caller {
            let mut reading = Reading {
                tables: Vec::new(),
                columns: Vec::new(),
            };
            let _ = select.clone().rewrite(&mut reading);
            self.columns_may_be_read(&reading)?;
        }
        let mut securing = Securing::new(self, rights);
        let secured = select.rewrite(&mut securing);
        let fields = securing.finish()?;
        Ok(match fields.as_slice() {
            [] => secured,
            fields => secured.rewrite(&mut Fields(fields)),
        })
    }

    /// Returns `statement` with every table, view and routine that it reads secured.
    ///
    /// # Errors
    /// Those of [`Planner::secure_expr`].
    pub(super) fn secure_statement(
        &mut self,
        statement: Statement,
        rights: Rights,
    ) -> Result<Statement> {
        let mut securing = Securing::new(self, rights);
        let secured = statement.rewrite(&mut securing);
        let fields = securing.finish()?;
        Ok(match fields.as_slice() {
            [] => secured,
            fields => secured.rewrite(&mut Fields(fields)),
        })
    }

    /// Returns the rows of a view as a query.
    ///
    /// # Errors
    /// Those of [`Planner::secure_select`].
    pub(super) fn view(&mut self, view: &View, rights: Rights) -> Result<Select> {
        let rights = self.rights_within(view, rights);
        self.nested(|planner| {
            let number = planner.number();
            let copy = instantiate::select(&view.select, &[], number);
            let rows = planner.secure_select(copy, rights)?;
            Ok(planner.named(rows, &view.columns, &view.name.name))
        })
    }

    /// Returns the rights with which the tables of a view are read where `rights` are.
    pub(super) fn rights_within(&self, view: &View, rights: Rights) -> Rights {
        match rights.of_calls() {
            _ if self.is_owner => Rights::Owner,
            Rights::Caller if !view.security_invoker => Rights::ViewOwner,
            of_calls => of_calls,
        }
    }

    /// Does `work` one level deeper in views and routines.
    pub(super) fn nested<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.nesting == NESTING_MAX {
            return Err(Error::new(
                Code::TOO_COMPLEX,
                format!("views and functions are nested more than {NESTING_MAX} levels deep"),
            ));
        }
        self.nesting += 1;
        let result = work(self);
        self.nesting -= 1;
        result
    }

    /// Tells whether the caller may execute `routine`.
    pub(super) fn may_execute(&self, routine: &Routine) -> bool {
        let is_service = &*self.identity.role == "service_role";
        self.is_owner
            || is_service
            || routine.executors.as_ref().is_none_or(|executors| {
                executors
                    .iter()
                    .any(|role| self.roles.contains(role) || &**role == "public")
            })
    }

    /// Returns a routine that the caller may execute.
    ///
    /// # Errors
    /// `42501`.
    pub(super) fn routine(&self, id: &RoutineId) -> Result<std::sync::Arc<Routine>> {
        self.routine_as(id, Rights::Caller)
    }

    fn routine_as(&self, id: &RoutineId, rights: Rights) -> Result<std::sync::Arc<Routine>> {
        let overloads = self.world.catalog.routines.get(&id.name);
        let found = overloads.and_then(|all| all.iter().find(|routine| routine.id == *id));
        let Some(routine) = found else {
            return Err(Error::internal(format!(
                "routine {} is not in the catalog",
                id.name
            )));
        };
        if rights == Rights::Owner || self.may_execute(routine) {
            return Ok(routine.clone());
        }
        Err(Error::new(
            Code::PRIVILEGE,
            format!("permission denied for function {}", id.name.name),
        ))
    }

    /// Returns the rows that a routine returns for `arguments`, as a query.
    pub(super) fn routine_rows(
        &mut self,
        id: &RoutineId,
        arguments: &[Expr],
        rights: Rights,
    ) -> Result<Select> {
        let routine = self.routine_as(id, rights)?;
        let body = match routine.body.statements.as_slice() {
            [Statement::Select(body)] if !self.is_invoked(&routine, arguments) => body,
            _ => return self.invoked_rows(&routine, arguments.to_vec(), rights),
        };
        let rights = if routine.security_definer {
            Rights::Owner
        } else {
            rights
        };
        self.nested(|planner| {
            let number = planner.number();
            let body = match routine.security_definer {
                true => of_owner(body),
                false => Select::clone(body),
            };
            let copy = instantiate::select(&body, arguments, number);
            let rows = planner.secure_select(copy, rights)?;
            Ok(planner.named_rows(rows, &routine.result.columns, &routine))
        })
    }

    /// Returns the rows of a routine's query under the names that are promised; a row in one column becomes its columns.
    fn named_rows(&mut self, rows: Select, promised: &[(Name, Type)], routine: &Routine) -> Select {
        let made = rows.columns();
        if promised.is_empty() || *promised == *made {
            return rows;
        }
        // What a function promises may be its row whole, as a table's alias in a query.
        let is_promised = matches!(promised, [(_, ty)] if *ty == routine.result.ty);
        let (row, ty) = match made.as_slice() {
            [(row, ty)] if *ty == routine.result.ty && !is_promised => (row, ty),
            _ => return self.named(rows, promised, &routine.id.name.name),
        };
        let alias = self.alias(&routine.id.name.name);
        let row = Expr::column(&alias, row, ty.clone());
        let fields = promised.iter().map(|(name, ty)| Output {
            name: name.clone(),
            expr: Expr {
                kind: ExprKind::Field(Box::new(row.clone()), name.clone()),
                ty: ty.clone(),
            },
        });
        let fields = fields.collect();
        Select::over(rows, alias, fields)
    }

    /// Returns a query's rows under the names `promised`, in their order.
    fn named(&mut self, mut rows: Select, promised: &[(Name, Type)], alias: &Name) -> Select {
        let made = rows.columns();
        let names: Vec<Name> = promised.iter().map(|(name, _)| name.clone()).collect();
        if made.iter().map(|(name, _)| name).eq(&names) || rows.name_columns(&names) {
            return rows;
        }
        let alias = self.alias(alias);
        let columns = names
            .into_iter()
            .zip(made)
            .map(|(name, (column, ty))| Output {
                name,
                expr: Expr::column(&alias, &column, ty),
            });
        let columns = columns.collect();
        Select::over(rows, alias, columns)
    }

    fn routine_value(
        &mut self,
        id: &RoutineId,
        arguments: Vec<Expr>,
        ty: Type,
        rights: Rights,
    ) -> Result<Expr> {
        let routine = self.routine_as(id, rights)?;
        if routine.is_native() {
            let routine = id.clone();
            return Ok(Expr {
                kind: ExprKind::Call { routine, arguments },
                ty,
            });
        }
        if self.is_invoked(&routine, &arguments) {
            return Ok(self.invocation(&routine, arguments, ty, rights, false));
        }
        let mut select = self.routine_rows(id, &arguments, rights)?;
        let value = match single_value(&mut select) {
            Some(value) => value,
            None => {
                select.limit.get_or_insert_with(|| {
                    Expr::constant(underpin_base::Value::Int(1), Type::Int8)
                });
                Expr {
                    kind: ExprKind::Scalar(Box::new(select)),
                    ty: ty.clone(),
                }
            }
        };
        if !routine.strict || arguments.is_empty() {
            return Ok(value);
        }
        let missing = Expr::any(arguments.into_iter().map(|a| a.is_null(false)).collect());
        let branches = vec![(missing, Expr::null(ty.clone()))];
        let case = Case {
            branches,
            otherwise: Some(value),
        };
        Ok(Expr {
            kind: ExprKind::Case(Box::new(case)),
            ty,
        })
    }

    /// Refuses what reads a table or column that the caller may not read.
    fn columns_may_be_read(&self, reading: &Reading) -> Result<()> {
        for (alias, name) in &reading.tables {
            let source = self.source(name)?;
            self.may_use(&source, Privilege::Select)?;
            for (relation, column) in &reading.columns {
                if relation == alias {
                    self.may_use_column(&source, column, Privilege::Select)?;
                }
            }
        }
        Ok(())
    }
}

/// Returns the body of a routine of its owner's rights, whose current user is the owner.
fn of_owner(body: &Select) -> Select {
    struct Owner;
    impl Rewrite for Owner {
        fn expr(&mut self, expr: Expr) -> Expr {
            match &expr.kind {
                ExprKind::Context(Context::CurrentUser) => {
                    Expr::constant(underpin_base::Value::text("postgres"), expr.ty)
                }
                _ => expr,
            }
        }
    }
    body.clone().rewrite(&mut Owner)
}

/// Joins permissive policies: none lets nothing pass, one that is always true makes the others moot.
fn either(permissive: Vec<Expr>) -> Expr {
    if permissive.iter().any(Expr::is_true) {
        return Expr::bool(true);
    }
    if permissive.is_empty() {
        return Expr::bool(false);
    }
    Expr::any(permissive)
}

/// Returns the value of a query that is `select value` and nothing else.
fn single_value(select: &mut Select) -> Option<Expr> {
    if !select.with.is_empty() || select.limit.is_some() || select.offset.is_some() {
        return None;
    }
    let Body::Simple(simple) = &mut select.body else {
        return None;
    };
    let Simple {
        from,
        filter,
        group_by,
        having,
        outputs,
        ..
    } = &mut **simple;
    let is_plain = from.is_empty()
        && filter.is_none()
        && group_by.is_empty()
        && having.is_none()
        && outputs.len() == 1
        && !outputs.iter().any(|output| has_aggregate(&output.expr));
    if is_plain {
        outputs.pop().map(|output| output.expr)
    } else {
        None
    }
}

fn has_aggregate(expr: &Expr) -> bool {
    expr.any_part(&mut |part| matches!(part.kind, ExprKind::Aggregate { .. } | ExprKind::Window(_)))
}

/// Collects which columns of which tables and views a query reads.
struct Reading {
    tables: Vec<(Name, QualifiedName)>,
    columns: Vec<(Name, Name)>,
}

impl Rewrite for Reading {
    fn expr(&mut self, expr: Expr) -> Expr {
        if let ExprKind::Column { relation, name } = &expr.kind {
            self.columns.push((relation.clone(), name.clone()));
        }
        expr
    }

    fn from(&mut self, from: From) -> From {
        if let From::Table { table: name, alias } | From::View { view: name, alias } = &from {
            self.tables.push((alias.clone(), name.clone()));
        }
        from
    }
}

/// Replaces tables, views and routines; the first error is kept and the rest of the walk does nothing.
struct Securing<'p, 'a> {
    planner: &'p mut Planner<'a>,
    rights: Rights,
    /// The aliases whose columns have become fields.
    flattened: Vec<Flattened>,
    error: Option<Error>,
}

impl<'p, 'a> Securing<'p, 'a> {
    fn new(planner: &'p mut Planner<'a>, rights: Rights) -> Self {
        Self {
            planner,
            rights,
            flattened: Vec::new(),
            error: None,
        }
    }

    /// Ends the walk; returns the aliases whose columns are to be replaced.
    fn finish(self) -> Result<Vec<Flattened>> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(self.flattened),
        }
    }
}

impl Securing<'_, '_> {
    fn table(&mut self, name: &QualifiedName, alias: Name) -> Result<From> {
        if self.rights != Rights::Caller {
            return Ok(From::Table {
                table: name.clone(),
                alias,
            });
        }
        let Source::Table(table) = self.planner.source(name)? else {
            return Err(Error::internal(format!("{name} is not a table")));
        };
        let visible = self
            .planner
            .visible(&table, PolicyCommand::Select, &alias)?;
        if visible.is_true() {
            return Ok(From::Table {
                table: name.clone(),
                alias,
            });
        }
        let inner = self.planner.alias(&alias);
        let filter = instantiate::rename_row(visible, &alias, &inner);
        let outputs = Source::Table(table)
            .columns()
            .into_iter()
            .map(|(column, ty)| Output {
                expr: Expr::column(&inner, &column, ty),
                name: column,
            })
            .collect();
        let simple = Simple {
            outputs,
            from: vec![From::Table {
                table: name.clone(),
                alias: inner,
            }],
            filter: Some(filter),
            ..Simple::default()
        };
        Ok(From::Subquery {
            select: Box::new(Select::simple(simple)),
            alias,
            lateral: false,
        })
    }

    fn replace_from(&mut self, from: From) -> Result<From> {
        if let From::Call { routine, .. } = &from
            && self
                .planner
                .routine_as(routine, self.rights.of_calls())?
                .is_native()
        {
            return Ok(from);
        }
        match from {
            From::Table { table, alias } => self.table(&table, alias),
            // What the database keeps of views is its own to read.
            From::View { .. } if !self.planner.expands_bodies() => Ok(from),
            From::View { view, alias } => {
                let Source::View(stored) = self.planner.source(&view)? else {
                    return Err(Error::internal(format!("{view} is not a view")));
                };
                let select = Box::new(self.planner.view(&stored, self.rights)?);
                Ok(From::Subquery {
                    select,
                    alias,
                    lateral: false,
                })
            }
            From::Call {
                routine,
                arguments,
                notation,
                alias,
                columns,
                ..
            } => {
                if notation != Notation::Positional {
                    return Err(Error::internal("a call that leaves defaults to the engine"));
                }
                let lateral = arguments.iter().any(|argument| {
                    argument.any_part(&mut |part| matches!(part.kind, ExprKind::Column { .. }))
                });
                let rights = self.rights.of_calls();
                let called = self.planner.routine_as(&routine, rights)?;
                if lateral && self.planner.is_invoked_beside(&called, &arguments) {
                    let (from, flattened) = self
                        .planner
                        .invoked_beside(&called, arguments, rights, &alias, &columns)?;
                    self.flattened.push(flattened);
                    return Ok(from);
                }
                let rows = self.planner.routine_rows(&routine, &arguments, rights)?;
                // What returns one value has the column that the query calls it by.
                let rows = self.planner.named_rows(rows, &columns, &called);
                Ok(From::Subquery {
                    select: Box::new(rows),
                    alias,
                    lateral,
                })
            }
            From::Cte { .. }
            | From::Subquery { .. }
            | From::Function { .. }
            | From::Affected { .. }
            | From::Join(_) => Ok(from),
        }
    }
}

impl Rewrite for Securing<'_, '_> {
    fn expr(&mut self, expr: Expr) -> Expr {
        if self.error.is_some() {
            return expr;
        }
        let Expr {
            kind: ExprKind::Call { routine, arguments },
            ty,
        } = expr
        else {
            return expr;
        };
        let rights = self.rights.of_calls();
        match self
            .planner
            .routine_value(&routine, arguments, ty.clone(), rights)
        {
            Ok(value) => value,
            Err(error) => {
                self.error = Some(error);
                Expr::null(ty)
            }
        }
    }

    fn from(&mut self, from: From) -> From {
        if self.error.is_some() {
            return from;
        }
        let copy = from.clone();
        match self.replace_from(from) {
            Ok(from) => from,
            Err(error) => {
                self.error = Some(error);
                copy
            }
        }
    }
}
