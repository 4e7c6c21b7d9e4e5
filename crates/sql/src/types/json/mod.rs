//! `json` and `jsonb`: reading, the canonical form, and the operations on it.
//!
//! Nothing here builds a tree: values are pieces of text, found by a [`Scanner`]. The operations take canonical text.

mod canonical;
mod change;
mod compare;
mod minify;
mod operation;
mod read;
mod scan;
mod write;

#[cfg(test)]
mod tests;

pub use canonical::{canonical, key_order, validate};
pub use change::{
    array_of, concat, delete_index, delete_keys, delete_path, insert, object_of, pretty, set,
    strip_nulls,
};
pub use compare::compare;
pub use operation::{
    array_length, contains, elements, has_key, members, path, to_text, to_written_text, type_name,
};
pub use read::{Elements, Members, element, inner_text, member};
pub use scan::{DEPTH_MAX, Kind, Scanner, kind, unescape};
pub use write::write_json_string;

pub(crate) use canonical::print;
pub(crate) use minify::minified;
