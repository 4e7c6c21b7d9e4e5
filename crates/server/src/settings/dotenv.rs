//! The project's `.env` file: `NAME=value` lines, as dotenv tools write them.
//!
//! Quotes are taken off, `#` starts a comment, `export` before a name is allowed; nothing is substituted.

use underpin_base::{Code, Error, Result};

/// One line of a `.env` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    /// Its name.
    pub(crate) name: String,
    /// Its value.
    pub(crate) value: String,
    /// Its line, counted from 1.
    pub(crate) line: usize,
}

/// Reads the text of a `.env` file.
pub(crate) fn parse(text: &str) -> Result<Vec<Variable>> {
    let mut variables = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = line
            .split_once('=')
            .filter(|(name, _)| is_name(name.trim()))
            .ok_or_else(|| {
                Error::new(Code::SETTINGS, "expected NAME=value, found something else")
                    .at(".env", index + 1)
            })?;
        variables.push(Variable {
            name: name.trim().to_owned(),
            value: unquote(value.trim()),
            line: index + 1,
        });
    }
    Ok(variables)
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn unquote(value: &str) -> String {
    if let Some(rest) = value.strip_prefix('\'') {
        return rest.split('\'').next().unwrap_or_default().to_owned();
    }
    let Some(rest) = value.strip_prefix('"') else {
        let end = value.find(" #").unwrap_or(value.len());
        return value.get(..end).unwrap_or_default().trim_end().to_owned();
    };
    let mut unquoted = String::new();
    let mut characters = rest.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => match characters.next() {
                Some('n') => unquoted.push('\n'),
                Some(other) => unquoted.push(other),
                None => {}
            },
            other => unquoted.push(other),
        }
    }
    unquoted
}
