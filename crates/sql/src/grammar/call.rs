//! Calls: of what the request supplies, of built-in functions, of routines of the project.

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Code, Error, Name, Result, Value};

use super::aggregate::is_window_function;
use super::column::{context, path};
use super::name::name_node;
use super::reader::{Clause, Reader, part, unsupported};
use super::{Routine, Scope};
use crate::functions::{Aggregate, Function};
use crate::infer;
use crate::tree::{Context, Expr, ExprKind, From, Notation, RoutineId};
use crate::types::{ColumnType, Type};

/// The arguments of a call, read.
pub(super) struct Arguments {
    pub(super) values: Vec<Argument>,
    /// The last one is `variadic`: an array in the place of the repeated arguments.
    pub(super) variadic: bool,
}

pub(super) struct Argument {
    pub(super) name: Option<Name>,
    pub(super) value: Expr,
}

/// A call of a routine of the project.
pub(super) struct RoutineCall {
    pub(super) routine: Routine,
    pub(super) arguments: Vec<Expr>,
}

/// The name of a function as it is called.
pub(super) struct Called {
    pub(super) schema: Option<Name>,
    pub(super) name: Name,
}

impl Called {
    /// The name as it is written in an error.
    fn full(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{schema}.{}", self.name),
            None => self.name.to_string(),
        }
    }

    /// A built-in function may be meant. Supabase keeps those of extensions in a schema of their own.
    pub(super) fn may_be_built_in(&self) -> bool {
        matches!(
            self.schema.as_deref(),
            None | Some("pg_catalog" | "extensions")
        )
    }
}

