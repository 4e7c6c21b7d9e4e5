//! The canonical form of arrays: built by [`Builder`], read by [`Elements`].

use underpin_base::{Code, Error, Result, Value, ValueRef};

use crate::types::io::{from_json_value, write_json};
use crate::types::json::{Elements, Kind, kind};
use crate::types::{ColumnType, Type};

/// Most dimensions of an array.
pub(super) const DIMENSIONS_MAX: usize = 6;

/// Returns the error of an array with too many dimensions.
pub(super) fn too_many_dimensions(count: usize) -> Error {
    Error::new(
        Code::new("54000"),
        format!(
            "number of array dimensions ({count}) exceeds the maximum allowed ({DIMENSIONS_MAX})"
        ),
    )
}

/// Writes an array of one or more dimensions, and checks that the parts of each dimension have the same length.
#[derive(Debug)]
pub(crate) struct Builder {
    out: Vec<u8>,
    /// Lengths of the dimensions whose first part is complete, outermost first.
    lengths: Vec<Option<usize>>,
    /// Numbers of elements so far in the arrays that are open.
    open: Vec<usize>,
    /// At which depth values stand, once there was one.
    leaf: Option<usize>,
}

/// What is wrong with the shape of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The parts of a dimension have different lengths.
    Ragged,
    /// A value stands where other parts are arrays.
    ValueBesideArray,
    /// An array stands where other parts are values.
    ArrayBesideValue,
    /// There are too many dimensions.
    Deep,
}

impl Builder {
    /// Returns a builder of an array that nothing was put in.
    pub(crate) fn new() -> Self {
        Self {
            out: Vec::new(),
            lengths: Vec::new(),
            open: Vec::new(),
            leaf: None,
        }
    }

    /// Opens an array: the whole, or a part of a dimension.
    pub(crate) fn open(&mut self) -> Result<(), Shape> {
        if self.leaf == Some(self.open.len()) {
            return Err(Shape::ArrayBesideValue);
        }
        if self.open.len() == DIMENSIONS_MAX {
            return Err(Shape::Deep);
        }
        self.separate();
        self.out.push(b'[');
        self.open.push(0);
        if self.lengths.len() < self.open.len() {
            self.lengths.push(None);
        }
        Ok(())
    }

    /// Closes what was opened last.
    pub(crate) fn close(&mut self) -> Result<(), Shape> {
        self.out.push(b']');
        let depth = self.open.len();
        let count = self.open.pop().unwrap_or(0);
        let length = self.lengths.get_mut(depth.wrapping_sub(1));
        match length {
            Some(Some(length)) if *length != count => Err(Shape::Ragged),
            Some(length @ None) => {
                *length = Some(count);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Tells whether the array that is open is a part of another.
    pub(crate) fn is_nested(&self) -> bool {
        self.open.len() > 1
    }

    fn separate(&mut self) {
        if let Some(count) = self.open.last_mut() {
            if *count > 0 {
                self.out.push(b',');
            }
            *count += 1;
        }
    }

    /// Puts a value of the type `ty` in the array that is open.
    pub(crate) fn push(&mut self, ty: &Type, value: ValueRef<'_>) -> Result<(), Shape> {
        if *self.leaf.get_or_insert(self.open.len()) != self.open.len()
            || self.lengths.len() > self.open.len()
        {
            return Err(Shape::ValueBesideArray);
        }
        self.separate();
        write_json(ty, value, &mut self.out);
        Ok(())
    }

    /// Returns the array.
    pub(crate) fn finish(self) -> Value {
        if self.leaf.is_none() && self.lengths.len() > 1 {
            // Empty parts make an empty array.
            return Value::text("[]");
        }
        // Only JSON of texts was written.
        Value::text(String::from_utf8(self.out).unwrap_or_default())
    }
}

/// Reads a JSON array as an array of `element`, as `json_populate_record` does.
pub(crate) fn from_json(element: &ColumnType, json: &str) -> Result<Value> {
    let mut builder = Builder::new();
    part(element, json, &mut builder)?;
    Ok(builder.finish())
}

fn ragged(shape: Shape) -> Error {
    match shape {
        Shape::Deep => too_many_dimensions(DIMENSIONS_MAX + 1),
        Shape::Ragged | Shape::ValueBesideArray | Shape::ArrayBesideValue => {
            Error::new(Code::INVALID_TEXT, "malformed JSON array")
                .details("Multidimensional arrays must have sub-arrays with matching dimensions.")
        }
    }
}

fn part(element: &ColumnType, json: &str, builder: &mut Builder) -> Result<()> {
    builder.open().map_err(ragged)?;
    let nests = !element.ty.is_json();
    for item in Elements::new(json) {
        if nests && kind(item) == Kind::Array {
            part(element, item, builder)?;
        } else {
            let value = from_json_value(element, item)?;
            builder
                .push(&element.ty, ValueRef::from(&value))
                .map_err(ragged)?;
        }
    }
    builder.close().map_err(ragged)
}
