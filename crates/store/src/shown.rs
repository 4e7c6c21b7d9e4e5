//! What an error may show of rows. The database shows whoever connects the values of a row that breaks a constraint; whoever asks may
//! not be allowed to see them. PostgreSQL shows nothing to a role for which row security applies, and no column that it may not read.

use underpin_base::{Code, Error, Identity};
use underpin_query::plan::{Action, Plan};
use underpin_schema::catalog::{Catalog, Privilege, Table};

/// The class of the SQLSTATEs of constraints.
const CONSTRAINTS: &str = "23";

/// Returns `error` without the values of a row, unless the one who asks may read them all; and with a word to whoever operates the
/// database when it is that which refuses, not the rules.
pub(crate) fn shown(error: Error, catalog: &Catalog, plan: &Plan) -> Error {
    if *error.code() == Code::PRIVILEGE
        && error.get_hint().is_none()
        && error.message().starts_with("permission denied for ")
    {
        return error.hint("The role of database.url lacks this right: grant it in the database.");
    }
    let is_about_row = error.code().as_str().starts_with(CONSTRAINTS);
    if !is_about_row || error.get_details().is_none() || bypasses(catalog, plan.identity()) {
        return error;
    }
    let may_read = match plan.action() {
        Action::Write(write) => {
            concerns(&write.table, error.message()) && may_read(&write.table, plan.identity())
        }
        Action::Read(_) | Action::Call(_) => false,
    };
    if may_read {
        return error;
    }
    let bare = Error::new(error.code().clone(), error.message());
    match error.get_hint() {
        Some(hint) => bare.hint(hint),
        None => bare,
    }
}

fn bypasses(catalog: &Catalog, identity: &Identity) -> bool {
    let role = catalog.roles.get(&identity.role);
    &*identity.role == "service_role" || role.is_some_and(|role| role.bypass_row_security)
}

fn may_read(table: &Table, identity: &Identity) -> bool {
    !table.row_security && table.grants.on_table(&identity.role, Privilege::Select)
}

/// Tells whether a message names `table` or a constraint of it: a trigger may have written elsewhere.
fn concerns(table: &Table, message: &str) -> bool {
    let keys = table.primary_key.iter().chain(&table.uniques);
    let names = std::iter::once(&table.name.name)
        .chain(keys.map(|key| &key.name))
        .chain(table.indexes.iter().map(|index| &index.name));
    let mut quoted = names.map(|name| format!("\"{name}\""));
    quoted.any(|name| message.contains(&name))
}
