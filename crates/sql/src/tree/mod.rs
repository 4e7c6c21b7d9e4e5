//! The typed tree: what requests, policies, views, defaults, checks and SQL functions all become.
//!
//! [`Expr`] is an expression with its type, [`Select`] a query. Names are resolved: a column names the alias of the `from` item
//! that it belongs to, and every alias is unique within the whole statement, subqueries included. Nothing of PostgreSQL's
//! syntax is left that could mean two things.

mod context;
mod expr;
mod procedure;
mod select;
mod statement;
mod symbolic;
mod walk;

pub use context::Context;
pub use expr::{Case, Expr, ExprKind, Invocation, Invoked, OrderBy, RoutineId, Window};
pub use procedure::{
    Condition, Diagnostic, Handler, Into, Procedure, Raise, RaisedCode, Step, StepKind, Variable,
};
pub use select::{
    Body, Cte, Distinct, From, Join, JoinKind, Notation, Output, Select, SetOperator, Simple,
};
pub use statement::{
    Assignment, Conflict, ConflictAction, Delete, Insert, Source, Statement, Update,
};
pub use walk::Rewrite;
