//! What an engine may execute: a request with the caller's rights applied to it.
//!
//! A [`Plan`] has private fields and two constructors, so a query that was not authorised does not type-check:
//! [`Plan::authorize`] joins the policies to the filter, refuses forbidden tables and columns and applies the limits;
//! `Plan::system` is for the platform's own statements, and one search lists every use.

mod access;
mod action;
mod cache;
mod call;
mod computed;
mod count;
mod embed;
mod field;
mod filter;
mod inline;
mod instantiate;
mod invoke;
mod length;
mod more;
mod native;
mod nearest;
mod prepared;
mod put;
mod read;
mod relate;
mod resolve;
mod rights;
mod role;
mod rows_first;
mod secure;
mod spread;
mod steps;
mod target;
#[cfg(test)]
mod tests;
mod world;
mod write;

pub use action::{
    Action, Call, Cell, Change, DeleteRows, EXCLUDED_ROW, InsertConflict, InsertRows, Merge,
    NEW_ROW, Read, Shape, UpdateRows, ViewCheck, Write,
};
pub use cache::PlanCache;
pub use count::{Bounded, Estimate, Total};
pub use inline::inline;
pub use length::Length;
pub use more::MoreRows;
pub use rights::{Relation, Rights};
pub use rows_first::rows_first;
pub use steps::{Step, StepRows, StepWrite, Steps, VARIABLES};
pub use world::World;

use std::sync::Arc;
use std::time::Duration;

use underpin_base::{Error, Identity, Name, Result, Value};
use underpin_schema::catalog::Routine;
use underpin_sql::types::datetime::in_zone;

use self::prepared::Prepared;
use self::world::Planner;
use crate::request::{
    self, Format, Preferences, Request, RequestSettings, Template, TransactionEnd,
};
use crate::{ApiSettings, TransactionOverride, WithoutPolicies};

/// An authorised plan.
#[derive(Clone, Debug)]
pub struct Plan {
    identity: Identity,
    action: Action,
    operands: Vec<Value>,
    timeout: Duration,
    rollback: bool,
    timezone: Option<String>,
    without_policies: WithoutPolicies,
    before: Option<Arc<Routine>>,
    search_path: Arc<[Name]>,
    asked: Option<Arc<RequestSettings>>,
    schema: Option<u64>,
    invokes: bool,
}

impl Plan {
    /// Returns the plan of `request` with the rights of `identity`: policies and grants applied, limits enforced.
    ///
    /// # Errors
    /// Whatever is wrong with the request in this world, with PostgREST's or PostgreSQL's code: an unknown table (PGRST205), column (`42703`,
    /// PGRST204), relationship (PGRST200, PGRST201) or operator (`42883`), a value that is not of its column's type (`22P02`), a missing right (`42501`).
    pub fn authorize(request: &Request, world: World<'_>, identity: &Identity) -> Result<Self> {
        // Times in filters and payloads that have no zone are of the one that is preferred.
        in_zone(request.preferences.timezone.as_deref(), || {
            Self::authorize_here(request, world, identity)
        })
    }

    fn authorize_here(request: &Request, world: World<'_>, identity: &Identity) -> Result<Self> {
        if request.action == request::Action::Read {
            let template = Template::from(request.clone());
            return Prepared::new(&template, world, identity)?.bind(&template, identity);
        }
        let mut planner = Planner::new(world, identity)?;
        let mut action = match &request.action {
            request::Action::Insert {
                payload,
                columns,
                on_conflict,
            } => Action::Write(planner.insert(
                request,
                payload,
                columns.as_deref(),
                on_conflict.as_deref(),
            )?),
            request::Action::Update { payload, columns } => {
                Action::Write(planner.update(request, payload, columns.as_deref())?)
            }
            request::Action::Delete => Action::Write(planner.delete(request)?),
            request::Action::Put { payload, columns } => {
                Action::Write(planner.put(request, payload, columns.as_deref())?)
            }
            request::Action::Call { arguments, get } => planner.call(request, arguments, *get)?,
            request::Action::Read => {
                return Err(Error::internal("a read is planned as a template"));
            }
        };
        if let (Action::Write(write), Format::Plan(form)) = (&mut action, request.format) {
            write.explain = Some(form);
        }
        Self::of(&planner, action, request)
    }

