//! Calls of routines that the database runs itself: they stay calls, with the arguments that were given; it knows the others' defaults.

use std::sync::Arc;

use underpin_base::{Name, Result};
use underpin_schema::catalog::Routine;
use underpin_sql::functions::Volatility;
use underpin_sql::tree::{Expr, From, Notation};
use underpin_sql::types::Type;

use super::action::{Action, Call};
use super::call::{columns, given, whole_body};
use super::world::Planner;
use crate::request::{Arguments, Request};

/// The arguments of a call.
struct Given {
    arguments: Vec<Expr>,
    notation: Notation,
    variadic: bool,
}

impl Planner<'_> {
    /// Plans a call that the database carries out: a read of what it returns.
    ///
    /// # Errors
    /// Those of reading an argument, and of what is selected of the result.
    pub(super) fn native_call(
        &mut self,
        request: &Request,
        routine: &Arc<Routine>,
        arguments: &Arguments,
        takes_body: bool,
        get: bool,
        max_affected: Option<u64>,
    ) -> Result<Action> {
        let given = match takes_body {
            true => Given {
                arguments: vec![whole_body(arguments, routine)?],
                notation: Notation::Positional,
                variadic: false,
            },
            false => named(arguments, routine)?,
        };
        let columns = columns(routine);
        let read = self.read_result(request, routine, &mut |_, alias| {
            Ok(called(routine, &given, &columns, alias))
        })?;
        let read_only = get || routine.volatility != Volatility::Volatile;
        if read_only && max_affected.is_none() && routine.result.ty != Type::Void {
            return Ok(Action::Read(Arc::new(read)));
        }
        Ok(Action::Call(Box::new(Call {
            routine: Arc::clone(routine),
            arguments: Vec::new(),
            columns,
            answer: Some(read),
            read_only,
            max_affected,
        })))
    }

    /// Returns the rows that a routine returns for the row of a table: a computed relationship.
    pub(super) fn native_rows(&self, routine: &Routine, row: Expr, alias: &Name) -> From {
        let given = Given {
            arguments: vec![row],
            notation: Notation::Positional,
            variadic: false,
        };
        called(routine, &given, &columns(routine), alias)
    }
}

fn called(routine: &Routine, given: &Given, columns: &[(Name, Type)], alias: &Name) -> From {
    From::Call {
        routine: routine.id.clone(),
        arguments: given.arguments.clone(),
        notation: given.notation.clone(),
        variadic: given.variadic,
        alias: alias.clone(),
        columns: columns.to_vec(),
    }
}

/// The arguments that a request gives, by the names of their parameters.
fn named(arguments: &Arguments, routine: &Routine) -> Result<Given> {
    let last = routine.arguments.len().saturating_sub(1);
    let (mut values, mut names, mut has_variadic) = (Vec::new(), Vec::new(), false);
    for (index, parameter) in routine.arguments.iter().enumerate() {
        let variadic = routine.variadic && index == last;
        let Some(name) = &parameter.name else {
            continue;
        };
        if let Some(value) = given(arguments, name, &parameter.ty, variadic)? {
            values.push(Expr::constant(value, parameter.ty.clone()));
            names.push(name.clone());
            has_variadic |= variadic;
        }
    }
    Ok(Given {
        arguments: values,
        notation: Notation::Named(names),
        variadic: has_variadic,
    })
}
