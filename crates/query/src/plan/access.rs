//! What the caller's role may do: grants on tables and columns, and whether a table without policies is open.

use underpin_base::{Code, Error, Name, QualifiedName, Result};
use underpin_schema::catalog::{Grants, Privilege, Table};

use super::world::{Planner, Source};
use crate::WithoutPolicies;

impl Planner<'_> {
    /// Refuses the caller unless it has `privilege` on at least one column of `source`, and the source is open to it at all.
    ///
    /// # Errors
    /// `42501`, with a hint that names the missing grant or policy.
    pub(super) fn may_use(&self, source: &Source, privilege: Privilege) -> Result<()> {
        if self.is_owner {
            return Ok(());
        }
        let name = source.name();
        let granted = self
            .roles
            .iter()
            .any(|role| grants(source).is_none_or(|it| it.on_any_column(role, privilege)));
        if !granted {
            return Err(self.no_grant(name, privilege));
        }
        match source {
            Source::Table(table) => self.may_pass_row_security(table),
            Source::View(_) | Source::Result(_) => Ok(()),
        }
    }

    /// Refuses the caller unless it has `privilege` on `column` of `source`.
    ///
    /// # Errors
    /// `42501`. PostgreSQL does not say which column it was, so that a hidden one cannot be told from a missing grant.
    pub(super) fn may_use_column(
        &self,
        source: &Source,
        column: &str,
        privilege: Privilege,
    ) -> Result<()> {
        if self.has_column(source, column, privilege) {
            return Ok(());
        }
        Err(self.no_grant(source.name(), privilege))
    }

    /// Tells whether the caller has `privilege` on the whole of `source`, and so on each of its columns.
    pub(super) fn has_all_columns(&self, source: &Source, privilege: Privilege) -> bool {
        self.is_owner
            || self
                .roles
                .iter()
                .any(|role| grants(source).is_none_or(|it| it.on_table(role, privilege)))
    }

    /// Tells whether the caller has `privilege` on `column` of `source`.
    pub(super) fn has_column(&self, source: &Source, column: &str, privilege: Privilege) -> bool {
        self.is_owner
            || self
                .roles
                .iter()
                .any(|role| grants(source).is_none_or(|it| it.on_column(role, column, privilege)))
    }

    /// Refuses a public role on a table whose rows no policy guards, unless the project opened such tables.
    pub(super) fn may_pass_row_security(&self, table: &Table) -> Result<()> {
        let open = self.world.settings.tables_without_policies == WithoutPolicies::Open;
        if table.row_security || self.bypasses || open {
            return Ok(());
        }
        let name = &table.name;
        Err(Error::new(
            Code::PRIVILEGE,
            format!("permission denied for table {}", name.name),
        )
        .hint(format!(
            "{name} has no row level security, so only service_role may use it: run \"alter table {name} enable row \
             level security\" and create policies, or set api.tables_without_policies = \"open\""
        )))
    }

    fn no_grant(&self, name: &QualifiedName, privilege: Privilege) -> Error {
        let kind = if self.world.catalog.views.contains_key(name) {
            "view"
        } else {
            "table"
        };
        let word = word(privilege);
        Error::new(
            Code::PRIVILEGE,
            format!("permission denied for {kind} {}", name.name),
        )
        .hint(format!(
            "Grant the required privileges to the current role with: GRANT {word} ON {name} TO {};",
            self.identity.role
        ))
    }
}

/// Returns what is granted on `source`; nothing for what a routine returned, which belongs to whoever called it.
fn grants(source: &Source) -> Option<&Grants> {
    match source {
        Source::Table(table) => Some(&table.grants),
        Source::View(view) => Some(&view.grants),
        Source::Result(_) => None,
    }
}

fn word(privilege: Privilege) -> &'static str {
    match privilege {
        Privilege::Select => "SELECT",
        Privilege::Insert => "INSERT",
        Privilege::Update => "UPDATE",
        Privilege::Delete => "DELETE",
    }
}

/// Returns the error for a column that a source does not have.
pub(super) fn no_column(source: &Source, column: &str) -> Error {
    let relation: &Name = &source.name().name;
    Error::new(
        Code::UNDEFINED_COLUMN,
        format!("column {relation}.{column} does not exist"),
    )
}
