//! Sequences. One that belongs to a column is the column's own count; another is known by name and gives nothing.

use std::sync::Arc;

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Code, Error, Name, QualifiedName, Result};
use underpin_sql::grammar;
use underpin_sql::tree::Expr;
use underpin_sql::writer::sqlite::table_name;

use super::column::integer;
use super::dependency::described;
use super::drop_table::is_cascade;
use super::lookup::path_of;
use super::read::text_of;
use super::session::literal;
use super::{Fold, refused};
use crate::catalog::{Sequence, Table};
use crate::migration::Operation;

impl Fold {
    /// Folds `create sequence`.
    pub(super) fn create_sequence(&mut self, node: &ast::CreateSequence) -> Result<()> {
        let path = grammar::path(node.sequence().and_then(|it| it.path()).as_ref())?;
        let name = self.new_name(&path)?;
        if self.exists_already(&name, node.if_not_exists().is_some())? {
            return Ok(());
        }
        let mut sequence = Sequence {
            name: name.clone(),
            start: 1,
            increment: 1,
            owner: None,
        };
        for option in node.sequence_options() {
            self.sequence_option(&mut sequence, &option)?;
        }
        let start = sequence.start;
        let in_file = table_name(&name);
        self.catalog.sequences.insert(name, Arc::new(sequence));
        if start == 1 {
            self.push(Operation::CatalogOnly);
            return Ok(());
        }
        self.set_sequence(Expr::text(&in_file), start)
    }

    fn sequence_option(&self, sequence: &mut Sequence, option: &ast::SequenceOption) -> Result<()> {
        match option {
            ast::SequenceOption::OptionStart(node) => {
                sequence.start = integer(node.expr().as_ref()).unwrap_or(1);
            }
            ast::SequenceOption::OptionIncrement(node) => {
                sequence.increment = integer(node.expr().as_ref()).unwrap_or(1);
                if sequence.increment != 1 {
                    return Err(refused(
                        "a sequence counts by another step than 1",
                        "Leave out `increment by`, and multiply where the value is used.",
                    ));
                }
            }
            ast::SequenceOption::OptionOwnedBy(node) => {
                sequence.owner = match node.owned_by_target() {
                    Some(ast::OwnedByTarget::QualifiedColumnNameRef(column)) => {
                        let path = column.path_ref();
                        let name =
                            grammar::name(path.as_ref().and_then(|it| it.segment()).as_ref())?;
                        let table = grammar::path_ref(path.and_then(|it| it.qualifier()).as_ref())?;
                        Some((self.table_of(&table)?.name.clone(), name))
                    }
                    _ => None,
                };
            }
            _ => {}
        }
        Ok(())
    }

    /// Folds `alter sequence`.
    pub(super) fn alter_sequence(&mut self, node: &ast::AlterSequence) -> Result<()> {
        let path = path_of(node.sequence_ref().as_ref())?;
        let restart = node.actions().find_map(|action| match action {
            ast::AlterSequenceAction::SequenceOption(ast::SequenceOption::OptionRestart(it)) => {
                Some(integer(it.expr().as_ref()).unwrap_or(1))
            }
            _ => None,
        });
        if let Some(table) = self.counted_table(&path.name) {
            if let Some(next) = restart {
                self.push(Operation::RestartIdentity { table, next });
            }
            self.push(Operation::CatalogOnly);
            return Ok(());
        }
        let in_file = table_name(&QualifiedName::new(
            path.schema.clone().unwrap_or_else(|| "public".into()),
            path.name.clone(),
        ));
        let found = self.sequence(&path);
        if let Some(next) = restart
            && (found.is_some() || self.is_counted_by(&in_file))
        {
            return self.set_sequence(Expr::text(&in_file), next);
        }
        let Some(name) = found else {
            return self.absent("relation", &path, node.if_exists().is_some());
        };
        for action in node.actions() {
            match action {
                ast::AlterSequenceAction::SequenceOption(option) => {
                    if let Some(sequence) = self.catalog.sequences.get(&name) {
                        let mut changed = Sequence::clone(sequence);
                        self.sequence_option(&mut changed, &option)?;
                        self.catalog
                            .sequences
                            .insert(name.clone(), Arc::new(changed));
                    }
                }
                ast::AlterSequenceAction::SequenceRenameTo(_)
                | ast::AlterSequenceAction::SetSchema(_) => {
                    return Err(refused(
                        "a sequence cannot be renamed or moved",
                        "Drop it and make another.",
                    ));
                }
                _ => {}
            }
        }
        self.push(Operation::CatalogOnly);
        Ok(())
    }

