//! [`Session`]: what the routines and triggers of one request share.

use std::cell::Cell;

use underpin_base::{Code, Error, Result};
use underpin_query::ApiSettings;
use underpin_query::plan::{Plan, World};

use crate::schema::Schema;

/// Deepest nesting of calls and triggers in each other.
const DEPTH_MAX: usize = 32;

/// What the routines and triggers of one request share.
#[derive(Debug, Default)]
pub(in crate::sqlite) struct Session {
    settings: ApiSettings,
    depth: Cell<usize>,
}

impl Session {
    /// Returns the session of `plan`.
    pub(in crate::sqlite) fn new(plan: &Plan) -> Self {
        Self {
            settings: plan.settings(),
            depth: Cell::new(0),
        }
    }

    /// Returns what statements are planned against.
    pub(super) fn world<'a>(&'a self, schema: &'a Schema) -> World<'a> {
        World {
            catalog: &schema.catalog,
            relationships: &schema.relationships,
            settings: &self.settings,
        }
    }

    /// Runs `work` one level deeper.
    pub(super) fn nested<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if self.depth.get() == DEPTH_MAX {
            return Err(Error::new(
                Code::TOO_COMPLEX,
                format!("functions and triggers are nested more than {DEPTH_MAX} levels deep"),
            )
            .hint("A function or trigger calls itself without end."));
        }
        self.depth.set(self.depth.get() + 1);
        let result = work();
        self.depth.set(self.depth.get() - 1);
        result
    }
}
