//! PostgreSQL's choice among several operators or functions of one name (`func_select_candidate`).

use super::coercion::{Context, can_cast};
use crate::functions::Parameter;
use crate::types::Type;

/// PostgreSQL's category of a type: implicit conversions stay within one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Category {
    Array,
    Boolean,
    Composite,
    DateTime,
    Enum,
    Network,
    Number,
    Pseudo,
    Range,
    Text,
    Timespan,
    /// `uuid`, `json`, `jsonb`, `bytea`, `xml`, `macaddr`, `tsvector`, `tsquery`: each is its own kind, but PostgreSQL calls them all user-defined.
    User,
    Unknown,
}

pub(super) fn category(ty: &Type) -> Category {
    match ty {
        Type::Bool => Category::Boolean,
        Type::Int2
        | Type::Int4
        | Type::Int8
        | Type::Oid
        | Type::Float4
        | Type::Float8
        | Type::Numeric => Category::Number,
        Type::Text | Type::Varchar | Type::Bpchar | Type::Name | Type::Citext => Category::Text,
        Type::Date | Type::Time | Type::TimeTz | Type::Timestamp | Type::TimestampTz => {
            Category::DateTime
        }
        Type::Interval => Category::Timespan,
        Type::Inet | Type::Cidr => Category::Network,
        Type::Range(_) | Type::Multirange(_) => Category::Range,
        Type::Enum(_) => Category::Enum,
        Type::Composite(_) => Category::Composite,
        Type::Array(_) => Category::Array,
        Type::Record | Type::Void => Category::Pseudo,
        Type::Unknown => Category::Unknown,
        // PostgreSQL keeps the number of the configuration.
        Type::RegConfig => Category::Number,
        Type::Uuid
        | Type::Json
        | Type::Jsonb
        | Type::Bytea
        | Type::Xml
        | Type::MacAddr
        | Type::Opaque(_)
        | Type::TsVector
        | Type::TsQuery => Category::User,
    }
}

/// Tells whether `ty` is the one that its category prefers.
pub(super) fn is_preferred(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Bool
            | Type::Float8
            | Type::Oid
            | Type::Text
            | Type::TimestampTz
            | Type::Interval
            | Type::Inet
    )
}

/// How the choice came out.
pub(super) enum Choice {
    /// The candidate of this index.
    One(usize),
    /// None takes the arguments.
    None,
    /// Several would do.
    Ambiguous,
}

/// Tells whether an argument of type `from` can stand for the parameter.
pub(super) fn accepts(parameter: &Parameter, from: &Type) -> bool {
    match parameter {
        Parameter::Is(ty) => can_cast(from, ty, Context::Implicit),
        Parameter::Any | Parameter::Element => true,
        Parameter::Array => matches!(from, Type::Array(_) | Type::Unknown),
        Parameter::Range => matches!(from, Type::Range(_) | Type::Unknown),
        Parameter::Multirange => matches!(from, Type::Multirange(_) | Type::Unknown),
    }
}

/// Chooses among `candidates`, each a list of as many parameters as there are `arguments`.
pub(super) fn select(candidates: &[Vec<Parameter>], arguments: &[Type]) -> Choice {
    let exact = candidates.iter().position(|parameters| {
        parameters
            .iter()
            .zip(arguments)
            .all(|(parameter, argument)| matches!(parameter, Parameter::Is(ty) if ty == argument))
    });
    if let Some(exact) = exact {
        return Choice::One(exact);
    }
    let mut left: Vec<usize> = (0..candidates.len())
        .filter(|index| {
            candidates.get(*index).is_some_and(|parameters| {
                parameters
                    .iter()
                    .zip(arguments)
                    .all(|(parameter, argument)| accepts(parameter, argument))
            })
        })
        .collect();
    if left.is_empty() {
        return Choice::None;
    }
    keep_best(&mut left, |index| {
        score(candidates, index, arguments, |ty, argument| ty == argument)
    });
    if left.len() > 1 {
        keep_best(&mut left, |index| {
            score(candidates, index, arguments, |ty, argument| {
                ty == argument || category(ty) == category(argument) && is_preferred(ty)
            })
        });
    }
    if left.len() > 1 && arguments.contains(&Type::Unknown) {
        by_category(&mut left, candidates, arguments);
    }
    if left.len() > 1 && arguments.contains(&Type::Unknown) {
        by_known_type(&mut left, candidates, arguments);
    }
    match left.as_slice() {
        [one] => Choice::One(*one),
        _ => Choice::Ambiguous,
    }
}