impl Reader<'_> {
    /// Reads a call of any kind.
    pub(super) fn call(&mut self, call: &ast::CallExpr) -> Result<Expr> {
        let Some(called) = call.expr() else {
            return self.special_call(call);
        };
        let called = called_name(&called)?;
        if call.null_treatment().is_some() {
            return Err(unsupported("IGNORE NULLS"));
        }
        let list = part(call.arg_list())?;
        if let Some(within) = call.within_clause() {
            return self.ordered_set_call(&called, call, &list, &within);
        }
        if called.may_be_built_in() {
            if let Some(expr) = self.conditional(&called.name, &list)? {
                return Ok(expr);
            }
            if let Some(aggregate) = Aggregate::named(&called.name) {
                return self.aggregate_call(aggregate, &called.name, call, &list);
            }
        }
        let plain = list.all_or_distinct().is_none()
            && list.star_token().is_none()
            && list
                .args()
                .all(|argument| argument.order_by_clause().is_none());
        if !plain || call.filter_clause().is_some() {
            return Err(Error::new(
                Code::WRONG_OBJECT_TYPE,
                format!(
                    "DISTINCT, ORDER BY, FILTER or * specified, but {} is not an aggregate function",
                    called.name
                ),
            ));
        }
        if call.over_clause().is_some() {
            return self.window_function_call(&called, call, &list);
        }
        if called.may_be_built_in() && is_window_function(&called.name) {
            return Err(Error::new(
                Code::WRONG_OBJECT_TYPE,
                format!("window function {} requires an OVER clause", called.name),
            ));
        }
        let arguments = self.arguments(&list)?;
        self.function_call(&called, arguments)
    }

    /// Reads the forms that look like calls but have rules of their own; nothing when `name` is none of them.
    fn conditional(&mut self, name: &str, list: &ast::ArgList) -> Result<Option<Expr>> {
        if let (
            "current_timestamp" | "current_time" | "localtimestamp" | "localtime",
            Some(digits),
        ) = (name, list.args().next())
        {
            let digits = digits.syntax().text().to_string();
            let digits = digits.trim().parse().map_err(|_error| {
                Error::new(Code::INVALID_PARAMETER, "the precision must be a number")
            })?;
            return self.word_with_precision(name, digits);
        }
        if !matches!(name, "coalesce" | "nullif" | "greatest" | "least") {
            return Ok(None);
        }
        let mut values: Vec<Expr> = self
            .arguments(list)?
            .values
            .into_iter()
            .map(|argument| argument.value)
            .collect();
        if values.is_empty() {
            return Err(Error::new(
                Code::SYNTAX,
                format!("{} needs an argument", name.to_uppercase()),
            ));
        }
        if name == "nullif" {
            let (Some(right), Some(left), None) = (values.pop(), values.pop(), values.pop()) else {
                return Err(Error::new(Code::SYNTAX, "NULLIF takes two arguments"));
            };
            return infer::null_if(left, right).map(Some);
        }
        let (values, ty) = infer::unify(values, &name.to_uppercase())?;
        let kind = match name {
            "coalesce" => ExprKind::Coalesce(values),
            _ => ExprKind::Extreme {
                values,
                greatest: name == "greatest",
            },
        };
        Ok(Some(Expr { kind, ty }))
    }

    /// Reads the arguments of a call.
    pub(super) fn arguments(&mut self, list: &ast::ArgList) -> Result<Arguments> {
        let mut values = Vec::new();
        let mut variadic = false;
        for argument in list.args() {
            if variadic {
                return Err(Error::new(
                    Code::SYNTAX,
                    "VARIADIC must be the last argument",
                ));
            }
            variadic = argument.variadic_token().is_some();
            let (name, value) = match part(argument.func_arg_expr())? {
                ast::FuncArgExpr::Expr(value) => (None, value),
                ast::FuncArgExpr::NamedArg(named) => (
                    Some(name_node(part(named.name())?.syntax())),
                    part(named.expr())?,
                ),
            };
            if name.is_none() && values.iter().any(|known: &Argument| known.name.is_some()) {
                return Err(Error::new(
                    Code::SYNTAX,
                    "positional argument cannot follow named argument",
                ));
            }
            values.push(Argument {
                name,
                value: self.argument(&value)?,
            });
        }
        Ok(Arguments { values, variadic })
    }

    /// Reads an argument: `row.*` is the whole row, as `row` is.
    fn argument(&mut self, node: &ast::Expr) -> Result<Expr> {
        match self.starred_row(node) {
            Some(row) => Ok(row),
            None => self.expr(node),
        }
    }

    /// Reads a call of a function whose arguments are read.
    pub(super) fn function_call(&mut self, called: &Called, arguments: Arguments) -> Result<Expr> {
        if let Some(expr) = self.context_call(called, &arguments)? {
            return Ok(expr);
        }
        if let Some(call) = self.routine_call(called, &arguments)? {
            return self.routine_value(call);
        }
        let values = positional(called, arguments)?;
        if let Some(resolved) = infer::resolve(&called.name, values.clone())?
            && resolved.function.definition().set
        {
            return self.row_function(resolved);
        }
        infer::function(&called.name, values)
    }

    /// A set-returning function in a select list becomes an item of `from`.
    fn row_function(&mut self, resolved: infer::Resolved) -> Result<Expr> {
        let name = Name::from(resolved.function.definition().name);
        self.row_functions_allowed(&name)?;
        if resolved.result == Type::Record {
            return Err(unsupported("a function that returns rows in a select list"));
        }
        let alias = self.alias(&name);
        let expr = Expr::column(&alias, &name, resolved.result.clone());
        self.query.row_functions.push(From::Function {
            function: resolved.function,
            arguments: resolved.arguments,
            alias,
            columns: vec![(name, resolved.result)],
            ordinality: false,
        });
        Ok(expr)
    }

    fn row_functions_allowed(&self, name: &str) -> Result<()> {
        if self.clause != Clause::Outputs || !self.query.row_functions.is_empty() {
            return Err(unsupported(&format!(
                "the set-returning function {name} in this place"
            )));
        }
        Ok(())
    }

    fn routine_value(&mut self, call: RoutineCall) -> Result<Expr> {
        let RoutineCall { routine, arguments } = call;
        let result = routine.result;
        if !result.set {
            return Ok(Expr {
                kind: ExprKind::Call {
                    routine: routine.id,
                    arguments,
                },
                ty: result.ty,
            });
        }
        self.row_functions_allowed(&routine.id.name.name)?;
        let alias = self.alias(&routine.id.name.name);
        let columns = routine_columns(&routine.id, &result.columns, &result.ty);
        let expr = match columns.as_slice() {
            [(name, ty)] => Expr::column(&alias, name, ty.clone()),
            _ => return Err(unsupported("a function that returns rows in a select list")),
        };
        self.query.row_functions.push(From::Call {
            routine: routine.id,
            arguments,
            notation: Notation::Positional,
            variadic: false,
            alias,
            columns,
        });
        Ok(expr)
    }

    /// Reads a call of what the request supplies; nothing when it is none.
    fn context_call(&mut self, called: &Called, arguments: &Arguments) -> Result<Option<Expr>> {
        let none = arguments.values.is_empty();
        let found = match (called.schema.as_deref(), &*called.name) {
            (Some("auth"), "uid") if none => context(Context::Uid, Type::Uuid),
            (Some("auth"), "role") if none => context(Context::Role, Type::Text),
            (Some("auth"), "email") if none => context(Context::Email, Type::Text),
            (Some("auth"), "jwt") if none => context(Context::Jwt, Type::Jsonb),
            (
                None | Some("pg_catalog"),
                "now" | "transaction_timestamp" | "statement_timestamp",
            ) if none => context(Context::Now, Type::TimestampTz),
            (None | Some("pg_catalog"), "current_schema") if none => {
                infer::literal("public", &Type::Name)?
            }
            (None | Some("pg_catalog"), "current_database") if none => {
                infer::literal("postgres", &Type::Name)?
            }
            (None | Some("pg_catalog"), "current_setting") => return setting(arguments).map(Some),
            _ => return Ok(None),
        };
        Ok(Some(found))
    }

    /// Reads a call of a routine of the project; nothing when there is none of that name, or a built-in one is meant.
    pub(super) fn routine_call(
        &mut self,
        called: &Called,
        arguments: &Arguments,
    ) -> Result<Option<RoutineCall>> {
        let routines = self
            .resolver
            .routines(called.schema.as_deref(), &called.name);
        let built_in = called.may_be_built_in() && Function::named(&called.name).next().is_some();
        if routines.is_empty() {
            if built_in || called.may_be_built_in() && Type::built_in(&called.name).is_some() {
                return Ok(None);
            }
            return Err(self.no_function(called, arguments));
        }
        let mut candidates: Vec<(Routine, Vec<Option<usize>>)> = routines
            .into_iter()
            .filter_map(|routine| {
                let places = places(&routine, arguments)?;
                Some((routine, places))
            })
            .collect();
        // Where two would do, PostgreSQL takes the one that needs fewer defaults.
        candidates.sort_by_key(|(routine, _)| routine.parameters.len());
        let types: Vec<Type> = arguments
            .values
            .iter()
            .map(|argument| argument.value.ty.clone())
            .collect();
        let lists: Vec<Vec<Type>> = candidates
            .iter()
            .map(|(routine, places)| asked_types(routine, places, arguments))
            .collect();
        let index = match infer::choose(&called.full(), &lists, &types) {
            Ok(index) => index,
            Err(error) if built_in && *error.code() == Code::UNDEFINED_FUNCTION => return Ok(None),
            Err(error) if *error.code() == Code::UNDEFINED_FUNCTION => {
                return Err(self.no_function(called, arguments));
            }
            Err(error) => return Err(error),
        };
        let (routine, places) = candidates.swap_remove(index);
        let arguments = self.filled(&routine, &places, arguments)?;
        Ok(Some(RoutineCall { routine, arguments }))
    }

    fn no_function(&self, called: &Called, arguments: &Arguments) -> Error {
        let types: Vec<String> = arguments
            .values
            .iter()
            .map(|argument| match &argument.name {
                Some(name) => format!("{name} => {}", argument.value.ty),
                None => argument.value.ty.to_string(),
            })
            .collect();
        if let Some(schema) = &called.schema
            && &**schema == "auth"
        {
            return Error::new(
                Code::UNDEFINED_FUNCTION,
                format!(
                    "function {}({}) does not exist",
                    called.full(),
                    types.join(", ")
                ),
            )
            .hint(
                "Of schema auth there are auth.uid(), auth.role(), auth.email() and auth.jwt().",
            );
        }
        Error::new(
            Code::UNDEFINED_FUNCTION,
            format!("function {}({}) does not exist", called.full(), types.join(", ")),
        )
        .hint(
            "No function matches the given name and argument types. You might need to add explicit type casts.",
        )
    }

    /// Returns one argument for each parameter: cast to its type, or its default.
    fn filled(
        &mut self,
        routine: &Routine,
        places: &[Option<usize>],
        arguments: &Arguments,
    ) -> Result<Vec<Expr>> {
        let mut filled = Vec::new();
        for (index, (parameter, place)) in routine.parameters.iter().zip(places).enumerate() {
            let to = ColumnType::plain(parameter.ty.clone());
            let repeated =
                routine.variadic && !arguments.variadic && index + 1 == routine.parameters.len();
            if let (true, Some(first)) = (repeated, place) {
                let values = arguments
                    .values
                    .iter()
                    .skip(*first)
                    .map(|argument| argument.value.clone())
                    .collect();
                let array = Expr {
                    kind: ExprKind::Array(values),
                    ty: Type::Record,
                };
                filled.push(elements_cast(array, &parameter.ty)?);
                continue;
            }
            let value = match place.and_then(|place| arguments.values.get(place)) {
                Some(argument) => argument.value.clone(),
                None => {
                    let text = parameter.default.as_deref().unwrap_or("null");
                    super::expression_text(text, &Scope::default(), self.resolver)?
                }
            };
            filled.push(infer::assign(value, &to)?);
        }
        Ok(filled)
    }
}

