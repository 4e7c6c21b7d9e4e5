//! The `Prefer` header.

use underpin_base::{Code, Error, Result};

/// The `Prefer` header, `wire.md` §1.6. The first occurrence of each preference wins.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Preferences {
    /// `return=`.
    pub r#return: Option<Return>,
    /// `count=`.
    pub count: Option<Count>,
    /// `resolution=`.
    pub resolution: Option<Resolution>,
    /// `missing=default`.
    pub missing_default: Option<bool>,
    /// `handling=strict` (true) or `lenient` (false).
    pub strict: Option<bool>,
    /// `max-affected=`.
    pub max_affected: Option<u64>,
    /// `tx=`.
    pub tx: Option<TransactionEnd>,
    /// `timezone=`.
    pub timezone: Option<String>,
    /// Preferences that are none of these, for the error under `handling=strict`.
    pub invalid: Vec<String>,
}

/// `return=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the variants are the preference's words")]
pub enum Return {
    Minimal,
    HeadersOnly,
    Representation,
}

/// `count=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the variants are the preference's words")]
pub enum Count {
    Exact,
    Planned,
    Estimated,
}

/// `resolution=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the variants are the preference's words")]
pub enum Resolution {
    MergeDuplicates,
    IgnoreDuplicates,
}

/// `tx=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the variants are the preference's words")]
pub enum TransactionEnd {
    Commit,
    Rollback,
}

/// The longest name of a time zone that is looked up, in bytes; the longest that exists has 32.
const TIMEZONE_BYTES_MAX: usize = 64;

impl Preferences {
    /// Reads the values of all `Prefer` headers.
    ///
    /// Fails with PGRST122 when `handling=strict` is among them and some preference is none that we know.
    pub(super) fn parse<'a>(headers: impl Iterator<Item = &'a str>) -> Result<Self> {
        let mut preferences = Self::default();
        for preference in headers.flat_map(|header| header.split(',')) {
            let preference = preference.trim();
            if !preference.is_empty() && !preferences.add(preference) {
                preferences.invalid.push(preference.to_owned());
            }
        }
        if preferences.strict == Some(true) && !preferences.invalid.is_empty() {
            return Err(Error::new(
                Code::PREFERENCES,
                "Invalid preferences given with handling=strict",
            )
            .details(format!(
                "Invalid preferences: {}",
                preferences.invalid.join(", ")
            )));
        }
        Ok(preferences)
    }

    /// Takes a preference over, unless it was said before; tells whether it is one that we know.
    fn add(&mut self, preference: &str) -> bool {
        let Some((name, value)) = preference.split_once('=') else {
            return false;
        };
        match (name, value) {
            ("return", "representation") => first(&mut self.r#return, Return::Representation),
            ("return", "minimal") => first(&mut self.r#return, Return::Minimal),
            ("return", "headers-only") => first(&mut self.r#return, Return::HeadersOnly),
            ("count", "exact") => first(&mut self.count, Count::Exact),
            ("count", "planned") => first(&mut self.count, Count::Planned),
            ("count", "estimated") => first(&mut self.count, Count::Estimated),
            ("resolution", "merge-duplicates") => {
                first(&mut self.resolution, Resolution::MergeDuplicates)
            }
            ("resolution", "ignore-duplicates") => {
                first(&mut self.resolution, Resolution::IgnoreDuplicates)
            }
            ("missing", "default") => first(&mut self.missing_default, true),
            ("missing", "null") => first(&mut self.missing_default, false),
            ("handling", "strict") => first(&mut self.strict, true),
            ("handling", "lenient") => first(&mut self.strict, false),
            ("tx", "commit") => first(&mut self.tx, TransactionEnd::Commit),
            ("tx", "rollback") => first(&mut self.tx, TransactionEnd::Rollback),
            // As PostgREST does, a number that cannot be read is ignored without complaint.
            ("max-affected", value) => match value.parse() {
                Ok(rows) => first(&mut self.max_affected, rows),
                Err(_) => true,
            },
            ("timezone", value) if is_timezone(value) => {
                first(&mut self.timezone, value.to_owned())
            }
            _ => false,
        }
    }
}

/// Keeps the first value that is given; always true.
fn first<T>(place: &mut Option<T>, value: T) -> bool {
    place.get_or_insert(value);
    true
}

fn is_timezone(name: &str) -> bool {
    name.len() <= TIMEZONE_BYTES_MAX && jiff::tz::TimeZone::get(name).is_ok()
}

#[cfg(test)]
mod tests;
