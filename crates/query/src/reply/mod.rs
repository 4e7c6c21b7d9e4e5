//! What an engine returned, and the answer that is made of it.

mod body;
mod outcome;

pub use body::BodyWriter;
pub use outcome::{Outcome, Rows};
