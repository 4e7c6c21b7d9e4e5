//! What the request supplies, for expressions that are part of the schema and so cannot have parameters.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use underpin_base::{Code, Error, Identity, Result, Value, ValueRef};
use underpin_sql::tree::Context;

use super::arguments::{Output, value};
use super::failure;
use super::registry::flags;
use crate::sqlite::bind::Binding;

/// Who asks, and since when, on one connection: what its functions take from the request. Nobody asks before the first request.
#[derive(Clone, Debug, Default)]
pub(in crate::sqlite) struct SharedContext(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    asker: Option<(Identity, i64)>,
    /// What `set_config` has set since the request began.
    settings: BTreeMap<String, String>,
    /// How many triggers are running within each other.
    trigger_depth: i64,
}

/// Most settings that a request may make.
const SETTINGS_MAX: usize = 1_000;

impl SharedContext {
    /// Sets who asks from now on, and the start of the transaction in microseconds since 1970.
    pub(in crate::sqlite) fn set(&self, identity: &Identity, now: i64) {
        let mut state = self.state();
        state.asker = Some((identity.clone(), now));
        state.settings.clear();
        state.trigger_depth = 0;
    }

    /// Runs `work` within a trigger.
    pub(in crate::sqlite) fn in_trigger<T>(&self, work: impl FnOnce() -> T) -> T {
        self.state().trigger_depth += 1;
        let result = work();
        self.state().trigger_depth -= 1;
        result
    }

    /// Returns what `set_config` has set `name` to since the request began.
    pub(in crate::sqlite) fn setting(&self, name: &str) -> Option<String> {
        self.state().settings.get(name).cloned()
    }

    fn set_setting(&self, name: &str, value: &str) -> Result<()> {
        let mut state = self.state();
        if state.settings.len() >= SETTINGS_MAX {
            return Err(Error::new(
                Code::TOO_COMPLEX,
                format!("the request makes more than {SETTINGS_MAX} settings"),
            ));
        }
        let name = name.to_ascii_lowercase();
        state.settings.insert(name, value.to_owned());
        Ok(())
    }

    fn value(&self, context: &Context) -> Result<Value> {
        let state = self.state();
        if let Context::Setting(name) = context
            && let Some(value) = state.settings.get(&**name)
        {
            return Ok(Value::text(value.as_str()));
        }
        match &state.asker {
            Some((identity, now)) => Binding::new(identity, *now).context(context),
            None => Ok(Value::Null),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Registers `pg_set_config(name, value, is_local)`: a setting lasts as long as the request.
fn register_set_config(connection: &Connection, shared: SharedContext) -> rusqlite::Result<()> {
    connection.create_scalar_function("pg_set_config", 3, flags(false), move |call| {
        let text = |index| match value(call.get_raw(index)) {
            ValueRef::Text(text) => Some(text),
            _ => None,
        };
        let new = text(1).unwrap_or_default();
        match text(0) {
            Some(name) => shared.set_setting(name, new),
            None => Err(Error::new(
                Code::new("22004"),
                "SET requires parameter name",
            )),
        }
        .map(|()| Output(Value::text(new)))
        .map_err(|error| failure::encode(&error))
    })
}

/// Registers `underpin_context(code)`, and what makes settings.
pub(super) fn register(connection: &Connection, shared: SharedContext) -> rusqlite::Result<()> {
    register_set_config(connection, shared.clone())?;
    let depth = shared.clone();
    connection.create_scalar_function("pg_trigger_depth", 0, flags(false), move |_| {
        Ok(depth.state().trigger_depth)
    })?;
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
