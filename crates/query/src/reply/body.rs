//! [`BodyWriter`]: rows written straight from an engine's values to the bytes of the answer, the same for every engine.

use underpin_base::{Name, ValueRef};
use underpin_sql::types::{self, Type};

use crate::plan::Shape;
use crate::request::Format;

/// Writes rows in the form that a plan asks for.
///
/// An engine calls [`BodyWriter::value`] for each column of each row, in order, and [`BodyWriter::end_row`] after the last.
#[derive(Debug)]
pub struct BodyWriter {
    format: Format,
    shape: Shape,
    columns: Vec<Column>,
    body: Vec<u8>,
    /// How many bytes were taken away before those of `body`.
    taken: usize,
    count: u64,
    /// Nothing of the current row was written yet.
    row_start: bool,
}

#[derive(Debug)]
struct Column {
    /// `"name":`
    key: Vec<u8>,
    ty: Type,
    /// A value may have members of its own.
    nests: bool,
}

/// A value as an engine has it.
#[derive(Clone, Copy)]
enum Cell<'a> {
    /// In canonical form.
    Value(ValueRef<'a>),
    /// As PostgreSQL prints it.
    Text(&'a str),
}

impl Cell<'_> {
    fn is_null(self) -> bool {
        matches!(self, Self::Value(ValueRef::Null))
    }

    fn write_json(self, ty: &Type, out: &mut Vec<u8>) {
        match self {
            Self::Value(value) => types::write_json(ty, value, out),
            Self::Text(text) => types::text_to_json(ty, text, out),
        }
    }

    fn write_csv(self, ty: &Type, out: &mut Vec<u8>) {
        match self {
            Self::Value(ValueRef::Null) => {}
            Self::Text(text) => write_csv_text(text, out),
            Self::Value(value) => {
                let mut text = String::new();
                types::output(ty, value, &mut text);
                write_csv_text(&text, out);
            }
        }
    }
}

impl BodyWriter {
    /// Returns a writer of rows of `columns` in `format`.
    pub fn new(format: Format, columns: &[(Name, Type)]) -> Self {
        Self::shaped(format, Shape::Rows, columns)
    }

    /// Returns a writer of rows that stand for `shape`.
    pub fn shaped(format: Format, shape: Shape, columns: &[(Name, Type)]) -> Self {
        let mut body = Vec::with_capacity(512);
        match format {
            Format::Array { .. } if matches!(shape, Shape::Rows | Shape::Values) => {
                body.push(b'[');
            }
            Format::Array { .. } | Format::Object { .. } | Format::Plan(_) => {}
            Format::Csv => write_csv_header(columns, &mut body),
        }
        let columns = columns
            .iter()
            .map(|(name, ty)| {
                let mut key = Vec::with_capacity(name.len() + 3);
                types::write_json_string(name, &mut key);
                key.push(b':');
                Column {
                    key,
                    nests: nests(ty),
                    ty: ty.clone(),
                }
            })
            .collect();
        Self {
            format,
            shape,
            columns,
            body,
            taken: 0,
            count: 0,
            row_start: true,
        }
    }

    /// Writes the value of column `index` of the current row.
    pub fn value(&mut self, index: usize, value: ValueRef<'_>) {
        self.cell(index, Cell::Value(value));
    }

    /// Writes the value of column `index` of the current row, which is given as PostgreSQL's text; nothing is null. What
    /// [`types::text_to_json`] cannot tell from its text is a column of type `json`.
    pub fn text(&mut self, index: usize, text: Option<&str>) {
        self.cell(index, text.map_or(Cell::Value(ValueRef::Null), Cell::Text));
    }

