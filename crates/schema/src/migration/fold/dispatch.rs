//! Which function folds which statement, and what is said of those that none does.

use squawk_syntax::ast::Stmt;
use underpin_base::{Error, Result};
use underpin_sql::grammar::Parsed;

use super::{Fold, refused};
use crate::migration::Operation;

impl Fold {
    /// Folds one statement.
    pub(super) fn statement(&mut self, parsed: &Parsed) -> Result<()> {
        match &parsed.statement {
            Stmt::CreateTable(node) => self.create_table(node),
            Stmt::CreateTableAs(node) => self.create_table_as(node),
            Stmt::AlterTable(node) => self.alter_table(node),
            Stmt::DropTable(node) => self.drop_table(node),
            Stmt::Truncate(node) => self.truncate(node),
            Stmt::CreateView(node) => self.create_view(node),
            Stmt::AlterView(node) => self.alter_view(node),
            Stmt::DropView(node) => self.drop_view(node),
            Stmt::CreateIndex(node) => self.create_index(node),
            Stmt::AlterIndex(node) => self.alter_index(node),
            Stmt::DropIndex(node) => self.drop_index(node),
            Stmt::CreateType(node) => self.create_type(node),
            Stmt::AlterType(node) => self.alter_type(node),
            Stmt::DropType(node) => self.drop_type(node),
            Stmt::CreateDomain(node) => self.create_domain(node),
            Stmt::AlterDomain(node) => self.alter_domain(node),
            Stmt::DropDomain(node) => self.drop_domain(node),
            Stmt::CreateFunction(node) => self.create_function(node),
            Stmt::AlterFunction(node) => self.alter_function(node),
            Stmt::DropFunction(node) => self.drop_function(node),
            Stmt::DropRoutine(node) => self.drop_routines(node),
            Stmt::CreateTrigger(node) => self.create_trigger(node),
            Stmt::AlterTrigger(node) => self.alter_trigger(node),
            Stmt::DropTrigger(node) => self.drop_trigger(node),
            Stmt::CreatePolicy(node) => self.create_policy(node),
            Stmt::AlterPolicy(node) => self.alter_policy(node),
            Stmt::DropPolicy(node) => self.drop_policy(node),
            Stmt::Grant(node) => self.grant(node),
            Stmt::Revoke(node) => self.revoke(node),
            Stmt::AlterDefaultPrivileges(node) => self.alter_default_privileges(node),
            Stmt::CreateSchema(node) => self.create_schema(node),
            Stmt::AlterSchema(node) => self.alter_schema(node),
            Stmt::DropSchema(node) => self.drop_schema(node),
            Stmt::CreateSequence(node) => self.create_sequence(node),
            Stmt::AlterSequence(node) => self.alter_sequence(node),
            Stmt::DropSequence(node) => self.drop_sequence(node),
            Stmt::CreateExtension(node) => self.create_extension(node),
            Stmt::DropExtension(node) => self.drop_extension(node),
            Stmt::CommentOn(node) => self.comment(node),
            Stmt::Set(node) => self.set(node),
            Stmt::Do(node) => self.block(node),
            Stmt::Select(node) if self.select_for_effect(node) => Ok(()),
            Stmt::Select(_)
            | Stmt::CompoundSelect(_)
            | Stmt::ParenSelect(_)
            | Stmt::Values(_)
            | Stmt::Table(_)
            | Stmt::Insert(_)
            | Stmt::Update(_)
            | Stmt::Delete(_) => self.write(&parsed.statement),
            other => self.role_or_other(other),
        }
    }

    fn role_or_other(&mut self, statement: &Stmt) -> Result<()> {
        match statement {
            Stmt::CreateRole(node) => {
                self.create_role(node.role().as_ref(), node.role_option_list().as_ref())
            }
            Stmt::CreateUser(node) => {
                self.create_role(node.role().as_ref(), node.role_option_list().as_ref())
            }
            Stmt::CreateGroup(node) => {
                self.create_role(node.role().as_ref(), node.role_option_list().as_ref())
            }
            Stmt::AlterRole(node) => self.alter_role(node),
            Stmt::DropRole(node) => self.drop_role(node.role_refs(), node.if_exists().is_some()),
            Stmt::DropUser(node) => self.drop_role(node.role_refs(), node.if_exists().is_some()),
            Stmt::DropGroup(node) => self.drop_role(node.role_refs(), node.if_exists().is_some()),
            Stmt::Rollback(_) | Stmt::PrepareTransaction(_) => Err(refused(
                "a migration cannot roll itself back",
                "Leave the statement out: a file whose statement fails changes nothing.",
            )),
            statement if has_no_effect(statement) => {
                self.push(Operation::Nothing);
                Ok(())
            }
            statement => Err(not_supported(statement)),
        }
    }
}

