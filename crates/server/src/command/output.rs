//! What commands print: lines and tables to standard output, errors to standard error.

use std::io::{self, Write as _};

use serde_json::{Map, Value as Json};
use underpin_base::{Code, Error, Result};

/// Prints a line. A reader that went away (`| head`) is no failure.
pub(crate) fn line(line: &str) -> Result<()> {
    text(&format!("{line}\n"))
}

/// Prints a text that ends its last line itself.
pub(crate) fn text(text: &str) -> Result<()> {
    match write!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::new(
            Code::IO,
            format!("cannot write to standard output: {error}"),
        )),
        _ => Ok(()),
    }
}

/// Prints a remark that is not the command's result.
pub(crate) fn note(text: &str) {
    // Where standard error cannot be written, nothing can be told.
    drop(writeln!(io::stderr(), "{text}"));
}

/// Prints what went wrong: what was expected and found, where, and what to do; the cause only when it is the program's own fault.
pub(crate) fn error(error: &Error) {
    note(&format!("error: {error}"));
    if error.code() == &Code::INTERNAL
        && let Some(cause) = error.get_cause()
    {
        note(&format!("  cause: {cause}"));
    }
}

/// Prints JSON, indented.
pub(crate) fn json(value: &Json) -> Result<()> {
    line(&format!("{value:#}"))
}

/// A table: named columns, rows as wide.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(columns: &[&str]) -> Self {
        Self {
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Prints the table: aligned for people, or as a JSON array of objects for programs.
    pub(crate) fn print(&self, as_json: bool) -> Result<()> {
        if as_json {
            return json(&self.to_json());
        }
        let width = |index: usize| {
            let cells = self.rows.iter().chain([&self.columns]);
            let widths = cells.filter_map(|row| row.get(index).map(|cell| cell.chars().count()));
            widths.max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        for row in [&self.columns].into_iter().chain(&self.rows) {
            let padded: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            line(padded.join("  ").trim_end())?;
        }
        Ok(())
    }

    fn to_json(&self) -> Json {
        let object = |row: &Vec<String>| {
            let members = self.columns.iter().zip(row);
            members
                .map(|(name, cell)| (name.clone(), Json::from(cell.as_str())))
                .collect::<Map<_, _>>()
        };
        self.rows.iter().map(object).map(Json::Object).collect()
    }
}