/// Returns the name of the function that `node` calls.
pub(super) fn called_name(node: &ast::Expr) -> Result<Called> {
    let mut path = path(node).ok_or_else(|| unsupported("a call of what is no name"))?;
    let name = part(path.pop())?;
    let schema = path.pop();
    if !path.is_empty() {
        return Err(Error::new(
            Code::FEATURE_NOT_SUPPORTED,
            "cross-database references are not implemented",
        ));
    }
    Ok(Called { schema, name })
}

/// Returns the columns that a routine makes as an item of `from`.
pub(super) fn routine_columns(
    id: &RoutineId,
    columns: &[(Name, Type)],
    ty: &Type,
) -> Vec<(Name, Type)> {
    if !columns.is_empty() {
        return columns.to_vec();
    }
    match ty {
        Type::Composite(composite) => composite
            .fields
            .iter()
            .map(|(name, ty)| (name.clone(), ty.ty.clone()))
            .collect(),
        _ => vec![(id.name.name.clone(), ty.clone())],
    }
}

/// Returns the arguments in the order of the parameters of a built-in function.
pub(super) fn positional(called: &Called, arguments: Arguments) -> Result<Vec<Expr>> {
    if arguments.variadic {
        return Err(unsupported(&format!(
            "VARIADIC in a call of {}",
            called.name
        )));
    }
    if arguments
        .values
        .iter()
        .all(|argument| argument.name.is_none())
    {
        return Ok(arguments
            .values
            .into_iter()
            .map(|argument| argument.value)
            .collect());
    }
    let names: &[&str] = match &*called.name {
        "make_interval" => &["years", "months", "weeks", "days", "hours", "mins", "secs"],
        "make_date" => &["year", "month", "day"],
        name => {
            return Err(unsupported(&format!(
                "a named argument in a call of the built-in function {name}"
            )));
        }
    };
    let mut values: Vec<Option<Expr>> = vec![None; names.len()];
    for (index, argument) in arguments.values.into_iter().enumerate() {
        let place = match &argument.name {
            None => Some(index),
            Some(name) => names.iter().position(|known| **known == **name),
        };
        let Some(slot) = place.and_then(|place| values.get_mut(place)) else {
            return Err(Error::new(
                Code::UNDEFINED_FUNCTION,
                format!("function {} has no such argument", called.name),
            ));
        };
        *slot = Some(argument.value);
    }
    let zero = || Expr::constant(Value::Int(0), Type::Int4);
    Ok(values
        .into_iter()
        .map(|value| value.unwrap_or_else(zero))
        .collect())
}

