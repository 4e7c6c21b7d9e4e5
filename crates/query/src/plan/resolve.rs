//! Which overload of a function a call means: by the names of its arguments, as PostgREST chooses.

use std::collections::BTreeSet;
use std::sync::Arc;

use underpin_base::{Code, Error, QualifiedName, Result};
use underpin_schema::catalog::{Argument, Catalog, Routine};
use underpin_sql::types::Type;

use crate::request::Arguments;

/// How near parameters must be to what was given to be hinted at: they reveal nothing that the name does not.
const NEAR_PARAMETERS: f64 = 0.33;

/// How near a function's name must be.
const NEAR_NAME: f64 = 0.75;

/// What a call gives: the names of its arguments, and the body as a whole when it came with `POST`.
struct Given<'a> {
    keys: BTreeSet<&'a str>,
    body: Option<BodyType>,
}

/// The type of a body that a single unnamed parameter may take whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyType {
    Json,
    Form,
    Raw(&'static str),
}

impl<'a> Given<'a> {
    fn new(arguments: &'a Arguments, get: bool) -> Self {
        match arguments {
            Arguments::Text(pairs) => Self {
                keys: pairs.iter().map(|(name, _)| &**name).collect(),
                body: (!get).then_some(BodyType::Form),
            },
            Arguments::Json { payload, .. } => Self {
                keys: payload.keys.iter().map(|key| &**key).collect(),
                body: Some(BodyType::Json),
            },
            Arguments::Raw { media_type, .. } => Self {
                keys: BTreeSet::new(),
                body: Some(BodyType::Raw(media_type)),
            },
        }
    }

    /// Tells whether the arguments are the parameters of `routine` by name; those with a default may be missing.
    fn are_parameters_of(&self, routine: &Routine) -> bool {
        if routine.arguments.is_empty() {
            return self.keys.is_empty() && !matches!(self.body, Some(BodyType::Raw(_)));
        }
        let known = |key: &&str| {
            routine
                .arguments
                .iter()
                .any(|argument| argument.name.as_deref() == Some(key))
        };
        let given = |argument: &Argument| {
            argument
                .name
                .as_deref()
                .is_some_and(|name| self.keys.contains(name))
        };
        self.keys.iter().all(known)
            && routine
                .arguments
                .iter()
                .all(|argument| argument.default.is_some() || given(argument))
    }

    /// Tells whether the only parameter of `routine` has no name and takes the whole body.
    fn is_body_of(&self, routine: &Routine) -> bool {
        let [Argument { name: None, ty, .. }] = routine.arguments.as_slice() else {
            return false;
        };
        matches!(
            (self.body, ty),
            (Some(BodyType::Json), Type::Json | Type::Jsonb)
                | (Some(BodyType::Raw("text/plain")), Type::Text)
                | (Some(BodyType::Raw("text/xml")), Type::Xml)
                | (Some(BodyType::Raw("application/octet-stream")), Type::Bytea)
        )
    }
}

/// What a call means.
#[derive(Clone, Debug)]
pub(super) struct Resolved {
    pub(super) routine: Arc<Routine>,
    /// The whole body is its only argument.
    pub(super) takes_body: bool,
}

/// Returns the overload of `name` that `arguments` mean.
///
/// # Errors
/// PGRST202 when there is none, PGRST203 when there is more than one.
pub(super) fn resolve(
    catalog: &Catalog,
    name: &QualifiedName,
    arguments: &Arguments,
    get: bool,
) -> Result<Resolved> {
    // Triggers call trigger functions, and nobody else.
    let overloads: Vec<Arc<Routine>> = catalog
        .routines
        .get(name)
        .into_iter()
        .flatten()
        .filter(|routine| !routine.is_trigger)
        .cloned()
        .collect();
    let given = Given::new(arguments, get);
    let matching = |test: &dyn Fn(&Routine) -> bool| -> Vec<&Arc<Routine>> {
        overloads.iter().filter(|routine| test(routine)).collect()
    };
    let mut takes_body = false;
    let mut found = matching(&|routine| given.are_parameters_of(routine));
    if found.is_empty() {
        takes_body = true;
        found = matching(&|routine| given.is_body_of(routine));
    }
    match found.as_slice() {
        [] => Err(not_found(catalog, name, &overloads, &given)),
        [routine] => Ok(Resolved {
            routine: Arc::clone(routine),
            takes_body,
        }),
        several => Err(ambiguous(several)),
    }
}

