//! Calls of functions: their arguments, whether a query says the same, and what is read of the rows that they return.
//!
//! A function whose body is one query becomes that query, and is read like a table. Any other is a [`Call`]: its statements run one
//! after the other, and the request's `select`, filters and order are a query over the rows that it returned.

use std::sync::Arc;

use underpin_base::{Code, Error, Name, QualifiedName, Result, Value};
use underpin_schema::catalog::{Argument, Routine, SearchPath};
use underpin_sql::functions::Volatility;
use underpin_sql::grammar::{self, Scope};
use underpin_sql::infer;
use underpin_sql::plpgsql;
use underpin_sql::tree::{
    Expr, ExprKind, From, Join, JoinKind, Output, Rewrite, Select, Simple, Statement,
};
use underpin_sql::types::{self, Type};

use super::action::{Action, Call, Read, Shape};
use super::count::{Total, counted};
use super::read::{Level, read_of};
use super::resolve::{Resolved, resolve};
use super::secure::Rights;
use super::world::{Planner, Returned, Source};
use crate::request::{Arguments, Format, Request};

/// The column of a function that returns values, not rows.
const SCALAR: &str = "pgrst_scalar";

impl Planner<'_> {
    /// Plans the call of a function.
    ///
    /// # Errors
    /// PGRST202 and PGRST203 when the arguments mean no function or several, `42501` without the right to execute it, those of reading an argument, and of
    /// what is selected of the result.
    pub(super) fn call(
        &mut self,
        request: &Request,
        arguments: &Arguments,
        get: bool,
    ) -> Result<Action> {
        let Resolved {
            routine,
            takes_body,
        } = resolve(self.world.catalog, &request.target, arguments, get)?;
        // The same question as for a function within a query, with the same answer.
        self.routine(&routine.id)?;
        let max_affected = max_affected(request, &routine)?;
        if routine.is_native() {
            return self.native_call(request, &routine, arguments, takes_body, get, max_affected);
        }
        let arguments = if takes_body {
            vec![whole_body(arguments, &routine)?]
        } else {
            self.arguments(arguments, &routine)?
        };
        if max_affected.is_none()
            && routine.result.ty != Type::Void
            && let Some(read) = self.as_query(request, &routine, &arguments)?
            // What it invokes may write.
            && (get || self.invoked != Some(Volatility::Volatile))
        {
            return Ok(Action::Read(Arc::new(read)));
        }
        if !self.expands_bodies() {
            // The database does not have the function, and so cannot run it.
            return Err(Error::new(
                Code::FEATURE_NOT_SUPPORTED,
                format!("function {} can only be read from", routine.id.name),
            )
            .hint("Make the function in the database itself, and grant it."));
        }
        if matches!(request.format, Format::Plan(_)) {
            return Err(Error::new(
                Code::FEATURE_NOT_SUPPORTED,
                format!(
                    "function {} is more than a query, it has no plan",
                    routine.id.name
                ),
            )
            .hint("Ask for the plan of a query in it."));
        }
        let columns = columns(&routine);
        if columns.is_empty() {
            return Err(Error::new(
                Code::SYNTAX,
                "a column definition list is required for functions returning \"record\"",
            ));
        }
        let answer = if routine.result.ty == Type::Void {
            None
        } else {
            let read = self.read_result(request, &routine, &mut |planner, alias| {
                let elements = planner.alias(alias);
                plpgsql::result_rows(0, &columns, &elements, alias)
            })?;
            Some(read)
        };
        Ok(Action::Call(Box::new(Call {
            columns,
            read_only: get || routine.volatility != Volatility::Volatile,
            routine,
            arguments,
            answer,
            max_affected,
        })))
    }

    /// Returns the call as a query, when the function's body is one that changes nothing.
    fn as_query(
        &mut self,
        request: &Request,
        routine: &Arc<Routine>,
        arguments: &[Expr],
    ) -> Result<Option<Read>> {
        let [Statement::Select(body)] = routine.body.statements.as_slice() else {
            return Ok(None);
        };
        if !self.is_query(body, 0) {
            return Ok(None);
        }
        let mut nested =
            |planner: &mut Self, alias: &Name| planner.called_rows(routine, arguments, alias);
        self.read_result(request, routine, &mut nested).map(Some)
    }

    /// Tells whether a body changes nothing by itself, nor do the queries that it calls.
    fn is_query(&self, body: &Select, depth: usize) -> bool {
        let mut search = Calls::default();
        let _ = body.clone().rewrite(&mut search);
        !search.changes
            && search.routines.iter().all(|id| {
                let found = self.routine(id);
                found.is_ok_and(|routine| match routine.body.statements.as_slice() {
                    [Statement::Select(inner)] => {
                        depth < CALLS_DEPTH_MAX && self.is_query(inner, depth + 1)
                    }
                    _ => true,
                })
            })
    }

    /// Returns the rows of a function's query: any number when it returns a set, else exactly one.
    fn called_rows(&mut self, routine: &Routine, arguments: &[Expr], alias: &Name) -> Result<From> {
        let mut rows = self.routine_rows(&routine.id, arguments, Rights::Caller)?;
        let columns = columns(routine);
        if let [(name, _)] = columns.as_slice()
            && routine.result.columns.is_empty()
            && routine.result.ty != Type::Record
        {
            rename_only(&mut rows, name);
        }
        let is_null = routine.strict
            && arguments
                .iter()
                .any(|it| matches!(it.kind, ExprKind::Constant(Value::Null)));
        if is_null {
            rows = none_of(rows);
        }
        if routine.result.set {
            return Ok(From::Subquery {
                select: Box::new(rows),
                alias: alias.clone(),
                lateral: false,
            });
        }
        let one = Expr::constant(Value::Int(1), Type::Int8);
        rows.limit.get_or_insert(one);
        Ok(one_row(self, rows, &columns, alias))
    }

    /// Plans what the request reads of the rows that `rows` gives.
    pub(super) fn read_result(
        &mut self,
        request: &Request,
        routine: &Arc<Routine>,
        rows: &mut dyn FnMut(&mut Self, &Name) -> Result<From>,
    ) -> Result<Read> {
        let source = Source::Result(Arc::new(Returned {
            name: self.relation_of(routine),
            columns: columns(routine),
        }));
        let alias = request.target.name.clone();
        let level = Level::plan(self, &source, &alias, &request.query, true)?;
        let from = rows(self, &alias)?;
        let rows_max = self.world.settings.limits.rows_max;
        let select = level.select(from, Expr::bool(true), Some(rows_max));
        let total = match request.preferences.count {
            None => None,
            Some(_) => {
                let alias = self.alias(&request.target.name);
                let level = Level::plan(self, &source, &alias, &request.query, false)?;
                let from = level.join_onto(rows(self, &alias)?);
                Some(Total::exact(counted(from, level.filter)?))
            }
        };
        Ok(Read {
            shape: shape(routine),
            ..read_of(select, total, request.format, request.head)
        })
    }

    /// Returns the table or view whose rows a function returns; its own name when they are nobody's.
    fn relation_of(&self, routine: &Routine) -> QualifiedName {
        match &routine.result.ty {
            Type::Composite(composite) => composite.name.clone(),
            _ => routine.id.name.clone(),
        }
    }

    /// Returns one argument for each parameter, read as its type or its default.
    fn arguments(&mut self, arguments: &Arguments, routine: &Routine) -> Result<Vec<Expr>> {
        let last = routine.arguments.len().saturating_sub(1);
        routine
            .arguments
            .iter()
            .enumerate()
            .map(|(index, parameter)| {
                let variadic = routine.variadic && index == last;
                let value = match parameter.name.as_deref() {
                    None => None,
                    Some(name) => given(arguments, name, &parameter.ty, variadic)?,
                };
                match value {
                    Some(value) => Ok(Expr::constant(value, parameter.ty.clone())),
                    None => self.default_argument(parameter, routine),
                }
            })
            .collect()
    }

    fn default_argument(&mut self, parameter: &Argument, routine: &Routine) -> Result<Expr> {
        let Some(default) = &parameter.default else {
            return Ok(Expr::null(parameter.ty.clone()));
        };
        let path = SearchPath {
            catalog: self.world.catalog,
            path: routine.search_path.clone(),
        };
        let expr = grammar::expression_text(default, &Scope::default(), &path)?;
        let expr = infer::assign(expr, &parameter.ty.clone().into())?;
        self.secure_expr(expr, Rights::Caller)
    }
}