fn keep_best(left: &mut Vec<usize>, score: impl Fn(usize) -> usize) {
    let best = left.iter().map(|index| score(*index)).max().unwrap_or(0);
    left.retain(|index| score(*index) == best);
}

fn score(
    candidates: &[Vec<Parameter>],
    index: usize,
    arguments: &[Type],
    matches: impl Fn(&Type, &Type) -> bool,
) -> usize {
    let parameters = candidates.get(index).map_or(&[][..], Vec::as_slice);
    parameters
        .iter()
        .zip(arguments)
        .filter(|(parameter, argument)| match parameter {
            Parameter::Is(ty) => **argument != Type::Unknown && matches(ty, argument),
            Parameter::Any
            | Parameter::Element
            | Parameter::Array
            | Parameter::Range
            | Parameter::Multirange => false,
        })
        .count()
}

/// Unknown literals are taken for text where a candidate takes text, else for the one category that all candidates agree on.
fn by_category(left: &mut Vec<usize>, candidates: &[Vec<Parameter>], arguments: &[Type]) {
    let mut chosen = Vec::new();
    for (position, argument) in arguments.iter().enumerate() {
        if *argument != Type::Unknown {
            continue;
        }
        let types: Vec<Option<&Type>> = left
            .iter()
            .map(|index| parameter_type(candidates, *index, position))
            .collect();
        let categories: Vec<Category> = types
            .iter()
            .map(|ty| ty.map_or(Category::Pseudo, category))
            .collect();
        let Some(first) = categories.first().copied() else {
            return;
        };
        let wanted = if categories.contains(&Category::Text) {
            Category::Text
        } else if categories.iter().all(|other| *other == first) {
            first
        } else {
            return;
        };
        let prefers = types
            .iter()
            .flatten()
            .any(|ty| category(ty) == wanted && is_preferred(ty));
        chosen.push((position, wanted, prefers));
    }
    let fitting: Vec<usize> = left
        .iter()
        .copied()
        .filter(|index| {
            chosen.iter().all(|(position, wanted, prefers)| {
                let ty = parameter_type(candidates, *index, *position);
                ty.map_or(Category::Pseudo, category) == *wanted
                    && (!prefers || ty.is_some_and(is_preferred))
            })
        })
        .collect();
    if !fitting.is_empty() {
        *left = fitting;
    }
}

fn parameter_type(candidates: &[Vec<Parameter>], index: usize, position: usize) -> Option<&Type> {
    match candidates.get(index)?.get(position)? {
        Parameter::Is(ty) => Some(ty),
        Parameter::Any
        | Parameter::Element
        | Parameter::Array
        | Parameter::Range
        | Parameter::Multirange => None,
    }
}

/// When all known arguments have one type, the unknown ones are taken for it.
fn by_known_type(left: &mut Vec<usize>, candidates: &[Vec<Parameter>], arguments: &[Type]) {
    let mut known = arguments.iter().filter(|ty| **ty != Type::Unknown);
    let Some(first) = known.next() else {
        return;
    };
    if known.any(|ty| ty != first) {
        return;
    }
    let fitting: Vec<usize> = left
        .iter()
        .copied()
        .filter(|index| {
            candidates
                .get(*index)
                .is_some_and(|parameters| parameters.iter().all(|p| accepts(p, first)))
        })
        .collect();
    if fitting.len() == 1 {
        *left = fitting;
    }
}
