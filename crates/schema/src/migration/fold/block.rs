//! `do $$ … $$`: the ways to write "unless it is there already", and blocks in PL/pgSQL that read and write rows.
//!
//! Two forms of the first are understood: statements with `exception when duplicate_object then null`, and `if not exists (select … from pg_type
//! where typname = '…') then … end if` over the catalogs of the table below.

use std::sync::Arc;

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Error, Name, Result};
use underpin_sql::grammar::{self, Parsed};
use underpin_sql::plpgsql::{self, Subject};
use underpin_sql::tree::{Expr, Output, Select, Simple, Statement};
use underpin_sql::types::Type;

use super::read::{relocated, string, text_of};
use super::{Fold, refused};
use crate::migration::Operation;

/// The conditions of PostgreSQL that a handler may name, and their codes.
const CONDITIONS: [(&str, &str); 11] = [
    ("duplicate_object", "42710"),
    ("duplicate_table", "42P07"),
    ("duplicate_column", "42701"),
    ("duplicate_function", "42723"),
    ("duplicate_schema", "42P06"),
    ("duplicate_alias", "42712"),
    ("unique_violation", "23505"),
    ("undefined_object", "42704"),
    ("undefined_table", "42P01"),
    ("undefined_column", "42703"),
    ("undefined_function", "42883"),
];

const NOT_UNDERSTOOD: &str =
    "the `do` block neither makes something unless it is there nor only reads and writes rows";

fn not_understood() -> Error {
    refused(
        NOT_UNDERSTOOD,
        "Write the statements themselves, with `if not exists` where it is wanted.",
    )
}

impl Fold {
    /// Folds `do`: a block that makes what is missing, or one that reads and writes rows.
    pub(super) fn block(&mut self, node: &ast::Do) -> Result<()> {
        let before = (self.catalog.clone(), self.steps.len(), self.notes.len());
        let first = self.line;
        match self.making_block(node) {
            Err(error) if error.message() == NOT_UNDERSTOOD => {
                self.catalog = before.0;
                self.steps.truncate(before.1);
                self.notes.truncate(before.2);
                self.line = first;
                self.procedure_block(node)
            }
            other => other,
        }
    }

    /// Folds a block in PL/pgSQL that reads and writes rows.
    fn procedure_block(&mut self, node: &ast::Do) -> Result<()> {
        let literal = node.body().ok_or_else(not_understood)?;
        let text = string(Some(&literal))?;
        let line = grammar::line(literal.syntax());
        self.settle_counters()?;
        self.read_the_unread()?;
        self.settle_triggers()?;
        let result = super::routine_body::nothing();
        let subject = Subject {
            name: Name::from("inline_code_block"),
            parameters: Vec::new(),
            outputs: Vec::new(),
            result: &result,
            trigger: None,
        };
        let procedure = plpgsql::compile(&text, &subject, &self.search())
            .map_err(|error| relocated(&error, line))?;
        let nothing = Select::simple(Simple {
            outputs: vec![Output {
                name: Name::from("nothing"),
                expr: Expr::null(Type::Text),
            }],
            ..Simple::default()
        });
        let catalog = self.snapshot();
        self.push(Operation::Fire {
            statement: Box::new(Statement::Select(Box::new(nothing))),
            procedure: Arc::new(procedure),
            catalog,
        });
        Ok(())
    }

    fn making_block(&mut self, node: &ast::Do) -> Result<()> {
        let body = node.plpgsql().ok_or_else(not_understood)?;
        if !body.errors().is_empty() {
            return Err(not_understood());
        }
        let block = body.tree().block().ok_or_else(not_understood)?;
        if block.declare_section().is_some() {
            return Err(not_understood());
        }
        let first = self.line;
        let handled = handled(&block)?;
        let statements = block.body().ok_or_else(not_understood)?;
        let before = (self.catalog.clone(), self.steps.len(), self.notes.len());
        let result = self.block_body(&statements);
        self.line = first;
        match result {
            Err(error) if handled.iter().any(|code| *code == error.code().as_str()) => {
                self.catalog = before.0;
                self.steps.truncate(before.1);
                self.notes.truncate(before.2);
                self.note(format!("{}, skipping", error.message()));
                self.push(Operation::CatalogOnly);
                Ok(())
            }
            other => other,
        }
    }

