//! The names of types in casts.

use underpin_base::QualifiedName;

use super::writer::Writer;
use crate::types::{ColumnType, Modifier, Type};
use crate::writer::text::Text as _;

impl Writer {
    /// Appends the name of `ty`.
    pub(super) fn type_name(&mut self, ty: &Type) {
        self.modified_type(ty, None);
    }

    /// Appends the name of a type with its modifier.
    pub(super) fn column_type(&mut self, column: &ColumnType) {
        self.modified_type(&column.ty, column.modifier);
    }

    fn modified_type(&mut self, ty: &Type, modifier: Option<Modifier>) {
        match ty {
            Type::Array(element) => {
                // An array of arrays is an array of more dimensions, which are no part of its type.
                let mut element = element;
                while let Type::Array(inner) = &**element {
                    element = inner;
                }
                self.modified_type(element, modifier);
                self.push("[]");
            }
            Type::Enum(named) => self.named_type(&named.name),
            Type::Composite(named) => self.named_type(&named.name),
            Type::Opaque(named) => self.named_type(&named.name),
            // `character` alone is `character(1)`.
            Type::Bpchar if modifier.is_none() => self.push("bpchar"),
            ty => {
                let column = ColumnType {
                    ty: ty.clone(),
                    modifier,
                };
                self.push(&column.to_string());
            }
        }
    }

    fn named_type(&mut self, name: &QualifiedName) {
        self.qualified(name);
    }
}
