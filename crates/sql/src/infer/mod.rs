//! Which operator, function or cast PostgreSQL would choose, and the expression with the casts that it inserts.
//!
//! A literal or null whose type nobody has told has the type [`Type::Unknown`](crate::types::Type::Unknown); each function here
//! gives it the type that its neighbours ask for and reads its text as that type. No other expression is ever of unknown type.
//! Errors have PostgreSQL's codes and words.

mod aggregate;
mod candidates;
mod coercion;
mod comparison;
mod function;
mod operator;
mod signatures;
mod unify;

pub use aggregate::aggregate;
pub(crate) use aggregate::no_aggregate;
pub use coercion::{assign, cast, condition, literal, required, settled};
pub use comparison::{is_distinct, is_in, null_if, rows};
pub use function::{Resolved, choose, function, resolve};
pub use operator::{equality, negated, negation, operator, quantified};
pub use unify::{common_type, unify};

#[cfg(test)]
mod tests;
