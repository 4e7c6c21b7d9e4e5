//! Calls of built-in functions, by PostgreSQL's own names.

use underpin_base::Result;

use super::writer::Writer;
use crate::functions::{Function, Parameter};
use crate::tree::Expr;
use crate::types::Type;
use crate::writer::text::Text as _;

/// The functions of extensions, which the search path finds: their schema is the project's choice.
const OF_EXTENSIONS: &[&str] = &["digest", "gen_random_bytes", "hmac", "uuid_generate_v4"];

impl Writer {
    /// Writes a call of `function`.
    pub(super) fn function_call(&mut self, function: Function, arguments: &[Expr]) -> Result<()> {
        let definition = function.definition();
        let name = match definition.name {
            // `trim` is a syntax for this.
            "trim" => "btrim",
            name => name,
        };
        // PostgreSQL's is a `regtype`.
        let is_text = name == "pg_typeof";
        if is_text {
            self.push("(");
        }
        if !OF_EXTENSIONS.contains(&name) {
            self.push("pg_catalog.");
        }
        self.push(name);
        self.push("(");
        self.list(
            arguments.iter().enumerate(),
            |writer, (index, argument)| match weight(name, index) {
                Some(cast) => writer.around("(", argument, cast),
                None => writer.settled_as(argument, parameter(function, index)),
            },
        )?;
        self.push(if is_text { ")::text)" } else { ")" });
        Ok(())
    }

    /// Writes an expression where PostgreSQL cannot infer a type: what has none is text.
    pub(super) fn settled(&mut self, expr: &Expr) -> Result<()> {
        self.settled_as(expr, &Type::Text)
    }

    fn settled_as(&mut self, expr: &Expr, ty: &Type) -> Result<()> {
        if expr.ty != Type::Unknown {
            return self.expression(expr);
        }
        self.around("(", expr, ")::")?;
        self.type_name(ty);
        Ok(())
    }
}

/// Returns the cast of an argument that is text in the table of functions and of the one-byte type `"char"` in PostgreSQL.
fn weight(name: &str, index: usize) -> Option<&'static str> {
    match (name, index) {
        ("setweight", 1) => Some(")::\"char\""),
        ("ts_filter", 1) => Some(")::\"char\"[]"),
        _ => None,
    }
}

/// Returns the type of a parameter; what may be any is text.
fn parameter(function: Function, index: usize) -> &'static Type {
    let parameters = &function.definition().parameters;
    match parameters.get(index).or_else(|| parameters.last()) {
        Some(Parameter::Is(ty)) => ty,
        _ => &Type::Text,
    }
}
