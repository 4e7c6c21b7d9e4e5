//! What SQLite is given so that it means what PostgreSQL means: functions and collations.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::Connection;
use underpin_base::{Error, QualifiedName};
use underpin_sql::types::EnumType;

/// Registers what does not depend on the project.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let _ = connection;
    Ok(())
}

/// Registers the collations of enumerations: the order in which their labels were declared.
pub(super) fn register_enums<'a>(
    connection: &Connection,
    enums: impl IntoIterator<Item = (&'a QualifiedName, &'a Arc<EnumType>)>,
) -> rusqlite::Result<()> {
    for (name, enumeration) in enums {
        let places: HashMap<String, usize> = enumeration
            .labels
            .iter()
            .enumerate()
            .map(|(place, label)| (label.to_string(), place))
            .collect();
        connection.create_collation(&*format!("enum:{name}"), move |a: &str, b: &str| {
            match (places.get(a), places.get(b)) {
                (Some(a), Some(b)) => a.cmp(b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => a.cmp(b),
            }
        })?;
    }
    Ok(())
}

/// Returns the error that a registered function raised.
pub(super) fn decode_error(cause: &rusqlite::Error) -> Option<Error> {
    let _ = cause;
    None
}
