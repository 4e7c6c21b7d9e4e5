//! Casts: native where the canonical form stays or SQLite's own conversion is PostgreSQL's, else by the registered function.

use underpin_base::Result;

use super::code::{column_type_code, type_code};
use super::writer::Writer;
use crate::tree::Expr;
use crate::types::{ColumnType, Type};
use crate::writer::text::Text as _;

/// How a cast is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The value is the same.
    Same,
    /// The value is the same, but its declared collation must not follow it.
    Uncollated,
    /// SQLite's cast to `TEXT`.
    Text,
    /// SQLite's cast to `REAL`.
    Real,
    /// SQLite's `rtrim`.
    Trimmed,
    /// The registered function.
    Function,
}

impl Writer {
    /// Writes `operand` cast to `to`.
    pub(super) fn cast(&mut self, operand: &Expr, to: &ColumnType) -> Result<()> {
        let form = if to.modifier.is_none() {
            form(&operand.ty, &to.ty)
        } else {
            Form::Function
        };
        match form {
            Form::Same => self.expression(operand),
            Form::Uncollated => self.around("(", operand, " COLLATE BINARY)"),
            Form::Text => self.around("CAST(", operand, " AS TEXT)"),
            Form::Real => self.around("CAST(", operand, " AS REAL)"),
            Form::Trimmed => self.around("rtrim(", operand, ")"),
            Form::Function => {
                self.around("underpin_cast(", operand, ", ")?;
                self.literal(&type_code(&operand.ty));
                self.push(", ");
                self.literal(&column_type_code(to));
                self.push(")");
                Ok(())
            }
        }
    }
}

fn form(from: &Type, to: &Type) -> Form {
    match (from, to) {
        _ if from == to => Form::Same,
        (Type::Int2, Type::Int4 | Type::Int8) | (Type::Int4, Type::Int8) => Form::Same,
        (Type::Float4, Type::Float8) => Form::Same,
        (Type::Int2 | Type::Int4 | Type::Int8, Type::Float8) => Form::Real,
        (Type::Int2 | Type::Int4 | Type::Int8, Type::Numeric | Type::Text | Type::Varchar) => {
            Form::Text
        }
        (Type::Timestamp, Type::TimestampTz) | (Type::TimestampTz, Type::Timestamp) => Form::Same,
        (
            Type::Text | Type::Varchar | Type::Name | Type::Unknown,
            Type::Text | Type::Varchar | Type::Citext,
        ) => Form::Same,
        (
            Type::Citext | Type::Enum(_) | Type::Numeric | Type::Interval,
            Type::Text | Type::Varchar,
        ) => Form::Uncollated,
        (Type::Bpchar, Type::Text | Type::Varchar | Type::Citext) => Form::Trimmed,
        (Type::Uuid | Type::Json | Type::Xml, Type::Text | Type::Varchar) => Form::Same,
        _ => Form::Function,
    }
}
