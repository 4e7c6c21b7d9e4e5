//! A call: its arguments, its steps, and what the request reads of the rows that it returns.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::value::RawValue;
use underpin_base::{Code, Error, Identity, Name, Result, Value, ValueRef};
use underpin_query::plan::{Call, Plan, Steps};
use underpin_query::reply::{Outcome, Response, not_single};
use underpin_query::request::Format;
use underpin_schema::catalog::Routine;
use underpin_sql::functions::Volatility;
use underpin_sql::tree::{Invoked, Procedure, RoutineId};
use underpin_sql::types::{self, Type};

use super::super::bind::Binding;
use super::super::write::Execution;
use super::super::{execute, ffi};
use super::frame::{Flow, Frame, Returned};
use super::step::Writing;

/// The role that owns every routine: whom `security definer` makes the current user.
const OWNER: &str = "postgres";

/// Returns the owner of every routine, in the name of whoever `identity` is.
pub(super) fn owner(identity: &Identity) -> Identity {
    Identity {
        role: Name::from(OWNER),
        claims: Arc::clone(&identity.claims),
    }
}

/// Tells whether `identity` is the owner of every routine.
pub(super) fn is_owner(identity: &Identity) -> bool {
    &*identity.role == OWNER
}

impl Execution<'_> {
    /// Runs a plan: what is called before it, the plan itself, and what both say of the answer.
    ///
    /// # Errors
    /// Whatever its statements raise.
    pub(in crate::sqlite) fn answer(&self, plan: &Plan) -> Result<Outcome> {
        ffi::lend(self, || self.answered(plan))
    }

    fn answered(&self, plan: &Plan) -> Result<Outcome> {
        if let Some(before) = plan.before() {
            self.routine(before, Vec::new())?;
        }
        let outcome = self.run(plan)?;
        let said = |name: &str| self.connection.context().setting(name);
        Ok(Outcome {
            response: Response {
                headers: said("response.headers"),
                status: said("response.status"),
            },
            ..outcome
        })
    }

    /// Calls a routine for a request.
    ///
    /// # Errors
    /// Whatever its statements raise; PGRST124 when it returns more rows than allowed; PGRST116 when not one row is what was asked for.
    pub(in crate::sqlite) fn call(&self, call: &Call) -> Result<Outcome> {
        if call.read_only {
            self.session.read_only.set(true);
        }
        let arguments = self.values(call.arguments.iter())?;
        let rows = self.routine(&call.routine, arguments)?;
        if let Some(most) = call.max_affected
            && rows.len() as u64 > most
        {
            return Err(Error::new(
                Code::MAX_AFFECTED,
                "Query result exceeds max-affected preference constraint",
            )
            .details(format!("The query affects {} rows", rows.len())));
        }
        let Some(read) = &call.answer else {
            return Ok(Outcome {
                is_void: true,
                ..Outcome::default()
            });
        };
        let returned = array(&call.columns, &rows)?;
        drop(rows);
        let parameters = [ValueRef::Text(&returned)];
        let binding = self.binding.with_row(&parameters);
        let rows = execute::read(self.connection, read, &binding, self.bytes_max)?;
        if matches!(read.format, Format::Object { .. }) && rows.count != 1 {
            return Err(not_single(rows.count));
        }
        Ok(Outcome {
            rows: Some(rows),
            ..Outcome::default()
        })
    }

    /// Returns a routine that another one calls.
    ///
    /// # Errors
    /// `42501` when whoever the other runs as may not execute it.
    pub(super) fn routine_of(&self, id: &RoutineId, as_owner: bool) -> Result<Arc<Routine>> {
        let world = self.session.world(self.schema);
        Steps::new(world, self.binding.identity, as_owner)?.routine(id)
    }

    /// Returns the same surroundings for a routine, which runs as `owner` when it is a definer's, and knows nothing of a row that is written.
    pub(super) fn with_rights<'o>(&'o self, definer: bool, owner: &'o Identity) -> Execution<'o> {
        let identity = if definer {
            owner
        } else {
            self.binding.identity
        };
        let binding = Binding {
            identity,
            row: &[],
            ..self.binding
        };
        Execution { binding, ..*self }
    }

    /// Runs a routine for a statement that is running, and returns what the statement asked for.
    ///
    /// # Errors
    /// Those of [`Execution::routine`].
    pub(in crate::sqlite) fn invoke(
        &self,
        invoked: &Invoked,
        arguments: Vec<Value>,
    ) -> Result<Value> {
        let overloads = self.schema.catalog.routines.get(&invoked.name);
        let Some(routine) = overloads.and_then(|all| all.get(invoked.overload)) else {
            return Err(Error::internal(format!(
                "routine {} is not in the catalog",
                invoked.name
            )));
        };
        let owner = owner(self.binding.identity);
        let execution = self.with_rights(invoked.as_owner, &owner);
        let rows = execution.routine(routine, arguments)?;
        in_one(routine, rows, invoked.rows)
    }

    /// Runs the steps of a migration, as the owner of everything.
    pub(in crate::sqlite) fn fire_steps(&self, procedure: &Procedure) -> Result<()> {
        let mut frame = Frame::new(procedure, Vec::new(), true, Writing::Allowed);
        self.body(&mut frame, &procedure.body).map(drop)
    }

    /// Runs a routine and returns its rows: one when it does not return a set.
    ///
    /// # Errors
    /// Whatever its statements raise; `54001` when routines call each other without end.
    pub(super) fn routine(
        &self,
        routine: &Routine,
        arguments: Vec<Value>,
    ) -> Result<Vec<Vec<Value>>> {
        let width = routine.result.columns.len().max(1);
        if routine.strict && arguments.iter().any(Value::is_null) {
            return Ok(fitted(Vec::new(), width, routine.result.set));
        }
        let Some(procedure) = &routine.body.procedure else {
            return Err(Error::new(
                Code::FEATURE_NOT_SUPPORTED,
                "trigger functions can only be called as triggers",
            ));
        };
        let owner = owner(self.binding.identity);
        let execution = self.with_rights(routine.security_definer, &owner);
        let writing = match (routine.volatility, self.session.read_only.get()) {
            (Volatility::Stable | Volatility::Immutable, _) => Writing::NotVolatile,
            (Volatility::Volatile, true) => Writing::ReadOnly,
            (Volatility::Volatile, false) => Writing::Allowed,
        };
        let mut frame = Frame::new(
            procedure,
            arguments,
            is_owner(execution.binding.identity),
            writing,
        );
        let flow = self
            .session
            .nested(|| execution.body(&mut frame, &procedure.body))?;
        let mut rows = frame.rows;
        match flow {
            Flow::Return(Returned::Row(row)) => rows.push(row),
            Flow::Return(Returned::Nothing) => {}
            _ => {
                return Err(Error::new(
                    Code::new("2F005"),
                    "control reached end of function without RETURN",
                ));
            }
        }
        Ok(fitted(
            expanded(rows, &routine.result.columns, &routine.result.ty)?,
            width,
            routine.result.set,
        ))
    }
}

