//! Functions that requests can call.

use underpin_base::{Name, QualifiedName};
use underpin_sql::functions::Volatility;
use underpin_sql::grammar::RoutineResult;
use underpin_sql::tree::RoutineId;
use underpin_sql::types::Type;

use super::acl::holders;
use super::document::RoutineRow;
use super::types::Types;
use crate::catalog::{Argument, Language, Routine, RoutineBody};

/// How many rows PostgreSQL takes a function to return that does not say.
const ROWS_STANDARD: i64 = 1000;

/// One parameter of a routine.
struct Parameter<'a> {
    ty: i64,
    /// `i`, `o`, `b`, `v`, `t`.
    mode: &'a str,
    name: Option<Name>,
    default: Option<String>,
}

/// Returns a function, or nothing when no request could call it, and no trigger either: its parameters are of the database's inner
/// types, or of any type.
pub(super) fn routine(row: &RoutineRow, types: &Types<'_>) -> Option<Routine> {
    let parameters = parameters(row);
    let is_trigger = types.is_trigger(row.result);
    let unusable = parameters.iter().any(|it| types.is_pseudo(it.ty))
        || !is_trigger && types.is_pseudo(row.result);
    if unusable {
        return None;
    }
    let is_input = |it: &&Parameter<'_>| matches!(it.mode, "i" | "b" | "v");
    let is_output = |it: &&Parameter<'_>| matches!(it.mode, "o" | "b" | "t");
    let outputs: Vec<(Name, Type)> = parameters
        .iter()
        .filter(is_output)
        .enumerate()
        .map(|(index, it)| {
            let name = it.name.clone();
            let name = name.unwrap_or_else(|| Name::from(format!("column{}", index + 1)));
            (name, types.plain(it.ty))
        })
        .collect();
    let is_table = parameters.iter().any(|it| it.mode == "t");
    let arguments: Vec<Argument> = parameters
        .iter()
        .filter(is_input)
        .map(|it| Argument {
            name: it.name.clone(),
            ty: types.plain(it.ty),
            default: it.default.clone(),
        })
        .collect();
    Some(Routine {
        id: RoutineId {
            name: QualifiedName::new(row.schema.as_str(), row.name.as_str()),
            parameters: arguments
                .iter()
                .map(|argument| argument.ty.clone())
                .collect(),
        },
        arguments,
        variadic: row.variadic,
        result: match is_trigger {
            true => nothing(),
            false => result(row, types, &outputs, is_table),
        },
        outputs,
        is_trigger,
        volatility: match row.volatility.as_str() {
            "i" => Volatility::Immutable,
            "s" => Volatility::Stable,
            _ => Volatility::Volatile,
        },
        strict: row.strict,
        rows: u64::try_from(row.rows)
            .ok()
            .filter(|_| row.set && row.rows != ROWS_STANDARD),
        security_definer: row.security_definer,
        body: body(row),
        search_path: search_path(row),
        comment: row.comment.clone(),
        executors: row.acl.as_deref().map(|acl| {
            let holders = holders(Some(acl), &row.owner, 'X', true);
            holders.into_iter().collect()
        }),
    })
}

fn nothing() -> RoutineResult {
    RoutineResult {
        ty: Type::Void,
        set: false,
        columns: Vec::new(),
    }
}

fn parameters(row: &RoutineRow) -> Vec<Parameter<'_>> {
    let types = row.parameters.as_ref().unwrap_or(&row.arguments);
    let names = row.names.as_deref().unwrap_or_default();
    let modes = row.modes.as_deref().unwrap_or_default();
    let defaults = row.defaults.as_deref().unwrap_or_default();
    let parameter = |(index, ty): (usize, &i64)| Parameter {
        ty: *ty,
        mode: modes.get(index).map_or("i", String::as_str),
        name: names
            .get(index)
            .filter(|name| !name.is_empty())
            .map(|name| Name::from(name.as_str())),
        default: defaults.get(index).cloned().flatten(),
    };
    types.iter().enumerate().map(parameter).collect()
}

/// Returns what the routine returns: rows of its `out` parameters or of the columns of `returns table`, or what is declared.
fn result(
    row: &RoutineRow,
    types: &Types<'_>,
    outputs: &[(Name, Type)],
    is_table: bool,
) -> RoutineResult {
    let declared = match (outputs, is_table) {
        ([], _) => types.plain(row.result),
        ([(_, ty)], false) => {
            return RoutineResult {
                ty: ty.clone(),
                set: row.set,
                columns: Vec::new(),
            };
        }
        (columns, _) => {
            return RoutineResult {
                ty: Type::Record,
                set: row.set,
                columns: columns.to_vec(),
            };
        }
    };
    let columns = match &declared {
        Type::Composite(composite) => composite
            .fields
            .iter()
            .map(|(name, field)| (name.clone(), field.ty.clone()))
            .collect(),
        _ => Vec::new(),
    };
    RoutineResult {
        ty: declared,
        set: row.set,
        columns,
    }
}

/// Returns the body, which PostgreSQL runs: it is kept as text, whatever its language.
fn body(row: &RoutineRow) -> RoutineBody {
    RoutineBody {
        language: Language::Native,
        text: row.body.clone(),
        statements: Vec::new(),
        procedure: None,
    }
}

/// Returns what `set search_path` says, or the schema in which everything is.
fn search_path(row: &RoutineRow) -> Vec<Name> {
    let settings = row.settings.as_deref().unwrap_or_default();
    let path = settings
        .iter()
        .find_map(|setting| setting.strip_prefix("search_path="));
    let Some(path) = path else {
        return vec![Name::from("public")];
    };
    path.split(',')
        .map(|name| name.trim().trim_matches('"'))
        .filter(|name| !name.is_empty())
        .map(Name::from)
        .collect()
}
