//! [`Session`]: what the routines and triggers of one request share.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use underpin_base::{Code, Error, Result};
use underpin_query::ApiSettings;
use underpin_query::plan::{Plan, Step, World};
use underpin_sql::tree::Select;
use underpin_sql::writer::{Rendered, sqlite};

use crate::schema::Schema;

/// Deepest nesting of calls and triggers in each other.
const DEPTH_MAX: usize = 32;

/// The stack of a thread that runs routines, in bytes: what the deepest nesting of calls takes, of which each is nested as deeply as the
/// reader allows. Only what is used of it takes memory.
pub(crate) const STACK_BYTES: usize = 64 << 20;

/// Most steps of all routines and triggers of one request.
const STEPS_MAX: u64 = 10_000_000;

/// What the routines and triggers of one request share.
#[derive(Debug, Default)]
pub(in crate::sqlite) struct Session {
    settings: ApiSettings,
    depth: Cell<usize>,
    steps: Cell<u64>,
    /// The request only reads: `GET`.
    pub(super) read_only: Cell<bool>,
    /// What was planned, by the place of the statement or expression in the catalog, and whether for its owner.
    plans: RefCell<HashMap<(usize, bool), Rc<Planned>>>,
}

/// A statement or expression of a routine, planned.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) step: Step,
    rendered: OnceCell<Rendered>,
}

impl Planned {
    /// Returns the text of the query `select`, which is this plan's.
    pub(super) fn rendered(&self, select: &Select) -> Result<&Rendered> {
        if let Some(rendered) = self.rendered.get() {
            return Ok(rendered);
        }
        let rendered = sqlite::select(select)?;
        Ok(self.rendered.get_or_init(|| rendered))
    }
}

impl Session {
    /// Returns the session of `plan`.
    pub(in crate::sqlite) fn new(plan: &Plan) -> Self {
        Self {
            settings: plan.settings(),
            ..Self::default()
        }
    }

    /// Returns the session of `plan`, which only reads.
    pub(in crate::sqlite) fn read_only(plan: &Plan) -> Self {
        let session = Self::new(plan);
        session.read_only.set(true);
        session
    }

    /// Returns what statements are planned against.
    pub(super) fn world<'a>(&'a self, schema: &'a Schema) -> World<'a> {
        World {
            catalog: &schema.catalog,
            relationships: &schema.relationships,
            settings: &self.settings,
        }
    }

    /// Returns the plan of what stands at `place`, made by `plan` when it was not made before. The catalog, which outlives the request, keeps
    /// the place.
    pub(super) fn planned<T>(
        &self,
        place: &T,
        as_owner: bool,
        plan: impl FnOnce() -> Result<Step>,
    ) -> Result<Rc<Planned>> {
        let key = (std::ptr::from_ref(place) as usize, as_owner);
        if let Some(planned) = self.plans.borrow().get(&key) {
            return Ok(Rc::clone(planned));
        }
        let planned = Rc::new(Planned {
            step: plan()?,
            rendered: OnceCell::new(),
        });
        self.plans.borrow_mut().insert(key, Rc::clone(&planned));
        Ok(planned)
    }

    /// Counts a step.
    pub(super) fn count_step(&self) -> Result<()> {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        if steps > STEPS_MAX {
            return Err(Error::new(
                Code::TOO_COMPLEX,
                format!(
                    "the functions and triggers of the request take more than {STEPS_MAX} steps"
                ),
            ));
        }
        Ok(())
    }

    /// Runs `work` one level deeper.
    pub(in crate::sqlite) fn nested<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if self.depth.get() == DEPTH_MAX {
            return Err(
                Error::new(Code::TOO_COMPLEX, "stack depth limit exceeded").hint(format!(
                    "Functions, triggers and policies may be nested {DEPTH_MAX} levels deep; one of them may call itself without end."
                )),
            );
        }
        self.depth.set(self.depth.get() + 1);
        let result = work();
        self.depth.set(self.depth.get() - 1);
        result
    }
}
