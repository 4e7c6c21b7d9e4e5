//! What every other crate shares: errors with stable codes, values, identity, names, secrets and limits.
//!
//! Nothing here does I/O, is async, or knows another crate of the project.

mod code;
mod error;
mod identity;
mod limits;
mod name;
mod secret;
mod value;

pub use code::Code;
pub use error::{Details, Error, Location, Result};
pub use identity::{Claims, Identity};
pub use limits::Limits;
pub use name::{Name, QualifiedName};
pub use secret::Secret;
pub use value::{Value, ValueRef};
