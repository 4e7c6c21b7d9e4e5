//! JSON built by the registered functions: embedded rows, arrays and composites.

use underpin_base::{Error, Name, Result, Value};

use super::code::type_code;
use super::membership::element_code;
use super::writer::Writer;
use crate::tree::{Body, Expr, Output, Select};
use crate::types::{Type, write_json_string};
use crate::writer::Bind;
use crate::writer::text::Text as _;

/// Most values that one call is given; SQLite's limit on arguments is 1,000.
const VALUES_MAX: usize = 250;

impl Writer {
    /// Writes a JSON object of `members`: `underpin_object(shape, values…)`.
    pub(super) fn object(&mut self, members: &[(Name, Expr)]) -> Result<()> {
        if members.len() <= VALUES_MAX {
            return self.object_part(members);
        }
        self.push("underpin_object_join(");
        self.list(members.chunks(VALUES_MAX), Self::object_part)?;
        self.push(")");
        Ok(())
    }

    fn object_part(&mut self, members: &[(Name, Expr)]) -> Result<()> {
        let shape = shape(members.iter().map(|(name, expr)| (name, &expr.ty)))?;
        self.push("underpin_object(");
        self.shape(&shape);
        for (_, expr) in members {
            self.around(", ", expr, "")?;
        }
        self.push(")");
        Ok(())
    }

    /// A shape holds names that a request may choose, so it is bound.
    fn shape(&mut self, shape: &str) {
        if self.is_inline() {
            self.literal(shape);
        } else {
            self.bind(Bind::Value(Value::text(shape)));
        }
    }

    /// Writes the JSON array of a query's rows, in the query's order.
    pub(super) fn rows(&mut self, select: &Select) -> Result<()> {
        let alias = self.new_name();
        let columns = select.columns();
        let numbered = numbered(select, &alias)?;
        self.push("(SELECT underpin_rows(");
        let members: Vec<(Name, Expr)> = columns
            .into_iter()
            .zip(numbered.columns())
            .map(|((name, ty), (inner, _))| (name, Expr::column(&alias, &inner, ty)))
            .collect();
        self.object(&members)?;
        self.subquery(") FROM (", &numbered, ") AS ")?;
        self.identifier(&alias);
        self.push(")");
        Ok(())
    }

    /// Writes a composite or anonymous row as a value.
    pub(super) fn row(&mut self, fields: &[Expr], ty: &Type) -> Result<()> {
        let name = |index: usize| match ty {
            Type::Composite(composite) => composite
                .fields
                .get(index)
                .map_or_else(|| Name::from(""), |(name, _)| name.clone()),
            _ => Name::from(format!("f{}", index + 1)),
        };
        let members: Vec<(Name, Expr)> = fields
            .iter()
            .enumerate()
            .map(|(index, field)| (name(index), field.clone()))
            .collect();
        self.object(&members)
    }

    /// Writes `array[…]`.
    pub(super) fn array(&mut self, elements: &[Expr], ty: &Type) -> Result<()> {
        // An array of arrays has the type of the innermost elements; its elements are arrays nevertheless.
        let code = match elements.first() {
            Some(first) if first.ty.element().is_some() => type_code(&first.ty),
            _ => element_code(ty),
        };
        if elements.len() <= VALUES_MAX {
            return self.typed_call("underpin_array", &code, elements);
        }
        self.push("underpin_array_join(");
        self.list(elements.chunks(VALUES_MAX), |writer, part| {
            writer.typed_call("underpin_array", &code, part)
        })?;
        self.push(")");
        Ok(())
    }

    /// Writes `array(select)`, which is empty where `array_agg` would be null.
    pub(super) fn array_select(&mut self, select: &Select) -> Result<()> {
        let alias = self.new_name();
        let numbered = numbered(select, &alias)?;
        let columns = numbered.columns();
        let Some((inner, inner_type)) = columns.first() else {
            return Err(Error::internal("a query without columns"));
        };
        self.push("(SELECT coalesce(underpin_array_agg(");
        self.literal(&type_code(inner_type));
        self.push(", ");
        self.identifier(&alias);
        self.push(".");
        self.identifier(inner);
        self.subquery("), '[]') FROM (", &numbered, ") AS ")?;
        self.identifier(&alias);
        self.push(")");
        Ok(())
    }
}

/// Returns the query with names of its outputs that are all different; only outputs that share a name are renamed.
pub(super) fn numbered(select: &Select, alias: &Name) -> Result<Select> {
    let mut select = select.clone();
    match &mut select.body {
        Body::Simple(simple) => {
            let mut seen: Vec<Name> = Vec::with_capacity(simple.outputs.len());
            for (index, Output { name, .. }) in simple.outputs.iter_mut().enumerate() {
                // SQLite's names ignore the case of ASCII letters.
                if seen.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                    *name = Name::from(format!("{alias} {index}"));
                }
                seen.push(name.clone());
            }
        }
        // The first query names the columns of all.
        Body::Set { operands, .. } => {
            let [first, _] = &mut **operands;
            *first = numbered(first, alias)?;
        }
        Body::Values(_) => {}
    }
    Ok(select)
}

/// Returns the shape of an object: for each member a line of one letter for its type's JSON form and its name as a JSON string.
fn shape<'a>(members: impl Iterator<Item = (&'a Name, &'a Type)>) -> Result<String> {
    let mut shape = Vec::new();
    for (name, ty) in members {
        shape.push(shape_letter(ty));
        write_json_string(name, &mut shape);
        shape.push(b'\n');
    }
    String::from_utf8(shape).map_err(Error::internal)
}

/// The letters of a shape, each with a type that has that JSON form.
const LETTERS: &[(u8, Type)] = &[
    (b'b', Type::Bool),
    (b'i', Type::Int8),
    (b'4', Type::Float4),
    (b'8', Type::Float8),
    (b'n', Type::Numeric),
    (b't', Type::Text),
    (b'd', Type::Date),
    (b'h', Type::Time),
    (b's', Type::Timestamp),
    (b'z', Type::TimestampTz),
    (b'j', Type::Json),
    (b'k', Type::Jsonb),
    (b'x', Type::Bytea),
];

fn shape_letter(ty: &Type) -> u8 {
    let form = match ty {
        Type::Int2 | Type::Int4 | Type::Oid => &Type::Int8,
        // Arrays and composites are stored in their JSON form.
        Type::Array(_) | Type::Composite(_) | Type::Record => &Type::Json,
        other => other,
    };
    LETTERS
        .iter()
        .find(|(_, known)| known == form)
        .map_or(b't', |(letter, _)| *letter)
}

/// Reads a shape: for each member its name as a JSON string and a type of its JSON form.
///
/// # Errors
/// An internal error when the text is not a shape.
pub fn read_shape(shape: &str) -> Result<Vec<(String, Type)>> {
    shape
        .lines()
        .map(|line| {
            let letter = line.bytes().next()?;
            let (_, ty) = LETTERS.iter().find(|(known, _)| *known == letter)?;
            Some((line.get(1..)?.to_owned(), ty.clone()))
        })
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| Error::internal("a shape of another form"))
}
