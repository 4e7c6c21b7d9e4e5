//! Settings, wiring, routes and the command line.
//!
//! [`settings`] says what the project decided, [`identity`] who asks.
//! Business decisions, SQL and vendors' formats are other crates' matter.

pub mod identity;
pub mod keys;
pub mod settings;
