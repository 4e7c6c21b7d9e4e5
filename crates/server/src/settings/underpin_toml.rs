//! `underpin.toml`: tables of settings, where an unknown one is an error.

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use underpin_base::{Code, Error, Result};

use super::layers::{Environment, invalid, unknown};
use super::table::{self, SETTINGS};
use super::value::Value;

/// The file's name.
pub(crate) const FILE: &str = "underpin.toml";

/// The settings of a file.
pub(crate) type Read = Vec<(String, Value)>;

/// Reads the text of `underpin.toml`.
pub(crate) fn read(text: &str, environment: &Environment<'_>) -> Result<Read> {
    let mut settings = Vec::new();
    for (name, value, line) in leaves(FILE, text)? {
        let at = |error: Error| error.at(FILE, line);
        let entry = table::find(&name).ok_or_else(|| at(unknown(&name, "unknown key")))?;
        let expand = |text: &str| match text.strip_prefix("env:") {
            Some(variable) => environment.get(variable),
            None => Ok(text.to_owned()),
        };
        let value = entry
            .kind
            .read_toml(&value, &expand)
            .map_err(|found| at(invalid(entry, &found, "wrong value")))?;
        settings.push((name, value));
    }
    Ok(settings)
}

/// Returns every key of a TOML text that is not a table, with its dotted name, value and line.
///
/// A table whose name is a setting's is a value, so that it is refused as one.
pub(crate) fn leaves<'text>(
    file: &str,
    text: &'text str,
) -> Result<Vec<(String, DeValue<'text>, usize)>> {
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        Error::new(
            Code::SETTINGS,
            format!("cannot be read as TOML: {}", error.message()),
        )
        .at(file, line)
    })?;
    let mut leaves = Vec::new();
    collect(text, "", table, &mut leaves);
    Ok(leaves)
}

/// The nesting is bounded by the TOML reader.
fn collect<'text>(
    text: &str,
    prefix: &str,
    table: Spanned<DeTable<'text>>,
    leaves: &mut Vec<(String, DeValue<'text>, usize)>,
) {
    for (key, value) in table.into_inner() {
        let name = match prefix {
            "" => key.get_ref().to_string(),
            _ => format!("{prefix}.{}", key.get_ref()),
        };
        let line = line_of(text, key.span().start);
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(inner) if !is_setting(&name) && !inner.is_empty() => {
                collect(text, &name, Spanned::new(span, inner), leaves);
            }
            DeValue::Table(_) if is_section(&name) => {}
            other => leaves.push((name, other, line)),
        }
    }
}

fn is_setting(name: &str) -> bool {
    table::find(name).is_some()
}

fn is_section(name: &str) -> bool {
    let section = format!("{name}.");
    SETTINGS
        .iter()
        .any(|entry| entry.name.starts_with(&section))
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text
        .bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
}
