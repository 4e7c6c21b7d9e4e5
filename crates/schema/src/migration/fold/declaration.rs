//! [`declare`]: a file that says something about a database and changes nothing in it: rules, grants, roles, functions that help them, and
//! relationships that the database has no foreign key for.

use squawk_syntax::ast::{self, Stmt};
use underpin_base::{Error, Result};
use underpin_sql::grammar;

use super::{Fold, STATEMENTS_MAX, refused};
use crate::catalog::Catalog;
use crate::migration::{Defined, File, Operation};

/// Folds what `file` declares into `catalog`.
///
/// # Errors
/// PostgreSQL's own, and `migration_refused` for a statement that would change the database; each with file and line.
pub fn declare(catalog: &Catalog, file: &File) -> Result<Catalog> {
    let statements = grammar::parse(&file.text).map_err(|error| error.at(&file.path, 1))?;
    if statements.len() > STATEMENTS_MAX {
        let message = format!("the file has more than {STATEMENTS_MAX} statements");
        return Err(refused(message, "Split it.").at(&file.path, 1));
    }
    let mut fold = Fold::new(catalog.clone(), false);
    for parsed in &statements {
        fold.line = parsed.line;
        let steps = fold.steps.len();
        is_declaration(&parsed.statement)
            .and_then(|()| fold.statement(parsed))
            .and_then(|()| fold.defines_queries(steps))
            .map_err(|error| error.at(&file.path, parsed.line))?;
    }
    Ok(fold.catalog)
}

/// Refuses a statement that is more than a declaration.
fn is_declaration(statement: &Stmt) -> Result<()> {
    match statement {
        Stmt::CreatePolicy(_)
        | Stmt::AlterPolicy(_)
        | Stmt::DropPolicy(_)
        | Stmt::Grant(_)
        | Stmt::Revoke(_)
        | Stmt::CreateFunction(_)
        | Stmt::CreateRole(_)
        | Stmt::AlterRole(_)
        | Stmt::Set(_)
        | Stmt::Begin(_)
        | Stmt::Commit(_) => Ok(()),
        Stmt::AlterTable(node) => node.actions().try_for_each(|action| is_rule(&action)),
        _ => Err(changes()),
    }
}

/// Refuses a part of `alter table` but for switching rules on or off, and relationships.
fn is_rule(action: &ast::AlterTableAction) -> Result<()> {
    use ast::AlterTableAction as Action;
    match action {
        Action::EnableRls(_)
        | Action::DisableRls(_)
        | Action::ForceRls(_)
        | Action::NoForceRls(_) => Ok(()),
        Action::AddConstraint(node)
            if matches!(
                node.constraint(),
                Some(ast::Constraint::ForeignKeyConstraint(_))
            ) =>
        {
            Ok(())
        }
        _ => Err(changes()),
    }
}

fn changes() -> Error {
    refused(
        "the statement would change the database, which is not the project's to change",
        "Here stand `alter table … enable row level security`, `create policy`, `grant`, `revoke`, `create role`, `create function … language \
         sql`, and `alter table … add foreign key … not valid` for a relationship. Change the database itself with the tools that it \
         belongs to.",
    )
}

impl Fold {
    /// Refuses a function among the steps from `first` on that is more than a query: the database does not have it.
    fn defines_queries(&self, first: usize) -> Result<()> {
        for step in self.steps.iter().skip(first) {
            let Operation::Define(Defined::Routine(id)) = &step.operation else {
                continue;
            };
            let overloads = self.catalog.routines.get(&id.name);
            let is_query = overloads
                .into_iter()
                .flatten()
                .any(|routine| routine.id == *id && routine.is_query());
            if !is_query {
                return Err(refused(
                    format!("function \"{}\" is more than one query", id.name.name),
                    "Write it as one `select` in `language sql`: it becomes part of the statements that call it.",
                ));
            }
        }
        Ok(())
    }
}