    fn block_body(&mut self, body: &ast::PlpgsqlBody) -> Result<()> {
        for statement in body.stmts() {
            match statement {
                ast::PlpgsqlStmt::PlpgsqlExecSqlStmt(it) => {
                    let statement = it.stmt().ok_or_else(not_understood)?;
                    self.statement(&Parsed {
                        line: self.line,
                        text: text_of(&statement),
                        statement,
                    })?;
                }
                ast::PlpgsqlStmt::PlpgsqlIfStmt(it) => self.block_if(&it)?,
                ast::PlpgsqlStmt::PlpgsqlBlock(it) if it.declare_section().is_none() => {
                    let handled = handled(&it)?;
                    let inner = it.body().ok_or_else(not_understood)?;
                    let before = (self.catalog.clone(), self.steps.len());
                    match self.block_body(&inner) {
                        Err(error) if handled.contains(&error.code().as_str()) => {
                            self.catalog = before.0;
                            self.steps.truncate(before.1);
                        }
                        other => other?,
                    }
                }
                ast::PlpgsqlStmt::PlpgsqlNullStmt(_) | ast::PlpgsqlStmt::PlpgsqlRaiseStmt(_) => {}
                _ => return Err(not_understood()),
            }
        }
        Ok(())
    }

    fn block_if(&mut self, node: &ast::PlpgsqlIfStmt) -> Result<()> {
        if node.elsifs().next().is_some() {
            return Err(not_understood());
        }
        let condition = node.cond().ok_or_else(not_understood)?;
        let body = if self.existence(&text_of(&condition))? {
            node.then_body()
        } else {
            node.else_clause().and_then(|it| it.body())
        };
        self.push(Operation::CatalogOnly);
        match body {
            Some(body) => self.block_body(&body),
            None => Ok(()),
        }
    }

    /// Evaluates `[not] exists (select … from a catalog where column = 'value' and …)`.
    fn existence(&self, condition: &str) -> Result<bool> {
        let words = words(condition);
        let mut rest = words.as_slice();
        let negated = matches!(rest.first(), Some(word) if word == "not");
        if negated {
            rest = rest.get(1..).unwrap_or_default();
        }
        let is_exists = matches!(rest.first(), Some(word) if word == "exists");
        let from = rest.iter().position(|word| word == "from");
        let (true, Some(from)) = (is_exists, from) else {
            return Err(not_understood());
        };
        let relation = rest.get(from + 1).cloned().unwrap_or_default();
        let only_simple = !rest.iter().any(|word| {
            ["join", "or", "union", "select"].contains(&word.as_str()) && word != "select"
        }) && rest.iter().filter(|word| *word == "select").count() == 1;
        if !only_simple {
            return Err(not_understood());
        }
        let mut pairs = Vec::new();
        for window in rest.windows(3) {
            if let [column, operator, value] = window
                && operator == "="
                && let Some(value) = value.strip_prefix('\'')
            {
                let column = column.rsplit('.').next().unwrap_or_default();
                pairs.push((column.to_owned(), value.to_owned()));
            }
        }
        let found = self.in_catalog(&relation, &pairs)?;
        Ok(found != negated)
    }

