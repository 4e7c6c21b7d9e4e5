//! [`Writer`]: the text and the binds as they grow.

use std::collections::HashMap;
use std::sync::Arc;

use underpin_base::{Code, Error, Name, QualifiedName, Result, Value};

use super::candidates::WordIndexes;
use super::literal;
use super::narrowing::{Search, Searches};
use super::postings::Postings;
use crate::tree::{Context, Expr, Select};
use crate::writer::text::Text;
use crate::writer::{Bind, Rendered};

/// How the columns of a `from` item are written when they are not simply `"alias"."column"`.
#[derive(Clone, Debug)]
pub(super) enum Relation {
    /// The item stands under another name in the text.
    Renamed(String),
    /// A set-returning function, written as `json_each(…)`: its columns in order, and whether the last counts the rows.
    Function {
        columns: Vec<Name>,
        ordinality: bool,
    },
    /// A lateral query of one row at most, each column of which is written as a subquery of its own.
    Lateral(Box<Select>),
    /// A lateral query of several rows, each of which is one value: its columns in order.
    Packed(Vec<Name>),
    /// A table that is read by the postings of words.
    Listed(Arc<Postings>),
    /// A lateral query that SQLite cannot have.
    Refused,
}

/// Writes one statement.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) sql: String,
    binds: Vec<Bind>,
    inline: bool,
    depth: usize,
    /// The `from` items whose columns are written in their own way.
    pub(super) relations: HashMap<Name, Relation>,
    /// The tables that were written, by their aliases.
    pub(super) tables: HashMap<Name, QualifiedName>,
    /// What rows can be found by; nothing when there is none.
    pub(super) word_indexes: Option<Arc<WordIndexes>>,
    /// The searches in the queries in `from` that are not written yet.
    pub(super) searches: Searches,
    /// The searches that narrow the query that is written next.
    pub(super) narrowing: Vec<Search>,
    /// The row whose columns an inline expression reads, when it is not that of the table.
    pub(super) row: Option<&'static str>,
    /// Numbers the names that the writer itself gives.
    names: usize,
}

impl Text for Writer {
    fn sql(&mut self) -> &mut String {
        &mut self.sql
    }

    fn depth(&mut self) -> &mut usize {
        &mut self.depth
    }

    fn term(&mut self, expr: &Expr) -> Result<()> {
        self.expression(expr)
    }
}

impl Writer {
    /// Returns a writer that binds values.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Returns a writer that writes values as literals.
    pub(super) fn inline() -> Self {
        Self {
            inline: true,
            ..Self::default()
        }
    }

    /// Returns a writer that writes values as literals and columns as those of `row`.
    pub(super) fn of_row(row: &'static str) -> Self {
        Self {
            row: Some(row),
            ..Self::inline()
        }
    }

    /// Returns a writer that finds rows by `indexes`.
    pub(super) fn indexed(indexes: &Arc<WordIndexes>) -> Self {
        Self {
            word_indexes: Some(Arc::clone(indexes)),
            ..Self::default()
        }
    }

    /// Returns what was written.
    pub(super) fn finish(self) -> Rendered {
        Rendered {
            sql: self.sql.into(),
            binds: self.binds,
            types: Vec::new(),
        }
    }

    /// Tells whether constants are written as literals.
    pub(super) fn is_inline(&self) -> bool {
        self.inline
    }

    /// Appends a literal of text of our own making, such as a type's code.
    pub(super) fn literal(&mut self, text: &str) {
        literal::write_text(&mut self.sql, text);
    }

    /// Appends a value: a parameter, or a literal. Null and numbers that cannot carry anything are literals always.
    pub(super) fn value(&mut self, value: &Value) {
        if self.inline || matches!(value, Value::Null) {
            literal::write(&mut self.sql, value);
        } else {
            self.bind(Bind::Value(value.clone()));
        }
    }

    /// Appends what the request supplies: a parameter, shared by equal ones, or a call of the function that knows it.
    pub(super) fn context(&mut self, context: &Context) {
        if self.inline {
            self.push("underpin_context(");
            self.literal(&super::code::context_code(context));
            self.push(")");
            return;
        }
        let known = self
            .binds
            .iter()
            .position(|bind| matches!(bind, Bind::Context(known) if known == context));
        match known {
            Some(index) => self.parameter(index + 1),
            None => self.bind(Bind::Context(context.clone())),
        }
    }

    /// Appends the parameter for value `index` of the row that the engine works on; one parameter wherever the value stands.
    pub(super) fn parameter_of_row(&mut self, index: usize) -> Result<()> {
        if self.inline {
            return Err(Error::internal("a parameter is no part of a schema"));
        }
        let known = self
            .binds
            .iter()
            .position(|bind| matches!(bind, Bind::Parameter(known) if *known == index));
        match known {
            Some(position) => self.parameter(position + 1),
            None => self.bind(Bind::Parameter(index)),
        }
        Ok(())
    }

    /// Appends a new parameter.
    pub(super) fn bind(&mut self, bind: Bind) {
        self.binds.push(bind);
        self.parameter(self.binds.len());
    }

    fn parameter(&mut self, number: usize) {
        self.sql.push('?');
        self.sql.push_str(&number.to_string());
    }

    /// Returns a name that no alias of the statement has.
    pub(super) fn new_name(&mut self) -> Name {
        self.names += 1;
        Name::from(format!("underpin {}", self.names))
    }
}

/// Returns the refusal of a feature that SQLite does not have.
pub(super) fn unsupported(feature: &str) -> Error {
    Error::new(
        Code::FEATURE_NOT_SUPPORTED,
        format!("{feature} is not supported on SQLite"),
    )
}
