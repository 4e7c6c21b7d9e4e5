//! Conflicts of exclusion constraints, put into words for [`super::super::violation`] or, where rows exist already, for whoever
//! migrates.

use serde_json::json;
use underpin_base::{Code, Error, Result, Value};
use underpin_sql::types;
use underpin_sql::writer::sqlite::read_types;

use super::arguments::Arguments;
use super::registry::MachineryRow;

/// The implementations.
pub(super) const MACHINERY: &[MachineryRow] = &[
    ("underpin_exclusion", -1, false, |arguments| {
        let (new, existing) = keys(arguments, 1)?;
        let conflict = json!([arguments.text(0)?, new, existing]);
        Ok(Value::text(format!("{PREFIX}{conflict}")))
    }),
    ("underpin_excluded", -1, false, |arguments| {
        let (new, existing) = keys(arguments, 2)?;
        let (columns, name) = (arguments.text(0)?, arguments.text(1)?);
        Err(Error::new(
            Code::EXCLUSION,
            format!("could not create exclusion constraint \"{name}\""),
        )
        .details(format!(
            "Key ({columns})=({new}) conflicts with key ({columns})=({existing})."
        )))
    }),
];

const PREFIX: &str = "exclusion constraint: ";

/// A row that may not stand beside another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sqlite) struct Conflict {
    /// The constraint's name.
    pub(in crate::sqlite) constraint: String,
    /// The values of the new row's keys, as they are shown.
    pub(in crate::sqlite) new: String,
    /// Those of the row that exists.
    pub(in crate::sqlite) existing: String,
}

impl Conflict {
    /// Reads what the trigger of an exclusion constraint raised.
    pub(in crate::sqlite) fn read(message: &str) -> Option<Self> {
        let json = message.strip_prefix(PREFIX)?;
        let (constraint, new, existing) = serde_json::from_str(json).ok()?;
        Some(Self {
            constraint,
            new,
            existing,
        })
    }
}

/// Returns the keys of both rows; argument `place` has the codes of their types, and what follows it are their values.
fn keys(arguments: &Arguments<'_>, place: usize) -> Result<(String, String)> {
    let types = arguments.auxiliary(place, read_types)?;
    let printed = |first: usize| {
        let mut text = String::new();
        for (index, ty) in types.iter().enumerate() {
            if index > 0 {
                text.push_str(", ");
            }
            types::output(ty, arguments.get(first + index), &mut text);
        }
        text
    };
    Ok((printed(place + 1), printed(place + 1 + types.len())))
}
