//! PL/pgSQL: the text of a routine's body in, a typed [`Procedure`](crate::tree::Procedure) out.
//!
//! The body is read into statements whose expressions and queries are text (`read`), which SQL's own grammar then reads with the
//! variables in sight (`compile`). What is outside the subset is refused with the line, the reason and a way out; nothing is left
//! to be found out when the routine runs.

mod assign;
mod compile;
mod conditions;
mod control;
mod declare;
mod hoist;
mod loops;
mod raise;
mod read;
mod results;
mod scope;
mod syntax;
#[cfg(test)]
mod tests;
mod tokens;

pub use compile::{
    Subject, TRIGGER_VARIABLES, TriggerRow, check, compile, of_statements, trigger_condition,
};
pub use conditions::sqlstate;
pub use hoist::{elements_of, field_of_row, result_rows, rows_of, rows_type};

use underpin_base::{Details, Error};

/// Returns an error whose line counts within a part as one of the whole: the part begins at line `first`.
fn relocated(error: &Error, first: usize) -> Error {
    let within = error.location().map_or(1, |location| location.line);
    let mut moved = Error::new(error.code().clone(), error.message());
    moved = match error.get_details() {
        Some(Details::Text(details)) => moved.details(details.as_str()),
        Some(Details::Json(details)) => moved.details_json(details.clone()),
        None => moved,
    };
    if let Some(hint) = error.get_hint() {
        moved = moved.hint(hint);
    }
    moved.at("", first + within - 1)
}
