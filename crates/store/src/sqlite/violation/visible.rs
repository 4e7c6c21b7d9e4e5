//! Who may see a row's values in an error.

use underpin_schema::catalog::{Privilege, Table};

use super::super::write::Execution;

/// Tells whether whoever asks may read `columns` of every row of `table`. PostgreSQL shows no value where row security applies,
/// since the row in question may be one that the caller cannot see.
pub(super) fn may_read(execution: &Execution<'_>, table: &Table, columns: &[&str]) -> bool {
    let role = &*execution.binding.identity.role;
    let bypasses = matches!(role, "service_role" | "postgres" | "supabase_admin")
        || execution
            .schema
            .catalog
            .roles
            .get(role)
            .is_some_and(|role| role.bypass_row_security);
    if table.row_security && !bypasses {
        return false;
    }
    role == "postgres"
        || role == "supabase_admin"
        || columns
            .iter()
            .all(|column| table.grants.on_column(role, column, Privilege::Select))
}

/// Tells whether whoever asks has the right to read the whole of `table`, not some of its columns alone.
pub(super) fn may_read_whole(execution: &Execution<'_>, table: &Table) -> bool {
    let role = &*execution.binding.identity.role;
    matches!(role, "postgres" | "supabase_admin") || table.grants.on_table(role, Privilege::Select)
}
