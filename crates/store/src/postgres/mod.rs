//! PostgreSQL as the engine: a server that enforces the project's rules itself.

mod answer;
mod change;
mod checked;
mod client;
mod copy;
mod dump;
mod engine;
mod explain;
mod follow;
mod hint;
mod inspect;
mod link;
mod load;
mod local;
mod migrate;
mod operate;
mod prelude;
mod read;
mod render;
mod settings;
mod total;
mod write;

pub(crate) use copy::{CopyLoader, CopyReader};
pub use dump::Dump;
pub(crate) use engine::Engine;
pub use local::Local;
pub use settings::PostgresSettings;

#[cfg(test)]
mod tests;
