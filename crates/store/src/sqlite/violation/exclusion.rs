//! A row that an exclusion constraint does not let stand beside another.

use underpin_base::{Code, Error};
use underpin_schema::catalog::Table;
use underpin_sql::tree::ExprKind;

use super::super::functions::Conflict;
use super::super::write::Execution;
use super::may_read;

/// Returns PostgreSQL's error; the keys are shown to those who may read their columns.
pub(super) fn describe(execution: &Execution<'_>, table: &Table, conflict: &Conflict) -> Error {
    let Conflict {
        constraint,
        new,
        existing,
    } = conflict;
    let error = Error::new(
        Code::EXCLUSION,
        format!("conflicting key value violates exclusion constraint \"{constraint}\""),
    );
    let mut columns = Vec::new();
    let mut keys = Vec::new();
    for key in table
        .exclusion(constraint)
        .into_iter()
        .flat_map(|it| &it.keys)
    {
        keys.push(key.shown());
        key.expression.expr.any_part(&mut |part| {
            if let ExprKind::Column { name, .. } = &part.kind {
                columns.push(name.clone());
            }
            false
        });
    }
    let columns: Vec<&str> = columns.iter().map(|name| &**name).collect();
    if !may_read(execution, table, &columns) {
        return error.details("Key conflicts with existing key.");
    }
    let keys = keys.join(", ");
    error.details(format!(
        "Key ({keys})=({new}) conflicts with existing key ({keys})=({existing})."
    ))
}
