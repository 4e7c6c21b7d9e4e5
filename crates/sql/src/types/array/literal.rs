//! PostgreSQL's array literals: `{1,2}`, `{{a,b},{c,d}}`, `[0:1]={x,y}`, `{"with \"quotes\"",NULL}`.

use underpin_base::{Code, Error, Result, Value, ValueRef};

use super::canonical::{Builder, DIMENSIONS_MAX, Shape, too_many_dimensions};
use crate::types::errors::is_space;
use crate::types::io::{from_json_value, input_column, output as output_element};
use crate::types::json::{Elements, Kind, kind};
use crate::types::{ColumnType, Type};

const RAGGED: &str = "Multidimensional arrays must have sub-arrays with matching dimensions.";

struct Parser<'a> {
    element: &'a ColumnType,
    whole: &'a str,
    rest: &'a str,
    builder: Builder,
}

/// Reads an array literal whose elements are read as `element`.
pub(crate) fn input(element: &ColumnType, text: &str) -> Result<Value> {
    let mut parser = Parser {
        element,
        whole: text,
        rest: text,
        builder: Builder::new(),
    };
    parser.bounds()?;
    parser.skip_spaces();
    if !parser.eat('{') {
        return Err(parser.malformed("Array value must start with \"{\" or dimension information."));
    }
    parser.part()?;
    parser.skip_spaces();
    if !parser.rest.is_empty() {
        return Err(parser.malformed("Junk after closing right brace."));
    }
    Ok(parser.builder.finish())
}

