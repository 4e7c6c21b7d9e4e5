//! The remedy that the database does not tell: which grant a role lacks on what a view of the caller's rights reads.

use underpin_base::{Code, Error, Identity};
use underpin_query::plan::{Action, Change, Plan};
use underpin_schema::catalog::{Catalog, Privilege, Table};

/// Returns `error` with the grant that is missing when it is the right to a table.
pub(super) fn with_grant(error: Error, catalog: &Catalog, plan: &Plan) -> Error {
    if *error.code() != Code::PRIVILEGE || error.get_hint().is_some() {
        return error;
    }
    let table = error
        .message()
        .strip_prefix("permission denied for table ")
        .and_then(|name| find(catalog, name));
    let Some(table) = table else {
        return error;
    };
    let missing = needed(plan)
        .iter()
        .find(|(privilege, _)| !table.grants.on_table(&plan.identity().role, *privilege));
    match missing {
        Some((_, word)) => error.hint(grant(word, table, plan.identity())),
        None => error,
    }
}

/// The table of a name that stands without its schema, when there is one alone.
fn find<'c>(catalog: &'c Catalog, name: &str) -> Option<&'c Table> {
    let mut found = catalog
        .tables
        .values()
        .filter(|table| &*table.name.name == name);
    let first = found.next()?;
    found.next().is_none().then_some(&**first)
}

/// The privileges that a plan needs of what it names.
fn needed(plan: &Plan) -> &'static [(Privilege, &'static str)] {
    const SELECT: (Privilege, &str) = (Privilege::Select, "SELECT");
    const INSERT: (Privilege, &str) = (Privilege::Insert, "INSERT");
    const UPDATE: (Privilege, &str) = (Privilege::Update, "UPDATE");
    const DELETE: (Privilege, &str) = (Privilege::Delete, "DELETE");
    match plan.action() {
        Action::Read(_) | Action::Call(_) => &[SELECT],
        Action::Write(write) => match (&write.change, write.returning.is_some()) {
            (Change::Insert(_), true) => &[SELECT, INSERT],
            (Change::Insert(_), false) => &[INSERT],
            (Change::Update(_), _) => &[SELECT, UPDATE],
            (Change::Delete(_), _) => &[SELECT, DELETE],
        },
    }
}

fn grant(word: &str, table: &Table, identity: &Identity) -> String {
    format!(
        "Grant the required privileges to the current role with: GRANT {word} ON {} TO {};",
        table.name, identity.role
    )
}
