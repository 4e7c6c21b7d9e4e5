//! `create policy`, `alter policy`, `drop policy`.

use squawk_syntax::ast;
use underpin_base::{Code, Error, Name, Result};
use underpin_sql::grammar;

use super::Fold;
use super::lookup::{path_of, roles};
use super::read::{missing, text_of};
use crate::catalog::{Policy, PolicyCommand, Table};
use crate::migration::{Defined, Operation};

impl Fold {
    /// Folds `create policy`.
    pub(super) fn create_policy(&mut self, node: &ast::CreatePolicy) -> Result<()> {
        let target = node.on_table().and_then(|on| on.table_name_ref());
        let table = self.own_table(target.as_ref())?;
        let name = grammar::name(node.policy().as_ref())?;
        if table.policies.iter().any(|policy| policy.name == name) {
            return Err(already_exists(&table, &name));
        }
        let command = match node.policy_command().and_then(|it| it.command()) {
            Some(ast::PolicyCommandKind::PolicyCommandSelect(_)) => PolicyCommand::Select,
            Some(ast::PolicyCommandKind::PolicyCommandInsert(_)) => PolicyCommand::Insert,
            Some(ast::PolicyCommandKind::PolicyCommandUpdate(_)) => PolicyCommand::Update,
            Some(ast::PolicyCommandKind::PolicyCommandDelete(_)) => PolicyCommand::Delete,
            Some(ast::PolicyCommandKind::PolicyCommandAll(_)) | None => PolicyCommand::All,
        };
        let permissive = match node.as_policy_type().and_then(|it| it.ident_token()) {
            None => true,
            Some(token) => match token.text().to_ascii_lowercase().as_str() {
                "permissive" => true,
                "restrictive" => false,
                other => {
                    return Err(Error::new(
                        Code::SYNTAX,
                        format!("unrecognized row security option \"{other}\""),
                    )
                    .hint("Only PERMISSIVE or RESTRICTIVE policies are supported currently."));
                }
            },
        };
        let mut policy = Policy {
            name,
            permissive,
            command,
            roles: Vec::new(),
            using: None,
            check: None,
        };
        self.set_policy(
            &table,
            &mut policy,
            node.policy_roles(),
            node.using_expr_clause(),
            node.with_check_expr_clause(),
        )?;
        let mut after = Table::clone(&table);
        after.policies.push(policy);
        after
            .policies
            .sort_by(|first, second| first.name.cmp(&second.name));
        self.set_table(after);
        self.push(Operation::Define(Defined::Policies(table.name.clone())));
        Ok(())
    }

    /// Sets the parts of a policy that were written.
    fn set_policy(
        &self,
        table: &Table,
        policy: &mut Policy,
        to: Option<ast::PolicyRoles>,
        using: Option<ast::UsingExprClause>,
        check: Option<ast::WithCheckExprClause>,
    ) -> Result<()> {
        if using.is_some() && policy.command == PolicyCommand::Insert {
            return Err(Error::new(
                Code::SYNTAX,
                "only WITH CHECK expression allowed for INSERT",
            ));
        }
        if check.is_some()
            && matches!(
                policy.command,
                PolicyCommand::Select | PolicyCommand::Delete
            )
        {
            return Err(Error::new(
                Code::SYNTAX,
                "WITH CHECK cannot be applied to SELECT or DELETE",
            ));
        }
        if let Some(to) = to {
            policy.roles = roles(to.role_ref_list().as_ref());
            for role in &policy.roles {
                self.role(role)?;
            }
            if policy.roles.iter().any(|role| &**role == "public") {
                policy.roles.clear();
            }
        }
        if let Some(using) = using {
            policy.using = Some(self.condition(table, using.expr().as_ref(), "POLICY")?);
        }
        if let Some(check) = check {
            policy.check = Some(self.condition(table, check.expr().as_ref(), "POLICY")?);
        }
        Ok(())
    }

    /// Folds `alter policy`.
    pub(super) fn alter_policy(&mut self, node: &ast::AlterPolicy) -> Result<()> {
        let target = node.on_table().and_then(|on| on.table_name_ref());
        let table = self.own_table(target.as_ref())?;
        let name = grammar::name(node.policy_ref().as_ref())?;
        let position = position(&table, &name)?;
        let mut after = Table::clone(&table);
        match node.action().ok_or_else(missing)? {
            ast::AlterPolicyAction::PolicyRenameTo(rename) => {
                let to = grammar::name(rename.policy().as_ref())?;
                if table.policies.iter().any(|policy| policy.name == to) {
                    return Err(already_exists(&table, &to));
                }
                if let Some(policy) = after.policies.get_mut(position) {
                    policy.name = to;
                }
                after
                    .policies
                    .sort_by(|first, second| first.name.cmp(&second.name));
            }
            ast::AlterPolicyAction::AlterPolicyTo(change) => {
                if let Some(policy) = after.policies.get_mut(position) {
                    self.set_policy(
                        &table,
                        policy,
                        change.policy_roles(),
                        change.using_expr_clause(),
                        change.with_check_expr_clause(),
                    )?;
                }
            }
        }
        self.set_table(after);
        self.push(Operation::Define(Defined::Policies(table.name.clone())));
        Ok(())
    }

    /// Folds `drop policy`.
    pub(super) fn drop_policy(&mut self, node: &ast::DropPolicy) -> Result<()> {
        let target = node.on_table().and_then(|on| on.table_name_ref());
        let path = path_of(target.as_ref())?;
        let name = grammar::name(node.policy_ref().as_ref())?;
        let allowed = node.if_exists().is_some();
        if allowed
            && self
                .search()
                .table(path.schema.as_deref(), &path.name)
                .is_none()
        {
            return self.absent("relation", &path, true);
        }
        let table = self.own_table(target.as_ref())?;
        match position(&table, &name) {
            Ok(position) => {
                let mut after = Table::clone(&table);
                after.policies.remove(position);
                self.set_table(after);
            }
            Err(_) if allowed => self.note(format!(
                "policy \"{name}\" for relation \"{}\" does not exist, skipping",
                text_of(&target.ok_or_else(missing)?)
            )),
            Err(error) => return Err(error),
        }
        self.push(Operation::CatalogOnly);
        Ok(())
    }
}

fn position(table: &Table, name: &Name) -> Result<usize> {
    table
        .policies
        .iter()
        .position(|policy| policy.name == *name)
        .ok_or_else(|| {
            Error::new(
                Code::UNDEFINED_OBJECT,
                format!(
                    "policy \"{name}\" for table \"{}\" does not exist",
                    table.name.name
                ),
            )
        })
}

fn already_exists(table: &Table, name: &Name) -> Error {
    Error::new(
        Code::DUPLICATE_OBJECT,
        format!(
            "policy \"{name}\" for table \"{}\" already exists",
            table.name.name
        ),
    )
}