/// How deep functions that are queries may call each other before they are not looked at any more.
const CALLS_DEPTH_MAX: usize = 16;

/// What a body calls.
#[derive(Default)]
struct Calls {
    routines: Vec<underpin_sql::tree::RoutineId>,
    /// It calls a function that changes something.
    changes: bool,
}

impl Rewrite for Calls {
    fn expr(&mut self, expr: Expr) -> Expr {
        match &expr.kind {
            ExprKind::Call { routine, .. } => self.routines.push(routine.clone()),
            ExprKind::Function(function, _) => {
                self.changes |= matches!(
                    function.definition().name,
                    "nextval" | "setval" | "set_config"
                );
            }
            _ => {}
        }
        expr
    }

    fn from(&mut self, from: From) -> From {
        if let From::Call { routine, .. } = &from {
            self.routines.push(routine.clone());
        }
        from
    }
}

/// `max-affected` counts the rows of a set.
fn max_affected(request: &Request, routine: &Routine) -> Result<Option<u64>> {
    let strict = request.preferences.strict == Some(true);
    let Some(most) = request.preferences.max_affected.filter(|_| strict) else {
        return Ok(None);
    };
    if routine.result.set {
        return Ok(Some(most));
    }
    Err(Error::new(
        Code::MAX_AFFECTED_RPC,
        "Function must return SETOF or TABLE when max-affected preference is used with handling=strict",
    ))
}

fn shape(routine: &Routine) -> Shape {
    match (routine.result.set, is_scalar(routine)) {
        (false, true) => Shape::Value,
        (true, true) => Shape::Values,
        (false, false) => Shape::Row,
        (true, false) => Shape::Rows,
    }
}

