//! [`Value`]: one datum in the form in which it is bound and stored.

/// One datum in canonical form.
///
/// What a variant means is told by the PostgreSQL type beside it (`underpin_sql::Type`); the table of
/// canonical forms is the documentation of `underpin_sql::types`. Two values of one type are equal in PostgreSQL exactly when
/// their canonical forms are equal under the type's collation.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Value {
    /// SQL's null.
    #[default]
    Null,
    /// Integers, booleans (0 and 1), dates (days), times and timestamps (microseconds).
    Int(i64),
    /// Floating-point numbers; never NaN (SQLite would store null).
    Float(f64),
    /// Everything that is text, and whatever is kept as text.
    Text(Box<str>),
    /// `bytea`.
    Bytes(Box<[u8]>),
}

impl Value {
    /// Returns a text value.
    pub fn text(text: impl Into<Box<str>>) -> Self {
        Self::Text(text.into())
    }

    /// Returns a boolean in its canonical form.
    pub fn bool(value: bool) -> Self {
        Self::Int(i64::from(value))
    }

    /// Tells whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Returns the text, if this is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Int(_) | Self::Float(_) | Self::Bytes(_) => None,
        }
    }
}

/// A [`Value`] that borrows: what an engine hands over without copying.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueRef<'a> {
    /// SQL's null.
    Null,
    /// See [`Value::Int`].
    Int(i64),
    /// See [`Value::Float`].
    Float(f64),
    /// See [`Value::Text`].
    Text(&'a str),
    /// See [`Value::Bytes`].
    Bytes(&'a [u8]),
}

impl ValueRef<'_> {
    /// Returns an owned copy.
    pub fn to_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Int(value) => Value::Int(value),
            Self::Float(value) => Value::Float(value),
            Self::Text(value) => Value::Text(value.into()),
            Self::Bytes(value) => Value::Bytes(value.into()),
        }
    }
}

impl<'a> From<&'a Value> for ValueRef<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Int(value) => Self::Int(*value),
            Value::Float(value) => Self::Float(*value),
            Value::Text(value) => Self::Text(value),
            Value::Bytes(value) => Self::Bytes(value),
        }
    }
}
