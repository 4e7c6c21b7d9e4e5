//! [`Arguments`]: what a registered function is called with, as values of ours.

use std::sync::Arc;

use rusqlite::functions::Context;
use rusqlite::types::{ToSqlOutput, ValueRef as SqlValue};
use underpin_base::{Error, Result, Value, ValueRef};
use underpin_sql::types::{ColumnType, Type};
use underpin_sql::writer::sqlite::{read_column_type, read_types};

/// The arguments of one call.
pub(super) struct Arguments<'a> {
    context: &'a Context<'a>,
    /// How many leading arguments are not values: the codes of types.
    offset: usize,
}

impl<'a> Arguments<'a> {
    /// Wraps the arguments of a call; with `coded`, the first holds the codes of the types of the others.
    pub(super) fn new(context: &'a Context<'a>, coded: bool) -> Self {
        Self {
            context,
            offset: usize::from(coded),
        }
    }

    /// Returns how many values there are.
    pub(super) fn len(&self) -> usize {
        self.context.len().saturating_sub(self.offset)
    }

    /// Returns how long the texts and bytes among the values are together.
    pub(super) fn total_length(&self) -> usize {
        (self.offset..self.context.len())
            .map(|index| match self.context.get_raw(index) {
                SqlValue::Text(bytes) | SqlValue::Blob(bytes) => bytes.len(),
                SqlValue::Null | SqlValue::Integer(_) | SqlValue::Real(_) => 0,
            })
            .sum()
    }

    /// Tells whether any value is null.
    pub(super) fn any_null(&self) -> bool {
        (self.offset..self.context.len()).any(|index| self.context.get_raw(index) == SqlValue::Null)
    }

    /// Returns value `index`; null when there are fewer.
    pub(super) fn get(&self, index: usize) -> ValueRef<'a> {
        let index = index + self.offset;
        if index >= self.context.len() {
            return ValueRef::Null;
        }
        value(self.context.get_raw(index))
    }

    /// Returns the values in order.
    pub(super) fn values(&self) -> impl Iterator<Item = ValueRef<'a>> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Returns value `index`, which is text.
    pub(super) fn text(&self, index: usize) -> Result<&'a str> {
        match self.get(index) {
            ValueRef::Text(text) => Ok(text),
            other => Err(unexpected(index, other)),
        }
    }

    /// Returns value `index`, which is text or null.
    pub(super) fn optional_text(&self, index: usize) -> Result<Option<&'a str>> {
        match self.get(index) {
            ValueRef::Null => Ok(None),
            _ => self.text(index).map(Some),
        }
    }

    /// Returns value `index`, which is a whole number.
    pub(super) fn int(&self, index: usize) -> Result<i64> {
        match self.get(index) {
            ValueRef::Int(value) => Ok(value),
            other => Err(unexpected(index, other)),
        }
    }

    /// Returns value `index`, which is of a floating-point type.
    pub(super) fn float(&self, index: usize) -> Result<f64> {
        match self.get(index) {
            ValueRef::Float(value) => Ok(value),
            ValueRef::Int(value) => Ok(value as f64),
            ValueRef::Text("NaN") => Ok(f64::NAN),
            ValueRef::Text("Infinity") => Ok(f64::INFINITY),
            ValueRef::Text("-Infinity") => Ok(f64::NEG_INFINITY),
            other => Err(unexpected(index, other)),
        }
    }

    /// Returns value `index`, which is bytes.
    pub(super) fn bytes(&self, index: usize) -> Result<&'a [u8]> {
        match self.get(index) {
            ValueRef::Bytes(bytes) => Ok(bytes),
            // SQLite hands an empty blob over as a null pointer of type blob, and some paths as text.
            ValueRef::Text(text) => Ok(text.as_bytes()),
            other => Err(unexpected(index, other)),
        }
    }

    /// Returns value `index`, which is a boolean.
    pub(super) fn bool(&self, index: usize) -> Result<bool> {
        Ok(self.int(index)? != 0)
    }

    /// Returns the types of the values, read once per statement from the first argument.
    pub(super) fn types(&self) -> Result<Arc<Vec<Type>>> {
        self.auxiliary(0, read_types)
    }

    /// Returns the type whose code argument `index` is, counted with the codes, read once per statement.
    pub(super) fn column_type(&self, index: usize) -> Result<Arc<ColumnType>> {
        self.auxiliary(index, read_column_type)
    }

    /// Returns what `read` makes of the constant text in argument `index`, counted with the codes; once per statement.
    pub(super) fn auxiliary<T: Send + Sync + 'static>(
        &self,
        index: usize,
        read: fn(&str) -> Result<T>,
    ) -> Result<Arc<T>> {
        let position = i32::try_from(index).map_err(Error::internal)?;
        if index >= self.context.len() {
            return Err(unexpected(index, ValueRef::Null));
        }
        if let Some(known) = self.context.get_aux(position).map_err(Error::internal)? {
            return Ok(known);
        }
        let ValueRef::Text(text) = value(self.context.get_raw(index)) else {
            return Err(Error::internal("a constant argument is not text"));
        };
        let read = read(text)?;
        self.context
            .set_aux(position, read)
            .map_err(Error::internal)
    }
}

/// Returns a value of the driver as one of ours. Text that is not UTF-8 cannot come from us, and is read as empty.
pub(super) fn value(value: SqlValue<'_>) -> ValueRef<'_> {
    match value {
        SqlValue::Null => ValueRef::Null,
        SqlValue::Integer(value) => ValueRef::Int(value),
        SqlValue::Real(value) => ValueRef::Float(value),
        SqlValue::Text(bytes) => ValueRef::Text(std::str::from_utf8(bytes).unwrap_or_default()),
        SqlValue::Blob(bytes) => ValueRef::Bytes(bytes),
    }
}

fn unexpected(index: usize, value: ValueRef<'_>) -> Error {
    Error::internal(format_args!("argument {index} is {value:?}"))
}

/// What a registered function returns.
pub(super) struct Output(pub(super) Value);

impl rusqlite::ToSql for Output {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match &self.0 {
            Value::Null => SqlValue::Null,
            Value::Int(value) => SqlValue::Integer(*value),
            Value::Float(value) => SqlValue::Real(*value),
            Value::Text(text) => SqlValue::Text(text.as_bytes()),
            Value::Bytes(bytes) => SqlValue::Blob(bytes),
        }))
    }
}
