//! A call: its arguments, its statements, and what the request reads of the rows that they return.

use underpin_base::{Code, Error, Identity, Name, Result, Value, ValueRef};
use underpin_query::plan::{Call, Steps};
use underpin_query::reply::{Outcome, not_single};
use underpin_query::request::Format;
use underpin_schema::catalog::Routine;
use underpin_sql::functions::Volatility;
use underpin_sql::types::{self, Type};

use super::super::bind::Binding;
use super::super::execute;
use super::super::write::Execution;
use super::statement::Writing;

/// The role that owns every routine: whom `security definer` makes the current user.
const OWNER: &str = "postgres";

impl Execution<'_> {
    /// Calls a routine for a request.
    ///
    /// # Errors
    /// Whatever its statements raise; PGRST124 when it returns more rows than allowed; PGRST116 when not one row is what was asked for.
    pub(in crate::sqlite) fn call(&self, call: &Call) -> Result<Outcome> {
        let arguments = self.values(call.arguments.iter())?;
        let rows = self.routine(&call.routine, &arguments, call.read_only)?;
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

    /// Runs a routine and returns its rows: one when it does not return a set.
    ///
    /// # Errors
    /// Whatever its statements raise; `54001` when routines call each other without end.
    pub(super) fn routine(
        &self,
        routine: &Routine,
        arguments: &[Value],
        read_only: bool,
    ) -> Result<Vec<Vec<Value>>> {
        let width = routine.result.columns.len().max(1);
        if routine.strict && arguments.iter().any(Value::is_null) {
            return Ok(fitted(Vec::new(), width, routine.result.set));
        }
        let owner = Identity {
            role: Name::from(OWNER),
            claims: self.binding.identity.claims.clone(),
        };
        let identity = if routine.security_definer {
            &owner
        } else {
            self.binding.identity
        };
        let binding = Binding {
            identity,
            variables: arguments,
            row: &[],
            ..self.binding
        };
        let execution = Execution { binding, ..*self };
        let writing = match (routine.volatility, read_only) {
            (Volatility::Stable | Volatility::Immutable, _) => Writing::NotVolatile,
            (Volatility::Volatile, true) => Writing::ReadOnly,
            (Volatility::Volatile, false) => Writing::Allowed,
        };
        let rows = self.session.nested(|| {
            let world = self.session.world(self.schema);
            let as_owner = &*identity.role == OWNER;
            let mut steps = Steps::new(world, identity, as_owner)?;
            let mut rows = Vec::new();
            for statement in &routine.body.statements {
                rows = execution.statement(&mut steps, statement, arguments.len(), writing)?;
            }
            Ok(rows)
        })?;
        Ok(fitted(
            expanded(rows, &routine.result.columns, &routine.result.ty)?,
            width,
            routine.result.set,
        ))
    }
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

fn fields(object: &str, columns: &[(Name, Type)]) -> Result<Vec<Value>> {
    let members: std::collections::HashMap<String, Box<serde_json::value::RawValue>> =
        serde_json::from_str(object).map_err(Error::internal)?;
    columns
        .iter()
        .map(|(name, ty)| match members.get(&**name) {
            Some(json) => types::from_json(&ty.clone().into(), json.get()),
            None => Ok(Value::Null),
        })
        .collect()
}

/// Writes rows as the array of rows that a call's answer reads.
fn array(columns: &[(Name, Type)], rows: &[Vec<Value>]) -> Result<String> {
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
pub(super) fn object(columns: &[(Name, Type)], row: &[Value], json: &mut Vec<u8>) {
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
