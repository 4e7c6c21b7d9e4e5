//! [`Function`]: a row of the table of built-in functions.

use std::sync::LazyLock;

use crate::types::Type;

/// One signature of a built-in function.
#[derive(Debug)]
pub struct Definition {
    /// PostgreSQL's name, lower case.
    pub name: &'static str,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// The last parameter may be repeated (`variadic`).
    pub variadic: bool,
    /// What it returns.
    pub result: Parameter,
    /// It returns rows of `result`.
    pub set: bool,
    /// It is null when an argument is null, and not called.
    pub strict: bool,
    /// How far its result depends on more than its arguments.
    pub volatility: Volatility,
    /// Its name in SQLite, unique to this signature when registered from Rust.
    pub engine: &'static str,
}

/// A parameter's or result's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// This type.
    Is(Type),
    /// `"any"`: any type, each argument on its own.
    Any,
    /// `anyelement`: any type, the same wherever it stands.
    Element,
    /// `anyarray`: an array of `anyelement`.
    Array,
    /// `anyrange`: a range of `anyelement`, the same wherever it stands.
    Range,
    /// `anymultirange`: a multirange of `anyelement`, the same wherever it stands.
    Multirange,
}

/// PostgreSQL's volatility of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are PostgreSQL's words")]
pub enum Volatility {
    Immutable,
    Stable,
    Volatile,
}

/// A built-in function: a reference to its row.
#[derive(Clone, Copy)]
pub struct Function(&'static Definition);

impl Function {
    /// Returns every signature of the name `name`.
    pub fn named(name: &str) -> impl Iterator<Item = Self> {
        let start = TABLE.partition_point(|definition| definition.name < name);
        TABLE
            .get(start..)
            .unwrap_or_default()
            .iter()
            .take_while(move |definition| definition.name == name)
            .map(Self)
    }

    /// Returns every function.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(Self)
    }

    /// Returns the columns of a function that returns rows of more than one (`setof record`); none for any other.
    pub fn columns(self) -> Vec<(&'static str, Type)> {
        super::json::columns(self.0.name)
            .into_iter()
            .flatten()
            .map(|(name, ty)| (name, Type::built_in(ty).unwrap_or(Type::Text)))
            .collect()
    }

    /// Returns the row.
    pub fn definition(self) -> &'static Definition {
        self.0
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl std::fmt::Debug for Function {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.0.engine)
    }
}

/// A row as the families write it: name, parameters, result, properties, name in SQLite.
///
/// Parameters and result are PostgreSQL's type names separated by commas; `any`, `anyelement`, `anyarray`, `anyrange` and `anymultirange` are PostgreSQL's
/// pseudo-types; `variadic` stands before the last parameter and `setof` before the result. Properties are words: `stable`, `volatile`, `called on
/// null` (immutable and strict are the defaults).
pub(super) type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

/// Every built-in function, sorted by name.
static TABLE: LazyLock<Vec<Definition>> = LazyLock::new(|| {
    let mut table: Vec<Definition> = FAMILIES.iter().copied().flatten().map(definition).collect();
    table.sort_by_key(|definition| definition.name);
    table
});

/// The families; a new one is one file and one line.
const FAMILIES: &[&[Row]] = &[
    super::array::ROWS,
    super::binary::ROWS,
    super::datetime::ROWS,
    super::json::ROWS,
    super::math::ROWS,
    super::pattern::ROWS,
    super::range::ROWS,
    super::search::ROWS,
    super::system::ROWS,
    super::text::ROWS,
    super::window::ROWS,
];

fn definition(&(name, parameters, result, properties, engine): &Row) -> Definition {
    let (set, result) = match result.strip_prefix("setof ") {
        Some(result) => (true, result),
        None => (false, result),
    };
    let mut variadic = false;
    let parameters = parameters
        .split(',')
        .map(str::trim)
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| {
            let stripped = parameter.strip_prefix("variadic ");
            variadic |= stripped.is_some();
            parse(stripped.unwrap_or(parameter))
        })
        .collect();
    Definition {
        name,
        parameters,
        variadic,
        result: parse(result),
        set,
        strict: !properties.contains("called on null"),
        volatility: if properties.contains("volatile") {
            Volatility::Volatile
        } else if properties.contains("stable") {
            Volatility::Stable
        } else {
            Volatility::Immutable
        },
        engine,
    }
}

fn parse(name: &str) -> Parameter {
    match name {
        "any" => Parameter::Any,
        "anyelement" => Parameter::Element,
        "anyarray" => Parameter::Array,
        "anyrange" => Parameter::Range,
        "anymultirange" => Parameter::Multirange,
        _ => {
            let (base, array) = match name.strip_suffix("[]") {
                Some(base) => (base, true),
                None => (name, false),
            };
            // A row with a misspelt type is found by the test that walks the table.
            let ty = Type::built_in(base).unwrap_or(Type::Unknown);
            Parameter::Is(if array { ty.array() } else { ty })
        }
    }
}
