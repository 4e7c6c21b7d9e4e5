//! Functions in `from`.

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Code, Error, Name, Result};

use super::call::{RoutineCall, called_name, positional, routine_columns};
use super::column_type;
use super::from::{Alias, named_relation};
use super::name::name_node;
use super::reader::{Clause, Reader, part, unsupported};
use super::scope::{Namespace, Visible, VisibleRelation};
use crate::functions::{Function, Operator};
use crate::infer;
use crate::tree::{Expr, From, Notation, Output, Select, Simple};
use crate::types::{ColumnType, Type};

impl Reader<'_> {
    /// Reads a function in the place of a table; the items before it are in sight.
    pub(super) fn function_item(
        &mut self,
        call: &ast::CallExpr,
        alias: &Alias,
        ordinality: bool,
    ) -> Result<(From, Namespace)> {
        self.within(Clause::From, |reader| {
            reader.nested(call, |reader| reader.function(call, alias, ordinality))
        })
    }

    fn function(
        &mut self,
        call: &ast::CallExpr,
        alias: &Alias,
        ordinality: bool,
    ) -> Result<(From, Namespace)> {
        let (Some(expr), Some(list)) = (call.expr(), call.arg_list()) else {
            return self.value_item(call, alias, ordinality);
        };
        let called = called_name(&expr)?;
        if called.may_be_built_in() && is_record_reader(&called.name) {
            let arguments = positional(&called, self.arguments(&list)?)?;
            return self.record_item(&called.name, arguments, alias, ordinality);
        }
        if !alias.definitions.is_empty() {
            return Err(Error::new(
                Code::SYNTAX,
                "a column definition list is only allowed for functions returning \"record\"",
            ));
        }
        let is_routine = !self
            .resolver
            .routines(called.schema.as_deref(), &called.name)
            .is_empty();
        let is_set = called.may_be_built_in()
            && Function::named(&called.name).any(|function| function.definition().set);
        if !is_routine && !is_set {
            return self.value_item(call, alias, ordinality);
        }
        let arguments = self.arguments(&list)?;
        if let Some(call) = self.routine_call(&called, &arguments)? {
            return self.routine_item(call, alias, ordinality);
        }
        self.built_in_item(
            &called.name,
            positional(&called, arguments)?,
            alias,
            ordinality,
        )
    }

    fn routine_item(
        &mut self,
        call: RoutineCall,
        alias: &Alias,
        ordinality: bool,
    ) -> Result<(From, Namespace)> {
        if ordinality {
            return Err(unsupported(
                "WITH ORDINALITY behind a function of the project",
            ));
        }
        let RoutineCall { routine, arguments } = call;
        let result = &routine.result;
        let scalar = result.columns.is_empty() && !matches!(result.ty, Type::Composite(_));
        let visible = alias
            .name
            .clone()
            .unwrap_or_else(|| routine.id.name.name.clone());
        let own = self.alias(&visible);
        let columns = routine_columns(&routine.id, &result.columns, &result.ty);
        let namespace = function_names(visible, &own, &columns, alias, scalar)?;
        let from = From::Call {
            routine: routine.id,
            arguments,
            notation: Notation::Positional,
            variadic: false,
            alias: own,
            columns,
        };
        Ok((from, namespace))
    }

    fn built_in_item(
        &mut self,
        name: &Name,
        arguments: Vec<Expr>,
        alias: &Alias,
        ordinality: bool,
    ) -> Result<(From, Namespace)> {
        if &**name == "unnest" && arguments.len() > 1 {
            return Err(unsupported("UNNEST of several arrays"));
        }
        let Some(resolved) = infer::resolve(name, arguments.clone())? else {
            // The error names the types.
            infer::function(name, arguments)?;
            return Err(unsupported(&format!("the function {name} in FROM")));
        };
        let mut columns: Vec<(Name, Type)> = resolved
            .function
            .columns()
            .into_iter()
            .map(|(name, ty)| (Name::from(name), ty))
            .collect();
        let scalar = columns.is_empty();
        if scalar {
            let column = match resolved.function.definition().name {
                "json_array_elements"
                | "jsonb_array_elements"
                | "json_array_elements_text"
                | "jsonb_array_elements_text" => Name::from("value"),
                _ => alias.name.clone().unwrap_or_else(|| name.clone()),
            };
            columns.push((column, resolved.result));
        }
        if ordinality {
            columns.push((Name::from("ordinality"), Type::Int8));
        }
        let visible = alias.name.clone().unwrap_or_else(|| name.clone());
        let own = self.alias(&visible);
        let namespace = function_names(visible, &own, &columns, alias, scalar && !ordinality)?;
        let from = From::Function {
            function: resolved.function,
            arguments: resolved.arguments,
            alias: own,
            columns,
            ordinality,
        };
        Ok((from, namespace))
    }

    /// A function that returns one value is one row of it.
    fn value_item(
        &mut self,
        call: &ast::CallExpr,
        alias: &Alias,
        ordinality: bool,
    ) -> Result<(From, Namespace)> {
        if ordinality {
            return Err(unsupported(
                "WITH ORDINALITY behind a function that returns one value",
            ));
        }
        let expr = infer::settled(self.call(call)?)?;
        let name = match call.expr() {
            Some(called) => called_name(&called)?.name,
            None => Name::from("function"),
        };
        let column = alias.name.clone().unwrap_or_else(|| name.clone());
        let ty = expr.ty.clone();
        let own = self.alias(&column);
        let from = value_of(expr, &own, &column);
        let namespace = function_names(column.clone(), &own, &[(column, ty)], alias, true)?;
        Ok((from, namespace))
    }

    /// Reads the functions that make rows of JSON objects: each column is a member, cast to its type.
    fn record_item(
        &mut self,
        name: &str,
        mut arguments: Vec<Expr>,
        alias: &Alias,
        ordinality: bool,
    ) -> Result<(From, Namespace)> {
        if ordinality {
            return Err(unsupported(
                "WITH ORDINALITY behind a function that returns records",
            ));
        }
        let json = if name.starts_with("jsonb") {
            Type::Jsonb
        } else {
            Type::Json
        };
        let columns = if name.contains("populate") {
            if arguments.len() != 2 {
                return Err(unsupported(&format!(
                    "{name} with other than two arguments"
                )));
            }
            let row = arguments.remove(0);
            row_columns(&row)?
        } else {
            self.defined_columns(alias)?
        };
        let [source] = arguments.as_slice() else {
            return Err(Error::new(
                Code::UNDEFINED_FUNCTION,
                format!("function {name} takes one argument"),
            ));
        };
        let source = infer::required(source.clone(), &json, &format!("argument of {name}"))?;
        let visible = alias.name.clone().unwrap_or_else(|| Name::from(name));
        let own = self.alias(&visible);
        let value = Name::from("value");
        let from = if name.ends_with("recordset") {
            elements_item(name, source, &json, &own, &value)?
        } else {
            value_of(source, &own, &value)
        };
        let columns = columns
            .into_iter()
            .map(|(name, ty)| {
                let object = Expr::column(&own, &value, json.clone());
                Ok(Visible {
                    expr: member(object, &name, &ty)?,
                    name,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let namespace = Namespace::of(VisibleRelation {
            name: visible,
            alias: own,
            table: None,
            primary_key: Vec::new(),
            nullable: false,
            scalar: false,
            columns,
        });
        Ok((from, namespace))
    }

    fn defined_columns(&self, alias: &Alias) -> Result<Vec<(Name, ColumnType)>> {
        if alias.definitions.is_empty() {
            return Err(Error::new(
                Code::SYNTAX,
                "a column definition list is required for functions returning \"record\"",
            ));
        }
        alias
            .definitions
            .iter()
            .map(|definition| {
                let name = name_node(part(definition.name())?.syntax());
                let ty = column_type(&part(definition.ty())?, self.resolver)?;
                if ty.domain.is_some() {
                    return Err(unsupported("a domain in a column definition list"));
                }
                Ok((name, ty.column))
            })
            .collect()
    }
}

/// Returns the elements of a JSON array as an item of `from`.
fn elements_item(name: &str, array: Expr, json: &Type, own: &Name, value: &Name) -> Result<From> {
    let elements = if *json == Type::Jsonb {
        "jsonb_array_elements"
    } else {
        "json_array_elements"
    };
    let resolved = infer::resolve(elements, vec![array])?
        .ok_or_else(|| unsupported(&format!("the function {name}")))?;
    Ok(From::Function {
        function: resolved.function,
        arguments: resolved.arguments,
        alias: own.clone(),
        columns: vec![(value.clone(), json.clone())],
        ordinality: false,
    })
}

/// Returns one row of one value as an item of `from`.
fn value_of(expr: Expr, own: &Name, name: &Name) -> From {
    From::Subquery {
        select: Box::new(Select::simple(Simple {
            outputs: vec![Output {
                name: name.clone(),
                expr,
            }],
            ..Simple::default()
        })),
        alias: own.clone(),
        lateral: true,
    }
}

fn is_record_reader(name: &str) -> bool {
    matches!(
        name,
        "json_to_record"
            | "jsonb_to_record"
            | "json_to_recordset"
            | "jsonb_to_recordset"
            | "json_populate_record"
            | "jsonb_populate_record"
            | "json_populate_recordset"
            | "jsonb_populate_recordset"
    )
}

fn row_columns(row: &Expr) -> Result<Vec<(Name, ColumnType)>> {
    match &row.ty {
        Type::Composite(composite) if row.kind == null_kind() => Ok(composite.fields.clone()),
        Type::Composite(_) => Err(unsupported("a row of defaults other than null")),
        _ => Err(Error::new(
            Code::DATATYPE_MISMATCH,
            "first argument must be of a row type",
        )),
    }
}

fn null_kind() -> crate::tree::ExprKind {
    crate::tree::ExprKind::Constant(underpin_base::Value::Null)
}

/// Returns a member of a JSON object as a column of type `ty`.
fn member(object: Expr, name: &str, ty: &ColumnType) -> Result<Expr> {
    if ty.ty.is_json() {
        let value = infer::operator(Operator::JsonGet, object, Expr::text(name))?;
        return infer::cast(value, ty);
    }
    if matches!(ty.ty, Type::Array(_) | Type::Composite(_)) {
        return Err(unsupported("an array or row as a column of a JSON record"));
    }
    let text = infer::operator(Operator::JsonGetText, object, Expr::text(name))?;
    infer::cast(text, ty)
}

fn function_names(
    visible: Name,
    own: &Name,
    columns: &[(Name, Type)],
    alias: &Alias,
    scalar: bool,
) -> Result<Namespace> {
    let columns = columns
        .iter()
        .map(|(name, ty)| (name.clone(), name.clone(), ty.clone()))
        .collect();
    let mut namespace = named_relation(visible.clone(), own, columns, alias)?;
    if let Some(relation) = namespace.relations.first_mut() {
        relation.scalar = scalar;
        // A function of the project that returns values has its alias for a column too.
        if scalar
            && alias.columns.is_empty()
            && let [column] = relation.columns.as_mut_slice()
            && *column.name != *"value"
        {
            column.name = visible;
            namespace.columns.clone_from(&relation.columns);
        }
    }
    Ok(namespace)
}
