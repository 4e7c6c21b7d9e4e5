//! `create role`, `alter role`, `drop role`.

use squawk_syntax::ast;
use underpin_base::{Code, Error, Name, Result};
use underpin_sql::grammar;

use super::Fold;
use super::lookup::{role_name, roles};
use super::read::text_of;
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

    /// Folds `alter role … set` and `alter role … reset`; what else it may say means nothing here.
    pub(super) fn alter_role(&mut self, node: &ast::AlterRole) -> Result<()> {
        let text = text_of(node);
        let words: Vec<&str> = text.split_whitespace().collect();
        let place = |word: &str| words.iter().position(|it| it.eq_ignore_ascii_case(word));
        let role = words.get(2).map(|word| Name::from(word.trim_matches('"')));
        let Some(role) = role else {
            return Err(super::read::missing());
        };
        let settings = self.catalog.role_settings.entry(role.clone()).or_default();
        if let Some(place) = place("set") {
            let rest = words.get(place + 1..).unwrap_or_default().join(" ");
            let (name, value) = match rest.split_once('=') {
                Some((name, value)) => (name, value),
                None => match rest.split_once(" to ").or_else(|| rest.split_once(" TO ")) {
                    Some((name, value)) => (name, value),
                    None => (rest.as_str(), ""),
                },
            };
            let value = value.trim().trim_end_matches(';').trim();
            let name = Name::from(name.trim().trim_matches('"').to_lowercase());
            if value.eq_ignore_ascii_case("default") {
                settings.remove(&name);
            } else {
                settings.insert(name, value.trim_matches('\'').to_owned());
            }
        } else if let Some(place) = place("reset") {
            match words.get(place + 1).map(|name| name.trim_end_matches(';')) {
                Some(name) if !name.eq_ignore_ascii_case("all") => {
                    settings.remove(&*name.to_lowercase());
                }
                _ => settings.clear(),
            }
        }
        if settings.is_empty() {
            self.catalog.role_settings.remove(&role);
        }
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