/// `current_setting('request.…', true)`, or a setting that `set_config` made.
fn setting(arguments: &Arguments) -> Result<Expr> {
    let name = match arguments
        .values
        .first()
        .map(|argument| &argument.value.kind)
    {
        Some(ExprKind::Constant(Value::Text(name))) => name.to_ascii_lowercase(),
        _ => return Err(unsupported("current_setting of a computed name")),
    };
    if !name.contains('.') {
        return Err(unsupported(&format!("the setting {name}")).hint(
            "The settings that a request supplies begin with \"request.\"; those of your own have a point in their names.",
        ));
    }
    Ok(context(Context::Setting(Name::from(name)), Type::Text))
}

/// Returns, for each parameter, the argument that it takes, or nothing for its default; nothing at all when the call does not fit.
fn places(routine: &Routine, arguments: &Arguments) -> Option<Vec<Option<usize>>> {
    let count = routine.parameters.len();
    let mut places: Vec<Option<usize>> = vec![None; count];
    for (index, argument) in arguments.values.iter().enumerate() {
        let place = match &argument.name {
            Some(name) => routine
                .parameters
                .iter()
                .position(|parameter| parameter.name.as_ref() == Some(name))?,
            None if index >= count && routine.variadic && !arguments.variadic => continue,
            None => index,
        };
        let slot = places.get_mut(place)?;
        if slot.is_some() {
            return None;
        }
        *slot = Some(index);
    }
    if arguments.variadic && !routine.variadic {
        return None;
    }
    let complete = routine
        .parameters
        .iter()
        .zip(&places)
        .all(|(parameter, place)| place.is_some() || parameter.default.is_some());
    complete.then_some(places)
}

