//! `create role`, `drop role`.

use squawk_syntax::ast;
use underpin_base::{Code, Error, Result};
use underpin_sql::grammar;

use super::Fold;
use super::lookup::{role_name, roles};
use crate::catalog::Role;
use crate::migration::Operation;

impl Fold {
    /// Folds `create role`, `create user` and `create group`. Passwords and logins mean nothing here.
    pub(super) fn create_role(
        &mut self,
        role: Option<&ast::Role>,
        options: Option<&ast::RoleOptionList>,
    ) -> Result<()> {
        let name = grammar::name(role)?;
        if self.role(&name).is_ok() {
            return Err(Error::new(
                Code::DUPLICATE_OBJECT,
                format!("role \"{name}\" already exists"),
            ));
        }
        let mut role = Role::default();
        for option in options
            .into_iter()
            .flat_map(ast::RoleOptionList::role_options)
        {
            match option {
                ast::RoleOption::RoleOptionGeneric(it) => {
                    let word = it
                        .ident_token()
                        .map(|token| token.text().to_ascii_lowercase());
                    match word.as_deref() {
                        Some("bypassrls") => role.bypass_row_security = true,
                        Some("nobypassrls") => role.bypass_row_security = false,
                        _ => {}
                    }
                }
                ast::RoleOption::RoleOptionInRole(it) => {
                    role.member_of.extend(roles(it.role_ref_list().as_ref()));
                }
                ast::RoleOption::RoleOptionInGroup(it) => {
                    role.member_of.extend(roles(it.role_ref_list().as_ref()));
                }
                _ => {}
            }
        }
        for group in &role.member_of {
            self.role(group)?;
        }
        self.catalog.roles.insert(name, role);
        self.push(Operation::CatalogOnly);
        Ok(())
    }

    /// Folds `drop role`.
    pub(super) fn drop_role(
        &mut self,
        refs: impl Iterator<Item = ast::RoleRef>,
        if_exists: bool,
    ) -> Result<()> {
        for role in refs {
            let Some(name) = role_name(&role) else {
                continue;
            };
            if self.catalog.roles.remove(&name).is_none() && !if_exists {
                return Err(Error::new(
                    Code::UNDEFINED_OBJECT,
                    format!("role \"{name}\" does not exist"),
                ));
            }
        }
        self.push(Operation::CatalogOnly);
        Ok(())
    }
}
