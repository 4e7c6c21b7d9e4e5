//! What a migration defines is written once when it is applied, so that what SQLite cannot do is refused with its file and line rather
//! than when somebody asks for it.

use underpin_base::{Code, Name, Result};
use underpin_query::plan::inline;
use underpin_schema::catalog::{Catalog, Routine};
use underpin_schema::migration::Defined;
use underpin_sql::tree::{
    Expr, From, Output, Procedure, Raise, Select, Simple, Statement, Step, StepKind,
};
use underpin_sql::writer::sqlite;

/// Checks that everything that `defined` asks for can be written. What the file itself has removed again is passed over.
///
/// # Errors
/// `0A000` for what SQLite cannot do, `54001` for what is nested too deeply.
pub(crate) fn check(defined: &Defined, catalog: &Catalog) -> Result<()> {
    match defined {
        Defined::View(name) => match catalog.views.get(name) {
            Some(view) => select(&view.select, catalog),
            None => Ok(()),
        },
        Defined::Routine(id) => {
            let overloads = catalog.routines.get(&id.name);
            match overloads.and_then(|all| all.iter().find(|it| it.id == *id)) {
                Some(routine) => check_routine(routine, catalog),
                None => Ok(()),
            }
        }
        Defined::Trigger(table, name) => {
            let triggers = catalog.triggers.get(table);
            match triggers.and_then(|all| all.iter().find(|it| it.name == *name)) {
                Some(trigger) => procedure(&trigger.procedure, catalog),
                None => Ok(()),
            }
        }
        Defined::Policies(name) => {
            let policies = catalog.tables.get(name).map(|table| &table.policies);
            for policy in policies.into_iter().flatten() {
                for expression in policy.using.iter().chain(&policy.check) {
                    let table = From::Table {
                        table: name.clone(),
                        alias: name.name.clone(),
                    };
                    select(&asked(expression.expr.clone(), vec![table]), catalog)?;
                }
            }
            Ok(())
        }
    }
}

fn check_routine(routine: &Routine, catalog: &Catalog) -> Result<()> {
    for one in &routine.body.statements {
        statement(one, catalog)?;
    }
    match &routine.body.procedure {
        Some(body) => procedure(body, catalog),
        None => Ok(()),
    }
}

fn procedure(procedure: &Procedure, catalog: &Catalog) -> Result<()> {
    steps(&procedure.body, catalog)
}

fn steps(all: &[Step], catalog: &Catalog) -> Result<()> {
    all.iter()
        .try_for_each(|one| step(one, catalog).map_err(|error| error.at("", one.line)))
}

fn step(step: &Step, catalog: &Catalog) -> Result<()> {
    match &step.kind {
        StepKind::Set { value, .. }
        | StepKind::SetRow { value, .. }
        | StepKind::ReturnRow(value) => exprs([&**value], catalog),
        StepKind::Run { statement: one, .. }
        | StepKind::Keep { statement: one, .. }
        | StepKind::ReturnQuery(one) => statement(one, catalog),
        StepKind::Call { arguments, .. } => exprs(arguments, catalog),
        StepKind::If {
            branches,
            otherwise,
        } => {
            for (condition, body) in branches {
                exprs([condition], catalog)?;
                steps(body, catalog)?;
            }
            steps(otherwise, catalog)
        }
        StepKind::Loop {
            condition, body, ..
        } => {
            exprs(condition.as_deref(), catalog)?;
            steps(body, catalog)
        }
        StepKind::Count { bounds, body, .. } => {
            exprs(&bounds[..], catalog)?;
            steps(body, catalog)
        }
        StepKind::Rows {
            statement: one,
            body,
            ..
        } => {
            statement(one, catalog)?;
            steps(body, catalog)
        }
        StepKind::Leave { condition, .. } => exprs(condition.as_deref(), catalog),
        StepKind::Block { body, handlers, .. } => {
            steps(body, catalog)?;
            handlers
                .iter()
                .try_for_each(|handler| steps(&handler.body, catalog))
        }
        StepKind::Raise(raise) => exprs(raised(raise), catalog),
        StepKind::Return(values) | StepKind::ReturnNext(values) => exprs(values, catalog),
        StepKind::ReturnTrigger(_) | StepKind::Diagnostics(_) => Ok(()),
    }
}

fn raised(raise: &Raise) -> impl Iterator<Item = &Expr> {
    let texts = [&raise.message, &raise.detail, &raise.hint];
    raise.parameters.iter().chain(texts.into_iter().flatten())
}

fn exprs<'a>(all: impl IntoIterator<Item = &'a Expr>, catalog: &Catalog) -> Result<()> {
    all.into_iter()
        .filter(|expr| expr.asks_elsewhere())
        .try_for_each(|expr| select(&asked(expr.clone(), Vec::new()), catalog))
}

/// Checks the query of a statement; a write is carried out row by row, and its parts are written when it is.
fn statement(statement: &Statement, catalog: &Catalog) -> Result<()> {
    match statement {
        Statement::Select(one) => select(one, catalog),
        Statement::Insert(_) | Statement::Update(_) | Statement::Delete(_) => Ok(()),
    }
}

fn asked(expr: Expr, from: Vec<From>) -> Select {
    Select::simple(Simple {
        outputs: vec![Output {
            name: Name::from("value"),
            expr,
        }],
        from,
        ..Simple::default()
    })
}

fn select(select: &Select, catalog: &Catalog) -> Result<()> {
    let statement = Statement::Select(Box::new(select.clone()));
    let written = inline(statement, catalog).and_then(|whole| sqlite::statement(&whole));
    match written {
        Err(error) if is_refusal(error.code()) => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Tells whether an error is about what was written. Any other depends on the moment, and comes when it is asked for.
fn is_refusal(code: &Code) -> bool {
    [Code::FEATURE_NOT_SUPPORTED, Code::TOO_COMPLEX].contains(code)
}
