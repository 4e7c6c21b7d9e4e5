//! What SQLite is given so that it means what PostgreSQL means: functions, aggregates and collations.
//!
//! [`register`] gives a connection everything that does not depend on the project, [`register_enums`] the order of its
//! enumerations. Every name that the table of functions and the writer use has one implementation here. Functions take and return
//! canonical values, never panic, bound what they build, and raise PostgreSQL's errors, which [`decode_error`] reads back.

mod aggregate;
mod arguments;
mod array;
mod binary;
mod cast;
mod collation;
mod context;
mod datetime;
mod exclusion;
mod failure;
mod float;
mod integer;
mod invoke;
mod json;
mod json_build;
mod like;
mod limits;
mod md5;
mod multirange;
mod network;
mod numeric;
mod object;
mod only;
mod packed;
mod pattern;
mod percentile;
mod range;
mod range_aggregate;
mod registry;
mod regular_expression;
mod search;
mod sequence;
mod series;
mod set;
mod span;
mod statistic;
mod system;
mod text;

#[cfg(test)]
mod tests;

use rusqlite::Connection;

use super::deadline::Deadline;

pub(super) use collation::register_enums;
pub(super) use context::SharedContext;
pub(super) use exclusion::Conflict;
pub(super) use failure::decode_error;
pub(super) use sequence::CREATE as CREATE_SEQUENCES;

/// The families of functions.
const FAMILIES: &[&[registry::Row]] = &[
    array::ROWS,
    binary::ROWS,
    datetime::ROWS,
    float::ROWS,
    integer::ROWS,
    json::ROWS,
    json_build::ROWS,
    like::ROWS,
    multirange::ROWS,
    network::ROWS,
    numeric::ROWS,
    pattern::ROWS,
    range::ROWS,
    search::ROWS,
    series::ROWS,
    system::ROWS,
    text::ROWS,
];

/// The machinery of the writer.
const MACHINERY: &[&[registry::MachineryRow]] = &[
    aggregate::MACHINERY,
    array::MACHINERY,
    cast::MACHINERY,
    exclusion::MACHINERY,
    object::MACHINERY,
    packed::MACHINERY,
    search::MACHINERY,
];

/// Registers what does not depend on the project; a function that takes long looks at `deadline` itself. What is returned supplies the request's values to expressions in the schema.
pub(super) fn register(
    connection: &Connection,
    deadline: &Deadline,
) -> rusqlite::Result<SharedContext> {
    let shared = SharedContext::default();
    registry::register(connection, FAMILIES.iter().copied().flatten(), deadline)?;
    for machinery in MACHINERY {
        registry::register_machinery(connection, machinery, deadline)?;
    }
    object::register(connection)?;
    only::register(connection)?;
    packed::register(connection)?;
    aggregate::register(connection)?;
    statistic::register(connection)?;
    percentile::register(connection)?;
    range_aggregate::register(connection)?;
    sequence::register(connection)?;
    invoke::register(connection)?;
    collation::register(connection)?;
    context::register(connection, shared.clone())?;
    Ok(shared)
}
