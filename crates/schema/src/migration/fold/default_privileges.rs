//! `alter default privileges`: the grants of tables and routines that are yet to be made.

use squawk_syntax::ast;
use underpin_base::{Name, Result};

use super::Fold;
use super::grant::{Direction, Privileges, change_executors};
use super::lookup::roles;
use super::read::missing;
use crate::migration::Operation;

impl Fold {
    /// Folds `alter default privileges`. Without `in schema` it is for the schemas that exist.
    pub(super) fn alter_default_privileges(
        &mut self,
        node: &ast::AlterDefaultPrivileges,
    ) -> Result<()> {
        let schemas = match node.in_schemas() {
            Some(list) => list
                .schema_refs()
                .map(|schema| self.existing_schema(Some(&schema)))
                .collect::<Result<Vec<Name>>>()?,
            None => self
                .catalog
                .schemas
                .keys()
                .filter(|schema| &***schema != "auth")
                .cloned()
                .collect(),
        };
        let (direction, privileges, target, list) = match node.action().ok_or_else(missing)? {
            ast::AlterDefaultPrivilegesAction::GrantDefaultPrivileges(it) => (
                Direction::Grant,
                it.privileges(),
                it.privilege_target(),
                it.role_ref_list(),
            ),
            ast::AlterDefaultPrivilegesAction::RevokeDefaultPrivileges(it) => (
                Direction::Revoke,
                it.privileges(),
                it.privilege_target(),
                it.role_ref_list(),
            ),
        };
        let roles = roles(list.as_ref());
        for role in &roles {
            self.role(role)?;
        }
        let privileges = Privileges::read(privileges.as_ref())?;
        for schema in schemas {
            match target {
                Some(ast::PrivilegeTarget::PrivilegeTargetTables(_)) => {
                    let mut grants = self.default_grants(&schema);
                    privileges.apply(direction, &mut grants, &roles);
                    self.catalog.default_grants.insert(schema, grants);
                }
                Some(
                    ast::PrivilegeTarget::PrivilegeTargetFunctions(_)
                    | ast::PrivilegeTarget::PrivilegeTargetRoutines(_),
                ) => {
                    let mut executors = self.catalog.default_executors.get(&schema).cloned();
                    change_executors(direction, &mut executors, &roles);
                    self.catalog
                        .default_executors
                        .insert(schema, executors.unwrap_or_default());
                }
                // Sequences, types and schemas: nothing that a request could ask for.
                _ => {}
            }
        }
        self.push(Operation::CatalogOnly);
        Ok(())
    }
}
