//! PostgreSQL as the engine: a server that enforces the project's rules itself.

mod answer;
mod change;
mod client;
mod engine;
mod explain;
mod follow;
mod hint;
#[cfg(unix)]
mod local;
mod migrate;
mod operate;
mod prelude;
mod read;
mod render;
mod settings;
mod shim;
mod total;
mod write;

pub(crate) use engine::Engine;
pub use settings::PostgresSettings;

#[cfg(all(test, unix))]
mod tests;
