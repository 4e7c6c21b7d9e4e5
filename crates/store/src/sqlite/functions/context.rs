//! What the request supplies, for expressions that are part of the schema and so cannot have parameters.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use underpin_base::{Error, Identity, Result, Value, ValueRef};
use underpin_sql::tree::Context;

use super::arguments::{Output, value};
use super::failure;
use super::registry::flags;
use crate::sqlite::bind::Binding;

/// Who asks, and since when, on one connection: what its functions take from the request. Nobody asks before the first request.
#[derive(Clone, Debug, Default)]
pub(in crate::sqlite) struct SharedContext(Arc<Mutex<Option<(Identity, i64)>>>);

impl SharedContext {
    /// Sets who asks from now on, and the start of the transaction in microseconds since 1970.
    pub(in crate::sqlite) fn set(&self, identity: &Identity, now: i64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((identity.clone(), now));
    }

    fn value(&self, context: &Context) -> Result<Value> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((identity, now)) => Binding::new(identity, *now).context(context),
            None => Ok(Value::Null),
        }
    }
}

/// Registers `underpin_context(code)`.
pub(super) fn register(connection: &Connection, shared: SharedContext) -> rusqlite::Result<()> {
    connection.create_scalar_function("underpin_context", 1, flags(false), move |call| {
        let code = match value(call.get_raw(0)) {
            ValueRef::Text(code) => Context::from_code(code),
            _ => None,
        };
        code.ok_or_else(|| Error::internal("a context's code"))
            .and_then(|context| shared.value(&context))
            .map(Output)
            .map_err(|error| failure::encode(&error))
    })
}
