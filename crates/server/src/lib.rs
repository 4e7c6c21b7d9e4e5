//! Settings, wiring, routes and the command line.
//!
//! [`app::app`] lists every route, [`rest`] is the road of a data request, [`settings`] says what the project decided,
//! [`identity`] who asks, [`command`] what the program does when it is called.
//! Business decisions, SQL and vendors' formats are other crates' matter.

pub mod app;
pub mod application;
pub mod command;
mod database;
mod description;
pub mod health;
pub mod http;
pub mod identity;
pub mod keys;
pub mod log;
pub mod metrics;
mod options;
pub mod rest;
pub mod settings;
pub mod site;
pub mod sources;
mod timing;