fn ambiguous(candidates: &[&Arc<Routine>]) -> Error {
    let candidates: Vec<String> = candidates
        .iter()
        .map(|routine| signature(routine))
        .collect();
    Error::new(
        Code::FUNCTION_AMBIGUOUS,
        format!(
            "Could not choose the best candidate function between: {}",
            candidates.join(", ")
        ),
    )
    .hint(
        "Try renaming the parameters or the function itself in the database so function overloading can be resolved",
    )
}

fn signature(routine: &Routine) -> String {
    let parameters: Vec<String> = routine
        .arguments
        .iter()
        .map(|argument| {
            let name = argument.name.as_deref().unwrap_or_default();
            format!("{name} => {}", argument.ty)
        })
        .collect();
    format!("{}({})", full(routine.name()), parameters.join(", "))
}

fn full(name: &QualifiedName) -> String {
    format!("{}.{}", name.schema, name.name)
}

fn not_found(
    catalog: &Catalog,
    name: &QualifiedName,
    overloads: &[Arc<Routine>],
    given: &Given<'_>,
) -> Error {
    let function = full(name);
    let keys: Vec<&str> = given.keys.iter().copied().collect();
    let list = keys.join(", ");
    let without = " without parameters";
    let (called, searched) = match (given.body, keys.as_slice()) {
        (Some(BodyType::Raw(media_type)), _) => {
            let ty = match media_type {
                "text/plain" => "text",
                "text/xml" => "xml",
                _ => "bytea",
            };
            let searched = format!(" with a single unnamed {ty} parameter");
            (String::new(), searched)
        }
        (_, []) => (without.to_owned(), without.to_owned()),
        (_, [_]) => (format!("({list})"), format!(" with parameter {list}")),
        _ => (format!("({list})"), format!(" with parameters {list}")),
    };
    let or_json = if given.body == Some(BodyType::Json) {
        " or with a single unnamed json/jsonb parameter"
    } else {
        ""
    };
    let error = Error::new(
        Code::FUNCTION_NOT_FOUND,
        format!("Could not find the function {function}{called} in the schema cache"),
    )
    .details(format!(
        "Searched for the function {function}{searched}{or_json}, but no matches were found in the schema cache."
    ));
    if matches!(given.body, Some(BodyType::Raw(_))) {
        return error;
    }
    let meant = if overloads.is_empty() {
        let names = catalog
            .routines
            .iter()
            .filter(|(other, all)| {
                other.schema == name.schema && all.iter().any(|routine| !routine.is_trigger)
            })
            .map(|(other, _)| &*other.name);
        nearest_name(&name.name, names).map(str::to_owned)
    } else {
        nearest_parameters(overloads, &format!("({list})"))
            .map(|parameters| format!("{}{parameters}", name.name))
    };
    match meant {
        Some(meant) => error.hint(format!(
            "Perhaps you meant to call the function {}.{meant}",
            name.schema
        )),
        None => error,
    }
}

/// Returns the parameters, `(a, b)`, of the overload whose are nearest to those given.
fn nearest_parameters(overloads: &[Arc<Routine>], given: &str) -> Option<String> {
    overloads
        .iter()
        .map(|routine| {
            let mut names: Vec<&str> = routine
                .arguments
                .iter()
                .map(|argument| argument.name.as_deref().unwrap_or_default())
                .collect();
            names.sort_unstable();
            format!("({})", names.join(", "))
        })
        .filter(|parameters| share_a_piece(parameters, given))
        .map(|parameters| (likeness(&parameters, given), parameters))
        .filter(|(likeness, _)| *likeness >= NEAR_PARAMETERS)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, parameters)| parameters)
}

/// Returns the name among `names` that is near enough to `name` to be what was meant.
fn nearest_name<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    names
        .map(|other| (likeness(other, name), other))
        .filter(|(likeness, _)| *likeness >= NEAR_NAME)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, other)| other)
}

fn likeness(one: &str, other: &str) -> f64 {
    strsim::normalized_levenshtein(&one.to_lowercase(), &other.to_lowercase())
}

/// Tells whether two texts have two letters in a row in common, the ends counting as letters: as PostgREST finds what may be meant.
fn share_a_piece(one: &str, other: &str) -> bool {
    let pieces = |text: &str| -> BTreeSet<(char, char)> {
        let letters = text.to_lowercase();
        let letters = letters
            .chars()
            .filter(|it| it.is_alphanumeric() || [',', ' '].contains(it));
        let ended: Vec<char> = std::iter::once('-')
            .chain(letters)
            .chain(std::iter::once('-'))
            .collect();
        ended
            .iter()
            .copied()
            .zip(ended.iter().copied().skip(1))
            .collect()
    };
    !pieces(one).is_disjoint(&pieces(other))
}

#[cfg(test)]
mod tests;
