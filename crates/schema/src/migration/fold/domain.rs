//! `create domain`, `alter domain`.

use std::sync::Arc;

use squawk_syntax::ast;
use underpin_base::{Code, Error, Name, Result};
use underpin_sql::grammar::{self, Scope};
use underpin_sql::infer;

use super::constraint_name::joined;
use super::lookup::path_of;
use super::read::{missing, text_of};
use super::{Fold, refused};
use crate::catalog::{Check, Domain, Expression, Table};
use crate::migration::Operation;

impl Fold {
    /// Folds `create domain`.
    pub(super) fn create_domain(&mut self, node: &ast::CreateDomain) -> Result<()> {
        let path = grammar::path(node.domain().and_then(|name| name.path()).as_ref())?;
        let name = self.new_name(&path)?;
        self.free_type(&name)?;
        let base = self.column_type(node.ty().as_ref())?;
        let mut domain = Domain {
            name: name.clone(),
            base: base.column,
            not_null: false,
            default: None,
            checks: Vec::new(),
        };
        if let Some(inner) = base.domain.and_then(|name| self.catalog.domains.get(&name)) {
            domain.not_null = inner.not_null;
            domain.default.clone_from(&inner.default);
            domain.checks.clone_from(&inner.checks);
        }
        for qualifier in node.domain_qualifiers() {
            if let ast::DomainQualifier::Constraint(constraint) = qualifier {
                self.domain_constraint(&mut domain, &constraint)?;
            }
        }
        self.catalog.domains.insert(name, Arc::new(domain));
        self.push(Operation::CatalogOnly);
        Ok(())
    }

    fn domain_constraint(&self, domain: &mut Domain, constraint: &ast::Constraint) -> Result<()> {
        match constraint {
            ast::Constraint::NotNullConstraint(_) => domain.not_null = true,
            ast::Constraint::NullConstraint(_) => domain.not_null = false,
            ast::Constraint::DefaultConstraint(node) => {
                let expression = self.default_expression(node.expr().as_ref(), &domain.base)?;
                domain.default = Some(expression.text);
            }
            ast::Constraint::CheckConstraint(node) => {
                let given = match constraint.constraint_name() {
                    Some(name) => grammar::name(Some(&name))?,
                    None => free_check_name(domain),
                };
                if domain.checks.iter().any(|check| check.name == given) {
                    return Err(Error::new(
                        Code::DUPLICATE_OBJECT,
                        format!(
                            "constraint \"{given}\" for domain \"{}\" already exists",
                            domain.name.name
                        ),
                    ));
                }
                let expr = node.expr().ok_or_else(missing)?;
                let scope = Scope::relation(
                    Name::from(""),
                    vec![(Name::from("value"), domain.base.clone())],
                );
                let condition = grammar::expression(&expr, &scope, &self.search())?;
                domain.checks.push(Check {
                    name: given,
                    expression: Expression {
                        text: text_of(&expr),
                        expr: infer::condition(condition, "CHECK")?,
                    },
                    domain: Some(domain.name.clone()),
                });
            }
            _ => {
                return Err(Error::new(
                    Code::SYNTAX,
                    "this constraint is not possible for domains",
                ));
            }
        }
        Ok(())
    }

    /// Folds `alter domain`: the tables that have it follow.
    pub(super) fn alter_domain(&mut self, node: &ast::AlterDomain) -> Result<()> {
        use ast::AlterDomainAction as Action;
        let path = path_of(node.domain_ref().as_ref())?;
        let name = self
            .search()
            .find(path.schema.as_deref(), &path.name, |catalog, name| {
                catalog.domains.contains_key(name)
            })
            .ok_or_else(|| {
                Error::new(
                    Code::UNDEFINED_OBJECT,
                    format!("type \"{path}\" does not exist"),
                )
            })?;
        self.refuse_platform(&name)?;
        let Some(before) = self.catalog.domains.get(&name).cloned() else {
            return Err(missing());
        };
        let mut domain = Domain::clone(&before);
        match node.action().ok_or_else(missing)? {
            Action::SetNotNull(_) => domain.not_null = true,
            Action::DropNotNull(_) => domain.not_null = false,
            Action::SetDefault(set) => {
                let expression = self.default_expression(set.expr().as_ref(), &domain.base)?;
                domain.default = Some(expression.text);
            }
            Action::DropDefault(_) => domain.default = None,
            Action::AddConstraint(add) => {
                let constraint = add.constraint().ok_or_else(missing)?;
                self.domain_constraint(&mut domain, &constraint)?;
            }
            Action::DropConstraint(drop) => {
                let check = path_of(drop.constraint_name_ref().as_ref())?.name;
                let count = domain.checks.len();
                domain.checks.retain(|it| it.name != check);
                if domain.checks.len() == count && drop.if_exists().is_none() {
                    return Err(no_constraint(&domain, &check));
                }
            }
            Action::RenameConstraint(rename) => {
                let from = path_of(rename.constraint_name_ref().as_ref())?.name;
                let to = grammar::name(rename.constraint_name().as_ref())?;
                let error = no_constraint(&domain, &from);
                let check = domain.checks.iter_mut().find(|it| it.name == from);
                check.ok_or(error)?.name = to;
            }
            Action::DomainRenameTo(_) | Action::SetSchema(_) => {
                return Err(refused(
                    "a domain cannot be renamed or moved",
                    "Make a new domain, and alter the columns to it.",
                ));
            }
            Action::ValidateConstraint(_) | Action::OwnerTo(_) => {}
        }
        self.set_domain(domain, before.not_null)
    }

    /// Puts a changed domain into the catalog and into the tables that have it.
    fn set_domain(&mut self, domain: Domain, was_not_null: bool) -> Result<()> {
        let name = domain.name.clone();
        let not_null = domain.not_null;
        self.catalog.domains.insert(name.clone(), Arc::new(domain));
        let tables: Vec<Arc<Table>> = self
            .catalog
            .tables
            .values()
            .filter(|table| {
                table
                    .columns
                    .iter()
                    .any(|column| column.domain.as_ref() == Some(&name))
            })
            .cloned()
            .collect();
        for table in tables {
            self.alter(table, |fold, alteration| {
                let after = &mut alteration.after;
                after.checks.retain(|it| it.domain.as_ref() != Some(&name));
                let mut checks = Vec::new();
                for column in &mut after.columns {
                    if column.domain.as_ref() == Some(&name) && not_null != was_not_null {
                        column.not_null = not_null;
                    }
                }
                for column in &after.columns {
                    if column.domain.as_ref() == Some(&name) {
                        checks.extend(fold.domain_checks(after, column));
                    }
                }
                after.checks.extend(checks);
                alteration.rebuild = true;
                Ok(())
            })?;
        }
        self.push(Operation::CatalogOnly);
        Ok(())
    }
}

fn free_check_name(domain: &Domain) -> Name {
    let mut count = 0;
    loop {
        let label = match count {
            0 => "check".to_owned(),
            _ => format!("check{count}"),
        };
        let name = joined(&domain.name.name, "", &label);
        if !domain.checks.iter().any(|check| *check.name == *name) {
            return Name::from(name);
        }
        count += 1;
    }
}

fn no_constraint(domain: &Domain, name: &str) -> Error {
    Error::new(
        Code::UNDEFINED_OBJECT,
        format!(
            "constraint \"{name}\" of domain \"{}\" does not exist",
            domain.name.name
        ),
    )
}