    /// Tells whether a system catalog has a row with those values.
    fn in_catalog(&self, relation: &str, pairs: &[(String, String)]) -> Result<bool> {
        let value = |column: &str| {
            pairs
                .iter()
                .find(|(name, _)| name == column)
                .map(|(_, value)| value.as_str())
        };
        let is = |column: &str, name: &str| value(column).is_none_or(|value| value == name);
        let catalog = &self.catalog;
        let tables = || catalog.tables.values();
        let relation = relation
            .trim_start_matches("pg_catalog.")
            .to_ascii_lowercase();
        Ok(match relation.as_str() {
            "pg_type" => catalog
                .enums
                .keys()
                .chain(catalog.composites.keys())
                .chain(catalog.domains.keys())
                .chain(catalog.tables.keys())
                .any(|name| is("typname", &name.name)),
            "pg_roles" | "pg_user" | "pg_authid" => {
                let name = value("rolname").or(value("usename")).unwrap_or_default();
                self.role(&name.into()).is_ok()
            }
            "pg_policies" | "pg_policy" => tables().any(|table| {
                is("tablename", &table.name.name)
                    && is("schemaname", &table.name.schema)
                    && table
                        .policies
                        .iter()
                        .any(|it| is("policyname", &it.name) && is("polname", &it.name))
            }),
            "pg_tables" | "information_schema.tables" => tables().any(|table| {
                is("tablename", &table.name.name)
                    && is("table_name", &table.name.name)
                    && is("schemaname", &table.name.schema)
                    && is("table_schema", &table.name.schema)
            }),
            "information_schema.columns" => tables().any(|table| {
                is("table_name", &table.name.name)
                    && is("table_schema", &table.name.schema)
                    && table.columns.iter().any(|it| is("column_name", &it.name))
            }),
            "pg_constraint" | "information_schema.table_constraints" => {
                let name = value("conname")
                    .or(value("constraint_name"))
                    .unwrap_or_default();
                tables().any(|table| {
                    is("table_name", &table.name.name) && table.constraint_exists(name)
                })
            }
            "pg_indexes" => {
                tables().any(|table| table.indexes.iter().any(|it| is("indexname", &it.name)))
            }
            "pg_extension" => catalog.extensions.iter().any(|it| is("extname", it)),
            "pg_namespace" | "information_schema.schemata" => catalog
                .schemas
                .keys()
                .any(|it| is("nspname", it) && is("schema_name", it)),
            // Publications mean nothing here: whatever is in them is there already.
            "pg_publication" | "pg_publication_tables" => true,
            _ => return Err(not_understood()),
        })
    }
}

/// Returns the codes of the errors that a block's handlers pass over.
fn handled(block: &ast::PlpgsqlBlock) -> Result<Vec<&'static str>> {
    let mut codes = Vec::new();
    let Some(section) = block.exception() else {
        return Ok(codes);
    };
    for handler in section.handlers() {
        let passes = handler
            .body()
            .into_iter()
            .flat_map(|it| it.stmts())
            .all(|it| {
                matches!(
                    it,
                    ast::PlpgsqlStmt::PlpgsqlNullStmt(_) | ast::PlpgsqlStmt::PlpgsqlRaiseStmt(_)
                )
            });
        if !passes {
            return Err(not_understood());
        }
        for condition in handler.conditions() {
            let name = text_of(&condition).to_ascii_lowercase();
            if name == "others" {
                codes.extend(CONDITIONS.iter().map(|(_, code)| *code));
            }
            codes.extend(
                CONDITIONS
                    .iter()
                    .filter(|(known, _)| *known == name)
                    .map(|(_, code)| *code),
            );
        }
    }
    Ok(codes)
}

/// Splits a condition into lower-case words, operators and strings; a string keeps its first quote. Brackets are left out.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\'' => {
                let mut string = String::from('\'');
                for character in characters.by_ref() {
                    if character == '\'' {
                        break;
                    }
                    string.push(character);
                }
                words.push(string);
            }
            '=' | '<' | '>' | '!' => words.push(character.to_string()),
            _ if character.is_alphanumeric() || "_.\"".contains(character) => {
                let mut word = String::from(character);
                while let Some(next) = characters.peek()
                    && (next.is_alphanumeric() || "_.\"".contains(*next))
                {
                    word.push(*next);
                    characters.next();
                }
                words.push(word.to_ascii_lowercase().replace('"', ""));
            }
            _ => {}
        }
    }
    words
}
