//! [`Policy`]: a row security policy.

use underpin_base::Name;

use super::Expression;

/// A row security policy. In its expressions the table's row has the table's bare name as its alias.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its name.
    pub name: Name,
    /// Permissive policies are joined by `or`, restrictive ones by `and`.
    pub permissive: bool,
    /// The commands it is for.
    pub command: PolicyCommand,
    /// The roles it is for; empty is everybody (`public`).
    pub roles: Vec<Name>,
    /// Which existing rows are visible to the command.
    pub using: Option<Expression>,
    /// Which new rows are allowed; when absent, `using` is.
    pub check: Option<Expression>,
}

/// The commands that a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are SQL's words")]
pub enum PolicyCommand {
    All,
    Select,
    Insert,
    Update,
    Delete,
}

impl Policy {
    /// Tells whether the policy is for `command` by `role`.
    pub fn applies(&self, command: PolicyCommand, role: &str) -> bool {
        (self.command == PolicyCommand::All || self.command == command)
            && (self.roles.is_empty()
                || self
                    .roles
                    .iter()
                    .any(|named| &**named == role || &**named == "public"))
    }
}