    fn of(planner: &Planner<'_>, action: Action, request: &Request) -> Result<Self> {
        let preferences = &request.preferences;
        let settings = planner.world.settings;
        let limits = &settings.limits;
        Ok(Self {
            identity: planner.identity.clone(),
            action,
            operands: Vec::new(),
            timeout: planner.timeout(Duration::from_millis(limits.statement_timeout_ms)),
            rollback: rolls_back(preferences, settings.tx_end),
            timezone: preferences.timezone.clone(),
            without_policies: settings.tables_without_policies,
            before: planner.before()?,
            search_path: std::iter::once(&request.target.schema)
                .chain(&settings.extra_search_path)
                .cloned()
                .collect(),
            asked: None,
            schema: None,
            invokes: planner.invoked.is_some(),
        })
    }

    /// Returns a plan of the platform itself, which no caller shaped: jobs, events, accounts. Nothing is checked.
    pub fn system(identity: Identity, action: Action, timeout: Duration) -> Self {
        Self {
            identity,
            action,
            operands: Vec::new(),
            timeout,
            rollback: false,
            timezone: None,
            without_policies: WithoutPolicies::Closed,
            before: None,
            search_path: Arc::default(),
            asked: None,
            schema: None,
            invokes: false,
        }
    }

    /// Returns who asks: what [`underpin_sql::tree::Context`] is bound from.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Returns what is to be done.
    pub fn action(&self) -> &Action {
        &self.action
    }

    /// Returns what the parameters of a read ([`underpin_sql::tree::ExprKind::Parameter`]) stand for, in their order.
    pub fn operands(&self) -> &[Value] {
        &self.operands
    }

    /// Returns how long it may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Returns the time zone in which it is to be executed (`Prefer: timezone=`); UTC when there is none.
    pub fn timezone(&self) -> Option<&str> {
        self.timezone.as_deref()
    }

    /// Tells whether the transaction is to be rolled back although it succeeded (`Prefer: tx=rollback`).
    pub fn rollback(&self) -> bool {
        self.rollback
    }

    /// Returns the function that is called first, with the caller's rights.
    pub fn before(&self) -> Option<&Arc<Routine>> {
        self.before.as_ref()
    }

    /// Returns the schemas in which the database looks for what has no schema: the request's, and `api.extra_search_path`.
    pub fn search_path(&self) -> &[Name] {
        &self.search_path
    }

    /// Tells whether its statements invoke routines while they run ([`underpin_sql::tree::ExprKind::Invoke`]), which takes a stack.
    pub fn invokes(&self) -> bool {
        self.invokes
    }

    /// Returns what functions and policies may ask of the HTTP request.
    pub fn asked(&self) -> Option<&RequestSettings> {
        self.asked.as_deref()
    }

    /// Returns the generation of the schema that it was planned with; nothing for a plan that depends on none.
    pub fn schema(&self) -> Option<u64> {
        self.schema
    }

    /// Says which generation of the schema it was planned with: an engine runs it under that one alone.
    #[must_use]
    pub fn of_schema(self, generation: u64) -> Self {
        Self {
            schema: Some(generation),
            ..self
        }
    }

    /// Adds what functions and policies may ask of the HTTP request.
    #[must_use]
    pub fn with_request(self, asked: RequestSettings) -> Self {
        Self {
            asked: Some(Arc::new(asked)),
            ..self
        }
    }

    /// Returns the settings under which the statements of routines and triggers are planned when their turn comes.
    pub fn settings(&self) -> ApiSettings {
        ApiSettings {
            tables_without_policies: self.without_policies,
            ..ApiSettings::default()
        }
    }
}

fn rolls_back(preferences: &Preferences, setting: TransactionOverride) -> bool {
    match setting {
        TransactionOverride::Commit => false,
        TransactionOverride::CommitAllowOverride => {
            preferences.tx == Some(TransactionEnd::Rollback)
        }
        TransactionOverride::RollbackAllowOverride => {
            preferences.tx != Some(TransactionEnd::Commit)
        }
    }
}