/// Tells whether a function returns values; one with `out` parameters returns rows of them.
fn is_scalar(routine: &Routine) -> bool {
    routine.result.columns.is_empty()
        && routine.outputs.is_empty()
        && routine.result.ty != Type::Record
}

/// Returns the columns of a function's rows.
pub(super) fn columns(routine: &Routine) -> Vec<(Name, Type)> {
    match (
        routine.result.columns.as_slice(),
        routine.outputs.as_slice(),
    ) {
        ([], []) if routine.result.ty == Type::Record => match routine.body.statements.as_slice() {
            [Statement::Select(body)] => body.columns(),
            _ => Vec::new(),
        },
        ([], []) => vec![(Name::from(SCALAR), routine.result.ty.clone())],
        ([], outputs) => outputs.to_vec(),
        (columns, _) => columns.to_vec(),
    }
}

/// Returns the whole body as the value of the only parameter.
pub(super) fn whole_body(arguments: &Arguments, routine: &Routine) -> Result<Expr> {
    let ty = match routine.arguments.as_slice() {
        [argument] => argument.ty.clone(),
        _ => return Err(Error::internal("a body is not the only argument")),
    };
    let value = match arguments {
        Arguments::Json { body, .. } => types::from_json(&ty.clone().into(), body)?,
        Arguments::Raw { body, .. } if ty == Type::Bytea => Value::Bytes(body.clone()),
        Arguments::Raw { body, .. } => {
            let text = std::str::from_utf8(body).map_err(|_error| {
                Error::new(
                    Code::CHARACTER_NOT_IN_REPERTOIRE,
                    "invalid byte sequence for encoding \"UTF8\"",
                )
            })?;
            types::input(&ty, text)?
        }
        Arguments::Text(_) => return Err(Error::internal("a form is not a whole body")),
    };
    Ok(Expr::constant(value, ty))
}

/// Returns the argument `name`, read as `ty`; nothing when it was not given.
pub(super) fn given(
    arguments: &Arguments,
    name: &str,
    ty: &Type,
    variadic: bool,
) -> Result<Option<Value>> {
    match arguments {
        Arguments::Text(pairs) => {
            let mut values = pairs
                .iter()
                .filter(|(key, _)| **key == *name)
                .map(|(_, value)| value.as_str());
            if variadic {
                let elements: Vec<&str> = values.collect();
                return match elements.is_empty() {
                    true => Ok(None),
                    false => array_of(&elements, ty).map(Some),
                };
            }
            values
                .next_back()
                .map(|text| types::input(ty, text))
                .transpose()
        }
        Arguments::Json { payload, .. } => {
            if !payload.uniform {
                return Err(Error::new(Code::BODY, "All object keys must match"));
            }
            let position = payload.keys.iter().position(|key| **key == *name);
            let Some(position) = position else {
                return Ok(None);
            };
            let json = payload
                .rows
                .first()
                .and_then(|row| row.values.get(position));
            match json.and_then(Option::as_ref) {
                Some(json) => types::from_json(&ty.clone().into(), json).map(Some),
                None => Ok(None),
            }
        }
        Arguments::Raw { .. } => Ok(None),
    }
}

/// Returns an array of the repeated values of a variadic parameter.
fn array_of(elements: &[&str], ty: &Type) -> Result<Value> {
    let mut json = Vec::from(*b"[");
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        types::write_json_string(element, &mut json);
    }
    json.push(b']');
    let json = String::from_utf8(json).map_err(Error::internal)?;
    types::from_json(&ty.clone().into(), &json)
}

fn rename_only(rows: &mut Select, name: &Name) {
    if let underpin_sql::tree::Body::Simple(simple) = &mut rows.body
        && let [output] = simple.outputs.as_mut_slice()
    {
        output.name = name.clone();
    }
}

/// Returns a query of the columns of `rows` and none of its rows.
fn none_of(rows: Select) -> Select {
    Select {
        limit: Some(Expr::constant(Value::Int(0), Type::Int8)),
        ..rows
    }
}

/// Returns the one row of a query, whose columns are null when it has none.
pub(super) fn one_row(
    planner: &mut Planner<'_>,
    rows: Select,
    columns: &[(Name, Type)],
    alias: &Name,
) -> From {
    let one = planner.alias("one");
    let row = planner.alias(alias);
    let made = rows.columns();
    let outputs = columns
        .iter()
        .zip(made)
        .map(|((name, _), (column, ty))| Output {
            name: name.clone(),
            expr: Expr::column(&row, &column, ty),
        })
        .collect();
    let single = Select::simple(Simple {
        outputs: vec![Output {
            name: Name::from("one"),
            expr: Expr::bool(true),
        }],
        ..Simple::default()
    });
    let subquery = |select: Select, alias: Name| From::Subquery {
        select: Box::new(select),
        alias,
        lateral: false,
    };
    let join = From::Join(Box::new(Join {
        kind: JoinKind::Left,
        left: subquery(single, one),
        right: subquery(rows, row),
        on: Some(Expr::bool(true)),
    }));
    let select = Select::simple(Simple {
        outputs,
        from: vec![join],
        ..Simple::default()
    });
    subquery(select, alias.clone())
}