    fn cell(&mut self, index: usize, value: Cell<'_>) {
        let Some(column) = self.columns.get(index) else {
            return;
        };
        match self.format {
            Format::Array { .. } | Format::Object { .. }
                if matches!(self.shape, Shape::Value | Shape::Values) =>
            {
                if self.separates() {
                    self.body.push(b',');
                }
                value.write_json(&column.ty, &mut self.body);
            }
            Format::Array { strip_nulls } | Format::Object { strip_nulls } => {
                if self.row_start {
                    if self.separates() {
                        self.body.push(b',');
                    }
                    self.body.push(b'{');
                }
                if !(strip_nulls && value.is_null()) {
                    if self.body.last() != Some(&b'{') {
                        self.body.push(b',');
                    }
                    self.body.extend_from_slice(&column.key);
                    let start = self.body.len();
                    value.write_json(&column.ty, &mut self.body);
                    if strip_nulls && column.nests {
                        strip(&mut self.body, start);
                    }
                }
            }
            Format::Csv => {
                self.body.push(if self.row_start { b'\n' } else { b',' });
                value.write_csv(&column.ty, &mut self.body);
            }
            // A plan has no rows.
            Format::Plan(_) => {}
        }
        self.row_start = false;
    }

    /// Ends the current row.
    pub fn end_row(&mut self) {
        match self.format {
            Format::Array { .. } | Format::Object { .. }
                if matches!(self.shape, Shape::Value | Shape::Values) => {}
            Format::Array { .. } | Format::Object { .. } => {
                if self.row_start {
                    if self.separates() {
                        self.body.push(b',');
                    }
                    self.body.push(b'{');
                }
                self.body.push(b'}');
            }
            Format::Csv if self.row_start => self.body.push(b'\n'),
            Format::Csv | Format::Plan(_) => {}
        }
        self.row_start = true;
        self.count += 1;
    }

    /// Tells whether a comma stands before the next row.
    fn separates(&self) -> bool {
        self.count > 0 && matches!(self.format, Format::Array { .. })
    }

    /// Returns how many bytes were written.
    pub fn written(&self) -> usize {
        self.taken + self.body.len()
    }

    /// Returns how many of them are held.
    pub fn held(&self) -> usize {
        self.body.len()
    }

    /// Returns what is held and forgets it, between two rows: it is the caller's to keep until the end.
    pub fn take(&mut self) -> Vec<u8> {
        self.taken += self.body.len();
        std::mem::take(&mut self.body)
    }

    /// Returns the body, but for what was taken, and the number of rows.
    pub fn finish(mut self) -> (Vec<u8>, u64) {
        match (self.format, self.shape) {
            (Format::Array { .. }, Shape::Rows | Shape::Values) => self.body.push(b']'),
            (Format::Array { .. }, Shape::Row | Shape::Value) if self.count == 0 => {
                self.body.extend_from_slice(b"null");
            }
            _ => {}
        }
        (self.body, self.count)
    }
}

/// Tells whether values of `ty` may be JSON objects or hold some.
fn nests(ty: &Type) -> bool {
    ty.is_json()
        || matches!(ty, Type::Composite(_) | Type::Record)
        || ty.element().is_some_and(nests)
}

/// Takes the members that are null out of the value that `body` ends with, from `start` on.
fn strip(body: &mut Vec<u8>, start: usize) {
    let stripped = body
        .get(start..)
        .and_then(|value| std::str::from_utf8(value).ok())
        .map(types::json::strip_nulls);
    if let Some(stripped) = stripped {
        body.truncate(start);
        body.extend_from_slice(stripped.as_bytes());
    }
}

fn write_csv_header(columns: &[(Name, Type)], body: &mut Vec<u8>) {
    for (index, (name, _)) in columns.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        write_csv_text(name, body);
    }
}

/// RFC 4180, with PostgreSQL's rule for when to quote: also an empty text, which would otherwise read as null.
fn write_csv_text(text: &str, body: &mut Vec<u8>) {
    let quoted = text.is_empty()
        || text == "\\."
        || text.starts_with(' ')
        || text.ends_with(' ')
        || text.contains([',', '"', '\n', '\r']);
    if !quoted {
        body.extend_from_slice(text.as_bytes());
        return;
    }
    body.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            body.push(b'"');
        }
        body.push(byte);
    }
    body.push(b'"');
}
