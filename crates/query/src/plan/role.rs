//! What applies to a request because of its role: `alter role … set`, and the function that is called first.

use std::sync::Arc;
use std::time::Duration;

use underpin_base::{Code, Error, QualifiedName, Result};
use underpin_schema::catalog::Routine;

use super::world::Planner;

/// The role that Supabase sets the data API's own settings on.
const AUTHENTICATOR: &str = "authenticator";

impl Planner<'_> {
    /// Returns the time that a request of the role has: no more than `most`.
    pub(super) fn timeout(&self, most: Duration) -> Duration {
        let settings = &self.world.catalog.role_settings;
        let own = settings
            .get(&self.identity.role)
            .and_then(|settings| settings.get("statement_timeout"))
            .and_then(|text| duration(text));
        // None at all is as much as there is.
        own.filter(|own| !own.is_zero())
            .map_or(most, |own| own.min(most))
    }

    /// Returns the function that is called before the request.
    ///
    /// # Errors
    /// `42883` when there is none of that name without parameters; `42501` without the right to execute it.
    pub(super) fn before(&self) -> Result<Option<Arc<Routine>>> {
        let catalog = self.world.catalog;
        let name = match &self.world.settings.pre_request {
            Some(name) => name.clone(),
            None => {
                let set = catalog
                    .role_settings
                    .get(AUTHENTICATOR)
                    .and_then(|settings| settings.get("pgrst.db_pre_request"))
                    .filter(|name| !name.is_empty());
                match set {
                    Some(name) => qualified(name),
                    None => return Ok(None),
                }
            }
        };
        let overloads = catalog.routines.get(&name);
        let found = overloads
            .into_iter()
            .flatten()
            .find(|routine| routine.arguments.is_empty() && !routine.is_trigger);
        match found {
            // What the project declares beside the database cannot be called in it.
            Some(routine) if routine.is_native() || self.expands_bodies() => {
                self.routine(&routine.id).map(Some)
            }
            _ => Err(Error::new(
                Code::UNDEFINED_FUNCTION,
                format!("function {}.{}() does not exist", name.schema, name.name),
            )),
        }
    }
}

fn qualified(name: &str) -> QualifiedName {
    match name.split_once('.') {
        Some((schema, name)) => QualifiedName::new(schema, name),
        None => QualifiedName::public(name),
    }
}

/// Reads a duration as PostgreSQL's settings have it: `5s`, `300ms`, `1min`; milliseconds without a unit.
fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let number: u64 = digits.parse().ok()?;
    let milliseconds = match unit.trim() {
        "" | "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    Some(Duration::from_millis(number.saturating_mul(milliseconds)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::duration;

    #[test]
    fn durations_have_units() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(
                duration(text),
                expected.map(Duration::from_millis),
                "{text}"
            );
        };
        check("300", Some(300));
        check("300ms", Some(300));
        check("5s", Some(5_000));
        check(" 1 min ", Some(60_000));
        check("2h", Some(7_200_000));
        check("0", Some(0));
        check("s", None);
        check("5 weeks", None);
    }
}