/// Returns what a routine returned as one value: its rows as an array, or the value, or the row, of the first.
pub(super) fn in_one(routine: &Routine, rows: Vec<Vec<Value>>, all: bool) -> Result<Value> {
    let columns = routine.returned_columns();
    if all {
        return Ok(Value::text(array(&columns, &rows)?));
    }
    let Some(mut row) = rows.into_iter().next() else {
        return Ok(Value::Null);
    };
    if routine.result.columns.is_empty() {
        return Ok(row.drain(..).next().unwrap_or_default());
    }
    let mut json = Vec::new();
    object(&columns, &row, &mut json);
    String::from_utf8(json)
        .map(Value::text)
        .map_err(Error::internal)
}

/// Returns the rows that a routine returns: one, of nulls if need be, when it does not return a set.
fn fitted(mut rows: Vec<Vec<Value>>, width: usize, set: bool) -> Vec<Vec<Value>> {
    if !set {
        rows.truncate(1);
        if rows.is_empty() {
            rows.push(vec![Value::Null; width]);
        }
    }
    rows
}

/// Takes rows in one column apart: a statement may return its row whole.
fn expanded(rows: Vec<Vec<Value>>, columns: &[(Name, Type)], ty: &Type) -> Result<Vec<Vec<Value>>> {
    let is_row = matches!(ty, Type::Composite(_)) && columns.len() != 1;
    rows.into_iter()
        .map(|row| match row.as_slice() {
            [Value::Text(object)] if is_row => fields(object, columns),
            [Value::Null] if is_row => Ok(vec![Value::Null; columns.len()]),
            _ => Ok(row),
        })
        .collect()
}

/// Returns the fields of a composite value.
pub(super) fn fields(object: &str, columns: &[(Name, Type)]) -> Result<Vec<Value>> {
    let members: HashMap<String, Box<RawValue>> =
        serde_json::from_str(object).map_err(Error::internal)?;
    columns
        .iter()
        .map(|(name, ty)| match members.get(&**name) {
            Some(json) => types::from_json(&ty.clone().into(), json.get()),
            None => Ok(Value::Null),
        })
        .collect()
}

/// Writes rows as the canonical form of an array of rows.
pub(super) fn array(columns: &[(Name, Type)], rows: &[Vec<Value>]) -> Result<String> {
    let mut json = Vec::from(*b"[");
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        object(columns, row, &mut json);
    }
    json.push(b']');
    String::from_utf8(json).map_err(Error::internal)
}

/// Writes a row as the canonical form of a composite value.
fn object(columns: &[(Name, Type)], row: &[Value], json: &mut Vec<u8>) {
    json.push(b'{');
    for (position, ((name, ty), value)) in columns.iter().zip(row).enumerate() {
        if position > 0 {
            json.push(b',');
        }
        types::write_json_string(name, json);
        json.push(b':');
        types::write_json(ty, value.into(), json);
    }
    json.push(b'}');
}
