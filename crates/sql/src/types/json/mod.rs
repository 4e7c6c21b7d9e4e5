//! `json` and `jsonb`: reading, the canonical form, and the operations on it.
//!
//! Nothing here builds a tree: values are pieces of text, found by a [`Scanner`]. The operations take canonical text.

mod canonical;
mod compare;
mod read;
mod scan;
mod write;

pub use canonical::{canonical, key_order, validate};
pub use compare::compare;
pub use read::{Elements, Members, element, inner_text, member};
pub use scan::{DEPTH_MAX, Kind, Scanner, kind, unescape};
pub use write::write_json_string;

pub(crate) use canonical::print;
pub(crate) use scan::is_number;
pub(crate) use write::push_json_string;