impl Parser<'_> {
    fn malformed(&self, details: &str) -> Error {
        Error::new(
            Code::INVALID_TEXT,
            format!("malformed array literal: \"{}\"", self.whole),
        )
        .details(details)
    }

    fn shape(&self, shape: Shape) -> Error {
        match shape {
            Shape::Ragged => self.malformed(RAGGED),
            Shape::ValueBesideArray => self.malformed("Unexpected array element."),
            Shape::ArrayBesideValue => self.malformed("Unexpected \"{\" character."),
            Shape::Deep => too_many_dimensions(DIMENSIONS_MAX + 1),
        }
    }

    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start_matches(is_space);
    }

    fn eat(&mut self, wanted: char) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Passes `[1:2][0:1]=`, whose numbers are not kept.
    fn bounds(&mut self) -> Result<()> {
        self.skip_spaces();
        let mut any = false;
        while self.eat('[') {
            any = true;
            let Some((range, rest)) = self.rest.split_once(']') else {
                return Err(self.malformed("Missing \"]\" after array dimensions."));
            };
            let mut bounds = range.split(':').map(|bound| bound.trim().parse::<i32>());
            if !bounds.all(|bound| bound.is_ok()) || range.split(':').count() > 2 {
                return Err(
                    self.malformed("\"[\" must introduce explicitly-specified array dimensions.")
                );
            }
            self.rest = rest;
            self.skip_spaces();
        }
        if any && !self.eat('=') {
            return Err(self.malformed("Missing \"=\" after array dimensions."));
        }
        Ok(())
    }

    /// Reads what follows an opening brace, with its closing one.
    fn part(&mut self) -> Result<()> {
        self.builder.open().map_err(|shape| self.shape(shape))?;
        self.skip_spaces();
        if self.builder.is_nested() && self.rest.starts_with('}') {
            return Err(self.unexpected());
        }
        if !self.eat('}') {
            loop {
                self.item()?;
                self.skip_spaces();
                if self.eat('}') {
                    break;
                }
                if !self.eat(',') {
                    return Err(self.unexpected());
                }
            }
        }
        self.builder.close().map_err(|shape| self.shape(shape))
    }

    fn unexpected(&self) -> Error {
        match self.rest.chars().next() {
            None => self.malformed("Unexpected end of input."),
            Some(character @ ('{' | '}' | ',')) => {
                self.malformed(&format!("Unexpected \"{character}\" character."))
            }
            Some(_) => self.malformed("Unexpected array element."),
        }
    }

    fn item(&mut self) -> Result<()> {
        self.skip_spaces();
        if self.eat('{') {
            // The depth is limited by the builder.
            return self.part();
        }
        let value = if self.eat('"') {
            let text = self.quoted()?;
            self.skip_spaces();
            if !self.rest.starts_with([',', '}']) {
                // The shape is looked at before any element.
                return Err(self.unexpected());
            }
            input_column(self.element, &text)?
        } else {
            match self.unquoted()? {
                Some(text) => input_column(self.element, &text)?,
                None => Value::Null,
            }
        };
        self.builder
            .push(&self.element.ty, ValueRef::from(&value))
            .map_err(|shape| self.shape(shape))
    }

    fn quoted(&mut self) -> Result<String> {
        let mut text = String::new();
        let mut characters = self.rest.chars();
        loop {
            match characters.next() {
                None => return Err(self.malformed("Unexpected end of input.")),
                Some('"') => break,
                Some('\\') => match characters.next() {
                    None => return Err(self.malformed("Unexpected end of input.")),
                    Some(escaped) => text.push(escaped),
                },
                Some(character) => text.push(character),
            }
        }
        self.rest = characters.as_str();
        Ok(text)
    }

    /// Reads up to a comma or brace, without the spaces around; nothing for `NULL`.
    fn unquoted(&mut self) -> Result<Option<String>> {
        let mut text = String::new();
        let mut kept = 0;
        let mut escapes = false;
        let mut characters = self.rest.chars();
        loop {
            let before = characters.as_str();
            match characters.next() {
                None => return Err(self.malformed("Unexpected end of input.")),
                Some(',' | '}') => {
                    self.rest = before;
                    break;
                }
                Some('{' | '"') => {
                    self.rest = before;
                    return Err(self.unexpected());
                }
                Some('\\') => {
                    escapes = true;
                    match characters.next() {
                        None => return Err(self.malformed("Unexpected end of input.")),
                        Some(escaped) => text.push(escaped),
                    }
                    kept = text.len();
                }
                Some(character) => {
                    text.push(character);
                    if !is_space(character) {
                        kept = text.len();
                    }
                }
            }
        }
        text.truncate(kept);
        if text.is_empty() && !escapes {
            return Err(self.unexpected());
        }
        if !escapes && text.eq_ignore_ascii_case("null") {
            return Ok(None);
        }
        Ok(Some(text))
    }
}

/// Appends the literal of a canonical array of `element`.
pub(crate) fn output(element: &Type, canonical: &str, out: &mut String) {
    let column = ColumnType::plain(element.clone());
    write_part(&column, canonical, 0, out);
}

fn write_part(element: &ColumnType, canonical: &str, depth: usize, out: &mut String) {
    out.push('{');
    let mut text = String::new();
    for (index, item) in Elements::new(canonical).enumerate() {
        if index > 0 {
            out.push(',');
        }
        match kind(item) {
            Kind::Array if !element.ty.is_json() && depth < DIMENSIONS_MAX => {
                write_part(element, item, depth + 1, out);
            }
            Kind::Null => out.push_str("NULL"),
            _ => {
                text.clear();
                let value = from_json_value(element, item).unwrap_or_default();
                if value.is_null() {
                    out.push_str("NULL");
                    continue;
                }
                output_element(&element.ty, ValueRef::from(&value), &mut text);
                write_item(&text, out);
            }
        }
    }
    out.push('}');
}

/// Appends an element's text, in quotes where it needs them.
fn write_item(text: &str, out: &mut String) {
    let special = |it: char| matches!(it, '"' | '\\' | '{' | '}' | ',') || is_space(it);
    if !text.is_empty() && !text.contains(special) && !text.eq_ignore_ascii_case("null") {
        out.push_str(text);
        return;
    }
    out.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out.push('"');
}
