//! What an engine may execute: a request with the caller's rights applied to it.
//!
//! A [`Plan`] has private fields and two constructors, so a query that was not authorised does not type-check:
//! `Plan::authorize` joins the policies to the filter, refuses forbidden tables and columns and applies the limits;
//! `Plan::system` is for the platform's own statements, and one search lists every use.

mod action;

pub use action::{
    Action, Cell, Change, DeleteRows, InsertConflict, InsertRows, Merge, NEW_ROW, Read, UpdateRows,
    Write,
};

use std::time::Duration;

use underpin_base::Identity;

/// An authorised plan.
#[derive(Clone, Debug)]
pub struct Plan {
    identity: Identity,
    action: Action,
    timeout: Duration,
    rollback: bool,
}

impl Plan {
    /// Returns a plan of the platform itself, which no caller shaped: jobs, events, accounts. Nothing is checked.
    pub fn system(identity: Identity, action: Action, timeout: Duration) -> Self {
        Self {
            identity,
            action,
            timeout,
            rollback: false,
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

    /// Returns how long it may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Tells whether the transaction is to be rolled back although it succeeded (`Prefer: tx=rollback`).
    pub fn rollback(&self) -> bool {
        self.rollback
    }
}