    /// Folds `drop sequence`.
    pub(super) fn drop_sequence(&mut self, node: &ast::DropSequence) -> Result<()> {
        let _ = is_cascade(node.drop_behavior().as_ref());
        for reference in node.sequence_refs() {
            let path = path_of(Some(&reference))?;
            if let Some(table) = self.counted_table(&path.name) {
                return Err(Error::new(
                    Code::DEPENDENT_OBJECTS,
                    format!(
                        "cannot drop sequence {} because table {} requires it",
                        path.name,
                        described(&table.name)
                    ),
                )
                .hint("Drop the default or the identity of the column instead."));
            }
            match self.sequence(&path) {
                Some(name) => {
                    self.catalog.sequences.remove(&name);
                }
                None => self.absent("sequence", &path, node.if_exists().is_some())?,
            }
        }
        self.push(Operation::CatalogOnly);
        Ok(())
    }

    fn sequence(&self, path: &grammar::Path) -> Option<QualifiedName> {
        self.search()
            .find(path.schema.as_deref(), &path.name, |catalog, name| {
                catalog.sequences.contains_key(name)
            })
    }

    /// Returns the table whose identity column a sequence of that name counts up: `products_id_seq`.
    fn counted_table(&self, sequence: &str) -> Option<Arc<Table>> {
        if let Some(owned) = self
            .catalog
            .sequences
            .values()
            .find(|it| &*it.name.name == sequence)
        {
            let (table, _) = owned.owner.as_ref()?;
            return self
                .catalog
                .tables
                .get(table)
                .filter(|table| crate::sqlite::identity_column(table).is_some())
                .cloned();
        }
        self.catalog
            .tables
            .values()
            .find(|table| {
                crate::sqlite::identity_column(table).is_some_and(|column| {
                    format!("{}_{}_seq", table.name.name, column.name) == sequence
                })
            })
            .cloned()
    }

    /// Folds `select setval(…)`; tells whether it was one for a table's own counter. A value that is computed is that of the rows there
    /// are, which SQLite knows anyway.
    pub(super) fn set_value(&mut self, arguments: &[ast::Expr]) -> bool {
        let [sequence, value, rest @ ..] = arguments else {
            return false;
        };
        let Some(sequence) = literal(sequence).or_else(|| serial_sequence(sequence)) else {
            return false;
        };
        let bare: Name = sequence
            .rsplit('.')
            .next()
            .unwrap_or_default()
            .trim_matches('"')
            .into();
        let Some(table) = self.counted_table(&bare) else {
            return false;
        };
        let is_called = !rest
            .first()
            .is_some_and(|it| text_of(it).eq_ignore_ascii_case("false"));
        if let Some(value) = integer(Some(value)) {
            self.push(Operation::RestartIdentity {
                table,
                next: value + i64::from(is_called),
            });
        }
        true
    }
}

/// Returns the sequence that `pg_get_serial_sequence('table', 'column')` names.
fn serial_sequence(node: &ast::Expr) -> Option<String> {
    if !text_of(node)
        .to_ascii_lowercase()
        .contains("pg_get_serial_sequence")
    {
        return None;
    }
    let mut literals = node
        .syntax()
        .descendants()
        .filter_map(ast::Literal::cast)
        .filter_map(|literal| literal.string_value());
    let (table, column) = (literals.next()?, literals.next()?);
    Some(format!("{}_{column}_seq", table.replace('"', "")))
}