/// Returns, for each argument, the type that the routine asks for in its place.
fn asked_types(routine: &Routine, places: &[Option<usize>], arguments: &Arguments) -> Vec<Type> {
    let last = routine.parameters.last();
    let repeated = last
        .filter(|_| routine.variadic && !arguments.variadic)
        .and_then(|parameter| parameter.ty.element().cloned());
    let variadic_from = repeated
        .as_ref()
        .and_then(|_| places.last().copied().flatten());
    (0..arguments.values.len())
        .map(|index| match (&repeated, variadic_from) {
            (Some(element), Some(from)) if index >= from => element.clone(),
            _ => places
                .iter()
                .position(|place| *place == Some(index))
                .and_then(|place| routine.parameters.get(place))
                .map_or(Type::Unknown, |parameter| parameter.ty.clone()),
        })
        .collect()
}

fn elements_cast(array: Expr, to: &Type) -> Result<Expr> {
    let (ExprKind::Array(values), Some(element)) = (array.kind, to.element()) else {
        return Err(Error::internal("a variadic parameter is no array"));
    };
    let element = ColumnType::plain(element.clone());
    let values = values
        .into_iter()
        .map(|value| infer::assign(value, &element))
        .collect::<Result<_>>()?;
    Ok(Expr {
        kind: ExprKind::Array(values),
        ty: to.clone(),
    })
}
