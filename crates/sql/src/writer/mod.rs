//! The typed tree in, an engine's SQL text out.

pub mod mysql;
pub mod postgres;
mod quote;
mod rendered;
pub mod sqlite;
mod text;

pub use quote::quote_identifier;
pub use rendered::{Bind, Rendered};
