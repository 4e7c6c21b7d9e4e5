//! PostgreSQL's operators, functions and aggregates: what they take, what they return, and under which name an engine has them.
//!
//! [`Operator`] and [`Aggregate`] are closed sets. [`Function`] is a row of a table; one file per family of functions holds its
//! rows, and a test walks over all of them.

mod aggregate;
mod array;
mod binary;
mod datetime;
mod function;
mod json;
mod math;
mod operator;
mod pattern;
mod range;
mod search;
mod system;
mod text;
mod window;

#[cfg(test)]
mod tests;

pub use aggregate::Aggregate;
pub use function::{Definition, Function, Parameter, Volatility};
pub use operator::Operator;
