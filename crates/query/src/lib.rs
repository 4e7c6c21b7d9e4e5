//! What clients ask for, what they may do, and what they are told.
//!
//! Three stages of the road of `ARCHITECTURE.md`, each pure:
//! - [`request`]: the text of an HTTP request becomes a [`request::Request`], which promises nothing but that it parsed;
//! - [`plan`]: [`plan::Plan::authorize`] turns a request into what an engine may execute, policies and limits included;
//! - [`reply`]: what an engine returned becomes a status, headers and a body.
//!
//! Beside the road stand [`openapi`], which tells a caller what there is to ask for, and [`typescript`], which tells a compiler.

pub mod openapi;
pub mod plan;
pub mod reply;
pub mod request;
mod settings;
mod spool;
pub mod typescript;

pub use settings::{ApiSettings, TransactionOverride, WithoutPolicies};
pub use spool::{Spool, SpoolReader};