/// Tells whether a statement means nothing here: the file is one transaction of the engine, with no owners, publications or statistics.
fn has_no_effect(statement: &Stmt) -> bool {
    matches!(
        statement,
        Stmt::Begin(_)
            | Stmt::Commit(_)
            | Stmt::SavepointCreate(_)
            | Stmt::ReleaseSavepoint(_)
            | Stmt::Notify(_)
            | Stmt::Listen(_)
            | Stmt::Unlisten(_)
            | Stmt::Analyze(_)
            | Stmt::Vacuum(_)
            | Stmt::Reindex(_)
            | Stmt::Cluster(_)
            | Stmt::Checkpoint(_)
            | Stmt::Lock(_)
            | Stmt::Reset(_)
            | Stmt::SetRole(_)
            | Stmt::ResetRole(_)
            | Stmt::SetSessionAuth(_)
            | Stmt::ResetSessionAuth(_)
            | Stmt::SetTransaction(_)
            | Stmt::SetConstraints(_)
            | Stmt::Discard(_)
            | Stmt::Show(_)
            | Stmt::CreatePublication(_)
            | Stmt::AlterPublication(_)
            | Stmt::DropPublication(_)
            | Stmt::AlterUser(_)
            | Stmt::AlterGroup(_)
            | Stmt::AlterDatabase(_)
            | Stmt::AlterExtension(_)
            | Stmt::Reassign(_)
            | Stmt::SecurityLabel(_)
            | Stmt::CreateStatistics(_)
            | Stmt::AlterStatistics(_)
            | Stmt::DropStatistics(_)
    ) || is_absent(statement)
}

/// Tells whether a statement removes what cannot be there, and allows that it is not: `drop rule if exists`.
fn is_absent(statement: &Stmt) -> bool {
    match statement {
        Stmt::DropMaterializedView(node) => node.if_exists().is_some(),
        Stmt::DropEventTrigger(node) => node.if_exists().is_some(),
        Stmt::DropProcedure(node) => node.if_exists().is_some(),
        Stmt::DropAggregate(node) => node.if_exists().is_some(),
        Stmt::DropRule(node) => node.if_exists().is_some(),
        _ => false,
    }
}

/// Returns the refusal of a statement of a kind that cannot be translated.
fn not_supported(statement: &Stmt) -> Error {
    let (what, way_out) = match statement {
        Stmt::CreateEventTrigger(_) | Stmt::AlterEventTrigger(_) => {
            ("event triggers are not supported", "Leave it out.")
        }
        Stmt::CreateMaterializedView(_) | Stmt::AlterMaterializedView(_) | Stmt::Refresh(_) => (
            "materialized views are not supported",
            "Use a view, or a table that the application fills.",
        ),
        Stmt::CreateProcedure(_) | Stmt::AlterProcedure(_) | Stmt::Call(_) => {
            ("procedures are not supported", "Write a function.")
        }
        Stmt::CreateAggregate(_) | Stmt::CreateOperator(_) | Stmt::CreateCast(_) => (
            "aggregates, operators and casts of your own are not supported",
            "Use PostgreSQL's own, or a function in `language sql`.",
        ),
        Stmt::CreateRule(_) => (
            "rules are not supported",
            "Use a view or a function in `language sql`.",
        ),
        Stmt::CreateForeignTable(_)
        | Stmt::CreateServer(_)
        | Stmt::CreateForeignDataWrapper(_)
        | Stmt::CreateUserMapping(_)
        | Stmt::ImportForeignSchema(_) => (
            "foreign tables are not supported",
            "Copy the data into a table.",
        ),
        Stmt::Copy(_) => (
            "`copy` is not supported",
            "Write the rows with `insert into … values`.",
        ),
        Stmt::Merge(_) => (
            "`merge` is not supported",
            "Write `insert … on conflict`, `update` and `delete`.",
        ),
        Stmt::SelectInto(_) => (
            "`select … into` is not supported",
            "Write `create table … as select …`.",
        ),
        Stmt::CreateTextSearchConfiguration(_)
        | Stmt::CreateTextSearchDictionary(_)
        | Stmt::CreateTextSearchParser(_)
        | Stmt::CreateTextSearchTemplate(_) => (
            "text search configurations are not supported",
            "Leave it out.",
        ),
        Stmt::CreateCollation(_) => (
            "collations of your own are not supported",
            "Use citext for text without case.",
        ),
        _ => ("the statement is not supported", "Leave it out."),
    };
    refused(what, way_out)
}
