//! What the request supplies, for expressions that are part of the schema and so cannot have parameters.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use underpin_base::{Error, Value};
use underpin_sql::tree::Context;

use super::arguments::{Output, value};
use super::failure;

/// Answers a context's value.
type Source = Box<dyn Fn(&Context) -> underpin_base::Result<Value> + Send>;

/// Where the functions of one connection look for what the request supplies; empty while no request runs.
#[derive(Clone, Default)]
pub(in crate::sqlite) struct SharedContext(Arc<Mutex<Option<Source>>>);

impl SharedContext {
    /// Sets where values come from until [`SharedContext::clear`].
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "no expression of a schema asks for a context yet")
    )]
    pub(in crate::sqlite) fn set(&self, source: Source) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(source);
    }

    fn value(&self, context: &Context) -> underpin_base::Result<Value> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(source) => source(context),
            None => Ok(Value::Null),
        }
    }
}

impl std::fmt::Debug for SharedContext {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SharedContext")
    }
}

/// Registers `underpin_context(code)`.
pub(super) fn register(connection: &Connection, shared: SharedContext) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("underpin_context", 1, flags, move |call| {
        let code = match value(call.get_raw(0)) {
            underpin_base::ValueRef::Text(code) => Context::from_code(code),
            _ => None,
        };
        code.ok_or_else(|| Error::internal("a context's code"))
            .and_then(|context| shared.value(&context))
            .map(Output)
            .map_err(|error| failure::encode(&error))
    })
}
